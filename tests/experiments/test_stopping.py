"""When a run ends: fixed, by precision, by budget; and options that cannot be."""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path

import pytest

from experiments import stopping
from experiments.stopping import Stopping

ROOT = Path(__file__).parents[2]


def test_a_fixed_number_ends_at_that_number() -> None:
    """Whatever is open, and however long it takes."""
    rule = Stopping(None, 4, 4, math.inf)
    assert rule.ended(3, 1e9, anything_open=False) is None
    assert rule.ended(4, 0.0, anything_open=True) == "fixed"
    assert not rule.looks(4)


def test_precision_ends_a_run_between_the_fewest_and_the_most() -> None:
    """Nothing ends it before the fewest blocks, not even the budget."""
    rule = Stopping(0.05, 10, 30, 60.0)
    assert rule.ended(9, 1e9, anything_open=False) is None
    assert rule.ended(10, 1.0, anything_open=False) == "precision"
    assert rule.ended(10, 1.0, anything_open=True) is None
    assert rule.ended(12, 60.0, anything_open=True) == "budget"
    assert rule.ended(30, 1.0, anything_open=True) == "max-blocks"
    assert [rule.looks(n) for n in (9, 10)] == [False, True]


@pytest.mark.parametrize(
    ("text", "value"), [("5%", 0.05), ("0.5 %".replace(" ", ""), 0.005), (".1", 0.1)]
)
def test_precision_is_written_as_a_share_or_per_cent(text: str, value: float) -> None:
    """Both forms mean the same."""
    assert stopping.share(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["0", "-5%", "100%", "5", "five", "", "nan", "\u0665%"])
def test_impossible_precision_is_told(text: str) -> None:
    """The message says what fits."""
    with pytest.raises(argparse.ArgumentTypeError, match=r"write 5% or 0\.05"):
        stopping.share(text)


@pytest.mark.parametrize(("text", "value"), [("90", 90), ("90s", 90), ("1.5min", 90), ("1h", 3600)])
def test_a_budget_is_written_with_its_unit(text: str, value: float) -> None:
    """Seconds unless said otherwise."""
    assert stopping.seconds(text) == value


@pytest.mark.parametrize("text", ["0", "0s", "-3min", "3 weeks", "inf", ""])
def test_impossible_budgets_are_told(text: str) -> None:
    """The message says what fits."""
    with pytest.raises(argparse.ArgumentTypeError, match="write 90s, 3min or 1h"):
        stopping.seconds(text)


CONFTEST = """
from experiments import blocks
blocks.PROGRESS_EVERY = 0.0
pytest_plugins = ["experiments.measure", "experiments.blocks"]

def pytest_benchmark_update_machine_info(machine_info):
    machine_info.update(name="here", python_build_name="build")

def pytest_blocks_open(config, document, precision):
    blocks = {e["name"]: len(e["stats"]["data"]) for e in document["benchmarks"]}
    found = {}
    if blocks["test_two[x]"] < 7:
        found["two"] = ("±9.0%", ("test_two[x]", "test_two[y]"))
    if blocks["test_one[a]"] < 4:
        found["one"] = ("±8.0%", ("test_one[a]",))
    return found
"""

SUITE = """
import pytest
from experiments.strategies import Outcome

@pytest.mark.benchmark(group="one")
@pytest.mark.parametrize("variant", ["a", "b"])
def test_one(measure, variant):
    measure(lambda: Outcome([1.0], True), truth=[1.0])

@pytest.mark.benchmark(group="two")
@pytest.mark.parametrize("variant", ["x", "y"])
def test_two(measure, variant):
    measure(lambda: Outcome([1.0], True), truth=[1.0])
"""


def measured(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Run a suite whose experiments are precise enough after 4 and after 7 blocks."""
    os.environ["PYTHONPATH"] = str(ROOT)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_suite=SUITE)
    return pytester.runpytest_subprocess("--benchmark-only", "-p", "no:cacheprovider", *args)


def blocks(pytester: pytest.Pytester) -> tuple[dict[str, int], dict[str, object]]:
    """Return the number of blocks of each variant, and how the run ended."""
    (path,) = pytester.path.rglob("*.json")
    document = json.loads(path.read_text())
    found = {entry["name"]: len(entry["stats"]["data"]) for entry in document["benchmarks"]}
    return found, document["parallel_claims"]["stopping"]


def test_an_experiment_that_is_done_drops_out_and_the_rest_goes_on(
    pytester: pytest.Pytester,
) -> None:
    """Each experiment gets the blocks it needs; progress says what is open and why."""
    result = measured(pytester, "--min-blocks", "2", "--max-blocks", "20")
    assert result.ret == 0
    counts, ended = blocks(pytester)
    assert counts == {"test_one[a]": 4, "test_one[b]": 4, "test_two[x]": 7, "test_two[y]": 7}
    assert ended == {"ended": "precision", "precision": 0.05}
    result.stdout.fnmatch_lines(
        [
            "block 2 of at most 20: 4 variants, *; open: two ±9.0% and 1 more",
            "block 5 of at most 20: 2 variants, *; open: two ±9.0%",
            "block 7 of at most 20: 2 variants, *; every interval is narrow enough",
        ]
    )


def test_the_most_blocks_end_a_run(pytester: pytest.Pytester) -> None:
    """However wide the intervals still are."""
    measured(pytester, "--min-blocks", "2", "--max-blocks", "5")
    counts, ended = blocks(pytester)
    assert counts["test_two[x]"] == 5
    assert ended["ended"] == "max-blocks"


def test_a_budget_too_small_for_the_fewest_runs_them_and_says_so(
    pytester: pytest.Pytester,
) -> None:
    """The minimum is measured all the same."""
    result = measured(pytester, "--min-blocks", "3", "--budget", "0.000001s")
    counts, ended = blocks(pytester)
    assert counts["test_two[x]"] == 3
    assert ended["ended"] == "budget"
    result.stdout.fnmatch_lines(["the budget of 0 s is less than the fewest blocks (3) take: *"])


def test_blocks_fix_the_number(pytester: pytest.Pytester) -> None:
    """Precision has no say then."""
    measured(pytester, "--blocks", "9")
    counts, ended = blocks(pytester)
    assert set(counts.values()) == {9}
    assert ended == {"ended": "fixed", "precision": None}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--min-blocks", "9", "--max-blocks", "3"], "--max-blocks 3 is below --min-blocks 9"),
        (["--blocks", "5", "--precision", "5%"], "leave out --precision"),
        (["--blocks", "5", "--budget", "5s"], "leave out --budget"),
        (["--precision", "0"], "write 5% or 0.05"),
        (["--budget", "0"], "write 90s, 3min or 1h"),
        (["--against-itself", "test_three"], "no variant 'test_three' here: test_one[a]"),
    ],
)
def test_impossible_options_are_usage_errors(
    pytester: pytest.Pytester, args: list[str], words: str
) -> None:
    """Each says what fits, and nothing is measured."""
    result = measured(pytester, *args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in result.stderr.str()
    assert not list(pytester.path.rglob("*.json"))


def test_a_variant_against_itself_is_two_entries(pytester: pytest.Pytester) -> None:
    """Each named variant is measured twice a block, in random order."""
    measured(pytester, "--blocks", "8", "--against-itself", "test_one[a],test_two[y]")
    counts, _ = blocks(pytester)
    names = ["test_one[a]", "test_two[y]"]
    assert counts == {name + suffix: 8 for name in names for suffix in ("", " again")}
    (path,) = pytester.path.rglob("0001_*Z_quick_against-itself.json")
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
    assert 0 < sum(first) < 8
    assert document["parallel_claims"]["against_itself"] is True
