"""``history --confirm``, whole: an alarm of saved runs is measured on the commits it lies between."""

from __future__ import annotations

import platform
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims.machine.naming import machine_name
from parallel_claims.machine.python import python_build
from tests import series
from tests.versus.repositories import git

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("all_plugins")

SUITE = """
from work import work

def test_a(benchmark):
    benchmark(sum, range(500))

def test_b(benchmark):
    benchmark(work)
"""


def committed(folder: Path, numbers: int) -> str:
    """Commit a module whose work runs over so many numbers; return the commit."""
    (folder / "work.py").write_text(f"def work():\n    return sum(range({numbers}))\n")
    git(folder, "add", "work.py", "test_file.py")
    git(folder, "commit", "-qm", f"Run over {numbers}")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a repository, and runs of two of its commits with an alarm between them."""
    (tmp_path / "test_file.py").write_text(SUITE)
    git(tmp_path, "init", "-q")
    commits = [committed(tmp_path, 250)] * 20 + [committed(tmp_path, 500)] * 8
    build: dict[str, Any] = {
        "python_version": platform.python_version(),
        "python_build_name": python_build(),
    }
    series.history(tmp_path / "runs", [1.9] * 20 + [1.4] * 8, commit=commits, **build)
    place = tmp_path / "results" / machine_name() / python_build()
    place.parent.mkdir(parents=True)
    next((tmp_path / "runs").glob("*/*/")).rename(place)
    series.claims_at(tmp_path)
    return tmp_path


def confirm(folder: Path) -> subprocess.CompletedProcess[str]:
    """Confirm what there is in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "parallel_claims", "history", "--confirm"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip


def test_an_alarm_is_confirmed_by_measuring_both_commits(project: Path) -> None:
    """The claim's ratio fell from commit to commit: exit code 1, with both said."""
    told = confirm(project)
    assert told.returncode == 1, told.stderr + told.stdout
    words = " ".join(told.stdout.split())
    assert "1 alarm of worse" in words
    assert "confirmed: worse" in words
    assert "not confirmed" not in words


def test_a_commit_that_cannot_be_measured_leaves_the_alarm_told(project: Path) -> None:
    """With the reason; nothing else is lost, and nothing measured is not in order."""
    git(project, "mv", "test_file.py", "test_other.py")
    git(project, "commit", "-qm", "Move", "--amend")
    git(project, "reflog", "expire", "--expire=now", "--all")
    git(project, "gc", "-q", "--prune=now")
    told = confirm(project)
    assert told.returncode == 5, told.stderr + told.stdout
    words = " ".join(told.stdout.split())
    assert "1 alarm of worse" in words
    assert "not confirmed: " in words
