r"""Makes visible what does not print: nothing from a file steers a terminal or a reader's eye.

Control characters (escape sequences begin with one), line breaks, marks that turn the direction
of what follows, lone surrogates and what Unicode does not know are written as JSON writes them:
``\u001b``, ``\n``. What prints stays, and so do the kinds of space and what joins letters.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

JOINERS = "\u200c\u200d"
"""What words of some scripts, and signs made of several, are written with."""

DEEPEST = 50
"""Levels below which nothing is looked at: no file of ours has more than six."""


def visible(text: str) -> str:
    """Return a text in which everything prints, and which is one line."""
    return text if text.isprintable() else "".join(map(shown, text))


LONGEST_WORD = 400
"""Characters of a word that are shown: no path that is meant has more."""

LONGEST = 4_000
"""Characters of a sentence that are shown."""


def shortened(text: str) -> str:
    """Return a text of which no word, nor the whole, is longer than anybody reads.

    Of what is too long the beginning and the end are there, by which it can be found.
    """
    if len(text) <= LONGEST_WORD:
        return text
    return middle(TOO_LONG.sub(lambda word: middle(word[0], LONGEST_WORD), text), LONGEST)


TOO_LONG = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


def middle(text: str, most: int) -> str:
    """Return a text of at most so many characters: of a longer one its beginning and its end."""
    if len(text) <= most:
        return text
    first = (most - 1) * 2 // 3
    return f"{text[:first]}…{text[first + 1 - most :]}"


def lines(text: str) -> str:
    """Return a text of several lines in which everything prints; it keeps its line breaks.

    JSON stays JSON, and says the same.
    """
    return "\n".join(map(visible, text.split("\n")))


def shown(character: str) -> str:
    """Return a character, or its escape where it does not print."""
    plain = character.isprintable() or character in JOINERS
    if plain or unicodedata.category(character) == "Zs":
        return character
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def in_json(content: bytes) -> bytes:
    """Return JSON of which no string, key or value, holds what does not print.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    if content.isascii() and b"\\" not in content and b"\x7f" not in content:
        return content  # the usual case, made cheap: thousands of files are read
    return WRITTEN.sub(in_string, content.decode()).encode()


WRITTEN = re.compile(r"\\(?:u[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|.)|[^\x00-\x7e]+")
"""What JSON text writes with an escape or as it is, of what may not print."""


def in_string(found: re.Match[str]) -> str:
    """Return a part of a JSON string so that it prints, also once it is decoded."""
    try:
        text: str = json.loads(f'"{found[0]}"')
    except ValueError:  # no escape that JSON knows: whoever reads it says so
        return found[0]
    same = visible(text)
    return found[0] if same == text else json.dumps(same, ensure_ascii=False)[1:-1]


def everywhere(value: Any, depth: int = 0) -> Any:
    """Return decoded JSON or TOML of which no string holds what does not print.

    Text of several lines, or with tabs, becomes one line with single spaces: prose may be so.

    Raises:
        RecursionError: it is nested deeper than anything that is meant.
    """
    if depth > DEEPEST:
        raise RecursionError
    if isinstance(value, str):
        return visible(" ".join(value.split()) if re.search(r"[\t\r\n]", value) else value)
    if isinstance(value, dict):
        return {everywhere(k): everywhere(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [everywhere(each, depth + 1) for each in value]
    return value
