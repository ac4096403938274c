"""An error of ours never looks like a verdict: a code of its own, one line, private details."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.suite import make, measured

BROKEN = """
from {module} import {name}

def broken(*args, **more):
    raise RuntimeError("first line\\nsecond \x1b[31m")

{target} = broken
"""
"""Breaks a function of ours where Python starts."""


def broken(folder: Path, module: str, name: str, target: str) -> dict[str, str]:
    """Return an environment in which a function of ours raises, and details go to a folder."""
    (folder / "sitecustomize.py").write_text(
        BROKEN.format(module=module, name=name, target=target), encoding="utf-8"
    )
    (folder / "temp").mkdir(exist_ok=True)
    return {**os.environ, "PYTHONPATH": str(folder), "TMPDIR": str(folder / "temp")}


def details(text: str) -> Path:
    """Return the file that a line names; it is its user's alone, and has the traceback."""
    found = re.search(r"details for a report: ([^ ;\n]+)", text)
    assert found is not None, text
    path = Path(found[1])
    told = path.read_text(encoding="utf-8")
    assert "Traceback (most recent call last)" in told
    assert "parallel-claims" in told.splitlines()[0]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path


@pytest.mark.parametrize("program", ["parallel_claims", "analysis"])
def test_an_error_of_ours_in_a_command_is_one_line_and_code_70(
    tmp_path: Path, program: str
) -> None:
    """Not 1, which means that a claim fails."""
    names = ("parallel_claims.commands", "shared", "shared.claims_if_any")
    result = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", program, "check", str(tmp_path)],
        env=broken(tmp_path, *names),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 70, result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: internal: RuntimeError: first line: details for a report: ")
    details(line)


def test_an_error_while_the_commands_are_read_is_no_other(tmp_path: Path) -> None:
    """Also a module that cannot be imported is told so."""
    (tmp_path / "typer.py").write_text("raise ImportError('not this one')")
    result = subprocess.run(
        [sys.executable, "-m", "parallel_claims", "--help"],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 70
    assert result.stderr.startswith("error: internal: ImportError: not this one: details")


CONFTEST = """
from parallel_claims.{module}

def broken(*args, **more):
    raise RuntimeError("broken on purpose")

{target} = broken
"""


@pytest.mark.parametrize(
    ("module", "target", "kept"),
    [
        ("journal import writing", "writing.in_full", "what was measured is in *.journal.jsonl"),
        ("plugin import verdicts", "verdicts.notes.on", "saved: *_run.json"),
    ],
    ids=["saving", "judging"],
)
def test_an_error_of_ours_at_the_end_of_a_session_is_one_line(
    pytester: pytest.Pytester, module: str, target: str, kept: str
) -> None:
    """With what is kept; pytest's code for internal errors, never that of a failed test."""
    make(pytester, conftest=CONFTEST.format(module=module, target=target))
    pytester.path.joinpath("claims.toml").write_text(
        '[[claim]]\nid = "c"\nstatement = "s"\nbaseline = "test_one[a]"\n'
        'contender = "test_one[b]"\nspeedup = { at_least = 0.0001 }\n'
    )
    result = measured(pytester, "--blocks", "2")
    text = result.stdout.str() + result.stderr.str()
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR, text
    result.stdout.fnmatch_lines([f"error: internal: RuntimeError: broken on purpose: *; {kept}"])
    assert "Traceback" not in text
    details(text).unlink()


def test_an_error_of_ours_within_a_session_is_one_line(pytester: pytest.Pytester) -> None:
    """Of pytest's INTERNALERROR lines, which are fifty otherwise."""
    target = "from parallel_claims.engine.schedule import order\norder.block = None"
    make(pytester, conftest=f"\n{target}\n")
    result = measured(pytester, "--blocks", "2")
    text = result.stdout.str() + result.stderr.str()
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR, text
    (line,) = (line for line in text.splitlines() if "INTERNALERROR" in line)
    assert "error: internal: TypeError: 'NoneType' object is not callable" in line
    details(line).unlink()
