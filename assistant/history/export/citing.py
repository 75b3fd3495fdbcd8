"""How an exported conversation cites: by its own numbers, in a CSL style, in footnotes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.history.export.csl import Bibliography, Run, Runs
from assistant.history.export.csl_style import Style
from assistant.history.export.references import reference
from assistant.text.citation_markers import MARK, MARKER
from assistant.text.markdown import escape
from assistant.types import Answer, Citation

_GROUP = re.compile(r"\s?(?:(?<!\\)\[\d+\](?!\()\s?)*(?<!\\)\[\d+\](?!\()")
_ADDRESS = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:)\]])")
_SIGNS = {"italic": ("*", "*"), "bold": ("**", "**"), "sup": ("<sup>", "</sup>"),
          "sub": ("<sub>", "</sub>")}  # fmt: skip


@dataclass(slots=True)
class Citing:
    """Writes the citations of a conversation with these `sources`, and collects their notes.

    Without a `style` papers have their numbers and the fixed reference; a style of notes has
    `footnotes` always.
    """

    sources: Sequence[Citation]
    style: Style | None = None
    footnotes: bool = False
    notes: list[str] = field(default_factory=list, init=False)
    _bibliography: Bibliography | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.style is not None:
            papers = [source.paper for source in self.sources]
            self._bibliography = Bibliography(self.style, papers)
            self.footnotes = self.footnotes or self.style.kind == "note"

    def cite(self, answer: Answer) -> str:
        """Return an answer's text with its citations as Markdown; a mark's reason keeps numbers."""
        if self._bibliography is None and not self.footnotes:
            return answer.text
        sources = {citation.number: citation for citation in answer.citations}

        def told(match: re.Match[str]) -> str:
            numbers = dict.fromkeys(int(number) for number in MARKER.findall(match[0]))
            cited = [sources[number] for number in numbers if number in sources]
            return self._mark(cited, match[0][:1].isspace()) if cited else match[0]

        pieces, place = [], 0
        for mark in MARK.finditer(answer.text) if self.footnotes else ():
            pieces += [_GROUP.sub(told, answer.text[place : mark.start()]), mark[0]]
            place = mark.end()
        return "".join([*pieces, _GROUP.sub(told, answer.text[place:])])

    def label(self, citation: Citation) -> str:
        """Return what a source is called above its quotations, as Markdown."""
        if self._bibliography is None or self.footnotes:
            return ""
        return as_markdown(self._bibliography.cite([citation.paper.id]))

    def references(self) -> str:
        """Return the list of references as Markdown, "" where each source has its own."""
        entries = self._bibliography.entries() if self._bibliography else []
        listed = "\n\n".join(map(_entry, entries))
        return f"## References\n\n{listed}" if listed else ""

    def footnote_texts(self) -> str:
        """Return the footnotes as Markdown."""
        return "\n\n".join(f"[^{number}]: {note}" for number, note in enumerate(self.notes, 1))

    def _mark(self, cited: Sequence[Citation], spaced: bool) -> str:
        made, ids = self._bibliography, [one.paper.id for one in cited]
        if self.footnotes:
            if made is None:
                notes: list[Runs] = [(Run(reference(one.paper)),) for one in cited]
            elif made.style.kind == "note":
                notes = [made.cite(ids)]
            else:
                notes = [made.entry(one) for one in ids]
            self.notes.append(" ".join(map(_entry, notes)))
            return f"[^{len(self.notes)}]"
        assert made is not None
        runs = made.cite(ids)
        raised = all("sup" in run.forms for run in runs)
        return (" " if spaced and not raised else "") + as_markdown(runs)


def as_markdown(runs: Sequence[Run]) -> str:
    """Return runs as Markdown that shows their words as they are, addresses as links.

    >>> print(as_markdown((Run("In "), Run("J. Sci. ", frozenset({"italic"})), Run("<5> [1]"))))
    In *J. Sci.* <5> \\[1\\]
    """
    return "".join(map(_formed, runs))


def _formed(run: Run) -> str:
    words = run.text.strip()
    if not words:
        return run.text
    before, _, after = run.text.partition(words)
    parts = _ADDRESS.split(words)
    told = "".join(f"<{part}>" if place % 2 else _kept(part) for place, part in enumerate(parts))
    for form in sorted(run.forms):
        opening, closing = _SIGNS[form]
        told = f"{opening}{told}{closing}"
    return f"{before}{told}{after}"


def _kept(words: str) -> str:
    """Return words escaped, the spaces around them kept."""
    bare = words.strip()
    before, _, after = words.partition(bare) if bare else (words, "", "")
    return f"{before}{escape(bare).replace('$', chr(92) + '$')}{after}"


def _entry(runs: Sequence[Run]) -> str:
    """Return a reference as a paragraph: no number at its beginning makes it a list."""
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", as_markdown(runs).strip())
