"""Asking live workers of the two versions, one a side: whose answer it is, and who gives none."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from parallel_claims.engine import protocol
from parallel_claims.engine.lanes import LostError, StoppedError
from parallel_claims.versus.records import Lost

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from parallel_claims.engine.lanes import Worker

    Asking = Generator[tuple[Worker, protocol.Message | None], protocol.Message, Any]

SLICE = 0.003
"""Seconds of a slice: shorter than noise usually lasts."""


class SideError(LostError):
    """A worker of a side that gives no answer any more; the message names the side."""

    def __init__(self, worker: Worker, error: LostError) -> None:
        super().__init__(f"{worker.launch.name}: {error}", error.log)
        self.worker, self.why = worker, str(error)


class Test:
    """One test that runs on some sides, and the slices that were taken of it."""

    def __init__(self, workers: Sequence[Worker], name: str) -> None:
        self.workers = workers
        self.name = name
        self.sides = range(len(workers))
        self.done: list[protocol.Done | None] = [None for _ in workers]
        self.loops = [1 for _ in workers]
        self.taken: list[list[protocol.Taken]] = [[] for _ in workers]

    def begin(self) -> Asking:
        """Let all begin, until each is warm, or has ended."""
        for side in self.sides:
            yield from self.ask(side, protocol.Go(self.name))

    def ask(self, side: int, message: protocol.Message) -> Asking:
        """Ask one side something, and note what it says."""
        answer = yield from asked(self.workers[side], message)
        if isinstance(answer, protocol.Done):
            self.done[side] = answer
        elif isinstance(answer, protocol.Ready):
            self.loops[side] = answer.loops
        else:
            self.taken[side].append(answer)

    def slice(self, side: int, cpu: int | None) -> Asking:
        """Take a slice of one side, while none has ended."""
        if not any(self.done):
            yield from self.ask(side, protocol.Slice(cpu))

    def end(self) -> Asking:
        """Let all end; return on which side the test did not pass, and why; None if on none."""
        for side in self.sides:
            if self.done[side] is None:
                yield from self.ask(side, protocol.Finish())
        return reason(self.workers, [one for one in self.done if one is not None])

    @property
    def failed(self) -> bool:
        """Say whether it raised on a side."""
        return any(one is not None and one.failed for one in self.done)

    def look(self) -> Asking:
        """Run it with one slice of each side; return why it does not run, and where."""
        yield from self.begin()
        for side in self.sides:
            yield from self.slice(side, None)
        lost = yield from self.end()
        return lost


def asked(worker: Worker, message: protocol.Message | None) -> Asking:
    """Ask a worker something; return its answer.

    Raises:
        SideError: it gives none.
    """
    with of_side(worker):
        answer = yield worker, message
    return answer


def run(worker: Worker, message: protocol.Run) -> None:
    """Tell a worker what it is to run.

    Raises:
        SideError: it has ended.
    """
    with of_side(worker):
        worker.tell(message)


@contextmanager
def of_side(worker: Worker) -> Iterator[None]:
    """Name the side whose worker gives no answer any more."""
    try:
        yield
    except StoppedError:
        raise
    except LostError as error:
        raise SideError(worker, error) from None


def hello(worker: Worker) -> Asking:
    """Wait until a worker says what it has; return that.

    Raises:
        SideError: it ends before, or can measure nothing.
    """
    answer = yield from asked(worker, None)
    assert isinstance(answer, protocol.Hello)
    if answer.refusal:
        raise SideError(worker, LostError(answer.refusal))
    return answer


NOTHING = "it measured nothing"


def reason(workers: Sequence[Worker], ended: Sequence[protocol.Done]) -> Lost | None:
    """Return on which side a test did not pass, and why; None where it passed on all."""
    told = {
        side: f"{worker.launch.name}: {why}"
        for side, (worker, one) in enumerate(zip(workers, ended, strict=True))
        if (why := one.failed or one.skipped or ("" if one.benchmark else NOTHING))
    }
    return Lost("; ".join(dict.fromkeys(told.values())), frozenset(told)) if told else None
