"""Many runs: each read once, whatever lies in the folder, and the cache never trusted."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.follow import cache, runs, tables
from parallel_claims.saved import form, reading
from tests import files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with ten runs of one machine, given a cache however few they are."""
    monkeypatch.setattr(cache, "WORTH_A_CACHE", 1)
    for number in range(10):
        one_run(tmp_path / "mine" / "cpython-3.11.7", number)
    time.sleep(2 * cache.FRESH / 1e9)
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


def same(a: runs.Runs, b: runs.Runs) -> bool:
    """Say whether two readings came to the same."""
    return (
        a.facts.equals(b.facts)
        and a.medians.equals(b.medians)
        and a.rounds.astype({"fullname": str, "name": str}).equals(
            b.rounds.astype({"fullname": str, "name": str})
        )
    )


def test_the_cache_gives_what_the_files_say(folder: Path) -> None:
    """Read fresh, through the cache, after new files, and after the cache was deleted."""
    first = runs.read([folder])
    assert (folder / cache.CACHE).is_dir()
    assert first.rounds["seconds"].tolist()[:6] == [1.0] * 6
    assert first.facts["machine"].unique().tolist() == ["mine"]
    assert same(first, runs.read([folder]))
    one_run(folder / "mine" / "cpython-3.11.7", 10)
    more = runs.read([folder])
    assert len(more.facts) == 11
    shutil.rmtree(folder / cache.CACHE)
    assert same(more, runs.read([folder]))


def test_only_new_files_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second reading opens no file that it knows."""
    runs.read([folder])
    new = one_run(folder / "mine" / "cpython-3.11.7", 10)
    opened = []
    read = reading.read

    def told(path: Path, *, times_only: bool) -> form.Run:
        opened.append(path)
        return read(path, times_only=times_only)

    monkeypatch.setattr(reading, "read", told)
    runs.read([folder])
    assert opened == [new]


def test_a_changed_file_is_read_again(folder: Path) -> None:
    """Also when it has the same size and its old time of writing."""
    path = folder / "mine" / "cpython-3.11.7" / "0001_quick.json"
    runs.read([folder])
    before = path.stat()
    path.write_text(path.read_text().replace("[1.0, ", "[3.0, "))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    rounds = runs.read([folder]).rounds
    assert 3.0 in set(rounds["seconds"][rounds["run"] == 0])


def test_a_removed_or_moved_file_is_followed(folder: Path) -> None:
    """What is gone is not in it; a renamed machine has its new name."""
    runs.read([folder])
    (folder / "mine" / "cpython-3.11.7" / "0003_quick.json").unlink()
    (folder / "mine").rename(folder / "yours")
    found = runs.read([folder])
    assert len(found.facts) == 9
    assert set(found.facts["machine"]) == {"yours"}
    assert same(found, runs.read([folder]))


@pytest.mark.parametrize("damage", [b"", b"PAR1 not really"])
def test_a_broken_cache_is_made_anew(folder: Path, damage: bytes) -> None:
    """Whatever happened to it."""
    first = runs.read([folder])
    for path in (folder / cache.CACHE).glob("*.part"):
        path.write_bytes(damage)
    assert same(first, runs.read([folder]))
    assert same(first, runs.read([folder]))


def test_a_cache_of_another_form_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer program reads the files again."""
    first = runs.read([folder])
    (old,) = (folder / cache.CACHE).glob("*.part")
    tables.forms.cache_clear()
    monkeypatch.setattr(tables, "FORM", b"another")
    monkeypatch.setattr(cache, "FORM", b"another")
    written = old.stat().st_mtime_ns
    assert same(first, runs.read([folder]))
    assert old.stat().st_mtime_ns > written
    tables.forms.cache_clear()


def test_parts_are_joined(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small additions do not stay many small files."""
    monkeypatch.setattr(cache, "MOST_PARTS", 3)
    for number in range(10, 20):
        found = runs.read([folder])
        one_run(folder / "mine" / "cpython-3.11.7", number)
    assert len(found.facts) == 19
    assert len(list((folder / cache.CACHE).glob("*.part"))) <= 3


def test_few_runs_need_no_cache(tmp_path: Path) -> None:
    """Nothing is left behind in a small folder."""
    one_run(tmp_path, 0)
    runs.read([tmp_path])
    assert not (tmp_path / cache.CACHE).exists()


def test_a_folder_that_cannot_be_written_is_read_all_the_same(
    folder: Path,
) -> None:
    """A results folder may be on a read-only disk; here a file is where the cache would be."""
    (folder / cache.CACHE).write_text("a file where the folder would be")
    assert len(runs.read([folder]).facts) == 10


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
