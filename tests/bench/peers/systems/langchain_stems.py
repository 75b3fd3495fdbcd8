"""LangChain's ensemble with what BM25Retriever lacks by default: lower case, stems, stop words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import Stemmer
from bm25s.stopwords import STOPWORDS_EN

from tests.bench.peers.systems import langchain_copied

_STEMMER = Stemmer.Stemmer("english")
_STOP_WORDS = frozenset(STOPWORDS_EN)


def _stems(text: str) -> list[str]:
    words = re.findall(r"\w\w+", text.lower())
    stems: list[str] = _STEMMER.stemWords([word for word in words if word not in _STOP_WORDS])
    return stems


def opened(folder: Path) -> Callable[[str], list[str]]:
    """Return the ensemble's search over stems."""
    return langchain_copied.opened(folder, preprocess_func=_stems)
