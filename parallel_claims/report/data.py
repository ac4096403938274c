"""JSON, for programs: docs/json.md says what it holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parallel_claims.decisions import finite

if TYPE_CHECKING:
    from parallel_claims.report.tables import Document
    from parallel_claims.stats.intervals import Interval

VERSION = 1
"""Of the form: it grows when a key goes, or means something else."""


def text(document: Document) -> str:
    """Return a document as JSON."""
    tables = {table.key: [row.data for row in table.rows] for table in document.tables}
    head = {"version": VERSION, "command": document.command, "answer": "".join(document.answer)}
    whole = {**head, **document.data, **tables, "notes": list(document.notes)}
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def interval(found: Interval | None) -> dict[str, Any] | None:
    """Return an interval as data; ends without a bound are null."""
    if found is None:
        return None
    return {
        "estimate": finite(found.centre),
        "low": finite(found.low),
        "high": finite(found.high),
    }
