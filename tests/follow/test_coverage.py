"""What one side measured and another did not: said, and never green in error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims.follow import compare, sides
from parallel_claims.follow.comparison import Change, Comparison
from parallel_claims.follow.coverage import Presence
from parallel_claims.judge import claims_file
from parallel_claims.report import compared, data, markdown, terminal
from tests import files, series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ROUNDS = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98]


def side(folder: Path, *names: str, suite: Mapping[str, Any] | None = None, **machine: Any) -> Path:
    """Save three runs of some benchmarks, in blocks."""
    for number in range(3):
        entries = [files.entry(name.rpartition("::")[2], ROUNDS, fullname=name) for name in names]
        document = files.document(entries, suite=suite or {}, **machine)
        document["datetime"] = f"2026-11-2{number + 1}T00:00:00+00:00"
        files.write(folder / f"{number}.json", document)
    return folder


def against(*folders: Path, claims: Path | None = None) -> Comparison:
    """Compare folders of runs with the first."""
    known = claims_file.read(claims).claims if claims else ()
    read = sides.read([(path.name, path) for path in folders], None, across=False)
    return compare.compare(read, known, 0.05, seconds=False)


def absent(found: Comparison) -> Sequence[tuple[str, int, Presence, str]]:
    """Return what is absent where, and why."""
    return [(one.name, one.side, one.presence, one.why) for one in found.absences]


KEPT, GONE, NEW = (f"t.py::test_{name}" for name in ("kept", "gone", "new"))


def test_what_is_gone_is_broken_and_what_is_new_costs_nothing(tmp_path: Path) -> None:
    """Named in the answer with the side, in every format; the others are compared."""
    found = against(side(tmp_path / "a", KEPT, GONE), side(tmp_path / "b", KEPT, NEW))
    assert absent(found) == [
        (GONE, 1, Presence.BROKEN, "not in its runs"),
        (NEW, 1, Presence.NEW, ""),
    ]
    assert [row.name for row in found.seconds] == ["test_kept"]
    answer = "1 broken on B: test_gone; 1 benchmark compared: 1 same within 5 %"
    made = compared.document(found)
    text = terminal.text(made)
    assert text.startswith(f"{answer}\n")
    assert "! broken on B: test_gone (not in its runs)" in text
    assert "! new on B: test_new" in text
    assert markdown.text(made).startswith(f"**{answer.replace('test_gone', '`test_gone`')}**")
    assert json.loads(data.text(made))["absent"][0] == {
        "name": GONE, "side": "b", "verdict": "broken", "note": "not in its runs",
    }  # fmt: skip
    assert not found.undecided
    only_new = against(side(tmp_path / "c", KEPT), side(tmp_path / "d", KEPT, NEW))
    assert not only_new.broken


@pytest.mark.parametrize(
    ("suite", "machine", "presence", "why"),
    [
        ({"skipped": {"test_gone": "needs a GPU"}}, {}, Presence.BROKEN, "needs a GPU"),
        (
            {"skipped": {"test_gone": "needs a GPU"}}, {"python_version": "3.12.1"},
            Presence.UNTRIED, "needs a GPU",
        ),
        ({"partial": True}, {}, Presence.UNTRIED, "its runs measured a selection"),
        (
            {"partial": True, "failed": {"test_gone": {"0": "ValueError"}}}, {},
            Presence.BROKEN, "ValueError",
        ),
    ],
)  # fmt: skip
def test_why_it_is_gone_says_whether_it_is_broken(
    tmp_path: Path,
    suite: dict[str, Any],
    machine: dict[str, Any],
    presence: Presence,
    why: str,
) -> None:
    """A new skip is; a skip on another Python, and what was not selected, is not measured."""
    found = against(
        side(tmp_path / "a", KEPT, GONE), side(tmp_path / "b", KEPT, suite=suite, **machine)
    )
    assert absent(found) == [(GONE, 1, presence, why)]
    assert found.undecided is (presence is Presence.UNTRIED)


def test_a_test_that_moved_to_another_file_is_still_there(tmp_path: Path) -> None:
    """It is compared by its own name, where that is one of a kind."""
    found = against(side(tmp_path / "a", KEPT), side(tmp_path / "b", "new/u.py::test_kept"))
    assert not found.absences
    assert [row.shifts[0].change for row in found.seconds] == [Change.SAME]
    two = side(tmp_path / "c", "x.py::test_kept", "y.py::test_kept", NEW)
    found = against(side(tmp_path / "d", KEPT, NEW), two)
    assert [one.presence for one in found.broken] == [Presence.BROKEN]


def test_a_claim_whose_benchmark_is_gone_is_broken(tmp_path: Path) -> None:
    """Its row says which; on what is new there it has nothing to be compared with."""
    claims = series.claims_at(tmp_path)
    whole, half = ("t.py::test_a", "t.py::test_b"), ("t.py::test_a",)
    found = against(side(tmp_path / "a", *whole), side(tmp_path / "b", *half), claims=claims)
    (row,) = found.claims
    assert (row.shifts[0].change, row.shifts[0].ratio) == (Change.BROKEN, None)
    assert row.shifts[0].note == "test_b: not in its runs"
    assert "".join(compared.answer(found)).startswith(
        "1 broken on B: test_b; 1 claim compared: 1 broken"
    )
    found = against(side(tmp_path / "c", *half), side(tmp_path / "d", *whole), claims=claims)
    assert found.claims[0].shifts[0].change is Change.NEW
    assert not found.broken
    assert not found.undecided


def with_case(folder: Path, data: Sequence[int]) -> Path:
    """Give all runs' benchmark a parameter."""
    for path in side(folder, KEPT).glob("*.json"):
        document = json.loads(path.read_text())
        document["benchmarks"][0]["params"] = {"data": list(data)}
        files.write(path, document)
    return folder


def test_another_case_under_one_name_is_not_compared(tmp_path: Path) -> None:
    """It is said which parameter is another; nothing is called the same or worse."""
    found = against(with_case(tmp_path / "a", [0] * 9), with_case(tmp_path / "b", [0] * 2))
    (row,) = found.seconds
    assert (row.shifts[0].change, row.shifts[0].ratio) == (Change.CANNOT_TELL, None)
    told = "test_kept is another case: data is [0, 0, 0, 0, 0, 0, 0, 0, 0] on A and [0, 0] on B"
    assert row.shifts[0].note == told
    text = terminal.text(compared.document(found))
    assert "test_kept is another case" in " ".join(text.split())
    alike = against(with_case(tmp_path / "c", [1]), with_case(tmp_path / "d", [1]))
    assert alike.seconds[0].shifts[0].change is Change.SAME
