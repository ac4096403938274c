"""What a project declares beside its own dependencies: extras and groups, poetry's too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides.environments import project_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


def of_groups(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the requirements of dependency groups (PEP 735, or poetry's) of a project.

    Raises:
        BadInputError: there is no such group, or it cannot be read.
    """
    from packaging.dependency_groups import resolve_dependency_groups

    groups = groups_of(folder)
    try:
        return list(resolve_dependency_groups(groups, *names))
    except ExceptionGroup as error:
        told = str(error.exceptions[0]).splitlines()[0]
        message = f"--group: {told}; pyproject.toml has {', '.join(groups) or 'no groups'}"
        raise BadInputError(message) from None


def groups_of(folder: Path) -> dict[str, Any]:
    """Return a project's groups by name, as PEP 735 has them."""
    told = project_file(folder)
    poetry = told.get("tool", {}).get("poetry", {})
    tables = {name: one.get("dependencies", {}) for name, one in poetry.get("group", {}).items()}
    if old := poetry.get("dev-dependencies"):
        tables["dev"] = {**old, **tables.get("dev", {})}
    found: dict[str, Any] = {name: list(of_poetry(table)) for name, table in tables.items()}
    return {**found, **told.get("dependency-groups", {})}


def where(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the options that bring distributions: of extras and groups that have them.

    As few as there may be; what nothing declares is not among it.
    """
    wanted = {canonicalize_name(name) for name in names}
    extras = project_file(folder).get("project", {}).get("optional-dependencies", {})
    options = [
        *(f"--extra {one}" for one in extras),
        *(f"--group {one}" for one in groups_of(folder)),
    ]
    there = {option: names_in(folder, option) for option in options}
    found: list[str] = []
    while there:
        best = max(there, key=lambda option: len(there[option] & wanted))
        if not there[best] & wanted:
            break
        found.append(best)
        wanted -= there.pop(best)
    return found


def names_in(folder: Path, option: str) -> set[str]:
    """Return the names of what an extra or a group has; nothing where it cannot be read."""
    what, _, name = option.partition(" ")
    if what == "--extra":
        extras = project_file(folder).get("project", {}).get("optional-dependencies", {})
        return distributions(extras.get(name, ()))
    try:
        return distributions(of_groups(folder, [name]))
    except BadInputError:
        return set()


def distributions(texts: Sequence[str]) -> set[str]:
    """Return the names in requirements."""
    found = set()
    for text in texts:
        try:
            found.add(str(canonicalize_name(Requirement(text).name)))
        except InvalidRequirement:
            continue
    return found


def of_poetry(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the requirements of a table of dependencies as poetry writes them."""
    for name, told in table.items():
        if name != "python":
            for one in told if isinstance(told, list) else [told]:
                yield requirement(name, one if isinstance(one, dict) else {"version": one})


def requirement(name: str, told: Mapping[str, Any]) -> str:
    """Return one of poetry's dependencies as it is written everywhere else."""
    extras = f"[{','.join(told['extras'])}]" if told.get("extras") else ""
    if url := told.get("url"):
        place = f" @ {url}"
    elif source := told.get("git"):
        revision = next((told[key] for key in ("rev", "tag", "branch") if key in told), "")
        place = f" @ git+{source}" + (f"@{revision}" if revision else "")
    else:
        place = constraint(str(told.get("version", "*")))
    markers = [f"({told['markers']})"] if "markers" in told else []
    for part in filter(None, constraint(str(told.get("python", "*"))).split(",")):
        bound = part.lstrip("<>=!~")
        markers.append(f'python_version {part.removesuffix(bound)} "{bound}"')
    return name + extras + place + (f" ; {' and '.join(markers)}" if markers else "")


def constraint(text: str) -> str:
    """Return one of poetry's constraints as a specifier; ``||``, or what is none, is left open."""
    parts = [part.strip() for part in text.split(",") if part.strip() not in {"", "*"}]
    try:
        return "" if "|" in text else ",".join(map(specifier, parts))
    except InvalidVersion:
        return ""


def specifier(part: str) -> str:
    """Return one part of a constraint: ``^1.2`` is ``>=1.2,<2``, ``~1.2`` is ``>=1.2,<1.3``."""
    if part[0] in "<>=!" or part.startswith("~="):
        return part.replace(" ", "")
    if part[0] not in "^~":
        return f"=={Version(part.removesuffix('.*')) and part}"
    low = part[1:].strip()
    numbers = list(Version(low).release)
    if part[0] == "^":
        kept = next((n for n, number in enumerate(numbers) if number), len(numbers) - 1)
    else:
        kept = min(1, len(numbers) - 1)
    high = [*numbers[:kept], numbers[kept] + 1]
    return f">={low},<{'.'.join(map(str, high))}"
