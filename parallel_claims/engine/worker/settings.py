"""What of the user's command line belongs to the controller alone, and is switched off here."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from parallel_claims import bridge

if TYPE_CHECKING:
    import pytest

OF_THE_CONTROLLER: dict[str, Any] = {
    # one file a session
    "xmlpath": None,
    "htmlpath": None,
    "json_report": False,
    "json_report_file": None,
    "report_log": None,
    "csv_path": None,
    "log_file": None,
    "allure_report_dir": None,
    "md_report": False,
    "pastebin": None,
    # what the last session left, and what this one leaves
    "lf": False,
    "failedfirst": False,
    "newfirst": False,
    "stepwise": False,
    "cacheclear": False,
    # how it is told
    "durations": None,
    "usepdb": False,
    "trace": False,
    # when it ends
    "maxfail": 0,
    # other processes
    "numprocesses": 0,
    "dist": "no",
    "tx": [],
    "distload": False,
    "forked": False,
    # pytest-benchmark's own ends
    "benchmark_disable": False,
    "benchmark_skip": False,
    "benchmark_json": None,
    "benchmark_save": None,
    "benchmark_autosave": False,
    "benchmark_compare": None,
    "benchmark_compare_fail": [],
    "benchmark_histogram": None,
    "benchmark_cprofile": None,
    "profile": False,
    "profile_svg": False,
    "memray": False,
    # ours
    "blocks": "off",
}
"""The options by where pytest keeps them, and what each is in a worker; absent ones are left so."""

PRIVATE = "PARALLEL_CLAIMS_PRIVATE"
"""The variable of the environment that names a folder of this worker's own."""

WHERE = getattr(signal, "SIGRTMAX", None)
"""The signal at which a worker writes where each of its threads is; none on Windows."""

MARKERS = "PARALLEL_CLAIMS_MARKERS"
"""The variable of the environment by which a worker is asked for the claims of the suite."""


def switch_off(config: pytest.Config) -> None:
    """Switch off what belongs to the controller; give this worker folders of its own."""
    for name, off in OF_THE_CONTROLLER.items():
        if hasattr(config.option, name):
            setattr(config.option, name, off)
    if folder := os.environ.get(PRIVATE):
        config.option.basetemp = os.path.join(folder, "tmp")  # noqa: PTH118  as pytest has it


def before_plugins(config: pytest.Config, args: list[str]) -> None:
    """Switch off what plugins read before the command line is parsed in full."""
    if not bridge.has_options_of_benchmark(config):
        bridge.load_benchmark(config)
    if hasattr(config.known_args_namespace, "cov_source"):
        bridge.switch_off_coverage(config, args)
    folder = os.environ.get(PRIVATE)
    if folder and config.pluginmanager.has_plugin("cacheprovider"):
        args += ["-o", f"cache_dir={os.path.join(folder, 'cache')}"]  # noqa: PTH118  as pytest has it
