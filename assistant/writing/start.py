"""Which form of writing a question gets."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.types import Kind
from assistant.writing import columns, judging, prose
from assistant.writing.written import Reply, Task

_FORMS = {"fact": prose.write, "summary": prose.write, "list": judging.write, "comparison": columns.write}


def start(task: Task) -> Reply | None:
    """Return the reply under way, None where there is nothing to write: of an abstention, and of a list by filters alone."""
    kind: Kind = task.quotes.kind
    if task.quotes.abstained or kind not in _FORMS or (kind == "list" and not task.request.retrieval.query.concepts):
        return None
    form = _FORMS[kind]

    def write(reply: Reply) -> Iterator[str]:
        yield from form(task, reply)

    return Reply(write)
