"""Runs that were killed: what only their journal has is saved, or gone on with."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims.engine import resume
from parallel_claims.errors import BadInputError
from parallel_claims.journal import lines, owner
from parallel_claims.journal import writing as journal
from parallel_claims.journal.recover import recover
from parallel_claims.saved import reading
from tests.engine.suite import SUITE, make, measured, one_line, order, saved

if TYPE_CHECKING:
    from pathlib import Path

KILLED = SUITE.replace(
    "    return Outcome(",
    """    if len(open("order.txt").readlines()) == int(os.environ.get("KILLED_AT", 0)):
        os.kill(os.getppid(), 9)
        os._exit(9)
    return Outcome(""",
)
"""The suite, whose run is killed in its third block, and the process that measures with it."""

RUN = {
    "machine_info": {"name": "here"},
    "commit_info": {},
    "datetime": "2026-11-25T10:00:00+00:00",
    "version": "5.2.0",
    "suite": {"scale": "small", "order_seed": 1, "against_itself": False, "partial": False},
}


def written(folder: Path, blocks: int = 3, variants: str = "ab", last: int = 1) -> Path:
    """Write the journal of a run that was killed ``last`` rounds into its last block."""
    found = journal.Journal.begun(folder, "small", RUN)
    found.append(stopping={"ended": "stopped early", "precision": None, "planned": [2, 9],
                           "looks": [2]})  # fmt: skip
    for block in range(blocks + 1):
        for position, name in enumerate(variants[: None if block < blocks else last]):
            fullname = f"test_a.py::test_one[{name}]"
            if not block:
                variant = {"group": "one", "name": f"test_one[{name}]", "fullname": fullname}
                more: dict[str, Any] = {"param": name, "params": None, "options": {}, "info": {}}
                found.append(variant=variant | more)
            told = {"recorded": {"cores": 1.0}, "info": {"gil": True}}
            place = {"fullname": fullname, "block": block, "position": position}
            found.append(round={**place, "at": "", "seconds": 1.0 + block, **told})
        if block < blocks:
            found.append(block={"number": block}, spent={"wall": 3.0 + block, "timed": 2.0})
    found.close()
    as_if_killed(found.path)
    return found.path


def as_if_killed(path: Path) -> None:
    """Make a journal that of a process that is not there any more."""
    believed = lines.read(path).believed
    for line in believed:
        if "process" in line:
            line["process"]["pid"] = 1234567
    path.write_text("".join(map(lines.written, believed)))


def rounds_in(path: Path) -> dict[str, list[float]]:
    """Return the rounds of a saved file, by their variant."""
    return {b.name: b.rounds for b in reading.read(path).benchmarks}


def killed(pytester: pytest.Pytester, *args: str, at: int = 13) -> Path:
    """Run the suite until it is killed in its ``at``-th round, and return its journal."""
    make(pytester, KILLED)
    pytester._monkeypatch.setenv("KILLED_AT", str(at))  # noqa: SLF001  no other way to a process
    assert measured(pytester, *args).ret == -9
    pytester._monkeypatch.delenv("KILLED_AT")  # noqa: SLF001
    (path,) = (pytester.path / "results" / "here" / "build").iterdir()
    return path


PROBED = """
from parallel_claims.machine import speeds

PROBE = speeds.probe


def noted(seconds):
    with open("probed.txt", "a") as file:
        print(seconds, file=file)
    return PROBE(seconds)


speeds.probe = noted
"""


def test_a_journal_becomes_a_saved_file_marked_as_partial(tmp_path: Path) -> None:
    """All rounds, the blocks that came to their end, what was skipped; the journal is gone."""
    path = written(tmp_path)
    with path.open("a") as file:
        file.write(lines.written({"skipped": {"test_two": "no GPU"}}))
        file.write('{"round": {"fullname": "test_a.')
    made = recover(path)
    assert made.saved == tmp_path / "0001_20261125T100000Z_small.json"
    assert (made.rounds, made.blocks, made.note) == (7, 3, "")
    assert list(tmp_path.iterdir()) == [made.saved]
    run = reading.read(made.saved)
    assert run.suite is not None
    assert run.suite.partial
    assert run.suite.skipped == {"test_two": "no GPU"}
    assert run.suite.blocks == 3
    assert run.suite.wall_seconds == 5.0
    assert (run.suite.stopping.ended, run.suite.stopping.looks) == ("stopped early", [2, 3])
    assert rounds_in(made.saved) == {"test_one[a]": [1, 2, 3, 4], "test_one[b]": [1, 2, 3]}


def test_a_damaged_line_costs_itself_alone(tmp_path: Path) -> None:
    """Each line but the first in turn: at most its round is missing, and it is told."""
    whole = written(tmp_path).read_text().splitlines()
    path = tmp_path / "0001.journal.jsonl"
    empty: list[object] = [{}, None]
    nothing = [lines.written({"round": none}).rstrip() for none in empty]
    for number in range(1, len(whole)):
        for damage in (whole[number][: len(whole[number]) // 2], "", "\x00\xff", *nothing):
            damaged = [*whole[:number], damage, *whole[number + 1 :]]
            path.write_text("\n".join(damaged) + "\n")
            made = recover(path)
            assert made.saved is not None
            assert f"1 damaged line left out (line {number + 1})" in made.note
            assert made.rounds == 7 - ('"round"' in whole[number])
            reading.read(made.saved)
            made.saved.unlink()


def test_a_journal_cut_off_anywhere_keeps_all_that_came_before(tmp_path: Path) -> None:
    """At each byte: as many rounds as it has whole lines of rounds, and none is damaged."""
    path = written(tmp_path, blocks=1)
    whole = path.read_bytes()
    ends = [place for place, byte in enumerate(whole) if byte == ord("\n")]
    rounds = [end for end, line in zip(ends, whole.splitlines(), strict=True) if b'"round"' in line]
    for cut in range(ends[0] + 1, len(whole)):
        path.write_bytes(whole[:cut])
        found = lines.read(path)
        assert len(found.all("round")) == sum(end <= cut for end in rounds)
        assert not found.damaged


def test_a_changed_character_is_never_another_number(tmp_path: Path) -> None:
    """Each digit of each line in turn: the line is damaged, and says so."""
    path = written(tmp_path, blocks=1)
    whole = path.read_bytes()
    first = whole.index(b"\n")
    for place in range(first, len(whole)):
        if whole[place : place + 1].isdigit():
            digit = b"%d" % ((whole[place] - ord("0") + 1) % 10)
            path.write_bytes(whole[:place] + digit + whole[place + 1 :])
            assert lines.read(path).damaged == [1 + whole[:place].count(b"\n")]


@pytest.mark.parametrize(
    "first", ["", "{", lines.written({"round": {}}).rstrip(), "[1]", "null", "[" * 5000, "}"]
)
def test_what_is_no_journal_is_told_in_a_line(tmp_path: Path, first: str) -> None:
    """Also one whose first line is damaged: it said what was measured where."""
    path = tmp_path / "0001.journal.jsonl"
    path.write_text(f"{first}\n")
    with pytest.raises(BadInputError, match=r"not a journal of this suite, or its first line"):
        recover(path)
    assert path.exists()


def test_a_run_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    """Its process is there; one with the same number that began at another time is another."""
    begun = journal.Journal.begun(tmp_path, "small", RUN)
    begun.close()
    with pytest.raises(BadInputError, match=r"its run still goes on"):
        recover(begun.path)
    me = owner.this_process()
    assert owner.still_runs(me, begun.path)
    assert not owner.still_runs({**me, "began": me["began"] - 100}, begun.path)
    elsewhere = {**me, "host": "elsewhere"}
    assert owner.still_runs(elsewhere, begun.path)
    os.utime(begun.path, (1, 1))
    assert not owner.still_runs(elsewhere, begun.path)
    assert not owner.still_runs({}, begun.path)


def test_a_journal_that_was_saved_is_removed_and_no_second_file_made(tmp_path: Path) -> None:
    """Killed between the two: the file is whole, only the journal was left."""
    path = written(tmp_path)
    with path.open("a") as file:
        file.write(lines.written({"closing": {"blocks": 3}}))
    (tmp_path / "0001_20261125T100001Z_small.json").write_text("whole")
    made = recover(path)
    assert made.note == "it was saved already"
    assert [p.read_text() for p in tmp_path.iterdir()] == ["whole"]


def test_a_run_that_was_closed_but_not_saved_is_no_partial_one(tmp_path: Path) -> None:
    """Killed while saving: nothing of it is missing."""
    path = written(tmp_path, last=0)
    with path.open("a") as file:
        file.write(lines.written({"closing": {"blocks": 3, "stopping": {"ended": "fixed"}}}))
    made = recover(path)
    assert made.saved is not None
    suite = reading.read(made.saved).suite
    assert suite is not None
    assert (suite.partial, suite.stopping.ended) == (False, "fixed")


def test_a_killed_run_is_recovered_and_judged(pytester: pytest.Pytester) -> None:
    """From the command line, with no path; check names the command before."""
    path = killed(pytester, "--blocks", "5")
    pytester.path.joinpath("claims.toml").write_text(
        '[[claim]]\nid = "c"\nstatement = "s"\nbaseline = "test_one[a]"\n'
        'contender = "test_one[b]"\nspeedup = { at_least = 0.0001 }\n'
    )
    command = (sys.executable, "-m", "parallel_claims")
    result = pytester.run(*command, "check", "results")
    assert result.ret == 2
    (told,) = result.errlines
    assert told.startswith("error: results: no saved run (*.json) in this folder: but the journal")
    assert told.endswith("of a run that did not end: parallel-claims recover results")
    named = pytester.run(*command, "check", str(path)).errlines
    assert named == [
        f"error: {path}: the journal of a run that did not end: parallel-claims recover {path}"
    ]
    result = pytester.run(*command, "recover")
    assert result.ret == 0
    assert result.outlines[0].endswith("_run.json: 12 rounds, 2 whole blocks")
    assert saved(pytester)["parallel_claims"]["partial"]
    assert pytester.run(*command, "check", "results").ret == 0
    again = pytester.run(*command, "recover")
    told = "results: nothing to recover: no journal (*.journal.jsonl) in it"
    assert (again.ret, again.outlines) == (0, [told])
    again = pytester.run(*command, "recover", "none.jsonl")
    assert (again.ret, again.errlines) == (2, ["error: none.jsonl: no such file or folder"])


def test_a_killed_run_goes_on_with_whole_blocks(pytester: pytest.Pytester) -> None:
    """What was measured before stays; the block that it was killed in is measured anew, whole.

    The CPUs are looked at once: it begins to measure as soon as it is there.
    """
    pytester.makepyfile(probed=PROBED)
    options = ("--blocks", "5", "-p", "probed")
    path = killed(pytester, *options)
    before = {
        (r["fullname"], r["block"]): r["seconds"]
        for r in lines.read(path).all("round")
        if r["block"] < 2
    }
    with path.open("a") as file:
        file.write("damaged\n")
    ran = len(order(pytester))
    result = measured(pytester, *options, "--blocks-resume", "-v", "--benchmark-json=own.json")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["going on with 0001.journal.jsonl after 2 whole blocks; 1 damaged line left out (line *)"]
    )
    assert len(order(pytester)[ran:]) == 3 * 5
    found = saved(pytester)
    for entry in found["benchmarks"]:
        assert entry["extra_info"]["blocks"] == [0, 1, 2, 3, 4]
        assert entry["extra_info"]["lost"] == {}
        again = [before[entry["fullname"], block] for block in (0, 1)]
        assert entry["stats"]["data"][:2] == again
    suite = found["parallel_claims"]
    assert [resumed["block"] for resumed in suite["resumed"]] == [2]
    assert [ended["number"] for ended in suite["conditions"]] == [0, 1, 2, 3, 4]
    assert (suite["partial"], suite["blocks"]) == (False, 5)
    probed = (pytester.path / "probed.txt").read_text().split()
    assert len(probed) == 1 + 5
    assert [p.suffix for p in path.parent.iterdir()] == [".json"]
    own = json.loads((pytester.path / "own.json").read_text())["benchmarks"]
    assert {e["fullname"]: e["stats"]["data"] for e in own} == {
        e["fullname"]: e["stats"]["data"] for e in found["benchmarks"]
    }
    assert all(e["extra_info"]["blocks"] == [0, 1, 2, 3, 4] for e in own)


DIFFERENT = {
    "an option": (("--blocks", "6"), "option blocks=5 is missing; option blocks=6 is new"),
    "the tests": (("--blocks", "5", "-k", "x"), "benchmark test_suite.py::test_one[a] is missing"),
    "the code": (("--blocks", "5"), "test_suite.py has changed"),
}


def test_another_run_is_not_gone_on_with(pytester: pytest.Pytester) -> None:
    """One line says what differs, and the journal stays as it was."""
    path = killed(pytester, "--blocks", "5")
    before = path.read_bytes()
    for what, (args, told) in DIFFERENT.items():
        if what == "the code":
            pytester.makepyfile(test_suite=KILLED + "\n# changed")
        assert told in one_line(measured(pytester, *args, "--blocks-resume"))
        assert path.read_bytes() == before


def test_what_differs_of_the_machine_is_told() -> None:
    """Another machine, commit or package; a run of an older version; at most six phrases."""
    before = {
        "facts": {"machine": "here", "commit": "a", "numpy": "1"},
        "code": {"a.py": "1"},
        "options": {"blocks": "5"},
        "arguments": [],
        "benchmarks": [],
    }
    after = {**before, "facts": {"machine": "there", "commit": "b", "numpy": "1"}, "code": {}}
    assert resume.differences(before, before) == []
    assert resume.differences(before, after) == [
        "machine here → there",
        "commit a → b",
        "module a.py is missing",
    ]
    assert resume.differences({}, after) == ["an older version of parallel-claims measured it"]
    many = {**before, "benchmarks": list("abcdefgh")}
    assert resume.differences(before, many)[-2:] == ["benchmark f is new", "2 more"]


def test_nothing_to_go_on_with_is_told_in_a_line(pytester: pytest.Pytester) -> None:
    """No journal here; one named that is not there; no blocks asked for."""
    make(pytester)
    assert "no journal of a run that did not end in" in one_line(
        measured(pytester, "--blocks", "2", "--blocks-resume")
    )
    assert "none.jsonl: cannot be read: No such file" in one_line(
        measured(pytester, "--blocks", "2", "--blocks-resume=none.jsonl")
    )
    assert "--blocks-resume is about blocks" in one_line(measured(pytester, "--blocks-resume"))


def test_a_run_with_looks_goes_on_as_it_would_have(pytester: pytest.Pytester) -> None:
    """Its looks and the time that it took count on; who had left does not come back."""
    options = ("--blocks=auto", "--blocks-min=2", "--blocks-max=4", "--blocks-precision=0.01%")
    path = killed(pytester, *options, at=14)
    with path.open("a") as file:
        left = {"fullname": "test_suite.py::test_two[x]", "block": 2}
        file.write(lines.written({"left": left}))
        file.write(lines.written({"block": {"number": 1}, "spent": {"wall": 60, "timed": 1}}))
    assert measured(pytester, *options, "--blocks-resume").ret == 0
    found = saved(pytester)
    blocks = {entry["name"]: entry["extra_info"]["blocks"] for entry in found["benchmarks"]}
    assert blocks["test_one[a]"] == [0, 1, 2, 3]
    assert blocks["test_two[x]"] == [0, 1]
    assert found["parallel_claims"]["wall_seconds"] > 60
    assert found["parallel_claims"]["stopping"]["ended"] == "max-blocks"
