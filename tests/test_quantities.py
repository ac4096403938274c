"""Numbers and times as people write and read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_claims import quantities
from parallel_claims.report import words
from parallel_claims.stats import Interval


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.2e-9, "3.20 ns"),
        (4.56e-7, "456 ns"),
        (0.9999e-6, "1.00 µs"),
        (1e-6, "1.00 µs"),
        (0.00123, "1.23 ms"),
        (0.0852, "85.2 ms"),
        (0.9996, "1.00 s"),
        (1.0, "1.00 s"),
        (20.98, "21.0 s"),
        (5400.0, "5400 s"),
        (0.0, "0 s"),
        (-0.002, "-2.00 ms"),
    ],
)
def test_seconds_are_written_in_the_unit_that_suits_them(value: float, text: str) -> None:
    """ns, µs, ms or s, with three significant digits."""
    assert quantities.time(value) == text


@given(st.floats(1e-9, 1e6))
def test_a_written_time_is_the_time(value: float) -> None:
    """Within what three digits can say, and never 1000 of a unit or more, but of seconds."""
    told, unit = quantities.time(value).split(" ")
    step = {name: step for step, name in quantities.STEPS}[unit]
    assert float(told) * step == pytest.approx(value, rel=0.051)
    assert unit == "s" or float(told) < 1000.5


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Interval(0.00123, 0.0012, 0.00127), "1.23 ms [1.20, 1.27]"),
        (Interval(0.999e-3, 0.9e-3, 1.1e-3), "999 µs [900, 1100]"),
        (Interval(0.0852, -float("inf"), float("inf")), "85.2 ms"),
        (Interval(0.0, -0.002, 0.003), "0 ms [-2.00, 3.00]"),
        (Interval(1e-6, -0.02, 0.03), "0.00100 ms [-20.0, 30.0]"),
    ],
)
def test_an_interval_of_seconds_has_one_unit(found: Interval, text: str) -> None:
    """That of its centre; around 0 that of its larger end, which says how large it may be."""
    assert words.seconds(found) == text


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("s", "85.2 ms [80.0, 90.0]"),
        ("s of work", "85.2 ms [80.0, 90.0] of work"),
        ("s: starting workers", "85.2 ms [80.0, 90.0]: starting workers"),
        ("switches", "0.0852 [0.0800, 0.0900] switches"),
        ("", "0.0852 [0.0800, 0.0900]"),
    ],
)
def test_recorded_seconds_are_written_as_seconds(unit: str, text: str) -> None:
    """Whatever they are seconds of; other units stay."""
    assert words.in_unit(Interval(0.0852, 0.08, 0.09), unit) == text
