"""A machine's calibration: reads noise, simulates suites on it, writes what came out."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis import folders, load, simulate, stats
from analysis.errors import BadInputError
from analysis.estimate import Table, Terms, efficiency_of, log_ratio, speedup_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.claims import Claim
    from analysis.stats import Floats

BLOCKS = (6, 8, 10, 15, 20, 30, 40)
RULE = simulate.Rule(precision=0.05, fewest=12, most=40)
AGAIN = " again"
"""What the name of a variant ends in where it was measured against itself."""


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
        return Noise(str(path), from_run(load.read(path)))
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


def from_run(run: load.Run) -> Floats:
    """Return the noise of a run: log seconds less their variant's median, in order of time.

    Raises:
        BadInputError: the run was not measured against itself.
    """
    require_against_itself(run)
    frame = run.frame().sort_values(["block", "position"])
    logs = np.log(frame["seconds"])
    return np.asarray(logs - logs.groupby(frame["fullname"]).transform("median"), dtype=np.float64)


def require_against_itself(run: load.Run) -> None:
    """Refuse a run in which variants differ by more than noise.

    Raises:
        BadInputError: the run was not measured against itself.
    """
    if run.suite is None or not run.suite.against_itself:
        message = f"{run.path}: not a run that was measured with --against-itself"
        raise BadInputError(message)


@dataclass(frozen=True)
class RealSuites:
    """Suites of a real A/A run: how many, of how many blocks and claims, and wrong ones."""

    suites: int
    blocks: int
    claims: int
    false: int
    coverage: float


def real_suites(run: load.Run, blocks: int) -> RealSuites:
    """Cut an A/A run into suites of so many blocks, and judge each variant against itself.

    Raises:
        BadInputError: the run was not measured against itself, or is too short.
    """
    require_against_itself(run)
    table = Table(run)
    names = [b.name for b in run.benchmarks if not b.name.endswith(AGAIN)]
    same = [log_ratio(table, Terms(((1, name), (-1, name + AGAIN)))) for name in names]
    ratios = [quantity.pairs for quantity in same if quantity.pairs is not None]
    count = min(map(len, ratios)) // blocks
    if not count:
        message = f"{run.path}: {min(map(len, ratios))} blocks, a suite needs {blocks}"
        raise BadInputError(message)
    x = np.stack([r[: count * blocks].reshape(count, blocks) for r in ratios], axis=1)
    found = simulate.row([x])
    return RealSuites(count, blocks, len(names), round(found.false_suites * count), found.coverage)


def contrasts(claims: Sequence[Claim]) -> list[Sequence[tuple[int, str]]]:
    """Return what the claims on ratios compare, as signed benchmark names."""
    return [
        (efficiency_of(claim) if claim.efficiency is not None else speedup_of(claim)).signs
        for claim in claims
        if claim.baseline is not None and claim.contender is not None
    ]


def baselines(claims: Sequence[Claim]) -> list[str]:
    """Return the baselines of the claims on ratios, each once."""
    return list(dict.fromkeys(claim.baseline for claim in claims if claim.baseline))


def calibrate(noise: Noise, claims: Sequence[Claim], sims: int, seed: int) -> dict[str, Any]:
    """Simulate suites of these claims on a trace of noise.

    Raises:
        BadInputError: the trace is too short for the fewest blocks.
    """
    rng = np.random.default_rng(seed)
    suite = simulate.design(contrasts(claims))
    longest = len(noise.values) // suite.variants
    counts = [n for n in BLOCKS if n <= longest]
    if not counts:
        message = (
            f"{noise.source}: {len(noise.values)} rounds of noise; {BLOCKS[0]} blocks of "
            f"{suite.variants} variants need {BLOCKS[0] * suite.variants}: measure more"
        )
        raise BadInputError(message)
    rule = simulate.Rule(RULE.precision, min(RULE.fewest, longest), min(RULE.most, longest))

    def drawn(blocks: int, *, in_blocks: bool) -> list[Floats]:
        return simulate.suites(noise.values, suite, blocks, sims, rng, in_blocks=in_blocks)

    rounds = min(20, len(noise.values) // 2)
    rules: dict[str, dict[str, float]] = {}
    for label, in_blocks in (("sequential", False), ("in_blocks", True)):
        pair = simulate.pair_of_samples(noise.values, rounds, sims, rng, in_blocks=in_blocks)
        for name, rate in simulate.well_known_rules(*pair):
            rules.setdefault(name, {})[label] = rate
    return {
        "source": noise.source,
        "rounds": len(noise.values),
        "sims": sims,
        "seed": seed,
        "variants": suite.variants,
        "claims": suite.claims,
        "in_blocks": [asdict(simulate.row(drawn(n, in_blocks=True))) for n in counts],
        "sequential": [asdict(simulate.row(drawn(n, in_blocks=False))) for n in counts],
        "stopped": asdict(simulate.stopped(drawn(rule.most, in_blocks=True), rule)),
        "rule": asdict(rule),
        "spread_20_pairs": simulate.spread(noise.values, rounds, sims, rng),
        "rules_rounds": rounds,
        "rules": rules,
    }


def document(tables: Sequence[dict[str, Any]], real: RealSuites | None) -> str:
    """Return a calibration as it is saved; numbers that are infinite become null."""
    content = {
        "schema": 1,
        "alpha": stats.ALPHA,
        "simulated": list(tables),
        "real": asdict(real) if real is not None else None,
    }
    return json.dumps(finite(content), indent=1, allow_nan=False) + "\n"


def finite(value: Any) -> Any:
    """Replace infinities, which JSON cannot hold, by None, at any depth."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def belonging_to(run: load.Run) -> str:
    """Quote the calibration that lies beside a run, or say that there is none."""
    path = run.path.parent / folders.CALIBRATION
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = content["simulated"][0]["stopped"]
        sequential = content["simulated"][0]["sequential"][-1]
        text = (
            f"calibrated on this machine's noise: intervals hold the truth in "
            f"{found['coverage']:.1%}, {found['false_suites']:.1%} of suites have a false verdict "
            f"({sequential['false_suites']:.0%} if measured one after the other)"
        )
        real = content["real"]
    except FileNotFoundError:
        return "no calibration of this machine and Python yet: python -m analysis calibrate"
    except (OSError, ValueError, LookupError, TypeError):
        return f"{path}: not a calibration: python -m analysis calibrate makes it anew"
    if real:
        text += f"; {real['false']} of {real['suites']} real A/A suites had one"
    return text
