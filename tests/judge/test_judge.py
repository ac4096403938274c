"""Verdicts: simulated runs of known speedup, and every reason not to decide."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_claims import stats
from parallel_claims.errors import BadInputError
from parallel_claims.judge import claims
from parallel_claims.judge.outcome import Outcome, Verdict, compare
from parallel_claims.judge.rule import Bound
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.saved import form, reading
from tests import files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def claim(**rule: Any) -> claims.Claim:
    """Return a claim on a pair of benchmarks."""
    given = {"id": "c", "statement": "s", "baseline": "test_a", "contender": "test_b", **rule}
    return claims.Claim.of({key: value for key, value in given.items() if value is not None})


def run(path: Path, entries: Sequence[dict[str, Any]], **document: Any) -> form.Run:
    """Save and read a run."""
    return reading.read(files.write(path / "0001_quick.json", files.document(entries, **document)))


def verdict(run_: form.Run, **rule: Any) -> Verdict:
    """Judge one claim."""
    return judge_run(run_, [claim(**rule)])[0]


def pair(speedup: float, blocks: int, noise: float = 0.02, seed: int = 1) -> list[dict[str, Any]]:
    """Return a baseline and a contender of known speedup, with a drift common to both."""
    rng = np.random.default_rng(seed)
    drift = np.exp(np.linspace(0, 0.3, blocks))
    a = drift * np.exp(rng.normal(0, noise, blocks))
    b = drift * np.exp(rng.normal(0, noise, blocks)) / speedup
    return [files.entry("test_a", a.tolist()), files.entry("test_b", b.tolist())]


@pytest.mark.parametrize(
    ("speedup", "rule", "outcome"),
    [
        (1.9, {"at_least": 1.5}, Outcome.HOLDS),
        (1.2, {"at_least": 1.5}, Outcome.FAILS),
        (1.2, {"at_most": 1.5}, Outcome.HOLDS),
        (1.9, {"at_most": 1.5}, Outcome.FAILS),
        (1.0, {"between": [0.9, 1.1]}, Outcome.HOLDS),
        (1.3, {"between": [0.9, 1.1]}, Outcome.FAILS),
        (0.7, {"between": [0.9, 1.1]}, Outcome.FAILS),
    ],
)
def test_a_known_speedup_is_judged_rightly(
    tmp_path: Path, speedup: float, rule: dict[str, Any], outcome: Outcome
) -> None:
    """Far from the bound the verdict is the truth, and the interval holds the speedup."""
    found = verdict(run(tmp_path, pair(speedup, 12)), speedup=rule)
    assert found.outcome is outcome
    assert found.estimate is not None
    assert found.estimate.judged.count == 12
    interval = found.estimate.judged.interval(0.05)
    assert interval.low < speedup < interval.high


def test_exactly_at_the_bound_it_is_rarely_decided(tmp_path: Path) -> None:
    """At the bound each decision would be a guess: at most 5 % of runs make either."""
    outcomes = [
        verdict(run(tmp_path, pair(1.5, 12, seed=seed)), speedup={"at_least": 1.5}).outcome
        for seed in range(120)
    ]
    for guess in (Outcome.HOLDS, Outcome.FAILS):
        assert outcomes.count(guess) / 120 < 0.05 + 2 * math.sqrt(0.05 * 0.95 / 120)


def test_one_outlier_block_changes_no_verdict(tmp_path: Path) -> None:
    """A block in which the contender took ten times as long does not refute a claim."""
    entries = pair(1.9, 12)
    entries[1]["stats"]["data"][5] *= 10
    assert verdict(run(tmp_path, entries), speedup={"at_least": 1.5}).outcome is Outcome.HOLDS


def test_too_few_blocks_are_undecided_and_say_how_many_are_needed(tmp_path: Path) -> None:
    """Four blocks cannot support 95 %, five all on one side can."""
    assert verdict(run(tmp_path, pair(1.9, 5)), speedup={"at_least": 1.5}).outcome is Outcome.HOLDS
    found = verdict(run(tmp_path, pair(1.9, 4)), speedup={"at_least": 1.5})
    assert found.outcome is Outcome.UNDECIDED
    assert "4 blocks cannot support a verdict; 5 are needed" in found.reason


def test_undecided_says_how_many_blocks_may_settle_it(tmp_path: Path) -> None:
    """The number is above what there were."""
    found = verdict(run(tmp_path, pair(1.55, 8, noise=0.1)), speedup={"at_least": 1.5})
    assert found.outcome is Outcome.UNDECIDED
    assert "may settle it" in found.reason


def test_efficiency_is_measured_against_capacity(tmp_path: Path) -> None:
    """1.53 times as fast holds where two workers can do no more than 1.67."""
    rng = np.random.default_rng(2)
    times = {"test_a": 1.53, "test_b": 1.0, "cap[1]": 1.67 / 2, "cap[2]": 1.0}
    entries = [
        files.entry(name, (t * np.exp(rng.normal(0, 0.01, 12))).tolist())
        for name, t in times.items()
    ]
    capacity = {"workers": 2, "one": "cap[1]", "together": "cap[2]"}
    found = verdict(run(tmp_path, entries), capacity=capacity, efficiency={"at_least": 0.85})
    assert found.outcome is Outcome.HOLDS
    assert found.estimate is not None
    assert found.estimate.judged.interval(0.05).centre == pytest.approx(1.53 / 1.67, rel=0.02)
    assert found.estimate.speedup is not None
    assert found.estimate.speedup.interval(0.05).centre == pytest.approx(1.53, rel=0.02)


def test_a_block_that_lost_a_variant_is_dropped_and_counted(tmp_path: Path) -> None:
    """Pairs are made of the blocks that both have, by their number, not by position."""
    a, b = pair(1.9, 10, noise=0.001)
    del b["stats"]["data"][3]
    b["extra_info"]["blocks"] = [0, 1, 2, 4, 5, 6, 7, 8, 9]
    b["extra_info"]["lost"] = {"3": "child 2 of 2 was killed by SIGKILL"}
    found = verdict(run(tmp_path, [a, b]), speedup={"at_least": 1.5})
    assert found.estimate is not None
    assert (found.estimate.judged.count, found.estimate.dropped) == (9, 1)
    interval = found.estimate.judged.interval(0.05)
    assert interval.high / interval.low < 1.01


def test_rounds_that_were_not_measured_in_blocks_are_not_paired(tmp_path: Path) -> None:
    """Someone else's file: any number of rounds, an unpaired interval, and it says so."""
    a = files.entry("test_a", [2.0, 2.1, 1.9, 2.05, 2.0, 1.98], blocks=False)
    b = files.entry("test_b", [1.0, 1.1, 0.9, 1.05, 1.0, 0.98, 1.01, 1.02], blocks=False)
    found = verdict(run(tmp_path, [a, b], suite=None), speedup={"at_least": 1.5})
    assert found.outcome is Outcome.HOLDS
    assert found.estimate is not None
    assert not found.estimate.judged.paired


@pytest.mark.parametrize(
    ("needs", "machine", "word"),
    [
        ({"cpus": 4}, {}, "4 usable CPUs; 2 there"),
        ({"cpus": 4}, {"usable_cpus": None}, "does not say"),
        ({"gil": False}, {}, "without the GIL"),
        ({"gil": True}, {"gil": False, "python_version": "3.14.0"}, "without it"),
        ({"gil": True}, {"gil": None, "python_version": "3.14.0"}, "does not say"),
        ({"start_method": "fork"}, {}, "start method fork"),
        ({"seconds": 10}, {}, "rounds of 10 s"),
    ],
)
def test_an_unmet_need_is_not_testable(
    tmp_path: Path, needs: dict[str, Any], machine: dict[str, Any], word: str
) -> None:
    """What the machine lacks is no fault of the claim."""
    found = verdict(run(tmp_path, pair(1.9, 8), **machine), speedup={"at_least": 3}, needs=needs)
    assert found.outcome is Outcome.NOT_TESTABLE
    assert word in found.reason


def test_the_workers_word_on_the_gil_goes_before_the_machines(tmp_path: Path) -> None:
    """A free-threaded build can run with its GIL on: what the workers saw counts."""
    a, b = pair(1.9, 8)
    b["extra_info"]["gil"] = False
    found = verdict(run(tmp_path, [a, b], gil=True), speedup={"at_least": 1}, needs={"gil": False})
    assert found.outcome is Outcome.HOLDS


def test_a_file_that_does_not_tell_its_gil_had_one_before_3_13(tmp_path: Path) -> None:
    """No build before 3.13 had none."""
    found = verdict(
        run(tmp_path, pair(1.9, 8), gil=None), speedup={"at_least": 1}, needs={"gil": True}
    )
    assert found.outcome is Outcome.HOLDS


def test_recorded_numbers_are_bounded_like_ratios(tmp_path: Path) -> None:
    """CPU seconds per second are a number a round."""
    cores = [1.0, 0.99, 1.01, 1.0, 1.0, 0.98, 1.02]
    entries = [files.entry("test_a", [1.0] * 7, recorded={"cores": cores})]
    rule = {"benchmark": "test_a", "name": "cores", "between": [0.95, 1.05]}
    found = verdict(run(tmp_path, entries), baseline=None, contender=None, recorded=rule)
    assert found.outcome is Outcome.HOLDS


def test_exact_means_every_round(tmp_path: Path) -> None:
    """One round in a hundred that is wrong is wrong."""
    errors = [0.0] * 99 + [1e-3]
    entries = [files.entry("test_a", [1.0] * 100, recorded={"error": errors})]
    rule = [{"benchmark": "test_a", "name": "error", "at_most": 1e-9}]
    found = verdict(run(tmp_path, entries), baseline=None, contender=None, exact=rule)
    assert found.outcome is Outcome.FAILS
    assert "1 of 100 rounds" in found.reason


def test_a_known_failure_is_no_unexpected_one(tmp_path: Path) -> None:
    """Failing as declared is the lesson, not an error."""
    found = verdict(
        run(tmp_path, pair(1.2, 12)), speedup={"at_least": 1.5}, known_failure="pages are shared"
    )
    assert found.outcome is Outcome.FAILS
    assert not found.unexpected_failure
    assert found.reason == "pages are shared"


def test_what_was_skipped_or_left_out_is_not_testable(tmp_path: Path) -> None:
    """A run says which benchmarks it skipped and that it was partial."""
    a, _ = pair(1.9, 8)
    skipped = run(tmp_path, [a], suite={"skipped": {"test_b": "install scikit-learn"}})
    partial = run(tmp_path / "b", [a], suite={"partial": True})
    for run_, word in [(skipped, "install scikit-learn"), (partial, "not measured")]:
        found = verdict(run_, speedup={"at_least": 1.5})
        assert found.outcome is Outcome.NOT_TESTABLE
        assert word in found.reason


def test_a_benchmark_that_always_failed_never_holds(tmp_path: Path) -> None:
    """A crash is no verdict."""
    a, _ = pair(1.9, 8)
    lost = {"failed": {"test_b": {"0": "child 1 of 2 was killed by SIGKILL"}}}
    found = verdict(run(tmp_path, [a], suite=lost), speedup={"at_least": 1.5})
    assert found.outcome is Outcome.UNDECIDED
    assert "SIGKILL" in found.reason


def test_an_absent_benchmark_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    """A slip in a name is told, not judged."""
    with pytest.raises(BadInputError, match=r"'test_bb'.*nearest: test_b"):
        verdict(run(tmp_path, pair(1.9, 8)), contender="test_bb", speedup={"at_least": 1.5})


def test_a_name_that_two_modules_share_is_an_error(tmp_path: Path) -> None:
    """Then the full name has to be written."""
    a, b = pair(1.9, 8)
    twin = files.entry("test_b", [1.0] * 8, fullname="other.py::test_b")
    run_ = run(tmp_path, [a, b, twin])
    with pytest.raises(BadInputError, match="names 2 benchmarks"):
        verdict(run_, speedup={"at_least": 1.5})
    found = verdict(run_, contender="test_file.py::test_b", speedup={"at_least": 1.5})
    assert found.outcome is Outcome.HOLDS


def test_an_interval_that_touches_the_bound_is_inside() -> None:
    """`At least` includes the bound itself."""
    bound = Bound(at_least=1.5)
    assert compare(stats.Interval(1.6, 1.5, 1.7), bound) is Outcome.HOLDS
    assert compare(stats.Interval(1.4, 1.3, 1.5), bound) is Outcome.UNDECIDED


def many(path: Path, truth: Sequence[float], blocks: int, seed: int = 1) -> list[Verdict]:
    """Judge claims of `at least 1.5` on contenders of known speedups, in one suite."""
    rng = np.random.default_rng(seed)
    base = np.exp(rng.normal(0, 0.02, blocks))
    entries = [files.entry("test_a", base.tolist())]
    for n, speedup in enumerate(truth):
        data = np.exp(rng.normal(0, 0.02, blocks)) / speedup
        entries.append(files.entry(f"test_c[{n}]", data.tolist()))
    told = [
        claim(id=f"c{n}", contender=f"test_c[{n}]", speedup={"at_least": 1.5})
        for n in range(len(truth))
    ]
    return judge_run(run(path, entries), told)


def test_a_finding_among_many_claims_needs_more_blocks(tmp_path: Path) -> None:
    """Six blocks let eight of eight hold; one of eight needs eight, and says so."""
    assert {v.outcome for v in many(tmp_path / "all", [1.9] * 8, 6)} == {Outcome.HOLDS}
    one = [1.9, *[1.5] * 7]
    found = many(tmp_path / "one", one, 6)[0]
    assert found.outcome is Outcome.UNDECIDED
    assert "6 blocks cannot support a verdict on 8 claims together; 8 are needed" in found.reason
    assert many(tmp_path / "more", one, 8)[0].outcome is Outcome.HOLDS


def test_an_alarm_among_many_claims_needs_more_blocks_however_many_there_are(
    tmp_path: Path,
) -> None:
    """What fails is not helped by others that fail: no suite is to have one false alarm."""
    assert {v.outcome for v in many(tmp_path / "few", [1.2] * 8, 6)} == {Outcome.UNDECIDED}
    assert {v.outcome for v in many(tmp_path / "more", [1.2] * 8, 8)} == {Outcome.FAILS}


def test_decided_claims_leave_their_share_to_the_others(tmp_path: Path) -> None:
    """Holm: with all others decided, the last is judged at the whole level."""
    found = many(tmp_path, [3.0, 3.0, 3.0, 1.5], 12)
    assert [v.outcome for v in found[:3]] == [Outcome.HOLDS] * 3
    assert found[3].joint_alpha == pytest.approx(0.05)


def test_a_suite_at_its_bounds_is_rarely_decided(tmp_path: Path) -> None:
    """Five claims at their bounds: at most 5 % of suites let any hold, or any fail."""
    suites = [{v.outcome for v in many(tmp_path, [1.5] * 5, 10, seed)} for seed in range(150)]
    for guess in (Outcome.HOLDS, Outcome.FAILS):
        wrong = sum(guess in suite for suite in suites)
        assert wrong / 150 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 150)


def test_a_run_stopped_by_its_precision_is_judged_at_a_lower_level(tmp_path: Path) -> None:
    """Looking at the width costs a fifth of alpha, and the interval is wider for it."""
    fixed = run(tmp_path / "a", pair(1.55, 12))
    stopping = {"stopping": {"ended": "precision", "precision": 0.05}}
    looked = run(tmp_path / "b", pair(1.55, 12), suite=stopping)
    assert verdict(fixed, speedup={"at_least": 1}).alpha == pytest.approx(0.05)
    assert verdict(looked, speedup={"at_least": 1}).alpha == pytest.approx(0.04)


def test_what_no_number_of_blocks_would_settle_is_futile(tmp_path: Path) -> None:
    """An estimate on the bound is; one beside it asks for more blocks."""
    run_ = run(tmp_path, pair(1.5, 12, noise=0.05))
    beside = verdict(run_, speedup={"at_least": 1.49})
    assert beside.estimate is not None
    assert beside.estimate.judged.pairs is not None
    middle = math.exp(float(np.median(beside.estimate.judged.pairs)))
    on = verdict(run_, speedup={"at_least": middle})
    assert (on.outcome, on.futile) == (Outcome.UNDECIDED, True)
    assert (beside.outcome, beside.futile) == (Outcome.UNDECIDED, False)
    assert "too near it for more blocks to settle" in on.reason
    assert "blocks" in beside.reason
    assert not verdict(run_, speedup={"at_least": 1}, needs={"cpus": 99}).futile


def accounted(path: Path, start_up: float, lost: float, extent: str = "most") -> Verdict:
    """Judge an accounting of 1 s of ideal time, 0.02 s of dispatch, 0.03 s unexplained."""
    rng = np.random.default_rng(5)
    blocks = 12
    times = {
        "test_a": 2.0,
        "test_b": 1.0 + start_up + 0.02 + lost + 0.03,
        "idle": start_up,
        "queue": start_up + 0.02,
        "cap[1]": 0.5,
        "cap[2]": 0.5 * (1 + lost),
    }
    entries = [
        files.entry(name, (t + rng.normal(0, 0.001, blocks)).tolist()) for name, t in times.items()
    ]
    return verdict(
        run(path, entries),
        capacity={"workers": 2, "one": "cap[1]", "together": "cap[2]"},
        accounting={
            "start_up": {"plus": "idle"},
            "dispatch": {"plus": "queue", "minus": "idle"},
            "blames": ["start_up"],
            "extent": extent,
        },
    )


def test_an_accounting_splits_the_excess_into_its_causes(tmp_path: Path) -> None:
    """The parts are those that were put in, and add up to the excess."""
    found = accounted(tmp_path, start_up=0.2, lost=0.05)
    assert found.outcome is Outcome.HOLDS
    assert found.estimate is not None
    centres = {name: part.interval(0.05).centre for name, part in found.estimate.parts.items()}
    expected = {"excess": 0.3, "start_up": 0.2, "dispatch": 0.02, "capacity": 0.05, "rest": 0.03}
    assert centres == pytest.approx(expected, abs=0.004)
    parts = [part.pairs for part in found.estimate.parts.values() if part.pairs is not None]
    assert len(parts) == len(expected)
    for data in zip(*parts, strict=True):
        assert data[0] == pytest.approx(sum(data[1:]))
    assert "the largest part: starting workers" in found.reason


def test_an_accounting_names_another_cause(tmp_path: Path) -> None:
    """Where capacity is what is missing, the claim fails and the report says what it is."""
    found = accounted(tmp_path, start_up=0.05, lost=0.4)
    assert found.outcome is Outcome.FAILS
    assert "the largest part: capacity that k workers do not have" in found.reason
    assert accounted(tmp_path, 0.05, 0.4, extent="some").outcome is Outcome.HOLDS


def test_a_run_older_than_a_claim_is_no_error_for_the_suites_own_claims(tmp_path: Path) -> None:
    """Not strict: what the run does not have is left out, and not counted against it."""
    told = [claim(speedup={"at_least": 1.5}, contender="test_new")]
    (found,) = judge_run(run(tmp_path, pair(1.9, 8)), told, strict=False)
    assert found.left_out
    assert found.outcome is Outcome.NOT_TESTABLE
    foreign = run(tmp_path / "f", pair(1.9, 8), suite=None)
    with pytest.raises(BadInputError, match="nearest"):
        judge_run(foreign, told, strict=False)


NEAR_THE_BOUND = [0.838, 0.978, 1.059, 0.687, 0.67, 1.029, 1.424, 1.252, 1.274, 0.861, 1.041, 1.928]
"""Ratios whose 95 % interval holds 1.25, and whose one-sided test at 5 % does not."""


@pytest.mark.parametrize(
    ("rule", "outcome", "where"),
    [({"at_least": 1.25}, Outcome.FAILS, "outside"), ({"at_most": 1.25}, Outcome.HOLDS, "within")],
)
def test_a_verdict_tells_the_interval_that_decides(
    tmp_path: Path, rule: dict[str, float], outcome: Outcome, where: str
) -> None:
    """Where the interval that is shown crosses the bound, the reason does not call it whole."""
    entries = [files.entry("test_a", NEAR_THE_BOUND), files.entry("test_b", [1.0] * 12)]
    found = verdict(run(tmp_path, entries), speedup=rule)
    assert found.estimate is not None
    shown = found.estimate.judged.interval(found.alpha)
    assert found.outcome is outcome
    assert shown.low < 1.25 < shown.high
    assert f"decided one-sided: the 90% interval [0.861, 1.22] is {where}" in found.reason


def test_a_verdict_whose_interval_is_inside_says_so(tmp_path: Path) -> None:
    """The usual case: the interval that is shown lies on one side of the bound."""
    found = verdict(run(tmp_path, pair(1.9, 12)), speedup={"at_least": 1.5})
    assert found.reason == "the whole interval is within the allowed range"


@pytest.mark.parametrize(
    ("suite", "outcome", "why"),
    [
        ({"skipped": {"test_file.py::test_b": "no GPU"}}, Outcome.NOT_TESTABLE, "no GPU"),
        ({"skipped": {"test_b": "no GPU"}}, Outcome.NOT_TESTABLE, "no GPU"),
        ({"failed": {"test_file.py::test_b": {"0": "boom"}}}, Outcome.UNDECIDED, "boom"),
    ],
)
@pytest.mark.parametrize("name", ["test_b", "test_file.py::test_b"])
def test_a_claim_on_what_gave_no_time_says_why_however_it_is_named(
    tmp_path: Path, suite: dict[str, Any], outcome: Outcome, why: str, name: str
) -> None:
    """Short or in full, in files that know it short or in full: no error of the whole run."""
    run_ = run(tmp_path, [files.entry("test_a", [1.0] * 8)], suite=suite)
    found = verdict(run_, contender=name, speedup={"at_least": 1.5})
    assert found.outcome is outcome
    assert why in found.reason
