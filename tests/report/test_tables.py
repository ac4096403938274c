"""One table model: what a command says is the same in a terminal, Markdown, JSON and HTML."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from parallel_claims import stats
from parallel_claims.follow import compare, history, runs, sides
from parallel_claims.judge import claims_file
from parallel_claims.judge.timing import timings
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.report import (
    charts,
    checked,
    compared,
    data,
    markdown,
    page,
    past,
    terminal,
    timed,
    words,
)
from parallel_claims.report.tables import Column, Document, Place
from parallel_claims.report.versus import page as versus_page
from parallel_claims.report.versus import tables as versus_tables
from parallel_claims.saved import reading
from parallel_claims.versus.confirming import Confirmation
from parallel_claims.versus.records import Difference, Finding
from tests import documents, files, series, versions
from tests.course import COURSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_claims.judge.outcome import Verdict

ROOT = Path(__file__).parents[2]
QUICK = ROOT / "results" / "amd-epyc-2cpu-24gib-vm" / "cpython-3.11.7" / "0004_quick.json"
LONG = "test_" + "x" * 100_000 + "y" * 100_000


@pytest.fixture(scope="module")
def quick() -> list[Verdict]:
    """Return the verdicts on a real run: every kind of rule, and every outcome."""
    return judge_run(reading.read(QUICK), COURSE.claims)


class Saved(NamedTuple):
    """Two folders of runs, of which the second got worse, and a claim on both."""

    folders: tuple[Path, Path]
    claims: claims_file.ClaimsFile


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """Save them."""
    folder = tmp_path_factory.mktemp("saved")
    commits = ["a" * 40] * 12 + ["b" * 40] * 6
    series.history(folder / "a", [1.9] * 3, seed=2)
    series.history(folder / "b", [1.9] * 12 + [1.4] * 6, commit=commits)
    known = claims_file.read(series.claims_at(folder))
    return Saved((folder / "a", folder / "b"), known)


def comparison(saved: Saved, *, few: bool = False) -> Document:
    """Return a comparison of the folders, of claims and of seconds; ``few``: of a run a side."""
    places = [next(p.rglob("0001*.json")) if few else p for p in saved.folders]
    read = sides.read([(str(place), place) for place in places], None, across=False)
    return compared.document(compare.compare(read, saved.claims.claims, 0.05, seconds=True))


def tracks(saved: Saved) -> list[history.Track]:
    """Follow the claim over the second folder."""
    return history.tracks(runs.read([saved.folders[1]]), saved.claims.claims)


def told() -> Document:
    """Return a comparison of two versions with something of everything."""
    broken = Difference("t.py::test_gone", Finding.BROKEN, None, 0, note="ValueError")
    late = Difference("t.py::test_late", Finding.CANNOT_TELL, None, 0, note="12 pairs lost")
    found = versions.versus(names=versions.NAMES[60:110], missing=versions.MISSING)
    more: dict[str, Any] = {
        "differences": (broken, late, *found.differences),
        "claims": (versions.CLAIM, versions.HELD),
        "new": {"t.py::test_new": "new"},
        "notes": ("a note",),
    }
    return versus_tables.document(replace(found, **more))


def as_cards(document: Document) -> str:
    """Return the tables of a document as the pages have rows."""
    cards = page.template("parts.html.j2").module.cards
    return "".join(str(cards(table.rows)) for table in document.tables)


MORE: Column[Any] = Column("Extra", lambda _: "as told", key="extra", value=lambda _: [1, 2])


def with_more(monkeypatch: pytest.MonkeyPatch, module: Any, name: str = "COLUMNS") -> None:
    """Let the rows of a command have one more column."""
    monkeypatch.setattr(module, name, (*getattr(module, name), MORE))


@pytest.mark.parametrize("command", ["check", "compare", "history", "versus", "versus' claims"])
def test_one_more_column_is_in_all_four_formats(
    monkeypatch: pytest.MonkeyPatch, quick: list[Verdict], saved: Saved, command: str
) -> None:
    """Said in one place; of each command a row has it in text, Markdown, JSON and HTML."""
    makers: dict[str, tuple[Any, str, Callable[[], Document]]] = {
        "check": (checked, "COLUMNS", lambda: checked.document(quick)),
        "compare": (compared, "COLUMNS", lambda: comparison(saved)),
        "history": (past, "COLUMNS", lambda: past.document(tracks(saved))),
        "versus": (versus_tables, "COLUMNS", told),
        "versus' claims": (versus_tables, "CLAIM_COLUMNS", told),
    }
    module, name, make = makers[command]
    before = make()
    with_more(monkeypatch, module, name)
    after = make()
    for render, sign in (
        (terminal.text, "extra as told"),
        (markdown.text, "| Extra |"),
        (data.text, '"extra": ['),
        (as_cards, "<dt>Extra</dt><dd><bdi>as told</bdi></dd>"),
    ):
        assert sign not in render(before)
        assert sign in " ".join(render(after).split()), render


def test_one_more_column_is_on_the_pages(
    monkeypatch: pytest.MonkeyPatch, quick: list[Verdict], saved: Saved
) -> None:
    """The whole page of a run, of several runs over time, and of two versions."""
    with_more(monkeypatch, checked)
    with_more(monkeypatch, past)
    with_more(monkeypatch, versus_tables)
    sign = "<dt>Extra</dt><dd><bdi>as told</bdi></dd>"
    alone = page.render([page.Judged(quick[0].run, quick, [])])
    both = page.render([page.Judged(quick[0].run, quick, [])], tracks(saved))
    assert alone.count(sign) > len(words.measured(quick))
    assert both.count(sign) == alone.count(sign) + 1
    assert sign in versus_page.html(versions.versus())


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """Return the schema that docs/json.md prints."""
    (fence,) = (f for f in documents.fences(ROOT / "docs" / "json.md") if f.language == "json")
    Draft202012Validator.check_schema(json.loads(fence.text))
    return Draft202012Validator(json.loads(fence.text))


def test_the_json_of_every_command_is_what_is_documented(
    schema: Draft202012Validator, quick: list[Verdict], saved: Saved
) -> None:
    """Key by key: none is missing, and in the rows none is there that the schema does not know."""
    (track,) = tracks(saved)
    assert track.worse is not None
    confirmed = [Confirmation(track, confirmed=True, told="worse", ratio=None, pairs=12)]
    for document in (
        checked.several([quick], [[]]),
        timed.several([(quick[0].run, timings(quick[0].run))], []),
        comparison(saved),
        comparison(saved, few=True),
        past.document([track]),
        past.document([track], ["a note"], confirmed),
        told(),
        versus_tables.document(versions.versus({}, [])),
    ):
        found = json.loads(data.text(document))
        assert [error.message for error in schema.iter_errors(found)] == []
        assert found["version"] == 1
        for key in {"claims", "benchmarks"} & found.keys():
            for row in found[key][:1]:
                for wrong in (row | {"undocumented": 1}, row | {"basis": "12 pairs"}):
                    assert not schema.is_valid(found | {"benchmarks": []} | {key: [wrong]})


def test_what_decides_is_data_and_the_sentence_is_made_of_it(saved: Saved) -> None:
    """Of one run a side: three; of what no pair measured: nothing would."""
    few = comparison(saved, few=True)
    (row,) = json.loads(data.text(few))["claims"]
    assert row["basis"] == {"kind": "runs", "count": 1}
    assert row["remedy"] == {"kind": "more", "count": stats.FEWEST_RUNS}
    assert "cannot tell: measure 3 runs a side, or " in "".join(few.answer)
    rows = {row["name"]: row for row in json.loads(data.text(told()))["benchmarks"]}
    late = rows["t.py::test_late"]
    assert (late["ratio"], late["low"], late["high"]) == (None, None, None)
    assert late["remedy"] == {"kind": "none", "count": None}
    assert late["basis"] == {"kind": "nothing", "count": 0}


@pytest.mark.parametrize("width", [36, 59, 60, 80])
def test_tables_fit_in_any_terminal(quick: list[Verdict], saved: Saved, width: int) -> None:
    """No line is longer, in no command, and each verdict and number is there all the same."""
    style = terminal.Style(width)
    for document in (
        checked.document(quick),
        comparison(saved),
        past.document(tracks(saved)),
        told(),
    ):
        text = terminal.text(document, style)
        assert max(map(len, text.splitlines())) <= width
    text = " ".join(terminal.text(told(), style).split())
    assert re.search(r"test_in\[int\]:? (slower )?(B / A )?1\.27× \[1\.26, 1\.28\]", text)
    assert "worse" in text


def long_run(folder: Path) -> tuple[Path, claims_file.ClaimsFile]:
    """Save a run, and a claim on it, of benchmarks whose names have 200 kB."""
    rng = np.random.default_rng(1)
    entries = [
        files.entry(f"{LONG}[{case}]", rng.uniform(1, 1.1, 8).tolist(), group=LONG)
        for case in ("one", "two")
    ]
    path = files.write(folder / "0001_quick.json", files.document(entries))
    (folder / "claims.toml").write_text(
        f'[[claim]]\nid = "{LONG}"\nstatement = "{LONG} is fast."\nbaseline = "{LONG}[one]"\n'
        f'contender = "{LONG}[two]"\nspeedup = {{ at_least = 2 }}\n'
    )
    return path, claims_file.read(folder / "claims.toml")


def test_a_name_of_200_kb_is_shown_short_and_is_found(tmp_path: Path) -> None:
    """Its beginning and its end in every text; in JSON it is whole, for whoever looks it up."""
    path, known = long_run(tmp_path)
    verdicts = judge_run(reading.read(path), known.claims)
    read = sides.read([("a", path), ("b", path)], None, across=False)
    whole = compare.compare(read, known.claims, 0.05, seconds=True)
    one = Difference(f"t.py::{LONG}", Finding.SLOWER, stats.Interval(1.5, 1.4, 1.6), 9, note=LONG)
    pair = versions.versus({}, differences=(one,), notes=(LONG,), missing={"t.py::a": LONG})
    for document in (
        checked.document(verdicts, [LONG]),
        compared.document(whole),
        versus_tables.document(pair, everything=True),
    ):
        for render in (terminal.text, markdown.text, as_cards):
            text = render(document)
            assert len(text) < 6_000
            assert re.search(r"test_x+…[xy]*y", "".join(text.split()))
        assert LONG in data.text(document)
    parts = {chart.name: chart for chart in charts.evidence(verdicts[0].run)}
    assert parts
    assert all(len(json.dumps(chart.spec)) < 40_000 for chart in parts.values())
    shown = page.render([page.Judged(verdicts[0].run, verdicts, [])])
    run = reading.read(QUICK)
    empty = page.render([page.Judged(run, judge_run(run, COURSE.claims), [])])
    assert len(shown) < len(empty)


def test_a_verdict_can_be_checked_by_eye(quick: list[Verdict]) -> None:
    """Value, interval, what is allowed and what was published are in the unit of the rule."""
    rows = {row.text(Place.NAME): row for row in checked.table(quick).rows}
    assert rows["17.2-two-processes"].sentence(Place.BODY) == (
        "course 95 % of ideal, 1.91× (20.98 → 11.00 s); here 97 % [81, 116] of what this machine "
        "can give; 1.76× as fast [1.55, 1.91]; allowed ≥ 85 %"
    )
    assert rows["17.3-two-threads-cpu-bound"].sentence(Place.BODY) == (
        "course “very less”; here 0.933× as fast [0.857, 1.02]; allowed 0.6 to 1.15×"
    )
    assert rows["17.4-six-processes"].sentence(Place.BODY).endswith("allowed ≤ 6×")
    assert rows["beyond-break-even"].sentence(Place.BODY) == (
        "85.2 ms [65.2, 90.9] of work; allowed ≤ 200 ms of work"
    )


def test_what_is_claimed_to_be_slower_is_said_to_be_so_many_times_as_slow(tmp_path: Path) -> None:
    """The ratio that the statement is of, not its inverse."""
    entries = [files.entry("test_a", [1.0] * 8), files.entry("test_b", [4.78] * 8)]
    path = files.write(tmp_path / "run.json", files.document(entries))
    (tmp_path / "claims.toml").write_text(
        '[[claim]]\nid = "slow"\nstatement = "B is at most twice as slow as A."\nslower = true\n'
        'baseline = "test_b"\ncontender = "test_a"\nspeedup = { at_most = 2 }\n'
    )
    known = claims_file.read(tmp_path / "claims.toml")
    (verdict,) = judge_run(reading.read(path), known.claims)
    assert words.here(verdict).startswith("4.78 times as slow [")
