"""Parameters in short: equal texts for equal values, whatever process they are of."""

from __future__ import annotations

from parallel_claims import parameters


class Thing:
    """Something that JSON cannot hold, and whose repr has an address in it."""


def test_an_object_is_the_same_wherever_it_lies_in_memory() -> None:
    """As pytest-benchmark has saved it, and as it is."""
    first, second = parameters.in_short({"x": Thing()}), parameters.in_short({"x": Thing()})
    assert first == second
    saved = {"x": f"UNSERIALIZABLE[{Thing()!r}]"}
    assert parameters.in_short(saved) == first


def test_a_long_value_is_short_and_another_one_is_another_text() -> None:
    """Its beginning, its length, a checksum."""
    one, other = ([0] * 999 + [last] for last in (1, 2))
    texts = [parameters.text_of(value) for value in (one, other, one)]
    assert texts[0] == texts[2] != texts[1]
    assert max(map(len, texts)) < parameters.LONGEST
    assert texts[0].startswith("[0, 0, 0")
    assert "(3000 characters, " in texts[0]


def test_what_json_cannot_hold_is_no_error() -> None:
    """Circles, keys that are no text, surrogates."""
    circle: list[object] = []
    circle.append(circle)
    values = {"circle": circle, "keys": {(1, 2): 3}, "half": "\ud800" * 99, "nan": float("nan")}
    assert set(parameters.in_short(values)) == set(values)
    assert parameters.in_short(None) == {}


def test_only_what_differs_is_told() -> None:
    """And nothing where a side has no parameters: older files have none."""
    assert parameters.differing({"a": "1", "b": "2"}, {"a": "1", "b": "3"}) == (
        "b is 2 on A and 3 on B"
    )
    assert parameters.differing({"a": "1"}, {}) == ""
