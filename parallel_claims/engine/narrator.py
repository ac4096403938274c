"""How far a measuring run is: one live line on a terminal, now and then a line in a log."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from parallel_claims import bridge

if TYPE_CHECKING:
    import pytest

EVERY = 10.0
"""Seconds between two lines in a log, at least."""


class Progress:
    """Tells how a run goes on, as its output can show it."""

    def __init__(self, config: pytest.Config) -> None:
        self.reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self.live = self.reporter is not None and bool(self.reporter.isatty)
        self.told = -EVERY
        self.shown = False

    def say(self, text: str) -> None:
        """Write a line that stays."""
        if self.reporter is not None:
            self.clear()
            bridge.write_line(self.reporter, text)

    def tell(self, text: str, *, last: bool = False) -> None:
        """Show how far the run is: in place of what was shown before, or as a line."""
        now = time.monotonic()
        if self.reporter is None:
            return
        if self.live and not last:
            bridge.rewrite(self.reporter, text)
            self.shown = True
        elif last or now - self.told >= EVERY:
            self.say(text)
            self.told = now

    def clear(self) -> None:
        """Take the live line away."""
        if self.shown:
            bridge.rewrite(self.reporter, "")
            self.shown = False


def line(
    block: int, most: int, elapsed: float, left: float, decided: tuple[int, int], first: str
) -> str:
    """Describe how far a run is: blocks, seconds left, what is decided, what is open.

    decided: how many questions are, of how many. first: the first open one, in words.
    """
    text = f"block {block} of {'' if not decided[1] else 'up to '}{most}, {elapsed:.0f} s"
    if left < math.inf:  # what a block takes is not known before the first
        text += f", about {left:.0f} s left" if left >= 1 else ", nearly done"
    if decided[1]:
        text += f"; {decided[0]} of {decided[1]} decided"
    return text + (f"; open: {first}" if first else "")
