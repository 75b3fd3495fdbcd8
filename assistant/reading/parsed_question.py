"""What a question asks, read once: the value that every later step takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assistant.reading.counts import CountQuery
from assistant.reading.table_edits import TableEdit
from assistant.retrieval.filters import merge_filters
from assistant.text.paper_names import INTRODUCED, TITLE, Mention
from assistant.text.rhetorical_roles import Role
from assistant.types import Filters

Form = Literal["list", "summary", "comparison", "fact", "count", "table edit", "greeting"]
FORMS_OF_ABSTRACTS: tuple[Form, ...] = ("list", "summary", "comparison", "fact")
Contribution = Literal["data", "tool", "survey"]
Record = Literal["authors", "year", "venue"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """The sort of answer that is asked for: a part of a paper (`aspect`), a value of this pattern,
    a number, a name, a finding.

    `words` are the stems of the question; `records` are what the bibliography has of it.
    """

    words: frozenset[str] = frozenset()
    aspect: Role | None = None
    value: re.Pattern[str] | None = None
    number: bool = False
    name: bool = False
    finding: bool = False
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrasing:
    """How a question is put, beside its form.

    `describes`: it only describes something, without asking; `compares_openly`: in so many words;
    `of_papers`: it speaks of papers; `of_named`: it asks something that named papers have ("which
    data sets was RAFT tested on?"); `of_all`: it asks for all that is under discussion ("which
    ones?"); `goes_on`: "what about …?".
    """

    describes: bool = False
    compares_openly: bool = False
    of_papers: bool = False
    of_named: bool = False
    of_all: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """What a comparison describes instead of naming it; `explicit` in so many words ("the one about
    …").
    """

    text: str
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """One question, read in its conversation.

    `text` is the question as asked, `standalone` as shown, `question` that without its filters,
    `topic` what is searched, and `attribute` the topic without the names of papers: what is asked
    of them. `mentions` are the papers it names, in its order. `excluded` is ruled out, `makes` the
    kind of contribution asked for, `denied` what papers are asked to do without. `filters` bound
    the papers by what the reader typed or chose, `scope` by what is under discussion. `otherwise`
    is a second reading, for when nothing answers the first.
    """

    text: str
    standalone: str
    question: str
    form: Form
    topic: str
    attribute: str = ""
    mentions: tuple[Mention, ...] = ()
    excluded: tuple[str, ...] = ()
    makes: Contribution | None = None
    denied: str = ""
    expects: Expectation = Expectation()
    phrasing: Phrasing = Phrasing()
    sides: tuple[Side, ...] = ()
    filters: Filters = Filters()
    scope: Filters = Filters()
    follow_up: bool = False
    count: CountQuery | None = None
    edit: TableEdit | None = None
    otherwise: ParsedQuestion | None = None

    @property
    def bounds(self) -> Filters:
        """Return the filters and the scope together: what the papers searched must satisfy."""
        return merge_filters(self.filters, self.scope)

    @property
    def scoped(self) -> bool:
        """Tell whether only papers under discussion are asked about."""
        return bool(self.scope.only)

    @property
    def named(self) -> tuple[str, ...]:
        """Return the ids of the papers that the question is firmly about: a mere description may
        drop a name in passing.
        """
        enough = TITLE if self.phrasing.describes and not self.expects.number else INTRODUCED
        return tuple(mention.paper_id for mention in self.mentions if mention.strength >= enough)

    @property
    def introduced(self) -> tuple[str, ...]:
        """Return the ids of the papers that the question names by title or by what they
        introduce.
        """
        return tuple(
            mention.paper_id for mention in self.mentions if mention.strength >= INTRODUCED
        )
