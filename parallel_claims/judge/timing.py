"""What a run says of each benchmark without any claim: its seconds, and its group's fastest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_claims import stats
from parallel_claims.decisions import Basis, Rest
from parallel_claims.judge.ratio import Terms
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
    alpha = stats.level(stats.ALPHA, adaptive=run.adaptive)
    seconds = {
        b.fullname: log_ratio(table, Terms(((1, b.fullname),))).interval(alpha)
        for b in run.benchmarks
    }
    fastest: dict[str | None, Benchmark] = {}
    for b in sorted(run.benchmarks, key=lambda b: seconds[b.fullname].centre):
        fastest.setdefault(b.group, b)
    found = []
    for b in run.benchmarks:
        first = fastest[b.group]
        alone = b.group is None or b is first
        terms = Terms(((1, b.fullname), (-1, first.fullname)))
        found.append(
            Timing(
                str(run.path),
                b.name,
                b.fullname,
                b.group,
                seconds[b.fullname],
                None if alone else log_ratio(table, terms).interval(alpha),
                first.name,
                basis_of(run, b),
                lost_blocks(table, [b.fullname]),
            )
        )
    return found


def basis_of(run: Run, benchmark: Benchmark) -> Rest:
    """Return what the interval of a benchmark rests on."""
    count = benchmark.summary.rounds if benchmark.summary else len(benchmark.rounds)
    if benchmark.info.blocks is None:
        return Rest(Basis.ROUNDS, count)
    if run.processes > 1:
        return Rest(Basis.PROCESSES, len(set(benchmark.info.processes or ())))
    return Rest(Basis.BLOCKS, count)
