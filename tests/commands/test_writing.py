"""What commands write: nothing steers a terminal, any encoding, and a full disk is one line."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from parallel_claims.cli import app
from parallel_claims.errors import BadInputError
from parallel_claims.report.keeping import keep
from tests import files, series

NASTY = "\x1b[31m\x1b]0;t\x07\x9b1m\u202e\nerror: forged|`x`<b>[l](u)"
FULL = Path("/dev/full")
full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with claims and a run, each name of which is made to steer a terminal."""
    entries = [files.entry(name, [1.0] * 8, group=NASTY) for name in ("test_a", "test_b", NASTY)]
    machine: dict[str, Any] = {"cpu_model": NASTY, "name": NASTY, "system": NASTY}
    document = files.document(entries, suite={"scale": NASTY, "command": NASTY}, **machine)
    files.write(tmp_path / "r.json", document)
    files.write(tmp_path / "bad\nerror: \x1b[31mforged.json", {})
    text = series.claims_at(tmp_path).read_text()
    nasty = json.dumps(NASTY, ensure_ascii=True).replace("\\u009b", "\\u009B")
    more = text[text.index("[[claim]]") :].split("[[claim]]")[1]
    lines = [line for line in more.splitlines() if not line.startswith(("id", "statement"))]
    own = "\n".join(lines)
    (tmp_path / "claims.toml").write_text(
        f"{text}\n[[claim]]\nid = {nasty}\nstatement = {nasty}\n{own}\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "."),
        ("check", ".", "--all"),
        *(("check", ".", "--format", name) for name in ("markdown", "matrix", "json")),
        *(("compare", "r.json", "r.json", "--format", n) for n in ("table", "markdown", "json")),
        ("history", "."),
    ],
    ids=" ".join,
)
def test_nothing_that_a_file_says_steers_a_terminal(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    """Neither in what is found nor in what is wrong; and no line is forged."""
    assert folder
    result = CliRunner().invoke(app, arguments)
    for text in (result.stdout, result.stderr):
        assert all(char.isprintable() or char == "\n" for char in text.replace("\xa0", ""))
        assert not any(line.startswith("error: forged") for line in text.splitlines())
    if "json" in arguments:
        json.loads(result.stdout)
    if arguments[0] != "compare":
        (line,) = result.stderr.splitlines()
        assert line.startswith("error: bad\\nerror: \\u001b[31mforged.json: ")


def command(
    folder: Path, *arguments: str, stdout: Any = subprocess.PIPE, encoding: str = "utf-8"
) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does."""
    return subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", "parallel_claims", *arguments],
        cwd=folder, stdout=stdout, stderr=subprocess.PIPE, encoding=encoding, timeout=300,
        check=False, env=os.environ | {"PYTHONIOENCODING": encoding},
    )  # fmt: skip


@pytest.mark.parametrize("name", ["table", "markdown", "json"])
def test_a_terminal_without_utf8_is_written_to(folder: Path, name: str) -> None:
    """Plain signs for ours; JSON says the same with escapes."""
    document = json.loads((folder / "r.json").read_text())
    document["machine_info"]["cpu_model"] = "Zähler ×2"
    files.write(folder / "r.json", document)
    result = command(folder, "check", "r.json", "--format", name, encoding="ascii")
    assert result.stderr == ""
    assert result.stdout.isascii()
    if name == "json":
        (about,) = json.loads(result.stdout)["runs"]
        assert about["machine"]["cpu_model"] == "Zähler ×2"
    elif name == "markdown":
        assert "Z\\u00e4hler x2" in result.stdout


@full
@pytest.mark.parametrize(
    "arguments", [("check", "r.json"), ("compare", "r.json", "r.json"), ("check", "--help")]
)
def test_a_full_disk_is_one_line(folder: Path, arguments: tuple[str, ...]) -> None:
    """Exit code 2, which no claim gives."""
    with FULL.open("w") as out:
        result = command(folder, *arguments, stdout=out)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: standard output: cannot be written: No space left on device")


@full
def test_a_page_that_a_full_disk_takes_is_one_line(folder: Path) -> None:
    """The place is named."""
    (folder / "page.html").symlink_to(FULL)
    result = command(folder, "report", "r.json", "--output", "page.html")
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: page.html: cannot be written: No space left on device")


def test_a_reader_that_has_gone_is_no_error(folder: Path) -> None:
    """The exit code is what the claims come to."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out:
        result = command(folder, "check", "r.json", stdout=out)
    assert result.stderr == ""
    assert result.returncode == command(folder, "check", "r.json").returncode


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    """Its permissions stay, a link stays a link, and what cannot be written is told."""
    kept, link = tmp_path / "kept.md", tmp_path / "link.md"
    kept.write_text("old")
    kept.chmod(0o600)
    link.symlink_to(kept)
    keep(link, "new")
    assert link.is_symlink()
    assert kept.read_text() == "new"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with pytest.raises(BadInputError, match="cannot be written: "):
        keep(kept / "inside.md", "text")
    with pytest.raises(UnicodeEncodeError):
        keep(link, "new \ud800")
    assert kept.read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.md", "link.md"]
