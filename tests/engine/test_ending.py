"""A process that measures and ends before its time costs its round, and no more."""

from __future__ import annotations

import os

import pytest

from tests.engine.suite import make, saved

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")

SUITE = """
import ctypes, os, signal, sys
import pytest

def nth():
    with open("seen.txt", "a") as file:
        file.write("x")
        return file.tell()

ENDS = {
    "exits": lambda: os._exit(3),
    "crashes": lambda: ctypes.string_at(0),
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "closes its pipe": lambda: [os.closerange(3, 60), signal.pause()],
}

@pytest.mark.benchmark(group="one")
def test_before(benchmark):
    benchmark.pedantic(len, ((),))

@pytest.mark.benchmark(group="one")
def test_ends(benchmark):
    if nth() in WHEN:
        ENDS[HOW]()
    benchmark.pedantic(len, ((),))

@pytest.mark.benchmark(group="other")
def test_other(benchmark):
    benchmark.pedantic(len, ((),))
"""

REASONS = {
    "exits": "it ended with exit code 3",
    "crashes": "killed by SIGSEGV",
    "is killed": "killed by SIGKILL",
    "closes its pipe": "it closed its pipe and went on: it was ended",
}


def measured(pytester: pytest.Pytester, how: str, when: str, *args: str) -> pytest.RunResult:
    """Run the suite; its test ends its process at some of the times that it runs."""
    make(pytester, f"HOW, WHEN = {how!r}, {when}\n{SUITE}")
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *args)


@pytest.mark.parametrize("how", REASONS)
def test_a_process_that_ends_is_replaced(pytester: pytest.Pytester, how: str) -> None:
    """Its round is lost with the reason; the rest of that block, and all others, are measured."""
    result = measured(pytester, how, "{2}", "--blocks=3", "--blocks-seed=4")
    result.assert_outcomes(passed=2, failed=1)
    info = {entry["name"]: entry["extra_info"] for entry in saved(pytester)["benchmarks"]}
    assert len(info["test_ends"]["blocks"]) == 2
    (reason,) = info["test_ends"]["lost"].values()
    assert reason.startswith(REASONS[how])
    for name in ("test_before", "test_other"):
        assert info[name]["blocks"] == [0, 1, 2]
        assert info[name]["lost"] == {}


def test_a_benchmark_that_always_ends_its_process_is_given_up(pytester: pytest.Pytester) -> None:
    """After two blocks, and named; the others go on."""
    result = measured(pytester, "crashes", "range(99)", "--blocks=4")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*test_ends* failed: killed by SIGSEGV"])
    assert (pytester.path / "seen.txt").read_text() == "xx"
    found = saved(pytester)
    assert found["parallel_claims"]["failed"]["test_suite.py::test_ends"]["3"].startswith(
        "not measured: given up"
    )
    for entry in found["benchmarks"]:
        assert entry["extra_info"]["blocks"] == [0, 1, 2, 3]


def test_where_no_process_begins_the_reason_is_told(pytester: pytest.Pytester) -> None:
    """A conftest.py that ends each process: one line, and nothing was measured."""
    make(pytester, SUITE.replace("HOW", "''").replace("WHEN", "()"))
    conftest = (pytester.path / "conftest.py").read_text()
    ends = "\nif 'PARALLEL_CLAIMS_PRIVATE' in os.environ:\n    raise SystemExit('no database')\n"
    (pytester.path / "conftest.py").write_text(conftest + ends)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--blocks=3")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["no process can be measured in: *no database*"])
