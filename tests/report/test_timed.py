"""A run without claims: what each benchmark takes, in every format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from parallel_claims.judge.timing import timings
from parallel_claims.report import data, markdown, page, terminal, timed
from parallel_claims.saved import reading
from tests import files

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_claims.report.tables import Document
    from parallel_claims.saved.form import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of two benchmarks of a group, one three times as long as the other."""
    processes = list(range(8))
    near = [1.0, 1.01, 0.99, 1.02, 0.98, 1.0, 1.01, 0.99]
    entries = [
        files.entry("test_a", [3e-3 * x for x in near], processes=processes),
        files.entry("test_b", [1e-3 * x for x in near], processes=processes),
    ]
    return reading.read(files.write(tmp_path / "r.json", files.document(entries)))


@pytest.fixture
def document(run: Run) -> Document:
    """Return what is said of it."""
    return timed.document(run, timings(run), ["a note"])


def test_the_terminal_has_seconds_and_the_ratio_to_the_fastest(document: Document) -> None:
    """Within 80 columns, the answer first."""
    text = terminal.text(document)
    assert text.startswith("2 benchmarks; the widest interval is ±")
    assert max(map(len, text.splitlines())) <= 80
    assert "3.00 ms [" in text
    assert "3.00× [3.00, 3.00] as long as test_b" in text
    assert "8 processes" in text
    assert "! a note" in text


def test_markdown_and_json_have_the_same(document: Document) -> None:
    """What the fastest is compared with is null."""
    assert "| `test_a` | 3.00 ms [" in markdown.text(document)
    a, b = json.loads(data.text(document))["benchmarks"]
    assert (a["name"], a["verdict"], a["basis"]) == (
        "test_file.py::test_a",
        "measured",
        {"kind": "processes", "count": 8},
    )
    assert a["ratio"] == pytest.approx(3, rel=0.01)
    assert (b["ratio"], b["low"], b["high"]) == (None, None, None)
    assert b["seconds"]["estimate"] == pytest.approx(1e-3, rel=0.01)


def test_a_page_without_claims_begins_with_the_benchmarks(run: Run) -> None:
    """And says nothing of claims that there are not."""
    text = page.render([page.Judged(run, [], ["a note"])])
    assert "2 benchmarks; the widest interval is ±" in text
    assert "3.00× [3.00, 3.00] as long as test_b" in text
    assert "All claims" not in text
    assert "What needs a look" not in text
