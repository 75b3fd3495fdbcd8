"""Who, when, where: papers with what the bibliography has of them; what the collection covers."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from assistant.composing.extractive.citing import Composer, name_papers
from assistant.composing.paper_counts import count_papers
from assistant.judging.evidence import Evidence
from assistant.retrieval.bibliography import recorded_facts
from assistant.retrieval.filters import describe_filters
from assistant.text.citation_markers import retraction_mark
from assistant.text.markdown import escape, link, table
from assistant.text.words import fold
from assistant.types import Draft, Paper

_LISTED, _TOPICS = 15, 12
_FEW = 5  # papers of which it is told who wrote them all
_SHARED = re.compile(
    r"\b(?:shar\w+|same|common|overlapping) (?:\w+ ){0,2}?(?:co-?)?authors?\b"
    r"|\bauthors? (?:\w+ ){0,2}?(?:shared|in common|overlap\w*)\b|\bwho wrote both\b"
    r"|\b(?:which|what|any|an) (?:co-?)?authors?\b.*\bshared?\b",
    re.IGNORECASE,
)
_AUTHORS, _AUTHORS_ALONE = 12, 100  # named of a paper of a list, of one that stands alone


def write(evidence: Evidence) -> Draft:
    """Return the papers with their authors, year and venue, and what else is asked of their
    records, in the order asked for.
    """
    composer = Composer()
    shown = evidence.members[:_LISTED]
    counted = ("citations",) if evidence.parsed.by_citations else ()
    asked = dict.fromkeys((*evidence.parsed.records, *counted))
    records = evidence.retriever.bibliography.records
    alone = len(shown) == 1
    kin = frozenset(map(fold, evidence.parsed.authors))
    if alone and not evidence.parsed.tabular:
        line = _line(shown[0], asked, records, composer, True, kin)
        return Draft("list", line, composer.citations)
    bound = describe_filters(evidence.parsed.bounds)
    whole = bound and len(evidence.members) == evidence.corpus_size
    papers = name_papers(evidence.corpus_size, evidence.parsed.bounds)
    number = papers if whole else f"{len(evidence.members)} of {papers}"
    uncounted = _state_uncounted(evidence) if counted else ""
    said = f"*{number}, from the bibliography{uncounted}.*{_tell_shared(evidence)}"
    more = "" if len(shown) == len(evidence.members) else f" The first {_LISTED}:"
    if evidence.parsed.tabular:
        cells = [_cells(paper, asked, records, composer) for paper in shown]
        entries = table(("paper", "authors", "year", "venue", *asked), cells)
    else:
        lines = (_line(paper, asked, records, composer, False, kin) for paper in shown)
        entries = "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    return Draft("list", f"{said}{more}\n\n{entries}", composer.citations)


def _tell_shared(evidence: Evidence) -> str:
    """Return who wrote all of a few papers where that is asked, "" where it is not."""
    first, *others = evidence.members
    if not (0 < len(others) < _FEW and _SHARED.search(evidence.parsed.question)):
        return ""
    theirs = [{fold(name) for name in paper.authors} for paper in others]
    shared = [name for name in first.authors if all(fold(name) in own for own in theirs)]
    all_ = "both" if len(others) == 1 else "all of them"
    named = escape(", ".join(shared))
    return f" On {all_}: {named}." if shared else f" No author is on {all_}."


def write_collection(evidence: Evidence) -> Draft:
    """Return what the collection is about: its topics, with how many papers each has, years, and
    keywords where records have them.
    """
    papers = list(evidence.retriever.papers.values())
    counts = count_papers(papers, "year")
    years = [paper.year for paper in papers if paper.year]
    when = f" from {min(years)} to {max(years)}" if years else ""
    topics = evidence.corpus.atlas.topics
    lines = [f"- {escape(topic.name)}: {topic.count} papers" for topic in topics[:_TOPICS]]
    text = f"The collection holds {len(papers)} papers{when}."
    if lines:
        text += " Its largest topics, as the map groups them:\n\n" + "\n".join(lines)
    if keywords := _count_keywords(papers):
        text += f"\n\nThe most frequent keywords of its records: {keywords}."
    return Draft("count", text, counts=counts)


def _count_keywords(papers: Sequence[Paper]) -> str:
    """Return the most frequent keywords, as the first paper spells them, "" for none."""
    spelt: dict[str, str] = {}
    numbers: Counter[str] = Counter()
    for paper in papers:
        own = {fold(keyword): keyword for keyword in paper.facts.keywords}
        spelt = own | spelt
        numbers.update(own.keys())
    most = numbers.most_common(_TOPICS)
    return ", ".join(f"{escape(spelt[key])} ({number})" for key, number in most)


def _state_uncounted(evidence: Evidence) -> str:
    """Return how many of the papers asked for do not say how often they were cited, else ""."""
    papers = evidence.retriever.bibliography.select(evidence.parsed.bounds)
    number = sum(paper.facts.cited_by is None for paper in papers)
    words = "does not say how often it was" if number == 1 else "do not say how often they were"
    return f"; {number} of {len(papers)} {words} cited" if number else ""


def _cells(
    paper: Paper, asked: Iterable[str], records: Collection[str], composer: Composer
) -> tuple[str, ...]:
    """Return the cells of a paper's row."""
    facts = recorded_facts(paper)
    known = (_name_authors(paper), facts["year"], facts["venue"])
    more = (_state_record(name, facts[name], name in records) for name in asked)
    title = f"{link(paper.title, paper.page)}{retraction_mark(paper)} {composer.cite(paper)}"
    return title, *map(escape, (*known, *more))


def _name_authors(paper: Paper, most: int = _AUTHORS) -> str:
    """Return the first authors, and how many more there are; "" where none is known."""
    authors = ", ".join(paper.authors[:most])
    more = len(paper.authors) - most
    return f"{authors} and {more} more" if more > 0 else authors


def _line(
    paper: Paper,
    asked: Iterable[str],
    records: Collection[str],
    composer: Composer,
    alone: bool,
    kin: Collection[str],
) -> str:
    """Return a paper with what its record says, of one that stands alone also what it does not;
    `records` are what the records here say of any, `kin` the authors (folded) that it was found by.
    """
    facts = recorded_facts(paper)
    if alone:
        facts |= {name: facts[name] or f"{name} not known" for name in ("year", "venue")}
    more = (_state_record(name, facts[name], name in records) for name in asked)
    authors = _name_authors(paper, _AUTHORS_ALONE if alone else _AUTHORS)
    theirs = ", ".join(name for name in paper.authors if fold(name) in kin)
    shared = f"in common: {theirs}" if theirs else ""
    known = (authors or "authors not known", facts["year"], facts["venue"], shared, *more)
    told = " · ".join(escape(fact) for fact in known if fact)
    title = f"**{link(paper.title, paper.page)}**{retraction_mark(paper)}"
    return f"{title} — {told} {composer.cite(paper)}"


def _state_record(name: str, fact: str, kept: bool = True) -> str:
    """Return what a record says under a name, which is `kept` of some papers.

    >>> _state_record("DOI", "10.1/x"), _state_record("citations", "1"), _state_record("PMID", "")
    ('DOI: 10.1/x', 'cited 1 time', 'PMID not known')
    """
    if name == "retraction" and kept:
        return fact or "not recorded as retracted"
    if not fact:
        return f"{'number of ' if name == 'citations' else ''}{name} not known"
    times = "time" if fact == "1" else "times"
    return f"cited {fact} {times}" if name == "citations" else f"{name}: {fact}"
