"""Run tests again and again while something else keeps every CPU busy.

``python -m tests.under_load 20 tests`` runs `pytest tests` 20 times, and tells how often it
failed; what follows the number goes to pytest. It ends with exit code 1 if any run did.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from parallel_claims.machine import cpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SPIN = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"
"""Keeps a CPU busy as long as the process that started it lives."""

LONG = 7200
"""Seconds that no run takes."""


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Keep every CPU that may be used busy meanwhile."""
    command = [sys.executable, "-c", SPIN]
    loops = [
        subprocess.Popen(command)  # noqa: S603  this very Python
        for _ in range(cpus.usable_cpus())
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def failures(times: int, args: Sequence[str]) -> int:
    """Run pytest so many times; tell each run's end, and return how many failed."""
    failed = 0
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *args]
    for number in range(1, times + 1):
        started = time.monotonic()
        result = subprocess.run(  # noqa: S603  this very Python
            command, capture_output=True, text=True, timeout=LONG, check=False
        )
        failed += result.returncode != 0
        if result.returncode != 0:
            print(result.stdout, result.stderr, sep="\n")
        last = (result.stdout.splitlines() or ["no output"])[-1]
        seconds = time.monotonic() - started
        print(f"{number} of {times}: {last} ({seconds:.0f} s)", flush=True)
    return failed


def main() -> None:
    """Read the command line, and run."""
    times, args = sys.argv[1], sys.argv[2:]
    with busy():
        failed = failures(int(times), args)
    print(f"{failed} of {times} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
