"""Which files are the benchmarks, and what goes with them into each side's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides import suites
from tests.versus.repositories import written

if TYPE_CHECKING:
    from pathlib import Path

INI = "[pytest]\ntestpaths = checks more\npython_files = check_*.py\n"


def names(folder: Path) -> set[str]:
    """Return the files of a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def laid(root: Path, target: Path, *chosen: str) -> set[str]:
    """Return what is copied of a project with the package ``goods``."""
    suites.lay(suites.find(root, chosen, "here"), target, {"goods"})
    return names(target)


def flat(root: Path) -> Path:
    """Make a project whose package lies beside its tests."""
    pieces = {
        "goods____init___py": "",
        "goods__tests__test_in_py": "",
        "benchmarks__deep__test_b_py": "",
        "benchmarks__conftest_py": "",
        "benchmarks__data_txt": "",
        "tests__test_a_py": "",
        "conftest_py": "",
        "test_root_py": "",
        "helpers_py": "",
        "docs__conf_py": "",
        "pyproject_toml": "[tool.pytest.ini_options]\n",
    }
    return written(root, **pieces)


def test_the_usual_folders_are_taken_where_nothing_is_said(tmp_path: Path) -> None:
    """With the settings and the conftest.py above them; the package stays away."""
    assert laid(flat(tmp_path / "root"), tmp_path / "to") == {
        "pyproject.toml",
        "conftest.py",
        "benchmarks/conftest.py",
        "benchmarks/data.txt",
        "benchmarks/deep/test_b.py",
        "tests/test_a.py",
    }


def test_a_file_brings_what_lies_beside_it(tmp_path: Path) -> None:
    """Its whole folder; at the top all but the package, for helpers may lie there."""
    root = flat(tmp_path / "root")
    some = laid(root, tmp_path / "to", "benchmarks/deep/test_b.py::test_it")
    assert some == {
        "pyproject.toml",
        "conftest.py",
        "benchmarks/conftest.py",
        "benchmarks/data.txt",
        "benchmarks/deep/test_b.py",
    }
    whole = laid(root, tmp_path / "other", "test_root.py")
    assert whole == {name for name in names(root) if not name.startswith("goods")}


def test_tests_within_the_package_come_without_it(tmp_path: Path) -> None:
    """Their own folder is copied; the package itself cannot be shared by both sides."""
    root = flat(tmp_path / "root")
    assert "goods/__init__.py" not in laid(root, tmp_path / "to", "goods/tests")
    assert (tmp_path / "to" / "goods" / "tests" / "test_in.py").is_file()
    with pytest.raises(BadInputError, match="goods: lies in the package that is measured"):
        laid(root, tmp_path / "other", "goods")


def test_a_source_folder_stays_away(tmp_path: Path) -> None:
    """With a src layout and no folder of tests."""
    root = written(tmp_path / "root", src__goods____init___py="", test_a_py="")
    assert laid(root, tmp_path / "to") == {"test_a.py", "pytest.ini"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", INI),
        ("tox.ini", INI),
        ("setup.cfg", INI.replace("[pytest]", "[tool:pytest]")),
        (
            "pyproject.toml",
            (
                '[tool.pytest.ini_options]\ntestpaths = ["checks", "more"]\n'
                'python_files = ["check_*.py"]\n'
            ),
        ),
        ("pyproject.toml", '[tool.pytest]\ntestpaths = ["checks", "more"]\n'),
    ],
)
def test_settings_say_where_the_tests_are(tmp_path: Path, name: str, text: str) -> None:
    """Wherever pytest reads them from."""
    root = written(tmp_path / "root", checks__a_py="", more__a_py="", tests__a_py="")
    (root / name).write_text(text)
    suite = suites.find(root, (), "here")
    assert [str(part) for part in suite.parts] == ["checks", "more"]
    if "python_files" in text:
        assert suite.patterns == ("check_*.py",)


def test_bare_folders_keep_their_own_files(tmp_path: Path) -> None:
    """The tests of the suite come in, and no helper in place of what is measured."""
    old = written(tmp_path / "old", sorting_py="old", test_sort_py="old", tests__test_x_py="old")
    new = written(tmp_path / "new", sorting_py="new", test_sort_py="new", conftest_py="new")
    for chosen in (), ("test_sort.py",):
        target = tmp_path / f"to{len(chosen)}"
        suites.lay_over(suites.find(new, chosen, "new"), old, target)
        assert (target / "sorting.py").read_text() == "old"
        assert (target / "test_sort.py").read_text() == "new"
        assert (target / "conftest.py").read_text() == "new"
    written(new, tests__test_y_py="new")
    suites.lay_over(suites.find(new, (), "new"), old, tmp_path / "folder")
    assert names(tmp_path / "folder" / "tests") == {"test_y.py"}


def test_pytest_takes_no_settings_from_above(tmp_path: Path) -> None:
    """A folder without any gets empty ones of its own; one with some keeps them."""
    bare = written(tmp_path / "bare", tests__test_a_py="", pyproject_toml="[project]\n")
    assert "pytest.ini" in laid(bare, tmp_path / "to")
    own = written(tmp_path / "own", tests__test_a_py="", tox_ini="[pytest]\n")
    assert "pytest.ini" not in laid(own, tmp_path / "other")


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ("nothing", "nothing: no such file or folder in here, where the benchmarks come from"),
        ("../other", "../other: name the benchmarks from here on, without a leading / or .."),
        ("/tmp/x", "/tmp/x: name the benchmarks from here on, without a leading / or .."),  # noqa: S108
    ],
)
def test_benchmarks_that_are_not_there_are_named(tmp_path: Path, chosen: str, told: str) -> None:
    """One line, with the side that lacks them."""
    with pytest.raises(BadInputError) as caught:
        suites.find(tmp_path, [chosen], "here")
    assert str(caught.value) == told
