"""Claims across versions whose benchmarks are there, gone, new, or of no clear name."""

from __future__ import annotations

from parallel_claims.judge.claims import Claim
from parallel_claims.versus import claiming
from parallel_claims.versus.records import Finding, Lost
from tests.versus.test_deciding import noise, pairs


def claim(name: str, baseline: str, contender: str) -> Claim:
    """Return a claim on how fast one benchmark is beside another."""
    bound = {"at_least": 1.0}
    sides = {"baseline": baseline, "contender": contender, "speedup": bound}
    return Claim.of({"id": name, "statement": name, **sides})


NAMES = ("t.py::test_a", "t.py::test_b", "t.py::test_gone", "t.py::test_new", "t.py::test_off")
LOST = {
    NAMES[2]: Lost("not on B", frozenset({1})),
    NAMES[3]: Lost("not on A", frozenset({0})),
    NAMES[4]: Lost("skipped", frozenset({0, 1})),
}


def test_a_claim_on_what_is_gone_is_broken_and_none_is_dropped() -> None:
    """The others are decided in their places; what was not there before is told in a line."""
    wanted = [
        claim("gone", "test_a", "test_gone"),
        claim("there", "test_a", "test_b"),
        claim("new", "test_new", "test_b"),
        claim("off", "test_a", "t.py::test_off"),
    ]
    asked, amiss = claiming.asked(wanted, NAMES)
    assert [one.claim.id for one in asked] == ["gone", "there", "new", "off"]
    assert not amiss
    measured = pairs({NAMES[0]: noise(0, 12) + 0.2, NAMES[1]: noise(1, 12)})
    found, told = claiming.differences(asked, measured, LOST, 0.05)
    assert [(one.change.name, one.change.finding) for one in found] == [
        ("gone", Finding.BROKEN),
        ("there", Finding.FASTER),
    ]
    assert (found[0].first, found[0].change.ratio) == (None, None)
    assert found[0].change.note == "test_gone does not run on B"
    assert told == [
        "claim new: not compared: test_new is new on B",
        "claim off: not compared: test_off runs on neither side",
    ]


def test_a_claim_of_no_clear_name_is_told_with_what_to_write() -> None:
    """A name that nothing has, with the nearest; one that several have, with both in full."""
    twice = ("a.py::test_x", "b.py::test_x", "a.py::test_sorted")
    wanted = [claim("typo", "test_sortd", "a.py::test_x"), claim("two", "test_x", "test_sorted")]
    asked, amiss = claiming.asked(wanted, twice)
    assert not asked
    assert amiss == [
        (
            "claim typo: not compared: no benchmark is called test_sortd; "
            "nearest: test_sorted, a.py::test_sorted, test_x"
        ),
        (
            "claim two: not compared: test_x names 2 benchmarks: "
            "write one of a.py::test_x, b.py::test_x"
        ),
    ]


def test_a_claim_that_no_pair_has_whole_has_no_ratio() -> None:
    """It cannot be told, and no number is shown for it."""
    asked, _ = claiming.asked([claim("c", "test_a", "test_b")], NAMES[:2])
    found, _ = claiming.differences(asked, pairs({NAMES[0]: noise(0, 9)}), {}, 0.05)
    assert found[0].change.finding is Finding.CANNOT_TELL
    assert (found[0].first, found[0].second, found[0].change.ratio) == (None, None, None)
