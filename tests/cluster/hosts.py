"""Two hosts on one machine: a network namespace, or a second address of the loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

LATENCY = "2ms"
"""What each message between the two hosts takes longer, where ``tc`` allows it."""


@dataclass(frozen=True)
class Host:
    """An address, and what a command begins with that is to run there."""

    address: str
    prefix: list[str] = field(default_factory=list)


def ip(*args: str) -> None:
    """Change the network of this machine."""
    command = [shutil.which("ip") or "ip", *args]
    subprocess.run(command, check=True, capture_output=True, timeout=30)  # noqa: S603  from here


@contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Make a host beside this one: a namespace with a name and an address of its own.

    Where that is not permitted, the second is another address of the loopback.
    """
    name, near, far = (f"pc{os.getpid()}{end}" for end in ("", "a", "b"))
    network = f"10.213.{os.getpid() % 250}"
    with ExitStack() as stack:
        try:
            ip("netns", "add", name)
            stack.callback(ip, "netns", "del", name)
            ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
            stack.callback(subprocess.run, ["ip", "link", "del", near], check=False)
            ip("addr", "add", f"{network}.1/24", "dev", near)
            ip("link", "set", near, "up")
            ip("-n", name, "addr", "add", f"{network}.2/24", "dev", far)
            ip("-n", name, "link", "set", far, "up")
            ip("-n", name, "link", "set", "lo", "up")
        except (OSError, subprocess.CalledProcessError):
            yield Host("127.0.0.1"), Host("127.0.0.2")
            return
        delay = ["tc", "qdisc", "add", "dev", near, "root", "netem", "delay", LATENCY]
        subprocess.run(delay, check=False, capture_output=True, timeout=30)  # noqa: S603
        inside = ["ip", "netns", "exec", name, "unshare", "--uts", "sh", "-c"]
        yield (
            Host(f"{network}.1"),
            Host(f"{network}.2", [*inside, f'hostname {name}; exec "$@"', "sh"]),
        )


class Processes:
    """A Dask scheduler and workers, each a process that ends with this.

    all_of_them: options that the scheduler gets, and each worker.
    """

    def __init__(self, folder: Path, at: Host, *all_of_them: str) -> None:
        self.folder = folder
        self.all_of_them = all_of_them
        self.started: list[subprocess.Popen[bytes]] = []
        where = ["--host", at.address, "--dashboard-address", "127.0.0.1:0", "--no-dashboard"]
        file = folder / "scheduler.json"
        options = [*where, "--port", "0", "--scheduler-file", str(file), *all_of_them]
        self.scheduler = self.start(at, folder, "dask_scheduler", *options)
        deadline = time.monotonic() + 120
        while not file.exists() or not file.read_text(encoding="utf-8").strip():
            if time.monotonic() > deadline or self.scheduler.poll() is not None:
                message = (folder / "dask_scheduler.log").read_text(encoding="utf-8")
                raise RuntimeError(message)
            time.sleep(0.05)
        import json

        self.address = str(json.loads(file.read_text(encoding="utf-8"))["address"])

    def start(
        self, at: Host, folder: Path, what: str, *options: str, **environ: str
    ) -> subprocess.Popen[bytes]:
        """Start one of Dask's programs on a host, in a folder."""
        path = os.pathsep.join([environ.pop("before", ""), str(ROOT)]).strip(os.pathsep)
        with (self.folder / f"{what}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  this very Python
                [*at.prefix, sys.executable, "-m", f"distributed.cli.{what}", *options],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(folder), **environ},
                stdout=log,
                stderr=log,
            )
        self.started.append(process)
        return process

    def worker(self, at: Host, name: str, *options: str, **environ: str) -> subprocess.Popen[bytes]:
        """Start a worker of one thread on a host, in a folder of its own."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        more = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--name", name]
        more += ["--host", at.address, "--dashboard-address", f"{at.address}:0"]
        more += options or ("--memory-limit", "0")
        more += self.all_of_them
        return self.start(at, folder, "dask_worker", self.address, *more, **environ)

    def close(self) -> None:
        """End all of them."""
        for process in self.started:
            process.kill()
        for process in self.started:
            process.wait(30)
