"""Kill real runs at random moments, and count what is lost, left or hangs.

Usage: python -m tests.soak [--points 230] [--seed 1] [--first 0] [--folder FOLDER]

A point is a run of one variant of the course at smoke scale, and a signal at a random moment:
TERM, KILL, HUP or INT, to the run or to its group. Each run notes its finished rounds by itself
(``tests.soaked``); what its journal or saved file lacks of them is lost. Its exit code has to be
that of the signal. One line a point, which says how to do it again, and the sums at the end; exit
code 1 if any is not 0.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from parallel_claims.journal import writing as journal
from parallel_claims.processes.belongings import SHARED_MEMORY
from parallel_claims.saved import folders
from tests.processes import runs

ROOT = Path(__file__).parents[1]
CODES = {"SIGTERM": 143, "SIGKILL": -9, "SIGHUP": 129, "SIGINT": int(pytest.ExitCode.INTERRUPTED)}
"""Exit codes: how a run ends by each signal."""

SIGNALS = tuple(CODES)

LATEST = 3.0
"""Seconds after a run's first round at which it is killed, at most."""

PATIENCE = 90.0
"""Seconds after which a run that was told to end hangs."""

PROCESSES_GO = 5.0
"""Seconds after a run's end at which none of its processes may live."""


@dataclass(frozen=True)
class Point:
    """A moment at which a run is killed."""

    number: int
    variant: str
    signal: str
    group: bool
    delay: float


@dataclass(frozen=True)
class Found:
    """What was wrong after it. ended: seconds until the run, then all its processes, were gone."""

    lost_rounds: int
    alive: int
    shared: int
    temporary: int
    hung: int
    miscoded: int
    rounds: int
    ended: tuple[float, float]


def variants() -> list[str]:
    """Return the node ids of the course's benchmarks."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--benchmark-only"]
    found = subprocess.run(  # noqa: S603  this very Python
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=5 * PATIENCE
    )
    return [line for line in found.stdout.splitlines() if "::" in line]


def points(count: int, seed: int, names: list[str]) -> list[Point]:
    """Return the points of a seed: every variant, and every signal, in turn."""
    chance = random.Random(seed)  # noqa: S311  moments, not secrets
    chance.shuffle(names)
    return [
        Point(
            number,
            names[number % len(names)],
            SIGNALS[(number + number // len(names)) % len(SIGNALS)],
            chance.choice((False, True)),
            round(chance.uniform(0, LATEST), 3),
        )
        for number in range(count)
    ]


def start(point: Point, folder: Path) -> subprocess.Popen[bytes]:
    """Start the run of a point."""
    (folder / "temp").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "--scale=smoke", "--blocks=400"]
    for plugin in ("pytest_benchmark.plugin", "parallel_claims.plugin", "tests.soaked"):
        command += ["-p", plugin]
    command += [f"--blocks-results={folder / 'results'}", point.variant]
    ours = {"TMPDIR": str(folder / "temp"), runs.MARK: str(folder)}
    ours["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(  # noqa: S603  this very Python
            command,
            cwd=ROOT,
            env={**os.environ, **ours, "SOAK_NOTES": str(folder / "notes.txt")},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def send(point: Point, process: subprocess.Popen[bytes]) -> bool:
    """Send a point's signal at its moment; say whether the run then ended in time."""
    time.sleep(point.delay)
    number = getattr(signal, point.signal)
    (os.killpg if point.group else os.kill)(process.pid, number)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        return False
    return True


def noted(folder: Path) -> set[tuple[str, int]]:
    """Return the rounds, benchmark and block, that a run noted as finished."""
    notes = folder / "notes.txt"
    lines = notes.read_text().splitlines() if notes.exists() else []
    return {(name, int(block)) for block, _, name in (line.partition(" ") for line in lines)}


def kept(folder: Path) -> set[tuple[str, int]]:
    """Return the rounds that a run's saved file or its journal has."""
    whole = [json.loads(path.read_text()) for path in (folder / "results").rglob("*.json")]
    parts = (folder / "results").rglob(f"*{folders.JOURNAL}")
    documents = whole or [journal.saved_form(path) for path in parts]
    return {
        (entry["fullname"], block)
        for document in documents
        for entry in document["benchmarks"]
        for block in entry["extra_info"]["blocks"]
    }


def try_point(point: Point, folder: Path, within: float = PROCESSES_GO) -> Found:
    """Kill a run at a point, and look at what is lost, and what is left after so many seconds."""
    process = start(point, folder)
    notes = folder / "notes.txt"
    runs.until(lambda: notes.exists() or process.poll() is not None)
    if process.poll() is not None:  # a variant that cannot run here
        return Found(0, 0, 0, 0, 0, 0, 0, (0.0, 0.0))
    began = time.monotonic() + point.delay
    hung = not send(point, process)
    ended = time.monotonic()
    runs.until(lambda: not runs.alive(folder), within)
    gone = time.monotonic()
    alive = len(runs.alive(folder))
    runs.until(lambda: not shared(process.pid) and not temporary(folder), within)
    lost = noted(folder) - kept(folder)
    left = len(shared(process.pid)), len(temporary(folder))
    times = (round(ended - began, 2), round(gone - ended, 2))
    miscoded = int(not hung and process.returncode != CODES[point.signal])
    return Found(len(lost), alive, *left, int(hung), miscoded, len(noted(folder)), times)


def shared(pid: int) -> list[str]:
    """Return the shared memory and semaphores that bear the number of a run's process."""
    parts = (f"pc-{pid}-", f"_folder_{pid}_", f"loky-{pid}-")
    return [p.name for p in SHARED_MEMORY.iterdir() if any(part in p.name for part in parts)]


def temporary(folder: Path) -> list[Path]:
    """Return the temporary files of a run that are not pytest's."""
    found = [p for p in (folder / "temp").iterdir() if not p.name.startswith("pytest-of-")]
    records = folder / "temp" / f"parallel-claims-{os.getuid()}"
    return [path for path in found if path != records] + [*records.glob("*")]


def main() -> None:
    """Try all points; print each, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=230)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="soak-"))
    found = []
    for point in points(given.points, given.seed, variants())[given.first :]:
        found.append(try_point(point, folder / str(point.number)))
        print(json.dumps(asdict(point) | asdict(found[-1])), flush=True)
    names = ("lost_rounds", "alive", "shared", "temporary", "hung", "miscoded", "rounds")
    sums = {name: sum(getattr(one, name) for one in found) for name in names}
    killed = sum(one.rounds > 0 for one in found)
    latest = max(one.ended[1] for one in found)
    print(f"{killed} runs killed of {len(found)}: {sums}; the last process gone after {latest} s")
    sys.exit(any(sums[name] for name in names[:-1]))


if __name__ == "__main__":
    main()
