"""The site that docs/ builds, its links, and whether the references have all there is."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from parallel_claims import cli
from parallel_claims.engine import outcome
from parallel_claims.engine.questions import Look, Question, Size
from parallel_claims.judge import claims, claims_file, contrast
from parallel_claims.judge.rule import Bound
from parallel_claims.judge.rules import RULES, accounting, exact
from parallel_claims.plugin.hooks import Hooks
from parallel_claims.plugin.options import OPTIONS
from tests import documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    import msgspec

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
STRUCTS = (
    claims_file.ClaimsFile, claims.Statement, *RULES.values(), Bound, exact.Condition,
    contrast.Capacity, accounting.Account, accounting.Part, claims.Needs, claims.Published,
    claims.Opening, claims.Chart,
)  # fmt: skip


def page(name: str) -> str:
    """Return the text of a page."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_the_reference_has_every_key_of_a_claims_file(struct: type[msgspec.Struct]) -> None:
    """In code font, or as it is written in TOML."""
    text = page("claims-file")
    for key in struct.__struct_fields__:
        written = (f"`{key}`", f"`[[{key}]]`", f"`[{key}]`", f"{key} = ")
        assert any(form in text for form in written), key


def test_every_example_of_a_claims_file_is_one() -> None:
    """Read as it stands; a part of a file is read beside a claim."""
    beside = '[[claim]]\nid = "x"\nstatement = "X."\nbaseline = "a"\ncontender = "b"\n'
    beside += "speedup = { at_least = 1 }\n"
    read = 0
    for path in sorted(DOCS.glob("*.md")):
        for fence in documents.fences(path):
            if fence.file != "claims.toml":
                continue
            raw = tomllib.loads(fence.text if "[[claim]]" in fence.text else fence.text + beside)
            assert all(claim.benchmarks for claim in claims_file.of(path, raw).claims)
            read += 1
    assert read > len("five")


def test_the_reference_has_every_option_and_hook() -> None:
    """And what hooks, and the function that is measured, are given and give."""
    text = page("measuring")
    for option in OPTIONS:
        assert f"`{option.flag}" in text, option.flag
    for hook in vars(Hooks):
        assert not hook.startswith("pytest_") or f"`{hook}(" in text, hook
    for record in (Size, Question, Look, outcome.Outcome):
        for field in record.__dataclass_fields__:
            assert f"`{field}`" in text or f"{field}=" in text or f"the {field}" in text, field


def test_every_command_has_its_place() -> None:
    """A heading each, and no command that there is not."""
    headings = [line[3:] for line in page("commands").splitlines() if line.startswith("## ")]
    assert headings == list(cli.COMMANDS)


class Page(HTMLParser):
    """What a page of the site links to, and the places in it that can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down links and anchors."""
        found = dict(attrs)
        self.anchors |= {value for key in ("id", "name") if (value := found.get(key))}
        if tag in {"a", "link", "script", "img"}:
            link = found.get("href") or found.get("src")
            self.links += [link] if link else []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site strictly: a broken link within it is an error."""
    folder = tmp_path_factory.mktemp("site")
    result = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return folder


def inner(links: list[str]) -> Iterator[tuple[str, str]]:
    """Return the links within the site, each with the place in its page."""
    for link in links:
        parts = urlsplit(link)
        if not parts.scheme and not parts.netloc:
            yield unquote(parts.path), unquote(parts.fragment)


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    """To a file that is there, and to a place in it where one is named; example pages too."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    broken = []
    for path, found in pages.items():
        for link, anchor in inner(found.links):
            goal = (path.parent / link).resolve() if link else path
            place = goal / "index.html" if goal.is_dir() else goal
            lost = not place.is_file()
            if lost or (anchor and place in pages and anchor not in pages[place].anchors):
                broken.append(f"{path.relative_to(site)}: {link}#{anchor}")
    ours = [line for line in broken if not line.startswith("404.html")]  # it is served anywhere
    assert not ours, ours


def test_the_site_has_an_example_of_each_report(site: Path) -> None:
    """One run, several machines, a history whose planted step is told, comparisons likewise."""
    examples = site / "examples"
    for name in ("one-run.html", "machines/index.html", "history.html", "versus.html"):
        assert "<html" in (examples / name).read_text(encoding="utf-8"), name
    history = (examples / "history.txt").read_text(encoding="utf-8")
    assert history.startswith("30 runs, 1 series: 1 alarm of worse")
    assert history.count(" between 00") == 1
    assert "between 0020 of 2026-10-20" in " ".join(history.split())
    assert " claims compared: " in (examples / "comparison.txt").read_text(encoding="utf-8")
    versus = (examples / "versus.txt").read_text(encoding="utf-8")
    (said,) = (f.text for f in documents.fences(DOCS / "versus.md") if f.language == "text")
    there = [line.rstrip() for line in versus.splitlines()]
    assert said.splitlines() == there[: len(said.splitlines())]
