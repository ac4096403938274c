"""What is told while a run goes on."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from parallel_claims.engine.narrator import Progress, line


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((9, 34, 63.4, 97.0, (22, 33), "two are faster"),
         "block 9 of up to 34, 63 s, about 97 s left; 22 of 33 decided; open: two are faster"),
        ((2, 4, 10.0, 10.0, (0, 0), ""), "block 2 of 4, 10 s, about 10 s left"),
        ((1, 4, 3.0, math.inf, (0, 0), ""), "block 1 of 4, 3 s"),
        ((7, 34, 170.0, 0.4, (33, 33), ""),
         "block 7 of up to 34, 170 s, nearly done; 33 of 33 decided"),
    ],
)  # fmt: skip
def test_a_line_has_blocks_time_and_what_is_open(arguments: Any, text: str) -> None:
    """And never that no second is left while it goes on."""
    assert line(*arguments) == text


class Terminal:
    """What pytest's reporter is asked for."""

    def __init__(self, *, isatty: bool) -> None:
        self.isatty = isatty
        self.lines: list[str] = []
        self.live: list[str] = []
        self._tw = self
        self.fullwidth, self.hasmarkup = 20, False

    def ensure_newline(self) -> None:
        """Be at the beginning of a line."""

    def write_line(self, text: str) -> None:
        """Keep a line."""
        self.lines.append(text)

    def rewrite(self, text: str, *, erase: bool) -> None:
        """Keep what stands in the live line."""
        assert erase
        self.live.append(text)

    def flush(self) -> None:
        """Show it."""


class Config:
    """A configuration with this terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.pluginmanager = self

    def get_plugin(self, name: str) -> Terminal:
        """Return the terminal."""
        assert name == "terminalreporter"
        return self.terminal


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Set the time by hand."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def made(*, isatty: bool) -> tuple[Terminal, Progress]:
    """Return a terminal and what tells progress on it."""
    terminal = Terminal(isatty=isatty)
    config: Any = Config(terminal)
    return terminal, Progress(config)


def test_a_log_gets_a_line_every_ten_seconds(clock: list[float]) -> None:
    """At most; the last one comes in any case."""
    terminal, told = made(isatty=False)
    for second in range(25):
        clock[0] = 100.0 + second
        told.tell(f"at {second}")
    told.tell("the end", last=True)
    assert terminal.lines == ["at 0", "at 10", "at 20", "the end"]
    assert terminal.live == []


def test_a_terminal_has_one_live_line(clock: list[float]) -> None:
    """As wide as it is at most; what stays takes its place."""
    assert clock
    terminal, told = made(isatty=True)
    told.tell("x" * 50)
    told.tell("second")
    told.say("stays")
    assert terminal.live == ["x" * 19, "second", ""]
    assert terminal.lines == ["stays"]
