"""The hosts of a Dask cluster: one task on each, and what became of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgspec

from parallel_claims.errors import BadInputError
from parallel_claims.fleet import host

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ANSWER = 15.0
"""Seconds within which a scheduler answers."""

SILENT = 60.0
"""Seconds without a sign after which a host is given up: many heartbeats."""

LATER = 30.0
"""Seconds beyond a host's own limit after which it is given up."""

LOOK_EVERY = 0.5


class Answer(msgspec.Struct, frozen=True):
    """What a host hands back; see ``host.measure``."""

    code: int | None
    told: str
    files: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """What became of one host: its answer, or why there is none."""

    name: str
    answer: Answer | None
    why: str = ""


@dataclass(frozen=True)
class Security:
    """Certificates for a ``tls://`` scheduler, by path."""

    ca: str
    cert: str
    key: str


class Fleet:
    """A Dask cluster, seen as hosts.

    Raises:
        BadInputError: it cannot be joined, or has no workers.
    """

    def __init__(self, address: str, security: Security | None) -> None:
        if find_spec("distributed") is None:
            message = "fleet needs distributed: pip install 'parallel-claims[dask]'"
            raise BadInputError(message)
        import distributed

        given = security and distributed.Security(
            tls_ca_file=security.ca,
            tls_client_cert=security.cert,
            tls_client_key=security.key,
            require_encryption=True,
        )
        try:
            self.client = distributed.Client(
                address, timeout=ANSWER, security=given, set_as_default=False
            )
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            message = f"--cluster {address}: no scheduler answers within {ANSWER:g} s: {error}"
            raise BadInputError(message) from None
        self.hosts = self.one_worker_a_host()
        if not self.hosts:
            self.client.close(timeout=1)
            message = f"--cluster {address}: it has no workers: start one on each host"
            raise BadInputError(message)

    def known(self) -> dict[str, dict[str, Any]]:
        """Return what the scheduler knows of its workers, by address; only those heard of lately.

        Raises:
            TimeoutError: it does not answer.
        """
        found: dict[str, dict[str, Any]] = self.client.sync(
            self.client.scheduler.identity, n_workers=-1, callback_timeout=ANSWER
        )["workers"]
        latest = max((worker["last_seen"] for worker in found.values()), default=0.0)
        return {a: w for a, w in found.items() if latest - w["last_seen"] < SILENT}

    def one_worker_a_host(self) -> dict[str, tuple[str, str]]:
        """Return one worker of each host, by the host's address: its own, and its folder."""
        found: dict[str, tuple[str, str]] = {}
        for address, worker in sorted(self.known().items()):
            found.setdefault(str(worker["host"]), (address, str(worker["local_directory"])))
        return found

    def measure(self, arguments: Sequence[str], seconds: float) -> Iterator[Outcome]:
        """Run pytest once on each host, all at the same time; yield what came of each.

        No task is given to a second worker, whatever becomes of the first.
        """
        tasks = {
            name: self.client.submit(
                host.measure, list(arguments), seconds, workers=[address], retries=0, pure=False
            )
            for name, (address, _) in self.hosts.items()
        }
        deadline = time.monotonic() + seconds + LATER
        while tasks:
            for outcome in self.ended(tasks, late=time.monotonic() > deadline):
                tasks.pop(outcome.name).release()
                yield outcome
            time.sleep(LOOK_EVERY if tasks else 0)

    def ended(self, tasks: Mapping[str, Any], *, late: bool) -> list[Outcome]:
        """Return the outcomes that are known now."""
        try:
            known = self.known()
        except (OSError, TimeoutError, RuntimeError, ValueError):
            return [Outcome(name, None, "the scheduler is gone") for name in tasks]
        there = {(address, str(worker["local_directory"])) for address, worker in known.items()}
        found = []
        for name, task in tasks.items():
            if task.status == "finished":
                found.append(answered(name, task))
            elif task.status in {"error", "cancelled", "lost"}:
                found.append(Outcome(name, None, why_failed(task)))
            elif self.hosts[name] not in there:
                found.append(Outcome(name, None, "its worker is gone, or gives no sign"))
            elif late:
                found.append(Outcome(name, None, "it did not end in time"))
        return found

    def close(self) -> None:
        """Leave the cluster as it was."""
        self.client.close(timeout=2)


def why_failed(task: Any) -> str:
    """Return why a task gave no answer, in a line."""
    if task.status != "error":
        return f"its task was {task.status}"
    return " ".join(str(task.exception(timeout=ANSWER)).split())[:300]


def answered(name: str, task: Any) -> Outcome:
    """Return a host's answer, checked."""
    try:
        return Outcome(name, msgspec.json.decode(task.result(timeout=ANSWER), type=Answer))
    except (msgspec.DecodeError, TypeError, OSError, TimeoutError) as error:
        return Outcome(name, None, f"what it handed back cannot be read: {error}")
