"""Pages of files from strangers, in Chromium: nothing runs, nothing is asked for, nothing fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import files, series
from tests.fuzz.fuzz_files import DOCUMENTS, RUN
from tests.fuzz.odd import mutated, steered
from tests.fuzz.told import told
from tests.test_browser import CHROMIUM, browser, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

__all__ = ["browser"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

SHARE = 20
"""A page takes as long as so many commands."""

EXAMPLES = max(10, settings().max_examples // SHARE)


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Stay in a folder of its own, with good claims."""
    found = tmp_path_factory.mktemp("fuzz-pages")
    series.claims_at(found)
    files.write(found / "run.json", RUN)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(found)
        yield found


@settings(max_examples=EXAMPLES)
@given(
    st.sampled_from(DOCUMENTS[:2]).flatmap(lambda one: steered(one) | mutated(one)),
    st.sampled_from([(), ("run.json",)]),
)
def test_pages(browser: Browser, folder: Path, document: Any, more: tuple[str, ...]) -> None:
    """Drawn from what they say, as text."""
    Path("odd.json").write_text(json.dumps(document))
    Path("page.html").unlink(missing_ok=True)
    told("report", "odd.json", *more, "--output", "page.html")
    if not Path("page.html").exists():
        return
    said: list[str] = []
    page = opened(browser, folder / "page.html", said)
    try:
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        assert page.evaluate("typeof window.pwned") == "undefined"
        assert said == []
    finally:
        page.context.close()
