"""Hooks of pytest-benchmark in a suite are heard for the file that blocks save, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from parallel_claims.engine.protocol import LONGEST, to_keep
from tests.engine.suite import make, measured

if TYPE_CHECKING:
    import pytest

HOOKS = """
import pathlib

def pytest_benchmark_update_commit_info(commit_info):
    commit_info["checkout"] = pathlib.PurePosixPath("here")

def pytest_benchmark_update_machine_info(machine_info):
    for key in [*machine_info]:
        if key not in {"cpu", "node"}:
            del machine_info[key]
    machine_info["features"] = {"avx"}
    machine_info["name"] = "not/a folder"

def pytest_benchmark_update_json(output_json):
    del output_json["machine_info"]["node"], output_json["machine_info"]["name"]
    output_json["benchmarks"].pop()
    for one in output_json["benchmarks"]:
        del one["params"], one["stats"]["data"], one["extra_info"]["blocks"]
        one["extra_info"].pop("note", None)
        one["stats"]["mean"] = 0.0
    output_json["more"] = 1
"""

HOOK_THAT_FAILS = """
def pytest_benchmark_update_json():
    raise OSError(28)
"""

LONG = """
import pytest

@pytest.mark.parametrize("document", ["x" * 9000], ids=["short"])
def test_long(benchmark, document):
    benchmark.extra_info["document"] = [document]
    benchmark(len, document)
"""


def test_a_file_is_written_as_hooks_have_it_and_can_be_read(pytester: pytest.Pytester) -> None:
    """What JSON has no form for, facts that are left out, what is removed; not what is needed."""
    make(pytester, conftest=HOOKS)
    result = measured(pytester, "--blocks=1")
    assert result.ret == 0
    (path,) = (pytester.path / "results").glob("*/*/*.json")
    saved = json.loads(path.read_text())
    assert saved["commit_info"]["checkout"].startswith("UNSERIALIZABLE[PurePosixPath(")
    machine = saved["machine_info"]
    assert machine["features"] == "UNSERIALIZABLE[{'avx'}]"
    assert {"cpu", "usable_cpus", "python_build_name"} <= machine.keys()
    assert "node" not in machine
    assert machine["name"] == path.parts[-3] != "not/a folder"
    assert "more" not in saved
    assert len(saved["benchmarks"]) == 4
    for one in saved["benchmarks"]:
        assert "params" not in one
        assert "note" not in one["extra_info"]
        assert one["extra_info"]["blocks"] == [0]
        assert one["stats"]["mean"] == one["stats"]["data"][0]


def test_a_hook_that_fails_is_told_and_long_values_are_short(pytester: pytest.Pytester) -> None:
    """What was measured is saved; of a parameter of 9,000 characters the ends, and a checksum."""
    make(pytester, LONG, conftest=HOOK_THAT_FAILS)
    result = measured(pytester, "--blocks=1")
    result.stdout.fnmatch_lines(["pytest_benchmark_update_json: OSError(28): saved without it"])
    (path,) = (pytester.path / "results").glob("*/*/*.json")
    assert path.stat().st_size < 9000
    (one,) = json.loads(path.read_text())["benchmarks"]
    for value in (one["params"]["document"], one["extra_info"]["document"]):
        assert "xxx … xxx" in value
        assert " characters, checksum " in value


def test_only_long_values_are_shortened_and_others_stay_others() -> None:
    """A number stays one; two long values that differ in the middle are two texts."""
    assert to_keep({"a": [1, 2.5]}) == {"a": [1, 2.5]}
    assert to_keep("x" * LONGEST) == "x" * LONGEST
    one, other = ([0] * 5000 + [n] + [0] * 5000 for n in (1, 2))
    assert to_keep(one) != to_keep(other)
    assert len(to_keep(one)) < 500
