"""Plugins that the tests need; Hypothesis without chance and without a clock."""

import os
import signal
from contextlib import suppress

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
