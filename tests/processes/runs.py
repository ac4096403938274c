"""A run in a process group of its own, that stops where it is asked to, and what is left of it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import zlib
from typing import TYPE_CHECKING

import psutil

from tests.engine.suite import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

PATIENCE = 60.0
"""Seconds that a wait takes at most, however busy the machine is."""

MARK = "PARALLEL_CLAIMS_TEST"
"""The variable of the environment by which a run's processes are known: its folder, say."""


def start(
    pytester: pytest.Pytester, suite: str, *args: str, conftest: str = ""
) -> subprocess.Popen[bytes]:
    """Start a run of a suite; what it prints is in output.txt."""
    make(pytester, suite, conftest)
    temporary(pytester.path).mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "-p", "no:cacheprovider", *args]
    with (pytester.path / "output.txt").open("wb") as output:
        return subprocess.Popen(  # noqa: S603  this very Python
            command,
            cwd=pytester.path,
            env={**os.environ, "TMPDIR": str(temporary(pytester.path)), MARK: str(pytester.path)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def temporary(folder: Path) -> Path:
    """Return where the runs of a folder have their temporary files: sockets need a short path."""
    return folder.parent / f"{zlib.crc32(folder.name.encode()):08x}"


def await_file(path: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait until a run has written a file; return its text.

    Raises:
        AssertionError: the run ended before, or takes too long.
    """
    until(lambda: path.exists() or process.poll() is not None)
    if not path.exists():
        raise AssertionError((path.parent / "output.txt").read_text())
    return path.read_text()


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait until something is true; say whether it came true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(mark: Path | str) -> list[list[str]]:
    """Return the command lines of all processes that descend from the runs with a mark."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            if descends(process, mark):
                found.append(process.cmdline())
    return found


def descends(process: psutil.Process, mark: Path | str) -> bool:
    """Say whether a process is one of the runs with a mark, or descends from one, and lives."""
    try:
        ours = process.environ().get(MARK) == str(mark)
        return ours and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def left_in_temp(folder: Path) -> list[str]:
    """Return the names of temporary files that are not pytest's."""
    records = f"parallel-claims-{os.getuid()}"
    found = [path.name for path in temporary(folder).iterdir() if path.name != records]
    found = [name for name in found if not name.startswith(("pytest-of-", "inline-snapshot-"))]
    return found + [path.name for path in temporary(folder).glob(f"{records}/*")]
