"""What stands beside the verdicts on a run: what disturbed it, and how it is calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import calibrate
from analysis.diagnose import diagnose

if TYPE_CHECKING:
    from analysis.load import Run


def on(run: Run) -> list[str]:
    """Return the notes on a run, a sentence each; a run of another suite has none."""
    found = [finding.sentence for finding in diagnose(run)]
    return [*found, calibrate.belonging_to(run)] if run.suite else found
