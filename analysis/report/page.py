"""A report as one HTML page that needs nothing beside itself: no network, no other file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import vl_convert
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from analysis.environment import differences, facts, slug
from analysis.judge import Outcome, Verdict
from analysis.report import charts, past, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analysis.claims import Advice
    from analysis.history import Track
    from analysis.load import Run
    from analysis.report.charts import Chart

SENTENCES = 3
"""Sentences that stand at the head of a page."""

SECTIONS = {
    "17.1": "17.1 Overview",
    "17.2": "17.2 Multiprocessing",
    "17.3": "17.3 Multithreading",
    "17.4": "17.4 Joblib",
    "beyond": "Beyond the course",
}


@dataclass(frozen=True)
class Judged:
    """One run with its verdicts, and what disturbed it and how it is calibrated, in sentences."""

    verdicts: Sequence[Verdict]
    notes: Sequence[str]

    @property
    def name(self) -> str:
        """Return how the run is called: machine, Python, scale."""
        return words.described(self.verdicts[0].run)


def render(
    judged: Sequence[Judged],
    tracks: Sequence[Track] = (),
    advice: Sequence[Advice] = (),
    problems: Sequence[str] = (),
    title: str = "What holds on this machine",
) -> str:
    """Return the page.

    judged: the runs, the one that the answer is about first.
    tracks: what became of the claims over time; only those of several runs are shown.
    """
    first = judged[0].verdicts
    several = [t for t in tracks if len(t.runs) > 1 and np.isfinite(t.highs).any()]
    runs = [run_context(run, f"run-{n}") for n, run in enumerate(judged)]
    names = words.short_names([run.verdicts[0].run for run in judged])
    contents = [("side-by-side", "Side by side")] if len(judged) > 1 else []
    if len(judged) == 1:
        contents += [("claims", "Claims"), ("evidence", "Evidence"), ("machine", "Machine")]
    else:
        contents += [(run["id"], name) for run, name in zip(runs, names, strict=True)]
    contents += [("history", "Over time")] if several else []
    text: str = template("page.html.j2").render(
        title=title,
        answer=words.counts(first),
        where=words.described(first[0].run),
        advice=said(advice, first),
        problems=problems,
        contents=contents,
        alone=len(judged) == 1,
        matrix=matrix(judged, names) if len(judged) > 1 else None,
        runs=runs,
        history=history_context(several) if several else None,
        css=css(),
        script=script(),
    )
    return text


def asset(name: str) -> str:
    """Return a file that belongs to the page."""
    return files("analysis.report").joinpath("assets", name).read_text(encoding="utf-8")


TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Characters that turn the direction of what follows them, and may hide what it says."""


def undirected(value: object) -> object:
    """Return a text without characters that turn its direction."""
    return value.translate(TURNS) if isinstance(value, str) else value


@cache
def template(name: str) -> Any:
    """Return a template; all text in it is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=undirected
    )
    return environment.from_string(asset(name))


def css() -> Any:
    """Return the style of all pages."""
    return Markup(asset("page.css"))  # noqa: S704  our own


@cache
def script() -> Any:
    """Return the page's script with what it needs of Vega; nothing is loaded from elsewhere."""
    vega_embed = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    whole = f"{vega_embed}\n{asset('page.js')}".replace("</script", "<\\/script")
    return Markup(whole)  # noqa: S704  our own code, not a user's text


def said(advice: Iterable[Advice], verdicts: Sequence[Verdict]) -> list[str]:
    """Return the first sentences of which every claim was measured, with its number."""
    known = {verdict.claim.id: verdict for verdict in verdicts}
    found = []
    for sentence in advice:
        named = re.findall(r"\{([^{}]+)\}", sentence.sentence)
        met = all(k in known and known[k].outcome == value for k, value in sentence.when.items())
        values = {name: measured(known[name]) for name in named if name in known}
        if met and all(values.get(name) for name in named):
            text = sentence.sentence
            for name, value in values.items():
                text = text.replace(f"{{{name}}}", value)
            found.append(text)
    return found[:SENTENCES]


def measured(verdict: Verdict) -> str:
    """Write what a claim found, short: a speedup, or what it recorded; nothing if not measured."""
    found = verdict.estimate
    if found is None:
        return ""
    if found.speedup is not None:
        return f"{words.number(found.speedup.interval(verdict.alpha).centre)}×"
    number = words.number(found.judged.interval(verdict.alpha).centre)
    return f"{number} {words.quantity(verdict)}"


def run_context(judged: Judged, name: str) -> dict[str, Any]:
    """Return what the page says of one run."""
    verdicts, run = judged.verdicts, judged.verdicts[0].run
    made = {chart.name: chart for chart in charts.all_of(run, verdicts)}
    forests = charts.forest_names(verdicts)
    sections = [
        {
            "title": SECTIONS.get(section, section or "Claims"),
            "chart": drawn(made.pop(forests[section], None), name),
            "claims": [claim_context(verdict) for verdict in inside],
        }
        for section, inside in charts.by_section(verdicts)
    ]
    methods = {b.info.start_method for b in run.benchmarks}
    told = facts(run.machine, run.suite.scale if run.suite else "", methods)
    return {
        "id": name,
        "name": judged.name,
        "answer": words.counts(verdicts),
        "level": words.level(verdicts),
        "sections": sections,
        "overview": [drawn(chart, name) for chart in made.values()],
        "evidence": [drawn(chart, name) for chart in charts.evidence(run)],
        "notes": judged.notes,
        "command": repeated(run),
        "facts": [*told.items(), ("saved", run.datetime), ("commit", run.commit.id or "unknown"),
                  ("file", run.path.name)],
    }  # fmt: skip


def repeated(run: Run) -> str:
    """Return the command that measures a run again in the same order, if it is known."""
    if run.suite is None or not run.suite.command:
        return ""
    seed = "" if "--order-seed" in run.suite.command else f" --order-seed {run.suite.order_seed}"
    return run.suite.command + seed


def claim_context(verdict: Verdict) -> dict[str, str]:
    """Return what the page says of one claim."""
    return {
        "id": verdict.claim.id,
        "statement": verdict.claim.statement,
        "course": words.course(verdict),
        "here": words.here(verdict),
        "allowed": words.allowed(verdict),
        "reason": verdict.reason,
        **verdict_context(verdict),
    }


def verdict_context(verdict: Verdict) -> dict[str, str]:
    """Return a verdict as sign, words and class."""
    return {
        "mark": words.MARKS[verdict.outcome],
        "words": words.outcome(verdict),
        "outcome": str(verdict.outcome),
    }


def drawn(chart: Chart | None, page: str) -> dict[str, Any] | None:
    """Return a chart as the page has it, under a name of its own."""
    if chart is None:
        return None
    spec = json.dumps(chart.spec, separators=(",", ":"))
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


def matrix(judged: Sequence[Judged], names: Sequence[str]) -> dict[str, Any]:
    """Return the claims by machine and Python, and what differs between these."""
    known = [{verdict.claim.id: verdict for verdict in run.verdicts} for run in judged]
    ids = dict.fromkeys(key for run in known for key, v in run.items() if not v.left_out)
    environments = [
        facts(run.machine, run.suite.scale if run.suite else "", ())
        for run in (j.verdicts[0].run for j in judged)
    ]
    told = [
        (name, "; ".join(differences(environments[0], other)))
        for name, other in zip(names[1:], environments[1:], strict=True)
    ]
    return {
        "columns": names,
        "rows": [{"claim": key, "cells": [cell(run.get(key)) for run in known]} for key in ids],
        "differences": [(name, text) for name, text in told if text],
    }


def cell(verdict: Verdict | None) -> dict[str, str]:
    """Return one cell of the matrix."""
    if verdict is None or verdict.left_out:
        mark = words.MARKS[Outcome.NOT_TESTABLE]
        return {"mark": mark, "words": "not measured", "outcome": "not-testable", "here": ""}
    here = words.here(verdict)
    return {**verdict_context(verdict), "here": "" if here == "–" else here}


def history_context(tracks: Sequence[Track]) -> dict[str, Any]:
    """Return what the page says of the past: series with a change first, the others folded."""
    groups = []
    for number, (title, inside) in enumerate(past.series(tracks)):
        made = [
            (track, drawn(charts.series(f"series-{n}", track), f"past-{number}"))
            for n, track in enumerate(inside)
        ]
        changed = [chart for track, chart in made if track.changes or track.drift is not None]
        rest = [chart for track, chart in made if not track.changes and track.drift is None]
        groups.append({"title": title, "shown": changed, "rest": rest})
    return {"answer": past.answer(tracks), "groups": groups}


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
