"""What a strong model is trusted with, and a small one is not: reading, verifying, judging."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig

from assistant.assistant import Assistant
from assistant.composing.written import profile
from assistant.types import QUOTES, Turn
from tests.conftest import Open, Written
from tests.openai_server import (
    Fault,
    Request,
    Server,
    aspects,
    cells,
    form,
    good,
    ids,
    judgements,
    papers,
    prompt,
)
from tests.test_write import COMPARISON, FACT, LIST, TRUE

# The checker finds too few of its words, and it is true; the next it takes for true, and it is not.
FREE = "The trick touches a sliver of the backbone, so training stays cheap"
TURNED = "A strong T2I model fine-tunes only 24M out of 1.1B parameters of SimDA"
FORM = {"parameters": "2.3M", "words": profile._WORDS, "verdicts": list(profile._VERDICTS)}


def verdicts(stand: Callable[[str], str], sentence: int = 0, why: str = "") -> Callable[..., str]:
    """Reply to a request to verify with `stand` of each statement, by its words."""

    def reply(request: Request) -> str:
        lines = prompt(request).rpartition("Statements:")[2].strip().splitlines()
        told = [
            {
                "statement": n,
                "abstract": re.findall(r"\[(k[0-9a-f]{4})\]", line)[0],
                "sentence": sentence,
                "verdict": stand(line),
                "why": why,
            }
            for n, line in enumerate(lines, 1)
        ]
        return json.dumps({"verdicts": told})

    return reply


def writes(text: str, verify: Callable[..., str]) -> Callable[[Request], str]:
    """Reply with `text`, in which {0} is the first id; verify as told, else as a good model."""

    def reply(request: Request) -> str:
        kind = form(request)
        if kind == "verify":
            return verify(request)
        if kind in ("fact", "summary"):
            return text.format(*ids(request))
        return "nothing to correct" if kind == "repair" else good(request)

    return reply


# A second opinion


def test_true_sentence_in_free_words_is_shown_unmarked(writer: Written, server: Server) -> None:
    text = f"{TRUE} [{{0}}]. {FREE} [{{0}}]."
    server.reply = writes(text, lambda request: "{}")
    assert f"{FREE} [1]. *(" in writer.ask(FACT).text
    server.requests.clear()
    server.reply = writes(text, verdicts(lambda line: "entailed", sentence=2))
    answer = writer.ask(FACT)
    assert f"{FREE} [1]." in answer.text
    assert "*(" not in answer.text
    second = answer.checks[1]
    assert (second.verdict, second.number) == ("supported", 1)
    # The words shown are those that the model named.
    assert second.quote is not None
    assert second.quote.text in answer.citations[0].paper.abstract
    assert "repair" not in server.forms()


def test_false_sentence_that_the_checker_takes_for_true_needs_two_voices(
    writer: Written, server: Server
) -> None:
    text, false = f"{TRUE} [{{0}}]. {TURNED} [{{0}}].", "it is the other way round"
    server.reply = writes(
        text, verdicts(lambda line: "contradicted" if "of SimDA" in line else "entailed", why=false)
    )
    answer = writer.ask(FACT)
    assert f"{TURNED} [1]. *(not supported: {false})*" in answer.text
    # It was asked about twice, the second time alone.
    asked = [prompt(one).rpartition("Statements:")[2] for one in server.requests]
    alone = [one for one in asked if "of SimDA" in one and "2." not in one]
    assert len(alone) == 1
    once = iter(["contradicted"])
    server.reply = writes(
        text, verdicts(lambda line: next(once, "entailed") if "of SimDA" in line else "entailed")
    )
    assert "*(" not in writer.ask(FACT).text


def test_figure_that_is_not_there_has_one_voice(writer: Written, server: Server) -> None:
    server.reply = writes(
        f"{TRUE} [{{0}}]. It runs on 77 GPUs [{{0}}].", verdicts(lambda line: "entailed")
    )
    answer = writer.ask(FACT)
    assert "It runs on 77 GPUs [1]. *(not supported: " in answer.text
    assert all("77 GPUs" not in prompt(one) for one in server.requests if form(one) == "verify")


def test_opinion_by_another_paper_than_the_sentence_cites_is_none(
    writer: Written, server: Server
) -> None:
    def verify(request: Request) -> str:
        known, lines = ids(request), prompt(request).rpartition("Statements:")[2].strip()
        told = [
            {"statement": n, "abstract": known[-1], "sentence": 1, "verdict": "entailed", "why": ""}
            for n in range(1, len(lines.splitlines()) + 1)
        ]
        return json.dumps({"verdicts": told})

    server.reply = writes(
        f"{TRUE} [{{0}}]. {FREE} [{{0}}]. It is a matter of taste and time [{{1}}].", verify
    )
    answer = writer.ask(FACT)
    assert f"{FREE} [1]. *(" in answer.text
    assert all(
        check.quote is None or check.quote.text in answer.citations[check.number - 1].paper.abstract
        for check in answer.checks
        if check.number
    )


def test_second_look_is_another_prompt_than_the_first(writer: Written, server: Server) -> None:
    server.reply = writes(f"{TURNED} [{{0}}].", verdicts(lambda line: "contradicted"))
    writer.ask(FACT)
    asked = [prompt(one) for one in server.requests if form(one) == "verify"]
    assert len(asked) == len(set(asked)) == 2


# Comparisons


def test_cell_in_free_words_is_kept_where_the_abstract_says_so(
    writer: Written, server: Server
) -> None:
    free = "It gets by on a single clip"

    def filled(request: Request) -> str:
        said = json.loads(cells(request))
        first = aspects(request)[0]
        return json.dumps(said | {first: {"says": free, "words": said[first]["words"]}})

    def reply(stand: str) -> Callable[[Request], str]:
        return lambda request: {
            "comparison": filled, "verify": verdicts(lambda line: stand, sentence=1),
        }.get(form(request), good)(request)  # fmt: skip

    server.reply = reply("entailed")
    kept = writer.ask(COMPARISON)
    assert free in kept.text
    assert {check.verdict for check in kept.checks} <= {"supported", "quoted", "no citation needed"}
    server.reply = reply("not stated")
    assert free not in writer.ask(COMPARISON).text


def test_difference_is_said_above_the_table_as_far_as_it_is_supported(
    writer: Written, server: Server
) -> None:
    def reply(request: Request) -> str:
        if form(request) == "verify":
            return verdicts(lambda line: "entailed")(request)
        if form(request) != "difference":
            return good(request)
        first, second = ids(request)
        table = prompt(request).rpartition("Table:")[2]
        assert f"[{first}]" in table
        assert f"[{second}]" in table
        return (
            f"Tune-A-Video has 9,999 layers [{first}]. "
            f"Still-Moving customizes a T2V model without customized video data [{second}]."
        )

    server.reply = reply
    answer = writer.ask(COMPARISON)
    lead, _, table = answer.text.partition("\n\n|")
    assert lead == "Still-Moving customizes a T2V model without customized video data [2]."
    assert table
    first = answer.checks[0]
    assert answer.text[first.start : first.end] == lead
    assert (first.verdict, first.number) == ("supported", 2)
    assert "9,999" not in answer.text
    assert answer.table is not None
    swapped = writer.ask("swap rows and columns", [Turn(COMPARISON, answer)])
    assert swapped.table is not None
    assert dict(swapped.table.cells) == dict(answer.table.cells)


def test_model_chooses_the_papers_that_are_described(writer: Written, server: Server) -> None:
    question = "compare the paper on one-shot video tuning with the Vietnamese encoder-decoder one"
    assert writer.assistant.ask(question).kind == "comparison"
    named = {"Tune-A-Video": "one-shot video tuning", "ViT5": "the Vietnamese encoder-decoder one"}

    def reply(request: Request) -> str:
        if form(request) != "sides":
            return good(request)
        sides = [
            {"side": words, "id": identifier}
            for title, words in named.items()
            for identifier, (given, _) in papers(request).items()
            if given.startswith(title)
        ]
        lost = [{"side": "the paper", "id": ""}, {"side": "a talk on zebras", "id": "k0000"}]
        return json.dumps({"sides": [*sides, sides[0], *lost]})

    server.reply = reply
    answer = writer.ask(question)
    assert answer.table is not None
    titles = [paper.title.partition(":")[0] for paper in answer.table.papers]
    assert titles == list(named)
    # What it finds no paper for is named in the question's own words.
    assert answer.text.startswith("*No paper of this collection is about “the paper”.*")
    assert "zebras" not in answer.text


# Reading and searching


def test_model_searches_in_other_words_too(writer: Written, server: Server) -> None:
    read = {"standalone": LIST, "form": "list", "searches": [], "off_topic": False}
    server.reads = lambda request: json.dumps(read)
    narrow = {one.paper.id for one in writer.ask(LIST).judged}
    read["searches"] = ["Vietnamese text-to-text transformer"]
    wide = {one.paper.title for one in writer.ask(LIST).judged if one.paper.id not in narrow}
    assert any("ViT5" in title for title in wide)


def test_list_with_few_matches_has_one_more_round(writer: Written, server: Server) -> None:
    first: list[str] = []

    def reply(request: Request) -> str:
        if form(request) != "list":
            return good(request)
        found = json.loads(judgements(request))["judgements"]
        for one in found:
            first.append(one["id"])
            one["match"] = "yes" if one["id"] == first[0] else "no"
            one["reason"] = "" if one["match"] == "yes" else "it does not adapt any"
        return json.dumps({"judgements": found})

    server.reply = reply
    answer = writer.ask(LIST)
    assert server.forms().count("list") == 6 + 2
    assert len(answer.judged) == len({one.paper.id for one in answer.judged}) == 24 + 8
    assert "1 of 32 judged match" in answer.text


def test_model_is_asked_where_the_quotations_say_nothing(
    writer: Written, server: Server, assistant: Assistant
) -> None:
    question = "how many GPUs does Amuro & Char need?"
    assert assistant.ask(question).abstained
    server.reply = writes(
        "Their findings rest on 18 datasets [{0}].", verdicts(lambda line: "entailed")
    )
    answer = writer.ask(question)
    assert answer.model == "openai:some-model"
    assert "18 datasets [1]" in answer.text
    server.reply = lambda request: "The abstracts do not say."
    silent = writer.ask(question)
    assert (silent.text, silent.model) == (assistant.ask(question).text, QUOTES)


def test_model_that_finds_nothing_shows_the_nearest_words(writer: Written, server: Server) -> None:
    question = "which optimizer does BEiT use?"
    nearest = ""

    def reply(request: Request) -> str:
        nonlocal nearest
        if form(request) != "fact":
            return good(request)
        identifier, (_, abstract) = next(iter(papers(request).items()))
        nearest = abstract.split(". ")[0]
        return f"The abstracts do not say.\nNearest: {nearest} [{identifier}]"

    server.reply = reply
    answer = writer.ask(question)
    assert writer.assistant.ask(question).hedged
    assert answer.hedged
    assert answer.text.startswith(f"The abstracts do not say. Nearest is: “{nearest}")
    assert [check.verdict for check in answer.checks] == ["quoted"]


# Profiles


def test_probe_that_breaks_off_says_nothing_of_the_model(open_writer: Open, server: Server) -> None:
    server.reply = lambda request: (
        Fault(text='{"parameters": "2.3', then="cut") if form(request) == "probe" else good(request)
    )
    answer = open_writer(profile="auto", timeout=3).ask(FACT)
    assert answer.model == QUOTES
    assert "broke off" in answer.notes[0]
    server.reply = lambda request: json.dumps(FORM) if form(request) == "probe" else good(request)
    open_writer(profile="auto").ask(FACT)
    assert "verify" in server.forms()


def test_stop_during_the_probe(open_writer: Open, server: Server) -> None:
    server.reads, server.reply = None, lambda request: Fault(then="silence")
    stream = open_writer(profile="auto", timeout=60).stream(LIST)
    threading.Thread(target=lambda: (server.asked.wait(30), stream.stop()), daemon=True).start()
    list(stream)
    assert stream.answer.stopped


@pytest.mark.parametrize(
    ("filled", "found"),
    [
        (FORM, "strong"),
        ({}, "small"),
        pytest.param(FORM | {"parameters": "48M"}, "small", marks=pytest.mark.slow),
        pytest.param(
            FORM | {"words": "synthetic images are of no help"}, "small", marks=pytest.mark.slow
        ),
        (FORM | {"verdicts": ["yes", "yes", "yes", "no"]}, "small"),
        pytest.param(FORM | {"verdicts": "no, yes, yes, no"}, "small", marks=pytest.mark.slow),
    ],
)
def test_profile_is_found_by_one_call(
    filled: dict[str, object], found: str, open_writer: Open, server: Server
) -> None:
    server.reply = lambda request: json.dumps(filled) if form(request) == "probe" else good(request)
    opened = open_writer(profile="auto")
    answers = [opened.ask(FACT), open_writer(profile="auto").ask(FACT)]  # it is kept
    assert server.forms().count("probe") == 1
    assert ("verify" in server.forms()) == (found == "strong")
    assert answers[0].text == answers[1].text


def test_small_model_writes_from_two_abstracts_below_the_quotation(
    open_writer: Open, server: Server
) -> None:
    server.reply = lambda request: f"It fine-tunes 24M [{ids(request)[0]}]."
    opened = open_writer(profile="small")
    answer = opened.ask(FACT)
    assert server.forms() == ["fact"]
    assert len(ids(server.requests[0])) == 2
    assert "do not say" not in prompt(server.requests[0])
    quoted, written = opened.assistant.ask(FACT), "It fine-tunes 24M [1]."
    assert answer.text == f"{quoted.text}\n\nIn the model's words: {written}"
    assert [answer.text[one.start : one.end] for one in answer.checks] == [written]
    assert [one.paper for one in answer.citations] == [one.paper for one in quoted.citations]
    # What it only copies is not shown twice.
    server.reply = lambda request: f"{quoted.citations[0].quotes[0].text} [{ids(request)[0]}]"
    assert opened.ask(FACT).text == quoted.text


def test_small_model_judges_no_list(open_writer: Open, server: Server) -> None:
    opened = open_writer(profile="small")
    assert opened.ask(LIST).text == opened.assistant.ask(LIST).text
    assert server.requests == []


# Replies that are kept


def test_same_question_is_not_paid_for_twice(open_writer: Open, server: Server) -> None:
    first = open_writer(cache=True).ask(FACT)
    asked = len(server.requests)
    again = open_writer(cache=True).ask(FACT)  # as another process would
    assert len(server.requests) == asked
    assert (again.text, again.checks) == (first.text, first.checks)
    assert again.usage is not None
    assert again.usage.calls == 0
    open_writer(cache=False).ask(FACT)
    assert len(server.requests) == 2 * asked
    open_writer(cache=True, model="openai:another").ask(FACT)
    assert len(server.requests) == 3 * asked


def test_reply_that_broke_off_is_not_kept(open_writer: Open, server: Server) -> None:
    server.reply = lambda request: (
        Fault(text=f"{TRUE} [{ids(request)[0]}]. It was tr", then="cut")
        if form(request) == "fact"
        else good(request)
    )
    assert open_writer(cache=True).ask(FACT).notes
    server.reply = good
    assert open_writer(cache=True).ask(FACT).notes == ()


def test_refused_reply_is_not_kept(open_writer: Open, server: Server) -> None:
    server.reply = lambda request: "It is nice weather."
    assert "nothing that the model wrote" in open_writer(cache=True).ask(FACT).notes[0]
    server.reply = good
    assert open_writer(cache=True).ask(FACT).notes == ()


def test_file_of_kept_replies_that_is_damaged_costs_nothing(
    open_writer: Open, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "replies.sqlite3").write_bytes(b"not a database" * 100)
    answer = open_writer(cache=True).ask(FACT)
    assert (answer.model, answer.notes) == ("openai:some-model", ())


# Lists


@pytest.mark.slow
def test_reason_of_a_match_is_asked_about_again(writer: Written, server: Server) -> None:
    def reply(stand: str) -> Callable[[Request], str]:
        def said(request: Request) -> str:
            if form(request) == "verify":
                return verdicts(lambda line: stand)(request)
            if form(request) != "list":
                return good(request)
            found = json.loads(judgements(request))["judgements"]
            return json.dumps({"judgements": [one | {"reason": "it fits well"} for one in found]})

        return said

    server.reply = reply("entailed")
    kept = writer.ask(LIST)
    assert {one.reason for one in kept.judged} == {"it fits well"}
    assert server.forms().count("verify") == 2  # 24 reasons, twelve a call
    server.reply = reply("contradicted")
    assert {one.reason for one in writer.ask(LIST).judged} == {""}


# Its messages


def test_system_message_stands_still_and_the_question_comes_last(
    writer: Written, server: Server
) -> None:
    for question in (FACT, "which GPU was SimDA trained on?"):
        writer.ask(question)
    asked = [one["messages"] for one in server.requests if form(one) == "fact"]
    assert len(asked) == 2
    assert [[one["role"] for one in messages] for messages in asked] == [["system", "user"]] * 2
    assert asked[0][0] == asked[1][0]
    assert asked[0][1]["content"].endswith(f"Question: {FACT}")


@pytest.mark.parametrize(
    "refusal", ["System role not supported", "Conversation roles must alternate user/assistant"]
)
@pytest.mark.parametrize("status", [400, 500])
def test_model_without_a_system_message_is_told_all_in_one(
    refusal: str, status: int, writer: Written, server: Server
) -> None:
    def reply(request: Request) -> str | Fault:
        if request["messages"][0]["role"] == "system":
            return Fault(status, {"error": {"message": refusal}})
        return good(request)

    server.reply = server.reads = reply
    answer = writer.ask(FACT)
    assert "24M" in answer.text
    assert answer.model != QUOTES
    refused = [one for one in server.requests if one["messages"][0]["role"] == "system"]
    assert len(refused) == 1
    told = prompt(server.requests[1])
    assert prompt(refused[0]).split() == told.split()


def test_callbacks_hear_of_every_call(writer: Written, server: Server) -> None:
    heard: list[list[str]] = []

    class Handler(BaseCallbackHandler):
        def on_chat_model_start(self, *arguments: Any, **named: Any) -> None:
            heard.append(named["tags"])

    config: RunnableConfig = {"callbacks": [Handler()], "tags": ["mine"]}
    stream = writer.assistant.stream(LIST, chat=writer.chat, config=config)
    list(stream)
    assert len(heard) == len(server.requests) > 1
    assert all("mine" in tags for tags in heard)


def test_question_is_read_while_the_papers_are_searched(
    writer: Written, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, waited = writer.assistant._judge, list[bool]()

    class Patient:
        def weigh(self, *arguments: Any) -> Any:
            waited.append(server.asked.wait(20))
            return judge.weigh(*arguments)

    monkeypatch.setattr(writer.assistant, "_judge", Patient())
    writer.ask(LIST)
    assert waited[0]
    assert server.forms()[0] == "read"
