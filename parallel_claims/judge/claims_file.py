"""Reads a file of claims, and says what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from parallel_claims.errors import BadInputError
from parallel_claims.judge.claims import Chart, Claim, Opening
from parallel_claims.judge.contrast import Capacity  # noqa: TC001  msgspec looks it up
from parallel_claims.visible import everywhere

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "claims.toml"


class ClaimsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of claims says.

    claim: the claims, as ``[[claim]]`` tables.
    advice: sentences for the head of a report, in order of their use.
    chart: more charts for a report's page, of numbers recorded beside the times.
    capacity: capacities by the names that claims call them by.
    sections: a title for each section that claims name.
    published_by: whom the published figures are by; the heading of their column.
    missing: what becomes of a claim on a benchmark that a whole run does not have: an
        ``error``, or ``not-testable`` where older runs know fewer benchmarks.
    """

    claim: tuple[Claim, ...] = ()
    advice: tuple[Opening, ...] = ()
    chart: tuple[Chart, ...] = ()
    capacity: dict[str, Capacity] = {}
    sections: dict[str, str] = {}
    published_by: str = "published"
    missing: Literal["error", "not-testable"] = "error"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Return the claims, each with the title of its section and whom its figures are by."""
        return tuple(
            msgspec.structs.replace(
                claim,
                section_title=self.sections.get(claim.section, claim.section),
                published=claim.published
                and msgspec.structs.replace(claim.published, by=self.published_by),
            )
            for claim in self.claim
        )

    @property
    def strict(self) -> bool:
        """Say whether a benchmark that a whole run does not have is an error."""
        return self.missing == "error"


PROJECT = "pyproject.toml"


def project(folder: Path) -> Path:
    """Return the nearest folder with a pyproject.toml, from ``folder`` up; itself without one."""
    return next((f for f in (folder, *folder.parents) if (f / PROJECT).is_file()), folder)


def find(folder: Path) -> Path | None:
    """Return the claims of the project that ``folder`` lies in, None if it has none.

    They are in claims.toml in the folder itself, or else in the file that the project's
    pyproject.toml names (``[tool.parallel-claims] claims = …``), or in its claims.toml.

    Raises:
        BadInputError: pyproject.toml cannot be read, or names no file.
    """
    root = project(folder)
    own = (folder / NAME) if folder != root and (folder / NAME).is_file() else None
    found = own or named_in(root / PROJECT) or root / NAME
    return found if found.is_file() else None


def named_in(path: Path) -> Path | None:
    """Return the claims that a pyproject.toml names, None if it names none or is not there.

    Raises:
        BadInputError: it cannot be read, or names no file.
    """
    if not path.is_file():
        return None
    tool = table_in(path, decoded(path), "tool", "[tool]")
    named = table_in(path, tool, "parallel-claims", "[tool.parallel-claims]").get("claims")
    if named is None:
        return None
    if not isinstance(named, str) or not (path.parent / named).is_file():
        message = (
            f"{path}: [tool.parallel-claims] claims = {named!r} is no file below {path.parent}: "
            "write the path of a claims file, seen from there"
        )
        raise BadInputError(message)
    return path.parent / named


def table_in(path: Path, table: dict[str, Any], key: str, told: str) -> dict[str, Any]:
    """Return a table inside a TOML table, an empty one where it is not there.

    Raises:
        BadInputError: there is something else under its name.
    """
    found = table.get(key, {})
    if isinstance(found, dict):
        return found
    message = (
        f"{path}: {told} is {found!r}, no table: write [tool.parallel-claims], and below it "
        'claims = "FILE"'
    )
    raise BadInputError(message)


def decoded(path: Path) -> dict[str, Any]:
    """Decode a TOML file.

    Raises:
        BadInputError: it cannot be read, or is not TOML.
    """
    try:
        raw: dict[str, Any] = everywhere(msgspec.toml.decode(path.read_bytes()))
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise BadInputError(message) from None
    except (msgspec.DecodeError, ValueError) as error:
        message = f"{path}: not TOML: {error}"
        raise BadInputError(message) from None
    except RecursionError:
        message = f"{path}: nested too deeply: no file of claims is"
        raise BadInputError(message) from None
    return raw


def read(path: Path) -> ClaimsFile:
    """Read a file of claims.

    Raises:
        BadInputError: naming the file, the claim, and what is wrong with it.
    """
    return of(path, decoded(path))


def of(path: Path, raw: dict[str, Any]) -> ClaimsFile:
    """Return what a decoded file of claims says.

    Raises:
        BadInputError: naming the file, the claim, and what is wrong with it.
    """
    entries = raw.pop("claim", None)
    if not isinstance(entries, list) or not entries:
        message = f"{path}: no [[claim]] in it: docs/claims-file.md has every key and examples"
        raise BadInputError(message)
    said = rest(path, raw)
    claims = tuple(
        convert(path, number, with_capacity(path, one, said))
        for number, entry in enumerate(entries, 1)
        for one in written_out(path, number, entry)
    )
    ids = [claim.id for claim in claims]
    for claim_id in ids:
        if ids.count(claim_id) > 1:
            message = f"{path}: id {claim_id!r} is given {ids.count(claim_id)} times: rename one"
            raise BadInputError(message)
    return msgspec.structs.replace(said, claim=claims)


def written_out(path: Path, number: int, entry: Any) -> list[Any]:
    """Return the claims that one table makes: one for each table of its ``for``, else itself.

    Raises:
        BadInputError: ``for`` is no list of tables.
    """
    if not isinstance(entry, dict) or "for" not in entry:
        return [entry]
    cases = entry["for"]
    if not isinstance(cases, list) or not cases or not all(isinstance(c, dict) for c in cases):
        message = (
            f"{path}: claim {number} ({entry.get('id', 'without an id')}): for = {cases!r}: write "
            'a list of tables, for = [{ cluster = "dask" }, { cluster = "ray" }]'
        )
        raise BadInputError(message)
    own = {key: value for key, value in entry.items() if key != "for"}
    return [filled(own, {f"{{{key}}}": value for key, value in case.items()}) for case in cases]


def filled(value: Any, case: Mapping[str, Any]) -> Any:
    """Return a value with ``{name}`` replaced in its texts; what is only that, by the value."""
    if isinstance(value, dict):
        return {key: filled(one, case) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, case) for one in value]
    if not isinstance(value, str) or value in case:
        return case.get(value, value) if isinstance(value, str) else value
    for name, text in case.items():
        value = value.replace(name, str(text))
    return value


def with_capacity(path: Path, entry: Any, said: ClaimsFile) -> Any:
    """Return a claim's table with the capacity that it names.

    Raises:
        BadInputError: the file has none of that name.
    """
    name = entry.get("capacity") if isinstance(entry, dict) else None
    if not isinstance(name, str):
        return entry
    if name not in said.capacity:
        known = ", ".join(said.capacity) or "none"
        message = (
            f"{path}: claim {entry.get('id', 'without an id')}: capacity = {name!r}: this file "
            f"has no [capacity.{name}] (there: {known})"
        )
        raise BadInputError(message)
    return {**entry, "capacity": msgspec.to_builtins(said.capacity[name])}


def rest(path: Path, raw: dict[str, Any]) -> ClaimsFile:
    """Check what a file has beside its claims.

    Raises:
        BadInputError: naming the file, the key, and what is wrong with it.
    """
    if unknown := set(raw) - set(ClaimsFile.__struct_fields__):
        message = (
            f"{path}: unknown key {min(unknown)!r}; allowed: "
            f"{', '.join(ClaimsFile.__struct_fields__)}"
        )
        raise BadInputError(message)
    for key, value in raw.items():
        try:
            msgspec.convert({key: value}, ClaimsFile)
        except msgspec.ValidationError as error:
            name = f"[[{key}]]" if isinstance(value, list) else key
            message = f"{path}: {name}: {error}"
            raise BadInputError(message) from None
    return msgspec.convert(raw, ClaimsFile)


def convert(path: Path, number: int, entry: Any) -> Claim:
    """Check one claim of the file.

    Raises:
        BadInputError: naming the file, the claim and the key.
    """
    name = entry.get("id", "without an id") if isinstance(entry, dict) else "not a table"
    try:
        return Claim.of(msgspec.convert(entry, dict[str, Any]))
    except ValueError as error:  # msgspec's own, too
        message = f"{path}: claim {number} ({name}): {error}"
        raise BadInputError(message) from None
