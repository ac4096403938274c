"""What a side lacks, by what pytest wrote as it failed; and the words that bring it."""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from parallel_claims.versus.sides import declared, settings
from parallel_claims.versus.sides.running import FailedError, output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_claims.versus.records import Version

SAID = (
    (re.compile(r"No module named ['\"]([\w.]+)"), "module"),
    (re.compile(r"Unknown config options?: (\w+)"), "setting"),
    (re.compile(r"fixture '(\w+)' not found"), "fixture"),
    (re.compile(r"'(\w+)' not found in `markers`"), "marker"),
    (re.compile(r"(pytest[-_]\w[\w-]*) (?:needs to be|must be|is not) installed"), "module"),
)
"""How pytest says that something is not there, and what it is."""

MODULES = {
    "attr": "attrs", "bs4": "beautifulsoup4", "cv2": "opencv-python", "dateutil": "python-dateutil",
    "PIL": "pillow", "skimage": "scikit-image", "sklearn": "scikit-learn", "yaml": "pyyaml",
    "xdist": "pytest-xdist",
}  # fmt: skip
"""The distributions of modules that have another name."""

OF_PLUGINS = {
    "aiohttp_client": "pytest-aiohttp", "anyio": "anyio", "anyio_backend": "anyio",
    "asyncio": "pytest-asyncio", "datadir": "pytest-datadir", "django": "pytest-django",
    "env": "pytest-env", "faker": "faker", "httpbin": "pytest-httpbin",
    "httpserver": "pytest-httpserver", "httpx_mock": "pytest-httpx", "hypothesis": "hypothesis",
    "mock": "pytest-mock", "mocker": "pytest-mock", "qt": "pytest-qt", "qtbot": "pytest-qt",
    "randomly": "pytest-randomly", "requests_mock": "requests-mock", "respx_mock": "respx",
    "run_parallel": "pytest-run-parallel", "snapshot": "syrupy", "split": "pytest-split",
    "subtests": "pytest-subtests", "trio": "pytest-trio", "twisted": "pytest-twisted",
}  # fmt: skip
"""The plugins whose options, settings, fixtures and markers have such a name, or begin so."""


def hint(told: str, version: Version) -> str:
    """Return the words that bring all that is lacking, the project's own extras and groups first.

    Pytest ends at the first thing that is not there; what else the suite asks for is looked up.

    told: what pytest wrote. version: the side with the files of the suite.
    """
    folder = version.folder
    lacking = dict.fromkeys(distributions(told, folder))
    if not lacking:
        unknown = "unrecognized arguments" in told
        return ": a plugin that knows them is not there: add --with NAME" if unknown else ""
    there = set(map(canonicalize_name, version.facts.get("packages", ())))
    more = (*of_settings(folder), *of_imports(version))
    lacking |= dict.fromkeys(name for name in more if canonicalize_name(name) not in there)
    options = declared.where(folder, list(lacking))
    brought = {name for option in options for name in declared.names_in(folder, option)}
    options += [f"--with {name}" for name in lacking if name not in brought]
    return f": add {' '.join(options)}"


def of_settings(folder: Path) -> Iterator[str]:
    """Yield the plugins that pytest's settings are for."""
    said = settings.settings_of(folder)
    for key in said:
        yield from plugin(key)
    for word in said.get("addopts", ()):
        yield from plugin(word.lstrip("-").partition("=")[0].replace("-", "_"))


def of_imports(version: Version) -> Iterator[str]:
    """Yield the distributions of modules that a suite imports, and that are not there."""
    names = sorted({name for path in of_suite(version.folder) for name in imported(path)})
    try:
        told = output([version.python, "-c", ABSENT, *names], cwd=version.folder)
    except FailedError:
        return
    for name in told.split():
        yield from module(name, version.folder)


ABSENT = """
import sys
from importlib.util import find_spec
print(*(name for name in sys.argv[1:] if find_spec(name) is None))
"""


def of_suite(folder: Path) -> Iterator[Path]:
    """Yield the files with benchmarks, and each conftest.py."""
    for path in folder.rglob("*.py"):
        with suppress(OSError, UnicodeError):
            if path.name == "conftest.py" or "benchmark" in path.read_text("utf-8"):
                yield path


def imported(path: Path) -> Iterator[str]:
    """Yield the names of modules that a file imports in any case: at its top."""
    with suppress(SyntaxError, ValueError):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Import):
                yield from (one.name.partition(".")[0] for one in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def distributions(told: str, folder: Path) -> Iterator[str]:
    """Yield the distributions of what is not there, modules of the project itself excepted."""
    for pattern, what in SAID:
        for name in pattern.findall(told):
            yield from module(name, folder) if what == "module" else plugin(name)
    for options in re.findall(r"unrecognized arguments: (.*)", told):
        for name in re.findall(r"--([\w-]+)", options):
            yield from plugin(name.replace("-", "_"))


def module(name: str, folder: Path) -> Iterator[str]:
    """Yield the distribution of a module, unless it is the project's own."""
    top = name.partition(".")[0]
    if not any(path for place in (top, f"{top}.py") for path in folder.rglob(place)):
        yield MODULES.get(top, top.replace("_", "-").lower())


def plugin(name: str) -> Iterator[str]:
    """Yield the plugin whose word this is, by all of it or by how it begins."""
    found = OF_PLUGINS.get(name) or OF_PLUGINS.get(name.partition("_")[0])
    if found:
        yield found
