"""``python -m parallel_claims``: the same as ``parallel-claims``."""

from __future__ import annotations

from parallel_claims import cli


def main() -> None:
    """Run the command line."""
    cli.run("parallel-claims")


if __name__ == "__main__":
    main()
