"""What a side lacks is told at once, in words that bring it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from parallel_claims.versus import lacking
from parallel_claims.versus.records import Version
from tests.versus.repositories import written

PROJECT = """
[project]
name = "demo"
optional-dependencies = { speed = ["sortedness>=1"] }

[dependency-groups]
lint = ["ruff"]
tests = ["pytest-asyncio>=1", "hypothesis"]

[tool.pytest.ini_options]
asyncio_mode = "auto"
"""


def side(folder: Path, **pieces: str) -> Version:
    """Return a side whose environment is this one's."""
    return Version("x", "x", Path(sys.executable), written(folder, **pieces))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("E   ModuleNotFoundError: No module named 'yaml.x'", ": add --with pyyaml"),
        ("Skipped: pytest-codspeed needs to be installed", ": add --with pytest-codspeed"),
        ("fixture 'mocker' not found", ": add --with pytest-mock"),
        ("'asyncio' not found in `markers` configuration", ": add --with pytest-asyncio"),
        ("Unknown config option: django_find_project", ": add --with pytest-django"),
        ("unrecognized arguments: --asyncio-mode=auto --randomly-seed=1 x",
         ": add --with pytest-asyncio --with pytest-randomly"),
        ("unrecognized arguments: --scale=9",
         ": a plugin that knows them is not there: add --with NAME"),
        ("No module named 'helpers'", ""),
        ("assert 1 == 2", ""),
    ],
)  # fmt: skip
def test_what_is_lacking_is_told_with_the_words(tmp_path: Path, told: str, words: str) -> None:
    """A module, an option, a setting, a fixture, a marker; not what is the project's own."""
    assert lacking.hint(told, side(tmp_path, deep__helpers_py="")) == words


def test_all_that_is_lacking_is_told_at_once(tmp_path: Path) -> None:
    """By the project's own groups and extras; also what pytest did not come to."""
    suite = "import json\nimport no_such_thing\nimport sortedness\nfrom . import x\nbenchmark = 1\n"
    version = side(tmp_path, pyproject_toml=PROJECT, bench__test_a_py=suite, docs__a_py="import z")
    words = lacking.hint("No module named 'hypothesis'", version)
    assert words == ": add --group tests --extra speed --with no-such-thing"
