"""What README.md and docs/ say can be done: each command is run as it stands, or checked.

Every ``console`` block but the tutorial's, which has a file of its own, is run in a copy of the
repository with a few saved runs, where it takes seconds. What measures for minutes is given to
pytest with ``--collect-only``, which reads all options and finds all tests; what installs is
checked against pyproject.toml and tox.ini. A command that none of this is known for fails.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_claims.machine.naming import machine_name
from parallel_claims.machine.python import python_build
from tests import documents, series
from tests.course import analysis
from tests.typed import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Result = subprocess.CompletedProcess[str]

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
TUTORIAL = DOCS / "tutorial.md"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
AMD = ROOT / "results" / "amd-epyc-2cpu-24gib-vm" / "cpython-3.11.7"
NOT_COPIED = shutil.ignore_patterns(
    ".*", "__pycache__", "site", "dist", "*.html", "*.png", "*.journal.jsonl"
)
BOUND = 300
"""Seconds that no command here comes near."""

ENDED = {0, 1, 3}
"""Exit codes of a command that read all it was given: 2 is bad input."""


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a user who has all of this installed, on a plain terminal."""
    ours = ("PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_VERSION", "COV", "TOX")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return kept | {"PATH": path, "COLUMNS": "80", "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)} | more


def run(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder."""
    return subprocess.run(  # noqa: S603  what the documents say
        command,
        cwd=folder,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=BOUND,
        check=False,
    )


def installs(command: documents.Command) -> bool:
    """Say whether a command only installs; if so, check what."""
    if not all("pip" in words for words in command.simple):
        return False
    for words in command.simple:
        check_pip(words[words.index("pip") + 1 :])
    return True


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository, in which commands may write."""
    return shutil.copytree(ROOT, tmp_path_factory.mktemp("docs") / "copy", ignore=NOT_COPIED)


@pytest.fixture
def workspace(copied: Path) -> Path:
    """Return the copy with what the documents take for granted, made of known runs.

    Two runs of this machine, results of a laptop and a server, files of two branches.
    """
    own = copied / "results" / machine_name() / python_build()
    others = [copied / "results" / name / "cpython-3.11.7" for name in ("laptop", "server")]
    for folder, name in ((own, "0001"), (own, "0006"), *((other, "0004") for other in others)):
        folder.mkdir(parents=True, exist_ok=True)
        for committed in folder.glob(f"{name}_*.json"):  # where this machine is one of ours
            committed.unlink()
        shutil.copy(AMD / "0004_quick.json", folder / f"{name}_quick.json")
    series.claims_at(copied)
    series.history(copied / ".benchmarks", [1.9, 2.0])
    for name in ("run", "main", "branch"):
        source = copied / ".benchmarks" / "mine" / "cpython-3.11.7" / "0001_quick.json"
        shutil.copy(source, copied / f"{name}.json")
    return copied


def check_pip(words: Sequence[str]) -> None:
    """Check that what pip is to install is this project with its extras, or a tool of it."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert words[0] == "install", words
    for word in words[1:]:
        if word in {"-e", "--editable", "-q", "--quiet", "tox"}:
            continue
        found = re.fullmatch(r"(?:\.|parallel-claims)(?:\[([\w,]+)\])?", word)
        assert found, f"{word}: neither this project nor a tool of it"
        assert set(filter(None, (found[1] or "").split(","))) <= set(extras), word


def check_venv(words: Sequence[str]) -> None:
    """Check that an environment is made in a folder, with no options."""
    assert len(words) == 1, words
    assert not words[0].startswith("-")


def check_tox(words: Sequence[str], workspace: Path) -> None:
    """Check that the environments are tox.ini's, and what is passed on is read by theirs."""
    tox = ConfigParser()
    tox.read(ROOT / "tox.ini")
    own = list(words[: words.index("--")] if "--" in words else words)
    names = own[own.index("-e") + 1].split(",") if "-e" in own else []
    assert set(own) - {"-q", "-e", *(",".join(names),)} == set(), own
    for name in names:
        assert f"testenv:{name}" in tox, name
        if "--" in words:
            command = shlex.split(tox[f"testenv:{name}"]["commands"])
            assert command[0] == "pytest", command
            passed = words[words.index("--") + 1 :]
            check_pytest([w for w in command[1:] if w != "{posargs}"] + [*passed], workspace)


def check_pytest(words: Sequence[str], workspace: Path) -> None:
    """Let pytest read the options and find the tests, and measure nothing."""
    code, told = collected(workspace, tuple(words))
    assert code == 0, told


@cache
def collected(workspace: Path, words: tuple[str, ...]) -> tuple[int, str]:
    """Let pytest find the tests; a command that stands on two pages is the same one."""
    result = run(workspace, sys.executable, "-m", "pytest", *words, "--collect-only", "-q")
    return result.returncode, result.stdout


def check_module(words: Sequence[str]) -> None:
    """Check that a script of this repository is there."""
    assert find_spec(words[0]) is not None, words


def judge(command: Callable[..., Result], words: Sequence[str], workspace: Path) -> None:
    """Do a command of ours as it stands; where it would measure, check its options.

    A calibration simulates ten suites a figure instead of a thousand.
    """
    paths = [word for word in words[1:] if not word.startswith("-")]
    more = ["--sims", "10"] if words[0] == "calibrate" else []
    measures = words[0] == "calibrate" and not any(Path(ROOT, path).suffix for path in paths)
    if measures or words[0] in {"fleet", "versus"}:
        usage = command(workspace, words[0], "--help").stdout
        own = words[: words.index("--")] if "--" in words else words
        named = [word for word in own if re.fullmatch("--[a-z-]+", word)]
        assert all(f"{word} " in usage for word in named), f"{named} not in\n{usage}"
        if "--pytest" in words:
            check_pytest(shlex.split(words[words.index("--pytest") + 1]), workspace)
        return
    expanded = [str(path) for word in words for path in matches(word, workspace)]
    result = command(workspace, *expanded, *more)
    assert result.returncode in ENDED, result.stdout + result.stderr


def matches(word: str, folder: Path) -> list[Path | str]:
    """Return what a shell makes of a word: the files that a pattern stands for."""
    return sorted(folder.glob(word)) if "*" in word else [word]


def treat(words: list[str], workspace: Path) -> None:
    """Run a simple command, or check it as its kind is checked; fail where that is not known."""
    while words[0] in {"uvx", "pipx", "run"}:
        words = words[1:]
    program, *rest = words
    name = program.removeprefix(".venv/bin/")
    if name in {"python", "python3"} and rest[:1] == ["-m"]:
        name, *rest = rest[1:]
    known: dict[str, Callable[[], None]] = {
        "venv": lambda: check_venv(rest),
        "pip": lambda: check_pip(rest),
        "tox": lambda: check_tox(rest, workspace),
        "pytest": lambda: check_pytest(rest, workspace),
        "parallel-claims": lambda: judge(typed, rest, workspace),
        "parallel_claims": lambda: judge(typed, rest, workspace),
        "analysis": lambda: judge(analysis, rest, workspace),
        "tests.compare_intervals": lambda: check_module([name]),
        "tests.screenshot": lambda: check_module([name]),
        "tests.benchmarks.between_runs": lambda: check_module([name]),
        "tests.benchmarks.many_runs": lambda: check_module([name]),
        "tests.benchmarks.unchanged_series": lambda: check_module([name]),
        "tests.benchmarks.versus_rules": lambda: check_module([name]),
        ".ci/run": lambda: check_script(name),
        "mkdocs": lambda: check_site(rest),
    }
    assert name in known, (
        f"{name}: no treatment is known for it: say in {__file__} how it is tested"
    )
    known[name]()


def check_script(name: str) -> None:
    """Check that a script of this repository may be run."""
    assert os.access(ROOT / name, os.X_OK), name


def check_site(words: Sequence[str]) -> None:
    """Check the command; the site itself is built by a test of its own."""
    assert words in (["build", "--strict"], ["serve"]), words


ELSEWHERE = {TUTORIAL}
"""Pages whose commands have a test of their own."""

BLOCKS = [
    pytest.param(fence, id=f"{fence.path.name}-{fence.line}")
    for page in PAGES
    if page not in ELSEWHERE
    for fence in documents.fences(page)
    if fence.commands
]


@pytest.mark.parametrize("fence", BLOCKS)
def test_the_commands_of_each_page_can_be_typed(fence: documents.Fence, workspace: Path) -> None:
    """As they stand, or checked as far as it goes without minutes of measuring."""
    for command in fence.commands:
        for words in command.simple:
            treat(words, workspace)
