"""Saved files with known content, for tests."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MACHINE = {
    "node": "host",
    "python_implementation": "CPython",
    "python_version": "3.11.7",
    "cpu_model": "Test CPU",
    "usable_cpus": 2,
    "gil": True,
}


def entry(
    name: str, data: Sequence[float] | None, *, blocks: bool = True, **extra: Any
) -> dict[str, Any]:
    """Return one benchmark as pytest-benchmark saves it, measured in blocks or not."""
    info: dict[str, Any] = dict(extra)
    group = info.pop("group", "mean")
    fullname = info.pop("fullname", f"test_file.py::{name}")
    if blocks and data is not None:
        info.setdefault("blocks", list(range(len(data))))
    stats: dict[str, Any] = {"rounds": len(data or []), "median": 1.0}
    if data is not None:
        stats["data"] = list(data)
    return {
        "group": group,
        "name": name,
        "fullname": fullname,
        "params": None,
        "param": None,
        "extra_info": info,
        "options": {},
        "stats": stats,
    }


def document(
    entries: Sequence[Mapping[str, Any]],
    *,
    suite: Mapping[str, Any] | None = MappingProxyType({}),
    **machine: Any,
) -> dict[str, Any]:
    """Return a whole saved file; ``suite=None`` for one that is not measured in blocks."""
    found: dict[str, Any] = {
        "machine_info": MACHINE | machine,
        "commit_info": {},
        "benchmarks": list(entries),
        "datetime": "2026-11-22T00:00:00+00:00",
        "version": "5.3.1",
    }
    if suite is not None:
        found["parallel_claims"] = {"schema": 1, "scale": "quick", "blocks": 10, **suite}
    return found


def write(path: Path, content: object) -> Path:
    """Write ``content`` as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
