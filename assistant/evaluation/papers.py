"""The ids in question files → the papers of the index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.errors import EvaluationError
from assistant.evaluation.jsonl_io import records
from assistant.evaluation.questions import Question
from assistant.text.words import fold
from assistant.types import Paper

MAPS = ("papers.jsonl", "corpus.jsonl")


def squeezed(text: str) -> str:
    """Return the letters and digits of `text` run together, so that spacing, accents and punctuation tell nothing apart.

    >>> squeezed("Tune-A-Video: One‑Shot") == squeezed("tune a video one shot")
    True
    """
    return re.sub(r"[\W_]+", "", fold(text))


def read_titles(folder: Path, given: Path | None = None) -> dict[str, str]:
    """Return titles by the ids that questions use: from `given`, else from a map in `folder` or in the folder above it."""
    beside = [place / name for place in (folder, folder.absolute().parent) for name in MAPS]
    path = given or next((one for one in beside if one.is_file()), None)
    if path is None:
        return {}
    titles = {}
    for place, record in records(path):
        identifier, title = record.get("id", record.get("_id")), record.get("title")
        if not isinstance(identifier, str | int) or not isinstance(title, str):
            if given is None:
                continue  # a file of that name need not be such a map
            raise EvaluationError(f'{place}: expected {{"id": "…", "title": "…"}}')
        titles[str(identifier)] = title
    return titles


class Resolver:
    """Finds the paper an id stands for: by the map of titles, as the index's own id, or as a title."""

    def __init__(self, papers: Iterable[Paper], titles: Mapping[str, str]) -> None:
        self._titles = titles
        found = {paper.id: squeezed(paper.title) for paper in papers}
        self._ids = frozenset(found)
        self._by_title = {
            title: identifier for identifier, title in reversed(found.items()) if title
        }

    def paper_id(self, identifier: str) -> str | None:
        """Return the index's own id of a paper, None when it holds no such paper."""
        if identifier in self._titles and (
            found := self._by_title.get(squeezed(self._titles[identifier]))
        ):
            return found
        own = next((one for one in (identifier, f"beir:{identifier}") if one in self._ids), None)
        return own or self._by_title.get(squeezed(identifier))

    def resolved(self, questions: Sequence[Question]) -> list[Question]:
        """Return the questions with the index's own ids; EvaluationError names the first that is no paper of it."""
        return [
            replace(
                one,
                asks=tuple(replace(ask, relevant=self._all(ask.relevant, one)) for ask in one.asks),
                partial=self._all(one.partial, one),
                must_cite=self._all(one.must_cite, one),
            )
            for one in questions
        ]

    def _all(self, ids: frozenset[str], question: Question) -> frozenset[str]:
        return frozenset(self._one(one, question) for one in sorted(ids))

    def _one(self, identifier: str, question: Question) -> str:
        found = self.paper_id(identifier)
        if found is None:
            title = f" ({self._titles[identifier]!r})" if identifier in self._titles else ""
            hint = (
                "ingest it"
                if title
                else "give its title, or a map of ids to titles with --papers FILE"
            )
            raise EvaluationError(
                f"{question.place}: {identifier}{title} is no paper of this index; {hint}"
            )
        return found
