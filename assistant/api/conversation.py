"""Messages of a program → the turns of a conversation; an answer → text whose citations are links.

The answers that this server gave of late are known again by their words; of others the numbered
links in the text tell which papers were cited, or else the papers' names.
"""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.errors import QuestionError
from assistant.history.citations import find_chips
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.markdown import escape, link, unturned
from assistant.types import Answer, Citation, Kind, Paper, Turn

_MOST_KEPT = 1000
_MOST_TURNS, _LONGEST_READ = 20, 30_000
_NUMBERED = re.compile(r"\[\[(\d{1,3})\]\]\(([^()\s]+)\)")
_LINKED = re.compile(r"\]\(https?://")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked and, as text, answered."""

    user: str
    assistant: str


def read_messages(messages: Sequence[tuple[str, str]]) -> tuple[list[Exchange], str]:
    """Return the exchanges of messages (role, text), and the question at their end, of several the
    last; QuestionError where the last message is not the user's.

    >>> read_messages([("system", "Be brief."), ("user", "a?"), ("assistant", "b"), ("user", "c?")])
    ([Exchange(user='a?', assistant='b')], 'c?')
    """
    exchanges: list[Exchange] = []
    asked = ""
    for role, text in messages:
        if role == "user":
            asked = text
        elif role == "assistant" and asked:
            exchanges.append(Exchange(asked, text))
            asked = ""
    if not messages or messages[-1][0] != "user":
        raise QuestionError("the last message must be the user's; end with the question")
    return exchanges[-_MOST_TURNS:], asked


@dataclass(slots=True)
class AnswerMemory:
    """The answers given of late, by corpus, question and text as the program got it."""

    _kept: OrderedDict[str, Answer] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, corpus: str, exchange: Exchange, answer: Answer) -> None:
        """Remember an answer, and forget the oldest where there are too many."""
        with self._lock:
            self._kept[_key(corpus, exchange)] = replace(answer, retrieved=())
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)

    def turns(
        self, corpus: str, exchanges: Sequence[Exchange], snapshot: IndexSnapshot
    ) -> tuple[Turn, ...]:
        """Return the turns of a conversation about a corpus."""
        with self._lock:
            known = [self._kept.get(_key(corpus, exchange)) for exchange in exchanges]
        return tuple(
            Turn(exchange.user, answer or _rebuild(exchange, snapshot))
            for exchange, answer in zip(exchanges, known, strict=True)
        )


def _rebuild(exchange: Exchange, snapshot: IndexSnapshot) -> Answer:
    """Return an answer as far as its text tells: what it cites, without the words used."""
    text = exchange.assistant[:_LONGEST_READ]
    cited = _linked(text, snapshot) or _named(text, snapshot)
    citations = tuple(Citation(number, paper, ()) for number, paper in cited.items())
    kind: Kind = "list" if len(cited) > 1 else "fact" if cited else "none"
    text = _NUMBERED.sub(r"[\1]", text)
    return Answer(exchange.user, kind, text, not cited, citations, ())


def _linked(text: str, snapshot: IndexSnapshot) -> dict[int, Paper]:
    """Return the papers that numbered links lead to, by number."""
    numbers = {target: int(number) for number, target in _NUMBERED.findall(text)}
    papers = snapshot.retriever.papers.values() if numbers else ()
    found = {numbers[to]: paper for paper in papers if (to := _target(paper)) in numbers}
    return dict(sorted(found.items()))


def _named(text: str, snapshot: IndexSnapshot) -> dict[int, Paper]:
    """Return the papers that a text without links names, counted from 1."""
    if _LINKED.search(text):
        return {}
    ids = dict.fromkeys(mention.paper_id for mention in snapshot.names.find(text))
    return dict(enumerate(snapshot.papers(ids), 1))


def _target(paper: Paper) -> str:
    """Return a paper's address as Markdown links lead to it."""
    return link("", paper.page)[len("[](") : -1]


def _key(corpus: str, exchange: Exchange) -> str:
    said = "\0".join((corpus, exchange.user.strip(), exchange.assistant.strip()))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class CitedLink:
    """A link in a text: `text[start:end]` leads to `paper`."""

    start: int
    end: int
    paper: Paper


@dataclass(frozen=True, slots=True)
class CitedText:
    """An answer's text for programs, with its links in order."""

    text: str
    links: tuple[CitedLink, ...]


def cite(answer: Answer) -> CitedText:
    """Return the answer as one text: notes, words with `[[n]](address)` for each `[n]`, and the
    papers that they do not link by title."""
    parts: list[str] = []
    links: list[CitedLink] = []
    length = 0
    for text, paper in _parts(answer):
        shown = unturned(text)
        if paper is not None:
            links.append(CitedLink(length, length + len(shown), paper))
        parts.append(shown)
        length += len(shown)
    return CitedText("".join(parts), tuple(links))


def _parts(answer: Answer) -> Iterator[tuple[str, Paper | None]]:
    """Yield the text in pieces, each with the paper that it is a link to."""
    for note in (*answer.notes, *answer.warnings):
        yield f"*{escape(note)}*\n\n", None
    papers = {citation.number: citation.paper for citation in answer.citations}
    place = 0
    for chip in find_chips(answer):
        paper = papers[chip.number]
        if paper.page:
            yield answer.text[place : chip.start], None
            yield f"[[{chip.number}]]({_target(paper)})", paper
            place = chip.end
    yield answer.text[place:], None
    sources = []
    for number, paper in papers.items():
        if f"]({_target(paper)})" not in answer.text:
            title = link(" ".join(paper.title.split()), paper.page)
            year = f" ({paper.year})" if paper.year else ""
            sources.append(f"- \\[{number}\\] {title}{year}")
    if sources:
        yield "\n\nSources:\n\n" + "\n".join(sources), None
