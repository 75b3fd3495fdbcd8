"""A corpus → drafts of known-item questions: what somebody might type who remembers part of one paper.

The words are the paper's own, so that such questions are easier than people's.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import EvaluationError
from assistant.evaluation.jsonl_io import check_target, write_text
from assistant.text.abbreviations import definitions
from assistant.text.paper_names import NameIndex, is_name
from assistant.text.words import fold, is_content, joined, stem, surface_words
from assistant.types import Paper

KINDS = ("title", "name", "keywords")
_KEYWORDS = 6
_BESIDE_NAME = 3
_SHORTEST = 3
# Signs by which a question would hold a filter.
_SIGNS = re.compile(r"[:<>=\"“”]+")


@dataclass(frozen=True, slots=True)
class Draft:
    """A question drafted from one paper; `kind` says from what of it."""

    paper_id: str
    kind: str
    query: str

    @property
    def record(self) -> dict[str, object]:
        """The line of a question file."""
        return {
            "id": f"{self.kind}-{self.paper_id}",
            "query": self.query,
            "relevant": [self.paper_id],
            "source": self.paper_id,
            "kind": self.kind,
        }


class Drafter:
    """Drafts questions from the papers of one corpus, the same for the same seed."""

    def __init__(self, papers: Sequence[Paper], seed: int = 0) -> None:
        self._papers = sorted(papers, key=lambda paper: paper.id)
        self._seed = seed
        self._names = NameIndex({paper.id: paper for paper in papers})
        self._used_by = Counter(
            key for paper in papers for key in _keys(f"{paper.title} {paper.abstract}")
        )

    def drafts(self) -> Iterator[Draft]:
        """Yield up to three drafts a paper; however many are taken, kinds and papers are mixed evenly."""
        order = list(self._papers)
        random.Random(self._seed).shuffle(order)
        made: Mapping[str, Callable[[Paper], str]] = {
            "title": self._title,
            "name": self._name,
            "keywords": self._keywords,
        }
        for turn in range(len(KINDS)):
            for number, paper in enumerate(order):
                kind = KINDS[(number + turn) % len(KINDS)]
                query = " ".join(_SIGNS.sub(" ", made[kind](paper)).split())
                if len(query.split()) >= _SHORTEST - (kind == "name"):
                    yield Draft(paper.id, kind, query)

    def _title(self, paper: Paper) -> str:
        """Return the title without what stands before its colon, or without a third of what it says; nothing of a short one."""
        head, _, rest = paper.title.partition(": ")
        if len(head.split()) <= 5 and len(_contents(rest)) >= _SHORTEST:
            return rest
        contents = _contents(paper.title)
        if len(contents) <= _SHORTEST:
            return ""
        chance = random.Random(f"{self._seed} {paper.id}")
        dropped = set(chance.sample(contents, len(contents) // _SHORTEST))
        return " ".join(
            word for place, word in enumerate(paper.title.split()) if place not in dropped
        )

    def _name(self, paper: Paper) -> str:
        """Return what the paper's system is called, or an abbreviation it defines, and a few of its words."""
        name = self._names.display(paper)
        if name == paper.title:
            name = next((short for short, _ in definitions(paper.abstract)), "")
        said = self._distinctive(f"{paper.title}. {paper.abstract}", _keys(name), _BESIDE_NAME)
        return f"{name} {said}" if name and said else ""

    def _keywords(self, paper: Paper) -> str:
        """Return the abstract's most distinctive words that are not in the title, in the abstract's order."""
        return self._distinctive(paper.abstract, _keys(paper.title), _KEYWORDS)

    def _distinctive(self, text: str, but: frozenset[str], number: int) -> str:
        words: dict[str, str] = {}
        for word in surface_words(text):
            if (
                word.isascii()
                and not is_name(word)
                and not any(c.isdigit() for c in word)
                and is_content(fold(word))
            ):
                words.setdefault(_key(word), word.lower())
        often = Counter(_key(word) for word in surface_words(text))
        known = [key for key in words if key not in but and len(key) > 2]
        weights = {
            key: (1 + math.log(often[key])) * math.log(1 + len(self._papers) / self._used_by[key])
            for key in known
        }
        chosen = sorted(known, key=lambda key: (-weights[key], key))[:number]
        return " ".join(words[key] for key in words if key in chosen)


def write(
    papers: Sequence[Paper],
    folder: Path,
    limit: int | None = None,
    seed: int = 0,
    force: bool = False,
) -> int:
    """Write `known_item.jsonl` and `papers.jsonl` into `folder`; return how many questions there are.

    EvaluationError when one is there already, unless `force`.
    """
    questions, titles = folder / "known_item.jsonl", folder / "papers.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluationError(
            f"{folder}: cannot be made ({error.strerror or error}); name another folder"
        ) from error
    for path in (questions, titles):
        check_target(path, force)
    drafted = [draft.record for draft in Drafter(papers, seed).drafts()][:limit]
    if not drafted:
        raise EvaluationError(
            "no question can be drafted: no paper has a title or abstract of more than a few words"
        )
    write_text(questions, _lines(drafted))
    write_text(titles, _lines([{"id": paper.id, "title": paper.title} for paper in papers]))
    return len(drafted)


def _lines(records: Sequence[Mapping[str, object]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _contents(text: str) -> list[int]:
    """Return the places of the words that say something."""
    return [
        place for place, word in enumerate(text.split()) if is_content(fold(word).strip(".,;:?!()"))
    ]


def _keys(text: str) -> frozenset[str]:
    return frozenset(_key(word) for word in surface_words(text))


def _key(word: str) -> str:
    return stem(joined(fold(word)))
