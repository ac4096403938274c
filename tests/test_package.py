"""What is published: the names in it, what an index says of it, and that it works elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import parallel_claims
from tests.conftest import AUTOLOAD, PLUGINS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "parallel_claims"

LONG = 1800
"""Seconds that no command takes: they bound a wait of which only the end matters."""

WITHOUT_US = {"PYTHONPATH", "PYTEST_ADDOPTS", "VIRTUAL_ENV", "PIP_USER", AUTOLOAD, PLUGINS}
"""What of this session's surroundings would reach into another environment."""

SPEED = """
import time

import pytest

from analysis.model import LONG
from experiments import SHORT

pytestmark = pytest.mark.filterwarnings("error")


def test_old(benchmark):
    benchmark.pedantic(time.sleep, (LONG,), rounds=12)


@pytest.mark.claim(faster_than="test_old", at_least=1.5)
def test_new(benchmark):
    benchmark.pedantic(time.sleep, (SHORT,), rounds=12)
"""

CLAIMS = """
[[claim]]
id = "new-is-faster"
statement = "The new one is at least 1.5 times as fast."
baseline = "test_old"
contender = "test_new"
speedup = { at_least = 1.5 }
"""

BLOCKS = """
import time

from parallel_claims import Outcome


def test_old(measure):
    measure(sleeping, 0.05, truth=[1.0])


def test_new(measure):
    measure(sleeping, 0.005, truth=[1.0])


def sleeping(seconds):
    time.sleep(seconds)
    return Outcome([1.0], gil=True)
"""

PROJECT = {
    "pyproject.toml": "[tool.pytest.ini_options]\nstrict_markers = true\ntestpaths = 'tests'\n",
    "claims.toml": CLAIMS,
    "analysis/__init__.py": "",
    "analysis/model.py": "LONG = 0.05\n",
    "experiments/__init__.py": "SHORT = 0.005\n",
    "results/notes.txt": "not a run\n",
    "tests/__init__.py": "",
    "tests/test_speed.py": SPEED,
}
"""A project of somebody else's, with folders that this repository has too."""

Result = subprocess.CompletedProcess[str]


def run(*command: str | Path, cwd: Path) -> Result:
    """Run a command to its end, as somebody who knows nothing of this repository."""
    env = {name: value for name, value in os.environ.items() if name not in WITHOUT_US}
    return subprocess.run(  # noqa: S603  this Python, or the one of an environment made here
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=LONG, check=False
    )


def run_well(*command: str | Path, cwd: Path) -> str:
    """Run a command that has to succeed, and return what it writes."""
    result = run(*command, cwd=cwd)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def build(folder: Path, *options: str) -> Path:
    """Build what ``options`` name into a folder, with the build tools that are installed."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), *options]
    run_well(*command, cwd=ROOT)
    return folder


@dataclass(frozen=True)
class Built:
    """What is published: the source archive, and the wheel that is made from it."""

    sdist: Path
    wheel: Path

    @property
    def names(self) -> list[str]:
        """Return the files in the wheel."""
        with zipfile.ZipFile(self.wheel) as wheel:
            return wheel.namelist()

    def text(self, name: str) -> str:
        """Return a file of the wheel, of which only the end of the name is given."""
        (full,) = [path for path in self.names if path.endswith(name)]
        with zipfile.ZipFile(self.wheel) as wheel:
            return wheel.read(full).decode()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build both once, as the release does."""
    folder = build(tmp_path_factory.mktemp("dist"))
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)


def test_the_wheel_has_no_name_but_ours(built: Built) -> None:
    """A top-level `tests`, `analysis` or `results` would hide the user's own."""
    ours = (
        "parallel_claims/",
        f"parallel_claims-{parallel_claims.__version__}.dist-info/",
    )
    assert [name for name in built.names if not name.startswith(ours)] == []


def test_the_wheel_has_all_of_the_package(built: Built) -> None:
    """Every module, the page's parts, the mark that it is typed, and the licence."""
    there = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert there == {name for name in built.names if ".dist-info/" not in name}
    assets = {Path(name).name for name in there if "/assets/" in name}
    assert {"page.html.j2", "index.html.j2", "page.css", "page.js"} <= assets
    assert "parallel_claims/py.typed" in there
    assert built.text("licenses/LICENSE") == (ROOT / "LICENSE").read_text("utf-8")


def test_the_version_is_said_once(built: Built) -> None:
    """The package says it, and the archives follow."""
    assert f"\nVersion: {parallel_claims.__version__}\n" in built.text("METADATA")
    assert built.sdist.name == f"parallel_claims-{parallel_claims.__version__}.tar.gz"
    source = (PACKAGE / "__init__.py").read_text("utf-8")
    assert source.count(f'__version__ = "{parallel_claims.__version__}"') == 1
    assert not re.search(
        r"^version\s*=", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )


def test_the_index_will_show_it(built: Built) -> None:
    """The description renders, and no field is missing: warnings are errors."""
    checked = run_well(
        *(sys.executable, "-m", "twine", "check", "--strict", built.sdist, built.wheel), cwd=ROOT
    )
    assert checked.count("PASSED") == 2


def test_the_source_archive_gives_the_wheel_that_the_repository_gives(
    built: Built, tmp_path: Path
) -> None:
    """Nothing that the wheel needs is left out of the source archive, byte for byte."""
    (other,) = build(tmp_path, "--wheel").glob("*.whl")
    assert other.read_bytes() == built.wheel.read_bytes()


def test_the_source_archive_is_small(built: Built) -> None:
    """The package, what says how to build it, and what it is: no results, no pictures."""
    with tarfile.open(built.sdist) as archive:
        tops = {Path(name).parts[1] for name in archive.getnames()}
    assert tops == {
        *("parallel_claims", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"),
        *("PKG-INFO", ".gitignore"),
    }


@dataclass(frozen=True)
class Elsewhere:
    """An environment of its own with the wheel in it, and a project beside it."""

    programs: Path
    project: Path

    def run(self, program: str, *args: str) -> Result:
        """Run a program of the environment in the project."""
        return run(self.programs / program, *args, cwd=self.project)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def elsewhere(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """Install the wheel where nothing else is, beside a project with folders named as ours."""
    folder = tmp_path_factory.mktemp("elsewhere")
    uv = (sys.executable, "-m", "uv", "--quiet")
    run_well(*uv, "venv", "--python", sys.executable, folder / "venv", cwd=folder)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run_well(*uv, "pip", "install", "--python", programs / "python", built.wheel, cwd=folder)
    there = Elsewhere(programs, folder / "project")
    for name, text in PROJECT.items():
        there.write(name, text)
    return there


@pytest.mark.parametrize("start", [("pytest",), ("python", "-m", "pytest")], ids=" ".join)
def test_a_project_with_folders_named_as_ours_is_measured_and_judged(
    elsewhere: Elsewhere, start: tuple[str, ...]
) -> None:
    """Its own `analysis` and `experiments` are imported, its claim holds, its file is judged."""
    saved = f"{len(start)}.json"
    result = elsewhere.run(*start, "-p", "no:cacheprovider", f"--benchmark-json={saved}")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 claim: 1 holds" in result.stdout
    checked = elsewhere.run("parallel-claims", "check", saved)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "1 claim: 1 holds" in checked.stdout
    assert sorted(path.name for path in (elsewhere.project / "results").iterdir()) == ["notes.txt"]


def test_a_claim_that_fails_there_fails_the_session(elsewhere: Elsewhere) -> None:
    """With pytest's own exit code for failures."""
    elsewhere.write("more/test_claim.py", SPEED.replace("at_least=1.5", "at_least=100"))
    options = ("-p", "no:cacheprovider", "--benchmark-json=fails.json", "--claims-indicative=fail")
    result = elsewhere.run("python", "-m", "pytest", "more/test_claim.py", *options)
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout + result.stderr
    assert "1 claim: 1 fails" in result.stdout


def test_blocks_are_measured_there(elsewhere: Elsewhere) -> None:
    """Into a folder of the user's choice, which `check` takes as it is."""
    elsewhere.write("more/test_blocks.py", BLOCKS)
    options = ("-p", "no:cacheprovider", "--blocks=9", "--blocks-results=measured")
    result = elsewhere.run("pytest", "more/test_blocks.py", *options)
    assert result.returncode == 0, result.stdout + result.stderr
    checked = elsewhere.run("parallel-claims", "check", "measured")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "1 claim: 1 holds" in checked.stdout


def test_the_installed_version_is_the_one_that_was_built(elsewhere: Elsewhere) -> None:
    """What runs there is the wheel, not this repository."""
    version = elsewhere.run("parallel-claims", "--version").stdout.strip()
    assert version == f"parallel-claims {parallel_claims.__version__}"
    where = elsewhere.run("python", "-c", "import parallel_claims as p; print(p.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(elsewhere.programs.parent)
