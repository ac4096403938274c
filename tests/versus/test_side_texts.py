"""What a side is, as the user writes it, and which Python is meant."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides import meaning, pythons, texts
from parallel_claims.versus.sides.checkouts import Sources
from parallel_claims.versus.sides.pythons import Interpreter, Wish
from tests.versus.repositories import committed, git

if TYPE_CHECKING:
    from parallel_claims.versus.sides.texts import Text


@pytest.mark.parametrize(
    ("text", "source", "python"),
    [
        ("main", "main", ""),
        ("main,python=3.12", "main", "3.12"),
        ("python=3.14t", "", "3.14t"),
        (sys.executable, "", sys.executable),
        (f"main, {sys.executable}", "main", sys.executable),
        ("multidict>=6,<7", "multidict>=6,<7", ""),
        ("multidict>=6,<7,python=3.13", "multidict>=6,<7", "3.13"),
    ],
)
def test_a_python_is_taken_from_beside_the_source(text: str, source: str, python: str) -> None:
    """Commas belong to a requirement too."""
    found: Text = texts.taken_apart(text)
    assert (found.source, found.python) == (source, python)


@pytest.mark.parametrize(
    ("text", "pinned"),
    [("a==1.2", True), ("a[x]==1.2", True), ("a==1.*", False), ("a>=1,<2", False)],
)
def test_a_requirement_has_a_version_an_extra_or_a_url(text: str, *, pinned: bool) -> None:
    """And is pinned where it always means the same release."""
    found = texts.as_requirement(text)
    assert found is not None
    assert texts.pinned(found) is pinned
    assert texts.as_requirement("a @ https://example.org/a.whl") is not None


@pytest.mark.parametrize("text", ["main", "v1.2", "HEAD~3", "HEAD@{1}", "fix/it", "multidict"])
def test_a_bare_name_is_no_requirement(text: str) -> None:
    """A branch with a slip in it must not install a package of that name."""
    assert texts.as_requirement(text) is None


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    """Return the sources of a repository that is the current folder."""
    root = committed(tmp_path / "root", a_py="1", pyproject_toml="[project]\nname = 'a'\n")
    git(root, "branch", "both")
    monkeypatch.chdir(root)
    (tmp_path / "private").mkdir()
    return Sources(tmp_path / "private")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a side is empty: name a revision, a folder, a requirement or python=VERSION"),
        ("mian", "mian: no revision, folder or requirement (NAME==VERSION); nearest: main"),
        ("./no", "./no: no such folder"),
        ("main,python=3.12,python=3.13", ("main,python=3.12,python=3.13: a side has one Python, "
         "not 2")),
        ("x==", ("x==: no revision or folder, and no requirement: write one as "
         '"NAME==1.2" or "NAME[EXTRA]>=1,<2"')),
        ("https://x.org/x.whl", ("https://x.org/x.whl: no revision or folder, and no requirement: "
         'write "NAME @ URL"')),
        ("python=new", "python=new: write a version, as in python=3.12 or python=3.14t, or a path"),
        ("both", "both: a folder and a revision: write ./both or refs/heads/both"),
    ],
)  # fmt: skip
def test_what_is_no_side_is_told_in_one_line(sources: Sources, text: str, told: str) -> None:
    """With what was meant, or what to write."""
    Path("both").mkdir()
    with pytest.raises(BadInputError) as caught:
        meaning.of(text, sources)
    assert str(caught.value) == told


def test_a_side_is_called_after_its_commit(sources: Sources) -> None:
    """Where the text is not the commit itself; and whether there are changes."""
    commit = git(Path(), "rev-parse", "HEAD")
    assert meaning.of("main", sources).name == f"main ({commit[:7]})"
    assert meaning.of(commit[:10], sources).name == commit[:10]
    assert meaning.of(None, sources).name == f"working tree ({commit[:7]})"
    Path("b.py").touch()
    assert meaning.of(".", sources).name == f". ({commit[:7]} + changes)"


def test_a_folder_within_the_project_is_no_place_to_start(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project's own folder is named."""
    Path("deep").mkdir()
    monkeypatch.chdir("deep")
    with pytest.raises(BadInputError, match="root: start versus there"):
        meaning.of(None, sources)


def test_this_python_is_found_by_its_version_and_its_path() -> None:
    """Before any other of the same version."""
    version = platform.python_version() + ("" if pythons.running().gil else "t")
    assert pythons.find(version).path == Path(sys.executable)
    assert pythons.find(sys.executable) == pythons.running()
    assert pythons.running().name == f"{platform.python_implementation()} {version}"


def test_a_wish_is_met_by_the_same_first_numbers_and_gil() -> None:
    """3.1 is not 3.14, and 3.14 not 3.14t."""
    threaded = Interpreter(Path("x"), "CPython", "3.14.0rc1", gil=False, build=())
    assert threaded.name == "CPython 3.14.0rc1t"
    assert Wish((3, 14), gil=False).meets(threaded)
    assert not Wish((3, 14), gil=True).meets(threaded)
    assert not Wish((3, 1), gil=False).meets(threaded)


def test_a_python_that_is_not_there_says_which_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is called so and does not run, as pyenv's shims, is none."""
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(BadInputError, match="not on this machine") as caught:
        pythons.find("3.99")
    assert platform.python_version() in str(caught.value)
    with pytest.raises(BadInputError, match="no Python that runs"):
        pythons.find(str(shim))


def test_a_python_that_is_too_old_is_told() -> None:
    """The instrument does not run on it."""
    old = Interpreter(Path("x"), "CPython", "3.9.1", gil=True, build=())
    with pytest.raises(BadInputError, match=r"is CPython 3\.9\.1; measuring needs 3\.11 or newer"):
        pythons.recent_enough("python=3.9", old)
