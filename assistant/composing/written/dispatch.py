"""Which form of writing a question gets."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.composing.written import list_judging, prose, table_filling
from assistant.composing.written.task import Reply, Task
from assistant.types import Kind

_FORMS = {
    "fact": prose.write,
    "summary": prose.write,
    "list": list_judging.write,
    "comparison": table_filling.write,
}


def start(task: Task) -> Reply | None:
    """Return the reply under way, None where there is nothing to write: of an abstention, and of a list by filters alone."""
    kind: Kind = task.quotes.kind
    if (
        task.quotes.abstained
        or kind not in _FORMS
        or (kind == "list" and not task.request.retrieval.query.concepts)
    ):
        return None
    form = _FORMS[kind]

    def write(reply: Reply) -> Iterator[str]:
        yield from form(task, reply)

    return Reply(write)
