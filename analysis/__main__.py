"""``python -m analysis``: the same commands, with the course's claims wherever it is called."""

from __future__ import annotations

from pathlib import Path

from parallel_claims import main

if __name__ == "__main__":
    main("python -m analysis", claims=Path(__file__).with_name("claims.toml"))
