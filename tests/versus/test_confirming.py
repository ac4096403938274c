"""An alarm of a series, confirmed or not by pairs of known truth."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from parallel_claims.commands import confirming as command
from parallel_claims.follow import history, runs
from parallel_claims.judge import claims_file
from parallel_claims.report import past
from parallel_claims.versus import confirming
from parallel_claims.versus.records import Difference, Finding, Pair, Slices, Version, Versus
from tests import series


@pytest.fixture
def track(tmp_path: Path) -> history.Track:
    """Return a series with an alarm: 20 runs, then 8 that are 15 % worse, of another commit."""
    speedups, commits = [1.9] * 20 + [1.6] * 8, ["a" * 40] * 20 + ["b" * 40] * 8
    folder = series.history(tmp_path, speedups, commit=commits)
    claims = claims_file.read(series.claims_at(folder)).claims
    (found,) = history.tracks(runs.read([folder]), claims)
    assert found.worse is not None
    return found


def measured(track: history.Track, slower: float, count: int = 12) -> Versus:
    """Return pairs in which the contender takes so many times as long, with 1 % noise."""
    rng = np.random.default_rng(count)
    pairs = []
    for number in range(count):
        slices = {
            track.tests[name]: Slices((1.0,), (1.0,), float(np.log(ratio) + rng.normal(0, 0.01)))
            for name, ratio in (("test_a", 1.0), ("test_b", slower))
        }
        pairs.append(Pair(number, 1, 0, 1, slices))
    side = Version("a", "a", Path("python"), Path())
    return Versus(side, side, (), tuple(pairs), count, 1.0, 0.05)


@pytest.mark.parametrize(
    ("slower", "count", "words"),
    [
        (1.2, 12, "confirmed: worse, 0.83"),
        (1.0, 12, "not confirmed: the same, "),
        (0.8, 12, "not confirmed: cannot tell, 1.2"),
        (1.2, 3, "not confirmed: cannot tell, 0.8"),
    ],
)
def test_an_alarm_is_confirmed_by_pairs_only(
    track: history.Track, slower: float, count: int, words: str
) -> None:
    """Worse is confirmed; the same, better, and too few pairs are not."""
    found = confirming.confirmations([track], measured(track, slower, count))
    assert found[0].confirmed is words.startswith("confirmed")
    assert past.to_confirm(past.Followed(track, found[0])).startswith(words)
    sure = 1 if found[0].confirmed else 0
    assert f"1 alarm of worse, {sure} of them confirmed" in past.answer([track], found)


def test_pairs_that_lack_a_benchmark_confirm_nothing(track: history.Track) -> None:
    """A ratio needs both."""
    whole = measured(track, 1.2)
    half = tuple(
        dataclasses.replace(pair, slices=dict(list(pair.slices.items())[:1]))
        for pair in whole.pairs
    )
    (found,) = confirming.confirmations([track], dataclasses.replace(whole, pairs=half))
    assert (found.confirmed, found.told) == (False, "no pair has all of its benchmarks")


def test_a_benchmark_that_no_longer_runs_confirms_the_alarm(track: history.Track) -> None:
    """Whatever the pairs say of the others: its ratio cannot be had any more."""
    gone = Difference(track.tests["test_b"], Finding.BROKEN, None, 0, note="b: ValueError")
    broken = dataclasses.replace(measured(track, 1.0), differences=(gone,))
    (found,) = confirming.confirmations([track], broken)
    assert (found.confirmed, found.told) == (True, "broken: test_b (b: ValueError)")
    told = past.to_confirm(past.Followed(track, found))
    assert told == "confirmed: broken: test_b (b: ValueError)"


def test_an_alarm_of_another_machine_is_confirmed_there(track: history.Track) -> None:
    """Its runs say which."""
    (found,) = command.of([track])
    assert (found.confirmed, found.ratio, found.measured) == (False, None, False)
    assert found.told == "its runs are of mine, cpython-3.11.7: confirm it there"
