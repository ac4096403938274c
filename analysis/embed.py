"""Verdict tables inside a Markdown file, kept equal to the saved runs they come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis import load
from analysis.errors import BadInputError
from analysis.judge import judge_run
from analysis.report import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.claims import Claim

MARKED = re.compile(r"(<!-- verdicts: (?P<path>.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def text_of(file: Path) -> str:
    """Return a Markdown file's text.

    Raises:
        BadInputError: it cannot be read, or has no marker.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{file}: cannot be read: {error.strerror}"
        raise BadInputError(message) from None
    if not MARKED.search(text):
        message = f"{file}: no <!-- verdicts: PATH --> … <!-- end --> in it"
        raise BadInputError(message)
    return text


def refreshed(text: str, file: Path, claims: Sequence[Claim]) -> str:
    """Return ``text`` with the table between each pair of markers made anew."""

    def table(found: re.Match[str]) -> str:
        (path,) = load.saved_files([file.parent / found["path"]])
        verdicts = judge_run(load.read(path), claims)
        return f"{found[1]}\n{markdown.render(verdicts)}\n{found[3]}"

    return MARKED.sub(table, text)
