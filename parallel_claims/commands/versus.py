"""``versus``: two versions, measured side by side in pairs of fresh processes."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parallel_claims import bridge
from parallel_claims.commands import shared, writing
from parallel_claims.commands.after import pytest_arguments
from parallel_claims.commands.shared import (
    FAILED,
    NOT_DECIDED,
    NOTHING_MEASURED,
    Claims,
    Format,
    Output,
    fail,
    percentage,
    tell,
    without,
)
from parallel_claims.errors import BadInputError
from parallel_claims.processes import guard
from parallel_claims.processes.signals import Signals
from parallel_claims.saved import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_claims.versus.comparing import Wish
    from parallel_claims.versus.records import Versus


class Tests(StrEnum):
    """Whose benchmarks the sides run."""

    ONE = "one"
    OWN = "own"


def versus(
    ctx: typer.Context,
    first: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="What B is compared with: a git revision, a folder, a requirement "
            '("multidict==6.6.4"), a Python (python=3.13), or one and a Python (main,python=3.13).',
        ),
    ],
    second: Annotated[
        str | None,
        typer.Argument(metavar="B", help="Likewise (default: the working tree)."),
    ] = None,
    tests_from: Annotated[
        str | None,
        typer.Option(metavar="SIDE", help="Whose benchmarks both run (default: those of B)."),
    ] = None,
    tests: Annotated[
        Tests,
        typer.Option(help="Whether both run the benchmarks of one side, or each its own."),
    ] = Tests.ONE,
    requirements: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="REQUIREMENT",
            help="What both environments get beside the project, pytest and pytest-benchmark.",
            show_default=False,
        ),
    ] = None,
    extra: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="An extra of the project.", show_default=False),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A dependency group of the project.", show_default=False
        ),
    ] = None,
    within: Annotated[
        str, typer.Option(metavar="P", help="Differences up to this are “same”.")
    ] = "5%",
    pairs: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Pairs of processes that measure everything.",
            show_default=False,
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Measure no longer than this, as 4min.",
                     show_default=False),
    ] = None,
    timeout: Annotated[
        str, typer.Option(metavar="TIME", help="Give up on a process that is silent so long.")
    ] = "5min",
    claims: Claims = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when something cannot be told.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="A line for each benchmark.")] = False,
    output: Output = Format.TABLE,
    page: Annotated[
        Path | None,
        typer.Option("--output", metavar="PAGE", help="Write a page, too.", show_default=False),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where a file of each side is saved (default: a new folder in results/versus, or "
            ".benchmarks/versus where there is no folder results).",
            show_default=False,
        ),
    ] = None,
) -> None:  # fmt: skip
    """Say what is slower, faster or the same on another version.

    A and B get an environment each, and run B's benchmarks in pairs of fresh processes that
    take turns on one CPU. What follows -- is handed on to pytest.

    Exit code: 0 nothing is slower or broken, 1 something is, 2 bad input, 3 with --strict when
    something cannot be told, 5 when nothing was measured; 130 after Ctrl-C.

    Example: parallel-claims versus main -- tests/benchmarks
    """
    from parallel_claims.report.versus import tables

    ended = Signals()
    try:
        write_page = writer_of(page)
        wish = wished(pytest_arguments(ctx), within, pairs, budget, timeout, claims)
        sides = Sides(
            first, second, tests_from, extra or (), group or (), requirements or (),
            own_tests=tests is Tests.OWN,
        )  # fmt: skip
        found = between(sides, wish, ended)
        files = saved(found, save or new_folder())
        write_page(found)
    except BadInputError as error:
        fail(error)
    whole = everything and output is Format.TABLE
    shared.write_as(tables.document(found, everything=whole), output)
    writing.line(f"saved {files[0]} and {files[1].name}" + (f"; wrote {page}" if page else ""))
    if ended.ended_by is not None:
        raise typer.Exit(STOPPED + int(ended.ended_by))
    raise typer.Exit(exit_code(found, strict=strict))


STOPPED = 128
"""To this a shell adds the number of the signal that ended a command."""


@dataclass(frozen=True)
class Sides:
    """What is compared, in the user's words, and what its environments get."""

    first: str
    second: str | None
    tests_from: str | None = None
    extras: Sequence[str] = ()
    groups: Sequence[str] = ()
    requirements: Sequence[str] = ()
    own_tests: bool = False


def between(sides: Sides, wish: Wish, ended: Signals | None = None) -> Versus:
    """Build both sides, then measure and compare them; what was built for it is gone at the end.

    ended: remembers what ended it before its time, if anything did.

    Raises:
        BadInputError: a side cannot be built or measured.
    """
    from parallel_claims.report.versus.progress import Progress
    from parallel_claims.versus import comparing
    from parallel_claims.versus.sides import prepared

    if why := guard.start():
        tell([], [f"if this is killed, its processes may stay: {why}"])
    signals = ended or Signals()
    with (
        signals.heard(),
        Progress(sys.stderr) as shown,
        prepared(
            sides.first,
            sides.second,
            tests_from=sides.tests_from,
            own_tests=sides.own_tests,
            extras=sides.extras,
            groups=sides.groups,
            requirements=sides.requirements,
            paths=paths_in(wish.arguments),
            say=shown.say,
        ) as versions,
    ):
        return comparing.compare(versions, wish, shown.tell, shown.say, signals)


def wished(
    arguments: tuple[str, ...],
    within: str,
    pairs: int | None,
    budget: str | None,
    timeout: str,
    claims: Path | None,
) -> Wish:
    """Return what is to be compared, and how.

    Raises:
        BadInputError: an option cannot be read.
    """
    from parallel_claims.versus.comparing import Wish
    from parallel_claims.versus.deciding import DEFAULT

    known = shared.claims_if_any(claims)
    return Wish(
        arguments=arguments,
        within=percentage("--within", within),
        plan=replace(DEFAULT, first=pairs) if pairs else DEFAULT,
        budget=shared.seconds("--budget", budget) if budget else math.inf,
        patience=shared.seconds("--timeout", timeout),
        claims=known.claims if known else (),
    )


def paths_in(arguments: Sequence[str]) -> list[str]:
    """Return those of pytest's arguments that are files or folders, less the tests in them."""
    found = [argument.partition("::")[0] for argument in bridge.paths_of(arguments)]
    return [path for path in found if Path(path).exists() or path.endswith(".py")]


def saved(found: Versus, folder: Path) -> tuple[Path, Path]:
    """Save what was measured, a file a side.

    Raises:
        BadInputError: it cannot be written.
    """
    from parallel_claims.versus.saving import save

    return save(found, folder)


def new_folder() -> Path:
    """Return where this comparison is saved: the next folder beside the former ones."""
    results = shared.results()
    root = (results if results.is_dir() else results.with_name(".benchmarks")) / folders.VERSUS
    there = [int(path.name) for path in root.glob("[0-9]*") if path.name.isdigit()]
    return root / f"{max(there, default=0) + 1:04}"


def writer_of(page: Path | None) -> Callable[[Versus], None]:
    """Return what writes the page, if one is wanted.

    Raises:
        BadInputError: what it is written with is not installed.
    """
    if page is None:
        return lambda _: None
    try:
        from parallel_claims.report import site
        from parallel_claims.report.versus.page import html
    except ModuleNotFoundError as error:
        missing = without("versus --output", error)
        raise missing from None
    return lambda found: site.write(page.parent, {page.name: html(found)})


def exit_code(found: Versus, *, strict: bool) -> int:
    """Return what tells a CI what was found: of benchmarks, and of claims."""
    from parallel_claims.versus.records import Finding

    findings = {one.finding for one in (*found.differences, *(c.change for c in found.claims))}
    if findings & {Finding.BROKEN, Finding.SLOWER}:
        return FAILED
    if not found.measured:
        return NOTHING_MEASURED
    return NOT_DECIDED if strict and Finding.CANNOT_TELL in findings else 0
