"""The instrument is anyone's: nothing in it is about one course."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import parallel_claims

PACKAGE = Path(parallel_claims.__file__).parent
SOURCES = sorted(
    path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".j2", ".js", ".css"}
)
WORDS = re.compile(
    r"17\.\d|test_capacity|tensorflow|experiments\.|analysis\.|\bcourse|the chapter", re.IGNORECASE
)
"""What the course is made of: its sections, its benchmarks, its packages."""


def found_in(text: str) -> list[str]:
    """Return each line of a text that is about the course."""
    return [line for line in text.splitlines() if WORDS.search(line)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_source_knows_nothing_of_the_course(path: Path) -> None:
    """What the course wants to be special, it says in its claims file."""
    assert found_in(path.read_text(encoding="utf-8")) == []


def test_all_of_the_source_is_read() -> None:
    """Code, templates, scripts and styles; and a word of the course would be found."""
    assert {path.suffix for path in SOURCES} == {".py", ".j2", ".js", ".css"}
    assert found_in("import experiments.work\nof course\n17.3\nimport numpy") == [
        "import experiments.work",
        "of course",
        "17.3",
    ]
