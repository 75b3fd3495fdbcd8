"""What the judge hands on: papers that belong, sentences that answer, or why nothing does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Literal, Protocol

import numpy as np

from assistant.checking.names import names
from assistant.checking.numbers import figures
from assistant.index.facets import flatten, says
from assistant.judging.calibration import answerable
from assistant.judging.cross_encoder.network import (
    CrossEncoder,
    Judgement,
    Kind,
    Statement,
    readable_sentences,
)
from assistant.reading.parsed_question import EVERYTHING, ParsedQuestion
from assistant.reading.question import asks_number
from assistant.reading.table_edits import speaks_of_availability
from assistant.reading.tags import asks_any_paper
from assistant.retrieval.hybrid import Query, Retrieval, Retriever
from assistant.retrieval.sentence_scores import score_sentences
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.paper_names import NameIndex, is_name
from assistant.text.rhetorical_roles import OWN, Role, says_only_where, strength, strongest
from assistant.types import Paper

AnswerForm = Literal[
    "abstract", "all", "bibliography", "collection", "comparison", "count", "fact", "greeting",
    "grounds", "list", "recommendation", "silence", "summary", "table edit",
]  # fmt: skip
EXACT: tuple[AnswerForm, ...] = (
    "abstract", "all", "bibliography", "collection", "count", "greeting", "grounds",
    "recommendation", "table edit",
)  # fmt: skip
"""Forms that no model reads or writes: what they give was counted, filtered or chosen."""
Reason = Literal[
    "nothing near",
    "no paper under the filter",
    "outside the filter",
    "unknown sides",
    "unknown paper",
    "not in the abstract",
    "named by none of these",
    "said by none of these",
    "not counted",
]


# Fitted on the facts of tests/questions and tests/more_questions: see CARD.md.
WORDS_WEIGHT = 4.3
"""What the words of a sentence weigh beside what the network says of it."""
# What a sentence loses that says where code lies, of which nothing is asked; chosen, not fitted.
_ONLY_WHERE = 3.0
# What one that has a figure gains where a number is asked for (of 86 such facts 73 → 78 have the
# right sentence first).
_HAS_FIGURE = 2.0
_SAYS_IT = 30.0  # what one gains that has the words which abstracts are to have: it goes first
_HOW_IT_WORKS = "What do they propose, and how does it work?"
# How near a word alone comes to the nearest of an abstract, as the papers have it ("pictures" .73
# to "images", "clips" .60 to "videos", "long" .64 to "length"; "audio" .32, "phone" .27 to any).
_NEAR_IN_MEANING = 0.55
COVERED = 0.99
"""The share of a question's words, by weight, from which a paper has them all."""
TRIED = 8
"""How many candidates the network reads for abstention."""
# Words by which a name is asked for, beside those that any paper may be asked.
_OF_USE = frozenset(
    "report reports reported results mention mentions mentioned mentioning compare compares "
    "compared benchmark benchmarks benchmarking based everything need contain contains".split()
)
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_JOIN = re.compile(r"\W*(?:and|or|nor)?\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Silence:
    """Why nothing answers: `papers` are those asked about, or the nearest; `words` are what none of
    them has.
    """

    reason: Reason
    papers: tuple[Paper, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def settles(self) -> bool:
        """Tell whether no other reading of the question could find more."""
        return self.reason in ("named by none of these", "said by none of these", "unknown paper")


@dataclass(frozen=True)
class Evidence:
    """What was found for a question, judged.

    `form` is the form that can be answered, `focus` the papers that the question is firmly about,
    `outside` those among them that its filters leave out, `members` the papers that belong to the
    answer, best first, `doubtful` those of them that are less certain to
    (of several asked for a fact those that do not plainly state it), `beyond` those that fit
    and were not under discussion, `left_out` the likeliest that a list does without (of few, all),
    `unfound` the sides of a comparison that no paper fits, `unsure` those that may mean others than
    the papers taken for them, `lone` whether only one side of a comparison is known; `answers` are
    sentences that state a fact, best first (so many `leading`, one for each thing that is asked),
    or show why papers of a list match, `hedged` when they, or all members, only come near;
    `unmentioned` is what a fact's paper, asked for it too, has no word of. `kind`
    and `question` are what the network was asked of each paper. `corpus_size` is the denominator:
    how many papers were searched.
    """

    parsed: ParsedQuestion
    found: Retrieval
    corpus: IndexSnapshot
    corpus_size: int
    network: CrossEncoder
    kind: Kind
    form: AnswerForm = "list"
    focus: tuple[Paper, ...] = ()
    outside: tuple[Paper, ...] = ()
    members: tuple[Paper, ...] = ()
    doubtful: tuple[Paper, ...] = ()
    beyond: tuple[Paper, ...] = ()
    left_out: tuple[Paper, ...] = ()
    unfound: tuple[str, ...] = ()
    unsure: tuple[tuple[str, tuple[Paper, ...]], ...] = ()
    lone: bool = False
    answers: tuple[Statement, ...] = ()
    leading: int = 1
    hedged: bool = False
    unmentioned: tuple[str, ...] = ()
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

    @cached_property
    def odds(self) -> float:
        """Return the log-odds that something in the corpus answers the question: endless where it
        names its papers, or a paper has all of its words.
        """
        parsed, found = self.parsed, self.found
        if found.candidates and (self.focus or parsed.scoped or self.has_all_words):
            return math.inf
        if parsed.form in ("list", "count") and self.is_named:
            return math.inf
        if not (found.candidates and found.query.concepts):
            return -math.inf
        keywords = max(candidate.keywords for candidate in found.candidates)
        strongest = max(one.states for one in self.judged(self.candidates[:TRIED]))
        other = parsed.off_topic
        return answerable(found.nearness, keywords, other, strongest, found.to_query)

    @cached_property
    def has_all_words(self) -> bool:
        """Tell whether a paper found has every word of the question, or of what it is about; that a
        paper has its own name tells nothing.
        """
        if any(candidate.coverage > COVERED for candidate in self.found.candidates):
            return True
        if self.focus:
            return False
        keywords = self.retriever.keywords
        said = keywords.score(keywords.concepts(self.parsed.content))
        numbers = sorted(keywords.numbered([paper.id for paper in self.candidates]))
        return bool((said.coverage(np.array(numbers, np.int64)) > COVERED).any())

    @cached_property
    def lacked_names(self) -> frozenset[str]:
        """Return the names that few papers have and that those asked for are to lack ("without BYOL
        or MIMIC", "neither … nor …").
        """
        if not self.parsed.lacks:
            return frozenset()
        text, names = self.parsed.question, [*self.retriever.names_in(self.found.query.text)]
        lacked = {name for said in self.parsed.lacks for name in self.retriever.names_in(said)}
        for _ in names:
            said = (*lacked, *self.parsed.lacks)
            lacked |= {
                name for name in names if any(_stand_together(one, name, text) for one in said)
            }
        return frozenset(lacked)

    @cached_property
    def asked_names(self) -> dict[str, frozenset[str]]:
        """Return the other names that few papers have, with the ids of these."""
        names = self.retriever.names_in(self.found.query.text)
        return {name: ids for name, ids in names.items() if name not in self.lacked_names}

    @cached_property
    def naming(self) -> frozenset[str]:
        """Return the ids of the papers that have one of `asked_names`."""
        return frozenset().union(*self.asked_names.values())

    @cached_property
    def asks_by_name(self) -> bool:
        """Tell whether nothing more is asked than names that few papers have ("who uses BYOL?")."""
        said = (one.surface for one in self.found.query.concepts)
        more = (one for one in said if one not in self.asked_names and one.lower() not in _OF_USE)
        return bool(self.naming) and asks_any_paper(" ".join(more))

    def is_by_name(self, paper: Paper) -> bool:
        """Tell whether nothing more is asked than names, and a paper has them, or one of several
        ("BYOL or MIMIC").
        """
        if not self.asks_by_name:
            return False
        if _OR.search(self.parsed.question):
            return paper.id in self.naming
        return all(paper.id in ids for ids in self.asked_names.values())

    @cached_property
    def is_named(self) -> bool:
        """Tell whether nothing more is asked than names, and a paper found has them."""
        return any(map(self.is_by_name, self.candidates))

    def judged(self, papers: Sequence[Paper]) -> list[Judgement]:
        """Return how each of `papers` stands to the question."""
        return self.network.judge(self.kind, self.parsed.question, papers)

    def speaking_of(self, name: str) -> tuple[str, ...]:
        """Return the ids of the papers that have all words of a name."""
        keywords = self.retriever.keywords
        found = keywords.score(keywords.concepts(name)).found
        return tuple(keywords.ids(reduce(np.intersect1d, found))) if found else ()

    def has_near(self, word: str, papers: Sequence[Paper]) -> bool:
        """Tell whether one of `papers` has a word that is near to another in meaning."""
        tokens = self.retriever.understand(word).tokens
        found = self.retriever.late.matches(tokens, [paper.id for paper in papers])
        return any(match.score >= _NEAR_IN_MEANING for match in found.values())

    def playing(self, role: Role, papers: Sequence[Paper]) -> list[Statement]:
        """Return of each of `papers` that has one the sentence that most plays `role`."""
        parts = []
        for paper in papers:
            spans = readable_sentences(paper)
            place = strongest(role, [span.text for span in spans])
            parts += [] if place is None else [Statement(paper, spans[place], place, 0.0)]
        return parts

    def approach(self, paper: Paper, most: int) -> list[int]:
        """Return the places, in their order, of the sentences of a paper, `most` at the most, that
        tell what its work does, by their cues; where none has any, of the first that speaks of the
        work rather than of what was lacking, came of it or is to be had, else of the one that the
        network takes.
        """
        texts = [span.text for span in readable_sentences(paper)]
        count = len(texts)
        played = [strength("approach", text, n, count) for n, text in enumerate(texts)]
        own = self.names.display(paper)  # of two that propose, that which proposes what it is about
        played = [one and one + (own in texts[n]) for n, one in enumerate(played)]
        if any(played):
            ranked = sorted(range(count), key=lambda n: -played[n])
            return sorted(n for n in ranked[:most] if played[n] > 0)
        for n, text in enumerate(texts):
            beside = any(strength(role, text, n, count) for role in ("problem", "results"))
            if OWN.search(text) and not (beside or says_only_where(text, n, count)):
                return [n]
        (judged,) = self.network.judge("question", _HOW_IT_WORKS, [paper])
        return [max(judged.sentences, key=lambda one: one.answers).position]

    def best_sentences(self, papers: Sequence[Paper]) -> list[Statement]:
        """Return of each of `papers` the sentence that best shows why it matches."""
        known = {one.paper.id: one for one in self.answers}
        others = [paper for paper in papers if paper.id not in known]
        filters = self.parsed.filters
        if self.parsed.topic == EVERYTHING and not (filters.words or filters.texts):  # of no matter
            known |= {one.paper.id: one for one in map(self._what_it_does, others)}
            return [known[paper.id] for paper in papers]
        value = self.value(others)
        known |= {one.paper.id: max(one.sentences, key=value) for one in self.judged(others)}
        return [known[paper.id] for paper in papers]

    def _has_wording(self, text: str) -> bool:
        """Tell whether a text has words that the papers asked for are to have."""
        filters = self.parsed.filters
        in_part = any(flatten(one) in flatten(text) for one in filters.texts)
        return in_part or any(says(text, one) for one in filters.words)

    def _what_it_does(self, paper: Paper) -> Statement:
        """Return the sentence of a paper that tells what its work does."""
        (place,) = self.approach(paper, most=1)
        return Statement(paper, readable_sentences(paper)[place], place, 0.0)

    def value(
        self, papers: Sequence[Paper], query: Query | None = None
    ) -> Callable[[Statement], float]:
        """Return what gives a sentence of `papers` its value as an answer to the question, or to
        another `query`: the network's log-odds and its words.
        """
        words = score_sentences(query or self.found.query, self.retriever, papers)
        asked = query.text if query else self.parsed.question
        is_asked, wants_number = speaks_of_availability(asked), asks_number(asked)

        def of(sentence: Statement) -> float:
            near = words.get((sentence.paper.id, sentence.span.text), 0.0)
            only_where = not is_asked and strength("availability", sentence.span.text, 1, 1) > 0.0
            counts = wants_number and bool(figures(sentence.span.text))
            worded = self._has_wording(sentence.span.text)
            apart = _HAS_FIGURE * counts - _ONLY_WHERE * only_where + _SAYS_IT * worded
            return sentence.answers + WORDS_WEIGHT * near + apart

        return of


def _stand_together(first: str, second: str, text: str) -> bool:
    """Tell whether no more than a comma or an "and" stands between two names in a text."""
    places = sorted((text.find(name), len(name)) for name in (first, second))
    (start, length), (then, _) = places
    return start >= 0 and _JOIN.fullmatch(text[start + length : then]) is not None


def unused_words(evidence: Evidence) -> list[str]:
    """Return the words that carry the question and that no abstract of the corpus has, nor another
    form of, as they stand in the question."""
    query, content = evidence.found.query, evidence.parsed.content
    uses = zip(query.concepts, query.keywords.frequencies, strict=True)
    unused = (one.surface for one, used in uses if not used)
    said = (re.search(rf"\b{re.escape(one)}\w*", content, re.IGNORECASE) for one in unused)
    words = [match[0] for match in said if match]
    return [word for word in words if not evidence.retriever.keywords.has_kin(word)]


def unheard_names(evidence: Evidence) -> list[str]:
    """Return those of the words that no abstract has that are names: "MoE", "Icelandic"; not
    "BERT-based" where one has "BERT".
    """
    question = evidence.parsed.question
    capitals = sum(word[0].isupper() for word in question.split())
    said = names(question) if 2 * capitals < len(question.split()) else ()  # not in Title Case
    return [
        word
        for word in unused_words(evidence)
        if (word in said or is_name(word)) and not _describes(word, evidence)
    ]


def _describes(word: str, evidence: Evidence) -> bool:
    """Tell whether a word is made of ordinary ones and names that some abstract has."""
    *names_in, last = parts = word.split("-")
    if not (names_in and last.islower() and last[0].isalpha()):
        return False  # "GPT-4o", "Video-LLaVA" are names of their own
    keywords = evidence.retriever.keywords
    own = " ".join(part for part in parts if is_name(part) or part[:1].isupper())
    return all(keywords.score(keywords.concepts(own)).frequencies)


class Judge(Protocol):
    """Weighs what was found for a question."""

    def weigh(self, parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot) -> Evidence:
        """Return which papers belong to the answer and which sentences answer, or why none do."""
        ...
