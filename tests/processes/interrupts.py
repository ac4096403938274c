"""Interrupt a session of two benchmarks at each line that it runs, one session a line.

Usage: python -m tests.processes.interrupts [--sample N] [--signal SIGINT] [--at-once 2]

Every line that runs in the session between its first and its last breath is a point, that of
pytest and of the standard library too. What is wrong at a point is printed: an exit code that is
not that of the signal, a round that was finished and is not saved, an internal error, a traceback.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from parallel_claims.journal import writing
from parallel_claims.saved import folders
from tests.engine.suite import CONFTEST
from tests.processes import runs

SUITE = """
def test_a(benchmark):
    benchmark(sum, range(100))

def test_b(benchmark):
    benchmark(sum, range(200))
"""

ROOT = Path(__file__).parents[2]

PLUGINS = (
    "pytest_benchmark.plugin",
    "parallel_claims.plugin",
    "tests.soaked",
    "tests.interrupting",
    "tests.quick",
)

FEWEST = 2000
"""Lines that a session runs, at the least."""

CODES = {"SIGINT": 2, "SIGTERM": 143, "SIGHUP": 129}
"""Exit codes: how a session ends by each signal."""


def session(folder: Path, **environment: str) -> tuple[int, str]:
    """Run the session in a folder; return its exit code and what it printed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\n")
    plugins = [word for name in PLUGINS for word in ("-p", name)]
    ours = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(ROOT),
        "SOAK_NOTES": str(folder / "notes.txt"),
        **environment,
    }
    command = [sys.executable, "-m", "pytest", "-q", "--blocks=2", "--blocks-slice=1ms"]
    done = subprocess.run(  # noqa: S603  this very Python
        [*command, f"--basetemp={folder / 'temp'}", *plugins],
        cwd=folder,
        env={**os.environ, **ours},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=runs.PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout


def points(folder: Path) -> list[str]:
    """Return the lines that a session runs which nothing interrupts, in order."""
    code, text = session(folder, INTERRUPT_LINES=str(folder / "lines.txt"))
    if code:
        raise AssertionError(text)
    return (folder / "lines.txt").read_text().splitlines()


def wrong_at(folder: Path, point: str, name: str) -> str:
    """Interrupt a session at a point; return what is wrong then, nothing if nothing is."""
    try:
        code, text = session(folder, INTERRUPT_AT=point, INTERRUPT_BY=name)
    except subprocess.TimeoutExpired:
        return "it hangs"
    files = [path for path in (folder / "results").rglob("*") if path.is_file()]
    documents = [
        writing.saved_form(path)
        if path.name.endswith(folders.JOURNAL)
        else json.loads(path.read_text())
        for path in files
        if path.suffix in {".json", ".jsonl"}
    ]
    kept = {
        f"{block} {entry['fullname']}"
        for document in documents
        for entry in document["benchmarks"]
        for block in entry["extra_info"]["blocks"]
    }
    notes = folder / "notes.txt"
    lost = set(notes.read_text().splitlines() if notes.exists() else ()) - kept
    allowed = {CODES[name]} | ({0} if name == "SIGINT" and len(kept) == 4 else set())  # noqa: PLR2004
    if code not in allowed:
        return f"exit code {code}\n{text[-2000:]}"
    if lost or "INTERNALERROR" in text or "Traceback" in text:
        return f"lost: {sorted(lost)}\n{text[-2000:]}"
    return ""


def main() -> None:
    """Interrupt at all points, or at a sample spread evenly over them; print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--signal", default="SIGINT", choices=CODES)
    parser.add_argument("--at-once", type=int, default=2)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="interrupts-"))
    chosen = spread(points(folder / "whole"), given.sample)
    with ThreadPoolExecutor(given.at_once) as pool:
        found = pool.map(
            lambda one: wrong_at(folder / str(one[0]), one[1], given.signal), enumerate(chosen)
        )
        wrong = [(point, why) for point, why in zip(chosen, found, strict=True) if why]
    for point, why in wrong:
        print(f"{point}: {why}")
    print(f"{len(chosen)} lines, {given.signal} at each: {len(wrong)} wrong")
    sys.exit(bool(wrong))


def spread(lines: list[str], count: int | None) -> list[str]:
    """Return so many of the lines, spread evenly over them; all where no number is given."""
    step = max(1, len(lines) // count) if count else 1
    return lines[::step][: count or None]


if __name__ == "__main__":
    main()
