"""What measuring in blocks asks of a suite: hooks that any conftest.py may implement.

Every session of pytest loads this, measuring or not: it imports nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.engine.questions import Look, Size


class Hooks:
    """The hooks."""

    @pytest.hookspec(firstresult=True)
    def pytest_blocks_size(self, config: pytest.Config) -> Size | None:
        """Return the size of the work, and how long to measure at that size."""

    @pytest.hookspec
    def pytest_blocks_start(self, config: pytest.Config, items: Sequence[pytest.Item]) -> None:
        """Look at what is going to be measured, before it is.

        Raise ``pytest.UsageError`` to refuse, in one line that says what to do instead.
        """

    @pytest.hookspec(firstresult=True)
    def pytest_blocks_look(self, config: pytest.Config, document: dict[str, Any]) -> Look | None:
        """Say what is still open, from the saved form so far; before the first block too.

        Without an answer everything stays open.
        """
