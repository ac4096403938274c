"""Two live processes, slice by slice: what is measured, and what becomes of what is lost."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from parallel_claims.versus import lockstep, native
from parallel_claims.versus.lockstep import Driver, Known
from parallel_claims.versus.process import LostError, Place
from parallel_claims.versus.records import Version

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    assert benchmark.stats["rounds"] == 1

def test_pedantic(benchmark, note):
    made = []
    assert benchmark.pedantic(made.append, setup=lambda: ((1,), {}), rounds=5) is None
    assert set(made) == {1}

@pytest.mark.claim(faster_than="test_sum")
def test_child(benchmark):
    benchmark(subprocess.run, [sys.executable, "-S", "-c", ""], check=True)

def test_no_benchmark():
    assert True
"""

PLUGINS = ("-p", "pytest_benchmark.plugin", "-p", "parallel_claims.plugin")
"""What a side of these tests loads: see conftest.py."""

NOISY = "print('a line on standard output', flush=True)\n"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return where processes are started from; nothing runs there in the end."""
    folder = tmp_path / "place"
    folder.mkdir()
    place = Place(folder, 60.0)
    yield place
    assert not place.running


def version(folder: Path, name: str, suite: str) -> Version:
    """Return a version that is a folder with a suite, and this Python."""
    side = folder / name
    side.mkdir()
    (side / "test_suite.py").write_text(suite)
    (side / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    (side / "native.so").write_bytes(b"code")
    python = folder.__class__(sys.executable)
    return Version(name, name, python, side, native=(side / "native.so",))


def driver(tmp_path: Path, place: Place, first: str, second: str) -> Driver:
    """Return a driver of two versions of a suite."""
    sides = version(tmp_path, "old", first), version(tmp_path, "new", second)
    return Driver(sides, ["-q", *PLUGINS], place)


def test_a_pair_has_neighbouring_slices_of_every_benchmark(tmp_path: Path, place: Place) -> None:
    """Both sides take as many slices, A B B A; the ratio is the median of the neighbours'."""
    driven = driver(tmp_path, place, SUITE, NOISY + SUITE)
    survey = driven.survey()
    names = [f"test_suite.py::test_{name}" for name in ("sum", "pedantic", "child")]
    assert list(survey.known) == names
    assert not survey.missing
    assert not survey.known[names[2]].one_cpu
    before = [native.identity(side.folder / "native.so") for side in driven.versions]
    pair = driven.pair(3, 1, None, survey.known)
    after = [native.identity(side.folder / "native.so") for side in driven.versions]
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert list(pair.slices) == names
    assert not pair.lost
    for name, found in pair.slices.items():
        assert len(found.first) == len(found.second) == 2 * survey.known[name].turns
        wanted = lockstep.of_times(found.first, found.second, shared_cpu=False)
        assert found == replace(wanted, ratio=found.ratio)
        assert found.ratio == pytest.approx(wanted.ratio)
    for side in driven.versions:  # set up once a process: in the survey, and in the pair
        assert (side.folder / "log.txt").read_text().split() == ["up", "down"] * 2


def test_what_differs_by_a_factor_is_seen(tmp_path: Path, place: Place) -> None:
    """A side that does ten times the work takes about ten times as long; by far more than two."""
    suite = "def test_sum(benchmark):\n    benchmark(sum, range({}))\n"
    driven = driver(tmp_path, place, suite.format(1000), suite.format(10000))
    pair = driven.pair(0, 1, None, driven.survey().known)
    assert math.exp(pair.slices["test_suite.py::test_sum"].ratio) > 2


def test_which_side_goes_first_is_drawn(tmp_path: Path, place: Place) -> None:
    """The first does not always start and warm up first; each keeps its own times."""
    suite = (
        "def test_sum(benchmark):\n    with open('../order.txt', 'a') as file: file.write('{}')\n"
    )
    suite += "    benchmark(sum, range({}))\n"
    driven = driver(tmp_path, place, suite.format("a", 1000), suite.format("b", 10000))
    known = {"test_suite.py::test_sum": Known(10, 0.003, one_cpu=True)}
    for number in range(4):
        pair = driven.pair(number, 1, None, known)
        assert math.exp(pair.slices["test_suite.py::test_sum"].ratio) > 2
    orders = (tmp_path / "order.txt").read_text()
    assert {orders[i : i + 2] for i in range(0, 8, 2)} == {"ab", "ba"}


def test_what_one_side_lacks_or_cannot_run_is_told(tmp_path: Path, place: Place) -> None:
    """A missing, a failing and a skipped benchmark are named with the side; the rest goes on."""
    more = """
def test_only_here(benchmark): benchmark(int)
def test_fails(benchmark): assert benchmark(int) == {}
def test_unused(benchmark): pass
"""
    skipping = "import pytest\ndef test_sum(benchmark): pytest.skip('not today')\n"
    first = SUITE + "def test_fails(benchmark): assert benchmark(int) == 0\n"
    first += "def test_unused(benchmark): benchmark(int)\n"
    survey = driver(tmp_path, place, first, SUITE + more.format(1)).survey()
    missing = {name.rpartition("::")[2]: why for name, why in survey.missing.items()}
    assert set(missing) == {"test_only_here", "test_fails", "test_unused"}
    assert missing["test_only_here"] == "not on old"
    assert missing["test_fails"].startswith("new: ")
    assert missing["test_unused"] == "new: it measured nothing"
    assert len(survey.known) == 3
    (tmp_path / "again").mkdir()
    survey = driver(tmp_path / "again", place, SUITE, skipping).survey()
    assert survey.missing["test_suite.py::test_sum"] == "new: not today"


def test_a_benchmark_that_ends_its_process_is_left_out(tmp_path: Path, place: Place) -> None:
    """The survey names it, and goes on with the others in new processes."""
    deadly = "import os\ndef test_deadly(benchmark):\n    benchmark(os.abort)\n" + SUITE
    healthy = "def test_deadly(benchmark):\n    benchmark(int)\n" + SUITE
    survey = driver(tmp_path, place, healthy, deadly).survey()
    assert survey.missing == {"test_suite.py::test_deadly": "killed by SIGABRT"}
    assert len(survey.known) == 3


def test_a_process_that_hangs_loses_its_pair_from_there_on(tmp_path: Path, place: Place) -> None:
    """It is ended, with what it started; what was measured before it stays."""
    hangs = SUITE + (
        "def test_hangs(benchmark):\n"
        "    if os.path.exists('hang'):\n"
        "        subprocess.run(['sleep', '300'])\n"
        "    benchmark(int)\n"
        "def test_after(benchmark): benchmark(int)\n"
    )
    driven = driver(tmp_path, place, hangs, hangs)
    survey = driven.survey()
    assert len(survey.known) == 5
    (driven.versions[1].folder / "hang").touch()
    place.patience = 10.0
    pair = driven.pair(0, 1, None, survey.known)
    assert len(pair.slices) == 3
    lost = {name.rpartition("::")[2]: why for name, why in pair.lost.items()}
    assert set(lost) == {"test_hangs", "test_after"}
    assert lost["test_after"] == "lost with its process: no answer within 10 s: it was ended"


def test_a_side_that_cannot_start_says_why(tmp_path: Path, place: Place) -> None:
    """The last line of what it printed is the reason."""
    driven = driver(tmp_path, place, SUITE, SUITE)
    driven.arguments = ["--no-such-option"]
    with pytest.raises(LostError, match="unrecognized arguments: --no-such-option"):
        driven.survey()


def test_a_file_that_cannot_be_collected_is_told(tmp_path: Path, place: Place) -> None:
    """The other files are measured all the same."""
    driven = driver(tmp_path, place, SUITE, SUITE)
    (driven.versions[0].folder / "test_broken.py").write_text("import no_such_module\n")
    survey = driven.survey()
    assert len(survey.known) == 3
    assert "no_such_module" in survey.missing["test_broken.py"]


def test_turns_get_fewer_where_a_slice_takes_long() -> None:
    """Six neighbours of short slices, two of long ones."""
    assert [Known(1, seconds, one_cpu=True).turns for seconds in (0.003, 0.05, 3.0)] == [3, 2, 1]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_one_cpu_is_shared_where_the_benchmark_uses_one(tmp_path: Path, place: Place) -> None:
    """Both sides stay on the CPU of the pair; what starts processes does not."""
    suite = "import os\nseen = []\ndef cpus():\n    seen.append(sorted(os.sched_getaffinity(0)))\n"
    suite += "def test_cpus(benchmark):\n    benchmark(cpus)\n"  # and then calls it once more
    suite += "    with open('cpus.txt', 'w') as file: file.write(str(seen[-2]))\n"
    driven = driver(tmp_path, place, suite, suite)
    cpu = max(os.sched_getaffinity(0))
    known = {"test_suite.py::test_cpus": Known(10, 0.003, one_cpu=True)}
    pair = driven.pair(0, 1, cpu, known)
    assert pair.slices["test_suite.py::test_cpus"].shared_cpu
    for side in driven.versions:
        assert (side.folder / "cpus.txt").read_text() == str([cpu])


def test_a_side_without_pytest_benchmark_says_so(tmp_path: Path, place: Place) -> None:
    """In one line, not in a traceback."""
    sides = version(tmp_path, "old", SUITE), version(tmp_path, "new", SUITE)
    with pytest.raises(LostError, match="exit code 4: ERROR: pytest-benchmark is not loaded"):
        Driver(sides, ["-q"], place).survey()
