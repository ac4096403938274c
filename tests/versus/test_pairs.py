"""Two live processes, slice by slice: what is measured, and what becomes of what is lost."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from parallel_claims.engine.lanes import Lanes, LostError, telling
from parallel_claims.processes.signals import Signals
from parallel_claims.versus import native, pairs
from parallel_claims.versus.pairs import Sides
from parallel_claims.versus.records import Pair, RunsOn, Version
from parallel_claims.versus.survey import Known, Survey, surveyed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SUITE = """
import os, subprocess, sys, threading, time
import pytest

@pytest.fixture(scope="module")
def note():
    with open("log.txt", "a") as log: log.write("up\\n")
    yield
    with open("log.txt", "a") as log: log.write("down\\n")

def test_sum(benchmark, note):
    assert benchmark(sum, range(100)) == 4950

def test_pedantic(benchmark, note):
    made = []
    assert benchmark.pedantic(made.append, setup=lambda: ((1,), {}), rounds=5) is None
    assert set(made) == {1}

@pytest.mark.claim(faster_than="test_sum")
@pytest.mark.timeout(60)
def test_child(benchmark):
    benchmark(subprocess.run, [sys.executable, "-S", "-c", ""], check=True)

def test_no_benchmark():
    assert True
"""

PLUGINS = ("-p", "parallel_claims.plugin")
"""What a side of these tests loads: see conftest.py."""

SETTINGS = """
[pytest]
addopts =
    --strict-markers --strict-config -p no:benchmark -n auto --dist loadfile
    --cov=here --cov-fail-under=100 --timeout=60 --reruns 2
    --benchmark-disable --benchmark-skip --benchmark-autosave --benchmark-compare
timeout = 30
filterwarnings =
    error
    default:Benchmark fixture was not used
"""
"""What many suites ask of each session: of plugins that are not there, and against measuring."""

NOISY = "print('a line on standard output', flush=True)\n"


@pytest.fixture
def lanes(tmp_path: Path) -> Iterator[Lanes]:
    """Return where workers live; none does in the end."""
    folder = tmp_path / "lanes"
    folder.mkdir()
    lanes = Lanes(folder, 60.0, Signals())
    yield lanes
    assert not lanes.alive


def version(folder: Path, name: str, suite: str) -> Version:
    """Return a version that is a folder with a suite, and this Python."""
    side = folder / name
    side.mkdir()
    (side / "test_suite.py").write_text(suite)
    (side / "pytest.ini").write_text(SETTINGS)
    (side / "native.so").write_bytes(b"code")
    python = folder.__class__(sys.executable)
    return Version(name, name, python, side, native=(side / "native.so",))


def driver(tmp_path: Path, lanes: Lanes, first: str, second: str) -> Sides:
    """Return what starts the workers of two versions of a suite."""
    sides = version(tmp_path, "old", first), version(tmp_path, "new", second)
    return Sides(sides, ["-q", *PLUGINS], lanes)


def survey(driven: Sides) -> Survey:
    """Return what both sides have."""
    return surveyed(driven)


def lost_of(found: Survey) -> dict[str, tuple[RunsOn, str]]:
    """Return where each benchmark runs that does not run on both sides, and why, by its name."""
    return {name.rpartition("::")[2]: (one.runs, one.why) for name, one in found.lost.items()}


def pair(driven: Sides, number: int, cpu: int | None, known: Mapping[str, Known]) -> Pair:
    """Measure one pair."""
    found: list[Pair] = []
    one = iter([driven.pair(number, 1, (0, cpu), known, found.append)])
    driven.lanes.run(lambda _: next(one, None))
    return found[0]


def test_a_pair_has_neighbouring_slices_of_every_benchmark(tmp_path: Path, lanes: Lanes) -> None:
    """Both sides take as many slices, A B B A; the ratio is the median of the neighbours'."""
    driven = driver(tmp_path, lanes, SUITE, NOISY + SUITE)
    found = survey(driven)
    names = [f"test_suite.py::test_{name}" for name in ("sum", "pedantic", "child")]
    assert list(found.known) == names
    assert not found.lost
    assert not found.known[names[2]].one_cpu
    before = [native.identity(side.folder / "native.so") for side in driven.versions]
    measured = pair(driven, 3, None, found.known)
    after = [native.identity(side.folder / "native.so") for side in driven.versions]
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert list(measured.slices) == names
    assert not measured.lost
    for name, given in measured.slices.items():
        assert len(given.first) == len(given.second) == 2 * found.known[name].turns
        wanted = pairs.of_times(given.first, given.second, shared_cpu=False)
        assert given == replace(wanted, ratio=given.ratio)
        assert given.ratio == pytest.approx(wanted.ratio)
    for side in driven.versions:  # set up once a process: in the survey, and in the pair
        assert (side.folder / "log.txt").read_text().split() == ["up", "down"] * 2


def test_what_differs_by_a_factor_is_seen(tmp_path: Path, lanes: Lanes) -> None:
    """A side that does ten times the work takes about ten times as long; by far more than two."""
    suite = "def test_sum(benchmark):\n    benchmark(sum, range({}))\n"
    driven = driver(tmp_path, lanes, suite.format(1000), suite.format(10000))
    measured = pair(driven, 0, None, survey(driven).known)
    assert math.exp(measured.slices["test_suite.py::test_sum"].ratio) > 2


def test_which_side_goes_first_is_drawn(tmp_path: Path, lanes: Lanes) -> None:
    """The first does not always start and warm up first; each keeps its own times."""
    suite = (
        "def test_sum(benchmark):\n    with open('../order.txt', 'a') as file: file.write('{}')\n"
    )
    suite += "    benchmark(sum, range({}))\n"
    driven = driver(tmp_path, lanes, suite.format("a", 1000), suite.format("b", 10000))
    known = {"test_suite.py::test_sum": Known(10, 0.001, 0.003, one_cpu=True)}
    for number in range(4):
        measured = pair(driven, number, None, known)
        assert math.exp(measured.slices["test_suite.py::test_sum"].ratio) > 2
    orders = (tmp_path / "order.txt").read_text()
    assert {orders[i : i + 2] for i in range(0, 8, 2)} == {"ab", "ba"}


def test_what_one_side_lacks_or_cannot_run_is_told(tmp_path: Path, lanes: Lanes) -> None:
    """A missing, a failing and a skipped benchmark are named with the side; the rest goes on."""
    more = """
def test_only_here(benchmark): benchmark(int)
def test_fails(benchmark): assert benchmark(int) == {}
def test_unused(benchmark): pass
@pytest.mark.xfail(reason="known")
def test_expected(benchmark): assert benchmark(int) == {}
"""
    skipping = "import pytest\ndef test_sum(benchmark): pytest.skip('not today')\n"
    first = SUITE + "def test_fails(benchmark): assert benchmark(int) == 0\n"
    first += "def test_unused(benchmark): benchmark(int)\n"
    first += "def test_expected(benchmark): benchmark(int)\n"
    found = survey(driver(tmp_path, lanes, first, SUITE + more.format(1, 1)))
    lost = lost_of(found)
    assert lost["test_only_here"] == (RunsOn.SECOND_ONLY, "not on old")
    assert lost["test_fails"][0] is RunsOn.FIRST_ONLY
    assert lost["test_fails"][1].startswith("new: ")
    assert lost["test_unused"] == (RunsOn.FIRST_ONLY, "new: it measured nothing")
    assert lost["test_expected"] == (RunsOn.FIRST_ONLY, "new: failed, as expected: known")
    assert (len(lost), len(found.known)) == (4, 3)
    (tmp_path / "again").mkdir()
    found = survey(driver(tmp_path / "again", lanes, SUITE, skipping))
    assert lost_of(found)["test_sum"] == (RunsOn.FIRST_ONLY, "new: not today")
    assert lost_of(found)["test_child"] == (RunsOn.FIRST_ONLY, "not on new")


def test_a_benchmark_that_ends_its_process_is_left_out(tmp_path: Path, lanes: Lanes) -> None:
    """The survey names it and the side, and goes on with the others in new processes."""
    deadly = "import os\ndef test_deadly(benchmark):\n    benchmark(os.abort)\n" + SUITE
    healthy = "def test_deadly(benchmark):\n    benchmark(int)\n" + SUITE
    found = survey(driver(tmp_path, lanes, healthy, deadly))
    assert lost_of(found) == {"test_deadly": (RunsOn.FIRST_ONLY, "new: killed by SIGABRT")}
    assert len(found.known) == 3


def test_what_fails_once_by_chance_is_asked_again(tmp_path: Path, lanes: Lanes) -> None:
    """In new processes: it is measured, in its place, and not called broken."""
    chance = (
        "import os\ndef test_chance(benchmark):\n    benchmark(int)\n"
        "    there = os.path.exists('there')\n    open('there', 'w').close()\n    assert there\n"
    )
    sure = "def test_chance(benchmark):\n    benchmark(int)\n"
    other = "def test_other(benchmark):\n    benchmark(int)\n"
    found = survey(driver(tmp_path, lanes, sure + other, chance + other))
    assert not found.lost
    assert [name.rpartition("_")[2] for name in found.known] == ["chance", "other"]


def test_another_case_under_one_name_is_not_compared(tmp_path: Path, lanes: Lanes) -> None:
    """Cases that are numbered shift when one is put in front; what stays the same is measured."""
    suite = (
        "import pytest\n@pytest.mark.parametrize('data', {})\n"
        "def test_sum(benchmark, data):\n    benchmark(sum, data)\n"
    )
    cases = "[[0] * 10, [0] * {}]"
    found = survey(
        driver(tmp_path, lanes, suite.format(cases.format(200)), suite.format(cases.format(9)))
    )
    assert list(found.known) == ["test_suite.py::test_sum[data0]"]
    (told,) = found.other_cases.values()
    assert list(found.other_cases) == ["test_suite.py::test_sum[data1]"]
    assert "(600 characters, " in told
    assert told.startswith("another case under this name: data is [0, 0, 0")
    assert told.endswith("on A and [0, 0, 0, 0, 0, 0, 0, 0, 0] on B")


def test_a_second_side_that_cannot_start_has_nothing_that_runs(
    tmp_path: Path, lanes: Lanes
) -> None:
    """All that the first one has is lost there, with its last word; its log is kept."""
    driven = driver(tmp_path, lanes, SUITE, SUITE)
    (driven.versions[1].folder / "conftest.py").write_text("import os; os._exit(3)\n")
    found = survey(driven)
    assert not found.known
    assert {runs for runs, _ in lost_of(found).values()} == {RunsOn.FIRST_ONLY}
    assert set(lost_of(found)) == {"test_sum", "test_pedantic", "test_child"}
    assert lost_of(found)["test_sum"][1].startswith("new: it ended with exit code ")
    assert found.silent is not None
    lanes.close()


def test_a_process_that_hangs_loses_its_pair_from_there_on(tmp_path: Path, lanes: Lanes) -> None:
    """It is ended, with what it started; what was measured before it stays."""
    hangs = SUITE + (
        "def test_hangs(benchmark):\n"
        "    if os.path.exists('hang'):\n"
        "        subprocess.run(['sleep', '300'])\n"
        "    benchmark(int)\n"
        "def test_after(benchmark): benchmark(int)\n"
    )
    driven = driver(tmp_path, lanes, hangs, hangs)
    found = survey(driven)
    assert len(found.known) == 5
    (driven.versions[1].folder / "hang").touch()
    lanes.patience = 10.0
    measured = pair(driven, 0, None, found.known)
    assert len(measured.slices) == 3
    lost = {name.rpartition("::")[2]: one for name, one in measured.lost.items()}
    assert set(lost) == {"test_hangs", "test_after"}
    assert lost["test_hangs"].runs is RunsOn.FIRST_ONLY
    assert lost["test_hangs"].why.startswith("new: stuck in ")
    assert lost["test_after"].why == f"lost with its process: {lost['test_hangs'].why}"
    assert lost["test_after"].why.endswith(": over 10 s (--timeout)")
    assert not lost["test_after"].sides


def test_the_dots_of_pytest_are_no_reason() -> None:
    """Nor are its rules; the last line with a word in it is, or better one with an error."""
    assert telling("..\n.sF   [ 75%]\n=====\n") == ""
    assert telling("leaving\n.\n") == "leaving"
    assert telling("E   ImportError: no\nbye\n") == "ImportError: no"


def test_a_side_that_cannot_start_says_why(tmp_path: Path, lanes: Lanes) -> None:
    """The last line of what it printed is the reason."""
    driven = driver(tmp_path, lanes, SUITE, SUITE)
    driven.arguments = ["--no-such-option"]
    with pytest.raises(LostError, match="unrecognized arguments: --no-such-option"):
        survey(driven)
    lanes.close()


def test_a_file_that_cannot_be_collected_is_told(tmp_path: Path, lanes: Lanes) -> None:
    """The other files are measured; what the other side has in it is lost with that reason."""
    driven = driver(tmp_path, lanes, SUITE, SUITE)
    old, new = (side.folder for side in driven.versions)
    (old / "test_broken.py").write_text("def test_here(benchmark):\n    benchmark(int)\n")
    (new / "test_broken.py").write_text("import no_such_module\n")
    (new / "test_odd.py").write_text("import no_such_module\n")
    found = survey(driven)
    assert len(found.known) == 3
    lost = lost_of(found)
    assert lost["test_here"][0] is RunsOn.FIRST_ONLY
    assert "no_such_module" in lost["test_here"][1]
    assert lost["test_odd.py"][0] is RunsOn.NOWHERE
    assert len(lost) == 2


def test_turns_get_fewer_where_a_slice_takes_long() -> None:
    """Six neighbours of short slices, two of long ones."""
    assert [Known(1, seconds, seconds, one_cpu=True).turns for seconds in (0.003, 0.05, 3.0)] == [
        3,
        2,
        1,
    ]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_one_cpu_is_shared_where_the_benchmark_uses_one(tmp_path: Path, lanes: Lanes) -> None:
    """Both sides stay on the CPU of the pair; what starts processes does not."""
    suite = "import os\nseen = []\ndef cpus():\n    seen.append(sorted(os.sched_getaffinity(0)))\n"
    suite += "def test_cpus(benchmark):\n    benchmark(cpus)\n"  # and then calls it once more
    suite += "    with open('cpus.txt', 'w') as file: file.write(str(seen[-2]))\n"
    driven = driver(tmp_path, lanes, suite, suite)
    cpu = max(os.sched_getaffinity(0))
    known = {"test_suite.py::test_cpus": Known(10, 0.001, 0.003, one_cpu=True)}
    measured = pair(driven, 0, cpu, known)
    assert measured.slices["test_suite.py::test_cpus"].shared_cpu
    for side in driven.versions:
        assert (side.folder / "cpus.txt").read_text() == str([cpu])


def test_a_side_without_pytest_benchmark_says_so(tmp_path: Path, lanes: Lanes) -> None:
    """In one line, not in a traceback."""
    sides = version(tmp_path, "old", SUITE), version(tmp_path, "new", SUITE)
    (sides[0].folder / "pytest_benchmark.py").write_text("'It stands before the plugin.'")
    with pytest.raises(LostError, match=r"old: .*Error importing plugin"):
        survey(Sides(sides, ["-q"], lanes))
    lanes.close()


def test_each_lane_has_folders_of_its_own(tmp_path: Path, lanes: Lanes) -> None:
    """What a suite writes beside its tests in one is not there in the other."""
    driven = driver(tmp_path, lanes, SUITE, SUITE)
    for side in (0, 1):
        first, second = driven.folder(side, 0), driven.folder(side, 1)
        assert first == driven.versions[side].folder
        assert second not in {first, driven.folder(1 - side, 1)}
        assert (second / "test_suite.py").read_text() == SUITE


RAISES = """
began = []

def test_raises(benchmark):
    def work():
        began.append(1)
        if len(began) > 3:
            raise ValueError("the table is full")
    benchmark(work)
"""


def test_what_raises_in_a_later_slice_loses_that_benchmark(tmp_path: Path, lanes: Lanes) -> None:
    """With its reason; the others are measured."""
    suite = RAISES + "def test_fine(benchmark): benchmark(sorted, range(99))\n"
    driven = driver(tmp_path, lanes, suite, suite)
    known = {
        f"test_suite.py::test_{name}": Known(loops, 0.001, 0.003, one_cpu=True)
        for name, loops in (("raises", 1), ("fine", 500))
    }
    measured = pair(driven, 0, None, known)
    assert list(measured.slices) == ["test_suite.py::test_fine"]
    (why,) = measured.lost.values()
    assert "old: ValueError: the table is full" in why.why or "new: ValueError" in why.why
    assert why.sides
