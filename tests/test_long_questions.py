"""Questions of the greatest length cost little more than others: work is counted, not timed."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.index.bm25 import KeywordIndex
from assistant.models.minilm import MiniLM
from assistant.reading.question import LONGEST_QUESTION
from assistant.text.paper_names import NameIndex, collect_names
from assistant.types import Paper

# Signs that fold to several words each, words of one letter, names, markers.
REPEATED = ["ﷺ", "Aa ", "[3] ", "a ", "'s ", "T2I ", "qzx "]


def longest(unit: str) -> str:
    return (unit * LONGEST_QUESTION)[:LONGEST_QUESTION]


@pytest.fixture(scope="module")
def papers(corpus: list[Paper]) -> dict[str, Paper]:
    return {paper.id: paper for paper in corpus}


@pytest.fixture(scope="module")
def keywords(papers: dict[str, Paper]) -> KeywordIndex:
    return KeywordIndex.rebuilt(None, papers)


def statements(keywords: KeywordIndex, question: str) -> int:
    asked: list[str] = []
    keywords._connection.set_trace_callback(asked.append)
    keywords.concepts(question)
    keywords._connection.set_trace_callback(None)
    return len(asked)


@pytest.mark.parametrize("unit", REPEATED)
def test_word_said_a_thousand_times_is_looked_up_once(keywords: KeywordIndex, unit: str) -> None:
    assert statements(keywords, longest(unit)) <= 40


def test_all_titles_in_a_row_cost_a_few_statements_a_word(
    keywords: KeywordIndex, corpus: list[Paper]
) -> None:
    question = " ".join(paper.title for paper in corpus)[:LONGEST_QUESTION]
    assert statements(keywords, question) <= 5 * len(question.split())


class CountingNames(NameIndex):
    looked_up = 0

    def _owners_of(self, surface: str) -> list[tuple[str, int]]:
        self.looked_up += 1
        return super()._owners_of(surface)


@pytest.mark.parametrize("unit", REPEATED)
def test_words_that_name_nothing_are_not_looked_up_as_names(
    papers: dict[str, Paper], unit: str
) -> None:
    names = CountingNames(collect_names(papers))
    names.find(longest(unit))
    assert names.looked_up <= len(longest(unit).split()) + 1


class CountingEncoding:
    """An encoding of the tokenizer that counts how often its lists, made anew each time, are asked
    for."""

    def __init__(self, encoding: Any) -> None:
        self.encoding = encoding
        self.made = 0

    def __getattr__(self, name: str) -> Any:
        self.made += 1
        return getattr(self.encoding, name)


def test_tokens_of_a_text_are_listed_once_not_for_each_token(embedder: MiniLM) -> None:
    encodings: list[CountingEncoding] = []

    class Tokenizer:
        def encode(self, text: str) -> CountingEncoding:
            encodings.append(CountingEncoding(embedder._tokenizer.encode(text)))
            return encodings[-1]

    counting = MiniLM()
    counting.__dict__["_tokenizer"] = Tokenizer()
    counting.token_states(longest("[3] "))
    assert sum(encoding.made for encoding in encodings) <= 4
