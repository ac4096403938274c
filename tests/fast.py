"""Sessions that start fast: with the plugins that they need, and no other."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def only_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no session load the plugins of the tests' own environment: each takes a second."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "pytest_benchmark.plugin,parallel_claims.plugin")
