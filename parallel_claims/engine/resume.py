"""Going on with a run that was cut off: which one, whether it is the same, what of it is kept."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.journal import recover
from parallel_claims.saved import environment, folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parallel_claims.journal.lines import Lines

NO_MATTER = (
    "-p", "-q", "-r", "-s", "-v", "--basetemp", "--benchmark-autosave", "--benchmark-columns",
    "--benchmark-compare", "--benchmark-json", "--benchmark-save", "--benchmark-sort",
    "--blocks-resume", "--claims-", "--color", "--durations", "--junit", "--no-header",
    "--no-summary", "--quiet", "--tb", "--verbose",
)  # fmt: skip
"""What an argument of pytest begins with that changes nothing of what is measured."""

OF_NO_RUN = {"blocks_resume", "blocks_results"}
"""Options that say nothing of how a run measures."""


@dataclass(frozen=True)
class Resumed:
    """A run to go on with: its journal, as far as it is kept."""

    path: Path
    lines: Lines
    run: Mapping[str, Any]

    @property
    def blocks(self) -> int:
        """Return the whole blocks that it has; what was begun of the next is measured anew."""
        return self.lines.blocks

    @property
    def gone(self) -> set[str]:
        """Return the variants that it does not go on with."""
        left = {gone["fullname"] for gone in self.lines.all("left")}
        return left | set(self.lines.all("given_up"))

    @property
    def looks(self) -> list[int]:
        """Return the numbers of blocks at which was looked."""
        return list(self.lines.last("stopping", {}).get("looks", []))

    @property
    def told(self) -> str:
        """Say what is gone on with."""
        after = f"going on with {self.path.name} after {self.blocks} whole blocks"
        return f"{after}; {self.lines.told}" if self.lines.told else after

    def kept(self) -> list[dict[str, Any]]:
        """Return the lines that are kept: those of whole blocks, and that it goes on now."""
        here = {"block": self.blocks, "at": datetime.now(UTC).isoformat()}
        whole = [
            line
            for line in self.lines.believed
            if "process" not in line
            and ("round" not in line or line["round"]["block"] < self.blocks)
        ]
        return [*whole, {"resumed": here}]


def found(asked: str, folder: Path, same: Mapping[str, Any]) -> Resumed:
    """Return the run to go on with: that of the journal named, or the newest in ``folder``.

    same: what must be as it was.

    Raises:
        pytest.UsageError: there is none, it still runs, or something differs; it says what.
    """
    path = Path(asked) if asked else newest(folder)
    try:
        lines = recover.ended(path)
    except BadInputError as error:
        raise pytest.UsageError(str(error)) from None
    run = lines.believed[0]["run"]
    save = f"parallel-claims recover {shlex.quote(str(path))}"
    if lines.last("closing") is not None:
        message = f"{path}: its run has ended: {save}"
        raise pytest.UsageError(message)
    if told := differences(run.get("same", {}), same):
        message = (
            f"{path}: cannot go on, the run would not be the same: {'; '.join(told)}: put it back, "
            f"or save what there is with {save}"
        )
        raise pytest.UsageError(message)
    return Resumed(path, lines, run)


def newest(folder: Path) -> Path:
    """Return the newest journal of a folder.

    Raises:
        pytest.UsageError: there is none.
    """
    journals = folders.journals_in(folder) if folder.is_dir() else []
    if not journals:
        message = (
            f"--blocks-resume: no journal of a run that did not end in {folder}: leave it out to "
            "measure anew, or name one with --blocks-resume=JOURNAL"
        )
        raise pytest.UsageError(message)
    return max(journals, key=lambda path: folders.saved_at(path.name.replace(".", "_", 1))[1])


def described(
    config: pytest.Config,
    given: Mapping[str, Any],
    known: tuple[Mapping[str, Any], Mapping[str, Any], str],
    items: Iterable[pytest.Item],
) -> dict[str, Any]:
    """Return what must be the same for a run to go on: machine, build, code, options, tests.

    known: what is saved of the machine and of the commit, and the size of the work.
    """
    info, commit, size = known
    args = config.invocation_params.args
    options = {name: value for name, value in given.items() if name not in OF_NO_RUN}
    return {
        "facts": {
            "machine": str(info["name"]),
            "commit": str(commit.get("id")),
            **environment.facts(info, size, ()),
        },
        "code": code(config.rootpath),
        "options": {name: str(value) for name, value in options.items() if value is not None},
        "arguments": sorted(arg for arg in args if not arg.startswith(NO_MATTER)),
        "benchmarks": sorted(item.nodeid for item in items),
    }


def code(root: Path) -> dict[str, str]:
    """Return a checksum of each module under ``root`` that was imported, by its path.

    What is installed in an environment there is told by its version.
    """
    files = {
        Path(file)
        for module in list(sys.modules.values())
        if isinstance(file := getattr(module, "__file__", None), str)
        and "site-packages" not in file
    }
    return {
        file.relative_to(root).as_posix(): blake2b(file.read_bytes(), digest_size=16).hexdigest()
        for file in files
        if file.is_relative_to(root) and file.is_file()
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Say what is not as it was, a phrase each."""
    if not before:
        return ["an older version of parallel-claims measured it"]
    told = environment.differences(before["facts"], after["facts"])
    told += lists("option", mapped(before["options"]), mapped(after["options"]))
    told += lists("argument", before["arguments"], after["arguments"])
    old, new = before["code"], after["code"]
    changed = sorted(name for name in old.keys() & new.keys() if old[name] != new[name])
    told += [f"{name} has changed" for name in changed]
    told += lists("module", old, new) + lists(
        "benchmark", before["benchmarks"], after["benchmarks"]
    )
    return told if len(told) <= MOST_TOLD else [*told[:MOST_TOLD], f"{len(told) - MOST_TOLD} more"]


MOST_TOLD = 6
"""Differences that are told one by one."""


def mapped(options: Mapping[str, str]) -> list[str]:
    """Return options as they are written."""
    return [f"{name}={value}" for name, value in options.items()]


def lists(what: str, before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Say what is in one list only."""
    gone, new = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    return [f"{what} {name} is missing" for name in gone] + [
        f"{what} {name} is new" for name in new
    ]
