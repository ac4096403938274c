"""Files of our own: journals through recover, caches behind history, linked pairs in compare.

What is damaged may be left out, and is told; no number may become another one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_claims.journal import lines
from parallel_claims.versus.saving import save
from tests import series, versions
from tests.engine.test_recover import written
from tests.fuzz.odd import damaged, mutated
from tests.fuzz.told import lines_of_errors, told

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Stay in a folder of its own."""
    found = tmp_path_factory.mktemp("fuzz-own")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(found)
        yield found


@pytest.fixture(scope="module")
def journal(folder: Path) -> bytes:
    """Return the journal of a run that was killed."""
    (folder / "journal").mkdir()
    return written(folder / "journal").read_bytes()


Times = set[tuple[str, int, float]]


def recovered(content: bytes) -> Times | None:
    """Recover a journal; return what it gave: test, block, seconds; or None where nothing."""
    folder = Path("recovering")
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    (folder / "0001.journal.jsonl").write_bytes(content)
    lines_of_errors(told("recover", str(folder)))
    made = [*folder.glob("*.json")]
    if not made:
        return None
    entries = json.loads(made[0].read_text())["benchmarks"]
    return {
        (entry["fullname"], block, seconds)
        for entry in entries
        for block, seconds in zip(
            entry["extra_info"]["blocks"], entry["stats"]["data"], strict=True
        )
    }


@given(st.data())
def test_damaged_journals(journal: bytes, data: st.DataObject) -> None:
    """Each round that comes out is one that went in."""
    whole = recovered(journal)
    found = recovered(data.draw(damaged(journal)))
    assert whole is not None
    assert found is None or found <= whole


@given(st.data())
def test_changed_journals(journal: bytes, data: st.DataObject) -> None:
    """Lines that somebody wrote on purpose: recovered, or told in one line."""
    document = [json.loads(lines.told_by(row)) for row in journal.splitlines()]
    changed = data.draw(mutated(document))
    rows = changed if isinstance(changed, list) else [changed]
    texts = [lines.written(row) for row in rows if isinstance(row, dict) and row]
    recovered("".join(texts).encode(errors="surrogatepass"))


COMPARING = [
    tuple(text.split())
    for text in (
        "compare A.json B.json",
        "compare A.json B.json --format json",
        "compare B.json A.json --format markdown",
        "report A.json B.json --output page.html",
        "check B.json --all",
    )
]


@pytest.fixture(scope="module")
def pairs(folder: Path) -> tuple[Any, Any]:
    """Return the two files of a comparison."""
    series.claims_at(folder)
    found = versions.versus(versions.SLOWER, versions.NAMES[60:64])
    first, second = (json.loads(path.read_text()) for path in save(found, folder / "saved"))
    return first, second


@given(st.data(), st.sampled_from(COMPARING))
def test_changed_pairs(
    pairs: tuple[Any, Any], data: st.DataObject, command: tuple[str, ...]
) -> None:
    """One of both files, or both, are not what was saved."""
    for name, document in zip("AB", pairs, strict=True):
        odd = data.draw(st.booleans())
        Path(f"{name}.json").write_text(
            json.dumps(data.draw(mutated(document)) if odd else document)
        )
    lines_of_errors(told(*command))
