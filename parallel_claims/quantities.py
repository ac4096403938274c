"""Numbers as people write and read them: ``5%``, ``3min``, ``1.2 ms``. Internal."""

from __future__ import annotations

import math
import re

UNITS = {"ms": 1e-3, "": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0}


def count(text: str) -> int:
    """Return a whole number of at least 1.

    Raises:
        ValueError: it is none.
    """
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    message = f"{text!r} is not a whole number of at least 1"
    raise ValueError(message)


def share(text: str) -> float:
    """Return a share between 0 and 1, written as ``5%`` or ``0.05``.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*(%?)", text.strip(), re.ASCII)
    value = float(found[1]) / (100 if found[2] else 1) if found else math.nan
    if 0 < value < 1:
        return value
    message = f"{text!r} is not a share above 0 and below 100%: write 5% or 0.05"
    raise ValueError(message)


def seconds(text: str) -> float:
    """Return seconds, written as ``20ms``, ``90s``, ``3min`` or ``1h``.

    Raises:
        ValueError: it is no time above 0.
    """
    found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*(ms|s|min|h|)", text.strip(), re.ASCII)
    value = float(found[1]) * UNITS[found[2]] if found else 0.0
    if value > 0:
        return value
    message = f"{text!r} is not a time above 0: write 90s, 3min or 1h"
    raise ValueError(message)


PLAIN = (1e-3, 1e4)
"""Between these a number is written without an exponent."""


def number(value: float) -> str:
    """Write a number with three significant digits."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value and not PLAIN[0] <= abs(value) < PLAIN[1]:
        return f"{value:.2g}"
    rounded = abs(float(f"{value:.3g}"))  # 9.996 has as many digits before its point as 10
    digits = max(0, 2 - math.floor(math.log10(rounded))) if value else 0
    return f"{value:.{digits}f}"


STEPS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
"""Units of time, the largest first: the first that leaves 1 or more is taken."""


def unit_of_time(value: float) -> tuple[float, str]:
    """Return the unit that seconds like ``value`` are written in: its seconds, its name."""
    size = abs(value) * 1.0005  # what rounds to 1.00 of a unit is written in it
    return next((step for step in STEPS if size >= step[0]), STEPS[-1] if value else STEPS[0])


def time(value: float) -> str:
    """Write seconds in the unit that suits them: ``1.23 ms``."""
    step, unit = unit_of_time(value)
    return f"{number(value / step)} {unit}"
