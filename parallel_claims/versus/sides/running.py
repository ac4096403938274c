"""Other programs, such as git, uv and pip: each within its time, and nothing of it is left over."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

QUICK = 60.0
"""Seconds for what answers at once, even on a busy machine."""

COPYING = 600.0
"""Seconds for copying a whole tree of files."""

BUILDING = 1800.0
"""Seconds for building and installing what a side is made of."""

LEFT_OUT = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
    "PIP_PREFIX",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
)
"""What would lead a program back to the user's repository or environment."""


class FailedError(Exception):
    """A program that failed, or took too long; the message is the line that tells why."""


def environment(**more: str) -> dict[str, str]:
    """Return the user's environment without what leads back to it, and with ``more``."""
    return {name: value for name, value in os.environ.items() if name not in LEFT_OUT} | more


def output(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    given: str | None = None,
    seconds: float = QUICK,
) -> str:
    """Run a program; return what it writes to standard output.

    given: its standard input.

    Raises:
        FailedError: it failed, is not there, or took too long.
    """
    with started(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            told, errors = process.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise FailedError(too_long(command, seconds)) from None
    if process.returncode:
        raise FailedError(telling(errors) or f"exit code {process.returncode}")
    return str(told)


def logged(
    command: Sequence[str | Path], log: IO[str], *, cwd: Path, seconds: float = BUILDING
) -> None:
    """Run a program; what it writes goes to a log.

    Raises:
        FailedError: it failed, is not there, or took too long.
    """
    log.write("$ " + " ".join(map(str, command)) + "\n")
    log.flush()
    begin = log.tell()
    with started(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise FailedError(too_long(command, seconds)) from None
    log.seek(0, os.SEEK_END)
    if process.returncode:
        log.seek(begin)
        raise FailedError(telling(log.read()) or f"exit code {process.returncode}")


@contextlib.contextmanager
def started(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, **how: Any
) -> Iterator[subprocess.Popen[str]]:
    """Start a program; it and all that it started are ended with the block."""
    try:
        process = subprocess.Popen(  # noqa: S603  git, uv, pip and Pythons
            command,
            env=environment() if env is None else env,
            text=True,
            errors="replace",
            start_new_session=True,
            **how,
        )
    except OSError as error:
        message = f"{command[0]}: {error.strerror}"
        raise FailedError(message) from None
    with process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def too_long(command: Sequence[str | Path], seconds: float) -> str:
    """Say that a program was ended."""
    return f"{command[0]} gave no answer within {seconds:.0f} s: it was ended"


TELLING = ("error", "neither set nor", "fatal", "no space left", "killed", "because", "not found")

SAYING_NOTHING = (
    "[",
    "activate with",
    "cause: call to",
    "cause: the build backend",
    "compilation terminated",
    "error: command",
    "error: could not build",
    "error: failed",
    "error: metadata-generation-failed",
    "error: subprocess-exited",
    "exit code",
    "failed to build",
    "getting requirements to build",
    "hint:",
    "note:",
    "preparing metadata",
    "see above",
)
"""How lines begin that uv, pip and setuptools write about every build that fails."""

MOST = 300

REMEDY = "git config --global --add safe.directory"
"""How the line begins in which git says what helps: where a folder is somebody else's."""


def telling(text: str) -> str:
    """Return the last line that tells why a program failed, or else the last one."""
    lines = list(filter(None, (line.strip(" \t=×╰─▶>│") for line in text.splitlines())))
    if sentence := because(lines):
        return sentence[:MOST]
    saying = [line for line in lines if not line.lower().startswith(SAYING_NOTHING)]
    told = [line for line in saying if any(word in line.lower() for word in TELLING)]
    found = (told or saying or lines or [""])[-1].removeprefix("cause: ")
    if words := next((line for line in lines if line.startswith(REMEDY)), ""):
        found += f": {words}"
    return found if len(found) <= MOST else f"{found[: MOST // 2]} … {found[-MOST // 2 :]}"


def because(lines: Sequence[str]) -> str:
    """Return the first sentence in which uv says why requirements do not go together."""
    words: list[str] = []
    for line in lines:
        if words or line.startswith("Because "):
            words.append(line)
            if line.endswith("."):
                break
    return " ".join(words)
