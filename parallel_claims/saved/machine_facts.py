"""What a saved file says of its machine, as far as it is what it should be. Internal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

from parallel_claims.visible import everywhere

MOST = 2**63
"""What no count and no number of a machine reaches."""


def known(machine: dict[str, Any]) -> dict[str, Any]:
    """Return what a file says of its machine, without what is not of the kind it should be.

    Raises:
        RecursionError: it is nested too deeply.
    """
    found = {
        name: value
        for name, value in everywhere(machine).items()
        if is_writable(value) and KINDS.get(name, is_writable)(value)
    }
    if "cpu" in found:
        cpu = found["cpu"]
        texts = {key: cpu[key] for key in ("brand_raw", "brand") if is_text(cpu.get(key))}
        count = {"count": cpu["count"]} if is_count(cpu.get("count")) else {}
        found["cpu"] = texts | count
    if "packages" in found:
        found["packages"] = {k: v for k, v in found["packages"].items() if is_text(v)}
    return found


def is_writable(value: Any) -> bool:
    """Say whether a value has no number that is too large to be written or reckoned with."""
    if isinstance(value, dict):
        return all(map(is_writable, value.values()))
    if isinstance(value, list):
        return all(map(is_writable, value))
    return not isinstance(value, int | float) or is_number(value)


def is_text(value: Any) -> bool:
    """Say whether a value is text."""
    return isinstance(value, str)


def is_flag(value: Any) -> bool:
    """Say whether a value is yes or no."""
    return isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Say whether a value is a number that can be reckoned with."""
    return isinstance(value, int | float) and abs(value) < MOST


def is_count(value: Any) -> bool:
    """Say whether a value is a whole number of 0 or more."""
    return isinstance(value, int) and 0 <= value < MOST


def is_table(value: Any) -> bool:
    """Say whether a value has names and values."""
    return isinstance(value, dict)


def list_of(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Return what says whether a value is a list of one kind."""
    return lambda value: isinstance(value, list) and all(map(kind, value))


KINDS: dict[str, Callable[[Any], bool]] = {
    "blas": list_of(is_text),
    "cpu": is_table,
    "cpu_model": is_text,
    "cpu_quota": is_number,
    "gil": is_flag,
    "load_average": list_of(is_number),
    "logical_cpus": is_count,
    "memory_bytes": is_count,
    "name": is_text,
    "node": is_text,
    "packages": is_table,
    "processor": is_text,
    "python_build_name": is_text,
    "python_compiler": is_text,
    "python_implementation": is_text,
    "python_version": is_text,
    "release": is_text,
    "system": is_text,
    "usable_cores": is_count,
    "usable_cpus": is_count,
}
"""What the facts that are looked at must be; any other is only handed on."""
