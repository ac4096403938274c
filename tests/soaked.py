"""A pytest plugin by which a run notes its finished rounds itself, for ``tests.soak``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

NOTES = Path(os.environ.get("SOAK_NOTES", os.devnull))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note a round once the run has gone on: whatever comes then, it is not to be lost."""
    blocks = item.config.pluginmanager.get_plugin("parallel-claims-blocks")
    block = blocks.place.block if blocks else -1
    result = yield
    rounds = blocks and blocks.rounds
    if rounds and item.nodeid in rounds.entries and not rounds.halves.get(item.nodeid):
        with NOTES.open("a") as notes:
            notes.write(f"{block} {item.nodeid}\n")
    return result
