"""Embedders of LangChain's other providers, made to count tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import tiktoken
from langchain_core.embeddings import Embeddings

from assistant.errors import ModelError
from assistant.models import token_count
from assistant.models.providers import EMBEDDERS, failures, redacted


@dataclass(frozen=True)
class CountingEmbedder(Embeddings):
    """Any embeddings of LangChain's with what chunking needs; ModelError when they fail.

    The lengths suit the common encoders of 512 positions, since a provider does not tell its own; tokens are counted in
    another vocabulary with a margin (see `assistant.tokens`).
    """

    identity: str
    embeddings: Embeddings
    window_tokens: int = 256
    max_tokens: int = 480
    encoding: tiktoken.Encoding = field(
        default_factory=lambda: tiktoken.get_encoding(token_count.OFFLINE),
        repr=False,
        compare=False,
    )

    def count_tokens(self, text: str) -> int:
        """Return about how many tokens `text` has, rather too many than too few."""
        return token_count.count(text, self.encoding)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text."""
        try:
            return self.embeddings.embed_documents(texts)
        except failures() as error:
            raise self._failed(error) from error

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question, which some models embed in another way than a text."""
        try:
            return self.embeddings.embed_query(text)
        except failures() as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> ModelError:
        return ModelError(
            f"the embedder {self.identity} failed ({_reason(error)}); check the key and the server"
        )


def make(provider: str, model: str) -> CountingEmbedder:
    """Return the embedder `model` of one of LangChain's providers; ModelError names a package or a key that is missing."""
    from langchain.embeddings import init_embeddings

    name = f"{provider}:{model}"
    try:
        return CountingEmbedder(name, init_embeddings(model, provider=provider))
    except ImportError as error:
        package = re.search(r"pip install (?:-\S+ )*[\w\[\]-]+", str(error))
        raise ModelError(
            f"the embedder {name} needs a package; install it with: {package[0] if package else error}"
        ) from error
    except failures() as error:
        if "is not supported" in str(error):
            raise ModelError(f"unknown embedder {name!r}; use {EMBEDDERS}") from error
        raise ModelError(
            f"the embedder {name} cannot be made ({_reason(error)}); check its name, its key and the network"
        ) from error


def _reason(error: Exception) -> str:
    return " ".join(redacted(str(error)).split())[:160]
