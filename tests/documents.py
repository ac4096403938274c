"""What Markdown files hold that can be run: fenced files, and commands with what they write."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+\.(?:py|toml|ini|sh|yml))\n")
CONSOLE = {"console", "bash", "sh", "shell"}
OPERATORS = {"&&", "||", ";", "|"}


@dataclass(frozen=True)
class Fence:
    """A fenced block: where it stands, its language, its text."""

    path: Path
    line: int
    language: str
    text: str

    @property
    def file(self) -> str | None:
        """Return the name of the file that it is, as its first line has it."""
        found = FILE.match(self.text)
        return found[1] if found else None

    @property
    def commands(self) -> list[Command]:
        """Return the commands of a console block, each with the lines that it is to write.

        With ``$`` before commands the other lines are written; without, every line is a command.
        """
        if self.language not in CONSOLE or self.file is not None:
            return []
        lines = self.text.replace("\\\n", " ").splitlines()
        if not any(line.startswith("$ ") for line in lines):
            return [Command(line, ()) for line in lines if line.strip() and line[0] != "#"]
        found: list[Command] = []
        for line in lines:
            if line.startswith("$ "):
                found.append(Command(line[2:], ()))
            elif line.strip():
                found[-1] = Command(found[-1].line, (*found[-1].written, line))
        return found


@dataclass(frozen=True)
class Command:
    """A line to type, and lines of what it writes."""

    line: str
    written: tuple[str, ...]

    @property
    def simple(self) -> list[list[str]]:
        """Return the words of each command in the line, without comments and redirections."""
        words = shlex.shlex(self.line, posix=True, punctuation_chars="&|;<>")
        words.whitespace_split = True
        words.commenters = "#"
        found: list[list[str]] = [[]]
        redirected = False
        for word in words:
            if word in OPERATORS:
                found.append([])
            elif not redirected and not word.startswith((">", "<")):
                found[-1].append(word)
            redirected = word.startswith((">", "<"))
        return found


def fences(path: Path) -> Iterator[Fence]:
    """Return the fenced blocks of a Markdown file."""
    text = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Fence(path, line, found[1], found[2])


def normal(text: str) -> str:
    """Return a text without what differs from run to run: numbers, and where lines break."""
    return " ".join(re.sub(r"\d[\d.,]*", "0", text).split())


def missing(expected: tuple[str, ...], written: str) -> str | None:
    """Return the first of some lines that does not follow in what was written, None if all do.

    ``…`` in a line stands for anything.
    """
    left = normal(written)
    for line in expected:
        parts = map(re.escape, normal(line).split("…"))
        found = re.search(".*?".join(parts), left)
        if found is None:
            return line
        left = left[found.end() :]
    return None
