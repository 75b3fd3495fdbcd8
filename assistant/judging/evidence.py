"""What the judge hands on: the papers that belong to an answer, the sentences that answer, or why
nothing does.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

from assistant.index.bm25 import Concept
from assistant.reading.parsed_question import ParsedQuestion
from assistant.retrieval.hybrid import Retrieval, Retriever
from assistant.retrieval.sentence_ranking import Sentence, score_sentences, telling
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.paper_names import NameIndex
from assistant.text.prompt_injection import without
from assistant.text.rhetorical_roles import is_aspect
from assistant.text.words import index_terms
from assistant.types import Paper

AnswerForm = Literal[
    "greeting",
    "all",
    "list",
    "negation",
    "summary",
    "comparison",
    "fact",
    "description",
    "count",
    "table edit",
    "silence",
]
Reason = Literal[
    "nothing near",
    "no paper under the filter",
    "outside the filter",
    "unknown sides",
    "not in the abstract",
]
_NEAREST = 20
_GENERIC = re.compile(
    r"^(?:main|key|core|central|paper|about|model|system|introduce[ds]?|evaluated?|trained|"
    r"train|actually|exactly|"
    r"there|done|good|well|new|does|role|help|important|tested|exist|exists|earlier|"
    r"previous|prior|compared|compare|"
    r"basic|basically|essentially|the|in|short)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Silence:
    """Why nothing answers: `papers` are those asked about, or the nearest; `words` are what none of
    them has.
    """

    reason: Reason
    papers: tuple[Paper, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What was found for a question, judged.

    `form` is the form that can be answered, `focus` the papers that the question is firmly about,
    `outside` those among them that its filters leave out, `members` the papers that belong to the
    answer, best first, and `silent` those that do not mention what the question denies; `answers`
    are sentences that state a fact, best first, `hedged` when they only come near. `corpus_size` is
    the denominator: how many papers were searched.
    """

    parsed: ParsedQuestion
    found: Retrieval
    corpus: IndexSnapshot
    corpus_size: int
    form: AnswerForm = "list"
    focus: tuple[Paper, ...] = ()
    outside: tuple[Paper, ...] = ()
    members: tuple[Paper, ...] = ()
    silent: tuple[Paper, ...] = ()
    shown: Mapping[str, Sentence] = field(default_factory=dict)
    answers: tuple[Sentence, ...] = ()
    hedged: bool = False
    silence: Silence | None = None

    @property
    def retriever(self) -> Retriever:
        """Return what the papers were found with."""
        return self.corpus.retriever

    @property
    def names(self) -> NameIndex:
        """Return what the corpus calls its papers."""
        return self.corpus.names

    @property
    def candidates(self) -> list[Paper]:
        """Return the papers found, best first."""
        return [candidate.paper for candidate in self.found.candidates]

    def sentences(self, papers: Sequence[Paper]) -> list[Sentence]:
        """Return every sentence of `papers` scored against the question."""
        return score_sentences(self.found.query, self.retriever, papers)

    def attribute_sentences(self, papers: Sequence[Paper]) -> list[Sentence]:
        """Return the same scored against what is asked of the papers, their names left out."""
        if not self.parsed.attribute:
            return []
        query = self.retriever.understand(self.parsed.attribute)
        return score_sentences(query, self.retriever, papers)

    def best_sentences(self, papers: Sequence[Paper]) -> dict[str, Sentence]:
        """Return, by paper id, the sentence that best shows why each paper matches."""
        best: dict[str, Sentence] = {}
        for sentence in self.sentences(papers):
            known = best.get(sentence.paper.id)
            if known is None or telling(sentence) > telling(known):
                best[sentence.paper.id] = sentence
        return {paper.id: best[paper.id] for paper in papers if paper.id in best}

    @cached_property
    def attribute_concepts(self) -> tuple[Concept, ...]:
        """Return the concepts of what is asked of the papers, their names left out."""
        return tuple(self.retriever.keywords.concepts(self.parsed.attribute))

    def open_concepts(self) -> list[str]:
        """Return the words that say what is asked about the named papers, generic ones left out."""
        return [
            concept.surface
            for concept in self.attribute_concepts
            if not _GENERIC.match(concept.surface) and not is_aspect(concept.surface)
        ]

    def absent_words(self, papers: Sequence[Paper]) -> list[str]:
        """Return the words of what is asked that occur, in any variant, in none of `papers`."""
        texts = [
            f" {' '.join(index_terms(without(f'{paper.title} {paper.abstract}')))} "
            for paper in papers
        ]
        return [
            concept.surface
            for concept in self.attribute_concepts
            if not _GENERIC.match(concept.surface)
            and not any(f" {phrase} " in text for phrase in concept.phrases for text in texts)
        ]

    def attribute_nearness(self, paper: Paper) -> float:
        """Return the late-interaction score (-1…1) of what is asked in `paper`."""
        late, attribute = self.retriever.late, self.parsed.attribute
        tokens = self.retriever.understand(attribute).tokens if attribute else None
        return late.scores(tokens, [paper.id]).get(paper.id, 0.0) if late and tokens else 0.0

    def nearest_words(self, text: str | None = None) -> float:
        """Return the late-interaction score of the question, or of a word of it, in the best of the
        papers found.
        """
        late = self.retriever.late
        tokens = (self.retriever.understand(text) if text else self.found.query).tokens
        ids = [paper.id for paper in self.candidates[:_NEAREST]]
        return max(late.scores(tokens, ids).values(), default=0.0) if late and tokens else 0.0

    def title_has(self, paper: Paper, telling_weight: float = 0.0) -> bool:
        """Tell whether the title holds every word of the question, or one whose idf is at least
        `telling_weight`.
        """
        stems = f" {' '.join(index_terms(paper.title))} "
        query = self.found.query
        held = [any(f" {phrase} " in stems for phrase in one.phrases) for one in query.concepts]
        if telling_weight:
            weights = query.keywords.weights
            return any(
                here and weight >= telling_weight
                for here, weight in zip(held, weights, strict=True)
            )
        return all(held)


class Judge(Protocol):
    """Weighs what was found for a question."""

    def weigh(self, parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot) -> Evidence:
        """Return which papers belong to the answer and which sentences answer, or why
        nothing does.
        """
        ...
