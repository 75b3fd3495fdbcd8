"""A draft → the answer: verified word for word, with all that is to be told about it."""

from collections.abc import Iterator

from assistant.checking.quotations import verify_quotations
from assistant.composing.extractive.abstentions import outside_line, unfound_sentence
from assistant.composing.extractive.comparisons import told_of_sides
from assistant.composing.written.task import WrittenAnswer
from assistant.judging.evidence import Evidence
from assistant.retrieval.hybrid import LIMIT
from assistant.text.language import foreign_language
from assistant.types import QUOTES, Answer, Draft

_DOUBTFUL = 0.4  # below this the form is told
_READ_AS = {
    "list": "a list of papers",
    "fact": "one fact",
    "summary": "a summary",
    "comparison": "a comparison",
    "count": "a number of papers",
    "bibliography": "authors, years or venues",
}
_STOPPED = "Stopped here; what stands was checked."
_MISREAD = (
    "This question seems to be in {language}, and was read as if it were English, as the abstracts"
    " are: ask it in English, or have a language model write."
)
WHOLE = "I read this as a question of the whole collection; name the papers if you meant those."
DOUBTED = "I was not sure which paper this is about, and asked it of the likeliest ones."
OTHERS = "I left out the papers that I showed before."
NOTHING_YET = "Stopped before anything was written."


def verify_answer(written: WrittenAnswer, evidence: Evidence) -> Answer:
    """Return the answer: quotes that are not the abstracts' words and markers without a source are
    left out, and told.

    The sentences of a model were checked while they were written (`written.checks`).
    """
    draft, notes = verify_quotations(written.draft)
    if written.stopped and not draft.text.strip():
        draft = Draft("none", NOTHING_YET)
    if written.stopped and draft.citations and not written.notes:
        notes = (_STOPPED, *notes)
    notes = (*notes, *_how_read(evidence, draft, written.model))
    meant = [one.paper for one in draft.citations if one.paper in evidence.focus]
    in_doubt = evidence.parsed.in_doubt and evidence.form == "fact" and len(meant) > 1
    if in_doubt and written.model != QUOTES:  # quotations say so themselves
        notes = (*notes, DOUBTED)
    absent = evidence.parsed.absent
    told_above = evidence.form == "comparison" or draft.abstained
    if not told_above:
        notes = (*notes, *told_of_sides(evidence))
    unfound = draft.unfound or evidence.unfound
    if absent and not unfound:
        notes = (*notes, unfound_sentence(evidence, absent))
    if foreign := _is_misread(evidence):
        notes = (_MISREAD.format(language=evidence.parsed.language), *notes)
    cited = {citation.paper.id for citation in draft.citations}
    return Answer(
        question=evidence.parsed.standalone,
        kind=draft.kind,
        text=draft.text,
        abstained=draft.abstained,
        citations=draft.citations,
        retrieved=evidence.found.candidates[:LIMIT],
        considered=tuple(paper for paper in draft.considered if paper.id not in cited),
        nearest=draft.nearest,
        model=written.model,
        notes=(*written.notes, *notes),
        checks=written.checks,
        judged=written.judged,
        given=written.given,
        table=draft.table,
        usage=written.usage,
        stopped=written.stopped,
        hedged=draft.hedged or foreign or in_doubt or (bool(evidence.unsure) and not told_above),
        withheld=written.withheld,
        counts=draft.counts,
        counted=draft.counted,
        unfound=unfound or absent,
        may_mean=tuple(meant) if in_doubt else (),
    )


def _how_read(evidence: Evidence, draft: Draft, model: str) -> Iterator[str]:
    """Yield notes on how the question was read, and what was left out of the papers for it."""
    parsed = evidence.parsed
    if parsed.rejected and parsed.scope.without and model != QUOTES:  # quotations say so themselves
        yield OTHERS
    if draft.abstained:
        return
    if evidence.outside:
        yield outside_line(evidence.outside)
    if parsed.confidence < _DOUBTFUL:
        wanted = _READ_AS.get(parsed.form, parsed.form)
        yield f"I read this as a question for {wanted}; say so if you want another form."
    if parsed.set_aside:
        yield WHOLE


def _is_misread(evidence: Evidence) -> bool:
    """Tell whether a question is in a language that the abstracts found for it are not in."""
    language, found = evidence.parsed.language, evidence.found.candidates
    return bool(language and found) and foreign_language(found[0].paper.abstract) != language
