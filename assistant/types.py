"""Every value that flows between the steps; no I/O."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal

QUOTES: Final = "quotes"
"""What stands for a model's name where no model wrote."""
PLAIN = 2
"""The certainty of a draft that answers plainly: see `Draft.certainty`."""
Kind = Literal["list", "summary", "comparison", "fact", "count", "none"]
By = Literal["year", "venue", "author"]
Order = Literal["newest", "oldest", "most cited", "least cited", "title"]
Verdict = Literal["quoted", "supported", "partly supported", "not supported", "no citation needed"]
Match = Literal["yes", "partly", "no"]


@dataclass(frozen=True, slots=True)
class Span:
    """Verbatim words of an abstract: `text == abstract[start:end]`."""

    text: str
    start: int
    end: int

    def stripped(self) -> "Span":
        """Return the words without the spaces around them.

        >>> Span(" so. ", 3, 8).stripped()
        Span(text='so.', start=4, end=7)
        """
        text = self.text.strip()
        start = self.end - len(self.text.lstrip())
        return Span(text, start, start + len(text))


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What a paper's record says of it beside the usual: its ids elsewhere, bare; `type`, what kind
    of publication it is, in CSL's words ("article-journal"), "review" for a review article;
    `keywords`, which are tags and
    collections too; `categories` of a scheme, as arXiv's; how often it was cited; whether it was
    retracted or withdrawn; `queries` that it is known to answer, by which it is found and which are
    never shown. `looked_up` are those fields of the paper that no file said, but a service that was
    asked, each as "venue:openalex".
    """

    doi: str = ""
    arxiv_id: str = ""
    pmid: str = ""
    openalex_id: str = ""
    s2_id: str = ""
    type: str = ""
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    cited_by: int | None = None
    retracted: bool = False
    queries: tuple[str, ...] = ()
    looked_up: tuple[str, ...] = ()

    def known(self) -> dict[str, Any]:
        """Return what is known, as it can be written to JSON.

        >>> RecordFacts(doi="10.1/x", keywords=("video",), cited_by=0).known()
        {'doi': '10.1/x', 'keywords': ['video'], 'cited_by': 0}
        """
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in given.items()
            if value or (name == "cited_by" and value is not None)
        }

    def shown(self) -> dict[str, Any]:
        """Return what is known and said of the paper, which its `queries` are not."""
        told = (one for one in self.looked_up if not one.startswith("queries:"))
        return replace(self, queries=(), looked_up=tuple(told)).known()

    @classmethod
    def of(cls, known: Mapping[str, Any]) -> "RecordFacts":
        """Return the facts that `known` returned.

        >>> RecordFacts.of({"keywords": ["video"]}).keywords
        ('video',)
        """
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in known.items()
        }
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the corpus. Of an index that an earlier version made `url` may lead to a search
    (`url_is_search`); `page` leads to the paper.
    """

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    url: str = ""
    url_is_search: bool = False
    links: tuple[str, ...] = ()
    facts: RecordFacts = RecordFacts()

    @property
    def page(self) -> str:
        """The address of the paper itself, "" where none is known."""
        return "" if self.url_is_search else self.url

    @property
    def content_hash(self) -> str:
        """Hash of everything stored, so that any change of the source replaces the paper."""
        stored: list[Any] = [
            self.title,
            self.abstract,
            self.authors,
            self.year,
            self.venue,
            self.url,
            self.links,
        ]
        if known := self.facts.known():
            stored.append(known)
        return hashlib.sha256(json.dumps(stored).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of one abstract as it is embedded: `text` has the title in front where
    that helps.
    """

    paper_id: str
    position: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Bounds on the papers that may be retrieved; empty means no bound. Texts match
    case-insensitively, in part; `texts` and `words` in the title or the abstract, `words` from the
    beginning of a word on, `categories` whole words ("cs" is in "cs.CV"), `types` by their everyday
    names too ("preprint"); of a venue, a title or words that say "or" ("CVPR or ICCV") any.

    `only` and `without` are ids of papers to keep to and to leave out.
    """

    year_from: int | None = None
    year_to: int | None = None
    authors: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    cited_from: int | None = None
    cited_to: int | None = None
    retracted: bool | None = None
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Filters()

    def record(self) -> dict[str, Any]:
        """Return the filters as they can be written to JSON; those that came later
        (on a record's facts, and `words`) only where they bound something.

        >>> [name for name in Filters(cited_from=50).record() if name[:5] in ("cited", "retra")]
        ['cited_from']
        """
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in given.items()
            if name not in _LATER or value not in ((), None)
        }


_LATER = ("keywords", "categories", "types", "cited_from", "cited_to", "retracted", "words")


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper retrieved for one question: fused `score` and its parts, and its best passages, best
    first.

    `keywords` is the BM25 score, `coverage` the share of the question's weight (0…1) that occurs in
    the paper.
    """

    paper: Paper
    score: float
    keywords: float
    coverage: float
    passages: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered source of an answer, with the exact words that were used."""

    number: int
    paper: Paper
    quotes: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What the checker found of one sentence, `text[start:end]` of an answer.

    `quote` are the words of a cited abstract that support it best, and `number` is that citation;
    `reason` says what is wrong, and is empty when nothing is; `exact` tells that it is a figure, a
    name, a quotation or a source, of which there are no two opinions.
    """

    start: int
    end: int
    verdict: Verdict
    reason: str = ""
    number: int | None = None
    quote: Span | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether one candidate matches a question's criteria: verbatim words of its abstract, and why,
    in a model's words.
    """

    paper: Paper
    match: Match
    snippet: Span | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost: tokens sent and received, and dollars where the price is known.

    `estimated` tells that the server reported no count, so that ours stands in.
    """

    prompt: int = 0
    completion: int = 0
    calls: int = 0
    cost: float | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A comparison as data: `cells[paper id, aspect]` is Markdown with [n] markers; a cell that is
    absent is not stated.

    `papers_as` says whether papers are the columns or the rows.
    """

    papers: tuple[Paper, ...]
    aspects: tuple[str, ...]
    cells: Mapping[tuple[str, str], str]
    papers_as: Literal["columns", "rows"] = "columns"


@dataclass(frozen=True, slots=True)
class Counts:
    """Papers counted by year, venue or author: `rows` in the order to show, `unknown` without one,
    `total` in all.

    `of` is out of how many papers `total` was taken, `topic` what they are about, `filters` what
    bounds them. Rows of authors overlap, those of years and venues do not.
    """

    by: By
    rows: tuple[tuple[str, int], ...]
    unknown: int
    total: int
    of: int
    topic: str = ""
    filters: Filters = Filters()


@dataclass(frozen=True, slots=True)
class Draft:
    """The composed part of an answer; `hedged` tells that its words come near to what is asked, but
    do not state it, `unfound` what is spoken of beside its papers and no paper is about.
    """

    kind: Kind
    text: str
    citations: tuple[Citation, ...] = ()
    considered: tuple[Paper, ...] = ()
    nearest: tuple[Paper, ...] = ()
    table: Table | None = None
    hedged: bool = False
    counts: Counts | None = None
    counted: tuple[Paper, ...] = ()
    unfound: tuple[str, ...] = ()

    @property
    def abstained(self) -> bool:
        """Tell whether nothing is claimed: it says that nothing answers, beside what comes nearest,
        or cites nothing and is no count, which the bibliography answers for.
        """
        return self.kind == "none" or not (self.citations or self.kind == "count")

    @property
    def certainty(self) -> int:
        """Return 0 for a draft that says that nothing answers, 1 for one that only comes near,
        else PLAIN.
        """
        return 0 if self.abstained else 1 if self.hedged else PLAIN


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer: `text` is Markdown with [n] markers, one for each citation.

    `considered` are papers that were looked at and left out, `nearest` those offered when nothing
    answers; neither is cited. `question` is the standalone form of what was asked. Of a written
    answer `checks` has one entry per sentence, `judged` what a model said of each candidate of a
    list, and `given` the papers whose abstracts it read. An answer of kind "count" is read off the
    bibliography and may do without citations: `counts` are its figures, `counted` the papers it
    speaks of, empty when those are all. `hedged` tells that it only comes near to what is asked, or
    that a paper that it is of may not be the one meant; `may_mean` are those of which any may be;
    `unfound` are sides of a comparison under discussion that no paper of the corpus is about;
    `withheld` is what a model wrote that rests on too little to be shown as an answer.
    """

    question: str
    kind: Kind
    text: str
    abstained: bool
    citations: tuple[Citation, ...]
    retrieved: tuple[Candidate, ...]
    considered: tuple[Paper, ...] = ()
    nearest: tuple[Paper, ...] = ()
    model: str = QUOTES
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    judged: tuple[Judgement, ...] = ()
    given: tuple[Paper, ...] = ()
    table: Table | None = None
    usage: Usage | None = None
    stopped: bool = False
    counts: Counts | None = None
    counted: tuple[Paper, ...] = ()
    hedged: bool = False
    withheld: str = ""
    unfound: tuple[str, ...] = ()
    may_mean: tuple[Paper, ...] = ()

    @property
    def answers(self) -> bool:
        """Tell whether it answers: neither silent nor only near to what is asked."""
        return not (self.abstained or self.hedged)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return a sentence for each paper cited that was retracted, by its number; its title as
        it is, not escaped."""
        return tuple(
            f"“{' '.join(one.paper.title.split())}” [{one.number}] was retracted."
            for one in self.citations
            if one.paper.facts.retracted
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange of a conversation."""

    user: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one ingest did, in papers; `skipped` are records without words, `refused` those that
    cannot be used, `repeated` those of a paper that stood before, `merged` how many of these were
    merged with it, `notes` a line on each that was odd."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    absent: int = 0
    total: int = 0
    chunks: int = 0
    skipped: int = 0
    refused: int = 0
    repeated: int = 0
    merged: int = 0
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def first_notes(self) -> list[str]:
        """Return what was odd in the records, ten lines, with how many more there are behind."""
        more = len(self.notes) - 10
        return [*self.notes[:10], *([f"… and {more:,} more such records"] if more > 0 else [])]
