"""The command line's help: what there is, in which order, with an example; and completion."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from parallel_claims import __version__
from tests.typed import typed

ROOT = Path(__file__).parents[2]

ROOT = Path(__file__).parents[2]

COMMANDS = [
    "lint",
    "check",
    "report",
    "versus",
    "compare",
    "history",
    "recover",
    "calibrate",
    "embed",
    "fleet",
]
"""In the order in which one needs them."""


def told(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does, on a terminal of 80 columns."""
    return subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-m", "parallel_claims", *args],
        env={"PATH": "", "PYTHONIOENCODING": "utf-8", "COLUMNS": "80", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def listed(text: str) -> list[str]:
    """Return the commands that a help lists, in its order."""
    lines = text[text.index("Commands:") :].splitlines()[1:]
    return [words[0] for line in lines if (words := line.split()) and words[0] in COMMANDS]


def test_help_lists_the_commands_in_the_order_of_need_each_with_its_example() -> None:
    """Within 80 columns, no line cut."""
    result = told("--help")
    assert result.returncode == 0, result.stderr
    assert listed(result.stdout) == COMMANDS
    assert "..." not in result.stdout[result.stdout.index("Commands:") :]
    assert max(map(len, result.stdout.splitlines())) <= 80
    examples = [
        line.split()[1] for line in result.stdout.splitlines() if "  parallel-claims" in line
    ]
    assert examples == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_an_example(command: str) -> None:
    """It begins as it would be typed."""
    result = typed(ROOT, command, "--help")
    assert result.returncode == 0, result.stderr
    assert f"Example: parallel-claims {command} " in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_without_arguments_the_help_is_shown() -> None:
    """It is what somebody needs who does not know what to type; it counts as a mistake."""
    result = typed(ROOT)
    assert result.returncode == 2
    assert listed(result.stdout + result.stderr) == COMMANDS


def test_the_version_is_told() -> None:
    """By name, for a report of a problem."""
    result = told("--version")
    assert (result.returncode, result.stdout) == (0, f"parallel-claims {__version__}\n")


def test_a_mistyped_command_names_the_nearest() -> None:
    """In few lines, without a traceback."""
    result = typed(ROOT, "chekc")
    assert result.returncode == 2
    assert "check" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_shown_for_a_shell(shell: str) -> None:
    """A script that makes the shell ask the program for what may follow."""
    # finding the shell that a program was started by is left to the shell itself here
    result = told("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert result.returncode == 0, result.stderr
    assert f"_PARALLEL_CLAIMS_COMPLETE=complete_{shell}" in result.stdout


@pytest.mark.parametrize(
    ("line", "wanted"),
    [("c", ["check", "compare", "calibrate"]), ("compare --acr", ["--across-sizes"])],
)
def test_what_a_shell_asks_for_is_completed(line: str, wanted: list[str]) -> None:
    """Commands, and their options."""
    words = f"parallel-claims {line}"
    result = told(
        _PARALLEL_CLAIMS_COMPLETE="complete_bash",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )
    assert result.stdout.split() == wanted


def loaded(*args: str) -> set[str]:
    """Return the heavy packages that a call of the program imports."""
    code = (
        "import sys\nfrom parallel_claims import cli\n"
        f"try:\n    cli.app({list(args)})\n"
        f"finally:\n    print({HEAVY} & {{*sys.modules}}, file=sys.stderr)"
    )
    found = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return set(ast.literal_eval(found.stderr.splitlines()[-1].replace("set()", "[]")))


HEAVY = {"numpy", "pandas", "scipy", "msgspec", "psutil", "joblib", "rich", "filelock"}


def test_what_is_not_asked_for_is_not_imported() -> None:
    """No command waits for the modules of another, and the version for none."""
    assert loaded("--version") == set()
    assert not loaded("recover", "--help") & {"pandas", "scipy", "joblib"}
    course = max((ROOT / "results").glob("*/*/*.json"))
    claims = ROOT / "analysis" / "claims.toml"
    assert not loaded("check", str(course), "--claims", str(claims)) & {"pandas", "scipy", "joblib"}
