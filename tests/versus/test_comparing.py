"""From two versions to verdicts: measured for real, on suites whose difference is known."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_claims.errors import BadInputError, NothingMeasuredError
from parallel_claims.judge.claims import Claim
from parallel_claims.versus import comparing
from parallel_claims.versus.comparing import Wish
from parallel_claims.versus.deciding import Plan
from parallel_claims.versus.records import Difference, Finding, Version, Versus
from tests.versus.test_pairs import PLUGINS

if TYPE_CHECKING:
    from parallel_claims import stats

SUITE = """
import pytest

def test_sum(benchmark):
    benchmark(sum, range({}))

@pytest.mark.claim(faster_than="test_sum")
def test_nothing(benchmark):
    benchmark(int)

def test_only_in_{}(benchmark):
    benchmark(int)
"""

CLAIM = Claim.of(
    {
        "id": "loss",
        "statement": "test_sum is as fast as test_nothing",
        "baseline": "test_nothing",
        "contender": "test_sum",
        "speedup": {"at_least": 1.0},
    }
)


def interval(one: Difference) -> stats.Interval:
    """Return the ratio of what was measured."""
    assert one.ratio is not None
    return one.ratio


def versions(folder: Path, first: str, second: str) -> tuple[Version, Version]:
    """Return two folders with a suite each, as versions in this environment."""
    found = []
    for name, suite in (("old", first), ("new", second)):
        (folder / name).mkdir()
        (folder / name / "test_suite.py").write_text(suite)
        (folder / name / "pytest.ini").write_text("[pytest]\n")
        found.append(Version(name, name, Path(sys.executable), folder / name))
    return found[0], found[1]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Versus:
    """Return a comparison of a suite in which one benchmark does ten times the work."""
    folder = tmp_path_factory.mktemp("versus")
    sides = versions(folder, SUITE.format(1000, "old"), SUITE.format(10000, "new"))
    return comparing.compare(sides, Wish(PLUGINS, plan=Plan(4, 9), claims=(CLAIM,)))


def test_ten_times_the_work_is_slower(compared: Versus) -> None:
    """It is found, about ten times as slow; what is certain is not measured again."""
    found = {one.name.rpartition("::")[2]: one for one in compared.differences}
    slower = found["test_sum"]
    assert slower.finding is Finding.SLOWER
    assert slower.suspect
    assert interval(slower).low > 2
    assert found["test_nothing"].finding is not Finding.SLOWER
    assert [pair.stage for pair in compared.pairs] == [1] * 4 + [2] * 9
    assert len({pair.seed for pair in compared.pairs}) == 13


def test_what_one_side_lacks_is_named(compared: Versus) -> None:
    """The rest is compared."""
    (broken,) = compared.found(Finding.BROKEN)
    assert broken.name == "test_suite.py::test_only_in_old"
    assert (broken.ratio, broken.pairs, broken.note) == (None, 0, "not on new")
    assert compared.new == {"test_suite.py::test_only_in_new": "not on old"}
    assert not compared.missing
    assert len(compared.compared) == 2


def test_the_ratio_of_a_marker_is_compared_in_the_same_pairs(compared: Versus) -> None:
    """Where the baseline takes longer, the claim's ratio grew: that is no loss."""
    (claim,) = (one for one in compared.claims if one.statement != CLAIM.statement)
    assert claim.change.finding is Finding.FASTER
    assert interval(claim.change).low > 2
    assert claim.first is not None
    assert claim.second is not None
    assert claim.second.low > claim.first.high


def test_a_ratio_that_shrank_is_a_loss(compared: Versus) -> None:
    """The claim of a file, by the benchmarks' short names; its ratio is second / first."""
    (loss,) = (one for one in compared.claims if one.statement == CLAIM.statement)
    assert loss.change.finding is Finding.SLOWER
    assert interval(loss.change).high < 0.5
    assert loss.change.name == "loss"


def test_a_side_that_cannot_start_is_one_line_and_a_log(tmp_path: Path) -> None:
    """The line names the log; of an option that nobody knows it says what may be missing."""
    sides = versions(tmp_path, SUITE.format(1, "old"), SUITE.format(1, "new"))
    with pytest.raises(BadInputError) as told:
        comparing.compare(sides, Wish(("--nothing-there", *PLUGINS)))
    line = str(told.value)
    assert "\n" not in line
    assert "unrecognized arguments: --nothing-there" in line
    assert "add --with" in line
    kept = Path(line.rpartition(" is in ")[2].rstrip(")"))
    assert "--nothing-there" in kept.read_text()


def test_nothing_in_common_is_one_line(tmp_path: Path) -> None:
    """With the names of what is on the second side only."""
    sides = versions(tmp_path, "", "def test_b(benchmark): benchmark(int)\n")
    with pytest.raises(
        NothingMeasuredError, match="no benchmark runs on both old and new: test_suite"
    ):
        comparing.compare(sides, Wish(PLUGINS))
