"""Files from a stranger: what was once a traceback is one line, and the others are judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.judge import claims_file
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.report import checked, data, markdown, terminal
from parallel_claims.saved import machine_facts, reading
from parallel_claims.saved.environment import facts
from tests import files, series

if TYPE_CHECKING:
    from pathlib import Path

DEEP = "[" * 5_000 + "]" * 5_000
DEEPER = "[" * 100_000 + "]" * 100_000  # from 3.12 on what nobody asks for may be 5,000 deep
NESTED = '{"a":' * 5_000 + "1" + "}" * 5_000
LONG = "9" * 4_301


def run_with(path: Path, old: str = "", new: str = "", **machine: Any) -> Path:
    """Save a run of two benchmarks, and replace some of its text."""
    entries = [files.entry(name, [1.0] * 8) for name in ("test_a", "test_b")]
    text = json.dumps(files.document(entries, **machine))
    assert old in text
    path.write_text(text.replace(old, new))
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"host"', DEEP, "nested too deeply"),
        ('"host"', NESTED, "nested too deeply"),
        ('"host"', "[" * 400 + "]" * 400, "machine_info is nested too deeply"),
        ('"params": null', f'"params": {DEEPER}', "nested too deeply"),
        ('"blocks": 10', f'"blocks": {LONG}', "out of range"),
        ('"host"', LONG, "out of range"),
        ("1.0", "1e300", "stats.data[0] is 1e+300; a time lies between 1e-12 and 1e+09 s"),
        ("1.0", "1e-300", "stats.data[0] is 1e-300; a time lies between 1e-12 and 1e+09 s"),
        ('"quick"', '"quick", "wall_seconds": 1e300', "wall_seconds"),
        ('"quick"', '"quick", "conditions": [{"steal_seconds": "x"}]', "steal_seconds"),
        ('"quick"', '"quick", "speeds": [{"cpu": 1}]', "speeds"),
    ],
)
def test_what_no_run_has_is_one_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    """It names the file and the place."""
    path = run_with(tmp_path / "r.json", old, new)
    with pytest.raises(BadInputError) as error:
        reading.read(path)
    assert str(error.value).startswith(f"{path}: ")
    assert words in str(error.value)
    assert len(str(error.value)) < 300


def test_a_summary_that_no_round_gives_is_told(tmp_path: Path) -> None:
    """Without rounds the median is what is checked."""
    entry = files.entry("test_a", None, blocks=False)
    entry["stats"] |= {"median": 1e300, "iqr": 0.0, "rounds": 7}
    path = files.write(tmp_path / "r.json", files.document([entry], suite=None))
    with pytest.raises(BadInputError, match=r"median 1e\+300, .* a time lies between"):
        reading.read(path)


@pytest.mark.parametrize(
    "odd",
    [
        {"load_average": ["x"]},
        {"load_average": []},
        {"python_compiler": []},
        {"release": [], "system": {}},
        {"memory_bytes": 10**400},
        {"memory_bytes": 1e308, "cpu_quota": 1e308},
        {"usable_cpus": -1, "logical_cpus": 0},
        {"python_build_name": [], "python_version": {}},
        {"blas": [1], "packages": {"numpy": []}},
        {"cpu": {"brand_raw": [], "count": "many"}},
    ],
    ids=str,
)
def test_a_machine_says_anything_and_the_run_is_judged(tmp_path: Path, odd: dict[str, Any]) -> None:
    """In every form; what is not of its kind is left out."""
    run = reading.read(run_with(tmp_path / "r.json", **odd))
    verdicts = judge_run(run, claims_file.read(series.claims_at(tmp_path)).claims)
    assert facts(run.machine, "", ())["Python"].startswith("cpython-")
    (about,) = json.loads(data.text(checked.several([verdicts], [[]])))["runs"]
    assert about["machine"]["node"] == "host"
    found = checked.document(verdicts)
    for text in (terminal.text(found), markdown.text(found)):
        assert "1 claim" in text or "claims" in text


def test_every_fact_that_is_kept_is_of_its_kind() -> None:
    """What a machine itself says of itself is kept whole."""
    from parallel_claims.machine import facts as own

    said = {name: value for name, value in own.describe().items() if value is not None}
    assert machine_facts.known(said) == said


def claims_with(path: Path, text: str) -> Path:
    """Write a file of one claim, with more in it."""
    path.write_text(
        '[[claim]]\nid = "b"\nstatement = "B."\nbaseline = "test_a"\ncontender = "test_b"\n' + text
    )
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "speedup = { at_least = 1 }\npublished = { ideal = 2.85 }",
            "baseline, contender or words",
        ),
        ("speedup = { at_least = inf }", "a bound is a number (here: ≥ inf)"),
        ("speedup = { between = [0.5, nan] }", "a bound is a number"),
        (f"speedup = {{ at_least = {LONG} }}", "4301 digits"),
        (f"speedup = {{ at_least = {LONG[:400]} }}", "out of range"),
        (f"speedup = {{ at_least = 1 }}\nx = {DEEP}", "nested too deeply"),
        (
            'efficiency = { at_least = 1 }\ncapacity = { workers = 0, ready = "c" }',
            "capacity needs a worker",
        ),
    ],
)
def test_claims_that_cannot_be_meant_are_one_line(tmp_path: Path, text: str, words: str) -> None:
    """It names the file."""
    path = claims_with(tmp_path / "claims.toml", text)
    with pytest.raises(BadInputError) as error:
        claims_file.read(path)
    assert str(error.value).startswith(f"{path}: ")
    assert words in str(error.value)
