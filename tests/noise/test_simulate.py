"""The simulation itself, on noise whose answer is known, and what a calibration says of it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from parallel_claims import stats
from parallel_claims.errors import BadInputError
from parallel_claims.judge import claims
from parallel_claims.judge.outcome import Outcome
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.noise import calibrate, calibration, recorded, rules, simulate
from parallel_claims.report import calibration as told
from parallel_claims.saved import form, reading
from tests import files
from tests.course import COURSE

DATA = Path(__file__).parents[1] / "data"
PAIR = simulate.design([[(1, "a"), (-1, "b")]])
TEN = simulate.design([[(1, f"a{n}"), (-1, f"b{n}")] for n in range(10)])
RECORDED_NOISE = calibrate.read_noise(DATA / "same_workload.csv")


def allowed(rate: float, suites: int) -> float:
    """Return a rate with two standard errors of so many suites."""
    return rate + 2 * math.sqrt(rate * (1 - rate) / suites)


def iid(length: int = 5000, seed: int = 1) -> stats.Floats:
    """Return independent noise."""
    return np.random.default_rng(seed).normal(0, 0.05, length)


def real_rule(*, ratio: bool = True) -> simulate.Rule:
    """Return the looks of a run that is told nothing."""
    rule = simulate.real_rule(stats.MOST, ratio=ratio)
    assert rule is not None
    return rule


def test_claims_that_share_a_benchmark_are_one_experiment() -> None:
    """Contrasts become signed matrices, one an experiment, and each claim knows its variants."""
    found = simulate.design(
        [
            [(1, "a"), (-1, "b")],
            [(1, "x"), (-1, "y")],
            [(1, "a"), (-1, "c"), (-1, "one"), (1, "two")],
        ]
    )
    assert found.variants == 7
    assert found.claims == 3
    assert sorted(matrix.shape for matrix in found.experiments) == [(1, 2), (2, 5)]
    assert all((matrix.sum(axis=1) == 0).all() for matrix in found.experiments)
    assert sorted(found.needs.sum(axis=1)) == [2, 2, 4]
    assert (found.needs.sum(axis=0) >= 1).all()


def test_looks_are_those_of_a_run() -> None:
    """As far as there are blocks for them, each with what it may spend."""
    rule = real_rule()
    assert rule.looks == stats.planned(stats.FEWEST, stats.MOST)
    assert math.fsum(rule.levels) == pytest.approx(stats.ALPHA)
    shorter = simulate.real_rule(stats.MOST - 1)
    assert shorter is not None
    assert (shorter.looks, shorter.levels) == (rule.looks[:-1], rule.levels[:-1])
    assert simulate.real_rule(stats.FEWEST - 1) is None


def test_simulated_suites_are_judged_as_runs_are(tmp_path: Path) -> None:
    """A saved run of the same blocks, looked at as often, gets the same verdicts."""
    rng = np.random.default_rng(2)
    rule = real_rule()
    x = (
        rng.normal(0, 0.05, (4, 6, stats.MOST))
        + np.array([0, 0.1, 0.03, -0.03, 0.02, -0.1])[:, None]
    )
    found = simulate.judge(x, rule, simulate.apart(6))
    assert found.holds.any()
    assert found.fails.any()
    assert (~(found.holds | found.fails)).any()
    for suite in range(len(x)):
        verdicts = judge_run(as_run(tmp_path / f"{suite}.json", x[suite], found.used[suite]), SIX)
        assert [v.outcome is Outcome.HOLDS for v in verdicts] == found.holds[suite].tolist()
        assert [v.outcome is Outcome.FAILS for v in verdicts] == found.fails[suite].tolist()
        for verdict, used in zip(verdicts, found.used[suite], strict=True):
            assert verdict.estimate is not None
            assert verdict.estimate.judged.count == used


def claims_on_pairs(count: int) -> list[claims.Claim]:
    """Return claims on pairs of benchmarks of their own."""
    table = {"statement": "s", "speedup": {"at_least": 1}}
    return [
        claims.Claim.of({**table, "id": f"c{n}", "baseline": f"a{n}", "contender": f"b{n}"})
        for n in range(count)
    ]


SIX = claims_on_pairs(6)


def as_run(path: Path, x: stats.Floats, used: Any) -> form.Run:
    """Save log ratios as a run in which each pair of benchmarks leaves when it did."""
    entries = []
    for n, (logs, blocks) in enumerate(zip(x, used, strict=True)):
        left: dict[str, Any] = {"left": int(blocks)} if blocks < stats.MOST else {}
        entries += [
            files.entry(f"a{n}", np.exp(logs[:blocks]).tolist(), **left),
            files.entry(f"b{n}", [1.0] * int(blocks), **left),
        ]
    looks = list(stats.planned(stats.FEWEST, stats.MOST))
    suite = {"stopping": {"planned": looks, "looks": looks}}
    return reading.read(files.write(path, files.document(entries, suite=suite)))


def test_who_is_decided_leaves_unless_others_need_its_variants() -> None:
    """A claim at its bound is asked to the end; where all others left, alone."""
    noise = np.random.default_rng(3).normal(0, 1, (20, 3, stats.MOST))
    noise[:, 1:] += 9  # two claims that are certain at the first look
    found = simulate.judge(noise, real_rule(), simulate.apart(3))
    assert (found.used[:, 1:] == stats.FEWEST).all()
    assert (found.used[:, 0] > stats.FEWEST).any()
    assert found.holds[:, 1:].all()


def test_a_claim_without_its_variants_is_not_asked_again() -> None:
    """Hopeless claims leave; one whose variants stay for others is asked on."""
    x = np.zeros((1, 2, stats.MOST))
    x[0] = np.tile([0.1, -0.1], stats.MOST // 2)  # at 12 blocks its centre is on the bound
    x[0, 1] += 0.04
    alone = simulate.judge(x, real_rule(), simulate.apart(2))
    shared = simulate.judge(x, real_rule(), np.ones((2, 1), dtype=bool))
    assert alone.used[0, 0] < shared.used[0, 0] == shared.used[0, 1]


def test_coverage_is_that_of_the_interval_that_is_shown() -> None:
    """The test of either side rejects 0 just where the interval does not hold it."""
    x = np.random.default_rng(4).normal(0.3, 1, (40, 3, 12))
    used = np.full((40, 3), 9)
    used[:20] = 12
    held = 0
    for row, blocks in zip(x.reshape(-1, 12), used.ravel(), strict=True):
        found = stats.paired(row[:blocks])
        held += found.low <= 0 <= found.high
    assert simulate.coverage(x, used) == pytest.approx(held / used.size)


@pytest.mark.parametrize("in_blocks", [True, False])
def test_on_independent_noise_the_promise_is_kept_in_any_order(*, in_blocks: bool) -> None:
    """There is nothing that blocks could cancel."""
    rng = np.random.default_rng(5)
    x = simulate.suites(iid(), TEN, stats.MOST, 500, rng, in_blocks=in_blocks)
    for found in simulate.every(real_rule(), x, TEN.needs, simulate.FAR).values():
        assert found.red <= allowed(0.05, 500)
        assert found.green <= allowed(0.05, 500)
        assert 0.93 < found.coverage < 0.98
    assert found.decided > 0.6
    assert found.blocks < stats.MOST / 2


def test_drift_ruins_the_sequential_order_and_not_the_blocks() -> None:
    """A machine that slows down slowly."""
    rng = np.random.default_rng(6)
    noise = iid() * 0.2 + np.linspace(0, 20, 5000)
    rule = simulate.one_look(10)
    found = [
        simulate.figures(
            simulate.suites(noise, PAIR, 10, 1000, rng, in_blocks=in_blocks), rule, PAIR.needs
        )
        for in_blocks in (True, False)
    ]
    assert found[0].coverage > 0.93
    assert found[1].coverage < 0.05
    assert found[0].red <= allowed(0.05, 1000)
    assert found[1].red > 0.95


def test_on_the_recorded_noise_the_rules_err_as_published() -> None:
    """20 rounds a side, one after the other: two fifths of the alarms of common tools are false."""
    found = calibrate.compared_rules(RECORDED_NOISE.values, 20, 1500, np.random.default_rng(8))
    benchstat, pyperf = "Mann–Whitney p < 0.05 (benchstat)", "t-test at 95 % (pyperf)"
    assert found[benchstat]["sequential"] == pytest.approx(0.40, abs=0.05)
    assert found[pyperf]["sequential"] == pytest.approx(0.46, abs=0.05)
    assert found["signed rank, 95 % (this suite)"]["in_blocks"] < 0.07
    assert found[pyperf]["in_blocks"] < 0.02


def test_the_spread_of_a_ratio_is_that_of_its_centres() -> None:
    """Of independent noise of 5 % a side, 20 pairs: about 5 % times the root of 2 / 20."""
    spread = rules.spread(iid(), 20, 1000, np.random.default_rng(9))
    assert spread == pytest.approx(0.05 * math.sqrt(2 / 20), rel=0.1)


def test_on_the_recorded_noise_the_courses_suite_keeps_its_promise() -> None:
    """Both halves, with looks and leaving; without blocks neither."""
    suite = simulate.design(calibrate.contrasts(COURSE.claims))
    rng = np.random.default_rng(10)
    noise = RECORDED_NOISE.values
    rule = simulate.real_rule(len(noise) // suite.variants)
    assert rule is not None
    rows = {
        (row.kind, row.truth): row.figures
        for row in calibrate.on_ratios(noise, suite, rule, 300, rng)
    }
    for truth in ("all", "a third"):
        assert rows["looks", truth].red <= allowed(0.05, 300)
        assert rows["looks", truth].green <= allowed(0.05, 300)
        assert 0.93 <= rows["looks", truth].coverage <= 0.98
    assert rows["looks", "a third"].decided > 0.6
    assert rows["looks", "a third"].blocks < rows["looks", "all"].blocks < stats.MOST
    assert rows["one after the other", "all"].red > 0.4


@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize("correlation", recorded.CORRELATIONS)
def test_recorded_numbers_keep_the_promise(correlation: float, *, heavy: bool) -> None:
    """Though neighbours are tied, and some values far away."""
    rng = np.random.default_rng(11)
    x = recorded.series(correlation, 400, 11, stats.MOST, rng, heavy=heavy)
    found = simulate.figures(x, real_rule(ratio=False), simulate.apart(11))
    assert found.red <= allowed(0.05, 400)
    assert found.green <= allowed(0.05, 400)


def test_series_are_tied_as_said() -> None:
    """Each value keeps a share of the one before it, and all spread alike."""
    x = recorded.series(0.7, 2000, 1, 20, np.random.default_rng(12), heavy=False)[:, 0]
    assert np.corrcoef(x[:, 9], x[:, 10])[0, 1] == pytest.approx(0.7, abs=0.05)
    assert x[:, 0].std() == pytest.approx(1, rel=0.05)
    assert x[:, -1].std() == pytest.approx(1, rel=0.05)


def test_accounts_of_seconds_keep_the_promise() -> None:
    """Half of the excess is blamed, exactly: as good as never is more or less of it found."""
    rng = np.random.default_rng(13)
    for row in calibrate.on_accounts(RECORDED_NOISE.values, 3, 300, rng):
        assert row.kind == "seconds"
        assert row.figures.red <= allowed(0.05, 300)
        assert row.figures.green <= allowed(0.05, 300)
    assert not list(calibrate.on_accounts(RECORDED_NOISE.values[:50], 3, 300, rng))


def test_windows_that_overlap_are_not_counted_twice() -> None:
    """Ten claims on twenty variants in 34 blocks take 680 rounds: three of them fit into 2,400."""
    found = calibrate.on_trace(RECORDED_NOISE, claims_on_pairs(10), 20, 1)
    assert (found.variants, found.claims, found.looks[-1]) == (20, 10, stats.MOST)
    assert found.distinct == 2400 // (20 * stats.MOST)


def against_itself(path: Path, blocks: int, faster: float = 1.0) -> form.Run:
    """Save a run of two variants against themselves, the second of one being faster."""
    rng = np.random.default_rng(14)
    entries = []
    for name in ("x", "x again", "y", "y again"):
        seconds = np.exp(rng.normal(0, 0.02, blocks)) / (faster if name == "x again" else 1)
        entries.append(files.entry(name, seconds.tolist(), positions=[0] * blocks))
    suite = {"against_itself": True}
    return reading.read(files.write(path / "0001_a.json", files.document(entries, suite=suite)))


def test_real_suites_share_no_block(tmp_path: Path) -> None:
    """A run of 2.5 suites is cut into two; a short one into a suite of the looks that fit."""
    found = calibrate.real_suites(against_itself(tmp_path / "a", stats.MOST * 5 // 2))
    assert (found.suites, found.claims, found.looks[-1]) == (2, 2, stats.MOST)
    assert (found.false_fails, found.false_holds) == (0, 0)
    short = calibrate.real_suites(against_itself(tmp_path / "b", stats.MOST - 1))
    assert (short.suites, short.looks[-1]) == (1, real_rule().looks[-2])
    with pytest.raises(BadInputError, match="5 blocks; a suite needs"):
        calibrate.real_suites(against_itself(tmp_path / "c", 5))


def test_what_differs_from_itself_is_counted_in_every_suite(tmp_path: Path) -> None:
    """A variant that takes twice as long the second time, or half, is wrong in both suites."""
    slower = calibrate.real_suites(against_itself(tmp_path / "s", stats.MOST * 2, faster=0.5))
    assert (slower.suites, slower.false_fails, slower.false_holds) == (2, 2, 0)
    found = calibrate.real_suites(against_itself(tmp_path / "f", stats.MOST * 2, faster=2))
    assert (found.suites, found.false_fails, found.false_holds) == (2, 0, 2)
    assert found.coverage <= 0.5


def test_claims_that_bound_no_ratio_are_nothing_to_simulate() -> None:
    """One line instead of a division by zero."""
    rule = {"benchmark": "b", "name": "n", "at_least": 1.0}
    numbers = claims.Claim.of({"id": "c", "statement": "s", "recorded": rule})
    with pytest.raises(BadInputError, match="nothing to simulate"):
        calibrate.on_trace(RECORDED_NOISE, [numbers], 20, 1)


def small(run: form.Run) -> calibration.Calibration:
    """Return a calibration on a short trace."""
    noise = calibrate.Noise("noise.csv", iid(800))
    real = calibrate.real_suites(run)
    rule = {"benchmark": "b", "name": "n", "at_least": 1.0}
    numbers = claims.Claim.of({"id": "n", "statement": "s", "recorded": rule})
    return calibrate.calibrate([noise], [*claims_on_pairs(10), numbers], 20, 1, real)


def test_a_calibration_is_read_as_it_was_saved(tmp_path: Path) -> None:
    """And is quoted beside the verdicts, in words."""
    run = against_itself(tmp_path, 70)
    found = small(run)
    text = calibration.document(found)
    assert msgspec.json.decode(text, type=calibration.Calibration) == found
    (tmp_path / "calibration.json").write_text(text)
    quoted = calibration.belonging_to(run)
    worst = max(row.figures.green for row in found.traces[0].rows[:2])
    assert quoted.startswith("calibrated on this machine's noise")
    assert f"{worst:.1%} of “holds” false" in quoted
    assert "of 2 real A/A suites 0 had a false “fails”" in quoted


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no calibration of this machine and Python yet"),
        ('{"schema": 1, "simulated": []}', "made by another version (form 1, here 2)"),
        ('{"schema": 2}', "not a calibration"),
        ('{"schema": 2, "sims": 1, "seed": 1, "traces": [], "recorded": []}', "not a calibration"),
        ("{}", "not a calibration"),
        ("[1", "not a calibration"),
    ],
)
def test_what_is_no_calibration_is_to_be_made_anew(
    tmp_path: Path, content: str | None, words: str
) -> None:
    """Absent, older, or broken: one line that names the command."""
    run = against_itself(tmp_path, 8)
    if content is not None:
        (tmp_path / "calibration.json").write_text(content)
    told_ = calibration.belonging_to(run)
    assert words in told_
    assert "parallel-claims calibrate" in told_


def test_a_calibration_is_told_with_both_halves(tmp_path: Path) -> None:
    """Each kind of noise with its rows, the order of old beside it, and the real suites."""
    text = told.render(small(against_itself(tmp_path, 70)))
    assert "Noise of noise.csv (800 rounds): 20 simulated suites of 10 claims on 20 va" in text
    assert "without sharing a round: 1." in text
    for row in (
        "| all at their bounds |",
        "| a third at their bounds, the others far inside |",
        "| all at their bounds, 34 rounds of one variant after the other |",
        "| Mann–Whitney p < 0.05 (benchstat) |",
        "| 0.7 | heavy-tailed (t, 3 degrees of freedom) | all at their bounds |",
    ):
        assert row in text
    assert "Real A/A suites on this machine: of 2 that share no block" in text
    columns = {line.count("|") for line in text.splitlines() if line.startswith("| all at")}
    assert columns == {7}
