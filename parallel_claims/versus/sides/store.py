"""What is kept from one comparison to the next: environments, and the logs of failed builds.

Everything lies in ``$XDG_CACHE_HOME/parallel-claims/versus`` (else ``~/.cache/…``) and may be
deleted at any time. An environment counts once its facts are written, which comes last.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides.running import BUILDING, FailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LEAST_ROOM = 200 * 2**20
"""Bytes that must be free: two environments with pytest take about half of it."""

DAY = 86400.0

KEPT = 30 * DAY
"""Seconds after which an environment that was not used is removed."""

FACTS = "facts.json"
"""What is written last: the environment is whole."""

WAIT = 60.0
"""Seconds to wait for another comparison that starts or ends."""


@dataclass(frozen=True)
class Kept:
    """An environment. built: the day. reused: whether it was there before."""

    folder: Path
    facts: Mapping[str, Any]
    built: str
    reused: bool


def root() -> Path:
    """Return where everything is kept."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = named if named.is_absolute() else Path.home() / ".cache"
    return base / "parallel-claims" / "versus"


def today() -> str:
    """Return the day, as in 2026-01-31 (UTC)."""
    return time.strftime("%Y-%m-%d", time.gmtime())


class Store:
    """The folder with everything that is kept."""

    def __init__(self, folder: Path) -> None:
        """Make it, and remove what is old or was left behind by a program that was killed.

        Raises:
            BadInputError: there is no room.
        """
        self.environments = folder / "environments"
        self.logs = folder / "logs"
        self.private = folder / "private"
        self.lock = FileLock(folder / "lock", timeout=WAIT)
        for part in (self.environments, self.logs, self.private):
            part.mkdir(parents=True, exist_ok=True)
        with self.lock:
            self.tidy()
        room = shutil.disk_usage(folder).free
        if room < LEAST_ROOM:
            message = (
                f"{folder}: {room >> 20} MB are free, {LEAST_ROOM >> 20} are needed: make room, "
                "or set XDG_CACHE_HOME to another disk"
            )
            raise BadInputError(message)

    def tidy(self) -> None:
        """Remove what nobody used for long, and what nobody holds any more."""
        now = time.time()
        for folder in self.environments.iterdir():
            facts = folder / FACTS
            limit, sign = (KEPT, facts) if facts.exists() else (DAY, folder)
            with suppress(OSError):
                if now - sign.stat().st_mtime > limit:
                    remove(folder)
        for log in self.logs.iterdir():
            with suppress(OSError):
                if now - log.stat().st_mtime > KEPT:
                    log.unlink()
        for held in self.private.glob("*.lock"):
            with suppress(Timeout, OSError), FileLock(held, timeout=0):
                shutil.rmtree(held.with_suffix(""), ignore_errors=True)
                held.unlink()

    @contextmanager
    def private_folder(self) -> Iterator[Path]:
        """Give a folder of this comparison's own, removed when it is over.

        After SIGKILL, the next comparison removes it: nothing holds its lock any more.
        """
        with self.lock:
            folder = Path(tempfile.mkdtemp(dir=self.private))
            held = FileLock(folder.with_suffix(".lock"), timeout=WAIT)
            held.acquire()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            Path(held.lock_file).unlink(missing_ok=True)
            held.release()

    def environment(
        self, key: str, build: Callable[[Path], Mapping[str, Any]], *, fresh: bool = False
    ) -> Kept:
        """Return the environment of a key, built where it is not there.

        build: given its folder, it returns the facts; what it wrote to its log is kept where it
            raises a FailedError. fresh: build it again; one that is in use is left as it is.

        Raises:
            BadInputError: another comparison builds it for too long; or what ``build`` raises.
        """
        lock = FileLock(self.environments.parent / f"{key}.lock", timeout=2 * BUILDING)
        try:
            lock.acquire()
        except Timeout:
            message = f"{lock.lock_file}: another comparison builds for over an hour: end it"
            raise BadInputError(message) from None
        try:
            found = None if fresh else self.newest(key)
            return found or self.built(key, build)
        finally:
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()

    def log(self, key: str) -> Path:
        """Return where what a build prints goes; it is kept where the build fails."""
        return self.logs / f"{key}.log"

    def newest(self, key: str) -> Kept | None:
        """Return the newest whole environment of a key."""
        there = [path.parent for path in self.environments.glob(f"{key}-*/{FACTS}")]
        for folder in sorted(there, key=lambda path: path.name, reverse=True):
            with suppress(OSError, ValueError, KeyError):
                kept = json.loads((folder / FACTS).read_text())
                found = Kept(folder, kept["facts"], kept["built"], reused=True)
                os.utime(folder / FACTS)  # it was used
                return found
        return None

    def built(self, key: str, build: Callable[[Path], Mapping[str, Any]]) -> Kept:
        """Build an environment; what is not whole is thrown away."""
        log = self.log(key)
        folder = self.environments / f"{key}-{time.time_ns()}"
        folder.mkdir()
        try:
            facts = dict(build(folder))
            partial = folder / f"{FACTS}.partial"
            partial.write_text(json.dumps({"built": today(), "facts": facts}))
            partial.replace(folder / FACTS)
        except BaseException as error:
            remove(folder)
            if not isinstance(error, FailedError):
                log.unlink(missing_ok=True)
            raise
        log.unlink(missing_ok=True)
        return Kept(folder, facts, today(), reused=False)


def remove(folder: Path) -> None:
    """Remove an environment, its sign of being whole first."""
    (folder / FACTS).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
