"""The benchmarks that both sides run, in a folder of each side's own.

Only tests are copied, not the project's packages: what they import is what is installed on
each side. A folder in which there is nothing to install is copied whole, with the tests put in.
"""

from __future__ import annotations

import configparser
import fnmatch
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides.environments import project_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

USUAL = ("benchmarks", "bench", "tests")
"""Where benchmarks usually are, where neither the user nor the project says it."""

SETTINGS = (
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
)
"""Where pytest's settings are, in its own order."""

PATTERNS = ("test_*.py", "*_test.py")
"""Which files pytest takes for tests, where the project does not say it."""

LEFT_OUT = (".git", "__pycache__")

WHOLE = PurePath()
"""All that a folder has."""


@dataclass(frozen=True)
class Suite:
    """The benchmarks of a folder.

    parts: its files and folders with benchmarks, relative to it; ``WHOLE`` where all is one.
    patterns: of the names of test files.
    """

    folder: Path
    parts: tuple[PurePath, ...]
    patterns: tuple[str, ...]

    def is_test(self, path: Path) -> bool:
        """Say whether a file is a test, or what pytest reads beside it."""
        return path.name == "conftest.py" or any(
            fnmatch.fnmatch(path.name, pattern) for pattern in self.patterns
        )


def find(folder: Path, chosen: Sequence[str], name: str) -> Suite:
    """Return the benchmarks of a folder.

    chosen: files and folders, as pytest is told; else what pytest's settings say, or what is usual.
    name: of the side that the folder belongs to.

    Raises:
        BadInputError: what is chosen is not there, or lies elsewhere.
    """
    settings = settings_of(folder)
    parts = [part(folder, text, name) for text in chosen]
    if not parts:
        found = [path for text in settings.get("testpaths", ()) for path in folder.glob(text)]
        found = found or [folder / usual for usual in USUAL if (folder / usual).is_dir()]
        parts = [path.relative_to(folder) for path in found]
    patterns = tuple(settings.get("python_files", ())) or PATTERNS
    return Suite(folder, tuple(parts) or (WHOLE,), patterns)


def part(folder: Path, text: str, name: str) -> PurePath:
    """Return the file or folder that an argument of pytest names.

    Raises:
        BadInputError: it is not there, or lies elsewhere.
    """
    found = PurePath(text.partition("::")[0])
    if found.is_absolute() or ".." in found.parts:
        message = f"{text}: name the benchmarks from {name} on, without a leading / or .."
        raise BadInputError(message)
    if not (folder / found).exists():
        message = f"{found}: no such file or folder in {name}, where the benchmarks come from"
        raise BadInputError(message)
    return found


def settings_of(folder: Path) -> dict[str, list[str]]:
    """Return pytest's settings of a folder, those that are lists of words; {} where it has none.

    Raises:
        BadInputError: pyproject.toml cannot be read.
    """
    for name in SETTINGS:
        found = read(folder / name)
        if found is not None:
            return {key: words(value) for key, value in found.items()}
    return {}


def read(path: Path) -> dict[str, Any] | None:
    """Return the settings that a file has; None where it is not there or has none of pytest."""
    if not path.is_file():
        return None
    if path.suffix == ".toml":
        told = project_file(path.parent) if path.name == "pyproject.toml" else {}
        tool = told.get("tool", {}).get("pytest")
        return tool if tool is None else tool | tool.get("ini_options", {})
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (configparser.Error, UnicodeError):
        return None
    section = "tool:pytest" if path.name == "setup.cfg" else "pytest"
    if parser.has_section(section):
        return dict(parser.items(section))
    return {} if path.name.endswith("pytest.ini") else None


def words(value: object) -> list[str]:
    """Return a setting as words: a list of them, or a text with spaces between them."""
    if isinstance(value, str):
        return shlex.split(value, comments=True)
    return [str(one) for one in value] if isinstance(value, list) else []


def lay(suite: Suite, target: Path, modules: Collection[str]) -> None:
    """Copy the benchmarks, and pytest's settings, into a new folder.

    modules: the project's own, which stay away.

    Raises:
        BadInputError: benchmarks lie in a folder that is the project's package itself.
    """
    target.mkdir()
    for name in (*SETTINGS, "conftest.py"):
        if (suite.folder / name).is_file():
            shutil.copy(suite.folder / name, target / name)
    for one in {copied(suite, part, modules) for part in suite.parts}:
        if one == WHOLE:
            copy_all(suite.folder, target, modules)
        else:
            copy(suite.folder / one, target / one)
    isolate(target)


def copied(suite: Suite, part: PurePath, modules: Collection[str]) -> PurePath:
    """Return what is copied for a part: with all that lies beside it, but never the package.

    Raises:
        BadInputError: it is the package itself.
    """
    if len(part.parts) <= 1 and not (suite.folder / part).is_dir():
        return WHOLE
    top = PurePath(*part.parts[:1])
    if not any(has(suite.folder / top, module) for module in modules) and top.name not in modules:
        return top
    found = part if (suite.folder / part).is_dir() else part.parent
    if found.name in modules:
        message = (
            f"{part}: lies in the package that is measured, and each side has its own: "
            "put benchmarks into a folder of theirs"
        )
        raise BadInputError(message)
    return found


def has(folder: Path, module: str) -> bool:
    """Say whether a folder has a module's source."""
    return (folder / module).is_dir() or (folder / f"{module}.py").is_file()


def copy_all(folder: Path, target: Path, modules: Collection[str]) -> None:
    """Copy all that a folder has but the project's modules, in it and in a folder like src."""
    for path in folder.iterdir():
        own = path.stem in modules and (path.is_dir() or path.suffix in {".py", ".pyi", ".so"})
        around = path.is_dir() and any(has(path, module) for module in modules)
        if not own and not around and path.name not in LEFT_OUT:
            copy(path, target / path.name)


def lay_over(suite: Suite, own: Path, target: Path) -> None:
    """Copy a side's own folder, and put the benchmarks of the suite in place of its own."""
    copy(own, target)
    if own != suite.folder:
        for part in suite.parts:
            source = suite.folder / part
            if source.is_file():
                copy_tests([source], suite, target)
            elif part == WHOLE:
                copy_tests(filter(suite.is_test, source.rglob("*.py")), suite, target)
            else:
                shutil.rmtree(target / part, ignore_errors=True)
                copy(source, target / part)
        for name in (*SETTINGS, "conftest.py"):
            (target / name).unlink(missing_ok=True)
            if (suite.folder / name).is_file():
                shutil.copy(suite.folder / name, target / name)
    isolate(target)


def copy_tests(files: Iterable[Path], suite: Suite, target: Path) -> None:
    """Copy single files of a suite."""
    for path in files:
        copy(path, target / path.relative_to(suite.folder))


def copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder with all in it."""
    if source.is_dir() and not source.is_symlink():
        ignore = shutil.ignore_patterns(*LEFT_OUT)
        shutil.copytree(source, target, symlinks=True, ignore=ignore, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target, follow_symlinks=False)


def isolate(folder: Path) -> None:
    """Keep pytest from taking settings from a folder above this one."""
    if not any(read(folder / name) is not None for name in SETTINGS):
        (folder / "pytest.ini").write_text("[pytest]\n")
