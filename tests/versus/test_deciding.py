"""What pairs say of each benchmark, on ratios of known truth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.versus import deciding
from parallel_claims.versus.records import Difference, Finding, Lost, Pair, RunsOn, Slices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_claims import stats


def pairs(ratios: Mapping[str, Sequence[float] | stats.Floats], stage: int = 1) -> list[Pair]:
    """Return pairs with these log ratios, by benchmark; None is a lost one."""
    count = max(map(len, ratios.values()))
    return [
        Pair(
            number,
            stage,
            None,
            number,
            {
                name: Slices((1.0,), (math.exp(values[number]),), float(values[number]))
                for name, values in ratios.items()
                if number < len(values)
            },
            {name: Lost("gone") for name, values in ratios.items() if number >= len(values)},
        )
        for number in range(count)
    ]


def ends(one: Difference) -> tuple[float, float]:
    """Return the ends of what was found of a benchmark that was measured."""
    assert one.ratio is not None
    return one.ratio.low, one.ratio.high


def noise(seed: int, *shape: int) -> stats.Floats:
    """Return log ratios of an unchanged benchmark, 1 % apart from pair to pair."""
    return np.random.default_rng(seed).normal(0, 0.01, shape)


def test_what_is_open_is_measured_again() -> None:
    """What is too noisy, and what was lost; not what certainly differs, or is the same."""
    first = pairs({"a": noise(0, 12) + 0.1, "b": noise(1, 12) * 9, "c": noise(2, 12), "d": []})
    names = ["d", "c", "b", "a", "e"]
    assert deciding.suspects(first, names, 0.05) == ["d", "b", "e"]


def test_all_pairs_decide() -> None:
    """A suspect's new pairs count with its first ones; one that calms down is the same."""
    wide = [noise(seed, 12) * 15 + shift for seed, shift in ((0, 0.0), (1, 0.06))]
    first = pairs({"a": wide[0], "b": wide[1], "c": noise(2, 12)})
    names = ["a", "b", "c"]
    assert deciding.suspects(first, names, 0.05) == ["a", "b"]
    second = pairs({"a": noise(3, 20), "b": noise(4, 20) + 0.06}, stage=2)
    a, b, c = deciding.decide([*first, *second], names, 0.05)
    assert [one.finding for one in (a, b, c)] == [Finding.SAME, Finding.SLOWER, Finding.SAME]
    assert [one.pairs for one in (a, b, c)] == [32, 32, 12]
    assert [one.suspect for one in (a, b, c)] == [True, True, False]


def test_a_sure_difference_within_the_band_is_the_same() -> None:
    """One per cent, for certain, is no news at 5 %; at 0.5 % it is."""
    first = pairs({"a": noise(0, 20) / 10 + 0.01})
    assert deciding.decide(first, ["a"], 0.05)[0].finding is Finding.SAME
    assert deciding.decide(first, ["a"], 0.005)[0].finding is Finding.SLOWER


def test_too_few_pairs_say_nothing() -> None:
    """One, or five: cannot tell, and the interval has no ends; without any there is no ratio."""
    for count in (0, 1, 5):
        found = deciding.decide(pairs({"a": noise(0, count), "b": noise(1, 9)}), ["a"], 0.05)
        assert found[0].finding is Finding.CANNOT_TELL
        assert found[0].pairs == count
        if count:
            assert ends(found[0]) == (0.0, math.inf)
        else:
            assert found[0].ratio is None
    assert deciding.decide([], [], 0.05) == ()


def test_a_claim_is_slower_where_its_ratio_fell() -> None:
    """A speedup that fell by a fifth is worse; one that rose is better."""
    changes = noise(0, 12) - 0.2, noise(1, 12) + 0.2, noise(2, 12)
    found = deciding.decide_claims([x.tolist() for x in changes], 0.05)
    assert [one.finding for one in found] == ["slower", "faster", "same"]
    assert ends(found[0])[1] < 1


TRUTH = {"slow": 0.1, "fast": -0.1, "slight": 0.05, "none": 0.0, "wide": 0.0}


def compared(seed: int, sign: int = 1, more: float = 0.0) -> list[Pair]:
    """Return pairs of benchmarks of known truth, with heavy tails; the suspects' second stage."""
    rng = np.random.default_rng(seed)
    spread = np.array([0.02, 0.02, 0.02, 0.01, 0.4])
    values = np.array(list(TRUTH.values())) + rng.standard_t(3, (36, len(TRUTH))) * spread / 1.7
    values[:, 0] += more
    first = pairs(dict(zip(TRUTH, (sign * values[:12]).T, strict=True)))
    again = deciding.suspects(first, list(TRUTH), 0.05)
    columns = dict(zip(TRUTH, (sign * values[12:]).T, strict=True))
    return [*first, *pairs({name: columns[name] for name in again}, stage=2)]


def findings(measured: Sequence[Pair], names: Sequence[str] = tuple(TRUTH)) -> dict[str, str]:
    """Return what is found of each benchmark."""
    return {one.name: one.finding for one in deciding.decide(measured, names, 0.05)}


def test_the_truth_is_found() -> None:
    """In fifty comparisons: all of 10 %, most of 5 %, nothing of what did not change."""
    found = [findings(compared(seed)) for seed in range(50)]
    counts = {name: [one[name] for one in found] for name in TRUTH}
    assert counts["slow"].count("slower") == counts["fast"].count("faster") == 50
    assert counts["slight"].count("slower") >= 45
    assert counts["none"].count("same") == 50
    assert counts["wide"].count("cannot-tell") >= 45
    assert not {"slower", "faster"} & {*counts["none"], *counts["wide"]}


def test_exchanged_sides_exchange_slower_and_faster() -> None:
    """And nothing else: the intervals are each other's inverse."""
    turned = {"slower": "faster", "faster": "slower"}
    for seed in range(5):
        there, back = compared(seed), compared(seed, sign=-1)
        wanted = {name: turned.get(one, one) for name, one in findings(there).items()}
        assert findings(back) == wanted
        for a, b in zip(
            *(deciding.decide(x, list(TRUTH), 0.05) for x in (there, back)), strict=True
        ):
            assert math.isclose(ends(a)[0] * ends(b)[1], 1)


def test_no_order_matters() -> None:
    """Neither that of the benchmarks nor that of the pairs; each is in its place."""
    measured = compared(1)
    names = list(TRUTH)[::-1]
    assert list(findings(measured[::-1], names)) == names
    assert findings(measured[::-1], names) == findings(measured)


def test_a_larger_difference_is_found_as_well() -> None:
    """More of the same never makes a slower benchmark anything else."""
    for more in (0.0, 0.05, 0.5, 3.0):
        assert findings(compared(2, more=more))["slow"] == "slower"


def test_a_verdict_never_contradicts_its_interval() -> None:
    """Slower lies above 1, faster below, the same within the band, at any number of pairs."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        shape = (rng.integers(1, 30), rng.integers(1, 25))
        values = rng.normal(rng.choice([0, 0.05, 0.1], (shape[0], 1)), 0.02, shape)
        rounded = {str(i): x.round(2) for i, x in enumerate(values)}
        for one in deciding.decide(pairs(rounded), list(rounded), 0.05):
            low, high = ends(one)
            assert one.finding is not Finding.SLOWER or low > 1
            assert one.finding is not Finding.FASTER or high < 1
            assert one.finding is not Finding.SAME or 1 / 1.05 < low <= high < 1.05


def test_what_was_lost_again_keeps_its_first_pairs() -> None:
    """A suspect whose new pairs gave nothing is one all the same."""
    first = pairs({"a": noise(0, 12) + 0.1})
    lost = Pair(12, 2, None, 0, {}, {"a": Lost("lost with its process")})
    found = deciding.decide([*first, lost], ["a"], 0.05)[0]
    assert (found.finding, found.suspect, found.pairs) == (Finding.SLOWER, True, 12)


def lost_in(ran: int, *lost: Lost) -> list[Pair]:
    """Return so many pairs in which a benchmark ran, and some in which it did not."""
    whole = pairs({"a": [0.0] * ran}) if ran else []
    return [*whole, *(Pair(100 + n, 1, None, 0, {}, {"a": one}) for n, one in enumerate(lost))]


FIRST, SECOND, BOTH = (Lost("why", frozenset(sides)) for sides in ({0}, {1}, {0, 1}))


def test_what_mostly_fails_on_one_side_does_not_run_there() -> None:
    """By most of its pairs; a few failures are lost pairs, and another's end says nothing."""
    for measured, runs in (
        (lost_in(0, SECOND), RunsOn.FIRST_ONLY),
        (lost_in(1, SECOND, SECOND), RunsOn.FIRST_ONLY),
        (lost_in(0, FIRST, FIRST, BOTH), RunsOn.SECOND_ONLY),
        (lost_in(0, BOTH, BOTH, SECOND), RunsOn.NOWHERE),
    ):
        found = deciding.not_running(measured, "a")
        assert found is not None
        assert found.runs is runs
    for measured in (
        [], lost_in(3), lost_in(2, SECOND, SECOND), lost_in(0, Lost("another's end")),
    ):  # fmt: skip
        assert deciding.not_running(measured, "a") is None
    told = deciding.not_running(lost_in(1, SECOND, SECOND), "a")
    assert told is not None
    assert told.why == "why (in 2 of 3 pairs)"
