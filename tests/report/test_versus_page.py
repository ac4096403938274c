"""The page on two versions: the answer first, then by size, all numbers as tables, no markup."""

from __future__ import annotations

import dataclasses
import html
import math
import re

import pytest

from parallel_claims import stats
from parallel_claims.report.versus import charts, page, words
from parallel_claims.versus.records import Difference, Finding
from tests import versions

NASTY = '<script>alert("x")</script></script><img src=x onerror=alert(1)>&\u202eabc\x1b'
NAMES = versions.NAMES[60:150]


@pytest.fixture(scope="module")
def text() -> str:
    """Return a page with something in each part."""
    found = versions.versus(
        versions.SLOWER,
        NAMES,
        claims=(versions.HELD, versions.CLAIM),
        missing=versions.MISSING,
        notes=("a note",),
    )
    return page.html(found)


def test_the_answer_comes_first_and_what_changed_by_its_size(text: str) -> None:
    """Counts, sides, effort; then what changed, the largest first; claims, worse ones first."""
    head = text[: text.index("<main>")]
    assert re.search(r"3 of 90 slower: test_in\[int\] 1\.2\d× ", head)
    assert "A is main (73dc536), B is the working tree" in head
    assert "a note" in head
    changed = text[text.index('id="changed"') : text.index('id="claims"')]
    ratios = [float(ratio) for ratio in re.findall(r"<dt>B / A</dt><dd><bdi>([\d.]+)×", changed)]
    assert len(ratios) == 3
    assert ratios == sorted(ratios, reverse=True)
    claims = text[text.index('id="claims"') : text.index('id="all"')]
    assert claims.index("fell from 1.81× to 1.52×") < claims.index("stayed 88.0×")


def test_every_ratio_stands_in_the_chart_and_in_its_table(text: str) -> None:
    """A row a benchmark, sorted by size of change; links lead to parts that are there."""
    table = re.findall(r'<th scope="row"><bdi>(.*?)</bdi>', text[text.index('id="all"') :])
    shown = [name.rpartition("::")[2] for name in NAMES]
    assert sorted(table[: len(NAMES)]) == sorted(shown)
    spec = charts.overview(versions.versus(versions.SLOWER, NAMES))
    assert spec is not None
    drawn = spec.spec["datasets"]["rows"]
    assert len(drawn) == len(NAMES)
    assert [row["ratio"] for row in drawn] == sorted(row["ratio"] for row in drawn)
    links = re.findall(r'<a href="#(.*?)">', text)
    assert links
    assert all(f'<section id="{link}"' in text for link in links)


def test_each_pair_of_what_changed_is_a_point() -> None:
    """Its ratio, its number, and whether all was measured in it or only what was asked again."""
    found = versions.versus(versions.SLOWER, NAMES)
    slower = words.largest(found, Finding.SLOWER)
    chart = charts.pairs("changed", "What changed", found, slower)
    assert chart is not None
    rows = chart.spec["datasets"]["rows"]
    for place, one in enumerate(slower):
        points = [row for row in rows if row["place"] == place]
        assert [row["ratio"] for row in points] == pytest.approx(one.ratios, rel=1e-3)
        assert [row["which"] for row in points] == ["first pairs"] * 10 + ["measured again"] * 8
        assert sum("label" in row for row in points) == 1


def test_what_lies_far_off_is_drawn_at_the_edge() -> None:
    """An interval without ends, a benchmark a thousand times as fast: the others stay readable."""
    name = NAMES[0]
    rows = (
        Difference(name, Finding.FASTER, stats.Interval(0.001, 0.0005, 0.002), 9),
        Difference(name, Finding.CANNOT_TELL, stats.Interval(1.02, 0.0, math.inf), 2),
    )
    chart = charts.overview(versions.versus({}, NAMES, differences=rows))
    assert chart is not None
    drawn = chart.spec["datasets"]["rows"]
    assert [(row["low"], row["ratio"]) for row in drawn] == [(0.5, 0.5), (0.5, 1.02)]
    assert drawn[1]["high"] < 1.3


def test_the_page_asks_for_nothing_and_no_name_is_markup() -> None:
    """Names, notes, reasons and statements of anybody: all of them are text."""
    name = f"tests/test_a.py::test_x[{NASTY}]"
    found = versions.versus(
        {},
        [name, NAMES[0]],
        missing={name + "2": NASTY},
        notes=(NASTY,),
        claims=(dataclasses.replace(versions.CLAIM, statement=NASTY),),
    )
    found = dataclasses.replace(
        found,
        differences=(
            dataclasses.replace(found.differences[0], finding=Finding.SLOWER, note=NASTY),
            found.differences[1],
        ),
    )
    text = page.html(found)
    assert "<img" not in text
    assert text.count("<script") == text.count("</script>")
    assert not {"\u202e", "\x1b"} & set(text)
    assert html.escape('<script>alert("x")</script>', quote=False)[:10] in text
    assert "default-src 'none'" in text
    assert not re.search(r"<(?:link|script|img|iframe)[^>]*(?:src|href)=[\"']?https?:", text)


def test_nothing_measured_makes_a_page_all_the_same() -> None:
    """Without charts, with the reasons."""
    text = page.html(versions.versus({}, [], missing=versions.MISSING))
    assert "nothing was measured on both sides" in text
    assert "<figure" not in text
    assert "not on main (73dc536)" in text
