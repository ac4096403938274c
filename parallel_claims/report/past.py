"""What ``history`` says: a row a claim of each series of runs, and its alarms."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_claims.report import data, decided, words
from parallel_claims.report.tables import Column, Document, Group, Place, Row, Table, Tone, row
from parallel_claims.stats.replicates import FEWEST_IN_SERIES
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from parallel_claims.follow.history import Alarm, Track
    from parallel_claims.versus.confirming import Confirmation


class Followed(NamedTuple):
    """A claim of a series, and what became of its alarm, where that was looked at."""

    track: Track
    confirmation: Confirmation | None = None


def document(
    tracks: Sequence[Track],
    notes: Sequence[str] = (),
    confirmed: Sequence[Confirmation] = (),
) -> Document:
    """Return a history: a group a series of runs."""
    groups = tuple(
        Group(tuple(row_of(track, confirmed) for track in inside), title)
        for title, inside in series(tracks)
    )
    tables = (Table("claims", COLUMNS, groups, "Claim"),)
    return Document("history", [answer(tracks, confirmed)], tables, notes=notes)


def row_of(track: Track, confirmed: Sequence[Confirmation] = ()) -> Row:
    """Return the row of one series."""
    found = next((one for one in confirmed if one.track is track), None)
    mark, tone = LOOKS[decided.of_track(track).verdict]
    return row(COLUMNS, Followed(track, found), mark, tone)


LOOKS = {
    "worse": ("-", Tone.BAD),
    "better": ("+", Tone.GOOD),
    "unchanged": ("=", Tone.NONE),
    "cannot-tell": ("?", Tone.OPEN),
    "broken": ("-", Tone.BAD),
}
"""The sign and the look of what may have become of a series."""

WORDS = {"worse": "alarm", "unchanged": "no alarm", "cannot-tell": "too few"}


def now(found: Followed) -> str:
    """Write the level of the newest runs: a speedup, or an efficiency of capacity."""
    speedup = found.track.quantity == "speedup"
    return words.interval(found.track.level, "×" if speedup else "") + (
        "" if speedup else " of cap."
    )


def alarms(found: Followed) -> str:
    """Write the alarms of a series, the newest first, a line each."""
    track = found.track
    lines = [f"broken in the newest run: {track.broken}"] if track.broken else []
    if track.left_out:
        lines.append(f"{track.left_out} of its runs have too few rounds: left out")
    lines += [
        f"alarm: {words.percent(alarm.ratio)} between {run_name(alarm.between[0])} and "
        f"{run_name(alarm.between[1])}: {'; '.join(alarm.told)}"
        for alarm in reversed(track.alarms)
    ]
    if track.drift is not None:
        lines.append(
            f"alarm: {words.percent(track.drift)} steadily, from the first run to the newest"
        )
    return "\n".join(lines)


def alarms_as_data(found: Followed) -> list[dict[str, Any]]:
    """Return the alarms of a series as data."""
    return [
        {
            **decided.ratio(alarm.ratio),
            "after": str(alarm.between[0]["path"]),
            "at": str(alarm.between[1]["path"]),
            "told": list(alarm.told),
            "confirm": command(found.track, alarm),
        }
        for alarm in found.track.alarms
    ]


def to_confirm(found: Followed) -> str:
    """Say what became of the alarm that is in force, or how it is confirmed."""
    if found.track.worse is None:
        return ""
    if found.confirmation is not None:
        sure = "confirmed" if found.confirmation.confirmed else "not confirmed"
        return f"{sure}: {found.confirmation.told}"
    wanted = command(found.track, found.track.worse)
    return f"to confirm: {wanted}" if wanted else ""


def of_series(found: Followed) -> dict[str, Any]:
    """Return what only programs get of a series."""
    track = found.track
    facts = track.runs.iloc[0]
    return {
        **{key: facts[key] for key in ("machine", "build", "size")},
        "quantity": track.quantity,
        "runs": len(track.runs),
        "drift": data.interval(track.drift),
    }


COLUMNS: tuple[Column[Followed], ...] = (
    Column("Claim", lambda f: f.track.claim.id, key="name", value=lambda f: f.track.claim.id,
           place=Place.NAME, code=True),
    Column("Statement", lambda f: f.track.claim.statement, key="statement", place=Place.HEAD),
    Column("", value=of_series, place=Place.DATA),
    Column("Now", now, key="level", value=lambda f: data.interval(f.track.level), place=Place.SIDE),
    Column("Verdict", lambda f: WORDS.get(v := decided.of_track(f.track).verdict, v),
           value=lambda f: decided.of_track(f.track).as_data(), place=Place.VERDICT),
    Column("Alarms", alarms, key="alarms", value=alarms_as_data, place=Place.NOTE),
    Column("To confirm", to_confirm, key="confirmation", place=Place.NOTE,
           value=lambda f: f.confirmation and decided.of_confirmation(f.confirmation).as_data()),
)  # fmt: skip


def answer(tracks: Sequence[Track], confirmed: Sequence[Confirmation] = ()) -> str:
    """Say how many series there are and what became of them."""
    worse = sum(track.worse is not None for track in tracks)
    changed = sum(bool(track.alarms) or track.drift is not None for track in tracks)
    runs = len({path for track in tracks for path in track.runs["path"]})
    text = f"{words.plural(runs, 'run')}, {len(tracks)} series: "
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
        text += f"{words.plural(worse, 'alarm')} of worse, {state}, "
    return f"{text}{changed - worse} better, {len(tracks) - changed} unchanged"


def command(track: Track, alarm: Alarm) -> str | None:
    """Return what confirms an alarm, or refutes it; None where the commits are not known."""
    if alarm.commits is None:
        return None
    return shlex.join(
        ["parallel-claims", "versus", *alarm.commits, "--", *sorted(set(track.tests.values()))]
    )


def series(tracks: Sequence[Track]) -> Iterator[tuple[str, list[Track]]]:
    """Return the tracks of each machine, build and size, under a title."""
    found: dict[str, list[Track]] = {}
    for track_ in tracks:
        found.setdefault(series_title(track_), []).append(track_)
    for title, inside in found.items():
        runs = max(len(track_.runs) for track_ in inside)
        yield f"{title}: {words.plural(runs, 'run')}", inside


def series_title(track_: Track) -> str:
    """Name the series of runs that a track is of: machine, build and size."""
    first = track_.runs.iloc[0]
    size = f", size {first['size']}" if first["size"] else ""
    return f"{first['machine']}, {first['build']}{size}"


def run_name(facts: pd.Series[Any]) -> str:
    """Name a run by its number, if its file has one, and its day."""
    name = visible(Path(facts["path"]).name)
    number = name.split("_")[0]
    day = f" of {facts['saved']:%Y-%m-%d}" if not pd_missing(facts["saved"]) else ""
    return f"{number if number.isdecimal() else name}{day}"


def pd_missing(value: object) -> bool:
    """Say whether a time is missing: it is then unequal to itself."""
    return value != value  # noqa: PLR0124
