"""Nothing outlives a run that was killed: no process, no shared memory, no temporary file."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from parallel_claims.processes import belongings
from tests.processes import runs

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no guardian on Windows")

FAMILY = """
import json, multiprocessing, os, subprocess, sys, time
from multiprocessing.shared_memory import SharedMemory

import joblib, numpy, pytest

from experiments.mechanisms import switching, waiting
from experiments.work import capacity
from parallel_claims.processes.belongings import memory_name
from parallel_claims.engine.outcome import Outcome

LONG = [sys.executable, "-c", "import time; time.sleep(600)"]

def parent_of_two():
    os.fork() or time.sleep(600)
    subprocess.Popen(LONG)
    time.sleep(600)

def test_one(benchmark):
    waiting.LatePeer("fork", 60)
    waiting.LatePeer("spawn", 60)
    switching.PingPong("fork", 60).__enter__()
    capacity.Workers(2, "loop", (2, 10), "fork", 60).__enter__()
    capacity.Workers(2, "loop", (2, 10), "forkserver", 60).__enter__()
    multiprocessing.get_context("fork").Process(target=parent_of_two).start()
    pool = multiprocessing.get_context("fork").Pool(2)
    many = numpy.ones(1_000_000)
    joblib.Parallel(2, "loky")(joblib.delayed(len)(many) for _ in range(2))
    held = SharedMemory(memory_name(), create=True, size=10), SharedMemory(create=True, size=10)
    told = {"pid": os.getpid(), "token": os.environ["PARALLEL_CLAIMS_RUN"], "memory": held[1].name}
    with open("told", "w") as file:
        json.dump(told, file)
    os.rename("told", "ready")
    benchmark(time.sleep, 600)
"""
"""Starts children in every way that there is, grandchildren too, then sleeps."""


def shared(folder: Path) -> list[str]:
    """Return the names of shared memory and semaphores that a run of ``FAMILY`` made."""
    told = json.loads((folder / "ready").read_text())
    found = [path.name for path in belongings.SHARED_MEMORY.iterdir()]
    parts = (told["token"], f"_{told['pid']}_", f"loky-{told['pid']}-", told["memory"].strip("/"))
    return [name for name in found if any(part in name for part in parts)]


def start_family(pytester: pytest.Pytester) -> subprocess.Popen[bytes]:
    """Start a run with a large family; return when it is complete."""
    process = runs.start(pytester, FAMILY, "--blocks=1", "-p", "no:inline-snapshot")
    runs.await_file(pytester.path / "ready", process)
    assert len(runs.alive(pytester.path)) > 12
    assert len(shared(pytester.path)) > 2
    return process


@pytest.mark.parametrize("group", [False, True], ids=["alone", "with-its-group"])
def test_a_killed_run_leaves_nothing(pytester: pytest.Pytester, *, group: bool) -> None:
    """SIGKILL, of the run or of all of its process group: children, memory, folders are gone.

    Memory that is not named as ours goes with Python's own tracker, unless that was killed too.
    """
    process = start_family(pytester)
    (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
    process.wait(runs.PATIENCE)
    if group:
        unlink_memory(pytester.path)
    assert runs.until(lambda: not runs.alive(pytester.path)), runs.alive(pytester.path)
    assert runs.until(lambda: not shared(pytester.path)), shared(pytester.path)
    assert runs.until(lambda: not runs.left_in_temp(pytester.path))


def unlink_memory(folder: Path) -> None:
    """Remove the shared memory of a run that has no name of ours."""
    memory = json.loads((folder / "ready").read_text())["memory"].strip("/")
    (belongings.SHARED_MEMORY / memory).unlink(missing_ok=True)


def guardian_of(folder: Path) -> psutil.Process:
    """Return the guardian of a run, known by the record that it was given."""
    (record,) = runs.temporary(folder).glob("parallel-claims-*/*.json")
    return next(
        p for p in psutil.process_iter(["cmdline"]) if str(record) in (p.info["cmdline"] or ())
    )


def test_what_even_the_guardian_could_not_remove_the_next_run_does(
    pytester: pytest.Pytester,
) -> None:
    """All are killed at once, the guardian first."""
    process = start_family(pytester)
    family = psutil.Process(process.pid).children(recursive=True)
    guardian_of(pytester.path).kill()
    for member in [psutil.Process(process.pid), *family]:
        member.kill()
    process.wait(runs.PATIENCE)
    for pid in [p.pid for p in psutil.process_iter() if runs.descends(p, pytester.path)]:
        os.kill(pid, signal.SIGKILL)
    assert shared(pytester.path) != []
    assert runs.left_in_temp(pytester.path) != []
    suite = "def test_one(benchmark): benchmark(len, '')"
    assert runs.start(pytester, suite, "--blocks=1").wait(runs.PATIENCE) == 0
    unlink_memory(pytester.path)
    assert shared(pytester.path) == []
    assert runs.left_in_temp(pytester.path) == []


QUIET = """
import os, subprocess, sys

def test_one(benchmark):
    benchmark(len, "")
    try:
        os.wait()
    except ChildProcessError:
        open("alone", "w").close()
    keep = [sys.executable, "-c", "import time; time.sleep(600)"]
    open("daemon", "w").write(str(subprocess.Popen(keep, start_new_session=True).pid))
"""


def test_a_run_that_ends_by_itself_is_not_tidied(pytester: pytest.Pytester) -> None:
    """What a suite leaves on purpose, such as a server, stays; and the guardian is no child."""
    process = runs.start(pytester, QUIET, "--blocks=1", "-W", "ignore::ResourceWarning")
    assert process.wait(runs.PATIENCE) == 0, (pytester.path / "output.txt").read_text()
    daemon = psutil.Process(int((pytester.path / "daemon").read_text()))
    try:
        assert (pytester.path / "alone").exists()
        assert runs.left_in_temp(pytester.path) == []
        assert runs.until(lambda: len(runs.alive(pytester.path)) == 1)
        assert daemon.is_running()
    finally:
        daemon.kill()


UNREGISTERED = """
import os
from _multiprocessing import SemLock

def test_one(benchmark):
    if not os.path.exists("pid"):
        open("pid", "w").write(str(os.getpid()))
        SemLock(1, 1, 1, f"/loky-{os.getpid()}-made", False)
    benchmark(len, "")
"""


@pytest.mark.skipif(not belongings.SHARED_MEMORY.is_dir(), reason="as Linux has them")
def test_a_semaphore_that_was_not_registered_goes_with_its_run(pytester: pytest.Pytester) -> None:
    """Ctrl-C between making and registering it leaves one that no tracker knows of."""
    process = runs.start(pytester, UNREGISTERED, "--blocks=2")
    assert process.wait(runs.PATIENCE) == 0, (pytester.path / "output.txt").read_text()
    made = belongings.SHARED_MEMORY / f"sem.loky-{(pytester.path / 'pid').read_text()}-made"
    assert runs.until(lambda: not made.exists())


def test_nothing_of_others_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that lives, a number that is in use again, a file that only looks like a record."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(belongings, "SHARED_MEMORY", tmp_path)
    folder = belongings.private_folder()
    assert folder is not None
    handle, mine = belongings.recorded(folder, str(tmp_path / "pymp-mine"))
    dead = folder / "1-00000000.json"  # process 1 always lives
    record = {"token": dead.stem, "pids": [1], "folders": [str(tmp_path)], "listeners": ["/etc"]}
    dead.write_text(json.dumps(record))
    others = ["pc-1-0000000-x", f"pc-{mine.stem}-1", "joblib_memmapping_folder_1_x", "sem.loky-1-x"]
    others += ["psm_12345678", "sem.mp-abcdefgh", "joblib_memmapping_folder_11_x"]
    for name in [*others, "pc-1-00000000-x"]:
        (tmp_path / name).touch()
    (folder / "notes.json").touch()
    belongings.sweep(folder)
    os.close(handle)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, folder.name])
    assert sorted(path.name for path in folder.iterdir()) == sorted([mine.name, "notes.json"])


@pytest.mark.parametrize("what", ["open", "link", "file"])
def test_a_folder_that_is_not_only_ours_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Anyone may write to the temporary folder: what lies there under our name is looked at."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / f"parallel-claims-{os.getuid()}"
    if what == "open":
        folder.mkdir()
        folder.chmod(0o777)
    elif what == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.touch(mode=0o600)
    assert belongings.private_folder() is None


def test_a_dead_process_that_nobody_asked_after_is_dead() -> None:
    """A killed run has its number until its parent asks: what it left is removed before."""
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert not belongings.in_use(pid)
    os.waitpid(pid, 0)
    assert belongings.in_use(os.getpid())
