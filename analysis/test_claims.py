"""The saved results as assertions: `pytest analysis`, one test a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_claim(verdict: Mapping[str, str]) -> None:
    """Pass where the claim holds, fail where it fails, skip where that cannot be told."""
    outcome, reason = verdict["verdict"], verdict["reason"]
    if outcome in {"undecided", "not-testable"}:
        pytest.skip(f"{outcome}: {reason}")
    if outcome == "fails" and isinstance(verdict["known_failure"], str):
        pytest.xfail(reason)
    assert outcome == "holds", reason
