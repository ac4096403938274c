"""A session interrupted at lines spread over all that it runs; at each one by ``tox -e soak``."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from tests.processes import interrupts

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them"),
    pytest.mark.slow,
]

SAMPLE = 100
"""Lines at which a signal comes: at every other one SIGINT, at the others SIGTERM."""


def test_no_line_is_a_bad_moment(tmp_path: Path) -> None:
    """The exit code is the signal's, each finished round is saved, and nothing is traced back."""
    lines = interrupts.points(tmp_path / "whole")
    assert len(lines) > interrupts.FEWEST
    chosen = list(zip(interrupts.spread(lines, SAMPLE), cycle(["SIGINT", "SIGTERM"])))
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(
            lambda one: interrupts.wrong_at(tmp_path / str(one[0]), *one[1]), enumerate(chosen)
        )
        wrong = {point: why for point, why in zip(chosen, found, strict=True) if why}
    assert not wrong
