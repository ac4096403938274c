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
    """Write seconds and their interval, all in one unit: ``1.23 ms [1.20, 1.27]``."""
    step, unit = unit_for(value)
    return interval(Interval(value.centre / step, value.low / step, value.high / step), f" {unit}")


def unit_for(value: Interval) -> tuple[float, str]:
    """Return the unit of an interval in seconds: the centre's.

    Around 0, where the centre says nothing, it is that of the larger end.
    """
    around = value.bounded and value.low <= 0 <= value.high
    return unit_of_time(max(abs(value.low), abs(value.high)) if around else value.centre)


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
    """Write what was measured, in the unit of what is allowed; then what else is known of it."""
    found, rule = verdict.estimate, verdict.claim.rule
    if rule.form is Form.CHECKS and verdict.outcome is not Outcome.NOT_TESTABLE:
        return f"{rule.unit}, every round"
    if found is None:
        return ""
    more = []
    if found.speedup is not None and rule.form is not Form.TIMES:
        more.append(speed(found.speedup.interval(verdict.alpha)))
    if found.efficiency is not None and rule.form is not Form.SHARE:
        more.append(given(found.efficiency.interval(verdict.alpha)))
    return "; ".join([in_its_unit(verdict, found.judged.interval(verdict.alpha)), *more])


def in_its_unit(verdict: Verdict, value: Interval) -> str:
    """Write a number in the unit of what a claim allows."""
    rule = verdict.claim.rule
    if rule.form is Form.TIMES:
        return speed(value, slow=verdict.claim.slower)
    return given(value) if rule.form is Form.SHARE else in_unit(value, rule.unit)


def given(value: Interval) -> str:
    """Write a share of what the machine can give: ``97 % [91, 103] of what … can give``."""
    ends = f" [{value.low * 100:.0f}, {value.high * 100:.0f}]" if value.bounded else ""
    return f"{value.centre * 100:.0f} %{ends} of what this machine can give"


def speed(value: Interval, *, slow: bool = False) -> str:
    """Write a speedup: ``1.89× as fast [1.80, 1.95]``, or ``4.78 times as slow``."""
    ends = f" [{number(value.low)}, {number(value.high)}]" if value.bounded else ""
    return f"{number(value.centre)}{' times as slow' if slow else '× as fast'}{ends}"


def beside(verdict: Verdict) -> str:
    """Say what a reader of a verdict should know beside its numbers."""
    parts = []
    found = verdict.estimate
    if found is not None and not found.judged.paired:
        summary = ", from median and IQR: its rounds were not saved"
        rest = summary if found.judged.summarised else ""
        parts.append(f"not measured in blocks: unpaired interval{rest}")
    if found is not None and found.dropped:
        parts.append(f"{plural(found.dropped, 'block')} dropped")
    if verdict.overhead is not None:
        parts.append(f"starting and sending work is {verdict.overhead:.0%} of the ideal time")
    if verdict.left_at is not None:
        parts.append(f"decided after {verdict.left_at} blocks")
    return "; ".join(parts)


def allowed(verdict: Verdict) -> str:
    """Write what the claim allows, in the unit of what was measured."""
    rule, found = verdict.claim.rule, verdict.estimate
    if rule.form is Form.CHECKS:
        return "exact"
    if rule.form is Form.TIMES:
        return f"{limits(rule.bound)}×"
    if rule.form is Form.SHARE:
        return f"{limits(rule.bound, 0.01)} %"
    if found is None or not SECONDS.match(rule.unit):
        return f"{limits(rule.bound)} {rule.unit}".strip()
    step, name = unit_for(found.judged.interval(verdict.alpha))
    return f"{limits(rule.bound, step)} {name}{rule.unit.removeprefix('s')}"


def limits(bound: Bound, step: float = 1.0) -> str:
    """Write a bound in a unit of so many: ``≥ 85``, ``0.6 to 1.15``."""
    ends = [f"{end / step:g}" for end in (bound.low, bound.high) if math.isfinite(end)]
    sign = "" if len(ends) > 1 else "≥ " if math.isfinite(bound.low) else "≤ "
    return f"{sign}{' to '.join(ends)}"


def outcome(verdict: Verdict) -> str:
    """Write the verdict in words; a failure that was declared says so."""
    expected = verdict.outcome is Outcome.FAILS and verdict.claim.known_failure is not None
    return "fails as expected" if expected else WORDS[verdict.outcome]


def published(verdict: Verdict) -> str:
    """Write the published figures in the unit of what is allowed, then as they were printed."""
    figure, form, value = verdict.claim.published, verdict.claim.rule.form, figure_of(verdict)
    if figure is None or value is None or not figure.baseline or not figure.contender:
        return str(figure or "")
    share = f"{value * 100:.0f} % of ideal, " if form is Form.SHARE else ""
    return f"{share}{number(figure.baseline / figure.contender)}× ({figure})"


def figure_of(verdict: Verdict) -> float | None:
    """Return the published figure in the unit of what is allowed; None where it is in none."""
    figure = verdict.claim.published
    if figure is None or figure.baseline is None or figure.contender is None:
        return None
    return verdict.claim.rule.published(figure.baseline, figure.contender)


def published_by(verdict: Verdict) -> str:
    """Write the published figures, and whom they are by."""
    figure = verdict.claim.published
    return f"{figure.by or 'published'} {published(verdict)}" if figure else ""


def plural(count: int, what: str) -> str:
    """Write a number of things: ``1 pair``, ``2 pairs``."""
    return f"{count} {what}{'' if count == 1 else 's'}"


MOST_NAMED = 3
"""Names that a line has; the others are counted."""


def joined(told: Sequence[Sequence[str]], more: str) -> list[str]:
    """Return parts with commas between them, only the first of many."""
    first = [part for n, one in enumerate(told[:MOST_NAMED]) for part in [", "] * (n > 0) + [*one]]
    left = len(told) - MOST_NAMED
    return [*first, more.format(left)] if left > 0 else first


def listed(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """Return names in a line, only the first of many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counts(verdicts: Sequence[Verdict]) -> str:
    """Say how many claims hold, fail, and so on."""
    shown = measured(verdicts)
    found = Counter(outcome(verdict) for verdict in shown)
    order = ["holds", "fails", "fails as expected", "undecided", "not testable"]
    several = {"holds": "hold", "fails": "fail", "fails as expected": "fail as expected"}
    parts = [
        f"{found[word]} {word if found[word] == 1 else several.get(word, word)}"
        for word in order
        if found[word]
    ]
    text = (
        f"{plural(len(shown), 'claim')}: {', '.join(parts)}" if parts else "no claim was measured"
    )
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
    blocks = plural(many, "block") if few == many else f"{few} to {many} blocks"
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
