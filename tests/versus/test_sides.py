"""The sides of a comparison: what is built, what is measured, what nothing is left of."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_claims.versus.sides import prepared
from tests.versus.repositories import git, project, written

if TYPE_CHECKING:
    from parallel_claims.versus.records import Version


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep environments in a folder of these tests' own; return it."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    for name in ("uv", "pip"):  # theirs stay where they are: nothing is loaded twice
        monkeypatch.setenv(f"{name.upper()}_CACHE_DIR", str(Path.home() / ".cache" / name))
    return folder / "parallel-claims" / "versus"


def answer(version: Version, code: str) -> str:
    """Return what a line of Python prints, run as pytest is: from the side's folder."""
    told = subprocess.run(  # noqa: S603  the side's Python
        [str(version.python), "-c", code],
        cwd=version.folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return told.stdout.strip()


def test_each_side_has_what_it_is_named_after_and_the_same_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    """A revision and the working tree with its changes; the repository stays as it was."""
    root = project(tmp_path / "project")
    written(root, sortable_py="def answer():\n    return 3\n", untracked_txt="new")
    before = git(root, "status", "--porcelain"), sorted((root / ".git").rglob("*"))
    commit = git(root, "rev-parse", "HEAD")
    monkeypatch.chdir(root)
    with prepared("v1", None) as versions:
        old, new = versions
        ask = "import sortable; print(sortable.answer())"
        assert [answer(version, ask) for version in versions] == ["1", "3"]
        assert old.name == f"v1 ({git(root, 'rev-parse', 'v1')[:7]})"
        assert new.name == f"working tree ({commit[:7]} + changes)"
        assert new.facts["commit"] == commit
        assert [version.facts["dirty"] for version in versions] == [False, True]
        assert old.folder != new.folder
        for version in versions:
            there = {path.name for path in version.folder.iterdir()}
            assert there == {"pyproject.toml", "pytest.ini", "tests"}
            assert version.facts["packages"]["sortable"] == "1.0"
            told = answer(version, "import pytest; pytest.main(['-q', '--benchmark-disable'])")
            assert "1 passed" in told
    assert (git(root, "status", "--porcelain"), sorted((root / ".git").rglob("*"))) == before
    assert not [*(cache / "private").iterdir()]
    assert not old.folder.exists()


def test_bare_folders_are_compared_as_they_are(tmp_path: Path) -> None:
    """What cannot be installed is copied, with the benchmarks of the second side in it."""
    suite = "import sorting\ndef test_sort(benchmark):\n    benchmark(sorting.{})\n"
    old = written(
        tmp_path / "old", sorting_py="def sort(): ...\n", test_sort_py=suite.format("old")
    )
    new = written(tmp_path / "new", sorting_py="def sort(): 1\n", test_sort_py=suite.format("sort"))
    with prepared(str(old), f"{new}/") as versions:
        for version, folder in zip(versions, (old, new), strict=True):
            there = version.folder / "sorting.py"
            assert there.read_text() == (folder / "sorting.py").read_text()
            assert (version.folder / "test_sort.py").read_text() == suite.format("sort")
