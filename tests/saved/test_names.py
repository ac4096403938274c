"""One resolver: what people write, and the node id that it means."""

from __future__ import annotations

import pytest

from parallel_claims.saved.names import Names

TESTS = (
    "tests/test_a.py::test_parse[old]",
    "tests/test_a.py::TestFast::test_parse[old]",
    "tests/test_b.py::test_sort[1-2::3/4]",
    "tests/test_b.py::test_emoji[🙂 and spaces]",
    "lib/test_b.py::test_only",
)
NAMES = Names(TESTS)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (TESTS[0], [TESTS[0]]),
        ("test_a.py::test_parse[old]", [TESTS[0]]),
        ("TestFast::test_parse[old]", [TESTS[1]]),
        ("test_parse[old]", [TESTS[0], TESTS[1]]),
        ("test_sort[1-2::3/4]", [TESTS[2]]),
        ("test_emoji[🙂 and spaces]", [TESTS[3]]),
        ("test_only", [TESTS[4]]),
        ("only", []),
        ("4]", []),
        ("old", []),
    ],
)
def test_a_name_is_a_node_id_or_its_end(written: str, meant: list[str]) -> None:
    """From a border on, and whole parameters only, whatever is in them."""
    assert NAMES.find(written) == meant
    assert (written in NAMES) is bool(meant)


def test_a_node_id_means_itself_though_it_ends_another() -> None:
    """A file in the top folder, and one of the same name below it."""
    names = Names(["test_a.py::test_x", "sub/test_a.py::test_x"])
    assert names.find("test_a.py::test_x") == ["test_a.py::test_x"]
    assert len(names.find("test_x")) == 2


def test_what_is_not_clear_says_what_to_write() -> None:
    """Several, or none with the nearest."""
    assert NAMES.unclear("test_only") is None
    several = NAMES.unclear("test_parse[old]")
    assert several == f"test_parse[old] names 2 benchmarks: write one of {TESTS[0]}, {TESTS[1]}"
    none = NAMES.unclear("test_onyl")
    assert none is not None
    assert none.startswith("no benchmark is called test_onyl; nearest: test_only")
    assert Names([]).unclear("test_a") == "no benchmark is called test_a"


def test_a_node_id_finds_what_was_saved_by_its_own_part() -> None:
    """Files of before know skipped tests by their short names."""
    assert Names(["test_gpu"]).find("tests/test_a.py::test_gpu") == ["test_gpu"]


def test_the_shortest_name_that_only_one_has() -> None:
    """Its own part, with the class where that tells it apart, else the node id."""
    assert [NAMES.short(nodeid) for nodeid in TESTS] == [
        "test_a.py::test_parse[old]",
        "TestFast::test_parse[old]",
        "test_sort[1-2::3/4]",
        "test_emoji[🙂 and spaces]",
        "test_only",
    ]
