"""What the first version ran with its own tests, and nothing runs any more.

Both sides run the same tests, as a rule those of the second version: what was deleted there, or is
skipped, or cannot be collected, is in neither list. So the first version's own list is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.engine import protocol
from parallel_claims.engine.lanes import LostError, StoppedError
from parallel_claims.saved.names import own_name
from parallel_claims.versus.asking import SLICE, Test, hello, run
from parallel_claims.versus.records import Lost, RunsOn
from parallel_claims.versus.survey import inside

if TYPE_CHECKING:
    from parallel_claims.engine.lanes import Conversation
    from parallel_claims.versus.pairs import Sides
    from parallel_claims.versus.records import Version
    from parallel_claims.versus.survey import Survey


def look(sides: Sides, survey: Survey) -> None:
    """Note as lost what runs nowhere with the tests of both, and on the first side with its own.

    Nothing is looked at where the first side has no tests of its own.
    """
    own = sides.versions[0].own
    if own is None:
        return
    passed: list[str] = []
    looked: set[str] = set()
    more = True
    while more:
        before = len(looked)
        looks = iter([look_at_each(sides, own, survey, looked, passed)])
        sides.lanes.run(lambda _, looks=looks: next(looks, None))  # type: ignore[misc]
        more = len(looked) > before and looked > set(passed)
    for name in passed:
        survey.lost[name] = Lost(why(survey, name, sides.versions), frozenset({1}))
    for place in [one for one in survey.lost if any(inside(name, one) for name in passed)]:
        del survey.lost[place]


def look_at_each(
    sides: Sides, own: Version, survey: Survey, looked: set[str], passed: list[str]
) -> Conversation:
    """Run what runs nowhere once, on the first side alone, until the process ends.

    looked: what has been, or is being, looked at. passed: what passed. A benchmark that moved to
    another file runs there.
    """
    worker = sides.started_in(own.folder, own, seed=0)
    try:
        told = yield from hello(worker)
        moved = {own_name(name) for name in survey.known if name not in told.tests}
        wanted = [
            name
            for name in told.tests
            if name not in looked and own_name(name) not in moved and nowhere(survey, name)
        ]
        run(worker, protocol.Run(wanted, SLICE))
        for name in wanted:
            looked.add(name)
            lost = yield from Test([worker], name).look()
            if not lost:
                passed.append(name)
        yield from sides.lanes.farewell(worker)
    except StoppedError:
        raise
    except LostError:
        return  # what it was looking at does not run; a side that cannot start has nothing
    finally:
        sides.lanes.removed(worker)


def nowhere(survey: Survey, name: str) -> bool:
    """Say whether a benchmark runs on no side with the tests of both."""
    if name in survey.lost:
        return survey.lost[name].runs is RunsOn.NOWHERE
    return name not in survey.known


def why(survey: Survey, name: str, versions: tuple[Version, Version]) -> str:
    """Say why a benchmark does not run any more."""
    place = next((one for one in survey.lost if one == name or inside(name, one)), None)
    if place is not None:
        return f"runs with {versions[0].name}'s own tests only; {survey.lost[place].why}"
    return f"not among the benchmarks of {versions[1].name}; gone on purpose: -- --deselect {name}"
