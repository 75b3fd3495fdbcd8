"""Citation numbers, quotes, titles and list entries of an answer, the same in every form."""

import re
from collections.abc import Sequence

from assistant.retrieval.filters import describe_filters
from assistant.text.citation_markers import retraction_mark
from assistant.text.markdown import escape, link
from assistant.types import Citation, Filters, Paper, Span

CLOSING = re.compile(r"\n*\*([^*\n]*\d+ more (?:was|were) considered)\.\*\s*$")
"""The last line of an answer that left papers out, as `closing_line` words it; without them it has
no second half.
"""

NEAREST = "*not plainly stated; nearest:* "
"""What stands before a sentence of an abstract that does not plainly state what was asked."""
LESS_CERTAIN = "Less certain, by the abstract alone"


class Composer:
    """Hands out one number per paper, in order of first use, and remembers the words quoted from
    each.

    `papers` that will all be quoted may be given, to be numbered in their own order.
    """

    def __init__(self, papers: Sequence[Paper] = ()) -> None:
        self._papers: dict[str, Paper] = {paper.id: paper for paper in papers}
        self._quotes: dict[str, list[Span]] = {}

    def quote(self, paper: Paper, span: Span) -> str:
        """Return the quoted sentence as Markdown, with its citation marker."""
        # Of an abstract that holds nothing but orders to software, nothing is quoted.
        return (
            f"“{escape(span.text)}” {self.cite(paper, span)}"
            if span.text
            else f"*(title only)* {self.cite(paper, span)}"
        )

    def entry(self, paper: Paper, span: Span, reason: str = "") -> str:
        """Return an entry of a list, without its number: the paper, a model's reason to take it,
        and the sentence that shows why it is there.
        """
        why = f"{escape(reason)}: " if reason else ""
        return f"{entry_title(paper)} — {why}{self.quote(paper, span)}"

    def cite(self, paper: Paper, span: Span | None = None) -> str:
        """Return the marker of `paper`, with `span` added to its quotes; without one the
        bibliography answers for what is said.
        """
        self._papers.setdefault(paper.id, paper)
        spans = self._quotes.setdefault(paper.id, [])
        if span and span not in spans:
            spans.append(span)
        return f"[{list(self._papers).index(paper.id) + 1}]"

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Return what was cited, by number."""
        return tuple(
            Citation(number, paper, tuple(self._quotes[identifier]))
            for number, (identifier, paper) in enumerate(self._papers.items(), 1)
            if identifier in self._quotes
        )


def entry_title(paper: Paper) -> str:
    """Return how an entry of a list begins, and stands while its paper is still being judged."""
    return f"**{_dated_link(paper)}**{retraction_mark(paper)}"


def title_link(paper: Paper) -> str:
    """Return the title as a link, in italics where no page of the paper is known, with the year and
    a retraction: "[Title](…) (2023)".
    """
    title = _dated_link(paper) if paper.page else f"*{escape(paper.title)}*{_year(paper)}"
    return title + retraction_mark(paper)


def _dated_link(paper: Paper) -> str:
    return link(paper.title, paper.page) + _year(paper)


def _year(paper: Paper) -> str:
    return f" ({paper.year})" if paper.year else ""


def name_papers(number: int, bounds: Filters) -> str:
    """Return so many papers with the filters that they are within.

    >>> name_papers(219, Filters()), name_papers(1, Filters(year_from=2025))
    ('219 papers', '1 paper from 2025 on')
    """
    bound = describe_filters(bounds)
    return f"{number} paper{'' if number == 1 else 's'}{f' {bound}' if bound else ''}"


def closing_line(counted: str, considered: int) -> str:
    """Return the last line of an answer: what was counted, and how many more were considered.

    >>> closing_line("2 of 9 papers", 1), closing_line("9 of 9 papers", 0)
    ('*2 of 9 papers; 1 more was considered.*', '*9 of 9 papers.*')
    """
    verb = "was" if considered == 1 else "were"
    return f"*{counted}{f'; {considered} more {verb} considered' if considered else ''}.*"
