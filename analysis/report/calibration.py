"""A calibration as text: coverage, false verdicts and power, beside other rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.calibrate import RealSuites


def render(tables: Sequence[dict[str, Any]], real: RealSuites | None) -> str:
    """Return the calibration on each trace, and on real A/A suites, as Markdown."""
    parts = [one_trace(table) for table in tables]
    if real is not None:
        parts.append(
            f"Real A/A suites on this machine: {real.false} of {real.suites} had a false verdict "
            f"({real.claims} variants against themselves, {real.blocks} blocks each); intervals "
            f"held the truth in {real.coverage:.1%}.\n"
        )
    return "\n".join(parts)


def one_trace(table: dict[str, Any]) -> str:
    """Return the tables of one trace."""
    stopped, rule = table["stopped"], table["rule"]
    title = (
        f"Noise of {table['source']} ({table['rounds']} rounds): {table['sims']} simulated suites "
        f"of {table['claims']} claims on {table['variants']} variants, seed {table['seed']}, every "
        "claim exactly at its bound."
    )
    header = (
        "| blocks | coverage | false holds | false fails | false suites | sequential: coverage "
        "| false suites | decides 80 % of |"
    )
    lines = [
        title,
        "",
        header,
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for inside, outside in zip(table["in_blocks"], table["sequential"], strict=True):
        lines.append(cells(f"{inside['blocks']:.0f}", inside, outside))
    label = f"{rule['fewest']}–{rule['most']}, stopped at {rule['precision']:.0%}"
    lines.append(cells(f"{label} ({stopped['blocks']:.1f} used)", stopped, None))
    pair = (
        f"One pair of the same code, {table['rules_rounds']} rounds a side: how often a rule finds "
        "a difference that is not there. The estimated ratio spreads "
        f"{table['spread_20_pairs']:.1%} in blocks."
    )
    lines += [
        "",
        pair,
        "",
        "| rule | one after the other | in blocks |",
        "| --- | ---: | ---: |",
    ]
    lines += [
        f"| {name} | {rates['sequential']:.1%} | {rates['in_blocks']:.1%} |"
        for name, rates in table["rules"].items()
    ]
    return "\n".join(lines) + "\n"


def cells(label: str, inside: dict[str, float], outside: dict[str, float] | None) -> str:
    """Return one row."""
    other = (
        f"{outside['coverage']:.1%} | {outside['false_suites']:.1%}"
        if outside is not None
        else "| "
    )
    difference = inside["difference"]
    power = f"{difference:.0%}" if difference < TOO_LARGE else "nothing"
    return (
        f"| {label} | {inside['coverage']:.1%} | {inside['false_holds']:.1%} "
        f"| {inside['false_fails']:.1%} | {inside['false_suites']:.1%} | {other} | {power} |"
    )


TOO_LARGE = 100.0
"""Relative differences beyond this are none that a suite can decide."""
