"""The parameters of a benchmark in short, so that those of two versions can be compared.

Only the standard library is imported: this runs in the processes that measure, too.
"""

from __future__ import annotations

import json
import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 60
"""Characters of a value that are kept; of a longer one its beginning, its length and a digest."""

SHOWN = 30
"""Characters of a longer value that are kept."""

ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
"""Where an object lies in memory, in its repr: another place in each process."""


def in_short(params: object) -> dict[str, str]:
    """Return each parameter's value as a short text, the same for equal values; {} without any."""
    if not isinstance(params, dict):
        return {}
    return {str(name): text_of(value) for name, value in params.items()}


def text_of(value: Any) -> str:
    """Return a value as a short text: JSON, or the repr of what JSON cannot hold."""
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=unserializable)
    except (TypeError, ValueError, RecursionError):  # keys, circles, depth
        text = json.dumps(unserializable(value))
    text = ADDRESS.sub("", text)
    if len(text) <= LONGEST:
        return text
    digest = blake2b(text.encode(errors="replace"), digest_size=4).hexdigest()
    return f"{text[:SHOWN]}… ({len(text)} characters, {digest})"


def unserializable(value: object) -> str:
    """Return what pytest-benchmark writes of what JSON cannot hold."""
    return f"UNSERIALIZABLE[{value!r}]"


def differing(first: Mapping[str, str], second: Mapping[str, str]) -> str:
    """Say which parameters differ, and how; nothing where none does, or one side has none."""
    if not first or not second:
        return ""
    names = [name for name in {**first, **second} if first.get(name) != second.get(name)]
    return "; ".join(
        f"{name} is {first.get(name, 'none')} on A and {second.get(name, 'none')} on B"
        for name in names
    )
