"""What hooks of pytest-benchmark in a suite say of a run, heard for the file that is saved here.

Machine and commit are what these hooks make of them, written as pytest-benchmark writes them. What
``pytest_benchmark_update_json`` removes is removed, but what the file cannot be read without; what
it adds or changes is for pytest-benchmark's own files.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from parallel_claims import bridge
from parallel_claims.engine.protocol import in_json
from parallel_claims.machine import facts, naming
from parallel_claims.saved.form import Info

if TYPE_CHECKING:
    import pytest

NEEDED: dict[str, frozenset[str]] = {
    "": frozenset({"benchmarks", "machine_info", "commit_info", "datetime", "parallel_claims"}),
    "machine_info": frozenset({"name", "python_build_name"}),
    "benchmarks": frozenset({"group", "name", "fullname", "extra_info", "stats"}),
    "extra_info": frozenset(Info.__struct_fields__),
    "stats": frozenset({"data", "median", "iqr", "rounds"}),
}
"""What a saved file is not read without, by the name of what it is in."""


def facts_of(machine: str) -> dict[str, Any]:
    """Return the facts of this machine by which runs are told apart and judged, under a name."""
    return facts.describe() | {"name": machine}


def machine(config: pytest.Config, name: str) -> dict[str, Any]:
    """Return what is saved of the machine: what hooks made of it, and the facts that are needed.

    A hook that keeps only what it knows leaves these out: it is older than they are.
    """
    own = facts_of(name)
    found = own | written(bridge.machine_info(config))
    for key in NEEDED["machine_info"]:
        try:
            found[key] = naming.checked_name(found[key])
        except (AttributeError, ValueError):  # no text, or none that a folder can have
            found[key] = own[key]
    return found


def commit(config: pytest.Config) -> dict[str, Any]:
    """Return what is saved of the commit: what hooks made of it."""
    return written(bridge.commit_info(config))


def written(told: Any) -> dict[str, Any]:
    """Return what a hook said as pytest-benchmark writes it."""
    return {str(key): in_json(value) for key, value in dict(told or {}).items()}


def without_removed(config: pytest.Config, saved: dict[str, Any]) -> dict[str, Any]:
    """Return a run without what the suite's hooks remove from pytest-benchmark's files."""
    seen = copy.deepcopy(saved)
    config.hook.pytest_benchmark_update_json(
        config=config, benchmarks=bridge.entries(config), output_json=seen
    )
    return left(saved, seen, "")


def left(ours: dict[str, Any], seen: Any, place: str) -> dict[str, Any]:
    """Return what is still there, and what is needed; benchmarks are known by their names.

    place: the name of what it is in.
    """
    if not isinstance(seen, dict):
        return ours
    found: dict[str, Any] = {}
    for key, value in ours.items():
        if key not in seen and key not in NEEDED.get(place, ()):
            continue
        there = seen.get(key)
        if key == "benchmarks":
            by_name = {one.get("fullname"): one for one in (value if there is None else there)}
            found[key] = [
                left(one, by_name[name], key)
                for one in value
                if (name := one["fullname"]) in by_name
            ]
        elif isinstance(value, dict) and key != "parallel_claims":
            found[key] = left(value, there, key)
        else:
            found[key] = value
    return found
