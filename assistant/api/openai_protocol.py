"""OpenAI's protocol: `/v1/models`, `/v1/chat/completions`, `/v1/responses`.

A model is a corpus ("default") or a corpus with a writer ("default/quotes"). System messages, tools
and sampling are ignored. A stream tells what is being done, in comments, and has the text when it
is whole and checked: what was sent could not be marked any more.
"""

import json
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from assistant.api.conversation import AnswerMemory, CitedText, Exchange, cite, read_messages
from assistant.api.failures import HANDLERS, openai_error, status_of
from assistant.api.records import citation_records
from assistant.api.service import Answering, AnswerService, Asked
from assistant.errors import AssistantError, QuestionError, UnknownError
from assistant.types import Answer, Usage

MOST_MESSAGES = 400
_MOST_RESPONSES = 1000
_COMMENT = 1.0  # seconds between comments while an answer is under way
_NO_STORE = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
Record = dict[str, Any]


class _Part(BaseModel):
    type: str
    text: str = ""


class _Message(BaseModel):
    role: str = "user"
    type: str = "message"
    content: str | list[_Part] | None = None

    @property
    def text(self) -> str:
        """Return what is said; QuestionError for anything but text."""
        if not isinstance(self.content, list):
            return self.content or ""
        for part in self.content:
            if part.type not in ("text", "input_text", "output_text"):
                raise QuestionError(f"only text is read here, and a message has {part.type}")
        return "\n".join(part.text for part in self.content)


class _ChatRequest(BaseModel):
    model: str
    messages: list[_Message]
    stream: bool = False
    stream_options: Record | None = None
    n: Literal[1] | None = None
    response_format: Record | None = None


class _ResponsesRequest(BaseModel):
    model: str
    input: str | list[_Message]
    stream: bool = False
    store: bool | None = True
    previous_response_id: str | None = None
    text: Record = {}


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer on its way to a program: under which id and model, and what was asked."""

    id: str
    model: str
    corpus: str
    asked: Asked
    created: int = field(default_factory=lambda: int(time.time()))


@dataclass(slots=True)
class _Protocol:
    """The three paths, over one service; responses are remembered by their ids for a while."""

    service: AnswerService
    memory: AnswerMemory = field(default_factory=AnswerMemory)
    _said: OrderedDict[str, tuple[str, tuple[Exchange, ...]]] = field(default_factory=OrderedDict)

    async def models(self, request: Request) -> Response:
        """List the models, or return one."""
        about = {"object": "model", "created": 0, "owned_by": "paper-assistant"}
        if wanted := request.path_params.get("name"):
            _check_model(wanted, self.service)
            return JSONResponse({"id": wanted, **about})
        listed = [{"id": name, **about} for name in _model_names(self.service)]
        return JSONResponse({"object": "list", "data": listed})

    async def chat(self, request: Request) -> Response:
        """Answer a chat's last message."""
        sent = _ChatRequest.model_validate_json(await request.body())
        _check_format(sent.response_format)
        exchanges, question = read_messages(_said(sent.messages))
        reply, answering = await self._begin("chatcmpl-", sent.model, exchanges, question)
        if sent.stream:
            usage = bool((sent.stream_options or {}).get("include_usage"))
            return _EventStream(self._chat_events(reply, answering, usage), answering)
        answer = await answering.finish(request.is_disconnected)
        text = self._remember(reply, answer)
        said = {"role": "assistant", "content": text.text, "refusal": None}
        message = {**said, "annotations": _chat_annotations(text)}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return JSONResponse(
            {
                **_frame(reply, "chat.completion"),
                "choices": [choice],
                "usage": _chat_usage(answer.usage),
                "sources": citation_records(answer),
            }
        )

    async def responses(self, request: Request) -> Response:
        """Answer the last item of a response's input."""
        sent = _ResponsesRequest.model_validate_json(await request.body())
        _check_format(sent.text.get("format"))
        before = self._before(sent.previous_response_id, sent.model)
        items = [_Message(content=sent.input)] if isinstance(sent.input, str) else sent.input
        said = _said([one for one in items if one.type == "message"])
        exchanges, question = read_messages(said)
        exchanges = [*before, *exchanges]
        reply, answering = await self._begin("resp_", sent.model, exchanges, question)
        store = (sent.model, tuple(exchanges)) if sent.store is not False else None
        if sent.stream:
            return _EventStream(self._response_events(reply, answering, store), answering)
        answer = await answering.finish(request.is_disconnected)
        text = self._remember(reply, answer, store)
        return JSONResponse(_response(reply, answer, [_item(reply, text)]))

    async def _begin(
        self, prefix: str, model: str, exchanges: Sequence[Exchange], question: str
    ) -> tuple[_Reply, Answering]:
        service, memory = self.service, self.memory
        _check_model(model, service)
        corpus, _, writer = model.partition("/")
        turns = await service.run(
            lambda: memory.turns(corpus, exchanges, service.assistant(corpus).snapshot)
        )
        asked = Asked(question, corpus, writer, turns)
        return _Reply(prefix + uuid4().hex, model, corpus, asked), await service.begin(asked)

    def _before(self, identifier: str | None, model: str) -> tuple[Exchange, ...]:
        """Return what was said up to a response; UnknownError where it is not known any more."""
        if identifier is None:
            return ()
        about, exchanges = self._said.get(identifier, ("", ()))
        if about.partition("/")[0] != model.partition("/")[0]:
            raise UnknownError(
                f"there is no response {identifier} of this corpus; send the whole conversation as"
                " input"
            )
        return exchanges

    def _remember(
        self, reply: _Reply, answer: Answer, store: tuple[str, tuple[Exchange, ...]] | None = None
    ) -> CitedText:
        """Return the answer's text, and know it again when a program sends it back."""
        text = cite(answer)
        exchange = Exchange(reply.asked.question, text.text)
        self.memory.keep(reply.corpus, exchange, answer)
        if store is not None:
            self._said[reply.id] = (store[0], (*store[1], exchange))
            while len(self._said) > _MOST_RESPONSES:
                self._said.popitem(last=False)
        return text

    async def _chat_events(
        self, reply: _Reply, answering: Answering, usage: bool
    ) -> AsyncIterator[str]:
        """Yield the chunks of a streamed chat: the role, the text, what it cites, the usage."""
        frame = _frame(reply, "chat.completion.chunk")
        more = {"usage": None} if usage else {}

        def chunk(delta: Mapping[str, Any], reason: str | None = None, **extra: Any) -> str:
            choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
            return _data({**frame, "choices": [choice], **more, **extra})

        yield chunk({"role": "assistant", "content": ""})
        async for comment in _comments(answering):
            yield comment
        try:
            answer = answering.answer
        except AssistantError as error:
            yield _data(openai_error(status_of(error), str(error)))
        else:
            text = self._remember(reply, answer)
            for line in text.text.splitlines(keepends=True):
                yield chunk({"content": line})
            sources = citation_records(answer)
            yield chunk({"annotations": _chat_annotations(text)}, "stop", sources=sources)
            if usage:
                yield _data({**frame, "choices": [], "usage": _chat_usage(answer.usage)})
        yield "data: [DONE]\n\n"

    async def _response_events(
        self, reply: _Reply, answering: Answering, store: tuple[str, tuple[Exchange, ...]] | None
    ) -> AsyncIterator[str]:
        """Yield the events of a streamed response."""
        begun = _response(reply)
        events = _Events()
        yield events.make("response.created", response=begun)
        yield events.make("response.in_progress", response=begun)
        async for comment in _comments(answering):
            yield comment
        try:
            answer = answering.answer
        except AssistantError as error:
            failed = {"code": "server_error", "message": str(error)}
            failed_response = {**begun, "status": "failed", "error": failed}
            yield events.make("response.failed", response=failed_response)
            return
        text = self._remember(reply, answer, store)
        for event in _item_events(events, reply, text):
            yield event
        whole = _response(reply, answer, [_item(reply, text)])
        yield events.make("response.completed", response=whole)


@dataclass(slots=True)
class _Events:
    """Makes the events of one response, numbered."""

    _number: int = 0

    def make(self, kind: str, **fields: Any) -> str:
        """Return an event as it is sent."""
        event = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return f"event: {kind}\n{_data(event)}"


def build_openai(service: AnswerService) -> Starlette:
    """Return the application that answers below /v1."""
    protocol = _Protocol(service)
    routes = [
        Route("/models", protocol.models),
        Route("/models/{name:path}", protocol.models),
        Route("/chat/completions", protocol.chat, methods=["POST"]),
        Route("/responses", protocol.responses, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers=HANDLERS)


def _model_names(service: AnswerService) -> list[str]:
    """Return the names that a program can give as a model."""
    ends = ("", *(f"/{writer}" for writer in service.writers))
    return [f"{corpus}{end}" for corpus in service.corpora.names() for end in ends]


def _check_model(model: str, service: AnswerService) -> None:
    names = _model_names(service)
    if model not in names:
        known = ", ".join(names[:20])
        raise UnknownError(f"the model {model[:100]!r} does not exist; use one of: {known}")


def _said(messages: Sequence[_Message]) -> list[tuple[str, str]]:
    if len(messages) > MOST_MESSAGES:
        raise QuestionError(f"a conversation has at most {MOST_MESSAGES} messages here")
    return [(one.role, one.text) for one in messages if one.role in ("user", "assistant")]


def _check_format(wanted: object) -> None:
    if isinstance(wanted, dict) and wanted.get("type", "text") != "text":
        raise QuestionError("answers are Markdown with citations here; leave out the format")


class _EventStream(StreamingResponse):
    """Events of an answer, which is stopped where the client leaves."""

    def __init__(self, events: AsyncIterator[str], answering: Answering) -> None:
        super().__init__(events, media_type="text/event-stream", headers=_NO_STORE)
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._answering.stop()


async def _comments(answering: Answering) -> AsyncIterator[str]:
    """Yield what is being done, as comments that clients skip, until the answer is whole."""
    while not await answering.wait(_COMMENT):
        yield f": {' '.join(answering.status.split())}\n\n"


def _data(record: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(record, ensure_ascii=False)}\n\n"


def _frame(reply: _Reply, kind: str) -> Record:
    return {"id": reply.id, "object": kind, "created": reply.created, "model": reply.model}


def _places(text: CitedText) -> list[Record]:
    return [
        {
            "start_index": link.start,
            "end_index": link.end,
            "title": link.paper.title,
            "url": link.paper.page,
        }
        for link in text.links
    ]


def _chat_annotations(text: CitedText) -> list[Record]:
    return [{"type": "url_citation", "url_citation": place} for place in _places(text)]


def _chat_usage(usage: Usage | None) -> Record:
    sent, received = (usage.prompt, usage.completion) if usage else (0, 0)
    total = sent + received
    return {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": total}


def _response(reply: _Reply, answer: Answer | None = None, output: Sequence[Record] = ()) -> Record:
    """Return a response: under way, or with its answer."""
    usage = None
    if answer is not None:
        sent, received, total = _chat_usage(answer.usage).values()
        usage = {
            "input_tokens": sent,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": received,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": total,
        }
    return {
        "id": reply.id,
        "object": "response",
        "created_at": reply.created,
        "model": reply.model,
        "status": "in_progress" if answer is None else "completed",
        "output": list(output),
        "usage": usage,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": False,
        "temperature": None,
        "tool_choice": "none",
        "tools": [],
        "top_p": None,
        **({} if answer is None else {"sources": citation_records(answer)}),
    }


def _item(reply: _Reply, text: CitedText | None) -> Record:
    """Return a response's only item, its message, which is under way without text."""
    return {
        "id": reply.id.replace("resp_", "msg_"),
        "type": "message",
        "role": "assistant",
        "status": "completed" if text else "in_progress",
        "content": [_content(text)] if text else [],
    }


def _content(text: CitedText) -> Record:
    annotations = [{"type": "url_citation", **place} for place in _places(text)]
    return {"type": "output_text", "text": text.text, "annotations": annotations, "logprobs": []}


def _item_events(events: _Events, reply: _Reply, text: CitedText) -> Iterator[str]:
    """Yield the events that a response's message comes by."""
    begun, whole = _item(reply, None), _item(reply, text)
    at = {"item_id": begun["id"], "output_index": 0, "content_index": 0}
    yield events.make("response.output_item.added", output_index=0, item=begun)
    yield events.make("response.content_part.added", part=_content(CitedText("", ())), **at)
    for line in text.text.splitlines(keepends=True):
        yield events.make("response.output_text.delta", delta=line, logprobs=[], **at)
    [content] = whole["content"]
    for number, annotation in enumerate(content["annotations"]):
        place = {"annotation": annotation, "annotation_index": number, **at}
        yield events.make("response.output_text.annotation.added", **place)
    yield events.make("response.output_text.done", text=text.text, logprobs=[], **at)
    yield events.make("response.content_part.done", part=content, **at)
    yield events.make("response.output_item.done", output_index=0, item=whole)
