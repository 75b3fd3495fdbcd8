"""Which of those do not …: papers under discussion that say so, and, apart from them, those that are silent."""

from __future__ import annotations

import re

from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.extractive.numbering import Composer
from assistant.reading import answer_form
from assistant.retrieval.sentence_ranking import Sentence, score_sentences, telling
from assistant.text.markdown import escape
from assistant.types import Paper

_NEGATED = re.compile(
    r"\b(?:no|not|without|never|don't|doesn't|didn't|needn't|isn't|aren't|wasn't|weren't|free of|instead of|lack(?:s|ing)?)\b(?P<rest>.*)",
    re.IGNORECASE,
)
# A sentence speaks of what is excluded when it holds this share of its weight.
_SHARE = 0.75


def write(request: Request) -> Draft:
    """Return who says to do without it, and whose abstracts do not mention it; the others are left out.

    Silence is not a "no", so the two are kept apart in words.
    """
    match = _NEGATED.search(request.question)
    excluded = (match["rest"] if match else request.question).strip(" ?.!")
    excluded = re.sub(r"^(?:about|on|for|in)\s+", "", excluded)
    papers = [one.paper for one in request.retrieval.candidates]
    says, silent = _divide(request, excluded, papers)
    composer = Composer()
    blocks = []
    if says:
        blocks.append(
            "\n".join(
                composer.entry(n, sentence.paper, sentence.span)
                for n, sentence in enumerate(says, 1)
            )
        )
    if silent:
        lead = f"The abstracts of these do not mention it (“{escape(excluded)}”), which is not the same as saying no:"
        start = len(says) + 1
        blocks.append(
            lead
            + "\n\n"
            + "\n".join(
                composer.entry(n, sentence.paper, sentence.span)
                for n, sentence in enumerate(silent, start)
            )
        )
    if not blocks:
        text = f"None of the {len(papers)} abstracts says so: each speaks of “{escape(excluded)}” without denying it."
        return Draft("none", text, nearest=tuple(papers))
    chosen = {one.paper.id for one in (*says, *silent)}
    rest = tuple(paper for paper in papers if paper.id not in chosen)
    blocks.append(f"*{len(says) + len(silent)} of the {len(papers)} papers under discussion.*")
    return Draft("list", "\n\n".join(blocks), composer.citations, considered=rest)


def _divide(
    request: Request, excluded: str, papers: list[Paper]
) -> tuple[list[Sentence], list[Sentence]]:
    """Return a sentence of each paper that says it does without, and of each that does not mention it."""
    query = request.retriever.understand(excluded)
    total = sum(query.keywords.weights) or 1.0
    says: list[Sentence] = []
    silent: list[Sentence] = []
    for paper in papers:
        sentences = score_sentences(query, request.retriever, [paper])
        speaking = [
            one
            for one in sentences
            if sum(query.keywords.weights[n] for n in one.found) / total >= _SHARE
        ]
        denying = [one for one in speaking if answer_form.is_negated(one.span.text)]
        if denying:
            says.append(max(denying, key=lambda one: one.score))
        elif not speaking:
            silent.append(max(request.sentences([paper]), key=telling))
    return says, silent
