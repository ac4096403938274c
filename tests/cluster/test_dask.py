"""A local Dask cluster: it computes what is right, where it should, and is gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from experiments.cluster import environment, sweeps, tasks
from experiments.work.workloads import numbers, true_f, true_mean
from tests.cluster.conftest import LATE

if TYPE_CHECKING:
    from experiments.cluster.on_dask import Dask

ROOT = Path(__file__).parents[2]


def test_workers_are_processes_on_the_loopback_and_nowhere_else(dask: Dask) -> None:
    """One thread each, and no port that another machine could reach."""
    assert len(set(dask.each(tasks.pid, [(), ()], LATE)) - {os.getpid()}) == 2
    assert list(dask.client.ncores().values()) == [1, 1]
    asked = "net_connections" if hasattr(psutil.Process, "net_connections") else "connections"
    ports = [
        connection.laddr.ip
        for process in psutil.Process().children(recursive=True)
        for connection in getattr(process, asked)()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(ports) == {"127.0.0.1"}


@pytest.mark.parametrize("workers", [1, 2])
def test_the_loop_is_right_on_any_number_of_workers(dask: Dask, workers: int) -> None:
    """By joblib, and by workers that are sent their share."""
    with dask.unchanged():
        assert list(dask.loop(6, 100, workers, LATE).values) == [true_f(i, 100) for i in range(6)]
        ready = dask.ready(6, 100, workers, LATE)
        assert list(ready.values) == sweeps.true_shares(6, 100, workers)


@pytest.mark.parametrize("way", ["sent", "scattered", "mapped"])
def test_an_array_gets_there_in_each_way(dask: Dask, way: str, tmp_path: Path) -> None:
    """The mean of all parts is that of the whole."""
    d = numbers(50_000)
    found = dask.mean(d, way, str(tmp_path / "d.npy"), LATE)
    assert list(found.values) == [pytest.approx(true_mean(len(d)), rel=1e-9)]


def test_sweeps_record_what_the_claims_are_about(dask: Dask) -> None:
    """A task's cost, speedup and capacity on each number of workers, the break-even size."""
    assert set(sweeps.dispatch(dask, LATE).recorded) == {"task_seconds", "call_seconds"}
    recorded = sweeps.scaling(dask, 4, 1000, LATE).recorded
    assert set(recorded) == {
        "serial_share", "speedup_1", "speedup_2", "capacity_1", "capacity_2"
    }  # fmt: skip
    assert recorded["capacity_1"] == 1


def test_the_environment_of_every_worker_is_recorded(dask: Dask) -> None:
    """Alike here: one machine, one Python; and its name is not told."""
    record = environment.described(dask, LATE)
    assert len(record["workers"]) == 2
    assert record["mixed"] == []
    assert os.uname().nodename not in str(record)
    assert environment.told(record) == (
        "cluster: dask, started here, on the loopback: 2 workers on 1 host; "
        "the connection is not encrypted"
    )


RUN = (
    "import time; from experiments.cluster.on_dask import Dask; "
    "from parallel_claims.processes import guard; guard.start(); "
    "found = Dask.start(2, 120); print('up', found.started.folder, flush=True); time.sleep(600)"
)


def test_nothing_is_left_of_a_run_that_is_killed() -> None:
    """Not a process, not a folder, though the run has a guardian of its own, too.

    A worker that is stopped is no exception.
    """
    run = subprocess.Popen(  # noqa: S603  this very Python
        [sys.executable, "-c", RUN], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert run.stdout is not None
        folder = Path(run.stdout.readline().split()[1])
        children = psutil.Process(run.pid).children(recursive=True)
        assert len(children) == 4
        children[-1].suspend()
        run.kill()
        run.wait(LATE)
        assert psutil.wait_procs(children, LATE)[1] == []
        deadline = time.monotonic() + LATE
        while folder.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not folder.exists()
    finally:
        run.kill()
        run.communicate()
