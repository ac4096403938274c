"""Without claims, a run goes on until every ratio within a group is narrow enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parallel_claims import stats
from parallel_claims.engine.schedule import widths
from tests.engine import suite


def entry(name: str, data: list[float], group: str = "one") -> dict[str, Any]:
    """Return a benchmark as the document of a run has it."""
    info = {"blocks": list(range(len(data)))}
    return {
        "name": name, "fullname": f"f.py::{name}", "group": group,
        "extra_info": info, "stats": {"data": data},
    }  # fmt: skip


def noisy(centre: float, noise: float, seed: int) -> list[float]:
    """Return seconds of twelve blocks."""
    made = centre * np.exp(np.random.default_rng(seed).normal(0, noise, 12))
    return [float(value) for value in made]


def test_what_is_wide_is_open_with_its_width_and_what_is_narrow_is_not() -> None:
    """Ratios to the first of a group that the author named, of which a drift is no part."""
    drift = np.linspace(1, 3, 12)
    entries = [
        entry("a", list(drift)),
        entry("b", list(drift * 2)),
        entry("c", noisy(1.0, 0.5, 1)),
        entry("alone", noisy(1.0, 0.001, 2), group="two"),
    ]
    found = widths.look({"benchmarks": entries}, 0.05, {"one"})
    assert found.total == 3
    (question,) = found.open
    assert question.name.startswith("c ±")
    assert question.name.endswith("(target 5.0%)")
    assert question.benchmarks == ("f.py::a", "f.py::c")


def test_what_no_group_links_has_its_own_interval() -> None:
    """It is compared with nothing: not with the first benchmark there is."""
    entries = [entry("wild", noisy(1.0, 0.5, 1)), entry("calm", noisy(1.0, 0.001, 2))]
    found = widths.look({"benchmarks": entries}, 0.05, set())
    assert found.total == 2
    assert [question.benchmarks for question in found.open] == [("f.py::wild",) * 2]


def test_only_blocks_that_both_have_are_compared() -> None:
    """A lost round is no pair."""
    short = entry("b", [2.0, 6.0])
    short["extra_info"]["blocks"] = [0, 2]
    found = widths.log_ratio(entry("a", [1.0, 9.0, 3.0]), short)
    assert found == pytest.approx(np.log([0.5, 0.5]))


def test_too_few_blocks_are_too_wide() -> None:
    """However much alike they are."""
    assert widths.too_wide(stats.paired(np.zeros(3)), 0.05) == "±inf% (target 5.0%)"


def test_the_width_that_ended_a_run_is_saved(pytester: pytest.Pytester) -> None:
    """Such a run is judged at once, at the level that it pays for having been looked at."""
    suite.make(pytester)
    result = suite.measured(
        pytester, "--blocks", "--blocks-min=2", "--blocks-max=2", "--blocks-precision=30%"
    )
    assert result.ret == 0
    stopping = suite.saved(pytester)["parallel_claims"]["stopping"]
    assert stopping == {"ended": "max-blocks", "precision": 0.3}
