"""17.1: the serial loop, and how the means of two parts combine."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from experiments.work import capacity, native, strategies, tensorflow_work
from experiments.work.workloads import mean, numbers, true_mean
from parallel_claims import Outcome, gil_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from experiments.work.scales import Scale
    from experiments.work.workloads import Numbers

pytestmark = pytest.mark.section_17_1


@pytest.mark.one_cpu
@pytest.mark.benchmark(group="mean")
@pytest.mark.parametrize("strategy", ["serial"])
def test_mean(measure: Callable[..., object], scale: Scale, strategy: str) -> None:
    """The mean of 100 million numbers on one core: 20.98 s."""
    d = numbers(scale.numbers)
    measure(getattr(strategies, strategy), d, truth=[true_mean(len(d))], workers=1, busy_cores=1)


@pytest.mark.one_cpu
@pytest.mark.benchmark(group="mean")
@pytest.mark.parametrize("library", ["numpy"])
def test_mean_by(measure: Callable[..., object], scale: Scale, library: str) -> None:
    """How much of the loop's time is the interpreter: the same mean in one native call."""
    d = numbers(scale.numbers)
    measure(mean_by_numpy, d, truth=[true_mean(len(d))], workers=1, library=library)


def mean_by_numpy(d: Numbers) -> Outcome:
    """Compute the mean by NumPy."""
    return Outcome([float(d.mean())], gil_enabled())


@pytest.mark.benchmark(group="linear algebra")
@pytest.mark.parametrize("threads", [1, 2], ids="threads-{}".format)
def test_numpy_product(measure: Callable[..., object], scale: Scale, threads: int) -> None:
    """NumPy's matrix product runs on a BLAS that has threads of its own."""
    truth = [native.true_product(scale.matrix)]
    info = {"blas": native.blas(), "blas_threads": threads}
    measure(native.product, scale.matrix, threads, truth=truth, **info)


@pytest.mark.benchmark(group="linear algebra")
@pytest.mark.parametrize("threads", [1, 2], ids="threads-{}".format)
def test_scipy_lu(measure: Callable[..., object], scale: Scale, threads: int) -> None:
    """SciPy's factorisation likewise."""
    truth = [native.true_factors(scale.matrix)]
    info = {"blas": native.blas(), "blas_threads": threads}
    measure(native.factors, scale.matrix, threads, truth=truth, **info)


@pytest.mark.benchmark(group="linear algebra")
@pytest.mark.parametrize("workers", [2], ids="product-{}".format)
def test_ready(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """Two workers that are already started share the product: what BLAS could gain at best."""
    method, sizes = strategies.default_start_method(), (scale.matrix,)
    truth = capacity.true_shares("product", workers, *sizes)
    with capacity.Workers(workers, "product", sizes, method, scale.timeout) as started:
        measure(started.run, truth=truth, workers=workers)


@pytest.mark.benchmark(group="halves")
@pytest.mark.parametrize("parts", ["equal", "unequal", "unequal-weighted"])
def test_halves(measure: Callable[..., object], scale: Scale, parts: str) -> None:
    """(m1 + m2) / 2 is the mean when both parts are equally long, and only then.

    ``combining_error`` is how far the combined mean is from the true one, relatively.
    """
    count = scale.numbers // 100
    measure(combine_two, count, parts, truth=[true_mean(count)] * (parts != "unequal"))


def combine_two(count: int, parts: str) -> Outcome:
    """Compute the mean from two parts, halves or a tenth and the rest."""
    d = numbers(count)
    cut = count // 2 if parts == "equal" else count // 10
    both = [(0, cut), (cut, count)]
    m1, m2 = (mean(d, s, e) for s, e in both)
    value = strategies.combine([m1, m2], both) if parts == "unequal-weighted" else (m1 + m2) / 2
    error = abs(value - true_mean(count)) / true_mean(count)
    values = [] if parts == "unequal" else [value]
    return Outcome(values, gil_enabled(), None, {"combining_error": error})


@pytest.fixture
def forest_workers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Start joblib's workers for scikit-learn, where it is installed; stop them after."""
    pytest.importorskip("sklearn", reason="install scikit-learn: pip install -e .[libraries]")
    from experiments.work import forest

    forest.grow(100, request.getfixturevalue("jobs"))
    yield
    strategies.stop_joblib_workers()


@pytest.mark.benchmark(group="scikit-learn")
@pytest.mark.parametrize("jobs", [1, 2], ids="jobs-{}".format)
@pytest.mark.usefixtures("forest_workers")
def test_forest(measure: Callable[..., object], scale: Scale, jobs: int) -> None:
    """scikit-learn uses joblib: the workers that the user chose grow the trees."""
    from experiments.work import forest

    count = scale.matrix
    measure(forest.grow, count, jobs, truth=[forest.TREES], workers=jobs)


@pytest.fixture
def tensorflow() -> None:
    """Skip where TensorFlow is not installed; it is imported only in fresh interpreters."""
    if find_spec("tensorflow") is None:
        pytest.skip("install TensorFlow: pip install -e .[tensorflow]")


@pytest.mark.benchmark(group="tensorflow")
@pytest.mark.parametrize("threads", [1, 2], ids="threads-{}".format)
@pytest.mark.usefixtures("tensorflow")
def test_tensorflow(measure: Callable[..., object], scale: Scale, threads: int) -> None:
    """TensorFlow computes on several threads and cores."""
    truth = [native.true_product(scale.matrix)]
    with tensorflow_work.product(scale.matrix, threads, "CPU", scale.timeout) as fresh:
        measure(fresh.run, truth=truth, workers=threads)


@pytest.mark.benchmark(group="tensorflow")
@pytest.mark.parametrize("device", ["gpu"])
@pytest.mark.usefixtures("tensorflow")
def test_tensorflow_on(measure: Callable[..., object], scale: Scale, device: str) -> None:
    """TensorFlow can even use GPUs."""
    if not tensorflow_work.gpus(scale.timeout):
        pytest.skip("needs a GPU that TensorFlow lists; it lists none here")
    truth = [native.true_product(scale.matrix)]
    with tensorflow_work.product(scale.matrix, 1, device.upper(), scale.timeout) as fresh:
        measure(fresh.run, truth=truth, device=device)


@pytest.mark.benchmark(group="tensorflow")
@pytest.mark.parametrize("workers", [2], ids="workers-{}".format)
@pytest.mark.usefixtures("tensorflow")
def test_tensorflow_distributed(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """TensorFlow can compute across machines: two workers on the loopback agree with one."""
    truth = [native.true_product(scale.matrix)]
    with tensorflow_work.distributed(scale.matrix, workers, scale.timeout) as fresh:
        measure(fresh.run, truth=truth, workers=workers)
