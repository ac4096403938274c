"""Composition only: which plugins run, what a run records, what is judged at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis import claims, load
from analysis.errors import BadInputError
from analysis.judge import judge_run
from analysis.report import terminal
from experiments import machine

pytest_plugins = ["experiments.blocks", "experiments.measure"]


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Add the facts by which runs are told apart and judged."""
    machine_info.update(machine.describe())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `pytest analysis` one verdict a claim, on the run chosen with --results."""
    if "verdict" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("results")
    root = metafunc.config.rootpath / "results"
    try:
        if chosen is None:
            runs = [load.newest(root, machine.machine_name())]
        else:
            runs = load.saved_files([Path(chosen)])
        verdicts = judge_run(load.read(runs[-1]), claims.read())
    except BadInputError as error:
        pytest.exit(f"error: {error}", returncode=2)
    metafunc.parametrize("verdict", verdicts, ids=lambda verdict: verdict.claim.id)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the verdicts on the run that was just saved."""
    blocks: Any = terminalreporter.config.pluginmanager.get_plugin("parallel-claims-blocks")
    if blocks.saved is None:
        return
    terminalreporter.section("claims")
    try:
        verdicts = judge_run(load.read(blocks.saved), claims.read())
    except BadInputError as error:
        terminalreporter.write_line(f"error: {error}")
        return
    width = min(80, terminalreporter._tw.fullwidth)  # noqa: SLF001  no public way to ask
    color = terminalreporter._tw.hasmarkup  # noqa: SLF001
    terminalreporter.write(terminal.render(verdicts, width=width, color=color))
