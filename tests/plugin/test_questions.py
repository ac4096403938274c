"""What a run is still to answer, and which benchmarks it goes on with for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallel_claims.judge.claims import Claim
from parallel_claims.judge.outcome import Outcome, Verdict
from parallel_claims.plugin.verdicts import question
from parallel_claims.saved.form import Commit, Run

RUN = Run(Path("r.json"), {}, None, "", Commit(), ())


@pytest.mark.parametrize(
    ("headline", "needed"), [(True, {"serial", "two", "ready"}), (False, {"two", "ready"})]
)
def test_a_headline_is_measured_with_what_is_shown_beside_it(
    headline: bool,  # noqa: FBT001  a parameter
    needed: set[str],
) -> None:
    """The baseline does not decide an efficiency, but the published speedup is compared with it."""
    table: dict[str, Any] = {
        "id": "c",
        "statement": "Two are twice as fast.",
        "baseline": "serial",
        "contender": "two",
        "capacity": {"workers": 2, "ready": "ready"},
        "efficiency": {"at_least": 0.8},
        "headline": headline,
    }
    found = question(Verdict(Claim.of(table), RUN, Outcome.UNDECIDED, ""))
    assert (set(found.benchmarks), found.first) == (needed, headline)
    assert found.name == "Two are twice as fast"
