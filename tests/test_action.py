"""The action and the recipes of ``versus``: whole, of sound shell, and run in a small clone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import documents
from tests.versus import repositories

pytestmark = pytest.mark.usefixtures("all_plugins")

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
RECIPES = {fence.file: fence for fence in documents.fences(ROOT / "docs" / "ci.md")}
BOUND = 240
"""Seconds that no step comes near."""


def shell(text: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does: bash, that stops at the first command that fails."""
    places = [str(folder.parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    own = {"PATH": os.pathsep.join(places), "RUNNER_TEMP": str(folder.parent)}
    return subprocess.run(  # noqa: S603  a step of ours
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],  # noqa: S607
        cwd=folder,
        env=os.environ | own | more,
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )


def scripts() -> dict[str, str]:
    """Return the shell of all steps and recipes, by name."""
    found = {name: step["run"] for name, step in STEPS.items()}
    gitlab = yaml.safe_load(RECIPES["versus.gitlab-ci.yml"].text)["versus"]["script"]
    return found | {"shell": RECIPES["versus.sh"].text, "gitlab": "\n".join(gitlab)}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone of a small project, with a change of its own since it branched off."""
    origin = tmp_path / "origin"
    origin.mkdir()
    repositories.project(origin)
    folder = tmp_path / "clone"
    repositories.git(tmp_path, "clone", "-q", str(origin), str(folder))
    return repositories.committed(folder, "Three", sortable_py="def answer():\n    return 3\n")


def test_the_action_is_whole() -> None:
    """Each input is told, has a default and is used; no input stands in the shell itself."""
    text = (ROOT / "action.yml").read_text("utf-8")
    assert ACTION["runs"]["using"] == "composite"
    for name, told in ACTION["inputs"].items():
        assert set(told) == {"description", "default"}, name
        assert isinstance(told["default"], str), name
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    for name, step in STEPS.items():
        assert step["shell"] == "bash", name
        assert "${{" not in step["run"], name
        asked = set(re.findall(r"\$\{?([A-Z_]+)", step["run"])) - set(step.get("env", {}))
        assert all(one.startswith(("RUNNER_", "GITHUB_")) for one in asked), (name, asked)
    used = yaml.safe_load(RECIPES[".github/workflows/versus.yml"].text)["jobs"]["versus"]["steps"]
    assert set(used[-1]["with"]) <= set(ACTION["inputs"])


@pytest.mark.parametrize("name", scripts())
def test_the_shell_is_sound(name: str, tmp_path: Path) -> None:
    """Bash reads it to its end."""
    result = shell(f"bash -n <<'THE_END'\n{scripts()[name]}\nTHE_END", tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_action_measures_and_tells(clone: Path) -> None:
    """On a clone, against what it branched off: one benchmark, two pairs."""
    output, summary = measured(clone, "tests")
    assert output in {"code=0\n", "code=1\n"}
    assert " of 1 " in summary
    assert len(list((clone.parent / "versus").glob("*.json"))) == 2


def measured(clone: Path, arguments: str) -> tuple[str, str]:
    """Do the action's measuring in a clone; return its output and its summary."""
    files = {name: clone.parent / name for name in ("summary", "output")}
    inputs = {"BASE": "main", "WITHIN": "5%", "PAIRS": "2", "BUDGET": "1min"}
    result = shell(
        STEPS["Measure"]["run"],
        clone,
        **inputs,
        ARGUMENTS=arguments,
        EXTRAS="fast",
        DEPENDENCY_GROUPS="",
        GITHUB_STEP_SUMMARY=str(files["summary"]),
        GITHUB_OUTPUT=str(files["output"]),
    )
    assert result.returncode == 0, result.stderr
    return files["output"].read_text(), files["summary"].read_text()


def test_the_comment_of_the_last_push_does_not_stay_where_nothing_was_compared(clone: Path) -> None:
    """What was wrong takes its place, and the job ends with that code."""
    output, summary = measured(clone, "tests/test_nowhere.py")
    assert output == "code=2\n"
    assert summary.startswith("**nothing was compared (exit code 2)**\n\n    error: ")
    assert "test_nowhere.py" in summary
    assert (clone.parent / "versus.md").read_text() == summary


@pytest.mark.parametrize(
    ("code", "fail", "ends"),
    [("1", "true", 1), ("1", "false", 0), ("2", "false", 2), ("5", "true", 5)],
)
def test_the_job_fails_where_something_is_wrong(
    tmp_path: Path, code: str, fail: str, ends: int
) -> None:
    """What was found lets it pass where it is told to; nothing compared never does."""
    result = shell(STEPS["Verdict"]["run"], tmp_path, CODE=code, FAIL=fail)
    assert result.returncode == ends


@pytest.mark.parametrize("name", ["shell", "gitlab"])
def test_the_recipes_can_be_run(name: str, clone: Path) -> None:
    """As they stand, but for what they install."""
    text = scripts()[name].replace('python -m pip install "$PARALLEL_CLAIMS"\n', "")
    result = shell(text, clone, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main")
    assert result.returncode in {0, 1}, result.stderr  # which of them is the machine's to say
    assert " of 1 " in result.stdout.splitlines()[0]
    assert "pairs of fresh processes" in result.stdout


def test_a_shallow_clone_is_told(clone: Path) -> None:
    """In one line, with the remedy."""
    result = shell(STEPS["Measure"]["run"], clone, BASE="none")
    assert result.returncode == 2
    assert "fetch-depth: 0" in result.stdout


@pytest.mark.parametrize("last", ["", "17"])
def test_the_comment_is_written_or_renewed(tmp_path: Path, last: str) -> None:
    """What is asked of GitHub: a new comment, or the last one's text replaced."""
    (tmp_path / "versus.md").write_text("nothing slower\n")
    asked = tmp_path / "asked"
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\necho "$@" >> {asked}\ncase "$*" in *--jq*) echo {last};; esac\n')
    gh.chmod(0o755)
    folder = tmp_path / "suite"
    folder.mkdir()
    result = shell(STEPS["Comment"]["run"], folder, NUMBER="5", GITHUB_REPOSITORY="o/r")
    assert result.returncode == 0, result.stderr
    wanted = "--method PATCH repos/o/r/issues/comments/17" if last else "pr comment 5 --repo o/r"
    assert wanted in asked.read_text().splitlines()[-1]
    assert (tmp_path / "comment.md").read_text().endswith("-->\nnothing slower\n")
