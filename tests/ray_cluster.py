"""A Ray cluster of the tests' own: one machine's, with two workers, behind a token, and a GPU that
is none."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from assistant.extras import how_to_install

WORKERS = 2


@dataclass(frozen=True)
class RayCluster:
    """A cluster at `address`; `environment` has its token, `process` is the parent of all its
    processes."""

    address: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def encoders(self) -> list[int]:
        """Return the numbers of the processes that run the networks."""
        raylets = _children(self.process.pid)
        return [
            one
            for raylet in raylets
            for one in _children(raylet)
            if b"MapWorker" in Path(f"/proc/{one}/cmdline").read_bytes()
        ]


@contextmanager
def ray_cluster() -> Iterator[RayCluster]:
    """Run a cluster until the block ends; skip the test where Ray is not installed."""
    need_ray()
    port, other = _free_ports()
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4}
    # Also where they are off it tells its makers that they are.
    quiet = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_USAGE_STATS_REPORT_URL": "http://127.0.0.1:9"}
    # A socket's path must be short.
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")
    command = [str(Path(sys.executable).with_name("ray")), "start", "--head", "--block"]
    command += [f"--port={port}", f"--num-cpus={WORKERS}", "--num-gpus=1", f"--temp-dir={folder}"]
    command += ["--include-dashboard=false", f"--ray-client-server-port={other}"]
    none = subprocess.DEVNULL
    environment = os.environ | token
    process = subprocess.Popen(command, stdout=none, stderr=none, env=environment | quiet)
    try:
        _wait_for(port, process)
        yield RayCluster(f"127.0.0.1:{port}", environment, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def need_ray() -> None:
    """Skip the test where Ray is not installed; in CI it must be."""
    if find_spec("ray") is None:
        if os.environ.get("CI"):
            pytest.fail(f"there is no Ray, and CI must have it: {how_to_install('ray')}")
        pytest.skip(f"Ray is not installed: {how_to_install('ray')}")


def _free_ports() -> tuple[int, int]:
    where = ("127.0.0.1", 0)
    with socket.create_server(where) as first, socket.create_server(where) as second:
        return first.getsockname()[1], second.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the Ray cluster did not start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            time.sleep(3.0)  # its first process answers before its last one is there
            return
    raise AssertionError("the Ray cluster did not start")


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in path.read_text().split()]
