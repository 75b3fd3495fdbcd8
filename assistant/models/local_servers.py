"""Servers that speak OpenAI's protocol here: which run, their models and contexts."""

from __future__ import annotations

import json
import os
import re
import shlex
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

Kind = Literal["Ollama", "LM Studio", "llama.cpp", "vLLM"]

PORTS = (11434, 1234, 8080, 8000)
"""Where Ollama, LM Studio, llama.cpp and vLLM listen unless told otherwise."""
_UNLOADED_CONTEXT = 4096
"""The least context Ollama and LM Studio give a model; Ollama cuts longer prompts silently."""
_MOST_BYTES = 4_000_000
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, ValueError)
_NOT_FOR_CHAT = re.compile(
    r"embed|rerank|\bbge-|minilm|whisper|tts|dall-e|moderation|image|audio|realtime", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that answered, and the names of its chat models; `base_url` ends in /v1."""

    kind: Kind
    base_url: str
    models: tuple[str, ...]

    @property
    def line(self) -> str:
        """Return the shell line that uses its first model.

        >>> LocalServer("Ollama", "http://127.0.0.1:11434/v1", ("llama3.2",)).line
        'OPENAI_BASE_URL=http://127.0.0.1:11434/v1 paper-assistant --model openai:llama3.2'
        """
        model = shlex.quote(f"openai:{self.models[0]}") if self.models else "openai:NAME"
        return f"OPENAI_BASE_URL={shlex.quote(self.base_url)} paper-assistant --model {model}"


def addresses() -> tuple[str, ...]:
    """Return where local servers are looked for: the usual ports, Ollama's moved by OLLAMA_HOST."""
    others = (f"http://127.0.0.1:{port}" for port in PORTS[1:])
    return (_ollama(os.environ.get("OLLAMA_HOST", "")), *others)


def running(timeout: float = 0.5, places: tuple[str, ...] | None = None) -> list[LocalServer]:
    """Return the servers that answer at `places`, asked all at once; never raises."""
    asked = addresses() if places is None else places
    with ThreadPoolExecutor(max_workers=max(1, len(asked))) as pool:
        servers = list(pool.map(lambda address: _identified(address, timeout), asked))
    return [server for server in servers if server]


def listed(base_url: str, key: str = "") -> tuple[str, ...] | None:
    """Return the models that the server at `base_url` lists, None where nothing answers."""
    try:
        with _asking(2.0, key) as asked:
            models = asked.items(base_url.rstrip("/") + "/models", "data", "id")
            return tuple(str(model["id"]) for model in models)
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    except ValueError:  # no JSON
        return ()


def context(
    base_url: str, model: str, key: str = "", timeout: float = 1.0, local: bool = False
) -> int | None:
    """Return how many tokens `model` reads and writes at `base_url`, None where the server does not
    say; `local` servers are asked past any proxy. Never raises."""
    root = re.sub(r"/v1/?$", "", base_url.rstrip("/"))
    with suppress(*_FAILURES), _asking(timeout, key, local) as asked:
        models = asked.items(f"{base_url.rstrip('/')}/models", "data", "id")
        facts = next((facts for facts in models if facts["id"] == model), {})  # vLLM and its like
        settings = asked.object(root + "/props").get("default_generation_settings")  # llama.cpp
        return (
            _number(facts, "max_model_len", "context_length", "context_window")
            or _number(settings, "n_ctx")
            or _lm_studio_context(asked, root, model)
            or _ollama_context(asked, root, model)
        )
    return None


def _identified(address: str, timeout: float) -> LocalServer | None:
    """Return what listens at `address`, None for nothing or for a program of another kind."""
    base_url = address + "/v1"
    with suppress(*_FAILURES), _asking(timeout, local=True) as asked:
        listing = asked.object(base_url + "/models")
        models = _items(listing, "data", "id")
        owners = {model.get("owned_by") for model in models}
        if "llamacpp" in owners and asked.object(address + "/props"):
            # Its `data` does not tell what a model can do, but its `models` does.
            names = _names(_items(listing, "models", "name"), "name") or _names(models, "id")
            return LocalServer("llama.cpp", base_url, names)
        if "vllm" in owners:
            return LocalServer("vLLM", base_url, _names(models, "id"))
        if studio := asked.items(address + "/api/v0/models", "data", "id", "type"):
            studio.sort(key=lambda model: model.get("state") != "loaded")
            return LocalServer("LM Studio", base_url, _names(studio, "id"))
        if tags := asked.items(address + "/api/tags", "models", "name", "digest"):
            return LocalServer("Ollama", base_url, _names(tags, "name"))
    return None


def _names(models: list[dict[str, Any]], field: str) -> tuple[str, ...]:
    """Return the names of those models that chat."""
    return tuple(
        str(model[field])
        for model in models
        if model.get("type") != "embeddings"
        and "completion" in model.get("capabilities", ["completion"])
        and is_for_chat(str(model[field]))
    )


def is_for_chat(model: str) -> bool:
    """Tell whether a model chats, as far as its name tells."""
    return not _NOT_FOR_CHAT.search(model)


def _lm_studio_context(asked: _Asked, root: str, name: str) -> int | None:
    models = asked.items(root + "/api/v0/models", "data", "id")
    facts = next((facts for facts in models if facts["id"] == name), {})
    most = _number(facts, "max_context_length")
    unloaded = min(most, _UNLOADED_CONTEXT) if most else None
    return _number(facts, "loaded_context_length") or unloaded


def _ollama_context(asked: _Asked, root: str, name: str) -> int | None:
    """Return a loaded Ollama model's context, else what it would be loaded with."""
    for model in asked.items(root + "/api/ps", "models", "name"):
        if model["name"] in (name, f"{name}:latest") and (
            loaded := _number(model, "context_length")
        ):
            return loaded
    facts = asked.object(root + "/api/show", {"model": name})
    if not isinstance(about := facts.get("model_info"), dict):
        return None
    if told := re.search(r"^num_ctx\s+(\d+)", str(facts.get("parameters", "")), re.MULTILINE):
        return int(told[1])
    lengths = (size for field, size in about.items() if field.endswith(".context_length"))
    trained = [size for size in lengths if isinstance(size, int)]
    return min(*trained, _UNLOADED_CONTEXT) if trained else None


@contextmanager
def _asking(timeout: float, key: str = "", local: bool = False) -> Iterator[_Asked]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    with httpx.Client(timeout=timeout, headers=headers, trust_env=not local) as client:
        yield _Asked(client, timeout)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A server asked for JSON, bounded in bytes and seconds, for whatever may listen there."""

    client: httpx.Client
    timeout: float

    def object(self, url: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at `url`, an empty one for any other answer."""
        until, read = time.monotonic() + 4 * self.timeout, b""
        with self.client.stream("POST" if body else "GET", url, json=body) as response:
            kind = response.headers.get("content-type", "")
            if response.status_code != 200 or "json" not in kind:
                return {}
            for part in response.iter_bytes():
                read += part
                if len(read) > _MOST_BYTES or time.monotonic() > until:
                    return {}
        try:
            answer = json.loads(read)
        except RecursionError:
            return {}
        return answer if isinstance(answer, dict) else {}

    def items(self, url: str, field: str, *required: str) -> list[dict[str, Any]]:
        """Return the objects in the list `field` at `url` that have what is required of them."""
        return _items(self.object(url), field, *required)


def _items(answer: dict[str, Any], field: str, *required: str) -> list[dict[str, Any]]:
    items = answer.get(field)
    return [
        item
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and all(name in item for name in required)
    ]


def _number(facts: Any, *names: str) -> int | None:
    values = [facts.get(name) for name in names] if isinstance(facts, dict) else []
    return next((value for value in values if isinstance(value, int) and value > 0), None)


def _ollama(host: str) -> str:
    """Return the address that OLLAMA_HOST names.

    >>> _ollama(""), _ollama("0.0.0.0"), _ollama("box:9000"), _ollama("https://box")
    ('http://127.0.0.1:11434', 'http://127.0.0.1:11434', 'http://box:9000', 'https://box:443')
    """
    scheme, _, rest = host.strip().rpartition("://")
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port or {"http": 80, "https": 443}.get(scheme, PORTS[0])
    except ValueError:
        return f"http://127.0.0.1:{PORTS[0]}"
    host = parts.hostname or "127.0.0.1"
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"{scheme or 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
