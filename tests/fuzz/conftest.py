"""How much is tried: ``FUZZ_EXAMPLES`` of each kind."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "4000")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=True,
)
settings.load_profile("fuzz")
