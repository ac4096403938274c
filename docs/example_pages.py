"""Makes the example pages of the site, from the committed results, whenever it is built.

MkDocs calls ``on_files``; nothing that is made is kept in the repository.
"""  # noqa: INP001  a hook of MkDocs is a file, no package

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results"
AMD = RESULTS / "amd-epyc-2cpu-24gib-vm"
ONE_RUN = AMD / "cpython-3.11.7" / "0003_course.json"
AGAINST_ITSELF = AMD / "cpython-3.11.7" / "0002_smoke_against-itself.json"
SIDES = (AMD / "cpython-3.11.7", AMD / "cpython-3.13.0")

RUNS, BLOCKS = 30, 20
"""How many runs the long one is cut into, and of how many blocks each is."""

STEP_AT, STEP = 20, 1.25
"""The run from which on the second of two equal loops is made so many times as slow."""

SAME, AGAIN = "test_mean[serial]", "test_mean[serial] again"

CLAIM = f"""
[[claim]]
id = "same-speed"
statement = "A loop is as fast as itself."
baseline = "{SAME}"
contender = "{AGAIN}"
speedup = {{ between = [0.9, 1.1] }}
holds = "it is the same loop"
fails = "from run {STEP_AT + 1} on it was made slower on purpose"
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the example pages to the site."""
    from mkdocs.structure.files import File

    with tempfile.TemporaryDirectory() as folder:
        for name, content in sorted(example_pages(Path(folder)).items()):
            files.append(File.generated(config, f"examples/{name}", content=content))
    return files


def example_pages(folder: Path) -> dict[str, str]:
    """Make every example in a folder that may be thrown away; return them by name."""
    of_versions = folder / "versions"
    of_versions.mkdir()
    run("tests.versions", of_versions)
    one, machines, past = folder / "one-run.html", folder / "machines", folder / "history.html"
    told("report", ONE_RUN, "--output", one)
    told("report", RESULTS, "--output", machines)
    claims, runs = claim_of_history(folder), cut_into_runs(folder / "runs")
    told("report", runs, "--claims", claims, "--output", past)
    return {
        "one-run.html": one.read_text(encoding="utf-8"),
        **{f"machines/{page.name}": page.read_text(encoding="utf-8") for page in pages(machines)},
        "history.html": past.read_text(encoding="utf-8"),
        "history.txt": told("history", runs, "--claims", claims),
        "comparison.txt": told("compare", *SIDES, "--size", "quick"),
        **{page.name: page.read_text(encoding="utf-8") for page in sorted(of_versions.iterdir())},
    }


def pages(folder: Path) -> list[Path]:
    """Return the pages of a site."""
    return sorted(folder.glob("*.html"))


def told(command: str, *arguments: Path | str) -> str:
    """Run a command with the course's claims as a user would; return what it writes."""
    return run("analysis", command, *arguments)


def run(module: str, *arguments: Path | str) -> str:
    """Run a module of the repository; return what it writes."""
    result = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    if result.returncode:
        message = f"{module} ended with {result.returncode}: {result.stderr}"
        raise RuntimeError(message)
    return result.stdout.replace(f"{ROOT}/", "")


def claim_of_history(folder: Path) -> Path:
    """Write the claim that the history is about."""
    path = folder / "claims.toml"
    path.write_text(CLAIM, encoding="utf-8")
    return path


def cut_into_runs(folder: Path) -> Path:
    """Cut the run of a loop against itself into short ones, a day apart; slow the late ones."""
    whole = json.loads(AGAINST_ITSELF.read_text(encoding="utf-8"))
    place = folder / "example" / "cpython-3.11.7"
    place.mkdir(parents=True)
    for number in range(RUNS):
        run = json.dumps(one_run(whole, number))
        (place / f"{number + 1:04}_example.json").write_text(run, encoding="utf-8")
    return folder


def one_run(whole: dict[str, Any], number: int) -> dict[str, Any]:
    """Return one of the short runs."""
    day = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=number)
    benchmarks = [part(b, number) for b in whole["benchmarks"] if b["name"] in {SAME, AGAIN}]
    return {
        "machine_info": whole["machine_info"],
        "commit_info": {},
        "datetime": day.isoformat(),
        "version": whole["version"],
        "parallel_claims": {"schema": 1, "scale": "example", "blocks": BLOCKS},
        "benchmarks": benchmarks,
    }


def part(benchmark: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the blocks of one benchmark that belong to one of the short runs."""
    chosen = slice(number, RUNS * BLOCKS, RUNS)  # every 30th: a burst does not make a run
    slower = STEP if number >= STEP_AT and benchmark["name"] == AGAIN else 1.0
    found = copy.deepcopy(benchmark)
    data = [seconds * slower for seconds in benchmark["stats"]["data"][chosen]]
    found["stats"] = {"data": data, "rounds": len(data), "median": sorted(data)[len(data) // 2]}
    positions = benchmark["extra_info"]["positions"][chosen]
    found["extra_info"] = {"blocks": list(range(BLOCKS)), "positions": positions}
    return found
