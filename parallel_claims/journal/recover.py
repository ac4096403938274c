"""What only a journal has, made a saved file: for runs that were ended with no time to save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parallel_claims.errors import BadInputError
from parallel_claims.journal import lines, writing
from parallel_claims.journal.owner import still_runs
from parallel_claims.saved import atomic

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_claims.journal.lines import Lines


@dataclass(frozen=True)
class Recovered:
    """What became of a journal.

    saved: the file that was made of it; None where no round was finished. rounds, blocks: how
    many are in it. note: what else is to be known, in words.
    """

    saved: Path | None
    rounds: int = 0
    blocks: int = 0
    note: str = ""


def recover(path: Path) -> Recovered:
    """Make the saved file of a journal, marked as partial, and remove the journal.

    Raises:
        BadInputError: it is no journal, or its run still goes on.
        OSError: the file cannot be written; the journal stays.
    """
    found = ended(path)
    kept = path.parent / writing.saved_name(path, found.believed[0]["run"])
    closed = found.last("closing") is not None
    if closed and (already := list(path.parent.glob(f"{kept.name.partition('_')[0]}_*.json"))):
        path.unlink()  # it was saved, and only the journal was not removed any more
        return Recovered(already[0], note="it was saved already")
    whole = writing.built(found, **closing(found))
    rounds = sum(len(entry["stats"]["data"]) for entry in whole["benchmarks"])
    if rounds:
        atomic.write(kept, writing.in_full(whole))
    path.unlink()
    return Recovered(kept if rounds else None, rounds, found.blocks, found.told)


def ended(path: Path) -> Lines:
    """Return the lines of a journal whose run has ended.

    Raises:
        BadInputError: it is no journal, or its run still goes on.
    """
    found = lines.read(path)
    owner = found.last("process", {})
    if still_runs(owner, path):
        message = f"{path}: its run still goes on (process {owner['pid']}): wait until it ends"
        raise BadInputError(message)
    return found


def closing(found: Lines) -> dict[str, Any]:
    """Return what a run that was cut off says of itself, as one that was stopped early does."""
    stopping = dict(found.last("stopping", {}))
    blocks, looks = found.blocks, list(stopping.get("looks", []))
    if stopping.get("planned") and blocks and blocks not in looks:
        looks.append(blocks)  # the last look is where the run ended
    if "looks" in stopping:
        stopping["looks"] = looks
    spent = found.last("spent", {"wall": None, "timed": None})
    return {
        "skipped": {name: why for some in found.all("skipped") for name, why in some.items()},
        "blocks": blocks,
        "stopping": {**stopping, "ended": "stopped early"},
        "timed_seconds": spent["timed"],
        "wall_seconds": spent["wall"],
        "partial": True,
    }
