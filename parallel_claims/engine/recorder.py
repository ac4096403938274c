"""What becomes of each round: journal, pytest's reports, pytest-benchmark's own entries."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from parallel_claims import bridge
from parallel_claims.engine.protocol import to_keep
from parallel_claims.engine.schedule.order import Benchmark
from parallel_claims.journal import lines
from parallel_claims.saved.form import Info
from parallel_claims.saved.names import AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pytest

    from parallel_claims.engine.narrator import Progress
    from parallel_claims.engine.protocol import Calls, Done, Taken
    from parallel_claims.journal.writing import Journal

SHARED = ("session", "package", "module", "class")
"""The scopes of fixtures that tests share, the widest first."""


class Place(NamedTuple):
    """Where a round is: its benchmark (with AGAIN the second time), block, turn and process."""

    name: str
    block: int
    position: int
    process: int

    @property
    def nodeid(self) -> str:
        """Return the test that it is a round of."""
        return self.name.removesuffix(AGAIN)

    @property
    def where(self) -> dict[str, Any]:
        """Return what the journal says of it."""
        return {
            "fullname": self.name,
            "block": self.block,
            "position": self.position,
            "process": self.process,
            "at": datetime.now(UTC).isoformat(),
        }


class Recorder:
    """Keeps what each round gave, and has each test reported once.

    scale: how large the work is, where a suite says it.
    """

    def __init__(
        self,
        config: pytest.Config,
        items: Sequence[pytest.Item],
        journal: Journal,
        scale: str,
        progress: Progress,
    ) -> None:
        self.config = config
        self.items = {item.nodeid: item for item in items}
        self.journal = journal
        self.scale = scale
        self.progress = progress
        self.skipped: dict[str, str] = {}
        self.passed: dict[str, list[pytest.TestReport]] = {}
        self.reported: set[str] = set()
        self.missed: dict[str, list[str]] = {}
        self.coarse: dict[str, float] = {}
        self.described: dict[str, dict[str, Any]] = {}

    def reports(self, done: Done) -> list[pytest.TestReport]:
        """Return the reports of a test that ran in a worker."""
        hook = self.config.hook.pytest_report_from_serializable
        return [hook(config=self.config, data=as_it_was(data)) for data in done.reports]

    def publish(self, nodeid: str, reports: Sequence[pytest.TestReport]) -> None:
        """Let pytest report a test, once; a failure that comes later is shown in a line."""
        if nodeid in self.reported:
            return
        self.reported.add(nodeid)
        item = self.items[nodeid]
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=nodeid, location=item.location)
        for report in reports:
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=nodeid, location=item.location)

    def keep(self, place: Place, taken: Taken, done: Done, calls: Calls) -> None:
        """Keep a finished round."""
        self.add_durations(place.nodeid, self.reports(done))
        known = done.benchmark or {}
        seconds = datum(taken)
        if taken.coarse:
            self.coarse[place.name] = seconds * calls.loops
        known["iterations"] = calls.usual
        self.described[place.name] = known
        own = {own_name(key): value for key, value in known.get("extra_info", {}).items()}
        cpus = {"cpus": float(taken.cpus)} if 0 < taken.cpus < bridge.usable_cpus() else {}
        self.write(
            place,
            known.get("group"),
            seconds=seconds,
            times=done.rounds,
            recorded={**taken.seen, **cpus, **done.recorded},
            info=own | done.info,
        )

    def add_durations(self, nodeid: str, reports: list[pytest.TestReport]) -> None:
        """Add what a round took to the test's reports: those of its first round that passed."""
        if nodeid not in self.passed:
            self.passed[nodeid] = reports
            return
        for whole, report in zip(self.passed[nodeid], reports, strict=False):
            whole.duration += report.duration

    def fail(self, place: Place, reason: str, reports: Sequence[pytest.TestReport] = ()) -> None:
        """Note a lost round, and report the test as failed."""
        self.progress.say(f"block {place.block + 1}: {place.name} failed: {reason}")
        self.write(place, lost=reason)
        self.publish(place.nodeid, reports or [self.made_up(place.nodeid, reason)])

    def made_up(
        self, nodeid: str, reason: str, outcome: Literal["failed", "skipped"] = "failed"
    ) -> pytest.TestReport:
        """Return the report of a test of which no process gave one."""
        import pytest

        location = self.items[nodeid].location
        why = (location[0], location[1] or 0, f"Skipped: {reason}")
        longrepr = why if outcome == "skipped" else reason
        return pytest.TestReport(nodeid, location, {}, outcome, longrepr, "call")

    def miss(self, place: Place, reason: str) -> None:
        """Note a lost round of a test that did not fail: the summary is to tell it."""
        self.missed.setdefault(place.name, []).append(reason)
        self.write(place, lost=reason)

    def skip(self, place: Place, reason: str, reports: Sequence[pytest.TestReport]) -> None:
        """Note a benchmark that cannot run here."""
        self.leave_out({place.nodeid: reason})
        self.publish(place.nodeid, reports)

    def leave_out(self, reasons: Mapping[str, str]) -> None:
        """Note benchmarks that are not measured, with the reason of each."""
        self.skipped |= reasons
        if reasons:
            self.journal.append(skipped=dict(reasons))

    def needless(self, reasons: Mapping[str, str]) -> list[str]:
        """Report benchmarks that only serve what cannot be tested here as skipped; return them."""
        self.leave_out(reasons)
        for nodeid, reason in reasons.items():
            self.publish(nodeid, [self.made_up(nodeid, reason, "skipped")])
        return [*reasons]

    def write(self, place: Place, group: str | None = None, **line: Any) -> None:
        """Append the round to the journal, after the variant when it is the first."""
        if self.journal.first(place.name):
            variant = self.variant(place)
            if group:
                variant["group"] = group
            self.journal.append(variant=variant)
        self.journal.append(round={**place.where, **line})

    def variant(self, place: Place) -> dict[str, Any]:
        """Return what the saved file says of a benchmark beside its rounds."""
        item = self.items[place.nodeid]
        param, params = bridge.parameters(item)
        return {
            "group": experiment_of(item),
            "name": item.name + place.name.removeprefix(place.nodeid),
            "fullname": place.name,
            "param": to_keep(param),
            "params": params and {name: to_keep(value) for name, value in params.items()},
            "options": {"rounds_per_block": 1},
            "info": {"scale": self.scale},
        }

    def report(self) -> None:
        """Let pytest report each test that passed, in its order."""
        for nodeid in self.items:
            if nodeid in self.passed:
                self.publish(nodeid, self.passed[nodeid])

    def add_entries(self) -> None:
        """Give pytest-benchmark an entry of each benchmark, made of single rounds as its own."""
        rounds: dict[str, tuple[list[float], list[int], list[int]]] = {}
        variants: dict[str, dict[str, Any]] = {}
        found = lines.read(self.journal.path)
        for variant in found.all("variant"):
            variants[variant["fullname"]] = variant
        for round_ in found.all("round"):
            times = round_.get("times") or ([round_["seconds"]] if "seconds" in round_ else [])
            data, blocks, processes = rounds.setdefault(round_["fullname"], ([], [], []))
            data += times
            blocks += [round_["block"]] * len(times)
            processes += [round_.get("process", 0)] * len(times)
        for name in sorted(rounds, key=self.position):
            data, blocks, processes = rounds[name]
            if data:
                own = {"iterations": 1, **self.described.get(name, {})}
                info = {**own.get("extra_info", {}), "blocks": blocks, "processes": processes}
                options = own.get("options", variants[name]["options"])
                entry = {**variants[name], **own, "extra_info": info, "options": options}
                entry |= {key: variants[name][key] for key in ("name", "fullname")}
                entry["params"] = bridge.parameters(self.items[name.removesuffix(AGAIN)])[1]
                bridge.entries(self.config).append(bridge.new_entry(entry, data))

    def position(self, name: str) -> tuple[int, str]:
        """Return where a benchmark is among the tests."""
        return [*self.items].index(name.removesuffix(AGAIN)), name

    def notes(self) -> Iterator[str]:
        """Yield a line for each benchmark of which there is something to know at the end."""
        for name, reasons in self.missed.items():
            rounds = "1 round" if len(reasons) == 1 else f"{len(reasons)} rounds"
            yield f"{name}: {rounds} lost: {reasons[-1]}"
        for name, seconds in self.coarse.items():
            yield (
                f"{name}: a round takes {seconds * 1e9:.0f} ns, near the clock's resolution: time "
                "more calls a round (pedantic: iterations=1000)"
            )


def as_it_was(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a serialised report with tuples where JSON made lists of them."""
    found = dict(data)
    for name in ("longrepr", "location"):
        if isinstance(found.get(name), list):
            found[name] = tuple(found[name])
    for name in ("user_properties", "sections"):
        found[name] = [tuple(pair) for pair in found.get(name, ())]
    return found


def datum(taken: Taken) -> float:
    """Return the one number of a slice: the median of its rounds, in seconds per call.

    A round that the system interrupted, or that began at a bad place of the stack, moves it little.
    """
    return statistics.median(taken.rounds)


def own_name(key: str) -> str:
    """Return a key of a test's own ``extra_info``, told apart from those that are ours."""
    return f"{key} (of the test)" if key in Info.__struct_fields__ else key


def experiment_of(item: pytest.Item) -> str:
    """Return the experiment that an item belongs to: pytest-benchmark's group, or its function."""
    return named_group(item) or item.nodeid.partition("[")[0]


def named_group(item: pytest.Item) -> str:
    """Return the group that pytest-benchmark's marker names, empty if it names none."""
    marker = item.get_closest_marker("benchmark")
    return str((marker.kwargs.get("group") if marker else None) or "")


def as_benchmark(item: pytest.Item) -> Benchmark:
    """Return a test as the schedule sees it."""
    import pytest

    shared = bridge.shared_parameters(item)
    kinds: dict[str, Any] = {
        "package": pytest.Package,
        "module": pytest.Module,
        "class": pytest.Class,
    }
    places = []
    for scope in SHARED:
        node = item.getparent(kinds[scope]) if scope in kinds else None
        places.append((tuple(shared.get(scope, ())), node and node.nodeid))
    return Benchmark(
        item.nodeid,
        experiment_of(item),
        named=bool(named_group(item)),
        one_cpu=item.get_closest_marker("one_cpu") is not None,
        pinnable=not bridge.is_checked(item),
        places=tuple(places),
    )
