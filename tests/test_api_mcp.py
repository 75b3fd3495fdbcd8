"""The Model Context Protocol, spoken by its official client: over standard input and output to the
command, and over HTTP to the page's server."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from assistant.api import mcp_tools, service
from assistant.extras import how_to_install
from assistant.models.minilm import MiniLM
from assistant.types import Paper
from tests.chromium import own_data, served
from tests.conftest import Run
from tests.openai_server import Fault, Server, server

__all__ = ["own_data", "server"]

FACT = "how many parameters does SimDA tune?"
TOOLS = ["ask", "search", "get_paper", "list_corpora", "compare"]
MODES = ("auto", "legacy")
Speak = Callable[[Client], Awaitable[None]]


def command(data: Path, *more: str) -> StdioServerParameters:
    """The command as a program starts it."""
    environment = {
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "PAPER_ASSISTANT_DATA_DIR": str(data),
    }
    return StdioServerParameters(
        command=sys.executable, args=["-m", "assistant", "mcp", *more], env=environment
    )


def speak(server: Any, talk: Speak, mode: str = "auto") -> None:
    """Have a client talk to a server."""

    async def run() -> None:
        async with Client(server, mode=mode, read_timeout_seconds=60) as client:
            await talk(client)

    asyncio.run(run())


@pytest.fixture
def url(api_url: str) -> str:
    return f"{api_url}mcp"


async def used_by(client: Client) -> None:
    """Whatever carries it: the tools tell their scope, and each gives what it says it gives."""
    tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == TOOLS
    for tool in tools:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.output_schema
        assert 'the corpus "default": 219 papers of 20' in (tool.description or "")
        assert "video generation" in (tool.description or "")
    # The client checks each result against the tool's schema.
    answer = await client.call_tool("ask", {"question": FACT})
    assert "24M" in answer.structured_content["text"]
    [source] = answer.structured_content["sources"]
    assert source["url"] in answer.content[0].text  # type: ignore[union-attr]
    read = await client.read_resource(source["resource"])
    assert all(quote in read.contents[0].text for quote in source["quotes"])  # type: ignore[union-attr]
    asked = {"question": "who wrote it?", "before": [FACT]}
    assert "Zhen Xing" in (await client.call_tool("ask", asked)).structured_content["text"]
    found = await client.call_tool("get_paper", {"paper": "SimDA"})
    assert found.structured_content["resource"] == source["resource"]
    listed = await client.call_tool("list_corpora", {})
    assert listed.structured_content["corpora"][0]["papers"] == 219


@pytest.mark.parametrize("mode", MODES)
def test_over_http_old_clients_and_new(url: str, mode: str) -> None:
    speak(url, used_by, mode)


def test_over_standard_input_and_output(data_dir: Path) -> None:
    speak(command(data_dir), used_by)


@pytest.mark.slow
def test_a_program_is_greeted_whatever_the_state_of_the_corpus(own_data: Path) -> None:
    """What it asks first does not wait for the corpus to open, which may fail."""
    [index] = (own_data / "default").glob("index-*/chroma/chroma.sqlite3")
    index.write_bytes(b"damaged")

    async def talk(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert "219 papers" in (tools[0].description or "")
        result = await client.call_tool("ask", {"question": FACT})
        assert result.is_error
        assert "paper-assistant ingest" in result.content[0].text  # type: ignore[union-attr]

    speak(command(own_data), talk)


@pytest.mark.slow
def test_nothing_but_messages_is_printed(data_dir: Path) -> None:
    started = command(data_dir)
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    ask = {"name": "ask", "arguments": {"question": FACT}}
    asking = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": ask}
    with subprocess.Popen(
        [started.command, *started.args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(started.env or {})},
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.writelines(json.dumps(one) + "\n" for one in (hello, ready, asking))
        process.stdin.flush()
        first, second = (json.loads(process.stdout.readline()) for _ in range(2))
        rest, errors = process.communicate(timeout=30)
    assert first["result"]["serverInfo"]["name"] == "paper-assistant"
    assert "24M" in second["result"]["structuredContent"]["text"]
    assert (rest, errors, process.returncode) == ("", "", 0)


def test_without_the_package_or_the_corpus_one_line_says_what_to_do(
    run: Run, data_dir: Path
) -> None:
    missing = run("mcp", "--corpus", "none", data=data_dir)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "there is no corpus none" in missing.stderr
    code = (
        "import sys, importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'mcp' else find(name, *more)\n"
        "from assistant.cli.app import main; sys.argv = ['paper-assistant', 'mcp']; main()"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.strip().endswith(f"run: {how_to_install('mcp')}")
    assert len(found.stderr.splitlines()) == 1


def test_a_ranking_is_paged_and_keeps_to_its_budget(url: str) -> None:
    async def talk(client: Client) -> None:
        whole = (
            await client.call_tool("search", {"query": "video", "max_tokens": 50_000})
        ).structured_content
        found: list[str] = []
        cursor = ""
        while len(found) < 20:
            sent = {"query": "video", "max_tokens": 700, "cursor": cursor}
            page = (await client.call_tool("search", sent)).structured_content
            assert mcp_tools.tokens(json.dumps(page["papers"])) < 900
            assert 1 <= len(page["papers"]) < 8
            found += [one["paper_id"] for one in page["papers"]]
            cursor = page["next_cursor"]
        assert found[:20] == [one["paper_id"] for one in whole["papers"]][:20]
        assert whole["next_cursor"] == "25"
        one = await client.call_tool("list_corpora", {"max_tokens": 200})
        assert [scope["name"] for scope in one.structured_content["corpora"]] == ["default"]
        cursor = one.structured_content["next_cursor"]
        rest = await client.call_tool("list_corpora", {"cursor": cursor})
        assert [scope["name"] for scope in rest.structured_content["corpora"]] == ["again"]
        assert rest.structured_content["next_cursor"] is None

    speak(url, talk)


def test_an_answer_is_shortened_to_its_budget_and_says_so(url: str) -> None:
    async def talk(client: Client) -> None:
        asked = {"papers": ["SimDA", "Tune-A-Video"]}
        whole = (await client.call_tool("compare", asked)).structured_content
        assert whole["omitted"] == []
        sizes = []
        for most in (1500, 900, 400):
            found = await client.call_tool("compare", {**asked, "max_tokens": most})
            result = found.structured_content
            sizes.append(mcp_tools.tokens(json.dumps(result, ensure_ascii=False)))
            assert sizes[-1] <= most
            assert result["omitted"]
            assert whole["text"].startswith(result["text"])
            # Nothing is cited that is not there, and nothing that is there goes without a source.
            numbers = {str(source["number"]) for source in result["sources"]}
            assert all(f"[{number}]" in result["text"] for number in numbers)
            assert f"left out: {', '.join(result['omitted'])}" in found.content[0].text  # type: ignore[union-attr]
        assert sizes == sorted(sizes, reverse=True)

    speak(url, talk)


def test_papers_are_compared_in_what_is_asked_for(url: str, corpus: list[Paper]) -> None:
    async def talk(client: Client) -> None:
        aspects = ["number of parameters", "training data"]
        ids = [paper.id for paper in corpus if paper.title.startswith(("SimDA", "Tune-A-Video"))]
        sent = {"papers": [ids[0], "SimDA"], "aspects": aspects, "corpus": "again"}
        result = (await client.call_tool("compare", sent)).structured_content
        cells = {(cell["paper_id"], cell["aspect"]): cell["text"] for cell in result["cells"]}
        assert {paper for paper, _ in cells} == set(ids)
        assert {aspect.lower() for _, aspect in cells} == set(aspects)
        [simda] = [paper.id for paper in corpus if paper.title.startswith("SimDA")]
        assert "24M" in cells[simda, "Number of parameters"]
        assert {source["paper_id"] for source in result["sources"]} <= set(ids)
        same = await client.call_tool("compare", {"papers": ["SimDA", "SimDA"]})
        assert same.is_error

    speak(url, talk)


@pytest.mark.parametrize(
    ("tool", "sent", "told"),
    [
        ("ask", {}, "question: Field required"),
        ("ask", {"question": " "}, "the question is empty"),
        ("ask", {"question": "a?", "corpus": "none"}, "there is: default, again"),
        ("ask", {"question": "a?", "writer": "openai:gpt-4o"}, "does not write here"),
        ("ask", {"question": "a?", "max_tokens": 1}, "max_tokens: "),
        ("ask", {"question": "a?", "temperature": 1}, "temperature: "),
        ("search", {"query": "video", "cursor": "x"}, "give back next_cursor"),
        ("search", {"query": "video", "cursor": "9" * 5000}, "give back next_cursor"),
        ("get_paper", {"paper": "no paper of this name"}, "no paper is called"),
        ("list_corpora", {"corpus": "../default"}, "cannot be a corpus' name"),
        ("compare", {"papers": ["SimDA"]}, "papers: "),
        ("compare", {"papers": ["SimDA", "Tune-A-Video"], "aspects": ["?"]}, "a few words"),
    ],
)
def test_what_a_model_can_mend_is_told_in_one_line(
    url: str, tool: str, sent: dict[str, Any], told: str
) -> None:
    async def talk(client: Client) -> None:
        result = await client.call_tool(tool, sent)
        assert result.is_error
        text = result.content[0].text  # type: ignore[union-attr]
        assert told in text
        assert "\n" not in text

    speak(url, talk)


def test_papers_are_resources_page_by_page(url: str, corpus: list[Paper]) -> None:
    async def talk(client: Client) -> None:
        found: list[Any] = []
        cursor: str | None = None
        while cursor is not None or not found:
            page = await client.list_resources(cursor=cursor)
            found += page.resources
            cursor = page.next_cursor
        assert [one.name for one in found] == [paper.id for paper in corpus] * 2
        assert len({one.uri for one in found}) == len(found)
        [template] = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "paper://{corpus}/{id}"
        for paper, resource in ((corpus[3], found[3]), (corpus[5], found[219 + 5])):
            read = await client.read_resource(resource.uri)
            assert paper.title in read.contents[0].text  # type: ignore[union-attr]
            assert paper.abstract in read.contents[0].text  # type: ignore[union-attr]
        for wrong in ("paper://default/none", "paper://none/x", "file:///etc/passwd", "paper:"):
            with pytest.raises(MCPError, match="there is no paper at"):
                await client.read_resource(wrong)
        with pytest.raises(MCPError, match="there is no tool"):
            await client.session.call_tool("delete", {})

    speak(url, talk)


def test_too_many_at_a_time_are_told_to_come_again(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_RUNNING", 0)

    async def talk(client: Client) -> None:
        result = await client.call_tool("ask", {"question": FACT})
        assert result.is_error
        assert "ask again in a moment" in result.content[0].text  # type: ignore[union-attr]

    speak(url, talk)


def test_the_password_stands_before_it(own_data: Path, embedder: MiniLM) -> None:
    async def talk(client: Client) -> None:
        assert (await client.list_tools()).tools

    def with_header(url: str, header: str) -> Any:
        client = httpx2.AsyncClient(headers={"authorization": header})
        return streamable_http_client(f"{url}mcp", http_client=client)

    basic = base64.b64encode(b"ada:sesame").decode()
    with served(own_data, embedder, password="sesame") as site:
        for header in ("Bearer sesame", f"Basic {basic}"):
            speak(with_header(site.url, header), talk)
        for server in (f"{site.url}mcp", with_header(site.url, "Bearer wrong")):
            with pytest.raises(ExceptionGroup, match="unhandled errors"):
                speak(server, talk)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_a_client_that_leaves_stops_the_answer(
    own_data: Path, embedder: MiniLM, server: Server, mode: str
) -> None:
    from assistant.models.chat import make_chat
    from assistant.settings import load_settings

    server.reply = lambda request: Fault(text="SimDA tunes", then="drip", pause=0.05)
    wanted = {"model": "openai:some-model", "profile": "strong", "cache": False}
    chat = make_chat(load_settings(data_dir=own_data, **wanted))

    async def talk(client: Client) -> None:
        asking = asyncio.create_task(client.call_tool("ask", {"question": FACT}))
        assert await asyncio.to_thread(server.asked.wait, 10)
        asking.cancel()
        assert await asyncio.to_thread(server.gone.wait, 10)

    with served(own_data, embedder, chat, **wanted) as site:
        speak(f"{site.url}mcp", talk, mode)
