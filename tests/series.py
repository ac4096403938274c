"""Saved runs of known speedup, one after the other, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests import files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CLAIM = """
[[claim]]
id = "b-is-faster"
statement = "B is faster."
baseline = "test_a"
contender = "test_b"
speedup = { at_least = 1.5 }
"""


def claims_at(folder: Path) -> Path:
    """Write the claim that these runs are about."""
    path = folder / "claims.toml"
    path.write_text(CLAIM)
    return path


def one_run(
    path: Path, speedup: float, rng: np.random.Generator, *, day: int = 0, **more: Any
) -> Path:
    """Save a run in which B is so many times as fast as A, with 1 % noise in each block."""
    commit, scale = more.pop("commit", "a" * 40), more.pop("scale", "quick")
    slower = more.pop("slower", 1.0)
    drift = slower * np.exp(rng.normal(0, 0.1, 10))
    entries = [
        files.entry("test_a", (drift * np.exp(rng.normal(0, 0.01, 10))).tolist()),
        files.entry("test_b", (drift / speedup * np.exp(rng.normal(0, 0.01, 10))).tolist()),
    ]
    document = files.document(entries, suite={"scale": scale}, **more)
    document["datetime"] = f"2026-{1 + day // 28:02}-{1 + day % 28:02}T00:00:00+00:00"
    document["commit_info"] = {"id": commit, "dirty": False}
    return files.write(path, document)


def history(folder: Path, speedups: Iterable[float], seed: int = 1, **more: Any) -> Path:
    """Save a run a day, each with 3 % noise of its own, below ``folder/mine``."""
    rng = np.random.default_rng(seed)
    for day, speedup in enumerate(speedups):
        own = {key: value[day] if isinstance(value, list) else value for key, value in more.items()}
        path = folder / "mine" / "cpython-3.11.7" / f"{day + 1:04}_quick.json"
        one_run(path, speedup * float(np.exp(rng.normal(0, 0.03))), rng, day=day, **own)
    return folder
