"""What the chat page shows of an answer: Markdown with citation chips, badges of doubt, and what is
known of it.

A piece of HTML stands on one line between blank ones, so that Markdown leaves it alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from urllib.parse import quote

from assistant.composing import provenance
from assistant.composing.extractive.citing import CLOSING
from assistant.composing.extractive.counts import write_row
from assistant.composing.paper_counts import OTHER
from assistant.history.citations import Chip, Sentence, find_chips, find_sentences
from assistant.text.citation_markers import MARK, MARKER, RETRACTED
from assistant.text.markdown import unescaped, unturned
from assistant.types import Answer, Judgement, Paper, Verdict
from assistant.web.rendering.charts import name_bar
from assistant.web.rendering.sources_panel import (
    RETRACTED_BADGE,
    card_id,
    link,
    quote_id,
    retraction_badge,
)

_MARK_PARTS = re.compile(r" \*\(([a-z ]+): (.*)\)\*", re.DOTALL)
_PUT_IN = re.compile(r" \(([^()]+)\)\?$")
_WARNED_OF = re.compile(r"\[(\d+)\](?= was retracted\.$)")
_NOT_INLINE = re.compile(r"\n|(?<!\\)\|")
_TITLE_LENGTH, _LONGEST_READ = 300, 160
_WITHHELD = "what the model wrote, which rests on too little"
_CLASSES: dict[Verdict, str] = {
    "quoted": "quoted",
    "supported": "supported",
    "partly supported": "partly",
    "not supported": "not",
}
_TOOLS = ("sort by year", "sort by title", "swap rows and columns")
_DASH = " — "
_MATCHES = {"yes": "matches", "partly": "matches in part", "no": "does not match"}

# (start, end, order among those at one place, HTML): what replaces text[start:end].
Edit = tuple[int, int, int, str]


def render_answer(answer: Answer, turn: int, asked: str = "", editable: bool = False) -> str:
    """Return an answer as the chatbot's Markdown, markers as chips and marks as badges.

    `turn` counts from 1; above stands how the question was read, where it was `asked` otherwise,
    and what an `editable` comparison takes; below, how it was checked, what was considered and
    read.
    """
    text, considered = _split_considered(answer)
    notes = (f'<p class="note">{_line(note[:1].upper() + note[1:])}</p>' for note in answer.notes)
    footer = f'<p class="about">{_line(provenance.describe_origin(answer))}</p>'
    warned = (_WARNED_OF.sub(lambda at: _to_card(int(at[1])), _line(w)) for w in answer.warnings)
    warnings = (f'<p class="note warning">{line}</p>' for line in warned)
    given = map(_paper, answer.given)
    read = _fold("given", provenance.describe_reading(answer), given) if answer.given else ""
    lines = (_line(one) for one in answer.withheld.split("\n") if one.strip())
    withheld = _fold("withheld", _WITHHELD, lines) if answer.withheld else ""
    linked = _link_citations(answer, turn, text)
    tools = _tools() if editable and answer.table is not None else ""
    above = [_read_as(answer, asked), *notes, withheld, tools]
    parts = [*above, linked, *warnings, considered, _checked(answer), read, footer]
    return unturned("\n\n".join(part for part in parts if part))


def _read_as(answer: Answer, asked: str) -> str:
    """Return how a question that leans on the conversation was read, "" where it says the same."""
    read = answer.question
    # What stands in brackets are names; those that were said are no news.
    put_in = _PUT_IN.search(read)
    said = _bare(read[: put_in.start()] if put_in and put_in[1] in asked else read)
    if not asked or _bare(asked) == said or len(read) > _LONGEST_READ:
        return ""
    return f'<p class="read">Read as: {_line(read)}</p>'


def _bare(question: str) -> str:
    return "".join(filter(str.isalnum, question.casefold()))


def render_unfinished(text: str, status: str, numbers: Mapping[int, int] | None = None) -> str:
    """Return an answer under way as the chatbot's Markdown: the text so far, its markers as chips
    with their `numbers` in the conversation, and what is being done.

    >>> render_unfinished("SimDA tunes", "writing; not checked yet")
    'SimDA tunes\\n\\n<p class="status">writing; not checked yet …</p>'
    """

    def chip(match: re.Match[str]) -> str:
        number = (numbers or {}).get(int(match[1]))
        return _to_card(number) if number else match[0]

    shown = MARKER.sub(chip, text).replace(RETRACTED, f" {RETRACTED_BADGE}")
    told = f'<p class="status">{_line(status)} …</p>' if status else ""
    return unturned("\n\n".join(part for part in (shown, told) if part))


def _to_card(number: int) -> str:
    return f'<a class="cite" href="#{card_id(number)}">[{number}]</a>'


def _link_citations(answer: Answer, turn: int, text: str) -> str:
    """Return `text`, the beginning of the answer's, with its sentences, chips and badges as
    HTML."""
    sentences = [sentence for sentence in find_sentences(answer) if sentence.end <= len(text)]
    edits: list[Edit] = [
        (chip.start, chip.end, 3, _chip(chip, turn))
        for chip in find_chips(answer)
        if chip.end <= len(text)
    ]
    edits += _bars(answer, turn, text)
    for sentence in sentences:
        edits += _surround(sentence, turn, text)
    ended = {sentence.end: sentence.place for sentence in sentences}
    for mark in MARK.finditer(text):
        edits.append((*mark.span(), 1, _badge(mark[0], turn, ended.get(mark.start()))))
    for mark in re.finditer(re.escape(RETRACTED), text):
        edits.append((*mark.span(), 1, f" {RETRACTED_BADGE}"))
    pieces, place = [], 0
    for start, end, _, html in sorted(edits):
        pieces += [text[place:start], html]
        place = end
    return "".join([*pieces, text[place:]])


def _bars(answer: Answer, turn: int, text: str) -> Iterator[Edit]:
    """Yield the numbers in the table of a count as links, which the script draws as bars."""
    counts = answer.counts
    for name, number in counts.rows if counts else ():
        row = write_row(name, number)
        if counts and number and name != OTHER and (start := text.find(row)) >= 0:
            end = start + len(row) - len(" |")
            href = f"#counted-{turn}:{counts.by}:{quote(name, safe='')}"
            title = _title(name_bar(name, number))
            bar = f'<a class="bar" href="{href}" title="{title}">{number}</a>'
            yield end - len(str(number)), end, 1, bar


def _surround(sentence: Sentence, turn: int, text: str) -> Iterator[Edit]:
    """Yield what stands around a sentence that is on one line, in one cell and no emphasis reaches
    out of: an element that tells how it was checked."""
    start, end = sentence.start, sentence.end
    if _NOT_INLINE.search(text[start:end]) or text[start:end].count("**") % 2:
        return
    kind = _CLASSES.get(sentence.verdict, "")
    yield start, start, 2, f'<span class="claim {kind}" id="claim-{turn}-{sentence.place}">'
    yield end, end, 2, "</span>"
    if text[:start].endswith(_DASH) and sentence.verdict == "quoted":
        yield start - len(_DASH), start, 1, " "


def _chip(chip: Chip, turn: int) -> str:
    of_words = quote_id(chip.number, chip.quote) if chip.quote.text else card_id(chip.number)
    href, title = f"#{of_words}", _title(chip.quote.text)
    identifier = f"cite-{turn}-{chip.place}"
    return f'<a class="cite" id="{identifier}" href="{href}" title="{title}">[{chip.number}]</a>'


def _badge(mark: str, turn: int, place: int | None) -> str:
    """Return a mark as a badge whose reason shows on hover; below the answer it stands in full.

    >>> _badge(" *(only in part: the abstract says 24M)*", 1, 2)
    ' <a class="doubt partly" href="#check-1-2" title="the abstract says 24M">◐ only in part</a>'
    """
    parts = _MARK_PARTS.fullmatch(mark)
    label, reason = (parts[1], unescaped(parts[2])) if parts else ("not supported", "")
    degree, shape = ("partly", "◐") if label == "only in part" else ("not", "✕")
    tag, href = ("a", f' href="#check-{turn}-{place}"') if place else ("span", "")
    attributes = f'class="doubt {degree}"{href} title="{_title(reason)}"'
    return f" <{tag} {attributes}>{shape} {label}</{tag}>"


def _checked(answer: Answer) -> str:
    """Return in one line how the answer's sentences were checked; the doubtful ones fold out."""
    line, doubts = provenance.describe_checks(answer), provenance.list_doubtful(answer)
    if doubts:
        entries = (f"“{_line(said)}” — <em>{_line(reason)}</em>" for said, reason in doubts)
        return _fold("doubts", line, entries)
    verdicts = [sentence.verdict for sentence in find_sentences(answer)]
    quoted, total = verdicts.count("quoted"), len(verdicts)
    if total and quoted == total:
        unit = "quotation is" if total == 1 else f"{total} quotations are"
        line = f"{'The' if total == 1 else 'All'} {unit} word for word"
    elif quoted and line:
        line = f"{line}, {quoted} of them word for word"
    return f'<p class="checked">{line}</p>' if line else ""


def _tools() -> str:
    """Return the links that the script asks, or begins, an edit of a comparison with."""
    links = "".join(
        f'<a class="tool" href="#ask:{quote(question)}">{question[:1].upper() + question[1:]}</a>'
        for question in _TOOLS
    )
    begun = quote("add ")
    more = f'<a class="tool" href="#begin:{begun}">Add an aspect or paper …</a>'
    return f'<p class="tools">{links}{more}</p>'


def _split_considered(answer: Answer) -> tuple[str, str]:
    """Return the text without its closing line on what was left out, and the list of it, folded."""
    cited = {citation.paper.id for citation in answer.citations}
    left_out = [judged for judged in answer.judged if judged.paper.id not in cited]
    entries = [*map(_judgement, left_out)] or [*map(_paper, answer.considered)]
    closing = CLOSING.search(answer.text)
    if entries and closing:
        return answer.text[: closing.start()], _fold("considered", closing[1], entries)
    summary = f"{len(left_out)} judged candidates"
    return answer.text, _fold("considered", summary, entries) if left_out else ""


def _judgement(judged: Judgement) -> str:
    verdict = _MATCHES[judged.match] + (f": {judged.reason}" if judged.reason else "")
    words = f" <q>{_line(judged.snippet.text)}</q>" if judged.snippet else ""
    return f"{_paper(judged.paper)} — <em>{_line(verdict)}</em>{words}"


def _paper(paper: Paper) -> str:
    title = link(paper.page, " ".join(paper.title.split()))
    return f"{title}{retraction_badge(paper)}"


def _fold(name: str, summary: str, entries: Iterable[str]) -> str:
    items = "".join(f"<li>{entry}</li>" for entry in entries)
    return f'<details class="{name}"><summary>{_line(summary)}</summary><ul>{items}</ul></details>'


def _line(text: str) -> str:
    """Return text as HTML on one line."""
    return escape(" ".join(text.split()))


def _title(text: str) -> str:
    """Return text for an attribute inside Markdown, where "|" would end a table's cell."""
    return escape(" ".join(text.split())[:_TITLE_LENGTH], quote=True).replace("|", "&#124;")
