"""What is open where no claim says: intervals that are not narrow enough yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_claims import stats
from parallel_claims.engine.questions import Look, Question

if TYPE_CHECKING:
    from collections.abc import Container, Mapping


def look(document: Mapping[str, Any], precision: float, named: Container[str]) -> Look:
    """Return the benchmarks whose interval is not within ``precision`` yet.

    In a group that the author named it is that of the ratio to the group's first benchmark;
    elsewhere that of the benchmark's own seconds. Only the width is looked at, never the value;
    such runs are judged at the level that they pay for it.

    named: the groups that the author named.
    """
    first: dict[str, Mapping[str, Any]] = {}
    pairs = []
    for entry in document["benchmarks"]:
        beside = first.setdefault(entry["group"], entry) if entry["group"] in named else entry
        if beside is not entry:
            pairs.append((beside, entry))
    compared = {one["fullname"] for pair in pairs for one in pair}
    pairs += [(one, one) for one in document["benchmarks"] if one["fullname"] not in compared]
    level = stats.level(stats.ALPHA, adaptive=True)
    open_ = [
        Question(f"{b['name']} {words}", (a["fullname"], b["fullname"]))
        for a, b in pairs
        if (words := too_wide(stats.paired(log_ratio(a, b), level), precision))
    ]
    return Look(tuple(open_), len(pairs))


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
