"""A chat model from a GGUF file, run by llama.cpp in a child process and asked over loopback.

A child, for a damaged file may crash or hang llama.cpp with its process. It ends with the last
model that uses it, and with its parent, however that ends: its standard input does.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import ModelError
from assistant.extras import how_to_install
from assistant.models import local_servers

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MOST_CONTEXT = 8192
"""Tokens of context by default: a model trained on 128,000 would take gigabytes."""
LEAST_TIMEOUT = 600.0
"""Seconds to wait at least for a model to load and answer: a CPU may be slow."""


class LlamaServer:
    """A child process that serves one file at `base_url` and ends with its last user."""

    def __init__(self, path: Path, context: int) -> None:
        """Load `path`; ModelError when llama.cpp cannot."""
        self.key = secrets.token_hex(16)
        # The key through a pipe: arguments are seen by everyone on the machine.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "assistant.models.llama_cpp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            cwd=Path(__file__).parents[2],
        )
        self._end = weakref.finalize(self, _end, self.process)  # also at exit
        watch = threading.Timer(LEAST_TIMEOUT, self.process.kill)
        watch.daemon = True
        watch.start()
        try:
            asked = {"path": str(path), "context": context, "key": self.key}
            print(json.dumps(asked), file=self.process.stdin, flush=True)
            assert self.process.stdout is not None
            self.base_url: str = json.loads(self.process.stdout.readline())
        except (ValueError, BrokenPipeError) as error:
            self._end()
            raise ModelError(
                f"llama.cpp cannot load {path}: it is cut off, of an unknown kind, or too large for"
                " the memory; download it again, take a smaller one, or lower"
                " PAPER_ASSISTANT_CONTEXT"
            ) from error
        finally:
            watch.cancel()


_STARTING = threading.Lock()
_servers: weakref.WeakValueDictionary[tuple[Path, int], LlamaServer] = weakref.WeakValueDictionary()


def installed() -> bool:
    """Return whether llama.cpp is there."""
    return importlib.util.find_spec("xllamacpp") is not None


def make(path: str, timeout: float, context: int | None = None) -> BaseChatModel:
    """Return a chat model for the GGUF file `path`, loaded once per process; ModelError when it
    cannot be.

    `context` in tokens is cut to what the model was trained on; None means that, at most
    MOST_CONTEXT.
    """
    file = _checked(path)
    wanted = (file, context or MOST_CONTEXT)
    with _STARTING:
        server = _servers.get(wanted)
        if server is None or server.process.poll() is not None:
            server = _servers[wanted] = LlamaServer(*wanted)
    from openai import DefaultHttpxClient
    from pydantic import SecretStr

    from assistant.models.openai_compatible import CompatibleChat

    return CompatibleChat(
        model=file.stem,
        base_url=server.base_url,
        api_key=SecretStr(server.key),
        temperature=0,
        timeout=max(timeout, LEAST_TIMEOUT),
        max_retries=0,
        stream_usage=True,
        use_responses_api=False,
        http_client=DefaultHttpxClient(trust_env=False),  # loopback never goes through HTTP_PROXY
    ).serve_from(server)


def context_of(model: BaseChatModel) -> int | None:
    """Return the context in tokens of a model from `make`, None when it does not tell."""
    key = getattr(model, "openai_api_key", None)
    address = str(getattr(model, "openai_api_base", ""))
    return local_servers.context(address, "", key.get_secret_value(), 10.0, True) if key else None


def _checked(path: str) -> Path:
    """Return `path` made absolute; ModelError unless it is a GGUF file and llama.cpp is there."""
    file = Path(path).expanduser()
    try:
        if file.exists() and not file.is_file():
            raise IsADirectoryError(None, "it is no regular file")
        with file.open("rb") as opened:
            magic = opened.read(4)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise ModelError(
            f"the model file {file} cannot be read ({told}); check the path after gguf:"
        ) from error
    if magic != b"GGUF":
        raise ModelError(
            f"{file} is not a GGUF file; give a model in llama.cpp's format,"
            " gguf:/path/to/model.gguf"
        )
    if not installed():
        need = "gguf: models need the package xllamacpp"
        raise ModelError(f"{need}; install it with: {how_to_install('local')}")
    return file.resolve()


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def _serve() -> None:
    """Run in the child: load what standard input names, tell where, wait for the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    xllamacpp: Any = importlib.import_module("xllamacpp")
    asked = json.loads(sys.stdin.readline())
    server = xllamacpp.Server(_set(xllamacpp.CommonParams(), asked))
    print(json.dumps(f"{server.listening_address}/v1"), flush=True)
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
        # Its threads wait for each other at every step: with one for each core, another busy
        # program slows it twentyfold.
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = max(1, cores - 1)
    parameters.ui = parameters.endpoint_slots = False
    return parameters


if __name__ == "__main__":
    _serve()
