"""Native code gets another place in memory for each pair, where the sides do not share it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from parallel_claims.versus import native

if TYPE_CHECKING:
    from pathlib import Path


def environments(folder: Path) -> tuple[Path, Path]:
    """Make two environments: a library is linked into both, a module is built for each."""
    for name in ("old", "new"):
        (folder / name / "package.libs").mkdir(parents=True)
        (folder / name / "package.libs" / "module.so").write_bytes(name.encode())
        (folder / name / "package.py").write_text("")
    (folder / "old" / "shared.so.1.2").write_bytes(b"shared")
    (folder / "new" / "shared.so.1.2").hardlink_to(folder / "old" / "shared.so.1.2")
    (folder / "old" / "link.so").symlink_to("package.libs/module.so")
    return folder / "old", folder / "new"


def test_only_what_the_sides_do_not_share(tmp_path: Path) -> None:
    """Neither what is one file in both, nor what is no native code, nor links to it."""
    old, new = environments(tmp_path)
    modules = [(side / "package.libs" / "module.so",) for side in (old, new)]
    assert [*native.of_their_own(old, new)] == modules
    assert native.of_their_own(old, old) == ((), ())


def test_the_smallest_files_as_far_as_the_bound_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library of a gigabyte is not copied for each pair."""
    old, new = environments(tmp_path)
    for name, size in (("a", 60), ("b", 30), ("c", 20)):
        (old / f"{name}.so").write_bytes(bytes(size))
    monkeypatch.setattr(native, "LARGEST", 60)
    assert [path.name for path in native.of_their_own(old, new)[0]] == [
        "module.so", "c.so", "b.so",
    ]  # fmt: skip


def test_a_moved_file_is_another_one_with_the_same_bytes(tmp_path: Path) -> None:
    """And the same rights; who has the old one open keeps it, and nothing lies beside it."""
    path = tmp_path / "module.so"
    path.write_bytes(b"code")
    path.chmod(0o750)
    before = path.stat()
    with path.open("rb") as loaded:
        native.move(path)
        assert os.fstat(loaded.fileno()).st_nlink == 0
        assert loaded.read() == b"code"
    after = path.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert path.read_bytes() == b"code"
    assert [*tmp_path.iterdir()] == [path]


def test_what_cannot_be_moved_stays(tmp_path: Path) -> None:
    """No room: the file is as it was, and nothing is left beside it."""
    full = tmp_path / "full"
    full.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(full)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603  a file system of our own
        pytest.skip("no file system may be mounted here")
    try:
        path = full / "module.so"
        path.write_bytes(bytes(50_000))
        before = native.identity(path)
        native.move(path)
        assert native.identity(path) == before
        assert path.stat().st_size == 50_000
        assert [*full.iterdir()] == [path]
    finally:
        subprocess.run(["/bin/umount", str(full)], check=True)  # noqa: S603  as above
    native.move(tmp_path / "gone.so")
