"""The files of a side, out of git, without a trace in the user's repository.

A private repository borrows the objects of the user's, which is only read; trees are checked out
from there. What was changed and not committed becomes a commit of the private one: all sides
are so copied and told apart in the same way, those without a repository too.
"""

from __future__ import annotations

import shutil
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError
from parallel_claims.saved import folders
from parallel_claims.versus.sides.git import git, ignored, repository_of
from parallel_claims.versus.sides.running import FailedError

if TYPE_CHECKING:
    from pathlib import Path

LEFT_OUT = """__pycache__/
*.py[co]
*.egg-info/
.benchmarks/
.mypy_cache/
.nox/
.pytest_cache/
.ruff_cache/
.tox/
.venv/
/build/
node_modules/
venv/
"""
"""What is not copied of a folder that lies in no repository."""

AUTHOR = {
    f"GIT_{who}_{what}": "parallel-claims"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}

SAVED = tuple(
    f":(exclude,glob)**/{pattern}"
    for pattern in (
        ".benchmarks/**",
        "results/versus/**",
        "[0-9][0-9][0-9][0-9]_20[0-9]*T[0-9]*Z_*.json",
        "[0-9][0-9][0-9][0-9]_20[0-9]*T[0-9]*Z_*.html",
        f"*{folders.JOURNAL}",
        ".parallel-claims-cache/**",
    )
)
"""What measuring itself leaves in the working tree: no change of what is measured."""

GITLINK = "160000"
"""The mode of a submodule among the files of a commit."""


@dataclass(frozen=True)
class Tree:
    """The files of a side.

    commit: what is checked out. tree: what tells the content. inside: the side's folder, from the
        top of the repository. head: the user's commit; empty where there is none.
    changed: whether the files differ from that commit's.
    """

    repository: Repository = field(repr=False)
    commit: str
    tree: str
    inside: str
    head: str
    changed: bool = False

    def checked_out(self, purpose: str = "") -> Path:
        """Return a folder with the files, the same one for the same purpose.

        Without one they are looked at, and give the benchmarks: submodules that are not there stay
        away.

        Raises:
            BadInputError: git cannot write them, or a submodule is not there.
        """
        return self.repository.checked_out(self.commit, purpose) / self.inside


class Repository:
    """What a folder's repository has, seen from a private one in ``place``.

    top: the highest folder of the user's repository, or a folder that lies in none.
    """

    def __init__(self, top: Path, place: Path, *, of_user: bool) -> None:
        self.top = top
        self.place = place
        self.of_user = of_user
        self.folders: dict[tuple[str, str], Path] = {}
        self.numbers = count(1)

    @cached_property
    def git_dir(self) -> Path:
        """Return the private repository, made when it is first asked for.

        The user's tags are in it, since projects take their version from them.
        """
        found = self.place / "git"
        if not self.of_user:
            git("init", "-q", "--bare", "--template=", found)
            (found / "info").mkdir()
            (found / "info" / "exclude").write_text(LEFT_OUT)
            return found
        form = self.user("rev-parse", "--show-object-format").strip()
        git("init", "-q", "--bare", "--template=", f"--object-format={form}", found)
        objects = self.user("rev-parse", "--path-format=absolute", "--git-path", "objects")
        (found / "objects" / "info" / "alternates").write_text(objects)
        shallow = self.top / self.user("rev-parse", "--git-path", "shallow").strip()
        if shallow.is_file():
            shutil.copy(shallow, found / "shallow")
        tags = self.user("for-each-ref", "--format=create %(refname) %(objectname)", "refs/tags")
        git("--git-dir", found, "update-ref", "--stdin", given=tags)
        return found

    def user(self, *arguments: str, **more: str) -> str:
        """Ask the user's repository."""
        return git("-C", self.top, *arguments, **more)

    def own(self, *arguments: str | Path, **more: str) -> str:
        """Ask or change the private repository."""
        return git("--git-dir", self.git_dir, *arguments, **more)

    def commit_of(self, revision: str) -> str | None:
        """Return the full hash of a revision's commit; None where there is no such revision."""
        if not self.of_user:
            return None
        wanted = f"{revision}^{{commit}}"
        try:
            told = self.user("rev-parse", "--verify", "-q", "--end-of-options", wanted)
        except FailedError:
            return None
        return told.strip()

    def revision(self, revision: str, inside: str) -> Tree | None:
        """Return the files of a revision; None where there is none of this name."""
        commit = self.commit_of(revision)
        return None if commit is None else self.tree(commit, inside, head=commit)

    def tree(self, commit: str, inside: str, head: str, *, changed: bool = False) -> Tree:
        """Return the files of a commit."""
        tree = self.own("rev-parse", f"{commit}^{{tree}}").strip()
        return Tree(self, commit, tree, inside, head, changed)

    def now(self, inside: str = "") -> Tree:
        """Return the files as they are, with what is not committed, less what git ignores.

        Raises:
            BadInputError: a submodule has changes of its own.
        """
        head = self.commit_of("HEAD") or ""
        if head and not self.changes():
            return self.tree(head, inside, head)
        index = self.place / "index"
        where = {"GIT_INDEX_FILE": str(index)}
        if self.of_user:
            where["GIT_OBJECT_DIRECTORY"] = str(self.git_dir / "objects")
            known = self.top / self.user("rev-parse", "--git-path", "index").strip()
            if known.is_file():
                shutil.copy2(known, index)  # what has not changed is so not read again
        else:
            where |= {"GIT_DIR": str(self.git_dir), "GIT_WORK_TREE": str(self.top)}
        self.user("add", "-A", "--", ".", *SAVED, **where)
        tree = self.user("write-tree", **where).strip()
        parents = ("-p", head) if head else ()
        commit = self.own("commit-tree", tree, *parents, "-m", "As it is", **AUTHOR).strip()
        return self.tree(commit, inside, head, changed=bool(head))

    def changes(self) -> bool:
        """Say whether anything differs from the commit.

        Raises:
            BadInputError: a submodule has changes of its own: they are in no commit of it.
        """
        status = ("status", "--porcelain=v2", "-z", "-uall", "--ignore-submodules=none")
        told = self.user(*status, "--", ".", *SAVED)
        for line in told.split("\0"):
            kind, _, rest = line.partition(" ")
            state = rest.split(" ", 2)[1] if kind in {"1", "2"} else ""
            if state.startswith("S") and set(state) & {"M", "U"}:
                path = rest.split(" ", 7 if kind == "1" else 8)[-1]
                message = f"{self.top / path}: a submodule with changes: commit them there"
                raise BadInputError(message)
        return bool(told)

    def checked_out(self, commit: str, purpose: str) -> Path:
        """Return a folder with the files of a commit, those of its submodules among them.

        Raises:
            BadInputError: git cannot write them, or a submodule is not there.
        """
        key = commit, purpose
        if key not in self.folders:
            folder = self.place / f"tree-{next(self.numbers)}"
            self.write(commit, folder, whole=bool(purpose))
            self.folders[key] = folder
        return self.folders[key]

    def write(self, commit: str, folder: Path, *, whole: bool) -> None:
        """Write the files of a commit into a folder; ``whole``: with each of its submodules."""
        try:
            self.own("worktree", "add", "-f", "--detach", folder, commit)
        except FailedError as error:
            message = f"{self.top}: git cannot check out {commit[:7]}: {error}"
            raise BadInputError(message) from None
        for line in self.own("ls-tree", "-r", "-z", commit).split("\0"):
            if line.startswith(GITLINK):
                facts, _, path = line.partition("\t")
                with nullcontext() if whole else suppress(BadInputError):
                    known = self.submodule(path)
                    known.write_known(facts.split(" ")[2], folder / path, whole=whole)

    def submodule(self, path: str) -> Repository:
        """Return a submodule.

        Raises:
            BadInputError: it is not initialised.
        """
        place = self.place / "submodules" / path
        place.mkdir(parents=True, exist_ok=True)
        found = repository_of(self.top / path)
        if found != self.top / path:
            hint = f"git submodule update --init {path}"
            message = f"{self.top / path}: a submodule that is not initialised: {hint}"
            raise BadInputError(message)
        return Repository(found, place / str(next(self.numbers)), of_user=True)

    def write_known(self, commit: str, folder: Path, *, whole: bool) -> None:
        """Write the files of a commit that a submodule has to have.

        Raises:
            BadInputError: it does not have it.
        """
        if self.commit_of(commit) is None:
            message = f"{self.top}: this submodule has no commit {commit[:7]}: git fetch it there"
            raise BadInputError(message)
        self.place.mkdir()
        self.write(commit, folder, whole=whole)

    def near(self, revision: str) -> str:
        """Say which revisions are near one that is not there, and what may be the reason."""
        names = self.user("for-each-ref", "--format=%(refname:short)").split()
        ends = [name for name in names if name.endswith(f"/{revision}")]
        near = ends or get_close_matches(revision, names, n=3, cutoff=0.5)
        hint = f"; nearest: {', '.join(near)}" if near else ""
        if self.user("rev-parse", "--is-shallow-repository").strip() == "true":
            hint += (
                "; this clone is shallow: git fetch --unshallow --tags (or --depth=N) brings more"
            )
        return hint

    def full_name(self, revision: str) -> str:
        """Return a revision's name that no folder has."""
        told = self.user("rev-parse", "--symbolic-full-name", revision).strip()
        return told or str(self.commit_of(revision))


class Sources:
    """All repositories and folders of a comparison, each read once; below a private folder."""

    def __init__(self, private: Path) -> None:
        self.private = private
        self.known: dict[Path, Repository] = {}

    def of(self, folder: Path) -> tuple[Repository, str]:
        """Return the repository of a folder, and where in it the folder is.

        A folder that its repository ignores is one of its own.
        """
        folder = folder.resolve()
        top = repository_of(folder)
        if top is None or ignored(folder, top):
            return self.repository(folder, of_user=False), ""
        inside = folder.relative_to(top.resolve()).as_posix()
        return self.repository(top, of_user=True), "" if inside == "." else inside

    def repository(self, top: Path, *, of_user: bool) -> Repository:
        """Return a repository, the same one each time."""
        if top not in self.known:
            place = self.private / f"source-{len(self.known)}"
            place.mkdir()
            self.known[top] = Repository(top, place, of_user=of_user)
        return self.known[top]
