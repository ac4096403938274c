"""The benchmarks that both sides run, in a folder of each side's own.

All that the project has is copied, so that nothing is missing beside them, less the packages that
are installed: what the benchmarks import is each side's. A folder in which there is nothing to
install is copied as each side has it, with the tests put in.
"""

from __future__ import annotations

import fnmatch
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides import settings
from parallel_claims.versus.sides.environments import buildable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

USUAL = ("benchmarks", "bench", "tests")
"""Where benchmarks usually are, where neither the user nor the project says it."""

PATTERNS = ("test_*.py", "*_test.py")
"""Which files pytest takes for tests, where the project does not say it."""

LEFT_OUT = (".git", "__pycache__")

WHOLE = PurePath()
"""All that a folder has."""


@dataclass(frozen=True)
class Suite:
    """The benchmarks of a folder.

    parts: its files and folders with benchmarks, relative to it; ``WHOLE`` where all is one.
    patterns: of the names of test files. arguments: for pytest, where the user named no part.
    required: plugins that pytest's settings ask for, as requirements. left_out: what these settings
    say against measuring. loaded: plugins that they load with ``-p``.
    """

    folder: Path
    parts: tuple[PurePath, ...]
    patterns: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    loaded: tuple[str, ...] = ()

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
    said = settings.settings_of(folder)
    parts = [part(folder, text, name) for text in chosen]
    if not parts:
        found = [path for text in said.get("testpaths", ()) for path in folder.glob(text)]
        found = found or [folder / usual for usual in USUAL if (folder / usual).is_dir()]
        parts = [path.relative_to(folder) for path in found]
    return Suite(
        folder,
        tuple(parts) or (WHOLE,),
        tuple(said.get("python_files", ())) or PATTERNS,
        () if chosen else tuple(map(str, parts)),
        tuple(said.get("required_plugins", ())),
        tuple(settings.left_out(said.get("addopts", ()))),
        tuple(settings.loaded(said.get("addopts", ()))),
    )


def stand_in(suite: Suite, target: Path, packages: Collection[str]) -> None:
    """Write modules that do nothing for plugins that are to be loaded, and are not there."""
    for name in suite.loaded:
        if settings.DISTRIBUTIONS[name] not in packages:
            *above, last = name.split(".")
            folder = target.joinpath(*above)
            folder.mkdir(exist_ok=True)
            (folder / f"{last}.py").write_text(f'"""Stands where {name} is not needed."""\n')


def nested(suite: Suite) -> tuple[PurePath, PurePath] | None:
    """Return a project further down that benchmarks belong to, and where in it they are.

    None where all belong to the folder itself.
    """
    found = sorted(
        PurePath(path.parent.relative_to(suite.folder))
        for pattern in ("pyproject.toml", "setup.py")
        for depth in ("*/", "*/*/", "*/*/*/")
        for path in suite.folder.glob(depth + pattern)
        if buildable(path.parent)
    )
    for part in suite.parts:
        for project in found:
            if part != WHOLE and part.is_relative_to(project):
                return project, part.relative_to(project)
    if suite.parts != (WHOLE,) or not found:
        return None
    tests = (path for path in files(suite.folder) if suite.is_test(path))
    projects = [suite.folder / project for project in found]
    inside = [any(map(path.is_relative_to, projects)) for path in tests]
    return (found[0], WHOLE) if inside and all(inside) else None


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


def lay(suite: Suite, target: Path, modules: Collection[str]) -> tuple[str, ...]:
    """Copy all that the project has, pytest's settings among it, into a new folder.

    modules: the project's own, which stay away.

    Returns:
        what pytest is to be told beside: to import a package before the tests that lie in it,
        since what is left of its folder would be taken for it.

    Raises:
        BadInputError: benchmarks lie in a folder that is the project's package itself.
    """
    away, first = packages(suite, modules), []
    copy(suite.folder, target, away)
    for part in suite.parts:
        inside = [path for path in away if (suite.folder / part).is_relative_to(path)]
        if inside and part != WHOLE:
            one = of_their_own(suite.folder, part, inside)
            first += ["-p", inside[0].name]
            copy(suite.folder / one, target / one)
            for above in one.parents:  # their fixtures
                if (suite.folder / above / "conftest.py").is_file():
                    copy(suite.folder / above / "conftest.py", target / above / "conftest.py")
    isolate(target)
    return tuple(first)


def packages(suite: Suite, modules: Collection[str]) -> set[Path]:
    """Return where the project's modules lie: at its top, or in a folder there such as src.

    What is called like one within the benchmarks is another thing.
    """
    chosen = [suite.folder / part for part in suite.parts if part != WHOLE]
    folders = [suite.folder, *filter(Path.is_dir, suite.folder.iterdir())]
    return {
        path
        for folder in folders
        if folder.name not in USUAL and not any(map(folder.is_relative_to, chosen))
        for path in folder.iterdir()
        if path.name.partition(".")[0] in modules
        and (path.is_dir() or path.suffix in {".py", *COMPILED})
    }


def of_their_own(folder: Path, part: PurePath, packages: Iterable[Path]) -> PurePath:
    """Return the folder of benchmarks that lie in the project's package, to be copied without it.

    Raises:
        BadInputError: it is the package itself.
    """
    found = part if (folder / part).is_dir() else part.parent
    if folder / found in packages:
        message = (
            f"{part}: lies in the package that is measured, and each side has its own: "
            "put benchmarks into a folder of theirs"
        )
        raise BadInputError(message)
    return found


def lay_over(suite: Suite, own: Path, target: Path) -> list[PurePath]:
    """Copy a side's own folder, and put the tests of the suite in place of its own.

    Code that lies among them may be what is measured: each side has its own.

    Returns:
        the files of code among the tests that are another on this side than on the suite's.
    """
    copy(own, target)
    differing: list[PurePath] = []
    if own != suite.folder:
        for part in suite.parts:
            for path in files(target / part):
                name = path.relative_to(target)
                if suite.is_test(path) and not (suite.folder / name).exists():
                    path.unlink()
            for path in files(suite.folder / part):
                name = path.relative_to(suite.folder)
                if suite.is_test(path) or not is_code(path) or not (target / name).exists():
                    copy(path, target / name)
                elif (target / name).read_bytes() != path.read_bytes():
                    differing.append(name)
        for setting in (*settings.FILES, "conftest.py"):
            (target / setting).unlink(missing_ok=True)
            if (suite.folder / setting).is_file():
                shutil.copy(suite.folder / setting, target / setting)
    isolate(target)
    return differing


COMPILED = (".so", ".pyd", ".pyi", ".pyx", ".c", ".cpp")
"""How files of code end, beside those of Python."""


def is_code(path: Path) -> bool:
    """Say whether a file may be a part of what is measured."""
    return path.suffix in {".py", *COMPILED}


def files(part: Path) -> list[Path]:
    """Return a file, or all files in a folder but those that no side has."""
    if part.is_file():
        return [part]
    found = (path for path in part.rglob("*") if path.is_file())
    return sorted(path for path in found if not set(path.relative_to(part).parts) & set(LEFT_OUT))


def copy(source: Path, target: Path, away: Collection[Path] = ()) -> None:
    """Copy a file, or a folder with all in it but what is to stay away."""
    if source.is_dir() and not source.is_symlink():

        def ignored(folder: str, names: list[str]) -> set[str]:
            return {name for name in names if name in LEFT_OUT or Path(folder, name) in away}

        shutil.copytree(source, target, symlinks=True, ignore=ignored, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target, follow_symlinks=False)


def isolate(folder: Path) -> None:
    """Keep pytest from taking settings from a folder above this one."""
    if not any(settings.read(folder / name) is not None for name in settings.FILES):
        (folder / "pytest.ini").write_text("[pytest]\n")
