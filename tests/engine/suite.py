"""A small suite of two experiments, and how it is run as a user runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest

CONFTEST = """
import os
import pytest
if "PARALLEL_CLAIMS_PRIVATE" not in os.environ:  # in the session, not in its workers
    from parallel_claims.engine import narrator
    narrator.EVERY = 0.0

def pytest_benchmark_update_machine_info(machine_info):
    machine_info.update(name="here", python_build_name="build")
"""

SUITE = """
import os, time
import pytest
from parallel_claims.engine.outcome import Outcome

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


def make(pytester: pytest.Pytester, suite: str = SUITE, conftest: str = "") -> None:
    """Write the suite, and what its conftest.py has beside what these tests need."""
    pytester.makeconftest(CONFTEST + conftest)
    pytester.makepyfile(test_suite=suite)


def measured(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Run the suite in an interpreter of its own."""
    return pytester.runpytest_subprocess("--benchmark-only", "-p", "no:cacheprovider", *args)


def saved(pytester: pytest.Pytester) -> dict[str, Any]:
    """Return the one saved file."""
    (path,) = (pytester.path / "results" / "here" / "build").glob("*.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def order(pytester: pytest.Pytester) -> list[str]:
    """Return the variants in the order in which they ran."""
    return (pytester.path / "order.txt").read_text().split()


def one_line(result: pytest.RunResult) -> str:
    """Return the one line that tells a usage error; there is no traceback beside it.

    Raises:
        AssertionError: the run ended in another way.
    """
    text = result.stdout.str() + result.stderr.str()
    told = [line for line in result.errlines if line.startswith("ERROR: ")]
    traced = "Traceback" in text or "INTERNALERROR" in text
    if result.ret != pytest.ExitCode.USAGE_ERROR or traced or len(told) != 1:
        raise AssertionError(text)
    return told[0]
