"""The command line: exit codes, formats, and one line for every bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from inline_snapshot import snapshot

from parallel_claims.judge import claims_file
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.report import checked, markdown, terminal
from parallel_claims.saved import reading
from tests import files, series
from tests.course import analysis

if TYPE_CHECKING:
    import subprocess

ROOT = Path(__file__).parents[2]

CLAIMS = """
[[claim]]
id = "b-is-faster"
statement = "B takes less than two thirds of A's time."
published = { baseline = 20.98, contender = 11.00 }
baseline = "test_a"
contender = "test_b"
speedup = { at_least = 1.5 }
holds = "it skips what A computes twice"

[[claim]]
id = "needs-many"
statement = "Eight workers | help."
baseline = "test_a"
contender = "test_b"
speedup = { at_least = 7 }
needs = { cpus = 8 }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with claims, and a run in which B is 1.9 times as fast as A."""
    (tmp_path / "claims.toml").write_text(CLAIMS)
    write(tmp_path / "good.json", 1.9)
    write(tmp_path / "bad.json", 1.2)
    return tmp_path


def write(path: Path, speedup: float, blocks: int = 10) -> Path:
    """Save a run of known speedup."""
    noise = np.random.default_rng(1).normal(0, 0.01, blocks)
    entries = [
        files.entry("test_a", [1.0] * blocks),
        files.entry("test_b", (np.exp(noise) / speedup).tolist()),
    ]
    return files.write(path, files.document(entries, suite={"blocks": blocks}))


def check(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run ``check`` as a user does."""
    return command(folder, "check", *args)


def command(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does."""
    return analysis(folder, *args, "--claims", "claims.toml")


def test_the_table_has_the_answer_first_and_fits_80_columns(folder: Path) -> None:
    """A whole table, from a run with known numbers."""
    run = reading.read(folder / "good.json")
    claims = claims_file.read(folder / "claims.toml").claims
    text = terminal.text(checked.document(judge_run(run, claims)))
    assert max(map(len, text.splitlines())) <= 80
    assert "\n".join(line.rstrip() for line in text.splitlines()) == snapshot("""\
2 claims: 1 holds, 1 not testable
Test CPU, 2 CPUs, CPython 3.11.7, size quick, 10 blocks of one process

   Claim                                                            Verdict
✓  B takes less than two thirds of A's time. b-is-faster            holds
   published 1.91× (20.98 → 11.00 s); here 1.89× as fast [1.89,
   1.91]; allowed ≥ 1.5×
   it skips what A computes twice
–  Eight workers | help. needs-many                                 not testable
   allowed ≥ 7×
   needs 8 usable CPUs; 2 there

95 % intervals\
""")


def test_the_table_degrades_without_utf8(folder: Path) -> None:
    """Every sign has a plain form."""
    run = reading.read(folder / "good.json")
    claims = claims_file.read(folder / "claims.toml").claims
    text = terminal.text(checked.document(judge_run(run, claims)), terminal.Style(utf8=False))
    assert text.isascii()
    assert "20.98 -> 11.00 s" in " ".join(text.split())
    assert ">= 1.5" in text
    assert "?" not in text


def test_markdown_is_a_table_that_no_text_can_break(folder: Path) -> None:
    """A bar in a statement does not end its cell."""
    run = reading.read(folder / "good.json")
    claims = claims_file.read(folder / "claims.toml").claims
    assert markdown.text(checked.document(judge_run(run, claims))) == snapshot("""\
**2 claims: 1 holds, 1 not testable**

- Test CPU, 2 CPUs, CPython 3.11.7, size quick, 10 blocks of one process

| Claim | Statement | Published | Here (95 % interval) | Allowed | Verdict |
| --- | --- | --- | --- | --- | --- |
| `b-is-faster` | B takes less than two thirds of A's time. | 1.91× (20.98 → 11.00 s) | 1.89× as fast [1.89, 1.91] | ≥ 1.5× | ✓\xa0holds |
| `needs-many` | Eight workers \\| help. | – | – | ≥ 7× | –\xa0not\xa0testable |

- `b-is-faster`: it skips what A computes twice.
- `needs-many`: needs 8 usable CPUs; 2 there.

95 % intervals.
""")


def test_json_has_what_a_program_needs(folder: Path) -> None:
    """Verdicts with their numbers, and the machine."""
    found = json.loads(check(folder, "good.json", "--format", "json").stdout)
    first, second = found["claims"]
    assert first["name"] == "b-is-faster"
    assert first["verdict"] == "holds"
    assert first["low"] < 1.9 < first["high"]
    assert first["ratio"] == first["speedup"]["estimate"] == pytest.approx(1.9, rel=0.02)
    assert first["published"] == pytest.approx(20.98 / 11.00)
    assert first["basis"] == {"kind": "blocks", "count": 10}
    assert first["note"] == "it skips what A computes twice"
    assert second["verdict"] == "not-testable"
    assert second["ratio"] is second["speedup"] is None
    assert found["runs"][0]["machine"]["usable_cpus"] == 2


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("good.json", [], 0),
        ("bad.json", [], 1),
        ("bad.json", ["--strict"], 1),
        ("few.json", [], 0),
        ("few.json", ["--strict"], 3),
        ("none.json", [], 2),
        ("good.json", ["--format", "xml"], 2),
        ("good.json", ["--nonsense"], 2),
        ("good.json", ["--claims", "none.toml"], 2),
    ],
)
def test_exit_codes(folder: Path, name: str, args: list[str], code: int) -> None:
    """0 nothing fails, 1 a claim fails, 2 bad input, 3 undecided under --strict."""
    write(folder / "few.json", 1.9, blocks=4)
    result = check(folder, name, *args) if "--claims" not in args else None
    if result is None:
        (folder / "claims.toml").unlink()
        result = check(folder, name)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr


def test_a_known_failure_does_not_fail_the_command(folder: Path) -> None:
    """Failing as declared is exit code 0."""
    text = CLAIMS.replace("holds =", 'known_failure = "pages are shared"\nholds =')
    (folder / "claims.toml").write_text(text)
    result = check(folder, "bad.json")
    assert result.returncode == 0
    assert "fails as expected" in result.stdout


def test_one_bad_file_among_many_is_told_and_the_others_are_read(folder: Path) -> None:
    """The verdicts of the good file are there, and the exit code says that one was bad."""
    (folder / "cut.json").write_text('{"benchmarks": [')
    result = check(folder, "cut.json", "good.json")
    assert result.returncode == 2
    assert "1 holds" in result.stdout
    assert result.stderr.splitlines() == [
        "error: cut.json: truncated JSON: the writing was cut off, or goes on: read again, or measure again"
    ]


def test_a_misspelt_benchmark_gets_no_verdict(folder: Path) -> None:
    """One line with the nearest names, exit code 2, nothing on the output."""
    (folder / "claims.toml").write_text(CLAIMS.replace('"test_b"', '"test_bee"'))
    result = check(folder, "good.json")
    assert result.returncode == 2
    assert result.stdout == ""
    assert "nearest: test_b" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_without_a_path_and_a_run_the_remedy_is_named(folder: Path) -> None:
    """There is no run of this machine in an empty folder."""
    result = check(folder)
    assert result.returncode == 2
    assert "measure one with `pytest --blocks`" in result.stderr


def test_embedded_tables_are_written_and_their_drift_is_found(folder: Path) -> None:
    """`embed` writes the table, `embed --check` finds a changed number."""
    page = folder / "PAGE.md"
    page.write_text("before\n<!-- verdicts: good.json -->\nold\n<!-- end -->\nafter\n")

    def embed(*args: str) -> int:
        return command(folder, "embed", *args).returncode

    assert embed("PAGE.md", "--check") == 1
    assert "old" in page.read_text()
    assert embed("PAGE.md") == 0
    assert "| `b-is-faster` |" in page.read_text()
    assert embed("PAGE.md", "--check") == 0
    page.write_text(page.read_text().replace("1.9", "2.9"))
    assert embed("PAGE.md", "--check") == 1
    page.write_text("no marker")
    assert embed("PAGE.md") == 2


def test_some_claims_and_several_runs_can_be_embedded(folder: Path) -> None:
    """Named claims only, in their order; runs as columns, or compared; no such name is told."""
    from parallel_claims.errors import BadInputError
    from parallel_claims.report import embed

    known = claims_file.read(folder / "claims.toml")
    page = folder / "PAGE.md"
    text = "<!-- verdicts: good.json | needs-many -->\n<!-- end -->\n"
    made = embed.refreshed(text, page, known)
    assert "`needs-many`" in made
    assert "b-is-faster" not in made
    text = "<!-- side by side: good.json bad.json -->\n<!-- end -->\n"
    made = embed.refreshed(text, page, known)
    row = next(line for line in made.splitlines() if line.startswith("| `b-is-faster`"))
    assert "✓ holds 1.89×" in row
    assert "✗ fails 1.20× as fast" in row
    text = "<!-- compared: good.json bad.json -->\n<!-- end -->\n"
    made = embed.refreshed(text, page, known)
    told = command(folder, "compare", "good.json", "bad.json", "--seconds", "--format", "markdown")
    assert told.stdout in made
    assert "| B takes less than two thirds of A's time. | " in made
    with pytest.raises(BadInputError, match="no claim 'b-is-fast'"):
        embed.refreshed("<!-- verdicts: good.json | b-is-fast -->\n<!-- end -->\n", page, known)


def test_calibrate_counts_on_recorded_noise(folder: Path) -> None:
    """A CSV of seconds in, coverage and false verdicts out; a run against itself is kept."""
    noise = np.exp(np.random.default_rng(1).normal(0, 0.05, 400))
    (folder / "noise.csv").write_text("\n".join(f"{value:.6f}" for value in noise))
    blocks = 24
    entries = [
        files.entry(name, noise[start : start + blocks].tolist(), positions=[start % 2] * blocks)
        for start, name in enumerate(["test_a", "test_a again"])
    ]
    suite = {"against_itself": True}
    files.write(folder / "0001_quick_against-itself.json", files.document(entries, suite=suite))

    def calibrate(*args: str) -> subprocess.CompletedProcess[str]:
        return command(folder, "calibrate", *args, "--sims", "50")

    result = calibrate("noise.csv")
    assert result.returncode == 0, result.stderr
    assert "50 simulated suites of 2 claims on 2 variants" in result.stdout
    assert "Mann–Whitney p < 0.05 (benchstat)" in result.stdout
    assert not (folder / "calibration.json").exists()
    result = calibrate("0001_quick_against-itself.json")
    assert result.returncode == 0, result.stderr
    assert "Real A/A suites on this machine: " in result.stdout
    assert "calibrated on this machine's noise" in check(folder, "good.json").stdout
    (folder / "calibration.json").write_text("{}")
    assert "not a calibration" in " ".join(check(folder, "good.json").stdout.split())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n1,2\n", "not a CSV of seconds"),
        ("1.0\n-1.0\n", "above 0 s"),
        ("1.0\n" * 5, "measure more"),
    ],
)
def test_noise_that_is_none_is_told(folder: Path, content: str, words: str) -> None:
    """One line, exit code 2."""
    (folder / "noise.csv").write_text(content)
    result = analysis(folder, "calibrate", "noise.csv")
    assert result.returncode == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_compare_says_worse_and_fails_when_told_to(folder: Path) -> None:
    """Three runs a side, 1.9 against 1.2: exit code 0, and 1 with --fail-on-worse."""
    for name, speedup in (("good", 1.9), ("bad", 1.2)):
        series.history(folder / name, [speedup] * 3, seed=2)
    result = command(folder, "compare", "good", "bad")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("2 claims compared: 2 worse\n")
    assert command(folder, "compare", "good", "bad", "--fail-on-worse").returncode == 1
    assert command(folder, "compare", "bad", "good", "--fail-on-worse").returncode == 0
    (row, _) = json.loads(command(folder, "compare", "good", "bad", "--format", "json").stdout)[
        "claims"
    ]
    assert row["ratio"] == pytest.approx(1.2 / 1.9, abs=0.02)


def test_one_run_a_side_fails_nobody(folder: Path) -> None:
    """1.9 against 1.2: the line says what would decide; 3 with --strict."""
    result = command(folder, "compare", "good.json", "bad.json", "--fail-on-worse")
    assert result.returncode == 0, result.stderr
    assert " ".join(result.stdout.split()).startswith(
        "2 claims compared: 2 cannot tell: measure 3 runs a side, or parallel-claims versus A B"
    )
    assert command(folder, "compare", "good.json", "bad.json", "--strict").returncode == 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("good.json",), "good.json: a comparison needs two sides or more"),
        (("good.json", "none"), "none: no such run, file, folder, machine or build"),
        (
            ("good.json", "bad.json", "--within", "7"),
            "--within: '7' is not a share above 0 and below 100%",
        ),
        (("good.json", "bad.json", "--size", "huge"), "no run of size 'huge' (there are: quick)"),
    ],
)
def test_compare_tells_bad_input_in_one_line(
    folder: Path, args: tuple[str, ...], words: str
) -> None:
    """Exit code 2."""
    result = command(folder, "compare", *args)
    assert result.returncode == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_compare_knows_machines_and_builds_by_name(folder: Path) -> None:
    """In the results folder; a build that two machines have is ambiguous."""
    for machine in ("mine", "yours"):
        write(folder / "results" / machine / "cpython-3.11.7" / "0001_quick.json", 1.9)
    result = command(folder, "compare", "mine", "yours/cpython-3.11.7")
    assert result.returncode == 0, result.stderr
    result = command(folder, "compare", "mine", "cpython-3.11.7")
    assert result.returncode == 2
    assert "2 machines have it" in result.stderr
    result = command(folder, "compare", "mine", "../good.json")
    assert result.returncode == 2
    assert "no such run, file" in result.stderr


def test_an_alarm_of_history_fails_only_when_told_to(folder: Path) -> None:
    """Runs of twenty days, then of eight days that are slower: an alarm is no change."""
    series.history(folder / "results", [1.9] * 20 + [1.4] * 8)
    result = command(folder, "history", "--claim", "b-is-faster")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("28 runs, 1 series: 1 alarm of worse, to be confirmed")
    assert command(folder, "history", "--unconfirmed").returncode == 1
    since = command(folder, "history", "--unconfirmed", "--since", "2026-01-21")
    assert since.returncode == 0, since.stderr
    result = command(folder, "history", "--confirm")
    assert result.returncode == 5, result.stderr
    assert "not confirmed: no two commits are known to measure" in " ".join(result.stdout.split())
    assert command(folder, "history", "--claim", "none").returncode == 2
    result = command(folder, "history", "--since", "2027-01-01")
    assert result.returncode == 2
    assert "no run since 2027-01-01; the newest is of 2026-01-28" in result.stderr


def test_several_runs_are_one_table(folder: Path) -> None:
    """For a summary of many machines."""
    result = check(folder, "good.json", "bad.json", "--format", "matrix")
    assert result.returncode == 1
    row = next(line for line in result.stdout.splitlines() if line.startswith("| `b-is-faster`"))
    assert "| ✓ holds 1.89× as fast [1.89, 1.91] | ✗ fails 1.20× as fast [" in row


def test_anyones_files_are_judged(folder: Path) -> None:
    """Real files of pytest-benchmark 3.2 to 5.3, with rounds and without."""
    files = sorted((ROOT / "tests" / "data" / "pytest-benchmark").glob("*.json"))
    text = CLAIMS.replace("test_a", "test_parse[old]").replace("test_b", "test_parse[new]")
    (folder / "claims.toml").write_text(text.replace("at_least = 7", "at_least = 1"))
    result = check(folder, *map(str, files), "--all")
    assert result.returncode == 0, result.stderr
    assert len(files) == 10
    assert result.stdout.count("b-is-faster") == 10
    assert result.stdout.count("✓  B takes less than two thirds of A's time.") == 10
    assert (
        " ".join(result.stdout.split()).count("from median and IQR: its rounds were not saved") == 5
    )
