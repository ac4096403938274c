"""A run that is told to end saves what it has, and says by its exit code what ended it."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from tests.engine.suite import SUITE, make, saved
from tests.processes import runs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="these signals are those of POSIX")

SLOW = SUITE.replace(
    'file.write(name + "\\n")',
    """file.write(name + "\\n")
    if len(open("order.txt").readlines()) == 13:
        open("ready", "w").close()
        time.sleep(120)""",
)
"""Stops in the thirteenth round: the third in its third block."""

SAVES_SLOWLY = """
import os, time
fsync = os.fsync

def slowly(handle):
    open("saving", "w").close()
    time.sleep(1)
    fsync(handle)

os.fsync = slowly
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_run_that_is_told_to_end_saves(pytester: pytest.Pytester, name: str) -> None:
    """As after Ctrl-C: 12 finished rounds, and the exit code that shells give."""
    number = getattr(signal, name)
    process = runs.start(pytester, SLOW, "--blocks=5")
    runs.await_file(pytester.path / "ready", process)
    process.send_signal(number)
    assert process.wait(runs.PATIENCE) == 128 + number
    entries = saved(pytester)["benchmarks"]
    assert sum(len(entry["stats"]["data"]) for entry in entries) == 12
    assert name in (pytester.path / "output.txt").read_text()
    assert not list(pytester.path.rglob("*.jsonl"))


CUT_OFF = """
import time

class Finalized:
    def __del__(self):
        raise KeyboardInterrupt

def test_one(benchmark):
    left = [Finalized()]
    left.append(left)
    del left
    open("ready", "w").close()
    benchmark(time.sleep, 600)
"""
"""An interrupt that came in a finalizer, where Python swallows it; pytest tells it at its end."""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_what_an_interrupt_cuts_off_is_no_error(pytester: pytest.Pytester, name: str) -> None:
    """Where warnings are errors: pytest would end with a traceback and 1, as if a claim failed."""
    process = runs.start(pytester, CUT_OFF, "--blocks=1", "-W", "error")
    runs.await_file(pytester.path / "ready", process)
    process.send_signal(getattr(signal, name))
    ended = process.wait(runs.PATIENCE)
    told = (pytester.path / "output.txt").read_text()
    assert ended == (2 if name == "SIGINT" else 128 + signal.SIGTERM), told
    assert "Traceback" not in told


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_none_of_them_tears_the_file_that_is_being_saved(
    pytester: pytest.Pytester, name: str
) -> None:
    """Sent while the file is written: it is whole, nothing lies beside it, no round is missing."""
    process = runs.start(pytester, SUITE, "--blocks=2", conftest=SAVES_SLOWLY)
    runs.await_file(pytester.path / "saving", process)
    process.send_signal(getattr(signal, name))
    ended = process.wait(runs.PATIENCE)
    assert ended == (2 if name == "SIGINT" else 128 + getattr(signal, name))
    entries = saved(pytester)["benchmarks"]
    assert sum(len(entry["stats"]["data"]) for entry in entries) == 10
    assert len([path for path in (pytester.path / "results").rglob("*") if path.is_file()]) == 1


def test_a_run_without_a_terminal_goes_on(pytester: pytest.Pytester) -> None:
    """What ignores SIGHUP, as under nohup, is not ended by it."""
    ignoring = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    waiting = SLOW.replace("time.sleep(120)", "time.sleep(0.5)")
    process = runs.start(pytester, waiting, "--blocks=3", conftest=ignoring)
    runs.await_file(pytester.path / "ready", process)
    process.send_signal(signal.SIGHUP)
    assert process.wait(runs.PATIENCE) == 0
    assert sum(len(e["stats"]["data"]) for e in saved(pytester)["benchmarks"]) == 15


FORKS = """
import multiprocessing, os, signal, time
from parallel_claims.engine.outcome import Outcome

def wait(connection):
    connection.send(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
    time.sleep(120)

def work():
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=wait, args=(there,))
    child.start()
    default = here.recv()
    child.terminate()
    child.join(60)
    return Outcome([float(default), child.exitcode], True)

def test_one(measure):
    measure(work, truth=[1.0, -signal.SIGTERM])
"""


def test_a_forked_child_has_its_own_end(pytester: pytest.Pytester) -> None:
    """``terminate()`` ends a child of a benchmark as it does without blocks."""
    process = runs.start(pytester, FORKS, "--blocks=1")
    assert process.wait(runs.PATIENCE) == 0, (pytester.path / "output.txt").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="a closed terminal, as Linux has it")
def test_a_closed_terminal_saves(pytester: pytest.Pytester) -> None:
    """The window is closed: SIGHUP, and nothing can be written to the terminal any more."""
    import pty

    make(pytester, SLOW)
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(pytester.path)
        command = [sys.executable, "-m", "pytest", "--benchmark-only", "--blocks=5"]
        os.execv(sys.executable, command)  # noqa: S606  this very Python
    assert runs.until((pytester.path / "ready").exists)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP
    assert sum(len(e["stats"]["data"]) for e in saved(pytester)["benchmarks"]) == 12


WAITED_FOR = """
import multiprocessing, time

def test_one(benchmark):
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,)).start()
    open("ready", "w").close()
    benchmark(time.sleep, 600)
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_no_worker_that_an_interrupted_call_left_is_waited_for(
    pytester: pytest.Pytester, name: str
) -> None:
    """Python joins such children at its exit, for as long as they live."""
    process = runs.start(pytester, WAITED_FOR, "--blocks=1")
    runs.await_file(pytester.path / "ready", process)
    process.send_signal(getattr(signal, name))
    process.wait(runs.PATIENCE)
    assert runs.until(lambda: not runs.alive(pytester.path))
