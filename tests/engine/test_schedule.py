"""Who is measured next: decided from given numbers, without a process, a test or a clock."""

from __future__ import annotations

from parallel_claims.engine.questions import Look, Question
from parallel_claims.engine.schedule.order import Benchmark
from parallel_claims.engine.schedule.schedule import Schedule, Task
from parallel_claims.engine.schedule.stopping import Stopping

NAMES = ("a", "b", "c", "many")


def made(*blocks: int, cpus: tuple[int, ...] = (0, 1), budget: float = 1000.0) -> Schedule:
    """Return a schedule of four benchmarks."""
    benchmarks = [Benchmark(name, name) for name in NAMES]
    stopping = Stopping(blocks) if len(blocks) == 1 else Stopping(blocks, budget)
    return Schedule(benchmarks, stopping, seed=1, cpus=cpus)


def run(schedule: Schedule, task: Task, cost: float = 1.0, *, lost: str = "") -> None:
    """Take a task's rounds: each costs so much; ``many`` keeps more than one CPU busy."""
    for name in task.names:
        if name == lost:
            schedule.lost(name, task.block)
        else:
            schedule.took(name, task.block, cost, one_cpu=name != "many")


def test_the_first_block_is_measured_with_nothing_beside_it() -> None:
    """What it shows of each benchmark is not known before."""
    schedule = made(5)
    first = schedule.next(0)
    assert first is not None
    assert (first.block, sorted(first.names), first.beside) == (0, sorted(NAMES), False)
    assert schedule.next(1) is None


def test_what_keeps_one_cpu_runs_one_a_core_and_the_rest_alone() -> None:
    """Both parts have the same blocks in the end; on another CPU each time."""
    schedule = made(4)
    ran: list[tuple[int, bool, tuple[str, ...], int | None]] = []
    while True:
        at_once: list[Task] = []
        while (task := schedule.next(len(at_once))) is not None:
            at_once.append(task)
        if not at_once:
            break
        assert len(at_once) <= (2 if at_once[0].beside else 1)
        assert len({task.cpu for task in at_once}) == len(at_once)
        for task in at_once:
            run(schedule, task)
            ran.append((task.block, task.beside, tuple(sorted(task.names)), task.cpu))
    assert [one for one in ran if one[0] == 0] == [(0, False, NAMES, 0)]
    for beside, names in ((True, ("a", "b", "c")), (False, ("many",))):
        blocks = sorted(one[0] for one in ran if one[0] and one[1] is beside and one[2] == names)
        assert blocks == [1, 2, 3]
    assert schedule.blocks == 4


def test_two_parts_are_made_only_where_they_save_more_than_a_start() -> None:
    """Rounds of a hundredth of a second are not worth a second process a block."""
    schedule = made(3)
    schedule.starts.append(1.0)
    task = schedule.next(0)
    assert task is not None
    run(schedule, task, cost=0.01)
    task = schedule.next(0)
    assert task is not None
    assert (task.beside, len(task.names)) == (False, 4)


def test_what_a_claim_links_with_more_cpus_is_measured_there() -> None:
    """Side by side, in the same process."""
    schedule = made(3)
    schedule.look(Look((Question("?", ("a", "many")),), 1), 0.0)
    task = schedule.next(0)
    assert task is not None
    run(schedule, task)
    single, whole = schedule.parts()
    assert {one.nodeid for one in single} == {"b", "c"}
    assert {one.nodeid for one in whole} == {"a", "many"}


def test_a_process_that_ended_is_replaced_for_the_rest_of_its_block() -> None:
    """What is linked with the benchmark at which it ended is lost with it."""
    schedule = made(3)
    schedule.look(Look((Question("?", ("a", "b")),), 1), 0.0)
    task = Task(0, ("many", "a", "b", "c"))
    assert schedule.go_on_after(task, "a") == ("b",)
    rest = schedule.next(0)
    assert rest is not None
    assert (rest.block, rest.names) == (0, ("c",))


def test_two_lost_rounds_in_a_row_are_enough() -> None:
    """One that is followed by a good one is none."""
    schedule = made(9)
    assert not schedule.lost("a", 0)
    schedule.took("a", 1, 1.0, one_cpu=True)
    assert not schedule.lost("a", 2)
    assert schedule.lost("a", 3)
    assert "a" not in schedule.states


def test_the_time_to_the_next_look_decides_who_goes_on() -> None:
    """What nothing open needs leaves; of the rest what fits, headlines first."""
    schedule = made(2, 4, cpus=(), budget=30.0)
    questions = tuple(Question(name, (name,), first=name == "c") for name in ("a", "b", "c"))
    schedule.look(Look(questions, 3), 0.0)
    for _ in range(2):
        task = schedule.next(0)
        assert task is not None
        run(schedule, task, cost=5.0)
    assert schedule.look_due()
    assert sorted(schedule.look(Look(questions, 3), 10.0)) == ["b", "many"]
    assert schedule.looks == [2]


def test_a_dear_block_is_cut_down_so_that_the_first_look_is_reached() -> None:
    """Before anything is known of any verdict."""
    schedule = made(5, 9, cpus=(), budget=50.0)
    schedule.look(Look(tuple(Question(n, (n,), first=n == "a") for n in "abc"), 3), 0.0)
    task = schedule.next(0)
    assert task is not None
    run(schedule, task, cost=5.0)
    assert set(schedule.fit(20.0)) == {"b", "c", "many"}


def test_a_run_that_goes_on_begins_after_its_whole_blocks() -> None:
    """Without what had left."""
    schedule = made(6)
    schedule.resume(3, [], {"b"})
    task = schedule.next(0)
    assert task is not None
    assert (task.block, sorted(task.names)) == (3, ["a", "c", "many"])
