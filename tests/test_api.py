"""What notebooks, scripts and suites may use, and that the course uses nothing else."""

from __future__ import annotations

import ast
import doctest
import inspect
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import parallel_claims
from parallel_claims import api
from parallel_claims.follow import compare as comparing
from parallel_claims.judge.outcome import Outcome as Verdict
from parallel_claims.saved.newest import newest
from tests import files

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
SORTING = ROOT / "tests" / "data" / "sorting"
BEFORE, AFTER, CLAIMS = (SORTING / name for name in ("before.json", "after.json", "claims.toml"))


def test_the_examples_in_the_code_give_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the three functions has an example that runs."""
    monkeypatch.chdir(SORTING)
    result = doctest.testmod(api)
    assert result.failed == 0
    assert result.attempted >= len(("read", "check", "compare"))


def test_the_examples_on_the_page_give_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is read by those who never see the code."""
    monkeypatch.chdir(SORTING)
    result = doctest.testfile(str(ROOT / "docs" / "api.md"), module_relative=False)
    assert result.failed == 0
    assert result.attempted >= len(("read", "check", "compare"))


@pytest.mark.parametrize("name", ["read", "check", "compare"])
def test_every_column_is_described(name: str) -> None:
    """In the docstring and on the page, in the words of the frame itself."""
    frames = {
        "read": lambda: parallel_claims.read(BEFORE),
        "check": lambda: parallel_claims.check(BEFORE, CLAIMS),
        "compare": lambda: parallel_claims.compare(BEFORE, AFTER, claims=CLAIMS),
    }
    _, _, page = (ROOT / "docs" / "api.md").read_text("utf-8").partition(f"## `{name}(")
    section = page.partition("\n## ")[0]
    described = inspect.getdoc(getattr(api, name)) or ""
    for column in frames[name]().columns:
        assert f"`{column}`" in section
        assert column in described


def test_importing_the_package_imports_next_to_nothing() -> None:
    """Pytest imports it in every session of every suite beside which it is installed."""
    code = (
        "import sys, parallel_claims; assert dir(parallel_claims); "
        "print(sorted({'numpy', 'pandas', 'msgspec', 'scipy', 'pytest'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603  this Python, and the code above
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_what_is_public_is_there() -> None:
    """Every name can be used, is listed, and no sub-package takes its place."""
    for name in parallel_claims.__all__:
        assert getattr(parallel_claims, name) is not None
        assert name in dir(parallel_claims)
        assert not inspect.ismodule(getattr(parallel_claims, name))
    with pytest.raises(AttributeError, match="no attribute 'judgement'"):
        _ = parallel_claims.judgement


def test_rounds_are_those_of_the_files() -> None:
    """One row a round, of one file, several, or a folder."""
    both = parallel_claims.read(SORTING)
    assert len(both) == len(parallel_claims.read([BEFORE, str(AFTER)])) == 80
    one = parallel_claims.read(BEFORE)
    assert set(one["block"]) == set(range(20))
    assert set(one["position"]) == {0, 1}
    assert set(one["build"]) == {"cpython-3.11.7"}
    assert one["seconds"].between(0.001, 1).all()
    assert {"cores"} == set(one.columns) - {"run", "machine", "build", "size", *api.ROUNDS}


def test_anyones_rounds_are_in_no_block() -> None:
    """Runs of other suites have rounds, and no order; summaries have no rounds."""
    theirs = ROOT / "tests" / "data" / "pytest-benchmark"
    found = parallel_claims.read(theirs / "5.0.0-rounds.json")
    assert (found["block"] == -1).all()
    nothing = parallel_claims.read(theirs / "5.0.0-summary.json")
    assert nothing.empty
    assert list(nothing.columns) == [c for c in found.columns if c in nothing]


def test_verdicts_are_those_of_the_command() -> None:
    """Estimate, interval and bound say together what the verdict says."""
    found = parallel_claims.check(BEFORE, CLAIMS).set_index("claim")
    assert set(found["verdict"]) == {Verdict.FAILS}
    assert (found["high"] < found["at_least"]).all()
    assert (found["at_most"] == math.inf).all()
    assert (found["estimate"] == found["speedup"]).all()
    assert found["efficiency"].isna().all()


def test_what_was_not_measured_has_no_number(tmp_path: Path) -> None:
    """A claim on a machine with too few CPUs has a verdict, and NaN for an estimate."""
    text = CLAIMS.read_text("utf-8").replace("at_least = 10 }", "at_least = 10 }\nneeds.cpus = 64")
    claims = tmp_path / "claims.toml"
    claims.write_text(text, encoding="utf-8")
    found = parallel_claims.check(AFTER, claims)
    assert found["verdict"].tolist() == ["holds", "not-testable"]
    assert found["estimate"].isna().tolist() == [False, True]
    assert found["blocks"].tolist() == [20, 0]


def test_a_comparison_is_of_the_others_with_the_first() -> None:
    """A row a claim and side; swapped sides give the inverse ratio; one run decides nothing."""
    there = parallel_claims.compare(BEFORE, AFTER, BEFORE, claims=CLAIMS)
    assert len(there) == 4
    assert set(there["change"]) == {"cannot tell"}
    assert set(there["high"]) == {math.inf}
    back = parallel_claims.compare(AFTER, BEFORE, claims=CLAIMS)
    assert back["ratio"][0] == pytest.approx(1 / there["ratio"][0])
    assert back["value_first"][0] == pytest.approx(there["value_other"][0])


def test_without_claims_seconds_are_compared() -> None:
    """Within one machine; one run a side says nothing of what varies between runs."""
    found = parallel_claims.compare(BEFORE, AFTER)
    assert set(found["quantity"]) == {"seconds"}
    assert set(found["name"]) == {"test_shuffled", "test_nearly_sorted"}


def test_what_one_side_did_not_measure_has_a_row_of_its_own(tmp_path: Path) -> None:
    """Broken where the first has it, with the reason; new where only the other has."""
    document = json.loads(AFTER.read_text("utf-8"))
    del document["benchmarks"][0]
    half = files.write(tmp_path / "half.json", document)
    there = parallel_claims.compare(AFTER, half)
    assert there["change"].tolist() == ["cannot tell", "broken"]
    assert there["note"].tolist() == ["", "not in its runs"]
    assert there["ratio"].isna().tolist() == [False, True]
    assert parallel_claims.compare(half, AFTER)["change"].tolist() == ["cannot tell", "new"]


def test_small_differences_are_the_same_by_the_same_measure_as_in_the_command() -> None:
    """Written out, as the module that knows it imports pandas."""
    default = inspect.signature(parallel_claims.compare).parameters["within"].default
    assert default == comparing.WITHIN


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda there: parallel_claims.read(there / "none.json"), "no such file or folder"),
        (lambda there: parallel_claims.read([BEFORE, there]), "not a file saved by"),
        (lambda there: parallel_claims.check(BEFORE, there / "none.toml"), "cannot be read"),
        (lambda _: parallel_claims.compare(BEFORE), "two sides or more"),
        (lambda there: parallel_claims.compare(BEFORE, there), "not a file saved by"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, attempt: Callable[[Path], object], words: str
) -> None:
    """The same errors as those of the commands, to be caught by name."""
    files.write(tmp_path / "broken.json", {"benchmarks": 1})
    with pytest.raises(parallel_claims.BadInputError, match=words) as raised:
        attempt(tmp_path)
    assert "\n" not in str(raised.value)


COURSE = [
    ROOT / "conftest.py",
    *(path for folder in ("analysis", "experiments") for path in (ROOT / folder).rglob("*.py")),
]
"""What the course is made of."""


@pytest.mark.parametrize("path", COURSE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_course_uses_what_is_public(path: Path) -> None:
    """It gets nothing that another suite would not."""
    used = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("parallel_claims"):
            used |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            used |= {one.name for one in node.names if one.name.startswith("parallel_claims.")}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used |= (
                {f"{node.value.id}.{node.attr}"} if node.value.id == "parallel_claims" else set()
            )
    assert used <= {f"parallel_claims.{name}" for name in parallel_claims.__all__}


def test_every_public_name_is_on_the_page() -> None:
    """As a heading or in a table, with what it is given."""
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    for name in parallel_claims.__all__:
        assert re.search(rf"`{name}[`(]", text), name


def test_the_newest_run_is_the_one_that_check_takes() -> None:
    """Of a machine's folder; a machine without runs is told in a line."""
    machine = next(path.name for path in sorted((ROOT / "results").iterdir()))
    found = parallel_claims.newest(ROOT / "results", machine)
    assert found == newest(ROOT / "results", machine)
    with pytest.raises(parallel_claims.BadInputError, match="no run saved for this machine"):
        parallel_claims.newest(ROOT / "results", "nowhere")
