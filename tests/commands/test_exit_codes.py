"""Exit codes: one table in the docs, and each command ends with each code that it has there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_claims import cli
from parallel_claims.commands import fleet, versus
from parallel_claims.fleet.hosts import Answer, Outcome
from parallel_claims.versus.records import Difference, Finding
from tests import files, series, versions
from tests.typed import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"

ELSEWHERE = {"70": "test_internal", "128 + N": "test_versus"}
"""Codes that need a broken program, or a signal, and where they are tested."""


def rows(head: str) -> Iterator[list[str]]:
    """Return the cells of the table that begins with a head."""
    lines = DOCS.read_text("utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {head} |"))
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def documented() -> set[tuple[str, int]]:
    """Return which command may end with which code, as the docs have it."""
    codes = {cells[0]: cells[2] for cells in rows("exit code") if cells[0] not in ELSEWHERE}
    found = {
        (name, int(code))
        for code, where in codes.items()
        for name in cli.COMMANDS
        if where == "all" or f"`{name}`" in where
    }
    return found | {(name.strip("`"), 1) for name, _, finding in rows("command") if finding != "–"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a claim, runs in which it holds, fails and is open, and a broken one."""
    series.claims_at(tmp_path)
    rng = np.random.default_rng(1)
    for name, speedup in (("holds", 1.9), ("fails", 1.2)):
        for day in range(3):
            series.one_run(tmp_path / name / f"{day:04}_x.json", speedup, rng, day=day)
    series.one_run(tmp_path / "open" / "0001_x.json", 1.5, rng)
    for path in (tmp_path / "holds").glob("*.json"):
        document = json.loads(path.read_text())
        when = f"2026-02-0{int(path.name[:4]) + 1}T00:00:00+00:00"
        half = document | {"benchmarks": document["benchmarks"][:1], "datetime": when}
        files.write(tmp_path / "half" / path.name, half)
    return tmp_path


def alarm(folder: Path, *words: str) -> int:
    """Return the code of a history with an alarm, of commits that nobody knows."""
    series.history(folder / "alarm", [1.9] * 20 + [1.4] * 8)
    return typed(folder, "history", "alarm", *words).returncode


def noise(folder: Path) -> str:
    """Write seconds of one loop; return the file's name."""
    values = np.exp(np.random.default_rng(1).normal(0, 0.05, 400))
    (folder / "noise.csv").write_text("\n".join(f"{value:.6f}" for value in values))
    return "noise.csv"


def page(folder: Path, *words: str) -> int:
    """Return the code of ``embed`` on a page that lacks its table."""
    (folder / "page.md").write_text("<!-- verdicts: holds/0000_x.json -->\n<!-- end -->\n")
    return typed(folder, "embed", "page.md", *words).returncode


def hosts(folder: Path, *names: str) -> int:
    """Return the code of a fleet whose second host measured so much."""
    found = []
    for host, tests in (("one", ("test_a", "test_b")), ("two", names)):
        entries = [files.entry(name, [1.0] * 6) for name in tests]
        run = files.document(entries, name=host, python_build_name="cpython-3.11.7")
        text = json.dumps(run)
        found.append(Outcome(host, Answer(0, "", {"0001_x.json": text})))
    return fleet.saved(folder / "results", found)


def compared(**more: Any) -> int:
    """Return the code of a comparison of versions, with --strict."""
    return versus.exit_code(versions.versus(**more), strict=True)


def found(finding: Finding) -> tuple[Difference, ...]:
    """Return one benchmark of which this was found."""
    (one,) = versions.versus({}, versions.NAMES[:1]).differences
    return (Difference(one.name, finding, one.ratio, one.pairs),)


def said(*words: str) -> Callable[[Path], int]:
    """Return what does a command line and returns its exit code."""
    return lambda folder: typed(folder, *words).returncode


def collected(folder: Path) -> int:
    """Return the code of ``lint`` where pytest collects what the claims name."""
    tests = (f"def {name}(benchmark): benchmark(int)\n" for name in ("test_a", "test_b"))
    (folder / "test_x.py").write_text("\n".join(tests))
    return typed(folder, "lint").returncode


WAYS: dict[tuple[str, int], Callable[[Path], int]] = {
    ("lint", 0): collected,
    ("lint", 1): said("lint"),
    ("lint", 2): said("lint", "nowhere.toml"),
    ("check", 0): said("check", "holds"),
    ("check", 1): said("check", "fails"),
    ("check", 2): said("check", "nowhere"),
    ("check", 3): said("check", "open", "--strict"),
    ("report", 0): said("report", "holds"),
    ("report", 2): said("report", "nowhere"),
    ("versus", 0): lambda _: compared(differences=found(Finding.SAME)),
    ("versus", 1): lambda _: compared(differences=found(Finding.SLOWER)),
    ("versus", 2): said("versus", "main", "--within", "7"),
    ("versus", 3): lambda _: compared(differences=found(Finding.CANNOT_TELL)),
    ("versus", 5): lambda _: compared(differences=()),
    ("compare", 0): said("compare", "holds", "holds", "--strict"),
    ("compare", 1): said("compare", "holds", "fails", "--fail-on-worse"),
    ("compare", 2): said("compare", "holds"),
    ("compare", 3): said("compare", "holds", "open", "--strict"),
    ("history", 0): said("history", "holds", "--confirm"),
    ("history", 1): lambda folder: alarm(folder, "--unconfirmed"),
    ("history", 2): said("history", "nowhere"),
    ("history", 5): lambda folder: alarm(folder, "--confirm"),
    ("recover", 0): said("recover", "holds"),
    ("recover", 2): said("recover", "nowhere"),
    ("calibrate", 0): lambda f: typed(f, "calibrate", noise(f), "--sims", "10").returncode,
    ("calibrate", 2): said("calibrate", "nowhere.csv"),
    ("calibrate", 5): said("calibrate", "--blocks", "7"),
    ("embed", 0): page,
    ("embed", 1): lambda folder: page(folder, "--check"),
    ("embed", 2): said("embed", "nowhere.md"),
    ("fleet", 0): lambda folder: hosts(folder, "test_a", "test_b"),
    ("fleet", 1): lambda folder: hosts(folder, "test_a"),
    ("fleet", 2): said("fleet", "--cluster", "http://host"),
}  # fmt: skip
"""A way to each code of each command."""


def test_the_table_has_each_code_of_each_command() -> None:
    """No code is tested that is not documented, none documented that is not tested."""
    assert set(WAYS) == documented()
    assert {name for name, _ in WAYS} == set(cli.COMMANDS)


@pytest.mark.parametrize(("command", "code"), WAYS)
def test_a_command_ends_with_the_code_that_is_documented(
    folder: Path, command: str, code: int
) -> None:
    """Whatever the command: what a code says is the same."""
    assert WAYS[command, code](folder) == code


@pytest.mark.parametrize(
    "way",
    [
        said("compare", "holds", "half"),
        said("history", "holds", "half"),
        lambda _: compared(differences=found(Finding.BROKEN)),
        lambda folder: hosts(folder, "test_b"),
    ],
)
def test_what_ran_before_and_does_not_run_any_more_is_no_0(
    folder: Path, way: Callable[[Path], int]
) -> None:
    """In every command that has a before, without any option."""
    assert way(folder) == 1


def test_a_help_names_no_code_that_the_docs_do_not_have() -> None:
    """And all that it has beside those of every command."""
    for name in cli.COMMANDS:
        text = " ".join((cli.function(name).__doc__ or "").split())
        told = re.search(r"Exit code: (.*?)\. Example", text)
        codes = {int(code) for code in re.findall(r"\b\d{1,2}\b", told[1])} if told else set()
        own = {code for command, code in WAYS if command == name and code not in {0, 2}}
        assert own <= codes <= own | {0, 2}, name
