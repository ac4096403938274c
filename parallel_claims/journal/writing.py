"""Where rounds are kept: a journal while measuring, the saved file at the end.

The journal is a file of JSON lines beside the results. Its first line describes
the run, then comes one line for each variant when it is first seen and one for
each finished round, written and flushed at once. The saved file is built from
the journal alone, so a run that crashes loses no finished round.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from parallel_claims import bridge
from parallel_claims.errors import BadInputError
from parallel_claims.journal.lines import Lines, read, written
from parallel_claims.journal.owner import this_process
from parallel_claims.saved import atomic
from parallel_claims.saved.folders import JOURNAL
from parallel_claims.saved.form import SCHEMA
from parallel_claims.saved.names import AGAINST_ITSELF, own_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path


class NoRoomError(Exception):
    """The disk takes no more; the message says where what was measured is, and what to do."""

    def __init__(self, path: Path, error: OSError) -> None:
        named = shlex.quote(str(path))
        super().__init__(
            f"error: {path}: cannot be written: {error.strerror}; it has every round before: make "
            f"room, then parallel-claims recover {named}, or go on with --blocks-resume={named}"
        )


class Journal:
    """The journal of one run; the saved file is made of it in the end."""

    def __init__(self, path: Path, saved: Path) -> None:
        self.path, self.saved = path, saved
        self._failed: NoRoomError | None = None
        self._seen: set[str] = set()
        self._file = self.path.open("a+", encoding="utf-8")
        self._write(process=this_process())

    @classmethod
    def begun(cls, folder: Path, label: str, run: Mapping[str, Any]) -> Journal:
        """Begin a journal in ``folder``; its number is taken by creating it.

        The saved file's name has the time too: folders from several hosts can be merged.
        """
        folder.mkdir(parents=True, exist_ok=True)
        number, path = reserve(folder)
        try:
            path.write_text(written({"run": run}), encoding="utf-8")
            return cls(path, folder / f"{number:04}_{datetime.now(UTC):{AT}}_{label}.json")
        except OSError:
            path.unlink()  # it says nothing
            raise

    @classmethod
    def reopened(cls, path: Path, kept: Iterable[Mapping[str, Any]]) -> Journal:
        """Go on with a journal, of which only some lines are kept."""
        lines = list(kept)
        atomic.write(path, "".join(map(written, lines)))
        return cls(path, path.parent / saved_name(path, lines[0]["run"]))

    def first(self, name: str) -> bool:
        """Say whether nothing was written of a benchmark before; from now on something was."""
        new = name not in self._seen
        self._seen.add(name)
        return new

    def append(self, **line: Any) -> None:
        """Write one line and hand it to the system at once.

        Raises:
            NoRoomError: it cannot be written; the journal ends with the line before.
        """
        if self._failed:
            raise self._failed
        try:
            if not os.fstat(self._file.fileno()).st_nlink:
                self._write_again()
            self._write(**line)
        except OSError as error:
            self._failed = NoRoomError(self.path, error)
            with contextlib.suppress(OSError):
                self._file.close()
            raise self._failed from None

    def _write(self, **line: Any) -> None:
        """Write one line, whatever comes of it."""
        self._file.write(written(line))
        self._file.flush()

    def _write_again(self) -> None:
        """Write the journal anew, under a number that is free: somebody removed its folder."""
        self._file.seek(0)
        so_far = self._file.read()
        self._file.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        number, self.path = reserve(self.path.parent)
        self.saved = self.saved.with_name(f"{number:04}_{self.saved.name.partition('_')[2]}")
        self._file = self.path.open("a+", encoding="utf-8")
        self._file.write(so_far)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def finish(
        self, as_wished: Callable[[dict[str, Any]], dict[str, Any]] = dict, **closing: Any
    ) -> Path | None:
        """Build the saved file and remove the journal; None if no round was finished.

        as_wished: leaves out of it what is not to be saved.

        Raises:
            NoRoomError: it cannot be written; the journal is there still.
        """
        self.append(closing=closing)
        self.close()
        saved = saved_form(self.path)
        if not saved["benchmarks"]:
            self.path.unlink()
            return None
        try:
            atomic.write(self.saved, in_full(as_wished(saved)))
        except OSError as error:
            raise NoRoomError(self.path, error) from None
        self.path.unlink()
        return self.saved


AT = "%Y%m%dT%H%M%SZ"
"""How the time is written in a saved file's name."""


def in_full(saved: Mapping[str, Any]) -> str:
    """Return a run in its saved form as it is written to the disk."""
    return json.dumps(saved, indent=1, allow_nan=False)


def label_of(suite: Mapping[str, Any]) -> str:
    """Return what a saved file's name says of its run: the size of the work, mostly."""
    return (suite["scale"] or "run") + (AGAINST_ITSELF if suite["against_itself"] else "")


def saved_name(path: Path, run: Mapping[str, Any]) -> str:
    """Return the name of the saved file of a journal, by what its first line says.

    Raises:
        BadInputError: it says too little.
    """
    try:
        moment = datetime.fromisoformat(run["datetime"]).astimezone(UTC)
        label = label_of(run["suite"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        message = f"{path}: its first line is damaged ({error!r}): measure again"
        raise BadInputError(message) from None
    return f"{path.name.removesuffix(JOURNAL)}_{moment:{AT}}_{label}.json"


def reserve(folder: Path) -> tuple[int, Path]:
    """Take the next free number in ``folder`` by creating its journal.

    Creation fails where the file exists, so two runs never take the same number.
    """
    number = 1 + max(map(int, numbers_in(folder)), default=0)
    while True:
        path = folder / f"{number:04}{JOURNAL}"
        with contextlib.suppress(FileExistsError):
            path.touch(exist_ok=False)
            if not any(folder.glob(f"{number:04}_*.json")):
                return number, path
            path.unlink()  # another run took and finished this number meanwhile
        number += 1


def numbers_in(folder: Path) -> list[str]:
    """Return the numbers that files in ``folder`` begin with."""
    return [found[0] for path in folder.iterdir() if (found := re.match(r"\d{4,}", path.name))]


def saved_form(path: Path, **so_far: Any) -> dict[str, Any]:
    """Return the run of a journal in its saved form.

    so_far: what a run that is not closed yet says of itself.

    Raises:
        BadInputError: it is no journal.
    """
    return built(read(path), **so_far)


def built(lines: Lines, **so_far: Any) -> dict[str, Any]:
    """Return a run in pytest-benchmark's saved form, one entry a variant.

    The i-th datum of an entry belongs to block ``extra_info["blocks"][i]``; a block
    that the experiment began and the variant did not finish is in
    ``extra_info["lost"]`` with the reason, those from ``extra_info["left"]`` on excepted:
    the variant was not needed any more.
    """
    run: dict[str, Any] = lines.believed[0]["run"]
    variants = described(lines)
    rounds = defaultdict(list)
    begun = defaultdict(set)
    for round_ in lines.all("round"):
        rounds[round_["fullname"]].append(round_)
        begun[variants[round_["fullname"]]["group"]].add(round_["block"])
    given_up = set(lines.all("given_up"))
    left = {gone["fullname"]: gone["block"] for gone in lines.all("left")}
    entries = []
    for name, variant in variants.items():
        missing = (
            "not measured: given up after failures in a row"
            if name in given_up
            else DAMAGED if lines.damaged else "not measured: the run ended within this block"
        )  # fmt: skip
        known = variant | ({"left": left[name]} if name in left else {})
        entries.append(entry(known, rounds[name], begun[variant["group"]], missing))
    failed = {
        entry_["fullname"]: reasons
        for entry_ in entries
        if (reasons := entry_["extra_info"]["lost"]) and not entry_["stats"]
    }
    resumed = lines.all("resumed")
    told = {
        "failed": failed,
        "conditions": lines.all("block"),
        "processes": lines.all("worker"),
        "speeds": next(iter(lines.all("speeds")), []),
        **({"resumed": resumed} if resumed else {}),
    }
    return {
        "machine_info": run["machine_info"] | cpus_used(lines),
        "commit_info": run["commit_info"],
        "benchmarks": [entry_ for entry_ in entries if entry_["stats"]],
        "datetime": run["datetime"],
        "version": run["version"],
        "parallel_claims": {
            "schema": SCHEMA, **run["suite"], **lines.last("closing", so_far), **told
        },
    }  # fmt: skip


def cpus_used(lines: Lines) -> dict[str, int]:
    """Return the CPUs that the measured processes might use, where a suite allowed itself fewer."""
    seen = [round_["recorded"]["cpus"] for round_ in lines.all("round") if
            "cpus" in round_.get("recorded", {})]  # fmt: skip
    known = lines.believed[0]["run"]["machine_info"].get("usable_cpus")
    fewest = int(min(seen, default=0))
    return {"usable_cpus": fewest} if fewest and known and fewest < known else {}


DAMAGED = "not measured: the run ended within this block, or its line in the journal is damaged"


def described(lines: Lines) -> dict[str, dict[str, Any]]:
    """Return what is known of each variant; of one whose own line is damaged, its name."""
    found = {variant["fullname"]: variant for variant in lines.all("variant")}
    for round_ in lines.all("round"):
        fullname = round_["fullname"]
        if fullname not in found:
            found[fullname] = {
                "group": fullname.partition("[")[0],
                "name": own_name(fullname),
                "fullname": fullname,
                "param": None,
                "params": None,
                "options": {},
                "info": {},
            }
    return found


def entry(
    variant: dict[str, Any], rounds: list[dict[str, Any]], begun: set[int], missing: str
) -> dict[str, Any]:
    """Return one variant's entry, its data in block order.

    missing: why a block that was begun has no round of it.
    """
    done = sorted((r for r in rounds if "seconds" in r), key=lambda r: r["block"])
    lost = {str(r["block"]): r["lost"] for r in rounds if "lost" in r}
    left = variant.get("left")
    asked = {block for block in begun if left is None or block < left}
    for block in sorted(asked - {r["block"] for r in rounds}):
        lost[str(block)] = missing
    names = sorted({name for r in done for name in r.get("recorded", ())})
    info = {
        **variant["info"],
        "blocks": [r["block"] for r in done],
        "positions": [r["position"] for r in done],
        **(
            {"processes": [r["process"] for r in done]} if all("process" in r for r in done) else {}
        ),
        "recorded": {name: [r.get("recorded", {}).get(name) for r in done] for name in names},
        "lost": lost,
        **({"left": left} if left is not None else {}),
    }
    for key in sorted({key for r in done for key in r.get("info", ())}):
        values = {json.dumps(r.get("info", {}).get(key)) for r in done}
        info[key] = json.loads(values.pop()) if len(values) == 1 else sorted(values)
    return {
        "group": variant["group"],
        "name": variant["name"],
        "fullname": variant["fullname"],
        "params": variant["params"],
        "param": variant["param"],
        "extra_info": info,
        "options": variant["options"],
        "stats": bridge.summary([r["seconds"] for r in done]) if done else {},
    }
