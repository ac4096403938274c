"""The run that is meant where none is named: the newest whole one of the largest work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError
from parallel_claims.saved import folders, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from parallel_claims.saved.form import Run

MOST_READ = 20
"""Runs of one size, the newest first, among which a whole one is looked for."""


def newest(root: Path, machine_name: str) -> Path:
    """Return the newest whole run of a machine under ``root``, at the largest size there is.

    A run of some benchmarks, or one that was stopped early, is taken only where there is no
    whole one; a small size only where there is no larger. The time in the name says what is
    newest, so that copying a folder changes nothing.

    Raises:
        BadInputError: there is none; the message names the machines that have some.
    """
    runs = runs_of(root / machine_name)
    if not runs:
        if root.is_dir() and folders.journals_in(root / machine_name):
            folder = root / machine_name
            message = f"{folder}: no run saved for this machine, {folders.unsaved(folder)}"
            raise BadInputError(message)
        message = (
            f"{root / machine_name}: no run saved for this machine: measure one with "
            f"`pytest --blocks`, or name a path (machines with runs: {others(root)})"
        )
        raise BadInputError(message)
    sizes: dict[str, list[Path]] = {}
    for path in runs:
        sizes.setdefault(folders.label(path.name), []).append(path)
    whole = [found for paths in sizes.values() if (found := first_whole(paths)) is not None]
    return max(whole, key=work_of_a_block).path if whole else runs[0]


def runs_of(folder: Path) -> list[Path]:
    """Return the saved runs in a machine's folder, the newest first."""
    problems: list[BadInputError] = []
    found = (folder / place for place in folders.runs_in(folder, problems))
    numbered = [path for path in found if folders.SAVED_AT.match(path.name)]
    return sorted(numbered, key=lambda path: folders.saved_at(path.name), reverse=True)


def others(root: Path) -> str:
    """Return the machines that have runs under ``root``, in words."""
    machines = root.glob("*/") if root.is_dir() else ()
    return ", ".join(sorted(p.name for p in machines if not folders.is_apart(p.name))) or "none"


def first_whole(paths: Sequence[Path]) -> Run | None:
    """Return the first run that can be read and is whole."""
    return next((run for run in readable(paths[:MOST_READ]) if is_whole(run)), None)


def readable(paths: Iterable[Path]) -> Iterable[Run]:
    """Read runs one by one; what cannot be read is passed over."""
    for path in paths:
        try:
            yield reading.read(path, times_only=True)
        except BadInputError:
            continue


def is_whole(run: Run) -> bool:
    """Say whether a run has all benchmarks of its suite and came to its end."""
    return run.complete and (run.suite is None or run.suite.stopping.ended != "stopped early")


def work_of_a_block(run: Run) -> float:
    """Return the seconds of work in one block: the larger, the larger the size."""
    return sum(min(b.rounds) if b.rounds else 0.0 for b in run.benchmarks)
