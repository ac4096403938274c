"""The signals that end a run: told to end by SIGTERM or SIGHUP, it saves as after Ctrl-C."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""The signals that end a run: Ctrl-C's, `kill`'s and `timeout`'s, a closed terminal's."""

OPEN_AT_MOST = 64
"""Open files among which the terminal is looked for; pytest keeps it at one of the first."""

REPLACED: dict[int, Any] = {}
"""The handlers of this process that are not in use while a run hears its signals."""


def put_back() -> None:
    """Put the handlers back that were there before; a forked child has its own end again."""
    for number, before in REPLACED.items():
        with suppress(ValueError):  # a thread cannot, and no thread of a run has replaced any
            signal.signal(number, before)
    REPLACED.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=put_back)


def end_children() -> None:
    """Kill the workers that an interrupted call left: Python would wait for them at its exit.

    Ctrl-C while joblib starts its workers leaves some that nobody will ever give work to.
    """
    for child in multiprocessing.active_children():
        child.kill()


class Signals:
    """Notes the signals that end a run, and raises KeyboardInterrupt for them.

    Raised within a destructor or a callback it would be swallowed: ``ended_by`` remembers.
    A second SIGTERM or SIGHUP ends nothing more: the run is on its way.
    """

    def __init__(self) -> None:
        self.ended_by: signal.Signals | None = None
        self.terminals = [handle for handle in range(OPEN_AT_MOST) if os.isatty(handle)]
        self.held = False
        self.resumed = False

    @property
    def exit_status(self) -> int | None:
        """Return what a shell calls the end by this signal; None without, or where pytest does."""
        if self.ended_by in {None, signal.SIGINT}:
            return None
        return 128 + int(self.ended_by or 0)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear them, and from the end on hold them: what then saves the run ends it anyway.

        Who hears or ignores one already, such as nohup, goes on so. ``put_back`` ends it.
        """
        for number in ENDING:
            before = signal.getsignal(number)
            if number == signal.SIGINT or before == signal.SIG_DFL:
                REPLACED[number] = before
                signal.signal(number, self.hear)
        if hasattr(signal, "SIGCONT") and signal.getsignal(signal.SIGCONT) == signal.SIG_DFL:
            REPLACED[signal.SIGCONT] = signal.SIG_DFL
            signal.signal(signal.SIGCONT, self.resume)
        try:
            yield
        finally:
            self.held = True

    def resume(self, _: int, __: FrameType | None) -> None:
        """Note that this process was stopped: what it timed meanwhile is no time of its."""
        self.resumed = True

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Note a signal, and end the run for it."""
        first = self.ended_by is None
        self.ended_by = self.ended_by or signal.Signals(number)
        if self.held:
            return
        before = REPLACED.get(number)
        if signal.Signals(number).name == "SIGHUP":
            self.leave_terminals()
        if number == signal.SIGINT and callable(before):
            before(number, frame)
        elif first:
            raise KeyboardInterrupt(signal.Signals(number).name)

    def leave_terminals(self) -> None:
        """Write nowhere from now on: the terminal is closed, and writing to it fails."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        for handle in self.terminals:
            os.dup2(nowhere, handle, inheritable=handle in {0, 1, 2})
        os.close(nowhere)
