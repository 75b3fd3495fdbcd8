"""Are you sure? … what the last answer rests on: the words of its sources, with what stands around
them, and how it was checked; or, where it was not what was meant, how it was read."""

from assistant.composing.extractive import abstentions
from assistant.composing.extractive.citing import Composer, title_link
from assistant.composing.provenance import describe_checks, list_doubtful
from assistant.judging.cross_encoder.network import readable_sentences
from assistant.judging.evidence import Evidence
from assistant.text.markdown import escape
from assistant.types import QUOTES, Answer, Citation, Draft, Span

_AROUND = 2  # sources up to which a quotation stands between its neighbours
_SHOWN, _QUOTES = 8, 3


def write(evidence: Evidence) -> Draft:
    """Return what the last answer of the conversation rests on."""
    last, size = evidence.parsed.questioned, evidence.corpus_size
    if last is None or not (last.citations or last.nearest or last.counts):
        return abstentions.greet(evidence)
    cited = tuple(one.paper for one in last.citations)
    if evidence.parsed.rejected:
        read = f"I read your question as “{escape(last.question)}”."
        told = "Ask it in other words, or name the paper that you mean."
        return Draft("none", f"{read} {told}", nearest=cited)
    if last.counts:
        told = f"It was counted from the records of the {size} papers; nothing in it is estimated."
        return Draft("count", told)
    if not cited:
        offered = "\n".join(f"- {title_link(paper)}" for paper in last.nearest)
        told = f"I looked at all {size} abstracts and found none that says it. The nearest:"
        return Draft("none", f"{told}\n\n{offered}", nearest=last.nearest)
    composer = Composer()
    shown = last.citations[:_SHOWN]
    lines = "\n".join(_entry(one, composer, around=len(shown) <= _AROUND) for one in shown)
    return Draft(last.kind, f"{_say_how(last)}\n\n{lines}", composer.citations, hedged=last.hedged)


def _say_how(last: Answer) -> str:
    """Return in a sentence how far the answer goes, and where it is from."""
    if not any(citation.quotes for citation in last.citations):
        return "That is from the records of these papers, not from their abstracts:"
    if last.model != QUOTES:
        doubtful = "".join(f"\n- {escape(text)} ({why})" for text, why in list_doubtful(last))
        checked = describe_checks(last)
        told = f"A model wrote it; {checked}." if checked else "A model wrote it."
        return f"{told}{doubtful}\n\nIt rests on these words of the abstracts:"
    if last.hedged:
        return "No, I am not sure: this comes nearest. It stands so in the abstract:"
    return "I only quote: whether it answers you is judged by the abstract, where it stands so:"


def _entry(citation: Citation, composer: Composer, around: bool) -> str:
    paper = citation.paper
    if not citation.quotes:
        return f"- {title_link(paper)} {composer.cite(paper)}"
    spans = citation.quotes[:_QUOTES]
    quotes = [_with_neighbours(citation, span) if around else span for span in spans]
    said = " […] ".join(composer.quote(paper, span) for span in dict.fromkeys(quotes))
    return f"- {title_link(paper)}: {said}"


def _with_neighbours(citation: Citation, span: Span) -> Span:
    """Return the words from the sentence before a quotation to the one after it, where both are
    such as may be quoted."""
    abstract = citation.paper.abstract
    sentences = readable_sentences(citation.paper)
    near = [one for one in sentences if one.end > span.start and one.start < span.end]
    if not near:
        return span
    first, last = sentences.index(near[0]), sentences.index(near[-1])
    begin, end = (
        sentences[max(first - 1, 0)].start,
        sentences[min(last + 1, len(sentences) - 1)].end,
    )
    between = abstract[begin:end]
    whole = " ".join(one.text for one in sentences[max(first - 1, 0) : last + 2])
    return Span(between, begin, end) if between.split() == whole.split() else span
