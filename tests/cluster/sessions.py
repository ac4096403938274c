"""A session that measures on a running cluster, as a user would start it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cluster.conftest import LATE

ROOT = Path(__file__).parents[2]


def measured(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Measure what a cluster gives, in two blocks at smoke scale."""
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "--scale", "smoke"]
    command += ["--blocks=2", f"--blocks-results={folder}", "-p", "no:cacheprovider", *options]
    return subprocess.run(  # noqa: S603  this very Python
        [*command, "experiments/test_beyond_cluster.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=5 * LATE,
        check=False,
    )
