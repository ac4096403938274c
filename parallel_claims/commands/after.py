"""A command that hands what follows ``--`` on to pytest, as it stands."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

KEY = "parallel_claims.after"


class PytestArguments(TyperCommand):
    """A command line with an end of its own: ``… -- pytest arguments``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse what stands before the first ``--``; keep the rest."""
        end = args.index("--") if "--" in args else len(args)
        ctx.meta[KEY] = tuple(args[end + 1 :])
        return super().parse_args(ctx, args[:end])

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Say in the usage what may follow."""
        return [*super().collect_usage_pieces(ctx), "[-- PYTEST ARGUMENTS]"]


def pytest_arguments(ctx: Any) -> tuple[str, ...]:
    """Return what followed ``--``."""
    found: tuple[str, ...] = ctx.meta.get(KEY, ())
    return found
