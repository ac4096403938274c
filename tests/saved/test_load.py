"""The loader: whatever a file holds, it is read rightly or told in one line."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_claims.errors import BadInputError
from parallel_claims.follow import runs
from parallel_claims.judge import claims, claims_file
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.report import notes, words
from parallel_claims.saved import reading
from parallel_claims.saved.matrix import Matrix
from tests import files, series

if TYPE_CHECKING:
    from pathlib import Path

seconds = st.floats(1e-9, 1e6, allow_nan=False)


def test_a_run_becomes_one_row_a_round(tmp_path: Path) -> None:
    """The frame has block, seconds and every recorded number."""
    entries = [
        files.entry("test_a", [1.0, 2.0], recorded={"cores": [0.9, 1.0]}),
        files.entry("test_b", [3.0], blocks=False, group=None),
    ]
    run = reading.read(files.write(tmp_path / "r.json", files.document(entries)))
    frame = run.frame()
    assert frame["seconds"].tolist() == [1.0, 2.0, 3.0]
    assert frame["block"].tolist() == [0, 1, -1]
    assert frame["cores"].tolist()[:2] == [0.9, 1.0]
    assert math.isnan(frame["cores"].tolist()[2])


@given(st.lists(st.lists(seconds, min_size=1, max_size=8), min_size=1, max_size=5))
def test_every_time_survives(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    """No time is lost, changed or moved to another benchmark."""
    entries = [files.entry(f"test_x[{n}]", values, group=str(n)) for n, values in enumerate(data)]
    path = tmp_path_factory.mktemp("any") / "r.json"
    frame = reading.read(files.write(path, files.document(entries))).frame()
    for n, values in enumerate(data):
        rows = frame[frame["benchmark"] == f"test_x[{n}]"]
        assert rows["seconds"].tolist() == values


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_told_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Not a saved file: one line with the file's name, never another exception."""
    path = tmp_path_factory.mktemp("any") / "r.json"
    path.write_bytes(content)
    with pytest.raises(BadInputError) as error:
        reading.read(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@given(st.sampled_from(["data", "blocks", "lost", "recorded", "name", "extra_info", "group"]), JSON)
def test_any_change_to_a_file_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: object
) -> None:
    """A saved file with any one field replaced never raises anything but a told error."""
    entry = files.entry("test_a", [1.0, 2.0], recorded={"cores": [0.9, 1.0]})
    place = entry["stats"] if key == "data" else entry if key in entry else entry["extra_info"]
    place[key] = value
    path = tmp_path_factory.mktemp("any") / "r.json"
    files.write(path, files.document([entry]))
    with suppress(BadInputError):
        reading.read(path).frame()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([1.0, 0.0], "stats.data[1] is 0"),
        ([-1.0], "stats.data[0] is -1"),
        ([1.0, float("nan")], "NaN or Infinity"),
        ([float("inf")], "NaN or Infinity"),
        ([], "without its rounds"),
        (None, "--benchmark-save-data"),
    ],
)
def test_impossible_times_are_told(tmp_path: Path, data: Any, words: str) -> None:
    """The line names the file, the place, the value and the remedy."""
    document = files.document([files.entry("test_a", data)])
    path = files.write(tmp_path / "r.json", document)
    with pytest.raises(BadInputError) as error:
        reading.read(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)


def test_unequal_blocks_cannot_be_paired(tmp_path: Path) -> None:
    """A variant with fewer blocks, not declared lost, is an error; other groups may differ."""
    good = [files.entry("test_a", [1.0] * 3), files.entry("test_c", [1.0], group="other")]
    reading.read(files.write(tmp_path / "good.json", files.document(good)))
    bad = [*good, files.entry("test_b", [1.0] * 2)]
    path = files.write(tmp_path / "bad.json", files.document(bad))
    with pytest.raises(BadInputError, match=r"test_b accounts for 2 blocks, test_a .* for 3"):
        reading.read(path)
    twice = [files.entry("test_a", [1.0, 1.0], blocks=True) | {}]
    twice[0]["extra_info"]["blocks"] = [0, 0]
    with pytest.raises(BadInputError, match="twice"):
        reading.read(files.write(tmp_path / "twice.json", files.document(twice)))


def test_rounds_of_other_suites_may_differ_in_number(tmp_path: Path) -> None:
    """Only blocks have to be equal."""
    entries = [files.entry(f"test_{n}", [1.0] * n, blocks=False) for n in (3, 9)]
    entries[0]["extra_info"] = {"blocks": "anything", "lost": 1}
    document = files.document(entries, suite=None)
    assert len(reading.read(files.write(tmp_path / "r.json", document)).benchmarks) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b'{"benchmarks": [', "truncated"),
        (b"hello", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "not a file saved by pytest-benchmark"),
        (b'{"a": 1}', "not a file saved by pytest-benchmark"),
        (b"[" * 100_000, "not a file saved"),
        (b'{"benchmarks": [], "machine_info": {}}', "no benchmark"),
    ],
)
def test_what_is_no_saved_file_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    """Each kind has its own words."""
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=words):
        reading.read(path)


def test_the_last_of_a_benchmark_that_is_there_twice_counts(tmp_path: Path) -> None:
    """A rerun, or merged shards: the others are judged, and the run says which it was."""
    entries = [files.entry("test_a", [1.0] * 3), files.entry("test_b", [1.0] * 3)]
    entries.append(files.entry("test_a", [9.0] * 3))
    run = reading.read(files.write(tmp_path / "r.json", files.document(entries)))
    assert {b.name: b.rounds for b in run.benchmarks} == {"test_a": [9.0] * 3, "test_b": [1.0] * 3}
    assert run.repeated == ("test_file.py::test_a",)
    assert any("test_file.py::test_a" in note and "last counts" in note for note in notes.on(run))


def with_info(entry: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with another ``extra_info``."""
    return {**entry, "extra_info": info}


def test_rounds_that_know_their_block_are_one_number_a_block(tmp_path: Path) -> None:
    """pytest-benchmark's own file of a session in blocks: the median of each block's rounds."""
    known = {"blocks": [0, 0, 0, 2, 2, 1], "processes": [0, 0, 0, 1, 1, 2]}
    some = {"blocks": [0, 2], "processes": [0, 1]}
    entries = [
        with_info(files.entry("test_a", [1.0, 9.0, 2.0, 4.0, 6.0, 3.0]), known),
        with_info(files.entry("test_b", [1.0, 1.0]), some),
        files.entry("test_c", [1.0, 2.0], blocks=False, group="apart"),
    ]
    run = reading.read(files.write(tmp_path / "r.json", files.document(entries, suite=None)))
    a, b, c = run.benchmarks
    assert (a.rounds, a.info.blocks, a.info.processes) == ([2.0, 5.0, 3.0], [0, 2, 1], [0, 1, 2])
    assert [*b.info.lost] == [1]
    assert (c.rounds, c.info.blocks) == ([1.0, 2.0], None)


def test_a_suite_s_own_blocks_are_not_ours(tmp_path: Path) -> None:
    """What an author's extra_info calls blocks, without the process of each round, is theirs."""
    entries = [files.entry("test_a", [1.0, 2.0])]
    run = reading.read(files.write(tmp_path / "r.json", files.document(entries, suite=None)))
    assert (run.benchmarks[0].rounds, run.in_blocks) == ([1.0, 2.0], False)


@pytest.mark.parametrize("blocks", [[-1, 0], [0, 2**31]])
def test_impossible_blocks_are_told(tmp_path: Path, blocks: list[int]) -> None:
    """Numbers that no run gives."""
    entry = files.entry("test_a", [1.0] * 2)
    entry["extra_info"]["blocks"] = blocks
    with pytest.raises(BadInputError, match="blocks are numbered"):
        reading.read(files.write(tmp_path / "r.json", files.document([entry])))


@pytest.mark.parametrize("odd", ["Intel", 3, ["x"], {"a": {"b": 1}}, None, True])
@pytest.mark.parametrize(
    "key", ["cpu", "packages", "blas", "usable_cpus", "cpu_model", "cpu_quota", "gil", "name"]
)
def test_a_machine_may_say_anything(tmp_path: Path, key: str, odd: object) -> None:
    """What is not of its kind is left out: judged, described and told apart all the same."""
    entries = [files.entry(name, [1.0] * 8) for name in ("test_a", "test_b")]
    document = files.document(entries)
    document["machine_info"] |= {key: odd}
    files.write(tmp_path / "r.json", document)
    known = claims_file.read(series.claims_at(tmp_path)).claims
    needy = [msgspec.structs.replace(known[0], needs=claims.Needs(cpus=2))]
    verdicts = judge_run(reading.read(tmp_path / "r.json"), needy)
    assert words.described(verdicts[0].run)
    assert len(runs.read([tmp_path / "r.json"]).facts) == 1


def test_rounds_stand_at_their_blocks(tmp_path: Path) -> None:
    """A lost block leaves a hole, and what was not measured in blocks has no column."""
    first = files.entry("test_a", [1.0, 2.0, 3.0], positions=[1, 0, 1], lost={"2": "failed"})
    first["extra_info"]["blocks"] = [0, 1, 3]
    other = files.entry("test_b", [4.0, 5.0], group="other")
    other["extra_info"]["blocks"] = [1, 2]
    entries = [first, other, files.entry("test_c", [6.0], blocks=False)]
    matrix = Matrix(reading.read(files.write(tmp_path / "run.json", files.document(entries))))
    hole = math.nan
    assert matrix.blocks.tolist() == [0, 1, 2, 3]
    np.testing.assert_equal(matrix.seconds.T, [[1.0, 2.0, hole, 3.0], [hole, 4.0, 5.0, hole]])
    np.testing.assert_equal(matrix.positions.T[0], [1.0, 0.0, hole, 1.0])
