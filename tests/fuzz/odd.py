"""What a file may hold that nobody meant: odd values, and odd changes of a real document."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

STEERING = (
    "\x1b[31m\x1b]0;t\x07", "\x9b1m\u202e\u2066", "a\nerror: forged\r", "|`x`|[l](http://x)<b>",
    "</script><script>parent.pwned=1</script>", "<img src=x onerror=pwned=1>", "{{ 1 }}{% x %}",
    "\ud800", "\U000e0041", "x" * 3_000, "", "../../x", "datum.x", "nan",
)  # fmt: skip

ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(STEERING),
    st.sampled_from([0, -1, 1, 2**31, 2**63, 2**64, 10**400, 1e-300, 1e300, -0.0, 1e-12, 1e9]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(),
    st.text(max_size=8),
    st.sampled_from([[], {}, [[]], [None], ["x"], [1e300], {"": ""}, {"a": {"b": []}}]),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in a document; of long lists only the ends."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index in {0, 1, len(value) // 2, len(value) - 1} & set(range(len(value))):
            yield from places(value[index], (*path, index))


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> Any:
    """Draw a document in which up to four places are replaced, removed, doubled or swapped."""
    found = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        ways = list(places(found))
        way = draw(st.sampled_from(ways))
        if not way:
            continue
        parent = at(found, way[:-1])
        change = draw(st.sampled_from(["replace", "replace", "remove", "double", "copy", "key"]))
        if change == "remove":
            del parent[way[-1]]
        elif change == "double" and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[way[-1]]))
        elif change == "copy":
            parent[way[-1]] = copy.deepcopy(at(found, draw(st.sampled_from(ways))))
        elif change == "key" and isinstance(parent, dict):
            parent[draw(st.sampled_from(STEERING))] = parent.pop(way[-1])
        else:
            parent[way[-1]] = copy.deepcopy(draw(ODD))  # a list of it may be changed next
    return found


def at(value: Any, way: tuple[Any, ...]) -> Any:
    """Return what lies at the end of a way."""
    for step in way:
        value = value[step]
    return value


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw bytes of which some are flipped, cut out, or said twice."""
    found = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(found) - 1)))
        end = start + draw(st.integers(0, 40))
        change = draw(st.sampled_from(["flip", "cut", "twice", "end"]))
        if change == "flip" and found:
            found[start] ^= 1 << draw(st.integers(0, 7))
        elif change == "cut":
            del found[start:end]
        elif change == "twice":
            found[start:start] = found[start:end]
        else:
            del found[end:]
    return bytes(found)


def toml(document: dict[str, Any]) -> str:
    """Write a document as TOML, tables inline."""
    return "".join(f"{json.dumps(key)} = {inline(value)}\n" for key, value in document.items())


def inline(value: Any) -> str:
    """Write one value as TOML does; there is no null in it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if value is None:
        return '"null"'
    return json.dumps(value)


@st.composite
def steered(draw: st.DrawFn, document: Any) -> Any:
    """Draw a document in which some texts steer: terminals, tables, pages."""
    found = copy.deepcopy(document)
    texts = [way for way in places(found) if way and isinstance(at(found, way), str)]
    for way in draw(st.lists(st.sampled_from(texts), min_size=1, max_size=6)):
        at(found, way[:-1])[way[-1]] += draw(st.sampled_from(STEERING))
    return found
