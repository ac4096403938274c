"""What the explanations rest on: memory, queues, switching, waiting, sharing, caching."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from experiments import (
    caching,
    children,
    machine,
    native,
    sharing,
    strategies,
    switching,
    waiting,
    workloads,
)
from experiments.measure import relative_error
from experiments.strategies import WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METHODS = multiprocessing.get_all_start_methods()
LATE = 60.0


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """No child and no thread is left after a test, but the helpers Python itself keeps."""
    threads = set(threading.enumerate())
    yield
    left = [
        child.cmdline()
        for child in psutil.Process().children(recursive=True)
        if "resource_tracker" not in " ".join(child.cmdline())
        and "forkserver" not in " ".join(child.cmdline())
    ]
    assert left == []
    assert set(threading.enumerate()) <= threads


@pytest.mark.parametrize("how", ["thread", *METHODS])
def test_idle_workers_start_and_end(how: str) -> None:
    """Each way gives as many workers as asked."""
    found = children.start_and_join(how, 2, LATE)
    assert list(found.values) == [2.0]
    assert found.start_method == (None if how == "thread" else how)


def test_fork_copies_nothing_and_spawn_everything() -> None:
    """In bytes that a child has for itself, against the array's size."""
    d = workloads.numbers(4_000_000)
    shares = {
        method: children.memory_of_children(d, method, LATE).recorded["uss_share"]
        for method in METHODS
    }
    assert shares["spawn"] == pytest.approx(1.0, abs=0.1)
    if "fork" in shares:
        assert shares["fork"] < 0.1


@pytest.mark.parametrize(
    ("size", "order", "deadlocked"),
    [(8, "join-first", 0.0), (2**20, "join-first", 1.0), (2**20, "get-first", 0.0)],
)
def test_joining_first_deadlocks_once_the_pipe_is_full(
    size: int, order: str, deadlocked: float
) -> None:
    """The wait is bounded, the outcome told, and the result read all the same."""
    started = time.monotonic()
    found = children.result_by_queue(size, order, strategies.default_start_method(), LATE)
    assert found.recorded == {"deadlocked": deadlocked, "messages": 1.0}
    assert list(found.values) == [size]
    assert time.monotonic() - started < 30


def vanish(*_: Any) -> None:
    """End at once, without a sign."""
    os._exit(7)


@pytest.mark.skipif("fork" not in METHODS, reason="replaces what a forked child runs")
def test_a_child_that_vanishes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its memory nor its result is waited for without end."""
    monkeypatch.setattr(children, "hold", vanish)
    monkeypatch.setattr(children, "put_bytes", vanish)
    with pytest.raises(WorkerLostError, match="exit code 7"):
        children.memory_of_children(np.zeros(4), "fork", 5.0)
    with pytest.raises(WorkerLostError, match="exit code 7"):
        children.result_by_queue(8, "join-first", "fork", 5.0)


@pytest.mark.parametrize("how", ["thread", strategies.default_start_method()])
def test_every_message_comes_back(how: str) -> None:
    """As many exchanges as asked, with the context switches that they took."""
    with switching.PingPong(how, LATE) as other:
        found = other.run(50)
    assert list(found.values) == [50.0]
    assert found.recorded["context_switches"] >= 0


def test_an_echo_that_does_not_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent partner ends the round in bounded time."""
    monkeypatch.setattr(switching, "echo", lambda _: None)
    with (
        pytest.raises(WorkerLostError, match=r"gave no echo within 0\.2 s"),
        switching.PingPong("thread", 0.2),
    ):
        pass


def test_a_peer_answers_late_and_two_at_once() -> None:
    """One question takes the delay, two in turn twice that, two at once hardly more than one."""
    with waiting.LatePeer(strategies.default_start_method(), LATE) as peer:
        started = time.monotonic()
        waiting.one_after_other([peer.ask, peer.ask])
        in_turn = time.monotonic() - started
        found = waiting.in_threads([peer.ask, peer.ask], LATE)
    assert in_turn >= 2 * waiting.DELAY
    assert list(found.values) == [2.0]


def test_a_failed_wait_is_told() -> None:
    """An error in a thread reaches the parent; one that takes too long is named."""

    def fail() -> None:
        message = "no route"
        raise OSError(message)

    with pytest.raises(OSError, match="no route"):
        waiting.in_threads([fail, waiting.sleep], LATE)
    release = threading.Event()
    with pytest.raises(WorkerLostError, match=r"1 of 2 waits took over 0\.1 s"):
        waiting.in_threads([lambda: release.wait(30), lambda: None], 0.1)
    release.set()
    time.sleep(0.2)


def test_waiting_beside_computing_is_compared_with_the_longer() -> None:
    """The ratio of both together to the longer alone is recorded."""
    found = waiting.beside_computing(waiting.sleep, 1000, LATE)
    assert 0.5 < found.recorded["over_longest"] < 5


def test_files_are_read_whole(tmp_path: Path) -> None:
    """Both ways read every byte, and tell how much came from a disk where the system does."""
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        waiting.write_file(file, 2 << 20)
    for threads in (1, 2):
        found = waiting.read_files(files, threads, LATE)
        assert list(found.values) == [4 << 20]
        assert found.recorded.get("from_disk", 0.0) >= 0


def test_threads_share_a_list_and_processes_do_not() -> None:
    """The parent sees both values of threads, and none of processes."""
    assert sharing.shared_list("thread", LATE).recorded["seen"] == 2
    found = sharing.shared_list(strategies.default_start_method(), LATE)
    assert found.recorded["seen"] == 0


def test_updates_get_lost_without_a_lock_and_never_with_it() -> None:
    """A real interleaving, provoked by the shortest switch interval, which is set back."""
    interval = sys.getswitchinterval()
    assert sharing.lost_updates(100_000, LATE, locked=False).recorded["lost"] > 0
    assert sharing.lost_updates(2_000, LATE, locked=True).recorded["lost"] == 0
    assert sys.getswitchinterval() == interval


def test_memory_computes_what_it_has_not_seen_and_nothing_else(tmp_path: Path) -> None:
    """Calls are counted: first, again, another input, another function, another process."""
    folder = str(tmp_path)

    def ran(function: Any, i: int) -> float:
        return caching.counted(folder, function, i).recorded["calls"]

    assert ran(caching.slow_mean, 1) == 1
    assert ran(caching.slow_mean, 1) == 0
    assert ran(caching.slow_mean, 2) == 1
    assert ran(caching.slow_double, 1) == 1
    elsewhere = caching.counted_elsewhere(folder, 1, strategies.default_start_method(), LATE)
    assert elsewhere.recorded["calls"] == 0


def test_delayed_runs_nothing(tmp_path: Path) -> None:
    """It returns function, arguments, keywords."""
    assert caching.only_delayed(str(tmp_path)).recorded == {"calls": 0.0, "is_triple": 1.0}


@pytest.mark.parametrize("threads", [1, 2])
def test_native_work_is_right_on_any_number_of_threads(threads: int) -> None:
    """Products, factors and digests equal what another way gives."""
    found = native.product(60, threads)
    assert relative_error(found.values, [native.true_product(60)]) < 1e-12
    assert relative_error(native.factors(60, threads).values, [native.true_factors(60)]) < 1e-12
    assert list(native.digests(1, threads, LATE).values) == [float(native.digest(1))] * 2
    assert native.blas()["num_threads"] >= 1


def test_pinned_workers_run_where_they_are_told() -> None:
    """The hardware threads of a core are found, and workers can be pinned."""
    from experiments import capacity

    usable = [cpu for core in machine.siblings() for cpu in core]
    if not usable:
        pytest.skip("this system does not tell its topology")
    method = strategies.default_start_method()
    with capacity.Workers(2, "loop", 100, method, LATE, [usable[0]] * 2) as started:
        assert list(started.run().values) == [workloads.true_f(0, 100)] * 2
