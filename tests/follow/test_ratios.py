"""Ratios of many runs: what each of them says is what it says where it is judged alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_claims import stats
from parallel_claims.follow import runs
from parallel_claims.follow.ratios import Rounds, terms_of
from parallel_claims.judge import claims_file
from parallel_claims.judge.table import Table
from parallel_claims.saved import reading
from tests import files, series

if TYPE_CHECKING:
    from pathlib import Path

STOPPED = {"ended": "precision", "precision": 0.04}
"""What a run says of itself that ended when its intervals were narrow."""


def saved(path: Path, *, blocks: bool, count: int = 16, **suite: Any) -> Path:
    """Save a run with 5 % noise."""
    rng = np.random.default_rng(count)
    entries = [
        files.entry(name, (s * np.exp(rng.normal(0, 0.05, count))).tolist(), blocks=blocks)
        for name, s in (("test_a", 1.9), ("test_b", 1.0))
    ]
    return files.write(path, files.document(entries, suite=suite))


def followed(folder: Path, path: Path) -> stats.Interval:
    """Return what is found of the claim where many runs are read."""
    (claim,) = claims_file.read(series.claims_at(folder)).claims
    terms = terms_of(claim)
    assert terms is not None
    read = runs.read([path])
    (found,) = Rounds(read, read.facts.index.to_numpy(np.int64)).ratios(terms[1]).intervals
    return found.exp()


def alone(folder: Path, path: Path, level: float) -> stats.Interval:
    """Return what is found of the claim at a level where one run is judged."""
    (claim,) = claims_file.read(series.claims_at(folder)).claims
    estimate = claim.rule.estimate(Table(reading.read(path)), claim.id)
    assert estimate is not None
    return estimate.judged.interval(level)


def ends(found: stats.Interval) -> tuple[float, float, float]:
    """Return an interval as numbers."""
    return (found.centre, found.low, found.high)


@pytest.mark.parametrize("blocks", [True, False])
def test_a_run_stopped_by_its_width_pays_for_it_wherever_it_is_read(
    tmp_path: Path, *, blocks: bool
) -> None:
    """Its intervals are those of the smaller level; those of a fixed number of blocks are not."""
    fixed = saved(tmp_path / "fixed" / "r.json", blocks=blocks)
    stopped = saved(tmp_path / "stopped" / "r.json", blocks=blocks, stopping=STOPPED)
    paid = stats.level(stats.ALPHA, adaptive=True)
    assert paid < stats.ALPHA
    for path, level in ((fixed, stats.ALPHA), (stopped, paid)):
        assert ends(followed(tmp_path, path)) == pytest.approx(ends(alone(tmp_path, path, level)))
    wide, narrow = followed(tmp_path, stopped), followed(tmp_path, fixed)
    assert wide.high - wide.low > narrow.high - narrow.low


def test_runs_of_either_kind_are_read_together(tmp_path: Path) -> None:
    """Each at its own level, with as many blocks or not."""
    (claim,) = claims_file.read(series.claims_at(tmp_path)).claims
    terms = terms_of(claim)
    assert terms is not None
    for number, (count, suite) in enumerate(
        [(16, {}), (16, {"stopping": STOPPED}), (12, {"stopping": STOPPED})]
    ):
        path = saved(tmp_path / f"{number}.json", blocks=True, count=count, **suite)
        text = path.read_text().replace("2026-11-22", f"2026-11-{number + 1:02}")
        path.write_text(text)
    read = runs.read([tmp_path / f"{number}.json" for number in range(3)])
    found = Rounds(read, read.facts.index.to_numpy(np.int64)).ratios(terms[1])
    paid = stats.level(stats.ALPHA, adaptive=True)
    for interval, path, level in zip(
        found.intervals, read.facts["path"], (stats.ALPHA, paid, paid), strict=True
    ):
        expected = alone(tmp_path, tmp_path / path.rpartition("/")[2], level)
        assert ends(interval.exp()) == pytest.approx(ends(expected))
