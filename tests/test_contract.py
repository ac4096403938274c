"""Both halves together: a tiny measuring run, its file, its verdicts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from parallel_claims.report import embed
from parallel_claims.saved.names import own_name
from tests import test_leftovers as leftovers
from tests.course import COURSE

if TYPE_CHECKING:
    from parallel_claims.judge.claims import Claim

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


LONG = 1800
"""Seconds that no command takes: they bound a wait of which only the end matters."""

BY_CHANCE = {"17.3-unsynchronised-writes"}
"""Claims that rest on when threads change: two blocks may see no update lost."""

Result = subprocess.CompletedProcess[str]


def run(command: list[str], cwd: Path = ROOT, env: dict[str, str] | None = None) -> Result:
    """Run a command to its end."""
    return subprocess.run(  # noqa: S603  this very Python
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=LONG, check=False
    )


def judged(folder: Path) -> tuple[int, dict[str, tuple[str, str]]]:
    """Return what `check` ends with, and each claim's verdict and reason."""
    result = run([sys.executable, "-m", "analysis", "check", str(folder), "--format", "json"])
    verdicts = json.loads(result.stdout)["claims"]
    return result.returncode, {v["name"]: (v["verdict"], v["note"]) for v in verdicts}


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, set[str]]:
    """Measure the real experiments at the smallest scale; return the folder and what marks it."""
    folder = tmp_path_factory.mktemp("contract")
    mark, before = uuid.uuid4().hex, leftovers.shared_memory()
    process = leftovers.start(folder, mark, "--blocks", "2")
    assert process.wait(LONG) == 0, (folder / "output.txt").read_text()
    return folder, mark, before


@pytest.fixture(scope="module")
def measured(whole_run: tuple[Path, str, set[str]]) -> tuple[Path, str]:
    """Return the results and the output of the run."""
    folder = whole_run[0]
    return folder / "results", (folder / "output.txt").read_text()


@pytest.mark.skipif(os.name != "posix", reason="looks for what POSIX has")
def test_nothing_is_left_of_a_whole_run(whole_run: tuple[Path, str, set[str]]) -> None:
    """Every experiment has run, and ended."""
    leftovers.check_nothing_is_left(*whole_run)


def test_every_claim_finds_its_benchmarks_and_every_benchmark_its_claim(
    measured: tuple[Path, str],
) -> None:
    """Names in claims.toml are those that a run saves, and nothing is measured in vain."""
    (path,) = measured[0].rglob("*.json")
    document = json.loads(path.read_text())
    names = {entry["name"] for entry in document["benchmarks"]}
    skipped = set(map(own_name, document["parallel_claims"]["skipped"]))
    saved = names | skipped
    claims = [claim for claim in COURSE.claims if not claim.optional]
    assert {name for claim in claims for name in asked_for(claim, saved)} == saved


def asked_for(claim: Claim, names: set[str]) -> tuple[str, ...]:
    """Return what is measured for a claim today, not what older runs measured for it."""
    return claim.measured_by(names).asked_for


def test_the_closing_summary_has_the_verdicts(measured: tuple[Path, str]) -> None:
    """They are counted where the run ends, with the command that shows all of them."""
    (path,) = measured[0].rglob("*.json")
    asked = [claim for claim in COURSE.claims if not claim.optional]
    assert f"{len(asked)} claims:" in measured[1]
    assert "not in this run" not in measured[1]
    assert f"check --all {path}" in measured[1]


def test_the_saved_file_is_judged(measured: tuple[Path, str]) -> None:
    """`check` on the folder: what is counted holds, and two blocks decide nothing else."""
    code, verdicts = judged(measured[0])
    for claim in (
        "17.1-halves-combine",
        "17.2-queue-returns-results",
        "17.3-threads-share-memory",
        "17.4-memory-recalls",
        "17.4-memory-new-input",
        "17.4-delayed-waits",
    ):
        assert verdicts[claim][0] == "holds", verdicts[claim]
    failed = {claim for claim, (verdict, _) in verdicts.items() if verdict == "fails"}
    assert failed <= BY_CHANCE
    assert code == bool(failed)


def test_pytest_analysis_is_one_test_a_claim(measured: tuple[Path, str], tmp_path: Path) -> None:
    """Claims become tests: passed, failed, or skipped with the reason."""
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "analysis", f"--blocks-results={measured[0]}"]
    result = run([*command, f"--junitxml={report}", "-p", "no:cacheprovider"])
    code, verdicts = judged(measured[0])
    assert result.returncode == code, result.stdout
    cases = {case.attrib["name"]: case for case in ET.parse(report).iter("testcase")}  # noqa: S314  our own
    assert set(cases) == {f"test_claim[{claim}]" for claim in verdicts}
    for claim, (verdict, reason) in verdicts.items():
        case = cases[f"test_claim[{claim}]"]
        skipped, failure = case.find("skipped"), case.find("failure")
        assert (failure is not None) == (verdict == "fails")
        if verdict in {"undecided", "not-testable"}:
            assert skipped is not None
            assert skipped.attrib["message"] == f"{verdict}: {reason}"
        else:
            assert skipped is None


def test_pytest_analysis_tells_bad_input_in_one_line(tmp_path: Path) -> None:
    """A usage error, no traceback."""
    result = run([sys.executable, "-m", "pytest", "analysis", f"--blocks-results={tmp_path}"])
    assert result.returncode == 2
    assert "no saved run" in result.stderr + result.stdout
    assert "Traceback" not in result.stderr + result.stdout


@pytest.mark.parametrize("name", ["CLAIMS.md"])
def test_pages_show_what_the_saved_runs_say(name: str) -> None:
    """Their tables are those that the embed command makes now."""
    page = ROOT / name
    assert embed.refreshed(embed.text_of(page), page, COURSE) == page.read_text()


def test_on_one_cpu_claims_about_two_are_not_testable(tmp_path: Path) -> None:
    """The same suite where only one CPU may be used, by real affinity: no claim fails."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system has no CPU affinity to set")
    code = (
        "import os, sys, pytest; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "sys.exit(pytest.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "--benchmark-only", "--scale", "smoke", "--blocks", "2"]
    options = [f"--blocks-results={tmp_path}", "-m", "section_17_3", "-p", "no:cacheprovider"]
    result = run([*command, *options])
    assert result.returncode == 0, result.stdout + result.stderr
    (path,) = tmp_path.rglob("*.json")
    assert "-1cpu-" in path.parts[-3]
    assert json.loads(path.read_text())["machine_info"]["usable_cpus"] == 1
    _, verdicts = judged(tmp_path)
    lonely = ("not-testable", "needs 2 usable CPUs; 1 there")
    assert verdicts["17.3-unsynchronised-writes"] == lonely
    assert "fails" not in {verdict for verdict, _ in verdicts.values()}


def test_the_suite_stands_alone(tmp_path: Path) -> None:
    """A copy without git history and caches runs its own help from anywhere."""
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "analysis", copy / "analysis")
    shutil.copytree(ROOT / "experiments", copy / "experiments")
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    result = run([sys.executable, "-m", "analysis", "check", "--help"], copy, env)
    assert result.returncode == 0
    assert "Exit code" in result.stdout


LITTLE_MEMORY = (
    "import sys, types, psutil, pytest; "
    "psutil.virtual_memory = lambda: types.SimpleNamespace(available=2**20, total=2**30); "
    "sys.exit(pytest.main(sys.argv[1:]))"
)


def test_too_little_memory_ends_a_run_before_it_starts(tmp_path: Path) -> None:
    """The line says how much is needed and what to do; nothing is measured."""
    args = ["--scale", "course", f"--blocks-results={tmp_path}", "-p", "no:cacheprovider"]
    result = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-c", LITTLE_MEMORY, *args, "experiments/test_17_1_overview.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == pytest.ExitCode.USAGE_ERROR, result.stdout
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("ERROR: ")]
    assert line.startswith("ERROR: --scale course needs ")
    assert line.endswith("0.0 GiB are free: end other programs, or take --scale quick")
    assert not list(tmp_path.iterdir())


def test_joblib_in_its_serial_mode_is_not_measured(tmp_path: Path) -> None:
    """As where there are no semaphores: two jobs that are one would make claims fail."""
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "-p", "no:cacheprovider"]
    command += [f"--blocks-results={tmp_path}"]
    result = run(command, env={**os.environ, "JOBLIB_MULTIPROCESSING": "0"})
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    (line,) = filter(None, result.stderr.splitlines())
    assert line.startswith("ERROR: joblib starts no workers here")
    assert not [*tmp_path.rglob("*.json*")]
