"""Which case of a parametrized test a marker means: the one that a reader sees."""

from __future__ import annotations

import pytest

from parallel_claims.plugin import cases, marker

SUITE = """
import pytest

ODD = ["plain", "plain-short", "a::b", "x[1]", "two words", "é🐍", "-", ""]

@pytest.mark.parametrize("how", ODD)
def test_odd(how): pass

@pytest.mark.parametrize("n", [1, -1])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_encode(encoding, n): pass

@pytest.mark.parametrize(("way", "n"), [("old", 3), ("new-er", 3), ("old", -4)])
def test_together(way, n): pass

@pytest.mark.parametrize("way, n", [("a", 1), ("b", 1)], ids=["first-one", "other"])
def test_named(way, n): pass

class TestInside:
    @pytest.mark.parametrize("how", ["a::b", "c"])
    def test_odd(self, how): pass
"""


@pytest.mark.parametrize(
    ("name", "own", "found"),
    [
        ("[plain]", "test_odd[plain-short]", "test_odd[plain]"),
        ("[plain]", "test_odd[plain]", "test_odd[plain]"),
        ("[a::b]", "test_odd[plain]", "test_odd[a::b]"),
        ("[x[1]]", "test_odd[plain]", "test_odd[x[1]]"),
        ("[two words]", "test_odd[plain]", "test_odd[two words]"),
        ("[é🐍]", "test_odd[plain]", r"test_odd[\xe9\U0001f40d]"),
        ("test_odd[é🐍]", "test_odd[plain]", r"test_odd[\xe9\U0001f40d]"),
        ("[-]", "test_odd[plain]", "test_odd[-]"),
        ("[short]", "test_odd[plain-short]", None),
        ("[1]", "test_encode[latin-1--1]", "test_encode[latin-1-1]"),
        ("[latin-1]", "test_encode[utf-8--1]", "test_encode[latin-1--1]"),
        ("[utf-8-1]", "test_encode[latin-1--1]", "test_encode[utf-8-1]"),
        ("[old]", "test_together[new-er-3]", "test_together[old-3]"),
        ("[new]", "test_together[old-3]", None),
        ("[-4]", "test_together[old-3]", "test_together[old--4]"),
        ("[first-one]", "test_named[other]", "test_named[first-one]"),
        ("[c]", "TestInside::test_odd[a::b]", "TestInside::test_odd[c]"),
        ("test_odd", "TestInside::test_odd[a::b]", "TestInside::test_odd[a::b]"),
    ],
)
def test_a_case_is_found_by_the_ids_that_pytest_gave(
    pytester: pytest.Pytester, name: str, own: str, found: str | None
) -> None:
    """Whatever is in them: hyphens, colons, brackets, spaces, signs of other languages."""
    items = pytester.getitems(SUITE)
    place = items[0].nodeid.partition("::")[0]
    (item,) = (one for one in items if one.nodeid == f"{place}::{own}")
    assert marker.resolved(name, item, items) == (found and f"{place}::{found}")


def test_parameters_stand_in_a_name_behind_its_function(pytester: pytest.Pytester) -> None:
    """Also where they have brackets; and a test in a class of a file is in that class."""
    items = {one.name: one for one in pytester.getitems(SUITE)}
    assert cases.case_of(items["test_odd[x[1]]"]) == "[x[1]]"
    assert marker.place_of(items["test_odd[a::b]"]).endswith("::TestInside")
