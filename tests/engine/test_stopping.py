"""When a run ends: fixed, when nothing is open any more, by budget; options that cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parallel_claims import quantities
from parallel_claims.engine.questions import Size
from parallel_claims.engine.schedule.stopping import Stopping
from tests.engine.suite import one_line


def test_a_fixed_number_ends_at_that_number() -> None:
    """Whatever is open, and however long it takes."""
    rule = Stopping((4,))
    assert rule.ended(3, 1e9, anything_open=False) is None
    assert rule.ended(4, 0.0, anything_open=True) == "fixed"
    assert rule.fixed


def test_a_run_ends_when_nothing_is_open_any_more_or_the_time_is_spent() -> None:
    """Not before the first look, for nothing is known then; the most blocks end it anyway."""
    rule = Stopping((7, 12, 20, 34), 60.0)
    assert rule.ended(6, 1.0, anything_open=False) is None
    assert rule.ended(7, 1.0, anything_open=False) == "decided"
    assert rule.ended(7, 1.0, anything_open=True) is None
    assert rule.ended(9, 60.0, anything_open=True) == "budget"
    assert rule.ended(34, 1.0, anything_open=True) == "max-blocks"
    assert [rule.next_look(n) for n in (0, 7, 12, 33, 34)] == [7, 12, 20, 34, 34]


def test_the_rule_comes_from_the_options_and_the_size() -> None:
    """Options win; looks are spread between the fewest and the most blocks."""
    nothing = dict.fromkeys(
        ("blocks", "blocks_min", "blocks_max", "blocks_budget", "blocks_precision")
    )
    assert Stopping.chosen(nothing, Size()).planned == (7, 12, 20, 34)
    assert Stopping.chosen(nothing, Size(fewest=6, most=6, budget=60)).planned == (6,)
    assert Stopping.chosen(nothing | {"blocks_max": 5}, Size()).planned == (5,)
    assert Stopping.chosen(nothing | {"blocks_budget": 9.0}, Size()).budget == 9.0
    assert Stopping.chosen(nothing | {"blocks": 3}, Size()).fixed


@pytest.mark.parametrize(
    ("text", "value"), [("5%", 0.05), ("0.5 %".replace(" ", ""), 0.005), (".1", 0.1)]
)
def test_precision_is_written_as_a_share_or_per_cent(text: str, value: float) -> None:
    """Both forms mean the same."""
    assert quantities.share(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["0", "-5%", "100%", "5", "five", "", "nan", "\u0665%"])
def test_impossible_precision_is_told(text: str) -> None:
    """The message says what fits."""
    with pytest.raises(ValueError, match=r"write 5% or 0\.05"):
        quantities.share(text)


@pytest.mark.parametrize(("text", "value"), [("90", 90), ("90s", 90), ("1.5min", 90), ("1h", 3600)])
def test_a_budget_is_written_with_its_unit(text: str, value: float) -> None:
    """Seconds unless said otherwise."""
    assert quantities.seconds(text) == value


@pytest.mark.parametrize("text", ["0", "0s", "-3min", "3 weeks", "inf", ""])
def test_impossible_budgets_are_told(text: str) -> None:
    """The message says what fits."""
    with pytest.raises(ValueError, match="write 90s, 3min or 1h"):
        quantities.seconds(text)


CONFTEST = """
from parallel_claims.engine.questions import Look, Question

def pytest_benchmark_update_machine_info(machine_info):
    machine_info.update(name="here", python_build_name="build")

def pytest_blocks_look(config, document):
    done = {e["name"]: len(e["stats"]["data"]) for e in document["benchmarks"]}
    one = Question("one is fast", ("test_one[a]",))
    two = Question("two are faster", ("test_two[x]", "test_two[y]"), first=True)
    if not done:
        return Look((one, two), 2, {"test_suite.py::test_one[b]": "not here"})
    return Look(tuple(q for q in (one, two) if done[q.benchmarks[0]] < ENOUGH[q.name]), 2)

ENOUGH = {"one is fast": 3, "two are faster": 4}
"""

SUITE = """
import pytest
from parallel_claims.engine.outcome import Outcome

@pytest.mark.benchmark(group="one")
@pytest.mark.parametrize("variant", ["a", "b"])
def test_one(measure, variant):
    measure(lambda: Outcome([1.0], True), truth=[1.0])

@pytest.mark.benchmark(group="two")
@pytest.mark.parametrize("variant", ["x", "y"])
def test_two(measure, variant):
    measure(lambda: Outcome([1.0], True), truth=[1.0])

def test_none(measure):
    measure(lambda: Outcome([1.0], True), truth=[1.0])
"""


def measured(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Run a suite of which one claim is decided at the second look, the other at the third."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_suite=SUITE)
    return pytester.runpytest_subprocess("--benchmark-only", "-p", "no:cacheprovider", *args)


def saved(pytester: pytest.Pytester) -> dict[str, Any]:
    """Return what was saved."""
    (path,) = pytester.path.rglob("*.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def blocks(pytester: pytest.Pytester) -> tuple[dict[str, int], dict[str, Any]]:
    """Return the number of blocks of each variant, and how the run ended."""
    document = saved(pytester)
    found = {entry["name"]: len(entry["stats"]["data"]) for entry in document["benchmarks"]}
    return found, document["parallel_claims"]["stopping"]


LOOKS = ("--blocks", "--blocks-min=2", "--blocks-max=5")  # at each number of blocks


def test_what_nothing_open_needs_leaves(pytester: pytest.Pytester) -> None:
    """Claim by claim; what cannot be tested here is not measured at all."""
    result = measured(pytester, *LOOKS)
    assert result.ret == 0
    counts, ended = blocks(pytester)
    assert counts == {"test_one[a]": 3, "test_two[x]": 4, "test_two[y]": 4, "test_none": 2}
    assert ended == {
        "ended": "decided", "precision": None, "planned": [2, 3, 4, 5], "looks": [2, 3, 4],
    }  # fmt: skip
    document = saved(pytester)
    assert document["parallel_claims"]["skipped"] == {"test_suite.py::test_one[b]": "not here"}
    info = {entry["name"]: entry["extra_info"] for entry in document["benchmarks"]}
    assert info["test_one[a]"]["left"] == 3
    assert info["test_one[a]"]["lost"] == {}
    assert info["test_two[x]"]["left"] == 4
    result.stdout.fnmatch_lines(["block 4 of up to 5, *, nearly done; 2 of 2 decided"])


def test_the_most_blocks_end_a_run_with_a_last_look(pytester: pytest.Pytester) -> None:
    """However much is still open."""
    measured(pytester, "--blocks", "--blocks-min=2", "--blocks-max=3")
    counts, ended = blocks(pytester)
    assert counts["test_two[x]"] == 3
    assert ended["ended"] == "max-blocks"
    assert ended["looks"] == [2, 3]


def test_a_budget_that_is_spent_before_the_first_look_is_told(pytester: pytest.Pytester) -> None:
    """What comes first is measured once; the run is judged by what there is."""
    result = measured(pytester, "--blocks", "--blocks-min=3", "--blocks-budget=0.000001s")
    counts, ended = blocks(pytester)
    assert set(counts.values()) == {1}
    assert ended["ended"] == "budget"
    assert ended["looks"] == [1]
    result.stdout.fnmatch_lines(["the budget of 0 s was spent before the first look, at 3 blocks*"])


def test_blocks_fix_the_number(pytester: pytest.Pytester) -> None:
    """Nothing leaves then, and there is one look at all of it."""
    measured(pytester, "--blocks=5")
    counts, ended = blocks(pytester)
    assert len(counts) == 4
    assert set(counts.values()) == {5}
    assert ended == {"ended": "fixed", "precision": None, "planned": [], "looks": []}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--blocks-min", "9", "--blocks-max", "3"], "--blocks-max 3 is below --blocks-min 9"),
        (["--blocks=5", "--blocks-precision", "5%"], "leave out --blocks-precision"),
        (["--blocks=5", "--blocks-budget", "5s"], "leave out --blocks-budget"),
        (["--blocks-against-itself", "test_three"], "no variant 'test_three' here: test_one[a]"),
    ],
)
def test_options_that_contradict_each_other_are_usage_errors(
    pytester: pytest.Pytester, args: list[str], words: str
) -> None:
    """Each says what to leave out or to raise, and nothing is measured."""
    assert words in one_line(measured(pytester, "--blocks", *args))
    assert not list(pytester.path.rglob("*.json"))


def test_a_variant_against_itself_is_two_entries(pytester: pytest.Pytester) -> None:
    """Each named variant is measured twice a block, in an order drawn from the seed."""
    measured(
        pytester, "--blocks=4", "--blocks-seed=5",
        "--blocks-against-itself", "test_one[a],test_two[y]",
    )  # fmt: skip
    counts, _ = blocks(pytester)
    names = ["test_one[a]", "test_two[y]"]
    assert counts == {name + suffix: 4 for name in names for suffix in ("", " again")}
    (path,) = pytester.path.rglob("0001_*Z_run_against-itself.json")
    document = json.loads(path.read_text())
    entries = {entry["name"]: entry["extra_info"] for entry in document["benchmarks"]}
    first = [
        a < b
        for a, b in zip(
            entries["test_one[a]"]["positions"],
            entries["test_one[a] again"]["positions"],
            strict=True,
        )
    ]
    assert 0 < sum(first) < 4
    assert document["parallel_claims"]["against_itself"] is True
