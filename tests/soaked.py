"""A pytest plugin by which a run notes its finished rounds itself, for ``tests.soak``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from parallel_claims.engine.recorder import Place

NOTES = Path(os.environ.get("SOAK_NOTES", os.devnull))


def pytest_configure(config: pytest.Config) -> None:
    """Note each round once it is kept: whatever comes then, it is not to be lost."""
    if config.pluginmanager.has_plugin("parallel-claims-worker"):
        return
    from parallel_claims.engine.recorder import Recorder

    keep = Recorder.keep

    def noted(self: Any, place: Place, *rest: Any) -> None:
        keep(self, place, *rest)
        with NOTES.open("a") as notes:
            notes.write(f"{place.block} {place.name}\n")

    setattr(Recorder, "keep", noted)  # noqa: B010  what it replaces has other arguments
