"""What runs on a host: one pytest of its own, and its saved files as text.

The answer is JSON as bytes, which Dask hands over as they are: nobody unpickles a result.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from parallel_claims.processes.parent import die_with_parent

LOCK = "parallel-claims-fleet.lock"
"""The file, in the host's folder of temporary files, that is held while the host measures."""

TAIL = 2000
"""Characters of pytest's output that are handed back."""


def measure(arguments: list[str], seconds: float) -> bytes:
    """Run pytest on this host, within so many seconds; return what came of it.

    It is JSON: ``code``, pytest's exit code, None where it has none; ``told``, what it wrote
    last, or why it was not run; ``files``, the saved runs as text, by name.
    """
    try:
        with FileLock(Path(tempfile.gettempdir()) / LOCK, timeout=0):
            return json.dumps(measured(arguments, seconds)).encode()
    except Timeout:
        told = "something else of a fleet is measured on this host"
        return json.dumps({"code": None, "told": told, "files": {}}).encode()


def measured(arguments: list[str], seconds: float) -> dict[str, Any]:
    """Run pytest, and read what it saved."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as name:
        results, output = Path(name) / "results", Path(name) / "output.txt"
        command = [sys.executable, "-m", "pytest", *arguments, f"--blocks-results={results}"]
        code = ended(command, output, seconds)
        written = output.read_text(encoding="utf-8", errors="replace")[-TAIL:]
        files = {
            path.name: path.read_text(encoding="utf-8") for path in sorted(results.rglob("*.json"))
        }
    told = written if code is not None else f"ended after {seconds:g} s\n{written}"
    return {"code": code, "told": told, "files": files}


def ended(command: list[str], output: Path, seconds: float) -> int | None:
    """Run a command to its end, with all that it starts; None if that takes too long."""
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603  this very Python, and the user's own arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
