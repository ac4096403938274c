"""What a side's text means here: in this folder and its repository, on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides import environments, pythons, texts

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from parallel_claims.versus.sides.checkouts import Repository, Sources, Tree
    from parallel_claims.versus.sides.pythons import Interpreter
    from parallel_claims.versus.sides.texts import Text

SHORT = 7
"""Digits of a commit that are shown."""


@dataclass(frozen=True)
class Side:
    """What is measured on a side.

    name: for the reader; empty where only a Python is named. tree: its files; None where it is a
        requirement. python: None where it is the one that this program runs on.
    """

    text: Text
    name: str
    python: Interpreter | None
    tree: Tree | None
    requirement: Requirement | None


def of(text: str | None, sources: Sources) -> Side:
    """Return what a side is; the working tree where there is no text.

    Raises:
        BadInputError: it is nothing, or two things at once.
    """
    if text is None:
        tree = working_tree(sources)
        return Side(texts.Text("", "", ""), f"working tree{commit_told(tree)}", None, tree, None)
    taken = texts.taken_apart(text)
    python = pythons.find(taken.python) if taken.python else None
    if not taken.source:
        return Side(taken, "", python, working_tree(sources), None)
    found, requirement = source(taken.source, sources)
    return Side(taken, named(taken.source, found), python, found, requirement)


def named(text: str, tree: Tree | None) -> str:
    """Return what a side is called: as it was written, with its commit; a long hash in short."""
    told = commit_told(tree, text) if tree else ""
    is_whole_hash = tree and tree.head == text
    return text[:SHORT] if is_whole_hash else text + told


def working_tree(sources: Sources) -> Tree:
    """Return the files here, as they are.

    Raises:
        BadInputError: the project's top is a folder above this one.
    """
    here = Path.cwd()
    repository, inside = sources.of(here)
    above = [folder for folder in here.parents if folder.is_relative_to(repository.top.resolve())]
    if not environments.buildable(here):
        top = next((folder for folder in above if environments.buildable(folder)), None)
        if top is not None:
            message = f"{here}: a part of the project in {top}: start versus there"
            raise BadInputError(message)
    return repository.now(inside)


def source(text: str, sources: Sources) -> tuple[Tree | None, Requirement | None]:
    """Return the files or the requirement that a side's source is.

    Raises:
        BadInputError: it is nothing, or two things at once.
    """
    folder = Path(text).expanduser()
    if texts.surely_a_folder(text):
        if not folder.is_dir():
            message = f"{text}: no such folder"
            raise BadInputError(message)
        return files(folder, sources), None
    repository, inside = sources.of(Path.cwd())
    revision = repository.revision(text, inside)
    if folder.is_dir() and revision is not None:
        full = repository.full_name(text)
        message = f"{text}: a folder and a revision: write ./{text} or {full}"
        raise BadInputError(message)
    if folder.is_dir():
        return files(folder, sources), None
    if revision is not None:
        return revision, None
    requirement = texts.as_requirement(text)
    if requirement is None:
        raise BadInputError(unknown(text, repository))
    return None, requirement


def files(folder: Path, sources: Sources) -> Tree:
    """Return the files of a folder, as they are."""
    repository, inside = sources.of(folder)
    return repository.now(inside)


def unknown(text: str, repository: Repository) -> str:
    """Say that a source is nothing, and what may have been meant."""
    if repository.of_user:
        hint = repository.near(text)
    else:
        hint = ", and this folder lies in no git repository, so that there are no revisions"
    return f"{text}: no revision, folder or requirement (NAME==VERSION){hint}"


def commit_told(tree: Tree, text: str = "") -> str:
    """Return the commit in brackets, and whether there are changes; nothing without a commit."""
    if not tree.head or (tree.head.startswith(text) and len(text) >= SHORT):
        return ""
    return f" ({tree.head[:SHORT]}{' + changes' if tree.changed else ''})"
