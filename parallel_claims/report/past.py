"""A history as text: for the terminal, as Markdown, and as data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from parallel_claims.report import data, markdown, terminal, words
from parallel_claims.stats.replicates import FEWEST_IN_SERIES
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from rich.console import RenderableType

    from parallel_claims.follow.history import Track


def text(
    tracks: Sequence[Track], style: terminal.Style | None = None, notes: Sequence[str] = ()
) -> str:
    """Return a history as text: the answer, then a row a claim of each series of runs."""
    parts: list[tuple[RenderableType, str]] = [(answer(tracks), "bold")]
    for title, inside in series(tracks):
        grid = terminal.head("Claim", "Now")
        for track in inside:
            body = Text(track.claim.id, style="bold")
            for line in lines_of(track):
                body.append(f"\n{line}", style="none")
            style_ = "bold red" if track.regressed else "green" if track.changes else ""
            grid.add_row(Text(mark(track)), body, Text(now(track), style=style_))
        parts += [(title, "dim"), (grid, "")]
    parts += [(Text(f"! {note}"), "yellow") for note in notes]
    return (style or terminal.Style()).text(parts)


def as_markdown(tracks: Sequence[Track], notes: Sequence[str] = ()) -> str:
    """Return a history as Markdown, its first line the answer."""
    lines = [f"**{answer(tracks)}**"]
    for title, inside in series(tracks):
        titles = ("", "Claim", "Now", "Changes")
        lines += ["", markdown.cell(title), "", markdown.row(titles)]
        lines.append(markdown.row("---" for _ in titles))
        for track in inside:
            told = "; ".join(markdown.cell(line) for line in lines_of(track)) or "none"
            lines.append(
                markdown.row([mark(track), f"`{markdown.cell(track.claim.id)}`", now(track), told])
            )
    lines += ["", *(f"- {markdown.cell(note)}" for note in notes)] if notes else []
    return "\n".join(lines) + "\n"


def as_json(tracks: Sequence[Track], notes: Sequence[str] = ()) -> str:
    """Return a history as JSON; numbers that cannot be told are null."""
    document = {"series": [record(track) for track in tracks], "notes": list(notes)}
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def record(track: Track) -> dict[str, Any]:
    """Return one series as data."""
    first = track.runs.iloc[0]
    return {
        "claim": track.claim.id,
        "machine": first["machine"],
        "build": first["build"],
        "size": first["size"],
        "quantity": track.quantity,
        "runs": len(track.runs),
        "level": data.interval(track.level),
        "regressed": track.regressed,
        "changes": [
            {
                "ratio": data.interval(change.ratio),
                "after": str(change.between[0]["path"]),
                "at": str(change.between[1]["path"]),
                "told": list(change.told),
            }
            for change in track.changes
        ],
        "drift": data.interval(track.drift) if track.drift else None,
    }


def answer(tracks: Sequence[Track]) -> str:
    """Say how many series there are and what became of them."""
    worse = sum(track.regressed for track in tracks)
    changed = sum(bool(track.changes) or track.drift is not None for track in tracks)
    better = changed - worse
    runs = len({path for track in tracks for path in track.runs["path"]})
    text = f"{runs} run{'s' if runs > 1 else ''}, {len(tracks)} series: "
    if max(len(track.runs) for track in tracks) < FEWEST_IN_SERIES:
        return f"{text}too few runs to see a change ({FEWEST_IN_SERIES} of a series are needed)"
    if not changed:
        return f"{text}no change"
    return f"{text}{worse} worse than before, {better} better, {len(tracks) - changed} unchanged"


def series(tracks: Sequence[Track]) -> Iterator[tuple[str, list[Track]]]:
    """Return the tracks of each machine, build and size, under a title."""
    found: dict[str, list[Track]] = {}
    for track_ in tracks:
        found.setdefault(series_title(track_), []).append(track_)
    for title, inside in found.items():
        runs = max(len(track_.runs) for track_ in inside)
        yield f"{title}: {runs} run{'s' if runs > 1 else ''}", inside


def series_title(track_: Track) -> str:
    """Name the series of runs that a track is of: machine, build and size."""
    first = track_.runs.iloc[0]
    size = f", size {first['size']}" if first["size"] else ""
    return f"{first['machine']}, {first['build']}{size}"


def lines_of(track_: Track) -> list[str]:
    """Write the level of a series and its changes, the newest first."""
    lines = []
    if track_.left_out:
        lines.append(f"{track_.left_out} of its runs have too few rounds: left out")
    lines += [
        f"{words.percent(change.ratio)} between {run_name(change.between[0])} and "
        f"{run_name(change.between[1])}: {'; '.join(change.told)}"
        for change in reversed(track_.changes)
    ]
    if track_.drift is not None:
        lines.append(f"{words.percent(track_.drift)} steadily, from the first run to the newest")
    return lines


def run_name(facts: pd.Series[Any]) -> str:
    """Name a run by its number, if its file has one, and its day."""
    name = visible(Path(facts["path"]).name)
    number = name.split("_")[0]
    day = f" of {facts['saved']:%Y-%m-%d}" if not pd_missing(facts["saved"]) else ""
    return f"{number if number.isdecimal() else name}{day}"


def pd_missing(value: object) -> bool:
    """Say whether a time is missing: it is then unequal to itself."""
    return value != value  # noqa: PLR0124


def mark(track_: Track) -> str:
    """Return the sign of a series."""
    if track_.regressed:
        return "-"
    return "+" if track_.changes or track_.drift is not None else "="


def now(track_: Track) -> str:
    """Write the level of the newest runs: a speedup, or an efficiency of capacity."""
    speedup = track_.quantity == "speedup"
    return words.interval(track_.level, "×" if speedup else "") + ("" if speedup else " of cap.")
