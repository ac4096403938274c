"""Comparison: ratios of ratios, seconds only where they can be compared, and refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from inline_snapshot import snapshot

from parallel_claims import stats
from parallel_claims.decisions import Basis
from parallel_claims.errors import BadInputError
from parallel_claims.follow import compare, sides
from parallel_claims.follow.comparison import Change, Comparison, Row
from parallel_claims.judge import claims_file
from parallel_claims.report import compared, data, markdown, terminal
from tests import files, series
from tests.course import COURSE

if TYPE_CHECKING:
    from pathlib import Path


def side(
    folder: Path, name: str, speedup: float, *, count: int = 3, between: float = 0.002, **more: Any
) -> Path:
    """Save runs of one machine or build, each with something of its own."""
    rng = np.random.default_rng(len(name) + count)
    for number in range(count):
        own = speedup * float(np.exp(rng.normal(0, between)))
        path = folder / name / "cpython-3.11.7" / f"{number + 1:04}_quick.json"
        series.one_run(path, own, rng, day=number, **more)
    return folder / name


def pair(folder: Path, speedups: tuple[float, float], *, blocks: int = 10) -> list[Path]:
    """Save two files whose blocks are pairs: what is noise in a block is in both of them."""
    rng = np.random.default_rng(blocks)
    noise = {name: np.exp(rng.normal(0, 0.1, blocks)) for name in ("test_a", "test_b")}
    paths = []
    for name, speedup in zip("ab", speedups, strict=True):
        entries = [
            files.entry(
                test, (seconds * noise[test] * np.exp(rng.normal(0, 0.01, blocks))).tolist()
            )
            for test, seconds in (("test_a", 1.0), ("test_b", 1 / speedup))
        ]
        document = files.document(entries, suite={"pairs": "main against branch"})
        paths.append(files.write(folder / f"{name}.json", document))
    return paths


def against(
    folder: Path,
    *folders: Path,
    seconds: bool = False,
    size: str | None = None,
    across: bool = False,
) -> Comparison:
    """Compare folders."""
    known = claims_file.read(series.claims_at(folder)).claims
    read = sides.read([(path.name, path) for path in folders], size, across=across)
    return compare.compare(read, known, 0.05, seconds=seconds)


@pytest.mark.parametrize(
    ("speedup", "change"),
    [(1.9, Change.SAME), (2.3, Change.BETTER), (1.6, Change.WORSE), (1.99, Change.CANNOT_TELL)],
)
def test_ratios_of_ratios(tmp_path: Path, speedup: float, change: Change) -> None:
    """The band is 5 %: inside it is the same, beyond it a difference, across it unknown."""
    a, b = side(tmp_path, "a", 1.9), side(tmp_path, "bb", speedup)
    (row,) = against(tmp_path, a, b).claims
    (shift,) = row.shifts
    assert shift.ratio is not None
    assert shift.ratio.low < speedup / 1.9 < shift.ratio.high
    assert shift.change is change


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("speedup", [1.9, 1.2])
def test_one_or_two_runs_a_side_decide_nothing(tmp_path: Path, count: int, speedup: float) -> None:
    """Neither a difference nor that there is none, of claims and of seconds, however large."""
    a = same_machine(side(tmp_path, "a", 1.9, count=count))
    b = same_machine(side(tmp_path, "bb", speedup, count=count, commit="b" * 40))
    found = against(tmp_path, a, b, seconds=True)
    assert len(found.seconds) == 2
    assert found.changes == {Change.CANNOT_TELL}
    assert found.bases == (Basis.NOTHING,)
    assert "".join(compared.answer(found)) == (
        "1 claim compared: 1 cannot tell: measure 3 runs a side, or "
        "parallel-claims versus aaaaaaaaaa bbbbbbbbbb"
    )
    assert "next to nothing of what varies between runs" in compared.level(found)


def test_the_way_to_decide_is_one_that_there_is(tmp_path: Path) -> None:
    """Two machines cannot be compared in pairs; of one commit only the user knows the sides."""
    a, b = side(tmp_path, "a", 1.9, count=1), side(tmp_path, "bb", 1.9)
    assert compared.answer(against(tmp_path, a, b))[-1] == "measure 3 runs a side"
    same = [same_machine(path) for path in (a, b)]
    assert compared.answer(against(tmp_path, *same))[-1] == "parallel-claims versus A B"


@pytest.mark.parametrize(
    ("speedup", "change"), [(1.9, Change.SAME), (2.2, Change.BETTER), (1.6, Change.WORSE)]
)
def test_files_measured_in_pairs_are_decided(
    tmp_path: Path, speedup: float, change: Change
) -> None:
    """Pair by pair: noise of 10 % that both sides share hides nothing."""
    found = against(tmp_path, *pair(tmp_path, (1.9, speedup)), seconds=True)
    assert found.bases == (Basis.PAIRS,)
    (shift,) = found.claims[0].shifts
    assert shift.change is change
    assert shift.ratio is not None
    assert shift.ratio.low < speedup / 1.9 < shift.ratio.high
    assert shift.ratio.high / shift.ratio.low < 1.06
    assert found.seconds[0].shifts[0].change is Change.SAME
    assert "pair of processes by pair" in compared.level(found)


def test_only_pairs_of_one_comparison_are_pairs(tmp_path: Path) -> None:
    """Blocks that have the same number in another comparison were not measured together."""
    a, b = pair(tmp_path, (1.9, 1.9))
    text = b.read_text().replace("main against branch", "main against another")
    b.write_text(text)
    assert against(tmp_path, a, b).bases == (Basis.NOTHING,)
    assert against(tmp_path, a, a).bases == (Basis.PAIRS,)


def test_a_pair_that_lost_one_side_is_left_out(tmp_path: Path) -> None:
    """The others are still matched by their numbers."""
    a, b = pair(tmp_path, (1.9, 1.9))
    document = json.loads(b.read_text())
    for entry in document["benchmarks"]:
        del entry["stats"]["data"][3], entry["extra_info"]["blocks"][3]
    files.write(b, document)
    (shift,) = against(tmp_path, a, b).claims[0].shifts
    assert shift.ratio is not None
    assert shift.ratio.high / shift.ratio.low < 1.06


def test_several_runs_are_replicates(tmp_path: Path) -> None:
    """Their scatter is in the interval: the more they differ, the wider it is."""
    widths = []
    for name, between in (("a", 0.002), ("c", 0.05)):
        sides_ = [side(tmp_path, name * n, 1.9, count=4, between=between) for n in (1, 2)]
        ratio = against(tmp_path, *sides_).claims[0].shifts[0].ratio
        assert ratio is not None
        widths.append(ratio.high - ratio.low)
    assert widths[1] > 2 * widths[0]


def test_runs_that_do_not_alternate_are_told(tmp_path: Path) -> None:
    """What changed on the machine between the sides' runs is taken for a change of the code."""
    a = same_machine(side(tmp_path, "a", 1.9))
    assert "alternate" not in compared.level(against(tmp_path, a, a))
    rng = np.random.default_rng(1)
    for day in range(10, 13):
        series.one_run(tmp_path / "b" / "runs" / f"{day:04}_x.json", 1.9, rng, day=day)
    assert "alternate the runs" in compared.level(against(tmp_path, a, tmp_path / "b"))


@pytest.mark.parametrize(("count", "between"), [(1, 0.0), (2, 1.0), (3, 2.0), (6, 1.0)])
def test_combined_runs_cover_the_truth(count: int, between: float) -> None:
    """What varies between runs is in the interval, as far as there are several."""
    rng = np.random.default_rng(count)
    covered = 0
    for _ in range(600):
        centres = rng.normal(0, 1, count) + rng.normal(0, between, count)
        found = stats.combined([stats.Interval(c, c - 1.96, c + 1.96) for c in centres])
        covered += found.low <= 0 <= found.high
    assert covered / 600 > 0.925


def test_a_difference_of_intervals_covers_the_truth() -> None:
    """Of two signed-rank intervals, lopsided or not."""
    rng = np.random.default_rng(9)
    covered = 0
    for _ in range(500):
        a = stats.paired(rng.normal(0.5, 0.1, 12))
        b = stats.paired(rng.normal(0.2, 0.05, 9) + rng.exponential(0.02, 9))
        truth = 0.5 - 0.2 - 0.02
        found = stats.difference(a, b)
        covered += found.low - 0.006 <= truth <= found.high + 0.006
    assert covered / 500 > 0.93


def test_seconds_are_compared_within_one_machine_only(tmp_path: Path) -> None:
    """Twice as slow, the same speedup."""
    a = side(tmp_path, "a", 1.9, count=4)
    b = side(tmp_path, "bb", 1.9, count=4, slower=2.0)
    assert not against(tmp_path, a, b, seconds=True).seconds
    found = against(tmp_path, *map(same_machine, (a, b)), seconds=True)
    assert [row.shifts[0].change for row in found.seconds] == [Change.WORSE, Change.WORSE]


def same_machine(folder: Path) -> Path:
    """Move runs to where only they say which machine they are of: the same for all."""
    return (folder / "cpython-3.11.7").rename(folder / "runs").parent


def test_what_differs_is_told_before_anything_else(tmp_path: Path) -> None:
    """Python, packages, BLAS, CPUs, start method."""
    a = side(tmp_path, "a", 1.9, packages={"numpy": "2.4.5"}, blas=["openblas 0.3.30, 2 threads"])
    b = side(tmp_path, "bb", 1.9, packages={"numpy": "2.4.6"}, blas=["mkl 2026, 2 threads"],
             usable_cpus=8)  # fmt: skip
    found = against(tmp_path, a, b)
    assert found.differing == (
        (
            "usable CPUs 2 → 8",
            "BLAS openblas 0.3.30, 2 threads → mkl 2026, 2 threads",
            "numpy 2.4.5 → 2.4.6",
        ),
    )
    lines = terminal.text(compared.document(found)).splitlines()
    assert lines[0] == "1 claim compared: 1 same within 5 %"
    assert "differs from A" in lines[3]


def test_other_sizes_are_refused_unless_told(tmp_path: Path) -> None:
    """Or one is chosen that both have."""
    a, b = side(tmp_path, "a", 1.9), side(tmp_path, "bb", 1.9, scale="full")
    with pytest.raises(BadInputError, match=r"differ in size.*quick; bb: full.*--across-sizes"):
        against(tmp_path, a, b)
    assert against(tmp_path, a, b, across=True).differing == (("size quick → full",),)
    series.one_run(a / "cpython-3.11.7" / "0009_full.json", 1.9, np.random.default_rng(1),
                   day=20, scale="full")  # fmt: skip
    assert len(against(tmp_path, a, b).sides[0].facts) == 1
    with pytest.raises(BadInputError, match="no run of size 'smoke'"):
        against(tmp_path, a, b, size="smoke")


def test_a_side_is_of_one_machine_and_build(tmp_path: Path) -> None:
    """Several builds are narrowed to the one in common, or have to be named."""
    a, b = side(tmp_path, "a", 1.9), side(tmp_path, "bb", 1.9)
    newer = {"python_version": "3.12.1", "python_build_name": "cpython-3.12.1"}
    rng = np.random.default_rng(1)
    series.one_run(a / "cpython-3.12.1" / "0001_quick.json", 1.9, rng, day=1, **newer)
    assert set(against(tmp_path, a, b).sides[0].facts["build"]) == {"cpython-3.11.7"}
    series.one_run(b / "cpython-3.12.1" / "0001_quick.json", 1.9, rng, day=1, **newer)
    with pytest.raises(BadInputError, match="several of build"):
        against(tmp_path, a, b)
    with pytest.raises(BadInputError, match="several of machine"):
        against(tmp_path, tmp_path, b / "cpython-3.11.7")


def test_sides_without_anything_in_common_are_told(tmp_path: Path) -> None:
    """Another suite on another machine."""
    a = side(tmp_path, "a", 1.9)
    other = files.document([files.entry("test_x", [1.0] * 6)], name="other")
    files.write(tmp_path / "x" / "r.json", other)
    known = COURSE.claims
    read = sides.read([("a", a), ("x", tmp_path / "x")], None, across=False)
    with pytest.raises(BadInputError, match="nothing measured in common"):
        compare.compare(read, known, 0.05, seconds=False)


def test_a_share_of_the_capacity_stands_where_it_is_compared() -> None:
    """Its ratio is that of these shares, not of the speedups beside them."""
    shares, speedups = stats.Interval(0.9, 0.8, 1.0), stats.Interval(1.4, 1.3, 1.5)
    row = Row("c", "efficiency", (speedups,), (shares,), ())
    told = "90 % [80, 100] of what this machine can give; 1.40× [1.30, 1.50]"
    assert compared.found_on(row, 0) == told


def test_what_a_person_sees(tmp_path: Path) -> None:
    """The whole text, Markdown and data of a comparison of three."""
    three = [side(tmp_path, name, s) for name, s in (("a", 1.9), ("bb", 1.6), ("ccc", 1.92))]
    found = against(tmp_path, *three)
    made = compared.document(found)
    text = terminal.text(made)
    assert max(map(len, text.splitlines())) <= 80
    assert "\n".join(line.rstrip() for line in text.splitlines()) == snapshot("""\
1 claim compared: 1 worse, 1 same within 5 %
A  a: 3 runs of a, cpython-3.11.7, size quick
B  bb: 3 runs of bb, cpython-3.11.7, size quick
C  ccc: 3 runs of ccc, cpython-3.11.7, size quick

   Claim                                                            B is  Change
-  B is faster. b-is-faster                                         B     worse
   A 1.90× [1.88, 1.92]; B 1.59× [1.57, 1.61]; B / A of speedup
   0.837 [0.824, 0.850]
=  B is faster. b-is-faster                                         C     same
   A 1.90× [1.88, 1.92]; C 1.93× [1.91, 1.94]; C / A of speedup
   1.01 [1.00, 1.03]

95 % intervals; all decided together (Holm)\
""")
    assert markdown.text(made) == snapshot("""\
**1 claim compared: 1 worse, 1 same within 5 %**

- A  a: 3 runs of a, cpython-3.11.7, size quick
- B  bb: 3 runs of bb, cpython-3.11.7, size quick
- C  ccc: 3 runs of ccc, cpython-3.11.7, size quick

| Claim | Statement | B is | A | B | B / A | Change |
| --- | --- | --- | --- | --- | --- | --- |
| `b-is-faster` | B is faster. | B | 1.90× [1.88, 1.92] | 1.59× [1.57, 1.61] | 0.837 [0.824, 0.850] | -\xa0worse |
| `b-is-faster` | B is faster. | C | 1.90× [1.88, 1.92] | 1.93× [1.91, 1.94] | 1.01 [1.00, 1.03] | =\xa0same |

95 % intervals; all decided together (Holm).
""")
    rows = json.loads(data.text(made))["claims"]
    assert [(row["side"], row["verdict"]) for row in rows] == [("bb", "worse"), ("ccc", "same")]
