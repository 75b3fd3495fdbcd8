"""Servers that speak OpenAI's protocol: which run on this machine, which models they have, how long a prompt may be."""

from __future__ import annotations

import json
import os
import re
import shlex
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

Kind = Literal["Ollama", "LM Studio", "llama.cpp", "vLLM"]

PORTS = (11434, 1234, 8080, 8000)
"""Where Ollama, LM Studio, llama.cpp and vLLM listen unless told otherwise."""
_UNLOADED_CONTEXT = 4096
"""What Ollama and LM Studio give a model at least when they load it. More would be a guess: Ollama cuts, silently."""
_MOST_BYTES = 4_000_000
_NOT_FOR_CHAT = re.compile(r"embed|rerank|\bbge-|minilm", re.IGNORECASE)


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
    return (
        _ollama(os.environ.get("OLLAMA_HOST", "")),
        *(f"http://127.0.0.1:{port}" for port in PORTS[1:]),
    )


def running(timeout: float = 0.5, places: tuple[str, ...] | None = None) -> list[LocalServer]:
    """Return the servers that answer at `places` (by default `addresses()`), asked all at once; never raises."""
    asked = addresses() if places is None else places
    with ThreadPoolExecutor(max_workers=max(1, len(asked))) as pool:
        return [
            found for found in pool.map(lambda place: _identified(place, timeout), asked) if found
        ]


def listed(base_url: str, key: str = "", timeout: float = 2.0) -> tuple[str, ...]:
    """Return the names of the models that the server at `base_url` lists, none where it does not say; never raises."""
    try:
        with _client(timeout, key) as client:
            return tuple(
                str(one["id"])
                for one in _items(_get(client, base_url.rstrip("/") + "/models"), "data", "id")
            )
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return ()


def context(
    base_url: str, model: str, key: str = "", timeout: float = 1.0, local: bool = False
) -> int | None:
    """Return how many tokens `model` reads and writes at `base_url`, None where the server does not say; never raises.

    `local`: past any proxy. Asks vLLM and its like (`/v1/models`), llama.cpp (`/props`), LM Studio (`/api/v0/models`) and Ollama (`/api/…`).
    """
    root = re.sub(r"/v1/?$", "", base_url.rstrip("/"))
    try:
        with _client(timeout, key, local) as client:
            models = _items(_get(client, f"{base_url.rstrip('/')}/models"), "data", "id")
            facts = next((facts for facts in models if facts["id"] == model), {})
            return (
                _number(facts, "max_model_len", "context_length", "context_window")
                or _llama_cpp(client, root)
                or _lm_studio(client, root, model)
                or _ollama_context(client, root, model)
            )
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return None


def _identified(place: str, timeout: float) -> LocalServer | None:
    """Return what listens at `place`, None for nothing or for a program of another kind."""
    try:
        with _client(timeout, local=True) as client:
            models = _get(client, place + "/v1/models")
            owners = {one.get("owned_by") for one in _items(models, "data", "id")}
            if "llamacpp" in owners and isinstance(_get(client, place + "/props"), dict):
                return LocalServer("llama.cpp", place + "/v1", _llama_cpp_names(models))
            if "vllm" in owners:
                return LocalServer(
                    "vLLM", place + "/v1", _names(_items(models, "data", "id"), "id")
                )
            if studio := _items(_get(client, place + "/api/v0/models"), "data", "id", "type"):
                studio.sort(key=lambda one: one.get("state") != "loaded")
                return LocalServer("LM Studio", place + "/v1", _names(studio, "id"))
            if tags := _items(_get(client, place + "/api/tags"), "models", "name", "digest"):
                return LocalServer("Ollama", place + "/v1", _names(tags, "name"))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return None
    return None


def _names(items: list[dict[str, Any]], field: str) -> tuple[str, ...]:
    chat = [
        one
        for one in items
        if one.get("type") != "embeddings"
        and "completion" in one.get("capabilities", ["completion"])
    ]
    return tuple(str(one[field]) for one in chat if not _NOT_FOR_CHAT.search(str(one[field])))


def _llama_cpp_names(models: Any) -> tuple[str, ...]:
    """Return the names of a llama.cpp server, whose `data` does not tell what a model can do, but whose `models` does."""
    return _names(_items(models, "models", "name"), "name") or _names(
        _items(models, "data", "id"), "id"
    )


def _llama_cpp(client: httpx.Client, root: str) -> int | None:
    facts = _get(client, root + "/props")
    return (
        _number(facts.get("default_generation_settings"), "n_ctx")
        if isinstance(facts, dict)
        else None
    )


def _lm_studio(client: httpx.Client, root: str, model: str) -> int | None:
    for one in _items(_get(client, root + "/api/v0/models"), "data", "id"):
        if one["id"] == model:
            most = _number(one, "max_context_length")
            return _number(one, "loaded_context_length") or (
                min(most, _UNLOADED_CONTEXT) if most else None
            )
    return None


def _ollama_context(client: httpx.Client, root: str, model: str) -> int | None:
    """Return the context of a model that Ollama holds loaded, else what it would load it with, as far as it tells."""
    for one in _items(_get(client, root + "/api/ps"), "models", "name"):
        if one["name"] in (model, f"{model}:latest") and (loaded := _number(one, "context_length")):
            return loaded
    facts = _get(client, root + "/api/show", {"model": model})
    if not isinstance(facts, dict) or not isinstance(facts.get("model_info"), dict):
        return None
    if told := re.search(r"^num_ctx\s+(\d+)", str(facts.get("parameters", "")), re.MULTILINE):
        return int(told[1])
    trained = [
        value
        for name, value in facts["model_info"].items()
        if name.endswith(".context_length") and isinstance(value, int)
    ]
    return min(*trained, _UNLOADED_CONTEXT) if trained else None


def _client(timeout: float, key: str = "", local: bool = False) -> httpx.Client:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(timeout=timeout, headers=headers, trust_env=not local)


def _get(client: httpx.Client, url: str, body: dict[str, str] | None = None) -> Any:
    """Return the JSON at `url`, None for any other answer; bounded, for whatever may listen there."""
    until = time.monotonic() + 4 * (client.timeout.read or 1.0)
    with client.stream("POST" if body else "GET", url, json=body) as response:
        if response.status_code != 200 or "json" not in response.headers.get("content-type", ""):
            return None
        read = b""
        for part in response.iter_bytes():
            read += part
            if len(read) > _MOST_BYTES or time.monotonic() > until:
                return None
    try:
        return json.loads(read)
    except RecursionError:
        return None


def _items(answer: Any, field: str, *required: str) -> list[dict[str, Any]]:
    """Return the objects in the list `answer[field]` that have what is required of them."""
    items = answer.get(field) if isinstance(answer, dict) else None
    return (
        [one for one in items if isinstance(one, dict) and all(name in one for name in required)]
        if isinstance(items, list)
        else []
    )


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
    name = {None: "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(
        parts.hostname, parts.hostname
    ) or "127.0.0.1"
    return f"{scheme or 'http'}://{f'[{name}]' if ':' in name else name}:{port}"
