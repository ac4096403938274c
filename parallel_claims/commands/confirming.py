"""``history --confirm``: the commits of alarms, measured in pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.follow.history import Track
    from parallel_claims.versus.confirming import Confirmation
    from parallel_claims.versus.records import Versus


def of(tracks: Sequence[Track]) -> list[Confirmation]:
    """Return what becomes of each alarm of worse; those between the same commits go together.

    Where a commit cannot be built or measured, that is told of its alarms.
    """
    from parallel_claims.versus.confirming import Confirmation, confirmations

    found: list[Confirmation] = []
    asked: dict[tuple[str, str], list[Track]] = {}
    for track in tracks:
        if track.worse is None:
            continue
        why, commits = cannot(track), track.worse.commits
        if why is None and commits is not None:
            asked.setdefault(commits, []).append(track)
        else:
            found.append(Confirmation(track, confirmed=False, told=why or ""))
    for commits, together in asked.items():
        tests = sorted({test for track in together for test in track.tests.values()})
        try:
            found += confirmations(together, measured(commits, tests))
        except BadInputError as error:
            found += [Confirmation(track, confirmed=False, told=str(error)) for track in together]
    return found


def cannot(track: Track) -> str | None:
    """Say why an alarm cannot be confirmed here, None where it can."""
    from parallel_claims.machine.naming import machine_name
    from parallel_claims.machine.python import python_build

    assert track.worse is not None
    if track.worse.commits is None:
        return "no two commits are known to measure"
    machine, build = track.runs[["machine", "build"]].iloc[-1]
    if (machine, build) != (machine_name(), python_build()):
        return f"its runs are of {machine}, {build}: confirm it there"
    return None


def measured(commits: tuple[str, str], tests: Sequence[str]) -> Versus:
    """Measure tests on two commits in pairs of fresh processes.

    Raises:
        BadInputError: a side cannot be built or measured.
    """
    from parallel_claims.commands import versus
    from parallel_claims.versus.comparing import Wish

    return versus.between(versus.Sides(*commits), Wish(arguments=tuple(tests)))
