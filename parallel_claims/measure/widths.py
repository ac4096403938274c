"""What is open where no claim says: ratios within a group that are not narrow enough yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_claims import stats
from parallel_claims.measure.hooks import Look, Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def look(document: Mapping[str, Any], precision: float) -> Look:
    """Return the benchmarks whose ratio to the first of their group is not within ``precision``.

    Of a benchmark that is alone in its group its own seconds are looked at. Only the width is,
    never the value; such runs are judged at the level that they pay for it.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for entry in document["benchmarks"]:
        groups.setdefault(entry["group"], []).append(entry)
    pairs = [(entries[0], other) for entries in groups.values() for other in compared(entries)]
    level = stats.level(stats.ALPHA, adaptive=True)
    open_ = [
        Question(f"{b['name']} {words}", (a["fullname"], b["fullname"]))
        for a, b in pairs
        if (words := too_wide(stats.paired(log_ratio(a, b), level), precision))
    ]
    return Look(tuple(open_), len(pairs))


def compared(entries: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return what is compared with the first of a group: the others, or itself alone."""
    return entries[1:] or entries


def log_ratio(a: Mapping[str, Any], b: Mapping[str, Any]) -> stats.Floats:
    """Return the log ratio of two benchmarks block by block; of one, its own log seconds."""
    first, second = (
        dict(zip(entry["extra_info"]["blocks"], entry["stats"]["data"], strict=True))
        for entry in (a, b)
    )
    both = sorted(first.keys() & second.keys())
    logs = np.log([second[block] for block in both])
    return logs if a is b else np.log([first[block] for block in both]) - logs


def too_wide(interval: stats.Interval, precision: float) -> str:
    """Say how wide an interval is that is too wide; nothing where it is not."""
    width = stats.narrowness(interval)
    return "" if width <= precision else f"±{width:.1%} (target {precision:.1%})"
