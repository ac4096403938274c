"""How reading thousands of runs scales: ``python -m tests.benchmarks.many_runs [RUNS]``.

Makes so many runs of 40 variants x 10 blocks on 10 machines in a temporary folder, and
prints what reading and following them takes; decoding alone, with typed msgspec in the
same process, is what it is compared with.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.follow import runs
from parallel_claims.judge.rules.exact import Exact
from parallel_claims.judge.rules.recorded import Recorded
from parallel_claims.saved import folders, reading
from tests import files
from tests.course import COURSE

if TYPE_CHECKING:
    from collections.abc import Sequence

ALWAYS = ("parent_cpu_seconds", "children_cpu_seconds", "cores", "relative_error")
"""What a run records of every variant."""

VARIANTS, BLOCKS, MACHINES = 40, 10, 10


def make(root: Path, numbers: range, rng: np.random.Generator) -> None:
    """Save runs as large as real ones: every variant the course's claims name, and noise."""
    names = list(dict.fromkeys(name for claim in COURSE.claims for name in claim.benchmarks))
    recorded = {name: dict.fromkeys(ALWAYS) for name in names}
    for claim in COURSE.claims:
        rule = claim.rule
        several = rule.exact if isinstance(rule, Exact) else ()
        for one in (rule.recorded,) if isinstance(rule, Recorded) else several:
            recorded[one.benchmark][one.name] = None
    for number in numbers:
        machine, turn = f"machine-{number % MACHINES}", number // MACHINES
        drift = np.exp(rng.normal(0, 0.05, BLOCKS))
        entries = [
            files.entry(
                name,
                (drift * np.exp(rng.normal(0, 0.02, BLOCKS))).tolist(),
                group=name.split("[")[0],
                positions=list(range(BLOCKS)),
                lost={},
                recorded={key: rng.random(BLOCKS).tolist() for key in recorded[name]},
            )
            for name in names[:VARIANTS]
        ]
        document = files.document(entries, name=machine)
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=turn)
        document["datetime"] = moment.isoformat()
        folder = root / machine / "cpython-3.11.7"
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(document, indent=1)
        (folder / f"{turn + 1:04}_{moment:%Y%m%dT%H%M%SZ}_quick.json").write_text(text)


def seconds_of(*command: str) -> float:
    """Return what a whole command takes, start-up and all."""
    started = time.perf_counter()
    subprocess.run(  # noqa: S603  this very Python
        [sys.executable, *command], check=False, stdout=subprocess.DEVNULL, timeout=600
    )
    return time.perf_counter() - started


def decoding_alone(paths: Sequence[Path]) -> float:
    """Return the bytes a second of typed decoding, file by file, with nothing else timed."""
    spent, size = 0.0, 0
    for path in paths:
        content = path.read_bytes()
        started = time.perf_counter()
        reading.decode(path, content)
        spent += time.perf_counter() - started
        size += len(content)
    return size / spent


def told(values: Sequence[float], form: str, unit: float = 1.0) -> str:
    """Write the median and the range of several measurements."""
    low, middle, high = (format(x / unit, form) for x in np.quantile(values, [0, 0.5, 1]))
    return f"{middle} ({low} to {high})"


def main(count: int) -> None:
    """Make the runs, read them, and print the figures."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make(root, range(count), rng)
        paths = [root / place for place in folders.runs_in(root, [])]
        size = sum(path.stat().st_size for path in paths)
        shares, throughputs, firsts = [], [], []
        for _ in range(3):
            before = decoding_alone(paths[:1000])
            started = time.perf_counter()
            runs.read([root])
            firsts.append(time.perf_counter() - started)
            throughputs.append((before + decoding_alone(paths[-1000:])) / 2)
            shares.append(size / firsts[-1] / throughputs[-1])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        followed = seconds_of("-m", "analysis", "history", name)
        newest = seconds_of("-m", "analysis", "check", str(paths[-1]))
        print(f"{count} runs, {size / 1e6:.0f} MB, {size / count / 1e3:.0f} KB each")
        print(f"decoding alone: {told(throughputs, '.0f', 1e6)} MB/s")
        print(f"reading all: {told(firsts, '.1f')} s")
        print(f"reading against decoding alone, just before and after: {told(shares, '.0%')}")
        print(f"peak memory: {peak:.0f} MB")
        print(f"history, start-up included: {followed:.1f} s")
        print(f"check on the newest run: {newest:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
