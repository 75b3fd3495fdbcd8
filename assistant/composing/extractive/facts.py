"""A fact: the sentence that states it, then what else of its abstract, and of others, may."""

from assistant.composing.extractive.bibliography import state_record
from assistant.composing.extractive.citing import NEAREST, Composer, entry_title, title_link
from assistant.judging.cross_encoder.network import Statement, readable_sentences
from assistant.judging.evidence import Evidence
from assistant.reading.question import asks_whether_they_agree
from assistant.retrieval.bibliography import MAY_BE_STATED, recorded_facts
from assistant.text.discourse import with_context
from assistant.text.markdown import either, escape
from assistant.types import Draft, Paper

_CONSIDERED = 5
_COMES_NEAR = "I am not sure that an abstract says this; the nearest that one comes:"
_ALSO, _OTHERS = "Also:", "Other papers that come near:"
# No doubt: most of what is told under this line about a paper on the table are answers
# (docs/evaluation.md).
_NAMED_COMES_NEAR = "The nearest that its abstract comes to this:"
AGREE = "Whether they agree is for you to judge; what each says of it, or comes nearest to it:"
_NOT_EXPLAINED = "No abstract says outright what “{}” is; where it stands:"
_NONE_SAYS = "The nearest that these abstracts come to this:"
_UNSAID = "*its abstract does not say*"
_UNMENTIONED = "Its abstract does not mention {}."
_ONE_OF_THEM = "I am not sure which paper this is about; what the likeliest ones say:"


def write(evidence: Evidence) -> Draft:
    """Return the sentences that answer, the best one or that of each thing asked first, apart."""
    if evidence.parsed.in_doubt:
        return _write_of_each(evidence, _ONE_OF_THEM)
    if evidence.parsed.term and evidence.hedged:
        return _write_of_each(evidence, _NOT_EXPLAINED.format(escape(evidence.parsed.term)))
    if len(evidence.focus) > 1 and asks_whether_they_agree(evidence.parsed.question):
        return _write_of_each(evidence, AGREE)
    if len(evidence.focus) > 1:
        return _write_by_paper(evidence)
    composer = Composer()
    short = evidence.leading if evidence.parsed.length == "short" else None
    told = evidence.answers[: evidence.parsed.sentences or short]
    first, more = told[0], told[evidence.leading :]
    leading = (_quote(one, composer) for one in told[: evidence.leading])
    text = f"{' '.join(filter(None, leading))}\n\n"
    asked = asked_of_record(evidence, first.paper)
    if asked and len(evidence.focus) == 1:
        text += f"{state_record(first.paper, asked)} {composer.cite(first.paper)}\n\n"
    if evidence.unmentioned:
        text += f"*{_UNMENTIONED.format(either(evidence.unmentioned))}*\n\n"
    text += f"— {title_link(first.paper)}"
    own = [one for one in more if one.paper == first.paper or one.paper in evidence.focus]
    for heading, sentences in ((_ALSO, own), (_OTHERS, [one for one in more if one not in own])):
        lines = [line for one in sentences if (line := _line(one, composer, first.paper))]
        if lines:
            text += f"\n\n{heading}\n\n" + "\n".join(f"- {line}" for line in lines)
    if evidence.hedged:
        text = f"*{_NAMED_COMES_NEAR if evidence.focus else _COMES_NEAR}*\n\n{text}"
    return _draft(evidence, text, composer)


def _write_of_each(evidence: Evidence, lead: str) -> Draft:
    """Return the sentences of each of several papers, under a line that says why."""
    composer = Composer()
    told = [(_quote(one, composer), one.paper) for one in evidence.answers]
    lines = [f"- {quote} — {title_link(paper)}" for quote, paper in told if quote]
    text = "\n".join((f"*{lead}*\n", *lines))
    return _draft(evidence, text, composer)


def _write_by_paper(evidence: Evidence) -> Draft:
    """Return paper by paper what each of several says of what is asked, or comes nearest to it."""
    composer = Composer()
    most = evidence.parsed.sentences or (1 if evidence.parsed.length == "short" else None)
    answered = dict.fromkeys(one.paper for one in evidence.answers)
    lines = []
    for paper in dict.fromkeys((*answered, *evidence.focus)):
        told = [one for one in evidence.answers if one.paper == paper][:most]
        said = " ".join(filter(None, (_quote(one, composer) for one in told)))
        if asked := asked_of_record(evidence, paper):
            said = f"{state_record(paper, asked)} {composer.cite(paper)} {said}".strip()
        elif not said:
            said = _UNSAID
        elif paper in evidence.doubtful and not evidence.hedged:
            said = f"{NEAREST}{said}"
        lines.append(f"- {entry_title(paper)} — {said}")
    lead = (f"*{_NONE_SAYS}*\n",) if evidence.hedged else ()
    return _draft(evidence, "\n".join((*lead, *lines)), composer)


def asked_of_record(evidence: Evidence, paper: Paper) -> tuple[str, ...]:
    """Return what is asked of a paper's record, without what it lacks that words of abstracts may
    mean, too ("in which categories?").
    """
    asked = dict.fromkeys(name for ask in evidence.parsed.asks for name in ask.fields)
    known = recorded_facts(paper)
    return tuple(name for name in asked if known[name] or name not in MAY_BE_STATED)


def _draft(evidence: Evidence, text: str, composer: Composer) -> Draft:
    used = {sentence.paper.id for sentence in evidence.answers}
    considered = tuple(paper for paper in evidence.candidates[:_CONSIDERED] if paper.id not in used)
    return Draft("fact", text, composer.citations, considered=considered, hedged=evidence.hedged)


def _line(sentence: Statement, composer: Composer, known: Paper | None = None) -> str:
    """Return a sentence, with those that belong to it, and its paper, which is not said again where
    it is the one `known`; "" where it stands there already.
    """
    quote = _quote(sentence, composer)
    if not quote or sentence.paper == known:
        return quote
    source = f"— {title_link(sentence.paper)}"
    return f"{quote} {source}" if known else f"{quote}\n\n{source}"


def _quote(sentence: Statement, composer: Composer) -> str:
    """Return what of a sentence, and of those that belong to it, was not quoted yet, if it was not
    itself.
    """
    paper, spans = sentence.paper, readable_sentences(sentence.paper)
    quoted = [span for one in composer.citations if one.paper == paper for span in one.quotes]
    if sentence.span in quoted:
        return ""
    around = with_context([span.text for span in spans], sentence.position)
    new = (spans[n] for n in around if spans[n] not in quoted)
    return " ".join(composer.quote(paper, span) for span in new)
