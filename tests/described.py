"""The tables of docs/format.md, made from the Structs: ``python -m tests.described``."""

from __future__ import annotations

import inspect
import re
import typing
from pathlib import Path

import msgspec
from msgspec import inspect as kinds

from parallel_claims.journal import lines
from parallel_claims.saved import form

if typing.TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = Path(__file__).parents[1] / "docs" / "format.md"

STRUCTS: Mapping[str, type[msgspec.Struct]] = {
    "the file": form.OurFile[form.Info],
    "an entry": form.OurEntry[form.Info],
    "stats": form.Stats,
    "extra_info": form.Info,
    "commit_info": form.Commit,
    "parallel_claims": form.Suite,
    "stopping": form.Stopping,
    "conditions": form.Conditions,
    "speeds": form.Speed,
    "a line": lines.Line,
    "run": lines.Begun,
    "process": lines.Process,
    "worker": lines.Worker,
    "variant": lines.Variant,
    "round": lines.Round,
    "block": lines.Ended,
    "spent": lines.Spent,
    "left": lines.Left,
}
"""Each Struct that is written or read, by the name that its table has on the page."""

TABLE = re.compile(r"(<!-- fields: (?P<name>.+?) -->\n).*?(<!-- end -->)", re.DOTALL)

TOLD = re.compile(r"^(\w+): (.+(?:\n {4}.+)*)", re.MULTILINE)
"""A field in a docstring: its name, and what it is."""

PLAIN = {
    kinds.AnyType: "anything",
    kinds.BoolType: "true or false",
    kinds.FloatType: "number",
    kinds.IntType: "whole number",
    kinds.StrType: "text",
}


def refreshed(text: str) -> str:
    """Return the page with the table of each Struct made anew."""
    return TABLE.sub(lambda found: f"{found[1]}\n{table(STRUCTS[found['name']])}\n{found[3]}", text)


def table(struct: type[msgspec.Struct]) -> str:
    """Return a row a field."""
    told = descriptions(struct)
    rows = ["| key | what it holds | |", "| --- | --- | --- |"]
    for field in msgspec.structs.fields(struct):
        if field.name not in told:
            message = f"{struct}: its docstring does not say what {field.name!r} is"
            raise LookupError(message)
        kind = kind_of(kinds.type_info(field.type))
        rows.append(f"| `{field.encode_name}` | {kind} | {told[field.name]} |")
    return "\n".join(rows) + "\n"


def descriptions(struct: type) -> dict[str, str]:
    """Return what the docstrings of a Struct, and of those it extends, say of each field."""
    found: dict[str, str] = {}
    for base in reversed(inspect.getmro(typing.get_origin(struct) or struct)):
        for name, told in TOLD.findall(inspect.getdoc(base) or ""):
            found[name] = " ".join(told.split()).replace("``", "`").rstrip(".")
    return found


def kind_of(kind: kinds.Type) -> str:
    """Return a type in words."""
    if isinstance(kind, kinds.Metadata):
        return kind_of(kind.type)
    if isinstance(kind, kinds.UnionType):
        given = [one for one in kind.types if not isinstance(one, kinds.NoneType)]
        return " or ".join(map(kind_of, given)) + (
            ", or null" if len(given) < len(kind.types) else ""
        )
    if isinstance(kind, kinds.CollectionType):
        return f"list: {kind_of(kind.item_type)}"
    if isinstance(kind, kinds.DictType):
        return f"by name: {kind_of(kind.value_type)}"
    if isinstance(kind, kinds.StructType):
        return f"[`{name_of(kind.cls)}`](#{name_of(kind.cls).replace(' ', '-')})"
    return PLAIN[type(kind)]


def name_of(struct: type) -> str:
    """Return the name that a Struct's table has on the page."""
    return next(
        name for name, known in STRUCTS.items() if struct in {known, typing.get_origin(known)}
    )


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
