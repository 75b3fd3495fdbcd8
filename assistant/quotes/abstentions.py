"""Saying so when the corpus, or the abstract asked about, does not answer."""

from __future__ import annotations

from assistant import filters as bounds
from assistant.evidence import Sentence
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
_KEYWORD_MOST = 12.0
# A named paper answers when one of its sentences scores this much on the question without the name:
# answerable questions begin at .49, of those that ask for what is absent most stay below .3.
ATTRIBUTE_SCORE = 0.48
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
    if retrieval.nearness + _KEYWORD_SHARE * keywords >= NEAR_ENOUGH and not _unknown_name(request):
        return None
    return _nothing(request, [one.paper for one in retrieval.candidates[:_OFFERED]])


def missing_attribute(request: Request, focus: list[Paper]) -> Draft | None:
    """Return an abstention when the named papers' abstracts lack what is asked of them, else None."""
    sentences = request.sentences_without_names(focus)
    if not sentences or any(_speaks_of(request, paper, sentences) for paper in focus):
        return None
    asked = request.asked_for()
    papers = " and ".join(title_link(paper) for paper in focus)
    abstracts, verb = ("abstract", "does") if len(focus) == 1 else ("abstracts", "do")
    what = f"say anything about “{escape(asked)}”" if asked else "answer this"
    text = f"The {abstracts} of {papers} {verb} not {what}. The paper itself may."
    return Draft("none", text, nearest=tuple(focus))


def unresolved_sides(request: Request, sides: list[str]) -> Draft:
    """Return an abstention for a comparison whose sides are not in the corpus."""
    named = " and ".join(f"“{escape(side)}”" for side in sides)
    papers = [one.paper for one in request.retrieval.candidates[:_OFFERED]]
    text = f"I could not find {named} among the {request.corpus_size} papers, so there is nothing to compare."
    return Draft("none", text + _offer(papers), nearest=tuple(papers))


def _speaks_of(request: Request, paper: Paper, sentences: list[Sentence]) -> bool:
    if _lacks_proper_noun(request, paper):
        return False
    return max((one.score for one in sentences if one.paper.id == paper.id), default=0.0) >= ATTRIBUTE_SCORE


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
