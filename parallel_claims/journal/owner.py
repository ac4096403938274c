"""Which process a journal belongs to, and whether it still runs."""

from __future__ import annotations

import os
import platform
import time
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

QUIET = 600.0
"""Seconds without a line after which a run on another host is taken to have ended."""


def this_process() -> dict[str, Any]:
    """Return what tells this process from all others, also of other hosts and times."""
    began = psutil.Process().create_time()
    return {"pid": os.getpid(), "began": began, "host": platform.node()}


def still_runs(owner: Mapping[str, Any], journal: Path) -> bool:
    """Say whether the process that writes a journal is there, as far as can be seen from here."""
    if owner.get("host") != platform.node():
        return bool(owner) and time.time() - journal.stat().st_mtime < QUIET
    try:
        began = psutil.Process(int(owner["pid"])).create_time()
    except (psutil.Error, ValueError, OverflowError):
        return False
    return abs(began - float(owner["began"])) < 1.0
