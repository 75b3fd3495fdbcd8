"""Chat models of OpenAI's protocol: its own, and compatible servers where they differ."""

from __future__ import annotations

from typing import Any

import openai
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from assistant.models.credentials import Server, checked_base_url, is_official, openai_key


class CompatibleChat(ChatOpenAI):
    """LangChain's chat model, which leaves out what vLLM, llama.cpp, Ollama and others send as
    `reasoning_content` or `reasoning`.

    A thought is kept in a chunk's `additional_kwargs`, as langchain-deepseek does by the same
    override, so that a server that thinks for long is not taken for a silent one. `serve_from`
    keeps an object alive as long as the model.
    """

    _server: object = PrivateAttr(default=None)

    def serve_from(self, server: object) -> CompatibleChat:
        """Return the model, which now holds `server`: that ends with its last user."""
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
    if server:
        # A typed address was looked at; what it would lead to was not.
        once: dict[str, Any] = {"follow_redirects": False, "timeout": timeout}
        given["http_client"] = openai.DefaultHttpxClient(**once)
        given["http_async_client"] = openai.DefaultAsyncHttpxClient(**once)
    return given
