"""What goes wrong on a real cluster of two hosts, each with a clear end and no wrong number."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from experiments.cluster import environment, tasks
from experiments.work.strategies import WorkerLostError
from experiments.work.workloads import true_f
from parallel_claims.saved import reading
from tests.cluster.conftest import LATE
from tests.cluster.hosts import ROOT, Host, Processes, two_hosts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from experiments.cluster.on_dask import Dask


pytestmark = pytest.mark.slow


class Site:
    """Two hosts, a scheduler and a worker on the first, a worker on the second."""

    def __init__(self, folder: Path, here: Host, there: Host) -> None:
        self.here, self.there = here, there
        self.processes = Processes(folder, here)
        self.near = self.processes.worker(here, "near")
        self.far = self.processes.worker(there, "far")
        self.folder = folder

    @contextmanager
    def joined(self, workers: int) -> Iterator[Dask]:
        """Join as ``--cluster tcp://…`` does, once so many workers are there."""
        from experiments.cluster.on_dask import Dask

        found = Dask(self.processes.address, LATE)
        try:
            found.client.wait_for_workers(workers, LATE)
            found.workers = sorted(found.present())
            assert len(found.workers) >= workers
            yield found
        finally:
            found.close()

    @contextmanager
    def one_more(self, *options: str, **environ: str) -> Iterator[psutil.Process]:
        """Start a third worker, on the second host; wait until it is gone."""
        started = self.processes.worker(self.there, "more", *options, **environ)
        try:
            yield psutil.Process(started.pid)
        finally:
            started.kill()
            started.wait(LATE)
            self.forget()

    def forget(self) -> None:
        """Wait until the scheduler knows of two workers only."""
        from experiments.cluster.on_dask import Dask

        found = Dask(self.processes.address, LATE)
        deadline = time.monotonic() + LATE
        while len(found.known()) > 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        found.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Have both hosts up; end all on them."""
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("hosts")
    with two_hosts() as (here, there):
        found = Site(folder, here, there)
        try:
            yield found
        finally:
            found.processes.close()


def test_work_is_shared_by_two_hosts(site: Site) -> None:
    """Right, with what each message takes longer; and it says that anyone can listen."""
    with site.joined(2) as cluster:
        with cluster.unchanged():
            found = cluster.loop(6, 100, 2, LATE)
        assert list(found.values) == [true_f(i, 100) for i in range(6)]
        hosts = {address.partition("//")[2].split(":")[0] for address in cluster.addresses}
        assert hosts == {site.here.address, site.there.address}
        record = environment.described(cluster, LATE)
        assert len({worker["host"] for worker in record["workers"]}) == 1 + bool(site.there.prefix)
        assert ", joined: 2 workers on " in environment.told(record)
        assert environment.told(record).endswith("the connection is not encrypted")


def kill_at_work(process: Any, cluster: Dask, address: str) -> None:
    """Kill a process once a worker has something to do."""
    deadline = time.monotonic() + LATE
    while not cluster.client.processing()[address] and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()


def test_a_worker_killed_in_mid_block_gives_no_time(site: Site) -> None:
    """Dask does its calls again elsewhere, so the result is right and the time is not."""
    with site.one_more() as more, site.joined(3) as cluster:
        address = next(a for a, w in cluster.known().items() if w["name"] == "more")
        killer = threading.Thread(target=kill_at_work, args=(more, cluster, address))
        killer.start()
        lost = pytest.raises(WorkerLostError, match="1 of 3 workers gone or silent: ")
        with lost as told, cluster.unchanged():
            found = cluster.loop(12, 1_000_000, 3, LATE)
        killer.join(LATE)
        assert address in str(told.value)
        assert list(found.values) == [true_f(i, 1_000_000) for i in range(12)]
        with pytest.raises(WorkerLostError, match="1 of 3"), cluster.unchanged():
            pytest.fail("nothing may be measured on what is left")


def test_a_worker_that_hangs_ends_the_round_in_time(site: Site) -> None:
    """Stopped, it keeps its connection: only the clock tells."""
    with site.one_more() as more, site.joined(3) as cluster:
        python = [more, *more.children(recursive=True)][-1]
        python.suspend()
        try:
            started = time.monotonic()
            with pytest.raises(WorkerLostError, match="gave no answer within 1 s"):
                cluster.each(tasks.pid, [()] * 3, 1.0)
            with pytest.raises(WorkerLostError, match="calls took over 1 s: a worker hangs"):
                cluster.loop(24, 100_000, 3, 1.0)
            assert time.monotonic() - started < LATE
        finally:
            python.resume()


def fake_version(folder: Path) -> str:
    """Return a folder with another version of joblib, as far as a package says its version."""
    info = folder / "joblib-0.0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: joblib\nVersion: 0.0.1\n")
    return str(folder)


def session(site: Site, results: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Measure on the cluster, as a user does."""
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "--scale", "smoke"]
    command += ["--cluster", site.processes.address, "--blocks", "1", "-p", "no:cacheprovider"]
    command += [f"--blocks-results={results}", "-k", "cluster_ready", *options]
    return subprocess.run(  # noqa: S603  this very Python
        [*command, "experiments/test_beyond_cluster.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LATE,
        check=False,
    )


def test_a_mixed_cluster_is_named_and_not_measured(site: Site, tmp_path: Path) -> None:
    """Unless that is allowed; and then the run says what it was measured on."""
    with site.one_more(before=fake_version(tmp_path / "other")), site.joined(3):
        refused = session(site, tmp_path / "results")
        assert "its workers are not alike: joblib " in refused.stdout, refused.stderr
        assert "nothing was measured" in refused.stdout
        allowed = session(site, tmp_path / "results", "--cluster-mixed")
        assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    (path,) = (tmp_path / "results").rglob("*.json")
    record = reading.read(path).machine["cluster"]
    assert len(record["workers"]) == 3
    assert any("0.0.1 on 1" in difference for difference in record["mixed"])


def test_too_little_memory_is_refused_before_measuring(site: Site, tmp_path: Path) -> None:
    """In a line that names the worker: it would pause, and be waited for in vain."""
    with site.one_more("--memory-limit", "90MB"), site.joined(3):
        result = session(site, tmp_path)
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("ERROR: ")]
    assert "may use 86 MiB of memory, 200 MiB are needed: start it with" in line
    assert not list(tmp_path.rglob("*.json"))


SUITE = "def test_sum(benchmark): benchmark(sum, range(1000))\n"

SLOW = SUITE + "def test_slow():\n    import pathlib, time\n" + (
    "    pathlib.Path('at-work').touch()\n    time.sleep(600)\n"
)  # fmt: skip


def test_a_host_that_dies_loses_its_own_run_only(site: Site, tmp_path: Path) -> None:
    """It is named, the other's run is saved as any run is, and nothing is left on the dead."""
    (site.folder / "near" / "test_it.py").write_text(SUITE)
    (site.folder / "far" / "test_it.py").write_text(SLOW)
    command = [sys.executable, "-m", "parallel_claims", "fleet", "--results", str(tmp_path)]
    command += ["--cluster", site.processes.address, "--", "--blocks=2", "--blocks-slice=1ms"]
    running: Any = subprocess.Popen(  # noqa: S603  this very Python
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    at_work, deadline = site.folder / "far" / "at-work", time.monotonic() + LATE
    while not at_work.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    at_the_dead = psutil.Process(site.far.pid).children(recursive=True)
    assert any("pytest" in child.cmdline() for child in at_the_dead)
    site.far.kill()
    output, errors = running.communicate(timeout=LATE)
    assert running.returncode == 1, output + errors
    assert f"error: {site.there.address}: no run: its worker is gone" in errors
    assert "the connection is not encrypted" in output
    (path,) = tmp_path.rglob("*.json")
    assert f"{site.here.address}: saved: {path}" in output
    assert [b.name for b in reading.read(path).benchmarks] == ["test_sum"]
    assert psutil.wait_procs(at_the_dead, LATE)[1] == []


def test_without_its_scheduler_a_run_ends(site: Site) -> None:
    """Gone in mid-round: in bounded time, with a line, and it can be left."""
    site.processes.worker(site.here, "second")  # a test before took one with its host
    with site.joined(2) as cluster:
        assert list(cluster.loop(6, 100, 2, LATE).values) == [true_f(i, 100) for i in range(6)]
        args = (site.processes.scheduler, cluster, cluster.addresses[0])
        killer = threading.Thread(target=kill_at_work, args=args)
        killer.start()
        started = time.monotonic()
        gone = pytest.raises(WorkerLostError, match="the Dask scheduler gives no answer")
        with gone, cluster.unchanged():
            cluster.loop(400, 1_000_000, 2, 10.0)
        killer.join(LATE)
        assert time.monotonic() - started < LATE
