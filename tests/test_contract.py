"""Both halves together: a tiny measuring run, its file, its verdicts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import claims, embed

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Measure the real experiments once at the smallest scale; return folder and output."""
    folder = tmp_path_factory.mktemp("contract")
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "--scale", "smoke"]
    result = subprocess.run(  # noqa: S603  this very Python
        [*command, "--blocks", "2", f"--results={folder}", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return folder, result.stdout


def test_every_claim_finds_its_benchmarks_and_every_benchmark_its_claim(
    measured: tuple[Path, str],
) -> None:
    """Names in claims.toml are those that a run saves, and nothing is measured in vain."""
    (path,) = measured[0].rglob("*.json")
    document = json.loads(path.read_text())
    names = {entry["name"] for entry in document["benchmarks"]}
    skipped = set(document["parallel_claims"]["skipped"])
    assert {name for claim in claims.read() for name in claim.benchmarks} == names | skipped


def test_the_closing_summary_has_the_verdicts(measured: tuple[Path, str]) -> None:
    """The table of a run is printed where the run ends."""
    for claim in claims.read():
        assert claim.id in measured[1]
    assert f"{len(claims.read())} claims:" in measured[1]


def test_the_saved_file_is_judged(measured: tuple[Path, str]) -> None:
    """`check` on the folder: exact claims hold, timing claims need more than a smoke run."""
    result = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", "analysis", "check", str(measured[0]), "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    verdicts = {v["claim"]: v["verdict"] for v in json.loads(result.stdout)["verdicts"]}
    assert verdicts["17.1-halves-combine"] == "holds"
    assert verdicts["17.2-queue-returns-results"] == "holds"
    assert "fails" not in verdicts.values()


def test_pytest_analysis_is_one_test_a_claim(measured: tuple[Path, str]) -> None:
    """Claims become tests: passed, failed, or skipped with the reason."""
    result = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", "pytest", "analysis", f"--results={measured[0]}", "-rs",
         "-p", "no:cacheprovider"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout
    assert " passed" in result.stdout
    assert "failed" not in result.stdout
    assert "not-testable: needs rounds of 0.1 s and more" in result.stdout


def test_pytest_analysis_tells_bad_input_in_one_line(tmp_path: Path) -> None:
    """A usage error, no traceback."""
    result = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", "pytest", "analysis", f"--results={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert "no saved run" in result.stderr + result.stdout
    assert "Traceback" not in result.stderr + result.stdout


@pytest.mark.parametrize("name", ["README.md", "CLAIMS.md"])
def test_pages_show_what_the_saved_runs_say(name: str) -> None:
    """Their tables are those that the embed command makes now."""
    page = ROOT / name
    assert embed.refreshed(embed.text_of(page), page, claims.read()) == page.read_text()


def test_on_one_cpu_claims_about_two_are_not_testable(tmp_path: Path) -> None:
    """The same suite where only one CPU may be used, by real affinity: no claim fails."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system has no CPU affinity to set")
    code = (
        "import os, sys, pytest; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "sys.exit(pytest.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "--benchmark-only", "--scale", "smoke", "--blocks", "2"]
    result = subprocess.run(  # noqa: S603  this very Python
        [*command, f"--results={tmp_path}", "-m", "section_17_3", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "needs 2 usable CPUs; 1 there" in result.stdout
    (path,) = tmp_path.rglob("*.json")
    assert "-1cpu-" in path.parts[-3]
    assert json.loads(path.read_text())["machine_info"]["usable_cpus"] == 1


def test_the_suite_stands_alone(tmp_path: Path) -> None:
    """A copy without git history and caches runs its own help from anywhere."""
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "analysis", copy / "analysis")
    shutil.copytree(ROOT / "experiments", copy / "experiments")
    result = subprocess.run(
        [sys.executable, "-m", "analysis", "check", "--help"],
        cwd=copy,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0
    assert "Exit code" in result.stdout
