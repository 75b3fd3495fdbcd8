"""A real HTTP server on loopback that speaks OpenAI's chat-completions protocol, and misbehaves
when it is told to."""

from __future__ import annotations

import contextlib
import json
import re
import select
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import pytest

Request = dict[str, Any]
Form = Literal[
    "fact", "summary", "list", "comparison", "repair", "read", "followups", "verify", "probe",
    "difference", "sides", "queries",
]  # fmt: skip
_FORMS: dict[str, Form] = {
    '"judgements"': "list", '"says"': "comparison", "2. DROP": "repair", "Read the last question": "read",
    "Check statements against": "verify", "Find the papers that a question sets": "sides", "Fill this form": "probe", "Say in one or two sentences what": "difference",
    "Write twelve requests": "queries",
    "Suggest three short questions": "followups", "Summarise what": "summary",
}  # fmt: skip
_READ = {
    "compare": "comparison",
    "which papers": "list",
    "papers ": "list",
    "summar": "summary",
    "known": "summary",
}
_ABSTRACT = re.compile(
    r'<abstract id="(k[0-9a-f]{4})" title="([^"]*)"[^>]*>\n(.*?)\n</abstract>', re.DOTALL
)
_PIECE = 7  # characters in each event of a stream
_LONGEST = (
    30.0  # seconds after which a silent answer ends, so that no thread outlives its test by much
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: an HTTP answer of `status` and `body`, or, where `then` is set, a stream
    that begins with `text`.

    "think" sends six thoughts beside the text first, `pause` seconds apart, "cut" closes the
    connection in the middle, "end" ends the stream without saying why, "silence" sends no more,
    "drip" sends an empty chunk every `pause` seconds for ever, "broken" sends what is no JSON,
    "error" an error in the stream, and "loop" sends `text` again and again.
    """

    status: int = 200
    body: str | Mapping[str, Any] = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    then: Literal["", "think", "cut", "end", "silence", "drip", "broken", "error", "loop"] = ""
    pause: float = 0.0


@dataclass
class Server:
    """What to answer, by `reply`, and what was asked; how a question is read by `reads`, where that
    is set. `gone` is set when a client leaves before the answer's end."""

    reply: Callable[[Request], str | Fault]
    reads: Callable[[Request], str | Fault] | None = None
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    usage: bool | dict[str, int] = True
    finish: str = "stop"
    pause: float = 0.0
    schemas: bool = True
    ollama: bool = False
    embedder: Callable[[str], list[float]] = lambda text: [float(len(text)), 1.0, 0.5]
    busy: int = 0
    busiest: int = 0
    gone: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def forms(self) -> list[Form]:
        """Return what each request so far asked for."""
        return [form(one) for one in self.requests]


def prompt(request: Request) -> str:
    """Return the text of a request."""
    return "\n".join(str(one["content"]) for one in request["messages"])


def form(request: Request) -> Form:
    """Return what a request asks for, by the wording of its prompt."""
    text = _ABSTRACT.sub("", prompt(request))
    return next((one for words, one in _FORMS.items() if words in text), "fact")


def ids(request: Request) -> list[str]:
    """Return the opaque ids of the abstracts in a request, in order."""
    return list(papers(request))


def papers(request: Request) -> dict[str, tuple[str, str]]:
    """Return title and abstract, as the prompt has them, of each id in a request."""
    return {match[1]: (match[2], match[3]) for match in _ABSTRACT.finditer(prompt(request))}


def aspects(request: Request) -> list[str]:
    """Return the aspects that a comparison asks for."""
    asked = re.search(r"these aspects as keys: (.*)", prompt(request))
    return asked[1].split(", ") if asked else []


def first_sentence(abstract: str) -> str:
    """Return an abstract's first sentence, as far as a full stop and a space tell."""
    return re.split(r"(?<=[.!?]) ", " ".join(abstract.split()), maxsplit=1)[0]


def judgements(request: Request, match: str = "yes") -> str:
    """Return a well-made reply to a list: every paper judged as `match`, with the first sentence of
    its abstract."""
    found = [
        {"id": one, "words": first_sentence(abstract), "reason": "", "match": match}
        for one, (_, abstract) in papers(request).items()
    ]
    return json.dumps({"judgements": found})


def cells(request: Request) -> str:
    """Return a well-made reply to a comparison: a sentence of the abstract for each aspect, as long
    as there are any."""
    [(_, abstract)] = papers(request).values()
    said = re.split(r"(?<=[.!?]) ", " ".join(abstract.split()))
    pairs = zip(aspects(request), [*said, *[""] * 9], strict=False)
    return json.dumps({aspect: {"says": one, "words": one} for aspect, one in pairs})


def good(request: Request) -> str:
    """Return a reply as a good model gives it, to whatever is asked."""
    kind = form(request)
    if kind == "list":
        return judgements(request)
    if kind == "comparison":
        return cells(request)
    if kind == "repair":
        return "1. DROP"
    if kind == "read":
        asked = re.findall(r"Last question: (.*)", prompt(request))[-1]
        read = next((form for words, form in _READ.items() if words in asked.lower()), "fact")
        return json.dumps({"standalone": asked, "form": read, "searches": [], "off_topic": False})
    if kind in ("verify", "difference", "probe", "sides"):
        return "{}"
    if kind == "queries":
        [(title, _)] = papers(request).values()
        return json.dumps({"queries": [f"what {title} finds", f"somebody who asks of {title}"]})
    if kind == "followups":
        return "What does SimDA tune?"
    if kind == "fact":
        return _best_sentence(request)
    sentence = [
        f"{first_sentence(abstract).rstrip('.')} [{one}]."
        for one, (_, abstract) in papers(request).items()
    ]
    return f"## Found\n\n{' '.join(sentence[:3])}"


def _best_sentence(request: Request) -> str:
    """Return, cited, the sentence of the first abstract that shares most of the question's
    words."""
    asked = set(re.findall(r"\w{3,}", prompt(request).rpartition("Question:")[2].lower()))
    identifier, (_, abstract) = next(iter(papers(request).items()))
    found = re.split(r"(?<=[.!?]) ", " ".join(abstract.split()))
    best = max(found, key=lambda one: len(asked & set(re.findall(r"\w{3,}", one.lower()))))
    return f"{best.rstrip('.')} [{identifier}]."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server to which OPENAI_BASE_URL leads, replying as a good model until `reply` is set."""
    with running() as state:
        monkeypatch.setenv("OPENAI_BASE_URL", state.url)
        yield state


@contextlib.contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server, over TLS where a context is given, until the block ends."""
    state = Server(good, good)
    http = _Listener(("127.0.0.1", 0), _handler(state))
    if tls is not None:
        http.socket = tls.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    state.url = f"{'https' if tls else 'http'}://127.0.0.1:{http.server_port}/v1"
    try:
        yield state
    finally:
        state.over.set()
        http.shutdown()
        http.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: clients that break off are what is tested."""


def _handler(state: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            models = {
                "object": "list",
                "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "me"}],
            }
            if self.path.endswith("/models"):
                return _send(self, 200, models)
            if self.path == "/api/tags" and state.ollama:
                return _send(self, 200, {"models": [{"name": "m", "digest": "0a"}]})
            return _send(self, 404, {"error": {"message": "no such path"}})

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if not self.path.endswith(("/chat/completions", "/embeddings")):
                return self.do_GET()  # what asks whether this is Ollama
            request["authorization"] = self.headers["authorization"]
            with state.lock:
                state.requests.append(request)
                state.busy += 1
                state.busiest = max(state.busiest, state.busy)
            state.asked.set()
            try:
                if self.path.endswith("/embeddings"):
                    return _send(self, 200, _embeddings(request["input"], state))
                _reply(self, state, request)
            except OSError:
                state.gone.set()
            finally:
                with state.lock:
                    state.busy -= 1

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler


def _reply(handler: BaseHTTPRequestHandler, state: Server, request: Request) -> None:
    if not state.schemas and "response_format" in request:
        return _send(
            handler, 400, {"error": {"message": "response_format json_schema is not supported"}}
        )
    reads = state.reads if form(request) == "read" else None
    reply = (reads or state.reply)(request)
    handler.close_connection = True
    if isinstance(reply, Fault) and not reply.then:
        return _send(handler, reply.status, reply.body, reply.headers)
    text = reply.text if isinstance(reply, Fault) else reply
    if not request.get("stream"):
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": state.finish,
        }
        return _send(
            handler,
            200,
            {
                **_FRAME,
                "object": "chat.completion",
                "choices": [choice],
                "usage": _usage(request, text),
            },
        )
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    _stream(_Events(handler, state), reply, request)


@dataclass(frozen=True, slots=True)
class _Events:
    """The events of one stream, sent as HTTP chunks."""

    handler: BaseHTTPRequestHandler
    state: Server

    def send(self, data: str) -> None:
        body = f"data: {data}\n\n".encode()
        self.raw(b"%x\r\n%s\r\n" % (len(body), body))

    def raw(self, data: bytes) -> None:
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def delta(self, content: str, finish: str | None = None) -> None:
        choice = {
            "index": 0,
            "delta": {"role": "assistant", "content": content},
            "finish_reason": finish,
        }
        self.send(json.dumps({**_FRAME, "choices": [choice]}))

    def wait(self, seconds: float) -> None:
        """Wait; OSError when the client has left, or the test is over."""
        until = time.monotonic() + seconds
        connection = self.handler.connection
        while time.monotonic() < until:
            if self.state.over.is_set():
                raise ConnectionAbortedError
            readable, _, _ = select.select([connection], [], [], 0.02)
            if readable and not connection.recv(1):
                raise ConnectionResetError


def _stream(events: _Events, reply: str | Fault, request: Request) -> None:
    fault = reply if isinstance(reply, Fault) else Fault(text=reply)
    text = fault.text
    for _ in range(6 if fault.then == "think" else 0):
        thought = {"role": "assistant", "content": None, "reasoning_content": "Reward is 42."}
        events.send(
            json.dumps(
                {**_FRAME, "choices": [{"index": 0, "delta": thought, "finish_reason": None}]}
            )
        )
        events.wait(fault.pause)
    for piece in re.findall(rf".{{1,{_PIECE}}}", text, re.DOTALL):
        events.delta(piece)
        events.wait(events.state.pause)
    if fault.then == "silence":
        events.wait(_LONGEST)
    while fault.then in ("drip", "loop"):
        events.delta(text if fault.then == "loop" else "")
        events.wait(fault.pause)
    if fault.then == "broken":
        events.send('{"id": "1", "choices": [{"delta": ')
    if fault.then == "error":
        events.send(json.dumps({"error": fault.body}))
    if fault.then in ("cut", "silence"):
        return
    if fault.then in ("", "think"):
        events.delta("", events.state.finish)
        if events.state.usage and (request.get("stream_options") or {}).get("include_usage"):
            told = events.state.usage
            usage = told if isinstance(told, dict) else _usage(request, text)
            events.send(json.dumps({**_FRAME, "choices": [], "usage": usage}))
        events.send("[DONE]")
    events.raw(b"0\r\n\r\n")


_FRAME = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def _usage(request: Request, text: str) -> dict[str, int]:
    sent, received = len(prompt(request).split()), len(text.split())
    return {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}


def _embeddings(texts: Sequence[str], state: Server) -> dict[str, Any]:
    data = [
        {"object": "embedding", "index": n, "embedding": state.embedder(text)}
        for n, text in enumerate(texts)
    ]
    return {
        "object": "list",
        "model": "e",
        "data": data,
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


def _send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: str | Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> None:
    data = (body if isinstance(body, str) else json.dumps(body)).encode()
    handler.send_response(status)
    for name, value in {
        "content-type": "text/html" if isinstance(body, str) else "application/json",
        **(headers or {}),
    }.items():
        handler.send_header(name, value)
    handler.send_header("content-length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)
