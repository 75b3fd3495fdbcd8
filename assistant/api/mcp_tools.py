"""The tools that models call over MCP: inputs, outputs and work, within a budget of tokens.

What their docstrings say is told to the models.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

import tiktoken
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_jsonable_python

from assistant.api.json_api import CorpusRecord, corpus_record
from assistant.api.records import (
    FoundRecord,
    PaperRecord,
    answer_record,
    found_record,
    paper_record,
)
from assistant.api.service import AnswerService, Asked
from assistant.composing.tables.operations import EMPTY
from assistant.errors import QuestionError
from assistant.models.token_cost import OFFLINE, count
from assistant.reading.question import LONGEST_QUESTION, check_question
from assistant.text.citation_markers import MARKER
from assistant.types import Answer, Filters, Kind, Turn

_MOST_FOUND, _PAGE, _LONGEST_CURSOR = 200, 25, 9
_MOST_COMPARED, _MOST_ASPECTS, _LONGEST_ASPECT = 6, 8, 60
_COMPARE = "compare these papers"
_UNREAD = "The aspects were not understood, so these are the usual ones."
_NO_ASPECT = re.compile(r"[^\w\s/%()-]+")
Part = TypeVar("Part")
Given = TypeVar("Given", bound="Answered")


def read_cursor(text: str) -> int:
    """Return how many entries the pages before a cursor had; QuestionError for what is none.

    >>> read_cursor(""), read_cursor("25")
    (0, 25)
    """
    if text and not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_CURSOR):
        raise QuestionError(f"the cursor {text[:40]!r} is none; give back next_cursor")
    return int(text or 0)


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")

    corpus: str = Field("", description="The name of a corpus; without it the first one.")


class _Budgeted(_Input):
    max_tokens: int = Field(
        4000, ge=200, le=50_000, description="About how many tokens the result may have."
    )


class _Paged(_Budgeted):
    cursor: str = Field("", description="next_cursor of the page before; without it the first.")

    @property
    def start(self) -> int:
        """Return how many entries the pages before had."""
        return read_cursor(self.cursor)


class Asking(_Budgeted):
    """A question, after others of a conversation or alone."""

    question: str = Field(
        max_length=LONGEST_QUESTION,
        description="A question; filters such as year>=2023 or author:shan may stand in it.",
    )
    before: list[str] = Field(
        [], max_length=8, description="The questions asked before it that it leans on, in order."
    )
    writer: str = Field("", description='Who writes: "quotes" for verbatim quotations.')


class Searching(_Paged):
    """What to look for."""

    query: str = Field(max_length=LONGEST_QUESTION, description="What to look for, in words.")


class Getting(_Input):
    """Which paper."""

    paper: str = Field(max_length=500, description="A paper's id, title or name, as in SimDA.")


class Listing(_Paged):
    """Which page of the list of corpora."""

    corpus: str = Field("", description="Only this corpus; without it all.")


class Comparing(_Budgeted):
    """Which papers, and in what."""

    papers: list[str] = Field(
        min_length=2, max_length=_MOST_COMPARED, description="Ids, titles or names of papers."
    )
    aspects: list[str] = Field(
        [],
        max_length=_MOST_ASPECTS,
        description="In what, a few words each; without any: problem, approach, data, results, …",
    )


class Source(BaseModel):
    """A paper that is cited as [number], with words of its abstract that were used."""

    number: int
    paper_id: str
    title: str
    url: str
    retracted: bool = False
    resource: str = Field(description="Its address as a resource of this server.")
    quotes: list[str]


class Answered(BaseModel):
    """An answer; what the abstracts do not say is not said. `abstained` tells that nothing
    answers, `hedged` that it only comes near or may be of another paper, `omitted` what the budget
    left out."""

    corpus: str
    question: str
    kind: Kind
    text: str
    abstained: bool
    hedged: bool
    sources: list[Source]
    notes: list[str]
    model: str
    omitted: list[str] = []


class Found(BaseModel):
    """A paper that was found, with the passage of its abstract that fits best."""

    paper_id: str
    title: str
    year: int | None
    venue: str | None
    url: str
    retracted: bool = False
    resource: str
    score: float
    passage: str


class Ranking(BaseModel):
    """A page of papers, best first; `next_cursor` leads to the next page."""

    corpus: str
    query: str
    papers: list[Found]
    next_cursor: str | None


class Corpora(BaseModel):
    """A page of corpora; `next_cursor` leads to the next page."""

    corpora: list[CorpusRecord]
    next_cursor: str | None


class Cell(BaseModel):
    """What a paper says in one aspect, with [n] markers; "" where its abstract does not say."""

    paper_id: str
    aspect: str
    text: str


class Compared(Answered):
    """A comparison: an answer whose table stands in `cells` too."""

    cells: list[Cell] = []


class PaperFound(BaseModel):
    """A paper with its abstract."""

    corpus: str
    resource: str
    paper: PaperRecord


async def ask(service: AnswerService, asking: Asking) -> Answered:
    """Answer a question about research papers with citations: lists of papers, summaries, facts,
    comparisons, counts. Says so where the abstracts do not answer."""
    questions = [*asking.before, asking.question]
    answer = await service.converse(questions, asking.corpus, asking.writer)
    corpus = asking.corpus or service.corpora.first
    return _fitted(Answered(**_told(answer, corpus)), asking.max_tokens)


async def search(service: AnswerService, searching: Searching) -> Ranking:
    """Rank papers for a query, each with its best passage, a page at a time."""
    start = searching.start
    limit = min(start + _PAGE + 1, _MOST_FOUND)
    candidates = await service.search(check_question(searching.query), searching.corpus, limit)
    corpus = searching.corpus or service.corpora.first
    found = [_found(corpus, found_record(one)) for one in candidates[start:]]
    page, more = _page(found[:_PAGE], searching.max_tokens)
    after = start + len(page)
    more = more or len(found) > len(page)
    cursor = str(after) if more else None
    return Ranking(corpus=corpus, query=searching.query, papers=page, next_cursor=cursor)


async def get_paper(service: AnswerService, getting: Getting) -> PaperFound:
    """Return one paper with its abstract, by id, title or name."""
    paper = await service.run(lambda: service.paper(getting.paper, getting.corpus))
    corpus = getting.corpus or service.corpora.first
    return PaperFound(corpus=corpus, resource=resource(corpus, paper.id), paper=paper_record(paper))


async def list_corpora(service: AnswerService, listing: Listing) -> Corpora:
    """List the corpora that can be asked: how many papers, of which years, about what."""
    names = [listing.corpus] if listing.corpus else service.corpora.names()
    records = await service.run(
        lambda: [corpus_record(service, name) for name in names[listing.start :]]
    )
    page, more = _page(records, listing.max_tokens)
    after = listing.start + len(page)
    return Corpora(corpora=page, next_cursor=str(after) if more else None)


async def compare(service: AnswerService, comparing: Comparing) -> Compared:
    """Compare two to six papers in a table, each cell in the words of the paper's abstract."""
    corpus = comparing.corpus or service.corpora.first
    papers = await service.run(lambda: [service.paper(name, corpus) for name in comparing.papers])
    ids = tuple(dict.fromkeys(paper.id for paper in papers))
    if len(ids) < 2:
        raise QuestionError("the names are of one paper; name two or more to compare")
    aspects = list(map(_aspect, comparing.aspects))
    answer = await _compared(service, corpus, Filters(only=ids), aspects)
    table = answer.table or EMPTY
    cells = [
        Cell(paper_id=paper.id, aspect=aspect, text=table.cells.get((paper.id, aspect), ""))
        for aspect in table.aspects
        for paper in table.papers
    ]
    return _fitted(Compared(**_told(answer, corpus), cells=cells), comparing.max_tokens)


async def _compared(
    service: AnswerService, corpus: str, filters: Filters, aspects: Sequence[str]
) -> Answer:
    """Return the comparison of the papers that `filters` admit, edited to these aspects."""
    turns: tuple[Turn, ...] = ()
    wanted = " and ".join(aspects)
    for said in (_COMPARE, f"add {wanted}", f"keep only {wanted}")[: 3 if aspects else 1]:
        asked = Asked(said, corpus, turns=turns, filters=filters)
        answer = await (await service.begin(asked)).finish()
        if answer.table is None and turns:
            usual = turns[0].answer
            return replace(usual, notes=(*usual.notes, _UNREAD))
        turns = (*turns, Turn(said, answer))
    return answer


def readable(result: BaseModel) -> str:
    """Return a result as text: an answer's own, with its sources; of others JSON."""
    if not isinstance(result, Answered):
        return _dump(result)
    notes = [f"*{note}*" for note in result.notes]
    sources = [
        f"[{one.number}] {one.title}{' [retracted]' * one.retracted} {one.url} ({one.resource})"
        for one in result.sources
    ]
    omitted = [f"(left out: {', '.join(result.omitted)})"] if result.omitted else []
    return "\n\n".join([*notes, result.text, "\n".join(sources), *omitted]).strip()


def _dump(result: object) -> str:
    return json.dumps(to_jsonable_python(result), ensure_ascii=False)


def tokens(text: str) -> int:
    """Return about how many tokens a text has."""
    return count(text, tiktoken.get_encoding(OFFLINE))


def resource(corpus: str, paper_id: str) -> str:
    """Return a paper's address as a resource.

    >>> resource("default", "arxiv:2308.09710")
    'paper://default/arxiv%3A2308.09710'
    """
    return f"paper://{corpus}/{quote(paper_id, safe='')}"


def _told(answer: Answer, corpus: str) -> dict[str, Any]:
    record = answer_record(answer)
    sources = [
        {
            **one,
            "resource": resource(corpus, one["paper_id"]),
            "quotes": [quoted["text"] for quoted in one["quotes"]],
        }
        for one in record["citations"]
    ]
    notes = [*answer.notes, *answer.warnings]
    return {**record, "corpus": corpus, "sources": sources, "notes": notes}


def _found(corpus: str, record: FoundRecord) -> Found:
    passage = record["passage"]
    facts = {name: value for name, value in record.items() if name != "passage"}
    address = resource(corpus, record["paper_id"])
    told = {**facts, "resource": address, "passage": passage["text"] if passage else ""}
    return Found.model_validate(told)


def _aspect(text: str) -> str:
    """Return an aspect as it can stand among others in an edit of a table."""
    aspect = " ".join(_NO_ASPECT.sub(" ", text).split())
    if not aspect or len(aspect) > _LONGEST_ASPECT:
        raise QuestionError(f"the aspect {text[:80]!r} is none; name it in a few words")
    return aspect


def _page(entries: Sequence[Part], most: int) -> tuple[list[Part], bool]:
    """Return the first entries that fit into so many tokens, and whether there are more."""
    page: list[Part] = []
    used = 0
    for entry in entries:
        used += tokens(_dump(entry))
        if page and used > most:
            return page, True
        page.append(entry)
    return page, False


def _fitted(result: Given, most: int) -> Given:
    """Return a result as whole as it fits into so many tokens."""
    for shorter in _shortened(result):
        if tokens(_dump(shorter)) <= most:
            break
    return shorter


def _shortened(result: Given) -> Iterator[Given]:
    """Yield a result, and then with ever less in it."""
    yield result
    for kept in (1, 0):
        sources = [one.model_copy(update={"quotes": one.quotes[:kept]}) for one in result.sources]
        yield _less(result, "quotes", sources=sources)
    bare = _less(result, "quotes", sources=sources)
    if isinstance(result, Compared):
        yield (bare := _less(bare, "cells", cells=[]))
    lines = result.text.split("\n")
    for number in range(len(lines) - 1, -1, -1):
        text = "\n".join(lines[:number]).rstrip()
        cited = {int(found) for found in MARKER.findall(text)}
        kept_sources = [source for source in sources if source.number in cited]
        yield _less(bare, "the end of the text", text=text, sources=kept_sources)


def _less(result: Given, omitted: str, **fields: Any) -> Given:
    left_out = list(dict.fromkeys([*result.omitted, omitted]))
    return result.model_copy(update={**fields, "omitted": left_out})
