"""Papers counted by year, venue or author, exactly, from what the bibliography has. Pure."""

from collections import Counter
from collections.abc import Sequence

from assistant.retrieval.bibliography import name_series
from assistant.types import By, Counts, Paper

MOST_ROWS = 12
OTHER = "other"


def count_papers(papers: Sequence[Paper], by: By) -> Counts:
    """Return how many of `papers` there are by year, venue or author.

    Years run from the first to the last, those without a paper included. Of venues and authors the
    most frequent come first; what the venues after the twelfth have is added up as "other".

    >>> old = Paper("a", "A", "", ("X", "Y"), 2021, "ACL 2021")
    >>> new = Paper("b", "B", "", ("X",), 2023, "ACL 2023")
    >>> tuple(count_papers([old, new], by).rows for by in ("year", "venue", "author"))
    ((('2021', 1), ('2022', 0), ('2023', 1)), (('ACL', 2),), (('X', 2), ('Y', 1)))
    """
    rows = count_groups(papers, by)
    if by != "year":
        rows, tail = rows[:MOST_ROWS], rows[MOST_ROWS:]
        rows += ((OTHER, sum(number for _, number in tail)),) if tail and by == "venue" else ()
    unknown = sum(not groups_of(paper, by) for paper in papers)
    return Counts(by, rows, unknown, len(papers), len(papers))


def count_groups(papers: Sequence[Paper], by: By) -> tuple[tuple[str, int], ...]:
    """Return every year, venue or author with its number of papers, in the order to show."""
    numbers = Counter(group for paper in papers for group in groups_of(paper, by))
    if by == "year":
        years = [int(year) for year in numbers]
        return (
            tuple((str(year), numbers[str(year)]) for year in range(min(years), max(years) + 1))
            if years
            else ()
        )
    return tuple(sorted(numbers.items(), key=lambda row: (-row[1], row[0])))


def groups_of(paper: Paper, by: By) -> frozenset[str]:
    """Return the year, venue or authors that a paper counts for."""
    if by == "year":
        return frozenset((str(paper.year),) if paper.year is not None else ())
    if by == "venue":
        return frozenset((name_series(paper.venue),) if paper.venue and paper.venue.strip() else ())
    return frozenset(paper.authors)
