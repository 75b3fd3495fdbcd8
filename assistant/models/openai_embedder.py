"""An embedder behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import os

import openai
from langchain_core.embeddings import Embeddings
from langchain_openai import OpenAIEmbeddings

from assistant.errors import ModelError
from assistant.models import token_count


class RemoteEmbedder(Embeddings):
    """langchain-openai's embeddings with what chunking needs; ModelError when the server does not answer.

    The texts are sent as text (`check_embedding_ctx_length=False`): compatible servers do not take token ids.
    """

    window_tokens = 384
    max_tokens = 8000

    def __init__(self, model: str, key: str) -> None:
        where = os.environ.get("OPENAI_BASE_URL", "")
        self.identity = f"openai:{model}" + (f"@{where}" if where else "")
        self._encoding = token_count.encoding_for(model)
        self._remote = OpenAIEmbeddings(
            model=model,
            api_key=lambda: key,
            check_embedding_ctx_length=False,
            chunk_size=64,
            max_retries=3,
        )

    def count_tokens(self, text: str) -> int:
        """Return the length of `text` in the model's tokens (see `assistant.tokens`)."""
        return token_count.count(text, self._encoding)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text."""
        try:
            return self._remote.embed_documents(texts)
        except openai.OpenAIError as error:
            raise ModelError(
                f"the embedder {self.identity} failed: {error}; check the key and the server"
            ) from error

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question."""
        return self.embed_documents([text])[0]
