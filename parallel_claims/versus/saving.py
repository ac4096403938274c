"""A comparison as two saved files in pytest-benchmark's form, one a side, linked pair by pair.

Block i of both files is pair i: one process of each version, measured slice by slice beside each
other. ``parallel_claims.pairs`` names the comparison, the same in both files and in no other.
"""

from __future__ import annotations

import json
import math
import platform
import secrets
import statistics
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from parallel_claims import bridge
from parallel_claims.errors import BadInputError
from parallel_claims.machine.facts import describe
from parallel_claims.saved import atomic
from parallel_claims.saved.form import SCHEMA
from parallel_claims.saved.names import own_name, slug
from parallel_claims.versus.records import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from parallel_claims.versus.records import Pair, Slices, Version, Versus

LETTERS = ("A", "B")

LEFT_OUT = (
    "available_bytes",
    "blas",
    "free_threaded_build",
    "gil",
    "load_average",
    "packages",
    "python_build_name",
)
"""Facts of this process's own Python, and of the moment of saving: each side has others."""


def save(versus: Versus, folder: Path) -> tuple[Path, Path]:
    """Write a file a side, ``A_<name>_<UTC time>.json`` and ``B_…``; return where they are.

    The side comes first: pytest-benchmark tells files by the beginnings of their names.

    Raises:
        BadInputError: the folder cannot be written.
    """
    link, stamp = secrets.token_hex(8), f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for side, version in enumerate((versus.first, versus.second)):
            path = folder / f"{LETTERS[side]}_{slug(version.name)[:60]}_{stamp}.json"
            text = json.dumps(document(versus, side, link), indent=1, allow_nan=False)
            atomic.write(path, text)
            paths.append(path)
    except OSError as error:
        message = f"{folder}: cannot be written: {error.strerror}"
        raise BadInputError(message) from None
    return paths[0], paths[1]


def document(versus: Versus, side: int, link: str) -> dict[str, Any]:
    """Return what one side's file holds.

    side: 0 of the first version, 1 of the second. link: names the comparison.
    """
    version = (versus.first, versus.second)[side]
    entries = [entry(one.name, versus.pairs, side) for one in versus.compared if one.pairs]
    return {
        "machine_info": machine_info(version),
        "commit_info": {"id": version.facts.get("commit"), "dirty": version.facts.get("dirty")},
        "benchmarks": entries,
        "datetime": datetime.now(UTC).isoformat(),
        "version": bridge.benchmark_version(),
        "parallel_claims": {
            "schema": SCHEMA,
            "blocks": versus.planned,
            "partial": True,  # what was measured is what both sides have
            "wall_seconds": versus.seconds,
            "pairs": link,
            "broken": {one.name: one.note for one in versus.found(Finding.BROKEN)} if side else {},
            "side": {
                "letter": LETTERS[side],
                "name": version.name,
                "text": version.text,
                "requirement": version.facts.get("requirement"),
            },
            "processes": [
                {"block": pair.number, "stage": pair.stage, "cpu": pair.cpu, "hash_seed": pair.seed}
                for pair in versus.pairs
            ],
        },
    }


def machine_info(version: Version) -> dict[str, Any]:
    """Return what is known of the machine, and of the side's Python and what is installed."""
    found = {key: value for key, value in describe().items() if key not in LEFT_OUT}
    for name in ("node", "processor", "machine", "release", "system"):
        found[name] = getattr(platform, name)()
    python = version.facts.get("python", {})
    own = {
        "python_implementation": python.get("implementation"),
        "python_version": python.get("version"),
        "gil": python.get("gil"),
        "packages": version.facts.get("packages"),
    }
    return found | {key: value for key, value in own.items() if value is not None}


def entry(name: str, pairs: Sequence[Pair], side: int) -> dict[str, Any]:
    """Return one benchmark: a datum a pair; what a pair does not have is lost, with the reason."""
    there = [pair for pair in pairs if name in pair.slices]
    asked = [pair.number for pair in pairs if name in pair.slices or name in pair.lost]
    left = 1 + max(asked, default=-1)
    lost = {
        str(pair.number): pair.lost[name].why if name in pair.lost else "not measured in this pair"
        for pair in pairs
        if name not in pair.slices and pair.number < left
    }
    stays = all(pair.number < left for pair in pairs)
    return {
        "group": None,
        "name": own_name(name),
        "fullname": name,
        "params": None,
        "param": None,
        "extra_info": {
            "blocks": [pair.number for pair in there],
            "lost": lost,
            **({} if stays else {"left": left}),
        },
        "options": {},
        "stats": bridge.summary([datum(pair.slices[name])[side] for pair in there]),
    }


def datum(slices: Slices) -> tuple[float, float]:
    """Return what one pair gave of a benchmark on both sides, in seconds per call.

    Their ratio is the pair's, the median of what neighbouring slices differ by; their product is
    that of the slices' medians on both sides. So what is read of two files, pair by pair, is
    what was found when they were measured.
    """
    medians = map(statistics.median, (slices.first, slices.second))
    middle = math.sqrt(math.prod(medians))
    half = slices.ratio / 2
    return middle * math.exp(-half), middle * math.exp(half)
