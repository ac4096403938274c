"""Nothing is left behind: no process, shared memory or folder, however a run ends.

What a whole run leaves is looked at in test_contract.py, which makes one.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

from tests.processes import runs

ROOT = Path(__file__).parents[1]

LONG = 1800.0
"""Seconds that no run takes: they bound a wait of which only the end matters."""

CLEARED = 120.0
"""Seconds after which what is left of a run stays for good."""

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="signals a process group"),
    pytest.mark.slow,
]


def start(folder: Path, mark: str, *args: str) -> subprocess.Popen[bytes]:
    """Start a real measuring run, as the leader of a process group of its own."""
    (folder / "tmp").mkdir()
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "--scale", "smoke"]
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(  # noqa: S603  this very Python
            [*command, f"--blocks-results={folder / 'results'}", "-p", "no:cacheprovider", *args],
            cwd=ROOT,
            env={**os.environ, runs.MARK: mark, "TMPDIR": str(folder / "tmp")},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def shared_memory() -> set[str]:
    """Return the names of shared memory and semaphores that the system holds."""
    shm = Path("/dev/shm")  # noqa: S108  looked at, not written to
    return {path.name for path in shm.iterdir()} if shm.is_dir() else set()


def check_nothing_is_left(folder: Path, mark: str, before: set[str]) -> None:
    """Look for what should not be there, until it is gone or stays for good.

    Shared memory that others made meanwhile comes and goes, or bears the number of a process that
    lives and is none of the run's: only what is always there stays.
    """
    shared = shared_memory() - before
    deadline = time.monotonic() + CLEARED
    while (left := [*runs.alive(mark), *shared, *kept(folder)]) and time.monotonic() < deadline:
        time.sleep(0.1)
        shared = {name for name in shared & shared_memory() if not of_others(name, mark)}
    assert left == []


def of_others(name: str, mark: str) -> bool:
    """Say whether shared memory bears the number of a living process that is none of the run's."""
    if (number := re.search(r"[_-](\d+)[_-]", name)) is None:
        return False
    try:
        return psutil.Process(int(number[1])).environ().get(runs.MARK) != mark
    except psutil.Error:
        return False


def kept(folder: Path) -> list[Path]:
    """Return the temporary files and folders of a run, but those of pytest itself.

    The folder of the records of runs stays, and nothing in it.
    """
    found = [path for path in (folder / "tmp").iterdir() if not path.name.startswith("pytest-of-")]
    records = folder / "tmp" / f"parallel-claims-{os.getuid()}"
    return [path for path in found if path != records] + [*records.glob("*")]


@pytest.mark.parametrize("delay", [0.0, 0.7, 1.9])
def test_after_ctrl_c(tmp_path: Path, delay: float) -> None:
    """At different moments of a block, whatever is running then."""
    mark, before = uuid.uuid4().hex, shared_memory()
    process = start(tmp_path, mark, "--blocks", "50", "-k", "joblib or giving or memory or waiting")
    deadline = time.monotonic() + LONG
    while not any(b'"seconds"' in path.read_bytes() for path in tmp_path.rglob("*.jsonl")):
        assert process.poll() is None, (tmp_path / "output.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(LONG) == pytest.ExitCode.INTERRUPTED, (tmp_path / "output.txt").read_text()
    check_nothing_is_left(tmp_path, mark, before)
    assert len(list((tmp_path / "results").rglob("*.json"))) == 1


def test_the_check_would_find_what_is_left() -> None:
    """A process with the mark is found while it lives; what bears its number is its own."""
    mark = uuid.uuid4().hex
    child = subprocess.Popen(
        [sys.executable, "-c", "print('up', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, runs.MARK: mark},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"up\n"
    assert len(runs.alive(mark)) == 1
    folder = f"joblib_memmapping_folder_{child.pid}_0a_0b"
    assert not of_others(folder, mark)
    assert of_others(folder, "another")
    child.communicate(b"\n")
    assert runs.alive(mark) == []
    assert not of_others(folder, "another")
