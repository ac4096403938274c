"""What stands beside the verdicts on a run: what disturbed it, and how it is calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.noise import calibration
from parallel_claims.noise.diagnose import diagnose

if TYPE_CHECKING:
    from parallel_claims.saved.form import Run


def on(run: Run) -> list[str]:
    """Return the notes on a run, a sentence each; on one of another suite only what it repeats."""
    found = [finding.sentence for finding in diagnose(run)]
    if run.repeated:
        more = f" and {len(run.repeated) - 1} more" if len(run.repeated) > 1 else ""
        found.append(
            f"saved several times, of which the last counts (a rerun, or merged shards): "
            f"{run.repeated[0]}{more}"
        )
    return [*found, calibration.belonging_to(run)] if run.suite else found
