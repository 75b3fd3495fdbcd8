"""Answers → measures, defined as in tests/score.py: by question a value and its weight.

Measures of rankings and of sets of papers are those of ir-measures (trec_eval's own code).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import ir_measures
from ir_measures import AP, RR, R, SetF, SetP, SetR, Success, nDCG

from assistant.evaluation.questions import Question, squeezed
from assistant.types import Answer, Citation, Paper

Entry = tuple[float, float]
"""A question's value and its weight: how many things (turns, points, quotes) it speaks of."""
Statistic = Literal["mean", "total", "p50", "p95"]

_RANKED = {
    "r1": Success @ 1,  # whether any right paper is among the first
    "r5": Success @ 5,
    "r10": Success @ 10,
    "mrr": RR,
    "map": AP,
    "recall20": R @ 20,
    "recall100": R @ 100,
    "ndcg10": nDCG @ 10,
}
_SETS = {"precision": SetP, "recall": SetR, "f1": SetF}
_FAMILIES = {
    "known_item": ("r1", "r5", "r10", "mrr", "cited", "precision"),
    "facts": ("r1", "r5", "r10", "mrr", "answer_in_text", "cited", "precision"),
    "lists": ("precision", "recall", "f1", "map", "recall20"),
    "compare": ("all_sides_cited", "points", "precision"),
    "summaries": ("must_cite", "recall", "precision"),
    "unanswerable": ("off_topic", "near_miss", "near_told"),
    "answerable": ("false_abstain", "false_told"),
    "bibliography": ("answer_in_text", "recall", "precision"),
    "chats": ("first_turn", "follow_up"),
}
_ASKED = {"answerable": ("known_item", "facts")}  # the others are asked their own questions
YES_OR_NO = frozenset(
    "r1 r5 r10 cited answer_in_text all_sides_cited off_topic near_miss near_told false_abstain "
    "false_told".split()
)
"""Measures by which a question is right or wrong."""
_LABELS = {
    "r1": "right paper first",
    "r5": "right paper in the first 5",
    "r10": "right paper in the first 10",
    "mrr": "mean reciprocal rank",
    "cited": "right paper cited",
    "precision": "precision of cited papers",
    "recall": "recall of cited papers",
    "f1": "F1 of cited papers",
    "map": "mean average precision",
    "recall20": "recall of the first 20 found",
    "answer_in_text": "answer in the text",
    "all_sides_cited": "all sides cited",
    "points": "points covered",
    "must_cite": "must-cite recall",
    "off_topic": "abstained: off-topic",
    "near_miss": "abstained: near miss",
    "near_told": "abstained or hedged: near miss",
    "false_abstain": "abstained though answerable",
    "false_told": "abstained or hedged though answerable",
    "first_turn": "first turn: recall of cited",
    "follow_up": "follow-ups: recall of cited",
    "bad_quotes": "quotes not in their paper",
    "unknown_papers": "papers not in the index",
    "dangling_markers": "markers without a source",
    "uncited_entries": "sources without a marker",
    "uncited_answers": "answers without a source",
    "p50": "seconds, median",
    "p95": "seconds, 95th percentile",
}
_LINK, _MARKER = re.compile(r"\]\([^)]*\)"), re.compile(r"\[(\d+)\]")
_OUT_OF = {
    "bad_quotes": "quotes",
    "unknown_papers": "citations",
    "dangling_markers": "markers",
    "uncited_entries": "citations",
    "uncited_answers": "answers",
}
"""Faults of citations, and what each is counted out of."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with the answer to each of its turns."""

    question: Question
    answers: tuple[Answer, ...]

    @property
    def cited(self) -> frozenset[str]:
        """The papers that the first answer cites."""
        return _cited(self.answers[0])


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of one family: `values` by question, and the `statistic` that sums them up."""

    family: str
    name: str
    label: str
    values: Mapping[str, Entry]
    statistic: Statistic = "mean"
    better: Literal["higher", "lower"] = "higher"


def measure(answered: Sequence[Answered], papers: Mapping[str, Paper]) -> list[Measure]:
    """Return every measure of these answers; `papers` are those of the index, by id."""
    measures = []
    for family, names in _FAMILIES.items():
        asked = _ASKED.get(family, (family,))
        some = [one for one in answered if one.question.family in asked]
        measures += [_measure(family, name, _values(name, some)) for name in names]
    faults = count_faults(((one.question.key, one.answers) for one in answered), papers)
    measures += [_measure("citations", name, values, "total") for name, values in faults.items()]
    seconds = {
        f"{one.question.key}#{turn}": (answer.seconds, 1.0)
        for one in answered
        for turn, answer in enumerate(one.answers, 1)
    }
    measures.append(_measure("seconds", "p50", seconds, "p50"))
    measures.append(_measure("seconds", "p95", seconds, "p95"))
    return [measure for measure in measures if measure.values]


def _measure(
    family: str, name: str, values: Mapping[str, Entry], statistic: Statistic = "mean"
) -> Measure:
    lower = family in ("answerable", "citations", "seconds")
    better: Literal["higher", "lower"] = "lower" if lower else "higher"
    return Measure(family, name, _LABELS[name], values, statistic, better)


def count_faults(
    answered: Iterable[tuple[str, Sequence[Answer]]], papers: Mapping[str, Paper]
) -> dict[str, dict[str, tuple[float, float]]]:
    """Return by fault and question how often it occurs, and out of how many.

    `papers` are those of the index, by id. A quote is bad when its words, whatever their spacing
    and punctuation, are not in the title or abstract of its paper.
    """
    faults: dict[str, dict[str, tuple[float, float]]] = {name: {} for name in _OUT_OF}
    for key, answers in answered:
        counts = sum((_count(answer, papers) for answer in answers), Counter())
        for name, whole in _OUT_OF.items():
            faults[name][key] = (float(counts[name]), float(counts[whole]))
    return faults


def _count(answer: Answer, papers: Mapping[str, Paper]) -> Counter[str]:
    citations = answer.citations
    numbers = {citation.number for citation in citations}
    markers = {int(number) for number in _MARKER.findall(_LINK.sub("]", answer.text))}
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


def measure_rankings(
    names: Iterable[str],
    relevant: Mapping[str, Mapping[str, int]],
    ranked: Mapping[str, Iterable[str]],
) -> dict[str, dict[str, float]]:
    """Return values by measure and question, from grades of papers and papers, best first.

    >>> measure_rankings(["r1", "mrr", "ndcg10"], {"q": {"a": 1}}, {"q": ["b", "a"]})
    {'r1': {'q': 0.0}, 'mrr': {'q': 0.5}, 'ndcg10': {'q': 0.6309297535714575}}
    """
    judged = [
        ir_measures.Qrel(key, paper, grade)
        for key, grades in relevant.items()
        for paper, grade in grades.items()
    ]
    # trec_eval orders by score alone, and ties by id: the rank itself is the score.
    run = [
        ir_measures.ScoredDoc(key, paper, -float(rank))
        for key, papers in ranked.items()
        for rank, paper in enumerate(papers)
    ]
    by_measure = {(_RANKED | _SETS)[name]: name for name in names}
    # It knows no question for which nothing was found; that counts as 0.
    values = {name: dict.fromkeys(relevant, 0.0) for name in by_measure.values()}
    for metric in ir_measures.iter_calc(list(by_measure), judged, run) if run else ():
        values[by_measure[metric.measure]][metric.query_id] = float(metric.value)
    return values


def _values(name: str, answered: Sequence[Answered]) -> dict[str, Entry]:
    """Return a measure by question, without those of which it says nothing."""
    if name in _BY_ANSWER:
        entries = {one.question.key: _BY_ANSWER[name](one) for one in answered}
        return {key: entry for key, entry in entries.items() if entry is not None}
    relevant = {one.question.key: dict.fromkeys(one.question.relevant, 1) for one in answered}
    ranked: dict[str, Iterable[str]] = {
        one.question.key: [candidate.paper.id for candidate in one.answers[0].retrieved]
        if name in _RANKED
        # Cited papers that may be cited but need not do not count.
        else one.cited - (one.question.partial - one.question.relevant)
        for one in answered
    }
    values = measure_rankings([name], relevant, ranked)[name]
    return {key: (value, 1.0) for key, value in values.items()}


def _cited(answer: Answer) -> frozenset[str]:
    return frozenset(citation.paper.id for citation in answer.citations)


def _recall(one: Answered, turns: slice) -> Entry | None:
    """Return the mean recall of cited papers over those turns that have relevant ones."""
    pairs = list(zip(one.question.asks, one.answers, strict=True))[turns]
    shares = [_share(_cited(answer), ask.relevant) for ask, answer in pairs]
    return _mean([share[0] for share in shares if share])


def _share(cited: frozenset[str], wanted: frozenset[str]) -> Entry | None:
    return (len(cited & wanted) / len(wanted), 1.0) if wanted else None


def _abstains(one: Answered) -> Entry:
    return float(one.answers[0].abstained), 1.0


def _tells(one: Answered) -> Entry:
    """Return whether it abstains, or says that what it gives only comes near."""
    answer = one.answers[0]
    return float(answer.abstained or answer.hedged), 1.0


def _mean(values: Sequence[float]) -> Entry | None:
    return (sum(values) / len(values), float(len(values))) if values else None


def _says(one: Answered, alternatives: Sequence[str]) -> bool:
    text = one.answers[0].text.lower()
    return any(alternative.lower() in text for alternative in alternatives)


_BY_ANSWER: Mapping[str, Callable[[Answered], Entry | None]] = {
    "cited": lambda one: (float(bool(one.question.relevant & one.cited)), 1.0),
    "answer_in_text": lambda one: (float(_says(one, one.question.answers)), 1.0),
    "all_sides_cited": lambda one: (float(one.question.relevant <= one.cited), 1.0),
    "points": lambda one: _mean([_says(one, point) for point in one.question.points]),
    "must_cite": lambda one: _share(one.cited, one.question.must_cite),
    "off_topic": lambda one: _abstains(one) if one.question.off_topic else None,
    "near_miss": lambda one: None if one.question.off_topic else _abstains(one),
    "near_told": lambda one: None if one.question.off_topic else _tells(one),
    "false_abstain": _abstains,
    "false_told": _tells,
    "first_turn": lambda one: _recall(one, slice(1)),
    "follow_up": lambda one: _recall(one, slice(1, None)),
}
