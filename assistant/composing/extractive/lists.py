"""Which papers …: every paper that matches, best first, each with the sentence that shows why."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.composing.extractive import negations
from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.extractive.numbering import Composer
from assistant.judging.membership import LIKELY, chances
from assistant.reading import answer_form
from assistant.retrieval.filters import describe_filters
from assistant.retrieval.sentence_ranking import Sentence, telling
from assistant.types import Paper

# Among papers already under discussion the sentence decides, not the rank in the corpus.
SCOPED_MARGIN = 0.22
MOST = 15
_TOPIC_CONCEPTS = 3
_CONSIDERED = 20


def write(request: Request) -> Draft:
    """Return the list of matching papers with the number considered."""
    if request.scoped and answer_form.is_negated(request.question):
        return negations.write(request)
    evidence = best_sentences(
        request, [one.paper for one in request.retrieval.candidates[: MOST + _CONSIDERED]]
    )
    members = scoped_members(evidence) if request.scoped else members_of(request)
    composer = Composer()
    entries = [
        composer.entry(n, paper, evidence[paper.id].span) for n, paper in enumerate(members, 1)
    ]
    chosen = {paper.id for paper in members}
    rest = [one.paper for one in request.retrieval.candidates if one.paper.id not in chosen][
        :_CONSIDERED
    ]
    return Draft("list", "\n".join(entries) + "\n\n" + _closing(request, len(members), len(rest)),
                 composer.citations, considered=tuple(rest))  # fmt: skip


def write_all(request: Request) -> Draft:
    """Return the papers that satisfy the filters, for a question that says nothing else."""
    papers = [one.paper for one in request.retrieval.candidates[:MOST]]
    composer = Composer()
    evidence = best_sentences(request, papers)
    entries = [
        composer.entry(n, paper, evidence[paper.id].span) for n, paper in enumerate(papers, 1)
    ]
    bound = describe_filters(request.filters) or "under discussion"
    closing = f"*{len(papers)} of the {request.corpus_size} paper{'s' if request.corpus_size != 1 else ''} {bound}.*"
    return Draft("list", "\n".join(entries) + "\n\n" + closing, composer.citations)


def members_of(request: Request, most: int | None = MOST) -> list[Paper]:
    """Return the papers that match the question, best first; at least the best one, and no more than `most`."""
    candidates = request.retrieval.candidates[:most]
    likely = chances(request)[:most]
    # Of a broad topic ("papers about video") no paper stands far out: those that have it in their titles are about it.
    short = 0 < len(request.retrieval.query.concepts) <= _TOPIC_CONCEPTS
    return [
        one.paper
        for place, (one, chance) in enumerate(zip(candidates, likely, strict=True))
        if place == 0 or chance >= LIKELY or (short and request.in_title(one.paper))
    ]


def scoped_members(evidence: dict[str, Sentence]) -> list[Paper]:
    """Return those of the papers under discussion that have a sentence to the point, best first."""
    scores = {key: telling(sentence) for key, sentence in evidence.items()}
    best = max(scores.values())
    chosen = sorted(
        (key for key in scores if scores[key] >= best - SCOPED_MARGIN), key=lambda key: -scores[key]
    )
    return [evidence[key].paper for key in chosen]


def best_sentences(request: Request, papers: Sequence[Paper]) -> dict[str, Sentence]:
    """Return, by paper id, the sentence that best shows why each paper matches."""
    best: dict[str, Sentence] = {}
    for sentence in request.sentences(papers):
        known = best.get(sentence.paper.id)
        if known is None or telling(sentence) > telling(known):
            best[sentence.paper.id] = sentence
    return {paper.id: best[paper.id] for paper in papers if paper.id in best}


def _closing(request: Request, members: int, rest: int) -> str:
    papers = "paper" if request.corpus_size == 1 else "papers"
    more = f"; {rest} more {'was' if rest == 1 else 'were'} considered" if rest else ""
    return f"*{members} of {request.corpus_size} {papers}{more}.*"
