"""A pytest plugin of the sessions that tests start: they look at the CPUs' speeds for a moment.

How fast CPUs are is not what is tested; a user's session looks for a second, at all of them.
"""

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_blocks_start() -> None:
    """Look for a moment, before the first block and after each."""
    from parallel_claims.engine import controller

    controller.FIRST_PROBE = controller.PROBE = 0.001
