"""What the explanations rest on: memory, queues, switching, waiting, sharing, caching."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from experiments.mechanisms import caching, children, sharing, switching, waiting
from experiments.work import capacity, native, strategies, workloads
from experiments.work.strategies import WorkerLostError, answer_of
from parallel_claims.machine import cpus
from parallel_claims.plugin.fixture import relative_error

if TYPE_CHECKING:
    from pathlib import Path

METHODS = multiprocessing.get_all_start_methods()
LATE = 120.0
"""Seconds that nothing takes: they bound a wait of which only the end matters."""


@pytest.mark.parametrize("how", ["thread", *METHODS])
def test_idle_workers_start_and_end(how: str) -> None:
    """Each way gives as many workers as asked."""
    found = children.start_and_join(how, 2, LATE)
    assert list(found.values) == [2.0]
    assert found.start_method == (None if how == "thread" else how)


def test_fork_copies_nothing_and_spawn_everything() -> None:
    """In bytes that a child has for itself: nearer to none of the array, or to one whole array.

    A collection of garbage in one child, but not in another, would copy pages too.
    """
    d = workloads.numbers(4_000_000)
    gc.disable()
    try:
        shares = {
            method: children.memory_of_children(d, method, LATE).recorded["uss_share"]
            for method in METHODS
        }
    finally:
        gc.enable()
    for method, share in shares.items():
        assert round(share) == (0 if method == "fork" else 1), (method, share)


@pytest.mark.parametrize(
    ("size", "order", "deadlocked"),
    [(8, "join-first", 0.0), (2**20, "join-first", 1.0), (2**20, "get-first", 0.0)],
)
def test_joining_first_deadlocks_once_the_pipe_is_full(
    size: int, order: str, deadlocked: float
) -> None:
    """The outcome is told by what is in the pipe, and the result read all the same."""
    found = children.result_by_queue(size, order, strategies.default_start_method(), LATE)
    assert found.recorded == {"deadlocked": deadlocked, "messages": 1.0}
    assert list(found.values) == [size]


@pytest.mark.skipif("fork" not in METHODS, reason="replaces what a forked child runs")
def test_a_child_that_ends_late_is_not_deadlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes: it is not time that tells, but the pipe."""
    looks: list[float] = []
    goes_on, may_end = multiprocessing.Pipe()

    def put_and_dawdle(q: Any, size: int, sent: Any) -> None:
        q.put(bytes(size))
        sent.send("put")
        goes_on.recv()

    def look(q: Any) -> float:
        looks.append(unread_and_full(q))
        if len(looks) == 20:
            may_end.send("end")
        return looks[-1]

    unread_and_full = children.unread_and_full
    monkeypatch.setattr(children, "put_bytes", put_and_dawdle)
    monkeypatch.setattr(children, "unread_and_full", look)
    with goes_on, may_end:
        found = children.result_by_queue(8, "join-first", "fork", LATE)
    assert found.recorded["deadlocked"] == 0
    assert len(looks) >= 20


@pytest.mark.skipif("fork" not in METHODS, reason="replaces what a forked child runs")
def test_a_child_that_never_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room left in the pipe it is not the deadlock that keeps it."""

    def put_and_stay(q: Any, size: int, sent: Any) -> None:
        q.put(bytes(size))
        sent.send("put")
        threading.Event().wait()

    monkeypatch.setattr(children, "put_bytes", put_and_stay)
    monkeypatch.setattr(children, "answer_of", lambda child, sent, _: answer_of(child, sent, LATE))
    with pytest.raises(WorkerLostError, match=r"neither ended nor filled its pipe within 0\.1 s"):
        children.result_by_queue(8, "join-first", "fork", 0.1)


def vanish(*_: Any) -> None:
    """End at once, without a sign."""
    os._exit(7)


@pytest.mark.skipif("fork" not in METHODS, reason="replaces what a forked child runs")
def test_a_child_that_vanishes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its memory nor its result is waited for without end."""
    monkeypatch.setattr(children, "hold", vanish)
    monkeypatch.setattr(children, "put_bytes", vanish)
    with pytest.raises(WorkerLostError, match="exit code 7"):
        children.memory_of_children(np.zeros(4), "fork", LATE)
    with pytest.raises(WorkerLostError, match="exit code 7"):
        children.result_by_queue(8, "join-first", "fork", LATE)


@pytest.mark.parametrize("how", ["thread", strategies.default_start_method()])
def test_every_message_comes_back(how: str) -> None:
    """As many exchanges as asked."""
    with switching.PingPong(how, LATE) as other:
        found = other.run(50)
    assert list(found.values) == [50.0]
    assert set(found.recorded) == {"context_switches"}


def test_context_switches_are_those_of_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted before and after."""
    with switching.PingPong("thread", LATE) as other:
        monkeypatch.setattr(switching, "context_switches", iter([1000, 1007]).__next__)
        assert other.run(1).recorded == {"context_switches": 7.0}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count context switches")
def test_waiting_gives_up_the_cpu() -> None:
    """The system counts it."""
    before = switching.context_switches()
    waiting.sleep()
    assert switching.context_switches() > before


def test_an_echo_that_does_not_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent partner ends the round in bounded time."""
    monkeypatch.setattr(switching, "echo", lambda _: None)
    with (
        pytest.raises(WorkerLostError, match=r"gave no echo within 0\.2 s"),
        switching.PingPong("thread", 0.2),
    ):
        pass


def test_a_peer_answers_late() -> None:
    """Two questions in turn take twice the delay at least."""
    with waiting.LatePeer(strategies.default_start_method(), LATE) as peer:
        started = time.perf_counter()
        waiting.one_after_other([peer.ask, peer.ask])
        in_turn = time.perf_counter() - started
        found = waiting.in_threads([peer.ask, peer.ask], LATE)
    assert in_turn >= 2 * waiting.DELAY
    assert list(found.values) == [2.0]


def test_waits_in_threads_are_at_once() -> None:
    """Each is in the midst of its wait while the other is, or neither would end."""
    both = threading.Barrier(2)
    found = waiting.in_threads([lambda: both.wait(LATE)] * 2, LATE)
    assert list(found.values) == [2.0]


@pytest.mark.skipif("fork" not in METHODS, reason="replaces what a forked child runs")
def test_a_peer_answers_two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is late with both answers at the same time, or neither would come."""
    both = threading.Barrier(2)
    monkeypatch.setattr(waiting, "time", SimpleNamespace(sleep=lambda _: both.wait(LATE)))
    with waiting.LatePeer("fork", LATE) as peer:
        found = waiting.in_threads([peer.ask, peer.ask], LATE)
    assert list(found.values) == [2.0]


def test_a_failed_wait_is_told() -> None:
    """An error in a thread reaches the parent."""

    def fail() -> None:
        message = "no route"
        raise OSError(message)

    with pytest.raises(OSError, match="no route"):
        waiting.in_threads([fail, waiting.sleep], LATE)


def test_a_wait_without_end_is_told() -> None:
    """In bounded time."""
    release = threading.Event()
    with pytest.raises(WorkerLostError, match=r"1 of 1 waits took over 0\.1 s"):
        waiting.in_threads([lambda: release.wait(LATE)], 0.1)
    release.set()


def test_waiting_beside_computing_is_compared_with_the_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Waiting takes 4 s, computing 6 s, both together 9 s: half as long again as the longer."""
    clock = iter([0.0, 4.0, 10.0, 16.0, 20.0, 29.0])
    monkeypatch.setattr(waiting, "time", SimpleNamespace(perf_counter=clock.__next__))
    waits: list[None] = []
    found = waiting.beside_computing(lambda: waits.append(None), 1000, LATE)
    assert found.recorded == {"over_longest": 1.5}
    assert len(waits) == 2


@pytest.mark.parametrize("threads", [1, 2])
def test_files_are_read_whole(tmp_path: Path, threads: int) -> None:
    """Both ways read every byte."""
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        waiting.write_file(file, 2 << 20)
    assert list(waiting.read_files(files, threads, LATE).values) == [4 << 20]


@pytest.mark.parametrize(
    ("told", "recorded"), [([5000.0, 5512.0], {"from_disk": 0.5}), ([None, None], {})]
)
def test_what_came_from_a_disk_is_told_where_the_system_does(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: list[float | None],
    recorded: dict[str, float],
) -> None:
    """As a share of what was read: 512 of 1024 bytes."""
    (tmp_path / "a").write_bytes(bytes(1024))
    monkeypatch.setattr(waiting, "disk_bytes", iter(told).__next__)
    assert waiting.read_files([tmp_path / "a"], 1, LATE).recorded == recorded


def test_threads_share_a_list_and_processes_do_not() -> None:
    """The parent sees both values of threads, and none of processes."""
    assert sharing.shared_list("thread", LATE).recorded["seen"] == 2
    found = sharing.shared_list(strategies.default_start_method(), LATE)
    assert found.recorded["seen"] == 0


def test_an_update_gets_lost_without_a_lock() -> None:
    """Both threads have read before either writes: the additions wait for each other."""
    both = threading.Barrier(2)

    def one_more(value: int) -> int:
        both.wait(LATE)
        return value + 1

    found = sharing.lost_updates(10, LATE, locked=False, addition=one_more)
    assert found.recorded["lost"] == 10


def test_no_update_gets_lost_with_a_lock() -> None:
    """One thread waits for the other in the midst of an addition, in vain."""
    both = threading.Barrier(2)
    met: list[int] = []

    def one_more(value: int) -> int:
        with contextlib.suppress(threading.BrokenBarrierError):
            met.append(both.wait(0.2))
        return value + 1

    found = sharing.lost_updates(1000, LATE, locked=True, addition=one_more)
    assert found.recorded["lost"] == 0
    assert met == []


def test_real_additions_are_switched_fast_and_the_interval_is_set_back() -> None:
    """Threads change as often as can be while they add, and as before afterwards."""
    before, during = sys.getswitchinterval(), set()

    def one_more(value: int) -> int:
        during.add(sys.getswitchinterval())
        return sharing.one_more(value)

    sharing.lost_updates(1, LATE, locked=True, addition=one_more)
    assert list(during) == [pytest.approx(sharing.SWITCH_INTERVAL)]
    assert sys.getswitchinterval() == before


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


def where(*_: Any) -> float:
    """Return the only CPU that this process may run on."""
    (cpu,) = os.sched_getaffinity(0)
    return float(cpu)


@pytest.mark.skipif("fork" not in METHODS, reason="replaces what a forked child runs")
def test_pinned_workers_run_where_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hardware threads of a core are found, and workers can be pinned."""
    usable = [cpu for core in cpus.siblings() for cpu in core]
    if not usable:
        pytest.skip("this system does not tell its topology")
    monkeypatch.setitem(capacity.SHARES, "loop", where)
    pins = [usable[0], usable[-1]]
    with capacity.Workers(2, "loop", (2, 100), "fork", LATE, pins) as started:
        assert list(started.run().values) == pins
