"""What runs on the first side alone: with the tests of both, and with its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from parallel_claims.versus import first_side
from parallel_claims.versus.pairs import Sides
from parallel_claims.versus.records import RunsOn
from tests.versus.test_pairs import PLUGINS, lanes, lost_of, survey, version

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_claims.engine.lanes import Lanes

__all__ = ["lanes"]

SHARED = """
import pytest

def test_same(benchmark): benchmark(int)

@pytest.mark.skip(reason="slow")
def test_skipped(benchmark): benchmark(int)

@pytest.mark.parametrize("n", [1])
def test_case(benchmark, n): benchmark(int)
"""

OWN = """
import os
import pytest

def test_same(benchmark): benchmark(int)
def test_ends(benchmark): os._exit(3)
def test_skipped(benchmark): benchmark(int)
def test_gone(benchmark): benchmark(int)
def test_failing(benchmark): assert benchmark(int)

@pytest.mark.parametrize("n", [1, 2])
def test_case(benchmark, n): benchmark(int)
"""


def test_what_was_deleted_or_skipped_in_the_tests_of_both_is_broken(
    tmp_path: Path, lanes: Lanes
) -> None:
    """A deleted test or case, a new skip, a file with a slip: what passed before, and no other."""
    first, second = (version(tmp_path, name, SHARED) for name in ("old", "new"))
    own = version(tmp_path, "own", OWN)
    moved = "def test_moved(benchmark): benchmark(int)\n"
    for side, place in ((first, "there"), (second, "there"), (own, "here")):
        (side.folder / f"test_{place}.py").write_text(moved)
    for side, text in ((first, "slip ="), (second, "slip ="), (own, "")):
        test = "def test_in_it(benchmark): benchmark(int)\n"
        (side.folder / "test_slip.py").write_text(f"{text}\n{test}")
    driven = Sides((replace(first, own=own), second), ["-q", *PLUGINS], lanes)
    found = survey(driven)
    assert set(lost_of(found)) == {"test_skipped", "test_slip.py"}
    first_side.look(driven, found)
    lost = lost_of(found)
    assert {runs for runs, _ in lost.values()} == {RunsOn.FIRST_ONLY}
    assert set(lost) == {"test_skipped", "test_gone", "test_case[2]", "test_in_it"}
    told = "runs with old's own tests only; old: slow; new: slow"
    assert lost["test_skipped"][1] == told
    assert lost["test_gone"][1] == (
        "not among the benchmarks of new; gone on purpose: -- --deselect test_suite.py::test_gone"
    )
    assert "SyntaxError" in lost["test_in_it"][1]


def test_a_version_without_tests_of_its_own_is_not_looked_at(tmp_path: Path, lanes: Lanes) -> None:
    """Neither is one whose own tests cannot start: nothing ran there."""
    first, second = (version(tmp_path, name, SHARED) for name in ("old", "new"))
    found = survey(Sides((first, second), ["-q", *PLUGINS], lanes))
    before = dict(found.lost)
    first_side.look(Sides((first, second), [], lanes), found)
    own = version(tmp_path, "own", OWN)
    (own.folder / "conftest.py").write_text("import no_such_module\n")
    first_side.look(Sides((replace(first, own=own), second), ["-q", *PLUGINS], lanes), found)
    assert found.lost == before


def test_only_what_ran_can_be_broken(tmp_path: Path, lanes: Lanes) -> None:
    """What the second side lacks and the first skips, fails or ends at runs nowhere."""
    first, second = version(tmp_path, "old", OWN), version(tmp_path, "new", SHARED)
    (first.folder / "test_more.py").write_text(SHARED.replace("test_", "test_more_"))
    driven = Sides((first, second), ["-q", *PLUGINS], lanes)
    found = survey(driven)
    first_side.look(driven, found)
    lost = lost_of(found)
    broken = {name for name, (runs, _) in lost.items() if runs is RunsOn.FIRST_ONLY}
    assert broken == {
        "test_skipped", "test_gone", "test_case[2]", "test_more_same", "test_more_case[1]",
    }  # fmt: skip
    assert lost["test_more_skipped"] == (RunsOn.NOWHERE, "not on new; old: slow")
    assert lost["test_ends"] == (RunsOn.NOWHERE, "not on new; old: it ended with exit code 3")
    assert lost["test_failing"][0] is RunsOn.NOWHERE
