"""From what ``--cluster`` says to a cluster: a local one for this run, or one that runs already."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from parallel_claims import usable_cpus

if TYPE_CHECKING:
    from experiments.cluster.base import Cluster

ALLOWED = "dask or ray for a local one, or tcp://HOST:8786, tls://HOST:8786, ray://HOST:10001"

ADDRESS = re.compile(r"(?:tcp|tls|ray)://[^\s/@]+:\d{1,5}")

STARTED = "COURSE_CLUSTER_AT"
"""The variable of the environment that says where this session's own cluster listens."""

PACKAGES = {"dask": "distributed", "ray": "ray"}
"""What each kind is joined by; also the names of the extras."""


@dataclass(frozen=True)
class Wanted:
    """What the options ask for.

    text: ``dask``, ``ray`` or an address. ca, cert, key: files of certificates, for tls://.
    """

    text: str
    ca: str | None = None
    cert: str | None = None
    key: str | None = None

    @property
    def kind(self) -> str:
        """Return ``dask`` or ``ray``."""
        return "ray" if self.text.startswith("ray") else "dask"

    @property
    def local(self) -> bool:
        """Say whether a cluster is started for this run."""
        return "://" not in self.text

    def problem(self) -> str | None:
        """Return what is wrong with the options, in a line; None if nothing is."""
        if not self.local and not ADDRESS.fullmatch(self.text):
            return f"--cluster {self.text!r} is no cluster: write {ALLOWED}"
        if self.local and self.text not in PACKAGES:
            return f"--cluster {self.text!r} is no cluster: write {ALLOWED}"
        certificates = [self.ca, self.cert, self.key]
        if any(certificates) and not self.text.startswith("tls://"):
            return (
                "--cluster-ca, --cluster-cert and --cluster-key are for --cluster tls://HOST:PORT"
            )
        if self.text.startswith("tls://") and not all(certificates):
            return f"--cluster {self.text} needs --cluster-ca, --cluster-cert and --cluster-key"
        if find_spec(PACKAGES[self.kind]) is None:
            extra = f"pip install 'parallel-claims[{self.kind}]'"
            return f"--cluster {self.text} needs {PACKAGES[self.kind]}: {extra}"
        return None

    def opened(self, timeout: float) -> Cluster:
        """Start or join the cluster; a process that measures joins what its session started.

        Raises:
            WorkerLostError: it does not answer within ``timeout`` seconds.
        """
        started = os.environ.get(STARTED) if self.local else None
        found = self.joined(started or (None if self.local else self.text), timeout)
        if self.local:
            found.local = True
            os.environ[STARTED] = found.address
        return found

    def joined(self, address: str | None, timeout: float) -> Cluster:
        """Join the cluster at an address; start one here where there is none."""
        if self.kind == "ray":
            if address is None:
                os.environ.update(only_ours())
            from experiments.cluster.on_ray import Ray

            return Ray(address, usable_cpus(), timeout)
        from experiments.cluster.on_dask import Dask, secured

        if address is None:
            return Dask.start(usable_cpus(), timeout)
        return Dask(address, timeout, secured(self.ca, self.cert, self.key))


def only_ours() -> dict[str, str]:
    """Return the environment that Ray reads when it is imported: only this run has its token."""
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    return token | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
