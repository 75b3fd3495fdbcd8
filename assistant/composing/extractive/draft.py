"""What every form of answer is written from, and what it hands back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.reading import answer_form
from assistant.retrieval.hybrid import Retrieval, Retriever
from assistant.retrieval.sentence_ranking import Sentence, score_sentences
from assistant.text.paper_names import INTRODUCED, TITLE, Mention, NameIndex
from assistant.text.prompt_injection import without
from assistant.text.rhetorical_roles import Role, aspect_in, is_aspect
from assistant.text.words import index_terms
from assistant.types import Citation, Counts, Filters, Kind, Paper, Table

_NEAREST = 20
_GENERIC = re.compile(
    r"^(?:main|key|core|central|paper|about|model|system|introduce[ds]?|evaluated?|trained|train|actually|exactly|"
    r"there|done|good|well|new|does|role|help|important|tested|exist|exists|earlier|previous|prior|compared|compare|basic|basically|essentially|the|in|short)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Request:
    """One standalone question with everything found for it.

    `mentions` are the papers the question names, in its order; `scoped` tells that `filters` restricts it to
    papers under discussion; `corpus_size` is the denominator: how many papers were searched; `outside` are the papers that
    the question is about though its filters leave them out.
    """

    question: str
    filters: Filters
    retrieval: Retrieval
    retriever: Retriever
    names: NameIndex
    mentions: tuple[Mention, ...]
    corpus_size: int
    scoped: bool = False
    follow_up: bool = False
    outside: tuple[Paper, ...] = ()

    def focus(self) -> list[Paper]:
        """Return the papers that the question is firmly about: a mere description may drop a name in passing."""
        papers = self.retriever.papers
        enough = (
            TITLE
            if answer_form.is_description(self.question)
            and not answer_form.asks_quantity(self.question)
            else INTRODUCED
        )
        firm = (papers[one.paper_id] for one in self.mentions if one.strength >= enough)
        return [paper for paper in firm if paper not in self.outside]

    def sentences(self, papers: Sequence[Paper]) -> list[Sentence]:
        """Return every sentence of `papers` scored against the question."""
        return score_sentences(self.retrieval.query, self.retriever, papers)

    def sentences_without_names(self, papers: Sequence[Paper]) -> list[Sentence]:
        """Return the same scored against the question with the papers' names taken out."""
        rest = self.without_names()
        if not rest:
            return []
        return score_sentences(self.retriever.understand(rest), self.retriever, papers)

    def without_names(self) -> str:
        """Return the question with the names of papers taken out."""
        return self.names.without(self.question, self.mentions)

    def open_concepts(self) -> list[str]:
        """Return the words that say what is asked about the named papers, generic ones left out."""
        concepts = self.retriever.keywords.concepts(self.without_names())
        return [
            one.surface
            for one in concepts
            if not _GENERIC.match(one.surface) and not is_aspect(one.surface)
        ]

    def aspect(self) -> Role | None:
        """Return the aspect (problem, approach …) that the question asks for in so many words."""
        return aspect_in(self.without_names())

    def absent_words(self, papers: Sequence[Paper]) -> list[str]:
        """Return the words of what is asked that occur, in any variant, in none of `papers`."""
        concepts = self.retriever.keywords.concepts(self.without_names())
        texts = [
            f" {' '.join(index_terms(without(f'{paper.title} {paper.abstract}')))} "
            for paper in papers
        ]
        return [
            one.surface
            for one in concepts
            if not _GENERIC.match(one.surface)
            and not any(f" {phrase} " in text for phrase in one.phrases for text in texts)
        ]

    def nearness_of_what_is_asked(self, paper: Paper) -> float:
        """Return the late-interaction score (-1…1) of the question without the papers' names in `paper`."""
        rest = self.without_names()
        late, tokens = self.retriever.late, self.retriever.understand(rest).tokens if rest else None
        return late.scores(tokens, [paper.id]).get(paper.id, 0.0) if late and tokens else 0.0

    def nearest_words(self, text: str | None = None) -> float:
        """Return the late-interaction score of the question, or of a word of it, in the best of the papers found."""
        late = self.retriever.late
        tokens = (self.retriever.understand(text) if text else self.retrieval.query).tokens
        ids = [one.paper.id for one in self.retrieval.candidates[:_NEAREST]]
        return max(late.scores(tokens, ids).values(), default=0.0) if late and tokens else 0.0

    def in_title(self, paper: Paper, telling: float = 0.0) -> bool:
        """Tell whether the title holds every word of the question, or with `telling` one whose idf is at least that."""
        stems = f" {' '.join(index_terms(paper.title))} "
        query = self.retrieval.query
        held = [any(f" {phrase} " in stems for phrase in one.phrases) for one in query.concepts]
        if telling:
            return any(
                here and weight >= telling
                for here, weight in zip(held, query.keywords.weights, strict=True)
            )
        return all(held)

    def spelt_out(self, surface: str) -> list[str]:
        """Return what an abbreviation in the question stands for in this corpus, in lower case."""
        return [form.lower() for form in self.retriever.keywords.long_forms(surface)]


@dataclass(frozen=True, slots=True)
class Draft:
    """The written part of an answer; `hedged` tells that its words come near to what is asked, but do not state it."""

    kind: Kind
    text: str
    citations: tuple[Citation, ...] = ()
    considered: tuple[Paper, ...] = ()
    nearest: tuple[Paper, ...] = ()
    table: Table | None = None
    hedged: bool = False
    counts: Counts | None = None
    counted: tuple[Paper, ...] = ()

    @property
    def abstained(self) -> bool:
        """Tell whether nothing is cited: then nothing is claimed either, but by a count, which the bibliography answers for."""
        return not self.citations and self.kind != "count"
