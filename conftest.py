"""Composition only: the course's sizes, and which claims are the course's."""

from __future__ import annotations

import os
import timeit
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import psutil
import pytest

import parallel_claims
from experiments.work.scales import SCALES, Scale
from experiments.work.strategies import default_start_method

if TYPE_CHECKING:
    from parallel_claims import Size

pytest_plugins = ["experiments.cluster.plugin"]

CLAIMS = Path(__file__).parent / "analysis" / "claims.toml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the size of the workloads."""
    parser.addoption(
        "--scale",
        choices=list(SCALES),
        default="quick",
        help="size of the workloads; course is the course's own 100 million numbers "
        "(default: %(default)s)",
    )


FITTED = "COURSE_NUMBERS"
"""The variable of the environment that tells how many numbers the work was fitted to."""

SCALE = pytest.StashKey[Scale]()
"""The sizes of this session, fitted to what starting workers costs here."""


def pytest_configure(config: pytest.Config) -> None:
    """Take the sizes as they stand, or as the session has fitted them that this process is of."""
    scale = SCALES[config.getoption("scale")]
    numbers = int(os.environ.get(FITTED, scale.numbers))
    config.stash[SCALE] = replace(scale, numbers=numbers)


@pytest.fixture
def scale(request: pytest.FixtureRequest) -> Scale:
    """Return the sizes chosen by ``--scale``."""
    return request.config.stash[SCALE]


def pytest_blocks_size(config: pytest.Config) -> Size:
    """Say how large the work is, and how long it is measured."""
    return config.stash[SCALE].size(config.getoption("scale"))


def pytest_blocks_start(config: pytest.Config) -> None:
    """Fit the work to what starting workers costs; refuse what could not be measured.

    Raises:
        UsageError: memory cannot hold the work, or joblib would do it in this process alone.
    """
    if joblib.effective_n_jobs(2) == 1:
        message = (
            "joblib starts no workers here, it would only be measured in its serial mode: is "
            "/dev/shm missing or read-only (no semaphores), or JOBLIB_MULTIPROCESSING=0?"
        )
        raise pytest.UsageError(message)
    name, method = config.getoption("scale"), default_start_method()
    if method != "fork" and name != "smoke":  # a fork is cheap: the sizes are made for it
        config.stash[SCALE] = fitted(config.stash[SCALE], method)
        os.environ[FITTED] = str(config.stash[SCALE].numbers)  # for the processes that measure
    needed = config.stash[SCALE].memory(method)
    free = psutil.virtual_memory().available
    if needed > free:
        message = (
            f"--scale {name} needs {needed / 2**30:.1f} GiB of free memory, "
            f"{free / 2**30:.1f} GiB are free: end other programs, or take --scale quick"
        )
        raise pytest.UsageError(message)


def fitted(scale: Scale, method: str) -> Scale:
    """Measure what starting two workers and what one number costs, and fit the work to it."""
    from experiments.mechanisms.children import start_and_join
    from experiments.work.workloads import mean, numbers

    few = 1_000_000
    loop = timeit.timeit(lambda: mean(numbers(few), 0, few), number=1)
    start_up = min(timeit.repeat(lambda: start_and_join(method, 2, scale.timeout), number=1))
    return scale.fitted(start_up, loop / few)


def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, Any]
) -> None:
    """Record how many numbers the loop runs over."""
    machine_info["numbers"] = config.stash[SCALE].numbers


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `pytest analysis` one verdict a claim, on the newest run or on --blocks-results."""
    if "verdict" not in metafunc.fixturenames:
        return
    verdicts = verdicts_on(metafunc.config)
    metafunc.parametrize("verdict", verdicts, ids=lambda verdict: verdict["claim"])


def verdicts_on(config: pytest.Config) -> list[Any]:
    """Judge the course's claims on the run that was chosen, the last one of a folder."""
    chosen, machine = config.getoption("blocks_results"), config.getoption("blocks_machine")
    try:
        path = chosen or parallel_claims.newest(config.rootpath / "results", machine)
        verdicts = parallel_claims.check(path, CLAIMS)
    except parallel_claims.BadInputError as error:
        pytest.exit(f"error: {error}", returncode=2)
    last = verdicts[verdicts["run"] == verdicts["run"].iloc[-1]]
    return list(last.to_dict("records"))
