"""A folder that no run can be saved in is told before anything is measured."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SUITE = "def test_a(benchmark):\n    benchmark(sum, [1])\n"


def refused(pytester: pytest.Pytester, folder: str, why: str) -> None:
    """Run a suite in one block: one line, pytest's exit code for a wrong use, nothing measured."""
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("--blocks=1", f"--blocks-results={folder}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line]
    assert "no run can be saved there, " in line
    assert why in line
    assert "--blocks-results=PATH" in line


def test_a_results_folder_that_is_a_file(pytester: pytest.Pytester) -> None:
    """And one below a file."""
    (pytester.path / "results").write_text("")
    refused(pytester, "results", "results is no folder")
    refused(pytester, "results/below", "results is no folder")


def test_a_results_folder_that_is_read_only(pytester: pytest.Pytester) -> None:
    """A file system of its own where the user is root, who may write anywhere else."""
    folder: Path = pytester.path / "results"
    folder.mkdir()
    if os.geteuid():
        folder.chmod(0o500)
        refused(pytester, "results", "results cannot be written")
        return
    mount = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603  as above
        pytest.skip("root may not mount a file system here")
    try:
        refused(pytester, "results", "results cannot be written")
    finally:
        subprocess.run(["/bin/umount", str(folder)], check=True)  # noqa: S603  as above
