"""Which form of writing a question gets."""

from functools import partial

from assistant.composing.written import comparisons, lists, prose
from assistant.composing.written.task import Reply, Task

_FORMS = {
    "fact": prose.write,
    "summary": prose.write,
    "list": lists.write,
    "comparison": comparisons.write,
}


_EXACT = ("all", "bibliography", "collection", "recommendation")


def start(task: Task) -> Reply | None:
    """Return the reply under way, None for an abstention and for a list by filters alone."""
    kind = task.quotes.kind
    if task.quotes.abstained or kind not in _FORMS or task.evidence.form in _EXACT:
        return None
    return Reply(partial(_FORMS[kind], task))
