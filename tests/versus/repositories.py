"""Small repositories and projects, for tests of the two sides."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
[build-system]
requires = []
build-backend = "builder"
backend-path = ["."]

[project]
name = "sortable"
version = "1.0"
optional-dependencies = { fast = [] }

[dependency-groups]
bench = ["iniconfig"]
"""

BUILDER = """
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "sortable-1.0-py3-none-any.whl"
    facts = "sortable-1.0.dist-info"
    metadata = "Metadata-Version: 2.1\\nName: sortable\\nVersion: 1.0\\nProvides-Extra: fast\\n"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.write("sortable.py")
        wheel.write("tests/helpers.py")
        wheel.write("sortable.py", "sortable.libs/libsortable.so.1")
        wheel.writestr(f"{facts}/METADATA", metadata)
        wheel.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{facts}/RECORD", "sortable.py,,\\ntests/helpers.py,,\\n")
    with open("tests/left.txt", "w"):
        return name
"""
"""Builds it as hatchling would, without a look at the network; with two slips that many have.

The wheel has the tests too, and building leaves something in the sources.
"""

TESTS = """
from sortable import answer
from tests.helpers import known

def test_answer(benchmark):
    assert benchmark(answer) in known
"""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder."""
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    more = ["-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"]
    command = ["git", "-C", str(folder), *who, *more, *arguments]
    told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return told.stdout.strip()


def written(folder: Path, **texts: str) -> Path:
    """Write files: ``sorting_py="…"`` is sorting.py, ``tests__helpers_py`` tests/helpers.py."""
    for name, text in texts.items():
        stem, _, suffix = name.replace("__", "/").rpartition("_")
        path = folder / f"{stem}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def committed(folder: Path, message: str = "Change", **texts: str) -> Path:
    """Write files and commit all there is; the repository is made where there is none."""
    written(folder, **texts)
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return folder


def project(folder: Path) -> Path:
    """Make a repository of a project with a flat layout: the tag v1 answers 1, main answers 2."""
    tests = {"tests__helpers_py": "known = 1, 2, 3\n", "tests__test_answer_py": TESTS}
    one = "def answer():\n    return 1\n"
    committed(folder, "One", pyproject_toml=PROJECT, builder_py=BUILDER, sortable_py=one, **tests)
    (folder / "tests" / "__init__.py").touch()
    committed(folder, "A package of tests")
    git(folder, "tag", "v1")
    return committed(folder, "Two", sortable_py="def answer():\n    return 2\n")
