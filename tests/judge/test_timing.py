"""What a run says without claims: seconds with intervals, and ratios within groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_claims.decisions import Basis, Rest
from parallel_claims.judge.timing import timings
from parallel_claims.saved import reading
from tests import files

if TYPE_CHECKING:
    from pathlib import Path

DRIFT = np.exp(np.linspace(0, 0.5, 12))
"""Seconds that all benchmarks of a block share: no ratio has it."""


def test_each_benchmark_has_its_seconds_and_its_ratio_to_the_fastest(tmp_path: Path) -> None:
    """The interval of seconds has the drift of the machine in it; that of a ratio does not."""
    processes = list(range(12))
    entries = [
        files.entry("test_a", (3e-3 * DRIFT).tolist(), group="g", processes=processes),
        files.entry("test_b", (1e-3 * DRIFT).tolist(), group="g", processes=processes),
        files.entry("test_c", (2e-3 * DRIFT).tolist(), group="other", processes=processes),
    ]
    a, b, c = timings(reading.read(files.write(tmp_path / "r.json", files.document(entries))))
    middle = float(np.median(DRIFT))
    assert a.seconds.centre == pytest.approx(3e-3 * middle, rel=0.05)
    assert a.seconds.low < 0.95 * a.seconds.centre < 1.05 * a.seconds.centre < a.seconds.high
    assert a.times_as_long is not None
    assert a.times_as_long.low == pytest.approx(3)
    assert a.times_as_long.high == pytest.approx(3)
    assert a.fastest == "test_b"
    assert b.times_as_long is None
    assert c.times_as_long is None
    assert {one.basis for one in (a, b, c)} == {Rest(Basis.PROCESSES, 12)}


def test_rounds_that_were_not_measured_in_blocks_are_a_sample(tmp_path: Path) -> None:
    """Anyone's file: the median of the rounds, on so many of them."""
    data = [1.0, 2.0, 3.0] * 10
    saved = files.document([files.entry("test_a", data, blocks=False)], suite=None)
    (found,) = timings(reading.read(files.write(tmp_path / "r.json", saved)))
    assert found.seconds.centre == pytest.approx(2)
    assert found.basis == Rest(Basis.ROUNDS, 30)
