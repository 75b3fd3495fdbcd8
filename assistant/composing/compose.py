"""Evidence → a draft that quotes: one writer for each form of answer."""

from collections.abc import Callable

from assistant.composing import table_editing
from assistant.composing.extractive import abstentions, comparisons, counts, facts, lists, summaries
from assistant.judging.evidence import AnswerForm, Evidence
from assistant.types import Draft

_WRITERS: dict[AnswerForm, Callable[[Evidence], Draft]] = {
    "all": lists.write_all,
    "comparison": comparisons.write,
    "count": counts.write,
    "description": facts.write_description,
    "fact": facts.write,
    "greeting": abstentions.greet,
    "list": lists.write,
    "negation": lists.write_negation,
    "silence": abstentions.write,
    "summary": summaries.write,
    "table edit": table_editing.write,
}


def compose(evidence: Evidence) -> Draft:
    """Return the quoting answer in the form that the evidence can carry."""
    return _WRITERS[evidence.form](evidence)
