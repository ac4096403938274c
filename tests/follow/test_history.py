"""History: what changed, when, between which commits and environments."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from inline_snapshot import snapshot

from parallel_claims.errors import BadInputError
from parallel_claims.follow import history, runs
from parallel_claims.judge import claims_file
from parallel_claims.report import data, markdown, past, terminal
from tests import files, series

if TYPE_CHECKING:
    from pathlib import Path


def followed(folder: Path) -> list[history.Track]:
    """Follow the claim over a folder of runs."""
    return history.tracks(runs.read([folder]), claims_file.read(series.claims_at(folder)).claims)


def test_a_regression_is_found_between_its_runs(tmp_path: Path) -> None:
    """20 runs, then 8 that are 15 % worse, with the commit and the package that changed."""
    commits = ["a" * 40] * 20 + ["b" * 40] * 8
    packages = [{"numpy": "2.4.5"}] * 20 + [{"numpy": "2.4.6"}] * 8
    speedups = [1.9] * 20 + [1.9 / 1.15] * 8
    (track,) = followed(series.history(tmp_path, speedups, commit=commits, packages=packages))
    (change,) = track.alarms
    assert track.worse is change
    assert change.commits == ("a" * 10, "b" * 10)
    assert past.command(track, change) == (
        "parallel-claims versus aaaaaaaaaa bbbbbbbbbb -- test_file.py::test_a test_file.py::test_b"
    )
    assert change.between[0]["path"].endswith("/0020_quick.json")
    assert change.ratio.low < 1 / 1.15 < change.ratio.high
    assert change.told == ("commit aaaaaaaaaa → bbbbbbbbbb", "numpy 2.4.5 → 2.4.6")
    assert track.level.low < 1.9 / 1.15 < track.level.high


def test_a_regression_that_was_repaired_is_told_and_is_none(tmp_path: Path) -> None:
    """Two changes; the newest level is not worse than the one before it."""
    (track,) = followed(series.history(tmp_path, [1.9] * 15 + [1.5] * 8 + [1.9] * 8))
    assert [alarm.worse for alarm in track.alarms] == [True, False]
    assert track.worse is None


def test_the_runs_of_a_day_are_one_value(tmp_path: Path) -> None:
    """Thirty runs in one day, the last ten 30 % worse: a busy evening, or a change? No alarm.

    The same runs on as many days raise one.
    """
    rng = np.random.default_rng(3)
    for number in range(30):
        path = series.one_run(tmp_path / "day" / f"{number + 1:04}_x.json", 1.9, rng)
        content = json.loads(path.read_text())
        content["datetime"] = f"2026-01-01T{number // 2:02}:{number % 2 * 30:02}:00+00:00"
        if number >= 20:
            content["benchmarks"][1]["stats"]["data"] = [
                seconds * 1.3 for seconds in content["benchmarks"][1]["stats"]["data"]
            ]
        files.write(path, content)
    (track,) = followed(tmp_path / "day")
    assert (len(track.runs), track.days, track.alarms) == (30, 1, ())
    (track,) = followed(series.history(tmp_path / "days", [1.9] * 20 + [1.9 / 1.3] * 10))
    assert (track.days, len(track.alarms)) == (30, 1)


def test_sides_of_a_comparison_are_no_runs_of_a_series(tmp_path: Path) -> None:
    """They were measured otherwise: two on one CPU, slice by slice."""
    folder = series.history(tmp_path, [1.9] * 8)
    for path in folder.glob("mine/*/000[78]*.json"):
        content = json.loads(path.read_text())
        content["parallel_claims"]["pairs"] = "main against branch"
        files.write(path, content)
    (track,) = followed(folder)
    assert len(track.runs) == 6


def test_series_of_other_machines_sizes_and_builds_are_apart(tmp_path: Path) -> None:
    """A slower machine, another size and a build without GIL are no regressions."""
    rng = np.random.default_rng(5)
    series.history(tmp_path, [1.9] * 8)
    for day in range(8):
        name = f"{day:04}_x.json"
        series.one_run(tmp_path / "other" / "cpython-3.11.7" / name, 1.2, rng, day=day)
        series.one_run(tmp_path / "mine" / "b" / name, 1.2, rng, day=day, scale="full", name="mine")
        series.one_run(
            tmp_path / "mine" / "cpython-3.14.0t" / name, 1.2, rng, day=day,
            python_version="3.14.0", gil=False,
        )  # fmt: skip
    tracks = followed(tmp_path)
    assert len(tracks) == 4
    assert not any(track.alarms for track in tracks)
    assert {tuple(track.runs.iloc[0][["machine", "build", "size"]]) for track in tracks} == {
        ("mine", "cpython-3.11.7", "quick"),
        ("mine", "cpython-3.11.7", "full"),
        ("mine", "cpython-3.14.0t", "quick"),
        ("other", "cpython-3.11.7", "quick"),
    }


def test_the_claims_of_a_series_share_the_false_alarms(tmp_path: Path) -> None:
    """A step that one claim alone would show is not told among a hundred."""
    folder = series.history(tmp_path, [1.9] * 30 + [1.9 * 0.92] * 4, seed=3)
    assert followed(folder)[0].alarms
    claim = claims_file.read(series.claims_at(folder)).claims[0]
    many = [msgspec.structs.replace(claim, id=f"{n}") for n in range(100)]
    assert not any(track.alarms for track in history.tracks(runs.read([folder]), many))


def test_seconds_that_drift_change_no_ratio(tmp_path: Path) -> None:
    """A machine that becomes twice as slow has the same speedup."""
    slower = [float(x) for x in np.linspace(1, 2, 30)]
    (track,) = followed(series.history(tmp_path, [1.9] * 30, slower=slower))
    assert not track.alarms
    assert track.drift is None


def test_the_table_is_short_and_has_the_answer_first(tmp_path: Path) -> None:
    """A whole history, as it is shown in 80 columns."""
    tracks = followed(series.history(tmp_path, [1.9] * 20 + [1.6] * 8))
    found = past.document(tracks)
    text = terminal.text(found)
    assert max(map(len, text.splitlines())) <= 80
    assert "\n".join(line.rstrip() for line in text.splitlines()) == snapshot("""\
28 runs, 1 series: 1 alarm of worse, to be confirmed, 0 better, 0 unchanged

   Claim                                             Now                 Verdict
   mine, cpython-3.11.7, size quick: 28 runs
-  B is faster. b-is-faster                          1.59× [1.55, 1.64]  alarm
   alarm: -16.8 % [-19.4, -14.2] between 0020 of
   2026-01-20 and 0021 of 2026-01-21: same commit
   and environment: look at the machine\
""")
    assert markdown.text(found) == snapshot("""\
**28 runs, 1 series: 1 alarm of worse, to be confirmed, 0 better, 0 unchanged**

mine, cpython-3.11.7, size quick: 28 runs

| Claim | Statement | Now | Verdict |
| --- | --- | --- | --- |
| `b-is-faster` | B is faster. | 1.59×\xa0[1.55,\xa01.64] | -\xa0alarm |

- `b-is-faster`: alarm: -16.8 % [-19.4, -14.2] between 0020 of 2026-01-20 and 0021 of 2026-01-21: same commit and environment: look at the machine.
""")
    (record,) = json.loads(data.text(found))["claims"]
    assert record["verdict"] == "worse"
    assert record["confirmation"] is None
    assert record["alarms"][0]["at"].endswith("0021_quick.json")


def test_anyones_runs_are_followed(tmp_path: Path) -> None:
    """Not in blocks, some of them saved without rounds."""
    rng = np.random.default_rng(6)
    for day in range(16):
        speedup = 2.0 if day < 8 else 1.5
        entries = []
        for name, seconds in (("test_a", 1.0), ("test_b", 1 / speedup)):
            data = (seconds * np.exp(rng.normal(0, 0.01, 20))).tolist()
            entry = files.entry(name, data if day % 2 else None, blocks=False)
            if not day % 2:
                entry["stats"] |= {"median": float(np.median(data)), "iqr": 0.013 * seconds}
                entry["stats"]["rounds"] = 20
            entries.append(entry)
        document = files.document(entries, suite=None)
        document["datetime"] = f"2026-11-{day + 1:02}T00:00:00"
        files.write(tmp_path / f"{day:04}_x.json", document)
    (track,) = followed(tmp_path)
    (change,) = track.alarms
    assert len(track.runs) == 16
    assert change.between[1]["path"].endswith("/0008_x.json")
    assert change.ratio.centre == pytest.approx(0.75, abs=0.02)


def test_few_runs_have_a_level(tmp_path: Path) -> None:
    """One run: its own interval. Two: the hull of both. Too few blocks: no interval, told."""
    (track,) = followed(series.history(tmp_path / "one", [1.9]))
    assert track.level.bounded
    assert past.answer([track]) == (
        "1 run, 1 series: too few to see a change (runs of 6 days are needed)"
    )
    (track,) = followed(series.history(tmp_path / "two", [1.9, 1.7]))
    assert track.level.low < 1.72
    assert track.level.high > 1.87
    short = tmp_path / "short" / "r.json"
    entries = [files.entry("test_a", [1.0] * 3), files.entry("test_b", [0.5] * 3)]
    files.write(short, files.document(entries))
    (track,) = followed(short.parent)
    assert track.level.centre == pytest.approx(2.0)
    assert math.isinf(track.level.high)


def test_runs_without_the_benchmarks_are_told(tmp_path: Path) -> None:
    """The claims are of another suite."""
    files.write(tmp_path / "r.json", files.document([files.entry("test_x", [1.0] * 6)]))
    with pytest.raises(BadInputError, match=r"no run has the benchmarks of a claim .*test_a"):
        followed(tmp_path)


def test_a_test_that_moved_to_another_file_is_followed(tmp_path: Path) -> None:
    """The short name is enough where each run has it once; a run that has it twice is no run."""
    for day in range(9):
        entries = [
            files.entry(name, [seconds] * 6, fullname=f"{'new' if day > 6 else 'old'}/t.py::{name}")
            for name, seconds in (("test_a", 1.0), ("test_b", 0.5))
        ]
        if day == 3:
            entries.append(files.entry("test_a", [9.0] * 6, fullname="other/t.py::test_a"))
        document = files.document(entries)
        document["datetime"] = f"2026-11-{day + 1:02}T00:00:00+00:00"
        files.write(tmp_path / f"{day:04}_x.json", document)
    (track,) = followed(tmp_path)
    assert len(track.runs) == 8
    assert track.level.centre == pytest.approx(2.0)


def test_the_level_of_few_runs_is_the_same_among_many_claims(tmp_path: Path) -> None:
    """It is a 95 % interval however many claims are followed."""
    folder = series.history(tmp_path, [1.9, 1.8, 2.0])
    (alone,) = followed(folder)
    many = [msgspec.structs.replace(alone.claim, id=f"{n}") for n in range(20)]
    among = history.tracks(runs.read([folder]), many)
    assert {track.level for track in among} == {alone.level}


@pytest.mark.parametrize(
    ("suite", "told"),
    [
        ({}, "test_b: not in its runs"),
        ({"partial": True}, ""),
        ({"skipped": {"test_b": "slow"}}, "test_b: slow"),
        ({"partial": True, "failed": {"test_b": {"0": "ValueError"}}}, "test_b: ValueError"),
    ],
)
def test_a_claim_whose_benchmark_is_gone_from_the_newest_run_is_broken(
    tmp_path: Path, suite: dict[str, Any], told: str
) -> None:
    """Said in the answer, the row and the data; a run of a selection says nothing of the rest."""
    folder = series.history(tmp_path, [1.9] * 4)
    newest = max(folder.rglob("*.json"))
    document = json.loads(newest.read_text())
    del document["benchmarks"][1]
    document["parallel_claims"] |= suite
    files.write(newest, document)
    (track,) = followed(folder)
    assert track.broken == told
    answer = "1 series: 1 broken in the newest run (b-is-faster), "
    assert (answer in past.answer([track])) is bool(told)
    found = past.document([track])
    text = " ".join(terminal.text(found).split())
    assert (f"broken in the newest run: {told}" in text) is bool(told)
    (row,) = json.loads(data.text(found))["claims"]
    assert (row["verdict"], row["note"]) == ("broken" if told else "cannot-tell", told)
