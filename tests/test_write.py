"""The written answer, through langchain-openai and a real HTTP server on loopback that speaks
OpenAI's protocol."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.errors import ModelError
from assistant.models import token_cost
from assistant.models.providers import make_chat_model, make_embedder
from assistant.types import QUOTES, Answer, Turn
from prompts import fill
from prompts import load as load_prompt
from tests.conftest import Open, Written
from tests.openai_server import (
    Request,
    Server,
    aspects,
    cells,
    first_sentence,
    form,
    good,
    ids,
    judgements,
    papers,
    prompt,
)

slow = pytest.mark.slow
FACT = "how many parameters does SimDA tune?"
LIST = "which papers adapt T2I models to video?"
COMPARISON = "Compare Tune-A-Video and Still-Moving"
SUMMARY = "summarise the work on chest X-rays"
COMES_NEAR = "which optimizer does BEiT use?"
TRUE = "SimDA fine-tunes only 24M out of 1.1B parameters of a strong T2I model"
TOO = (
    "SimDA turns the T2I model for T2V with light-weight spatial and temporal adapters",
    "Spatial attention is changed to Latent-Shift Attention (LSA) for temporal consistency",
    "A video super-resolution model is trained with similar model architecture",
)
FALSE = "SimDA fine-tunes 77M out of 1.1B parameters of a strong T2I model"
PROMPTS = Path(__file__).parent.parent / "prompts"


def says(text: str, repaired: str = "nothing to correct") -> Callable[[Request], str]:
    """Reply with `text`, in which {0} is the first id, {1} the second; to a request for repair with
    `repaired`, and with nothing of use where a question is to be read or a sentence verified."""

    def reply(request: Request) -> str:
        if form(request) in ("read", "verify", "difference"):
            return good(request)
        return (repaired if form(request) == "repair" else text).format(*ids(request))

    return reply


def reads(standalone: str) -> Callable[[Request], str]:
    """Reply as a good model that reads every question as `standalone`."""
    read = {"standalone": standalone, "form": "fact", "searches": [], "off_topic": False}
    return lambda request: json.dumps(read) if form(request) == "read" else good(request)


def sound(answer: Answer) -> None:
    """Assert that the markers run from 1 without a gap and that each citation's words stand in its
    abstract."""
    used = dict.fromkeys(int(n) for n in re.findall(r"(?<!\\)\[(\d+)\](?!\()", answer.text))
    assert list(used) == [one.number for one in answer.citations] == list(range(1, len(used) + 1))
    for one in answer.citations:
        assert one.quotes
        assert all(
            one.paper.abstract[quote.start : quote.end] == quote.text for quote in one.quotes
        )
    for check in answer.checks:
        assert 0 <= check.start < check.end <= len(answer.text)
        assert check.number is None or check.number in used


# Facts and summaries


def without_words(answer: Answer) -> str:
    """Return a fact without the sentence of the abstract that is put below it."""
    text, _, words = answer.text.rpartition("\n\n“")
    assert words.endswith("” [1]")
    assert answer.checks[-1].verdict == "quoted"
    return text


def test_fact_is_shown_with_the_words_that_state_it(writer: Written, server: Server) -> None:
    server.reply = says("It fine-tunes 24M [{0}].")
    answer = writer.ask(FACT)
    span = answer.checks[-1].quote
    assert span is not None
    assert "24M out of 1.1B" in span.text
    assert answer.text == f"It fine-tunes 24M [1].\n\n“{span.text}” [1]"
    sound(answer)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("SimDA tunes many parameters [{0}].", "no figure"),
        ("SimDA does tune its parameters [{0}].", "said the question again"),
        (
            (
                "It has 7 billion weights [{0}]. It is 9 years old [{0}]. SimDA fine-tunes only 24M"
                " parameters [{0}]."
            ),
            "not supported",
        ),
    ],
)
def test_what_is_no_better_than_the_quotes_gives_way_to_them(
    reply: str, why: str, writer: Written, server: Server
) -> None:
    server.reply = lambda request: (
        "none" if form(request) == "repair" else reply.format(*ids(request))
    )
    answer = writer.ask(FACT)
    assert answer.model == "quotes"
    assert why in answer.notes[0] or "said the question again" in answer.notes[0]
    assert "24M" in answer.text


def test_answer_streams_and_its_markers_become_citations(writer: Written, server: Server) -> None:
    server.reply = says(TRUE + " [{0}].")
    stream = writer.stream(FACT)
    pieces: list[str] = []
    statuses = []
    for piece in stream:
        pieces.append(piece)
        statuses.append(stream.status)
    answer = stream.answer
    assert len([one for one in pieces if one]) > 3
    assert "".join(pieces) == without_words(answer) == TRUE + " [1]."
    assert [one for one in dict.fromkeys(statuses) if "writing" in one or "checking" in one] == [
        "writing; not checked yet", "checking every sentence",
    ]  # fmt: skip
    assert answer.model == "openai:some-model"
    assert answer.citations[0].paper.title.startswith("SimDA")
    assert "24M out of 1.1B" in answer.citations[0].quotes[0].text
    assert answer.checks[0].verdict == "supported"
    assert server.forms() == ["fact", "verify"]
    assert server.requests[0]["stream"] is True
    sound(answer)


@pytest.mark.parametrize(
    "marker",
    [
        pytest.param("[{0}]", marks=slow),
        pytest.param("[{0}, {1}]", marks=slow),
        "【{0}】",
        "[{0}](http://evil.example)",
        pytest.param("[^{0}]", marks=slow),
        "(k9fff)",
        pytest.param("[kffff]", marks=slow),
        pytest.param("[k9fff]", marks=slow),
        pytest.param("[7]", marks=slow),
    ],
)
def test_markers_are_never_shown_half(marker: str, writer: Written, server: Server) -> None:
    server.reply = says(f"{TRUE} {marker} and more of it. {TRUE} [{{0}}].")
    shown = ""
    for piece in writer.stream(FACT):
        shown += piece
        assert re.fullmatch(r"(?:[^\[\]【】]|\[[12]\])*", shown), shown
    assert "fff" not in shown
    assert "evil" not in shown


def test_what_was_invented_never_reaches_the_reader(writer: Written, server: Server) -> None:
    server.reply = says(
        f"{TRUE} [{{0}}]. {TOO[0]} [{{0}}]. False [kffff]. Also false [12]. See"
        " [here](http://evil.example/a) and ![this](http://evil.example/b.png) or <img src=x>."
        f" {TOO[1]} [{{0}}]. {TOO[2]} [{{0}}]. It is 99.9% sure [{{0}}]."
    )
    answer = writer.ask(FACT)
    for absent in ("kffff", "[12]", "evil", "!["):
        assert absent not in answer.text
    assert "<img" not in answer.text.replace(r"\<", "")
    assert "It is 99.9% sure [1]. *(not supported: 99.9 % is not in the source)*" in answer.text
    assert [one.number for one in answer.citations] == [1]
    sound(answer)


def test_sentence_that_the_model_copied_is_not_shown_again(
    writer: Written, server: Server, assistant: Assistant
) -> None:
    [sentence] = [one.text for one in assistant.ask(FACT).citations[0].quotes[:1]]
    server.reply = says(f"{sentence.rstrip('.')} [{{0}}].")
    assert writer.ask(FACT).text == f"{sentence.rstrip('.')} [1]."


@pytest.mark.parametrize(("sent", "shown"), [("\ud83d\ude00", "😀"), ("\ud83d", "?")])
def test_halves_of_a_character_are_put_together(
    sent: str, shown: str, writer: Written, server: Server
) -> None:
    server.reply = says(f"{TRUE} {sent} [{{0}}].")
    answer = writer.ask(FACT)
    assert without_words(answer) == f"{TRUE} {shown} [1]."
    sound(answer)


def test_code_fence_is_no_fence(writer: Written, server: Server) -> None:
    server.reply = says(f"```\n{TRUE} [{{0}}].\n~~~\n`{TOO[0]}` [{{0}}].")
    answer = writer.ask(FACT)
    assert "`" not in answer.text
    assert "\n~~~" not in answer.text
    sound(answer)


def test_source_that_says_nothing_of_it_is_dropped(writer: Written, server: Server) -> None:
    server.reply = says(f"{TRUE} [{{0}}][{{1}}].")
    assert without_words(writer.ask(FACT)) == f"{TRUE} [1]."


def test_sentence_said_twice_is_shown_once(writer: Written, server: Server) -> None:
    server.reply = says(f"- {TRUE} [{{0}}].\n- {TOO[0]} [{{0}}].\n- {TRUE} [{{0}}].")
    answer = writer.ask(FACT)
    assert without_words(answer) == f"- {TRUE} [1].\n- {TOO[0]} [1]."
    sound(answer)


def test_model_that_gives_no_source_is_given_one(writer: Written, server: Server) -> None:
    server.reply = says(TRUE + ".")
    answer = writer.ask(FACT)
    assert without_words(answer) == TRUE + " [1]."
    assert answer.citations[0].paper.title.startswith("SimDA")
    assert answer.checks[0].verdict == "supported"


def test_sentence_without_support_is_marked_with_the_reason(
    writer: Written, server: Server
) -> None:
    server.reply = says(f"{TRUE} [{{0}}]. {FALSE} [{{1}}].")
    answer = writer.ask(FACT)
    assert answer.text.startswith(f"{TRUE} [1]. {FALSE} [2]. *(not supported: ")
    assert [one.verdict for one in answer.checks] == ["supported", "not supported", "quoted"]
    assert answer.text[answer.checks[1].start : answer.checks[1].end] == f"{FALSE} [2]."
    assert server.forms() == ["fact", "verify", "repair"]
    sound(answer)


def test_sentence_without_support_is_removed_where_that_is_set(
    open_writer: Open, server: Server
) -> None:
    server.reply = says(f"{FALSE} [{{1}}]. {TRUE} [{{0}}].")
    answer = open_writer(unsupported="remove").ask(FACT)
    assert without_words(answer).strip() == f"{TRUE} [1]."
    assert answer.citations[0].paper.title.startswith("SimDA")
    assert [one.verdict for one in answer.checks] == ["supported", "quoted"]
    sound(answer)


def test_sentence_without_support_is_corrected_by_one_call(writer: Written, server: Server) -> None:
    server.reply = says(
        FALSE + " [{0}]. It is a simple diffusion adapter (SimDA) [{0}].", f"1. {TRUE} [{{0}}]."
    )
    answer = writer.ask(FACT)
    assert without_words(answer) == f"{TRUE} [1]. It is a simple diffusion adapter (SimDA) [1]."
    assert "not supported" not in {one.verdict for one in answer.checks}
    assert server.forms() == ["fact", "verify", "repair", "verify"]
    asked = prompt(server.requests[2])
    assert f"1. {FALSE} [{ids(server.requests[0])[0]}]. (the abstract says 24" in asked
    assert len(papers(server.requests[2])) == 1
    sound(answer)


def test_correction_that_is_no_better_is_not_taken(writer: Written, server: Server) -> None:
    server.reply = says(
        f"{TRUE} [{{0}}]. {FALSE} [{{0}}].", FALSE.replace("77", "1. 88") + " [{0}]."
    )
    answer = writer.ask(FACT)
    assert "88M" not in answer.text
    assert f"{FALSE} [1]. *(not supported" in answer.text


def test_sentence_that_the_model_drops_is_gone(writer: Written, server: Server) -> None:
    server.reply = says(f"{FALSE} [{{1}}]. {TRUE} [{{0}}].", "1. DROP")
    answer = writer.ask(FACT)
    assert without_words(answer).strip() == f"{TRUE} [1]."
    assert answer.citations[0].paper.title.startswith("SimDA")
    sound(answer)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("I am sure that it is 7 billion weights [kffff] [3].", marks=slow),
        "Weather in Paris is always sunny in May [{0}].",
    ],
)
def test_answer_of_which_nothing_stands_is_replaced_by_quotations(
    reply: str, writer: Written, server: Server
) -> None:
    server.reply = says(reply)
    answer = writer.ask(FACT)
    assert answer.model == QUOTES
    assert "24M" in answer.text
    assert "nothing that the model wrote" in answer.notes[0]
    assert answer.withheld
    assert "[1]" not in answer.withheld
    sound(answer)


def test_summary_has_its_headings_and_is_checked_by_sentence(
    writer: Written, server: Server
) -> None:
    answer = writer.ask(SUMMARY)
    assert (answer.kind, answer.model) == ("summary", "openai:some-model")
    assert answer.text.startswith("## Found\n\n")
    assert len(answer.checks) == 3
    assert {one.verdict for one in answer.checks} <= {"supported", "partly supported", "quoted"}
    assert server.forms() == ["read", "summary", "verify"]
    sound(answer)


def test_a_small_model_s_summary_of_what_is_not_there_is_in_doubt(
    assistant: Assistant, open_writer: Open, server: Server
) -> None:
    missing = "Summarise what is known about watermarking generated videos"
    assert assistant.ask(missing).hedged
    answer = open_writer(profile="small").ask(missing)
    assert (answer.kind, answer.model, answer.hedged) == ("summary", "openai:some-model", True)
    assert "not sure that an abstract is about this" in answer.notes[0]
    assert not open_writer().ask(missing).hedged  # a strong one says itself when nothing answers
    assert not open_writer(profile="small").ask(SUMMARY).hedged


def test_prompt_holds_whole_abstracts_within_the_budget(writer: Written, server: Server) -> None:
    answer = writer.ask(SUMMARY)
    given = papers(server.requests[1])
    known = {paper.title: paper for paper in writer.papers()}
    assert len(given) > 5
    assert [known[title].id for title, _ in given.values() if title in known] == [
        paper.id for paper in answer.given if paper.title in {title for title, _ in given.values()}
    ]
    assert all(
        known[title].abstract == abstract
        for title, abstract in given.values()
        if "[" not in known[title].abstract
    )
    assert (
        token_cost.count(prompt(server.requests[1]), token_cost.encoding_for("some-model")) <= 6000
    )


def test_smaller_budget_gives_fewer_abstracts(open_writer: Open, server: Server) -> None:
    open_writer(prompt_tokens=1500).ask(FACT)
    assert 1 <= len(ids(server.requests[0])) <= 5
    assert (
        token_cost.count(prompt(server.requests[0]), token_cost.encoding_for("some-model")) <= 1500
    )


@pytest.mark.parametrize("question", [FACT, LIST, COMPARISON])
def test_budget_too_small_for_an_abstract(question: str, open_writer: Open, server: Server) -> None:
    answer = open_writer(prompt_tokens=50).ask(question)
    assert not {"fact", "list", "comparison"} & set(server.forms())
    assert "PAPER_ASSISTANT_PROMPT_TOKENS" in answer.notes[0]
    assert answer.citations


def test_off_topic_question_is_not_sent(writer: Written, server: Server) -> None:
    asked = writer.ask("who won the football world cup?")
    # The model may think otherwise than the reader, but not answer from papers on something else.
    assert (asked.abstained, asked.model) == (True, QUOTES)
    assert server.forms()[0] == "read"
    assert "on something else" in asked.notes[0]


def test_question_that_both_find_off_topic_is_not_answered(writer: Written, server: Server) -> None:
    server.reads = lambda request: json.dumps({"standalone": "", "off_topic": True})
    assert writer.ask("who won the football world cup?").abstained
    assert server.forms() == ["read"]


def test_small_model_is_not_asked_of_what_nothing_answers(
    open_writer: Open, server: Server
) -> None:
    assert open_writer(profile="small").ask("who won the football world cup?").abstained
    assert server.requests == []


SAYS_NOTHING = [
    "The abstracts do not say.",
    pytest.param(
        "The abstracts do not say. From memory, though, it is exactly 7 billion, on 900 GPUs.",
        marks=slow,
    ),
    "the abstracts do not say [{0}]",
    pytest.param("**The abstracts do not say.**", marks=slow),
]


@pytest.mark.parametrize("reply", SAYS_NOTHING)
def test_model_may_say_that_the_abstracts_do_not(
    reply: str, writer: Written, server: Server
) -> None:
    server.reply = says(reply)
    answer = writer.ask(COMES_NEAR)
    assert writer.assistant.ask(COMES_NEAR).hedged
    assert answer.text.startswith("The abstracts do not say. I read *")
    assert (answer.kind, answer.citations, answer.model) == ("none", (), "openai:some-model")
    assert answer.nearest == answer.given[:3]
    assert "7 billion" not in answer.text


@pytest.mark.parametrize("reply", SAYS_NOTHING)
def test_model_that_finds_nothing_does_not_hide_an_answer(
    reply: str, writer: Written, server: Server
) -> None:
    server.reply = says(reply)
    answer, quoting = writer.ask(FACT), writer.assistant.ask(FACT)
    assert (answer.text, answer.model, len(answer.notes)) == (quoting.text, QUOTES, 1)
    assert "found no answer" in answer.notes[0]
    assert len(ids(server.requests[1])) == 2  # it was asked again, with the best abstracts alone


def test_model_that_found_nothing_may_find_it_in_the_best_abstracts(
    writer: Written, server: Server
) -> None:
    server.reply = lambda request: (
        f"{TRUE} [{ids(request)[0]}]." if len(ids(request)) == 2 else "The abstracts do not say."
    )
    answer = writer.ask(FACT)
    assert (without_words(answer), answer.notes) == (TRUE + " [1].", ())
    assert answer.model == "openai:some-model"


def test_answer_that_also_says_what_the_abstracts_do_not_is_kept(
    writer: Written, server: Server
) -> None:
    server.reply = says(f"{TRUE} [{{0}}]. The abstracts do not say how long that takes [{{0}}].")
    answer = writer.ask(FACT)
    assert answer.text.startswith(f"{TRUE} [1].")
    assert answer.model == "openai:some-model"
    # Nothing is asked again but to put right what the abstract does not hold.
    assert server.forms().count("fact") == 1


def test_output_limit_is_told(writer: Written, server: Server) -> None:
    server.reply, server.finish = says(TRUE + " [{0}]. It was trained on eight hun"), "length"
    answer = writer.ask(FACT)
    assert without_words(answer) == TRUE + " [1]."
    assert "PAPER_ASSISTANT_OUTPUT_TOKENS" in answer.notes[0]


# Lists


@pytest.mark.slow
def test_list_is_judged_in_batches_and_in_parallel(writer: Written, server: Server) -> None:
    server.pause = 0.01
    answer = writer.ask(LIST)
    assert (answer.kind, answer.model, answer.notes) == ("list", "openai:some-model", ())
    assert server.forms() == ["read", *["list"] * 6]
    assert [len(ids(one)) for one in server.requests[1:]] == [4] * 6
    assert server.busiest > 1
    assert [one.paper.id for one in answer.judged] == [one.paper.id for one in answer.retrieved][
        :24
    ]
    assert {one.match for one in answer.judged} == {"yes"}
    assert len(answer.citations) == 24
    assert "24 of 24 judged match" in answer.text
    assert all(one.verdict == "quoted" for one in answer.checks)
    assert all(one.snippet and one.snippet.text in one.paper.abstract for one in answer.judged)
    schema = server.requests[1]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["judgements"]["items"]["properties"]["id"]["enum"] == ids(
        server.requests[1]
    )
    sound(answer)


def test_list_is_judged_one_batch_at_a_time_where_that_is_set(
    open_writer: Open, server: Server
) -> None:
    answer = open_writer(parallel=1, judged=8).ask(LIST)
    # Eight of those found, and whoever else the quoting list has, by four.
    assert len(answer.judged) >= 8
    assert server.forms().count("list") == math.ceil(len(answer.judged) / 4)
    assert server.busiest == 1


def test_list_has_what_matches_then_what_matches_in_part(writer: Written, server: Server) -> None:
    matches: dict[str, str] = {}

    def reply(request: Request) -> str:
        if form(request) != "list":
            return good(request)
        found = json.loads(judgements(request))
        for one, match in zip(found["judgements"], ("no", "yes", "partly", "no"), strict=False):
            one["match"] = matches[papers(request)[one["id"]][0]] = match
            one["reason"] = (
                first_sentence(papers(request)[one["id"]][1])[:150]
                if match == "yes"
                else "it has 9,999 cats"
            )
        return json.dumps(found)

    server.reply = reply
    answer = writer.ask(LIST)
    assert [one.match for one in answer.judged] == [
        matches[one.paper.title] for one in answer.judged
    ]
    yes, partly = answer.text.split("In part:")
    for one in answer.judged:
        assert (f"[{one.paper.title}]" in yes) == (one.match == "yes")
        assert (f"[{one.paper.title}]" in partly) == (one.match == "partly")
    assert {one.id for one in answer.considered} == {
        one.paper.id for one in answer.judged if one.match == "no"
    }
    # A reason stands where the abstract says so, but not with a figure that no abstract has.
    assert any(one.reason for one in answer.judged if one.match == "yes")
    assert {one.reason for one in answer.judged if one.match == "partly"} == {""}
    sound(answer)


def test_words_that_are_not_in_the_abstract_leave_it_to_retrieval(
    writer: Written, server: Server, assistant: Assistant
) -> None:
    def reply(request: Request) -> str:
        found = json.loads(judgements(request))
        return json.dumps(
            {
                "judgements": [
                    one | {"words": "It was written on the moon by mice."}
                    for one in found["judgements"]
                ]
            }
        )

    server.reply = reply
    answer = writer.ask(LIST)
    quoted = assistant.ask(LIST)
    assert "moon" not in answer.text
    assert {one.paper.id for one in answer.citations} == {one.paper.id for one in quoted.citations}
    assert len(answer.judged) == 24
    sound(answer)


def test_judgements_are_read_in_whatever_wraps_them(writer: Written, server: Server) -> None:
    server.reply = lambda request: (
        f"Here you go:\n```json\n{judgements(request)}\n```\nAnything {{else}}?"
    )
    assert len(writer.ask(LIST).citations) == 24


def test_judgements_cut_off_count_as_far_as_they_go(writer: Written, server: Server) -> None:
    server.reply = lambda request: (
        judgements(request)[:-60] if form(request) == "list" else good(request)
    )
    answer = writer.ask(LIST)
    assert len(answer.given) == len(answer.judged) == 18
    assert "18 of 18 judged match (6 not judged)" in answer.text


def test_list_of_which_nothing_matches_is_quoted(writer: Written, server: Server) -> None:
    server.reply = lambda request: judgements(request, "no")
    answer = writer.ask(LIST)
    assert answer.model == QUOTES
    assert "none of the papers it read matches" in answer.notes[0]
    assert answer.hedged
    assert answer.text.startswith("I am not sure that any fits")
    assert {one.match for one in answer.judged} == {"no"}
    sound(answer)


def test_server_that_knows_no_schemas_is_asked_without(writer: Written, server: Server) -> None:
    server.schemas = False
    answer = writer.ask(LIST)
    assert (answer.model, answer.notes) == ("openai:some-model", ())
    assert len(answer.given) == 24


# Comparisons


def test_comparison_reads_each_paper_alone(writer: Written, server: Server) -> None:
    answer = writer.ask(COMPARISON)
    assert (answer.kind, answer.model, answer.notes) == ("comparison", "openai:some-model", ())
    assert server.forms() == ["read", "comparison", "comparison", "difference"]
    assert [len(ids(one)) for one in server.requests] == [0, 1, 1, 2]
    assert answer.table is not None
    assert [one.title.partition(":")[0] for one in answer.table.papers] == [
        "Tune-A-Video",
        "Still-Moving",
    ]
    assert aspects(server.requests[1]) == [one.lower() for one in answer.table.aspects]
    assert all("“" not in cell for cell in answer.table.cells.values())
    sound(answer)


def test_cell_without_support_is_quoted(
    writer: Written, server: Server, assistant: Assistant
) -> None:
    wrong = {"says": "It was trained on 9,999 cats for 77 years.", "words": "9,999 cats"}
    server.reply = lambda request: json.dumps(
        json.loads(cells(request)) | {aspects(request)[0]: wrong}
    )
    answer, quoted = writer.ask(COMPARISON), assistant.ask(COMPARISON)
    assert answer.table is not None
    assert quoted.table is not None
    assert "cats" not in answer.text
    first = answer.table.aspects[0]
    for paper in answer.table.papers:
        assert "“" in quoted.table.cells[paper.id, first]
        assert answer.table.cells[paper.id, first] == quoted.table.cells[paper.id, first]
        assert "“" not in answer.table.cells[paper.id, answer.table.aspects[1]]
    sound(answer)


def test_what_is_not_stated_stays_so(
    open_writer: Open, writer: Written, server: Server, assistant: Assistant
) -> None:
    empty = {"says": "", "words": ""}
    server.reply = lambda request: json.dumps(
        {
            name: one if name == aspects(request)[0] else empty
            for name, one in json.loads(cells(request)).items()
        }
    )
    answer, quoted = writer.ask(COMPARISON), assistant.ask(COMPARISON)
    assert answer.table is not None
    assert quoted.table is not None
    assert {aspect for _, aspect in answer.table.cells} == {answer.table.aspects[0]}
    assert answer.text.count("not stated") == len(answer.table.papers) * (
        len(answer.table.aspects) - 1
    )
    # What a small model leaves empty is quoted.
    small = open_writer(profile="small").ask(COMPARISON)
    assert small.table is not None
    assert small.text.count("not stated") == quoted.text.count("not stated") > 0


def test_same_words_for_every_aspect_fill_one(writer: Written, server: Server) -> None:
    def reply(request: Request) -> str:
        found = json.loads(cells(request))
        return json.dumps(dict.fromkeys(found, found[aspects(request)[0]]))

    server.reply = reply
    answer = writer.ask(COMPARISON)
    assert answer.table is not None
    written = [key for key, cell in answer.table.cells.items() if "“" not in cell]
    assert sorted(written) == sorted(
        (paper.id, answer.table.aspects[0]) for paper in answer.table.papers
    )


def test_written_table_can_be_edited(writer: Written, server: Server) -> None:
    first = writer.ask(COMPARISON)
    turns = [Turn(COMPARISON, first)]
    swapped = writer.ask("swap rows and columns", turns)
    assert first.table is not None
    assert swapped.table is not None
    assert swapped.table.papers_as == "rows"
    assert dict(swapped.table.cells) == dict(first.table.cells)
    assert len(server.requests) == 4
    more = writer.ask(
        "add a column for training cost", [*turns, Turn("swap rows and columns", swapped)]
    )
    assert more.table is not None
    assert set(first.table.aspects) < set(more.table.aspects)
    assert all(
        more.table.cells[key].split(" [")[0] == cell.split(" [")[0]
        for key, cell in first.table.cells.items()
    )
    assert [aspects(one) for one in server.requests[4:]] == [[more.table.aspects[-1].lower()]] * 2
    sound(more)


# Follow-ups, what it costs, embedders


def test_follow_up_that_the_rules_cannot_resolve_is_rewritten(
    writer: Written, server: Server
) -> None:
    first = writer.ask(FACT)
    server.reads = reads(FACT)
    answer = writer.ask("Und wie viele Gewichte werden dabei angepasst?", [Turn(FACT, first)])
    assert answer.question == FACT
    assert answer.citations[0].paper.title.startswith("SimDA")
    assert server.forms() == ["fact", "verify", "read", "fact", "verify"]
    asked = prompt(server.requests[2])
    assert f"Reader: {FACT}" in asked
    assert "SimDA: Simple Diffusion Adapter" in asked


def test_rewriting_that_asks_something_else_is_not_used(writer: Written, server: Server) -> None:
    server.reads = reads("1. SimDA is a Simple Diffusion Adapter.")
    turns = [Turn(FACT, writer.ask(FACT))]
    answer = writer.ask("do the zebras keep improving with it?", turns)
    assert "read" in server.forms()
    assert "Simple Diffusion Adapter" not in answer.question


def test_rewriting_that_brings_in_what_nobody_said_is_not_used(
    writer: Written, server: Server
) -> None:
    first = writer.ask(FACT)
    server.reads = reads("how does PLLaVA reach 99%?")
    answer = writer.ask("Und wie viele Gewichte werden dabei angepasst?", [Turn(FACT, first)])
    assert "PLLaVA" not in answer.question
    assert "PLLaVA" not in answer.text
    assert server.forms()[:3] == ["fact", "verify", "read"]


def test_follow_up_is_read_by_a_strong_model_and_not_by_a_small_one(
    open_writer: Open, server: Server
) -> None:
    strong, small = open_writer(), open_writer(profile="small")
    turns = [Turn(FACT, strong.ask(FACT))]
    server.requests.clear()
    answer = strong.ask("what does it train on?", turns)
    assert answer.question == "what does SimDA train on?"
    assert server.forms() == ["read", "fact", "verify"]
    server.requests.clear()
    assert small.ask("what does it train on?", turns).question == "what does SimDA train on?"
    assert set(server.forms()) <= {"fact", "repair"}


def test_what_a_strong_model_takes_to_be_asked_counts(writer: Written, server: Server) -> None:
    turns = [Turn(FACT, writer.ask(FACT))]
    server.reads = reads("how does Tune-A-Video attend to frames? (SimDA)")
    answer = writer.ask("and how do the frames attend there?", turns)
    assert "Tune-A-Video" not in answer.question  # nobody spoke of it
    turns = [Turn(COMPARISON, writer.ask(COMPARISON))]
    server.reads = reads("how does Tune-A-Video attend to the frames there?")
    answer = writer.ask("and how do the frames attend there?", turns)
    assert answer.question == "how does Tune-A-Video attend to the frames there?"
    assert answer.citations[0].paper.title.startswith("Tune-A-Video")


def test_shorter_answer_is_asked_for(writer: Written, server: Server) -> None:
    turns = [Turn(FACT, writer.ask(FACT))]
    server.requests.clear()
    writer.ask("shorter please", turns)
    assert "asked for a shorter answer" in prompt(server.requests[0])


@pytest.mark.parametrize("question", [FACT, LIST, COMPARISON])
def test_usage_is_what_the_server_counted(question: str, writer: Written, server: Server) -> None:
    answer = writer.ask(question)
    assert answer.usage is not None
    assert answer.usage.calls == len(server.requests)
    assert answer.usage.prompt == sum(len(prompt(one).split()) for one in server.requests)
    assert answer.usage.completion == sum(len(good(one).split()) for one in server.requests)
    assert not answer.usage.estimated


def test_usage_is_estimated_where_the_server_does_not_count(
    writer: Written, server: Server
) -> None:
    server.usage = False
    answer = writer.ask(FACT)
    encoding = token_cost.encoding_for("some-model")
    assert answer.usage is not None
    assert answer.usage.estimated
    assert answer.usage.calls == 2
    sent = [token_cost.count(prompt(one), encoding) for one in server.requests]
    assert answer.usage.prompt >= sum(sent)
    heard = [token_cost.count(good(one), encoding) for one in server.requests]
    assert answer.usage.completion == sum(heard)


def test_server_that_counts_less_than_was_sent_is_not_believed(
    writer: Written, server: Server
) -> None:
    server.usage = {"prompt_tokens": 1, "completion_tokens": 0, "total_tokens": 1}
    answer = writer.ask(FACT)
    encoding = token_cost.encoding_for("some-model")
    assert answer.usage is not None
    assert answer.usage.prompt >= sum(
        token_cost.count(prompt(one), encoding) for one in server.requests
    )
    assert answer.usage.completion > 0
    assert answer.usage.estimated


def test_reply_without_text_is_paid_for(open_writer: Open, server: Server) -> None:
    server.reply = lambda request: " "
    answer = open_writer(timeout=5).ask(FACT)
    assert answer.model == QUOTES
    assert answer.usage is not None
    assert answer.usage.calls == len(server.requests) > 1
    assert answer.usage.prompt > 0


def test_output_limit_is_sent(open_writer: Open, server: Server) -> None:
    open_writer(output_tokens=321).ask(FACT)
    assert server.requests[0]["max_tokens"] == 321


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


@pytest.mark.parametrize("name", sorted(path.stem for path in PROMPTS.glob("*.md")))
def test_prompt_names_its_holes(name: str) -> None:
    named = re.match(r"<!-- holes: (.*) -->\n", (PROMPTS / f"{name}.md").read_text("utf-8"))
    assert named is not None
    holes = set(named[1].split(", ")) - {"none"}
    assert set(load_prompt(name).input_variables) == holes
    filled = fill(name, dict.fromkeys(holes, "{{x}} & <y>"))
    assert filled.to_string().count("{{") == filled.to_string().count("{{x}} & <y>") >= len(holes)
    if holes:
        with pytest.raises(KeyError):
            fill(name, {})
