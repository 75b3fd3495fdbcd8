"""Each fault of a model's server, driven against a real one on loopback that misbehaves on purpose.

FAULT_TABLE names a Markdown file to write: what each ends in, its note, and how long it took (run
with -n 0).
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TypeVar

import pytest
import trustme

from assistant.assistant import Assistant
from assistant.composing.stream import AnswerStream
from assistant.composing.written.llm_client import PATIENCE
from assistant.models import openai_compatible
from assistant.models.chat import make_chat
from assistant.settings import load_settings
from assistant.types import QUOTES, Answer, Turn
from tests.conftest import Open, Written
from tests.openai_server import Fault, Request, Server, form, good, ids, judgements, prompt, running

SHORT = 1.5  # the timeout where the server has to be waited for
TIMEOUT = 8.0  # elsewhere, so that a busy machine does not bring it about
BESIDE = 20.0  # seconds for all that is not waiting, on a busy machine
LIMIT = 4 * TIMEOUT + BESIDE
KEY = "sk-secret-0123456789abcdef"
QUESTIONS = {
    "fact": "how many parameters does SimDA tune?",
    "list": "which papers adapt T2I models to video?",
    "comparison": "Compare Tune-A-Video and Still-Moving",
}
FOLLOW_UP = {
    "fact": "what does it train on?",
    "list": "how does the second one work?",
    "comparison": "how does the second one work?",
}
TRUE = "SimDA tunes only 24M out of 1.1B parameters"
Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Return what `work` returns; fail when it takes longer, so that a hang does not block."""
    found: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001 - carried over to the test's own thread
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), f"it hangs: no answer after {seconds:.0f} seconds"
    if failed:
        raise failed[0]
    return found[0]


@pytest.fixture
def open_assistant(server: Server, assistant: Assistant, tmp_path: Path) -> Open:
    """Open an assistant whose model is at OPENAI_BASE_URL, its day's ledger apart from other
    tests'."""

    server.reads = None  # what goes wrong goes wrong from the first call on

    def call(**settings: object) -> Assistant:
        chat = make_chat(
            load_settings(
                **{
                    "model": "openai:m",
                    "profile": "strong",
                    "cache": False,
                    "timeout": TIMEOUT,
                    "data_dir": tmp_path,
                    **settings,
                }
            )
        )
        return Written(assistant, chat)

    return call


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    """Rows of the fault table, written at the end where FAULT_TABLE names a file."""
    rows: list[str] = []
    yield rows
    if path := os.environ.get("FAULT_TABLE"):
        head = "| fault | asked for | ends in | note | seconds |\n|---|---|---|---|---|\n"
        Path(path).write_text(head + "".join(rows), "utf-8")


def row(name: str, asked: str, answer: Answer, seconds: float) -> str:
    by = "the quoting answer" if answer.model == QUOTES else "a written answer"
    note = " ".join(answer.notes).replace("|", "\\|") or "–"
    return f"| {name} | {asked} | {by}, {len(answer.citations)} cited | {note} | {seconds:.1f} |\n"


def grounded(answer: Answer) -> None:
    """Assert that an answer has citations, numbered without a gap, whose words stand in the
    abstracts."""
    assert answer.citations
    assert [one.number for one in answer.citations] == list(range(1, len(answer.citations) + 1))
    for one in answer.citations:
        assert f"[{one.number}]" in answer.text
        assert one.quotes
        assert all(
            one.paper.abstract[quote.start : quote.end] == quote.text for quote in one.quotes
        )


def one_line(answer: Answer, says: str) -> None:
    """Assert that the one note says why, on one line, without a traceback."""
    [note] = answer.notes
    assert says in note
    assert "\n" not in note
    assert "Traceback" not in note
    assert len(note) < 400


@dataclass(frozen=True, slots=True)
class Row:
    """One fault: how the server behaves, what the note says, and who wrote: "quotes" or the model.

    `calls` are made at most. Where the server `hangs`, the timeout is short.
    """

    name: str
    reply: Callable[[Request], str | Fault]
    says: str
    ends_in: str = QUOTES
    forms: tuple[str, ...] = ("fact",)
    calls: int | None = None

    @property
    def hangs(self) -> bool:
        return (
            self.name.startswith("timeout") or "falls silent" in self.name or "drips" in self.name
        )

    @property
    def endless(self) -> bool:
        return self.hangs or self.name.startswith("endless")


def always(fault: Fault) -> Callable[[Request], str | Fault]:
    return lambda request: fault


def error(status: int, message: str, kind: str = "x", **headers: str) -> Fault:
    return Fault(
        status,
        {"error": {"message": message, "type": kind, "code": kind}},
        {key.replace("_", "-"): value for key, value in headers.items()},
    )


def in_a_minute() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)


def cut(text: str, then: str = "cut") -> Callable[[Request], Fault]:
    return lambda request: Fault(text=text.format(*ids(request)[:1]), then=then)  # type: ignore[arg-type]


def loop(text: str) -> Callable[[Request], Fault]:
    return lambda request: Fault(text=text.format(*ids(request)[:1]), then="loop")


def overflow(fault: Fault, most: int | None = None) -> Callable[[Request], str | Fault]:
    """Overflow always, or while a prompt holds more than `most` abstracts."""
    return lambda request: (
        good(request) if most is not None and len(ids(request)) <= most else fault
    )


def invented(request: Request) -> str:
    return (
        judgements(request).replace('"id": "k', '"id": "kf')
        if form(request) == "list"
        else "It is 7 billion [kffff] [k9fff] [3]."
    )


ALL = ("fact", "list", "comparison")
OPENAI_OVERFLOW = error(
    400,
    "This model's maximum context length is 512 tokens. However, your messages resulted in 4000"
    " tokens.",
    "context_length_exceeded",
)
LLAMA_OVERFLOW = error(
    400,
    "the request exceeds the available context size, try increasing it",
    "exceed_context_size_error",
)
HTML = "<html><head><title>Welcome</title></head><body><p>Sign in</p></body></html>"
ROWS = [
    Row("timeout: accepts and never answers", always(Fault(then="silence")), "did not answer in time", forms=ALL),
    Row("timeout: an empty chunk a second", always(Fault(then="drip", pause=1.0)), "did not answer in time", forms=ALL),
    Row("timeout: empty chunks without a pause", always(Fault(then="drip", pause=0.005)), "did not answer in time"),
    Row("401", always(error(401, "Incorrect API key provided")), "OPENAI_API_KEY", forms=ALL, calls=4),
    Row("403", always(error(403, "no access to this model")), "ask for access", forms=ALL, calls=4),
    Row("404 model", always(error(404, "The model `m` does not exist", "model_not_found")), "check its name", forms=ALL, calls=4),
    Row("400", always(error(400, "temperature is not supported")), "temperature is not supported", forms=ALL, calls=8),
    Row("429 with Retry-After", always(error(429, "slow down", retry_after="0.2")), "busy (429)", forms=ALL, calls=12),
    Row("429 with Retry-After longer than the timeout", always(error(429, "slow down", retry_after="30")), "in 30 seconds", calls=1),
    Row("429 with a date as Retry-After", lambda request: error(429, "slow down", retry_after=in_a_minute()), "seconds", calls=1),
    Row("429 without Retry-After", always(error(429, "slow down")), "busy (429)", forms=ALL),
    Row("429 without credit", always(error(429, "You exceeded your current quota", "insufficient_quota")), "no credit", calls=1),
    Row("500", always(error(500, "boom")), "failed (500", forms=ALL),
    Row("503 in HTML", always(Fault(503, HTML)), "failed (503"),
    Row("stream cut before the first token", always(Fault(then="cut")), "broke off", forms=ALL),
    Row("stream cut in the first sentence", cut("I believe that the answer to"), "broke off too early", calls=1),
    Row("stream cut in mid-sentence", cut(TRUE + " [{}]. It was trained on eight hundr"), "so the answer ends there", "openai:m"),
    Row("stream cut in mid-sentence, nothing cited", cut("It is 7 billion. It was trained on eight hun"), "too early"),
    Row("stream ends without a reason", cut(TRUE + " [{}]. It was trained on eig", "end"), "so the answer ends there", "openai:m"),
    Row("stream falls silent in mid-sentence", cut(TRUE + " [{}]. It was tr", "silence"), "fell silent", "openai:m"),
    Row("stream drips empty chunks after a sentence", cut(TRUE + " [{}]. It was tr", "drip"), "fell silent", "openai:m"),
    Row("invalid JSON in the stream", always(Fault(then="broken")), "what is no answer", forms=ALL),
    Row("invalid JSON after a sentence", cut(TRUE + " [{}]. It was tr", "broken"), "so the answer ends there", "openai:m"),
    Row("an error in the stream", always(Fault(body={"message": "out of memory"}, then="error")), "out of memory", forms=ALL),
    Row("HTML with status 200", always(Fault(200, HTML)), "check OPENAI_BASE_URL", forms=ALL),
    Row("empty completion", lambda request: "", "wrote nothing", forms=ALL),
    Row("whitespace only", lambda request: " \n \n", "wrote nothing", forms=ALL),
    Row("prose for JSON", lambda request: "I would be glad to help!", "choose another model", forms=("list", "comparison")),
    Row("endless repetition of a sentence", loop(TRUE + " [{}]. "), "repeat itself", "openai:m"),
    Row("endless repetition of a line", loop("- " + TRUE + " [{}].\n"), "repeat itself", "openai:m"),
    Row("endless repetition of a word", loop("yes "), "repeated itself"),
    Row("endless repetition of a word", loop("yes "), "choose another model", forms=("list", "comparison")),
    Row("every citation invented", invented, "choose another model", forms=("fact", "list")),
    Row("context overflow (OpenAI)", overflow(OPENAI_OVERFLOW), "PAPER_ASSISTANT_PROMPT_TOKENS", forms=ALL),
    Row("context overflow (llama.cpp)", overflow(LLAMA_OVERFLOW), "PAPER_ASSISTANT_PROMPT_TOKENS", forms=ALL),
    Row("context overflow in the stream", always(Fault(body={"code": 400, "message": "exceeds the context size"}, then="error")),
        "PAPER_ASSISTANT_PROMPT_TOKENS"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "asked"),
    [
        pytest.param(
            one,
            asked,
            id=f"{one.name}-{asked}",
            marks=() if asked == one.forms[0] else pytest.mark.slow,
        )
        for one in ROWS
        for asked in one.forms
    ],
)
@pytest.mark.slow
def test_fault_ends_in_a_useful_answer(
    one: Row, asked: str, server: Server, open_assistant: Open, table: list[str]
) -> None:
    timeout = SHORT if one.hangs else TIMEOUT
    opened = open_assistant(timeout=timeout)
    server.reply = one.reply
    question = QUESTIONS[asked]
    started = time.monotonic()
    answer = within(4 * timeout + BESIDE, lambda: opened.ask(question))
    table.append(row(one.name, asked, answer, time.monotonic() - started))
    grounded(answer)
    assert answer.kind == asked
    assert answer.model == one.ends_in
    one_line(answer, one.says)
    assert one.calls is None or len(server.requests) <= one.calls
    until = time.monotonic() + BESIDE
    while server.busy and time.monotonic() < until:
        time.sleep(0.02)
    assert not server.busy, "a call goes on that nobody reads"
    assert server.gone.is_set() or not one.endless
    server.reply = good
    after = within(LIMIT, lambda: opened.ask(FOLLOW_UP[asked], [Turn(question, answer)]))
    grounded(after)
    assert (after.model, after.notes) == ("openai:m", ())
    assert after.question != FOLLOW_UP[asked]


RECOVERS = {
    "500 once": error(500, "boom"),
    "429 once with Retry-After": error(429, "slow down", retry_after="0.1"),
    "429 once": error(429, "slow down"),
    "cut once before the first token": Fault(then="cut"),
    "empty once": Fault(text="", then="end"),
}


@pytest.mark.parametrize("asked", ALL)
@pytest.mark.parametrize("fault", RECOVERS.values(), ids=RECOVERS)
@pytest.mark.slow
def test_fault_that_passes_is_tried_again(
    fault: Fault, asked: str, server: Server, open_assistant: Open, table: list[str]
) -> None:
    opened = open_assistant()
    once = iter([fault])  # several threads ask
    server.reply = lambda request: next(once, None) or good(request)
    started = time.monotonic()
    answer = within(LIMIT, lambda: opened.ask(QUESTIONS[asked]))
    name = next(name for name, one in RECOVERS.items() if one is fault)
    table.append(row(f"{name}, then fine", asked, answer, time.monotonic() - started))
    grounded(answer)
    assert (answer.model, answer.notes) == ("openai:m", ())
    calls = {"fact": ["fact", "verify"], "list": ["read", *["list"] * 6]}
    expected = calls.get(asked, ["read", "comparison", "comparison", "difference"])
    assert len(server.requests) == len(expected) + 1
    assert set(server.forms()) == set(expected)


@pytest.mark.parametrize(
    "asked",
    ["fact", *(pytest.param(one, marks=pytest.mark.slow) for one in ("list", "comparison"))],
)
@pytest.mark.parametrize("fault", [OPENAI_OVERFLOW, LLAMA_OVERFLOW], ids=["OpenAI", "llama.cpp"])
def test_context_overflow_ends_with_fewer_abstracts(
    fault: Fault, asked: str, server: Server, open_assistant: Open, table: list[str]
) -> None:
    opened = open_assistant()
    most = {"fact": 8, "list": 2, "comparison": 1}[asked]
    server.reply = overflow(fault, most)
    started = time.monotonic()
    answer = within(LIMIT, lambda: opened.ask(QUESTIONS[asked]))
    table.append(
        row("context overflow, fits after halving", asked, answer, time.monotonic() - started)
    )
    grounded(answer)
    assert (answer.model, answer.notes) == ("openai:m", ())
    assert asked == "comparison" or max(len(ids(one)) for one in server.requests) > most
    assert asked != "list" or {one.paper.id for one in answer.judged} == {
        paper.id for paper in answer.given
    }


def test_some_batches_of_a_list_fail(
    server: Server, open_assistant: Open, table: list[str]
) -> None:
    opened = open_assistant(parallel=1)
    server.reply = lambda request: (
        good(request) if len(server.requests) < 4 else error(401, "expired")
    )
    started = time.monotonic()
    answer = within(LIMIT, lambda: opened.ask(QUESTIONS["list"]))
    table.append(row("401 after two of six batches", "list", answer, time.monotonic() - started))
    grounded(answer)
    assert answer.model == "openai:m"
    one_line(answer, "of 24 candidates could not be judged")
    assert len(answer.given) == len(answer.judged) == 8
    assert "8 of 8 judged match (16 not judged)" in answer.text


@pytest.mark.parametrize(
    "asked",
    ["comparison", *(pytest.param(one, marks=pytest.mark.slow) for one in ("fact", "list"))],
)
def test_nothing_listens(
    asked: str, open_assistant: Open, table: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, not listening: nobody else gets the port meanwhile
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{free.getsockname()[1]}/v1")
        opened = open_assistant()
        started = time.monotonic()
        answer = within(LIMIT, lambda: opened.ask(QUESTIONS[asked]))
        table.append(row("connection refused", asked, answer, time.monotonic() - started))
        grounded(answer)
        assert answer.model == QUOTES
        one_line(answer, "cannot be reached")


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, ssl.SSLContext]:
    """A certificate authority that nobody knows, and a server's context with a certificate of
    it."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    return ca, context


@pytest.mark.parametrize("asked", ALL)
def test_certificate_that_nobody_signed(
    asked: str,
    open_assistant: Open,
    table: list[str],
    monkeypatch: pytest.MonkeyPatch,
    authority: tuple[trustme.CA, ssl.SSLContext],
) -> None:
    with running(authority[1]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        opened = open_assistant()
        started = time.monotonic()
        answer = within(LIMIT, lambda: opened.ask(QUESTIONS[asked]))
        table.append(row("TLS: self-signed certificate", asked, answer, time.monotonic() - started))
        grounded(answer)
        assert answer.model == QUOTES
        one_line(answer, "SSL_CERT_FILE")
        assert server.requests == []


def test_certificate_named_as_the_note_says(
    open_assistant: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    authority: tuple[trustme.CA, ssl.SSLContext],
) -> None:
    authority[0].cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with running(authority[1]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        opened = open_assistant()
        answer = within(LIMIT, lambda: opened.ask(QUESTIONS["fact"]))
        assert (answer.model, answer.notes) == ("openai:m", ())


def test_tls_to_a_port_that_speaks_none(
    server: Server, open_assistant: Open, table: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url.replace("http:", "https:"))
    opened = open_assistant()
    started = time.monotonic()
    answer = within(LIMIT, lambda: opened.ask(QUESTIONS["fact"]))
    table.append(row("TLS: https:// to a plain port", "fact", answer, time.monotonic() - started))
    grounded(answer)
    assert answer.model == QUOTES
    one_line(answer, "use http://")


@pytest.mark.parametrize(
    "status",
    [400, 401, 403, 404, *(pytest.param(one, marks=pytest.mark.slow) for one in (429, 500))],
)
def test_key_that_the_server_echoes_is_not_told(
    status: int,
    server: Server,
    open_assistant: Open,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, "assistant.composing")  # the command line may have set it
    server.reply = always(error(status, f"wrong key {KEY} in Bearer {KEY}"))
    opened = open_assistant()
    answer = within(LIMIT, lambda: opened.ask(QUESTIONS["fact"]))
    assert server.requests[0]["authorization"] == f"Bearer {KEY}"
    grounded(answer)
    assert KEY[3:] not in repr(answer)
    assert KEY[3:] not in caplog.text
    failed = [line for line in caplog.messages if line.startswith("a call of openai:m failed: ")]
    assert len(failed) == len(server.requests)


@pytest.mark.parametrize("asked", ALL)
@pytest.mark.parametrize("budget", ["answer_tokens", "day_tokens"])
def test_budget_ends_in_quotations(
    budget: str, asked: str, server: Server, open_assistant: Open, table: list[str]
) -> None:
    opened = open_assistant(**{budget: 100})
    started = time.monotonic()
    answer = within(LIMIT, lambda: opened.ask(QUESTIONS[asked]))
    table.append(row(f"budget: {budget}", asked, answer, time.monotonic() - started))
    grounded(answer)
    assert answer.model == QUOTES
    one_line(answer, f"raise PAPER_ASSISTANT_{budget.upper()}")
    assert server.requests == []


def stopped(stream: AnswerStream, ready: Callable[[str], bool]) -> tuple[Answer, float]:
    """Stop `stream` from another thread once it is `ready`, told the text so far; return the answer
    and the seconds it took."""
    pressed: list[float] = []
    shown: list[str] = []

    def press() -> None:
        while not ready("".join(shown)):
            time.sleep(0.01)
        pressed.append(time.monotonic())
        stream.stop()

    threading.Thread(target=press, daemon=True).start()
    within(LIMIT, lambda: shown.extend(stream))
    return stream.answer, time.monotonic() - pressed[0]


@pytest.mark.parametrize("asked", ALL)
def test_stop_while_the_server_is_silent(asked: str, server: Server, open_assistant: Open) -> None:
    opened = open_assistant(timeout=60.0)
    server.reply = always(Fault(then="silence"))
    answer, seconds = stopped(opened.stream(QUESTIONS[asked]), lambda shown: server.asked.is_set())
    assert answer.stopped
    assert seconds < BESIDE  # far less than the timeout
    assert server.gone.wait(2)
    assert answer.citations or answer.text == "Stopped before anything was written."


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a system without timer signals")
def test_a_signal_that_is_handled_late_stops(server: Server, open_assistant: Open) -> None:
    server.reply = always(Fault(then="silence"))
    stream = open_assistant(timeout=60.0).stream(QUESTIONS["fact"])

    def handle(number: int, frame: object) -> None:
        assert not stopping, "it waits on"
        stopping.append(number)
        time.sleep(0.3)  # longer than it waits between looks at stop
        stream.stop()

    stopping: list[int] = []
    before = signal.signal(signal.SIGALRM, handle)
    try:
        threading.Thread(
            target=lambda: (
                server.asked.wait(30), signal.setitimer(signal.ITIMER_REAL, 0.25, BESIDE)
            ),
            daemon=True,
        ).start()  # fmt: skip
        list(stream)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert stopping
    assert stream.answer.stopped


def test_stop_while_the_server_streams(server: Server, open_assistant: Open) -> None:
    opened = open_assistant(timeout=60.0)
    server.pause = 0.05
    more = "It writes on and on about {}. "
    server.reply = lambda request: (
        f"{TRUE} [{ids(request)[0]}]. " + "".join(more.format(n) for n in range(500))
    )
    stream = opened.stream(QUESTIONS["fact"])
    answer, seconds = stopped(stream, lambda shown: shown.count("writes on") > 1)
    assert answer.stopped
    assert seconds < BESIDE
    assert server.gone.wait(2)
    assert answer.text.startswith(f"{TRUE} [1].")
    assert answer.model == "openai:m"
    assert answer.notes == ("Stopped here; what stands was checked.",)
    grounded(answer)
    assert server.forms() == ["fact"]


def test_stop_during_a_pause_before_another_attempt(server: Server, open_assistant: Open) -> None:
    opened = open_assistant(timeout=60.0)
    server.reply = always(error(429, "slow down", retry_after="50"))
    answer, seconds = stopped(
        opened.stream(QUESTIONS["fact"]), lambda shown: server.asked.is_set() and server.busy == 0
    )
    assert answer.stopped
    assert seconds < BESIDE
    assert len(server.requests) == 1


def test_stop_in_a_list_keeps_what_was_judged(server: Server, open_assistant: Open) -> None:
    opened = open_assistant(timeout=60.0, parallel=1)
    server.reply = lambda request: (
        good(request) if len(server.requests) < 4 else Fault(then="silence")
    )
    answer, seconds = stopped(
        opened.stream(QUESTIONS["list"]), lambda shown: len(server.requests) == 4
    )
    assert answer.stopped
    assert seconds < BESIDE
    assert server.gone.wait(2)
    assert len(answer.given) == 8
    grounded(answer)
    assert len(server.requests) == 4


def test_reader_who_leaves_is_not_waited_for(server: Server, open_assistant: Open) -> None:
    opened = open_assistant(timeout=60.0, parallel=2)
    first = opened.assistant.search(QUESTIONS["list"]).retrieved[0].paper.title
    server.reply = lambda request: (
        good(request)
        if first in prompt(request) or form(request) == "read"
        else Fault(then="silence")
    )
    pieces = iter(opened.stream(QUESTIONS["list"]))
    assert within(LIMIT, lambda: next(filter(None, pieces)))
    within(BESIDE, pieces.close)  # type: ignore[attr-defined]
    assert server.gone.wait(2)


def test_text_that_never_ends_is_bounded(server: Server, open_assistant: Open) -> None:
    """Words that differ, from a server that keeps to no limit."""
    opened = open_assistant(output_tokens=100)
    server.reply = lambda request: (
        f"{TRUE} [{ids(request)[0]}]. " + " ".join(str(n * n) for n in range(10**5))
    )
    answer = within(LIMIT, lambda: opened.ask(QUESTIONS["fact"]))
    grounded(answer)
    one_line(answer, "PAPER_ASSISTANT_OUTPUT_TOKENS")
    assert len(answer.text) < 3000


@pytest.mark.slow
def test_model_that_thinks_for_longer_than_the_timeout_is_heard_out(
    server: Server, open_assistant: Open
) -> None:
    """As vLLM, llama.cpp and Ollama send thoughts: beside the text, which stays empty meanwhile."""
    opened = open_assistant(timeout=SHORT)
    server.reply = lambda request: Fault(
        text=f"{TRUE} [{ids(request)[0]}].", then="think", pause=0.6
    )
    answer = within(LIMIT, lambda: opened.ask(QUESTIONS["fact"]))
    assert answer.model != QUOTES
    assert answer.notes == ()
    assert "42" not in answer.text


@pytest.mark.slow
def test_text_that_drips_for_ever_is_bounded(server: Server, open_assistant: Open) -> None:
    opened = open_assistant(timeout=SHORT)
    server.pause = 0.5
    server.reply = lambda request: (
        f"{TRUE} [{ids(request)[0]}]. " + " ".join(str(n * n) for n in range(10**4))
    )
    answer = within((PATIENCE + 1) * SHORT + BESIDE, lambda: opened.ask(QUESTIONS["fact"]))
    grounded(answer)
    assert answer.model == QUOTES or "fell silent" in answer.notes[0]


def test_reply_longer_than_any_answer_is_not_read_to_its_end(
    server: Server, open_assistant: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_compatible, "MOST_BYTES", 100_000)
    server.reply = always(error(500, "x" * 10**6))
    answer = within(LIMIT, lambda: open_assistant().ask(QUESTIONS["fact"]))
    assert answer.model == QUOTES
    one_line(answer, "broke off the connection")
