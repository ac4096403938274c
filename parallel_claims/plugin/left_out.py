"""What a project's settings ask of every session, and one that measures in blocks leaves out.

Who writes ``--blocks`` wants benchmarks measured: what ``addopts`` or PYTEST_ADDOPTS say against
it is switched off, and told. What the command line itself says against it is refused elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_claims import bridge

if TYPE_CHECKING:
    import pytest


class LeftOut(NamedTuple):
    """An option as it is written, and what it is where pytest keeps it once it is left out."""

    written: str
    values: dict[str, Any]


LEFT_OUT = (
    LeftOut("--benchmark-disable", {"benchmark_disable": False}),
    LeftOut("--benchmark-skip", {"benchmark_skip": False}),
    LeftOut("--benchmark-cprofile", {"benchmark_cprofile": None}),
    LeftOut("-n", {"numprocesses": None, "dist": "no", "tx": [], "distload": False}),
)

COVERAGE = "--cov"
"""It is left out before the command line is parsed in full: pytest-cov begins by then."""

SWITCHED_OFF = "no:benchmark"
"""What ``-p`` has where pytest-benchmark is not to be loaded."""


def before_plugins(config: pytest.Config, args: list[str]) -> list[str]:
    """Leave out what plugins read before the command line is parsed; return what it was."""
    asked, found = bridge.of_command_line(config), []
    if not bridge.has_options_of_benchmark(config) and SWITCHED_OFF not in asked.plugins:
        bridge.load_benchmark(config)
        if SWITCHED_OFF in config.known_args_namespace.plugins:
            found.append(f"-p {SWITCHED_OFF}")
    if getattr(config.known_args_namespace, "cov_source", None) and not asked.cov_source:
        bridge.switch_off_coverage(config, args)
        found.append(COVERAGE)
    return found


def from_settings(config: pytest.Config) -> list[str]:
    """Leave out what was parsed, and was not written on the command line; return what it was."""
    asked, found = vars(bridge.of_command_line(config)), []
    for option in LEFT_OUT:
        given = {
            name: off
            for name, off in option.values.items()
            if (getattr(config.option, name, off) or off) != off
        }
        if given and not any((asked.get(name) or off) != off for name, off in given.items()):
            for name, off in given.items():
                setattr(config.option, name, off)
            found.append(option.written)
    return found


def told(found: list[str]) -> str:
    """Say what was left out, in a line."""
    return f"left out of the settings, since blocks are to be measured: {', '.join(found)}"
