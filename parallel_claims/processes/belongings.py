"""What belongs to a run and outlives it when it is killed: shared memory, temporary folders.

Each run has a record in a folder of the user's own, beside other temporary files. It is locked
as long as a process of the run holds it: that no lock is on it says that its owner is dead, and
no number of a process, which another may have by now, nor a clock is asked.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

try:
    import fcntl
except ImportError:  # Windows: nothing of what follows is there either
    fcntl = None  # type: ignore[assignment]

MARK = "PARALLEL_CLAIMS_RUN"
"""The environment variable by which all processes that a run starts are known: its token."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  where Linux has it; only what is ours is touched

NAMED = re.compile(r"[0-9]+-[0-9a-f]{8}\.json")


@dataclass(frozen=True)
class Record:
    """What is known of a run to remove what it leaves.

    token: its name, never used again: the process's number and a random one.
    pids: the numbers of its processes, by which joblib names its folders and semaphores.
    folders: where joblib may have made these. listeners: multiprocessing's folders of sockets.
    """

    token: str
    pids: tuple[int, ...]
    folders: tuple[str, ...]
    listeners: tuple[str, ...]


def memory_name() -> str | None:
    """Return a name for shared memory of this run, None (any) where no run is guarded.

    What is so named is removed, even if the run and all its children were killed at once.
    """
    token = os.environ.get(MARK)
    return f"pc-{token}-{secrets.token_hex(3)}" if token else None


def environment_apart() -> dict[str, str]:
    """Return the environment for a process that is none of this run, and is not ended with it."""
    return {name: value for name, value in os.environ.items() if name != MARK}


def temporary_name() -> str:
    """Return how a temporary folder of this run begins: as shared memory, it goes with the run."""
    token = os.environ.get(MARK)
    return f"pc-{token}-" if token else "parallel-claims-"


def private_folder() -> Path | None:
    """Return the folder of this user's records; None if it cannot be only theirs."""
    folder = Path(tempfile.gettempdir()) / f"parallel-claims-{os.getuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        ours = found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077
        if stat.S_ISDIR(found.st_mode) and ours:
            return folder
    return None


def recorded(folder: Path, listeners: str) -> tuple[int, Path]:
    """Write the record of this run and lock it; return the open file and its path.

    It is named only when it is locked: until then, no other run takes it for a dead one's.

    Raises:
        OSError: it cannot be written.
    """
    token = f"{os.getpid()}-{secrets.token_hex(4)}"
    wanted = (str(SHARED_MEMORY), tempfile.gettempdir(), os.environ.get("JOBLIB_TEMP_FOLDER"))
    folders = tuple(dict.fromkeys(str(Path(name).absolute()) for name in wanted if name))
    record = Record(token, (os.getpid(),), folders, (listeners,))
    unnamed, path = folder / f".{token}", folder / f"{token}.json"
    handle = os.open(unnamed, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    os.write(handle, json.dumps(asdict(record)).encode())
    fcntl.flock(handle, fcntl.LOCK_EX)
    unnamed.rename(path)
    return handle, path


def read(path: Path) -> Record | None:
    """Return a record; None where it is no whole one."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        found = json.loads(path.read_text(encoding="utf-8"))
        folders = tuple(str(name) for name in found["folders"])
        listeners = (*map(str, found["listeners"]), *(folder for _, folder in noted(path)))
        pids = (*map(int, found["pids"]), *(pid for pid, _ in noted(path)))
        return Record(str(found["token"]), tuple(dict.fromkeys(pids)), folders, listeners)
    return None


def notes(path: Path) -> Path:
    """Return the file beside a record that the processes of its run are noted in."""
    return path.with_suffix(".pids")


def noted(path: Path) -> list[tuple[int, str]]:
    """Return the processes that were noted beside a record, each with its folder of sockets."""
    with contextlib.suppress(OSError, ValueError):
        lines = notes(path).read_text(encoding="utf-8").splitlines()
        return [(int(pid), folder) for pid, _, folder in (line.partition(" ") for line in lines)]
    return []


def note(pid: int, listeners: str = "") -> None:
    """Note a process of this run, so that what it leaves can be removed.

    listeners: multiprocessing's folder of sockets in it.
    """
    token, folder = os.environ.get(MARK), private_folder()
    if token and folder is not None:
        with (
            contextlib.suppress(OSError),
            notes(folder / f"{token}.json").open("a", encoding="utf-8") as file,
        ):
            file.write(f"{pid} {listeners}\n")


def remove_of(pid: int) -> None:
    """Remove what a dead process of this run left."""
    token, folder = os.environ.get(MARK), private_folder()
    path = folder / f"{token}.json" if token and folder is not None else None
    record = read(path) if path is not None else None
    if path is not None and record is not None:
        own = [folder for number, folder in noted(path) if number == pid]
        remove_all([*left_by(pid, record), *sockets(own)])


def sweep(folder: Path) -> None:
    """Remove what the dead runs in a folder of records left, and their records."""
    for path in [*folder.iterdir()]:
        if NAMED.fullmatch(path.name):
            with contextlib.suppress(OSError):
                sweep_one(path)


def sweep_one(path: Path) -> None:
    """Remove what one run left, unless a process of it lives.

    Raises:
        OSError: it lives: it holds the lock.
    """
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(path)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Remove what a dead run left, and its record last: a removal that is cut off is done again."""
    record = read(path)
    remove_all(leftovers(record) if record else ())
    notes(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def remove_all(paths: Iterable[Path]) -> None:
    """Remove files and folders of this user's, as far as they are there."""
    for left in paths:
        with contextlib.suppress(OSError):
            if left.lstat().st_uid != os.getuid():
                continue
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink()


def leftovers(record: Record) -> Iterator[Path]:
    """Yield what a dead run left, as far as it is there.

    joblib's names have only the number of the process: one that is in use again is left alone.
    """
    for folder in record.folders:
        yield from Path(folder).glob(f"pc-{record.token}-*")
    for pid in record.pids:
        yield from left_by(pid, record)
    yield from sockets(record.listeners)


def sockets(names: Iterable[str]) -> Iterator[Path]:
    """Yield those of some folders that are multiprocessing's, and are there."""
    for path in map(Path, names):
        if path.name.startswith("pymp-") and path.exists():
            yield path


def left_by(pid: int, record: Record) -> Iterator[Path]:
    """Yield what one dead process of a run left, as far as it is there."""
    if in_use(pid):
        return
    patterns = [f"joblib_memmapping_folder_{pid}_*", SEMAPHORES.format(pid)]
    for folder in record.folders:
        for pattern in patterns:
            yield from Path(folder).glob(pattern)


SEMAPHORES = "sem.loky-{}-*"
"""How joblib's semaphores are called: by the number of the process that made them."""


def remove_semaphores(pid: int) -> None:
    """Remove joblib's semaphores of a dead process."""
    if not in_use(pid):
        for left in SHARED_MEMORY.glob(SEMAPHORES.format(pid)):
            with contextlib.suppress(OSError):
                left.unlink()


def in_use(pid: int) -> bool:
    """Say whether a process has this number; a dead one that nobody asked after has it no more."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
