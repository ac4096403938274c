"""A machine's calibration: reads noise, and simulates suites on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats
from parallel_claims.errors import BadInputError
from parallel_claims.judge.contrast import Contrast
from parallel_claims.judge.ratio import Terms
from parallel_claims.judge.rule import Form
from parallel_claims.judge.table import Table, log_ratio
from parallel_claims.noise import recorded, rules, simulate
from parallel_claims.noise.calibration import Calibration, Real, Recorded, Row, Trace
from parallel_claims.saved import form, reading
from parallel_claims.saved.names import AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.random import Generator

    from parallel_claims.judge.claims import Claim
    from parallel_claims.stats import Floats


@dataclass(frozen=True)
class Noise:
    """A series of log seconds of unchanged work in order of time, and where it is from."""

    source: str
    values: Floats


def read_noise(path: Path) -> Noise:
    """Read noise from a CSV of seconds, or from a run that was measured against itself.

    Several columns are variants measured in turn, each taken relative to its own median.

    Raises:
        BadInputError: the file is neither.
    """
    if path.suffix == ".json":
        return Noise(str(path), from_run(reading.read(path)))
    try:
        seconds = np.loadtxt(path, delimiter=",", ndmin=2, dtype=np.float64)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror or error}"
        raise BadInputError(message) from None
    except ValueError as error:
        message = f"{path}: not a CSV of seconds: {str(error).splitlines()[0]}"
        raise BadInputError(message) from None
    if not seconds.size or not (np.isfinite(seconds) & (seconds > 0)).all():
        message = f"{path}: every value must be a time above 0 s"
        raise BadInputError(message)
    logs = np.log(seconds)
    return Noise(str(path), (logs - np.median(logs, axis=0)).ravel())


def from_run(run: form.Run) -> Floats:
    """Return the noise of a run: log seconds less their variant's median, in order of time.

    Raises:
        BadInputError: the run was not measured against itself.
    """
    require_against_itself(run)
    frame = run.frame().sort_values(["block", "position"])
    logs = np.log(frame["seconds"])
    return np.asarray(logs - logs.groupby(frame["fullname"]).transform("median"), dtype=np.float64)


def require_against_itself(run: form.Run) -> None:
    """Refuse a run in which variants differ by more than noise.

    Raises:
        BadInputError: the run was not measured against itself.
    """
    if run.suite is None or not run.suite.against_itself:
        message = f"{run.path}: not a run that was measured with --blocks-against-itself"
        raise BadInputError(message)


def real_suites(run: form.Run) -> Real:
    """Cut an A/A run into suites, and judge each variant as *at least as fast* as itself.

    Raises:
        BadInputError: the run was not measured against itself, or is too short.
    """
    require_against_itself(run)
    table = Table(run)
    names = [b.name for b in run.benchmarks if not b.name.endswith(AGAIN)]
    same = [log_ratio(table, Terms(((1, name), (-1, name + AGAIN)))) for name in names]
    ratios = [quantity.pairs for quantity in same if quantity.pairs is not None]
    shortest = min(map(len, ratios), default=0)
    rule = simulate.real_rule(shortest)
    if rule is None:
        message = f"{run.path}: {shortest} blocks; a suite needs {stats.FEWEST}: measure more"
        raise BadInputError(message)
    blocks = rule.looks[-1]
    count = shortest // blocks
    x = np.stack([r[: count * blocks].reshape(count, blocks) for r in ratios], axis=1)
    found = simulate.judge(x, rule, simulate.apart(len(ratios)))
    return Real(
        count,
        len(ratios),
        rule.looks,
        int(found.fails.any(axis=1).sum()),
        int(found.holds.any(axis=1).sum()),
        simulate.coverage(x, found.used),
    )


def contrasts(claims: Sequence[Claim]) -> list[Sequence[tuple[int, str]]]:
    """Return what the claims on ratios compare, as signed benchmark names."""
    return [terms.signs for claim in claims if (terms := claim.rule.terms) is not None]


def baselines(claims: Sequence[Claim]) -> list[str]:
    """Return the baselines of the claims on ratios, each once."""
    return list(
        dict.fromkeys(claim.rule.work for claim in claims if isinstance(claim.rule, Contrast))
    )


def calibrate(
    noises: Sequence[Noise], claims: Sequence[Claim], sims: int, seed: int, real: Real | None
) -> Calibration:
    """Simulate suites of these claims on traces of noise, and on recorded numbers.

    Raises:
        BadInputError: a trace is too short for the first look, or no claim is on a ratio.
    """
    traces = [on_trace(noise, claims, sims, seed) for noise in noises]
    numbers = sum(claim.rule.form is Form.NUMBER for claim in claims)
    recorded_ = on_recorded(numbers, sims, np.random.default_rng(seed)) if numbers else []
    return Calibration(sims, seed, traces, recorded_, real)


def on_trace(noise: Noise, claims: Sequence[Claim], sims: int, seed: int) -> Trace:
    """Simulate suites of these claims on a trace of noise."""
    rng = np.random.default_rng(seed)
    suite = simulate.design(contrasts(claims))
    if not suite.claims:
        message = "no claim bounds a speedup or an efficiency: there is nothing to simulate"
        raise BadInputError(message)
    rule = simulate.real_rule(len(noise.values) // suite.variants)
    if rule is None:
        message = (
            f"{noise.source}: {len(noise.values)} rounds of noise; {stats.FEWEST} blocks of "
            f"{suite.variants} variants need {stats.FEWEST * suite.variants}: measure more"
        )
        raise BadInputError(message)
    accounts = sum(claim.rule.form is Form.SECONDS for claim in claims)
    rows = list(on_ratios(noise.values, suite, rule, sims, rng))
    if accounts:
        rows += on_accounts(noise.values, accounts, sims, rng)
    rounds = min(20, len(noise.values) // 2)
    return Trace(
        noise.source,
        len(noise.values),
        suite.variants,
        suite.claims,
        accounts,
        rule.looks,
        len(noise.values) // (rule.looks[-1] * suite.variants),
        rows,
        rounds,
        rules.spread(noise.values, rounds, sims, rng),
        compared_rules(noise.values, rounds, sims, rng),
    )


def on_ratios(
    noise: Floats, suite: simulate.Design, rule: simulate.Rule, sims: int, rng: Generator
) -> Iterator[Row]:
    """Yield what happens to ratios: with looks, in one look, and one after the other."""
    most = rule.looks[-1]
    x = simulate.suites(noise, suite, most, sims, rng, in_blocks=True)
    for truth, found in simulate.every(rule, x, suite.needs, simulate.FAR).items():
        yield Row("looks", truth, found)
    once = simulate.one_look(most)
    yield Row("one look", "all", simulate.figures(x, once, suite.needs))
    x = simulate.suites(noise, suite, most, sims, rng, in_blocks=False)
    yield Row("one after the other", "all", simulate.figures(x, once, suite.needs))


def on_accounts(noise: Floats, accounts: int, sims: int, rng: Generator) -> Iterator[Row]:
    """Yield what happens to seconds that are added up, as far as the trace is long enough."""
    rule = simulate.real_rule(len(noise) // (3 * accounts), ratio=False)
    if rule is None:
        return
    x = recorded.seconds_of_accounts(noise, accounts, rule.looks[-1], sims, rng)
    needs = simulate.apart(accounts)
    for truth, found in simulate.every(rule, x, needs, recorded.FAR_SECONDS).items():
        yield Row("seconds", truth, found)


def on_recorded(claims: int, sims: int, rng: Generator) -> list[Recorded]:
    """Simulate suites of recorded numbers that are tied to their neighbours."""
    rule = simulate.real_rule(stats.MOST, ratio=False)
    assert rule is not None
    needs = simulate.apart(claims)
    rows = []
    for heavy in (False, True):
        for correlation in recorded.CORRELATIONS:
            x = recorded.series(correlation, sims, claims, stats.MOST, rng, heavy=heavy)
            found = simulate.every(rule, x, needs, recorded.FAR)
            rows += [
                Recorded(claims, correlation, heavy, truth, row) for truth, row in found.items()
            ]
    return rows


def compared_rules(
    noise: Floats, rounds: int, sims: int, rng: Generator
) -> dict[str, dict[str, float]]:
    """Return how often well-known rules find what is not there, in either order."""
    found: dict[str, dict[str, float]] = {}
    for label, in_blocks in (("sequential", False), ("in_blocks", True)):
        pair = rules.pair_of_samples(noise, rounds, sims, rng, in_blocks=in_blocks)
        for name, rate in rules.well_known_rules(*pair):
            found.setdefault(name, {})[label] = rate
    return found
