"""What every test of a cluster is held to; and a local one of Dask: that of ``--cluster dask``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

from tests.experiments.conftest import nothing_left_behind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from experiments.cluster.on_dask import Dask

__all__ = ["nothing_left_behind"]

LATE = 120.0
"""Seconds that nothing takes: they bound a wait of which only the end matters."""


@pytest.fixture(scope="module")
def dask() -> Iterator[Dask]:
    """Start a local cluster of two workers; end it, and look that nothing is left."""
    pytest.importorskip("distributed")
    from experiments.cluster.on_dask import Dask

    before = set(psutil.Process().children(recursive=True))
    found = Dask.start(2, LATE)
    started = set(psutil.Process().children(recursive=True)) - before
    yield found
    found.close()
    if left := psutil.wait_procs(started, LATE)[1]:
        pytest.fail(f"processes are left behind: {left}")
