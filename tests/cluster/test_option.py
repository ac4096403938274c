"""``--cluster``: what it allows, and that nothing of a cluster is there without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.cluster.base import asked_again
from experiments.cluster.opening import Wanted
from experiments.cluster.sweeps import numbers_of_workers, true_shares
from tests.course import COURSE

ROOT = Path(__file__).parents[2]

LATE = 300.0
"""Seconds that nothing takes: they bound a wait of which only the end matters."""


COLLECT = """
import sys, pytest
code = pytest.main(sys.argv[1:])
print("imported:", *sys.modules)
sys.exit(code)
"""


def collected(*options: str) -> subprocess.CompletedProcess[str]:
    """Collect the experiments, as a user would; tell at the end what that imported."""
    command = [sys.executable, "-c", COLLECT, "--collect-only", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(  # noqa: S603  this very Python
        [*command, *options, "experiments/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LATE,
        check=False,
    )


def names_in(output: str) -> set[str]:
    """Return the names of the tests that were collected, as a run saves them."""
    return {line.partition("::")[2] for line in output.splitlines() if "::" in line}


def test_without_a_cluster_nothing_of_it_is_collected_or_imported() -> None:
    """The default run has none of its variants, and imports neither Dask nor Ray."""
    result = collected()
    assert result.returncode == 0, result.stdout
    assert "test_joblib[serial]" in names_in(result.stdout)
    assert not any("cluster" in name for name in names_in(result.stdout))
    imported = set(result.stdout.rpartition("imported: ")[2].split())
    assert "experiments.work.scales" in imported
    assert not imported & {"distributed", "dask", "ray", "experiments.cluster.base"}


@pytest.mark.parametrize("kind", ["dask", "ray"])
def test_every_claim_on_a_cluster_finds_its_benchmark(kind: str) -> None:
    """Names in claims.toml are those that are collected, and none is measured in vain."""
    pytest.importorskip({"dask": "distributed", "ray": "ray"}[kind])
    result = collected("--cluster", kind)
    found = {name for name in names_in(result.stdout) if "cluster" in name}
    claims = [c for c in COURSE.claims if c.id.startswith(f"beyond-cluster-{kind}")]
    assert len(claims) == 7
    assert all(claim.optional for claim in claims)
    assert {name for claim in claims for name in claim.asked_for} == found


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Wanted("slurm"), "is no cluster: write dask or ray"),
        (Wanted("tcp://host"), "is no cluster: write dask or ray"),
        (Wanted("http://host:80"), "is no cluster: write dask or ray"),
        (Wanted("dask", ca="ca.pem"), "are for --cluster tls://HOST:PORT"),
        (Wanted("tls://host:8786", ca="ca.pem"), "needs --cluster-ca, --cluster-cert and"),
    ],
)
def test_what_is_no_cluster_is_refused(wanted: Wanted, told: str) -> None:
    """In one line, before anything is started."""
    assert told in (wanted.problem() or "")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra that has it."""
    monkeypatch.setattr("experiments.cluster.opening.find_spec", lambda _: None)
    told = "--cluster ray needs ray: pip install 'parallel-claims[ray]'"
    assert Wanted("ray").problem() == told


def test_a_bad_option_ends_pytest_in_one_line() -> None:
    """Exit code 4, no traceback."""
    result = collected("--cluster", "nowhere")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --cluster 'nowhere' is no cluster" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("there", "expected"), [(1, [1]), (2, [1, 2]), (4, [1, 2, 4]), (6, [1, 2, 4, 6])]
)
def test_workers_are_doubled_up_to_all(there: int, expected: list[int]) -> None:
    """1, 2, 4 … and as many as there are."""
    assert numbers_of_workers(there) == expected


def test_shares_add_up_to_the_whole() -> None:
    """The sums of two workers are the sum of one."""
    assert sum(true_shares(24, 100, 2)) == pytest.approx(true_shares(24, 100, 1)[0])


def test_a_cluster_that_has_just_begun_to_listen_is_asked_again() -> None:
    """Until it can be joined, or the time is spent; whoever refuses for good is asked once."""
    refusals: list[ConnectionError] = [
        ConnectionAbortedError("not yet"),
        ConnectionAbortedError("not yet"),
    ]

    def later() -> None:
        if refusals:
            raise refusals.pop()

    asked_again(later, LATE)
    assert refusals == []

    def never() -> None:
        refusals.append(error)
        raise error

    for error, seconds in ((ConnectionAbortedError("full"), 0.0), (ConnectionError("gone"), LATE)):
        refusals.clear()
        with pytest.raises(ConnectionError, match=str(error)):
            asked_again(never, seconds)
        assert refusals == [error]
