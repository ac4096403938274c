"""How far a comparison is: one live line on a terminal, few lines in a log."""

from __future__ import annotations

import io

import pytest

from parallel_claims.report.versus.progress import Progress, line
from parallel_claims.versus.measuring import State


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_a_log_gets_a_line_every_ten_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where colours are forced, as many a CI does; what is said in between stays."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    out, times = io.StringIO(), iter([100.0, 104.0, 109.9, 110.0, 125.0])
    with Progress(out, lambda: next(times)) as progress:
        progress.say("building main (73dc536)")
        for done in range(5):
            progress.tell(State(1, done, 10, 50.0 - done), 0)
    assert out.getvalue().splitlines() == [
        "building main (73dc536)",
        "all benchmarks: 0 of 10 pairs",
        "all benchmarks: 3 of 10 pairs, about 47 s left",
        "all benchmarks: 4 of 10 pairs, about 46 s left",
    ]


def test_a_log_gets_the_same_line_again_only_after_a_minute() -> None:
    """A long pair fills no log, and no CI takes the comparison for stuck."""
    out, times = io.StringIO(), iter([100.0, 159.0, 160.0, 170.0])
    with Progress(out, lambda: next(times)) as progress:
        for done in (2, 2, 2, 3):
            progress.tell(State(1, done, 10, 50.0 - done), 0)
    assert [line.partition(",")[0] for line in out.getvalue().splitlines()] == [
        "all benchmarks: 2 of 10 pairs",
        "all benchmarks: 2 of 10 pairs",
        "all benchmarks: 3 of 10 pairs",
    ]


def test_a_terminal_gets_one_line_that_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar that is drawn anew with each telling; in the end there is nothing of it."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    with Progress(out) as progress:
        progress.tell(State(2, 1, 8, 130.0), 4)
        first = out.getvalue()
        progress.tell(State(2, 2, 8, 110.0), 4)
    assert "4 suspects again: 1 of 8 pairs, about 2 min 10 s left" in first
    assert "\x1b[2K" in out.getvalue()[len(first) :]
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().endswith("\x1b[1A\x1b[2K")


@pytest.mark.parametrize(
    ("state", "suspects", "said"),
    [
        (State(1, 0, 1, 0.0), 0, "all benchmarks: 0 of 1 pair"),
        (State(1, 9, 10, 0.4), 2, "all benchmarks: 9 of 10 pairs, nearly done, 2 suspects so far"),
        (State(2, 1, 8, 3.0), 1, "1 suspect again: 1 of 8 pairs, about 3 s left"),
    ],
)
def test_the_line_says_what_is_known(state: State, suspects: int, said: str) -> None:
    """Stage, pairs, time left, suspects; no time before a pair was measured."""
    assert line(state, suspects) == said
