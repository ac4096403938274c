"""Which Python this is, and whether it has a GIL. Imports next to nothing: workers do too."""

from __future__ import annotations

import platform
import sys
import sysconfig


def python_build() -> str:
    """Return the folder name of this Python: ``cpython-3.14.0`` or ``cpython-3.14.0t``."""
    threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{platform.python_implementation().lower()}-{platform.python_version()}{threaded}"


def gil_enabled() -> bool:
    """Say whether this interpreter runs with a global interpreter lock."""
    check = getattr(sys, "_is_gil_enabled", None)
    return True if check is None else bool(check())
