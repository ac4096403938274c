"""The pytest plugin: order, pairing, merging, failures, selection, interruption."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

CONFTEST = """
import pytest
from experiments import blocks
blocks.PROGRESS_EVERY = 0.0
pytest_plugins = ["experiments.measure", "experiments.blocks"]

def pytest_benchmark_update_machine_info(machine_info):
    machine_info.update(name="here", python_build_name="build")
"""

SUITE = """
import os, time
import pytest
from experiments.strategies import Outcome

def work(name, values=(1.0,)):
    with open("order.txt", "a") as file:
        file.write(name + "\\n")
    return Outcome(list(values), True, None, {"seen": 1.0})

@pytest.mark.benchmark(group="one")
@pytest.mark.parametrize("variant", ["a", "b", "c"])
def test_one(measure, variant):
    measure(work, variant, truth=[1.0], note=variant)

@pytest.mark.benchmark(group="two")
@pytest.mark.parametrize("variant", ["x", "y"])
def test_two(measure, variant):
    measure(work, variant, truth=[1.0])

def test_plain():
    work("plain")
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a small suite of two experiments that notes the order of its rounds."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_suite=SUITE)
    return pytester


def measured(suite: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Run the suite in an interpreter of its own, as a user does."""
    os.environ["PYTHONPATH"] = str(ROOT)
    return suite.runpytest_subprocess("--benchmark-only", "-p", "no:cacheprovider", *args)


def saved(suite: pytest.Pytester) -> dict[str, Any]:
    """Return the one saved file."""
    (path,) = (suite.path / "results" / "here" / "build").glob("*.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def order(suite: pytest.Pytester) -> list[str]:
    """Return the variants in the order in which they ran."""
    return (suite.path / "order.txt").read_text().split()


def test_each_block_is_complete_and_keeps_experiments_together(suite: pytest.Pytester) -> None:
    """A block runs every variant once, an experiment's variants next to each other."""
    result = measured(suite, "--blocks", "4", "--order-seed", "7")
    assert result.ret == 0
    ran = order(suite)
    blocks = [ran[i : i + 5] for i in range(0, 20, 5)]
    for block in blocks:
        assert sorted(block) == ["a", "b", "c", "x", "y"]
        assert sorted(block[:3]) == ["a", "b", "c"] or sorted(block[:2]) == ["x", "y"]
    assert len({tuple(block) for block in blocks}) > 1


def test_the_seed_is_recorded_and_repeats_the_order(suite: pytest.Pytester) -> None:
    """The order of a run can be had again."""
    measured(suite, "--blocks", "3")
    first = order(suite)
    seed = saved(suite)["parallel_claims"]["order_seed"]
    (suite.path / "order.txt").unlink()
    measured(suite, "--blocks", "3", "--order-seed", str(seed))
    assert order(suite) == first


def test_one_entry_a_variant_with_data_in_block_order(suite: pytest.Pytester) -> None:
    """The rounds of all blocks are merged; what was recorded goes along, round by round."""
    result = measured(suite, "--blocks", "3", "--scale", "smoke", "--benchmark-json=out.json")
    result.assert_outcomes(passed=5, skipped=1)
    found = saved(suite)
    entries = {entry["name"]: entry for entry in found["benchmarks"]}
    assert len(entries) == 5
    entry = entries["test_one[a]"]
    assert entry["extra_info"]["blocks"] == [0, 1, 2]
    assert entry["extra_info"]["scale"] == "smoke"
    assert entry["extra_info"]["note"] == "a"
    assert entry["extra_info"]["recorded"]["seen"] == [1.0, 1.0, 1.0]
    assert len(entry["stats"]["data"]) == entry["stats"]["rounds"] == 3
    assert entry["stats"]["min"] == min(entry["stats"]["data"])
    assert not list((suite.path / "results").rglob("*.jsonl"))
    other = json.loads((suite.path / "out.json").read_text())
    assert {e["name"]: e["stats"]["data"] for e in other["benchmarks"]} == {
        name: e["stats"]["data"] for name, e in entries.items()
    }


def test_progress_and_one_row_a_variant_are_shown(suite: pytest.Pytester) -> None:
    """The terminal tells the block, the time left, and reports each variant once."""
    result = measured(suite, "--blocks", "3", "-v")
    result.stdout.fnmatch_lines(["block 2 of 3: 5 variants, * s so far, about * s left"])
    assert result.stdout.str().count("test_one[[]a]".replace("[[]", "[")) >= 1
    passed = [line for line in result.outlines if "test_one[a] PASSED" in line]
    assert len(passed) == 1
    result.stdout.fnmatch_lines(["saved: results/here/build/0001_*Z_quick.json"])


def test_selection_keeps_working(suite: pytest.Pytester) -> None:
    """-k and node ids choose variants, and the run says that it is partial."""
    measured(suite, "--blocks", "2", "-k", "test_two")
    assert sorted(set(order(suite))) == ["x", "y"]
    assert saved(suite)["parallel_claims"]["partial"] is True
    (suite.path / "order.txt").unlink()
    measured(suite, "--blocks", "2", "test_suite.py::test_one[b]")
    assert order(suite) == ["b", "b"]


MODULE = """
import pytest
from experiments.strategies import Outcome

@pytest.fixture(scope="module")
def resource():
    yield 1.0

@pytest.mark.benchmark(group="one")
@pytest.mark.parametrize("variant", ["a", "b"])
def test_one(measure, resource, variant):
    measure(lambda: Outcome([resource], True), truth=[1.0])

def test_plain(resource):
    assert resource == 1.0
"""


def test_experiments_spread_over_modules_are_set_up_and_torn_down(
    suite: pytest.Pytester,
) -> None:
    """Whatever order is drawn, each block begins and ends in any module."""
    suite.makepyfile(test_suite=MODULE, test_other=MODULE, test_third=MODULE)
    result = measured(suite, "--blocks", "20", "--order-seed", "1")
    result.assert_outcomes(passed=6, skipped=3)
    for entry in saved(suite)["benchmarks"]:
        assert entry["extra_info"]["lost"] == {}


FAILING = """
import os
import pytest
from pathlib import Path
from experiments.strategies import Outcome

def work(name):
    count = Path(name)
    number = int(count.read_text()) + 1 if count.exists() else 1
    count.write_text(str(number))
    if name == "b" and number == 3:
        raise RuntimeError("child 2 of 2 was killed by SIGKILL")
    return Outcome([2.0 if name == "wrong" else 1.0], True)

@pytest.mark.benchmark(group="one")
@pytest.mark.parametrize("variant", VARIANTS)
def test_one(measure, variant):
    measure(work, variant, truth=[1.0])
"""


def test_a_failure_in_block_3_loses_that_round_and_nothing_else(suite: pytest.Pytester) -> None:
    """The other blocks and variants are kept; the lost round is named with its reason."""
    suite.makepyfile(test_suite=FAILING.replace("VARIANTS", '["a", "b"]'))
    result = measured(suite, "--blocks", "5")
    result.assert_outcomes(passed=1, failed=1)
    entries = {entry["name"]: entry for entry in saved(suite)["benchmarks"]}
    assert entries["test_one[a]"]["extra_info"]["blocks"] == [0, 1, 2, 3, 4]
    assert entries["test_one[b]"]["extra_info"]["blocks"] == [0, 1, 3, 4]
    lost = entries["test_one[b]"]["extra_info"]["lost"]
    assert list(lost) == ["2"]
    assert "SIGKILL" in lost["2"]


def test_a_wrong_result_is_an_error_and_never_a_time(suite: pytest.Pytester) -> None:
    """A variant that computes something else has no entry; it is given up after two tries."""
    suite.makepyfile(test_suite=FAILING.replace("VARIANTS", '["a", "wrong"]'))
    result = measured(suite, "--blocks", "4")
    result.assert_outcomes(passed=1, failed=1)
    found = saved(suite)
    assert [entry["name"] for entry in found["benchmarks"]] == ["test_one[a]"]
    assert "wrong result" in found["parallel_claims"]["failed"]["test_one[wrong]"]["0"]
    assert (suite.path / "wrong").read_text() == "2"


def test_a_skipped_variant_is_left_out_with_its_reason(suite: pytest.Pytester) -> None:
    """A missing package is no failure."""
    suite.makepyfile(
        test_suite=SUITE
        + """
@pytest.mark.benchmark(group="two")
def test_three(measure):
    pytest.importorskip("no_such_package", reason="install no_such_package")
"""
    )
    result = measured(suite, "--blocks", "2")
    assert result.ret == 0
    assert saved(suite)["parallel_claims"]["skipped"] == {"test_three": "install no_such_package"}


def test_maxfail_stops_within_the_block(suite: pytest.Pytester) -> None:
    """-x ends the run at the first failure, and what was measured is saved."""
    suite.makepyfile(test_suite=FAILING.replace("VARIANTS", '["a", "b"]'))
    result = measured(suite, "--blocks", "9", "-x")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    entry = next(e for e in saved(suite)["benchmarks"] if e["name"] == "test_one[b]")
    assert entry["extra_info"]["blocks"] == [0, 1]


SLOW = SUITE.replace("def work(name", "def slow(name").replace(
    "def test_plain():\n    work",
    """def work(name, values=(1.0,)):
    time.sleep(0.02)
    if os.environ.get("STOP_AT") and len(open("order.txt").readlines()) >= 12:
        print("waiting", flush=True)
        open("ready", "w").close()
        time.sleep(30)
    return slow(name, values)

def test_plain():
    slow""",
)


def start_slow(suite: pytest.Pytester) -> subprocess.Popen[bytes]:
    """Start a run that stops in its third block, and return when it is there."""
    suite.makepyfile(test_suite=SLOW)
    (suite.path / "order.txt").touch()
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "--blocks", "5"]
    environment = {**os.environ, "STOP_AT": "12", "PYTHONPATH": str(ROOT)}
    with (suite.path / "output.txt").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  this very Python
            command, cwd=suite.path, env=environment, stdout=output, stderr=output
        )
    deadline = time.monotonic() + 60
    while not (suite.path / "ready").exists():
        assert time.monotonic() < deadline, (suite.path / "output.txt").read_text()
        assert process.poll() is None, (suite.path / "output.txt").read_text()
        time.sleep(0.02)
    return process


def test_ctrl_c_saves_what_was_measured(suite: pytest.Pytester) -> None:
    """An interrupted block is kept as far as it came; what it lacks is named as lost."""
    process = start_slow(suite)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == pytest.ExitCode.INTERRUPTED
    entries = saved(suite)["benchmarks"]
    assert sum(len(entry["stats"]["data"]) for entry in entries) == 12
    for entry in entries:
        info = entry["extra_info"]
        assert info["blocks"][:2] == [0, 1]
        for reason in info["lost"].values():
            assert "ended within this block" in reason


def test_a_killed_run_leaves_every_finished_round_in_its_journal(suite: pytest.Pytester) -> None:
    """SIGKILL leaves no time to save: the journal has all 12 rounds, and makes the file."""
    from experiments import journal

    process = start_slow(suite)
    process.kill()
    process.wait(60)
    folder = suite.path / "results" / "here" / "build"
    assert not list(folder.glob("*.json"))
    (path,) = folder.glob("*.jsonl")
    found = journal.saved_form(path)
    assert sum(len(entry["stats"]["data"]) for entry in found["benchmarks"]) == 12
    with path.open("a") as file:
        file.write('{"round": {"fullname": "x", "bl')
    assert journal.saved_form(path) == found


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--blocks", "0"], "'0' is not a whole number of at least 1"),
        (["--blocks", "many"], "'many' is not a whole number of at least 1"),
        (["--scale", "huge"], "invalid choice: 'huge'"),
        (["--order-seed", "x"], "invalid int value: 'x'"),
    ],
)
def test_impossible_options_are_usage_errors(
    suite: pytest.Pytester, args: list[str], words: str
) -> None:
    """The message names the option, the value and what is allowed."""
    result = measured(suite, *args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in result.stderr.str()


LITTLE_MEMORY = """
from types import SimpleNamespace
from experiments import blocks
blocks.psutil.virtual_memory = lambda: SimpleNamespace(available=2**20)
"""


def test_too_little_memory_ends_the_run_before_it_starts(suite: pytest.Pytester) -> None:
    """The message says how much is needed."""
    suite.makeconftest(CONFTEST + LITTLE_MEMORY)
    result = measured(suite, "--scale", "course")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--scale course needs 1.9 GiB of free memory, 0.0 GiB are free" in result.stderr.str()
    assert not (suite.path / "order.txt").exists()


def test_benchmark_disable_runs_each_test_once_and_saves_nothing(suite: pytest.Pytester) -> None:
    """pytest-benchmark's own switch still means: just run the code."""
    os.environ["PYTHONPATH"] = str(ROOT)
    result = suite.runpytest_subprocess("--benchmark-disable")
    result.assert_outcomes(passed=6)
    assert not (suite.path / "results").exists()


def test_two_runs_at_once_never_take_the_same_number(tmp_path: Path) -> None:
    """The number is taken by creating the journal; saved runs count too."""
    from experiments.journal import reserve

    assert [reserve(tmp_path)[0], reserve(tmp_path)[0]] == [1, 2]
    (tmp_path / "0003_course.json").touch()
    assert reserve(tmp_path)[0] == 4


def test_every_variant_comes_first_about_equally_often() -> None:
    """The order is drawn anew for each block, so that no variant keeps a place."""
    from experiments.blocks import block_order

    class Item:
        def __init__(self, name: str) -> None:
            self.nodeid = name

        def get_closest_marker(self, name: str) -> None:
            """Have no marker: the group is the function."""

    items: Any = [Item(f"test_x[{letter}]") for letter in "abcd"]
    shuffle = random.Random(1)  # noqa: S311
    firsts = [block_order(items, shuffle)[0][0].nodeid for _ in range(400)]
    for item in items:
        assert 60 < firsts.count(item.nodeid) < 140
