"""One live process of a version: pytest, which takes a slice of a benchmark when it is asked to."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import selectors
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from parallel_claims import errors
from parallel_claims.versus.sides.running import telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.versus.records import Version

GRACE = 5.0
"""Seconds that a process gets to tear its fixtures down, once nothing more is asked of it."""


class Place:
    """Where processes are started from: the instrument that they all load, and their logs.

    instrument: a folder with nothing but this package in it, first on the path of each side, so
        that both are measured alike and neither sees anything else of this environment.
    patience: seconds that any answer may take.
    """

    def __init__(self, folder: Path, patience: float) -> None:
        self.folder = folder
        self.patience = patience
        self.running: set[Process] = set()
        self.numbers = itertools.count()
        self.instrument = folder / "instrument"
        self.instrument.mkdir()
        own = Path(errors.__file__).parent
        (self.instrument / own.name).symlink_to(own, target_is_directory=True)

    def kill(self) -> None:
        """End all processes at once."""
        for process in [*self.running]:
            process.kill()

    def new_log(self) -> Path:
        """Return where what the next process prints goes."""
        return self.folder / f"{next(self.numbers):04}.log"


class LostError(Exception):
    """A process that gives no answer any more; the message says why."""


class Process:
    """A pytest session of one version, that waits for requests."""

    def __init__(
        self, version: Version, arguments: Sequence[str], *, seed: int, place: Place
    ) -> None:
        """Start it.

        arguments: pytest's. seed: the hash seed.
        """
        self.version = version
        self.place = place
        self.log = place.new_log()
        self.patience = place.patience
        self.rest = b""
        command = [str(version.python), "-m", "pytest", "-p", "parallel_claims.measure.served"]
        command += ["-p", "no:cacheprovider", *arguments]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(  # noqa: S603  the side that is to be measured
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                cwd=version.folder,
                env=environment(seed, place.instrument),
                start_new_session=True,
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.requests: IO[bytes] = self.process.stdin
        self.answers: IO[bytes] = self.process.stdout
        self.waiting = selectors.DefaultSelector()
        self.waiting.register(self.answers, selectors.EVENT_READ)
        place.running.add(self)

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Let it end, or end it with all that it started."""
        with contextlib.suppress(OSError):
            self.requests.close()
        try:
            if any(exception):
                self.kill()
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait(GRACE)
        finally:
            self.place.running.discard(self)
            self.kill()
            self.waiting.close()
            self.answers.close()

    def kill(self) -> None:
        """End it and its children at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def ask(self, **request: Any) -> dict[str, Any]:
        """Ask for something, and wait for the answer.

        Raises:
            LostError: none came within ``patience``, or the process ended.
        """
        self.tell(**request)
        return self.answer()

    def tell(self, **request: Any) -> None:
        """Send a request.

        Raises:
            LostError: the process ended.
        """
        try:
            self.requests.write(json.dumps(request).encode() + b"\n")
            self.requests.flush()
        except OSError:
            raise LostError(self.why()) from None

    def answer(self) -> dict[str, Any]:
        """Wait for an answer.

        Raises:
            LostError: none came within ``patience``, or the process ended.
        """
        ends = time.monotonic() + self.patience
        while b"\n" not in self.rest:
            if not self.waiting.select(max(0.0, ends - time.monotonic())):
                self.kill()
                message = f"no answer within {self.patience:.0f} s: it was ended"
                raise LostError(message)
            more = os.read(self.answers.fileno(), 1 << 16)
            if not more:
                raise LostError(self.why())
            self.rest += more
        line, _, self.rest = self.rest.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found

    def why(self) -> str:
        """Say how the process ended."""
        try:
            code = self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.kill()
            return "it closed its line and went on: it was ended"
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        last = telling(self.log.read_text(errors="replace"))
        return f"it ended with exit code {code}" + (f": {last}" if last else "")


def environment(seed: int, instrument: Path) -> dict[str, str]:
    """Return the environment of a side's process: the user's, less what belongs to this one."""
    ours = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return ours | {
        "PYTHONPATH": os.pathsep.join(filter(None, (str(instrument), ours.get("PYTHONPATH")))),
        "PYTHONHASHSEED": str(seed),
    }


LEFT_OUT = ("VIRTUAL_ENV", "PYTHONHOME", "PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS", "COV_CORE_SOURCE")
"""What would lead a side's process back to this one's environment."""
