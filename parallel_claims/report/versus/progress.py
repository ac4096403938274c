"""How far a comparison of two versions is: a live bar on a terminal, now and then a line in a log.

The bar is drawn anew only when something is told: nothing runs beside what is measured.
"""

from __future__ import annotations

import math
import time
from typing import IO, TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from parallel_claims.report.versus.words import duration
from parallel_claims.report.words import plural
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_claims.versus.measuring import State

EVERY = 10.0
"""Seconds between two lines in a log, at least."""

UNCHANGED = 60.0
"""Seconds after which a line is told once more that says nothing new: that it goes on."""


class Progress:
    """Tells how a comparison goes on, as the stream can show it."""

    def __init__(self, stream: IO[str], clock: Callable[[], float] = time.monotonic) -> None:
        self.console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self.live = stream.isatty() and not self.console.is_dumb_terminal
        self.clock = clock
        self.told, self.text = -math.inf, ""
        self.bar = Bar(
            BarColumn(20),
            TextColumn("{task.description}", markup=False),
            console=self.console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.task = self.bar.add_task("", visible=False)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Take the bar away."""
        if self.live:  # else it would write an empty line
            self.bar.stop()

    def say(self, text: str) -> None:
        """Write a line that stays."""
        self.console.print(visible(text), soft_wrap=True)

    def tell(self, state: State, suspects: int = 0) -> None:
        """Show how far measuring is: in place of what was shown before, or as a line."""
        text, now = line(state, suspects), self.clock()
        if self.live:
            self.bar.start()
            self.bar.update(
                self.task,
                total=state.planned,
                completed=state.done,
                description=text,
                visible=True,
                refresh=True,
            )
        elif now - self.told >= (EVERY if text != self.text else UNCHANGED):
            self.say(text)
            self.told, self.text = now, text


def line(state: State, suspects: int) -> str:
    """Describe how far measuring is: ``all benchmarks: 3 of 10 pairs, about 2 min 5 s left``."""
    what = "all benchmarks" if state.stage == 1 else f"{plural(suspects, 'suspect')} again"
    text = f"{what}: {state.done} of {plural(state.planned, 'pair')}"
    if state.done:  # what a pair takes is not known before
        text += f", about {duration(state.left)} left" if state.left >= 1 else ", nearly done"
    return (
        f"{text}, {plural(suspects, 'suspect')} so far" if suspects and state.stage == 1 else text
    )
