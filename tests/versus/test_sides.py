"""The sides of a comparison: what is built, what is measured, what nothing is left of."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides import prepared, pythons
from parallel_claims.versus.sides.store import FACTS
from tests.versus.repositories import committed, git, project, written

if TYPE_CHECKING:
    from parallel_claims.versus.records import Version

TESTED = (
    "import pytest; pytest.main(['-q', '-p', 'pytest_benchmark.plugin', '--benchmark-disable'])"
)

ANSWER = "import sortable; print(sortable.answer())"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep environments in a folder that these tests share; return it."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    for name in ("uv", "pip"):  # theirs stay where they are: nothing is loaded twice
        monkeypatch.setenv(f"{name.upper()}_CACHE_DIR", str(Path.home() / ".cache" / name))
    return folder / "parallel-claims" / "versus"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project that is the current folder."""
    root = project(tmp_path / "project")
    monkeypatch.chdir(root)
    return root


def told_by(version: Version, code: str) -> str:
    """Return what a line of Python prints, run as pytest is: from the side's folder."""
    told = subprocess.run(  # noqa: S603  the side's Python
        [str(version.python), "-c", code],
        cwd=version.folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return told.stdout.strip()


def test_each_side_has_what_it_is_named_after_and_the_same_tests(root: Path, cache: Path) -> None:
    """A revision and the working tree with its changes; the repository stays as it was."""
    written(root, sortable_py="def answer():\n    return 3\n", untracked_txt="new")
    before = git(root, "status", "--porcelain"), sorted((root / ".git").rglob("*"))
    commit = git(root, "rev-parse", "HEAD")
    with prepared("v1", None, groups=["bench"], extras=["fast"]) as versions:
        old, new = versions
        assert [told_by(version, ANSWER) for version in versions] == ["1", "3"]
        assert old.name == f"v1 ({git(root, 'rev-parse', 'v1')[:7]})"
        assert new.name == f"working tree ({commit[:7]} + changes)"
        assert new.facts["commit"] == commit
        assert [version.facts["dirty"] for version in versions] == [False, True]
        assert old.folder != new.folder
        for version in versions:
            there = {path.name for path in version.folder.iterdir()}
            assert there == {"builder.py", "pyproject.toml", "pytest.ini", "tests", "untracked.txt"}
            assert not (version.folder / "tests" / "left.txt").exists()
            assert version.facts["packages"]["sortable"] == "1.0"
            assert "click" not in version.facts["packages"]
            assert "1 passed" in told_by(version, TESTED)
            assert [path.name for path in version.native] == ["libsortable.so.1"]
    assert (git(root, "status", "--porcelain"), sorted((root / ".git").rglob("*"))) == before
    assert not [*(cache / "private").iterdir()]
    assert not old.folder.exists()


def test_what_was_built_is_used_again(root: Path) -> None:
    """By another revision with the same files too; an old one only as long as it is alike."""
    told: list[str] = []
    with prepared("v1", "main", say=told.append) as (old, _):
        first = old.python.parents[1]
    facts = json.loads((first / FACTS).read_text())
    git(root, "commit", "-q", "--allow-empty", "-m", "nothing")
    del told[:]
    with prepared("v1", "v1", say=told.append) as (old, _):
        assert old.python.parents[1] == first
        assert not old.native  # one file on both sides
        assert old.own is None  # and the same tests
    assert [line.partition(": ")[2] for line in told if "that of" in line] == [
        f"that of {facts['built']}"
    ] * 2
    facts["built"] = "2020-01-01"
    facts["facts"]["packages"]["iniconfig"] = "0.1"
    (first / FACTS).write_text(json.dumps(facts))
    with prepared("v1", None, say=told.append) as (old, new):
        assert old.python.parents[1] != first
        assert old.facts["packages"]["iniconfig"] == new.facts["packages"]["iniconfig"]
    assert not any("differ" in line for line in told)
    again = old.python.parents[1]
    facts["built"] = json.loads((again / FACTS).read_text())["built"]
    (again / FACTS).write_text(json.dumps(facts))
    with prepared("v1", None, say=told.append):
        assert any(line.startswith("note: the sides differ in iniconfig too: 0.1") for line in told)
    shutil.rmtree(again)


def test_bare_folders_are_compared_as_they_are(tmp_path: Path) -> None:
    """What cannot be installed is copied, with the benchmarks of the second side in it."""
    suite = "import sorting\ndef test_sort(benchmark):\n    benchmark(sorting.{})\n"
    old = written(
        tmp_path / "old", sorting_py="def sort(): ...\n", test_sort_py=suite.format("old")
    )
    new = written(tmp_path / "new", sorting_py="def sort(): 1\n", test_sort_py=suite.format("sort"))
    with prepared(str(old), f"{new}/") as versions:
        for version, folder in zip(versions, (old, new), strict=True):
            there = version.folder / "sorting.py"
            assert there.read_text() == (folder / "sorting.py").read_text()
            assert (version.folder / "test_sort.py").read_text() == suite.format("sort")
            assert version.name == str(folder) + "/" * (folder is new)
        own = versions[0].own
        assert own is not None
        assert (own.folder / "test_sort.py").read_text() == suite.format("old")


def test_sides_that_are_pythons_both_get_the_project_here(root: Path) -> None:
    """They are called after what they are; the first may be the same one by its path."""
    version = platform.python_version() + ("" if pythons.running().gil else "t")
    with prepared(f"python={version}", f"main,{sys.executable}") as (first, second):
        assert first.name == f"CPython {version}"
        assert second.name == f"main ({git(root, 'rev-parse', 'HEAD')[:7]}), CPython {version}"
        assert [told_by(side, ANSWER) for side in (first, second)] == ["2", "2"]
        assert first.facts["python"]["version"] == platform.python_version()
        assert first.facts["commit"] == git(root, "rev-parse", "HEAD")


def wheel(root: Path, tmp_path: Path) -> str:
    """Return the requirement of a wheel of the project's first version."""
    git(root, "checkout", "-q", "v1")
    spec = importlib.util.spec_from_file_location("builder", root / "builder.py")
    assert spec is not None
    assert spec.loader is not None
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    built = tmp_path / builder.build_wheel(tmp_path)
    assert zipfile.is_zipfile(built)
    git(root, "checkout", "-q", "main")
    (root / "tests" / "left.txt").unlink()
    return f"sortable @ {built.as_uri()}"


def test_a_requirement_is_measured_with_the_tests_here(root: Path, tmp_path: Path) -> None:
    """The project here stays away where the requirement is this project itself."""
    with prepared(wheel(root, tmp_path), None) as (first, second):
        assert first.name == "sortable 1.0"
        assert first.facts["commit"] is None
        assert first.facts["requirement"].startswith("sortable @ file:")
        assert [told_by(side, ANSWER) for side in (first, second)] == ["1", "2"]


def test_a_requirement_that_the_project_depends_on_comes_with_the_project(root: Path) -> None:
    """Its own benchmarks are measured, beside one release or another of what it uses."""
    assert root
    with prepared("iniconfig>=2", "iniconfig>=2.0") as versions:
        for version in versions:
            assert told_by(version, ANSWER) == "2"
            assert version.name == f"iniconfig {version.facts['packages']['iniconfig']}"


def test_a_side_that_does_not_build_says_why(root: Path, cache: Path) -> None:
    """With the line that tells, and the log that is kept; nothing else is."""
    broken = (root / "builder.py").read_text().replace("import zipfile", "raise OSError('no luck')")
    written(root, builder_py=broken)
    before = {path.name for path in (cache / "environments").glob("*")}
    with pytest.raises(BadInputError) as caught, prepared("v1", None):
        pass
    line, _, log = str(caught.value).rstrip(")").partition(" (log: ")
    assert line.startswith("working tree (")
    assert line.endswith("+ changes): it cannot be built: OSError: no luck")
    assert "no luck" in Path(log).read_text()
    after = {path.name for path in (cache / "environments").glob("*")}
    assert len(after - before) <= 1  # that of the first side
    assert not [*(cache / "private").iterdir()]


SLOW = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "import time; open(r'{0}', 'w').close(); time.sleep(3); "
    "open(r'{0}.late', 'w').close()"])
"""


def test_ctrl_c_in_a_build_leaves_nothing(root: Path, cache: Path, tmp_path: Path) -> None:
    """No process, no half-built environment, no copy."""
    sign = tmp_path / "building"
    committed(root, builder_py=SLOW.format(sign))
    code = "from parallel_claims.versus.sides import prepared\nwith prepared('main', None): pass"
    before = {path.name for path in (cache / "environments").glob("*")}
    with subprocess.Popen(  # noqa: S603  this very Python
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True
    ) as process:
        ends = time.monotonic() + 60
        while not sign.exists() and time.monotonic() < ends:
            time.sleep(0.05)
        process.send_signal(2)
        _, told = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in told
    assert {path.name for path in (cache / "environments").glob("*")} == before
    assert not [*(cache / "private").iterdir()]
    time.sleep(3)
    assert not sign.with_suffix(".late").exists()


def test_what_would_hide_the_installed_project_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PYTHONPATH, both sides would measure the same files."""
    monkeypatch.setenv("PYTHONPATH", str(root))
    with (
        pytest.raises(BadInputError, match="not as installed: unset PYTHONPATH"),
        prepared("v1", None),
    ):
        pass


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"extras": ["slow"]}, "no extra 'slow'; it has fast"),
        (
            {"groups": ["benhc"]},
            "--group: Dependency group 'benhc' not found; pyproject.toml has bench",
        ),
        ({"requirements": ["a b"]}, '--with a b: no requirement: write one as NAME or "NAME==1.2"'),
        ({"paths": ["benches"]}, "benches: no such file or folder in working tree"),
        (
            {"tests_from": "main", "own_tests": True},
            "--tests own: both sides are revisions or folders then, without --tests-from",
        ),
        (
            {"tests_from": "sortable==1.0"},
            "--tests-from sortable==1.0: a requirement: name a revision or a folder",
        ),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    root: Path, options: dict[str, Any], told: str
) -> None:
    """And what can."""
    assert root
    with pytest.raises(BadInputError) as caught, prepared("v1", None, **options):
        pass
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_from_the_top_of_several_projects_the_place_to_stand_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the words to type; nothing is built before."""
    one = committed(
        tmp_path, packages__one__tests__test_a_py="", packages__one__pyproject_toml="[project]\n"
    )
    monkeypatch.chdir(one)
    words = "cd packages/one, then parallel-claims versus HEAD -- tests$"
    with (
        pytest.raises(BadInputError, match=words),
        prepared("HEAD", None, paths=["packages/one/tests"]),
    ):
        pass


def test_each_side_runs_its_own_tests_where_asked(root: Path) -> None:
    """With its own helpers and settings."""
    written(root, tests__helpers_py="known = 7\n", tests__test_new_py="")
    with prepared("v1", None, own_tests=True) as (old, new):
        assert (old.folder / "tests" / "helpers.py").read_text() == "known = 1, 2, 3\n"
        assert not (old.folder / "tests" / "test_new.py").exists()
        assert (new.folder / "tests" / "helpers.py").read_text() == "known = 7\n"
        assert [told_by(version, ANSWER) for version in (old, new)] == ["1", "2"]
        assert old.own is None
    written(root, builder_py=(root / "builder.py").read_text() + "# changed\n")
    git(root, "checkout", "-q", "tests")
    (root / "tests" / "test_new.py").unlink()
    with prepared("v1", None) as (old, _):
        assert old.own is None  # the tests are the same; what else differs is no test


def test_pip_builds_what_uv_does_not_read(root: Path) -> None:
    """A project without a version in its file: its builder knows it."""
    text = (root / "pyproject.toml").read_text().replace('version = "1.0"\n', "")
    committed(root, "Three", pyproject_toml=text)
    with prepared("HEAD", "HEAD") as versions:
        assert [told_by(side, ANSWER) for side in versions] == ["2", "2"]


def test_pip_does_it_where_there_is_no_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With venv, slower and to the same end."""
    folders = [f for f in os.get_exec_path() if not (Path(f) / "uv").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    monkeypatch.setitem(sys.modules, "uv", None)
    pythons.uv.cache_clear()
    try:
        bare = written(tmp_path / "bare", test_a_py="def test_a(benchmark): benchmark(int)\n")
        with prepared(str(bare), str(bare)) as (first, _):
            config = (first.python.parents[1] / "pyvenv.cfg").read_text()
            assert "uv = " not in config
            assert {"pip", "pytest", "pytest-benchmark"} <= set(first.facts["packages"])
    finally:
        pythons.uv.cache_clear()
