"""A local Ray cluster: it computes what is right, and is gone afterwards (``tox -e ray``)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from experiments.cluster import environment, guardian, sweeps, tasks
from experiments.cluster.opening import Wanted
from experiments.work.strategies import WorkerLostError
from experiments.work.workloads import numbers, true_f, true_mean
from tests.cluster.conftest import LATE
from tests.cluster.sessions import measured

# Ray reads its environment when it is imported: not here, or it has no token.
pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="needs the extra ray")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from experiments.cluster.base import Cluster

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Leave the cluster of these tests alone: that it ends is looked at where it does."""


@pytest.fixture(scope="module")
def ray() -> Iterator[Cluster]:
    """Start a local cluster, as ``--cluster ray`` does; end it, and look that nothing is left."""
    before = {process.pid for process in marked()}
    found = Wanted("ray").opened(LATE)
    yield found
    found.close()
    if left := [process for process in marked() if process.pid not in before]:
        pytest.fail(f"processes are left behind: {left}")


def marked(folder: str = "") -> list[psutil.Process]:
    """Return the processes of local clusters, or of the one in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(guardian.MARK)
        except psutil.Error:
            continue
        if mark and folder in mark and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def test_work_is_right_in_each_way(ray: Cluster, tmp_path: Path) -> None:
    """By joblib, by ready workers, with an array that is sent, scattered or mapped."""
    workers = len(ray.workers)
    ray.prepare(workers)
    with ray.unchanged():
        assert list(ray.loop(6, 100, workers, LATE).values) == [true_f(i, 100) for i in range(6)]
        ready = ray.ready(6, 100, workers, LATE)
        assert list(ready.values) == sweeps.true_shares(6, 100, workers)
        for way in ("sent", "scattered", "mapped"):
            found = ray.mean(numbers(50_000), way, str(tmp_path / "d.npy"), LATE)
            assert list(found.values) == [pytest.approx(true_mean(50_000), rel=1e-9)]


def test_every_worker_tells_what_it_is(ray: Cluster) -> None:
    """Alike here; and the connection is said to be open."""
    record = environment.described(ray, LATE)
    assert len(record["workers"]) == len(ray.workers)
    assert record["mixed"] == []
    assert environment.told(record).endswith("the connection is not encrypted")


def test_a_worker_that_hangs_or_dies_gives_no_time(ray: Cluster) -> None:
    """Stopped: told by the clock. Killed: told by name, and nothing is measured any more."""
    pid = ray.each(tasks.pid, [()], LATE)[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(WorkerLostError, match="gave no answer within 1 s"):
            ray.each(tasks.pid, [()], 1.0)
    finally:
        os.kill(pid, signal.SIGCONT)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerLostError, match=rf"workers gone or silent: 1 \(process {pid}\)"):
        ray.check()


RUN = (
    "import time; from experiments.cluster.opening import Wanted; "
    "found = Wanted('ray').opened(120); print('up', flush=True); time.sleep(600)"
)


def test_nothing_is_left_of_a_run_that_is_killed() -> None:
    """Not a process, not a folder, although Ray starts its processes itself."""
    before = {process.pid for process in marked()}
    run = subprocess.Popen(  # noqa: S603  this very Python
        [sys.executable, "-c", RUN], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert run.stdout is not None
        assert run.stdout.readline() == "up\n"
        started = [process for process in marked() if process.pid not in before]
        folder = Path(started[0].environ()[guardian.MARK])
        assert folder.is_dir()
        run.kill()
        run.wait(LATE)
        deadline = time.monotonic() + LATE
        while (folder.exists() or marked(str(folder))) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not folder.exists()
        assert marked(str(folder)) == []
    finally:
        run.kill()
        run.communicate()


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a cluster of two CPUs as its owner would; end all of its processes."""
    folder = Path(tempfile.mkdtemp(prefix="ray-"))  # sockets need a short path
    with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("", 0)) as other:
        port, client = free.getsockname()[1], other.getsockname()[1]
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"]
    command += ["--node-ip-address=127.0.0.1", f"--port={port}", "--num-cpus=2"]
    command += [f"--ray-client-server-port={client}", "--include-dashboard=false"]
    command += ["--disable-usage-stats", f"--temp-dir={folder}"]
    with (tmp_path_factory.mktemp("ray") / "log.txt").open("wb") as log:
        head = subprocess.Popen(  # noqa: S603  this very Python
            command, env={**os.environ, guardian.MARK: str(folder)}, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + LATE
        while not answers(client) and head.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        yield f"ray://127.0.0.1:{client}"
    finally:
        for process in [*marked(str(folder)), psutil.Process(head.pid)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        head.wait(LATE)
        shutil.rmtree(folder, ignore_errors=True)


def answers(port: int) -> bool:
    """Say whether something listens."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def test_a_running_cluster_is_joined(running: str, tmp_path: Path) -> None:
    """By ``--cluster ray://…``: every variant that it can have is measured, and it goes on."""
    result = measured(tmp_path, "--cluster", running)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "a running cluster was joined: starting one is not measured" in result.stdout
    (path,) = tmp_path.rglob("*.json")
    saved = json.loads(path.read_text())
    assert {len(entry["stats"]["data"]) for entry in saved["benchmarks"]} == {2}
    assert saved["machine_info"]["cluster"]["kind"] == "ray"
    assert answers(int(running.rpartition(":")[2]))
