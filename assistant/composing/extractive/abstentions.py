"""Saying so when the corpus, or the abstract asked about, does not answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.extractive.numbering import title_link
from assistant.reading import answer_form, bibliographic, criteria
from assistant.retrieval.filters import describe_filters, lift_filters
from assistant.retrieval.sentence_ranking import Sentence
from assistant.text import rhetorical_roles
from assistant.text.markdown import escape
from assistant.text.paper_names import is_name
from assistant.text.words import fold
from assistant.types import Paper

# Below this the question is about nothing in the corpus. Off-topic questions written for the purpose reach
# 1.22, the development questions that have an answer begin at 1.35.
NEAR_ENOUGH = 1.28
_NAMED_NEAR = 1.0
# The late-interaction score of the best paper: off-topic questions written for the purpose reach .60.
_ON_TOPIC = 0.62
_KEYWORD_SHARE = 0.03
_KEYWORD_MOST = 12.0
# A short question turns on each of its words. When this share of its weight is in words that no paper uses, and
# nothing in the corpus is this similar, it is about something else; when one paper holds all its words, it is on topic
# however little the embedder makes of it (unless they are too common to tell).
_SHORT = 5
_UNUSED_SHARE = 0.4
_GREETING = re.compile(
    r"(?:(?:hi|hello|hey|thanks|thank you|good (?:morning|afternoon|evening)|help|ok|okay|great|cool)\b[\s,.!]*(?:there|very much|a lot)?[\s!.]*)+|"
    r"(?:who|what) are you\b.*|what can (?:you|i) (?:do|ask)\b.*|how (?:do|can) i use (?:you|this)\b.*",
    re.IGNORECASE,
)
_SIMILAR = 0.5
_TELLING_WEIGHT = 3.0
_ABOUT_PAPERS = re.compile(
    r"\b(?:papers?|works?|stud(?:y|ies)|abstracts?|corpus|here|research(?:ers)?|articles?)\b",
    re.IGNORECASE,
)
# A named paper answers when one of its sentences scores this much on the question without the name:
# answerable questions begin at .49, of those that ask for what is absent most stay below .3.
ATTRIBUTE_SCORE = 0.48
# A follow-up is on topic already: down to this the nearest words are shown, and called no more than that.
FOLLOW_UP_SCORE = 0.2
# The words asked about meet words of the abstract this closely on average where it speaks of it ("footage", "video"):
# answerable questions begin at .50, of those that ask for what is absent three in four stay below.
_WORDS_NEAR = 0.52
_COVERED_SHARE = 0.5
_VALUE_BONUS = 0.25
_UNKNOWN_SHARE = 0.5
_OFFERED = 2
_OFFERED_OUTSIDE = 3
_NAME_NEAR = 0.6
_FEW = 7


def greeting(request: Request) -> Draft | None:
    """Return a reply to a greeting or to a question about the assistant itself, else None."""
    if not _GREETING.fullmatch(request.question.strip()):
        return None
    text = (
        f"Ask me about the {request.corpus_size} papers: *which papers …?*, *summarise …*, *compare A with B*, or any fact that an "
        "abstract may state. Filters such as `year>=2023` or `author:…` may stand in the question. I answer from the abstracts only."
    )
    return Draft("none", text)


def off_topic(request: Request) -> Draft | None:
    """Return an abstention when nothing in the corpus comes near the question, else None."""
    retrieval = request.retrieval
    if not retrieval.candidates:
        return _no_papers(request)
    if request.focus() or request.scoped or _contributed(request):
        return None
    if _covered(request) or _near_in_words(request):
        return None
    keywords = min(max(one.keywords for one in retrieval.candidates), _KEYWORD_MOST)
    near = retrieval.nearness + _KEYWORD_SHARE * keywords
    if near >= _NAMED_NEAR and any(
        is_name(request.question[one.start : one.end]) for one in request.mentions
    ):
        return None  # what only one paper names is about that paper
    if near >= NEAR_ENOUGH and not _unknown_name(request) and not _turns_on_unused_words(request):
        return None
    return _nothing(request, [one.paper for one in retrieval.candidates[:_OFFERED]])


def _near_in_words(request: Request) -> bool:
    """Tell whether some paper has words near to all of the question's, which are more than one."""
    words = [
        one for one in request.retrieval.query.concepts if any(c.isalpha() for c in one.surface)
    ]
    return len(words) > 1 and request.nearest_words() >= _ON_TOPIC


def _contributed(request: Request) -> bool:
    """Tell whether the kind of contribution that is asked for ("toolkits") is what the best paper makes."""
    kind = criteria.split(request.question).makes
    return kind is not None and criteria.makes(request.retrieval.candidates[0].paper, kind)


def _covered(request: Request) -> bool:
    query = request.retrieval.query
    candidates = request.retrieval.candidates
    about_papers = bool(_ABOUT_PAPERS.search(request.question)) or answer_form.is_description(
        request.question
    )
    if any(one.coverage > 0.99 for one in candidates):
        return about_papers or sum(query.keywords.weights) >= _TELLING_WEIGHT
    if not about_papers or not all(query.keywords.frequencies) or len(query.concepts) > _SHORT:
        return False
    named = any(is_name(one.surface) for one in query.concepts)
    return named or any(
        request.in_title(one.paper, _TELLING_WEIGHT) for one in candidates[:_OFFERED]
    )


def _turns_on_unused_words(request: Request) -> bool:
    query = request.retrieval.query
    total = sum(query.keywords.weights) or 1.0
    unused = sum(
        query.keywords.weights[n] for n, used in enumerate(query.keywords.frequencies) if not used
    )
    similar = max(one.similarity for one in request.retrieval.candidates)
    return len(query.concepts) <= _SHORT and unused / total >= _UNUSED_SHARE and similar < _SIMILAR


def unknown_names(request: Request) -> Draft | None:
    """Return an abstention when the question turns on names that no abstract mentions or comes near to, else None."""
    query = request.retrieval.query
    if len(query.concepts) > _FEW:
        return None  # a long description does not stand and fall with a name
    first = request.question.split()[0] if request.question.split() else ""
    unused = [
        one.surface
        for one, used in zip(query.concepts, query.keywords.frequencies, strict=True)
        if not used
    ]
    names = [
        word
        for word in unused
        if word[0].isupper() and word != first and request.nearest_words(word) < _NAME_NEAR
    ]
    return (
        _nothing(request, [one.paper for one in request.retrieval.candidates[:_OFFERED]], names)
        if names
        else None
    )


def missing_attribute(request: Request, focus: list[Paper]) -> Draft | None:
    """Return an abstention when the named papers' abstracts lack what is asked of them, else None."""
    bar = FOLLOW_UP_SCORE if request.follow_up else ATTRIBUTE_SCORE
    if any(support(request, paper) >= bar for paper in focus):
        return None
    record = bibliographic.answer(request.without_names(), focus)
    papers = " and ".join(title_link(paper) for paper in focus)
    abstracts, verb = ("abstract", "does") if len(focus) == 1 else ("abstracts", "do")
    absent = request.absent_words(focus)
    if record:
        text = f"The {abstracts} of {papers} {verb} not say this."
    elif absent:
        words = " or ".join(f"“{escape(word)}”" for word in absent)
        text = f"The {abstracts} of {papers} {verb} not mention {words}. The paper itself may."
    else:
        text = f"I find no answer to this in the {abstracts} of {papers}. The paper itself may have one."
    return Draft("none", text + record, nearest=tuple(focus))


def unresolved_sides(request: Request, sides: list[str]) -> Draft:
    """Return an abstention for a comparison whose sides are not in the corpus."""
    named = " and ".join(f"“{escape(side)}”" for side in sides)
    papers = [one.paper for one in request.retrieval.candidates[:_OFFERED]]
    text = f"I could not find a paper for {named} among the {request.corpus_size}, so there is nothing to compare."
    return Draft("none", text + _offer(papers), nearest=tuple(papers))


def support(request: Request, paper: Paper) -> float:
    """Return how well (0…1.5) the best sentence of `paper` meets the question without the papers' names."""
    aspect = request.aspect()
    sentences = request.sentences_without_names([paper])
    if aspect and not request.open_concepts():
        found = any(
            rhetorical_roles.strength(aspect, one.span.text, one.position, one.count) > 0
            for one in sentences
        )
        return ATTRIBUTE_SCORE if found else 0.0
    expected = answer_form.expected_value(request.question)
    if expected and len(request.open_concepts()) <= 2 and expected.search(paper.abstract):
        return ATTRIBUTE_SCORE
    if _lacks_proper_noun(request, paper):
        return 0.0
    if not request.absent_words([paper]) or request.nearness_of_what_is_asked(paper) >= _WORDS_NEAR:
        return max(ATTRIBUTE_SCORE, max((one.score for one in sentences), default=0.0))
    return max((_met(one, expected) for one in sentences), default=ATTRIBUTE_SCORE)


def _met(sentence: Sentence, expected: re.Pattern[str] | None) -> float:
    """Return how well a sentence meets a question, higher when it holds the sort of value asked for."""
    if sentence.coverage >= _COVERED_SHARE:
        return max(sentence.score, ATTRIBUTE_SCORE)
    return sentence.score + (
        _VALUE_BONUS if expected and expected.search(sentence.span.text) else 0.0
    )


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
    for concept, weight, frequency in zip(
        query.concepts, keywords.weights, keywords.frequencies, strict=True
    ):
        name = is_name(concept.surface) or (
            concept.surface[0].isupper() and concept.surface != first
        )
        if frequency == 0 and name and weight / total >= _UNKNOWN_SHARE:
            return True
    return False


def _nothing(request: Request, nearest: list[Paper], names: Sequence[str] = ()) -> Draft:
    papers = "paper" if request.corpus_size == 1 else "papers"
    bound = f" {describe_filters(request.filters)}" if describe_filters(request.filters) else ""
    text = f"I found nothing about this in the {request.corpus_size} {papers}{bound}."
    query = request.retrieval.query
    if names or 0 < len(query.concepts) <= _SHORT:
        unused = names or [
            one.surface
            for one, used in zip(query.concepts, query.keywords.frequencies, strict=True)
            if not used
        ]
        if unused:
            text += f" No abstract mentions {' or '.join(f'“{escape(word)}”' for word in unused)}."
    return Draft("none", text + _offer(nearest), nearest=tuple(nearest))


def _no_papers(request: Request) -> Draft:
    """Return that no paper satisfies the filters, and the papers nearest to the question outside of them."""
    bound, lifted = describe_filters(request.filters), lift_filters(request.filters)
    if not bound:
        return _nothing(request, [])
    retriever = request.retriever
    unfiltered = replace(
        request,
        filters=lifted,
        retrieval=retriever.search(request.question, lifted),
        corpus_size=len(retriever.bibliography.select(lifted)),
    )
    among = "Of the papers under discussion none is" if lifted.only else "The corpus has no paper"
    text = f"{among} {bound}."
    if not unfiltered.retrieval.query.concepts or off_topic(unfiltered):
        return Draft("none", text)
    papers = [one.paper for one in unfiltered.retrieval.candidates[:_OFFERED_OUTSIDE]]
    entries = "\n".join(f"- {title_link(paper)}" for paper in papers)
    return Draft(
        "none", f"{text} Nearest outside of this filter:\n\n{entries}", nearest=tuple(papers)
    )


def _offer(papers: list[Paper]) -> str:
    if not papers:
        return ""
    few = (
        "The nearest paper, which may not help"
        if len(papers) == 1
        else "The two nearest papers, which may not help"
    )
    return f"\n\n{few}:\n\n" + "\n".join(f"- {title_link(paper)}" for paper in papers)
