"""What of a sentence contradicts its papers or is missing in them, in words. Pure."""

import re
from collections import Counter
from collections.abc import Container, Sequence

from assistant.checking import attribution, names, numbers, opposites
from assistant.checking.context_windows import unfolded
from assistant.checking.coverage import Support
from assistant.checking.numbers import Figure
from assistant.text.prompt_injection import research
from assistant.types import Paper, Span

_UNIT = re.compile(r"[\s\\-]*(%|×|[A-Za-z]+)")
_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|nearly|almost|some|circa|just (?:under|over)|"
    r"slightly (?:under|over|more than|less than)|upwards of|close to|more than|less than|over|"
    r"under)|[~≈]) ?(?:an? )?$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;]|, |\b(?:and|while|whereas|but|than)\b")


def evidence(paper: Paper) -> tuple[Span, ...]:
    """Return the sentences of an abstract that can support a claim: none that address software."""
    return research(paper.abstract)


def source(paper: Paper) -> str:
    """Return the title and the abstract of a paper as they are searched for figures and names."""
    return f"{paper.title} . {' '.join(span.text for span in evidence(paper))}"


def lacking(
    claim: str, papers: Sequence[Paper], nearest: Support, known: Container[str]
) -> tuple[str, bool]:
    """Return which figures and names of the claim the papers do not have, "" when they have all,
    and whether that is sure: "about a third" may be worked out.

    `nearest` is the support that it has in the paper that supports it best.
    """
    whole = " . ".join(map(source, papers))
    if reason := _are_not_there(names.absent(names.names(claim, known), whole)):
        return reason, True
    reason = _lacking(claim, papers, nearest, whole)
    return reason, not all(_ABOUT.search(claim, 0, one.start) for one in _missing(claim, papers))


def contradicted(claim: str, papers: Sequence[Paper], nearest: Support) -> str:
    """Return what of the claim stands otherwise in the papers by its words, else ""."""
    whole = " . ".join(map(source, papers))
    return (
        _of_another(claim, papers)
        or _misplaced(claim, papers, nearest)
        or _denied(claim, nearest, whole)
    )


def lacking_elsewhere(claim: str, papers: Sequence[Paper]) -> str:
    """Return which figures and names of a foreign sentence are missing."""
    whole = " . ".join(map(source, papers))
    lacking = [figure.text for figure in _missing(claim, papers)]
    return _are_not_there([*lacking, *names.absent(names.strict_names(claim), whole)])


def _missing(claim: str, papers: Sequence[Paper]) -> list[Figure]:
    """Return the figures of a claim that the papers do not have; their years may be given."""
    stated = [
        figure
        for paper in papers
        for text in (source(paper), str(paper.year or ""))
        for figure in numbers.figures(text)
    ]
    return numbers.missing(numbers.figures(claim), stated)


def _are_not_there(lacking: Sequence[str]) -> str:
    verb = "is" if len(lacking) == 1 else "are"
    return f"{', '.join(lacking)} {verb} not in the source" if lacking else ""


def _lacking(claim: str, papers: Sequence[Paper], nearest: Support, whole: str) -> str:
    for figure in _missing(claim, papers):
        if not _counts_what_follows(claim, figure):
            return _figure_reason(figure, claim, nearest)
    repeated = _repeated(numbers.figures(claim), numbers.figures(whole))
    return f"the source has {repeated} only once" if repeated else ""


def _of_another(claim: str, papers: Sequence[Paper]) -> str:
    """Return what a clause says of one of several papers that only another one has, else ""."""
    systems = [(name, paper) for paper in papers if (name := names.system(paper.title))]
    for clause in _CLAUSE.split(claim) if len(papers) > 1 else ():
        named = [(name, paper) for name, paper in systems if name in clause]
        if len(named) != 1:
            continue
        name, paper = named[0]
        lacking = [figure.text for figure in _missing(clause, [paper])]
        lacking += names.absent(names.strict_names(clause), source(paper))
        if lacking:
            return f"the abstract of {name} does not have {', '.join(lacking)}"
    return ""


def _misplaced(claim: str, papers: Sequence[Paper], nearest: Support) -> str:
    """Return which figures or names stand together in the claim and not in the papers."""
    text = " ; ".join(unfolded(span.text) for paper in papers for span in evidence(paper))
    titles = " ".join(paper.title for paper in papers)
    if wrong := attribution.misplaced(unfolded(claim), text, titles, nearest.text):
        return f"the abstract says {wrong.stated}, not {wrong.claimed}"
    rival = attribution.overturned(claim, text, titles)
    return f"the abstract does not say that {rival} is the better one" if rival else ""


def _denied(claim: str, nearest: Support, whole: str) -> str:
    for claimed, stated in opposites.contradictions(claim, nearest.text, whole):
        return f"the abstract says “{stated}”, not “{claimed}”"
    return ""


def _counts_what_follows(claim: str, figure: Figure) -> bool:
    """Tell whether a number only counts the list after it: "three parts: …, … and …"."""
    listed = re.split(r",|;|\band\b", claim[figure.end :].partition(":")[2])
    return figure.text.isalpha() and len(list(filter(str.strip, listed))) == figure.value


def _figure_reason(lacking: Figure, claim: str, nearest: Support) -> str:
    """Return a reason that names the figure which the best sentences have instead."""
    text = " ; ".join(unfolded(span.text) for span in nearest.best)
    instead = attribution.figure_instead(claim, lacking.text, text)
    following = _UNIT.match(claim, lacking.end) if lacking.unit else None
    unit = f" {following[1]}" if following else ""
    if not instead:
        return f"{lacking.text}{unit} is not in the source"
    percent = " %" if unit == " %" and not instead.endswith("%") else ""
    return f"the abstract says {instead}{percent}, not {lacking.text}{unit}"


def _repeated(claimed: Sequence[Figure], stated: Sequence[Figure]) -> str:
    """Return a figure that the claim has more often: "17 of 17" for "13 of 17"."""
    counted = [figure for figure in claimed if figure.counted]
    said = Counter(figure.value for figure in counted)
    known = Counter(figure.value for figure in stated)
    return next((each.text for each in counted if said[each.value] > max(known[each.value], 1)), "")
