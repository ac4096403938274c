"""What pytest's settings of a project say, wherever they are."""

from __future__ import annotations

import configparser
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from parallel_claims.versus.sides.environments import project_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FILES = (
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
)
"""Where pytest's settings are, in its own order."""


def settings_of(folder: Path) -> dict[str, list[str]]:
    """Return pytest's settings of a folder, those that are lists of words; {} where it has none.

    Raises:
        BadInputError: pyproject.toml cannot be read.
    """
    for name in FILES:
        found = read(folder / name)
        if found is not None:
            return {key: words(value) for key, value in found.items()}
    return {}


def read(path: Path) -> dict[str, Any] | None:
    """Return the settings that a file has; None where it is not there or has none of pytest."""
    if not path.is_file():
        return None
    if path.suffix == ".toml":
        told = project_file(path.parent, path.name)
        tool = (told.get("tool", {}) if path.name == "pyproject.toml" else told).get("pytest")
        return tool if tool is None else tool | tool.get("ini_options", {})
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (configparser.Error, UnicodeError):
        return None
    section = "tool:pytest" if path.name == "setup.cfg" else "pytest"
    if parser.has_section(section):
        return dict(parser.items(section))
    return {} if path.name.endswith("pytest.ini") else None


def words(value: object) -> list[str]:
    """Return a setting as words: a list of them, or a text with spaces between them."""
    if isinstance(value, str):
        try:
            return shlex.split(value, comments=True)
        except ValueError:  # prose, with an apostrophe in it
            return value.split()
    return [str(one) for one in value] if isinstance(value, list) else []


DISTRIBUTIONS = {
    "pytest_cov": "pytest-cov",
    "pytest_timeout": "pytest-timeout",
    "xdist": "pytest-xdist",
    "xdist.plugin": "pytest-xdist",
}
"""Plugins that measuring goes without, by the modules that ``-p`` has."""


def loaded(addopts: Sequence[str]) -> Iterator[str]:
    """Yield the plugins that pytest's settings load by name, of those that nobody needs here."""
    for before, word in pairwise(addopts):
        if before == "-p" and word in DISTRIBUTIONS:
            yield word


AGAINST = (
    "--benchmark-disable",
    "--benchmark-skip",
    "no:benchmark",
    "-n",
    "--numprocesses",
    "--cov",
)
"""What a suite says against measuring, of what the processes that measure leave out."""


def left_out(addopts: Sequence[str]) -> Iterator[str]:
    """Yield the words of pytest's settings that are left out, those that a reader looks for."""
    for word in addopts:
        name = word.partition("=")[0]
        if name in AGAINST or (name.startswith("-n") and name[2:].isalnum()):
            yield f"-p {name}" if name == "no:benchmark" else word
