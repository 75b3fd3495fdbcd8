"""Who, when, where: papers with what the bibliography has of them; what the collection covers."""

from assistant.composing.extractive.citing import Composer
from assistant.composing.paper_counts import count_papers
from assistant.judging.evidence import Evidence
from assistant.retrieval.bibliography import recorded_facts
from assistant.retrieval.filters import describe_filters
from assistant.text.citation_markers import retraction_mark
from assistant.text.markdown import escape, link
from assistant.types import Draft, Paper

_LISTED, _AUTHORS, _TOPICS = 15, 12, 12


def write(evidence: Evidence) -> Draft:
    """Return the papers with their authors, year and venue, in the order asked for."""
    composer = Composer()
    shown = evidence.members[:_LISTED]
    lines = [_line(paper, composer) for paper in shown]
    if len(shown) == 1:
        return Draft("list", lines[0], composer.citations)
    bound = describe_filters(evidence.parsed.bounds)
    whole = bound and len(evidence.members) == evidence.corpus_size
    number = f"{len(evidence.members)}{'' if whole else f' of {evidence.corpus_size}'} papers"
    said = f"*{number}{f' {bound}' if bound else ''}, from the bibliography.*"
    more = "" if len(shown) == len(evidence.members) else f" The first {_LISTED}:"
    entries = "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    return Draft("list", f"{said}{more}\n\n{entries}", composer.citations)


def write_collection(evidence: Evidence) -> Draft:
    """Return what the collection is about: its topics, with how many papers each has, and years."""
    papers = list(evidence.retriever.papers.values())
    counts = count_papers(papers, "year")
    years = [paper.year for paper in papers if paper.year]
    when = f" from {min(years)} to {max(years)}" if years else ""
    topics = evidence.corpus.atlas.topics
    lines = [f"- {escape(topic.name)}: {topic.count} papers" for topic in topics[:_TOPICS]]
    text = f"The collection holds {len(papers)} papers{when}."
    if lines:
        text += " Its largest topics, as the map groups them:\n\n" + "\n".join(lines)
    return Draft("count", text, counts=counts)


def _line(paper: Paper, composer: Composer) -> str:
    facts = recorded_facts(paper)
    authors = ", ".join(paper.authors[:_AUTHORS])
    if len(paper.authors) > _AUTHORS:
        authors += f" and {len(paper.authors) - _AUTHORS} more"
    known = (authors or "authors not known", facts["year"], facts["venue"])
    told = " · ".join(escape(fact) for fact in known if fact)
    title = f"**{link(paper.title, paper.url)}**{retraction_mark(paper)}"
    return f"{title} — {told} {composer.cite(paper)}"
