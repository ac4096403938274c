"""Verdict tables inside a Markdown file, kept equal to the saved runs they come from.

Between ``<!-- verdicts: PATH -->`` and ``<!-- end -->`` stands the table of one run, or of
some of its claims (``<!-- verdicts: PATH | ID ID -->``); ``<!-- side by side: PATH PATH -->``
begins one of several runs, ``<!-- compared: PATH PATH -->`` what ``compare`` says of them. Paths
are seen from the file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.report import checked, markdown
from parallel_claims.saved import folders, reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from parallel_claims.judge.claims_file import ClaimsFile
    from parallel_claims.judge.outcome import Verdict

MARKED = re.compile(
    r"(<!-- (?P<what>verdicts|side by side|compared): (?P<paths>[^|]+?)(?: \| (?P<ids>.+?))? -->\n)"
    r".*?(<!-- end -->)",
    re.DOTALL,
)


WITHIN = 0.05
"""Differences up to this are told as the same, as by ``compare``."""


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
    except UnicodeDecodeError as error:
        message = f"{file}: not UTF-8: {error}"
        raise BadInputError(message) from None
    if not MARKED.search(text):
        message = f"{file}: no <!-- verdicts: PATH --> … <!-- end --> in it"
        raise BadInputError(message)
    return text


def refreshed(text: str, file: Path, known: ClaimsFile) -> str:
    """Return ``text`` with the table between each pair of markers made anew.

    Raises:
        BadInputError: a run cannot be read, or a claim named is none.
    """

    def table(found: re.Match[str]) -> str:
        paths = [file.parent / path for path in found["paths"].split()]
        if found["what"] == "compared":
            named = list(zip(found["paths"].split(), paths, strict=True))
            return f"{found[1]}\n{comparison(named, known)}\n{found[5]}"
        runs = [
            judge_run(reading.read(path), known.claims, strict=known.strict)
            for path in folders.saved_files(paths)
        ]
        if found["what"] == "side by side":
            made = markdown.text(checked.matrix(runs))
        else:
            made = "\n".join(
                markdown.text(checked.chosen(chosen(run, found["ids"].split(), file)))
                if found["ids"]
                else markdown.text(checked.document(run))
                for run in runs
            )
        return f"{found[1]}\n{made}\n{found[5]}"

    return MARKED.sub(table, text)


def comparison(named: Sequence[tuple[str, Path]], known: ClaimsFile) -> str:
    """Return what ``compare`` says of runs, each with the name that it is told by.

    Raises:
        BadInputError: a run cannot be read, or they have nothing in common.
    """
    from parallel_claims.follow import compare, sides  # no other command waits for these
    from parallel_claims.report import compared

    read = sides.read(named, None, across=False)
    found = compare.compare(read, known.claims, WITHIN, seconds=True)
    return markdown.text(compared.document(found))


def chosen(verdicts: Sequence[Verdict], ids: Sequence[str], file: Path) -> list[Verdict]:
    """Return the verdicts on the claims named, in the order in which they are named.

    Raises:
        BadInputError: there is no such claim.
    """
    known = {verdict.claim.id: verdict for verdict in verdicts}
    for claim_id in ids:
        if claim_id not in known:
            message = f"{file}: no claim {claim_id!r}; there are {', '.join(known)}"
            raise BadInputError(message)
    return [known[claim_id] for claim_id in ids]
