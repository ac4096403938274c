"""The saved results as assertions: `pytest analysis`, one test a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_claims.judge.outcome import Outcome

if TYPE_CHECKING:
    from parallel_claims.judge.outcome import Verdict


def test_claim(verdict: Verdict) -> None:
    """Pass where the claim holds, fail where it fails, skip where that cannot be told."""
    if verdict.outcome in {Outcome.UNDECIDED, Outcome.NOT_TESTABLE}:
        pytest.skip(f"{verdict.outcome}: {verdict.reason}")
    if verdict.outcome is Outcome.FAILS and verdict.claim.known_failure is not None:
        pytest.xfail(verdict.reason)
    assert verdict.outcome is Outcome.HOLDS, verdict.reason
