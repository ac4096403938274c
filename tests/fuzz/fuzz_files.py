"""Results files, claims files and bytes of both, through every command that reads them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import files, series
from tests.fuzz.odd import damaged, mutated, toml
from tests.fuzz.told import ended, lines_of_errors, told

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"


def small(path: Path, count: int = 4, rounds: int = 9) -> dict[str, Any]:
    """Return a saved file with only some of its benchmarks and rounds."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    group = found["benchmarks"][0]["group"]
    own = [b for b in found["benchmarks"] if b["group"] == group][:count]
    for benchmark in own:
        info = benchmark["extra_info"]
        for table in filter(None, [benchmark["stats"], info, info.get("recorded")]):
            for key, value in table.items():
                table[key] = value[:rounds] if isinstance(value, list) else value
        benchmark["extra_info"].pop("lost", None)
    return found | {"benchmarks": own}


COMMITTED = max((ROOT / "results").rglob("0*quick.json"))
RUN = files.document(
    [files.entry(f"test_{n}", [1.0 + n / 10] * 8, recorded={"cores": [1.0] * 8}) for n in (0, 1)],
    suite={"conditions": [{"mhz": 2000.0, "steal_seconds": 1.0}], "speeds": [
        {"cpu": 0, "slow_share": 0.1, "slow_speed": 0.5}]},
)  # fmt: skip
DOCUMENTS = [
    RUN,
    small(COMMITTED),
    *(small(path) for path in sorted((DATA / "pytest-benchmark").glob("*.json"))),
]
COMMANDS = [
    tuple(text.split())
    for text in (
        "check",
        "check --all",
        "check --format json",
        "check --format markdown",
        "check --format matrix",
        "compare run.json",
        "compare run.json --seconds",
        "compare run.json --format json",
        "compare --format markdown run.json",
        "history",
        "history --format json",
        "report --output page.html",
        "calibrate --sims 10",
    )
]


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Stay in a folder of its own, with a good run and good claims."""
    found = tmp_path_factory.mktemp("fuzz")
    files.write(found / "run.json", RUN)
    series.claims_at(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(found)
        yield found


@given(st.sampled_from(DOCUMENTS).flatmap(mutated), st.sampled_from(COMMANDS))
def test_changed_results(document: Any, command: tuple[str, ...]) -> None:
    """Judged, or told in one line."""
    Path("odd.json").write_text(json.dumps(document))
    lines_of_errors(told(*command, "odd.json"))


@given(st.sampled_from(DOCUMENTS[:4]).flatmap(lambda d: damaged(json.dumps(d).encode())),
       st.sampled_from(COMMANDS))  # fmt: skip
def test_damaged_results(content: bytes, command: tuple[str, ...]) -> None:
    """Bytes that a disk or a download spoiled."""
    Path("odd.json").write_bytes(content)
    lines_of_errors(told(*command, "odd.json"))


CLAIMS = [tomllib.loads((ROOT / "analysis" / "claims.toml").read_text(encoding="utf-8"))]
CLAIMS += [tomllib.loads(path.read_text()) for path in DATA.rglob("claims.toml")]
FEW = [known | {"claim": known["claim"][start::9][:3]} for known in CLAIMS for start in range(9)]
JUDGING = [command for command in COMMANDS if command[0] != "calibrate"]


@given(st.sampled_from([c for c in FEW if c["claim"]]).flatmap(mutated), st.sampled_from(JUDGING))
def test_changed_claims(document: dict[str, Any], command: tuple[str, ...]) -> None:
    """On the run that they are about, and on one that knows nothing of them."""
    Path("odd.toml").write_text(toml(document), encoding="utf-8", errors="replace")
    for run in ("run.json", str(COMMITTED)):
        lines_of_errors(told(*command, run, "--claims", "odd.toml"))


@given(damaged((ROOT / "analysis" / "claims.toml").read_bytes()))
def test_damaged_claims(content: bytes) -> None:
    """Bytes that an editor or a merge spoiled."""
    Path("odd.toml").write_bytes(content)
    lines_of_errors(told("check", str(COMMITTED), "--claims", "odd.toml"))


TYPED = (
    "check compare history report embed calibrate run.json . --all --strict --format json markdown "
    "--claims claims.toml --size --within 5% --since 2026-01-01 --seconds --output x.html "
    "--machine --charts 0001 -- -h --help"
)
WORDS = st.sampled_from(TYPED.split())
TEXT = st.text(st.characters(blacklist_characters="\0/", blacklist_categories=["Cs"]), max_size=6)


@given(st.lists(WORDS | TEXT, max_size=6))
def test_command_lines(arguments: list[str]) -> None:
    """Whatever is typed; its echo is in the user's own words."""
    if not {"calibrate", "versus"} & set(arguments):  # they would measure
        ended(*arguments)
