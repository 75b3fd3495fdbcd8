"""What of a sentence contradicts the papers it cites or is missing in them, as a reason in words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from assistant.checking import (
    alternatives,
    attribution,
    names,
    negation,
    number_name_pairs,
    numbers,
    relation_direction,
)
from assistant.checking.coverage import Support
from assistant.checking.respectively import unfolded
from assistant.text.prompt_injection import research
from assistant.types import Paper, Span

_UNIT = re.compile(r"[\s\\-]*(%|×|[A-Za-z]+)")
_CLAUSE = re.compile(r"[;]|, |\b(?:and|while|whereas|but|than)\b")


def evidence(paper: Paper) -> tuple[Span, ...]:
    """Return the sentences of an abstract that can support a claim: all but those that address the reader's software."""
    return research(paper.abstract)


def source(paper: Paper) -> str:
    """Return the title and the abstract of a paper as they are searched for figures and names."""
    return f"{paper.title} . {' '.join(one.text for one in evidence(paper))}"


def wrong(
    claim: str,
    papers: Sequence[Paper],
    supports: Sequence[Support],
    best: int,
    known: Collection[str],
) -> str:
    """Return what of the claim contradicts or is missing in the papers, "" when nothing is."""
    whole = " . ".join(source(paper) for paper in papers)
    found = names.names(claim, known)
    said_by = [one.text for paper in papers for one in evidence(paper)]
    titles = " ".join(paper.title for paper in papers)
    if (
        reason := _lacking(claim, papers, supports[best], whole)
        or _unnamed(found, whole)
        or _of_another(claim, papers)
    ):
        return reason
    best_of = " ".join(one.text for one in supports[best].best)
    if reason := _misplaced(claim, said_by, titles, best_of):
        return reason
    near = " ".join(
        [
            *(one.text for each in supports for one in each.best),
            *_before(papers[best], supports[best]),
        ]
    )
    if stray := alternatives.stray(claim, found, near, said_by, titles):
        return f"{stray} belongs to another sentence of the source"
    contradicted = negation.contradictions(claim, best_of, whole)
    return (
        f"the abstract says “{contradicted[0][1]}”, not “{contradicted[0][0]}”"
        if contradicted
        else ""
    )


def _lacking(claim: str, papers: Sequence[Paper], nearest: Support, whole: str) -> str:
    claimed, stated = numbers.figures(claim), numbers.figures(whole)
    lacking = [
        one
        for one in numbers.missing(claimed, [*stated, *_years(papers)])
        if not _counts_what_follows(claim, one)
    ]
    if lacking:
        return _figure_reason(lacking[0], claim, nearest)
    repeated = _repeated(claimed, stated)
    return f"the source has {repeated} only once" if repeated else ""


def _unnamed(found: Sequence[str], whole: str) -> str:
    absent = names.absent(found, whole)
    return (
        f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not in the source"
        if absent
        else ""
    )


def _of_another(claim: str, papers: Sequence[Paper]) -> str:
    """Return what a clause says of one of several papers that only another one has, "" when each has its own."""
    if len(papers) < 2:
        return ""
    systems = [(names.system(paper.title), paper) for paper in papers]
    for clause in _CLAUSE.split(claim):
        named = [(name, paper) for name, paper in systems if name and name in clause]
        if len(named) != 1:
            continue
        name, paper = named[0]
        figures_there = [*numbers.figures(source(paper)), *_years([paper])]
        lacking = [one.text for one in numbers.missing(numbers.figures(clause), figures_there)]
        lacking += names.absent(names.strict_names(clause), source(paper))
        if lacking:
            return f"the abstract of {name} does not have {', '.join(lacking)}"
    return ""


def _misplaced(claim: str, said_by: Sequence[str], titles: str, near: str) -> str:
    """Return which figures or names stand together in the claim and not in the sentences of the papers."""
    plain, text = " ; ".join(said_by), " ; ".join(map(unfolded, said_by))
    for one in attribution.misplaced(unfolded(claim), text, titles, near):
        return f"the abstract says {one.stated}, not {one.claimed}"
    said, there = number_name_pairs.crossed(claim, text)
    if said:
        return f"the abstract has this figure for {there}, not for {said}"
    said, there = number_name_pairs.miscounted(claim, plain)
    if said:
        return f"the abstract says {there}, not {said}"
    first, second = relation_direction.turned(claim, text)
    if first:
        return f"the abstract has {first} before {second}, not the other way round"
    turned = alternatives.overturned(claim, text, titles)
    return f"the abstract does not say that {turned} is the better one" if turned else ""


def _counts_what_follows(claim: str, one: numbers.Figure) -> bool:
    """Tell whether a small number only counts the list after it: "three ingredients: masking, distillation and contrast"."""
    listed = claim[one.end :].partition(":")[2]
    return (
        one.text.isalpha()
        and len([part for part in re.split(r",|;|\band\b", listed) if part.strip()]) == one.value
    )


def wrong_elsewhere(claim: str, papers: Sequence[Paper]) -> str:
    """Return what is missing of a sentence in another language: figures, and names that are no ordinary words."""
    whole = " . ".join(source(paper) for paper in papers)
    claimed = numbers.figures(claim)
    lacking = [
        one.text for one in numbers.missing(claimed, [*numbers.figures(whole), *_years(papers)])
    ]
    lacking += names.absent(names.strict_names(claim), whole)
    return (
        f"{', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not in the source"
        if lacking
        else ""
    )


def _figure_reason(lacking: numbers.Figure, claim: str, near: Support) -> str:
    """Return a reason that names the figure which the best sentences have instead, where there is one."""
    instead = attribution.figure_instead(
        claim, lacking.text, " ; ".join(unfolded(one.text) for one in near.best)
    )
    following = _UNIT.match(claim, lacking.end) if lacking.unit else None
    unit = f" {following[1]}" if following else ""
    if instead:
        return f"the abstract says {instead}{' %' if unit == ' %' and not instead.endswith('%') else ''}, not {lacking.text}{unit}"
    return f"{lacking.text}{unit} is not in the source"


def _repeated(claimed: Sequence[numbers.Figure], there: Sequence[numbers.Figure]) -> str:
    """Return a figure that the claim has more often than the source, as "17 of 17" for "13 of 17"."""
    counts, known = (
        Counter(one.value for one in claimed if one.counted),
        Counter(one.value for one in there),
    )
    return next(
        (
            one.text
            for one in claimed
            if one.counted and counts[one.value] > max(known[one.value], 1)
        ),
        "",
    )


def _years(papers: Sequence[Paper]) -> list[numbers.Figure]:
    """Return the papers' years, which an answer may give though no abstract does."""
    return [one for paper in papers if paper.year for one in numbers.figures(str(paper.year))]


def _before(paper: Paper, one: Support) -> list[str]:
    """Return the sentences before the best ones: "This dataset …" says of which it speaks there."""
    spans = evidence(paper)
    return [spans[n - 1].text for n in range(1, len(spans)) if spans[n] in one.best]
