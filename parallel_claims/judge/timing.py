"""What a run says of each benchmark without any claim: its seconds, and its group's fastest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats
from parallel_claims.decisions import Basis, Rest
from parallel_claims.judge.quantity import Quantity
from parallel_claims.judge.ratio import Terms, log_median
from parallel_claims.judge.table import Table, log_ratio, lost_blocks

if TYPE_CHECKING:
    from parallel_claims.saved.form import Benchmark, Run


@dataclass(frozen=True)
class Timing:
    """One benchmark of a run, ``run`` its path.

    seconds: of a call, with the 95 % interval, infinite ends where too few were measured.
    times_as_long: its seconds over those of the fastest of its group, with the interval; None for
        the fastest itself, and where it has no other. fastest: that one's name.
    basis: what the intervals rest on. lost: blocks in which it gave no time.
    """

    run: str
    name: str
    fullname: str
    group: str | None
    seconds: stats.Interval
    times_as_long: stats.Interval | None
    fastest: str
    basis: Rest
    lost: int


def timings(run: Run) -> list[Timing]:
    """Return what a run says of each of its benchmarks, in the order of the file."""
    table = Table(run)
    groups: dict[str | None, list[Benchmark]] = {}
    for b in run.benchmarks:
        groups.setdefault(b.group, []).append(b)
    alpha = stats.level(stats.ALPHA, adaptive=run.adaptive)
    found = []
    for b in run.benchmarks:
        seconds = of_one(b).interval(alpha)
        fastest = min(groups[b.group], key=lambda one: of_one(one).interval(alpha).centre)
        alone = b.group is None or b is fastest
        terms = Terms(((1, b.fullname), (-1, fastest.fullname)))
        found.append(
            Timing(
                str(run.path),
                b.name,
                b.fullname,
                b.group,
                seconds,
                None if alone else log_ratio(table, terms).interval(alpha),
                fastest.name,
                basis_of(run, b),
                lost_blocks(table, [b.fullname]),
            )
        )
    return found


def of_one(benchmark: Benchmark) -> Quantity:
    """Return the seconds of one benchmark: a value a block, or the median of its rounds."""
    if benchmark.info.blocks is None:
        return Quantity(sample=log_median(benchmark), summarised=benchmark.summary is not None)
    blocks = np.array(benchmark.info.blocks, dtype=np.int64)
    return Quantity(np.log(np.array(benchmark.rounds)), blocks)


def basis_of(run: Run, benchmark: Benchmark) -> Rest:
    """Return what the interval of a benchmark rests on."""
    count = benchmark.summary.rounds if benchmark.summary else len(benchmark.rounds)
    if benchmark.info.blocks is None:
        return Rest(Basis.ROUNDS, count)
    if run.processes > 1:
        return Rest(Basis.PROCESSES, len(set(benchmark.info.processes or ())))
    return Rest(Basis.BLOCKS, count)
