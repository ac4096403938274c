"""What a project declares beside its own dependencies."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from parallel_claims.versus.sides import declared
from tests.versus.repositories import written

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("told", "requirements"),
    [
        ('python = "^3.9"', []),
        ('a = "^1.2.3"', ["a>=1.2.3,<2"]),
        ('a = "^0.2"', ["a>=0.2,<0.3"]),
        ('a = "^0.0.3"', ["a>=0.0.3,<0.0.4"]),
        ('a = "~1.2"', ["a>=1.2,<1.3"]),
        ('a = "~1"', ["a>=1,<2"]),
        ('a = "~=1.4"', ["a~=1.4"]),
        ('a = "1.2.*"', ["a==1.2.*"]),
        ('a = "1.2"', ["a==1.2"]),
        ('a = ">=1, <2"', ["a>=1,<2"]),
        ('a = "*"', ["a"]),
        ('a = "^1 || ^2"', ["a"]),
        (
            'a = { version = "^2", extras = ["x", "y"], python = "<3.12" }',
            ['a[x,y]>=2,<3 ; python_version < "3.12"'],
        ),
        ('a = { git = "https://g/a.git", rev = "abc" }', ["a @ git+https://g/a.git@abc"]),
        ('a = { url = "https://g/a.whl" }', ["a @ https://g/a.whl"]),
        (
            'a = [{ version = "<2", python = "<3.9" }, { version = "2", markers = "x == 1" }]',
            ['a<2 ; python_version < "3.9"', "a==2 ; (x == 1)"],
        ),
    ],
)
def test_constraints_of_poetry_are_written_as_everywhere(
    told: str, requirements: list[str]
) -> None:
    """As its documentation says what they mean."""
    assert list(declared.of_poetry(tomllib.loads(told))) == requirements


GROUPS = """
[dependency-groups]
bench = ["numpy>=1"]

[tool.poetry.group.test.dependencies]
iniconfig = "^2.0"

[tool.poetry.dev-dependencies]
odd = "new"
"""


def test_groups_of_poetry_are_groups(tmp_path: Path) -> None:
    """Beside those of PEP 735; a constraint that cannot be read is left open."""
    folder = written(tmp_path, pyproject_toml=GROUPS)
    found = declared.of_groups(folder, ["bench", "test", "dev"])
    assert found == ["numpy>=1", "iniconfig<3,>=2.0", "odd"]
    assert declared.where(folder, ["NumPy", "odd"]) == ["--group dev", "--group bench"]
