"""The course's claims, for tests."""

from __future__ import annotations

from pathlib import Path

from parallel_claims.judge import claims_file

ROOT = Path(__file__).parents[1]
PATH = ROOT / "analysis" / "claims.toml"
COURSE = claims_file.read(PATH)
