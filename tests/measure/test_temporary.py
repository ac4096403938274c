"""What a round writes to its temporary folder is gone after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.measure.suite import make, measured

if TYPE_CHECKING:
    import pytest

WRITES = """
import pytest

folders = []

@pytest.mark.parametrize("what", ["passes", "fails"])
def test_one(benchmark, tmp_path, what):
    assert not [folder for folder in folders if folder.exists()]
    if what == "passes":
        folders.append(tmp_path)
    (tmp_path / "large").write_bytes(bytes(1000))
    benchmark(len, "")
    assert what == "passes"
"""


def test_nothing_that_a_round_writes_outlives_it(pytester: pytest.Pytester) -> None:
    """Each block finds nothing of the one before; what failed can be looked at."""
    make(pytester, WRITES)
    folder = pytester.path / "temp"
    result = measured(pytester, "--blocks=4", f"--basetemp={folder}")
    result.assert_outcomes(passed=1, failed=1)
    kept = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert kept == ["large", "large"]
