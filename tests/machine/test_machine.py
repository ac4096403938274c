"""The machine's name: from stable facts, different for different hosts and builds."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest

from parallel_claims.machine import cpus, facts, naming, probes, python

if TYPE_CHECKING:
    from pathlib import Path


def test_the_name_is_stable_short_and_safe() -> None:
    """Two readings agree, and the name is a plain folder name."""
    name = naming.machine_name()
    assert name == naming.machine_name()
    assert len(name) < 60
    assert name == name.lower()
    assert "/" not in name


def test_the_name_does_not_follow_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CI runner has another host name each time, and is the same machine."""
    here = naming.machine_name()
    monkeypatch.setattr(platform, "node", lambda: "another-host")
    assert naming.machine_name() == here


@pytest.mark.parametrize(
    ("gib", "name"), [(0.48, "0.5gib"), (15.4, "16gib"), (15.6, "16gib"), (23.5, "24gib")]
)
def test_memory_is_told_by_its_usual_size(gib: float, name: str) -> None:
    """What a kernel keeps for itself does not change the name."""
    assert naming.memory_class(int(gib * naming.GIB)) == name


def test_a_quota_and_shared_cores_are_in_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each changes what can be had."""
    monkeypatch.setattr(naming, "usable_cpus", lambda: 4)
    monkeypatch.setattr(naming, "usable_cores", lambda: 2)
    monkeypatch.setattr(naming, "cpu_quota", lambda: 2.5)
    monkeypatch.setattr(naming, "virtual", lambda: False)
    name = naming.machine_name()
    assert "-4cpu-smt-quota2.5-" in name
    assert not name.endswith("-vm")


def test_a_virtual_machine_is_told(tmp_path: Path) -> None:
    """By the processor's own flag; where there is none, nothing is said."""
    info = tmp_path / "cpuinfo"
    info.write_text("flags\t\t: fpu hypervisor sse\n")
    assert cpus.virtual(info) is True
    info.write_text("flags\t\t: fpu sse\n")
    assert cpus.virtual(info) is False
    assert cpus.virtual(tmp_path / "none") is None


@pytest.mark.parametrize("name", ["lab 3", "Rechner-ä", "a" * 100])
def test_a_machine_may_be_called_anything_that_a_folder_may(name: str) -> None:
    """Spaces and letters of any script."""
    assert naming.checked_name(f" {name} ") == name


@pytest.mark.parametrize(
    "name", ["", " ", "..", "../up", "a/b", "a\\b", ".hidden", "a\nb", "x" * 101, "dot.", "a:b"]
)
def test_a_name_that_leaves_the_results_is_refused(name: str) -> None:
    """Nothing is written outside the results folder."""
    with pytest.raises(ValueError, match=r"has 1 to 100 bytes|is one folder"):
        naming.checked_name(name)


def test_a_build_without_gil_has_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """3.14.0 and 3.14.0t never share one."""
    real = sysconfig.get_config_var
    for free_threaded in (0, 1):
        monkeypatch.setattr(
            sysconfig,
            "get_config_var",
            lambda name, value=free_threaded: value if name == "Py_GIL_DISABLED" else real(name),
        )
        assert python.python_build().endswith("t") is bool(free_threaded)


def test_models_are_written_short() -> None:
    """Trademarks and clock rates say nothing."""
    assert naming.model("Intel(R) Xeon(R) CPU E5-2670 v3 @ 2.30GHz") == "intel-xeon-e5-2670-v3"


def test_what_a_run_records_is_json() -> None:
    """Every fact survives the saved file, and the usable CPUs are at least one."""
    import json

    found = facts.describe()
    assert json.loads(json.dumps(found)) == found
    assert found["usable_cpus"] >= 1
    without = "from parallel_claims.machine import cpus; print(cpus.usable_cpus())"
    told = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-W", "ignore", "-c", without],
        env={**os.environ, "JOBLIB_MULTIPROCESSING": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(told.stdout) == found["usable_cpus"]
    assert set(facts.conditions()) <= {"load", "steal_seconds", "mhz"}


def test_children_are_counted_alive_and_ended() -> None:
    """A child's CPU seconds are seen while it lives and after it ended."""
    import subprocess
    import sys

    before = probes.children_cpu_seconds()
    code = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\ninput()"
    with subprocess.Popen(  # noqa: S603  this very Python
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        alive = probes.children_cpu_seconds() - before
        child.communicate(b"\n", timeout=30)
    ended = probes.children_cpu_seconds() - before
    assert 0.25 < alive < 1.0
    assert 0.28 < ended < 1.0


@pytest.mark.parametrize(
    ("membership", "files", "quota"),
    [
        ("0::/\n", {}, None),
        ("0::/\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 1.5),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "50000 100000\n"}, 0.5),
        ("0::/a/b\n", {"a/b/cpu.max": "100000 100000\n", "a/cpu.max": "400000 100000\n"}, 1.0),
        (
            "4:memory:/d\n3:cpu,cpuacct:/d\n",
            {
                "cpu,cpuacct/d/cpu.cfs_quota_us": "200000\n",
                "cpu,cpuacct/d/cpu.cfs_period_us": "100000\n",
            },
            2.0,
        ),
        (
            "3:cpu,cpuacct:/d\n",
            {"cpu/d/cpu.cfs_quota_us": "-1\n", "cpu/d/cpu.cfs_period_us": "100000\n"},
            None,
        ),
        ("0::/\n", {"cpu.max": "nonsense\n"}, None),
        ("0::/\n", {"cpu.max": ""}, None),
        ("0::/\n", {"cpu.max": "0 100000\n"}, None),
        ("0::/\n", {"cpu.max": "-5 100000\n"}, None),
        ("odd\n\n0::/\n", {"cpu.max": "50000 100000\n"}, 0.5),
    ],
)
def test_quotas_of_both_cgroup_versions_are_read(
    tmp_path: Path, membership: str, files: dict[str, str], quota: float | None
) -> None:
    """Files as Linux writes them: the smallest quota on the way up counts."""
    (tmp_path / "membership").write_text(membership)
    for name, text in files.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert cpus.cpu_quota(tmp_path / "membership", tmp_path / "root") == quota


def test_cpus_are_counted_where_joblib_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 1.6 it does at an empty cpu.max, and at a text in LOKY_MAX_CPU_COUNT; it is told."""
    import joblib.externals.loky

    assert not cpus.uncounted()
    counted = cpus.usable_cpus()

    def give_up() -> int:
        return int("many")

    monkeypatch.setattr(joblib.externals.loky, "cpu_count", give_up)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "many")
    assert 1 <= cpus.usable_cpus() <= max(counted, len(os.sched_getaffinity(0)))
    told = "joblib cannot count CPUs here, by LOKY_MAX_CPU_COUNT='many': invalid literal for int()"
    assert cpus.uncounted().startswith(told)


def test_two_threads_of_one_core_are_one_core(tmp_path: Path) -> None:
    """CPUs whose siblings are the same share a core."""
    for cpu in os.sched_getaffinity(0):
        path = tmp_path / f"cpu{cpu}" / "topology" / "thread_siblings_list"
        path.parent.mkdir(parents=True)
        path.write_text("0-1\n")
    assert cpus.usable_cores(tmp_path) == 1
    assert cpus.usable_cores(tmp_path / "none") is None
