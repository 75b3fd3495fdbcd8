"""Embedders behind a server or of LangChain's other providers, made to count tokens."""

import logging
from dataclasses import dataclass, field

import tiktoken
from langchain_core.embeddings import Embeddings

from assistant.errors import ModelError
from assistant.models import token_cost
from assistant.models.credentials import checked_base_url, openai_key, without_login
from assistant.models.provider_errors import failures, making, reason

# The clients look for vectors in whatever a server sends: a page of HTML has none.
_NO_VECTORS = (AttributeError, IndexError, KeyError, TypeError)


@dataclass(frozen=True)
class CountingEmbedder(Embeddings):
    """Any embeddings of LangChain's with what chunking needs; ModelError when they fail.

    By default made for the common encoders of 512 positions, since a provider does not tell its
    own.
    """

    identity: str
    embeddings: Embeddings
    max_tokens: int = 480
    encoding: tiktoken.Encoding = field(
        default_factory=lambda: tiktoken.get_encoding(token_cost.OFFLINE), repr=False, compare=False
    )

    def count_tokens(self, text: str) -> int:
        """Return about how many tokens `text` has, rather too many than too few."""
        return token_cost.count(text, self.encoding)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text."""
        try:
            return self.embeddings.embed_documents(texts)
        except failures() + _NO_VECTORS as error:
            raise self._failed(error) from error

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question, which some models embed in another way than a text."""
        try:
            return self.embeddings.embed_query(text)
        except failures() + _NO_VECTORS as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> ModelError:
        told = (
            f"the embedder {self.identity} failed ({reason(error)}); check the key and the server"
        )
        logging.getLogger(__name__).warning("%s", told)
        return ModelError(told)


def make_openai(model: str) -> CountingEmbedder:
    """Return the embedder `model` of OpenAI's, or of the compatible server at OPENAI_BASE_URL;
    ModelError without a key."""
    from langchain_openai import OpenAIEmbeddings

    key, address = openai_key(f"the embedder openai:{model}"), without_login(checked_base_url())
    return CountingEmbedder(
        identity=f"openai:{model}" + (f"@{address}" if address else ""),
        embeddings=OpenAIEmbeddings(
            model=model,
            api_key=lambda: key,
            chunk_size=64,
            max_retries=3,
            check_embedding_ctx_length=False,  # compatible servers take no token ids
        ),
        max_tokens=8000,
        encoding=token_cost.encoding_for(model),
    )


def make_other(provider: str, model: str) -> CountingEmbedder:
    """Return the embedder `model` of a LangChain provider; ModelError names what is missing."""
    from langchain.embeddings import init_embeddings

    name = f"{provider}:{model}"
    with making(f"the embedder {name}"):
        return CountingEmbedder(name, init_embeddings(model, provider=provider))
