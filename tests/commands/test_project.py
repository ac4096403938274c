"""Where the command line finds claims and runs that nobody named in full."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.judge import claims_file
from parallel_claims.machine.naming import machine_name
from parallel_claims.machine.python import python_build
from tests import files, series
from tests.typed import typed

if TYPE_CHECKING:
    import subprocess

ROUNDS = Path(__file__).parents[1] / "data" / "pytest-benchmark" / "5.3.1-rounds.json"
BUILD = "cpython-3.11.7"
SIDES = ("first", "second")


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that bad input was told in."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


def save(path: Path, speedup: float = 1.9) -> Path:
    """Save a run of known speedup."""
    return series.one_run(path, speedup, np.random.default_rng(1), name="mine")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a run, whose pyproject.toml says nothing of claims."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    save(tmp_path / "run.json")
    return tmp_path


def named(project: Path, value: str) -> None:
    """Let pyproject.toml name the claims."""
    (project / "pyproject.toml").write_text(f"[tool.parallel-claims]\nclaims = {value}\n")


def test_claims_are_found_in_the_project(project: Path) -> None:
    """In claims.toml, from a folder below too; what pyproject.toml names goes first."""
    below = project / "a" / "b"
    below.mkdir(parents=True)
    assert claims_file.find(project) is None
    own = series.claims_at(project)
    assert claims_file.find(project) == claims_file.find(below) == own
    other = project / "config" / "speed.toml"
    other.parent.mkdir()
    shutil.copy(own, other)
    named(project, '"config/speed.toml"')
    assert claims_file.find(project) == claims_file.find(below) == other
    nearer = series.claims_at(below)
    assert claims_file.find(below) == nearer


def test_the_search_ends_at_the_project(project: Path) -> None:
    """A folder with a pyproject.toml of its own is another project."""
    series.claims_at(project)
    inner = project / "vendored"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("")
    assert claims_file.find(inner) is None


def test_check_needs_no_option_within_a_project(project: Path) -> None:
    """The same answer as with --claims, and from a folder below."""
    claims = series.claims_at(project)
    expected = answer(typed(project, "check", "run.json", "--claims", str(claims)))
    assert expected.startswith("1 claim: 1 holds")
    (project / "src").mkdir()
    assert answer(typed(project, "check", "run.json")) == expected
    assert answer(typed(project / "src", "check", "../run.json")) == expected


def answer(result: subprocess.CompletedProcess[str]) -> str:
    """Return what a command wrote, but the path of the run that it looked at."""
    assert result.returncode == 0, result.stderr
    return result.stdout[result.stdout.index("1 claim") :]


def test_without_claims_each_benchmark_is_told(project: Path) -> None:
    """``check`` says what each takes, and ``report`` makes a page of it."""
    told = typed(project, "check", "run.json")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("run.json\n2 benchmarks; the widest interval is ±")
    assert "as long as test_b" in told.stdout
    assert typed(project, "report", "run.json").stdout == "wrote report.html\n"
    assert "2 benchmarks; the widest interval is ±" in (project / "report.html").read_text()


def test_without_claims_the_ways_to_name_them_are_told_in_one_line(project: Path) -> None:
    """The option, the file, the key in pyproject.toml."""
    told = one_line(typed(project, "history", "run.json"))
    assert told == (
        "error: no claims here: name a file with --claims FILE, write claims.toml, or add "
        '[tool.parallel-claims] claims = "FILE" to pyproject.toml'
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tool = 3", "[tool] is 3, no table"),
        ("tool.parallel-claims = 'x'", "[tool.parallel-claims] is 'x', no table"),
        ("[tool]\nparallel-claims = ['x']", "[tool.parallel-claims] is ['x'], no table"),
        ("[tool.parallel-claims]\nclaims = 3", "claims = 3 is no file"),
        ("[tool.parallel-claims]\nclaims = ['a.toml']", "claims = ['a.toml'] is no file"),
        ("[tool.parallel-claims]\nclaims = 'none.toml'", "claims = 'none.toml' is no file"),
        ("[tool.parallel-claims]\nclaims = ''", "claims = '' is no file"),
        ("[tool.parallel-claims]\nclaims = '.'", "claims = '.' is no file"),
        ("[tool", "not TOML"),
    ],
)
def test_a_bad_pyproject_is_told(project: Path, text: str, words: str) -> None:
    """With its path, the value and what to write."""
    series.claims_at(project)
    path = project / "pyproject.toml"
    path.write_text(text)
    with pytest.raises(BadInputError) as error:
        claims_file.find(project)
    assert str(error.value).startswith(f"{path}: ")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_other_tools_in_a_pyproject_are_none_of_its_business(project: Path) -> None:
    """Whatever they are."""
    (project / "pyproject.toml").write_text("[tool]\nruff = 3\n[tool.mypy]\nclaims = 3\n")
    assert claims_file.find(project) is None


def test_a_bad_pyproject_is_told_by_a_command_in_one_line(project: Path) -> None:
    """No traceback."""
    named(project, "3")
    assert "claims = 3 is no file" in one_line(typed(project, "check", "run.json"))


def test_a_mistyped_claim_names_the_nearest(project: Path) -> None:
    """And not all there are."""
    text = series.CLAIM + "".join(
        series.CLAIM.replace("b-is-faster", f"another-{n}") for n in range(40)
    )
    (project / "claims.toml").write_text(text)
    told = one_line(typed(project, "history", "run.json", "--claim", "b-is-fater"))
    assert told == "error: no claim 'b-is-fater'; nearest: b-is-faster" or told.startswith(
        "error: no claim 'b-is-fater'; nearest: b-is-faster,"
    )
    assert told.count("another") <= 2


def test_seconds_are_compared_without_any_claims(tmp_path: Path) -> None:
    """Of anyone's files, each benchmark a row, in a unit that suits it."""
    document = json.loads(ROUNDS.read_text())
    for number in range(1, 4):
        document["datetime"] = f"2026-11-{number:02}T00:00:00+00:00"
        files.write(tmp_path / "a" / f"{number:04}.json", document)
    result = typed(tmp_path, "compare", "a", "a")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0].endswith("benchmarks compared: 2 same within 5 %")
    result = typed(tmp_path, "compare", "a", "a", "--format", "json")
    found = json.loads(result.stdout)
    assert not found["claims"]
    assert found["benchmarks"]
    assert all(0 < row[side]["estimate"] < 1 for row in found["benchmarks"] for side in SIDES)


def test_claims_that_are_named_and_not_there_are_told_by_compare(project: Path) -> None:
    """Only where nobody named any are they left out."""
    result = typed(project, "compare", "run.json", "run.json", "--claims", "none.toml")
    assert one_line(result) == "error: none.toml: cannot be read: No such file or directory"


def test_runs_are_named_by_their_number(project: Path) -> None:
    """With or without zeros, in the results of the project, from below it too."""
    series.claims_at(project)
    folder = project / "results" / "mine" / BUILD
    save(folder / "0001_20260101T000000Z_quick.json", 1.9)
    save(folder / "0006_quick.json", 1.2)
    (project / "src").mkdir()
    for where in (project, project / "src"):
        for names in (("0001", "0006"), ("1", "6")):
            result = typed(where, "compare", *names)
            assert result.returncode == 0, result.stderr
            assert result.stdout.startswith("1 claim compared: 1 cannot tell")
            assert f"A  {names[0]}: 1 run of mine" in result.stdout


def test_runs_that_pytest_benchmark_itself_saved_are_named_by_number(tmp_path: Path) -> None:
    """In .benchmarks, where no claims are needed."""
    place = tmp_path / ".benchmarks" / "Linux-CPython-3.11-64bit"
    place.mkdir(parents=True)
    shutil.copy(ROUNDS, place / "0001_before.json")
    shutil.copy(ROUNDS, place / "0002_after.json")
    result = typed(tmp_path, "compare", "0001", "2")
    assert result.returncode == 0, result.stderr
    assert "2 benchmarks compared" in result.stdout


def test_a_number_of_several_runs_is_this_machines_or_has_to_be_named(project: Path) -> None:
    """The choices stand in one line; this machine's run of this Python goes first."""
    series.claims_at(project)
    results = project / "results"
    save(results / "mine" / BUILD / "0001_quick.json")
    save(results / "yours" / BUILD / "0001_quick.json")
    told = one_line(typed(project, "compare", "1", "run.json"))
    assert told.startswith("error: 1: 2 runs have this number: name one of results/mine/")
    assert told.endswith(f"results/yours/{BUILD}/0001_quick.json")
    save(results / machine_name() / python_build() / "0001_quick.json")
    result = typed(project, "compare", "1", "run.json", "--format", "json")
    assert result.returncode in {0, 2}, result.stderr
    assert "runs have this number" not in result.stderr


def test_a_number_that_no_run_has_is_told(project: Path) -> None:
    """With the places that were looked at."""
    told = one_line(typed(project, "compare", "7", "run.json"))
    assert told == "error: 7: no run has this number in results or .benchmarks: name a file"
