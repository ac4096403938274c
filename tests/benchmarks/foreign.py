"""Run public suites, untouched, in blocks and one after the other: what does that change?

``python -m tests.benchmarks.foreign FOLDER [SUITE ...] [sessions=N]`` fetches each suite's source
archive from the package index, checks its hash, installs the package beside this one in an
environment of its own, and measures twice each way, in turns. Nothing of it is kept in this
repository. A row has the seconds of both runs, and their wrong *fails* + wrong *holds*. With
``sessions=10`` it measures so many times in blocks instead, a line each.

Each file of benchmarks is there twice, under two names. What is claimed of a benchmark and its
copy, that the copy is faster, is exactly at its bound: whatever is decided is decided wrongly.
Both runs of a way are of the same code too, so what their medians differ by is noise.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import parallel_claims

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]
INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple")
BLOCKS, SLICE = 15, 0.01
LEFT_OUT = ("-p", "no:codspeed", "-p", "no:cacheprovider")
OPTIONS = ["-q", *LEFT_OUT, "-o", "addopts=", "-o", "filterwarnings="]


@dataclass(frozen=True)
class Suite:
    """A suite: its archive, by hash, and how it is run.

    paths: pytest's arguments. needs: what is installed beside it.
    """

    name: str
    version: str
    sha256: str
    paths: tuple[str, ...]
    needs: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """Return what the archive is called, and the folder in it."""
        return f"{self.name}-{self.version}"


IBIS = (
    "not execute and not postgres_record"  # fail as released
    " and not memtable_register and not dot_columns and not large_union and not wide"
    " and not to_pyarrow and not selectors and not joins and not timestamp"  # take minutes
)
"""What of this suite is run."""

SUITES = (
    Suite(
        "multidict", "6.6.4", "d2d4e4787672911b48350df02ed3fa3fffdc2f2e8ca06dd6afdf34189b76a9dd",
        ("tests/test_multidict_benchmarks.py", "tests/test_views_benchmarks.py"),
        ("objgraph", "hypothesis"),
    ),
    Suite(
        "cattrs", "26.2.1", "679132bfdc225c5ee40c024fc42519954767c387f950dc6751946c586bccdc6d",
        ("bench",), ("cattrs[bson,cbor2,msgpack,orjson,pyyaml,tomlkit,ujson]", "hypothesis"),
    ),
    Suite(
        "ibis_framework", "12.0.0",
        "238624f2c14fdab8382ca2f4f667c3cdb81e29844cd5f8db8a325d0743767c61",
        ("ibis/tests/benchmarks", "-k", IBIS),
        ("ibis-framework[duckdb,postgres]", "pytest-mock", "pytest-snapshot", "hypothesis"),
    ),
    Suite(
        "yarl", "1.23.0", "53b1ea6ca88ebd4420379c330aea57e258408dd0df9af0992e5de2078dc9f5d5",
        ("tests/test_quoting_benchmarks.py", "tests/test_url_benchmarks.py"), ("hypothesis",),
    ),
    Suite(
        "pluggy", "1.7.0", "d1eaa46ebb595891b860ab086b4d09c8588af65ebd4361b8e8f4bb8920b90ba8",
        ("testing/benchmark.py",),
    ),
    Suite(
        "propcache", "0.5.4", "ff6b113f50bc066a698db5d944d2c6dc7507168dd3341e255a8892fd0715a558",
        ("tests/test_benchmarks.py",),
    ),
)  # fmt: skip


def main(folder: Path, *words: str) -> None:
    """Fetch, check, install and measure; print a line for each way and suite."""
    names = [word for word in words if "=" not in word]
    sessions = max([int(word.partition("=")[2]) for word in words if "=" in word], default=0)
    for suite in SUITES:
        if not names or suite.name in names:
            code = fetched(suite, folder)
            python = installed(suite, folder)
            for _ in range(sessions):
                run = measured(suite, code, python, blocks=True)
                told_ = f"{len(pairs(run['medians']))} | {run['wall']:.0f} s | {run['decided']}"
                print(f"| {suite.name} {suite.version} | blocks | {told_} |", flush=True)
            if sessions:
                continue
            runs = [measured(suite, code, python, blocks=number % 2 == 0) for number in range(4)]
            for way, (first, second) in (("blocks", runs[::2]), ("plain", runs[1::2])):
                print(
                    f"| {suite.name} {suite.version} | {way} | {told(first, second)} |", flush=True
                )


def fetched(suite: Suite, folder: Path) -> Path:
    """Return the unpacked archive of a suite, fetched and checked where it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{suite.stem}.tar.gz"
    if not archive.exists():
        page = f"{INDEX.rstrip('/')}/{suite.name}/"
        accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
        asked = urllib.request.Request(page, headers=accept)  # noqa: S310  an https index
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
            files = json.load(answer)["files"]
        (url,) = [file["url"] for file in files if file["filename"] == archive.name]
        whole = urllib.parse.urljoin(page, url)
        with urllib.request.urlopen(whole, timeout=60) as answer:  # noqa: S310
            archive.write_bytes(answer.read())
    if hashlib.sha256(archive.read_bytes()).hexdigest() != suite.sha256:
        message = f"{archive}: not the archive that was measured: remove it and fetch it again"
        raise SystemExit(message)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / suite.stem


def installed(suite: Suite, folder: Path) -> Path:
    """Return the interpreter of an environment that has a suite's package and this one."""
    environment = folder / f"{suite.stem}-environment"
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)  # noqa: S603
    wanted = [str(ROOT), f"{suite.name}=={suite.version}", "pytest-codspeed", *suite.needs]
    subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=True)  # noqa: S603
    return python


def measured(suite: Suite, code: Path, python: Path, *, blocks: bool) -> dict[str, Any]:
    """Measure a suite once; return its seconds, the medians, and how many claims are decided."""
    saved, results = code / "measured.json", code / "results-of-blocks"
    shutil.rmtree(results, ignore_errors=True)
    way = (
        [f"--blocks={BLOCKS}", f"--blocks-slice={SLICE}", f"--blocks-results={results}"]
        if blocks
        else ["--blocks=off", f"--benchmark-max-time={BLOCKS * SLICE}"]
    )
    command = [str(python), "-P", "-m", "pytest", *OPTIONS, *doubled(suite, code)]
    listed = subprocess.run(  # noqa: S603
        [*command, "--collect-only", "--benchmark-only"],
        cwd=code, check=True, capture_output=True, text=True,
    )  # fmt: skip
    names = [line for line in listed.stdout.splitlines() if "::" in line]
    (code / "claims.toml").write_text(claims(names))
    started = time.perf_counter()
    subprocess.run(  # noqa: S603
        [*command, *way, f"--benchmark-json={saved}"],
        cwd=code, check=False, capture_output=True, timeout=3600,
    )  # fmt: skip
    wall = time.perf_counter() - started
    (file,) = results.rglob("*.json") if blocks else (saved,)
    entries = json.loads(file.read_text())["benchmarks"]
    medians = {entry["fullname"]: entry["stats"]["median"] for entry in entries}
    (code / "claims.toml").write_text(claims(medians))  # without what was skipped
    verdicts = parallel_claims.check(file, code / "claims.toml")["verdict"]
    counts = {what: int((verdicts == what).sum()) for what in ("fails", "holds")}
    return {"wall": wall, "medians": medians, "decided": "{fails} + {holds}".format(**counts)}


AGAIN = "_again.py"
"""How the name of a copy ends."""


def doubled(suite: Suite, code: Path) -> list[str]:
    """Copy each file of benchmarks beside itself; return pytest's arguments for both."""
    found = []
    for name in suite.paths:
        path = code / name
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []
        tests = [f for f in files if f.name.startswith(("test_", "bench")) and AGAIN not in f.name]
        for file in tests:
            shutil.copy(file, copy := file.with_name(file.stem + AGAIN))
            found += [str(copy.relative_to(code))] if not path.is_dir() else []
    return [*suite.paths, *found]


def pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return each benchmark with its copy."""
    copies = {name.replace(AGAIN, ".py"): name for name in names if AGAIN in name}
    return [(name, copy) for name, copy in copies.items() if name in {*names}]


def claims(names: Iterable[str]) -> str:
    """Return a claims file that says of each copy that it is faster."""
    return "".join(
        f"[[claim]]\nid = '{number}'\nstatement = 'the copy is faster'\n"
        f"baseline = {json.dumps(one)}\ncontender = {json.dumps(other)}\n"
        "speedup = { at_least = 1.0 }\n"
        for number, (one, other) in enumerate(pairs(names))
    )


def told(first: dict[str, Any], second: dict[str, Any]) -> str:
    """Describe two runs of one way, as a row of a table."""
    both = (first["medians"], second["medians"])
    runs = [abs(both[1][name] / both[0][name] - 1) for name in both[0] if name in both[1]]
    copies = [abs(one[b] / one[a] - 1) for one in both for a, b in pairs(one)]
    return " | ".join(
        [
            str(len(pairs(both[0]))),
            f"{first['wall']:.0f}, {second['wall']:.0f} s",
            f"{first['decided']}, {second['decided']}",
            f"{statistics.median(copies):.1%}",
            f"{statistics.median(runs):.1%}",
        ]
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
