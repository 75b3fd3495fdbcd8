"""Writes docs/api-transcript.md: the same questions asked by three clients of the page's server, and by LangChain.

`python -m tests.api_transcript > docs/api-transcript.md`
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from mcp import Client
from openai import OpenAI

from assistant.api.langchain_integration import as_runnable
from assistant.assistant import Assistant
from assistant.settings import load_settings
from assistant.web.server.app import launch

TALKS = (
    ("A list", ("which papers adapt T2I models to video? year>=2024",)),
    ("A fact", ("how many parameters does SimDA tune?",)),
    (
        "A comparison, and a follow-up",
        ("compare SimDA with Tune-A-Video", "who wrote the second one?"),
    ),
)
HEAD = """# The same questions by four clients

Asked of `paper-assistant` over the bundled papers, answering by quotations, at its address
`http://127.0.0.1:7860`. Written by `python -m tests.api_transcript > docs/api-transcript.md`.
"""


def by_openai(url: str, questions: tuple[str, ...]) -> Iterator[str]:
    """Yield what OpenAI's client sends and gets."""
    client = OpenAI(base_url=f"{url}v1", api_key="none")
    messages: list[Any] = []
    for question in questions:
        messages.append({"role": "user", "content": question})
        sent = f'messages=[…, {{"role": "user", "content": {json.dumps(question)}}}]'
        yield f'```text\nclient.chat.completions.create(model="default", {sent})\n```'
        reply: Any = client.chat.completions.create(model="default", messages=messages)
        message = reply.choices[0].message
        messages.append({"role": "assistant", "content": message.content})
        yield quoted(message.content)
        first = message.annotations[0].model_dump() if message.annotations else None
        first = json.dumps(first, ensure_ascii=False)
        numbers = (
            f"{counted(message.annotations, 'annotation')}, {counted(reply.sources, 'source')}"
        )
        yield f"{numbers}; the first annotation: `{first}`"


def by_mcp(url: str, questions: tuple[str, ...]) -> Iterator[str]:
    """Yield what the client of MCP sends and gets."""

    async def call(arguments: dict[str, Any]) -> Any:
        async with Client(f"{url}mcp") as client:
            return await client.call_tool("ask", arguments)

    for number, question in enumerate(questions):
        before = {"before": list(questions[:number])} if number else {}
        arguments = {"question": question, **before}
        yield f'```text\nawait client.call_tool("ask", {json.dumps(arguments)})\n```'
        reply = asyncio.run(call(arguments))
        yield quoted(reply.content[0].text)
        told = reply.structured_content
        yield f"{counted(told['sources'], 'source')}; structured: {names(told)}"


def by_http(url: str, questions: tuple[str, ...]) -> Iterator[str]:
    """Yield what curl would send and get."""
    for number, question in enumerate(questions, 1):
        turns = {"turns": [{"user": user} for user in questions[:number]]}
        sent = json.dumps({"query": question} if number == 1 else turns)
        yield (
            "```sh\ncurl http://127.0.0.1:7860/api/ask -H 'Content-Type: application/json' \\\n"
            f"     -d '{sent}'\n```"
        )
        reply = httpx.post(
            f"{url}api/ask", content=sent, headers={"content-type": "application/json"}
        )
        told = reply.json()
        yield quoted(told["text"])
        yield f"{counted(told['citations'], 'citation')}; fields: {names(told)}"


def by_langchain(assistant: Assistant, questions: tuple[str, ...]) -> Iterator[str]:
    """Yield what a program with LangChain sends and gets, in its own process."""
    runnable = as_runnable(assistant)
    messages: list[BaseMessage] = []
    for question in questions:
        messages.append(HumanMessage(question))
        sent = (
            json.dumps(question)
            if messages[:-1] == []
            else f"[…, HumanMessage({json.dumps(question)})]"
        )
        yield f"```text\nas_runnable(Assistant.open()).invoke({sent})\n```"
        told = runnable.invoke(messages)
        messages.append(AIMessage(told["answer"]))
        yield quoted(told["answer"])
        first = told["sources"][0].metadata
        yield f"{counted(told['sources'], 'document')}, the first's metadata: {names(first)}"


def quoted(text: str) -> str:
    """Return a reply as a block of Markdown's source."""
    return f"````markdown\n{text}\n````"


def names(record: dict[str, Any]) -> str:
    """Return the names of an object's fields."""
    return ", ".join(f"`{name}`" for name in record)


def counted(things: Any, name: str) -> str:
    """Return a number of things in words."""
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def main() -> None:
    """Print the document."""
    clients = (
        ("OpenAI's client (`openai`)", by_openai),
        ("MCP's client (`mcp`)", by_mcp),
        ("HTTP", by_http),
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder), port=7900)
        assistant = Assistant.open(settings)
        page = launch(assistant, settings)
        print(HEAD)
        for title, questions in TALKS:
            print(f"## {title}\n\n" + "\n\n".join(f"> {question}" for question in questions) + "\n")
            told = [(name, ask(page.url, questions)) for name, ask in clients]
            for name, parts in (*told, ("LangChain", by_langchain(assistant, questions))):
                print(f"### {name}\n\n" + "\n\n".join(parts) + "\n")
        page.close()
        assistant.close()


if __name__ == "__main__":
    main()
