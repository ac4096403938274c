"""The course's claims, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parallel_claims.judge import claims_file
from tests.typed import typed

if TYPE_CHECKING:
    import subprocess

ROOT = Path(__file__).parents[1]
PATH = ROOT / "analysis" / "claims.toml"
COURSE = claims_file.read(PATH)


def analysis(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Do in a folder what the course's command does."""
    return typed(folder, *args, claims=PATH, program="python -m analysis")
