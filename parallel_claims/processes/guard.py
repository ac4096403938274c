"""A guardian for this process: started before anything is measured, sent away at its end."""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
from functools import cache
from multiprocessing import util
from pathlib import Path

from parallel_claims import errors
from parallel_claims.processes import belongings

PATIENCE = 30.0
"""Seconds that the guardian's start may take."""


@cache
def start() -> str:
    """Guard this process, once; return why it is not guarded, empty if it is.

    What dead runs of this user left is removed before. On Windows, there is no guard.
    """
    if os.name != "posix":
        return ""
    folder = belongings.private_folder()
    if folder is None:
        return "there is no folder of this user's own among temporary files"
    belongings.sweep(folder)
    try:
        leash, record = belongings.recorded(folder, util.get_temp_dir())
        hold(leash, record)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return ""


def hold(leash: int, record: Path) -> None:
    """Start the guardian of a record, and have all that is started from now on be known to it.

    leash: the open record. Forked children inherit it, others the environment.

    Raises:
        OSError: no process can be started.
        subprocess.SubprocessError: it did not start well.
    """
    theirs, ours = os.pipe()
    try:
        launch(theirs, record)
    except BaseException:
        os.close(ours)
        os.close(leash)
        record.unlink()
        raise
    finally:
        os.close(theirs)
    os.environ[belongings.MARK] = record.stem
    os.register_at_fork(after_in_child=lambda: os.close(ours))
    atexit.register(leave, os.getpid(), ours, record)


def launch(line: int, record: Path) -> None:
    """Start the guardian in the background; it carries the token of no run, nor this one's files.

    Raises:
        OSError, subprocess.SubprocessError: it did not start.
    """
    own = str(Path(errors.__file__).parents[1])
    path = os.pathsep.join(filter(None, (own, os.environ.get("PYTHONPATH"))))
    subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-P", "-m", "parallel_claims.processes.guardian", str(record)],
        stdin=line,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={k: v for k, v in os.environ.items() if k != belongings.MARK} | {"PYTHONPATH": path},
        check=True,
        timeout=PATIENCE,
    )


def leave(pid: int, line: int, record: Path) -> None:
    """Tell the guardian that this process ends by itself; a forked child has none to tell."""
    if os.getpid() == pid:
        with contextlib.suppress(OSError):
            belongings.notes(record).unlink(missing_ok=True)
            record.unlink(missing_ok=True)
            os.write(line, b".")
