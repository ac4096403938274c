"""An environment of a side's own: its Python, what is measured, and pytest-benchmark."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides import pythons, store, texts
from parallel_claims.versus.sides.running import FailedError, logged, output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from parallel_claims.versus.sides.checkouts import Tree
    from parallel_claims.versus.sides.pythons import Interpreter
    from parallel_claims.versus.sides.store import Store

FORM = 2
"""Of what is kept; another one is not read."""

BUILD_VARIABLES = ("CC", "CFLAGS", "CPPFLAGS", "CXX", "CXXFLAGS", "LDFLAGS", "RUSTFLAGS")
"""What compilers are told by the environment: it makes another build."""

INSPECT = """
import json, sys
from importlib import metadata

def origin(found):
    return json.loads(found.read_text("direct_url.json") or "{}")

def modules(found):
    names = {file.parts[0].split(".")[0] for file in found.files or ()
             if not file.parts[0].endswith((".dist-info", ".egg-info"))}
    return sorted(name for name in names if name.isidentifier() and name != "__pycache__")

def normal(name):
    return name.lower().replace("_", "-").replace(".", "-")

every = list(metadata.distributions())
own = [one for one in every if "dir_info" in origin(one)]
own += [one for one in every if normal(one.name) == normal(sys.argv[1])]
print(json.dumps({
    "packages": {one.name: one.version for one in sorted(every, key=lambda one: one.name.lower())},
    "own": [{
        "name": one.name,
        "version": one.version,
        "extras": one.metadata.get_all("Provides-Extra") or [],
        "modules": modules(one),
    } for one in own],
}))
"""
"""What is installed; and of the project, and of the requirement that is given, the modules."""


@dataclass(frozen=True)
class Recipe:
    """What an environment is made of.

    name: of its side. project: what is built. requirement: what is measured, where it is not the
        project. extras: of the project, or else of the requirement. requirements: installed beside.
    """

    name: str
    python: Interpreter
    project: Tree | None
    requirement: Requirement | None
    extras: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()

    def key(self) -> str:
        """Return what tells this environment from others, in one word."""
        told = {
            "form": [FORM, metadata.version("parallel-claims"), metadata.version(TOOL)],
            "python": [str(self.python.path.resolve()), self.python.name, *self.python.build],
            "installer": "uv" if pythons.uv() else "pip",
            "project": self.project and [self.project.tree, self.project.inside],
            "requirement": str(self.requirement),
            "day": store.today() if self.requirement and not texts.pinned(self.requirement) else "",
            "beside": [sorted(self.extras), sorted(self.requirements)],
            "variables": {name: os.environ.get(name) for name in BUILD_VARIABLES},
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:24]

    def packages(self, folder: Path | None) -> list[str]:
        """Return what is to be installed.

        folder: with the project's files.
        """
        found = ["pytest>=8", *self.requirements]
        if folder is not None:
            found.append(f"{folder}[{','.join(self.extras)}]" if self.extras else str(folder))
        if self.requirement is not None:
            own = Requirement(str(self.requirement))
            own.extras |= set(self.extras) if folder is None else set()
            found.append(str(own))
        if self.requirement is None or canonicalize_name(self.requirement.name) != TOOL:
            found.append(f"{TOOL}=={metadata.version(TOOL)}")
        return found


TOOL = "pytest-benchmark"


@dataclass(frozen=True)
class Environment:
    """An environment that is there.

    packages: versions by name. own: name, version, extras and modules of the project and of what
        is measured, which is the last.
    """

    folder: Path
    python: Path
    packages: Mapping[str, str]
    own: Sequence[Mapping[str, Any]]
    built: str
    reused: bool


def made(recipe: Recipe, kept: Store, *, fresh: bool = False) -> Environment:
    """Return the environment of a recipe; built where there is none.

    fresh: build it anew, so that it gets today's versions of everything.

    Raises:
        BadInputError: it cannot be built; the message has the line that tells and the log's path.
    """
    log = kept.log(recipe.key())

    def build(folder: Path) -> Mapping[str, Any]:
        with log.open("w+", encoding="utf-8", errors="replace") as out:
            install(recipe, folder, out)
        return inspected(recipe, python_in(folder))

    try:
        found = kept.environment(recipe.key(), build, fresh=fresh)
    except FailedError as error:
        message = f"{recipe.name}: it cannot be built: {error} (log: {log})"
        raise BadInputError(message) from None
    facts = found.facts
    python = python_in(found.folder)
    return Environment(
        found.folder, python, facts["packages"], facts["own"], found.built, found.reused
    )


def python_in(folder: Path) -> Path:
    """Return the interpreter of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(recipe: Recipe, folder: Path, log: IO[str]) -> None:
    """Make an environment and install everything into it.

    Raises:
        FailedError: it failed; the log says more.
    """
    tool, base, python = pythons.uv(), recipe.python.path, python_in(folder)
    project = recipe.project.checked_out(folder.name) if recipe.project else None
    where = project or folder
    if tool:
        logged([tool, "venv", "--allow-existing", "--python", base, folder], log, cwd=where)
        command: list[str | Path] = [tool, "pip", "install", "--python", python]
    else:
        logged([base, "-m", "venv", folder], log, cwd=where)
        command = [python, *PIP]
    packages = recipe.packages(project)
    try:
        logged([*command, *packages], log, cwd=where)
    except FailedError:
        if not tool or UNREAD not in log_of(log):
            raise
        others = [one for one in packages if not one.startswith(f"{project}")]
        logged([*command, "pip", *others], log, cwd=where)
        logged([python, *PIP, *packages], log, cwd=where)  # its builder may make something of it


PIP = ("-m", "pip", "install", "--no-input")

UNREAD = "Failed to parse: pyproject.toml"
"""What uv says of a project's file that it does not take, whatever its builder makes of it."""


def log_of(log: IO[str]) -> str:
    """Return all that a log has."""
    log.seek(0)
    return log.read()


def inspected(recipe: Recipe, python: Path) -> dict[str, Any]:
    """Return what an environment has.

    Raises:
        BadInputError: an extra was asked for that its project does not have.
    """
    own = recipe.requirement.name if recipe.requirement else ""
    found: dict[str, Any] = json.loads(output([python, "-I", "-c", INSPECT, own]))
    extras = [canonicalize_name(extra) for one in found["own"] for extra in one["extras"]]
    for extra in recipe.extras:
        if canonicalize_name(extra) not in extras:
            told = ", ".join(extras) or "none"
            message = f"{recipe.name}: no extra {extra!r}; it has {told}"
            raise BadInputError(message)
    return found


def buildable(folder: Path) -> bool:
    """Say whether a folder is a project that can be installed.

    Raises:
        BadInputError: its pyproject.toml cannot be read.
    """
    return (folder / "setup.py").is_file() or not {"project", "build-system"}.isdisjoint(
        project_file(folder)
    )


def project_file(folder: Path, name: str = "pyproject.toml") -> dict[str, Any]:
    """Return what a folder's pyproject.toml has, or another such file; nothing without one.

    Raises:
        BadInputError: it cannot be read.
    """
    path = folder / name
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        message = f"{path}: {error}"
        raise BadInputError(message) from None


def project_name(folder: Path) -> str | None:
    """Return the name of the project in a folder, where pyproject.toml says it."""
    told = project_file(folder)
    poetry = told.get("tool", {}).get("poetry", {})
    name = told.get("project", {}).get("name", poetry.get("name"))
    return canonicalize_name(name) if isinstance(name, str) else None


def imported(made: Environment, folder: Path, modules: Sequence[str]) -> dict[str, str]:
    """Return where modules would be imported from, those that are not of the environment.

    folder: that the benchmarks are run from. The variables are those of the user, as they are
        when it is measured.
    """
    told = output([made.python, "-c", ORIGINS, *modules], cwd=folder, env=os.environ)
    found: dict[str, str] = json.loads(told)
    return found


ORIGINS = """
import importlib.util, json, sys
found = {}
for name in sys.argv[1:]:
    spec = importlib.util.find_spec(name)
    places = [spec.origin or "", *(spec.submodule_search_locations or ())] if spec else []
    if places and not any(place.startswith(sys.prefix) for place in places):
        found[name] = places[0]
print(json.dumps(found))
"""
