"""From the texts of two sides to two versions that can be measured."""

from __future__ import annotations

import filecmp
import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from parallel_claims.errors import BadInputError
from parallel_claims.versus import native
from parallel_claims.versus.records import Version
from parallel_claims.versus.sides import declared, environments, meaning, pythons, suites
from parallel_claims.versus.sides.checkouts import Sources
from parallel_claims.versus.sides.environments import Recipe
from parallel_claims.versus.sides.running import FailedError
from parallel_claims.versus.sides.store import Store, root, today

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from parallel_claims.versus.sides.environments import Environment
    from parallel_claims.versus.sides.meaning import Side
    from parallel_claims.versus.sides.suites import Suite


@contextmanager
def prepared(  # noqa: PLR0913  each is an option of the command
    first: str,
    second: str | None,
    *,
    tests_from: str | None = None,
    own_tests: bool = False,
    extras: Sequence[str] = (),
    groups: Sequence[str] = (),
    requirements: Sequence[str] = (),
    paths: Sequence[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[Version, Version]]:
    """Give both sides, each with an environment and a copy of the benchmarks, for a while.

    first, second: a revision, a folder, a requirement, ``python=…``, or one of these and a Python
        with a comma; the second is the working tree where it is None.
    tests_from: the side that both take the benchmarks from: the second, where it is None.
    own_tests: whether each side runs its own; those of one node id are compared.
    extras: of the project. groups: of the side with the benchmarks (PEP 735).
    requirements: installed on both sides. paths: the files and folders with the benchmarks; else
        those of pytest's setting testpaths, or benchmarks/, bench/ and tests/, or all there is.
    say: told a line for each step that takes a while.

    Raises:
        BadInputError: a side is none, cannot be built, or has no such benchmarks.
    """
    wanted = Wanted(tuple(extras), tuple(groups), tuple(requirements), tuple(paths), own_tests)
    with ExitStack() as stack:
        with told_plainly():
            store = Store(root())
            private = stack.enter_context(store.private_folder())
            versions = Preparing(store, private, say, wanted).versions(first, second, tests_from)
        yield versions


@contextmanager
def told_plainly() -> Iterator[None]:
    """Make one line for the user of what the system or another program refuses."""
    try:
        yield
    except FailedError as error:
        raise BadInputError(str(error)) from None
    except OSError as error:
        message = f"{error.filename or 'a file'}: {error.strerror or error}"
        raise BadInputError(message) from None


@dataclass(frozen=True)
class Wanted:
    """What the user wants of both sides alike."""

    extras: tuple[str, ...]
    groups: tuple[str, ...]
    requirements: tuple[str, ...]
    paths: tuple[str, ...]
    own_tests: bool = False


class Preparing:
    """Prepares both sides of one comparison, in its private folder."""

    def __init__(
        self, store: Store, private: Path, say: Callable[[str], None], wanted: Wanted
    ) -> None:
        self.store = store
        self.private = private
        self.say = say
        self.wanted = wanted
        self.sources = Sources(private)
        self.away: set[str] = set()
        """The modules of both sides: none comes with the benchmarks, from one side for both."""

    def versions(
        self, first: str, second: str | None, tests_from: str | None
    ) -> tuple[Version, Version]:
        """Return both sides, ready to be measured.

        Raises:
            BadInputError: a side is none, cannot be built, or has no such benchmarks.
        """
        sides = [meaning.of(text, self.sources) for text in (first, second)]
        tests = sides[1] if tests_from is None else meaning.of(tests_from, self.sources)
        if tests.tree is None and tests_from is not None:
            message = f"--tests-from {tests_from}: a requirement: name a revision or a folder"
            raise BadInputError(message)
        if self.wanted.own_tests and (tests_from or not all(side.tree for side in sides)):
            message = "--tests own: both sides are revisions or folders then, without --tests-from"
            raise BadInputError(message)
        tests = tests if tests.tree is not None else meaning.of(None, self.sources)
        folder = files_of(tests)
        suite = suites.find(folder, self.wanted.paths, tests.name or "the working tree")
        self.stand_right(suite, sides)
        if suite.left_out:
            self.say(f"note: left out of the suite's settings: {', '.join(suite.left_out)}")
        groups = declared.of_groups(folder, self.wanted.groups)
        beside = (*self.beside(), *groups, *suite.required)
        recipes = [self.recipe(side, tests, beside) for side in sides]
        found = self.alike(recipes, [self.made(recipe) for recipe in recipes])
        self.away = modules_of(*found)
        own_tests = self.wanted.own_tests
        both = [self.suite_of(sides[0]) if own_tests else suite, suite]
        one, other = (
            self.version(*each)
            for each in zip(("first", "second"), sides, recipes, found, both, strict=True)
        )
        own = native.of_their_own(*(made.folder for made in found))
        with_own_tests = (
            None if own_tests else self.with_own_tests(one, sides[0], recipes[0], found[0], suite)
        )
        return replace(one, native=own[0], own=with_own_tests), replace(other, native=own[1])

    def suite_of(self, side: Side) -> Suite:
        """Return a side's own benchmarks.

        Raises:
            BadInputError: it has no such benchmarks.
        """
        return suites.find(files_of(side), self.wanted.paths, side.name)

    def with_own_tests(
        self, shared: Version, side: Side, recipe: Recipe, made: Environment, suite: Suite
    ) -> Version | None:
        """Return a side with its own benchmarks; None where it has none that differ from these."""
        if side.tree is None:
            return None
        try:
            found = self.version("own", side, recipe, made, self.suite_of(side))
        except BadInputError:  # it has no such benchmarks, or they cannot be kept apart from it
            return None
        parts = [(shared.folder / part, found.folder / part) for part in suite.parts]
        return None if all(alike(*each) for each in parts) else found

    def stand_right(self, suite: Suite, sides: Sequence[Side]) -> None:
        """Make sure that the project that is measured is the one in this very folder.

        Raises:
            BadInputError: it is one further down, as in a repository of several.
        """
        found = None if environments.buildable(suite.folder) else suites.nested(suite)
        if found:
            project, rest = found
            texts = " ".join(side.text.whole for side in sides if side.text.whole)
            after = "" if rest == suites.WHOLE else f" -- {rest}"
            message = (
                f"here is no project, and the benchmarks are those of the one in {project}: "
                f"cd {project}, then parallel-claims versus {texts}{after}"
            )
            raise BadInputError(message)

    def beside(self) -> list[str]:
        """Return the requirements for both sides, as they are written everywhere.

        Raises:
            BadInputError: one is none.
        """
        for text in self.wanted.requirements:
            try:
                Requirement(text)
            except InvalidRequirement:
                message = f'--with {text}: no requirement: write one as NAME or "NAME==1.2"'
                raise BadInputError(message) from None
        return [str(Requirement(text)) for text in self.wanted.requirements]

    def recipe(self, side: Side, tests: Side, beside: tuple[str, ...]) -> Recipe:
        """Return what a side's environment is made of.

        A requirement that is not the project with the benchmarks is something that this project
        depends on: it is installed too.
        """
        python = side.python or pythons.running()
        owner = side if side.requirement is None else tests
        built = environments.buildable(files_of(owner))
        if side.requirement is not None:
            name = environments.project_name(files_of(tests))
            built = built and name not in {None, canonicalize_name(side.requirement.name)}
        return Recipe(
            side.name or python.name,
            python,
            owner.tree if built else None,
            side.requirement,
            self.wanted.extras if built or side.requirement else (),
            beside,
        )

    def made(self, recipe: Recipe, *, fresh: bool = False) -> Environment:
        """Return an environment, and say whether it was built."""
        begin = time.monotonic()
        self.say(f"{recipe.name}: an environment with {recipe.python.name}")
        found = environments.made(recipe, self.store, fresh=fresh)
        seconds = f"built in {time.monotonic() - begin:.0f} s"
        self.say(f"{recipe.name}: {f'that of {found.built}' if found.reused else seconds}")
        return found

    def alike(self, recipes: list[Recipe], found: list[Environment]) -> list[Environment]:
        """Return environments that have what is not measured in the same versions.

        What was built on another day may have an older release of something that both depend on:
        it is built again where it makes a difference. What still differs is told.
        """
        if differing(found) and found[0].built != found[1].built:
            found = [
                one if one.built == today() else self.made(recipe, fresh=True)
                for recipe, one in zip(recipes, found, strict=True)
            ]
        one, other = recipes
        if one.python.name not in {other.python.name, one.name}:
            self.say(f"note: {one.name} has {one.python.name}, {other.name} {other.python.name}")
        for name in differing(found):
            first, second = (one.packages[name] for one in found)
            self.say(f"note: the sides differ in {name} too: {first} and {second}")
        return found

    def version(
        self, number: str, side: Side, recipe: Recipe, made: Environment, suite: Suite
    ) -> Version:
        """Return one side with its own copy of the benchmarks."""
        target = self.private / number
        modules = modules_of(made)
        more: tuple[str, ...] = ()
        if side.tree is None or modules:
            more = suites.lay(suite, target, self.away)
            check(recipe, environments.imported(made, target, sorted(modules)))
        elif differing := suites.lay_over(suite, files_of(side), target):
            others = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
            self.say(
                f"note: {differing[0]}{others} lies among the tests: it is each side's own; the "
                "tests are those of one"
            )
        suites.stand_in(suite, target, made.packages)
        return Version(
            side.text.whole,
            name_of(side, recipe, made),
            made.python,
            target,
            facts_of(side, recipe, made),
            arguments=(*more, *suite.arguments),
        )


def alike(one: Path, other: Path) -> bool:
    """Say whether two files are the same, or two folders have the same files in them."""
    if not (one.is_dir() and other.is_dir()):
        return one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()
    found = filecmp.dircmp(one, other, ignore=[])
    if found.left_only or found.right_only or found.funny_files or found.diff_files:
        return False
    return all(alike(one / name, other / name) for name in found.common_dirs)


ORDINARY = {*suites.USUAL, "test", "docs", "examples"}
"""Folders that some projects install by mistake: those with the benchmarks come first."""


def modules_of(*made: Environment) -> set[str]:
    """Return the modules of what is measured, as it is installed."""
    return {name for one in made for own in one.own for name in own["modules"]} - ORDINARY


def check(recipe: Recipe, elsewhere: Mapping[str, str]) -> None:
    """Make sure that what is measured is what was installed.

    Raises:
        BadInputError: a module would be imported from elsewhere.
    """
    for name, place in elsewhere.items():
        hint = "unset PYTHONPATH" if os.environ.get("PYTHONPATH") else "--tests-from another side"
        message = f"{recipe.name}: {name} would be imported from {place}, not as installed: {hint}"
        raise BadInputError(message)


def files_of(side: Side) -> Path:
    """Return the folder with a side's files.

    Raises:
        BadInputError: its commit does not have that folder.
    """
    assert side.tree is not None
    found = side.tree.checked_out()
    if not found.is_dir():
        message = f"{side.name}: has no files in {side.tree.inside}"
        raise BadInputError(message)
    return found


def differing(found: Sequence[Environment]) -> list[str]:
    """Return what both environments have in different versions, besides what is measured."""
    own = {canonicalize_name(own["name"]) for one in found for own in one.own}
    first, second = (one.packages for one in found)
    return [
        name
        for name, version in first.items()
        if second.get(name, version) != version and canonicalize_name(name) not in own
    ]


def name_of(side: Side, recipe: Recipe, made: Environment) -> str:
    """Return what a side is called, such as ``main (73dc536)`` or ``multidict 6.6.4``."""
    name = side.name
    if side.requirement is not None and made.own:
        name = f"{made.own[-1]['name']} {made.own[-1]['version']}"
    return ", ".join(filter(None, (name, recipe.python.name if side.python else "")))


def facts_of(side: Side, recipe: Recipe, made: Environment) -> dict[str, Any]:
    """Return what a saved file says of a side."""
    python = recipe.python
    return {
        "commit": side.tree.head if side.tree and side.tree.head else None,
        "dirty": side.tree.changed if side.tree else None,
        "requirement": str(side.requirement) if side.requirement else None,
        "python": {
            "implementation": python.implementation,
            "version": python.version,
            "gil": python.gil,
        },
        "packages": dict(made.packages),
    }
