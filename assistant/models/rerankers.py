"""Make the reranker named by the settings, and ask it for papers' relevance."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from langchain_core.documents import BaseDocumentCompressor, Document

from assistant.errors import ModelError
from assistant.models.cross_encoder import load
from assistant.models.provider_errors import Bare, failures, making, reason
from assistant.models.providers import check_name, provider_and_model
from assistant.text import prompt_injection
from assistant.types import Paper

RERANKED = 30
"""How many of the best candidates are reranked."""
LOCAL = "cross_encoder"
_INDEX = "index"


@dataclass(frozen=True, slots=True)
class _Provider:
    """A LangChain reranker's class, the key variables it needs one of, its other arguments."""

    module: str
    kind: str
    needs: tuple[str, ...]
    arguments: dict[str, Any]


_MOST = {"top_n": RERANKED}
PROVIDERS = {
    "cohere": _Provider("langchain_cohere", "CohereRerank", ("COHERE_API_KEY",), _MOST),
    "voyageai": _Provider("langchain_voyageai", "VoyageAIRerank", ("VOYAGE_API_KEY",), {}),
    "nvidia": _Provider(
        "langchain_nvidia_ai_endpoints",
        "NVIDIARerank",
        ("NVIDIA_API_KEY", "NVIDIA_BASE_URL"),
        {**_MOST, "truncate": "END"},
    ),
}


def make_reranker(name: str | None, threads: int = 2) -> BaseDocumentCompressor | None:
    """Return the reranker "cross-encoder:NAME_OR_FOLDER" or "PROVIDER:NAME", None for no name.

    A cross-encoder's files are fetched, read and tried; to a provider nothing is sent.
    """
    if not name:
        return None
    check_name("reranker", name)
    provider, model = provider_and_model(name)
    if provider == LOCAL:
        return load(model, threads)
    return _remote(PROVIDERS[provider], f"{provider}:{model}", model)


def relevance(
    reranker: BaseDocumentCompressor, question: str, papers: Sequence[Paper]
) -> list[float] | None:
    """Return how relevant each paper is to `question`, in their order, orders to software left out;
    None, and one warning, when a remote call fails; ModelError when a cross-encoder here does."""
    cleaned = [prompt_injection.cleaned(paper) for paper in papers]
    documents = [
        Document(f"{paper.title}. {paper.abstract}", metadata={_INDEX: index})
        for index, paper in enumerate(cleaned)
    ]
    try:
        with Bare():
            ranked = reranker.compress_documents(documents, question)
    except failures() as error:
        _warn(reason(error))
        return None
    facts = [document.metadata for document in ranked]
    scores = {about[_INDEX]: float(about["relevance_score"]) for about in facts}
    # A service that leaves documents out means that they are not relevant.
    lowest = min(scores.values(), default=0.0)
    return [scores.get(index, lowest) for index in range(len(papers))]


@lru_cache(maxsize=64)
def _warn(why: str) -> None:
    """Say once for every reason that the reranker failed."""
    logging.getLogger(__name__).warning(
        "the reranker failed (%s); searching without it; see: paper-assistant doctor", why
    )


def _remote(provider: _Provider, name: str, model: str) -> BaseDocumentCompressor:
    try:
        kind = getattr(import_module(provider.module), provider.kind)
    except ImportError as error:
        raise ModelError(
            f"the reranker {name} needs a package; install it with: pip install"
            f" {provider.module.replace('_', '-')}"
        ) from error
    if not any(os.environ.get(key, "").strip() for key in provider.needs):
        raise ModelError(
            f"the reranker {name} needs {' or '.join(provider.needs)}; set it in the environment"
        )
    with making(f"the reranker {name}"):
        reranker: BaseDocumentCompressor = kind(model=model, **provider.arguments)
        return reranker
