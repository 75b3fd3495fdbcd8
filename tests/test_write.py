"""The written answer, through langchain-openai and a real HTTP server on loopback that speaks OpenAI's protocol."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from assistant.chat import make_chat
from assistant.embedder import MiniLM
from assistant.errors import ModelError
from assistant.folder import Folder
from assistant.models import make_chat_model, make_embedder
from assistant.pipeline import Assistant
from assistant.settings import load
from prompts import load as load_prompt

Reply = Callable[[dict[str, Any]], str | int]


class Server:
    """What was asked, and what to answer: text to stream, or an HTTP status."""

    def __init__(self) -> None:
        self.reply: Reply = lambda request: "The abstracts do not say."
        self.requests: list[dict[str, Any]] = []
        self.cut_after: int | None = None
        self.url = ""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.requests.append(request)
            if self.path.endswith("/embeddings"):
                return self._json({"object": "list", "model": "e", "data": [
                    {"object": "embedding", "index": n, "embedding": [float(len(text)), 1.0, 0.5]}
                    for n, text in enumerate(request["input"])], "usage": {"prompt_tokens": 1, "total_tokens": 1}})  # fmt: skip
            reply = state.reply(request)
            if isinstance(reply, int):
                return self._json({"error": {"message": "no", "type": "x", "code": str(reply)}}, reply)
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for number, piece in enumerate(re.findall(r".{1,7}", reply, re.DOTALL)):
                if state.cut_after is not None and number == state.cut_after:
                    return self.wfile.flush()
                self._event({"delta": {"role": "assistant", "content": piece}, "finish_reason": None})
            self._event({"delta": {}, "finish_reason": "stop"})
            self.wfile.write(b"data: [DONE]\n\n")

        def _event(self, choice: dict[str, Any]) -> None:
            event = {
                "id": "1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "m",
                "choices": [{"index": 0, **choice}],
            }
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()

        def _json(self, body: dict[str, Any], status: int = 200) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{http.server_port}/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", state.url)
    yield state
    http.shutdown()
    http.server_close()


@pytest.fixture
def writer(server: Server, data_dir: Path, embedder: MiniLM) -> Iterator[Assistant]:
    settings = load(model="openai:some-model", timeout=5.0)
    opened = Assistant(Folder(data_dir / "default"), embedder, make_chat(settings))
    yield opened
    opened.close()


def ids(request: dict[str, Any]) -> list[str]:
    return re.findall(r'<abstract id="(k[0-9a-f]{4})"', request["messages"][0]["content"])


def test_answer_streams_and_its_markers_become_citations(writer: Assistant, server: Server) -> None:
    server.reply = lambda request: f"SimDA tunes only 24M out of 1.1B parameters [{ids(request)[0]}]."
    stream = writer.stream("how many parameters does SimDA tune?")
    pieces = list(stream)
    answer = stream.answer
    assert len(pieces) > 3
    assert "".join(pieces) == answer.text == "SimDA tunes only 24M out of 1.1B parameters [1]."
    assert answer.model == "openai:some-model"
    assert answer.citations[0].paper.title.startswith("SimDA")
    quote = answer.citations[0].quotes[0]
    assert "24M out of 1.1B" in quote.text
    assert answer.citations[0].paper.abstract[quote.start : quote.end] == quote.text


def test_prompt_holds_whole_abstracts_within_the_budget(writer: Assistant, server: Server) -> None:
    writer.ask("which papers adapt T2I models to video?")
    prompt = server.requests[0]["messages"][0]["content"]
    papers = {paper.title: paper for paper in writer.papers()}
    titles = re.findall(r'<abstract id="k[0-9a-f]{4}" title="([^"]*)"', prompt)
    assert len(titles) > 5
    assert all(papers[title].abstract in prompt for title in titles if title in papers and "[" not in papers[title].abstract)
    from assistant import tokens

    assert tokens.count(prompt, tokens.encoding_for("some-model")) <= 6000
    assert server.requests[0]["stream"] is True


def test_invented_citations_never_reach_the_reader(writer: Assistant, server: Server) -> None:
    server.reply = lambda request: (
        f"True [{ids(request)[0]}]. False [kffff]. Also false [12]. It is 99.9% sure [{ids(request)[0]}]."
    )
    answer = writer.ask("how many parameters does SimDA tune?")
    assert "kffff" not in answer.text
    assert "[12]" not in answer.text
    assert "False. *(no source given)*" in answer.text
    assert "99.9: not in the source" in answer.text
    assert [citation.number for citation in answer.citations] == [1]


def test_answer_that_cites_nothing_given_is_replaced_by_quotations(writer: Assistant, server: Server) -> None:
    server.reply = lambda request: "I am sure that it is 7 billion [kffff] [3]."
    answer = writer.ask("how many parameters does SimDA tune?")
    assert answer.model == "quotes"
    assert "24M" in answer.text
    assert "cited none" in answer.notes[0]


def test_model_may_say_that_the_abstracts_do_not(writer: Assistant, server: Server) -> None:
    answer = writer.ask("which papers adapt T2I models to video?")
    assert answer.abstained
    assert answer.text == "The abstracts do not say."


@pytest.mark.parametrize(
    "reply",
    [
        "The abstracts do not say. From memory, though, it is exactly 7 billion, on 900 GPUs.",
        "the abstracts do not say [{}]",
        "**The abstracts do not say.**",
    ],
)
def test_nothing_is_claimed_beside_saying_nothing(writer: Assistant, server: Server, reply: str) -> None:
    server.reply = lambda request: reply.format(ids(request)[0])
    answer = writer.ask("how many parameters does SimDA tune?")
    assert (answer.text, answer.abstained, answer.citations) == ("The abstracts do not say.", True, ())


def test_budget_too_small_for_an_abstract(server: Server, data_dir: Path, embedder: MiniLM) -> None:
    opened = Assistant(Folder(data_dir / "default"), embedder, make_chat(load(model="openai:m", prompt_tokens=50)))
    answer = opened.ask("how many parameters does SimDA tune?")
    opened.close()
    assert server.requests == []
    assert "PAPER_ASSISTANT_PROMPT_TOKENS" in answer.notes[0]
    assert answer.citations


def test_off_topic_question_is_not_sent(writer: Assistant, server: Server) -> None:
    assert writer.ask("who won the football world cup?").abstained
    assert server.requests == []


@pytest.mark.parametrize(("status", "says"), [(401, "refused the key"), (404, "failed"), (400, "failed")])
def test_failing_server_ends_in_quotations_with_the_reason(writer: Assistant, server: Server, status: int, says: str) -> None:
    server.reply = lambda request: status
    answer = writer.ask("how many parameters does SimDA tune?")
    assert answer.model == "quotes"
    assert "24M" in answer.text
    assert says in answer.notes[0]


def test_stream_cut_off_ends_in_an_answer(writer: Assistant, server: Server) -> None:
    server.reply = lambda request: f"SimDA tunes only 24M out of 1.1B parameters [{ids(request)[0]}]."
    server.cut_after = 2
    answer = writer.ask("how many parameters does SimDA tune?")
    assert answer.citations
    assert "24M" in answer.text


def test_server_that_is_not_there(data_dir: Path, embedder: MiniLM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    opened = Assistant(Folder(data_dir / "default"), embedder, make_chat(load(model="openai:m")))
    answer = opened.ask("how many parameters does SimDA tune?")
    opened.close()
    assert "cannot be reached" in answer.notes[0]
    assert answer.citations


def test_embedding_server_is_used_through_langchain(server: Server) -> None:
    remote = make_embedder("openai:some-embedder")
    assert remote.embed_documents(["abc", "abcdef"]) == [[3.0, 1.0, 0.5], [6.0, 1.0, 0.5]]
    assert server.requests[0]["input"] == ["abc", "abcdef"]
    assert "some-embedder" in remote.identity  # type: ignore[attr-defined]


def test_models_that_cannot_be_made_are_explained() -> None:
    with pytest.raises(ModelError, match="needs OPENAI_API_KEY"):
        make_chat_model("openai:gpt-4o-mini", 5)
    with pytest.raises(ModelError, match="unknown model 'gpt'"):
        make_chat_model("gpt", 5)
    with pytest.raises(ModelError, match="unknown embedder"):
        make_embedder("bert")


@pytest.mark.parametrize("name", ["answer", "passage", "form_list", "form_summary", "form_comparison", "form_fact"])
def test_prompt_names_its_holes(name: str) -> None:
    text = (Path(__file__).parent.parent / "prompts" / f"{name}.md").read_text("utf-8")
    named = re.match(r"<!-- holes: (.*) -->", text)
    assert named is not None
    holes = set(named[1].split(", ")) - {"none"}
    assert set(load_prompt(name).get_identifiers()) == holes
    assert "$" not in load_prompt(name).substitute(dict.fromkeys(holes, "x"))
