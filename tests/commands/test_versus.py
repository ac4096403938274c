"""``parallel-claims versus``, whole: a real repository, real environments, real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from parallel_claims.processes import belongings
from tests.versus.repositories import git

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("all_plugins")

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "tiny"
version = "1.0"

[tool.hatch.build.targets.wheel]
packages = ["src/tiny"]
"""

SUITE = """
import pytest
import tiny

def test_total(benchmark):
    assert benchmark(tiny.total, 500) > 0

@pytest.mark.claim(faster_than="test_total", at_least=2)
def test_nothing(benchmark):
    benchmark(int)
"""

WORK = "def total(n):\n    return sum(range({}))\n"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository in whose working tree the work takes four times as long."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "src" / "tiny").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "tests" / "test_tiny.py").write_text(SUITE)
    (folder / ".gitignore").write_text("out/\n.benchmarks/\n")
    module = folder / "src" / "tiny" / "__init__.py"
    module.write_text(WORK.format("n"))
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Begin")
    module.write_text(WORK.format("4 * n"))
    return folder


def command(*arguments: str) -> list[str]:
    """Return the command line of a comparison."""
    return [sys.executable, "-m", "parallel_claims", "versus", *arguments]


def versus(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Compare in a folder."""
    return subprocess.run(  # noqa: S603  this very Python
        command(*arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
        env=os.environ | {"COLUMNS": "80"},
    )


@pytest.fixture(scope="module")
def compared(repository: Path) -> subprocess.CompletedProcess[str]:
    """Return what comparing the working tree with the last commit gives."""
    more = ("--pairs", "8", "--format", "json", "--output", "out/page.html", "--save", "out")
    return versus(repository, "HEAD", *more, "--", "tests", "-q")


def test_four_times_the_work_is_slower_and_ends_with_1(
    compared: subprocess.CompletedProcess[str],
) -> None:
    """The JSON has the sides, the pairs, and a row a benchmark; what is said goes elsewhere."""
    assert compared.returncode == 1, compared.stderr
    found = json.loads(compared.stdout)
    rows = {row["name"].rpartition("::")[2]: row for row in found["benchmarks"]}
    total = rows["test_total"]
    assert total["verdict"] == "slower"
    assert 2 < total["low"] <= total["ratio"] <= total["high"]
    assert total["basis"]["kind"] == "pairs"
    assert total["basis"]["count"] >= 8
    assert found["seconds"] > 0
    assert len(found["sides"]) == 2
    assert "saved out/" in compared.stderr
    assert "wrote out/page.html" in compared.stderr


def test_nothing_is_left_in_the_repository(
    repository: Path, compared: subprocess.CompletedProcess[str]
) -> None:
    """Neither a worktree nor a file, but what was asked for."""
    assert compared.returncode == 1
    assert git(repository, "status", "--porcelain").split() == ["M", "src/tiny/__init__.py"]
    assert not list((repository / ".git").glob("worktrees/*"))


def test_what_was_saved_is_read_as_paired(
    repository: Path, compared: subprocess.CompletedProcess[str]
) -> None:
    """``compare`` on the two files says the same."""
    assert compared.returncode == 1
    files = sorted(str(path) for path in (repository / "out").glob("*.json"))
    told = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", "parallel_claims", "compare", *files, "--seconds"],
        cwd=repository, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "slower" in told.stdout or "worse" in told.stdout


def test_term_says_what_was_measured_until_then(repository: Path) -> None:
    """It ends within seconds, with what there is, and no process stays."""
    with subprocess.Popen(  # noqa: S603  this very Python
        command("HEAD", "--pairs", "400"),
        cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stderr is not None
        try:
            for line in running.stderr:
                if " of 400 pairs" in line and " 0 of" not in line:
                    break
            started = psutil.Process(running.pid).children(recursive=True)
            running.send_signal(signal.SIGTERM)
            out, _ = running.communicate(timeout=120)
        finally:
            running.kill()
    assert "stopped before its end" in out
    assert running.returncode == 128 + signal.SIGTERM
    assert started
    assert not [p for p in started if p.is_running() and belongings.in_use(p.pid)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("no-such-revision",), "no-such-revision"),
        (("HEAD", "--within", "5"), "--within: '5' is not a share"),
        (("HEAD", "--budget", "soon"), "--budget: 'soon' is not a time"),
        (("HEAD", "--", "tests/nowhere.py"), "tests/nowhere.py"),
    ],
)
def test_bad_input_is_one_line(repository: Path, arguments: tuple[str, ...], told: str) -> None:
    """And exit code 2, before anything is built."""
    result = versus(repository, *arguments)
    assert result.returncode == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert not result.stdout
