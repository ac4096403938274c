"""Benchmarks that cannot run twice in one process: measured the usual way, in another one."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_claims.measure import bridge

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from parallel_claims.measure.rounds import Rounds

AT_MOST = 60.0
"""Seconds that each of them may take, with its share of starting the process."""


def measure(config: pytest.Config, rounds: Rounds) -> None:
    """Measure what failed when it ran again, one round after the other, and say so."""
    for nodeid, reason in rounds.unrepeatable.items():
        rounds.say(f"{nodeid}: cannot run again in one process ({reason})")
    nodeids = list(rounds.unrepeatable)
    if not nodeids:
        return
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "usual.json"
        why = run(config, nodeids, saved)
        found = json.loads(saved.read_text()) if saved.exists() and saved.stat().st_size else {}
    times: dict[str, list[float]] = {
        entry["fullname"]: entry["stats"]["data"] for entry in found.get("benchmarks", ())
    }
    for nodeid in nodeids:
        if data := times.get(nodeid):
            rounds.replace(nodeid, data)
    missed = [nodeid for nodeid in nodeids if nodeid not in times]
    rounds.say(f"measured the usual way, in a process of their own: {len(times)}, without blocks")
    if missed:
        rounds.say(f"not measured there either: {', '.join(missed)}: {why}")


def run(config: pytest.Config, nodeids: Sequence[str], saved: Path) -> str:
    """Run tests in a new process, with the project's own settings; say what went wrong."""
    command = [sys.executable, "-m", "pytest", "-q", "--blocks=off", f"--benchmark-json={saved}"]
    command += [f"--rootdir={config.rootpath}", *bridge.settings(config), *nodeids]
    try:
        done = subprocess.run(  # noqa: S603  this interpreter, and names that pytest collected
            command,
            cwd=config.rootpath,
            capture_output=True,
            text=True,
            timeout=AT_MOST * len(nodeids),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {AT_MOST * len(nodeids):.0f} s"
    return last_line(done.stdout + done.stderr)


def last_line(text: str) -> str:
    """Return the last line of what a process wrote."""
    lines: list[Any] = text.strip().splitlines()
    return str(lines[-1]) if lines else "it wrote nothing"
