"""17.3: the mean by threads and a shared list."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

import pytest

from experiments.mechanisms import children, sharing, switching, waiting
from experiments.work import capacity, native, strategies
from experiments.work.workloads import numbers, true_mean
from parallel_claims import siblings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from experiments.work.scales import Scale
    from parallel_claims import Outcome

pytestmark = pytest.mark.section_17_3

METHODS = multiprocessing.get_all_start_methods()
HOW = ["thread", "fork", "forkserver", "spawn"]


@pytest.mark.benchmark(group="mean")
@pytest.mark.parametrize("workers", [1, 2], ids="threads-{}".format)
def test_mean(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """From one thread to two the mean gains very little."""
    d = numbers(scale.numbers // 2)  # one thread against two: half of the numbers tell it
    truth = [true_mean(len(d))]
    measure(strategies.threads, d, workers, scale.timeout, truth=truth, workers=workers)


def need_start_method(how: str) -> None:
    """Skip what this system has no start method for."""
    if how != "thread" and how not in METHODS:
        pytest.skip(f"this system has no start method {how}")


@pytest.mark.benchmark(group="start-up")
@pytest.mark.parametrize("how", HOW)
def test_start_up(measure: Callable[..., object], scale: Scale, how: str) -> None:
    """Threads are light weight: create and join two that do nothing."""
    need_start_method(how)
    measure(children.start_and_join, how, 2, scale.timeout, truth=[2], workers=2)


@pytest.mark.benchmark(group="switching")
@pytest.mark.parametrize("how", ["thread", "process"])
def test_switching(measure: Callable[..., object], scale: Scale, how: str) -> None:
    """Threads have faster context switching: a message to and fro, many times."""
    method = strategies.default_start_method() if how == "process" else how
    with switching.PingPong(method, scale.timeout) as other:
        measure(other.run, scale.round_trips, truth=[scale.round_trips], workers=2)


@pytest.mark.benchmark(group="sharing")
@pytest.mark.parametrize("how", ["thread", "process"])
def test_shared_list(measure: Callable[..., object], scale: Scale, how: str) -> None:
    """Both threads store their mean in one list, since they share the memory."""
    method = strategies.default_start_method() if how == "process" else how
    measure(sharing.shared_list, method, scale.timeout, truth=[2], workers=2)


@pytest.mark.benchmark(group="sharing")
@pytest.mark.parametrize("locked", [False, True], ids=["unlocked", "locked"])
def test_updates(measure: Callable[..., object], scale: Scale, *, locked: bool) -> None:
    """Threads that write to a single memory can get it messed up."""
    measure(lost_updates, scale.timeout, locked, truth=[2 * UPDATES], workers=2)


UPDATES = 100_000
"""Additions of each thread: enough for many switches in the middle of one."""


def lost_updates(timeout: float, locked: bool) -> Outcome:  # noqa: FBT001  timed
    """Add in two threads, with a lock or without."""
    return sharing.lost_updates(UPDATES, timeout, locked=locked)


@pytest.mark.benchmark(group="waiting")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("what", ["socket", "sleep"])
def test_waiting(measure: Callable[..., object], scale: Scale, what: str, threads: int) -> None:
    """While one thread waits for I/O, the other can run: two waits, in turn or at once."""
    method = strategies.default_start_method()
    with waiting.LatePeer(method, scale.timeout) as peer:
        waits = [peer.ask if what == "socket" else waiting.sleep] * 2
        if threads == 1:
            measure(waiting.one_after_other, waits, truth=[2], workers=1)
        else:
            measure(waiting.in_threads, waits, scale.timeout, truth=[2], workers=2)


@pytest.mark.benchmark(group="waiting")
@pytest.mark.parametrize("threads", [1, 2])
def test_reading(
    measure: Callable[..., object], scale: Scale, threads: int, tmp_path: Path
) -> None:
    """Two files that are not in memory, read in turn or at once."""
    size = min(8 << 20, scale.mebibytes << 20)
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        waiting.write_file(file, size)
    measure(waiting.read_files, files, threads, scale.timeout, truth=[2 * size], workers=threads)


@pytest.mark.benchmark(group="waiting")
@pytest.mark.parametrize("what", ["socket"])
def test_waiting_beside_computing(measure: Callable[..., object], scale: Scale, what: str) -> None:
    """One thread waits for I/O while another computes: both take as long as the longer."""
    method = strategies.default_start_method()
    with waiting.LatePeer(method, scale.timeout) as peer:
        size = scale.call_size * 2
        measure(
            waiting.beside_computing, peer.ask, size, scale.timeout, truth=[1], what=what, workers=2
        )


@pytest.mark.benchmark(group="native")
@pytest.mark.parametrize("threads", [1, 2], ids="threads-{}".format)
def test_hashing(measure: Callable[..., object], scale: Scale, threads: int) -> None:
    """The lock is the cause, not computing: native code that lets go of it scales."""
    truth = [float(native.digest(scale.mebibytes))] * 2
    args = (scale.mebibytes, threads, scale.timeout)
    measure(native.digests, *args, truth=truth, workers=threads)


@pytest.mark.benchmark(group="native")
@pytest.mark.parametrize("workers", [2], ids="hash-{}".format)
def test_ready(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """Two workers that are already started hash as much each: what threads could gain at best."""
    method, sizes = strategies.default_start_method(), (scale.mebibytes,)
    truth = capacity.true_shares("hash", workers, *sizes)
    with capacity.Workers(workers, "hash", sizes, method, scale.timeout) as started:
        measure(started.run, truth=truth, workers=workers)


@pytest.mark.benchmark(group="smt")
@pytest.mark.parametrize("workers", [1, 2], ids="one-core-{}".format)
def test_smt(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """Up to two threads run on one core: workers pinned to the hardware threads of one."""
    shared = [core for core in siblings() if len(core) > 1]
    if not shared:
        pytest.skip("needs a core with two usable hardware threads; here every core has one")
    method = strategies.default_start_method()
    sizes, pins = (workers, scale.call_size), shared[0][:workers]
    truth = capacity.true_shares("loop", workers, *sizes)
    with capacity.Workers(workers, "loop", sizes, method, scale.timeout, pins) as started:
        measure(started.run, truth=truth, workers=workers, cpus=pins)
