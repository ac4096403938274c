"""``calibrate``: say how often verdicts are wrong on noise."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis import calibrate, folders, load
from analysis import claims as claims_file
from analysis.commands import shared
from analysis.commands.shared import Claims, fail
from analysis.errors import BadInputError
from analysis.report import calibration


def calibrate_command(
    noise: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[NOISE FILES]",
            help="CSVs of seconds, or runs measured with --against-itself (default: measure one).",
            show_default=False,
        ),
    ] = None,
    blocks: Annotated[
        int, typer.Option(min=10, help="Blocks of the A/A run that is measured.")
    ] = 60,
    scale: Annotated[str, typer.Option(help="Scale of the A/A run, as in measuring.")] = "quick",
    sims: Annotated[int, typer.Option(min=10, help="Simulated suites for each figure.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 1,
    claims: Claims = claims_file.DEFAULT,
) -> None:
    """Say how often this suite's verdicts are wrong on noise, and how small a difference it sees.

    Without NOISE FILES, the baselines are measured against themselves on this machine first.
    A calibration on such a run is saved beside it.
    """
    try:
        known = claims_file.read(claims)
        files = list(noise or ())
        if not files:
            files = [measured_noise(calibrate.baselines(known), blocks, scale)]
        run = next((load.read(file) for file in files if file.suffix == ".json"), None)
        real = None if run is None else calibrate.real_suites(run, calibrate.RULE.fewest)
        tables = [
            calibrate.calibrate(calibrate.read_noise(file), known, sims, seed) for file in files
        ]
    except BadInputError as error:
        fail(error)
    sys.stdout.write(calibration.render(tables, real))
    if run is not None:
        path = run.path.parent / folders.CALIBRATION
        own = [table for table in tables if table["source"] == str(run.path)]
        path.write_text(calibrate.document(own, real), encoding="utf-8")
        sys.stdout.write(f"\nsaved: {path}\n")


def measured_noise(names: list[str], blocks: int, scale: str) -> Path:
    """Measure the baselines against themselves on this machine."""
    if shared.measure_against_itself is None:
        message = "name the files that hold noise"
        raise BadInputError(message)
    return shared.measure_against_itself(names, blocks, scale)
