"""Puts the program together: the one place that knows both this machine and the judge."""

from __future__ import annotations

from pathlib import Path

from analysis import cli, load


def newest_here() -> Path:
    """Return the newest run that was saved for this machine."""
    from experiments.machine import machine_name

    return load.newest(Path("results"), machine_name())


if __name__ == "__main__":
    cli.newest_here = newest_here
    cli.app(prog_name="python -m analysis")
