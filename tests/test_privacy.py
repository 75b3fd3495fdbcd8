"""Nothing is told to anyone: every packet of an ingest, an answer and the page goes to this machine
itself.

strace sees what native code sends too, onnxruntime's telemetry among it, which Python's audit hooks
do not.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import write_records
from tests.pseudo_terminal import interruptible
from tests.ray_cluster import need_ray

# onnxruntime speaks up about four seconds after the network was loaded.
TELLING = 8.0
_HERE = re.compile(
    r'sa_family=AF_(?:UNIX|UNSPEC|NETLINK)|inet_addr\("127\.|inet_pton\(AF_INET6, "::1"'
)
_SENDING = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg)\(.*sa_family=")
_NAME_SERVER = re.compile(r"htons\(53\)")  # also one on this machine asks others
Trace = Callable[..., list[str]]


def outside(log: str) -> list[str]:
    """Return the calls of strace's log that went to another machine, or to a name server."""
    return [
        line
        for line in log.splitlines()
        if _SENDING.search(line) and (not _HERE.search(line) or _NAME_SERVER.search(line))
    ]


@pytest.fixture
def traced(tmp_path: Path) -> Callable[..., Any]:
    """Run a program under strace while a block runs; the list it yields has, after the block, what
    went outside."""
    if shutil.which("strace") is None:
        if os.environ.get("CI"):
            pytest.fail("there is no strace, and CI must have it: apt-get install strace")
        pytest.skip("there is no strace on this machine: apt-get install strace")

    @contextmanager
    def call(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
        log, told = tmp_path / "strace.log", list[str]()
        calls = "trace=connect,sendto,sendmsg,sendmmsg"
        # -D: the tracer is the grandchild, so that signals reach the program itself.
        command = ["strace", "-f", "-D", "-e", calls, "-o", log, sys.executable]
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.endswith("TELEMETRY") and "ANALYTICS" not in name
        }
        environment["PAPER_ASSISTANT_DATA_DIR"] = str(tmp_path / "data")
        process = subprocess.Popen(
            interruptible([*command, *arguments]),
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        try:
            yield process, told
            process.wait(120)
        finally:
            process.kill()
            process.communicate()
        told += outside(_whole(log, process.pid))

    return call


def _whole(log: Path, pid: int) -> str:
    """Return the log once it tells of the program's end, which the tracer may outlive for a
    moment."""
    for _ in range(200):
        lines = log.read_text("utf-8", "replace")
        if re.search(rf"^{pid} +\+\+\+ ", lines, re.MULTILINE):
            return lines
        time.sleep(0.05)
    raise AssertionError("strace did not tell of the end of the program")


@pytest.mark.slow
def test_the_monitor_sees_native_code_look_up_a_name(traced: Callable[..., Any]) -> None:
    code = (
        "import socket\ntry: socket.getaddrinfo('paper-assistant.invalid', 443)\nexcept OSError:"
        " pass"
    )
    with traced("-c", code) as (_, told):
        pass
    assert told


@pytest.mark.parametrize(
    "first", ["assistant.models.minilm", "assistant.index.chroma", "ingest.index", "prompts"]
)
def test_telemetry_is_off_before_onnxruntime_is_imported(first: str) -> None:
    program = (
        f"import {first}, os, sys\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "if 'assistant' in sys.modules: assert os.environ['ORT_DISABLE_TELEMETRY'] == '1'\n"
    )
    environment = {
        name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"
    }
    subprocess.run([sys.executable, "-c", program], env=environment, timeout=60, check=True)


@pytest.mark.slow
def test_what_asks_services_is_not_even_loaded_by_all_else() -> None:
    program = (
        "import assistant.cli.app, assistant.web.server.app, assistant.api.mount, ingest.index, sys\n"
        "assert not [one for one in sys.modules if one.startswith('ingest.services')]\n"
    )
    subprocess.run([sys.executable, "-c", program], timeout=60, check=True)


@pytest.mark.slow
def test_nothing_leaves_this_machine_from_ingest_to_the_page(
    traced: Callable[..., Any], tmp_path: Path, some_papers: list[dict[str, object]]
) -> None:
    papers = write_records(tmp_path / "papers.jsonl", some_papers)
    for command in (["ingest"], ["ingest", papers], ["ask", "what does SimDA tune?"]):
        with traced("-m", "assistant", *command) as (process, told):
            pass
        assert process.returncode == 0
        assert told == [], command
    with traced("-m", "assistant", "--port", "7990") as (process, told):
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url
        assert "SimDA" in asked(url[0], "how many parameters does SimDA tune?")
        time.sleep(TELLING)
        process.send_signal(signal.SIGINT)
    assert told == []


def asked(url: str, question: str) -> str:
    """Return all that the page's server sends when the question is asked over Gradio's queue, as
    the page asks it."""
    config = httpx.get(f"{url}config").json()
    box = next(
        one["id"] for one in config["components"] if one["props"].get("elem_id") == "question"
    )
    event = next(
        one
        for one in config["dependencies"]
        if [box, "submit"] in [list(target) for target in one["targets"]]
    )
    values = {one["id"]: one["props"].get("value") for one in config["components"]}
    body = {
        "data": [question if one == box else values.get(one) for one in event["inputs"]],
        "fn_index": event["id"],
        "session_hash": "privacy",
        "trigger_id": box,
        "event_data": None,
    }
    with httpx.Client(timeout=60) as client:
        client.post(f"{url}gradio_api/queue/join", json=body).raise_for_status()
        sent = ""
        queue = f"{url}gradio_api/queue/data"
        with client.stream("GET", queue, params={"session_hash": "privacy"}) as stream:
            for line in stream.iter_lines():
                sent += line
                if line.startswith("data:") and json.loads(line[5:])["msg"] == "process_completed":
                    assert json.loads(line[5:])["success"]
                    return sent
    raise AssertionError(sent)


# To learn the machine's own address; a datagram is sent to nobody.
_AIMING = re.compile(r'htons\(53\), sin_addr=inet_addr\("8\.8\.8\.8"\)\}, 16\) = 0')
_ADDRESS = re.compile(r'inet_(?:addr\(|pton\(AF_INET6, )"(?:::ffff:)?([^"]+)"')


def _is_own(line: str) -> bool:
    """Tell whether the address in a line of the log is one of this machine."""
    address = _ADDRESS.search(line)
    assert address, line
    family = socket.AF_INET6 if ":" in address[1] else socket.AF_INET
    with socket.socket(family) as own:
        try:
            own.bind((address[1], 0))
        except OSError:
            return False
    return True


@pytest.mark.slow
def test_a_ray_cluster_of_this_machine_tells_nobody(
    traced: Callable[..., Any], tmp_path: Path
) -> None:
    need_ray()
    records: list[dict[str, object]] = [{"title": "Walruses", "abstract": "We study ice."}]
    source = write_records(tmp_path / "a.jsonl", records)
    with traced("-m", "assistant", "ingest", source, "--ray", "local") as (process, told):
        assert process.stdout
        assert process.stdout.read().startswith("1 papers: 1 added")
    assert told  # its processes find each other by the machine's own address
    assert [one for one in told if not (_AIMING.search(one) or _is_own(one))] == []
