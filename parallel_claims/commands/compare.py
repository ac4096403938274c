"""``compare``: the same claims on other machines, Pythons or commits, side by side."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Annotated

import typer

from parallel_claims.commands import shared
from parallel_claims.commands.shared import (
    BAD_INPUT,
    FAILED,
    NOT_DECIDED,
    Claims,
    Format,
    Output,
    fail,
    percentage,
    tell,
)
from parallel_claims.errors import BadInputError


def compare(
    sides: Annotated[
        list[str],
        typer.Argument(
            metavar="SIDE",
            help="Numbers of runs, files, folders, machines, builds, or machine/build; the "
            "first is what the others are compared with. Three runs a side decide, or the two "
            "files that `versus` saves.",
        ),
    ],
    claims: Claims = None,
    within: Annotated[
        str, typer.Option(metavar="P", help="Differences up to this are “same”.")
    ] = "5%",
    size: Annotated[
        str | None, typer.Option(metavar="NAME", help="Use only runs of this size.")
    ] = None,
    across_sizes: Annotated[
        bool, typer.Option("--across-sizes", help="Compare sides of different sizes.")
    ] = False,
    seconds: Annotated[
        bool, typer.Option("--seconds", help="Compare seconds too (within one machine only).")
    ] = False,
    fail_on_worse: Annotated[
        bool, typer.Option("--fail-on-worse", help="Exit with 1 when something is worse.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when something cannot be told.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Say what is better, worse or the same on another side.

    Sides are runs of other commits, Pythons or machines. Without claims, seconds are compared.
    One run a side decides nothing: what varies between runs is in no single one.

    Exit code: 0, 1 when what ran on the first side does not run on another, or with
    --fail-on-worse when something is worse, 2 bad input, 3 with --strict when something cannot
    be told.

    Example: parallel-claims compare results/before results/after
    """
    from parallel_claims.follow import compare as comparing
    from parallel_claims.follow import sides as reading
    from parallel_claims.follow.comparison import Change
    from parallel_claims.report import compared

    try:
        known = shared.claims_if_any(claims)
        read = reading.read(
            [(name, place(name)) for name in at_least_two(sides)], size, across=across_sizes
        )
        band = percentage("--within", within)
        found = comparing.compare(read, known.claims if known else (), band, seconds=seconds)
    except BadInputError as error:
        fail(error)
    problems = [problem for side in read for problem in side.runs.problems]
    shared.write_as(compared.document(found), output)
    tell(problems, (note for side in read for note in side.runs.notes))
    if problems:
        raise typer.Exit(BAD_INPUT)
    if found.broken or (fail_on_worse and Change.WORSE in found.changes):
        raise typer.Exit(FAILED)
    raise typer.Exit(NOT_DECIDED if strict and found.undecided else 0)


def at_least_two(names: list[str]) -> list[str]:
    """Return the sides.

    Raises:
        BadInputError: there is only one, or one without a name.
    """
    if not all(names):
        message = "a side has an empty name: name a run, a folder, a machine or a build"
        raise BadInputError(message)
    if len(names) < len("AB"):
        message = f"{' '.join(names)}: a comparison needs two sides or more"
        raise BadInputError(message)
    return names


def place(name: str) -> Path:
    """Return the path that a side's name stands for: itself, a run, a machine's or build's folder.

    Raises:
        BadInputError: it is none, or one that several machines have.
    """
    if name and Path(name).exists():
        return Path(name)
    root = shared.results()
    if name.isascii() and name.isdigit():
        return numbered(root, name)
    found = [
        path
        for path in (root / name, *sorted(root.glob(f"*/{glob.escape(name)}")))
        if path.is_dir()
    ]
    if len(found) == 1 and found[0].resolve().is_relative_to(root.resolve()):
        return found[0]
    if found:
        message = f"{name}: {len(found)} machines have it: write {' or '.join(map(str, found))}"
    else:
        there = sorted({p.name for pattern in ("*/", "*/*/") for p in root.glob(pattern)})
        message = f"{name}: no such run, file, folder, machine or build" + (
            f" (in {root}: {', '.join(there)})" if there else ""
        )
    raise BadInputError(message)


def numbered(root: Path, name: str) -> Path:
    """Return the saved run with a number: this machine's and Python's where several have it.

    They are looked for below ``root``, and where pytest-benchmark itself saves.

    Raises:
        BadInputError: there is none, or several, none or more of them of this machine and Python.
    """
    from parallel_claims.machine.naming import machine_name
    from parallel_claims.machine.python import python_build
    from parallel_claims.saved import folders

    others = root.with_name(".benchmarks")
    found = [path for place in (root, others) for path in folders.numbered(place, int(name))]
    own = root / machine_name() / python_build()
    chosen = [path for path in found if path.parent == own] or found
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        message = f"{name}: {len(chosen)} runs have this number: name one of {told(chosen)}"
    else:
        message = f"{name}: no run has this number in {root} or {others}: name a file"
    raise BadInputError(message)


def told(paths: list[Path]) -> str:
    """Return paths in a line, only the first of many."""
    return ", ".join(map(str, paths[:MOST_TOLD])) + (" …" if len(paths) > MOST_TOLD else "")


MOST_TOLD = 6
