"""Pages in a real browser: drawn, silent, reachable by keyboard, readable on any ground."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright

from parallel_claims.report.versus import page as versus_page
from tests import files, series, versions
from tests.course import analysis
from tests.report.test_report import hostile

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
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.slow,
]

LONG = 300_000
"""Milliseconds that nothing takes: they bound a wait of which only the end matters."""

expect.set_options(timeout=LONG)

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser once."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, timeout=LONG)
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make the pages: a real run, three machines, 50 runs, hostile names, two versions."""
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
    foreign(folder / "foreign")
    wanted: dict[str, tuple[str, ...]] = {
        "one": (str(QUICK),),
        "three": (str(folder / "three"), *own),
        "fifty": (str(folder / "fifty"), *own),
        "foreign": (
            str(folder / "foreign" / "run.json"),
            "--claims",
            str(folder / "foreign" / "claims.toml"),
        ),
        "hostile": (
            str(other / "run.json"),
            "--claims",
            str(other / "claims.toml"),
        ),
    }
    for name, args in wanted.items():
        made = analysis(ROOT, "report", *args, "--output", str(folder / f"{name}.html"))
        assert made.returncode == 0, made.stderr
    versus = versus_page.html(versions.versus(claims=(versions.CLAIM,), missing=versions.MISSING))
    (folder / "versus.html").write_text(versus, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in ALL}


def foreign(folder: Path) -> None:
    """Save a run of 245 benchmarks without blocks and groups, and 121 claims on them."""
    rng = np.random.default_rng(6)
    entries = [
        files.entry(f"test_{n}", rng.uniform(1, 1.1, 8).tolist(), blocks=False, group=None)
        for n in range(245)
    ]
    files.write(folder / "run.json", files.document(entries, suite=None))
    claim = (
        '[[claim]]\nid = "claim-{0}"\nstatement = "Operation {0} is as fast as its other form."\n'
        'baseline = "test_{1}"\ncontender = "test_{2}"\nspeedup = {{ at_least = {3} }}\n'
    )
    told = [claim.format(n, 2 * n, 2 * n + 1, 0.8 if n % 8 else 1.5) for n in range(121)]
    (folder / "claims.toml").write_text("".join(told))


ALL = ["one", "three", "fifty", "foreign", "hostile", "versus"]
FOLDED = {"three", "foreign", "hostile"}
"""Pages that say what is new without a chart."""

ALL_DRAWN = "() => charts.every((c) => !c.checkVisibility() || c.querySelector('svg'))"


def opened(browser: Browser, path: Path, said: list[str], **more: Any) -> Page:
    """Open a page and wait until its charts are drawn; what it says and asks for is noted."""
    page = browser.new_page(**more)
    page.set_default_timeout(LONG)

    def asked(request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            said.append(request.url)

    page.on("console", lambda message: said.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", asked)
    page.goto(path.as_uri())
    page.wait_for_function(ALL_DRAWN)
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
    if name not in FOLDED:
        expect(page.locator(".chart svg")).not_to_have_count(0)
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


def test_no_script_runs_but_our_own(browser: Browser, pages: dict[str, Path]) -> None:
    """All charts are drawn by the two scripts that the policy names; no other, and no eval."""
    page = opened(browser, pages["hostile"], [])
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.wait_for_function(ALL_DRAWN)
    assert page.locator(".chart svg").count() == page.locator(".chart").count() > 0
    policy = page.locator("meta[http-equiv]").get_attribute("content") or ""
    scripts = next(part for part in policy.split(";") if "script-src" in part)
    assert re.fullmatch(r" script-src( 'sha256-[A-Za-z0-9+/=]{44}'){2}", scripts)
    page.evaluate(
        "() => { const own = document.createElement('script'); own.textContent = 'ran = 1';"
        " document.head.append(own); setTimeout('ran = 2');"
        " document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"ran = 3\">'); }"
    )
    page.wait_for_timeout(200)  # a script that were allowed would have run
    assert page.evaluate("window.ran === undefined")
    page.close()


def test_points_are_told_by_mouse_and_by_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    """The same words, in a live region; Escape and leaving hide them."""
    page = opened(browser, pages["one"], [])
    chart = page.locator("#run-0-scaling")
    chart.scroll_into_view_if_needed()
    tip = page.locator("#tooltip")
    expect(tip).to_be_hidden()
    chart.focus()
    page.keyboard.press("ArrowRight")
    expect(tip).to_contain_text("claim: NumPy's linear algebra runs on a threaded BLAS")
    expect(tip).to_contain_text("speedup: 1.382")
    by_key = tip.inner_text()
    page.keyboard.press("ArrowRight")
    expect(tip).not_to_have_text(by_key, use_inner_text=True)
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    chart.locator("svg .mark-rect.role-mark path").first.hover()
    expect(tip).to_have_text(by_key, use_inner_text=True)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(tip).to_be_hidden()
    page.close()


def test_the_page_prints_whole(browser: Browser, pages: dict[str, Path]) -> None:
    """Folds open and every chart is drawn; black on white, also for those who read on dark."""
    page = opened(browser, pages["fifty"], [], color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(ALL_DRAWN)
    expect(page.locator("details:not([open])")).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.locator("nav")).to_be_hidden()
    assert len(page.pdf()) > 20_000
    page.close()


def test_a_table_has_the_numbers_of_each_chart(browser: Browser, pages: dict[str, Path]) -> None:
    """One for each, reachable by keyboard."""
    page = opened(browser, pages["one"], [])
    assert page.locator("figure").count() == page.locator("figure details table").count() > 20
    figure = page.locator("#overview figure").first
    figure.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(figure.locator("table")).to_be_visible()
    page.close()


def test_charts_follow_the_width(browser: Browser, pages: dict[str, Path]) -> None:
    """A window that becomes narrow has narrow charts."""
    page = opened(browser, pages["one"], [], viewport={"width": 1200, "height": 800})
    wide = page.locator(".chart svg").first.bounding_box()
    assert wide is not None
    assert wide["width"] > 700
    page.set_viewport_size({"width": 400, "height": 800})
    for _ in range(200):  # a page's policy forbids what waits for a condition within it
        narrow = page.locator(".chart svg").first.bounding_box()
        if narrow is not None and narrow["width"] <= 400:
            break
        page.wait_for_timeout(50)
    else:
        pytest.fail("the chart stays wide")
    page.close()


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_short_until_something_is_unfolded(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    """At most 5,000 pixels on a wide screen, whatever was measured."""
    page = opened(browser, pages[name], [], viewport={"width": 1280, "height": 800})
    assert page.evaluate("document.documentElement.scrollHeight") <= 5_000
    assert pages[name].stat().st_size <= 1_200_000
    page.close()


def test_one_run_is_printed_on_six_pages(browser: Browser, pages: dict[str, Path]) -> None:
    """With all its tables, and no chart wider than the paper."""
    page = opened(browser, pages["one"], [], viewport={"width": 1280, "height": 800})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(ALL_DRAWN)
    page.evaluate("document.body.style.width = '700px'")
    widths = page.evaluate("[...document.querySelectorAll('.chart svg')].map((s) => s.clientWidth)")
    assert max(widths) <= 700
    assert page.locator("#evidence table").first.is_visible()
    page.evaluate("document.body.style.width = ''")
    whole = page.pdf(format="A4")
    assert len(re.findall(rb"/Type /Page\b", whole)) <= 6
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".sections > details[open]").count() == 0
    page.close()


def test_what_holds_is_folded_and_a_link_opens_its_fold(
    browser: Browser, pages: dict[str, Path]
) -> None:
    """The news lead to their claims, also by keyboard and a second time."""
    page = opened(browser, pages["one"], [], viewport={"width": 1280, "height": 800})
    assert page.locator(".claim.holds:visible").count() == 0
    link = page.locator(".news a").nth(1)
    for _ in range(2):
        link.focus()
        page.keyboard.press("Enter")
        target = page.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']")
        target.wait_for(state="visible")
        assert target.inner_text().startswith(link.inner_text())
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = false; })")
    page.close()


def test_claims_are_found_and_put_in_order(browser: Browser, pages: dict[str, Path]) -> None:
    """By words and by verdict, by section, by what needs a look, by statement; and back."""
    page = opened(browser, pages["one"], [], viewport={"width": 1280, "height": 800})
    tools, shown = page.locator(".tools"), page.locator(".claim:visible")
    total = page.locator(".claim").count()
    tools.locator("[name=find]").fill("THREADS")
    found = shown.count()
    assert 0 < found < total
    assert all("threads" in text.lower() for text in shown.all_inner_texts())
    assert tools.locator("output").inner_text() == f"{found} of {total} claims"
    tools.locator("[name=find]").fill("")
    tools.locator("[name=verdict]").select_option("undecided")
    assert shown.count() == page.locator(".claim.undecided").count() > 0
    tools.locator("[name=verdict]").select_option("")
    tools.locator("[name=order]").select_option("rank")
    assert shown.count() == total
    assert "fails" in (shown.first.get_attribute("class") or "")
    tools.locator("[name=order]").select_option("statement")
    assert shown.first.inner_text() < shown.last.inner_text()
    tools.locator("[name=order]").select_option("section")
    assert page.locator(".sorted .claim").count() == 0
    assert page.locator(".sections .claim").count() == total
    page.close()


def test_a_table_that_is_cut_off_says_so(browser: Browser, pages: dict[str, Path]) -> None:
    """On a phone; on a wide screen all of it is there."""
    page = opened(browser, pages["three"], [], viewport={"width": 1280, "height": 800})
    table = page.locator("#side-by-side .scroll").first
    assert "more" not in (table.get_attribute("class") or "").split()
    page.set_viewport_size({"width": 360, "height": 800})
    page.locator("#side-by-side .scroll.more").first.wait_for()
    page.close()
