"""How often is ``versus`` wrong, and what does it find? Real comparisons of a public suite.

``python -m tests.benchmarks.versus_real FOLDER TRIES [inject] [bursts] [seed=N]`` compares two
checkouts of one version of multidict, 245 micro-benchmarks, a row each time. With ``inject``,
20 benchmarks drawn anew each time are slower in the second checkout, ten by 5 % and ten by 10 %:
after each timed round it spins for that share of the round, on the timer. The first checkout has
the same code with a weight of 0: two modules of other lengths lie elsewhere in memory, which alone
made single benchmarks of an extension 4 % slower, in each process. With ``bursts``,
another process keeps a core busy for 0.5 to 3 s, again and again.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.foreign import OPTIONS, SUITES, fetched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUITE = SUITES[0]
SHARES = (0.05, 0.10)
EACH = 10

SLOWED = """
WEIGHT = {weight}

def _slow_what_is_named() -> None:
    import json, os

    shares = json.loads(os.environ.get("SLOWED", "{}"))
    if not shares:
        return
    from pytest_benchmark.fixture import BenchmarkFixture

    make = BenchmarkFixture._make_runner

    def slower(self, *args, **kwargs):
        run, share, timer = make(self, *args, **kwargs), shares.get(self.fullname), self._timer
        if share is None:
            return run

        def slowed(*args, **kwargs):
            found = run(*args, **kwargs)
            seconds = found[0] if isinstance(found, tuple) else found
            begin = timer()
            while timer() - begin < WEIGHT * share * seconds:
                pass
            seconds += WEIGHT * (timer() - begin)
            return (seconds, *found[1:]) if isinstance(found, tuple) else seconds

        return slowed

    BenchmarkFixture._make_runner = slower

_slow_what_is_named()
"""

BURSTS = """
import random, sys, time
draw = random.Random(int(sys.argv[1]))
while True:
    ends = time.monotonic() + draw.uniform(0.5, 3)
    while time.monotonic() < ends:
        sum(range(10000))
    time.sleep(draw.uniform(0.5, 3))
"""


def main(folder: Path, tries: int, *how: str) -> None:
    """Fetch the suite, compare, and print a row a comparison."""
    old, new = checkouts(folder)
    names: list[str] = []
    print("| seconds | pairs | false slower | false faster | same | +5 % | +10 % |")
    print("|---|---|---|---|---|---|---|", flush=True)
    begins = next((int(one.removeprefix("seed=")) for one in how if one.startswith("seed=")), 0)
    for seed in range(begins, begins + tries):
        draw = random.Random(seed)  # noqa: S311  which benchmarks, not a secret
        if "inject" in how and not names:
            names = listed(compared(old, new, {}, "--pairs", "1", "--budget", "1s"))
        chosen = draw.sample(names, EACH * len(SHARES)) if names else []
        slowed = dict(zip(chosen, SHARES * EACH, strict=True)) if chosen else {}
        with bursts(seed) if "bursts" in how else nothing():
            begin = time.monotonic()
            found = compared(old, new if chosen else old, slowed)
            seconds = time.monotonic() - begin
        print(row(found, slowed, seconds), flush=True)


def checkouts(folder: Path) -> tuple[Path, Path]:
    """Return two folders with the suite's code, and with what slows it down in the second."""
    code = fetched(SUITE, folder)
    sides = folder / "older", folder / "newer"
    for weight, side in enumerate(sides):
        if not side.exists():
            shutil.copytree(code, side)
            with (side / "multidict" / "__init__.py").open("a") as module:
                module.write(SLOWED.replace("{weight}", str(weight)))
    return sides


def compared(old: Path, new: Path, slowed: Mapping[str, float], *more: str) -> Any:
    """Return what ``versus`` says, as data."""
    needs = [part for need in (*SUITE.needs, "pytest-codspeed") for part in ("--with", need)]
    command = [sys.executable, "-m", "parallel_claims", "versus", str(old), str(new)]
    command += [*needs, *more, "--format", "json", "--save", str(new.parent / "saved")]
    told = subprocess.run(  # noqa: S603  this very Python
        [*command, "--", *SUITE.paths, *OPTIONS],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SLOWED": json.dumps(slowed)},
    )
    if told.returncode not in {0, 1}:
        sys.exit(told.stderr)
    return json.loads(told.stdout)


def listed(found: Any) -> list[str]:
    """Return the names of the benchmarks."""
    return [one["name"] for one in found["benchmarks"]]


@contextmanager
def nothing() -> Iterator[None]:
    """Do nothing beside it."""
    yield


@contextmanager
def bursts(seed: int) -> Iterator[None]:
    """Keep a core busy now and then."""
    with subprocess.Popen([sys.executable, "-c", BURSTS, str(seed)]) as busy:  # noqa: S603
        try:
            yield
        finally:
            busy.kill()


def row(found: Any, slowed: Mapping[str, float], seconds: float) -> str:
    """Return a row: of the unchanged benchmarks how many are called what, of the others too."""
    verdicts = {one["name"]: one["verdict"] for one in found["benchmarks"]}
    unchanged = [verdict for name, verdict in verdicts.items() if name not in slowed]
    told = [
        f"{sum(verdicts.get(name) == 'slower' for name in names)} of {len(names)}"
        for share in SHARES
        for names in [[name for name, by in slowed.items() if by == share]]
    ]
    cells = [
        f"{seconds:.0f}",
        str(found["pairs"]),
        f"{unchanged.count('slower')} of {len(unchanged)}",
        str(unchanged.count("faster")),
        f"{unchanged.count('same') / len(unchanged):.1%}",
        *told,
    ]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
