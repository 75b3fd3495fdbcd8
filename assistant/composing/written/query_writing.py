"""Papers → queries that they answer, written by a model in the words of people from outside."""

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from langchain_core.prompt_values import PromptValue

from assistant.composing.written import prompt_context
from assistant.composing.written.llm_client import LLMClient
from assistant.composing.written.llm_errors import CallError
from assistant.composing.written.replies import TEXT, find_object, object_schema
from assistant.errors import ModelError
from assistant.models.budget import Account
from assistant.models.chat import ChatModel
from assistant.text.prompt_injection import fenced
from assistant.types import Paper, Usage
from ingest.record_facts import queries_in
from prompts import fill

_SCHEMA = object_schema({"queries": {"type": "array", "items": TEXT}})
_MOST_FAILED = 3
_EXPECTED = 260
"""Tokens of a reply: twelve queries of ten words or so, one of thirty, and the JSON."""


def write_queries(
    chat: ChatModel, account: Account, papers: Sequence[Paper]
) -> Iterator[tuple[Paper, tuple[str, ...]]]:
    """Yield papers as the model is done with them, each with the queries that it wrote; with none
    where its reply holds none, the abstract does not fit into a prompt, or the call fails.

    ModelError where calls fail three times in a row, or all of them, where no budget is left, and
    where the model fills no form: it would have papers found for what they do not say.
    """
    stop = threading.Event()
    clients: queue.SimpleQueue[LLMClient] = queue.SimpleQueue()
    first = LLMClient(chat, account, stop)
    if not first.strong:
        raise ModelError(
            f"{chat.name} is taken for a small model, whose queries would have papers found for"
            " what they do not say; choose another, or set PAPER_ASSISTANT_PROFILE to strong"
        )
    for _ in range(chat.limits.parallel):
        clients.put(LLMClient(chat, account, stop, schemas=first.schemas, system=first.system))

    def write(paper: Paper) -> tuple[str, ...]:
        client = clients.get()
        client.started = time.monotonic()
        try:
            return _written(client, paper)
        finally:
            clients.put(client)

    pool = ThreadPoolExecutor(chat.limits.parallel)
    try:
        asked = {pool.submit(write, paper): paper for paper in papers}
        failed = 0  # in a row
        for one in as_completed(asked):
            try:
                queries = one.result()
                failed = 0
            except CallError:
                queries, failed = (), failed + 1
                if failed in (_MOST_FAILED, len(papers)):
                    raise
            yield asked[one], queries
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def estimate(chat: ChatModel, papers: Sequence[Paper]) -> Usage:
    """Return about what it takes to have queries written for some papers."""
    client = LLMClient(chat, chat.account())
    sent, received = sum(client.count(_prompt(one)) for one in papers), _EXPECTED * len(papers)
    cost = None if chat.price is None else chat.price.of(sent, received)
    return Usage(sent, received, len(papers), cost, estimated=True)


def _written(client: LLMClient, paper: Paper) -> tuple[str, ...]:
    prompt = _prompt(paper)
    if client.count(prompt) > client.chat.limits.prompt_tokens:
        return ()
    reply = client.complete(prompt, _SCHEMA, whole=True)
    return queries_in(find_object(reply, ["queries"]).get("queries"))


def _prompt(paper: Paper) -> PromptValue:
    given = prompt_context.passage("k0000", paper, fenced(paper.abstract))
    return fill("queries", {"passage": given})
