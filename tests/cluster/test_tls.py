"""A running cluster that asks for certificates is joined by them, and by no others."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cluster.conftest import LATE
from tests.cluster.hosts import Host, Processes
from tests.cluster.sessions import measured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPENSSL = shutil.which("openssl")
pytestmark = [
    pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed"),
    pytest.mark.slow,
]

HERE = "127.0.0.1"


def certificate(folder: Path) -> tuple[str, str]:
    """Make a certificate that vouches for itself; return its file, and that of its key."""
    folder.mkdir()
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=cluster", "-addext", f"subjectAltName=IP:{HERE}"]
    command += ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True, timeout=LATE)  # noqa: S603  as found
    return str(cert), str(key)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """Start a scheduler and a worker; yield the address and the files that open it."""
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = certificate(folder / "certificate")
    options = ["--protocol", "tls", "--tls-ca-file", cert, "--tls-cert", cert, "--tls-key", key]
    processes = Processes(folder, Host(HERE), *options)
    try:
        processes.worker(Host(HERE), "first")
        yield processes.address, cert, key
    finally:
        processes.close()


def joined(folder: Path, address: str, cert: str, key: str) -> subprocess.CompletedProcess[str]:
    """Measure on a running cluster with these certificates."""
    options = ["--cluster", address, "--cluster-ca", cert, "--cluster-cert", cert]
    return measured(folder, *options, "--cluster-key", key, "-k", "cluster_ready")


def test_the_right_certificates_open_it(secured: tuple[str, str, str], tmp_path: Path) -> None:
    """It is measured, and the saved run says that the connection was encrypted."""
    assert secured[0].startswith("tls://")
    result = joined(tmp_path, *secured)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "the connection is encrypted" in result.stdout
    (path,) = tmp_path.rglob("*.json")
    assert json.loads(path.read_text())["machine_info"]["cluster"]["encrypted"] is True


def test_others_do_not(secured: tuple[str, str, str], tmp_path: Path) -> None:
    """One line, soon, and nothing is measured."""
    result = joined(tmp_path / "results", secured[0], *certificate(tmp_path / "others"))
    assert result.returncode == pytest.ExitCode.USAGE_ERROR, result.stdout + result.stderr
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("ERROR: "))
    assert secured[0] in line
    assert "Traceback" not in result.stdout + result.stderr
    assert not [*tmp_path.rglob("*.json*")]
