"""Live workers: started, bound in time, ended; several at once, each talked to by a conversation.

A conversation is a generator. It yields a worker and what that is asked (None to wait for what it
says by itself) and is sent the answer; a worker that ends, or gives no answer in time, is thrown
into it. One loop waits for all of them, in a call of ours, and for signals.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import psutil

from parallel_claims.engine import protocol
from parallel_claims.engine.worker.settings import PRIVATE, WHERE
from parallel_claims.processes import belongings

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_claims.processes.signals import Signals

GRACE = 10.0
"""Seconds that a worker gets to end once nothing more is asked of it, or it was told to."""

SHOWING = 0.5
"""Seconds that a stuck worker gets to write where it is."""

POLL = 0.5
"""Seconds after which it is told anew how far everything is."""

PIECE = 1 << 16
"""Bytes that are read at once."""


class LostError(Exception):
    """A worker that gives no answer any more; the message says why. log: what it printed."""

    def __init__(self, why: str, log: str = "") -> None:
        super().__init__(why)
        self.log = log


class StoppedError(LostError):
    """Everything was told to end."""

    def __init__(self) -> None:
        super().__init__("everything was told to end")


@dataclass(frozen=True)
class Launch:
    """How workers of one kind are started.

    name: what they are called in messages. command: the program and its arguments. cwd: the
    folder it is started in. env: its environment.
    """

    name: str
    command: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)


Conversation = Generator[tuple["Worker", "protocol.Message | None"], "protocol.Message", None]
"""What is asked of workers, and what is made of their answers."""


class Worker:
    """A process that measures, and the pipe to it.

    patience: seconds that its next answer may take. kept: whether what it wrote stays.
    """

    def __init__(self, launch: Launch, seed: int, folder: Path, output: IO[str] | None) -> None:
        """Start it.

        seed: the hash seed. folder: its own, removed at its end. output: where what it prints
        goes, a log in its folder if None.
        """
        self.launch = launch
        self.seed = seed
        self.folder = folder
        self.log = folder / "log.txt"
        self.began = time.monotonic()
        self.deadline = 0.0
        self.patience = math.inf
        self.kept = False
        self.rest = b""
        folder.mkdir(parents=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603  this Python, or the side's
                launch.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output or log,
                cwd=launch.cwd,
                env={**launch.env, PRIVATE: str(folder), "PYTHONHASHSEED": str(seed)},
                start_new_session=True,
            )
        belongings.note(self.process.pid)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.requests: IO[bytes] = self.process.stdin
        self.answers: IO[bytes] = self.process.stdout

    def fileno(self) -> int:
        """Return what to wait for."""
        return self.answers.fileno()

    def tell(self, message: protocol.Message) -> None:
        """Send a message.

        Raises:
            LostError: the process ended.
        """
        try:
            self.requests.write(protocol.encoded(message))
            self.requests.flush()
        except OSError:
            raise self.lost() from None

    def received(self) -> protocol.Message | None:
        """Return a message if a whole one has come.

        Raises:
            LostError: the process ended, or says what no worker does.
        """
        if b"\n" not in self.rest:
            more = os.read(self.fileno(), PIECE)
            if not more:
                raise self.lost()
            self.rest += more
        if b"\n" not in self.rest:
            return None
        line, _, self.rest = self.rest.partition(b"\n")
        try:
            return protocol.decoded(line)
        except (ValueError, TypeError, KeyError):
            message = f"it says what no worker does: {line[:80]!r}"
            raise LostError(message) from None

    def kill(self) -> None:
        """End it and all that it started at once."""
        if self.process.poll() is None:
            with contextlib.suppress(psutil.Error):
                for child in psutil.Process(self.process.pid).children(recursive=True):
                    end_group(child.pid)
        with contextlib.suppress(OSError):  # its group outlives it where it left something running
            if os.name == "posix":
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def leave(self) -> None:
        """Ask nothing more of it: it tears its fixtures down, and ends."""
        self.patience = GRACE
        with contextlib.suppress(OSError):
            self.requests.close()

    def gone(self, seconds: float) -> bool:
        """Wait until it has ended, so long at most; say whether it has."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def remove(self) -> None:
        """Let go of it, ended, and remove its folder and what it left running."""
        self.leave()
        self.kill()
        self.process.wait(GRACE)
        self.answers.close()
        belongings.remove_of(self.process.pid)
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def stuck(self) -> str:
        """Say where it is, and end it."""
        if WHERE is not None:
            size = self.log.stat().st_size
            with contextlib.suppress(OSError):
                os.kill(self.process.pid, WHERE)
                self.gone(SHOWING)
            where = place(self.log.read_text(errors="replace")[size:])
        else:
            where = ""
        self.kill()
        return f"stuck{where}"

    def lost(self) -> LostError:
        """Return how the process ended, as an error."""
        return LostError(self.why(), self.log.read_text(errors="replace"))

    def why(self) -> str:
        """Say how the process ended."""
        if not self.gone(GRACE):
            self.kill()
            return "it closed its pipe and went on: it was ended"
        code = self.process.returncode
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        last = telling(self.log.read_text(errors="replace"))
        return f"it ended with exit code {code}" + (f": {last}" if last else "")


class Lanes:
    """All live workers of a run, and the loop that waits for them.

    folder: where each worker has a folder of its own; it is removed where nothing is kept.
    patience: seconds that any answer may take.
    signals: what ends everything. option: what sets the patience, for messages.
    """

    def __init__(
        self, folder: Path, patience: float, signals: Signals, option: str = "--timeout"
    ) -> None:
        self.folder = folder
        self.patience = patience
        self.signals = signals
        self.option = option
        self.numbers = itertools.count()
        self.alive: list[Worker] = []
        self.talking: dict[Worker, Conversation] = {}

    def started(self, launch: Launch, seed: int, output: IO[str] | None = None) -> Worker:
        """Start a worker."""
        worker = Worker(launch, seed, self.folder / f"{next(self.numbers):04}", output)
        self.alive.append(worker)
        return worker

    def farewell(self, worker: Worker) -> Conversation:
        """Let a worker end: a part of a conversation, and its last word."""
        worker.leave()
        with contextlib.suppress(LostError):
            while True:
                yield worker, None
        self.removed(worker)

    def removed(self, worker: Worker) -> None:
        """Let go of a worker that has ended, or end it."""
        if worker in self.alive:
            self.alive.remove(worker)
            worker.remove()

    def run(
        self,
        supply: Callable[[int], Conversation | None],
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        """Hold conversations until none is left.

        supply: returns the next one to begin, given how many are held; None where none is to be
        begun now. tick: is called now and then.

        Raises:
            StoppedError: a signal told everything to end; all workers have.
        """
        with selectors.DefaultSelector() as waiting, self.signals.waking() as woken:
            waiting.register(woken, selectors.EVENT_READ)
            try:
                self.begin(supply)
                while self.talking:
                    self.stop_if_told()
                    self.wait(waiting, woken)
                    self.begin(supply)
                    tick()
                self.stop_if_told()
            except StoppedError:
                self.stop()
                raise

    def begin(self, supply: Callable[[int], Conversation | None]) -> None:
        """Begin conversations as long as there are some to begin."""
        while not self.signals.ended_by and (one := supply(len(self.talking))) is not None:
            self.go_on(one, None)

    def stop_if_told(self) -> None:
        """Stop where a signal said so.

        Raises:
            StoppedError: it did.
        """
        if self.signals.ended_by:
            raise StoppedError

    def wait(self, waiting: selectors.BaseSelector, woken: int) -> None:
        """Wait for an answer, for a worker to run out of time, or for a signal; go on with it."""
        for worker in self.talking:
            if worker.fileno() not in waiting.get_map():
                waiting.register(worker, selectors.EVENT_READ)
        now = time.monotonic()
        soonest = min(worker.deadline for worker in self.talking)
        ready = {key.fileobj for key, _ in waiting.select(min(POLL, max(0.0, soonest - now)))}
        if woken in ready:
            os.read(woken, PIECE)
        for key in [*waiting.get_map().values()]:
            if key.fileobj != woken:
                waiting.unregister(key.fileobj)
        for worker, conversation in [*self.talking.items()]:
            if worker in ready:
                self.hear(worker, conversation)
            elif time.monotonic() >= worker.deadline:
                where = worker.stuck()
                del self.talking[worker]
                why = f"{where}: over {worker.patience:g} s ({self.option})"
                self.go_on(conversation, LostError(why))

    def hear(self, worker: Worker, conversation: Conversation) -> None:
        """Hand what a worker says to its conversation, or that it has ended."""
        try:
            answer: protocol.Message | LostError | None = worker.received()
        except LostError as error:
            answer = error
        if answer is not None:
            del self.talking[worker]
            self.go_on(conversation, answer)

    def go_on(self, conversation: Conversation, with_: protocol.Message | LostError | None) -> None:
        """Go on with a conversation until it waits for a worker, or ends."""
        while True:
            try:
                if isinstance(with_, LostError):
                    worker, request = conversation.throw(with_)
                else:
                    worker, request = conversation.send(with_)  # type: ignore[arg-type]  # to begin
            except StopIteration:
                return
            try:
                if request is not None:
                    worker.tell(request)
                if b"\n" in worker.rest and (found := worker.received()) is not None:
                    with_ = found
                    continue
            except LostError as error:
                with_ = error
                continue
            worker.patience = min(worker.patience, self.patience)
            worker.deadline = time.monotonic() + worker.patience
            self.talking[worker] = conversation
            return

    def stop(self) -> None:
        """End every worker, as Ctrl-C ends pytest: its fixtures are torn down, if that is quick."""
        talking, self.talking = self.talking, {}
        for conversation in {id(one): one for one in talking.values()}.values():
            with contextlib.suppress(StopIteration, LostError):
                conversation.throw(StoppedError())
            conversation.close()
        for worker in self.alive:
            worker.leave()
            with contextlib.suppress(OSError):
                worker.process.send_signal(signal.SIGINT)
        ends = time.monotonic() + GRACE
        for worker in self.alive:
            worker.gone(max(0.0, ends - time.monotonic()))
        self.close()

    def close(self) -> None:
        """End what is left at once."""
        for worker in self.alive:
            worker.remove()
        self.alive.clear()
        with contextlib.suppress(OSError):
            self.folder.rmdir()


def end_group(pid: int) -> None:
    """Kill the group of a process that leads one: killing its parent's does not reach it."""
    with contextlib.suppress(OSError):
        if os.name == "posix" and os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)


def place(dump: str) -> str:
    """Return the innermost function of the main thread in what faulthandler wrote, in words."""
    lines = [line.strip() for line in dump.splitlines()]
    main = next((n for n, line in reversed([*enumerate(lines)]) if "(most recent call" in line), -1)
    found = lines[main + 1] if 0 <= main < len(lines) - 1 else ""
    if not found.startswith("File "):
        return ""
    file, _, rest = found.removeprefix("File ").partition(", line ")
    number, _, function = rest.partition(" in ")
    return f" in {function}, {file.strip(chr(34))}:{number}"


NOTHING_TOLD = re.compile(r"[.sFxXEpP]*\s*(\[\s*\d+%\])?|\W*")
"""A line of pytest's progress, or a rule."""


def telling(text: str) -> str:
    """Return the last line that tells why pytest ended; its dots and rules tell nothing."""
    lines = [line.strip() for line in text.splitlines() if not NOTHING_TOLD.fullmatch(line)]
    told = [line for line in lines if "error" in line.lower()]
    return (told or lines or [""])[-1].removeprefix("E   ")[:300]


def clean_environment(without: tuple[str, ...] = (), **more: Any) -> dict[str, str]:
    """Return the user's environment less what belongs to this process, and with ``more``."""
    left_out = {"PYTEST_CURRENT_TEST", "PYTEST_VERSION", *without}
    ours = {name: value for name, value in os.environ.items() if name not in left_out}
    return ours | {name: str(value) for name, value in more.items()}
