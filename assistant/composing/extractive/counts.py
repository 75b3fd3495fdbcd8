"""How many …: papers counted from the bibliography, of a topic those its list would have."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.composing.extractive.citing import LESS_CERTAIN, Composer, title_link
from assistant.composing.paper_counts import MOST_ROWS, count_groups, count_papers
from assistant.judging.evidence import Evidence
from assistant.reading.counts import CountQuery
from assistant.retrieval.filters import describe_filters
from assistant.text.markdown import escape
from assistant.types import By, Counts, Draft, Filters, Paper

_LISTED = 15
_NAMED = 60
_MANY_ROWS = 30
_TIED = 5
_ABOUT = re.compile(r"^(?:about|on|regarding|concerning)\s+", re.IGNORECASE)
_OF: dict[By, str] = {"author": "by", "year": "of", "venue": "at"}


@dataclass(frozen=True, slots=True)
class Counting:
    """What a count is written from: `papers` are counted, out of `base`, of which so many are
    `doubtful`, all where `hedged`.
    """

    query: CountQuery
    papers: Sequence[Paper]
    base: Sequence[Paper]
    doubtful: int = 0
    hedged: bool = False


def write(evidence: Evidence) -> Draft:
    """Return the count in a sentence, as a table, and, where they are few, the papers counted."""
    counting = _count(evidence)
    query = counting.query
    shown = counting.papers
    counts = replace(
        count_papers(shown, query.by or "year"),
        of=len(counting.base),
        topic=query.topic,
        filters=query.filters,
    )
    composer = Composer()
    whole = len(shown) == len(counting.base)
    parts = [
        _state_number(counting),
        _say_how_sure(evidence) if query.topic else "",
        _write_table(query, counts, shown),
        "" if whole and not query.topic else _list_papers(counting, evidence, composer),
    ]
    counted = () if whole and not query.filters.only else tuple(shown)
    text = "\n\n".join(part for part in parts if part)
    return Draft("count", text, composer.citations, counts=counts, counted=counted)


def _count(evidence: Evidence) -> Counting:
    """Return what is counted: the papers under the filters, of a topic the evidence's members."""
    query, select = evidence.parsed.count, evidence.retriever.bibliography.select
    if query is None:
        raise ValueError("the question asks for no count")
    bounded = select(query.filters)
    if query.topic:
        sure = tuple(one for one in evidence.members if one not in evidence.doubtful)
        papers, doubtful = (*sure, *evidence.doubtful), len(evidence.doubtful)
        return Counting(query, papers, bounded, doubtful, evidence.hedged)
    return Counting(query, bounded, select(Filters(only=query.filters.only)))


def _state_number(counting: Counting) -> str:
    """Return the exact number, out of how many, and how many could not be placed."""
    query = counting.query
    number = _state_share(counting) + _name_series(counting)
    missing = _state_missing(counting)
    groups = count_groups(counting.papers, query.by) if query.by else ()
    if query.by and query.form == "groups" and groups:
        number += _state_range(query.by, [name for name, count in groups if count])
    if query.by and query.form == "most" and groups:
        best = max(count for _, count in groups)
        names = [escape(name) for name, count in groups if count == best]
        each = " each" if len(names) > 1 else ""
        number += f"; most are {_OF[query.by]} {_enumerate(names)}: {best}{each}"
    return f"{number}{missing}."


def _say_how_sure(evidence: Evidence) -> str:
    """Return that what papers are about is judged, and how many that come near are not counted."""
    near = len(evidence.left_out)
    come = "that comes near is" if near == 1 else "that come near are"
    return f"*By what the abstracts say; {near} {come} not counted.*" if near else ""


def _state_share(counting: Counting) -> str:
    """Return "17 of 219 papers match “video”, 2 more may"."""
    query, number, base = counting.query, len(counting.papers), len(counting.base)
    papers = f"{base} {'selected ' if query.selected else ''}paper{'' if base == 1 else 's'}"
    the, discussed = ("the ", " discussed before") if query.filters.only else ("", "")
    discussed = "" if query.selected else discussed
    bound = describe_filters(query.filters)
    if query.topic:
        topic = escape(_ABOUT.sub("", query.topic))
        where = f" {bound}" if bound else ""
        of = f"of {the}{papers}{where}{discussed}"
        sure, doubtful = number - counting.doubtful, counting.doubtful
        if counting.hedged:
            come = "comes" if number == 1 else "come"
            return f"I am not sure that any {of} matches “{topic}”; {number} {come} near"
        if doubtful and not sure:
            return f"{number} {of} may match “{topic}”"
        match = "matches" if sure == 1 else "match"
        more = f", {doubtful} more may" if doubtful else ""
        return f"{sure} {of} {match} “{topic}”{more}"
    if bound:
        are = "is" if number == 1 else "are"
        return f"{number} of {the}{papers}{discussed} {are} {bound}"
    return f"{the.capitalize()}{papers}{discussed}"


def _name_series(counting: Counting) -> str:
    """Return which venues a part of a name covers, where they are several."""
    if not counting.query.filters.venues or counting.query.by == "venue":
        return ""
    rows = count_groups(counting.papers, "venue")
    return f" ({_join_rows(rows)})" if 1 < len(rows) <= _LISTED else ""


def _state_range(by: By, names: Sequence[str]) -> str:
    if by == "year":
        several = len(names) > 1
        return f", from {names[0]} to {names[-1]}" if several else f", all of {names[0]}"
    return f", {_OF[by]} {len(names):,} {by}{'' if len(names) == 1 else 's'}"


def _state_missing(counting: Counting) -> str:
    """Return how many of those counted, or of those a filter could not try, have no year, venue or
    author.
    """
    query, filters = counting.query, counting.query.filters
    bounded: dict[By, bool] = {
        "year": filters.year_from is not None or filters.year_to is not None,
        "venue": bool(filters.venues),
        "author": bool(filters.authors),
    }
    missing = []
    for by, is_bounded in bounded.items():
        untried = is_bounded and not query.topic
        papers = counting.papers if by == (query.by or "year") else ()
        if number := count_papers(counting.base if untried else papers, by).unknown:
            missing.append(f"{number} without {'an' if by == 'author' else 'a'} {by}")
    facts = [paper.facts for paper in counting.base] if not query.topic else []
    if filters.types and (number := sum(not one.type for one in facts)):
        missing.append(f"{number} without a type")
    if (filters.cited_from, filters.cited_to) != (None, None) and (
        number := sum(one.cited_by is None for one in facts)
    ):
        missing.append(f"{number} without a number of citations")
    return f"; {' and '.join(missing)}" if missing else ""


def _write_table(query: CountQuery, counts: Counts, papers: Sequence[Paper]) -> str:
    """Return the rows as a table, where there is more than one and the papers are not listed, or
    they were asked for.
    """
    listed = bool(query.topic) and len(papers) <= _LISTED
    rows = [row for row in counts.rows if row[1] or len(counts.rows) <= _MANY_ROWS]
    is_number = query.form == "papers" and not query.by
    if not rows or (is_number and (listed or len(rows) < 2)):
        return ""
    lines = (write_row(name, number) for name, number in rows)
    table = "\n".join((f"| {counts.by} | papers |", "|---|---:|", *lines))
    rest = count_groups(papers, counts.by)[MOST_ROWS:] if counts.by != "year" else ()
    if not rest:
        return table
    if counts.by == "author":
        return f"{table}\n\n*{len(rest):,} more authors have at most {rest[0][1]} each.*"
    more = f" and {len(rest) - _NAMED} more" if len(rest) > _NAMED else ""
    return f"{table}\n\n*Other: {_join_rows(rest[:_NAMED])}{more}.*"


def write_row(name: str, number: int) -> str:
    """Return the row of a year, venue or author in the table of a count."""
    return f"| {escape(name)} | {number} |"


def _list_papers(counting: Counting, evidence: Evidence, composer: Composer) -> str:
    """Return the papers counted, of a topic with the words that show why, those that are less
    certain last; how to list many.
    """
    papers = counting.papers
    if len(papers) > _LISTED:
        return "*To see them, ask “list them”, or narrow the count down.*"
    if not (evidence.parsed.count and evidence.parsed.count.topic):
        return "\n".join(f"- {title_link(paper)}" for paper in papers)
    rows = [
        f"{n}. {title_link(sentence.paper)} {composer.cite(sentence.paper, sentence.span)}"
        for n, sentence in enumerate(evidence.best_sentences(papers), 1)
    ]
    sure = len(papers) - counting.doubtful
    parts = ["\n".join(rows[:sure]), f"{LESS_CERTAIN}:", "\n".join(rows[sure:])]
    return "\n\n".join(parts) if 0 < sure < len(papers) else "\n".join(rows)


def _join_rows(rows: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{escape(name)} {number}" for name, number in rows)


def _enumerate(names: Sequence[str]) -> str:
    shown = names if len(names) <= _TIED + 1 else [*names[:_TIED], f"{len(names) - _TIED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
