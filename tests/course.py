"""The course's claims, for tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from parallel_claims.judge import claims_file

ROOT = Path(__file__).parents[1]
PATH = ROOT / "analysis" / "claims.toml"
COURSE = claims_file.read(PATH)


def analysis(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the course's command in a folder, as a user does."""
    return subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", "analysis", *args],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
