"""What a question asks, read once: the value that every later step takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.reading.asks import Ask
from assistant.reading.counts import CountQuery
from assistant.reading.mentions import names_of_papers
from assistant.reading.sizes import Size
from assistant.reading.table_edits import TableEdit
from assistant.retrieval.filters import merge_filters
from assistant.types import Answer, Filters, Order

Form = Literal[
    "list", "summary", "comparison", "fact", "count", "bibliography", "collection",
    "recommendation", "table edit", "greeting", "grounds", "abstract",
]  # fmt: skip
FORMS_OF_ABSTRACTS: tuple[Form, ...] = ("list", "summary", "comparison", "fact")
FORMS_OF_SEVERAL: tuple[Form, ...] = ("list", "bibliography", "summary")
STATED: tuple[Form, ...] = ("fact", "comparison", "summary")
"""Answers that say what the abstracts of some papers state."""
ONE_BY_ONE: tuple[Form, ...] = ("fact", "list")
"""What is read as a comparison may be instead."""
EVERYTHING = "papers"
"""The topic where filters say all."""
Length = Literal["short", "usual", "long"]


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """One question, read in its conversation.

    `text` is the question as asked, `standalone` as shown, `question` that without its filters:
    what papers are judged by; the sentences of the one that it is about by its `own` words, where
    the name was put in; by these alone it compares what the answer before compared. `topic` is what
    is searched, `content` the words of it that carry the question, `topics` those of them that say
    what papers are to be about. `about` are the ids of the papers that it names or refers to,
    `described` what it says of papers that it means without naming them (in a comparison, of each
    side), `absent` the sides spoken of before that no paper is about, `asks` what it asks of them,
    thing by thing, `term` the word that it wants explained, `clauses` what a fact is asked by
    one after the other, `lacks` what they are to do without, `excluded` what it rules out, and
    `unheard` alternatives of it that no abstract has a word of, which are left out of the others,
    `records` what it asks of the papers' records (see `recorded_facts`), `authors` those by any
    of whom they are to be, `order` how they are to stand, of which the first alone is asked for
    where it is of a `single` one, of which a list is to have as many as are `wanted` (0: all
    that fit, `complete`: rather one too many than one too few), `size` what the sizes of their
    models are to be, `sentences` how many are to tell of each (0: it does not say), `tabular`
    that they are to be in a table, and `bare` without quotations.
    `filters` bound the papers by what the reader typed, said or chose, `scope` by what is under
    discussion, beside which, where that is `loose`, other papers may be asked for, and which
    answered the question `within`, and of which those that fit what is `choosing` (so many as are
    `chosen`, 0: all) are meant; others than the papers `besides` (ids) are asked for.
    `confidence` (0…1) is that of the form, `otherwise` the form of what is read as a comparison and
    is none, `off_topic` (0…1) that it is not about papers. `unresolved` is the question as it
    stands in its conversation where what it is about was inferred: after the question `before`, it
    may mean one of the papers `spoken` of (ids, the newest first) instead, or none of them, of
    which `alone` (0…1) is the reader's chance; `set_aside` says that it was judged to mean none,
    though the reader thought otherwise, and `in_doubt` that it may mean any of those it is `about`,
    and only one of them. `questioned` is the last answer where it is asked what that rests on, or
    where it was `rejected`. `others` are further readings, for when nothing answers the first.
    `language` is that of the words, "" for English.
    """

    text: str
    standalone: str
    question: str
    form: Form
    topic: str
    own: str = ""
    content: str = ""
    about: tuple[str, ...] = ()
    described: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    asks: tuple[Ask, ...] = ()
    term: str = ""
    clauses: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    order: Order | None = None
    single: bool = False
    tabular: bool = False
    bare: bool = False
    wanted: int = 0
    complete: bool = False
    size: Size | None = None
    length: Length = "usual"
    sentences: int = 0
    filters: Filters = Filters()
    scope: Filters = Filters()
    loose: bool = False
    besides: tuple[str, ...] = ()
    choosing: str = ""
    chosen: int = 0
    within: ParsedQuestion | None = None
    follow_up: bool = False
    confidence: float = 1.0
    otherwise: Form = "fact"
    off_topic: float = 0.0
    language: str = ""
    count: CountQuery | None = None
    edit: TableEdit | None = None
    unresolved: str = ""
    before: str = ""
    spoken: tuple[str, ...] = ()
    alone: float = 0.0
    set_aside: bool = False
    in_doubt: bool = False
    questioned: Answer | None = None
    rejected: bool = False
    others: tuple[ParsedQuestion, ...] = ()

    @property
    def bounds(self) -> Filters:
        """Return the filters and the scope together: what the papers searched must satisfy."""
        return merge_filters(self.filters, self.scope)

    @property
    def wording(self) -> str:
        """Return the words that the sentences of the papers it is about are judged by."""
        return self.own if self.own and self.form == "fact" and self.about else self.question

    @property
    def criterion(self) -> str:
        """Return what papers under discussion are judged by, without the words that ask."""
        return " ".join((self.content, *(f"without {words}" for words in self.lacks))).strip() or (
            self.question
        )

    @property
    def in_turn(self) -> str:
        """Return the unresolved question after the one before."""
        return f"{self.before} {self.unresolved}"

    @property
    def aspects(self) -> tuple[str, ...]:
        """Return the words of what is asked."""
        return tuple(ask.words for ask in self.asks)

    @property
    def of_named_papers(self) -> bool:
        """Tell whether it speaks of papers by names that none owns ("the MAE paper")."""
        return any(map(names_of_papers, self.described))

    @property
    def by_citations(self) -> bool:
        """Tell whether papers are asked for in an order by how often they were cited."""
        return self.order in ("most cited", "least cited")

    @property
    def scoped(self) -> bool:
        """Tell whether only papers under discussion are asked about."""
        return bool(self.scope.only)
