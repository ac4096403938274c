"""Many runs: each read once, whatever lies in the folder."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.follow import runs
from tests import files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with ten runs of one machine."""
    for number in range(10):
        one_run(tmp_path / "mine" / "cpython-3.11.7", number)
    return tmp_path


def one_run(folder: Path, number: int, seconds: float = 1.0, **machine: Any) -> Path:
    """Save a run of two variants."""
    entries = [
        files.entry("test_a", [seconds + number / 100] * 6),
        files.entry("test_b", [0.5 * seconds] * 6),
    ]
    document = files.document(entries, **machine)
    document["datetime"] = f"2026-11-{1 + number:02}T00:00:00+00:00"
    document["commit_info"] = {"id": f"{number:040x}", "dirty": False}
    return files.write(folder / f"{number + 1:04}_quick.json", document)


def test_every_round_of_every_run_is_read(folder: Path) -> None:
    """As numbers of its run, its benchmark and its block, run by run in order of time."""
    found = runs.read([folder])
    assert found.facts["machine"].unique().tolist() == ["mine"]
    assert len(found.rounds) == 10 * 2 * 6
    third = found.rounds[(found.rounds["run"] == 2) & (found.rounds["name"] == "test_a")]
    assert third["fullname"].tolist() == ["test_file.py::test_a"] * 6
    assert third["block"].tolist() == list(range(6))
    assert third["seconds"].tolist() == [1.02] * 6


def test_reading_writes_nothing(folder: Path) -> None:
    """A results folder may be on a read-only disk."""
    before = sorted(folder.rglob("*"))
    runs.read([folder])
    assert sorted(folder.rglob("*")) == before


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(folder: Path) -> None:
    """Cut off, of another tool, of a newer form: one line each."""
    build = folder / "mine" / "cpython-3.11.7"
    whole = (build / "0001_quick.json").read_text()
    (build / "0011_cut.json").write_text(whole[: len(whole) // 2])
    (build / "0012_asv.json").write_text('{"result_columns": [], "results": {}}')
    newer = json.loads(whole)
    newer["parallel_claims"]["schema"] = 2
    files.write(build / "0013_newer.json", newer)
    found = runs.read([folder])
    assert len(found.facts) == 10
    texts = [str(problem) for problem in found.problems]
    assert len(texts) == 3
    assert "0011_cut.json: truncated JSON" in texts[0]
    assert "0012_asv.json: not a file saved by pytest-benchmark (it looks like asv's)" in texts[1]
    assert "0013_newer.json: written in form 2, newer than this program knows (1)" in texts[2]
    assert not any("\n" in text for text in texts)


def test_a_run_that_is_there_twice_counts_once(folder: Path) -> None:
    """Merged twice, under another name."""
    build = folder / "mine" / "cpython-3.11.7"
    shutil.copy(build / "0001_quick.json", build / "0099_again ü.json")
    found = runs.read([folder])
    assert len(found.facts) == 10
    (note,) = found.notes
    assert "there twice, counted once (1 such runs)" in note


def test_a_clock_that_ran_backwards_is_told(folder: Path) -> None:
    """A later number with an earlier time; runs are ordered by time."""
    build = folder / "mine" / "cpython-3.11.7"
    (build / "0010_quick.json").rename(build / "0001_quick.json.old")
    (build / "0002_quick.json").rename(build / "0010_quick.json")
    (build / "0001_quick.json.old").rename(build / "0002_quick.json")
    found = runs.read([folder])
    assert found.facts["saved"].is_monotonic_increasing
    (note,) = found.notes
    assert "a clock ran backwards" in note


def test_a_name_without_a_number_says_nothing_of_the_clock(folder: Path) -> None:
    """Only numbers can be later than times."""
    build = folder / "mine" / "cpython-3.11.7"
    one_run(build, 12).rename(build / "baseline.json")
    assert runs.read([folder]).notes == []


def test_folders_of_several_machines_are_merged(folder: Path) -> None:
    """Same numbers, other machines; other suites' files say themselves where they are from."""
    for number in range(3):
        one_run(folder / "theirs" / "cpython-3.11.7", number)
    other = files.document([files.entry("test_a", [1.0] * 9, blocks=False)], suite=None)
    other["machine_info"] = {"cpu": {"brand_raw": "Fast CPU", "count": 8}, "python_version": "3.13"}
    files.write(folder / "Linux-CPython" / "0001_x.json", other)
    found = runs.read([folder])
    assert found.facts["machine"].value_counts().to_dict() == {
        "mine": 10,
        "theirs": 3,
        "fast-cpu-8cpu": 1,
    }
    assert found.medians["count"].tolist() == [9]


def test_times_are_told_apart_to_the_second_and_missing_ones_come_first(folder: Path) -> None:
    """A run without a time is taken as the oldest, and told."""
    build = folder / "mine" / "cpython-3.11.7"
    document = json.loads((build / "0001_quick.json").read_text())
    document["datetime"] = ""
    files.write(build / "0050_quick.json", document)
    found = runs.read([folder])
    assert pd.isna(found.facts["saved"].iloc[0])
    assert "no time in it" in found.notes[-1]


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    """A missing path, an empty folder, and one without a readable run."""
    with pytest.raises(BadInputError, match="no such file or folder"):
        runs.read([tmp_path / "none"])
    with pytest.raises(BadInputError, match="no saved run"):
        runs.read([tmp_path])
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(BadInputError, match="truncated JSON"):
        runs.read([tmp_path])
