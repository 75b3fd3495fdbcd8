"""The papers of each term as arrays: what FTS5 says of them, however they came to be there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from assistant.index import postings
from assistant.index.bm25 import KeywordIndex
from assistant.types import Paper

QUESTIONS = ("video diffusion", "pre-training of large language models", "t2i", "speech 3 Danish")


@pytest.fixture
def papers(corpus: list[Paper]) -> dict[str, Paper]:
    return {paper.id: paper for paper in corpus[:60]}


@pytest.fixture
def keywords(papers: dict[str, Paper]) -> Iterator[KeywordIndex]:
    index = KeywordIndex.rebuilt(None, papers)
    yield index
    index.close()


def scores(index: KeywordIndex, question: str) -> dict[str, float]:
    found = index.score(index.concepts(question))
    return {key: round(score, 9) for key, score in index.best(found.scores).items()}


def assert_as_made_anew(index: KeywordIndex, papers: dict[str, Paper]) -> None:
    anew = KeywordIndex.rebuilt(None, papers)
    for question in QUESTIONS:
        assert scores(index, question) == scores(anew, question)
        assert scores(anew, question)
    terms = [term for (term,) in anew._rows("SELECT DISTINCT term FROM postings")]
    assert index.rarities([*terms, "xyzzy"]) == anew.rarities([*terms, "xyzzy"])


def test_every_term_counts_as_fts5_counts_it(keywords: KeywordIndex) -> None:
    terms = [term for (term,) in keywords._rows("SELECT DISTINCT term FROM postings")]
    assert len(terms) > 1000
    for term in terms:
        by_arrays, by_fts5 = keywords._postings.strengths(term), keywords._of_phrase(term)
        assert by_arrays.numbers.tolist() == by_fts5.numbers.tolist()
        if len(by_fts5.numbers) < 30:  # FTS5 counts what half of all papers hold as nothing
            np.testing.assert_allclose(by_arrays.values, by_fts5.values, rtol=1e-9)


def test_a_phrase_is_found_where_its_words_stand_together() -> None:
    texts = ("A large language model.", "Language of a large model.", "Large language models.")
    papers = {str(n): Paper(str(n), "T", text) for n, text in enumerate(texts)}
    filler = {f"f{n}": Paper(f"f{n}", "T", "Nothing.") for n in range(9)}
    index = KeywordIndex.rebuilt(None, papers | filler)
    found = index._of_phrase("larg languag model")
    assert index.ids(found.numbers) == ["0", "2"]


def test_a_phrase_is_looked_up_again_once_papers_change() -> None:
    papers = {str(n): Paper(str(n), "T", "Fine tuning of models.") for n in range(2)}
    index = KeywordIndex.rebuilt(None, {"0": papers["0"]})
    assert scores(index, "fine-tuning").keys() == {"0"}
    index.sync(papers)
    assert scores(index, "fine-tuning").keys() == {"0", "1"}


def test_what_was_added_changed_and_removed_counts_as_if_made_anew(
    keywords: KeywordIndex, papers: dict[str, Paper], corpus: list[Paper]
) -> None:
    first, second, third, *_ = papers.values()
    later = {one.id: one for one in corpus[60:80]}
    papers = {**papers, **later, second.id: replace(second, abstract="Danish speech and video.")}
    del papers[first.id]
    papers[third.id] = replace(third, year=1901)
    assert keywords.sync(papers) == 23
    assert_as_made_anew(keywords, papers)
    assert keywords.sync(papers) == 0
    keywords.check()


def test_a_new_record_of_a_paper_leaves_its_words_alone(
    keywords: KeywordIndex, papers: dict[str, Paper]
) -> None:
    before = keywords._rows("SELECT * FROM segments"), keywords._rows("SELECT * FROM dropped")
    dated = {key: replace(paper, year=1901) for key, paper in papers.items()}
    assert keywords.sync(dated) == len(papers)
    assert before == (
        keywords._rows("SELECT * FROM segments"), keywords._rows("SELECT * FROM dropped"),
    )  # fmt: skip
    assert keywords.hashes() == {key: paper.content_hash for key, paper in dated.items()}


def test_a_number_that_is_given_again_is_the_new_papers(
    keywords: KeywordIndex, papers: dict[str, Paper], corpus: list[Paper]
) -> None:
    last = list(papers)[-1]
    (number,) = keywords.numbered([last])
    numbers = {key: n for n, key in keywords.numbered(papers).items() if key != last}
    del papers[last]
    keywords.sync(papers, numbers)
    papers[corpus[70].id] = corpus[70]
    keywords.sync(papers, {**numbers, corpus[70].id: int(number)})
    assert_as_made_anew(keywords, papers)


def test_many_small_updates_are_put_together(
    keywords: KeywordIndex, papers: dict[str, Paper], corpus: list[Paper]
) -> None:
    for paper in corpus[60:75]:
        papers[paper.id] = paper
        keywords.sync(papers)
    ((segments,),) = keywords._rows("SELECT count(*) FROM segments")
    assert segments <= 8
    assert_as_made_anew(keywords, papers)


def test_more_papers_than_a_segment_holds_are_in_several(
    papers: dict[str, Paper], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings, "_SEGMENT", 25)
    index = KeywordIndex.rebuilt(None, papers)
    assert index._rows("SELECT count(*) FROM segments") == [(3,)]
    monkeypatch.undo()
    assert_as_made_anew(index, papers)
