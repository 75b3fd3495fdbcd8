"""Whether citations are what they claim to be, counted by question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from assistant.evaluation.papers import squeezed
from assistant.types import Answer, Citation, Paper

_LINK = re.compile(r"\]\([^)]*\)")
_MARKER = re.compile(r"\[(\d+)\]")
_OUT_OF = {
    "bad_quotes": "quotes", "unknown_papers": "citations", "dangling_markers": "markers", "uncited_entries": "citations",
    "uncited_answers": "answers",
}  # fmt: skip


def integrity(
    answered: Iterable[tuple[str, Sequence[Answer]]], papers: Mapping[str, Paper]
) -> dict[str, dict[str, tuple[float, float]]]:
    """Return, by fault and question, how often it occurs and out of how many; `papers` are those of the index.

    A quote is bad when its words, whatever their spacing and punctuation, are not in the title or abstract of its paper.
    """
    found: dict[str, dict[str, tuple[float, float]]] = {name: {} for name in _OUT_OF}
    for key, answers in answered:
        counts = sum((_counts(answer, papers) for answer in answers), Counter())
        for name, whole in _OUT_OF.items():
            found[name][key] = (float(counts[name]), float(counts[whole]))
    return found


def _counts(answer: Answer, papers: Mapping[str, Paper]) -> Counter[str]:
    numbers = {one.number for one in answer.citations}
    markers = {int(number) for number in _MARKER.findall(_LINK.sub("]", answer.text))}
    return Counter(
        answers=1,
        citations=len(answer.citations),
        markers=len(markers),
        quotes=sum(len(one.quotes) for one in answer.citations),
        bad_quotes=sum(_bad_quotes(one, papers) for one in answer.citations),
        unknown_papers=sum(one.paper.id not in papers for one in answer.citations),
        dangling_markers=len(markers - numbers),
        uncited_entries=len(numbers - markers),
        uncited_answers=not answer.abstained
        and not numbers
        and answer.kind != "count",  # the bibliography answers for those
    )


def _bad_quotes(citation: Citation, papers: Mapping[str, Paper]) -> int:
    if citation.paper.id not in papers:
        return 0  # counted as an unknown paper
    paper = papers[citation.paper.id]
    whole = (squeezed(paper.title), squeezed(paper.abstract))
    return sum(not any(squeezed(quote.text) in text for text in whole) for quote in citation.quotes)
