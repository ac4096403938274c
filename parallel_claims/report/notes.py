"""What stands beside the verdicts on a run: what disturbed it, and how it is calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.noise import calibration
from parallel_claims.noise.diagnose import diagnose

if TYPE_CHECKING:
    from parallel_claims.saved.form import Run


def on(run: Run) -> list[str]:
    """Return the notes on a run, a sentence each; a run of another suite has none."""
    found = [finding.sentence for finding in diagnose(run)]
    return [*found, calibration.belonging_to(run)] if run.suite else found
