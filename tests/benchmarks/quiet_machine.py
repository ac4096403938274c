"""How long a run takes on a quiet machine: a saved run's own medians, with little noise.

``python -m tests.benchmarks.quiet_machine RUN [NOISE]`` puts NOISE (0.03: 3 % from round to round,
independent, normal logs) on the median of each benchmark of a saved run, judges at the planned
looks as a run does, lets leave who is decided, and adds up what the rounds take, with the same
share of the time outside timed calls as in the saved run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from parallel_claims import stats
from parallel_claims.judge import claims_file
from parallel_claims.judge.outcome import Outcome
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.plugin.verdicts import is_open
from parallel_claims.saved import reading

SEEDS = 20


def main(path: Path, noise: float) -> None:
    """Print the seconds, and what stays undecided, over some seeds."""
    saved = json.loads(path.read_text(encoding="utf-8"))
    claims = claims_file.read(Path("analysis/claims.toml")).claims
    found = [simulated(saved, claims, noise, seed) for seed in range(SEEDS)]
    seconds = sorted(one for one, _ in found)
    print(f"{noise:.0%} of noise, {SEEDS} runs: everything decidable is decided after")
    print(f"{seconds[0]:.0f} to {seconds[-1]:.0f} s, median {seconds[SEEDS // 2]:.0f} s")
    names = sorted({name for _, left in found for name in left})
    for name in names:
        print(f"  undecided in {sum(name in left for _, left in found)}: {name}")


def simulated(
    saved: dict[str, Any], claims: tuple[Any, ...], noise: float, seed: int
) -> tuple[float, list[str]]:
    """Return the seconds after which nothing is open, and what was never decided."""
    rng = np.random.default_rng(seed)
    planned = stats.planned(stats.FEWEST, stats.MOST)
    whole = {e["fullname"]: noisy(e, noise, planned[-1], rng) for e in saved["benchmarks"]}
    outside = saved["parallel_claims"]["wall_seconds"] / saved["parallel_claims"]["timed_seconds"]
    left: dict[str, int] = {}
    seconds, before = 0.0, 0
    for number, blocks in enumerate(planned, start=1):
        here = [name for name in whole if name not in left]
        seconds += outside * sum(sum(whole[n]["stats"]["data"][before:blocks]) for n in here)
        before = blocks
        entries = [first(e, left.get(name, blocks), left) for name, e in whole.items()]
        stopping = {"ended": "max-blocks", "precision": None, "planned": planned}
        suite = saved["parallel_claims"] | {"stopping": {**stopping, "looks": planned[:number]}}
        document = saved | {"benchmarks": entries, "parallel_claims": suite}
        run = reading.from_document(Path("simulated"), json.loads(json.dumps(document)))
        verdicts = judge_run(run, claims, strict=False)
        wanted = {name for v in verdicts if is_open(v) for name in v.claim.rule.deciding}
        if not wanted:
            break
        for name, e in whole.items():
            if name not in left and not wanted & {name, e["name"]}:
                left[name] = blocks
    undecided = [v.claim.id for v in verdicts if v.outcome is Outcome.UNDECIDED]
    return seconds, undecided


def noisy(entry: dict[str, Any], noise: float, blocks: int, rng: np.random.Generator) -> Any:
    """Return an entry whose numbers are their medians with noise; what never varies stays."""

    def again(values: list[float]) -> list[float]:
        known = [value for value in values if value is not None]
        middle = float(np.median(known))
        varies = len(set(known)) > 1
        return [middle * float(np.exp(noise * varies * one)) for one in rng.standard_normal(blocks)]

    recorded = {name: again(v) for name, v in entry["extra_info"]["recorded"].items()}
    info = entry["extra_info"] | {
        "recorded": recorded,
        "lost": {},
        "positions": [0] * blocks,
        "blocks": list(range(blocks)),
    }
    info.pop("left", None)
    return entry | {"extra_info": info, "stats": {"data": again(entry["stats"]["data"])}}


def first(entry: dict[str, Any], blocks: int, left: dict[str, int]) -> dict[str, Any]:
    """Return an entry as it is after so many blocks."""
    info = entry["extra_info"]
    cut = {name: values[:blocks] for name, values in info["recorded"].items()}
    short = {"recorded": cut, "blocks": info["blocks"][:blocks], "positions": [0] * blocks}
    if entry["fullname"] in left:
        short["left"] = blocks
    data = entry["stats"]["data"][:blocks]
    told = {"data": data, "median": float(np.median(data)), "rounds": len(data)}
    return entry | {"extra_info": info | short, "stats": told}


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.03)  # noqa: PLR2004
