"""Runs that were decided look by look, capacity by either way, and what stands beside verdicts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from parallel_claims import stats
from parallel_claims.judge import claims
from parallel_claims.judge.outcome import Outcome, Verdict
from parallel_claims.judge.rule import Bound
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.saved import reading
from tests import files

if TYPE_CHECKING:
    from pathlib import Path

PLANNED = [8, 13, 21, 34]


def claim(**rule: Any) -> claims.Claim:
    """Return a claim on a pair of benchmarks."""
    given = {"id": "c", "statement": "s", "baseline": "test_a", "contender": "test_b", **rule}
    return claims.Claim.of({key: value for key, value in given.items() if value is not None})


def noisy(seconds: float, blocks: int, seed: int, noise: float = 0.02) -> list[float]:
    """Return rounds around some seconds."""
    rng = np.random.default_rng(seed)
    return [float(seconds * x) for x in np.exp(rng.normal(0, noise, blocks))]


def judged(path: Path, rounds: dict[str, list[float]], *told: claims.Claim, **stop: Any) -> Any:
    """Save and judge a run; ``stop`` is what it says of its looks. Return one verdict or all."""
    blocks = max(map(len, rounds.values()))
    entries = []
    for name, data in rounds.items():
        left: dict[str, Any] = {"left": len(data)} if len(data) < blocks else {}
        entries.append(files.entry(name, data, **left))
    suite = {"stopping": stop} if stop else {}
    run = reading.read(files.write(path / "0001_quick.json", files.document(entries, suite=suite)))
    found = judge_run(run, told)
    return found[0] if len(found) == 1 else found


def beyond(*logs: float) -> list[float]:
    """Return times that are so far inside a bound of 1.5, as log ratios to 1 s."""
    return [math.exp(-x) / 1.5 for x in logs]


def turning(first: int, blocks: int) -> dict[str, list[float]]:
    """Return times of a pair: 1.9 times as fast for the first blocks, then half as fast."""
    slower = noisy(1 / 1.9, first, 2) + noisy(2.0, blocks - first, 3)
    return {"test_a": noisy(1.0, blocks, 1), "test_b": slower}


def test_who_was_decided_at_a_look_keeps_its_verdict(tmp_path: Path) -> None:
    """What held after 8 blocks holds by these 8, though later blocks say otherwise."""
    rule = claim(speedup={"at_least": 1.5})
    found = judged(tmp_path / "l", turning(8, 13), rule, planned=PLANNED, looks=[8, 13])
    assert (found.outcome, found.left_at) == (Outcome.HOLDS, 8)
    assert found.estimate.judged.count == 8
    assert found.estimate.judged.interval(0.05).centre == pytest.approx(1.9, rel=0.03)
    fixed = judged(tmp_path / "f", turning(8, 13), rule)
    assert (fixed.outcome, fixed.left_at) == (Outcome.UNDECIDED, None)
    assert fixed.estimate.judged.count == 13


def test_a_claim_that_fails_leaves_too(tmp_path: Path) -> None:
    """By the blocks there were, with the level that the look could spend."""
    rule = claim(speedup={"at_most": 1.5})
    found = judged(tmp_path, turning(8, 13), rule, planned=PLANNED, looks=[8, 13])
    assert (found.outcome, found.left_at) == (Outcome.FAILS, 8)
    assert found.joint_alpha == pytest.approx(stats.spent(0, 4))


def test_who_is_decided_at_the_last_look_did_not_leave(tmp_path: Path) -> None:
    """It rests on all blocks, and is judged by what the last look may spend."""
    slowly = [(-1) ** n * 0.01 * (n + 1) for n in range(20)] + [0.5 + n / 100 for n in range(14)]
    rounds = {"test_a": [1.0] * 34, "test_b": beyond(*slowly)}
    rule = claim(speedup={"at_least": 1.5})
    found = judged(tmp_path, rounds, rule, planned=PLANNED, looks=PLANNED)
    assert (found.outcome, found.left_at) == (Outcome.HOLDS, None)
    assert found.estimate.judged.count == 34
    assert found.joint_alpha == pytest.approx(stats.spent(3, 4))


def test_benchmarks_that_left_give_no_new_look(tmp_path: Path) -> None:
    """Who has nothing new is not asked again, though it would hold beside what was found since."""
    early = [0.1, 0.2, -0.01, 0.3, 0.4, 0.5, 0.6, 0.7]  # p is 2 / 2^8
    late = [-0.01, 0.02, -0.03, 0.04, -0.05, 0.06, 0.07, 0.08, 0.5, 0.6, 0.7, 0.8, 0.9]
    rounds = {"test_a": [1.0] * 13, "test_b": beyond(*early)}
    rounds |= {f"test_c[{n}]": beyond(*late) for n in range(3)}
    told = [claim(contender=name, speedup={"at_least": 1.5}) for name in list(rounds)[1:]]
    told = [msgspec.structs.replace(one, id=f"c{n}") for n, one in enumerate(told)]
    found = judged(tmp_path, rounds, *told, planned=PLANNED, looks=[8, 13])
    assert [v.outcome for v in found[1:]] == [Outcome.HOLDS] * 3
    assert found[0].outcome is Outcome.UNDECIDED
    assert found[0].estimate.judged.evidence(Bound(at_least=1.5)).inside == 2 / 2**8
    assert found[0].joint_alpha == pytest.approx(stats.spent(1, 4))
    assert found[0].joint_alpha > 2 / 2**8


def test_who_was_given_up_for_time_says_so(tmp_path: Path) -> None:
    """It left undecided, and the run went on with others."""
    rounds = {"test_a": [1.0] * 13, "test_b": beyond(-0.01, 0.02, 0.03, -0.02, 0.02, 0.04, -0.01)}
    rule = claim(speedup={"at_least": 1.5})
    found = judged(tmp_path / "l", rounds, rule, planned=PLANNED, looks=[8, 13])
    assert found.outcome is Outcome.UNDECIDED
    assert "dropped after 7 blocks, the time went to others (--blocks-budget)" in found.reason
    stayed = {name: data[:7] for name, data in rounds.items()}
    all_of_it = judged(tmp_path / "s", stayed, rule, planned=PLANNED, looks=[7])
    assert all_of_it.outcome is Outcome.UNDECIDED
    assert "dropped after" not in all_of_it.reason


def test_a_fixed_run_is_one_look_with_all_of_alpha(tmp_path: Path) -> None:
    """Five blocks can decide one claim at 5 %; at a look that spends two fifths they cannot."""
    rounds = {"test_a": noisy(1.0, 5, 1), "test_b": noisy(1 / 1.9, 5, 2)}
    rule = claim(speedup={"at_least": 1.5})
    fixed = judged(tmp_path / "f", rounds, rule, ended="fixed")
    assert (fixed.outcome, fixed.joint_alpha) == (Outcome.HOLDS, 0.05)
    early = judged(tmp_path / "e", rounds, rule, planned=PLANNED, looks=[5])
    assert early.outcome is Outcome.UNDECIDED
    assert early.joint_alpha == pytest.approx(stats.spent(0, 4))
    assert "5 blocks cannot support a verdict; 6 are needed" in early.reason
    assert judged(tmp_path / "o", rounds, rule, planned=[5], looks=[5]).outcome is Outcome.HOLDS


def test_runs_from_before_there_were_looks_are_one_look(tmp_path: Path) -> None:
    """Of all of alpha, or what is left of it where the width had ended them."""
    rounds = {"test_a": noisy(1.0, 12, 1), "test_b": noisy(1 / 1.9, 12, 2)}
    rule = claim(speedup={"at_least": 1.5})
    old = judged(tmp_path / "a", rounds, rule)
    assert (old.outcome, old.alpha, old.joint_alpha) == (Outcome.HOLDS, 0.05, 0.05)
    width = judged(tmp_path / "b", rounds, rule, ended="precision", precision=0.05)
    assert (width.outcome, width.alpha) == (Outcome.HOLDS, pytest.approx(0.04))
    assert width.joint_alpha == pytest.approx(0.04)


def test_looks_beyond_the_planned_ones_are_none(tmp_path: Path) -> None:
    """They may spend nothing, so they decide nothing."""
    rounds = {"test_a": [1.0] * 40, "test_b": noisy(1 / 1.5, 40, 2)}
    rule = claim(speedup={"at_least": 1.5})
    found = judged(tmp_path, rounds, rule, planned=PLANNED, looks=[*PLANNED, 40])
    assert found.outcome is Outcome.UNDECIDED
    assert found.joint_alpha == pytest.approx(stats.spent(3, 4))


def test_a_block_that_was_lost_does_not_move_the_looks(tmp_path: Path) -> None:
    """A look after 8 blocks sees the blocks 0 to 7, however many of them gave a time."""
    times = turning(8, 13)
    entries = [
        files.entry("test_a", times["test_a"]),
        files.entry("test_b", times["test_b"][1:], lost={"0": "killed"}),
    ]
    entries[1]["extra_info"]["blocks"] = list(range(1, 13))
    suite = {"stopping": {"planned": PLANNED, "looks": [8, 13]}}
    run = reading.read(files.write(tmp_path / "r.json", files.document(entries, suite=suite)))
    (found,) = judge_run(run, [claim(speedup={"at_least": 1.5})])
    assert (found.outcome, found.left_at) == (Outcome.HOLDS, 8)
    assert found.estimate is not None
    assert found.estimate.judged.count == 7


TIMES = {"test_a": 2.0, "test_b": 1.25, "ready": 1.2, "one": 1.0, "two": 1.6, "idle": 0.06}


def efficient(path: Path, capacity: dict[str, Any], *, without: str = "", **more: Any) -> Verdict:
    """Judge an efficiency of two workers."""
    rounds = {name: noisy(t, 12, n, 0.005) for n, (name, t) in enumerate(TIMES.items())}
    rounds.pop(without, None)
    rule = claim(efficiency={"at_least": 0.85}, capacity={"workers": 2, **capacity}, **more)
    found: Verdict = judged(path, rounds, rule)
    return found


READY = {"ready": "ready"}
OLDER = {"one": "one", "together": "two"}


@pytest.mark.parametrize(
    ("capacity", "without", "expected"),
    [
        (READY, "", 1.2 / 1.25),
        (OLDER, "", (2.0 / 1.25) / (2 * 1.0 / 1.6)),
        ({**READY, **OLDER}, "", 1.2 / 1.25),
        ({**READY, **OLDER}, "ready", (2.0 / 1.25) / (2 * 1.0 / 1.6)),
        ({**READY, **OLDER}, "one", 1.2 / 1.25),
        ({**READY, "serial": "test_a"}, "", 1.2 / 1.25),
        ({**READY, "serial": "two"}, "", (2.0 / 1.25) / (1.6 / 1.2)),
    ],
)
def test_efficiency_is_against_ready_workers_where_a_run_has_them(
    tmp_path: Path, capacity: dict[str, Any], without: str, expected: float
) -> None:
    """Directly where they do the baseline's work; the older way for runs that have no other."""
    found = efficient(tmp_path, capacity, without=without)
    assert found.estimate is not None
    assert found.estimate.efficiency is not None
    assert found.estimate.speedup is not None
    assert found.estimate.judged.pairs is not None
    np.testing.assert_array_equal(found.estimate.judged.pairs, found.estimate.efficiency.pairs)
    assert found.estimate.efficiency.interval(0.05).centre == pytest.approx(expected, rel=0.01)
    assert found.estimate.speedup.interval(0.05).centre == pytest.approx(2.0 / 1.25, rel=0.01)


def test_the_direct_way_needs_two_benchmarks_to_go_on() -> None:
    """The baseline is told beside it, and may leave; another serial one may not."""
    rule: dict[str, Any] = {"efficiency": {"at_least": 0.85}}
    rule["capacity"] = {"workers": 2, **READY}
    assert set(claim(**rule).rule.deciding) == {"test_b", "ready"}
    rule["capacity"]["serial"] = "other"
    assert set(claim(**rule).rule.deciding) == {"test_a", "test_b", "ready", "other"}
    rule["capacity"] = {"workers": 2, **OLDER}
    assert set(claim(**rule).rule.deciding) == {"test_a", "test_b", "one", "two"}


@pytest.mark.parametrize("capacity", [{}, {"one": "one"}, {"together": "two", "ready": "r"}])
def test_half_a_capacity_is_refused(capacity: dict[str, Any]) -> None:
    """Neither way, or half of the older one."""
    with pytest.raises(ValueError, match="give either"):
        claim(efficiency={"at_least": 0.85}, capacity={"workers": 2, **capacity})


def test_the_overhead_is_told_as_a_share_of_the_ideal_time(tmp_path: Path) -> None:
    """Creating workers takes 0.06 s, the ready ones need 1.2 s; nothing where it is not known."""
    assert efficient(tmp_path / "a", READY, overhead="idle").overhead == pytest.approx(
        0.05, rel=0.02
    )
    assert efficient(tmp_path / "b", READY, overhead="idle", without="idle").overhead is None
    assert efficient(tmp_path / "c", READY).overhead is None
    assert efficient(tmp_path / "d", OLDER, overhead="idle").overhead is None


def test_what_may_happen_need_not_happen_each_time(tmp_path: Path) -> None:
    """``rounds = "some"``: one round that meets the condition is enough, none is not."""
    condition = {"benchmark": "test_a", "name": "lost", "at_least": 1, "rounds": "some"}

    def outcome(path: str, lost: list[float]) -> Verdict:
        entries = [files.entry("test_a", [1.0] * 3, recorded={"lost": lost})]
        saved = files.write(tmp_path / path, files.document(entries))
        rule = claims.Claim.of({"id": "c", "statement": "s", "exact": [condition]})
        return judge_run(reading.read(saved), [rule])[0]

    assert outcome("some.json", [0, 4, 0]).outcome is Outcome.HOLDS
    never = outcome("never.json", [0, 0, 0])
    assert never.outcome is Outcome.FAILS
    assert "in 3 of 3 rounds" in never.reason
    assert "in some round" in never.reason


def test_futile_is_what_more_blocks_would_not_settle(tmp_path: Path) -> None:
    """Too few blocks are not futile, a centre on the bound is, and no decided claim."""
    rng = np.random.default_rng(7)
    x = rng.normal(0, 0.1, 20)
    times = {"test_a": [1.0] * 20, "test_b": np.exp(-(x - np.median(x))).tolist()}

    def verdict(bound: float, blocks: int = 20) -> Verdict:
        some = {name: data[:blocks] for name, data in times.items()}
        found: Verdict = judged(
            tmp_path / f"{bound}-{blocks}", some, claim(speedup={"at_least": bound})
        )
        return found

    assert verdict(1.0).futile
    assert not verdict(1.0, 3).futile
    assert not verdict(math.exp(-0.02)).futile
    assert not verdict(math.exp(-0.5)).futile
