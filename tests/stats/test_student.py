"""Student's t: what scipy says, and what is known in closed form where scipy loses digits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import stdtr

from parallel_claims.stats.student import student

FREEDOM = np.concatenate([[1.0, 1.5, 2.0], np.geomspace(2.25, 3000, 60)])
T = np.concatenate([np.geomspace(1e-3, 40, 80), [1e3, 1e8]])


def test_tails_are_scipys_to_twelve_digits() -> None:
    """On either side, whole degrees of freedom and broken ones, down to where floats end."""
    freedom, t = np.meshgrid(FREEDOM, np.concatenate([-T, T]))
    theirs = stdtr(freedom, t)
    found = student(freedom, t)
    assert np.all(np.abs(found - theirs) <= 1e-12 * theirs + 1e-290)


@pytest.mark.parametrize("t", [1e-12, 1e-8, 1e-3, 0.5, 3.0, 1e8])
def test_tails_are_those_of_the_closed_forms(t: float) -> None:
    """One degree of freedom is Cauchy's, two are a root; scipy has nine digits near 0."""
    found = student(np.array([1.0, 2.0]), np.array([-t, -t]))
    cauchy = math.atan2(1, t) / math.pi
    two = 1 / (2 + t * t) / (1 + t / math.sqrt(2 + t * t))
    assert found.tolist() == pytest.approx([cauchy, two], rel=1e-14)


def test_a_million_values_end_and_no_t_is_too_far() -> None:
    """At many degrees of freedom it is the normal distribution; infinity leaves nothing."""
    assert student(np.array([1e6]), np.array([1.96]))[0] == pytest.approx(0.975, rel=1e-5)
    assert student(np.full(3, 5.0), np.array([-np.inf, 0.0, np.inf])).tolist() == [0.0, 0.5, 1.0]
