"""A history as text: for the terminal, as Markdown, and as data."""

from __future__ import annotations

import json
import shlex
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

    from parallel_claims.follow.history import Alarm, Track
    from parallel_claims.versus.confirming import Confirmation


def text(
    tracks: Sequence[Track],
    style: terminal.Style | None = None,
    notes: Sequence[str] = (),
    confirmed: Sequence[Confirmation] = (),
) -> str:
    """Return a history as text: the answer, then a row a claim of each series of runs."""
    parts: list[tuple[RenderableType, str]] = [(answer(tracks, confirmed), "bold")]
    for title, inside in series(tracks):
        grid = terminal.head("Claim", "Now")
        for track in inside:
            body = Text(track.claim.id, style="bold")
            for line in lines_of(track):
                body.append(f"\n{line}", style="none")
            for line in lines_to_confirm(track, confirmed):
                body.append(f"\n{line}", style="none")
            style_ = "bold red" if track.worse or track.broken else "green" if track.alarms else ""
            grid.add_row(Text(mark(track)), body, Text(now(track), style=style_))
        parts += [(title, "dim"), (grid, "")]
    parts += [(Text(f"! {note}"), "yellow") for note in notes]
    return (style or terminal.Style()).text(parts)


def as_markdown(
    tracks: Sequence[Track],
    notes: Sequence[str] = (),
    confirmed: Sequence[Confirmation] = (),
) -> str:
    """Return a history as Markdown, its first line the answer."""
    lines = [f"**{answer(tracks, confirmed)}**"]
    for title, inside in series(tracks):
        titles = ("", "Claim", "Now", "Alarms")
        lines += ["", markdown.cell(title), "", markdown.row(titles)]
        lines.append(markdown.row("---" for _ in titles))
        for track in inside:
            found = (*lines_of(track), *lines_to_confirm(track, confirmed))
            told = "; ".join(markdown.cell(line) for line in found) or "none"
            lines.append(
                markdown.row([mark(track), f"`{markdown.cell(track.claim.id)}`", now(track), told])
            )
    lines += ["", *(f"- {markdown.cell(note)}" for note in notes)] if notes else []
    return "\n".join(lines) + "\n"


def as_json(
    tracks: Sequence[Track],
    notes: Sequence[str] = (),
    confirmed: Sequence[Confirmation] = (),
) -> str:
    """Return a history as JSON; numbers that cannot be told are null."""
    document = {
        "series": [record(track, confirmation_of(track, confirmed)) for track in tracks],
        "notes": list(notes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def record(track: Track, confirmation: Confirmation | None = None) -> dict[str, Any]:
    """Return one series as data."""
    first, worse = track.runs.iloc[0], track.worse
    return {
        "claim": track.claim.id,
        "machine": first["machine"],
        "build": first["build"],
        "size": first["size"],
        "quantity": track.quantity,
        "runs": len(track.runs),
        "level": data.interval(track.level),
        "worse": worse is not None,
        "broken": track.broken,
        "alarms": [
            {
                "ratio": data.interval(alarm.ratio),
                "after": str(alarm.between[0]["path"]),
                "at": str(alarm.between[1]["path"]),
                "told": list(alarm.told),
                "confirm": command(track, alarm),
            }
            for alarm in track.alarms
        ],
        "drift": data.interval(track.drift) if track.drift else None,
        "confirmation": confirmation
        and {
            "confirmed": confirmation.confirmed,
            "told": confirmation.told,
            "ratio": data.interval(confirmation.ratio),
            "pairs": confirmation.pairs,
        },
    }


def answer(tracks: Sequence[Track], confirmed: Sequence[Confirmation] = ()) -> str:
    """Say how many series there are and what became of them."""
    worse = sum(track.worse is not None for track in tracks)
    changed = sum(bool(track.alarms) or track.drift is not None for track in tracks)
    runs = len({path for track in tracks for path in track.runs["path"]})
    text = f"{runs} run{'s' if runs > 1 else ''}, {len(tracks)} series: "
    broken = [track.claim.id for track in tracks if track.broken]
    if broken:
        text += f"{len(broken)} broken in the newest run ({words.listed(broken)}), "
    if max(track.days for track in tracks) < FEWEST_IN_SERIES:
        return f"{text}too few to see a change (runs of {FEWEST_IN_SERIES} days are needed)"
    if not changed:
        return f"{text}no alarm"
    if worse:
        sure = sum(one.confirmed for one in confirmed)
        state = f"{sure} of them confirmed" if confirmed else "to be confirmed"
        text += f"{worse} alarm{'s' if worse > 1 else ''} of worse, {state}, "
    return f"{text}{changed - worse} better, {len(tracks) - changed} unchanged"


def command(track: Track, alarm: Alarm) -> str | None:
    """Return what confirms an alarm, or refutes it; None where the commits are not known."""
    if alarm.commits is None:
        return None
    return shlex.join(
        ["parallel-claims", "versus", *alarm.commits, "--", *sorted(set(track.tests.values()))]
    )


def lines_to_confirm(track: Track, confirmed: Sequence[Confirmation]) -> list[str]:
    """Say what became of the alarm that is in force, or how it is confirmed."""
    if track.worse is None:
        return []
    found = confirmation_of(track, confirmed)
    if found is not None:
        sure = "confirmed" if found.confirmed else "not confirmed"
        return [f"{sure}: {found.told}"]
    wanted = command(track, track.worse)
    return [f"to confirm: {wanted}"] if wanted else []


def confirmation_of(track: Track, confirmed: Sequence[Confirmation]) -> Confirmation | None:
    """Return what became of a series' alarm, where that was looked at."""
    return next((one for one in confirmed if one.track is track), None)


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
    """Write the level of a series and its alarms, the newest first."""
    lines = [f"broken in the newest run: {track_.broken}"] if track_.broken else []
    if track_.left_out:
        lines.append(f"{track_.left_out} of its runs have too few rounds: left out")
    lines += [
        f"alarm: {words.percent(alarm.ratio)} between {run_name(alarm.between[0])} and "
        f"{run_name(alarm.between[1])}: {'; '.join(alarm.told)}"
        for alarm in reversed(track_.alarms)
    ]
    if track_.drift is not None:
        lines.append(
            f"alarm: {words.percent(track_.drift)} steadily, from the first run to the newest"
        )
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
    if track_.worse or track_.broken:
        return "-"
    return "+" if track_.alarms or track_.drift is not None else "="


def now(track_: Track) -> str:
    """Write the level of the newest runs: a speedup, or an efficiency of capacity."""
    speedup = track_.quantity == "speedup"
    return words.interval(track_.level, "×" if speedup else "") + ("" if speedup else " of cap.")
