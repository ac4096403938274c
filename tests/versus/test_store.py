"""What is kept from one comparison to the next, and what nothing is left of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides import store
from parallel_claims.versus.sides.running import FailedError, logged, output, telling
from parallel_claims.versus.sides.store import FACTS, KEPT, Store

if TYPE_CHECKING:
    from pathlib import Path


def built(folder: Path) -> dict[str, Any]:
    """Build something."""
    (folder / "thing").touch()
    return {"name": folder.name}


def refused(folder: Path) -> dict[str, Any]:
    """Fail to build it, halfway."""
    built(folder)
    message = "it is broken"
    raise FailedError(message)


def interrupted(folder: Path) -> dict[str, Any]:
    """Be interrupted, halfway."""
    built(folder)
    raise KeyboardInterrupt


def test_what_is_whole_is_used_again(tmp_path: Path) -> None:
    """Of the same key; built again where that is asked for, beside what may be in use."""
    kept = Store(tmp_path)
    first = kept.environment("key", built)
    assert (first.folder / "thing").exists()
    assert not first.reused
    again = Store(tmp_path).environment("key", refused)
    assert again.reused
    assert (again.folder, again.facts) == (first.folder, first.facts)
    assert kept.environment("other", built).folder != first.folder
    fresh = kept.environment("key", built, fresh=True)
    assert fresh.folder != first.folder
    assert first.folder.exists()
    assert kept.environment("key", refused).folder == fresh.folder


@pytest.mark.parametrize(
    ("build", "error"), [(refused, FailedError), (interrupted, KeyboardInterrupt)]
)
def test_what_is_half_built_is_thrown_away(
    tmp_path: Path, build: Any, error: type[BaseException]
) -> None:
    """Whatever ended it; the log stays where the build failed."""
    kept = Store(tmp_path)
    kept.log("key").write_text("why")
    with pytest.raises(error):
        kept.environment("key", build)
    assert not [*kept.environments.iterdir()]
    assert kept.log("key").exists() == (error is FailedError)
    assert not kept.environment("key", built).reused


def test_what_was_killed_while_it_was_built_counts_as_nothing(tmp_path: Path) -> None:
    """Its facts are missing; after a day it is removed."""
    kept = Store(tmp_path)
    half = kept.environment("key", built).folder
    (half / FACTS).unlink()
    assert kept.environment("key", built).folder != half
    past = time.time() - 2 * store.DAY
    os.utime(half, (past, past))
    Store(tmp_path)
    assert not half.exists()


def test_what_nobody_used_for_long_is_removed(tmp_path: Path) -> None:
    """Using it counts, not when it was built."""
    kept = Store(tmp_path)
    folders = [kept.environment(key, built).folder for key in ("used", "unused")]
    past = time.time() - KEPT - 1
    for folder in folders:
        os.utime(folder / FACTS, (past, past))
    kept.environment("used", refused)
    Store(tmp_path)
    assert [folder.exists() for folder in folders] == [True, False]


HOLDS = """
import sys, time
from pathlib import Path
from parallel_claims.versus.sides.store import Store
with Store(Path(sys.argv[1])).private_folder() as folder:
    (folder / "file").touch()
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_private_folder_is_gone_in_the_end(tmp_path: Path, end: signal.Signals) -> None:
    """With Ctrl-C at once, after SIGKILL when the next comparison starts; never in between."""
    with subprocess.Popen(  # noqa: S603  this very Python
        [sys.executable, "-c", HOLDS, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        folder = tmp_path.__class__(process.stdout.readline().strip())
        kept = Store(tmp_path)
        assert (folder / "file").exists()
        process.send_signal(end)
        process.wait(30)
    assert folder.exists() == (end is signal.SIGKILL)
    Store(tmp_path)
    assert not [*kept.private.iterdir()]


def test_a_disk_without_room_is_told_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is free, and what to do."""
    monkeypatch.setattr(store, "LEAST_ROOM", 2**70)
    with pytest.raises(BadInputError, match="make room, or set XDG_CACHE_HOME to another disk"):
        Store(tmp_path)


def test_a_program_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    """Nothing of it goes on."""
    log = tmp_path / "log"
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', {!r}])"
    sleeps = "import time; print('child', flush=True); time.sleep(1); open('late', 'w').close()"
    with log.open("w+") as out, pytest.raises(FailedError, match="no answer within 0 s: it was"):
        logged([sys.executable, "-c", child.format(sleeps)], out, cwd=tmp_path, seconds=0.4)
    time.sleep(1.5)
    assert not (tmp_path / "late").exists()


def test_a_program_that_is_not_there_is_named() -> None:
    """In one line."""
    with pytest.raises(FailedError, match="no-such-program: No such file or directory"):
        output(["no-such-program"])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            (
                "  cause: The build backend returned an error\n"
                "  cause: Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)\n"
                "     [stderr]\n"
                "     brk.c:1:10: fatal error: nothere.h: No such file or directory\n"
                "     compilation terminated.\n"
                "     error: Command '['gcc']' returned non-zero exit status 1.\n"
                "hint: This error likely indicates that you need to install a library\n"
            ),
            "brk.c:1:10: fatal error: nothere.h: No such file or directory",
        ),
        (
            (
                "  error: subprocess-exited-with-error\n"
                "  × Getting requirements to build wheel did not run successfully.\n"
                "  │ exit code: 1\n"
                "  ╰─> [1 lines of output]\n"
                "      no luck today\n"
                "      [end of output]\n"
                "  note: This error originates from a subprocess\n"
            ),
            "no luck today",
        ),
        (
            "a" * 400 + ": No space left on device\n",
            "a" * 150 + " … " + "a" * 125 + ": No space left on device",
        ),
        (
            (
                "error: No solution found when resolving dependencies:\n"
                "  ╰─▶ Because demo==1.0 depends on nothere>=9 and only nothere<=2 is there, we\n"
                "      can conclude that demo==1.0 cannot be used.\n"
                "      And because you require demo, your requirements are unsatisfiable.\n"
            ),
            (
                "Because demo==1.0 depends on nothere>=9 and only nothere<=2 is there, we can "
                "conclude that demo==1.0 cannot be used."
            ),
        ),
        (
            (
                "fatal: detected dubious ownership in repository at '/a/b'\n"
                "To add an exception for this directory, call:\n\n"
                "\tgit config --global --add safe.directory /a/b\n"
            ),
            (
                "fatal: detected dubious ownership in repository at '/a/b': "
                "git config --global --add safe.directory /a/b"
            ),
        ),
        ("", ""),
    ],
)
def test_the_line_that_tells_is_found(text: str, line: str) -> None:
    """In what uv, pip and compilers write around it."""
    assert telling(text) == line
