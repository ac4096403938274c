"""What a round writes to its temporary folder is gone after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.suite import make, measured

if TYPE_CHECKING:
    import pytest

WRITES = """
import pytest

@pytest.mark.parametrize("what", ["passes", "fails"])
def test_one(benchmark, tmp_path, what):
    (tmp_path / "large").write_bytes(bytes(1000))
    benchmark(len, "")
    assert what == "passes"
"""


def test_nothing_that_a_round_writes_outlives_its_process(pytester: pytest.Pytester) -> None:
    """What a process wrote in which something failed can be looked at."""
    make(pytester, WRITES)
    folder = pytester.path / "temp"
    result = measured(pytester, "--blocks=2", "-k", "passes", f"--basetemp={folder}")
    result.assert_outcomes(passed=1)
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    result = measured(pytester, "--blocks=2", "-k", "fails", f"--basetemp={folder}")
    result.assert_outcomes(failed=1)
    kept = [path.parent.name for path in folder.rglob("large")]
    assert kept == ["test_one_fails_0"] * 2
