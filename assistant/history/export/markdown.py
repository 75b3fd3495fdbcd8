"""A conversation → Markdown that says what was asked, answered and quoted.

In an answer's text all text of others is inert already; formulas and [[links]], which other viewers
know, are escaped here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.composing import provenance
from assistant.history.citations import collect_sources
from assistant.history.export.citing import Citing
from assistant.history.export.csl_style import Style
from assistant.history.export.references import line, note, reference
from assistant.text.markdown import escape, link, unturned
from assistant.types import Citation, Paper, Turn

_MORE = re.compile(r"\\[!-/:-@\[-`{-~]|\$|\[(?=[\[^])|(?<!!)!(?=\[)")
_OTHER_LINK = re.compile(r"\]\((?!https?://)[^()\s]*\)")
_HEADS = re.compile(r"^#{1,2} ", re.MULTILINE)


def markdown(
    title: str, turns: Sequence[Turn], style: Style | None = None, footnotes: bool = False
) -> str:
    """Return a conversation as Markdown: questions as headings, answers, sources with quotes; in a
    `style`, or with `footnotes`, cited so and with references."""
    citing = Citing(collect_sources(turns), style, footnotes)
    parts = [
        f"# {_inert(title) or 'Conversation'}",
        *(part for turn in turns for part in _turn(turn, citing)),
        citing.references(),
        citing.footnote_texts(),
    ]
    return unturned("\n\n".join(filter(None, parts)) + "\n")


def bibliography(papers: Sequence[Paper], style: Style | None = None) -> str:
    """Return the references of papers as Markdown, in the style's order."""
    citing = Citing([Citation(number, paper, ()) for number, paper in enumerate(papers, 1)], style)
    lines = "\n".join(f"- {_inert(reference(paper))}" for paper in papers)
    return unturned((citing.references() or f"## References\n\n{lines}") + "\n")


def _turn(turn: Turn, citing: Citing) -> Iterator[str]:
    answer = turn.answer
    yield f"## {_inert(turn.user)}"
    # A heading of an answer stays below that of its question.
    text = replace(answer, text=_kept_inert(answer.text))
    yield _HEADS.sub("### ", citing.cite(text))
    yield from (f"*Note: {_inert(note)}*" for note in answer.notes)
    yield from (f"*Warning: {_inert(warning)}*" for warning in answer.warnings)
    if answer.citations:
        yield "**Sources**"
        yield "\n".join(_source(one, citing.label(one)) for one in answer.citations)
    told = (
        provenance.describe_origin(answer),
        provenance.describe_checks(answer),
        provenance.describe_reading(answer),
    )
    yield f"*{_inert(' · '.join(part for part in told if part))}*"


def _source(citation: Citation, label: str) -> str:
    """Return a source with its quotations, under its `label` where it is in the references too."""
    quotes = "".join(f"\n  - “{_inert(quote.text)}”" for quote in citation.quotes if quote.text)
    if label:
        return f"- {label}{quotes}"
    paper = citation.paper
    facts = [", ".join(map(line, paper.authors)), str(paper.year or ""), line(paper.venue or "")]
    title = link(line(paper.title), paper.page)
    retracted = f" · **{note(paper)}**" if note(paper) else ""
    known = retracted + "".join(f" · {escape(fact)}" for fact in facts if fact)
    return f"- \\[{citation.number}\\] {_kept_inert(title)}{_more(known)}{quotes}"


def _inert(text: str) -> str:
    r"""Return text of others on one line, escaped.

    >>> print(_inert("a $x$ [[b]] <i>"))
    a \$x\$ \[[b]] \<i>
    """
    return _more(escape(line(text)))


def _kept_inert(text: str) -> str:
    """Return Markdown of ours, its links to anything but web addresses as their labels."""
    return _more(_OTHER_LINK.sub("]", text))


def _more(text: str) -> str:
    """Return Markdown with formulas, wiki links and pictures escaped too, and nothing twice."""
    return _MORE.sub(lambda match: match[0] if len(match[0]) == 2 else f"\\{match[0]}", text)
