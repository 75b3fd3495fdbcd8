"""Are you sure? … what the last answer rests on: the words of its sources, with what stands around
them, and how it was checked; or, where it was not what was meant, how it was read."""

from collections.abc import Sequence

from assistant.composing.extractive import abstentions
from assistant.composing.extractive.citing import Composer, title_link
from assistant.composing.provenance import describe_checks, list_doubtful
from assistant.judging.cross_encoder.network import readable_sentences
from assistant.judging.evidence import Evidence
from assistant.text.markdown import escape
from assistant.types import QUOTES, Answer, Citation, Draft, Paper, Span

_AROUND = 2  # sources up to which a quotation stands between its neighbours
_QUOTES = 3
_COUNTED = (
    "The numbers were counted from the records of the papers. Which of them are on a topic was"
    " judged by their abstracts, and may be off by a few."
)
_SAID = "As far as I can judge by the abstracts:"


def write(evidence: Evidence) -> Draft:
    """Return what the last answer of the conversation rests on."""
    last, greeting = evidence.parsed.questioned, abstentions.greet(evidence)
    if last is None or last.text == greeting.text:
        return greeting
    cited = tuple(one.paper for one in last.citations)
    if evidence.parsed.rejected:
        read = f"I read your question as “{escape(last.question)}”."
        told = "Ask it in other words, or name the paper that you mean."
        return Draft("none", f"{read} {told}", nearest=cited)
    if last.kind == "count":
        return Draft("count", _COUNTED, counts=last.counts, counted=last.counted)
    if not cited:
        text = last.text.removeprefix(f"{_SAID}\n\n")
        return Draft("none", f"{_SAID}\n\n{text}", nearest=last.nearest)
    composer = Composer()
    around = len(cited) <= _AROUND
    lines = "\n".join(_entry(one, composer, around) for one in last.citations)
    kind = "fact" if last.kind == "none" else last.kind
    return Draft(kind, f"{_say_how(last)}\n\n{lines}", composer.citations, hedged=last.hedged)


def _say_how(last: Answer) -> str:
    """Return in a sentence how far the answer goes, and where it is from."""
    if not any(citation.quotes for citation in last.citations):
        return (
            "No words of abstracts are noted for it; authors, years and venues are from the records"
            " of these papers:"
        )
    if last.model != QUOTES:
        doubtful = "".join(f"\n- {escape(text)} ({why})" for text, why in list_doubtful(last))
        checked = describe_checks(last)
        told = f"A model wrote it; {checked}." if checked else "A model wrote it."
        return f"{told}{doubtful}\n\nIt rests on these words of the abstracts:"
    if last.hedged:
        return "No, I am not sure. The words that come nearest, in their place in the abstract:"
    return "I only quote; you judge whether it answers. The words, in their place in the abstract:"


def _entry(citation: Citation, composer: Composer, around: bool) -> str:
    paper, spans = citation.paper, citation.quotes[:_QUOTES]
    if not spans:
        return f"- {title_link(paper)} {composer.cite(paper)}"
    quotes = _with_neighbours(paper, spans) if around else spans
    said = " […] ".join(composer.quote(paper, span) for span in quotes)
    return f"- {title_link(paper)}: {said}"


def _with_neighbours(paper: Paper, spans: Sequence[Span]) -> list[Span]:
    """Return quotations from the sentence before each to the one after it, joined where they
    touch, as they stand in the abstract; without what may not be quoted.
    """
    sentences = readable_sentences(paper)
    wanted: set[int] = set()
    for span in spans:
        own = [
            n for n, one in enumerate(sentences) if one.end > span.start and one.start < span.end
        ]
        wanted |= {n for place in own for n in (place - 1, place, place + 1)}
    runs: list[list[Span]] = []
    for place in sorted(wanted & set(range(len(sentences)))):
        one = sentences[place]
        # Between two that may be quoted there may stand what may not.
        joins = runs and not paper.abstract[runs[-1][-1].end : one.start].strip()
        if joins:
            runs[-1].append(one)
        else:
            runs.append([one])
    whole = [(run[0].start, run[-1].end) for run in runs]
    return [Span(paper.abstract[start:end], start, end) for start, end in whole] or list(spans)
