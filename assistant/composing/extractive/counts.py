"""How many …: papers counted from the bibliography, never by a model; of a topic those that its list would have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.composing import paper_counts
from assistant.composing.extractive import abstentions, lists
from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.extractive.numbering import Composer, title_link
from assistant.reading.counts import CountQuery
from assistant.retrieval.filters import describe_filters
from assistant.text.markdown import escape
from assistant.types import By, Counts, Paper, Span

_LISTED = 15
_NAMED = 60
_MANY_ROWS = 30
_TIED = 5
_LEAD = re.compile(r"^(?:about|on|regarding|concerning)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Counting:
    """What a count is written from: `papers` are counted, out of `base`; `request` is the search for a topic."""

    tally: CountQuery
    papers: Sequence[Paper]
    base: Sequence[Paper]
    request: Request | None = None


def members(request: Request) -> list[Paper] | None:
    """Return every paper that the list for a topic would have, best first, however many; None where it would have none."""
    if abstentions.off_topic(request):
        return None
    if not request.scoped:
        return lists.members_of(request, most=None)
    return lists.scoped_members(
        lists.best_sentences(request, [one.paper for one in request.retrieval.candidates])
    )


def write(counting_: Counting) -> Draft:
    """Return the count in a sentence, as a table, and, where they are few, the papers counted."""
    tally = counting_.tally
    shown = _extreme(counting_) if tally.form in ("newest", "oldest") else counting_
    counts = replace(paper_counts.counted(shown.papers, tally.by or "year"), of=len(counting_.base))
    composer = Composer()
    whole = len(shown.papers) == len(counting_.base)
    parts = [
        _sentence(counting_, shown, counts),
        _table(tally, counts, shown.papers),
        "" if whole and not tally.topic else _papers(shown, composer),
    ]
    counted = () if whole and not tally.filters.only else tuple(shown.papers)
    text = "\n\n".join(part for part in parts if part)
    return Draft("count", text, composer.citations, counts=counts, counted=counted)


def standalone(tally: CountQuery) -> str:
    """Return a count as a question that stands alone.

    >>> from assistant.types import Filters
    >>> standalone(CountQuery("papers", "venue", "about video", Filters(year_from=2022)))
    'how many papers about video, from 2022 on, per venue?'
    """
    what = {
        "papers": "how many papers",
        "groups": f"which {tally.by}s",
        "most": f"the {tally.by} with the most papers",
    }
    bound = describe_filters(tally.filters)
    scope = (
        f"of the {len(tally.filters.only)} papers discussed before" if tally.filters.only else ""
    )
    per = f"per {tally.by}" if tally.by and tally.form == "papers" else ""
    head = " ".join(
        part for part in (what.get(tally.form, f"the {tally.form} paper"), tally.topic) if part
    )
    return ", ".join(part for part in (head, bound, scope, per) if part) + "?"


def _extreme(found: Counting) -> Counting:
    """Keep to the papers of the newest, or the oldest, year."""
    years = [paper.year for paper in found.papers if paper.year is not None]
    if not years:
        return replace(found, papers=())
    year = max(years) if found.tally.form == "newest" else min(years)
    return replace(found, papers=[paper for paper in found.papers if paper.year == year])


def _sentence(found: Counting, shown: Counting, counts: Counts) -> str:
    """Return the exact number, out of how many, and how many could not be placed."""
    tally = found.tally
    said = _head(found, len(found.papers)) + _series(found)
    if tally.form in ("newest", "oldest") and shown.papers:
        are = "are these" if len(shown.papers) > 1 else "is this"
        return f"{said}{_unplaced(found)}. The {tally.form}, of {shown.papers[0].year}, {are}{f' {len(shown.papers)}' if are == 'are these' else ''}:"
    groups = paper_counts.every(found.papers, tally.by) if tally.by else ()
    if tally.form == "groups" and groups:
        said += _covering(tally, [row for row in groups if row[1]])
    if tally.form == "most" and groups:
        best = max(number for _, number in groups)
        names = [escape(name) for name, number in groups if number == best]
        said += f"; most are {'by' if tally.by == 'author' else 'of' if tally.by == 'year' else 'at'} {_and(names)}: {best}" + (
            " each" if len(names) > 1 else "")  # fmt: skip
    return f"{said}{_unplaced(found)}."


def _head(found: Counting, number: int) -> str:
    """Return "17 of 219 papers match “video”"."""
    tally, base = found.tally, len(found.base)
    of = f"{base} paper{'' if base == 1 else 's'}"
    discussed = " discussed before" if tally.filters.only else ""
    bound = describe_filters(tally.filters)
    if tally.topic:
        where = f" {bound}" if bound else ""
        return f"{number} of {'the ' if discussed else ''}{of}{where}{discussed} match{'es' if number == 1 else ''} “{escape(_LEAD.sub('', tally.topic))}”"
    if bound:
        return f"{number} of {'the ' if discussed else ''}{of}{discussed} {'is' if number == 1 else 'are'} {bound}"
    return f"{'The ' if discussed else ''}{of}{discussed}"


def _series(found: Counting) -> str:
    """Say which venues a part of a name covers, where they are several."""
    if not found.tally.filters.venues or found.tally.by == "venue":
        return ""
    rows = paper_counts.every(found.papers, "venue")
    return (
        f" ({', '.join(f'{escape(name)} {number}' for name, number in rows[:_LISTED])})"
        if 1 < len(rows) <= _LISTED
        else ""
    )


def _covering(tally: CountQuery, groups: Sequence[tuple[str, int]]) -> str:
    if tally.by == "year":
        return (
            f", from {groups[0][0]} to {groups[-1][0]}"
            if len(groups) > 1
            else f", all of {groups[0][0]}"
        )
    word = f"{tally.by}{'' if len(groups) == 1 else 's'}"
    return f", {'by' if tally.by == 'author' else 'at'} {len(groups):,} {word}"


def _unplaced(found: Counting) -> str:
    """Say how many papers the bibliography has too little of: those counted, or, under a filter, those that it could not try."""
    filters, by = found.tally.filters, found.tally.by or "year"
    tried: dict[By, bool] = {
        "year": filters.year_from is not None or filters.year_to is not None,
        "venue": bool(filters.venues),
        "author": bool(filters.authors),
    }
    said = []
    for kind, bounded in tried.items():
        among = (
            found.base if bounded and not found.tally.topic else found.papers if kind == by else ()
        )
        if missing := paper_counts.counted(among, kind).unknown:
            said.append(f"{missing} without {'an' if kind == 'author' else 'a'} {kind}")
    return f"; {' and '.join(said)}" if said else ""


def _table(tally: CountQuery, counts: Counts, papers: Sequence[Paper]) -> str:
    """Return the rows as a table, where there is more than one or they were asked for."""
    rows = [row for row in counts.rows if row[1] or len(counts.rows) <= _MANY_ROWS]
    if (
        tally.form in ("newest", "oldest")
        or not rows
        or (len(rows) < 2 and tally.form == "papers" and not tally.by)
    ):
        return ""
    lines = [
        f"| {counts.by} | papers |",
        "|---|---:|",
        *(f"| {escape(name)} | {number} |" for name, number in rows),
    ]
    return "\n".join(lines) + _rest(counts, papers)


def _rest(counts: Counts, papers: Sequence[Paper]) -> str:
    """Name what the table leaves out."""
    rest = (
        paper_counts.every(papers, counts.by)[paper_counts.MOST_ROWS :]
        if counts.by != "year"
        else ()
    )
    if not rest:
        return ""
    if counts.by == "author":
        return f"\n\n*{len(rest):,} more authors have at most {rest[0][1]} each.*"
    named = ", ".join(f"{escape(name)} {number}" for name, number in rest[:_NAMED])
    more = f" and {len(rest) - _NAMED} more" if len(rest) > _NAMED else ""
    return f"\n\n*Other: {named}{more}.*"


def _papers(found: Counting, composer: Composer) -> str:
    """Return the papers counted where they are few, of a topic with the words that show why, else how to list them."""
    if not found.papers:
        return ""
    if len(found.papers) > _LISTED:
        return "*To see them, ask “list them”, or narrow the count down.*"
    if found.request is None:
        return "\n".join(f"- {title_link(paper)}" for paper in found.papers)
    evidence = lists.best_sentences(found.request, found.papers)
    spans = {
        paper.id: evidence[paper.id].span if paper.id in evidence else Span("", 0, 0)
        for paper in found.papers
    }
    return "\n".join(
        f"{n}. {title_link(paper)} {composer.cite(paper, spans[paper.id])}"
        for n, paper in enumerate(found.papers, 1)
    )


def _and(names: Sequence[str]) -> str:
    shown = names if len(names) <= _TIED + 1 else [*names[:_TIED], f"{len(names) - _TIED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
