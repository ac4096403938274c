"""What every experiment needs around it: nothing cold before it, no threads after it."""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from experiments.mechanisms.children import start_and_join
from experiments.work import strategies

if TYPE_CHECKING:
    from collections.abc import Iterator

COLD = (
    "concurrent.futures.process",
    "joblib.externals.loky",
    "multiprocessing.heap",
    "multiprocessing.pool",
    "multiprocessing.queues",
    "multiprocessing.shared_memory",
    "multiprocessing.synchronize",
    "scipy.linalg",
)
"""What timed calls would import first."""


@pytest.fixture(scope="session", autouse=True)
def warm() -> None:
    """Import what timed calls would import, and start two children once.

    Each block is measured in a fresh process, where the first of them would pay for it: some
    hundredths of a second, which nobody notices in the course's seconds.
    """
    for name in COLD:
        import_module(name)
    start_and_join(strategies.default_start_method(), 2, 60.0)


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    """Stop joblib's workers where a variant left them: their threads live in this process.

    A fork copies none of the threads, but the locks that they hold.
    """
    yield
    if threading.active_count() > 1 and "joblib.externals.loky" in sys.modules:
        strategies.stop_joblib_workers()
