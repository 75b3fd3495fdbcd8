"""Which form of writing a question gets."""

from functools import partial

from assistant.composing.written import comparisons, lists, prose
from assistant.composing.written.task import Reply, Task
from assistant.judging.evidence import EXACT
from assistant.reading.parsed_question import FORMS_OF_ABSTRACTS

_FORMS = {
    "fact": prose.write,
    "summary": prose.write,
    "list": lists.write,
    "comparison": comparisons.write,
}


# Why nothing answers where that is no matter of filters, and from where a question is off topic.
_UNSURE = ("nothing near", "unknown sides", "not in the abstract", "said by none of these")
_OFF_TOPIC = 0.5


def start(task: Task) -> Reply | None:
    """Return the reply under way, None for what is exact or a matter of judging: lists, and whether
    anything answers where the quotations say that nothing does, unless the model is a strong one.

    ModelError where the model fails to be asked whether it is.
    """
    if task.evidence.form in EXACT:
        return None
    if task.quotes.abstained and not _may_answer(task):
        return None
    if task.kind == "list" and not task.client.strong:
        return None  # it judges no papers
    return Reply(partial(_FORMS[task.kind], task)) if task.kind in _FORMS else None


def _may_answer(task: Task) -> bool:
    """Tell whether the model is asked though the quotations answer nothing."""
    asked, silence = task.evidence.parsed, task.evidence.silence
    if silence is None or silence.reason not in _UNSURE or asked.form not in FORMS_OF_ABSTRACTS:
        return False
    return asked.off_topic < _OFF_TOPIC and bool(task.papers_to_read()) and task.client.strong
