"""The messages between the controller and a worker: one class each, JSON lines on a pipe.

A worker says what it collected (``Hello``) and is told what to run (``Run``). Test by test it is
then told to begin (``Go``). A test that calls its benchmark says so once it is warm (``Ready``),
takes a slice whenever it is asked for one (``Slice``, ``Taken``), and goes on when it is told to
(``Finish``). Each test ends with its reports (``Done``). The end of the pipe ends the worker.

Only the standard library is imported: a worker may run in any environment.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any

from parallel_claims.parameters import ADDRESS


@dataclass(frozen=True)
class Hello:
    """What a worker collected.

    tests: the node ids of what may be a benchmark, in pytest's order. broken: what could not be
    collected, with the reason. claims: those of the suite's markers, as data. refusal: why nothing
    can be measured in this process; empty where it can.
    """

    tests: list[str]
    broken: dict[str, str] = field(default_factory=dict)
    claims: list[Any] = field(default_factory=list)
    refusal: str = ""


@dataclass(frozen=True)
class Calls:
    """How many calls a round of a benchmark has.

    loops: in a slice. usual: where pytest-benchmark calibrates it. seconds: of a round of a slice.
    """

    loops: int
    usual: int
    seconds: float = 0.0


@dataclass(frozen=True)
class Run:
    """What a worker is to run, in this order; once in its life.

    seconds: how long a slice is. known: what an earlier worker found out. usual_rounds: how many
    rounds are wanted beside the slices that are as pytest-benchmark takes them.
    """

    tests: list[str]
    seconds: float
    known: dict[str, Calls] = field(default_factory=dict)
    usual_rounds: int = 0


@dataclass(frozen=True)
class Go:
    """Begin the next test."""

    test: str


@dataclass(frozen=True)
class Ready:
    """A test has called its benchmark, and is warm."""

    loops: int
    usual: int


@dataclass(frozen=True)
class Slice:
    """Take a slice. cpu: the CPU to stay on meanwhile, None for any."""

    cpu: int | None = None


@dataclass(frozen=True)
class Taken:
    """What a slice gave.

    rounds: seconds per call of each round that nothing interrupted. timed: seconds inside timed
    calls, all rounds. whole: seconds with set-up and teardown of the rounds. one_cpu: whether it
    kept one CPU busy, and no other. cpus: how many CPUs the process might use. coarse: whether a
    round is so short that the clock's resolution shows. seen: numbers seen meanwhile, by name.
    """

    rounds: list[float]
    timed: float
    whole: float
    one_cpu: bool
    cpus: int
    coarse: bool = False
    seen: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Finish:
    """Take no more slices: go on with the test."""


@dataclass(frozen=True)
class Done:
    """How a test ended.

    reports: pytest's, serialised by pytest. failed, skipped: why, empty where it did not.
    rounds: those that are as pytest-benchmark takes them, in seconds per call.
    benchmark: what pytest-benchmark knows of it (group, options, extra_info); None where the test
    never called its benchmark. recorded, info: what a ``measure`` round recorded beside its time.
    parameters: the test's, in short.
    """

    test: str
    reports: list[dict[str, Any]]
    failed: str = ""
    skipped: str = ""
    benchmark: dict[str, Any] | None = None
    rounds: list[float] = field(default_factory=list)
    recorded: dict[str, float] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)


Message = Hello | Run | Go | Ready | Slice | Taken | Finish | Done

KINDS = {kind.__name__: kind for kind in (Hello, Run, Go, Ready, Slice, Taken, Finish, Done)}


def encoded(message: Message) -> bytes:
    """Return a message as a line."""
    words = {"kind": type(message).__name__, **asdict(message)}
    return json.dumps(words, default=str).encode() + b"\n"


def decoded(line: bytes) -> Message:
    """Return the message of a line.

    Raises:
        ValueError, TypeError, KeyError: it is none.
    """
    words = json.loads(line)
    kind = KINDS[words.pop("kind")]
    if kind is Run:
        words["known"] = {name: Calls(**calls) for name, calls in words["known"].items()}
    found: Message = kind(**words)
    return found


def in_json(value: object) -> Any:
    """Return a value as JSON has it; what it cannot hold as pytest-benchmark writes that."""

    def words(unknown: object) -> str:
        return f"UNSERIALIZABLE[{unknown!r}]"

    try:
        return json.loads(json.dumps(value, allow_nan=False, default=words))
    except (TypeError, ValueError, RecursionError):  # keys, nan, circles
        return words(value)


LONGEST = 4096
"""Characters of a value that is saved as it is: files are read, and kept for years."""


def to_keep(value: object) -> Any:
    """Return a parameter, or what a test noted of itself, as it is saved: in JSON, and short.

    What is longer is a text of its ends with a checksum, so that another value is another text.
    """
    found = in_json(value)
    text = found if isinstance(found, str) else json.dumps(found)
    if len(text) <= LONGEST:
        return found
    text = ADDRESS.sub("", text)
    checksum = blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"{text[:SHOWN]} … {text[-SHOWN:]} ({len(text)} characters, checksum {checksum})"


SHOWN = 200
"""Characters of each end of a longer value."""
