"""The files of a side out of git: all that belongs to it, and no trace in the user's repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides.checkouts import Sources
from tests.versus.repositories import committed, git, written

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_claims.versus.sides.checkouts import Tree


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """Return sources that are read into a folder of their own."""
    private = tmp_path / "private"
    private.mkdir()
    return Sources(private)


def now(sources: Sources, folder: Path) -> Tree:
    """Return the files of a folder as they are."""
    repository, inside = sources.of(folder)
    return repository.now(inside)


def texts_of(tree: Tree) -> dict[str, str]:
    """Return what the files of a tree have in them."""
    root = tree.checked_out()
    return {
        str(path.relative_to(root)): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def contents(folder: Path) -> dict[Path, bytes]:
    """Return all that a folder has."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_working_tree_is_what_is_not_ignored(tmp_path: Path, sources: Sources) -> None:
    """Changed, new and removed files are as they are; the repository is not written to."""
    root = committed(tmp_path / "root", a_py="1", b_py="2")
    (root / ".gitignore").write_text("*.log\n")
    written(root, a_py="changed", new_py="3", x_log="ignored")
    (root / "b.py").unlink()
    before = contents(root)
    tree = now(sources, root)
    assert texts_of(tree) == {".gitignore": "*.log\n", "a.py": "changed", "new.py": "3"}
    assert tree.changed
    assert tree.head == git(root, "rev-parse", "HEAD")
    assert contents(root) == before


def test_the_same_files_are_the_same_tree(tmp_path: Path, sources: Sources) -> None:
    """What was not committed, and its commit, and a copy outside git: an environment fits all."""
    root = committed(tmp_path / "root", a_py="1")
    written(root, a_py="2")
    changed = now(sources, root)
    committed(root)
    repository, _ = sources.of(root)
    clean = repository.now()
    copy = now(sources, written(tmp_path / "copy", a_py="2", __pycache____x_pyc="left out"))
    assert changed.tree == clean.tree == copy.tree
    assert [tree.changed for tree in (changed, clean, copy)] == [True, False, False]
    assert clean.commit == clean.head
    assert not copy.head


def test_what_was_saved_of_measuring_is_no_change(tmp_path: Path, sources: Sources) -> None:
    """Else each comparison would make the next one build again."""
    root = committed(tmp_path / "root", a_py="1", results__versus__0001__A_json="tracked")
    commit = git(root, "rev-parse", "HEAD")
    written(root, results__versus__0002__A_json="1", part__results__versus__B_json="1")
    (root / ".benchmarks").mkdir()
    (root / ".benchmarks" / "0001.json").touch()
    run = root / "measured" / "machine" / "build"
    run.mkdir(parents=True)
    names = "0001_20261128T100144Z_run.json", "0001_20261128T100144Z_run.html", "0002.journal.jsonl"
    for name in names:
        (run / name).touch()
    assert now(sources, root).commit == commit
    written(root, results__other_json="new")
    assert set(texts_of(now(sources, root))) == {
        "a.py",
        "results/other.json",
        "results/versus/0001/A.json",
    }


def test_a_folder_in_a_repository_is_a_part_of_it(tmp_path: Path, sources: Sources) -> None:
    """It is found in the whole tree, which may have what it needs; one that is ignored is not."""
    root = committed(tmp_path / "root", part__a_py="1")
    (root / ".gitignore").write_text("out/\n")
    written(root, out__b_py="2")
    part = now(sources, root / "part")
    assert part.inside == "part"
    assert texts_of(part) == {"a.py": "1"}
    assert texts_of(now(sources, root / "out")) == {"b.py": "2"}


def test_tags_are_there_for_what_takes_its_version_from_them(
    tmp_path: Path, sources: Sources
) -> None:
    """``git describe`` says in the checkout what it says in the user's repository."""
    root = committed(tmp_path / "root", a_py="1")
    git(root, "tag", "-a", "v1", "-m", "one")
    committed(root, a_py="2")
    repository, inside = sources.of(root)
    tree = repository.revision("main", inside)
    assert tree is not None
    assert git(tree.checked_out(), "describe") == git(root, "describe")


@pytest.fixture
def with_submodule(tmp_path: Path) -> Path:
    """Return a repository with a submodule."""
    library = committed(tmp_path / "library", lib_py="1")
    root = committed(tmp_path / "root", a_py="1")
    git(root, "submodule", "-q", "add", str(library), "libs/one")
    return committed(root)


def test_submodules_are_checked_out_from_where_they_are(
    with_submodule: Path, sources: Sources
) -> None:
    """At the commit that each revision names; the network is not asked."""
    root = with_submodule
    committed(root / "libs" / "one", lib_py="2")
    repository, inside = sources.of(root)
    old = repository.revision("main", inside)
    assert old is not None
    assert texts_of(old)["libs/one/lib.py"] == "1"
    new = repository.now()
    assert new.changed
    assert texts_of(new)["libs/one/lib.py"] == "2"


def test_a_submodule_that_cannot_be_copied_is_named(
    with_submodule: Path, tmp_path: Path, sources: Sources
) -> None:
    """One with changes that are in no commit, one that is not initialised, one without a commit."""
    written(with_submodule / "libs" / "one", lib_py="changed")
    with pytest.raises(BadInputError, match="root/libs/one: a submodule with changes: commit them"):
        now(sources, with_submodule)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(with_submodule), str(clone))
    with pytest.raises(BadInputError, match="submodule update --init libs/one"):
        now(sources, clone).checked_out("to be built")
    assert set(texts_of(now(sources, clone))) >= {".gitmodules"}
    committed(with_submodule / "libs" / "one")
    committed(with_submodule)
    git(clone, "submodule", "-q", "update", "--init")
    git(clone, "pull", "-q", "--no-recurse-submodules")
    tree = sources.of(clone)[0].revision("HEAD", "")
    assert tree is not None
    with pytest.raises(BadInputError, match="this submodule has no commit"):
        tree.checked_out("to be built")


def test_a_shallow_clone_says_how_to_get_more(tmp_path: Path, sources: Sources) -> None:
    """What it has can be checked out."""
    root = committed(tmp_path / "root", a_py="1")
    git(root, "tag", "v1")
    committed(root, a_py="2")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", root.as_uri(), str(clone))
    repository, _ = sources.of(clone)
    assert repository.revision("v1", "") is None
    assert "git fetch --unshallow" in repository.near("v1")
    assert texts_of(now(sources, clone)) == {"a.py": "2"}


def test_near_names_are_told(tmp_path: Path, sources: Sources) -> None:
    """A branch that only the remote has comes first."""
    root = committed(tmp_path / "root", a_py="1")
    git(root, "branch", "stable")
    git(root, "update-ref", "refs/remotes/origin/fix", "HEAD")
    repository, _ = sources.of(root)
    assert repository.near("stabel") == "; nearest: stable"
    assert repository.near("fix") == "; nearest: origin/fix"


def test_git_that_is_not_there_is_named(
    tmp_path: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInputError, match="git is needed"):
        now(sources, tmp_path)


def test_what_a_hook_sets_leads_nowhere_else(
    tmp_path: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a hook of another repository, git's variables name that one."""
    other = committed(tmp_path / "other", b_py="1")
    root = committed(tmp_path / "root", a_py="1")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    written(root, a_py="2")
    assert texts_of(now(sources, root)) == {"a.py": "2"}
