"""The options of the plugin; each is also an ini option, with underscores for hyphens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from parallel_claims import bridge, quantities

if TYPE_CHECKING:
    from collections.abc import Callable

AUTO, OFF = "auto", "off"


def blocks(text: str) -> str | int:
    """Return what ``--blocks`` was given: ``auto``, ``off`` or a number of blocks.

    Raises:
        ValueError: it is none of these.
    """
    if text in {AUTO, OFF}:
        return text
    try:
        return quantities.count(text)
    except ValueError:
        message = (
            f"{text!r} is not a number of blocks, auto or off; before a path write --blocks=auto"
        )
        raise ValueError(message) from None


def seed(text: str) -> int:
    """Return a whole number.

    Raises:
        ValueError: it is none.
    """
    try:
        return int(text)
    except ValueError:
        message = f"{text!r} is not a whole number"
        raise ValueError(message) from None


def machine(text: str) -> str:
    """Return a machine's name that a folder can have.

    Raises:
        ValueError: it cannot; the message says why.
    """
    from parallel_claims.machine.naming import checked_name

    try:
        return checked_name(text)
    except ValueError as error:
        message = f"a machine's name {error} (here: {text!r})"
        raise ValueError(message) from None


class Option(NamedTuple):
    """One option: its ini name, how its text is read, what the help says."""

    name: str
    read: Callable[[str], Any]
    metavar: str
    help: str

    @property
    def flag(self) -> str:
        """Return how it is written on the command line."""
        return "--" + self.name.replace("_", "-")


OPTIONS = (
    Option(
        "blocks", blocks, "N",
        "measure in interleaved blocks, each in a fresh process: N of them, or as many as the "
        "claims need (auto); off switches them off",
    ),
    Option("blocks_min", quantities.count, "N", "measure at least N blocks (default: 7)"),
    Option("blocks_max", quantities.count, "N", "measure at most N blocks (default: 34)"),
    Option(
        "blocks_slice", quantities.seconds, "TIME",
        "in each block, measure a benchmark for TIME, one round at least (default: 20ms)",
    ),
    Option(
        "blocks_precision", quantities.share, "P",
        "without claims, add blocks until every interval is within P: of the ratio to the first "
        "benchmark of its group, or of a benchmark's own seconds (default: 5%%)",
    ),
    Option(
        "blocks_budget", quantities.seconds, "TIME",
        "begin no block after TIME, such as 90s, 3min or 1h (default: 170s)",
    ),
    Option(
        "blocks_patience", quantities.seconds, "TIME",
        "abort a round, with its set-up and teardown, after TIME, and record it as lost "
        "(default: 10min)",
    ),
    Option("blocks_seed", seed, "N", "seed of the order within blocks (default: drawn, recorded)"),
    Option(
        "blocks_results", str, "PATH",
        "folder that runs are saved in (default: results). Outside this folder write "
        "--blocks-results=PATH, or pytest takes the path for its own root",
    ),
    Option(
        "blocks_machine", machine, "NAME",
        "name of this machine in the results (default: made of its processor, usable CPUs and "
        "memory)",
    ),
    Option(
        "blocks_against_itself", str, "NAMES",
        "measure only these benchmarks (names separated by commas), each twice a block: whatever "
        "differs then is noise",
    ),
    Option(
        "blocks_resume", str, "JOURNAL",
        "go on with a run that was cut off, where its last whole block ended: the newest here, or "
        "that of a journal (--blocks-resume=JOURNAL)",
    ),
)  # fmt: skip


def add(parser: pytest.Parser) -> None:
    """Add the options to pytest's command line and ini file."""
    group = parser.getgroup("blocks", "measuring in blocks (parallel-claims)")
    group.addoption(
        "--claims-indicative",
        choices=["skip", "fail"],
        default="skip",
        help="what a claim is that fails on rounds measured one after the other, without blocks: "
        "skipped with the reason, or a failed test (default: %(default)s)",
    )
    for option in OPTIONS:
        alone = {"blocks": AUTO, "blocks_resume": ""}.get(option.name)
        more: dict[str, Any] = {} if alone is None else {"nargs": "?", "const": alone}
        group.addoption(option.flag, metavar=option.metavar, help=option.help, **more)
        parser.addini(option.name, f"{option.flag}: {option.help}".replace("%%", "%"))


ONLY_OF_BLOCKS = (
    "blocks_min", "blocks_max", "blocks_slice", "blocks_precision", "blocks_budget",
    "blocks_patience", "blocks_seed", "blocks_against_itself", "blocks_resume",
)  # fmt: skip
"""Options that say nothing where no blocks are measured."""


def chosen(config: pytest.Config) -> dict[str, Any]:
    """Return each option's value: from the command line, else from the ini file, else None.

    Raises:
        pytest.UsageError: a value that cannot be, or an option of blocks where none were asked
            for. Values are read here: argparse would put its usage before the line.
    """
    found: dict[str, Any] = {}
    if bridge.is_in_worker(config):
        return {option.name: OFF if option.name == "blocks" else None for option in OPTIONS}
    for option in OPTIONS:
        given, text = config.getoption(option.name), config.getini(option.name)
        where = option.flag
        if given is None and text:
            given, where = str(text), f"{config.inipath}: {option.name}"
            if option.name == "blocks_results" and config.inipath is not None:
                given = str(config.inipath.parent / given)
        try:
            found[option.name] = None if given is None else option.read(given)
        except ValueError as error:
            message = f"{where}: {error}"
            raise pytest.UsageError(message) from None
        alone = where == option.flag and option.name in ONLY_OF_BLOCKS and found["blocks"] is None
        if given is not None and alone:
            message = f"{option.flag} is about blocks, and none are measured: add --blocks=auto"
            raise pytest.UsageError(message)
    return found
