"""The signals that end a run: Ctrl-C's, ``kill``'s and ``timeout``'s, a closed terminal's."""

from __future__ import annotations

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
"""The signals that end a run."""

OPEN_AT_MOST = 64
"""Open files among which the terminal is looked for; pytest keeps it at one of the first."""


class Signals:
    """Notes the signals that end a run, and wakes who waits; or raises KeyboardInterrupt.

    While it only notes them, no frame is ever interrupted, whatever runs: who waits in
    ``waking`` sees that ``ended_by`` is set. Signals that already have a handler, or are ignored
    (nohup), are left alone, Ctrl-C's excepted.
    """

    def __init__(self) -> None:
        self.ended_by: signal.Signals | None = None
        self.stopped = False
        """Whether this process was stopped and went on (SIGCONT)."""
        self.raises = False
        self.replaced: dict[int, Any] = {}
        self.terminals = [handle for handle in range(OPEN_AT_MOST) if os.isatty(handle)]

    @property
    def exit_status(self) -> int | None:
        """Return what a shell calls the end by this signal; None without, or where pytest does."""
        if self.ended_by in {None, signal.SIGINT}:
            return None
        return 128 + int(self.ended_by or 0)

    def hear(self) -> None:
        """Hear the signals from now on, until ``put_back``."""
        for number in ENDING:
            before = signal.getsignal(number)
            if number == signal.SIGINT or before == signal.SIG_DFL:
                self.replace(number, self.note)
        if hasattr(signal, "SIGCONT") and signal.getsignal(signal.SIGCONT) == signal.SIG_DFL:
            self.replace(signal.SIGCONT, self.go_on)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.put_back)  # a child has its own end

    def replace(self, number: int, handler: Any) -> None:
        """Hear one signal."""
        self.replaced[number] = signal.getsignal(number)
        signal.signal(number, handler)

    def put_back(self) -> None:
        """Put the handlers back that were there before."""
        for number, before in self.replaced.items():
            with suppress(ValueError):  # a thread cannot, and no thread has replaced any
                signal.signal(number, before)
        self.replaced.clear()

    @contextmanager
    def as_before(self) -> Iterator[None]:
        """Leave the signals to whoever heard them before: a test that runs in this process."""
        heard = {number: signal.getsignal(number) for number in self.replaced}
        before = dict(self.replaced)
        self.put_back()
        try:
            yield
        finally:
            for number, handler in heard.items():
                signal.signal(number, handler)
            self.replaced = before

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear them, and raise KeyboardInterrupt for the first: of a command that waits for others.

        From the end on they are only noted: what then is written is not cut off.
        """
        self.hear()
        self.raises = True
        try:
            yield
        finally:
            self.raises = False

    @contextmanager
    def waking(self) -> Iterator[int]:
        """Only note them meanwhile; yield what to wait for to be woken by one."""
        raises, self.raises = self.raises, False
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(before, warn_on_full_buffer=False)
            os.close(writing)
            os.close(reading)
            self.raises = raises

    def go_on(self, _: int, __: FrameType | None) -> None:
        """Note that this process was stopped."""
        self.stopped = True

    def note(self, number: int, _: FrameType | None) -> None:
        """Note a signal; a second one ends nothing more."""
        first = self.ended_by is None
        self.ended_by = self.ended_by or signal.Signals(number)
        if signal.Signals(number).name == "SIGHUP":
            self.leave_terminals()
        if self.raises and first:
            raise KeyboardInterrupt(signal.Signals(number).name)

    def leave_terminals(self) -> None:
        """Write nowhere from now on: the terminal is closed, and writing to it fails."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        for handle in self.terminals:
            os.dup2(nowhere, handle, inheritable=handle in {0, 1, 2})
        os.close(nowhere)
