"""Chat models of OpenAI's protocol: its own, and compatible servers where they differ."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from typing import Any

import openai
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from assistant.models.credentials import Server, checked_base_url, is_official, openai_key

# What openai is built on: httpx up to its version 2, httpx2 from 3 on.
_HTTP: Any = importlib.import_module(
    openai.DefaultAsyncHttpxClient.__mro__[1].__module__.partition(".")[0]
)
MOST_BYTES = 16 * 2**20
"""What a reply may have: some ten thousand times what an answer needs."""


class CompatibleChat(ChatOpenAI):
    """LangChain's chat model, with what vLLM, llama.cpp, Ollama and others send as a thought in a
    chunk's `additional_kwargs`, as langchain-deepseek does by the same override: a server that
    thinks for long is not silent."""

    _server: object = PrivateAttr(default=None)

    def serve_from(self, server: object) -> CompatibleChat:
        """Return the model, which now keeps `server` alive: that ends with its last user."""
        self._server = server
        return self

    def _convert_chunk_to_generation_chunk(
        self,
        chunk: dict[str, Any],
        default_chunk_class: type,
        base_generation_info: dict[str, Any] | None,
    ) -> ChatGenerationChunk | None:
        converted = super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )
        delta = (chunk.get("choices") or [{}])[0].get("delta") or {}
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if converted is not None and thought:
            converted.message.additional_kwargs["reasoning_content"] = str(thought)
        return converted


def arguments(name: str, timeout: float, server: Server | None) -> dict[str, Any]:
    """Return what a `CompatibleChat` is made with, for the environment's server or for `server`."""
    base_url = server.base_url if server else checked_base_url()
    key = (server.key or "none") if server else openai_key(f"the model {name}")
    given: dict[str, Any] = {
        "api_key": SecretStr(key),
        "temperature": 0,
        "timeout": timeout,
        "max_retries": 0,
        "stream_usage": True,
        "base_url": base_url or None,  # an empty OPENAI_BASE_URL is none
    }
    if base_url and not is_official(base_url):
        # Names such as "codex" at another server do not mean OpenAI's newer protocol.
        given["use_responses_api"] = False
    client: dict[str, Any] = {"timeout": timeout}
    if server:
        # A typed address was looked at; what it would lead to was not.
        client["follow_redirects"] = False
    # Both or none: given one, langchain-openai makes the other without the environment's proxies.
    given["http_client"] = openai.DefaultHttpxClient(**client)
    hooks = {"response": [_bound_reply]}
    given["http_async_client"] = openai.DefaultAsyncHttpxClient(**client, event_hooks=hooks)
    return given


async def _bound_reply(response: Any) -> None:
    """Let a reply end in an error once it is longer than any that a model writes."""
    response.stream = _Bounded(response.stream)


class _Bounded(_HTTP.AsyncByteStream):  # type: ignore[misc]
    """A stream that breaks off behind MOST_BYTES."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > MOST_BYTES:
                raise _HTTP.ReadError(f"the reply is longer than {MOST_BYTES} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
