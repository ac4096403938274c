"""Work in native code that lets go of the GIL: linear algebra, hashing."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_info, threadpool_limits

from experiments.work.strategies import run_in_threads
from parallel_claims import Outcome, gil_enabled

if TYPE_CHECKING:
    from experiments.work.workloads import Numbers

MATRIX_SEED = 18
BLOCK = bytes(1 << 20)
"""One MiB, which is hashed again and again."""


@cache
def matrix(size: int) -> Numbers:
    """Return a square matrix of uniform values with a heavy diagonal, made once."""
    made = np.random.default_rng(MATRIX_SEED).random((size, size))
    made[np.diag_indices(size)] += size
    return made


def blas() -> dict[str, Any]:
    """Return which BLAS library NumPy runs on, its version and threads, for ``extra_info``."""
    found = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    keys = ("internal_api", "version", "threading_layer", "num_threads", "architecture")
    return {key: found[0].get(key) for key in keys} if found else {}


def product(size: int, threads: int) -> Outcome:
    """Multiply a matrix by itself on so many BLAS threads; return the sum of all entries."""
    a = matrix(size)
    with threadpool_limits(threads, user_api="blas"):
        result = a @ a
    return Outcome([float(result.sum())], gil_enabled())


def true_product(size: int) -> float:
    """Return the sum of all entries of the matrix times itself, without the product."""
    a = matrix(size)
    return float(a.sum(axis=0) @ a.sum(axis=1))


def product_of_rows(size: int, s: int, e: int) -> float:
    """Multiply some rows of a matrix by the matrix on one BLAS thread; return the sum."""
    a = matrix(size)
    with threadpool_limits(1, user_api="blas"):
        return float((a[s:e] @ a).sum())


def true_product_of_rows(size: int, s: int, e: int) -> float:
    """Return the sum of all entries of some rows times the matrix, without the product."""
    a = matrix(size)
    return float(a[s:e].sum(axis=0) @ a.sum(axis=1))


def factors(size: int, threads: int) -> Outcome:
    """Factor a matrix by SciPy's LU on so many BLAS threads; return log |det|."""
    from scipy.linalg import lu_factor

    with threadpool_limits(threads, user_api="blas"):
        lu, _ = lu_factor(matrix(size), check_finite=False)
    return Outcome([float(np.log(np.abs(np.diag(lu))).sum())], gil_enabled())


@cache
def true_factors(size: int) -> float:
    """Return log |det| of the matrix by NumPy."""
    return float(np.linalg.slogdet(matrix(size))[1])


PRODUCTS = 8
"""Products that joblib's workers share."""


def one_product(size: int) -> float:
    """Multiply a matrix by itself on as many BLAS threads as this process is given."""
    a = matrix(size)
    return float((a @ a).sum())


def products_by_joblib(size: int, jobs: int, threads: int, timeout: float) -> Outcome:
    """Compute several products in joblib's workers, each with so many BLAS threads."""
    with parallel_config(backend="loky", inner_max_num_threads=threads):
        parallel = Parallel(n_jobs=jobs, timeout=timeout)
        values = parallel(delayed(one_product)(size) for _ in range(PRODUCTS))
    return Outcome(values, gil_enabled(), "loky")


def digest(mebibytes: int) -> int:
    """Hash so many MiB; return the first eight bytes of the digest as a number."""
    found = hashlib.sha256()
    for _ in range(mebibytes):
        found.update(BLOCK)
    return int.from_bytes(found.digest()[:8], "big")


def digests(mebibytes: int, threads: int, timeout: float) -> Outcome:
    """Hash so many MiB twice: one after the other, or each in a thread of its own.

    Raises:
        WorkerLostError: a thread did not end within ``timeout`` seconds.
    """
    results: list[float] = [0.0, 0.0]

    def work(number: int) -> None:
        results[number] = float(digest(mebibytes))

    if threads == 1:
        for number in range(2):
            work(number)
    else:
        run_in_threads([partial(work, number) for number in range(2)], timeout)
    return Outcome(results, gil_enabled())
