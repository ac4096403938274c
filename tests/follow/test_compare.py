"""Comparison: ratios of ratios, seconds only where they can be compared, and refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from inline_snapshot import snapshot

from parallel_claims import stats
from parallel_claims.errors import BadInputError
from parallel_claims.follow import compare, sides
from parallel_claims.follow.compare import Change
from parallel_claims.judge import claims_file
from parallel_claims.report import compared
from tests import files, series
from tests.course import COURSE

if TYPE_CHECKING:
    from pathlib import Path


def side(folder: Path, name: str, speedup: float, *, count: int = 1, **more: Any) -> Path:
    """Save runs of one machine or build, each with 2 % of its own."""
    rng = np.random.default_rng(len(name) + count)
    for number in range(count):
        own = speedup * float(np.exp(rng.normal(0, 0.02 if count > 1 else 0)))
        path = folder / name / "cpython-3.11.7" / f"{number + 1:04}_quick.json"
        series.one_run(path, own, rng, day=number, **more)
    return folder / name


def against(
    folder: Path,
    *folders: Path,
    seconds: bool = False,
    size: str | None = None,
    across: bool = False,
) -> compare.Comparison:
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


def test_several_runs_are_replicates(tmp_path: Path) -> None:
    """Their scatter is in the interval: with 2 % between runs it is wider than one run's."""
    one = against(tmp_path, side(tmp_path, "a", 1.9), side(tmp_path, "bb", 1.9))
    many = against(tmp_path, side(tmp_path, "c", 1.9, count=4), side(tmp_path, "dd", 1.9, count=4))
    widths = []
    for found in (one, many):
        ratio = found.claims[0].shifts[0].ratio
        assert ratio is not None
        widths.append(ratio.high - ratio.low)
    assert widths[1] > widths[0]
    assert "one run a side" in compared.level(one)
    assert "one run a side" not in compared.level(many)


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
    """Twice as slow, the same speedup; three runs a side decide, one says nothing."""
    a = side(tmp_path, "a", 1.9, count=4)
    b = side(tmp_path, "bb", 1.9, count=4, slower=2.0)
    assert not against(tmp_path, a, b, seconds=True).seconds
    found = against(tmp_path, *map(same_machine, (a, b)), seconds=True)
    assert [row.shifts[0].change for row in found.seconds] == [Change.WORSE, Change.WORSE]
    one = against(tmp_path, *(p / "runs" / "0001_quick.json" for p in (a, b)), seconds=True)
    assert {row.shifts[0].change for row in one.seconds} == {Change.CANNOT_TELL}
    assert "seconds drift between runs: 3 runs a side decide" in compared.level(one)


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
    lines = compared.text(found).splitlines()
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


def test_what_a_person_sees(tmp_path: Path) -> None:
    """The whole text, Markdown and data of a comparison of three."""
    three = [side(tmp_path, name, s) for name, s in (("a", 1.9), ("bb", 1.6), ("ccc", 1.92))]
    found = against(tmp_path, *three)
    text = compared.text(found)
    assert max(map(len, text.splitlines())) <= 80
    assert "\n".join(line.rstrip() for line in text.splitlines()) == snapshot("""\
1 claim compared: 1 worse, 1 same within 5 %
A  a: 1 run of a, cpython-3.11.7, size quick
B  bb: 1 run of bb, cpython-3.11.7, size quick
C  ccc: 1 run of ccc, cpython-3.11.7, size quick
   Claim                                   against A
   b-is-faster                             B worse, C same
   A 1.90× [1.88, 1.92]
   B 1.59× [1.58, 1.60]
   C 1.93× [1.90, 1.96]
   B / A of speedup: 0.838 [0.828, 0.847]
   C / A of speedup: 1.02 [0.997, 1.03]
95 % intervals; all decided together (Holm); one run a side knows nothing of
what varies between runs: measure again\
""")
    assert compared.as_markdown(found) == snapshot("""\
**1 claim compared: 1 worse, 1 same within 5 %**

- A  a: 1 run of a, cpython-3.11.7, size quick
- B  bb: 1 run of bb, cpython-3.11.7, size quick
- C  ccc: 1 run of ccc, cpython-3.11.7, size quick

|  | A | B | C | B / A | C / A | Change |
| --- | --- | --- | --- | --- | --- | --- |
| `b-is-faster` | 1.90× [1.88, 1.92] | 1.59× [1.58, 1.60] | 1.93× [1.90, 1.96] | 0.838 [0.828, 0.847] | 1.02 [0.997, 1.03] | B worse, C same |

95 % intervals; all decided together (Holm); one run a side knows nothing of what varies between runs: measure again.
""")
    (row,) = json.loads(compared.as_json(found))["claims"]
    assert [shift["change"] for shift in row["against_first"]] == ["worse", "same"]
