"""No finished round is lost: runs cut short, odd parameters, tests that do not measure."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from parallel_claims.engine.protocol import in_json
from parallel_claims.plugin.fixture import finite
from tests.engine.suite import SUITE, make, measured, saved

if TYPE_CHECKING:
    from pathlib import Path

SLOW = SUITE.replace("def work(name", "def slow(name").replace(
    "def test_plain():\n    work",
    """def work(name, values=(1.0,)):
    time.sleep(0.02)
    if os.environ.get("STOP_AT") and len(open("order.txt").readlines()) >= 12:
        print("waiting", flush=True)
        open("ready", "w").close()
        time.sleep(120)
    return slow(name, values)

def test_plain():
    slow""",
)


def start_slow(pytester: pytest.Pytester) -> subprocess.Popen[bytes]:
    """Start a run that stops in its third block, and return when it is there."""
    make(pytester, SLOW)
    (pytester.path / "order.txt").touch()
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "--blocks", "5"]
    environment = {**os.environ, "STOP_AT": "12"}
    with (pytester.path / "output.txt").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  this very Python
            command, cwd=pytester.path, env=environment, stdout=output, stderr=output
        )
    deadline = time.monotonic() + 60
    while not (pytester.path / "ready").exists():
        assert time.monotonic() < deadline, (pytester.path / "output.txt").read_text()
        assert process.poll() is None, (pytester.path / "output.txt").read_text()
        time.sleep(0.02)
    return process


def test_ctrl_c_saves_what_was_measured(pytester: pytest.Pytester) -> None:
    """An interrupted block is kept as far as it came; what it lacks is named as lost."""
    process = start_slow(pytester)
    process.send_signal(signal.SIGINT)
    try:
        ended = process.wait(20)
    except subprocess.TimeoutExpired:  # raised in a destructor it is swallowed: press again
        process.send_signal(signal.SIGINT)
        ended = process.wait(60)
    assert ended == pytest.ExitCode.INTERRUPTED
    entries = saved(pytester)["benchmarks"]
    assert sum(len(entry["stats"]["data"]) for entry in entries) == 12
    for entry in entries:
        info = entry["extra_info"]
        assert info["blocks"][:2] == [0, 1]
        for reason in info["lost"].values():
            assert "ended within this block" in reason


def test_a_killed_run_leaves_every_finished_round_in_its_journal(pytester: pytest.Pytester) -> None:
    """SIGKILL leaves no time to save: the journal has all 12 rounds, and makes the file."""
    from parallel_claims.journal import writing as journal

    process = start_slow(pytester)
    process.kill()
    process.wait(60)
    folder = pytester.path / "results" / "here" / "build"
    assert not list(folder.glob("*.json"))
    (path,) = folder.glob("*.jsonl")
    found = journal.saved_form(path)
    assert sum(len(entry["stats"]["data"]) for entry in found["benchmarks"]) == 12
    with path.open("a") as file:
        file.write('{"round": {"fullname": "x", "bl')
    assert journal.saved_form(path) == found


def test_two_runs_at_once_never_take_the_same_number(tmp_path: Path) -> None:
    """The number is taken by creating the journal; saved runs count too."""
    from parallel_claims.journal.writing import reserve

    assert [reserve(tmp_path)[0], reserve(tmp_path)[0]] == [1, 2]
    (tmp_path / "0003_course.json").touch()
    assert reserve(tmp_path)[0] == 4


SOMETIMES = """
import os
import pytest
from parallel_claims.engine.outcome import Outcome

@pytest.mark.benchmark(group="one")
@pytest.mark.parametrize("variant", ["a", "b", "never"])
def test_one(measure, variant):
    with open("seen.txt", "a") as file:
        file.write(variant + "\\n")
    seen = open("seen.txt").read().split()
    if variant == "never" or (variant == "b" and seen.count("b") == 2):
        return
    measure(lambda: Outcome([1.0], True), truth=[1.0])
"""


def test_a_test_that_does_not_measure_loses_its_round(pytester: pytest.Pytester) -> None:
    """One that never does is an ordinary test and runs once; the summary tells what is missing."""
    make(pytester, SOMETIMES)
    result = measured(pytester, "--blocks", "4")
    result.assert_outcomes(passed=3)
    assert result.ret == 0
    entries = {entry["name"]: entry for entry in saved(pytester)["benchmarks"]}
    assert set(entries) == {"test_one[a]", "test_one[b]"}
    b = entries["test_one[b]"]
    assert b["extra_info"]["blocks"] == [0, 2, 3]
    reason = "it did not call its benchmark in this block"
    assert b["extra_info"]["lost"] == {"1": reason}
    assert len(b["stats"]["data"]) == 3
    result.stdout.fnmatch_lines([f"*test_one[[]b]: 1 round lost: {reason}"])
    assert (pytester.path / "seen.txt").read_text().split().count("never") == 1


@pytest.mark.parametrize("blocks", ["4", "auto"])
def test_a_run_that_measures_nothing_saves_nothing_and_says_so(
    pytester: pytest.Pytester, blocks: str
) -> None:
    """The only test never measures, and has passed; it was asked for a measurement."""
    make(pytester, SOMETIMES.replace('["a", "b", "never"]', '["never"]'))
    result = measured(pytester, f"--blocks={blocks}")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["nothing was measured: no run is saved"])
    assert not [path for path in (pytester.path / "results").rglob("*") if path.is_file()]


ODD = """
import math
import pytest
from parallel_claims.engine.outcome import Outcome

@pytest.mark.parametrize("value", [len, {1, 2}, {(1, 2): 3}, math.inf, b"x", (1, 2)])
def test_one(measure, value):
    measure(lambda: Outcome([1.0], True), truth=[1.0], told=value)
"""


def test_parameters_that_are_not_json_are_written_in_words(pytester: pytest.Pytester) -> None:
    """As pytest-benchmark writes them; the run goes on, and its file can be read."""
    from parallel_claims.saved import reading

    make(pytester, ODD)
    result = measured(pytester, "--blocks", "2")
    result.assert_outcomes(passed=6)
    entries = saved(pytester)["benchmarks"]
    words = [entry["params"]["value"] for entry in entries]
    assert sorted(map(str, words)) == [
        "UNSERIALIZABLE[<built-in function len>]",
        "UNSERIALIZABLE[b'x']",
        "UNSERIALIZABLE[inf]",
        "UNSERIALIZABLE[{(1, 2): 3}]",
        "UNSERIALIZABLE[{1, 2}]",
        "[1, 2]",
    ]
    assert [entry["extra_info"]["told"] for entry in entries] == words
    (path,) = pytester.path.rglob("*.json")
    assert len(reading.read(path).benchmarks) == 6


def test_what_holds_itself_is_written_in_words() -> None:
    """A list in itself has no end as JSON."""
    endless: list[object] = []
    endless.append(endless)
    assert in_json(endless) == "UNSERIALIZABLE[[[...]]]"


@pytest.mark.parametrize("value", [math.nan, math.inf, "much", None])
def test_what_a_round_records_is_a_finite_number(value: object) -> None:
    """The message names it: a file with anything else could not be read."""
    with pytest.raises(AssertionError, match=r"recorded 'seen' is .*: record finite numbers"):
        finite({"seen": value})


COMMIT = """
def pytest_benchmark_update_commit_info(config, commit_info):
    commit_info["asked"] = "yes"
"""


def test_a_suite_adds_to_what_is_saved_of_its_commit(pytester: pytest.Pytester) -> None:
    """pytest-benchmark's own hook is asked, as where it saves a file itself."""
    make(pytester, SUITE, COMMIT)
    measured(pytester, "--blocks", "1")
    assert saved(pytester)["commit_info"]["asked"] == "yes"
