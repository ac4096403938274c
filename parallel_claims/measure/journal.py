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
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from parallel_claims.measure import bridge
from parallel_claims.saved.form import SCHEMA

SUFFIX = ".journal.jsonl"


class Journal:
    """The journal of one run in ``folder``; its number is taken by creating it.

    The saved file's name has the time too: folders from several hosts can be merged.
    """

    def __init__(self, folder: Path, label: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.number, self.path = reserve(folder)
        self.saved = folder / f"{self.number:04}_{datetime.now(UTC):%Y%m%dT%H%M%SZ}_{label}.json"
        self._file = self.path.open("a+", encoding="utf-8")

    def append(self, **line: Any) -> None:
        """Write one line and hand it to the system at once."""
        if not os.fstat(self._file.fileno()).st_nlink:
            self._write_again()
        self._file.write(json.dumps(line, allow_nan=False) + "\n")
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

    def finish(self, **closing: Any) -> Path | None:
        """Build the saved file and remove the journal; None if no round was finished."""
        self.append(closing=closing)
        self._file.close()
        saved = saved_form(self.path)
        if not saved["benchmarks"]:
            self.path.unlink()
            return None
        write_atomically(self.saved, json.dumps(saved, indent=1, allow_nan=False))
        self.path.unlink()
        return self.saved


def reserve(folder: Path) -> tuple[int, Path]:
    """Take the next free number in ``folder`` by creating its journal.

    Creation fails where the file exists, so two runs never take the same number.
    """
    number = 1 + max(map(int, numbers_in(folder)), default=0)
    while True:
        path = folder / f"{number:04}{SUFFIX}"
        with contextlib.suppress(FileExistsError):
            path.touch(exist_ok=False)
            if not any(folder.glob(f"{number:04}_*.json")):
                return number, path
            path.unlink()  # another run took and finished this number meanwhile
        number += 1


def numbers_in(folder: Path) -> list[str]:
    """Return the numbers that files in ``folder`` begin with."""
    return [found[0] for path in folder.iterdir() if (found := re.match(r"\d{4,}", path.name))]


def write_atomically(path: Path, text: str) -> None:
    """Write ``text`` so that ``path`` is either absent, or whole and on the disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if os.name == "posix":
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def read(path: Path) -> list[dict[str, Any]]:
    """Return a journal's lines; a last line that a crash cut off is left out."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return lines


def saved_form(path: Path, **so_far: Any) -> dict[str, Any]:
    """Return the run in pytest-benchmark's saved form, one entry a variant.

    The i-th datum of an entry belongs to block ``extra_info["blocks"][i]``; a block
    that the experiment began and the variant did not finish is in
    ``extra_info["lost"]`` with the reason, those from ``extra_info["left"]`` on excepted:
    the variant was not needed any more.

    so_far: what a run that is not closed yet says of itself.
    """
    lines = read(path)
    if not lines or "run" not in lines[0]:
        message = f"{path}: not a journal of this suite"
        raise ValueError(message)
    run: dict[str, Any] = lines[0]["run"]
    closing = next((line["closing"] for line in lines if "closing" in line), so_far)
    variants = {line["variant"]["fullname"]: line["variant"] for line in lines if "variant" in line}
    rounds = defaultdict(list)
    begun = defaultdict(set)
    for line in lines:
        if "round" in line:
            rounds[line["round"]["fullname"]].append(line["round"])
            begun[variants[line["round"]["fullname"]]["group"]].add(line["round"]["block"])
    given_up = {line["given_up"] for line in lines if "given_up" in line}
    left = {line["left"]["fullname"]: line["left"]["block"] for line in lines if "left" in line}
    entries = [
        entry(
            variant | ({"left": left[name]} if name in left else {}),
            rounds[name],
            begun[variant["group"]],
            given_up=name in given_up,
        )
        for name, variant in variants.items()
    ]
    failed = {
        entry_["name"]: reasons
        for entry_ in entries
        if (reasons := entry_["extra_info"]["lost"]) and not entry_["stats"]
    }
    conditions = [line["block"] for line in lines if "block" in line]
    speeds: list[Any] = next((line["speeds"] for line in lines if "speeds" in line), [])
    told = {"failed": failed, "conditions": conditions, "speeds": speeds}
    suite = {**run["suite"], **closing, **told}
    return {
        "machine_info": run["machine_info"],
        "commit_info": run["commit_info"],
        "benchmarks": [entry_ for entry_ in entries if entry_["stats"]],
        "datetime": run["datetime"],
        "version": run["version"],
        "parallel_claims": {"schema": SCHEMA, **suite},
    }


def entry(
    variant: dict[str, Any], rounds: list[dict[str, Any]], begun: set[int], *, given_up: bool
) -> dict[str, Any]:
    """Return one variant's entry, its data in block order."""
    done = sorted((r for r in rounds if "seconds" in r), key=lambda r: r["block"])
    lost = {str(r["block"]): r["lost"] for r in rounds if "lost" in r}
    left = variant.get("left")
    asked = {block for block in begun if left is None or block < left}
    for block in sorted(asked - {r["block"] for r in rounds}):
        lost[str(block)] = (
            "not measured: given up after failures in a row"
            if given_up
            else "not measured: the run ended within this block"
        )
    names = sorted({name for r in done for name in r["recorded"]})
    info = {
        **variant["info"],
        "blocks": [r["block"] for r in done],
        "positions": [r["position"] for r in done],
        "recorded": {name: [r["recorded"].get(name) for r in done] for name in names},
        "lost": lost,
        **({"left": left} if left is not None else {}),
    }
    for key in sorted({key for r in done for key in r["info"]}):
        values = {json.dumps(r["info"].get(key)) for r in done}
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
