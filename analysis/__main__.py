"""Puts the program together: the one place that knows both this machine and the judge."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from analysis import cli, folders
from analysis.commands import shared
from analysis.errors import BadInputError

if TYPE_CHECKING:
    from pathlib import Path


def newest_of(machine: str | None) -> Path:
    """Return the newest run that was saved for a machine, this one unless another is named."""
    from experiments.machine import machine_name

    return folders.newest(shared.results, machine or machine_name())


def measure_against_itself(names: list[str], blocks: int, scale: str) -> Path:
    """Measure variants against themselves in a run of their own, and return its file.

    Raises:
        BadInputError: the run failed, or saved nothing.
    """
    from experiments.machine import machine_name, python_build

    command = [sys.executable, "-m", "pytest", "--benchmark-only", f"--scale={scale}"]
    command += [f"--blocks={blocks}", f"--against-itself={','.join(names)}"]
    folder = shared.results / machine_name() / python_build()
    before = set(folder.glob("*_against-itself.json"))
    result = subprocess.run(  # noqa: S603  this very Python, and our own options
        [*command, f"--results={shared.results}"], check=False
    )
    new = set(folder.glob("*_against-itself.json")) - before
    if result.returncode or not new:
        message = f"measuring failed (pytest's exit code {result.returncode}): see above"
        raise BadInputError(message)
    return new.pop()


if __name__ == "__main__":
    shared.newest_of = newest_of
    shared.measure_against_itself = measure_against_itself
    cli.app(prog_name="python -m analysis")
