"""No experiment leaves threads behind that a later one would fork beside."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    """Stop joblib's workers where a variant left them: their threads live in this process.

    A fork copies none of the threads, but the locks that they hold.
    """
    yield
    if threading.active_count() > 1 and "joblib.externals.loky" in sys.modules:
        from experiments.work import strategies

        strategies.stop_joblib_workers()
