"""A comparison as saved files: linked pair by pair, and pytest-benchmark's to read as well."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from parallel_claims.decisions import Basis
from parallel_claims.errors import BadInputError
from parallel_claims.follow import compare, sides
from parallel_claims.follow.comparison import Change
from parallel_claims.saved import reading
from parallel_claims.versus.records import Difference, Finding, Lost, Pair
from parallel_claims.versus.saving import save
from tests import versions

NAMES = versions.NAMES[60:70]


def test_block_i_of_both_files_is_pair_i(tmp_path: Path) -> None:
    """The ratio of both data of a block is what the pair found, and the seconds are the slices'."""
    found = versions.versus(versions.SLOWER, NAMES)
    first, second = map(reading.read, save(found, tmp_path / "new" / "folder"))
    assert [b.fullname for b in first.benchmarks] == [b.fullname for b in second.benchmarks]
    assert [b.fullname for b in first.benchmarks] == NAMES
    for a, b in zip(first.benchmarks, second.benchmarks, strict=True):
        there = [pair for pair in found.pairs if a.fullname in pair.slices]
        assert a.info.blocks == b.info.blocks == [pair.number for pair in there]
        for old, new, pair in zip(a.rounds, b.rounds, there, strict=True):
            slices = pair.slices[a.fullname]
            assert math.log(new / old) == pytest.approx(slices.ratio)
            assert min(slices.first) < old < max(slices.first)
            assert min(slices.second) < new < max(slices.second)
    assert {len(b.rounds) for b in first.benchmarks} == {10, 18}


def test_both_files_name_the_comparison_and_no_other_does(tmp_path: Path) -> None:
    """``parallel_claims.pairs``; each file also has its side's commit, Python and name."""
    found = versions.versus({}, NAMES)
    documents = [json.loads(path.read_text()) for path in save(found, tmp_path)]
    links = {document["parallel_claims"]["pairs"] for document in documents}
    assert len(links) == 1
    other = json.loads(save(found, tmp_path / "other")[0].read_text())
    assert other["parallel_claims"]["pairs"] not in links
    for document, version in zip(documents, (found.first, found.second), strict=True):
        facts = version.facts
        assert document["commit_info"] == {"id": facts["commit"], "dirty": facts["dirty"]}
        assert document["machine_info"]["python_version"] == facts["python"]["version"]
        assert document["machine_info"]["packages"] == facts["packages"]  # not this process's
        assert "load_average" not in document["machine_info"]  # saving's, when all is over
        assert document["parallel_claims"]["side"]["name"] == version.name


def test_a_lost_pair_and_pairs_of_suspects_only_are_accounted_for(tmp_path: Path) -> None:
    """With their reasons; what was not measured again has left, and nothing is refused."""
    whole = versions.versus({}, NAMES)
    a, b, c = NAMES[:3]
    killed = dataclasses.replace(
        whole.pairs[3],
        slices={name: whole.pairs[3].slices[name] for name in NAMES if name != b},
        lost={b: Lost("killed by SIGKILL")},
    )
    again = Pair(10, 2, 0, 7, {c: whole.pairs[0].slices[c]}, {a: Lost("killed by SIGKILL")})
    pairs = (*whole.pairs[:3], killed, *whole.pairs[4:10], again)
    first, _ = map(reading.read, save(dataclasses.replace(whole, pairs=pairs), tmp_path))
    info = {x.fullname: x.info for x in first.benchmarks}
    assert info[a].blocks == list(range(10))
    assert (info[a].lost, info[a].left) == ({10: "killed by SIGKILL"}, None)
    assert info[b].blocks == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert (info[b].lost, info[b].left) == ({3: "killed by SIGKILL"}, 10)
    assert (info[c].blocks, info[c].left) == (list(range(11)), None)


def test_compare_finds_in_the_files_what_was_found_when_they_were_measured(tmp_path: Path) -> None:
    """Pair by pair: the same ratios, the same intervals, to the last digit that counts."""
    found = versions.versus(versions.SLOWER, NAMES)
    paths = save(found, tmp_path)
    read = sides.read([(path.name, path) for path in paths], None, across=False)
    compared = compare.compare(read, (), 0.05, seconds=True)
    assert compared.bases == (Basis.PAIRS,)
    measured = {one.name.rpartition("::")[2]: one for one in found.differences}
    assert {row.name for row in compared.seconds} == measured.keys()
    for row in compared.seconds:
        ratio = row.shifts[0].ratio
        wanted = measured[row.name].ratio
        assert ratio is not None
        assert wanted is not None
        assert (ratio.low, ratio.high) == pytest.approx((wanted.low, wanted.high))
    worse = [row.name for row in compared.seconds if row.shifts[0].change is Change.WORSE]
    assert worse == ["test_get[str]"]


def test_compare_finds_in_the_files_what_is_broken(tmp_path: Path) -> None:
    """With the reason, though neither file has a time of it."""
    broken = Difference("t.py::test_gone", Finding.BROKEN, None, 0, note="B: ValueError")
    whole = versions.versus({}, NAMES)
    found = dataclasses.replace(whole, differences=(broken, *whole.differences))
    read = [sides.read([(p.name, p)], None, across=False)[0] for p in save(found, tmp_path)]
    compared = compare.compare(read, (), 0.05, seconds=True)
    assert [(one.name, one.why) for one in compared.broken] == [
        ("t.py::test_gone", "B: ValueError")
    ]
    assert len(compared.seconds) == len(NAMES)


def test_pytest_benchmark_compares_the_files(tmp_path: Path) -> None:
    """Its own command, a row a benchmark and side, told apart by the file's name."""
    paths = save(versions.versus({}, NAMES), tmp_path)
    program = Path(sys.executable).with_name("pytest-benchmark")
    command = [str(program), "compare", *map(str, paths)]
    result = subprocess.run(  # noqa: S603  as a user does
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    for name in NAMES:
        short = name.rpartition("::")[2]
        told = [line for line in result.stdout.splitlines() if line.startswith(f"{short} (")]
        assert len(told) == 2
        assert {"A_main" in told[0], "A_main" in told[1]} == {True, False}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """In one line, with its name."""
    (tmp_path / "file").touch()
    with pytest.raises(BadInputError, match=r"^.*file/here: cannot be written: "):
        save(versions.versus({}, NAMES), tmp_path / "file" / "here")
