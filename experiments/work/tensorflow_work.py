"""TensorFlow's matrix product: on threads, on a GPU, on two workers over the loopback.

Its thread settings are fixed when it starts, so each round has a fresh interpreter
(start method spawn); importing TensorFlow is not timed. Needs the extra ``tensorflow``.
"""

from __future__ import annotations

import json
import os
import socket
from functools import cache
from typing import TYPE_CHECKING, Any

from experiments.work.capacity import Started
from experiments.work.native import matrix
from parallel_claims import Outcome, end_with_parent, gil_enabled

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

HOST = "127.0.0.1"


def start(threads: int, device: str) -> Any:
    """Import TensorFlow, with so many threads inside an operation; return the module."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if device == "CPU":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf


def serve_product(connection: Connection, size: int, threads: int, device: str) -> None:
    """Compute the sum of all entries of a matrix times itself, whenever told to."""
    end_with_parent()
    tf = start(threads, device)
    with tf.device(f"/{device}:0"):
        a = tf.constant(matrix(size))
        float(tf.reduce_sum(tf.linalg.matmul(a[:64, :64], a[:64, :64])))
        connection.send("ready")
        while connection.recv():
            connection.send(float(tf.reduce_sum(tf.linalg.matmul(a, a))))


def serve_share(connection: Connection, size: int, index: int, ports: list[int]) -> None:
    """Compute a worker's share of the product's sum, and reduce it over all workers."""
    end_with_parent()
    workers = [f"{HOST}:{port}" for port in ports]
    task = {"type": "worker", "index": index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": workers}, "task": task})
    tf = start(1, "CPU")
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    a = matrix(size)
    rows = tf.constant(a[index * size // len(ports) : (index + 1) * size // len(ports)])
    whole = tf.constant(a)

    @tf.function  # type: ignore[untyped-decorator]  # TensorFlow is untyped
    def step() -> Any:
        share = tf.reduce_sum(tf.linalg.matmul(rows, whole))
        return tf.distribute.get_replica_context().all_reduce("SUM", share)

    strategy.run(step)
    connection.send("ready")
    while connection.recv():
        connection.send(float(strategy.run(step)))


class Fresh(Started):
    """Fresh interpreters that have started TensorFlow and wait for the word."""

    def __init__(self, targets: list[tuple[Any, tuple[Any, ...]]], timeout: float) -> None:
        super().__init__(targets, "spawn", timeout)

    def run(self) -> Outcome:
        """Have all compute, and return one's answer: the timed part; record whether they agree."""
        answers = self.go()
        agree = max(answers) - min(answers) <= 1e-9 * abs(answers[0])
        recorded = {"agree": float(agree), "workers": float(len(answers))}
        return Outcome(answers[:1], gil_enabled(), "spawn", recorded)


def product(size: int, threads: int, device: str, timeout: float) -> Fresh:
    """Return a fresh interpreter for the product."""
    return Fresh([(serve_product, (size, threads, device))], timeout)


def distributed(size: int, workers: int, timeout: float) -> Fresh:
    """Return fresh interpreters that share the product over the loopback."""
    ports = free_ports(workers)
    return Fresh([(serve_share, (size, index, ports)) for index in range(workers)], timeout)


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback that are free now."""
    sockets = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def count_gpus(connection: Connection) -> None:
    """Send how many GPUs TensorFlow lists."""
    tf = start(1, "GPU")
    connection.send(len(tf.config.list_physical_devices("GPU")))


@cache
def gpus(timeout: float) -> int:
    """Return how many GPUs TensorFlow lists, asked once a session."""
    fresh = Fresh([(count_gpus, ())], timeout)
    try:
        return int(fresh.answers()[0])
    finally:
        fresh.__exit__(None, None, None)
