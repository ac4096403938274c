"""A pytest plugin for ``lint``: writes down what a suite has, and measures nothing.

It is loaded by name in a session of its own, ``pytest --collect-only -p``.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims import bridge
from parallel_claims.judge.lint import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_configure(config: pytest.Config) -> None:
    """Let unknown markers pass: they are to be told, all of them, with the nearest known ones."""
    config.option.strict_markers = False  # of pytest 8; of 9 it is an ini option


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Note every test, also those that are left out by an option."""
    there = list(items)
    yield
    found = described(config, there)
    Path(os.environ[PLACE]).write_text(json.dumps(found), encoding="utf-8")


def described(config: pytest.Config, items: list[pytest.Item]) -> dict[str, Any]:
    """Return what is known of a suite: its tests, their markers, the claims that these make."""
    known = {re.split(r"[:(]", line)[0].strip() for line in config.getini("markers")}
    unknown: dict[str, str] = {}
    for item in items:
        for mark in item.iter_markers():
            if mark.name not in known:
                unknown.setdefault(mark.name, item.nodeid)
    markers = config.pluginmanager.get_plugin("parallel-claims-markers")
    return {
        "benchmarks": [item.nodeid for item in items if bridge.may_be_measured(item)],
        "tests": [item.nodeid for item in items],
        "markers": sorted(known),
        "unknown_markers": unknown,
        "claims": markers.as_data() if markers else [],
        "problems": list(markers.unknown.values()) if markers else [],
    }
