"""Whether citations are what they claim to be, counted by question."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from assistant.evaluation.questions import squeezed
from assistant.text.citation_markers import MARKER
from assistant.types import Answer, Citation, Paper

_OUT_OF = {
    "bad_quotes": "quotes",
    "unknown_papers": "citations",
    "dangling_markers": "markers",
    "uncited_entries": "citations",
    "uncited_answers": "answers",
}


def count_faults(
    answered: Iterable[tuple[str, Sequence[Answer]]], papers: Mapping[str, Paper]
) -> dict[str, dict[str, tuple[float, float]]]:
    """Return by fault and question how often it occurs, and out of how many.

    `papers` are those of the index, by id. A quote is bad when its words, whatever their spacing
    and punctuation, are not in the title or abstract of its paper.
    """
    faults: dict[str, dict[str, tuple[float, float]]] = {name: {} for name in _OUT_OF}
    for key, answers in answered:
        counts = sum((_counts(answer, papers) for answer in answers), Counter())
        for name, whole in _OUT_OF.items():
            faults[name][key] = (float(counts[name]), float(counts[whole]))
    return faults


def _counts(answer: Answer, papers: Mapping[str, Paper]) -> Counter[str]:
    citations = answer.citations
    numbers = {citation.number for citation in citations}
    markers = {int(number) for number in MARKER.findall(answer.text)}
    return Counter(
        answers=1,
        citations=len(citations),
        markers=len(markers),
        quotes=sum(len(citation.quotes) for citation in citations),
        bad_quotes=sum(_bad_quotes(citation, papers) for citation in citations),
        unknown_papers=sum(citation.paper.id not in papers for citation in citations),
        dangling_markers=len(markers - numbers),
        uncited_entries=len(numbers - markers),
        # The bibliography answers for counts.
        uncited_answers=not answer.abstained and not numbers and answer.kind != "count",
    )


def _bad_quotes(citation: Citation, papers: Mapping[str, Paper]) -> int:
    if citation.paper.id not in papers:
        return 0  # counted as an unknown paper
    paper = papers[citation.paper.id]
    texts = (squeezed(paper.title), squeezed(paper.abstract))
    return sum(not any(squeezed(quote.text) in text for text in texts) for quote in citation.quotes)
