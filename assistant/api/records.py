"""Answers, papers and what was found → the JSON objects that all interfaces for machines share."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, NotRequired

from typing_extensions import TypedDict

from assistant.types import Answer, Candidate, Citation, Kind, Match, Paper, Span, Verdict


class QuoteRecord(TypedDict):
    """Verbatim words of an abstract: `text == abstract[start:end]`."""

    text: str
    start: int
    end: int


class CitationRecord(TypedDict):
    """A numbered source of an answer, with the words that were used."""

    number: int
    paper_id: str
    title: str
    url: str
    retracted: NotRequired[bool]
    quotes: list[QuoteRecord]


class RetrievedRecord(TypedDict):
    """A paper that was found, and its score within this ranking."""

    paper_id: str
    title: str
    retracted: NotRequired[bool]
    score: float


class CheckRecord(TypedDict):
    """What the checker found of one sentence, `text[start:end]` of the answer."""

    start: int
    end: int
    verdict: Verdict
    reason: str
    number: int | None


class JudgedRecord(TypedDict):
    """Whether a candidate of a list matches, why, and by which words of its abstract."""

    paper_id: str
    match: Match
    reason: str
    words: str


class AnswerRecord(TypedDict):
    """An answer: `text` is Markdown with [n] markers, one for each citation.

    `may_mean` are the ids of papers of which it is not sure that any is meant. What comes after it
    is of an answer that a model wrote, or should have written.
    """

    question: str
    kind: Kind
    text: str
    abstained: bool
    hedged: bool
    citations: list[CitationRecord]
    retrieved: list[RetrievedRecord]
    model: str
    seconds: float
    warnings: NotRequired[list[str]]
    counts: NotRequired[dict[str, Any]]
    may_mean: NotRequired[list[str]]
    notes: NotRequired[list[str]]
    withheld: NotRequired[str]
    checks: NotRequired[list[CheckRecord]]
    judged: NotRequired[list[JudgedRecord]]
    given: NotRequired[list[str]]
    usage: NotRequired[dict[str, Any]]


class PaperRecord(TypedDict):
    """A paper; what comes after `links` and before `abstract` is there where it is known."""

    id: str
    title: str
    year: int | None
    venue: str | None
    authors: list[str]
    url: str
    links: list[str]
    doi: NotRequired[str]
    arxiv_id: NotRequired[str]
    pmid: NotRequired[str]
    openalex_id: NotRequired[str]
    s2_id: NotRequired[str]
    type: NotRequired[str]
    keywords: NotRequired[list[str]]
    categories: NotRequired[list[str]]
    cited_by: NotRequired[int]
    retracted: NotRequired[bool]
    looked_up: NotRequired[list[str]]
    abstract: str


class FoundRecord(RetrievedRecord):
    """A paper that was found, with the passage of its abstract that fits best."""

    year: int | None
    venue: str | None
    url: str
    passage: QuoteRecord | None


def answer_record(answer: Answer) -> AnswerRecord:
    """Return an answer as a JSON object."""
    record: AnswerRecord = {
        "question": answer.question,
        "kind": answer.kind,
        "text": answer.text,
        "abstained": answer.abstained,
        "hedged": answer.hedged,
        "citations": citation_records(answer),
        "retrieved": retrieved_records(answer),
        "model": answer.model,
        "seconds": answer.seconds,
    }
    if answer.warnings:
        record["warnings"] = list(answer.warnings)
    if answer.counts:
        filters = answer.counts.filters.record()
        record["counts"] = {**asdict(answer.counts), "filters": filters}
    if answer.may_mean:
        record["may_mean"] = [paper.id for paper in answer.may_mean]
    if answer.notes or answer.usage:
        record["notes"] = list(answer.notes)
    if answer.usage:
        record["withheld"] = answer.withheld
        record["checks"] = [
            {
                "start": check.start,
                "end": check.end,
                "verdict": check.verdict,
                "reason": check.reason,
                "number": check.number,
            }
            for check in answer.checks
        ]
        record["judged"] = [
            {
                "paper_id": judged.paper.id,
                "match": judged.match,
                "reason": judged.reason,
                "words": judged.snippet.text if judged.snippet else "",
            }
            for judged in answer.judged
        ]
        record["given"] = [paper.id for paper in answer.given]
        record["usage"] = asdict(answer.usage)
    return record


def citation_records(answer: Answer) -> list[CitationRecord]:
    """Return the sources of an answer as JSON objects."""
    return [_citation(citation) for citation in answer.citations]


def retrieved_records(answer: Answer) -> list[RetrievedRecord]:
    """Return what was found for an answer as JSON objects, best first."""
    return [_retrieved(candidate) for candidate in answer.retrieved]


def found_record(candidate: Candidate) -> FoundRecord:
    """Return a paper that was found as a JSON object."""
    paper = candidate.paper
    return {
        **_retrieved(candidate),
        "year": paper.year,
        "venue": paper.venue,
        "url": paper.page,
        "passage": _quote(candidate.passages[0]) if candidate.passages else None,
    }


def paper_record(paper: Paper) -> PaperRecord:
    """Return a paper as a JSON object."""
    return {
        "id": paper.id,
        "title": paper.title,
        "year": paper.year,
        "venue": paper.venue,
        "authors": list(paper.authors),
        "url": paper.page,
        "links": list(paper.links),
        **paper.facts.shown(),  # type: ignore[typeddict-item]
        "abstract": paper.abstract,
    }


def _citation(citation: Citation) -> CitationRecord:
    record: CitationRecord = {
        "number": citation.number,
        "paper_id": citation.paper.id,
        "title": citation.paper.title,
        "url": citation.paper.page,
        "quotes": [_quote(quote) for quote in citation.quotes],
    }
    if citation.paper.facts.retracted:
        record["retracted"] = True
    return record


def _quote(quote: Span) -> QuoteRecord:
    return {"text": quote.text, "start": quote.start, "end": quote.end}


def _retrieved(candidate: Candidate) -> RetrievedRecord:
    paper, score = candidate.paper, round(candidate.score, 4)
    record: RetrievedRecord = {"paper_id": paper.id, "title": paper.title, "score": score}
    if paper.facts.retracted:
        record["retracted"] = True
    return record
