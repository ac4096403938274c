"""Real runs, killed at moments that nobody chose: the short form of ``tox -e soak``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests import soak
from tests.processes import runs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="signals a process group"),
    pytest.mark.slow,
]

SEED = 17

VARIANTS = [
    "experiments/test_17_2_multiprocessing.py::test_mean[processes-2]",
    "experiments/test_17_2_multiprocessing.py::test_ready[mean-2]",
    "experiments/test_17_2_multiprocessing.py::test_children_memory[spawn]",
    "experiments/test_17_3_multithreading.py::test_switching[process]",
    "experiments/test_17_3_multithreading.py::test_waiting[socket-2]",
    "experiments/test_17_4_joblib.py::test_joblib[processes-2]",
    "experiments/test_beyond.py::test_giving[mapped]",
    "experiments/test_beyond.py::test_giving_by[memmapped]",
]
"""One of each kind of children, of shared memory and of temporary folders."""


@pytest.mark.parametrize(
    "point",
    soak.points(len(VARIANTS), SEED, list(VARIANTS)),
    ids=lambda point: f"{point.signal}-{point.variant.rpartition('::')[2]}-{point.delay}",
)
def test_nothing_is_lost_or_left(tmp_path: Path, point: soak.Point) -> None:
    """No finished round, no process, no shared memory, no temporary file, and it ends so."""
    found = soak.try_point(point, tmp_path, runs.PATIENCE)
    assert found.rounds > 0, (tmp_path / "output.txt").read_text()
    wrong = (found.lost_rounds, found.alive, found.shared, found.temporary, found.hung)
    assert wrong == (0, 0, 0, 0, 0), found
    assert not found.miscoded, (tmp_path / "output.txt").read_text()
