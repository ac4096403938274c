"""A pytest plugin that sends its own session a signal at a line that is named, or lists all lines.

``INTERRUPT_AT=FILE:LINE``: the first time that line runs, from when the session hears signals to
when it leaves them to others again. Without it, each line that ran is written to
``INTERRUPT_LINES``, once, in order. Only the session is traced, no process that measures.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import FrameType

AT = os.environ.get("INTERRUPT_AT", "")
LINES = os.environ.get("INTERRUPT_LINES", "")
BY = os.environ.get("INTERRUPT_BY", "SIGINT")


class Lines:
    """Sees each line that runs."""

    def __init__(self) -> None:
        self.seen: dict[str, None] = {}
        self.sent = False

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        """Note a line; send the signal at the one that is named, and look at no other file's."""
        file = frame.f_code.co_filename
        if AT and (self.sent or not AT.startswith(file)):
            return None
        if event == "line":
            where = f"{file}:{frame.f_lineno}"
            if LINES:
                self.seen[where] = None
            elif where == AT:
                self.sent = True
                os.kill(os.getpid(), getattr(signal, BY))
        return self.trace

    def begin(self) -> None:
        """Trace this thread from now on, also in the functions that are running."""
        frame: FrameType | None = sys._getframe()  # noqa: SLF001  there is no other way
        while frame is not None:
            frame.f_trace = self.trace
            frame = frame.f_back
        sys.settrace(self.trace)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Trace no more."""
        sys.settrace(None)
        if LINES:
            Path(LINES).write_text("\n".join(self.seen))


def pytest_configure(config: pytest.Config) -> None:
    """Trace the session from when it hears signals on."""
    if config.pluginmanager.has_plugin("parallel-claims-worker"):
        return
    from parallel_claims.processes.signals import Signals

    lines, hear = Lines(), Signals.hear
    config.pluginmanager.register(lines, "interrupting")

    def heard(self: Signals) -> None:
        hear(self)
        lines.begin()

    setattr(Signals, "hear", heard)  # noqa: B010  it is put around it
