"""The pipe between a worker and its controller."""

from __future__ import annotations

import os

import pytest

from parallel_claims.engine.protocol import Message, decoded, encoded

GONE = "the controller is gone"


class Line:
    """Standard input and output, as messages: what a test prints goes to standard error."""

    def __init__(self) -> None:
        self.requests = os.fdopen(os.dup(0), "rb")
        self.answers = os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)

    def receive(self) -> Message:
        """Wait for the next request; end the session where there is none any more."""
        line = self.requests.readline()
        if not line:
            pytest.exit(GONE, returncode=0)
        return decoded(line)

    def send(self, message: Message) -> None:
        """Send an answer; end the session where nobody reads it."""
        try:
            self.answers.write(encoded(message))
            self.answers.flush()
        except BrokenPipeError:
            pytest.exit(GONE, returncode=0)
