"""Where runs lie: files of folders, the newest run of a machine."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.saved import folders
from parallel_claims.saved.newest import newest
from tests import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_folders_and_missing_paths(tmp_path: Path) -> None:
    """A folder means its files; an empty one and a missing path are told."""
    with pytest.raises(BadInputError, match="no such file or folder"):
        folders.saved_files([tmp_path / "none"])
    with pytest.raises(BadInputError, match="no saved run"):
        folders.saved_files([tmp_path])
    first = files.write(tmp_path / "m" / "b" / "0001_quick.json", {})
    second = files.write(tmp_path / "m" / "b" / "0002_quick.json", {})
    assert folders.saved_files([tmp_path, first]) == [first, second, first]


def test_the_newest_run_of_this_machine_is_found(tmp_path: Path) -> None:
    """The time in the name counts, in any build; runs of other machines are named, not taken."""
    files.write(tmp_path / "other" / "b" / "0009_quick.json", {})
    with pytest.raises(BadInputError, match=r"no run saved for this machine.*other"):
        newest(tmp_path, "mine")
    old = files.write(tmp_path / "mine" / "b1" / "0007_20261101T000000Z_quick.json", {})
    files.write(tmp_path / "mine" / "b1" / "0008_quick.json", {})
    new = files.write(tmp_path / "mine" / "b2" / "0001_20261102T000000Z_quick.json", {})
    files.write(tmp_path / "mine" / "b2" / "0002_20261103T000000Z_smoke_against-itself.json", {})
    os.utime(new, (1, 1))
    assert newest(tmp_path, "mine") == new
    assert old.exists()


def saved_run(path: Path, seconds: float, **suite: object) -> Path:
    """Save a run of one benchmark that takes so long."""
    entries = [files.entry("test_a", [seconds] * 7)]
    return files.write(path, files.document(entries, suite=suite))


def test_the_newest_whole_run_of_the_largest_work_is_meant(tmp_path: Path) -> None:
    """Not one of some benchmarks, one that was interrupted, or a small one that came later."""
    folder = tmp_path / "mine" / "b"
    saved_run(folder / "0001_20261101T000000Z_quick.json", 0.3)
    meant = saved_run(folder / "0002_20261102T000000Z_quick.json", 0.3)
    saved_run(folder / "0003_20261103T000000Z_quick.json", 0.3, partial=True)
    early = {"ended": "stopped early", "precision": None}
    saved_run(folder / "0004_20261104T000000Z_quick.json", 0.3, stopping=early)
    saved_run(folder / "0005_20261105T000000Z_smoke.json", 0.01)
    assert newest(tmp_path, "mine") == meant
    large = saved_run(folder / "0000_20261001T000000Z_course.json", 9.0)
    assert newest(tmp_path, "mine") == large


def test_sides_of_comparisons_are_no_runs_of_a_series(tmp_path: Path) -> None:
    """What `versus` saved is read only where its own folder is named; no machine is called so."""
    run = saved_run(tmp_path / "mine" / "cpython-3.11.7" / "0001_quick.json", 1.0)
    side = files.write(tmp_path / "versus" / "0001" / "A_main_20261125T000000Z.json", {})
    assert folders.saved_files([tmp_path]) == [run]
    assert (
        folders.saved_files([side.parent]) == folders.saved_files([tmp_path / "versus"]) == [side]
    )
    with pytest.raises(BadInputError, match=r"machines with runs: mine\)"):
        newest(tmp_path, "other")


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """The rest goes on; hidden folders and what is no run are left out."""
    good = files.write(tmp_path / "ü ../x y".replace("../", "") / "0001_quick.json", {})
    files.write(tmp_path / ".hidden" / "0002_quick.json", {})
    files.write(tmp_path / "m" / "calibration.json", {})
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    problems: list[BadInputError] = []
    with as_nobody(tmp_path):
        found = folders.runs_in(tmp_path, problems)
    assert [tmp_path / place for place in found] == [good]
    assert [str(problem) for problem in problems] == [
        f"{closed}: cannot be read: Permission denied"
    ]


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Give up the rights of root, to whom every folder is open."""
    if os.name != "posix" or os.geteuid() != 0:
        yield
        return
    for parent in (folder, *folder.parents[:3]):
        parent.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
