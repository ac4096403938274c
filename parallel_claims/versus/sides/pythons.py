"""Which interpreter is meant by ``python=3.12``, ``python=3.14t`` or a path, and where it is."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides.running import FailedError, output

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST = (3, 11)
"""The oldest Python that the instrument runs on."""

PROBE = """
import json, platform, sys, sysconfig
print(json.dumps({
    "implementation": platform.python_implementation(),
    "version": platform.python_version(),
    "gil": not sysconfig.get_config_var("Py_GIL_DISABLED"),
    "build": [sys.version, sys.base_prefix],
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python that is there. gil: whether it was built with one. build: tells builds apart."""

    path: Path
    implementation: str
    version: str
    gil: bool
    build: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return what it is called: ``CPython 3.12.1``, or ``CPython 3.14.0t`` without a GIL."""
        return f"{self.implementation} {self.version}{'' if self.gil else 't'}"

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return its version without what stands for a pre-release."""
        return tuple(int(number) for number in re.findall(r"\d+", self.version)[:3])


class Wish(NamedTuple):
    """A version that is asked for: its first numbers, and whether it has a GIL."""

    numbers: tuple[int, ...]
    gil: bool

    def meets(self, found: Interpreter) -> bool:
        """Say whether an interpreter is of this version."""
        return found.numbers[: len(self.numbers)] == self.numbers and found.gil == self.gil


def find(text: str) -> Interpreter:
    """Return the interpreter at a path, or of a version such as ``3.12`` or ``3.14t``.

    Versions are looked for in this Python, with uv, on PATH, and among those of pyenv.

    Raises:
        BadInputError: there is none; the message says which there are.
    """
    if is_path(text):
        return recent_enough(text, at_path(Path(text).expanduser()))
    form = re.fullmatch(r"(\d+(?:\.\d+){0,2})(t?)", text)
    if form is None:
        message = f"python={text}: write a version, as in python=3.12 or python=3.14t, or a path"
        raise BadInputError(message)
    wish = Wish(tuple(map(int, form[1].split("."))), gil=not form[2])
    for path in candidates(text):
        found = probed(path)
        if found is not None and wish.meets(found):
            return recent_enough(f"python={text}", found)
    hint = f"; uv python install {text} brings it" if uv() else ""
    message = f"python={text}: not on this machine, which has {', '.join(there())}{hint}"
    raise BadInputError(message)


def running() -> Interpreter:
    """Return the interpreter that this program runs on."""
    return at_path(Path(sys.executable))


def is_path(text: str) -> bool:
    """Say whether a text is written as a path."""
    return os.sep in text


def at_path(path: Path) -> Interpreter:
    """Return the interpreter at a path.

    Raises:
        BadInputError: there is none.
    """
    found = probed(path)
    if found is None:
        message = f"{path}: no Python that runs"
        raise BadInputError(message)
    return found


def recent_enough(text: str, found: Interpreter) -> Interpreter:
    """Return an interpreter.

    Raises:
        BadInputError: the instrument does not run on it.
    """
    if found.numbers[:2] < OLDEST:
        message = f"{text}: is {found.name}; measuring needs {'.'.join(map(str, OLDEST))} or newer"
        raise BadInputError(message)
    return found


@cache
def probed(path: Path) -> Interpreter | None:
    """Return what a Python says of itself; None where it does not run (as a shim of pyenv)."""
    try:
        told = json.loads(output([path.absolute(), "-I", "-c", PROBE]))
    except (FailedError, ValueError):
        return None
    return Interpreter(path.absolute(), **told | {"build": tuple(told["build"])})


@cache
def uv() -> Path | None:
    """Return the program uv: that on PATH, or the one that is installed beside this program."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    try:
        from uv import find_uv_bin

        return Path(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return None


def candidates(version: str) -> Iterator[Path]:
    """Yield where an interpreter of a version may be, the likeliest first."""
    yield Path(sys.executable)
    tool = uv()
    if tool:
        find = ["python", "find", "--no-project", "--system", "--no-python-downloads", version]
        with suppress(FailedError):
            yield Path(output([tool, *find]).strip())
    yield from on_path(re.escape(version) + ("" if "." in version else r"(\.\d+)?"))
    yield from of_pyenv(version)


def on_path(pattern: str) -> Iterator[Path]:
    """Yield the programs on PATH that are called python and a version."""
    for folder in os.get_exec_path():
        for path in sorted(Path(folder).glob("python*")):
            if re.fullmatch(f"python{pattern}", path.name):
                yield path


def of_pyenv(version: str) -> Iterator[Path]:
    """Yield the interpreters of pyenv of a version, the newest first."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = (root / "versions").glob(f"{version}*/bin/python")
    yield from sorted(found, key=lambda path: numbered(path.parts[-3]), reverse=True)


def numbered(name: str) -> tuple[int, ...]:
    """Return the numbers in a name, to sort by."""
    return tuple(int(number) for number in re.findall(r"\d+", name))


def there() -> list[str]:
    """Return the versions that are on this machine and can be measured."""
    named = [(path, path.name) for path in on_path(r"3\.\d+t?")]
    named += [(path, path.parts[-3]) for path in of_pyenv("3")]
    paths = [Path(sys.executable), *(path for path, name in named if numbered(name) >= OLDEST)]
    tool = uv()
    if tool:
        with suppress(FailedError, ValueError):
            told = output([tool, "python", "list", "--only-installed", "--output-format", "json"])
            paths += [Path(one["path"]) for one in json.loads(told) if one.get("path")]
    found = [one for one in map(probed, paths) if one and one.numbers[:2] >= OLDEST]
    versions = {one.version + ("" if one.gil else "t"): one.numbers for one in found}
    return sorted(versions, key=lambda version: versions[version])
