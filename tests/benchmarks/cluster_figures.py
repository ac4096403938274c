"""What a cluster costs here: ``python -m tests.benchmarks.cluster_figures [dask|ray] …``.

For each kind: seconds until a local one is there, and gone, and what is left; seconds of the
experiment at quick scale with a budget of a minute; what the harness adds to the same joblib
call in a bare script, in blocks. And what the option costs where it is not used: importing,
collecting.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from parallel_claims.stats import paired

ROOT = Path(__file__).parents[2]

BLOCKS = 12
"""Pairs of a bare call and a measured one."""

UP_AND_GONE = """
import sys, time
from experiments.cluster.opening import Wanted
started = time.perf_counter()
cluster = Wanted(sys.argv[1]).opened(120)
print(time.perf_counter() - started)
started = time.perf_counter()
cluster.close()
print(time.perf_counter() - started)
"""

HARNESS = """
import random, sys, time, types
from experiments.cluster.opening import Wanted
from experiments.work.scales import SCALES
from experiments.work.workloads import f, true_f
from joblib import Parallel, delayed, parallel_config
from parallel_claims.plugin.fixture import timing

class Pedantic:
    def pedantic(self, target, args):
        started = time.perf_counter()
        found = target(*args)
        self.seconds = time.perf_counter() - started
        return found

scale, blocks = SCALES["quick"], int(sys.argv[2])
calls, size = scale.calls, scale.call_size
truth = [true_f(i, size) for i in range(calls)]
cluster = Wanted(sys.argv[1]).opened(120)
workers = len(cluster.workers)
cluster.prepare(workers)
node = types.SimpleNamespace(stash={})
benchmark = Pedantic()
measure = timing(benchmark, types.SimpleNamespace(node=node))

def bare():  # Ray's pool is started once, since that takes seconds
    started = time.perf_counter()
    if cluster.kind == "ray":
        cluster.jobs[1](delayed(f)(i, size) for i in range(calls))
    else:
        with parallel_config(backend="dask", client=cluster.client, pure=False):
            Parallel(n_jobs=workers)(delayed(f)(i, size) for i in range(calls))
    return time.perf_counter() - started

def measured():
    with cluster.unchanged():
        measure(cluster.loop, calls, size, workers, scale.timeout, truth=truth)
    return benchmark.seconds

bare(), measured()
for _ in range(blocks):
    pair = [bare, measured]
    random.shuffle(pair)
    seconds = {turn.__name__: turn() for turn in pair}
    print(seconds["bare"], seconds["measured"])
cluster.close()
"""


def run(code: str, *args: str) -> list[list[float]]:
    """Run a script in an interpreter of its own; return the numbers that it writes, by line."""
    result = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-c", code, *args],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    return [[float(word) for word in line.split()] for line in result.stdout.splitlines()]


def python(*args: str) -> float:
    """Return the seconds of a command of this Python, which must end well."""
    started = time.perf_counter()
    result = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, *args], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )
    if result.returncode:
        raise RuntimeError(result.stdout + result.stderr)
    return time.perf_counter() - started


def ratio(pairs: list[list[float]]) -> str:
    """Return the ratio of the second to the first of each pair, with its interval."""
    logs = np.log([second / first for first, second in pairs])
    found = paired(logs, 0.05).exp()
    return f"{found.centre:.3f} [{found.low:.3f}, {found.high:.3f}] ({len(pairs)} blocks)"


def of_kind(kind: str) -> None:
    """Print the figures of one kind of cluster."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = folder
        (up,), (gone,) = run(UP_AND_GONE, kind)
        left = [path.name for path in Path(folder).iterdir()]
        print(f"{kind}: up in {up:.1f} s, gone in {gone:.1f} s, left: {left or 'nothing'}")
        print(f"{kind}: measured / bare joblib call: {ratio(run(HARNESS, kind, str(BLOCKS)))}")
        seconds = python(
            "-m", "pytest", "--benchmark-only", "--cluster", kind, "-p", "no:cacheprovider",
            f"--blocks-results={folder}/results", "--blocks-budget=60s",
            "experiments/test_beyond_cluster.py",
        )  # fmt: skip
        print(f"{kind}: the experiment at quick scale: {seconds:.0f} s")


def without() -> None:
    """Print what the option costs a session that does not use it: collecting all experiments."""
    collect = ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "experiments"]
    hidden = [*collect, "--ignore=experiments/test_beyond_cluster.py"]
    hidden += ["-p", "no:experiments.cluster.plugin"]
    python(*collect)
    pairs = []
    for _ in range(BLOCKS):
        turns = [collect, hidden]
        random.shuffle(turns)
        seconds = {id(turn): python(*turn) for turn in turns}
        pairs.append([seconds[id(hidden)], seconds[id(collect)]])
    print(f"collecting, with the option there / without it: {ratio(pairs)}", flush=True)


if __name__ == "__main__":
    without()
    for named in sys.argv[1:] or ["dask", "ray"]:
        of_kind(named)
