"""docs/format.md has each key that is written or read, and no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parallel_claims.journal import lines
from parallel_claims.machine import facts
from parallel_claims.saved import form
from tests import described

ROOT = Path(__file__).parents[2]
TEXT = described.PAGE.read_text(encoding="utf-8")

FILES = (
    *(ROOT / "tests/data/sorting").glob("*.json"),
    *(ROOT / "results/versus").glob("*/*.json"),
    *(ROOT / "results").glob("intel*/*/*.json"),
)
"""Runs in blocks and sides of a comparison, as they were saved."""


def test_the_tables_are_those_of_the_structs() -> None:
    """``python -m tests.described`` makes them anew."""
    assert described.refreshed(TEXT) == TEXT


def test_every_struct_has_its_table() -> None:
    """Those of the saved file, and those of the journal."""
    there = [found["name"] for found in described.TABLE.finditer(TEXT)]
    assert there == list(described.STRUCTS)
    known = {
        kind
        for module in (form, lines)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    }
    only_inside = {
        msgspec.Struct, form.Times, form.Entry, form.SavedFile, form.Summary, form.Benchmark,
        form.OurFile, form.OurEntry, form.RoundsOfBlocks,
    }  # fmt: skip
    assert known - only_inside == set(described.STRUCTS.values()) - {
        form.OurFile[form.Info],
        form.OurEntry[form.Info],
    }


def keys_of(value: Any) -> set[str]:
    """Return the keys of a document, or of those in a list."""
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set(value or ())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_key_of_a_saved_run_is_described(path: Path) -> None:
    """What nothing reads is described too; what tests say of themselves is theirs."""
    document = json.loads(path.read_bytes())
    ours = document["parallel_claims"]
    told = keys_of(document) | keys_of(document["benchmarks"]) | set(ours)
    for name in ("stopping", "conditions", "speeds", "processes", "side"):
        told |= keys_of(ours.get(name))
    assert {key for key in told if f"`{key}`" not in TEXT} == set()


def test_every_fact_of_the_machine_is_described() -> None:
    """As a run records them here."""
    assert {key for key in facts.describe() if f"`{key}`" not in TEXT} == set()
