"""What the settings of a suite say to plugins that measuring goes without.

An environment that is built for a comparison has no pytest-xdist and no pytest-cov, and needs none:
in ``addopts = -n auto --cov`` are then words that nobody knows. They are declared here, and do
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parallel_claims import bridge

if TYPE_CHECKING:
    import pytest


class Plugin(NamedTuple):
    """A plugin's words: those of the command line, of the ini file, and its markers.

    known_by: where pytest keeps one of its options. An option ends in ``=`` where it takes a
    value, and in ``?`` where it may take one.
    """

    known_by: str
    options: str
    inis: str = ""
    markers: str = ""


NEEDLESS = (
    Plugin(
        "numprocesses",
        "-n= --numprocesses= --maxprocesses= --max-worker-restart= --dist= --tx= --px= --rsyncdir= "
        "--rsyncignore= --testrunuid= --maxschedchunk= -d -f --looponfail --loadscope-reorder "
        "--no-loadscope-reorder",
        "rsyncdirs rsyncignore looponfailroots",
        "xdist_group",
    ),
    Plugin(
        "cov_source",
        "--cov? --cov-report= --cov-config= --cov-fail-under= --cov-precision= --cov-context= "
        "--cov-reset --cov-append --cov-branch --no-cov --no-cov-on-fail",
        markers="no_cover",
    ),
    Plugin(
        "timeout",
        "--timeout= --timeout_method= --timeout-method= --timeout-disable-debugger-detection "
        "--session-timeout=",
        "timeout timeout_method timeout_func_only timeout_disable_debugger_detection "
        "session_timeout",
        "timeout",
    ),
    Plugin(
        "reruns",
        "--reruns= --reruns-delay= --only-rerun= --rerun-except= --rerun-show-tracebacks "
        "--fail-on-flaky",
        "reruns reruns_delay",
        "flaky",
    ),
    Plugin("htmlpath", "--html= --self-contained-html --css="),
    Plugin("instafail", "--instafail"),
    Plugin("mypy", "--mypy --mypy-ignore-missing-imports"),
    Plugin("ruff", "--ruff --ruff-format"),
    Plugin("black", "--black"),
    Plugin("flake8", "--flake8", "flake8-ignore flake8-max-line-length"),
    Plugin("isort", "--isort"),
    Plugin("pylint", "--pylint --pylint-rcfile= --pylint-jobs="),
)


def missing(config: pytest.Config) -> list[Plugin]:
    """Return the plugins that are not loaded."""
    return [one for one in NEEDLESS if not hasattr(config.known_args_namespace, one.known_by)]


def declare(config: pytest.Config) -> None:
    """Let pytest know the words of plugins that are not loaded, once all that are there are."""
    for plugin in missing(config):
        for written in plugin.options.split():
            name = written.rstrip("=?")
            dest = f"needless_{name.strip('-').replace('-', '_')}"
            how = {"=": {}, "?": {"nargs": "?", "const": ""}}.get(
                written[-1], {"action": "store_true"}
            )
            bridge.declare_option(config, name, dest=dest, **how)
        for ini in plugin.inis.split():
            bridge.declare_setting(config, ini)


def markers(config: pytest.Config) -> list[str]:
    """Return the markers of plugins that are not loaded."""
    return [marker for plugin in missing(config) for marker in plugin.markers.split()]
