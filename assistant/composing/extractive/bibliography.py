"""Who, when, where: papers with what the bibliography has of them; what the collection covers."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from assistant.composing.extractive.citing import Composer, name_papers
from assistant.composing.paper_counts import count_papers
from assistant.judging.evidence import Evidence
from assistant.reading.authorship import (
    asks_how_many_wrote,
    asks_shared_authors,
    by_number_of_authors,
)
from assistant.retrieval.bibliography import recorded_facts
from assistant.retrieval.filters import describe_filters
from assistant.text.citation_markers import retraction_mark
from assistant.text.markdown import escape, link, table
from assistant.text.words import fold
from assistant.types import Draft, Paper

IN_RECORDS = ("authors", "year", "venue")
"""What is told of every paper, where it is not known that it is not."""
_LISTED, _TOPICS = 50, 12
_FEW = 5  # papers of which it is told that nobody wrote two
_AND_OTHERS = ("et al", "others", "and others")
_AUTHORS, _AUTHORS_ALONE = 12, 100  # named of a paper of a list, of one that stands alone


def write(evidence: Evidence) -> Draft:
    """Return the papers with their authors, year and venue, and what else is asked of their
    records, in the order asked for.
    """
    composer = Composer()
    shown = by_number_of_authors(evidence.parsed.question, evidence.members)[:_LISTED]
    counted = ("citations",) if evidence.parsed.by_citations else ()
    asked = dict.fromkeys((*evidence.parsed.records, *counted))
    records = evidence.retriever.bibliography.records
    alone = len(shown) == 1
    kin = frozenset(map(fold, evidence.parsed.authors))
    counts_them = asks_how_many_wrote(evidence.parsed.question)
    if alone and not evidence.parsed.tabular:
        line = _line(shown[0], asked, records, composer, True, kin)
        lead = f"{_count_authors(shown[0])}:\n\n" if counts_them else ""
        return Draft("list", f"{lead}{line}", composer.citations)
    bound = describe_filters(evidence.parsed.bounds)
    whole = bound and len(evidence.members) == evidence.corpus_size
    papers = name_papers(evidence.corpus_size, evidence.parsed.bounds)
    number = papers if whole else f"{len(evidence.members)} of {papers}"
    uncounted = _state_uncounted(evidence) if counted else ""
    more = "" if len(shown) == len(evidence.members) else f" The first {_LISTED}:"
    if evidence.parsed.tabular:
        cells = [_cells(paper, asked, records, composer) for paper in shown]
        entries = table(("paper", "authors", "year", "venue", *asked), cells)
    else:
        lines = (
            _line(paper, asked, records, composer, False, kin)
            + (f" — {_count_authors(paper)}" if counts_them else "")
            for paper in shown
        )
        entries = "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    asks = asks_shared_authors(evidence.parsed.question)
    meant = bool(evidence.focus or evidence.parsed.scoped)
    shared = _tell_shared(shown, composer, meant) if asks else ""
    doubtful = len(evidence.doubtful)
    doubt = f"; the last {doubtful} less certain to be on it" if doubtful else ""
    said = f"*{number}, from the bibliography{uncounted}{doubt}.*{shared}"
    return Draft("list", f"{said}{more}\n\n{entries}", composer.citations)


def _count_authors(paper: Paper) -> str:
    """Return how many authors a paper's record names.

    >>> _count_authors(Paper("p", "A", "", ("Ann Lee", "Bo Chen", "et al")))
    'At least 2 authors'
    """
    named = [name for name in paper.authors if fold(name).rstrip(".") not in _AND_OTHERS]
    least = "At least " if len(named) < len(paper.authors) else ""
    return f"{least}{len(named)} author{'' if len(named) == 1 else 's'}"


def _tell_shared(papers: Sequence[Paper], composer: Composer, meant: bool) -> str:
    """Return who wrote several of some papers, each with these where they are more than two, or of
    a few that are `meant`, and whose records name all authors, that nobody did.
    """
    wrote: dict[str, dict[str, str]] = defaultdict(dict)
    for paper in papers:
        for name in paper.authors:
            wrote[fold(name).rstrip(".")].setdefault(composer.cite(paper), name)
    cut = any(wrote.pop(name, None) for name in _AND_OTHERS)
    shared = {next(iter(own.values())): own for own in wrote.values() if len(own) > 1}
    pair = len(papers) == 2
    if not shared:
        told = meant and not cut and len(papers) <= _FEW
        return f" No author is on {'both' if pair else 'two of these'}." if told else ""
    named = (escape(name) + ("" if pair else f" {' '.join(shared[name])}") for name in shared)
    return f" On {'both' if pair else 'more than one'}: {', '.join(named)}."


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


def state_record(paper: Paper, names: Iterable[str]) -> str:
    """Return what a paper's record says under some names, as Markdown that says where from."""
    facts = recorded_facts(paper)
    told = (
        facts[name] if name in IN_RECORDS and facts[name] else _state_record(name, facts[name])
        for name in names
    )
    return f"{escape('; '.join(told))} *(from the bibliography)*"


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
