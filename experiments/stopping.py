"""When a measuring run ends: after a fixed number of blocks, or by precision.

By precision, blocks are added until nothing is open any more, or a budget is spent.
What is open is not known here: judging answers that, and looks at the width of its
intervals only, never at which side of a bound an estimate lies.
"""

from __future__ import annotations

import argparse
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from experiments.workloads import Scale

DEFAULT_PRECISION = 0.05
UNITS = {"": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0}


def positive(text: str) -> int:
    """Return a whole number of at least 1, for an option."""
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    message = f"{text!r} is not a whole number of at least 1"
    raise argparse.ArgumentTypeError(message)


def share(text: str) -> float:
    """Return a share between 0 and 1, written as ``5%`` or ``0.05``, for an option."""
    found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)(%?)", text.strip(), re.ASCII)
    value = float(found[1]) / (100 if found[2] else 1) if found else math.nan
    if 0 < value < 1:
        return value
    message = f"{text!r} is not a precision above 0 and below 100%: write 5% or 0.05"
    raise argparse.ArgumentTypeError(message)


def seconds(text: str) -> float:
    """Return seconds, written as ``90s``, ``3min`` or ``1h``, for an option."""
    found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*(s|min|h|)", text.strip(), re.ASCII)
    value = float(found[1]) * UNITS[found[2]] if found else 0.0
    if value > 0:
        return value
    message = f"{text!r} is not a time above 0: write 90s, 3min or 1h"
    raise argparse.ArgumentTypeError(message)


def add_options(group: pytest.OptionGroup) -> None:
    """Add the options by which a run is ended."""
    group.addoption(
        "--blocks", type=positive, metavar="N",
        help="measure exactly N blocks, whatever their precision",
    )  # fmt: skip
    group.addoption(
        "--precision", type=share, metavar="P",
        help="add blocks until every claim's interval is within P of its centre, such as 5%% "
        f"(default: {DEFAULT_PRECISION:.0%})".replace("%)", "%%)"),
    )  # fmt: skip
    group.addoption("--min-blocks", type=positive, metavar="N", help="measure at least N blocks")
    group.addoption("--max-blocks", type=positive, metavar="N", help="measure at most N blocks")
    group.addoption(
        "--budget", type=seconds, metavar="TIME",
        help="begin no block after TIME, such as 90s, 3min or 1h (defaults of these three: "
        "by --scale)",
    )  # fmt: skip


@dataclass(frozen=True)
class Stopping:
    """The rule by which a run ends.

    precision: relative half-width that every interval is to reach, None for a fixed
        number of blocks. A single claim may want another.
    fewest, most: bounds on the number of blocks.
    budget: seconds after which no block is begun, once there are the fewest.
    """

    precision: float | None
    fewest: int
    most: int
    budget: float

    @classmethod
    def chosen(cls, config: pytest.Config, scale: Scale) -> Stopping:
        """Return the rule that the command line asks for.

        Raises:
            pytest.UsageError: options that contradict each other.
        """
        blocks = config.getoption("blocks")
        names = ("precision", "min_blocks", "max_blocks", "budget")
        given = {name: config.getoption(name) for name in names}
        if blocks is not None:
            for name, value in given.items():
                if value is not None:
                    option = "--" + name.replace("_", "-")
                    message = (
                        f"--blocks fixes the number of blocks: leave out {option}, or --blocks"
                    )
                    raise pytest.UsageError(message)
            return cls(None, blocks, blocks, math.inf)
        fewest = given["min_blocks"] or min(scale.fewest, given["max_blocks"] or scale.fewest)
        most = given["max_blocks"] or max(scale.most, fewest)
        if most < fewest:
            message = f"--max-blocks {most} is below --min-blocks {fewest}: raise it to {fewest}"
            raise pytest.UsageError(message)
        precision = given["precision"] or DEFAULT_PRECISION
        return cls(precision, fewest, most, given["budget"] or scale.budget)

    def ended(self, blocks: int, elapsed: float, *, anything_open: bool) -> str | None:
        """Say what ends a run with so many blocks, None if it goes on."""
        if self.precision is None:
            return "fixed" if blocks >= self.most else None
        if blocks < self.fewest:
            return None
        if not anything_open:
            return "precision"
        if blocks >= self.most:
            return "max-blocks"
        return "budget" if elapsed >= self.budget else None

    def looks(self, blocks: int) -> bool:
        """Say whether the precision matters after so many blocks."""
        return self.precision is not None and blocks >= self.fewest

    def __str__(self) -> str:
        """Describe the rule in a line."""
        if self.precision is None:
            return f"{self.most} blocks"
        return (
            f"{self.fewest} to {self.most} blocks, until every interval is within "
            f"{self.precision:.1%} or {self.budget:.0f} s are spent"
        )
