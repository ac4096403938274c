"""Plugins that the tests need; Hypothesis without chance and without a clock."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

pytest_plugins = ["pytester"]

for variable in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
    os.environ.pop(variable, None)  # the sessions that tests start are no workers

# Under nohup, or in a shell's background, these are ignored, and so they would be in each run
# that a test starts and ends by them: a handler of Python's is not handed down, an ignored one is.
for name in ("SIGHUP", "SIGINT"):
    if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) == signal.SIG_IGN:
        signal.signal(getattr(signal, name), lambda *_: None)

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


TOGETHER = {
    "cluster/test_dask.py", "cluster/test_hosts.py", "cluster/test_ray.py", "cluster/test_tls.py",
    "commands/test_versus.py", "test_browser.py", "test_contract.py", "test_docs.py",
    "test_package.py", "test_site.py", "test_tutorial.py", "versus/test_comparing.py",
    "versus/test_pairs.py",
}  # fmt: skip
"""Files whose tests share a set-up of seconds; any other test goes to a worker that is free."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of some files in one worker."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if file.removeprefix("tests/") in TOGETHER else nodeid

    return Scheduling(config, log)


AUTOLOAD, PLUGINS = "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_PLUGINS"


@pytest.fixture(scope="session", autouse=True)
def only_what_is_needed() -> Iterator[None]:
    """Let no session that a test starts load the plugins of the tests' own: each takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(AUTOLOAD, "1")
        patch.setenv(PLUGINS, "pytest_benchmark.plugin,parallel_claims.plugin,tests.quick")
        yield


@pytest.fixture(scope="module")
def all_plugins() -> Iterator[None]:
    """Let the sessions of a module load all plugins that are installed, where they run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(AUTOLOAD)
        patch.delenv(PLUGINS)
        yield
