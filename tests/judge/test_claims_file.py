"""claims.toml: what is wrong with it is told in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.judge import claims_file
from tests.course import COURSE

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
[[claim]]
id = "b-is-faster"
statement = "B is at least 1.5 times as fast as A."
baseline = "test_a"
contender = "test_b"
speedup = { at_least = 1.5 }
"""

ROWS = [
    "17.1-serial-loop-uses-one-core",
    "17.1-halves-combine",
    "17.1-numpy-blas",
    "17.1-scipy-blas",
    "17.2-two-processes",
    "17.2-overhead-above-ideal",
    "17.2-parent-sleeps",
    "17.2-children-get-the-data",
    "17.2-queue-returns-results",
    "17.3-threads-are-light",
    "17.3-threads-switch-faster",
    "17.3-two-threads-per-core",
    "17.3-threads-share-memory",
    "17.3-two-threads-cpu-bound",
    "17.3-gil-one-at-a-time",
    "17.3-no-gil-scales",
    "17.3-io-overlaps",
    "17.3-io-and-cpu-overlap",
    "17.3-gil-released-in-native-code",
    "17.3-unsynchronised-writes",
    "17.4-two-jobs",
    "17.4-start-up",
    "17.4-two-threads-slower",
    "17.4-six-processes",
    "17.4-six-processes-cause",
    "17.4-memory-recalls",
    "17.4-memory-new-input",
    "17.4-delayed-waits",
    "17.1-sklearn-joblib",
    "17.1-tensorflow-threads",
    "17.1-tensorflow-gpu",
    "17.1-tensorflow-distributed",
    "beyond-break-even",
    "beyond-start-methods",
    "beyond-interpreters",
    "beyond-oversubscription",
    "beyond-scaling",
    "beyond-vectorised",
]


def test_every_row_of_the_course_is_declared() -> None:
    """None of the statements that the suite measures may be dropped."""
    assert set(ROWS) <= {claim.id for claim in COURSE.claims}


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    """Six lines make a claim on anyone's suite."""
    path = tmp_path / "claims.toml"
    path.write_text(GOOD)
    (claim,) = claims_file.read(path).claims
    assert claim.benchmarks == ("test_a", "test_b")


CASES = """
[capacity.two]
workers = 2
ready = "ready"

[[claim]]
for = [{ how = "a", most = 5 }, { how = "b", most = 2.5 }]
id = "c-{how}"
statement = "At most {most} in {how}, {not} replaced."
recorded = { benchmark = "test_x[{how}]", name = "n", at_most = "{most}" }

[[claim]]
id = "named"
statement = "S."
baseline = "test_a"
contender = "test_b"
capacity = "two"
efficiency = { at_least = 0.8 }
"""


def test_a_claim_is_made_for_each_case_and_a_capacity_said_once(tmp_path: Path) -> None:
    """Names in braces are replaced; a text that is only one becomes the value itself."""
    path = tmp_path / "claims.toml"
    path.write_text(CASES)
    a, b, named = claims_file.read(path).claims
    assert (a.id, a.statement, a.benchmarks) == (
        "c-a",
        "At most 5 in a, {not} replaced.",
        ("test_x[a]",),
    )
    assert (b.rule.bound.high, b.benchmarks) == (2.5, ("test_x[b]",))
    assert named.benchmarks == ("test_a", "test_b", "ready")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('capacity = "two"', 'capacity = "too"'), ["claim named", "[capacity.too]", "there: two"]),
        (("[{ how", '["x", { how'), ["claim 1 (c-{how})", "a list of tables"]),
    ],
)
def test_bad_cases_and_capacities_are_told_in_one_line(
    tmp_path: Path, change: tuple[str, str], words: list[str]
) -> None:
    """The line names the claim, the value and what to write."""
    path = tmp_path / "claims.toml"
    path.write_text(CASES.replace(*change))
    with pytest.raises(BadInputError) as error:
        claims_file.read(path)
    assert all(word in str(error.value) for word in words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("speedup", "speedupp"), ["claim 1 (b-is-faster)", "speedupp", "allowed"]),
        (("at_least = 1.5", "at_least = 1.5, at_most = 2"), ["exactly one of at_least"]),
        (("at_least = 1.5", "between = [2, 1]"), ["allows nothing"]),
        (("at_least = 1.5", "at_leest = 1.5"), ["at_leest"]),
        (("at_least = 1.5", 'at_least = "fast"'), ["float", "$.speedup.at_least"]),
        (("at_least = 1.5", "at_most = -1"), ["above 0"]),
        (("at_least = 1.5", "at_least = nan"), ["a bound is a number"]),
        (("speedup", "efficiency"), ["give capacity"]),
        (('contender = "test_b"', ""), ["name baseline and contender"]),
        (("speedup = { at_least = 1.5 }", ""), ["exactly one rule"]),
        (("[[claim]]", "[[claims]]"), ["no [[claim]]"]),
        ((GOOD, GOOD + "[advices]"), ["unknown key 'advices'", "allowed: claim, advice, chart"]),
        (("[[claim]]", "[[claim"), ["not TOML"]),
        ((GOOD, ""), ["no [[claim]]"]),
        ((GOOD, GOOD + GOOD), ["given 2 times"]),
        ((GOOD, "claim = [1]"), ["claim 1 (not a table)"]),
    ],
)
def test_bad_claims_are_told_in_one_line(
    tmp_path: Path, change: tuple[str, str], words: list[str]
) -> None:
    """The line names the file, the claim and what is allowed."""
    path = tmp_path / "claims.toml"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(BadInputError) as error:
        claims_file.read(path)
    text = str(error.value)
    assert "\n" not in text
    for word in [str(path), *words]:
        assert word in text


def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    """No traceback for a missing file."""
    with pytest.raises(BadInputError, match="cannot be read"):
        claims_file.read(tmp_path / "none.toml")
