"""``python -m parallel_claims``: the same as ``parallel-claims``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims import internal

if TYPE_CHECKING:
    from pathlib import Path


def main(program: str = "parallel-claims", claims: Path | None = None) -> None:
    """Run the command line, and end the process with its exit code.

    Args:
        program: how it is called, as its help names it.
        claims: the file of claims unless another is named.
    """

    def started() -> None:
        # the modules of the command line are read here: whatever fails then is told alike
        from parallel_claims import cli

        cli.run(program, claims)

    internal.ended(started)


if __name__ == "__main__":
    main()
