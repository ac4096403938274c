"""How numbers and verdicts are written, the same in every format."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from analysis.environment import build_of, machine_at, named
from analysis.judge import PART_WORDS, Outcome, Verdict, bound_of
from analysis.stats import ALPHA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.load import Run
    from analysis.stats import Interval

WORDS = {
    Outcome.HOLDS: "holds",
    Outcome.FAILS: "fails",
    Outcome.UNDECIDED: "undecided",
    Outcome.NOT_TESTABLE: "not testable",
}
MARKS = {
    Outcome.HOLDS: "✓",
    Outcome.FAILS: "✗",
    Outcome.UNDECIDED: "?",
    Outcome.NOT_TESTABLE: "–",
}


PLAIN = (1e-3, 1e4)
"""Between these a number is written without an exponent."""


def number(value: float) -> str:
    """Write a number with three significant digits."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value and not PLAIN[0] <= abs(value) < PLAIN[1]:
        return f"{value:.2g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:.{digits}f}"


def interval(value: Interval, unit: str = "") -> str:
    """Write a centre and its interval: ``1.86× [1.80, 1.93]``."""
    text = f"{number(value.centre)}{unit}"
    return f"{text} [{number(value.low)}, {number(value.high)}]" if value.bounded else text


def here(verdict: Verdict) -> str:
    """Write what was measured, as the claim's rule sees it."""
    found, claim = verdict.estimate, verdict.claim
    if claim.exact is not None and verdict.outcome is not Outcome.NOT_TESTABLE:
        return f"{len(claim.exact)} checks, every round"
    if found is None:
        return "–"
    if found.speedup is None:
        return f"{interval(found.judged.interval(verdict.alpha))} {quantity(verdict)}"
    text = interval(found.speedup.interval(verdict.alpha), "×")
    if found.efficiency is not None:
        text += f"; of capacity {interval(found.efficiency.interval(verdict.alpha))}"
    return text


def quantity(verdict: Verdict) -> str:
    """Name what the rule bounds."""
    claim = verdict.claim
    if claim.efficiency is not None:
        return "of capacity"
    if claim.accounting is not None:
        blamed = " and ".join(PART_WORDS[name] for name in claim.accounting.blames)
        extent = claim.accounting.extent
        return f"s: {blamed}" + (" less half the excess" if extent == "most" else "")
    if claim.recorded is not None:
        return RECORDED_WORDS.get(claim.recorded.name, claim.recorded.name)
    return "speedup" if claim.speedup is not None else "checks"


RECORDED_WORDS = {
    "cores": "cores",
    "join_cores": "cores",
    "uss_share": "of the array",
    "over_longest": "of the longer alone",
    "break_even_seconds": "s of work",
    "serial_share": "of the work",
}


def allowed(verdict: Verdict) -> str:
    """Write what the claim allows."""
    if verdict.claim.exact is not None:
        return "exact"
    if verdict.claim.speedup is not None:
        return f"{bound_of(verdict.claim)}×"
    return f"{bound_of(verdict.claim)} {quantity(verdict)}"


def outcome(verdict: Verdict) -> str:
    """Write the verdict in words; a failure that was declared says so."""
    expected = verdict.outcome is Outcome.FAILS and verdict.claim.known_failure is not None
    return "fails as expected" if expected else WORDS[verdict.outcome]


def course(verdict: Verdict) -> str:
    """Write the course's numbers."""
    return str(verdict.claim.course) if verdict.claim.course is not None else "–"


def counts(verdicts: Sequence[Verdict]) -> str:
    """Say how many claims hold, fail, and so on."""
    shown = measured(verdicts)
    found = Counter(outcome(verdict) for verdict in shown)
    order = ["holds", "fails", "fails as expected", "undecided", "not testable"]
    plural = {"holds": "hold", "fails": "fail", "fails as expected": "fail as expected"}
    parts = [
        f"{found[word]} {word if found[word] == 1 else plural.get(word, word)}"
        for word in order
        if found[word]
    ]
    claims = "claim" if len(shown) == 1 else "claims"
    text = f"{len(shown)} {claims}: {', '.join(parts)}" if parts else "no claim was measured"
    left_out = len(verdicts) - len(shown)
    return f"{text} ({left_out} more not in this run)" if left_out else text


def measured(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts on claims that the run is about: those are shown."""
    return [verdict for verdict in verdicts if not verdict.left_out]


def described(run: Run) -> str:
    """Say in a line what was measured, and where."""
    machine, suite = run.machine, run.suite
    cpu = machine.get("cpu_model") or (machine.get("cpu") or {}).get("brand_raw")
    cpus = machine.get("usable_cpus") or (machine.get("cpu") or {}).get("count")
    parts = [
        str(cpu or machine.get("node") or "unknown machine"),
        f"{cpus} CPUs" if cpus else "",
        python_words(machine),
        f"scale {suite.scale}, {blocks_words(run)}" if suite else "not measured in blocks",
    ]
    return ", ".join(part for part in parts if part)


def short_names(runs: Sequence[Run]) -> list[str]:
    """Return what tells each run from the others: machine, Python, scale, or else its file."""
    parts = []
    for run in runs:
        machine = machine_at(str(run.path), build_of(run.machine), named(run.machine))
        scale = f"scale {run.suite.scale}" if run.suite else "not in blocks"
        parts.append((machine, python_words(run.machine), scale))
    differ = [n for n, values in enumerate(zip(*parts, strict=True)) if len(set(values)) > 1]
    names = [", ".join(part[n] for n in differ or [1]) for part in parts]
    if len(set(names)) < len(names):
        return [f"{name}, {run.path.name}" for name, run in zip(names, runs, strict=True)]
    return names


def python_words(machine: dict[str, object]) -> str:
    """Say which Python it was, and whether without a GIL."""
    python = f"{machine.get('python_implementation', '')} {machine.get('python_version', '')}"
    return python.strip() + (" without GIL" if machine.get("gil") is False else "")


def blocks_words(run: Run) -> str:
    """Say how many blocks there were: one number, or the range over experiments."""
    counts = {len(b.rounds) + len(b.info.lost) for b in run.benchmarks}
    few, many = min(counts), max(counts)
    return f"{many} blocks" if few == many else f"{few} to {many} blocks"


def level(verdicts: Sequence[Verdict]) -> str:
    """Say what the intervals and the verdicts promise."""
    statistical = [v for v in verdicts if v.estimate is not None]
    if not statistical:
        return "no intervals"
    text = "95 % intervals"
    if len(statistical) > 1:
        text += f"; {len(statistical)} claims judged together (Holm)"
    if statistical[0].alpha < ALPHA:
        text += f", at {1 - statistical[0].alpha:.0%} because blocks were added until narrow"
    return text


def percent(ratio: Interval) -> str:
    """Write a ratio as a change in per cent with its interval."""
    low, high = (f"{(value - 1) * 100:+.1f}" for value in (ratio.low, ratio.high))
    return f"{(ratio.centre - 1) * 100:+.1f} % [{low}, {high}]"
