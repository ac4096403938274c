"""Claims are looked through before anything is measured: names, contradictions, markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.judge.lint import Suite, problems, readable
from tests.typed import typed

if TYPE_CHECKING:
    from pathlib import Path

SUITE = Suite(
    benchmarks=["test_x.py::test_old", "test_x.py::test_new", "other.py::test_new"],
    tests=["test_x.py::test_old", "test_x.py::test_new", "other.py::test_new", "test_x.py::test_a"],
    markers=["claim", "one_cpu"],
)


def claim(name: str, rule: str, more: str = "") -> str:
    """Return a claim on two benchmarks, named clearly."""
    pair = 'baseline = "test_old"\ncontender = "test_x.py::test_new"\n'
    return f'[[claim]]\nid = "{name}"\nstatement = "X."\n{pair}{rule}\n{more}\n'


def found(tmp_path: Path, *claims: str, suite: Suite = SUITE) -> list[str]:
    """Return what is wrong with a file of claims, without the file's name."""
    path = tmp_path / "claims.toml"
    path.write_text("\n".join(claims))
    known, lines = readable(path)
    return [line.removeprefix(f"{path}: ") for line in (*lines, *problems(path, known, suite))]


def test_nothing_is_wrong_with_names_that_are_clear(tmp_path: Path) -> None:
    """Short where one benchmark has the name, else with their file."""
    assert found(tmp_path, claim("a", "speedup = { at_least = 2 }")) == []


def test_a_name_that_none_or_several_have_is_told_once(tmp_path: Path) -> None:
    """With the claims that use it, and the nearest; a test that measures nothing is told apart."""
    one = claim("a", "speedup = { at_least = 2 }").replace('"test_old"', '"test_odl"')
    two = one.replace('id = "a"', 'id = "b"')
    three = claim("c", "speedup = { at_least = 2 }").replace("test_x.py::test_new", "test_new")
    four = claim("d", "speedup = { at_least = 2 }").replace('"test_old"', '"test_a"')
    near = "test_old, test_new, test_x.py::test_old"
    both = "test_x.py::test_new, other.py::test_new"
    assert found(tmp_path, one, two, three, four) == [
        f"claims a, b: no benchmark is called test_odl; nearest: {near}",
        f"claim c: test_new names 2 benchmarks: write one of {both}",
        "claim d: test_a is no benchmark: it uses neither the fixture benchmark nor measure",
    ]


def test_an_optional_claim_may_name_what_is_not_collected(tmp_path: Path) -> None:
    """Its benchmarks are there where they are asked for."""
    optional = claim("a", "speedup = { at_least = 2 }", "optional = true")
    assert found(tmp_path, optional.replace("test_old", "test_cluster")) == []


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("at_least = 2", "at_most = 1.5", "≥ 2 and ≤ 1.5"),
        ("between = [1, 2]", "between = [2.5, 3]", "1 to 2 and 2.5 to 3"),
    ],
)
def test_two_claims_that_cannot_both_hold_are_told(
    tmp_path: Path, first: str, second: str, told: str
) -> None:
    """What one allows of a number and the other does."""
    claims = [claim("a", f"speedup = {{ {first} }}"), claim("b", f"speedup = {{ {second} }}")]
    pair = "test_x.py::test_old / test_x.py::test_new"
    assert found(tmp_path, *claims) == [f"claims a and b cannot both hold: {pair} is to be {told}"]


def test_a_ratio_and_its_inverse_are_one_number(tmp_path: Path) -> None:
    """Each twice as fast as the other; as fast as each other is no contradiction."""
    there = claim("a", "speedup = { at_least = 2 }")
    back = (
        there.replace('id = "a"', 'id = "b"')
        .replace('baseline = "test_old"', 'baseline = "test_x.py::test_new"')
        .replace('contender = "test_x.py::test_new"', 'contender = "test_old"')
    )
    assert len(found(tmp_path, there, back)) == 1
    assert found(tmp_path, there, back.replace("at_least = 2", "at_most = 0.5")) == []


@pytest.mark.parametrize(
    "more",
    ['known_failure = "so it is"', "needs = { gil = false }", 'needs = { start_method = "spawn" }'],
)
def test_claims_that_no_run_tests_together_contradict_nothing(tmp_path: Path, more: str) -> None:
    """Another build, another way to start processes, or one that is known to fail."""
    need = 'needs = { gil = true, start_method = "fork" }'
    one = claim("a", "speedup = { at_least = 2 }", need)
    two = claim("b", "speedup = { at_most = 1 }")
    assert len(found(tmp_path, one, two)) == 1
    assert found(tmp_path, one, two + more) == []


def test_recorded_numbers_contradict_too(tmp_path: Path) -> None:
    """A typical value and one of every round; what some rounds show may differ from others."""
    base = '[[claim]]\nid = "{}"\nstatement = "X."\n{}\n'
    one = base.format("a", 'recorded = { benchmark = "test_old", name = "n", at_least = 2 }')
    every = 'exact = [{ benchmark = "test_old", name = "n", at_most = 1 }]'
    two = base.format("b", every)
    assert found(tmp_path, one, two) == [
        "claims a and b cannot both hold: n of test_old is to be ≥ 2 and ≤ 1"
    ]
    some = every.replace(" }]", ', rounds = "some" }]')
    other = some.replace("at_most = 1", "at_least = 3")
    assert found(tmp_path, base.format("a", some), base.format("b", other)) == []


def test_every_claim_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Not only the first, and an id that is given twice."""
    good = claim("a", "speedup = { at_least = 2 }")
    lines = found(tmp_path, good, claim("b", "speedup = { at_leats = 2 }"), claim("c", ""))
    assert [line.partition(":")[0] for line in lines] == ["claim 2 (b)", "claim 3 (c)"]
    assert found(tmp_path, good, good) == ["id 'a' is given 2 times: rename one"]
    with pytest.raises(BadInputError, match="not TOML"):
        found(tmp_path, "[[claim]")


def test_a_sentence_on_a_claim_that_there_is_not_is_told(tmp_path: Path) -> None:
    """In its text, or in what it depends on."""
    advice = '[[advice]]\nsentence = "It is {claim-b}."\nwhen = { "claim-a" = "holds" }\n'
    good = claim("claim-a", "speedup = { at_least = 2 }")
    assert found(tmp_path, good, advice) == [
        "[[advice]] 1: no claim is called claim-b; nearest: claim-a"
    ]


TESTS = """\
import pytest

def test_old(benchmark): benchmark(sorted, [])

@pytest.mark.slow
@pytest.mark.one_cpus
@pytest.mark.claim(faster_than="test_odl")
def test_new(benchmark): benchmark(sorted, [])

@pytest.mark.claim(faster_than="test_old", at_least=2)
def test_newer(benchmark): benchmark(sorted, [])
"""

PROJECT = """\
[tool.pytest.ini_options]
markers = ["slow: takes long"]
addopts = ["--strict-markers", "-m", "not slow"]
"""


def test_a_suite_is_collected_and_not_measured(tmp_path: Path) -> None:
    """What options leave out is there too; markers are told with the nearest, strict or not."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "test_x.py").write_text(TESTS)
    slower = claim("a", "speedup = { at_most = 1 }").replace("test_x.py::test_new", "test_newer")
    (tmp_path / "claims.toml").write_text(slower)
    result = typed(tmp_path, "lint")
    assert result.returncode == 1, result.stderr
    said = "claim(faster_than='test_odl'): this session has no such test"
    claims, pair = "a and test_x.py::test_newer > test_old", "test_old / test_x.py::test_newer"
    assert result.stdout.splitlines() == [
        f"test_x.py::test_new: {said}; nearest: test_old, test_new",
        "test_x.py::test_new: no marker is called one_cpus; nearest: one_cpu",
        f"claims {claims} cannot both hold: test_x.py::{pair} is to be ≤ 1 and ≥ 2",
    ]
    (tmp_path / "test_x.py").write_text("import nowhere_at_all\n")
    result = typed(tmp_path, "lint")
    assert result.returncode == 2
    assert result.stderr == (
        "error: pytest cannot collect the suite here: test_x.py: ModuleNotFoundError: No module "
        "named 'nowhere_at_all'\n"
    )
