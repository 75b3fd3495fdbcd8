"""A chat model from a GGUF file, run by llama.cpp in a child process and asked over loopback like any other server.

A child, for llama.cpp takes its process down with it: a damaged file may crash or hang it, and so may an exit while it
computes. The child ends with its parent, however that ends, for its standard input does.
"""

from __future__ import annotations

import atexit
import importlib
import importlib.util
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MOST_CONTEXT = 8192
"""Tokens of context unless asked otherwise: a model trained on 128,000 would take gigabytes for them."""
LEAST_TIMEOUT = 600.0
"""Seconds to wait at least, for the model to load and for an answer: requests queue, and a CPU may be slow."""
INSTALL = "pip install 'paper-assistant[local]'"


@dataclass(frozen=True, slots=True)
class _Running:
    process: subprocess.Popen[str]
    base_url: str
    key: str
    context: int


_STARTING = threading.Lock()
_running: dict[tuple[Path, int], _Running] = {}


def installed() -> bool:
    """Return whether llama.cpp is there."""
    return importlib.util.find_spec("xllamacpp") is not None


def make(path: str, timeout: float, context: int | None = None) -> BaseChatModel:
    """Return a chat model for the GGUF file `path`, loaded once per process; ModelError when it cannot be loaded.

    `context` in tokens is cut to what the model was trained on; None means that, at most MOST_CONTEXT. Requests that
    come together queue, each with the whole context.
    """
    found = _checked(path)
    place = (found, context or MOST_CONTEXT)
    with _STARTING:
        running = _running.get(place)
        if running is None or running.process.poll() is not None:
            running = _running[place] = _start(*place)
    from openai import DefaultHttpxClient
    from pydantic import SecretStr

    from assistant.models.openai_compatible import CompatibleChat

    return CompatibleChat(
        model=found.stem,
        base_url=running.base_url,
        api_key=SecretStr(running.key),
        temperature=0,
        timeout=max(timeout, LEAST_TIMEOUT),
        max_retries=0,
        stream_usage=True,
        use_responses_api=False,
        http_client=DefaultHttpxClient(trust_env=False),  # loopback never goes through HTTP_PROXY
    )


def context_of(base_url: str) -> int | None:
    """Return the context in tokens of the model that this process serves at `base_url`, None when it serves none."""
    return next((one.context for one in list(_running.values()) if one.base_url == base_url), None)


@atexit.register
def stop() -> None:
    """End every model that this process runs."""
    while _running:
        _end(_running.popitem()[1].process)


def _checked(path: str) -> Path:
    """Return `path` made absolute; ModelError unless it is a file that begins as GGUF does, and llama.cpp is there."""
    found = Path(path).expanduser()
    if found.exists() and not found.is_file():
        raise ModelError(
            f"the model file {found} cannot be read (it is no regular file); check the path after gguf:"
        )
    try:
        with found.open("rb") as file:
            magic = file.read(4)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(
            f"the model file {found} cannot be read ({reason}); check the path after gguf:"
        ) from error
    if magic != b"GGUF":
        raise ModelError(
            f"{found} is not a GGUF file; give a model in llama.cpp's format, gguf:/path/to/model.gguf"
        )
    if not installed():
        raise ModelError(f"gguf: models need the package xllamacpp; install it with: {INSTALL}")
    return found.resolve()


def _start(path: Path, context: int) -> _Running:
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.models.llama_cpp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        cwd=Path(__file__).parents[2],
    )
    watch = threading.Timer(LEAST_TIMEOUT, process.kill)
    watch.daemon = True
    watch.start()
    try:
        key = secrets.token_hex(16)
        print(
            json.dumps({"path": str(path), "context": context, "key": key}),
            file=process.stdin,
            flush=True,
        )
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        return _Running(process, told["base_url"], key, told["context"])
    except (ValueError, BrokenPipeError) as error:
        _end(process)
        raise ModelError(
            f"llama.cpp cannot load {path}: it is cut off, of an unknown kind, or too large for the memory;"
            " download it again, take a smaller one, or lower PAPER_ASSISTANT_CONTEXT"
        ) from error
    except KeyboardInterrupt:
        _end(process)
        raise
    finally:
        watch.cancel()


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and not pipe.closed:
            pipe.close()


def _serve() -> None:
    """Run in the child: load what the first line of standard input names, tell where it is served, and wait for the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    xllamacpp: Any = importlib.import_module("xllamacpp")
    asked = json.loads(sys.stdin.readline())
    server = xllamacpp.Server(_set(xllamacpp.CommonParams(), asked))
    print(
        json.dumps(
            {
                "base_url": f"{server.listening_address}/v1",
                "context": _context(server, asked["key"]),
            }
        ),
        flush=True,
    )
    sys.stdin.read()
    os._exit(0)


def _set(parameters: Any, asked: dict[str, Any]) -> Any:
    parameters.model.path = asked["path"]
    parameters.model_alias = {Path(asked["path"]).stem}
    parameters.api_keys = [asked["key"]]
    parameters.n_ctx = asked["context"]
    parameters.n_parallel = 1  # the context is divided among slots
    parameters.n_batch = 512  # a request that was stopped is given up between batches
    parameters.cache_ram_mib = 0  # else old prompts are kept in up to 8 GB
    parameters.verbosity = -1
    if (cores := os.cpu_count() or 1) <= 4:
        # Its threads wait for each other at every step: with one for each core, another busy program slows it twentyfold.
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = max(1, cores - 1)
    parameters.ui = parameters.endpoint_slots = False
    return parameters


def _context(server: Any, key: str) -> int:
    from urllib.request import ProxyHandler, Request, build_opener

    request = Request(
        server.listening_address + "/props", headers={"authorization": f"Bearer {key}"}
    )
    with build_opener(ProxyHandler({})).open(request, timeout=10) as response:
        return int(json.load(response)["default_generation_settings"]["n_ctx"])


if __name__ == "__main__":
    _serve()
