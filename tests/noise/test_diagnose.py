"""Noise: each finding on a run with just that disturbance, none on a quiet one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_claims.noise.diagnose import diagnose, drift
from parallel_claims.saved import reading
from tests import files

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS, VARIANTS = 20, 6


def findings(
    tmp_path: Path, seconds: np.ndarray[Any, Any], cores: float = 1.0, **suite: Any
) -> dict[str, str]:
    """Return what is found in a run: ``seconds`` is blocks x variants, in order of time."""
    rng = np.random.default_rng(8)
    order = np.array([rng.permutation(VARIANTS) for _ in range(BLOCKS)])
    entries = []
    for variant in range(VARIANTS):
        places = [int(np.flatnonzero(order[b] == variant)[0]) for b in range(BLOCKS)]
        entries.append(
            files.entry(
                f"test_mean[{variant}]",
                [float(seconds[b, place] * (1 + variant)) for b, place in enumerate(places)],
                positions=places,
                recorded={"cores": [cores] * BLOCKS},
                busy_cores=None if variant else 1.0,
            )
        )
    machine = {"logical_cpus": 2, "load_average": suite.pop("load", [0.1, 0.1, 0.1])}
    document = files.document(entries, suite={"wall_seconds": 100.0, **suite}, **machine)
    run = reading.read(files.write(tmp_path / "run.json", document))
    return {finding.kind: finding.sentence for finding in diagnose(run)}


def quiet(seed: int = 1, noise: float = 0.01) -> np.ndarray[Any, Any]:
    """Return rounds with one per cent of noise."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.exp(rng.normal(0, noise, (BLOCKS, VARIANTS))))


@pytest.mark.parametrize("seed", range(20))
def test_a_quiet_run_has_no_finding(tmp_path: Path, seed: int) -> None:
    """Noise alone is nothing to tell."""
    assert findings(tmp_path, quiet(seed, 0.02)) == {}


def test_drift_is_told_with_its_size(tmp_path: Path) -> None:
    """A machine that becomes 30 % slower over the run."""
    found = findings(tmp_path, quiet() * np.linspace(1, 1.3, BLOCKS)[:, None])
    assert list(found) == ["drift"]
    assert "slower" in found["drift"]
    assert any(f"{percent} %" in found["drift"].replace("%", " %") for percent in range(26, 34))


def test_drift_over_very_many_blocks_takes_little_memory() -> None:
    """The same drift over 20,000 blocks: pairs of all of them would take gigabytes."""
    import tracemalloc

    noise = np.random.default_rng(2).normal(0, 0.02, 20_000)
    tracemalloc.start()
    (found,) = drift(noise + np.linspace(0, np.log(1.3), 20_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
    assert "30% slower" in found.sentence
    assert not list(drift(noise))


def test_a_slow_first_block_is_told(tmp_path: Path) -> None:
    """The first block took half as long again."""
    seconds = quiet()
    seconds[0] *= 1.5
    found = findings(tmp_path, seconds)
    assert "first block" in found
    assert "drift" not in found


def test_bursts_are_told(tmp_path: Path) -> None:
    """One round in eight took half as long again."""
    seconds = quiet()
    seconds[np.random.default_rng(2).random(seconds.shape) < 0.125] *= 1.5
    assert "bursts" in findings(tmp_path, seconds)


def test_two_speeds_are_told(tmp_path: Path) -> None:
    """Half of the rounds run a fifth slower, none in between."""
    seconds = quiet(noise=0.002)
    seconds[np.random.default_rng(3).random(seconds.shape) < 0.5] *= 1.2
    assert "two speeds" in findings(tmp_path, seconds)


def test_an_effect_of_the_order_is_told(tmp_path: Path) -> None:
    """Each place within the turn is two per cent slower than the one before."""
    found = findings(tmp_path, quiet() * 1.02 ** np.arange(VARIANTS)[None, :])
    assert list(found) == ["order"]


def test_a_variant_without_the_cores_that_it_keeps_busy_is_told(tmp_path: Path) -> None:
    """A quota shows as CPU seconds missing from wall seconds."""
    assert "had only 80% of them" in findings(tmp_path, quiet(), cores=0.8)["CPU share"]


def test_what_the_system_tells_is_told(tmp_path: Path) -> None:
    """Steal time, a load before the start, and a clock that changed."""
    conditions = [
        {"number": block, "steal_seconds": block, "mhz": 2000 + 50 * block} for block in range(20)
    ]
    found = findings(tmp_path, quiet(), conditions=conditions, load=[3.0, 1.0, 1.0])
    assert set(found) == {"steal", "load", "clock"}
    assert "9.5%" in found["steal"]


def test_a_run_that_was_not_measured_in_blocks_has_none(tmp_path: Path) -> None:
    """Nothing is known of other suites' order."""
    entries = [files.entry("test_a", [1.0, 2.0, 9.0] * 5, blocks=False)]
    run = reading.read(files.write(tmp_path / "r.json", files.document(entries, suite=None)))
    assert diagnose(run) == []
