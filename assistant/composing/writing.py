"""A quoting draft → the written answer: by a model where there is one, else the draft as it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings
from langchain_core.runnables import RunnableConfig

from assistant.composing import table_editing
from assistant.composing.stream import Piece
from assistant.composing.written.task import Task, WrittenAnswer
from assistant.errors import ModelError
from assistant.judging.evidence import Evidence
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.types import QUOTES, Draft, Turn

if TYPE_CHECKING:
    from assistant.composing.written.llm_client import LLMClient
    from assistant.composing.written.postprocess import CheckerConfig
    from assistant.composing.written.question_reading import WrittenReading
    from assistant.models.chat import ChatModel


@dataclass(frozen=True, slots=True)
class Writer:
    """What writes one question's answer: the calls of a model under one account, and how its
    sentences are checked.
    """

    client: LLMClient
    checker: CheckerConfig

    def read(self, question: str, turns: Sequence[Turn]) -> WrittenReading | None:
        """Return how the model reads a question after `turns`, None where too small or failed."""
        from assistant.composing.written.llm_client import Stopped
        from assistant.composing.written.question_reading import read_question

        try:
            return read_question(question, turns, self.client) if self.client.strong else None
        except (ModelError, Stopped):
            return None

    def begin_reading(
        self, question: str, turns: Sequence[Turn], ahead: bool
    ) -> Callable[[], WrittenReading | None]:
        """Return what gives `read` of a question when it is called; `ahead`: it is begun at once,
        in a thread of its own.
        """
        if not ahead:
            return partial(self.read, question, turns)
        # A daemon: a program that is interrupted does not wait for it, as it would for a pool.
        future: Future[WrittenReading | None] = Future()

        def work() -> None:
            try:
                future.set_result(self.read(question, turns))
            except BaseException as error:  # noqa: BLE001 (raised where the result is asked for)
                future.set_exception(error)

        threading.Thread(target=work, name="reading ahead", daemon=True).start()
        return future.result


def make_writer(
    chat: ChatModel | None,
    corpus: IndexSnapshot,
    embedder: Embeddings,
    stop: threading.Event,
    config: RunnableConfig | None = None,
) -> Writer | None:
    """Return what writes with `chat` over `corpus`, None without a model; `stop` ends its calls,
    which `config` goes with.
    """
    if chat is None:
        return None
    from assistant.composing.written.llm_client import LLMClient
    from assistant.composing.written.postprocess import CheckerConfig, embedding_similarity

    checker = CheckerConfig(embedding_similarity(embedder), corpus.systems, chat.unsupported)
    return Writer(LLMClient(chat, chat.account(), stop, config=config), checker)


def write(
    draft: Draft, evidence: Evidence, writer: Writer | None
) -> Generator[Piece, None, WrittenAnswer]:
    """Yield the text as it comes, and return the whole, each sentence of a model checked.

    When a model fails or cites nothing, the whole is the draft, with a note that says why.
    """
    if writer is None:
        yield Piece(draft.text)
        edit = evidence.parsed.edit
        return WrittenAnswer(draft, model=edit.answer.model if edit else QUOTES)
    written = yield from _written(draft, evidence, writer)
    return replace(written, usage=writer.client.account.usage)


def _written(
    draft: Draft, evidence: Evidence, writer: Writer
) -> Generator[Piece, None, WrittenAnswer]:
    from assistant.composing.written.acceptance import Unacceptable
    from assistant.composing.written.dispatch import start
    from assistant.composing.written.llm_client import Stopped

    task = Task(evidence.parsed.question, evidence, draft, writer.client, writer.checker)
    if evidence.form == "table edit":
        return (yield from _edited(task))
    # What is likely to be cited is there to be read before the first word comes.
    likely = {citation.number: citation.paper for citation in draft.citations}
    yield Piece(status="choosing what to read", cited=likely)
    try:
        if (reply := start(task)) is None:
            # Where the reader stopped before anything was found, nothing is said of the corpus.
            stopped = writer.client.stop.is_set()
            kept = Draft("none", "") if stopped and draft.abstained else draft
            yield Piece(kept.text)
            return WrittenAnswer(kept, stopped=stopped)
        for text in reply:
            yield Piece(text, reply.status, reply.cited)
    except Stopped:
        return WrittenAnswer(Draft("none", "") if draft.abstained else draft, stopped=True)
    except ModelError as error:
        writer.client.forget()  # so that asking again is not answered by the same
        instead = "" if draft.abstained else " These are quotations instead."
        withheld = error.written if isinstance(error, Unacceptable) else ""
        return WrittenAnswer(draft, notes=(f"{error}.{instead}",), withheld=withheld)
    if reply.written is None:
        raise ModelError("the model's reply ended without an answer; ask again")
    quoted = reply.written.quoted or reply.written.draft.text == draft.text
    model = QUOTES if quoted else writer.client.chat.name
    return replace(reply.written, model=model)


def _edited(task: Task) -> Generator[Piece, None, WrittenAnswer]:
    """Return the edited table; it is the model's as soon as one wrote any of its cells."""
    draft, filling = task.quotes, None if task.quotes.abstained else table_editing.fill(task)
    while filling:
        try:
            yield Piece(status=next(filling))
        except StopIteration as end:
            draft, filling = end.value, None
    yield Piece(draft.text)
    before = table_editing.edit_of(task.evidence).answer.model
    model = before if draft is task.quotes else task.client.chat.name
    return WrittenAnswer(draft, model=model, stopped=task.client.stop.is_set())
