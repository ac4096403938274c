"""Plugins that the tests need; Hypothesis without chance and without a clock."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

for variable in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
    os.environ.pop(variable, None)  # the sessions that tests start are no workers

OF_THE_MACHINE = {"cluster", "ending", "experiments", "test_leftovers.py"}
"""Tests that look at all processes or shared memory there is: no two of them at a time."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let pytest-xdist run each file in one process: its fixtures measure, and serve all of it."""
    if config.pluginmanager.has_plugin("xdist"):
        for item in items:
            path = item.path.relative_to(Path(__file__).parent)
            group = "machine" if path.parts[0] in OF_THE_MACHINE else str(path)
            item.add_marker(pytest.mark.xdist_group(group))


# `pytest --scale smoke` loads this file too, with no tests of the code asked for: pytest takes
# "smoke" for a folder before it knows the option, and then reads each folder called test*.
with suppress(ModuleNotFoundError):
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "certain",
        database=None,  # what one run found is no input of the next
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],  # a busy machine is
    )
    settings.load_profile("certain")
