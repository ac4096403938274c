"""Sides that start fast: with the plugins that they need, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import PLUGINS

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def only_what_is_named() -> Iterator[None]:
    """Let no side load a plugin of the session's, which it may lack."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(PLUGINS)
        yield
