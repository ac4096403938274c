"""Pages: what they say, what they never do with a user's text, and where they are written."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parallel_claims.follow import runs
from parallel_claims.judge import claims, claims_file
from parallel_claims.judge.outcome import Outcome
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.quantities import STEPS
from parallel_claims.report import advice, charts, page, pictures, site
from parallel_claims.report.charts import base, of_claims
from parallel_claims.report.page import Judged
from parallel_claims.saved import reading
from parallel_claims.saved.names import slug
from parallel_claims.visible import visible
from tests import files, series
from tests.course import COURSE, analysis

ROOT = Path(__file__).parents[2]
QUICK = ROOT / "results" / "amd-epyc-2cpu-24gib-vm" / "cpython-3.11.7" / "0004_quick.json"
NASTY = '<script>alert("x")</script></script><img src=x onerror=alert(1)>&\u202eabc'


def judged(path: Path | str, known: Any = None, *, strict: bool = False) -> Judged:
    """Judge a run, as the command does."""
    run = reading.read(Path(path))
    return Judged(run, judge_run(run, known or COURSE.claims, strict=strict), ["a note"])


@pytest.fixture(scope="module")
def quick() -> Judged:
    """Return a real run of all rows."""
    return judged(QUICK)


def report(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return analysis(folder, "report", *args)


def test_the_answer_comes_first(quick: Judged) -> None:
    """Counts, where, and three sentences with this machine's numbers."""
    text = page.render([quick], (), COURSE)
    head = text[: text.index("<main>")]
    shown = [verdict for verdict in quick.verdicts if not verdict.left_out]
    held = sum(verdict.outcome is Outcome.HOLDS for verdict in shown)
    assert held > 30
    assert f"{len(shown)} claims: {held} hold, " in head
    assert "AMD EPYC, 2 CPUs, CPython 3.11.7, size quick" in head
    assert re.search(r"NumPy computes the same 2\d\d× as fast on one core", head)
    assert head.count("<li>") >= 3
    for claim in COURSE.claims:
        assert (claim.id in text) is not claim.optional


def test_the_page_asks_for_nothing_from_elsewhere(quick: Judged) -> None:
    """No address in an attribute or a style; the size is bounded."""
    text = page.render([quick])
    assert not re.search(r"<(?:link|script|img|iframe)[^>]*(?:src|href)=[\"']?https?:", text)
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert len(text.encode()) < 1_200_000


def test_sentences_need_their_claims(quick: Judged) -> None:
    """A sentence whose claim was not measured, or came out otherwise, is not said."""
    sentences = [
        claims.Opening("Always."),
        claims.Opening("Never {no-such-claim}."),
        claims.Opening("GPU {17.1-tensorflow-gpu}."),
        claims.Opening("Held.", {"17.4-two-jobs": "holds"}),
        claims.Opening("Failed.", {"17.4-two-jobs": "fails"}),
        claims.Opening("{17.4-two-jobs} it is."),
    ]
    assert advice.said(sentences, quick.verdicts) == ["Always.", "Held.", "1.78× as fast it is."]


def test_the_news_stand_before_all_else_and_what_holds_is_folded(quick: Judged) -> None:
    """What fails, then what is undecided, each a link to its claim; all claims folded below."""
    text = page.render([quick], (), COURSE)
    news_ = text[text.index('<section id="news"') : text.index('<section id="claims"')]
    wanted = {Outcome.FAILS, Outcome.UNDECIDED}
    shown = [v.claim.statement for v in quick.verdicts if not v.left_out and v.outcome in wanted]
    assert shown
    told = re.findall(r'<a href="#.*?"><bdi>(.*?)</bdi></a>', news_)
    assert sorted(map(html.unescape, told)) == sorted(shown)
    assert 'class="verdict holds' not in news_
    links = re.findall(r'<a href="#(run-.*?)">', news_)
    assert all(f'id="{link}"' in text for link in links)
    assert news_.index("fails as expected") < news_.index("undecided</span>")
    claims_ = text[text.index('<section id="claims"') : text.index('<section id="overview"')]
    assert claims_.index("<details") < claims_.index('<li class="claim')
    assert not re.search(r"<details[^>]*\bopen\b", text)


def test_charts_name_claims_by_their_statements(quick: Judged) -> None:
    """No id stands in a chart; a label is whole where there is room, and in lines elsewhere."""
    run = quick.verdicts[0].run
    made = [c for c in charts.all_of(run, quick.verdicts) if "recorded" not in c.name]
    assert len(made) > 5
    for chart in made:
        text = json.dumps(chart.spec, ensure_ascii=False)
        assert not [v.claim.id for v in quick.verdicts if f'"{v.claim.id}"' in text]
        labelled = [row for row in chart.spec["datasets"]["rows"] if "label" in row]
        assert labelled
        for row in labelled:
            assert " ".join(row["lines"]) == row["label"] or row["lines"][-1].endswith("…")


def test_no_legend_has_more_entries_than_can_be_told_apart() -> None:
    """A group of many benchmarks is drawn in parts, of which the titles say which they are."""
    entries = [files.entry(f"test_{n:03}", [1.0, 1.1, 1.2]) for n in range(245)]
    with_them = reading.from_document(Path("run.json"), files.document(entries))
    made = charts.evidence(with_them)
    counts = [len({row["variant"] for row in c.spec["datasets"]["rows"]}) for c in made]
    assert sum(counts) == 245
    assert max(counts) <= 12
    assert made[0].title == "mean, 1 to 12 of 245"
    assert all(chart.height < 600 for chart in made)


def test_what_is_not_testable_is_not_drawn_as_paying(quick: Judged) -> None:
    """With a GIL threads pay from no work up, whatever one of them recorded."""
    (pays,) = (chart for chart in COURSE.chart if not chart.over)
    made = charts.recorded(quick.verdicts[0].run, quick.verdicts, pays)
    assert made is not None
    drawn = {row["benchmark"] for row in made.spec["datasets"]["rows"]}
    assert drawn == {"test_break_even[jobs]", "test_break_even[processes]"}
    assert "Left out: test_break_even[threads], not testable here." in made.told


def hostile(folder: Path) -> Path:
    """Save a run and a claim whose every text is markup."""
    rng = np.random.default_rng(1)
    entries = [
        files.entry(name, rng.uniform(1, 1.1, 8).tolist(), group=NASTY)
        for name in (f"test_{NASTY}", f"other_{NASTY}")
    ]
    more: dict[str, Any] = {"command": f"pytest {NASTY}", "order_seed": 1}
    document = files.document(entries, suite=more, cpu_model=NASTY, name=NASTY)
    claim = f"""
[[claim]]
id = '{NASTY}'
section = '{NASTY}'
statement = '{NASTY}{"long " * 200}'
baseline = 'test_{NASTY}'
contender = 'other_{NASTY}'
speedup = {{ between = [0.8, 1.2] }}
holds = '{NASTY}'
[[advice]]
sentence = '{NASTY}'
"""
    (folder / "claims.toml").write_text(claim, encoding="utf-8")
    return files.write(folder / "run.json", document)


def test_hostile_names_are_text(tmp_path: Path) -> None:
    """Nothing that a file says becomes markup or script, in charts neither."""
    path = hostile(tmp_path)
    known = claims_file.read(tmp_path / "claims.toml")
    text = page.render([judged(path, known.claims)] * 2, (), known, [NASTY], NASTY)
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert text.count("&lt;script&gt;alert") > 10
    assert "\u202e" not in text
    specs = re.findall(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert specs
    assert all(isinstance(json.loads(spec), dict) for spec in specs)
    assert any(
        visible(NASTY) in json.dumps(json.loads(spec)).replace('\\"', '"').replace("\\\\", "\\")
        for spec in specs
    )


@pytest.mark.parametrize(
    "names",
    [
        ["a", "A", "a "],
        ["../../etc/passwd", "..", "index"],
        ["ü", "日本", "<x>"],
        ["x" * 300, "x" * 301],
    ],
)
def test_pages_have_safe_names_of_their_own(names: list[str]) -> None:
    """Whatever the machines are called."""
    found = page.file_names(names)
    assert len(set(found.values())) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]{1,70}\.html", file) for file in found.values())
    assert "index.html" not in found.values()


def test_the_forest_plot_has_band_interval_estimate_and_the_published_point(quick: Judged) -> None:
    """One row a claim that is a number, with what stands beside it as a table."""
    (made,) = [
        c for c in charts.all_of(quick.verdicts[0].run, quick.verdicts) if c.name == "forest-17-4"
    ]
    rows = {row["claim"]: row for row in made.spec["datasets"]["rows"]}
    jobs = rows["Parallel(n_jobs=2) nearly halves the loop."]
    assert jobs["band low"] == 0.8
    assert jobs["low"] < jobs["centre"] < jobs["high"]
    assert jobs["published at"] == pytest.approx(17.11 / 9.58 / 2, abs=1e-3)
    assert all(row["label"].endswith(row["claim"].rstrip(".")) for row in rows.values())
    assert [row[0] for row in made.rows] == list(rows)


def test_accounting_bars_add_up(quick: Judged) -> None:
    """The parts that are drawn are the excess that is told."""
    made = of_claims.accounting(quick.verdicts)
    assert made is not None
    sums: dict[str, float] = {}
    for row in made.spec["datasets"]["rows"]:
        sums[row["claim"]] = sums.get(row["claim"], 0.0) + row["seconds"]
    for claim, excess, *_ in made.rows:
        told, unit = excess.split(" ")[:2]
        seconds = float(told) * {name: step for step, name in STEPS}[unit]
        assert sums[claim] == pytest.approx(seconds, rel=0.02)


def test_long_series_are_thinned_and_their_changes_kept() -> None:
    """At most so many points, the newest among them."""
    assert base.thinned(list(range(1000)))[-1] == 999
    assert len(base.thinned(list(range(1000)))) <= base.MOST_POINTS
    assert base.thinned([1, 2, 3]) == [1, 2, 3]


def test_ticks_are_round_and_few() -> None:
    """1, 2, 5; decades over many; two at least."""
    assert base.ticks([0.9, 6]) == [1, 2, 5]
    assert base.ticks([0.001, 1000]) == [0.001, 0.01, 0.1, 1, 10, 100, 1000]
    assert base.ticks([0.24, 0.26]) == [0.23, 0.24, 0.25, 0.26, 0.27]
    assert base.ticks([1.52, 2.04]) == [1.6, 1.8, 2.0]
    assert len(base.ticks([1e-9, 1e9])) <= base.MOST_TICKS


def test_several_machines_are_a_matrix(tmp_path: Path) -> None:
    """Claims by machine, what differs, and each run under a name that tells it apart."""
    rng = np.random.default_rng(2)
    for name, speedup, numpy in (
        ("one", 1.9, "2.4.5"),
        ("two", 1.2, "2.4.6"),
        ("three", 1.9, "2.4.5"),
    ):
        path = tmp_path / name / "cpython-3.11.7" / "0001_quick.json"
        series.one_run(path, speedup, rng, packages={"numpy": numpy})
    known = claims_file.read(series.claims_at(tmp_path))
    text, shown, problems = site.one_page(
        runs.read([tmp_path]), known, lambda path: judged(path, known.claims)
    )
    assert len(shown) == 3
    assert not problems
    assert "Side by side" in text
    table = text[text.index("Side by side") : text.index('id="run-0"')]
    assert text.index("Side by side</h2>") < text.index("What needs a look</h3>")
    assert "B is faster." in table
    assert table.count('<td class="holds">✓ holds 1.') == 2
    assert table.count('<td class="fails">✗ fails 1.2') == 1
    assert "numpy 2.4.5 → 2.4.6" in table or "numpy 2.4.6 → 2.4.5" in table
    assert all(f"<bdi>{name}</bdi>" in table for name in ("one", "two", "three"))


def test_the_past_is_on_the_page(tmp_path: Path) -> None:
    """Changed series are shown, the others folded; the table has the change."""
    series.history(tmp_path, [1.9] * 20 + [1.6] * 8, commit=["a" * 40] * 20 + ["b" * 40] * 8)
    known = claims_file.read(series.claims_at(tmp_path))
    text, _, _ = site.one_page(runs.read([tmp_path]), known, lambda p: judged(p, known.claims))
    past = text[text.index("Over time</h2>") :]
    assert "1 alarm of worse, to be confirmed" in past
    assert "commit aaaaaaaaaa → bbbbbbbbbb" in past
    assert 'class="more"' not in past
    first = text[text.index("<main>") : text.index("What needs a look</h2>")]
    assert re.search(r"alarm: -1\d\.\d % \[.*\] between 0020 of .* and 0021 of 2026-01-21", first)
    assert '<a href="#past-0-series-0">' in first
    assert "commit aaaaaaaaaa → bbbbbbbbbb" in first
    spec = json.loads(re.findall(r'<script type="application/json">(.*?)</script>', past)[0])
    low, high = spec["datasets"]["levels"]
    assert (low["first"], low["last"], high["first"], high["last"]) == (1, 20, 21, 28)
    assert low["from"] > high["from"]
    assert "2026-01-01" in json.dumps(spec)


def test_a_site_has_a_page_a_machine(tmp_path: Path) -> None:
    """And an index; a broken run is told on it, and the exit code says so."""
    rng = np.random.default_rng(3)
    for name in ("one", "two ü"):
        series.one_run(tmp_path / "r" / name / "cpython-3.11.7" / "0001_quick.json", 1.9, rng)
    (tmp_path / "r" / "one" / "cut.json").write_text("{")
    claims_file = str(series.claims_at(tmp_path))
    result = report(tmp_path, "r", "--claims", claims_file, "--output", "site")
    assert result.returncode == 2
    assert "truncated JSON" in result.stderr
    assert sorted(p.name for p in (tmp_path / "site").iterdir()) == [
        "index.html",
        "one.html",
        f"{slug('two ü')}.html",
    ]
    index = (tmp_path / "site" / "index.html").read_text()
    assert 'href="one.html"' in index
    assert "truncated JSON" in index


def test_charts_are_written_as_pictures(tmp_path: Path, quick: Judged) -> None:
    """SVG and PNG of each chart, black on white, without a browser."""
    pictures.write(tmp_path, [quick], COURSE.chart)
    names = {p.stem for p in tmp_path.glob("*.png")}
    assert names == {p.stem for p in tmp_path.glob("*.svg")}
    assert {
        "forest-17-2",
        "accounting",
        "scaling",
        "recorded-break-even-seconds",
        "scaled-speedup-test-scaling-mean",
        "rounds-0",
    } <= names
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")
    assert "currentColor" not in (tmp_path / "scaling.svg").read_text()


def test_anyones_run_is_reported(tmp_path: Path) -> None:
    """Without blocks, without sections, without rounds."""
    folder = ROOT / "tests" / "data" / "pytest-benchmark"
    text = series.CLAIM.replace("test_a", "test_parse[old]").replace("test_b", "test_parse[new]")
    (tmp_path / "claims.toml").write_text(text)
    for name in ("3.2.3-summary.json", "5.3.1-rounds.json"):
        result = report(tmp_path, str(folder / name), "--claims", "claims.toml")
        assert result.returncode == 0, result.stderr
        assert "1 claim: 1 holds" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("none.json",), "none.json: no such file or folder"),
        ((".",), "no saved run"),
        ((str(QUICK), "--output", "file/x.html"), "file/x.html: cannot be written"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, args: tuple[str, ...], words: str) -> None:
    """Exit code 2, no traceback."""
    (tmp_path / "file").write_text("")
    result = report(tmp_path, *args)
    assert result.returncode == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_without_the_extra_the_remedy_is_told(tmp_path: Path) -> None:
    """What has no wheels everywhere is not in the core."""
    hide = "import sys; sys.modules['altair'] = None"
    code = f"{hide}; from parallel_claims.cli import app; app()"
    result = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-c", code, "report", str(QUICK)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr == "error: report needs altair: pip install 'parallel-claims[reports]'\n"


def test_runs_too_short_for_an_interval_are_reported(tmp_path: Path) -> None:
    """Two of them are a past without a point to draw."""
    series.claims_at(tmp_path)
    for day in (1, 2):
        entries = [files.entry(name, [1.0] * 2) for name in ("test_a", "test_b")]
        document = files.document(entries)
        document["datetime"] = f"2026-11-{day:02}T00:00:00+00:00"
        files.write(tmp_path / "r" / f"{day:04}_x.json", document)
    result = report(tmp_path, "r", "--claims", "claims.toml", "--output", "site", "--charts", "svg")
    assert result.returncode == 0, result.stderr
    assert list((tmp_path / "svg").glob("rounds-0.svg"))


def test_more_runs_than_a_page_holds_are_told(tmp_path: Path) -> None:
    """The page says which are not on it."""
    rng = np.random.default_rng(8)
    for n in range(site.MOST_RUNS + 2):
        series.one_run(tmp_path / f"m{n}" / "cpython-3.11.7" / "0001_quick.json", 1.9, rng, day=n)
    known = claims_file.read(series.claims_at(tmp_path))
    text, shown, _ = site.one_page(runs.read([tmp_path]), known, lambda p: judged(p, known.claims))
    assert len(shown) == site.MOST_RUNS
    assert "2 runs are not shown, a page holds 8" in text


def test_sections_of_any_name_have_their_own_chart(quick: Judged) -> None:
    """Also where nothing of the names is left in a file's name."""
    import msgspec

    base = [v for v in quick.verdicts if v.claim.id in {"17.4-two-jobs", "17.4-six-processes"}]
    verdicts = [
        dataclasses.replace(v, claim=msgspec.structs.replace(v.claim, section=section))
        for v, section in zip(base, ("日本", "中文"), strict=True)
    ]
    assert len(set(charts.forest_names(verdicts).values())) == 2
    assert (
        page.render([Judged(verdicts[0].run, verdicts, [])]).count('aria-roledescription="chart"')
        > 2
    )
