"""What runs on the first side, looked at there alone: only what ran can be broken.

What the second side lacks was not run when both were looked at; it may have been skipped all along.
And both sides run the same tests, as a rule those of the second version: what was deleted there, or
is skipped, or cannot be collected, is in neither list. So the first version's own is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.engine import protocol
from parallel_claims.saved.names import own_name
from parallel_claims.versus.asking import SLICE, SideError, Test, hello, run
from parallel_claims.versus.records import Lost, RunsOn
from parallel_claims.versus.survey import inside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_claims.engine.lanes import Conversation
    from parallel_claims.versus.pairs import Sides
    from parallel_claims.versus.records import Version
    from parallel_claims.versus.survey import Survey

    Choice = Callable[[Sequence[str]], list[str]]

FIRST, NOWHERE = frozenset({0}), frozenset({0, 1})


def look(sides: Sides, survey: Survey) -> None:
    """Note what runs on the first side only, with the tests of both and with its own."""
    look_at_untried(sides, survey)
    if sides.versions[0].own is not None:
        look_at_own_tests(sides, sides.versions[0].own, survey)


def look_at_untried(sides: Sides, survey: Survey) -> None:
    """Run once what the second side lacks: what does not run on the first either is no loss."""
    untried = {name for name in survey.running(RunsOn.FIRST_ONLY) if name not in survey.order}
    if not untried:
        return
    found = alone(sides, sides.versions[0], lambda there: [n for n in there if n in untried])
    for name, lost in found.items():
        if lost is not None:
            survey.lost[name] = Lost(f"{survey.lost[name].why}; {lost.why}", NOWHERE)


def look_at_own_tests(sides: Sides, own: Version, survey: Survey) -> None:
    """Note as lost what runs nowhere with the tests of both, and on the first side with its own."""

    def nowhere(there: Sequence[str]) -> list[str]:
        """Choose what runs on no side; a benchmark that moved to another file runs there."""
        moved = {own_name(name) for name in survey.known if name not in there}
        return [
            name for name in there if own_name(name) not in moved and runs_nowhere(survey, name)
        ]

    passed = [name for name, lost in alone(sides, own, nowhere).items() if lost is None]
    for name in passed:
        survey.lost[name] = Lost(why(survey, name, sides.versions), frozenset({1}))
    for place in [one for one in survey.lost if any(inside(name, one) for name in passed)]:
        del survey.lost[place]


def alone(sides: Sides, version: Version, choose: Choice) -> dict[str, Lost | None]:
    """Run some benchmarks once on the first side alone; return why each does not run, None if so.

    choose: what is to be run, of what there is. One at which the process ends does not run; the
    others are run in new processes. A side that cannot start says nothing.
    """
    found: dict[str, Lost | None] = {}
    left = [""]
    while left:
        left.clear()
        looks = iter([look_at_each(sides, version, choose, found, left)])
        sides.lanes.run(lambda _, looks=looks: next(looks, None))  # type: ignore[misc]
    return found


def look_at_each(
    sides: Sides, version: Version, choose: Choice, found: dict[str, Lost | None], left: list[str]
) -> Conversation:
    """Run what is to be run, and has not been, until the process ends; note what is left then."""
    worker = sides.started_in(version.folder, version, seed=0)
    try:
        told = yield from hello(worker)
        wanted = [name for name in choose(told.tests) if name not in found]
        left += wanted
        run(worker, protocol.Run(wanted, SLICE))
        for name in wanted:
            found[name] = yield from Test([worker], name).look()
            left.remove(name)
        yield from sides.lanes.farewell(worker)
    except SideError as error:
        if left:
            found[left.pop(0)] = Lost(str(error), FIRST, ended=True)
    finally:
        sides.lanes.removed(worker)


def runs_nowhere(survey: Survey, name: str) -> bool:
    """Say whether a benchmark runs on no side with the tests of both."""
    if name in survey.lost:
        return survey.lost[name].runs is RunsOn.NOWHERE
    return name not in survey.known and name not in survey.other_cases


def why(survey: Survey, name: str, versions: tuple[Version, Version]) -> str:
    """Say why a benchmark does not run any more."""
    place = next((one for one in survey.lost if one == name or inside(name, one)), None)
    if place is not None:
        return f"runs with {versions[0].name}'s own tests only; {survey.lost[place].why}"
    return f"not among the benchmarks of {versions[1].name}; gone on purpose: -- --deselect {name}"
