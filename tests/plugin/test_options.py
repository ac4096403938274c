"""Options and ini values: each is read, and a bad one is told in one line."""

from __future__ import annotations

import json

import pytest

from tests.engine.suite import SUITE, make, measured, one_line, order, saved


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a small suite of two experiments."""
    make(pytester)
    return pytester


def ini(suite: pytest.Pytester, **values: str) -> None:
    """Write an ini file."""
    suite.makeini("\n".join(["[pytest]", *(f"{key} = {value}" for key, value in values.items())]))


@pytest.mark.parametrize(
    ("arg", "words"),
    [
        ("--blocks=0", "'0' is not a number of blocks, auto or off"),
        ("--blocks=many", "'many' is not a number of blocks, auto or off"),
        ("--blocks-min=0", "'0' is not a whole number of at least 1"),
        ("--blocks-max=x", "'x' is not a whole number of at least 1"),
        ("--blocks-precision=0", "write 5% or 0.05"),
        ("--blocks-budget=0", "write 90s, 3min or 1h"),
        ("--blocks-seed=x", "'x' is not a whole number"),
        ("--blocks-machine=a/b", "is one folder: printable, without"),
    ],
)
def test_an_impossible_value_is_a_usage_error(suite: pytest.Pytester, arg: str, words: str) -> None:
    """The line names the option, the value and what is allowed; nothing has run."""
    line = one_line(measured(suite, arg))
    assert arg.partition("=")[0] in line
    assert words in line
    assert not (suite.path / "order.txt").exists()


def test_a_path_taken_for_a_number_of_blocks_is_told_with_the_remedy(
    suite: pytest.Pytester,
) -> None:
    """``--blocks PATH`` would swallow the path; the remedy that is named works."""
    line = one_line(measured(suite, "--blocks", "test_suite.py"))
    assert "'test_suite.py' is not a number of blocks" in line
    assert "before a path write --blocks=auto" in line
    assert measured(suite, "--blocks=auto", "--blocks-max=2", "test_suite.py").ret == 0
    assert len(saved(suite)["benchmarks"]) == 5


def test_an_option_of_blocks_without_blocks_is_told(suite: pytest.Pytester) -> None:
    """It would have no effect; where the ini file asks for blocks it has."""
    line = one_line(measured(suite, "--blocks-min=3"))
    assert line == "ERROR: --blocks-min is about blocks, and none are measured: add --blocks=auto"
    ini(suite, blocks="2")
    assert measured(suite, "--blocks-seed=3").ret == 0
    assert saved(suite)["parallel_claims"]["order_seed"] == 3


def test_blocks_are_off_unless_asked_for(suite: pytest.Pytester) -> None:
    """A test that measures is then any test of pytest-benchmark; its table is as usual."""
    result = measured(suite)
    result.assert_outcomes(passed=5, skipped=1)
    assert sorted(order(suite)) == ["a", "b", "c", "x", "y"]
    assert not (suite.path / "results").exists()


def test_the_command_line_has_the_last_word(suite: pytest.Pytester) -> None:
    """Off, and another number than the ini file's."""
    ini(suite, blocks="2")
    measured(suite, "--blocks=off")
    assert not (suite.path / "results").exists()
    measured(suite, "--blocks=3")
    assert saved(suite)["parallel_claims"]["blocks"] == 3


def test_each_ini_value_is_read(suite: pytest.Pytester) -> None:
    """All that a run records of them; the folder is beside the ini file."""
    ini(
        suite, blocks="auto", blocks_min="2", blocks_max="3", blocks_budget="40s",
        blocks_precision="3%", blocks_seed="12", blocks_results="kept", blocks_machine="lab 3",
        blocks_against_itself="test_one[a]",
    )  # fmt: skip
    suite.mkdir("below")
    with pytest.MonkeyPatch.context() as moved:
        moved.chdir(suite.path / "below")
        result = measured(suite, "..")
    result.stdout.fnmatch_lines(["1 benchmark, up to 3 blocks in 40 s*; order seed 12*"])
    (path,) = suite.path.glob("kept/here/build/*.json")
    suite_ = json.loads(path.read_text())["parallel_claims"]
    assert (suite_["order_seed"], suite_["against_itself"]) == (12, True)
    assert suite_["stopping"]["precision"] == 0.03


def test_a_machine_is_named_in_the_ini_file(pytester: pytest.Pytester) -> None:
    """Its folder has that name, where no conftest.py gives another."""
    pytester.makepyfile(test_suite=SUITE)
    ini(pytester, blocks="1", blocks_machine="lab 3")
    assert measured(pytester).ret == 0
    assert len(list((pytester.path / "results" / "lab 3").rglob("*.json"))) == 1


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("blocks", "many", "'many' is not a number of blocks, auto or off"),
        ("blocks_min", "0", "'0' is not a whole number of at least 1"),
        ("blocks_max", "-1", "'-1' is not a whole number of at least 1"),
        ("blocks_precision", "5", "write 5% or 0.05"),
        ("blocks_budget", "soon", "write 90s, 3min or 1h"),
        ("blocks_seed", "x", "'x' is not a whole number"),
        ("blocks_machine", "..", "has 1 to 100 bytes and no dot at its ends"),
    ],
)
def test_a_bad_ini_value_is_a_usage_error(
    suite: pytest.Pytester, key: str, value: str, words: str
) -> None:
    """The line names the file, the key, the value and what is allowed."""
    ini(suite, **{key: value})
    line = one_line(measured(suite))
    assert f"{suite.path / 'tox.ini'}: {key}: " in line
    assert repr(value) in line
    assert words in line
