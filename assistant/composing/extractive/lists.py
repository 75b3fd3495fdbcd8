"""Which papers …: every paper that matches, best first, each with the sentence that shows why."""

from collections.abc import Iterator
from dataclasses import replace

from assistant.composing.extractive.citing import (
    LESS_CERTAIN,
    Composer,
    closing_line,
    entry_title,
    name_papers,
    title_link,
)
from assistant.judging.evidence import Evidence
from assistant.judging.membership import MOST_LISTED
from assistant.retrieval.filters import describe_filters
from assistant.text.markdown import table
from assistant.types import Draft, Paper, Span

CONSIDERED = 20
_RECOMMENDED, _SHORT = 3, 2
# Entries up to which the first has two sentences, three where it is the only one that surely
# matches, and how near the others have to come.
_FEW, _MARGIN = 6, 3.0
_LEFT_OUT, _OTHERS = "Left out, though they come near", "Others there"
_BEYOND, _NEAREST = "Not among those, but may fit", "The nearest of those before"
_ANSWERS_MOST = "Judged by its abstract alone, this one answers most of what you asked:"
_COMES_NEAREST = "No abstract plainly says what you ask for; this one comes nearest:"
_BY_SIZE = "By the number of parameters that abstracts state of their own models:"
_MORE = f"*These are the first {MOST_LISTED}; ask “more” for others.*"


def write(evidence: Evidence) -> Draft:
    """Return the list of matching papers, the doubtful ones apart, with the number considered; a
    short one of those that surely match, or the nearest, a sentence each.
    """
    composer = Composer()
    sure = tuple(paper for paper in evidence.members if paper not in evidence.doubtful)
    short = evidence.parsed.length == "short"
    if short:
        nearest = () if sure else evidence.doubtful[:_SHORT]
        others = () if evidence.members else evidence.beyond[:_SHORT]
        evidence = replace(
            evidence, members=sure or nearest, doubtful=nearest, beyond=others, left_out=()
        )
    parts = [_BY_SIZE] if evidence.parsed.size and evidence.answers else []
    wider = evidence.parsed.loose or not evidence.members
    others_first = bool(evidence.beyond) and not sure and wider
    if others_first:
        before = len(evidence.parsed.scope.only)
        parts += [_say_none_of(before), entries_of(evidence, evidence.beyond, composer)]
        parts += [f"{_NEAREST}:"] if evidence.doubtful else []
    elif evidence.doubtful:
        parts.append(_say_how_many(len(sure), len(evidence.doubtful), evidence.hedged))
    if sure:
        told = short or evidence.answers or len(evidence.members) > _FEW
        more = 0 if told else 2 if len(sure) == 1 else 1
        parts.append(entries_of(evidence, sure, composer, more=more))
    if sure and evidence.doubtful:
        parts.append(f"{LESS_CERTAIN}:")
    if evidence.doubtful:
        place = 1 + len(evidence.beyond if others_first else sure)
        parts.append(entries_of(evidence, evidence.doubtful, composer, first=place))
    if evidence.beyond and not others_first:
        entries = entries_of(evidence, evidence.beyond, composer, first=len(evidence.members) + 1)
        parts.append(f"{_BEYOND}:\n\n{entries}")
    unlisted = _unlisted(evidence)
    rest = unlisted[:CONSIDERED]
    parts += _end(evidence, unlisted)
    text = "\n\n".join(parts)
    hedged = evidence.hedged and not evidence.parsed.scoped
    return Draft("list", text, composer.citations, considered=rest, hedged=hedged)


def _end(evidence: Evidence, unlisted: tuple[Paper, ...]) -> Iterator[str]:
    """Yield what stands below a list: which papers were left out, of how many it is, that there
    may be more.
    """
    if evidence.left_out:
        heading = _OTHERS if len(evidence.left_out) == len(unlisted) else _LEFT_OUT
        yield f"{heading}: {'; '.join(map(title_link, evidence.left_out))}."
    if evidence.members:
        papers = name_papers(evidence.corpus_size, evidence.parsed.bounds)
        considered = len(unlisted[:CONSIDERED])
        yield closing_line(f"{len(evidence.members)} of {papers}", considered)
    if len(evidence.members) == MOST_LISTED:
        yield _MORE


def _say_how_many(sure: int, doubtful: int, hedged: bool) -> str:
    """Return how many papers match, and how many may; `hedged` where not even one surely does.

    >>> _say_how_many(1, 2, False), _say_how_many(0, 2, False)
    ('1 paper matches, 2 more may.', '2 papers may match.')
    >>> _say_how_many(0, 1, True)
    'I am not sure that any fits; the one that comes nearest:'
    """
    if hedged:
        nearest = "the one that comes nearest" if doubtful == 1 else "those that come nearest"
        return f"I am not sure that any fits; {nearest}:"
    if not sure:
        return f"{doubtful} paper{'' if doubtful == 1 else 's'} may match."
    return f"{sure} paper{' matches' if sure == 1 else 's match'}, {doubtful} more may."


def _say_none_of(before: int) -> str:
    """Return that none of the papers under discussion surely fits, before others that may.

    >>> _say_none_of(5)
    'I am not sure that any of the 5 papers before fits; others in the collection that may:'
    """
    which = f"any of the {before} papers" if before > 1 else "the paper"
    return f"I am not sure that {which} before fits; others in the collection that may:"


def write_all(evidence: Evidence) -> Draft:
    """Return the papers that satisfy the filters, for a question that says nothing else."""
    papers = evidence.members[:MOST_LISTED]
    composer = Composer()
    entries = entries_of(evidence, papers, composer)
    scope, bound = evidence.parsed.scope.only, describe_filters(evidence.parsed.bounds)
    within = ", ".join(filter(None, ("under discussion" if scope else "", bound)))
    size = len(scope) or evidence.corpus_size
    closing = f"*{len(papers)} of the {size} paper{'s' if size != 1 else ''} {within}.*"
    if MOST_LISTED == len(papers) < size:
        closing += f"\n\n{_MORE}"
    return Draft("list", f"{entries}\n\n{closing}", composer.citations)


def write_recommendation(evidence: Evidence) -> Draft:
    """Return which papers to read first: those whose abstracts answer best what was asked."""
    composer = Composer()
    first, *more = evidence.members[:_RECOMMENDED]
    lead = _COMES_NEAREST if evidence.hedged else _ANSWERS_MOST
    text = f"{lead}\n\n{entries_of(evidence, (first,), composer)}"
    if more:
        text += f"\n\nThen:\n\n{entries_of(evidence, tuple(more), composer, first=2)}"
    return Draft("list", text, composer.citations)


def entries_of(
    evidence: Evidence, papers: tuple[Paper, ...], composer: Composer, first: int = 1, more: int = 0
) -> str:
    """Return papers as entries numbered from `first` on, in the form asked for, each with the
    sentence that shows why it matches, the first with as many `more` as come near it.
    """
    numbered = list(enumerate(evidence.best_sentences(papers), first))
    if evidence.parsed.bare:
        titles = [
            f"{entry_title(one.paper)} {composer.cite(one.paper, one.span)}" for _, one in numbered
        ]
        if evidence.parsed.tabular:
            return table(("", "paper"), [(str(n), title) for n, title in enumerate(titles, first)])
        return "\n".join(f"{number}. {title}" for number, title in enumerate(titles, first))
    if evidence.parsed.tabular:
        rows = [
            (str(number), title_link(one.paper), composer.quote(one.paper, one.span))
            for number, one in numbered
        ]
        return table(("", "paper", "what shows it"), rows)
    lines = [f"{number}. {composer.entry(one.paper, one.span)}" for number, one in numbered]
    if more:  # what has few answers may ask more than which ("which X, and by how much?")
        others = _more(evidence, papers[0], more)
        lines[0] += "".join(f" {composer.quote(papers[0], span)}" for span in others)
    return "\n".join(lines)


def _more(evidence: Evidence, paper: Paper, most: int) -> list[Span]:
    """Return the sentences of a paper after the best, at most so many, that come near it."""
    value = evidence.value([paper])
    (judged,) = evidence.judged([paper])
    best, *rest = sorted(judged.sentences, key=value, reverse=True)
    return [one.span for one in rest[:most] if value(best) - value(one) <= _MARGIN]


def _unlisted(evidence: Evidence) -> tuple[Paper, ...]:
    return tuple(paper for paper in evidence.candidates if paper not in evidence.members)
