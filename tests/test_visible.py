"""What does not print is shown as an escape; everything else stays as it is."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_claims.errors import BadInputError
from parallel_claims.visible import everywhere, in_json, lines, visible

KINDS = {
    "\x1b[31mred": "\\u001b[31mred",
    "\x1b]0;title\x07": "\\u001b]0;title\\u0007",
    "\x9b31m": "\\u009b31m",
    "a\u202eb": "a\\u202eb",
    "a\u2066b\u200fc": "a\\u2066b\\u200fc",
    "a\nerror: forged\r": "a\\nerror: forged\\r",
    "a\u2028b\x85c\x7f": "a\\u2028b\\u0085c\\u007f",
    "\ud800": "\\ud800",
    "\U000e0041": "\\udb40\\udc41",
}


@pytest.mark.parametrize(("text", "seen"), KINDS.items(), ids=ascii)
def test_what_does_not_print_is_an_escape(text: str, seen: str) -> None:
    """Sequences for terminals, C1 controls, turned direction, line breaks, surrogates, tags."""
    assert visible(text) == seen
    assert str(BadInputError(text)) == seen


@pytest.mark.parametrize(
    "text",
    ["", "1.86× [1.80, 1.93] “µs”", "5\xa0%", "\u0646\u0645\u06cc\u200c\u062f", "👩\u200d🔬"],
)
def test_what_prints_stays(text: str) -> None:
    """Kinds of space and what joins letters too."""
    assert visible(text) == text


@given(st.text())
def test_nothing_is_left_that_steers(text: str) -> None:
    """Whatever the text, and showing it twice changes nothing more; lines stay lines."""
    seen = visible(text)
    assert seen == visible(seen)
    assert "\x1b" not in seen
    assert len(seen.splitlines()) <= 1
    assert lines(text).split("\n") == [visible(line) for line in text.split("\n")]


@given(
    st.recursive(st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_json_is_shown_as_it_would_be_once_decoded(value: object) -> None:
    """Keys and values, written with escapes or without; and it is still JSON."""
    wanted = json.loads(json.dumps(value), object_pairs_hook=list)
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        try:
            content = text.encode()
        except UnicodeEncodeError:  # a lone surrogate, which UTF-8 does not have
            continue
        found = json.loads(in_json(content), object_pairs_hook=list)
        assert found == by_hand(wanted)
        msgspec.json.decode(in_json(content))


def by_hand(value: object) -> object:
    """Show every string in lists of lists."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list | tuple):
        return type(value)(map(by_hand, value))
    return value


def test_prose_of_several_lines_is_one() -> None:
    """TOML has text of several lines; what else does not print is shown."""
    assert everywhere({"a\x1b": [" two\n  lines \x1b", 1]}) == {
        "a\\u001b": ["two lines \\u001b", 1]
    }
