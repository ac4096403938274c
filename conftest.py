"""Composition only: which plugins run, what a run records, what is judged at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis import claims, folders, load
from analysis.errors import BadInputError
from analysis.judge import judge_run, open_claims
from analysis.report import notes, terminal
from experiments import machine

pytest_plugins = ["experiments.measure", "experiments.blocks"]


def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, Any]
) -> None:
    """Add the facts by which runs are told apart and judged."""
    machine_info.update(machine.describe())
    machine_info["name"] = named(config)


def named(config: pytest.Config) -> str:
    """Return the name of this machine: the one given, or its own."""
    return str(config.getoption("machine") or machine.machine_name())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `pytest analysis` one verdict a claim, on the run chosen with --results."""
    if "verdict" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("results")
    root = metafunc.config.rootpath / "results"
    try:
        if chosen is None:
            runs = [folders.newest(root, named(metafunc.config))]
        else:
            runs = folders.saved_files([Path(chosen)])
        verdicts = judge_run(load.read(runs[-1]), claims.read(), strict=False)
    except BadInputError as error:
        pytest.exit(f"error: {error}", returncode=2)
    metafunc.parametrize("verdict", verdicts, ids=lambda verdict: verdict.claim.id)


def pytest_blocks_open(
    document: dict[str, Any], precision: float
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Say which claims are not measured precisely enough yet."""
    run = load.from_document(Path("this run"), document)
    found = open_claims(run, claims.read(), precision, strict=False)
    named = {claim.id: claim.benchmarks for claim in claims.read() if claim.id in found}
    return {claim_id: (found[claim_id], named[claim_id]) for claim_id in found}


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the verdicts on the run that was just saved."""
    blocks: Any = terminalreporter.config.pluginmanager.get_plugin("parallel-claims-blocks")
    if blocks.saved is None or blocks.twice:
        return
    terminalreporter.section("claims")
    try:
        verdicts = judge_run(load.read(blocks.saved), claims.read(), strict=False)
    except BadInputError as error:
        terminalreporter.write_line(f"error: {error}")
        return
    width = min(80, terminalreporter._tw.fullwidth)  # noqa: SLF001  no public way to ask
    color = terminalreporter._tw.hasmarkup  # noqa: SLF001
    told = notes.on(verdicts[0].run)
    terminalreporter.write(terminal.render(verdicts, terminal.Style(width, color), told))
