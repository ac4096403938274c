"""``calibrate``: say how often verdicts are wrong on noise."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from parallel_claims import stats
from parallel_claims.commands import shared
from parallel_claims.commands.shared import NOTHING_MEASURED, Claims, fail
from parallel_claims.errors import BadInputError, NothingMeasuredError
from parallel_claims.noise import calibrate as calibrating
from parallel_claims.noise.calibration import document
from parallel_claims.report import calibration as told
from parallel_claims.report.keeping import keep
from parallel_claims.saved import folders, reading
from parallel_claims.saved.names import AGAINST_ITSELF
from parallel_claims.visible import visible

BLOCKS = 2 * stats.MOST
"""Blocks of an A/A run: two whole suites."""


def calibrate(
    noise: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="NOISE",
            help="CSVs of seconds, or runs measured with --blocks-against-itself (default: "
            "measure one).",
            show_default=False,
        ),
    ] = None,
    blocks: Annotated[
        int, typer.Option(min=stats.FEWEST, help="Blocks of the A/A run that is measured.")
    ] = BLOCKS,
    pytest: Annotated[
        str, typer.Option(metavar="ARGUMENTS", help="More arguments for the pytest that measures.")
    ] = "",
    sims: Annotated[int, typer.Option(min=10, help="Simulated suites for each figure.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 1,
    claims: Claims = None,
) -> None:
    """Say how often this suite's verdicts are wrong on noise.

    How many runs have a false "fails", and how many "holds" are false. Without NOISE, the
    baselines are measured against themselves on this machine first. A calibration on such a
    run is saved beside it.

    Exit code: 0, 2 bad input, 5 nothing was measured.

    Example: parallel-claims calibrate --blocks 68
    """
    files = list(noise or ())
    try:
        known = shared.known_claims(claims).claims
        if not files:
            names = calibrating.baselines(known)
            files = [measured_noise(names, blocks, shlex.split(pytest))]
        run = next((reading.read(file) for file in files if file.suffix == ".json"), None)
        real = None if run is None else calibrating.real_suites(run)
        noises = [calibrating.read_noise(file) for file in files]
        found = calibrating.calibrate(noises, known, sims, seed, real)
    except BadInputError as error:
        fail(error)
    shared.write(told.render(found))
    if run is not None:
        path = run.path.parent / folders.CALIBRATION
        own = [trace for trace in found.traces if trace.source == str(run.path)]
        try:
            keep(path, document(replace(found, traces=own)))
        except BadInputError as error:
            fail(error)
        shared.write(visible(f"\nsaved: {path}") + "\n")


def measured_noise(names: list[str], blocks: int, arguments: list[str]) -> Path:
    """Measure variants against themselves in a run of their own, and return its file.

    Raises:
        BadInputError: the run failed, or saved nothing.
    """
    command = [sys.executable, "-m", "pytest", "--benchmark-only", f"--blocks={blocks}"]
    command += [f"--blocks-against-itself={','.join(names)}", *arguments]
    found = f"*/*/*{AGAINST_ITSELF}.json"
    results = shared.results()
    before = set(results.glob(found))
    result = subprocess.run(  # noqa: S603  this very Python, and the user's own arguments
        [*command, f"--blocks-results={results}"], check=False
    )
    new = set(results.glob(found)) - before
    if result.returncode or not new:
        message = f"measuring failed (pytest's exit code {result.returncode}): see above"
        nothing = result.returncode in {0, NOTHING_MEASURED}  # pytest's code is the same
        raise NothingMeasuredError(message) if nothing else BadInputError(message)
    return new.pop()
