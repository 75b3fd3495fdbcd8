"""Question files → questions whose ids are those of the index's papers; see tests/questions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import EvaluationError
from assistant.evaluation.files import read_records
from assistant.text.words import fold
from assistant.types import Paper

FAMILIES = (
    "known_item", "facts", "lists", "compare", "summaries", "unanswerable", "bibliography", "chats",
)  # fmt: skip
TITLE_FILES = ("papers.jsonl", "corpus.jsonl")
_REQUIRED = {
    **dict.fromkeys(FAMILIES, ("query", "relevant")),
    **dict.fromkeys(("facts", "bibliography"), ("query", "relevant", "answer")),
    "unanswerable": ("query",),
    "chats": ("turns",),
}
_OFF_TOPIC = re.compile(r"\s*(?:off[- _]?topic|prompt[- _]?injection)", re.IGNORECASE)


class Ask(BaseModel):
    """One turn: what is asked, and the ids of the papers that answer it."""

    model_config = ConfigDict(frozen=True)
    text: str = Field(alias="user")
    relevant: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """One question, or one chat of several turns, with what a right answer is known by.

    One of `answers` must be in the text of a fact or a bibliographic answer, and one of each of
    `points` in a comparison's; a list may cite what is `partial`, a summary shall cite `must_cite`.
    `source` is its file and line.
    """

    family: str
    id: str
    asks: tuple[Ask, ...]
    source: str
    answers: tuple[str, ...] = ()
    points: tuple[tuple[str, ...], ...] = ()
    partial: frozenset[str] = frozenset()
    must_cite: frozenset[str] = frozenset()
    off_topic: bool = False

    @property
    def key(self) -> str:
        """What it is called among the questions of all families."""
        return f"{self.family}/{self.id}"

    @property
    def relevant(self) -> frozenset[str]:
        """The papers that answer its first turn."""
        return self.asks[0].relevant


class _Point(BaseModel):
    model_config = ConfigDict(strict=True)
    must: list[str]


class _Record(BaseModel):
    """A line of any family; which fields it needs `_REQUIRED` says."""

    model_config = ConfigDict(strict=True)
    id: str | int
    query: str = ""
    relevant: list[str] = []
    turns: list[Ask] = []
    answer: list[str] = []
    points: list[_Point] = []
    partial: list[str] = []
    must_cite: list[str] = []
    kind: str = ""
    why: str = ""


def read_questions(
    folder: Path, families: Sequence[str] = (), limit: int | None = None
) -> list[Question]:
    """Return the questions of the named families (of all by default), at most `limit` of each."""
    if unknown := sorted(set(families) - set(FAMILIES)):
        raise EvaluationError(
            f"there is no family {unknown[0]!r}; the families are {', '.join(FAMILIES)}"
        )
    make = f"with: paper-assistant eval --make {folder}"
    if not folder.is_dir():
        raise EvaluationError(f"{folder}: there is no such folder of questions; make one {make}")
    present = [name for name in FAMILIES if (folder / f"{name}.jsonl").exists()]
    if not present:
        raise EvaluationError(
            f"{folder} holds no question file (known_item.jsonl, facts.jsonl, …); draft one {make}"
        )
    if absent := [name for name in families if name not in present]:
        raise EvaluationError(f"{folder} holds no {absent[0]}.jsonl")
    chosen = [name for name in present if not families or name in families]
    return [
        question for name in chosen for question in _read_family(folder / f"{name}.jsonl")[:limit]
    ]


def _read_family(path: Path) -> list[Question]:
    questions: dict[str, Question] = {}
    for source, record in read_records(path):
        question = _question(path.stem, record, source)
        if question.id in questions:
            raise EvaluationError(
                f"{source}: the id {question.id!r} stands here for the second time"
            )
        questions[question.id] = question
    if not questions:
        raise EvaluationError(f"{path}: the file is empty; give a question a line, or delete it")
    return list(questions.values())


def _question(family: str, fields: Mapping[str, Any], source: str) -> Question:
    try:
        record = _Record.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise EvaluationError(f"{source}: {field}: {first['msg']}") from error
    for field in _REQUIRED[family]:
        if not getattr(record, field):
            raise EvaluationError(
                f"{source}: a question of {family} needs a {field!r} that is not empty"
            )
    asks = record.turns or [Ask(user=record.query, relevant=frozenset(record.relevant))]
    if not all(ask.text.strip() for ask in asks):
        raise EvaluationError(f"{source}: the question is empty")
    return Question(
        family,
        str(record.id),
        tuple(asks),
        source,
        tuple(record.answer),
        tuple(tuple(point.must) for point in record.points),
        frozenset(record.partial),
        frozenset(record.must_cite),
        _is_off_topic(record),
    )


def _is_off_topic(record: _Record) -> bool:
    """Tell whether it is about something else: by kind, number (un-001 … 020) or reason."""
    if record.kind:
        return bool(_OFF_TOPIC.match(record.kind))
    if numbered := re.fullmatch(r"un-(\d+)", str(record.id)):
        return int(numbered[1]) <= 20
    return bool(_OFF_TOPIC.match(record.why))


def squeezed(text: str) -> str:
    """Return letters and digits run together: spacing, accents and punctuation tell nothing apart.

    >>> squeezed("Tune-A-Video: One‑Shot") == squeezed("tune a video one shot")
    True
    """
    return re.sub(r"[\W_]+", "", fold(text))


def read_titles(folder: Path, given: Path | None = None) -> dict[str, str]:
    """Return titles by the ids in questions: from `given`, else a file in `folder` or above it."""
    beside = [
        parent / name for parent in (folder, folder.absolute().parent) for name in TITLE_FILES
    ]
    path = given or next((path for path in beside if path.is_file()), None)
    titles = {}
    for source, record in read_records(path) if path else ():
        identifier, title = record.get("id", record.get("_id")), record.get("title")
        if isinstance(identifier, str | int) and isinstance(title, str):
            titles[str(identifier)] = title
        elif given:  # a file that merely has such a name need not hold titles
            raise EvaluationError(f'{source}: expected {{"id": "…", "title": "…"}}')
    return titles


class Resolver:
    """Finds a paper by an id in a question: a title's id, the index's own id, or a title."""

    def __init__(self, papers: Iterable[Paper], titles: Mapping[str, str]) -> None:
        self._titles = titles
        self._by_id = {paper.id: squeezed(paper.title) for paper in papers}
        self._by_title = {
            title: paper_id for paper_id, title in reversed(self._by_id.items()) if title
        }

    def paper_id(self, identifier: str) -> str | None:
        """Return the index's own id of a paper, None when it holds no such paper."""
        title = squeezed(self._titles.get(identifier, ""))
        if title in self._by_title:
            return self._by_title[title]
        own = (name for name in (identifier, f"beir:{identifier}") if name in self._by_id)
        return next(own, None) or self._by_title.get(squeezed(identifier))

    def resolve(self, questions: Iterable[Question]) -> list[Question]:
        """Return questions with the index's ids; EvaluationError names the first unknown paper."""
        return [
            replace(
                question,
                asks=tuple(
                    ask.model_copy(update={"relevant": self._own(ask.relevant, question)})
                    for ask in question.asks
                ),
                partial=self._own(question.partial, question),
                must_cite=self._own(question.must_cite, question),
            )
            for question in questions
        ]

    def _own(self, identifiers: frozenset[str], question: Question) -> frozenset[str]:
        own = {identifier: self.paper_id(identifier) for identifier in sorted(identifiers)}
        for identifier, paper_id in own.items():
            if paper_id is None:
                title = self._titles.get(identifier)
                named = f"{identifier} ({title!r})" if title else identifier
                hint = "give its title, or a map of ids to titles with --papers FILE"
                raise EvaluationError(
                    f"{question.source}: {named} is no paper of this index; "
                    f"{'ingest it' if title else hint}"
                )
        return frozenset(filter(None, own.values()))
