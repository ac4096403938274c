"""``fleet``: measure a suite on every host of a Dask cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parallel_claims.commands import shared
from parallel_claims.commands.after import pytest_arguments
from parallel_claims.commands.shared import FAILED, fail, tell
from parallel_claims.errors import BadInputError
from parallel_claims.fleet.hosts import Fleet, Outcome, Security
from parallel_claims.fleet.keeping import keep
from parallel_claims.fleet.lacking import lacking
from parallel_claims.saved import reading
from parallel_claims.saved.names import own_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_claims.saved.form import Run

ALLOWED = ("tcp://", "tls://")


def fleet(
    ctx: typer.Context,
    cluster: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The scheduler: tcp://HOST:8786 or tls://….")
    ],
    within: Annotated[
        str, typer.Option(metavar="TIME", help="A host is given up after this time.")
    ] = "1h",
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Where runs are saved (default: results).", show_default=False
        ),
    ] = None,
    ca: Annotated[str | None, typer.Option(metavar="FILE", help="For tls://: authority.")] = None,
    cert: Annotated[str | None, typer.Option(metavar="FILE", help="… own certificate.")] = None,
    key: Annotated[str | None, typer.Option(metavar="FILE", help="… own key.")] = None,
) -> None:
    """Measure a suite on every host of a Dask cluster.

    One task on each host, in the folder of its worker, where the suite and parallel-claims are
    installed; never two on one. Its saved runs come back as text, are checked, and lie in
    results/ as if this machine had merged them. A Dask cluster runs what it is sent.

    Exit code: 0 every host handed back a run, 1 one did not, or lacks what ran on another and was
    not skipped, 2 bad input.

    Example: parallel-claims fleet --cluster tcp://HOST:8786 -- --benchmark-only
    """  # fmt: skip
    try:
        seconds = shared.seconds("--within", within)
        security = certificates(cluster, ca, cert, key)
        joined = Fleet(cluster, security)
    except BadInputError as error:
        fail(error)
    place = results or shared.results()
    sent = (
        "encrypted" if security else "not encrypted: whoever is on the way can read and change it"
    )
    shared.write(f"{len(joined.hosts)} host(s): {', '.join(joined.hosts)}\n")
    shared.write(f"the connection is {sent}\n")
    try:
        code = saved(place, joined.measure(pytest_arguments(ctx), seconds))
    finally:
        joined.close()
    raise typer.Exit(code)


def certificates(
    cluster: str, ca: str | None, cert: str | None, key: str | None
) -> Security | None:
    """Return the certificates that an address needs.

    Raises:
        BadInputError: it is none of Dask's, or they are not all there, or not for it.
    """
    if not cluster.startswith(ALLOWED):
        message = f"--cluster {cluster!r} is no Dask scheduler: write tcp://HOST:8786 or tls://…"
        raise BadInputError(message)
    if ca and cert and key and cluster.startswith("tls://"):
        return Security(ca, cert, key)
    if cluster.startswith("tls://") or ca or cert or key:
        message = "tls://HOST:PORT goes with all of --ca, --cert and --key"
        raise BadInputError(message)
    return None


def saved(results: Path, outcomes: Iterable[Outcome]) -> int:
    """Save what hosts hand back, and say what became of each; return the exit code."""
    runs: dict[str, list[Run]] = {}
    for outcome in outcomes:
        runs[outcome.name] = kept(results, outcome)
    alike: dict[tuple[str, str], list[str]] = {}
    for lack in lacking(runs):
        alike.setdefault((lack.host, lack.skipped), []).append(own_name(lack.name))
    for (host, why), names in alike.items():
        told = f"not measured on {host} ({why})" if why else f"broken on {host}, not in its runs"
        shared.write(f"{told}: {', '.join(names)}\n")
    whole = runs and all(runs.values()) and all(why for _, why in alike)
    return 0 if whole else FAILED


def kept(results: Path, outcome: Outcome) -> list[Run]:
    """Save what a host handed back, and say what became of it; return its runs, if all is well."""
    answer = outcome.answer
    if answer is None:
        tell([BadInputError(f"{outcome.name}: no run: {outcome.why}")])
        return []
    paths, problems = [], []
    for name, text in sorted(answer.files.items()):
        try:
            paths.append(keep(results, outcome.name, name, text))
        except BadInputError as error:
            problems.append(error)
    if not paths or answer.code:
        last = " | ".join(answer.told.strip().splitlines()[-3:])
        code = "" if answer.code is None else f"pytest ended with {answer.code}: "
        problems.append(BadInputError(f"{outcome.name}: {code}{last}"))
    for path in paths:
        shared.write(f"{outcome.name}: saved: {path}\n")
    tell(problems)
    return [] if problems else [reading.read(path) for path in paths]
