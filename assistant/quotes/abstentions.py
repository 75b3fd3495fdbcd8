"""Saying so when the corpus, or the abstract asked about, does not answer."""

from __future__ import annotations

from assistant import filters as bounds
from assistant import roles
from assistant.markdown import escape
from assistant.names import is_name
from assistant.quotes.compose import title_link
from assistant.quotes.draft import Draft, Request
from assistant.terms import fold
from assistant.types import Paper

# Below this the question is about nothing in the corpus. Off-topic questions written for the purpose reach
# 1.22, the development questions that have an answer begin at 1.35.
NEAR_ENOUGH = 1.28
_KEYWORD_SHARE = 0.03
# A short question all of whose (rare enough) words one paper holds is on topic however little the embedder makes of it.
_COVERED_BONUS = 0.35
_COVERED_WEIGHT = 4.0
_KEYWORD_MOST = 12.0
# A named paper answers when one of its sentences scores this much on the question without the name:
# answerable questions begin at .49, of those that ask for what is absent most stay below .3.
ATTRIBUTE_SCORE = 0.48
# A follow-up is on topic already: down to this the nearest words are shown, and called no more than that.
FOLLOW_UP_SCORE = 0.2
_UNKNOWN_SHARE = 0.5
_OFFERED = 2


def off_topic(request: Request) -> Draft | None:
    """Return an abstention when nothing in the corpus comes near the question, else None."""
    retrieval = request.retrieval
    if not retrieval.candidates:
        return _nothing(request, [])
    if request.focus() or request.scoped:
        return None
    keywords = min(max(one.keywords for one in retrieval.candidates), _KEYWORD_MOST)
    covered = (
        any(one.coverage > 0.99 for one in retrieval.candidates) and sum(retrieval.query.keywords.weights) >= _COVERED_WEIGHT
    )
    near = retrieval.nearness + _KEYWORD_SHARE * keywords + (_COVERED_BONUS if covered else 0.0)
    if near >= NEAR_ENOUGH and not _unknown_name(request):
        return None
    return _nothing(request, [one.paper for one in retrieval.candidates[:_OFFERED]])


def missing_attribute(request: Request, focus: list[Paper]) -> Draft | None:
    """Return an abstention when the named papers' abstracts lack what is asked of them, else None."""
    bar = FOLLOW_UP_SCORE if request.follow_up else ATTRIBUTE_SCORE
    if any(support(request, paper) >= bar for paper in focus):
        return None
    papers = " and ".join(title_link(paper) for paper in focus)
    abstracts, verb = ("abstract", "does") if len(focus) == 1 else ("abstracts", "do")
    absent = request.absent_words(focus)
    if absent:
        words = " or ".join(f"“{escape(word)}”" for word in absent)
        text = f"The {abstracts} of {papers} {verb} not mention {words}. The paper itself may."
    else:
        text = f"I find no answer to this in the {abstracts} of {papers}. The paper itself may have one."
    return Draft("none", text, nearest=tuple(focus))


def unresolved_sides(request: Request, sides: list[str]) -> Draft:
    """Return an abstention for a comparison whose sides are not in the corpus."""
    named = " and ".join(f"“{escape(side)}”" for side in sides)
    papers = [one.paper for one in request.retrieval.candidates[:_OFFERED]]
    text = f"I could not find {named} among the {request.corpus_size} papers, so there is nothing to compare."
    return Draft("none", text + _offer(papers), nearest=tuple(papers))


def support(request: Request, paper: Paper) -> float:
    """Return how well (0…1.5) the best sentence of `paper` meets the question without the papers' names."""
    aspect = request.aspect()
    sentences = request.sentences_without_names([paper])
    if aspect and not request.open_concepts():
        found = any(roles.strength(aspect, one.span.text, one.position, one.count) > 0 for one in sentences)
        return ATTRIBUTE_SCORE if found else 0.0
    if _lacks_proper_noun(request, paper):
        return 0.0
    return max((one.score for one in sentences), default=ATTRIBUTE_SCORE)


def _lacks_proper_noun(request: Request, paper: Paper) -> bool:
    """Tell whether the question turns on a capitalised word ("Spanish", "BLEU") that this abstract never uses."""
    text = f" {fold(paper.title)} {fold(paper.abstract)} "
    first = request.question.split()[0] if request.question.split() else ""
    return any(
        surface[0].isupper() and surface.isalpha() and surface != first and not any(
            phrase in text for phrase in (fold(surface), *request.spelt_out(surface))
        )
        for surface in request.open_concepts()
    )  # fmt: skip


def _unknown_name(request: Request) -> bool:
    """Tell whether most of the question's weight is a name that no paper mentions."""
    query = request.retrieval.query
    keywords = query.keywords
    total = sum(keywords.weights) or 1.0
    first = request.question.split()[0] if request.question.split() else ""
    for concept, weight, frequency in zip(query.concepts, keywords.weights, keywords.frequencies, strict=True):
        name = is_name(concept.surface) or (concept.surface[0].isupper() and concept.surface != first)
        if frequency == 0 and name and weight / total >= _UNKNOWN_SHARE:
            return True
    return False


def _nothing(request: Request, nearest: list[Paper]) -> Draft:
    papers = "paper" if request.corpus_size == 1 else "papers"
    bound = f" {bounds.describe(request.filters)}" if bounds.describe(request.filters) else ""
    text = f"I found nothing about this in the {request.corpus_size} {papers}{bound}."
    return Draft("none", text + _offer(nearest), nearest=tuple(nearest))


def _offer(papers: list[Paper]) -> str:
    if not papers:
        return ""
    few = "The nearest paper, which may not help" if len(papers) == 1 else "The two nearest papers, which may not help"
    return f"\n\n{few}:\n\n" + "\n".join(f"- {title_link(paper)}" for paper in papers)
