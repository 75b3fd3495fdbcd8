"""OpenAI's protocol, spoken by OpenAI's own client to the page's server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from assistant.api import mount, service
from assistant.models.chat import make_chat
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from assistant.types import Paper
from tests.chromium import own_data, served
from tests.openai_server import Fault, Request, Server, good, ids, server

__all__ = ["own_data", "server"]

LIST = "which papers adapt T2I models to video?"
FACT = "how many parameters does SimDA tune?"


@pytest.fixture
def client(api_url: str) -> Iterator[OpenAI]:
    with client_of(api_url) as found:
        yield found


@pytest.fixture(scope="module")
def listed(api_url: str) -> Any:
    """The answer to a question for a list."""
    with client_of(api_url) as client:
        return chat(client, {"role": "system", "content": "Answer in verse."}, user(LIST))


def client_of(url: str, key: str = "none") -> OpenAI:
    return OpenAI(base_url=f"{url}v1", api_key=key, max_retries=0)


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def said(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def chat(client: OpenAI, *messages: dict[str, Any], model: str = "default", **more: Any) -> Any:
    return client.chat.completions.create(model=model, messages=list(messages), **more)


def content(client: OpenAI, *messages: dict[str, Any], model: str = "default") -> str:
    return str(chat(client, *messages, model=model).choices[0].message.content)


def test_models_are_corpora_and_their_writers(client: OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert names == ["default", "default/quotes", "again", "again/quotes"]
    assert client.models.retrieve("again/quotes").id == "again/quotes"
    with pytest.raises(openai.NotFoundError, match="use one of: default"):
        client.models.retrieve("nothing")


def test_every_citation_is_a_link_an_annotation_and_a_source(
    listed: Any, corpus: list[Paper]
) -> None:
    reply = listed
    message, sources = reply.choices[0].message, reply.sources
    assert reply.choices[0].finish_reason == "stop"
    assert len(message.annotations) >= len(sources) > 2
    for annotation in message.annotations:
        place = annotation.url_citation
        link = message.content[place.start_index : place.end_index]
        number, url = re.fullmatch(r"\[\[(\d+)\]\]\((\S+)\)", link).groups()  # type: ignore[union-attr]
        source = next(one for one in sources if one["number"] == int(number))
        assert (
            (place.url, place.title) == (url, source["title"]) == (source["url"], source["title"])
        )
    assert not re.search(r"(?<!\[)\[\d+\](?!\])", message.content), "a marker without its link"
    abstracts = {paper.id: paper.abstract for paper in corpus}
    for source in sources:
        assert source["quotes"]
        for quote in source["quotes"]:
            abstract = abstracts[source["paper_id"]]
            assert abstract[quote["start"] : quote["end"]] == quote["text"]
    assert reply.usage.total_tokens == 0  # no model wrote


def test_a_stream_has_the_same_text_then_its_annotations_and_usage(client: OpenAI) -> None:
    whole = chat(client, user(FACT))
    options = {"include_usage": True}
    chunks = list(chat(client, user(FACT), stream=True, stream_options=options))
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert "".join(one.content or "" for one in deltas) == whole.choices[0].message.content
    last = next(chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason)
    told = [one.model_dump() for one in whole.choices[0].message.annotations]
    assert last.choices[0].delta.annotations == told
    assert last.sources == whole.sources
    assert (chunks[-1].choices, chunks[-1].usage.total_tokens) == ([], 0)
    plain = list(chat(client, user(FACT), stream=True))
    assert all(chunk.usage is None and chunk.choices for chunk in plain)


SECOND = "what does [2] propose?"


def test_the_messages_carry_the_conversation(client: OpenAI, listed: Any) -> None:
    answer, second = listed.choices[0].message.content, listed.sources[1]["title"]
    assert second not in content(client, user(SECOND))
    for text in (answer, f" {answer}\n"):
        assert second in content(client, user(LIST), said(text), user(SECOND))


@pytest.mark.parametrize("change", ["Sure! {}", "{}\n\nAnything else?"])
def test_an_answer_that_is_not_known_again_is_read_by_its_links(
    client: OpenAI, listed: Any, change: str
) -> None:
    answer = listed.choices[0].message.content
    known = content(client, user(LIST), said(answer), user(SECOND))
    assert listed.sources[1]["title"] in known
    changed = said(change.format(answer))
    assert content(client, user(LIST), changed, user(SECOND)) == known


def test_an_answer_without_links_is_read_by_the_names_in_it(client: OpenAI) -> None:
    foreign = said("Tune-A-Video and SimDA do.")
    found = content(
        client, user("who tunes?"), foreign, user("how many parameters does the second one tune?")
    )
    assert "24M" in found


def test_numbers_stay_those_of_the_conversation(client: OpenAI, listed: Any) -> None:
    answer, third = listed.choices[0].message.content, listed.sources[2]
    last = chat(client, user(LIST), said(answer), user("what does [3] propose?"))
    assert (third["number"], third["paper_id"]) == (3, last.sources[0]["paper_id"])
    assert last.sources[0]["number"] == 3
    assert "[[3]](" in last.choices[0].message.content


def test_responses_whole_and_streamed_and_going_on(client: OpenAI) -> None:
    whole = client.responses.create(model="default", input=FACT)
    [part] = whole.output[0].content  # type: ignore[union-attr]
    assert "24M" in whole.output_text == part.text  # type: ignore[union-attr]
    for note in part.annotations:  # type: ignore[union-attr]
        assert part.text[note.start_index : note.end_index] == f"[[1]]({note.url})"  # type: ignore[union-attr]
    with client.responses.stream(
        model="default/quotes", input="and who wrote it?", previous_response_id=whole.id
    ) as stream:
        kinds = [event.type for event in stream]
        last = stream.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert "response.output_text.annotation.added" in kinds
    assert "Zhen Xing" in last.output_text
    items = [user(FACT), said(whole.output_text), user("and who wrote it?")]
    assert client.responses.create(model="default", input=items).output_text == last.output_text  # type: ignore[arg-type]


def test_a_response_that_is_not_known_is_told(client: OpenAI) -> None:
    unkept = client.responses.create(model="default", input=FACT, store=False)
    kept = client.responses.create(model="default", input=FACT)
    for model, identifier in (("default", unkept.id), ("again", kept.id), ("default", "resp_1")):
        with pytest.raises(openai.NotFoundError, match="send the whole conversation"):
            client.responses.create(model=model, input="more", previous_response_id=identifier)


PICTURE = {"type": "image_url", "image_url": {"url": "data:,"}}


@pytest.mark.parametrize(
    ("messages", "more", "told"),
    [
        ([], {}, "end with the question"),
        ([user(" ")], {}, "the question is empty"),
        ([user("x" * 5000)], {}, "at most 4,000"),
        ([user("a?"), said("b")], {}, "end with the question"),
        ([{"role": "user", "content": [PICTURE]}], {}, "only text is read"),
        ([user("year>=abc video")], {}, "year"),
        ([user("a?")] * 401, {}, "at most 400 messages"),
        ([user(FACT)], {"n": 2}, "n: "),
        ([user(FACT)], {"response_format": {"type": "json_object"}}, "leave out the format"),
    ],
)
def test_what_cannot_be_answered_is_told_in_one_line(
    client: OpenAI, messages: list[dict[str, Any]], more: dict[str, Any], told: str
) -> None:
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError, match=re.escape(told)) as caught:
            chat(client, *messages, stream=stream, **more)
        assert caught.value.type == "invalid_request_error"
        assert "\n" not in str(caught.value.body["message"])  # type: ignore[index]


def test_errors_have_openais_shape_whatever_goes_wrong(api_url: str) -> None:
    large = b'{"model": "' + b"x" * mount.LARGEST_BODY + b'"}'
    sent = [
        ("POST", "chat/completions", b"{", 400),
        ("POST", "chat/completions", b"[]", 400),
        ("POST", "responses", b'{"model": "default"}', 400),
        ("POST", "chat/completions", large, 413),
        ("GET", "chat/completions", b"", 405),
        ("POST", "embeddings", b"{}", 404),
    ]
    for method, path, body, status in sent:
        reply = httpx.request(method, f"{api_url}v1/{path}", content=body)
        assert reply.status_code == status, path
        assert set(reply.json()["error"]) == {"message", "type", "param", "code"}


def test_too_many_at_a_time_are_told_to_come_again(
    client: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_RUNNING", 0)
    with pytest.raises(openai.RateLimitError, match="ask again in a moment") as caught:
        chat(client, user(FACT))
    assert caught.value.response.headers["retry-after"]


def test_the_password_is_the_key(own_data: Path, embedder: MiniLM) -> None:
    with served(own_data, embedder, password="sesame") as site:
        with client_of(site.url, "sesame") as client:
            assert "24M" in content(client, user(FACT))
        with (
            client_of(site.url, "wrong") as client,
            pytest.raises(openai.AuthenticationError, match="needs its password"),
        ):
            client.models.list()


# ---- an answer that a model writes

WRITTEN = "default/openai:some-model"


@contextmanager
def writing(data: Path, embedder: MiniLM, **settings: Any) -> Iterator[OpenAI]:
    """A client of a page whose model is the test's server."""
    wanted = {"model": "openai:some-model", "profile": "strong", "cache": False, **settings}
    chat_model = make_chat(load_settings(data_dir=data, **wanted))
    with served(data, embedder, chat_model, **wanted) as site, client_of(site.url) as client:
        yield client


def test_no_unsupported_sentence_is_streamed_unmarked_and_no_other_model_is_called(
    own_data: Path, embedder: MiniLM, server: Server
) -> None:
    def wrong(request: Request) -> str:
        if "Fill this form" in str(request["messages"]):
            return good(request)
        return f"SimDA tunes 30M of its 1.1B parameters [{ids(request)[0]}]."

    server.reply = wrong
    with writing(own_data, embedder) as client:
        with pytest.raises(openai.NotFoundError):
            chat(client, user(FACT), model="default/openai:gpt-4o")
        assert not server.requests
        options = {"include_usage": True}
        chunks = list(chat(client, user(FACT), model=WRITTEN, stream=True, stream_options=options))
        streamed = "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
        whole = chat(client, user(FACT), model=WRITTEN).choices[0].message
        quoted = content(client, user(FACT), model="default/quotes")
    assert "24M" in quoted
    for text in (streamed, whole.content):
        assert "30M" not in text or "not supported" in text or "only in part" in text
    assert streamed == whole.content
    assert chunks[-1].usage.prompt_tokens > 100
    for annotation in whole.annotations:
        place = annotation.url_citation
        assert whole.content[place.start_index : place.end_index].startswith("[[1]](https://")


def test_the_days_budget_holds_for_programs(
    own_data: Path, embedder: MiniLM, server: Server
) -> None:
    with writing(own_data, embedder, day_tokens=50) as client:
        found = content(client, user(FACT))
    assert "today's budget" in found
    assert "24M" in found
    assert not server.requests


def test_a_client_that_leaves_stops_the_answer(
    own_data: Path, embedder: MiniLM, server: Server
) -> None:
    server.reply = lambda request: Fault(text="SimDA tunes", then="drip", pause=0.05)
    with writing(own_data, embedder) as client:
        stream = chat(client, user(FACT), stream=True)
        assert next(stream).choices[0].delta.role == "assistant"
        assert server.asked.wait(10)
        stream.close()
        assert server.gone.wait(10)
        server.gone.clear()
        with pytest.raises(openai.APITimeoutError):
            chat(client, user(FACT), timeout=1.0)
        assert server.gone.wait(10)
