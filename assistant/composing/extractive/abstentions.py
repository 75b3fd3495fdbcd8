"""A silence → words that say so: when the corpus, or the abstract asked about, does not answer."""

import re
from collections.abc import Sequence

from assistant.composing.extractive.citing import Composer, name_papers, title_link
from assistant.composing.extractive.lists import entries_of
from assistant.judging.evidence import Evidence, Silence
from assistant.retrieval.filters import describe_filters
from assistant.text.markdown import either, escape
from assistant.types import Draft, Paper

_THANKS = re.compile(
    r"\b(?:thanks?|thank you|thx|cheers|helpful|great|perfect|good ?bye|bye)\b", re.IGNORECASE
)
# So many words can be looked up by whoever doubts that an abstract lacks them; so many papers are
# named, and so many sentences of one told that come nearest.
_LOOKED_UP, _NAMED, _NEAREST = 2, 3, 2
_NOT_COUNTED = "No {} says how often it was cited."


def greet(evidence: Evidence) -> Draft:
    """Return a reply to a greeting, to thanks, or to a question about the assistant itself."""
    said = evidence.parsed.text
    if _THANKS.search(said) and "?" not in said:
        return Draft("none", "You are welcome. Ask on whenever you like.")
    text = (
        f"Ask me about the {evidence.corpus_size} papers: *which papers …?*, *summarise …*, "
        f"*compare A with B*, "
        "or any fact that an abstract may state. Filters such as `year>=2023` or `author:…` may "
        "stand in the "
        "question. I answer from the abstracts only."
    )
    return Draft("none", text)


def write(evidence: Evidence) -> Draft:
    """Return the abstention that the evidence's silence calls for."""
    silence = evidence.silence
    assert silence is not None, "only a silence is written as one"
    if silence.reason == "outside the filter":
        return Draft("none", outside_line(silence.papers, bool(evidence.parsed.filters.only)))
    if silence.reason == "no paper under the filter":
        return _none_inside(evidence, silence)
    if silence.reason in ("not in the abstract", "said by none of these"):
        return _not_stated(evidence, silence)
    if silence.reason == "unknown paper":
        return Draft("none", unfound_sentence(evidence, silence.words), nearest=silence.papers)
    if silence.reason == "named by none of these":
        return _named_by_none(evidence, silence)
    if silence.reason == "not counted":
        papers = (
            "paper here"
            if "citations" not in evidence.retriever.bibliography.records
            else "paper asked for"
        )
        return Draft("none", _NOT_COUNTED.format(papers))
    size = evidence.corpus_size
    if silence.reason == "unknown sides":
        named = " and ".join(f"“{escape(side)}”" for side in silence.words)
        text = (
            f"I could not find a paper for {named} among the {size}, so there is nothing to "
            f"compare."
        )
    else:
        more = "more " if evidence.parsed.bounds.without or evidence.parsed.besides else ""
        papers = name_papers(size, evidence.parsed.bounds)
        text = f"I found nothing {more}about this in the {papers}."
        if silence.words:
            text += f" No abstract mentions {either(silence.words)}."
    return Draft("none", text + _offer(silence.papers), nearest=silence.papers)


def outside_line(papers: Sequence[Paper], selected: bool = False) -> str:
    """Return that the filter, or what the reader `selected`, leaves out `papers`, in a sentence.

    >>> outside_line([Paper("p", "SimDA", "")])
    '“SimDA” is in the corpus, but outside the filter, so nothing is taken from it.'
    """
    titles = " and ".join(f"“{escape(paper.title)}”" for paper in papers)
    verb, those = ("is", "it") if len(papers) == 1 else ("are", "them")
    bound = "not among the papers you selected" if selected else "outside the filter"
    return f"{titles} {verb} in the corpus, but {bound}, so nothing is taken from {those}."


def unfound_sentence(evidence: Evidence, sides: Sequence[str]) -> str:
    """Return which sides of a comparison, or papers asked for, no paper is about, and who speaks of
    them all the same:
    'No paper of this collection is plainly about “GPT-3”; 2 speak of it: OPT; LoRA.'
    """
    speaking = {side: evidence.speaking_of(side) for side in sides}
    unheard = [side for side in sides if not speaking[side]]
    told = [f"No paper of this collection is about {either(unheard)}."] if unheard else []
    for side, ids in speaking.items():
        if ids:
            few = evidence.corpus.papers(ids) if len(ids) <= _NAMED else ()
            named = "; ".join(escape(evidence.names.display(paper)) for paper in few)
            who = "one speaks of it" if len(ids) == 1 else f"{len(ids)} speak of it"
            who += f": {named}" if named else ""
            told.append(f"No paper of this collection is plainly about {either([side])}; {who}.")
    return " ".join(told)


def _none_inside(evidence: Evidence, silence: Silence) -> Draft:
    """Say that no paper satisfies the filters, and which are nearest outside of them."""
    bounds = evidence.parsed.bounds
    other = "other " if bounds.without else ""
    corpus = f"The corpus has no {other}paper"
    among = "Of the papers under discussion none is" if bounds.only else corpus
    text = f"{among} {describe_filters(bounds)}."
    by_citations = bounds.cited_from is not None or bounds.cited_to is not None
    if by_citations and "citations" not in evidence.retriever.bibliography.records:
        text = _NOT_COUNTED.format("paper here")
    if silence.papers:
        titles = "\n".join(f"- {title_link(paper)}" for paper in silence.papers)
        text += f" Nearest outside of this filter:\n\n{titles}"
    return Draft("none", text, nearest=silence.papers)


def _not_stated(evidence: Evidence, silence: Silence) -> Draft:
    """Say that the abstracts asked about lack what is asked of them: words or statements that can
    be looked up, or else a matter, beside what comes nearest to it there.
    """
    several = len(silence.papers) > 1
    may = f"The {'papers themselves' if several else 'paper itself'} may."
    if len(silence.papers) > _NAMED:
        text = f"None of these {len(silence.papers)} abstracts says this. {may}"
        return Draft("none", text, nearest=silence.papers)
    papers = " and ".join(title_link(paper) for paper in silence.papers)
    told = f"abstract{'s' if several else ''} of {papers} {'do' if several else 'does'} not"
    if silence.reason == "said by none of these" or 0 < len(silence.words) <= _LOOKED_UP:
        lacking = f"mention {either(silence.words)}" if silence.words else "say this"
        return Draft("none", f"The {told} {lacking}. {may}", nearest=silence.papers)
    composer = Composer()
    nearest = evidence.answers if several else evidence.answers[:_NEAREST]
    lines = "\n".join(f"- {composer.quote(one.paper, one.span)}" for one in nearest)
    text = f"As far as I can see, the {told} plainly say this. What comes nearest there:\n\n"
    return Draft("none", text + lines, composer.citations, nearest=silence.papers)


def _named_by_none(evidence: Evidence, silence: Silence) -> Draft:
    """Say that no paper under discussion has a name that is asked for, and show others that do."""
    before, named = len(evidence.candidates), either(silence.words)
    text = f"None of the {before} papers before mentions {named}"
    if before == 1:
        text = f"The paper before does not mention {named}"
    if not evidence.beyond:
        return Draft("none", f"{text}, nor does any other here.")
    composer = Composer()
    entries = entries_of(evidence, evidence.beyond, composer)
    return Draft("list", f"{text}; elsewhere in the collection:\n\n{entries}", composer.citations)


def _offer(papers: Sequence[Paper]) -> str:
    if not papers:
        return ""
    nearest = "nearest paper" if len(papers) == 1 else "two nearest papers"
    titles = "\n".join(f"- {title_link(paper)}" for paper in papers)
    return f"\n\nThe {nearest}, which may not help:\n\n{titles}"
