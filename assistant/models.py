"""Make the chat model and the embedder named by the settings. The only module that imports langchain's models."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from assistant.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

BUNDLED = "minilm"


@runtime_checkable
class Counting(Protocol):
    """What chunking asks of an embedder beyond LangChain's interface."""

    identity: str
    window_tokens: int
    max_tokens: int

    def count_tokens(self, text: str) -> int:
        """Return the length of `text` in the embedder's own tokens."""
        ...


def as_counting(embedder: Embeddings) -> Counting:
    """Return `embedder` as one that has an identity and counts tokens; ModelError when it does not."""
    if not isinstance(embedder, Counting):
        raise ModelError(
            f"{type(embedder).__name__} lacks identity, window_tokens, max_tokens and count_tokens, which ingest needs"
        )
    return embedder


def make_embedder(name: str) -> Embeddings:
    """Return the embedder `name`: "minilm" (bundled) or "openai:MODEL" (any compatible server by OPENAI_BASE_URL)."""
    if name == BUNDLED:
        from assistant.embedder import MiniLM

        return MiniLM()
    provider, _, model = name.partition(":")
    if provider != "openai" or not model:
        raise ModelError(f"unknown embedder {name!r}; use {BUNDLED!r} or 'openai:text-embedding-3-small'")
    from assistant.remote import RemoteEmbedder

    return RemoteEmbedder(model, _key("the embedder " + name))


def make_chat_model(name: str, timeout: float) -> BaseChatModel:
    """Return LangChain's chat model for "openai:MODEL"; `timeout` in seconds bounds each wait for the server.

    OPENAI_API_KEY and OPENAI_BASE_URL are read from the environment; a compatible server without keys needs none.
    """
    provider, _, model = name.partition(":")
    if provider != "openai" or not model:
        raise ModelError(f"unknown model {name!r}; write 'openai:NAME', with OPENAI_BASE_URL for a compatible server")
    from langchain.chat_models import init_chat_model

    return init_chat_model(
        model, model_provider="openai", api_key=_key("the model " + name), temperature=0, timeout=timeout, max_retries=1
    )


def _key(what: str) -> str:
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key and os.environ.get("OPENAI_BASE_URL"):
        return "none"
    if not key:
        raise ModelError(f"{what} needs OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible server that needs no key")
    return key
