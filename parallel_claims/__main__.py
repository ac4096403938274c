"""``python -m parallel_claims``: the same as ``parallel-claims``."""

from __future__ import annotations

from parallel_claims import internal


def main() -> None:
    """Run the command line."""
    internal.ended(started)


def started() -> None:
    """Read the modules of the command line, and run it: whatever fails then is told alike."""
    from parallel_claims import cli

    cli.run("parallel-claims")


if __name__ == "__main__":
    main()
