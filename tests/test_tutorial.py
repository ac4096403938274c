"""The tutorial is followed from its first to its last block; the recipes are run where it leads.

In an empty folder, as a reader does who has all of this installed.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests import documents
from tests.test_docs import DOCS, TUTORIAL, installs, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.slow

RECIPES = DOCS / "ci.md"


def follow(fences: Sequence[documents.Fence], folder: Path) -> None:
    """Do what a page says: write its files, run its commands, compare what they write."""
    for fence in fences:
        if fence.file is not None:
            (folder / fence.file).write_text(fence.text, encoding="utf-8")
        for command in fence.commands:
            if installs(command):
                continue
            result = run(folder, "sh", "-c", command.line)
            where = f"{fence.path.name}:{fence.line}: {command.line}\n{result.stdout}"
            assert result.returncode == 0, where
            lost = documents.missing(command.written, result.stdout)
            assert lost is None, f"not written: {lost}\n{where}"


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Follow the tutorial; return the folder that a reader has then."""
    folder = tmp_path_factory.mktemp("tutorial")
    follow(list(documents.fences(TUTORIAL)), folder)
    return folder


def test_the_tutorial_can_be_followed(followed: Path) -> None:
    """Each of its files and commands in turn, with the lines that it says will be written."""
    saved = list((followed / "results").glob("*/*/*.json"))
    assert len(saved) == 3, saved
    assert (followed / "report.html").stat().st_size > 10_000


def steps(fence: documents.Fence) -> list[str]:
    """Return the commands of a recipe, in order."""
    if fence.language == "sh":
        return [fence.text]
    recipe: dict[str, Any] = yaml.safe_load(fence.text)
    (job,) = recipe["jobs"].values() if "jobs" in recipe else recipe.values()
    if "steps" in job:
        return [step["run"] for step in job["steps"] if "run" in step]
    return [*job["script"], *job["after_script"]]


@pytest.mark.parametrize("name", ["ci.sh", ".github/workflows/claims.yml", ".gitlab-ci.yml"])
def test_the_steps_of_each_recipe_can_be_run(name: str, followed: Path, tmp_path: Path) -> None:
    """In the tutorial's folder, one after the other; only what they install is left out."""
    (fence,) = (fence for fence in documents.fences(RECIPES) if fence.file == name)
    folder = shutil.copytree(followed, tmp_path / "suite")
    summary = tmp_path / "summary.md"
    for step in steps(fence):
        if step == "python -m pip install -r requirements.txt":
            continue
        result = run(folder, "sh", "-c", step, GITHUB_STEP_SUMMARY=str(summary))
        assert result.returncode == 0, f"{step}\n{result.stdout}"
    assert "<html" in (folder / "verdicts.html").read_text(encoding="utf-8")
    assert summary.exists() == ("github" in name)
