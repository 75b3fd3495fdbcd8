"""Number the citations of an answer while it is written."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.text.markdown import escape, link
from assistant.types import Citation, Paper, Span


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

    def entry(self, number: int, paper: Paper, span: Span) -> str:
        """Return a numbered line of a list: the linked title and the sentence that shows why the
        paper is there.
        """
        return f"{number}. **{title_link(paper)}** — {self.quote(paper, span)}"

    def cite(self, paper: Paper, span: Span) -> str:
        """Return the marker of `paper`, with `span` added to its quotes."""
        self._papers.setdefault(paper.id, paper)
        spans = self._quotes.setdefault(paper.id, [])
        if span not in spans:
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


def title_link(paper: Paper) -> str:
    """Return the title as a link, with the year, a search marked as one: "[Title](…) (2023)"."""
    year = f" ({paper.year})" if paper.year else ""
    searched = " (link: title search)" if paper.url_is_search else ""
    return link(paper.title, paper.url) + year + searched
