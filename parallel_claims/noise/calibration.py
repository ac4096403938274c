"""A calibration as it is saved beside a machine's runs, and quoted with their verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from parallel_claims import stats
from parallel_claims.saved import folders

if TYPE_CHECKING:
    from parallel_claims.saved import form

SCHEMA = 2
"""The form in which a calibration is saved."""


class Figures(msgspec.Struct, frozen=True):
    """What happened to simulated suites.

    red: share of suites with any false *fails*. green: expected share of false ones among the
    *holds*. decided: share of claims that were. blocks: how many a claim rests on, on average.
    coverage: share of the intervals that are shown beside the verdicts that hold the truth.
    """

    red: float
    green: float
    decided: float
    blocks: float
    coverage: float


class Row(msgspec.Struct, frozen=True):
    """What happened to simulated suites of one kind.

    kind: ``looks``, ``one look``, ``one after the other``, or ``seconds`` (of an account).
    truth: ``all`` claims are at their bounds, or ``a third``, and the others far inside.
    """

    kind: str
    truth: str
    figures: Figures


class Trace(msgspec.Struct, frozen=True):
    """Suites that were simulated on one trace of noise.

    distinct: how many of them would fit into the trace without sharing a round.
    spread: that of the ratio of ``pair_rounds`` pairs of the same code, relatively.
    rules: how often each well-known rule finds a difference in such pairs.
    """

    source: str
    rounds: int
    variants: int
    claims: int
    accounts: int
    looks: tuple[int, ...]
    distinct: int
    rows: list[Row]
    pair_rounds: int
    spread: float
    rules: dict[str, dict[str, float]]


class Recorded(msgspec.Struct, frozen=True):
    """Simulated suites of recorded numbers, so many of them in each.

    correlation: of neighbours. heavy: whether the noise is Student's t with 3 degrees of freedom.
    """

    claims: int
    correlation: float
    heavy: bool
    truth: str
    figures: Figures


class Real(msgspec.Struct, frozen=True):
    """Suites of a real A/A run that share no block: how many had a false verdict of either kind.

    coverage: share of the intervals that hold the truth.
    """

    suites: int
    claims: int
    looks: tuple[int, ...]
    false_fails: int
    false_holds: int
    coverage: float


class Calibration(msgspec.Struct, frozen=True):
    """How often verdicts are wrong, on traces of noise, recorded numbers, and real A/A suites."""

    sims: int
    seed: int
    traces: list[Trace]
    recorded: list[Recorded]
    real: Real | None = None
    schema: int = SCHEMA
    alpha: float = stats.ALPHA


def document(found: Calibration) -> str:
    """Return a calibration as it is saved."""
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"


class Versioned(msgspec.Struct, frozen=True):
    """The form of a saved calibration."""

    schema: int


def belonging_to(run: form.Run) -> str:
    """Quote the calibration that lies beside a run, or say that there is none."""
    path = run.path.parent / folders.CALIBRATION
    again = "parallel-claims calibrate makes it anew"
    try:
        content = path.read_bytes()
        schema = msgspec.json.decode(content, type=Versioned).schema
        if schema != SCHEMA:
            return f"{path}: made by another version (form {schema}, here {SCHEMA}): {again}"
        return in_words(msgspec.json.decode(content, type=Calibration))
    except FileNotFoundError:
        return "no calibration of this machine and Python yet: parallel-claims calibrate"
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror or error}"
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return f"{path}: not a calibration: {again}"


def in_words(found: Calibration) -> str:
    """Say what a calibration found, in a sentence: the worst figure of each kind.

    Raises:
        ValueError: it found nothing.
    """
    rows = [row.figures for trace in found.traces for row in trace.rows if row.kind == "looks"]
    text = (
        f"calibrated on this machine's noise, with claims exactly at their bounds: a false "
        f"“fails” in {max(row.red for row in rows):.1%} of runs, "
        f"{max(row.green for row in rows):.1%} of “holds” false"
    )
    real = found.real
    if real is None:
        return text
    return text + (
        f"; of {real.suites} real A/A suites {real.false_fails} had a false “fails”, "
        f"{real.false_holds} a false “holds”"
    )
