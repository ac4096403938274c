"""The cache never lies: what is damaged, forged or another's is thrown away and made anew."""

from __future__ import annotations

import os
import shutil
import stat
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_claims.follow import cache, runs, sealed
from tests import files

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")


def saved(folder: Path, count: int, seconds: float = 1.0) -> Path:
    """Save some runs of one variant, and wait until no change can bear their time."""
    for number in range(1, count + 1):
        entry = files.entry("test_a", [seconds + number / 100] * 6)
        files.write(folder / f"{number:04}_quick.json", files.document([entry]))
    time.sleep(2 * cache.FRESH / 1e9)
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two runs and their cache."""
    monkeypatch.setattr(cache, "WORTH_A_CACHE", 1)
    runs.read([saved(tmp_path / "results", 2)])
    return tmp_path / "results"


def part_of(folder: Path) -> Path:
    """Return the one part of a folder's cache."""
    (path,) = (folder / cache.CACHE).glob(f"*{cache.PART}")
    return path


def seconds_in(folder: Path) -> list[float]:
    """Return all times that are read from a folder."""
    return sorted(runs.read([folder]).rounds["seconds"].tolist())


def test_every_byte_of_a_cache_counts(folder: Path) -> None:
    """Each byte in turn changed by one bit or by all: the part is removed, never believed."""
    path = part_of(folder)
    whole = path.read_bytes()
    for place in range(len(whole)):
        for mask in (1 << (place % 8), 0xFF):
            damaged = bytearray(whole)
            damaged[place] ^= mask
            path.write_bytes(damaged)
            assert cache.Cache(folder).parts() == [], place
            assert not path.exists()


@pytest.mark.parametrize("cut", [0, 1, 63, 64, 65, 200, -1])
def test_a_cache_cut_off_is_not_believed(folder: Path, cut: int) -> None:
    """At any length; nor one that goes on."""
    told, path = seconds_in(folder), part_of(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    assert seconds_in(folder) == told
    path.write_bytes(whole + b"x")
    assert cache.Cache(folder).parts() == []


def test_random_bits_of_a_larger_cache_never_give_other_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred damaged caches of thirty runs, each read as a whole."""
    monkeypatch.setattr(cache, "WORTH_A_CACHE", 1)
    folder = saved(tmp_path, 30)
    told = seconds_in(folder)
    whole, chance = part_of(folder).read_bytes(), np.random.default_rng(1)
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 1, 2, 50])):
            damaged[chance.integers(len(damaged))] ^= 1 << int(chance.integers(8))
        part_of(folder).write_bytes(damaged)
        assert seconds_in(folder) == told


def test_another_folders_cache_is_not_believed(folder: Path, tmp_path: Path) -> None:
    """Whole as it is, and though its runs have the same names."""
    other = saved(tmp_path / "other", 2, seconds=7.0)
    runs.read([other])
    told = seconds_in(folder)
    shutil.copy(part_of(other), part_of(folder))
    assert cache.Cache(folder).parts() == []
    shutil.copy(part_of(other), folder / cache.CACHE / "000009.part")
    assert seconds_in(folder) == told


def test_a_file_that_had_just_changed_is_read_again(folder: Path) -> None:
    """Its next change may bear the same time: what was read within 20 ms of one is not believed."""
    part = cache.Cache(folder).parts()[0][1]
    key = cache.keys_of(part)[0]
    changed = max(key[2], key[3])
    assert not cache.believed(key, changed + cache.FRESH, {key: "x"})
    assert cache.believed(key, changed + cache.FRESH + 1, {key: "x"})
    assert not cache.believed(key, changed + cache.FRESH + 1, {})


@posix
def test_a_cache_is_its_users_own(folder: Path) -> None:
    """Nobody else may enter it; one that others could enter is emptied first."""
    inside = folder / cache.CACHE
    assert stat.S_IMODE(inside.stat().st_mode) == 0o700
    assert stat.S_IMODE(part_of(folder).stat().st_mode) == 0o600
    inside.chmod(0o777)
    (inside / "theirs").touch()
    assert cache.Cache(folder).opened()
    assert not list(inside.iterdir())
    assert stat.S_IMODE(inside.stat().st_mode) == 0o700


@posix
def test_a_link_is_no_cache(folder: Path, tmp_path: Path) -> None:
    """What it leads to is neither read nor emptied, and the runs are read all the same."""
    told = seconds_in(folder)
    elsewhere = tmp_path / "elsewhere"
    (folder / cache.CACHE).rename(elsewhere)
    (elsewhere / "000001.part").write_text("somebody's")
    (folder / cache.CACHE).symlink_to(elsewhere, target_is_directory=True)
    assert seconds_in(folder) == told
    assert (elsewhere / "000001.part").read_text() == "somebody's"


def test_a_writing_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file before it is whole, and no part of another lies about."""
    path = tmp_path / "one"
    sealed.write(path, {"a": 1}, [b"x", b"yz"])
    with monkeypatch.context() as patch:
        patch.setattr(sealed, "blake2b", lambda _: None)
        with pytest.raises(AttributeError):
            sealed.write(path, {"a": 2}, [b""])
    assert [p.name for p in tmp_path.iterdir()] == ["one"]
    of, pieces = sealed.read(path)
    assert (of, [bytes(piece) for piece in pieces]) == ({"a": 1}, [b"x", b"yz"])
