"""Pages: what they say, what they never do with a user's text, and where they are written."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analysis import claims, load, runs
from analysis.environment import slug
from analysis.judge import judge_run
from analysis.report import charts, page, pictures, site
from analysis.report.charts import base, of_claims
from analysis.report.page import Judged
from tests import saved, series

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
QUICK = ROOT / "results" / "amd-epyc-2cpu-24gib-vm" / "cpython-3.11.7" / "0004_quick.json"
NASTY = '<script>alert("x")</script></script><img src=x onerror=alert(1)>&\u202eabc'


def judged(path: Path | str, known: Any = None, *, strict: bool = False) -> Judged:
    """Judge a run, as the command does."""
    return Judged(
        judge_run(load.read(Path(path)), known or claims.read(), strict=strict), ["a note"]
    )


@pytest.fixture(scope="module")
def quick() -> Judged:
    """Return a real run of all rows."""
    return judged(QUICK)


def report(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", "analysis", "report", *args],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_answer_comes_first(quick: Judged) -> None:
    """Counts, where, and three sentences with this machine's numbers."""
    text = page.render([quick], (), claims.read_advice())
    head = text[: text.index("<main>")]
    assert "50 claims: 36 hold, 1 fails as expected, 7 undecided, 6 not testable" in head
    assert "AMD EPYC, 2 CPUs, CPython 3.11.7, scale quick" in head
    assert "Two processes make a Python loop 1.76× as fast here, from 0.0852 s of work up." in head
    assert head.count("<li>") >= 3
    for claim in claims.read():
        assert claim.id in text


def test_the_page_asks_for_nothing_from_elsewhere(quick: Judged) -> None:
    """No address in an attribute or a style; the size is bounded."""
    text = page.render([quick])
    assert not re.search(r"<(?:link|script|img|iframe)[^>]*(?:src|href)=[\"']?https?:", text)
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert len(text.encode()) < 1_600_000


def test_sentences_need_their_claims(quick: Judged) -> None:
    """A sentence whose claim was not measured, or came out otherwise, is not said."""
    advice = [
        claims.Advice("Always."),
        claims.Advice("Never {no-such-claim}."),
        claims.Advice("GPU {17.1-tensorflow-gpu}."),
        claims.Advice("Held.", {"17.4-two-jobs": "holds"}),
        claims.Advice("Failed.", {"17.4-two-jobs": "fails"}),
        claims.Advice("{17.4-two-jobs} it is."),
    ]
    assert page.said(advice, quick.verdicts) == ["Always.", "Held.", "1.78× it is."]


def hostile(folder: Path) -> Path:
    """Save a run and a claim whose every text is markup."""
    rng = np.random.default_rng(1)
    entries = [
        saved.entry(name, rng.uniform(1, 1.1, 8).tolist(), group=NASTY)
        for name in (f"test_{NASTY}", f"other_{NASTY}")
    ]
    more: dict[str, Any] = {"command": f"pytest {NASTY}", "order_seed": 1}
    document = saved.document(entries, suite=more, cpu_model=NASTY, name=NASTY)
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
    return saved.write(folder / "run.json", document)


def test_hostile_names_are_text(tmp_path: Path) -> None:
    """Nothing that a file says becomes markup or script, in charts neither."""
    path = hostile(tmp_path)
    known = claims.read(tmp_path / "claims.toml")
    advice = claims.read_advice(tmp_path / "claims.toml")
    text = page.render([judged(path, known)] * 2, (), advice, [NASTY], NASTY)
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert text.count("&lt;script&gt;alert") > 10
    assert "\u202e" not in re.sub(r'<script type="application/json">.*?</script>', "", text)
    specs = re.findall(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert specs
    assert all(isinstance(json.loads(spec), dict) for spec in specs)
    assert any(
        NASTY in json.dumps(json.loads(spec), ensure_ascii=False).replace('\\"', '"')
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


def test_the_forest_plot_has_band_interval_estimate_and_the_courses_point(quick: Judged) -> None:
    """One row a claim that is a number, with what stands beside it as a table."""
    (made,) = [
        c for c in charts.all_of(quick.verdicts[0].run, quick.verdicts) if c.name == "forest-17-4"
    ]
    rows = {row["claim"]: row for row in made.spec["datasets"]["rows"]}
    jobs = rows["17.4-two-jobs"]
    assert jobs["band low"] == 0.8
    assert jobs["low"] < jobs["centre"] < jobs["high"]
    assert jobs["course at"] == pytest.approx(17.11 / 9.58 / 2, abs=1e-3)
    assert "17.4-start-up" not in rows
    assert [row[0] for row in made.rows] == list(rows)


def test_accounting_bars_add_up(quick: Judged) -> None:
    """The parts that are drawn are the excess that is told."""
    made = of_claims.accounting(quick.verdicts)
    assert made is not None
    sums: dict[str, float] = {}
    for row in made.spec["datasets"]["rows"]:
        sums[row["claim"]] = sums.get(row["claim"], 0.0) + row["seconds"]
    for claim, excess, *_ in made.rows:
        assert sums[claim] == pytest.approx(float(excess.split(" ")[0]), rel=0.02)


def test_long_series_are_thinned_and_their_changes_kept() -> None:
    """At most so many points, the newest among them."""
    assert base.thinned(list(range(1000)))[-1] == 999
    assert len(base.thinned(list(range(1000)))) <= base.MOST_POINTS
    assert base.thinned([1, 2, 3]) == [1, 2, 3]


def test_ticks_are_round_and_few() -> None:
    """1, 2, 5; decades over many; two at least."""
    assert base.ticks([0.9, 6]) == [1, 2, 5]
    assert base.ticks([0.001, 1000]) == [0.001, 0.01, 0.1, 1, 10, 100, 1000]
    assert base.ticks([0.24, 0.26]) == [0.24, 0.26]


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
    known = claims.read(series.claims_at(tmp_path))
    text, shown, problems = site.one_page(
        runs.read([tmp_path]), known, (), lambda path: judged(path, known)
    )
    assert len(shown) == 3
    assert not problems
    assert "Side by side" in text
    table = text[text.index("Side by side") : text.index('id="run-0"')]
    assert table.count("holds</span>") == 2
    assert table.count("fails</span>") == 1
    assert "numpy 2.4.5 → 2.4.6" in table or "numpy 2.4.6 → 2.4.5" in table
    assert all(f"<bdi>{name}</bdi>" in table for name in ("one", "two", "three"))


def test_the_past_is_on_the_page(tmp_path: Path) -> None:
    """Changed series are shown, the others folded; the table has the change."""
    series.history(tmp_path, [1.9] * 20 + [1.6] * 8, commit=["a" * 40] * 20 + ["b" * 40] * 8)
    known = claims.read(series.claims_at(tmp_path))
    text, _, _ = site.one_page(runs.read([tmp_path]), known, (), lambda p: judged(p, known))
    past = text[text.index("Over time</h2>") :]
    assert "1 worse than before" in past
    assert "commit aaaaaaaaaa → bbbbbbbbbb" in past
    assert 'class="more"' not in past


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
    pictures.write(tmp_path, [quick])
    names = {p.stem for p in tmp_path.glob("*.png")}
    assert names == {p.stem for p in tmp_path.glob("*.svg")}
    assert {"forest-17-2", "accounting", "scaling", "break-even", "rounds-0"} <= names
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
        ((str(QUICK), "--output", "file/x.html"), "file: cannot be written"),
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
    hidden: Mapping[str, str] = {"report": "altair", "history": "ruptures"}
    for command, package in hidden.items():
        code = f"import sys; sys.modules[{package!r}] = None; from analysis.cli import app; app()"
        result = subprocess.run(  # noqa: S603  this very Python
            [sys.executable, "-c", code, command, str(QUICK)],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 2
        assert result.stderr == (
            f"error: {command} needs {package}: pip install 'parallel-claims[reports]'\n"
        )


def test_runs_too_short_for_an_interval_are_reported(tmp_path: Path) -> None:
    """Two of them are a past without a point to draw."""
    series.claims_at(tmp_path)
    for day in (1, 2):
        entries = [saved.entry(name, [1.0] * 2) for name in ("test_a", "test_b")]
        document = saved.document(entries)
        document["datetime"] = f"2026-11-{day:02}T00:00:00+00:00"
        saved.write(tmp_path / "r" / f"{day:04}_x.json", document)
    result = report(tmp_path, "r", "--claims", "claims.toml", "--output", "site", "--charts", "svg")
    assert result.returncode == 0, result.stderr
    assert list((tmp_path / "svg").glob("rounds-0.svg"))


def test_more_runs_than_a_page_holds_are_told(tmp_path: Path) -> None:
    """The page says which are not on it."""
    rng = np.random.default_rng(8)
    for n in range(site.MOST_RUNS + 2):
        series.one_run(tmp_path / f"m{n}" / "cpython-3.11.7" / "0001_quick.json", 1.9, rng, day=n)
    known = claims.read(series.claims_at(tmp_path))
    text, shown, _ = site.one_page(runs.read([tmp_path]), known, (), lambda p: judged(p, known))
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
    assert page.render([Judged(verdicts, [])]).count('aria-roledescription="chart"') > 2
