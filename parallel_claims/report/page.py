"""A report as one HTML page that needs nothing beside itself: no network, no other file."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from parallel_claims.judge.timing import timings
from parallel_claims.report import charts, checked, past, timed, vega, words
from parallel_claims.report.advice import said
from parallel_claims.saved.environment import differences, facts
from parallel_claims.saved.names import slug
from parallel_claims.visible import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parallel_claims.follow.history import Track
    from parallel_claims.judge import claims
    from parallel_claims.judge.claims_file import ClaimsFile
    from parallel_claims.judge.outcome import Verdict
    from parallel_claims.judge.timing import Timing
    from parallel_claims.report.charts import Chart
    from parallel_claims.saved.form import Run


@dataclass(frozen=True)
class Judged:
    """One run with its verdicts, and what disturbed it and how it is calibrated, in sentences."""

    run: Run
    verdicts: Sequence[Verdict]
    notes: Sequence[str]

    @cached_property
    def timings(self) -> Sequence[Timing]:
        """Return what each benchmark of the run takes."""
        return timings(self.run)

    @property
    def name(self) -> str:
        """Return how the run is called: machine, Python, size."""
        return words.described(self.run)


def render(
    judged: Sequence[Judged],
    tracks: Sequence[Track] = (),
    known: ClaimsFile | None = None,
    problems: Sequence[str] = (),
    title: str = "What holds on this machine",
) -> str:
    """Return the page.

    judged: the runs, the one that the answer is about first.
    known: the claims file, for its sentences and charts.
    tracks: what became of the claims over time; only those of several runs are shown.
    """
    first = judged[0].verdicts
    several = [t for t in tracks if len(t.runs) > 1 and np.isfinite(t.highs).any()]
    more = known.chart if known else ()
    runs = [run_context(run, f"run-{n}", more) for n, run in enumerate(judged)]
    names = words.short_names([run.run for run in judged])
    runs = [run | {"short": name} for run, name in zip(runs, names, strict=True)]
    history = history_context(several) if several else None
    alone = len(judged) == 1
    text: str = template("page.html.j2").render(
        title=title,
        answer=answer(judged[0]),
        where=judged[0].name,
        advice=said(known.advice if known else (), first),
        problems=problems,
        contents=contents_of(runs, names, history),
        alone=alone,
        matrix=None if alone else matrix(judged, names),
        runs=runs,
        history=history,
        **common(),
    )
    return text


def answer(judged: Judged) -> str:
    """Return what a page says first of a run: of its claims, or of its benchmarks without any."""
    if judged.verdicts:
        return words.counts(judged.verdicts)
    return timed.answer(judged.timings)


def common() -> dict[str, Any]:
    """Return what all pages with charts have in common: style, look, and what draws."""
    scripts = {"vega": Markup(vega.script()), "script": script()}  # noqa: S704  base64, and ours
    return {"css": css(), "look": look(), "allowed": allowed(), **scripts}


def contents_of(
    runs: Sequence[dict[str, Any]], names: Sequence[str], history: dict[str, Any] | None
) -> list[tuple[str, str]]:
    """Return where the parts of the page are, in their order, and what they are called."""
    found = [("worse", "Alarms, to be confirmed")] if history and history["worse"] else []
    if len(runs) > 1:
        found += [("side-by-side", "Side by side")]
        found += [(run["id"], name) for run, name in zip(runs, names, strict=True)]
    else:
        judged = [("news", "What needs a look"), ("claims", "All claims")]
        found += [*judged * bool(runs[0]["count"]), ("timed", "Every benchmark")]
        found += [("overview", "What it adds up to")] if runs[0]["overview"] else []
        found += [("evidence", "Every round"), ("machine", "Machine")]
    return [*found, ("history", "Over time")] if history else found


def asset(name: str) -> str:
    """Return a file that belongs to the page."""
    return files("parallel_claims.report").joinpath("assets", name).read_text(encoding="utf-8")


def shown(value: object) -> object:
    """Return a text in which everything prints; what is markup already is our own."""
    return visible(shortened(value)) if type(value) is str else value


@cache
def template(name: str) -> Any:
    """Return a template; all text in it is escaped."""
    environment = Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=shown,
    )
    return environment.get_template(name)


def css() -> Any:
    """Return the style of all pages."""
    return Markup(asset("page.css"))  # noqa: S704  our own


def script() -> Any:
    """Return the page's own script; what draws is beside it, and nothing is loaded."""
    return Markup(asset("page.js"))  # noqa: S704  our own code, not a user's text


@cache
def allowed() -> Any:
    """Return the scripts that a page may run, for its content security policy: ours, no other."""
    digests = [sha256(text.encode()).digest() for text in (script(), vega.source())]
    sources = " ".join(f"'sha256-{b64encode(digest).decode('ascii')}'" for digest in digests)
    return Markup(sources)  # noqa: S704  base64


@cache
def look() -> Any:
    """Return what all charts have in common, once for a page."""
    return Markup(json.dumps(COMMON, separators=(",", ":")))  # noqa: S704  our own


COMMON = {"$schema": charts.SCHEMA, "config": charts.CONFIG}


def run_context(judged: Judged, name: str, more: Sequence[claims.Chart]) -> dict[str, Any]:
    """Return what the page says of one run."""
    verdicts, run = judged.verdicts, judged.run
    made = {chart.name: chart for chart in charts.all_of(run, verdicts, more)}
    forests = charts.forest_names(verdicts)
    shown = words.measured(verdicts)
    told = {
        verdict.claim.id: {"name": f"{name}-claim-{n}", "rank": checked.rank(verdict), "row": row}
        for n, (verdict, row) in enumerate(zip(shown, checked.table(shown).rows, strict=True))
    }
    sections = [
        {
            "title": inside[0].claim.section_title or "Claims",
            "answer": words.counts(inside),
            "chart": drawn(made.pop(forests[section], None), name),
            "claims": [told[verdict.claim.id] for verdict in inside],
        }
        for section, inside in charts.by_section(verdicts)
    ]
    methods = {b.info.start_method for b in run.benchmarks}
    facts_ = facts(run.machine, run.suite.size if run.suite else "", methods)
    return {
        "id": name,
        "name": judged.name,
        "answer": answer(judged),
        "level": words.level(verdicts),
        "news": [told[verdict.claim.id] for verdict in checked.news(verdicts)],
        "count": len(told),
        "timed": timed.table(judged.timings).rows,
        "outcomes": list(dict.fromkeys(words.outcome(v) for v in by_rank(verdicts))),
        "sections": sections,
        "overview": [drawn(chart, name) for chart in made.values()],
        "evidence": [drawn(chart, name) for chart in charts.evidence(run)],
        "notes": judged.notes,
        "command": repeated(run),
        "facts": [*facts_.items(), ("saved", run.datetime), ("commit", run.commit.id or "unknown"),
                  ("file", run.path.name)],
    }  # fmt: skip


def by_rank(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts on what the run is about, those first that somebody must look at."""
    return sorted(words.measured(verdicts), key=checked.rank)


def matrix(judged: Sequence[Judged], names: Sequence[str]) -> dict[str, Any]:
    """Return the claims by machine and Python, news first, and what differs between these."""
    base, *others = (environment(one) for one in judged)
    told = [
        (name, "; ".join(differences(base, other)))
        for name, other in zip(names[1:], others, strict=True)
    ]
    return {
        "table": checked.side_by_side([one.verdicts for one in judged], apart=True),
        "first": names[0],
        "differences": [(name, text) for name, text in told if text],
    }


def environment(judged: Judged) -> dict[str, str]:
    """Return the facts of a run that a comparison looks at."""
    run = judged.run
    return facts(run.machine, run.suite.size if run.suite else "", ())


def repeated(run: Run) -> str:
    """Return the command that measures a run again in the same order, if it is known."""
    if run.suite is None or not run.suite.command:
        return ""
    seed = "" if "--blocks-seed" in run.suite.command else f" --blocks-seed {run.suite.order_seed}"
    return run.suite.command + seed


def drawn(chart: Chart | None, page: str) -> dict[str, Any] | None:
    """Return a chart as the page has it, under a name of its own."""
    if chart is None:
        return None
    own = {key: value for key, value in chart.spec.items() if COMMON.get(key) != value}
    spec = json.dumps(own, separators=(",", ":"))
    escaped = spec.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return {
        "id": f"{page}-{chart.name}",
        "title": chart.title,
        "told": chart.told,
        "height": chart.height,
        "spec": Markup(escaped),  # noqa: S704  JSON, with all that could end a script escaped
        "columns": chart.columns,
        "rows": chart.rows,
    }


def history_context(tracks: Sequence[Track]) -> dict[str, Any]:
    """Return what the page says of the past: series with a change first, the others folded."""
    groups, links = [], {}
    for place, (title, inside) in enumerate(past.series(tracks)):
        made = [
            (track, drawn(charts.series(f"series-{n}", track), f"past-{place}"))
            for n, track in enumerate(inside)
        ]
        links.update({id(track): chart["id"] for track, chart in made if chart})
        changed = [chart for track, chart in made if track.alarms or track.drift is not None]
        rest = [chart for track, chart in made if not track.alarms and track.drift is None]
        groups.append({"title": title, "shown": changed, "rest": rest})
    worse = [
        {"row": past.row_of(track), "link": links[id(track)], "where": past.series_title(track)}
        for track in tracks
        if track.worse
    ]
    return {"answer": past.answer(tracks), "worse": worse, "groups": groups}


def index(machines: Sequence[Mapping[str, Any]], problems: Sequence[str]) -> str:
    """Return the page that leads to those of the machines."""
    machines_ = "1 machine" if len(machines) == 1 else f"{len(machines)} machines"
    text: str = template("index.html.j2").render(
        title="What holds where",
        answer=machines_,
        machines=machines,
        problems=problems,
        css=css(),
    )
    return text


def file_names(names: Iterable[str]) -> Mapping[str, str]:
    """Return a file name for each machine, safe on any system and unlike all others."""
    found: dict[str, str] = {}
    for name in names:
        stem = slug(name)[:60]
        taken = set(found.values())
        number = next(n for n in range(1, len(taken) + 2) if f"{stem}-{n}.html" not in taken)
        plain = f"{stem}.html"
        found[name] = (
            plain if plain not in taken and plain != "index.html" else f"{stem}-{number}.html"
        )
    return found
