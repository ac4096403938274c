"""A round that goes wrong in any way is lost, with the reason; the run goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time

import pytest

from parallel_claims.journal.recover import recover
from tests.engine.suite import SUITE, make, measured, saved
from tests.processes import runs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="as POSIX has them")

FAULTY = """
import ctypes, multiprocessing, os, resource, signal, sys, time
import numpy, pytest
from experiments.work import strategies
from parallel_claims.engine.outcome import Outcome

context = multiprocessing.get_context("fork")

def nth(name):
    # how often this was called, in whichever process
    with open(f"seen-{name}", "a") as file:
        file.write("x")
        return file.tell()

def no_memory():
    resource.setrlimit(resource.RLIMIT_AS, (1 << 33, 1 << 33))
    numpy.ones(1 << 31)

def too_large():
    queue.put(bytes(1 << 20))

queue = context.Queue()
FAULTS = {
    "raises": lambda: 1 / 0,
    "exits": lambda: os._exit(3),
    "segfaults": lambda: ctypes.string_at(0),
    "no-memory": no_memory,
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "too-large": too_large,
}

def child(fault):
    sys.stderr = open(os.devnull, "w")
    FAULTS[fault]()

def work(fault):
    if nth(fault) == 2:  # in the second block only
        process = context.Process(target=child, args=(fault,))
        process.start()
        try:
            strategies.join_all([process], 2 if fault == "too-large" else 60)
        finally:
            strategies.end([process])
    return Outcome([1.0], True)

@pytest.mark.parametrize("fault", FAULTS)
def test_one(measure, fault):
    measure(work, fault, truth=[1.0])
"""

REASONS = {
    "raises": "ended with exit code 1",
    "exits": "ended with exit code 3",
    "segfaults": "was killed by SIGSEGV",
    "no-memory": "ended with exit code 1",
    "killed": "was killed by SIGKILL",
    "too-large": "did not end within 2 s",
}


def test_a_child_that_fails_loses_its_round_only(pytester: pytest.Pytester) -> None:
    """It raises, exits, crashes, has no memory, is killed, or cannot send its result."""
    make(pytester, FAULTY)
    measured(pytester, "--blocks=3", "-W", "error")
    entries = {entry["param"]: entry["extra_info"] for entry in saved(pytester)["benchmarks"]}
    for fault, reason in REASONS.items():
        assert entries[fault]["blocks"] == [0, 2]
        assert reason in entries[fault]["lost"]["1"]


STUCK = """
import os, signal, subprocess, sys, time
import pytest
from parallel_claims.engine.outcome import Outcome

STUBBORN = '''
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
open(f"up-{os.getpid()}", "w").close()
time.sleep(600)
'''

def nth(name):
    # how often this was called, in whichever process
    with open(f"seen-{name}", "a") as file:
        file.write("x")
        return file.tell()

def work(how):
    if nth(how) == 2:
        command = [sys.executable, "-c", STUBBORN]
        if how == "child":
            subprocess.run(command, start_new_session=True)
        elif how == "lock":
            import threading
            threading.Semaphore(0).acquire()
    return Outcome([1.0], True)

@pytest.mark.parametrize("how", ["child", "lock", "healthy"])
def test_one(measure, how):
    measure(work, how, truth=[1.0])
"""


def test_a_stuck_round_is_ended_shown_and_lost(pytester: pytest.Pytester) -> None:
    """It waits for a child that ignores SIGTERM, or for nothing: the run goes on without it."""
    process = runs.start(pytester, STUCK, "--blocks=3", "--blocks-patience=3s")
    assert process.wait(runs.PATIENCE) == pytest.ExitCode.TESTS_FAILED
    entries = {entry["param"]: entry["extra_info"] for entry in saved(pytester)["benchmarks"]}
    assert entries["healthy"]["blocks"] == [0, 1, 2]
    for how in ("child", "lock"):
        assert entries[how]["blocks"] == [0, 2]
        assert entries[how]["lost"]["1"].startswith("stuck in ")
        assert entries[how]["lost"]["1"].endswith(": over 3 s (--blocks-patience)")
    assert len(list(pytester.path.glob("up-*"))) == 2
    assert runs.until(lambda: not runs.alive(pytester.path)), runs.alive(pytester.path)


WAITS = SUITE.replace(
    'file.write(name + "\\n")',
    """file.write(name + "\\n")
    if len(open("order.txt").readlines()) == 7:
        open("ready", "w").close()
        ends = time.monotonic() + 120
        while not os.path.exists("go") and time.monotonic() < ends:
            time.sleep(0.01)""",
)
"""Waits in the seventh round: the second in its second block."""


def test_a_run_that_was_stopped_loses_that_round_only(pytester: pytest.Pytester) -> None:
    """SIGSTOP and SIGCONT, as Ctrl-Z and ``fg``: what was timed meanwhile is no time."""
    process = runs.start(pytester, WAITS, "--blocks=3")
    runs.await_file(pytester.path / "ready", process)
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.2)
    (pytester.path / "go").touch()
    process.send_signal(signal.SIGCONT)
    assert process.wait(runs.PATIENCE) == 0
    lost = [e["extra_info"]["lost"] for e in saved(pytester)["benchmarks"]]
    (told,) = [reasons for reasons in lost if reasons]
    assert told == {"1": "the run was stopped and went on within this round"}
    assert sum(len(e["stats"]["data"]) for e in saved(pytester)["benchmarks"]) == 14
    assert "1 round lost: the run was stopped" in (pytester.path / "output.txt").read_text()


def test_a_results_folder_that_is_removed_loses_nothing(pytester: pytest.Pytester) -> None:
    """Removed in mid-run: the journal is still open, and the folder is made anew."""
    process = runs.start(pytester, WAITS, "--blocks=3")
    runs.await_file(pytester.path / "ready", process)
    shutil.rmtree(pytester.path / "results")
    (pytester.path / "go").touch()
    assert process.wait(runs.PATIENCE) == 0, (pytester.path / "output.txt").read_text()
    assert sum(len(e["stats"]["data"]) for e in saved(pytester)["benchmarks"]) == 15


LIMIT = """
import pathlib, resource
from parallel_claims.saved import atomic

def limit(size):  # the system then refuses to write as it does where a disk is full
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
"""

FULL_BY_AND_BY = """
import os
if "PARALLEL_CLAIMS_PRIVATE" not in os.environ:
    from parallel_claims.engine.recorder import Recorder
    keep, kept = Recorder.keep, []

    def until_full(self, *args):
        kept.append(1)
        if len(kept) == 13:
            limit(self.journal.path.stat().st_size + 40)
        keep(self, *args)

    Recorder.keep = until_full
"""
"""No room for the line of the thirteenth round, but for its beginning."""

FULL_WHEN_SAVING = """
write = atomic.write

def no_room(*args):
    limit(6_000)
    write(*args)

atomic.write = no_room
"""


@pytest.mark.parametrize(
    ("more", "rounds"),
    [(FULL_BY_AND_BY, 12), (FULL_WHEN_SAVING, 15)],
    ids=["while measuring", "while saving"],
)
def test_a_full_disk_keeps_what_was_written(
    pytester: pytest.Pytester, more: str, rounds: int
) -> None:
    """One line with the journal's path and what to do; what is in it is recovered."""
    process = runs.start(pytester, SUITE, "--blocks=3", conftest=LIMIT + more)
    assert process.wait(runs.PATIENCE) == pytest.ExitCode.INTERRUPTED
    output = (pytester.path / "output.txt").read_text()
    (path,) = (path for path in (pytester.path / "results").rglob("*") if path.is_file())
    (line,) = (line for line in output.splitlines() if line.startswith("error: "))
    assert line.startswith(f"error: {path}: cannot be written: File too large; ")
    assert line.endswith(f"--blocks-resume={path}")
    assert "INTERNALERROR" not in output
    assert "Traceback" not in output
    assert recover(path).rounds == rounds


def test_a_disk_that_is_full_from_the_start_is_told(pytester: pytest.Pytester) -> None:
    """Before anything is measured; nothing is left of it."""
    full = f"{LIMIT}\ndef pytest_collection_finish():\n    limit(2000)\n"
    process = runs.start(pytester, SUITE, "--blocks=3", conftest=full)  # its output has room
    assert process.wait(runs.PATIENCE) == pytest.ExitCode.USAGE_ERROR
    output = (pytester.path / "output.txt").read_text()
    assert "no run can be saved there: File too large; nothing was measured" in output
    assert "Traceback" not in output
    assert not [path for path in (pytester.path / "results").rglob("*") if path.is_file()]


def test_two_runs_in_one_folder_at_once_both_save(pytester: pytest.Pytester) -> None:
    """Each has its number, its journal and all its rounds."""
    first = runs.start(pytester, WAITS, "--blocks=3")
    runs.await_file(pytester.path / "ready", first)
    second = measured(pytester, "--blocks=3")
    assert second.ret == 0
    (pytester.path / "go").touch()
    assert first.wait(runs.PATIENCE) == 0
    files = sorted((pytester.path / "results" / "here" / "build").iterdir())
    assert [path.name[:4] for path in files if path.suffix == ".json"] == ["0001", "0002"]
    assert not [path for path in files if path.suffix == ".jsonl"]


CLOCK = """
import datetime, time
days = iter(range(10_000))

class Back(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime(2026, 1, 1, tzinfo=tz) - datetime.timedelta(days=next(days))

import parallel_claims.engine.recorder, parallel_claims.journal.writing
for module in (parallel_claims.engine.recorder, parallel_claims.journal.writing):
    module.datetime = Back
now = time.time
time.time = lambda: now() - 86_400 * next(days)
"""


def test_a_clock_that_is_set_back_changes_nothing_measured(pytester: pytest.Pytester) -> None:
    """It goes back by a day at each look: blocks keep their order, files their numbers."""
    make(pytester, SUITE, CLOCK)
    for _ in range(2):
        assert measured(pytester, "--blocks=3").ret == 0
    files = sorted((pytester.path / "results" / "here" / "build").glob("*.json"))
    assert [path.name[:4] for path in files] == ["0001", "0002"]
    for entry in json.loads(files[1].read_text())["benchmarks"]:
        assert entry["extra_info"]["blocks"] == [0, 1, 2]
        assert all(0 < seconds < 60 for seconds in entry["stats"]["data"])


NO_FORK = """
import multiprocessing.popen_fork, os, resource
import pytest
from experiments.mechanisms.children import start_and_join
from parallel_claims.engine.outcome import Outcome


def nth(name):
    # how often this was called, in whichever process
    with open(f"seen-{name}", "a") as file:
        file.write("x")
        return file.tell()

def work():
    if nth("fork") != 2:
        return start_and_join("fork", 2, 60)
    limits = resource.getrlimit(resource.RLIMIT_NPROC)
    user = os.getuid()
    if not user:
        os.setresuid(65534, 65534, 0)  # root has no such limit
    resource.setrlimit(resource.RLIMIT_NPROC, (1, limits[1]))
    try:
        return start_and_join("fork", 2, 60)
    finally:
        if not user:
            os.setresuid(0, 0, 0)
        resource.setrlimit(resource.RLIMIT_NPROC, limits)

def test_one(measure):
    measure(work, truth=[2.0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's limit of processes")
def test_a_fork_that_fails_loses_its_round(pytester: pytest.Pytester) -> None:
    """There are as many processes as this user may have."""
    make(pytester, NO_FORK)
    measured(pytester, "--blocks=3")
    (entry,) = saved(pytester)["benchmarks"]
    assert entry["extra_info"]["blocks"] == [0, 2]
    assert "Resource temporarily unavailable" in entry["extra_info"]["lost"]["1"]
