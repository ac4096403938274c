"""Pages over many runs: one for all, or an index and a page for each machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parallel_claims.errors import BadInputError
from parallel_claims.follow.runs import SERIES
from parallel_claims.report import page, past
from parallel_claims.report.keeping import keep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from parallel_claims.follow.history import Track
    from parallel_claims.follow.runs import Runs
    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.claims_file import ClaimsFile
    from parallel_claims.report.page import Judged

MOST_RUNS = 8
"""Runs that are shown whole on one page: the newest of each machine, Python and size."""

Judge = Callable[[str], "Judged"]
"""Reads and judges the run at a path."""


@dataclass(frozen=True)
class Site:
    """The pages, by file name, the runs that are shown whole, and what could not be."""

    pages: dict[str, str]
    shown: list[Judged]
    problems: list[BadInputError]


def newest(facts: pd.DataFrame) -> list[str]:
    """Return the newest run of each machine, Python and size, the newest of all first."""
    last = facts.groupby(SERIES, sort=False).tail(1).sort_values("saved", na_position="first")
    return [str(path) for path in reversed(last["path"].tolist())]


def cut(facts: pd.DataFrame) -> list[str]:
    """Say which runs are not shown whole, because there are too many for a page."""
    left = newest(facts)[MOST_RUNS:]
    if not left:
        return []
    names = ", ".join(left[:3]) + (" …" if len(left) > len(left[:3]) else "")
    return [f"{len(left)} runs are not shown, a page holds {MOST_RUNS}: {names}"]


def followed(runs: Runs, claims: Sequence[Claim]) -> list[Track]:
    """Follow the claims over time, where there is more than one run to follow."""
    if not runs.facts.duplicated(SERIES).any():
        return []
    from parallel_claims.follow import history

    try:
        return history.tracks(runs, claims)
    except BadInputError:  # no claim on a ratio: nothing to follow
        return []


def judged(paths: Sequence[str], judge: Judge, problems: list[BadInputError]) -> list[Judged]:
    """Read and judge runs; what cannot be judged is told and left out."""
    found = []
    for path in paths:
        try:
            found.append(judge(path))
        except BadInputError as error:
            problems.append(error)
    return found


def one_page(
    runs: Runs, known: ClaimsFile, judge: Judge
) -> tuple[str, list[Judged], list[BadInputError]]:
    """Return one page on all runs, the runs that are shown whole, and what is left out.

    Raises:
        BadInputError: no run can be judged.
    """
    problems = list(runs.problems)
    shown = judged(newest(runs.facts)[:MOST_RUNS], judge, problems)
    if not shown:
        raise problems[0]
    told = [*map(str, problems), *runs.notes, *cut(runs.facts)]
    machines = runs.facts["machine"].unique()
    title = f"What holds on {machines[0]}" if len(machines) == 1 else "What holds where"
    text = page.render(shown, followed(runs, known.claims), known, told, title)
    return text, shown, problems


def site(runs: Runs, known: ClaimsFile, judge: Judge) -> Site:
    """Return an index and a page for each machine.

    Raises:
        BadInputError: no run can be judged.
    """
    problems = list(runs.problems)
    tracks = followed(runs, known.claims)
    machines = list(dict.fromkeys(runs.facts["machine"]))
    names = page.file_names(machines)
    pages: dict[str, str] = {}
    all_shown: list[Judged] = []
    entries = []
    for machine in machines:
        facts = runs.facts[runs.facts["machine"] == machine]
        shown = judged(newest(facts)[:MOST_RUNS], judge, problems)
        if not shown:
            continue
        all_shown += shown
        own = [track for track in tracks if track.runs["machine"].iloc[0] == machine]
        pages[names[machine]] = page.render(
            shown, own, known, cut(facts), f"What holds on {machine}"
        )
        entries.append(entry(machine, names[machine], facts, shown, own))
    if not entries:
        raise problems[0]
    pages["index.html"] = page.index(entries, [*map(str, problems), *runs.notes])
    return Site(pages, all_shown, problems)


def entry(
    machine: str, file: str, facts: pd.DataFrame, shown: Sequence[Judged], tracks: Sequence[Track]
) -> dict[str, Any]:
    """Return what the index says of one machine."""
    runs = "1 run" if len(facts) == 1 else f"{len(facts)} runs"
    return {
        "name": machine,
        "file": file,
        "answer": page.answer(shown[0]),
        "where": shown[0].name,
        "past": past.answer(tracks) if tracks else runs,
    }


def write(folder: Path, pages: dict[str, str]) -> None:
    """Write pages into a folder.

    Raises:
        BadInputError: it cannot be written.
    """
    for name, text in pages.items():
        keep(folder / name, text)
