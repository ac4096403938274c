"""How numbers and verdicts are written, the same in every format."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from parallel_claims.judge.outcome import Outcome, Verdict
from parallel_claims.judge.rule import Form
from parallel_claims.quantities import number, unit_of_time
from parallel_claims.saved.names import build_of, machine_at, named
from parallel_claims.stats.intervals import ALPHA, Interval
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.judge.rule import Bound
    from parallel_claims.saved.form import Run

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


def interval(value: Interval, unit: str = "") -> str:
    """Write a centre and its interval: ``1.86× [1.80, 1.93]``."""
    text = f"{number(value.centre)}{unit}"
    return f"{text} [{number(value.low)}, {number(value.high)}]" if value.bounded else text


def seconds(value: Interval) -> str:
    """Write seconds and their interval, all in one unit: ``1.23 ms [1.20, 1.27]``.

    The unit is the centre's; around 0, where the centre says nothing, that of the larger end.
    """
    around = value.bounded and value.low <= 0 <= value.high
    largest = max(abs(value.low), abs(value.high)) if around else value.centre
    step, unit = unit_of_time(largest)
    return interval(Interval(value.centre / step, value.low / step, value.high / step), f" {unit}")


def in_unit(value: Interval, unit: str) -> str:
    """Write a number that was recorded, in the unit that its claim names.

    Numbers in ``s``, ``s of work`` and the like are written as seconds are.
    """
    if not SECONDS.match(unit):
        return f"{interval(value)} {unit}".strip()
    return seconds(value) + unit.removeprefix("s")


SECONDS = re.compile(r"s(?=$|[ :/])")
"""How the unit of a number in seconds begins."""


def alone(value: float, unit: str) -> str:
    """Write a number without an interval, in the unit that a claims file names."""
    return in_unit(Interval(value, -math.inf, math.inf), unit)


def here(verdict: Verdict) -> str:
    """Write what was measured, as the claim's rule sees it."""
    found, rule = verdict.estimate, verdict.claim.rule
    if rule.form is Form.CHECKS and verdict.outcome is not Outcome.NOT_TESTABLE:
        return f"{rule.unit}, every round"
    if found is None:
        return "–"
    if found.speedup is None:
        return in_unit(found.judged.interval(verdict.alpha), rule.unit)
    text = speed(found.speedup.interval(verdict.alpha))
    if found.efficiency is not None:
        text = f"{given(found.efficiency.interval(verdict.alpha))}; {text}"
    return text


def given(value: Interval) -> str:
    """Write a share of what the machine can give: ``97 % [91, 103] of what … can give``."""
    ends = f" [{value.low * 100:.0f}, {value.high * 100:.0f}]" if value.bounded else ""
    return f"{value.centre * 100:.0f} %{ends} of what this machine can give"


def speed(value: Interval) -> str:
    """Write a speedup: ``1.89× as fast [1.80, 1.95]``, or near 1 as per cent of the time.

    Slower by 7 % is taking 7 % more time; faster by 7 %, doing 7 % more in the same time.
    """
    if not NEAR[0] <= value.centre <= NEAR[1]:
        ends = f" [{number(value.low)}, {number(value.high)}]" if value.bounded else ""
        return f"{number(value.centre)}× as fast{ends}"
    if not value.bounded:
        return changed(value.centre)
    return f"{changed(value.centre)} [{changed(value.low)} to {changed(value.high)}]"


NEAR = (0.5, 1.25)
"""Speedups between these are written as slower or faster by so many per cent."""


def changed(ratio: float) -> str:
    """Write a speedup as ``7 % slower`` or ``3 % faster``; far off as a multiple."""
    if not FAR[0] <= ratio <= FAR[1]:
        return f"{number(ratio)}×"
    more = (ratio - 1 if ratio >= 1 else 1 / ratio - 1) * 100
    text = f"{more:.1f}" if more < 1 else f"{more:.0f}"
    return f"{text} % {'faster' if ratio >= 1 else 'slower'}"


FAR = (0.1, 10.0)
"""Beyond these per cent say nothing to a reader."""


def beside(verdict: Verdict) -> str:
    """Say what a reader of a verdict should know beside its numbers."""
    parts = []
    if verdict.overhead is not None:
        parts.append(f"starting and sending work is {verdict.overhead:.0%} of the ideal time")
    if verdict.left_at is not None:
        parts.append(f"decided after {verdict.left_at} blocks")
    return "".join(f"; {part}" for part in parts)


def allowed(verdict: Verdict) -> str:
    """Write what the claim allows."""
    rule = verdict.claim.rule
    written = {
        Form.CHECKS: "exact",
        Form.TIMES: f"{rule.bound}×",
        Form.SHARE: percentages(rule.bound),
    }
    return written.get(rule.form, f"{rule.bound} {rule.unit}")


def percentages(bound: Bound) -> str:
    """Write a bound on a share in per cent."""
    ends = [f"{end * 100:g}" for end in (bound.low, bound.high) if math.isfinite(end)]
    sign = "" if len(ends) > 1 else "≥ " if math.isfinite(bound.low) else "≤ "
    return f"{sign}{' to '.join(ends)} %"


def outcome(verdict: Verdict) -> str:
    """Write the verdict in words; a failure that was declared says so."""
    expected = verdict.outcome is Outcome.FAILS and verdict.claim.known_failure is not None
    return "fails as expected" if expected else WORDS[verdict.outcome]


def published(verdict: Verdict) -> str:
    """Write the figures that were published with the statement."""
    return str(verdict.claim.published) if verdict.claim.published is not None else "–"


def published_by(verdicts: Sequence[Verdict]) -> str:
    """Return whom the published figures are by; nothing where there are none."""
    found = (v.claim.published.by or "published" for v in verdicts if v.claim.published)
    return next(found, "")


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
    left_out = sum(verdict.left_out and not verdict.claim.optional for verdict in verdicts)
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
        f"size {suite.size}" if suite and suite.size else "",
        blocks_words(run) if run.in_blocks else "not measured in blocks",
    ]
    return ", ".join(part for part in parts if part)


def short_names(runs: Sequence[Run]) -> list[str]:
    """Return what tells each run from the others: machine, Python, size, or else its file."""
    parts = []
    for run in runs:
        machine = machine_at(str(run.path), build_of(run.machine), named(run.machine))
        size = (run.suite.size and f"size {run.suite.size}") if run.suite else "not in blocks"
        parts.append((machine, python_words(run.machine), size))
    differ = [n for n, values in enumerate(zip(*parts, strict=True)) if len(set(values)) > 1]
    names = [", ".join(part[n] for n in differ or [1] if part[n]) for part in parts]
    if len(set(names)) < len(names):
        return [f"{name}, {visible(run.path.name)}" for name, run in zip(names, runs, strict=True)]
    return names


def python_words(machine: dict[str, object]) -> str:
    """Say which Python it was, and whether without a GIL."""
    python = f"{machine.get('python_implementation', '')} {machine.get('python_version', '')}"
    return python.strip() + (" without GIL" if machine.get("gil") is False else "")


def blocks_words(run: Run) -> str:
    """Say how many blocks there were, one number or the range over groups; in how many processes.

    Verdicts rest on processes: what varies between them is not seen in one.
    """
    counts = {len(b.rounds) + len(b.info.lost) for b in run.benchmarks}
    few, many = min(counts), max(counts)
    blocks = f"{many} block{'s' * (many != 1)}" if few == many else f"{few} to {many} blocks"
    if run.processes > 1:
        return f"{blocks} in {run.processes} processes"
    return f"{blocks} of one process"


def level(verdicts: Sequence[Verdict]) -> str:
    """Say what the intervals and the verdicts promise."""
    statistical = [v for v in verdicts if v.estimate is not None]
    if not statistical:
        return "no intervals"
    text = "95 % intervals"
    if len(statistical) > 1:
        text += (
            f"; {len(statistical)} claims judged together: a false “fails” in at most 5 % of runs, "
            "at most 5 % of “holds” false"
        )
    if statistical[0].alpha < ALPHA:
        text += f"; at {1 - statistical[0].alpha:.0%} because blocks were added until narrow"
    return text


def percent(ratio: Interval) -> str:
    """Write a ratio as a change in per cent with its interval."""
    low, high = (f"{(value - 1) * 100:+.1f}" for value in (ratio.low, ratio.high))
    return f"{(ratio.centre - 1) * 100:+.1f} % [{low}, {high}]"


MOST_NAMED = 3
"""Benchmarks, or claims, that are named in a line."""


def listed(names: Sequence[str]) -> str:
    """Return names in a line, only the first of many."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
