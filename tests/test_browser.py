"""Pages in a real browser: drawn, silent, reachable by keyboard, readable on any ground."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from tests import series
from tests.analysis.test_report import hostile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Request

ROOT = Path(__file__).parents[1]
QUICK = ROOT / "results" / "amd-epyc-2cpu-24gib-vm" / "cpython-3.11.7" / "0004_quick.json"
CHROMIUM = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (path := shutil.which(name))
    ),
    None,
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser once."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make the pages: of one real run, of three machines, of 50 runs, and of hostile names."""
    folder = tmp_path_factory.mktemp("pages")
    rng = np.random.default_rng(4)
    for name, speedup in (("one", 1.9), ("two", 1.2), ("three", 1.5)):
        for scale in ("quick", "course"):
            path = folder / "three" / name / "cpython-3.11.7" / f"0001_{scale}.json"
            series.one_run(path, speedup, rng, scale=scale)
    series.history(folder / "fifty", [1.9] * 30 + [1.6] * 20)
    series.claims_at(folder)
    (folder / "hostile").mkdir()
    hostile(folder / "hostile")
    own = ("--claims", str(folder / "claims.toml"))
    other = folder / "hostile"
    wanted: dict[str, tuple[str, ...]] = {
        "one": (str(QUICK),),
        "three": (str(folder / "three"), *own),
        "fifty": (str(folder / "fifty"), *own),
        "hostile": (
            str(other / "run.json"),
            "--claims",
            str(other / "claims.toml"),
        ),
    }
    for name, args in wanted.items():
        command = [sys.executable, "-m", "analysis", "report", *args]
        command += ["--output", str(folder / f"{name}.html")]
        made = subprocess.run(  # noqa: S603  this very Python
            command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        assert made.returncode == 0, made.stderr
    return {name: folder / f"{name}.html" for name in wanted}


ALL = ["one", "three", "fifty", "hostile"]
ALL_DRAWN = "() => charts.every((c) => !c.checkVisibility() || c.querySelector('svg'))"


def opened(browser: Browser, path: Path, said: list[str], **more: Any) -> Page:
    """Open a page and wait until its charts are drawn; what it says and asks for is noted."""
    page = browser.new_page(**more)

    def asked(request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            said.append(request.url)

    page.on("console", lambda message: said.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", asked)
    page.goto(path.as_uri())
    page.wait_for_function(ALL_DRAWN, timeout=20_000)
    return page


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light")])
def test_pages_are_drawn_without_a_word_or_a_request(
    browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    """No console message, no error, no request; no sideways scrolling on a phone."""
    said: list[str] = []
    page = opened(
        browser, pages[name], said, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    assert page.locator(".chart svg").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is (scheme == "light")
    page.close()
    assert said == []


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(
    browser: Browser, pages: dict[str, Path], name: str, scheme: str
) -> None:
    """WCAG 2.2 AA, with every fold open and on a phone too."""
    found = importlib.util.find_spec("axe_playwright_python")
    assert found is not None
    assert found.origin is not None
    axe = Path(found.origin).with_name("axe.min.js").read_text()
    page = opened(browser, pages[name], [], color_scheme=scheme, bypass_csp=True,
                  viewport={"width": 360, "height": 800})  # fmt: skip
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.wait_for_function(ALL_DRAWN)
    page.evaluate(axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    result = page.evaluate("(tags) => axe.run({ runOnly: tags })", tags)
    page.close()
    told = [(v["id"], v["nodes"][0]["html"][:200]) for v in result["violations"]]
    assert told == []


def test_points_are_told_by_mouse_and_by_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    """The same words, in a live region; Escape and leaving hide them."""
    page = opened(browser, pages["one"], [])
    chart = page.locator("#run-0-scaling")
    chart.scroll_into_view_if_needed()
    tip = page.locator("#tooltip")
    assert tip.is_hidden()
    chart.focus()
    page.keyboard.press("ArrowRight")
    by_key = tip.inner_text()
    assert by_key.startswith("claim: 17.2-two-processes")
    assert "speedup: 1.755" in by_key
    page.keyboard.press("ArrowRight")
    assert tip.inner_text() != by_key
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    chart.locator("svg .mark-rect.role-mark path").first.hover()
    assert tip.inner_text() == by_key
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    assert tip.is_hidden()
    page.close()


def test_the_page_prints_whole(browser: Browser, pages: dict[str, Path]) -> None:
    """Folds open and every chart is drawn; black on white, also for those who read on dark."""
    page = opened(browser, pages["fifty"], [], color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("() => charts.every((c) => c.querySelector('svg'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("nav").is_hidden()
    assert len(page.pdf()) > 20_000
    page.close()


def test_a_table_has_the_numbers_of_each_chart(browser: Browser, pages: dict[str, Path]) -> None:
    """One for each, reachable by keyboard."""
    page = opened(browser, pages["one"], [])
    assert page.locator("figure").count() == page.locator("figure details table").count() > 20
    summary = page.locator("figure summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("figure table").first.is_visible()
    page.close()


def test_charts_follow_the_width(browser: Browser, pages: dict[str, Path]) -> None:
    """A window that becomes narrow has narrow charts."""
    page = opened(browser, pages["three"], [], viewport={"width": 1200, "height": 800})
    wide = page.locator(".chart svg").first.bounding_box()
    page.set_viewport_size({"width": 400, "height": 800})
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        narrow = page.locator(".chart svg").first.bounding_box()
        if narrow and narrow["width"] <= 400:
            break
    assert wide is not None
    assert wide["width"] > 700
    assert narrow is not None
    assert narrow["width"] <= 400
    page.close()
