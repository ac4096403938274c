"""``--cluster``: without it, nothing of a cluster is collected, imported or started.

Every session of pytest in this project loads this: it imports next to nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from experiments.cluster.opening import STARTED, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from experiments.cluster.base import Cluster

EXPERIMENT = "test_beyond_cluster.py"

WANTED = pytest.StashKey[Wanted | None]()
OPENED = pytest.StashKey["tuple[Cluster, dict[str, Any]]"]()
"""The cluster of this session with what is recorded of it, once something needs it."""

UP = 60.0
"""Seconds within which a cluster is there, and its workers tell what they are."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("cluster", "measuring on a Dask or Ray cluster as well")
    group.addoption(
        "--cluster",
        metavar="WHERE",
        help="dask or ray: start a local one for this run; tcp://HOST:8786, tls://HOST:8786 or "
        "ray://HOST:10001: join one that runs. It runs what it is sent: docs/cluster.md",
    )
    group.addoption(
        "--cluster-mixed",
        action="store_true",
        help="measure also where the cluster's workers are not alike",
    )
    group.addoption(
        "--cluster-folder",
        metavar="PATH",
        help="a folder that all workers of a joined cluster can read, for mapped arrays",
    )
    for name, what in (("ca", "authority"), ("cert", "own certificate"), ("key", "own key")):
        group.addoption(f"--cluster-{name}", metavar="FILE", help=f"for tls://: the {what}, PEM")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what is no cluster."""
    text = config.getoption("cluster")
    names = ("ca", "cert", "key")
    wanted = text and Wanted(text, *(config.getoption(f"cluster_{name}") for name in names))
    config.stash[WANTED] = wanted or None
    if wanted and (problem := wanted.problem()):
        raise pytest.UsageError(problem)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the experiment out where no cluster is asked for."""
    left_out = collection_path.name == EXPERIMENT and config.stash[WANTED] is None
    return True if left_out else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Name the kind of cluster in each variant: those of different kinds are not compared."""
    wanted = metafunc.config.stash[WANTED]
    if "cluster" in metafunc.fixturenames and wanted is not None:
        metafunc.parametrize("cluster", [wanted.kind], indirect=True)


def pytest_blocks_start(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Have the cluster up, and say what it is, before anything is measured."""
    if any("cluster" in getattr(item, "fixturenames", ()) for item in items):
        opened(config)


def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, Any]
) -> None:
    """Record the environment of every worker."""
    if OPENED in config.stash:
        machine_info["cluster"] = config.stash[OPENED][1]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the cluster, and end it if it was started here."""
    if OPENED in config.stash:
        config.stash[OPENED][0].close()
        del config.stash[OPENED]
        os.environ.pop(STARTED, None)


def opened(config: pytest.Config) -> tuple[Cluster, dict[str, Any]]:
    """Return the cluster of this session and its description; start or join it first.

    Raises:
        pytest.UsageError: it cannot be had, or a worker has too little memory.
    """
    if OPENED in config.stash:
        return config.stash[OPENED]
    from experiments.cluster import environment
    from experiments.work.strategies import WorkerLostError

    wanted = config.stash[WANTED]
    assert wanted is not None
    try:
        cluster = wanted.opened(UP)
    except (WorkerLostError, OSError, TimeoutError) as error:
        message = f"--cluster {wanted.text}: no cluster: {error}"
        raise pytest.UsageError(message) from None
    config.stash[OPENED] = (cluster, {})
    try:
        problem = environment.too_tight(cluster)
        record = {} if problem else environment.described(cluster, UP)
    except (WorkerLostError, ImportError) as error:
        message = f"--cluster {wanted.text}: {error}"
        raise pytest.UsageError(message) from None
    if problem := problem or environment.too_little_memory(record["workers"]):
        message = f"--cluster {wanted.text}: {problem}"
        raise pytest.UsageError(message)
    config.stash[OPENED] = (cluster, record)
    say(config, environment.told(record))
    for difference in record["mixed"]:
        say(config, f"cluster: its workers are not alike: {difference}")
    return config.stash[OPENED]


def say(config: pytest.Config, text: str) -> None:
    """Write a line of its own to the terminal."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        reporter.write_line(text)
        reporter.flush()


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """Return the cluster, unless its workers differ and that was not allowed."""
    found, record = opened(request.config)
    if record["mixed"] and not request.config.getoption("cluster_mixed"):
        pytest.skip(f"mixed cluster: {'; '.join(record['mixed'])} (--cluster-mixed allows it)")
    return found


@pytest.fixture
def measure_on(cluster: Cluster, measure: Callable[..., object]) -> Callable[..., object]:
    """Return ``measure``, which gives no time where the cluster is not the one it was."""

    def measured(*args: Any, **rest: Any) -> object:
        with cluster.unchanged():
            return measure(*args, **rest)

    return measured


@pytest.fixture
def shared_file(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    """Return a file's name, one that every worker can read where the array is mapped."""
    import uuid
    from pathlib import Path

    folder = request.config.getoption("cluster_folder")
    if folder is None and not cluster.local and request.getfixturevalue("way") == "mapped":
        pytest.skip("no folder that all workers can read: name it with --cluster-folder PATH")
    file = Path(folder or tmp_path) / f"{uuid.uuid4().hex}.npy"
    yield str(file)
    file.unlink(missing_ok=True)
