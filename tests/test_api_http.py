"""JSON over HTTP, and who gets in at what answers programs; the asynchronous `aask`."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.api import mount, service
from assistant.api.records import answer_record
from assistant.assistant import Assistant
from assistant.index.layout import Folder
from assistant.models.chat import make_chat
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from assistant.types import Paper, Turn
from assistant.web.server import bounds
from tests.chromium import own_data, served
from tests.openai_server import Fault, Server, server

__all__ = ["own_data", "server"]

FACT = "how many parameters does SimDA tune?"
PASSWORD = "open, Sesame: ü"


@pytest.fixture
def http(api_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api_url) as client:
        yield client


def timeless(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "seconds"}


def test_an_answer_is_the_batch_record(http: httpx.Client, assistant: Assistant) -> None:
    reply = http.post("api/ask", json={"query": FACT})
    expected = answer_record(assistant.ask(FACT))
    assert timeless(reply.json()) == timeless(dict(expected))


def test_notes_are_told_without_a_model_too(http: httpx.Client) -> None:
    record = http.post("api/ask", json={"query": "quels articles parlent de vidéos ?"}).json()
    assert record["notes"][0].startswith("This question seems to be in French")


def test_turns_are_a_conversation(http: httpx.Client) -> None:
    turns = [{"user": FACT}, {"user": "who wrote it?"}]
    sent = {"turns": turns, "corpus": "again", "writer": "quotes"}
    found = http.post("api/ask", json=sent).json()
    assert "Zhen Xing" in found["text"]
    assert "Zhen Xing" not in http.post("api/ask", json={"query": "who wrote it?"}).json()["text"]


def test_what_was_answered_before_is_not_paid_for_again(
    own_data: Path, embedder: MiniLM, server: Server
) -> None:
    wanted = {"model": "openai:some-model", "profile": "strong", "cache": False}
    chat = make_chat(load_settings(data_dir=own_data, **wanted))
    with (
        served(own_data, embedder, chat, **wanted) as site,
        httpx.Client(base_url=f"{site.url}api/") as client,
    ):
        turns = [{"user": FACT}, {"user": "what is its super-resolution model for?"}]
        first = client.post("ask", json={"query": FACT}).json()
        calls = first["usage"]["calls"]
        assert calls == len(server.requests) > 0
        again = client.post("ask", json={"query": FACT}).json()
        assert again["usage"]["calls"] == calls  # a question that is put is answered
        server.requests.clear()
        last = client.post("ask", json={"turns": turns}).json()
        assert "SimDA" in last["question"]
        assert last["usage"]["calls"] == len(server.requests) > 0


def test_a_ranking_is_read_page_by_page(http: httpx.Client, assistant: Assistant) -> None:
    ranked = [one.paper.id for one in assistant.search("video", limit=7).retrieved]
    found: list[str] = []
    cursor = 0
    for size in (3, 3, 1):
        asked = {"query": "video", "limit": size, "cursor": cursor}
        page = http.get("api/search", params=asked).json()
        found += [one["paper_id"] for one in page["retrieved"]]
        cursor = page["next_cursor"]
    assert found == ranked
    assert cursor == 7
    first = http.get("api/search", params={"query": "video", "limit": 1}).json()["retrieved"][0]
    abstract = http.get(f"api/papers/default/{first['paper_id']}").json()["abstract"]
    passage = first["passage"]
    assert abstract[passage["start"] : passage["end"]] == passage["text"]


def test_papers_are_listed_under_filters_to_the_end(
    http: httpx.Client, corpus: list[Paper]
) -> None:
    wanted = [paper.id for paper in corpus if (paper.year or 0) >= 2024]
    found: list[str] = []
    cursor = 0
    while cursor is not None:
        asked = {"filters": "year>=2024", "limit": 20, "cursor": cursor}
        page = http.get("api/papers", params=asked).json()
        assert page["total"] == len(wanted)
        found += [paper["id"] for paper in page["papers"]]
        cursor = page["next_cursor"]
    assert found == wanted


def test_a_paper_is_found_by_id_title_and_name(http: httpx.Client, corpus: list[Paper]) -> None:
    simda = next(paper for paper in corpus if paper.title.startswith("SimDA"))
    for name in (simda.id, simda.title, "SimDA"):
        assert http.get(f"api/papers/again/{name}").json()["id"] == simda.id
    unknown = http.get("api/papers/default/nothing of this name")
    assert unknown.status_code == 404
    assert "no paper is called" in unknown.json()["error"]


def test_corpora_tell_their_scope(http: httpx.Client) -> None:
    first, again = http.get("api/corpora").json()["corpora"]
    assert {**first, "name": "again"} == again
    assert (first["name"], first["papers"], first["writers"]) == ("default", 219, ["quotes"])
    assert first["years"][0] < first["years"][1]
    assert "video generation" in first["topics"]


def test_the_openapi_document_describes_every_path_and_loads_nothing(http: httpx.Client) -> None:
    document = http.get("api/openapi.json").json()
    assert set(document["paths"]) == {
        "/ask", "/search", "/papers", "/papers/{corpus}/{name}", "/corpora",
    }  # fmt: skip
    assert document["servers"] == [{"url": "/api"}]
    answer = document["components"]["schemas"]["AnswerRecord"]
    record = http.post("api/ask", json={"query": "how many papers are there per year?"}).json()
    assert set(answer["required"]) < set(record) <= set(answer["properties"])
    for path in ("api/docs", "api/redoc"):
        assert http.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "told"),
    [
        ("POST", "ask", {"query": ""}, 400, 'give either a "query" or "turns"'),
        ("POST", "ask", {"query": "  "}, 400, "the question is empty"),
        ("POST", "ask", {"query": "x" * 9000}, 400, "query: "),
        ("POST", "ask", {"query": "a?", "model": "gpt"}, 400, "model: "),
        ("POST", "ask", {"query": "a?", "corpus": "none"}, 404, "there is: default, again"),
        ("POST", "ask", {"query": "a?", "corpus": "../default"}, 404, "there is no corpus"),
        ("POST", "ask", {"query": "a?", "writer": "openai:gpt-4o"}, 404, "does not write here"),
        ("POST", "ask", {"turns": [{"user": "a"}] * 21}, 400, "turns: "),
        ("GET", "ask?query=a", None, 405, "Method Not Allowed"),
        ("GET", "search?query=a&limit=0", None, 400, "limit: "),
        ("GET", "search", None, 400, "query: "),
        (
            "GET",
            "papers?filter=year:2024",
            None,
            400,
            "there is no parameter 'filter'; known are filters",
        ),
        ("GET", "papers?filters=video", None, 400, "'video' is not a filter"),
        ("GET", "nothing", None, 404, "Not Found"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    http: httpx.Client, method: str, path: str, sent: Any, status: int, told: str
) -> None:
    reply = http.request(method, f"api/{path}", json=sent)
    assert reply.status_code == status
    assert told in reply.json()["error"]
    assert "\n" not in reply.json()["error"]


def test_a_large_body_and_too_many_questions_are_refused(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(mount.LARGEST_BODY // 100_000 + 1):
            yield b" " * 100_000

    for path in ("api/ask", "mcp", "v1/responses"):
        for body in (b" " * (mount.LARGEST_BODY + 1), pieces()):
            assert http.post(path, content=body).status_code == 413
    monkeypatch.setattr(service, "MOST_RUNNING", 0)
    busy = http.post("api/ask", json={"query": FACT})
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "2")
    assert http.get("api/search", params={"query": "video"}).status_code == 429


# ---- who gets in

PATHS = (("GET", "api/corpora"), ("POST", "api/ask"), ("GET", "v1/models"),
         ("POST", "v1/chat/completions"), ("POST", "mcp"), ("GET", "mcp"))  # fmt: skip


def told(reply: httpx.Response, path: str) -> str:
    error = reply.json()["error"]
    return str(error["message"] if path.startswith("v1/") else error)


def test_other_sites_pages_cannot_use_it(http: httpx.Client) -> None:
    port = str(http.base_url).rstrip("/").rpartition(":")[2]
    foreign = [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:1"},
    ]
    for method, path in PATHS:
        for headers in foreign:
            reply = http.request(method, path, headers=headers, json={"query": FACT})
            if method == "GET" and "sec-fetch-site" not in headers:
                # Browsers that send no Sec-Fetch-Site keep the answer from the page by themselves.
                assert "access-control-allow-origin" not in reply.headers
            else:
                assert (reply.status_code, told(reply, path)) == (
                    403, "This is not the way to this page.",
                )  # fmt: skip
        rebound = http.request(method, path, headers={"host": f"evil.example:{port}"}, json={})
        assert rebound.status_code == 421
        asked = {"origin": "http://evil.example", "access-control-request-method": method}
        assert http.options(path, headers=asked).status_code == 403


def test_without_the_password_nothing_is_answered(own_data: Path, embedder: MiniLM) -> None:
    name_and_password = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    good = (f"Basic {name_and_password}".encode(), f"Bearer {PASSWORD}".encode())
    bad = (None, b"Bearer", b"Bearer wrong", b"Bearer Bearer", b"Token x", b"Basic eDp5")
    with (
        served(own_data, embedder, password=PASSWORD) as site,
        httpx.Client(base_url=site.url) as client,
    ):
        for method, path in PATHS:
            for header in bad[:2]:
                headers = {} if header is None else {b"authorization": header}
                reply = client.request(method, path, headers=headers, json={"query": FACT})
                assert reply.status_code == 401
                assert told(reply, path) == "This page needs its password."
        for header in good:
            given = {b"authorization": header}
            assert client.get("v1/models", headers=given).status_code == 200
            assert client.get("api/corpora", headers=given).status_code == 200
        for _ in range(bounds.WRONG_PASSWORDS):
            client.get("v1/models", headers={b"authorization": bad[2]})
        for header in (bad[3], f"bearer {PASSWORD}".encode()):
            reply = client.get("v1/models", headers={b"authorization": header})
            assert reply.status_code == 429
            assert "Too many wrong passwords" in told(reply, "v1/models")
        # Whoever was let in goes on.
        assert client.get("v1/models", headers={b"authorization": good[1]}).status_code == 200


# ---- Python


def test_aask_answers_as_ask_does_and_several_at_once(assistant: Assistant) -> None:
    async def both() -> tuple[str, str]:
        first = await assistant.aask(FACT)
        turns = [Turn(FACT, first)]
        one, other = await asyncio.gather(
            assistant.aask("who wrote it?", turns), assistant.aask(FACT)
        )
        return one.text, other.text

    assert asyncio.run(both()) == (assistant.ask("who wrote SimDA?").text, assistant.ask(FACT).text)


def test_a_cancelled_aask_stops_the_model(own_data: Path, embedder: MiniLM, server: Server) -> None:
    server.reply = lambda request: Fault(text="SimDA tunes", then="drip", pause=0.05)
    wanted = {"model": "openai:some-model", "profile": "strong", "cache": False}
    chat = make_chat(load_settings(data_dir=own_data, **wanted))
    assistant = Assistant(Folder(own_data / "default"), embedder, chat)

    async def leave() -> None:
        asking = asyncio.create_task(assistant.aask(FACT))
        await asyncio.to_thread(server.asked.wait, 10)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await asyncio.to_thread(server.gone.wait, 10)

    asyncio.run(leave())
    assistant.close()
