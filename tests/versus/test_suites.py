"""Which files are the benchmarks, and what goes with them into each side's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides import suites
from tests.versus.repositories import written

if TYPE_CHECKING:
    from pathlib import Path

INI = "[pytest]\ntestpaths = checks more\npython_files = check_*.py\nmarkers = slow: it's slow\n"


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


def test_all_comes_along_but_the_package(tmp_path: Path) -> None:
    """So that nothing is missing beside the benchmarks: a helper, data, a conftest.py above."""
    root = flat(tmp_path / "root")
    whole = {name for name in names(root) if not name.startswith("goods")}
    assert laid(root, tmp_path / "to") == whole
    assert laid(root, tmp_path / "other", "benchmarks/deep/test_b.py::test_it") == whole


def test_what_is_called_like_the_package_within_the_benchmarks_is_no_package(
    tmp_path: Path,
) -> None:
    """Its tests in a folder of its name; and a module of one file goes, as a folder does."""
    pieces = {"tests__goods__test_a_py": "", "src__goods_py": "", "src__goods_txt": ""}
    root = written(tmp_path / "root", **pieces)
    assert laid(root, tmp_path / "to") == {"tests/goods/test_a.py", "src/goods.txt", "pytest.ini"}


def test_pytest_is_told_where_the_benchmarks_are(tmp_path: Path) -> None:
    """Where the user does not say it: all comes along, and not all is to be collected."""
    root = flat(tmp_path / "root")
    assert suites.find(root, (), "here").arguments == ("benchmarks", "tests")
    assert suites.find(root, ("tests",), "here").arguments == ()


def test_tests_within_the_package_come_without_it(tmp_path: Path) -> None:
    """Their own folder, with fixtures above; the package itself cannot be shared by both sides."""
    root = written(flat(tmp_path / "root"), goods__conftest_py="", goods__tests__more__test_m_py="")
    suite = suites.find(root, ["goods/tests/more"], "here")
    assert suites.lay(suite, tmp_path / "to", {"goods"}) == ("-p", "goods")
    inside = {name for name in names(tmp_path / "to") if name.startswith("goods")}
    assert inside == {"goods/conftest.py", "goods/tests/more/test_m.py"}
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
        ("pytest.toml", '[pytest]\ntestpaths = ["checks", "more"]\n'),
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
    among = {"tests__work_py": "new", "tests__more_py": "new", "tests__data_txt": "new"}
    written(old, tests__work_py="old", tests__data_txt="old")
    written(new, tests__test_y_py="new", **among)
    suite = suites.find(new, (), "new")
    differing = suites.lay_over(suite, old, tmp_path / "folder")
    assert list(map(str, differing)) == ["tests/work.py"]
    there = tmp_path / "folder" / "tests"
    assert {name: (there / name).read_text() for name in names(there)} == {
        "test_y.py": "new",
        "work.py": "old",
        "more.py": "new",
        "data.txt": "new",
    }


def test_what_settings_say_against_measuring_and_need_is_known(tmp_path: Path) -> None:
    """It is told, and installed."""
    ini = "[pytest]\naddopts = -ra -n auto -p no:benchmark --cov=x --cov-report term -nauto"
    ini += " -p pytest_cov -p xdist -p other\n"
    root = written(tmp_path, pytest_ini=ini + "required_plugins = pytest-asyncio>=1\n")
    suite = suites.find(root, (), "here")
    assert suite.left_out == ("-n", "-p no:benchmark", "--cov=x", "-nauto")
    assert suite.required == ("pytest-asyncio>=1",)
    suites.stand_in(suite, root, {"pytest-xdist"})
    assert names(root) == {"pytest.ini", "pytest_cov.py"}


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (["packages/one/tests/test_a.py"], ("packages/one", "tests/test_a.py")),
        (["packages/one"], ("packages/one", ".")),
        (["scripts"], None),
        ([], ("packages/one", ".")),
    ],
)
def test_benchmarks_of_a_project_further_down_are_known(
    tmp_path: Path, chosen: list[str], found: tuple[str, str] | None
) -> None:
    """From the top of a repository of several projects, none of them would be measured."""
    project = {"packages__one__pyproject_toml": "[project]\n", "scripts__work_py": ""}
    root = written(tmp_path, packages__one__tests__test_a_py="", **project)
    told = suites.nested(suites.find(root, chosen, "here"))
    assert (told and (str(told[0]), str(told[1]))) == found
    written(root, test_here_py="")
    assert chosen or suites.nested(suites.find(root, (), "here")) is None


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
