"""What is said of a comparison of two versions: the answer first, short, nothing of it markup."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from typing import Any

from inline_snapshot import snapshot

from parallel_claims import stats
from parallel_claims.report import data, markdown, terminal
from parallel_claims.report.tables import Place
from parallel_claims.report.terminal import Style
from parallel_claims.report.versus import tables, words
from parallel_claims.versus.records import Difference, Finding, Versus
from tests import versions

NASTY = "a|b`c``<img src=x>\x1b[31m\u202e@all [x](y) *z*\n# t"


BROKEN = Difference(
    "tests/test_benchmarks.py::test_gone",
    Finding.BROKEN,
    None,
    0,
    note="the working tree: ValueError: too big",
)
UNMEASURED = Difference(
    "tests/test_benchmarks.py::test_late",
    Finding.CANNOT_TELL,
    None,
    0,
    note="12 pairs lost: lost with its process: main (73dc536): killed by SIGSEGV",
)


def told(**more: Any) -> Versus:
    """Return a comparison with a few slower ones and all else that may be said."""
    own: dict[str, Any] = {
        "claims": (versions.HELD, versions.CLAIM),
        "missing": versions.MISSING,
        "notes": ("the time was up after 8 of 10 pairs: a longer --budget decides more",),
    }
    return versions.versus(**{**own, **more})


def screen(found: Versus, *, style: Style | None = None, everything: bool = False) -> str:
    """Return what a terminal shows of a comparison."""
    return terminal.text(tables.document(found, everything=everything), style)


def comment(found: Versus) -> str:
    """Return a comparison as Markdown."""
    return markdown.text(tables.document(found))


def as_json(found: Versus) -> str:
    """Return a comparison as JSON."""
    return data.text(tables.document(found))


def lines_of(text: str) -> str:
    """Return a text without spaces at the ends of its lines, as a snapshot has it."""
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_the_answer_comes_first_then_what_changed_by_its_size() -> None:
    """In 30 lines of 80 columns: counts and names, the sides, rows, claims, what is missing."""
    text = screen(told())
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) <= 30
    assert lines_of(text) == snapshot("""\
3 of 245 slower: test_in[int] 1.26× [1.24, 1.27], test_len[ci-istr] 1.12× [1.11,
1.14], test_get[str] 1.10× [1.07, 1.11]; 1 faster; 229 the same within 5 %; 12
cannot tell; 1 of 2 claims worse
A is main (73dc536), B is the working tree
10 to 18 pairs of fresh processes in 3 min 34 s; 76 measured again in new ones
! the time was up after 8 of 10 pairs: a longer --budget decides more

   tests/test_benchmarks.py  B / A                  A takes  Pairs
   slower
✗  test_in[int]              1.26× [1.24, 1.27]     190 ns   18
✗  test_len[ci-istr]         1.12× [1.11, 1.14]     3.17 ms  18
✗  test_get[str]             1.10× [1.07, 1.11]     235 µs   18
   faster
✓  test_popitem[ci-istr]     0.501× [0.498, 0.505]  2.48 ms  18
   cannot tell
?  test_difference[bytes]    0.989× [0.912, 1.01]   163 µs   18
?  test_extend[ci-istr]      0.992× [0.963, 1.01]   55.4 µs  18
   and 10 more: --all
  not shown to differ, nor to be within 5 %: more pairs tell more (--pairs 20)

✗  Two processes sum the array faster than one two-processes      worse
   the speedup fell from 1.81× to 1.52× (-16.0 % [-18.0, -14.0])
=  NumPy sums the array faster than a loop numpy                  same
   the speedup stayed 88.0×, the same within 5 %

2 not compared
  test_popleft[str]: not on main (73dc536)
  test_flaky: the working tree: assert 3 == 4

B / A of seconds, 95 % intervals; a false “slower” in at most 5 % of comparisons\
""")


def test_nothing_slower_is_no_claim_that_all_is_the_same() -> None:
    """What cannot be told is counted, and what would tell it is named."""
    text = screen(versions.versus({}))
    assert lines_of(text) == snapshot("""\
none of 245 found slower; 232 the same within 5 %; 13 cannot tell
A is main (73dc536), B is the working tree
10 to 18 pairs of fresh processes in 3 min 34 s; 74 measured again in new ones

   tests/test_benchmarks.py  B / A                 A takes  Pairs
   cannot tell
?  test_difference[bytes]    0.989× [0.912, 1.01]  163 µs   18
?  test_extend[ci-istr]      0.992× [0.963, 1.01]  55.4 µs  18
   and 11 more: --all
  not shown to differ, nor to be within 5 %: more pairs tell more (--pairs 20)

B / A of seconds, 95 % intervals; a false “slower” in at most 5 % of comparisons\
""")


def test_a_screen_is_enough_unless_everything_is_asked_for() -> None:
    """With many of everything about 30 lines; with everything asked for, each benchmark."""
    changed = {name: 1.2 + number / 100 for number, name in enumerate(versions.NAMES[:245:3])}
    missing = {f"tests/test_benchmarks.py::test_gone{n}": f"{n} is gone" for n in range(30)}
    found = told(claims=(versions.CLAIM,) * 9, missing=missing, changed=changed)
    assert len(screen(found).splitlines()) <= 33
    whole = screen(found, everything=True)
    shown = [words.short(found)[one.name] for one in found.differences]
    assert [name for name in shown if whole.count(f"  {name} ") != 1] == []
    assert "more: --all" not in whole
    long = told(missing={"tests/test_a.py::test_long": "assert 1 == 2 " * 100})
    assert len(screen(long).splitlines()) <= 32
    assert screen(long, everything=True).count("==") == 100


def test_a_terminal_of_ascii_gets_ascii_and_one_of_colours_gets_them() -> None:
    """No sign beyond ASCII where it cannot be shown; colours only where wanted."""
    assert screen(told(), style=Style(utf8=False)).isascii()
    assert "\x1b[" not in screen(told())
    assert "\x1b[1;31mslower" in screen(told(), style=Style(color=True))


def test_what_all_names_share_is_said_once() -> None:
    """The test's own name where there is one such; else what tells it from the others."""
    names = ["t/a.py::test_x[a::b]", "t/b.py::test_y", "t/b.py::test_z", "t/c.py::test_z"]
    found = versions.versus({}, names)
    assert [*words.short(found).values()] == [
        "test_x[a::b]", "test_y", "b.py::test_z", "c.py::test_z",
    ]  # fmt: skip
    assert words.place(found) == "t"
    inside = versions.versus({}, ["t/a.py::TestOne::test_x", "t/a.py::TestTwo::test_x"])
    assert [*words.short(inside).values()] == ["TestOne::test_x", "TestTwo::test_x"]
    assert words.place(inside) == "t/a.py"


def test_nothing_measured_is_said_so() -> None:
    """No count of nothing."""
    found = versions.versus({}, [], missing=versions.MISSING)
    assert screen(found).startswith("nothing was measured on both sides\n")
    assert comment(found).startswith("**nothing was measured on both sides**\n")
    assert json.loads(as_json(found))["benchmarks"] == []


def test_what_is_broken_comes_before_all_else() -> None:
    """In the answer, on top of the rows and of the comment's table; a claim on it says so."""
    whole = versions.versus({})
    change = Difference("c", Finding.BROKEN, None, 0, note="test_gone does not run on B")
    claim = dataclasses.replace(versions.CLAIM, first=None, second=None, change=change)
    found = told(
        differences=(BROKEN, *whole.differences),
        claims=(versions.CLAIM, claim),
        notes=(),
        missing={},
    )
    answer = "1 broken on B: test_gone; none of 245 found slower; "
    text = screen(found)
    assert text.startswith(answer)
    assert "1 of 2 claims broken; 1 of 2 claims worse" in " ".join(text.split())
    lines = [line.strip() for line in text.splitlines()]
    assert lines.index("broken on B") < lines.index("cannot tell")
    assert "ValueError: too big" in text
    first = tables.claims(found).rows[0]
    assert first.sentence(Place.BODY) == "the speedup is broken: test_gone does not run on B"
    assert (first.mark, first.text(Place.VERDICT)) == ("✗", "broken")
    made = comment(found)
    assert made.startswith(f"**{answer.replace('test_gone', '`test_gone`')}")
    assert "| ✗\xa0broken\xa0on\xa0B | `test_gone` | not\xa0measured |" in made
    assert "- `test_gone`: the working tree: ValueError" in made


def test_nothing_but_what_is_broken_is_no_measurement() -> None:
    """The answer says both."""
    found = told(differences=(BROKEN,), pairs=(), claims=(), missing={})
    assert (
        "".join(words.answer(found))
        == "1 broken on B: test_gone; nothing was measured on both sides"
    )


def test_what_was_not_measured_has_no_ratio_and_no_advice() -> None:
    """More pairs would not help: its own line says why."""
    text = screen(told(differences=(UNMEASURED,), claims=(), missing={}))
    assert "not measured" in text
    assert "killed by SIGSEGV" in text
    assert "×" not in text
    assert "more pairs" not in text


def test_what_is_new_is_no_reproach() -> None:
    """It is listed as new on B, beside what runs nowhere."""
    found = told(new={"tests/test_new.py::test_new": "not on main (73dc536)"})
    assert "test_new: new on B: not on main (73dc536)" in " ".join(
        screen(found, everything=True).split()
    )
    assert "3 not compared" in comment(found)


def test_claims_are_sentences() -> None:
    """Fell, rose, stayed, cannot tell: each with the ratios of both sides."""
    change = versions.CLAIM.change
    for finding, said in {
        Finding.SLOWER: "the speedup fell from 1.81× to 1.52× (-16.0 % [-18.0, -14.0])",
        Finding.FASTER: "the speedup rose from 1.81× to 1.52× (-16.0 % [-18.0, -14.0])",
        Finding.SAME: "the speedup stayed 1.52×, the same within 5 %",
        Finding.CANNOT_TELL: "cannot tell whether the speedup changed: 1.81×, then 1.52× (-16.0 %",
    }.items():
        found = dataclasses.replace(change, finding=finding)
        one = dataclasses.replace(versions.CLAIM, change=found)
        (row,) = tables.claims(told(claims=(one,))).rows
        assert row.text(Place.BODY).startswith(said)


def test_json_has_what_a_program_needs() -> None:
    """A row a benchmark with its full name; what cannot be told, an infinite end too, is null."""
    name = versions.NAMES[0]
    few = Difference(name, Finding.CANNOT_TELL, stats.Interval(1.02, 0.0, math.inf), 2)
    slow = dataclasses.replace(few, finding=Finding.SLOWER, ratio=stats.Interval(1.5, 1.4, 1.6))
    document = json.loads(as_json(told(differences=(few, slow))))
    assert [side["name"] for side in document["sides"]] == ["main (73dc536)", "the working tree"]
    first, second = document["benchmarks"]
    basis = {"kind": "pairs", "count": 2}
    remedy = {"kind": "none", "count": None}
    assert first.pop("first_seconds") == second.pop("first_seconds") > 0
    assert first == {
        "name": name, "verdict": "slower", "ratio": 1.5, "low": 1.4, "high": 1.6,
        "basis": basis, "remedy": remedy, "note": "",
    }  # fmt: skip
    assert second == first | {"verdict": "cannot-tell", "ratio": 1.02, "low": 0.0, "high": None}
    document = json.loads(as_json(told(differences=(BROKEN, UNMEASURED))))
    assert [row["verdict"] for row in document["benchmarks"]] == ["broken", "cannot-tell"]
    assert {row[key] for row in document["benchmarks"] for key in ("ratio", "low", "high")} == {
        None
    }
    assert document["benchmarks"][0]["note"] == BROKEN.note
    assert document["claims"][0]["verdict"] == "worse"
    assert document["claims"][0]["first"] == {"estimate": 1.81, "low": 1.78, "high": 1.84}
    assert document["missing"] == versions.MISSING


def test_a_comment_is_short_and_folds_its_details() -> None:
    """The answer, what changed; the rest under three folds."""
    text = comment(told())
    head, _, folds = text.partition("<details>")
    assert head == snapshot("""\
**3 of 245 slower: `test_in[int]` 1.26× [1.24, 1.27], `test_len[ci-istr]` 1.12× [1.11, 1.14], `test_get[str]` 1.10× [1.07, 1.11]; 1 faster; 229 the same within 5 %; 12 cannot tell; 1 of 2 claims worse**

- A is main (73dc536), B is the working tree
- 10 to 18 pairs of fresh processes in 3 min 34 s; 76 measured again in new ones

| Verdict | Benchmark | B / A | A takes | Pairs |
| --- | --- | --- | --- | --- |
| ✗\xa0slower | `test_in[int]` | 1.26×\xa0[1.24,\xa01.27] | 190\xa0ns | 18 |
| ✗\xa0slower | `test_len[ci-istr]` | 1.12×\xa0[1.11,\xa01.14] | 3.17\xa0ms | 18 |
| ✗\xa0slower | `test_get[str]` | 1.10×\xa0[1.07,\xa01.11] | 235\xa0µs | 18 |
| ✓\xa0faster | `test_popitem[ci-istr]` | 0.501×\xa0[0.498,\xa00.505] | 2.48\xa0ms | 18 |

""")  # noqa: E501  a table's row is a line
    assert re.findall(r"<summary>(.*?)</summary>", folds) == snapshot(
        ["12 cannot tell", "2 not compared"]
    )
    assert text.count("<details>") == text.count("</details>")


def test_a_comment_of_very_many_fits_in_a_comment() -> None:
    """GitHub takes 65,536 characters: rows beyond some hundreds are counted."""
    names = [f"tests/test_many.py::test_number_{'x' * 60}[{n}]" for n in range(3000)]
    ratio = stats.Interval(1.5, 1.4, 1.6)
    rows = tuple(Difference(name, Finding.SLOWER, ratio, 10) for name in names)
    rows += tuple(dataclasses.replace(row, finding=Finding.CANNOT_TELL) for row in rows)
    text = comment(told(differences=rows, pairs=()))
    assert len(text) < 65_536
    assert "more are not shown" in text


def test_no_name_is_markup() -> None:
    """Pipes, backticks, HTML, links, mentions, escape sequences: read as they are written."""
    name = f"tests/test_a.py::test_x[{NASTY}]"
    found = told(
        differences=(
            Difference(name, Finding.SLOWER, stats.Interval(1.5, 1.4, 1.6), 9, note=NASTY),
        ),
        missing={name + "2": NASTY},
        notes=(NASTY,),
        claims=(dataclasses.replace(versions.CLAIM, statement=NASTY),),
    )
    shown = screen(found)
    assert not {"\x1b", "\u202e"} & set(shown)
    text = comment(found)
    assert not {"\x1b", "\u202e"} & set(text)
    outside = re.sub(r"(?<!\\)(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert not re.search(r"(?<!\\)(<img|\[x\]|`|\*z)|@all", outside)
    row = next(line for line in text.splitlines() if line.startswith("| ✗"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 5  # no pair tells what a call takes
    assert "test_x[a|b" in text.splitlines()[0]  # a backslash would be shown there
