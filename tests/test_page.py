"""What the chat page and the terminal show of an answer, as text: nothing of others may act,
nothing told may be lost."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree

import gradio as gr
import httpx
import pytest

from assistant.assistant import Assistant
from assistant.checking.annotations import marked
from assistant.cli import terminal
from assistant.composing import provenance, suggestions
from assistant.corpus_map import svg
from assistant.corpus_map.types import Atlas, Place, Topic
from assistant.errors import ModelError
from assistant.models import credentials
from assistant.settings import load_settings
from assistant.types import QUOTES, Answer, Check, Citation, Judgement, Paper, Span, Turn, Usage
from assistant.web.rendering import charts, message
from assistant.web.server.app import build, make_service
from assistant.web.sessions import model_menu
from assistant.web.sessions.model_menu import ModelMenu, read_choice
from assistant.web.sessions.visitors import Visitor
from tests import openai_server
from tests.chromium import Site, own_data, site
from tests.page_load import Door
from tests.page_load import _after as after

__all__ = ["own_data", "site"]
LIST, FACT = "which papers adapt T2I models to video?", "how many parameters does SimDA tune?"
BAD = '<script>alert(1)</script>\n\n<img src=x onerror="alert(2)"> | [1](javascript:alert(3))'
PAPER = Paper("p1", f"Zebra {BAD}", "Zebras are fast. They run.", url="https://example.org/1")
OTHER = Paper("p2", "Lions", "Lions sleep.", url="javascript:alert(4)")
QUOTE = Span("Zebras are fast.", 0, 16)


def made(text: str, *checks: Check, kind: str = "fact", **more: object) -> Answer:
    """An answer that a model wrote, with one citation."""
    text, found = marked(text, checks)
    return Answer(
        "q",
        kind,
        text,
        False,
        (Citation(1, PAPER, (QUOTE,)),),
        (),
        checks=found,
        model="openai:m",
        seconds=1.2,
        **more,
    )  # type: ignore[arg-type]


def outside_attributes(html: str) -> str:
    """The Markdown without the values of attributes, which cannot act."""
    return re.sub(r'(\w+)="[^"]*"', r"\1", html)


def test_a_doubtful_sentence_gets_a_badge_and_its_reason_in_full() -> None:
    text = "Zebras are fast [1]. Zebras fly [1]. Zebras run far [1]."
    places = [(0, 20), (21, 36), (37, len(text))]
    checks = [
        Check(*places[0], "supported", number=1),
        Check(*places[1], "not supported", f"no source (1) says {BAD}", 1),
        Check(*places[2], "partly supported", "far is not in the source"),
    ]
    shown = message.render_answer(made(text, *checks), 2)
    assert 'Zebras fly <a class="cite" id="cite-2-2" href="#source-1:0-16"' in shown
    assert re.search(
        r'</a>\.</span> <a class="doubt not" href="#check-2-2" title="no source – 1 – says [^"]*">✕'
        r" not supported</a> ",
        shown,
    )
    assert 'title="far is not in the source">◐ only in part</a>' in shown
    assert "<summary>2 of 3 sentences are doubtful</summary>" in shown
    assert "“Zebras fly.” — <em>not supported: no source (1) says &lt;script&gt;" in shown
    assert shown.count('class="cite"') == 3
    assert "*(" not in shown
    assert "<script" not in shown
    assert "<img" not in outside_attributes(shown)


def test_good_sentences_are_counted_and_connecting_ones_are_not() -> None:
    checks = [Check(0, 5, "quoted"), Check(5, 9, "supported"), Check(9, 12, "no citation needed")]
    assert "2 of 2 sentences supported" in message.render_answer(made("abcdefghijkl", *checks), 1)
    assert (
        provenance.describe_checks(made("abcdefghijkl", *checks, kind="comparison"))
        == "2 of 2 statements supported"
    )
    assert provenance.describe_checks(made("no checks")) == ""


def test_a_list_tells_why_others_were_left_out() -> None:
    left = (
        Judgement(PAPER, "yes"),
        Judgement(OTHER, "no", Span("Lions sleep.", 0, 12), f"about lions {BAD}"),
    )
    text = (
        "1. **Zebra** “Zebras are fast.” [1]\n\n*1 of 2 judged match, out of 219 papers; 1 more"
        " was considered.*"
    )
    shown = message.render_answer(made(text, kind="list", judged=left, considered=(OTHER,)), 1)
    assert (
        "<summary>1 of 2 judged match, out of 219 papers; 1 more was considered</summary>" in shown
    )
    assert "<li>Lions — <em>does not match: about lions &lt;script&gt;" in shown
    assert "<q>Lions sleep.</q>" in shown
    assert shown.count("<li>") == 1
    assert "javascript:alert(4)" not in shown


def test_quotations_that_stand_in_for_a_list_still_tell_what_was_judged() -> None:
    answer = made(
        "“Zebras are fast.” [1]",
        kind="list",
        judged=(Judgement(OTHER, "no", None, "about lions"),),
        notes=("it failed",),
    )
    shown = message.render_answer(answer, 1)
    assert shown.startswith('<p class="note">It failed</p>\n\n')
    assert "about lions" in shown


def test_every_piece_of_html_stands_on_one_line_between_blank_ones() -> None:
    answer = made(
        "Zebras [1].",
        given=(PAPER, OTHER),
        notes=(BAD,),
        withheld=f"Zebras fly.\n\n{BAD}",
        usage=Usage(900, 80, 2, 0.0012),
        stopped=True,
    )
    blocks = message.render_answer(answer, 1).split("\n\n")
    assert [re.match(r"<(\w+) class=\"(\w+)\"", one) and one.split('"')[1] for one in blocks] == [
        "note",
        "withheld",
        None,
        "given",
        "about",
    ]
    assert "<li>Zebras fly.</li><li>&lt;script&gt;" in blocks[1]
    assert not any("\n" in one for one in blocks)
    assert "2 abstracts were read" in blocks[3]
    assert blocks[4] == '<p class="about">stopped · openai:m · 1.2 s · 900 + 80 tokens, $0.0012</p>'
    assert message.render_unfinished("", f"reading {BAD}").count("<") == 2


def test_the_terminal_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    checks = (Check(0, 19, "supported", number=1), Check(20, 35, "not supported", "no"))
    terminal.show_answer(
        made(
            "Zebras are fast [1]. Zebras fly [1].",
            *checks,
            given=(PAPER,),
            usage=Usage(9, 8, 1, None),
        )
    )
    out = capsys.readouterr().out
    assert "not supported: no" in out
    for line in (
        "1 of 2 sentences is doubtful",
        "1 abstract was read",
        "openai:m · 1.2 s · 9 + 8 tokens, price not known",
    ):
        assert line in out.splitlines()


@pytest.mark.parametrize(
    "question",
    [
        "which papers adapt T2I models to video?",
        "how many parameters does SimDA tune?",
        "compare SimDA with Tune-A-Video",
        "summarise what is known about noisy web captions in vision-language pre-training",
        "which papers are about low-resource languages?",
    ],
)
@pytest.mark.slow
def test_what_is_suggested_is_answered_from_the_papers_meant(
    assistant: Assistant, question: str
) -> None:
    answer = assistant.ask(question)
    turns = [Turn(question, answer)]
    found = suggestions.suggest_questions(
        answer, lambda text: assistant.ask(text, turns), assistant.snapshot.names
    )
    assert 1 <= len(found) <= 3
    assert question not in found
    papers = {one.paper.id for one in answer.citations}
    for text in found:
        reply = assistant.ask(text, turns)
        assert not reply.abstained
        assert reply.text != answer.text
        assert papers & {one.paper.id for one in reply.citations}


def test_a_word_that_several_papers_introduce_names_none_of_them(assistant: Assistant) -> None:
    answer = assistant.ask("how many papers are there on hospitals?")
    names = assistant.snapshot.names
    found = suggestions.suggest_questions(answer, lambda text: assistant.ask(text), names)
    assert "Summarizing Patients Problems" in answer.citations[0].paper.title
    assert not any("NLP" in question for question in found)


def test_nothing_is_suggested_that_finds_nothing(assistant: Assistant) -> None:
    answer = assistant.ask("how many parameters does SimDA tune?")
    nothing = assistant.ask("what is the airspeed of an unladen swallow?")
    assert nothing.abstained
    assert (
        suggestions.suggest_questions(answer, lambda text: nothing, assistant.snapshot.names) == ()
    )


def test_the_menu_makes_each_model_once_and_says_what_it_cannot_make(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu = ModelMenu(assistant, load_settings())
    assert menu.first == QUOTES
    assert menu.choices() == [("Quotations (no model)", QUOTES)]
    for name, problem in (
        ("openai:m", "OPENAI_API_KEY"),
        ("nobody:m", "unknown model"),
        ("gpt at evil.example", "not known any more"),
    ):
        with pytest.raises(ModelError, match=problem):
            menu.chat(name)
    # A page that others reach makes no model that is not on its menu: of a path, or at the owner's
    # expense.
    exposed = ModelMenu(assistant, load_settings(host="0.0.0.0"))
    for name in ("gguf:/etc/passwd", "openai:dear", "huggingface:/etc"):
        with pytest.raises(ModelError, match="not on offer here"):
            exposed.chat(name)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert menu.chat("openai:m") is menu.chat("openai:m")
    assert menu.chat(read_choice("quotations (NO model)")) == QUOTES


def test_what_was_pasted_goes_as_its_report_comes(assistant: Assistant, tmp_path: Path) -> None:
    service = make_service(assistant, load_settings(data_dir=tmp_path))
    blocks = build(service)
    add = next(one.fn for one in blocks.fns.values() if one.name == "add")
    pasted = "TY  - JOUR\nTI  - Okapis\nAU  - Kanu, Ada\nAB  - We count 93 okapis.\nER  - \n"
    *before, last = [
        {block.elem_id: change for block, change in changes.items()}
        for changes in add(None, pasted, "mine")
    ]
    assert all("pasted" not in changes for changes in before)
    assert "now holds 1 paper." in last["report"]
    assert last["pasted"] == ""
    assert last["files"] == gr.skip()
    service.live.close()


def test_what_is_left_is_shown_no_more_and_answered_all_the_same(
    assistant: Assistant, tmp_path: Path
) -> None:
    service, go_on = make_service(assistant, load_settings(data_dir=tmp_path)), threading.Event()

    def begin(turns: object) -> object:
        assert go_on.wait(20)
        return assistant.stream(FACT, (), chat="quotes")

    live = service.live
    identifier = live.ask("local", "", "default", FACT, begin)  # type: ignore[arg-type]
    left = Visitor("local", "left", QUOTES, "default", identifier)
    shown, watched = service.watch(left), service.watch(replace(left, session="stays"))
    for one in (shown, watched):
        first = next(one)
        assert [message["content"] for message in first.messages[:1]] == [FACT]
        assert not first.whole
    service.turn_to("left")
    go_on.set()
    assert list(shown) == []
    last = list(watched)[-1]
    assert last.whole
    assert "24M" in last.messages[-1]["content"]
    [turn] = live.kept.load("local", identifier).turns
    assert "24M" in turn.answer.text
    live.close()


def test_an_answer_that_is_stopped_before_it_begins_is_kept_as_that(
    assistant: Assistant, tmp_path: Path
) -> None:
    service, never = make_service(assistant, load_settings(data_dir=tmp_path)), threading.Event()

    def begin(turns: object) -> object:
        never.wait(20)
        return assistant.stream(FACT, (), chat="quotes")

    live = service.live
    identifier = live.ask("local", "", "default", FACT, begin)  # type: ignore[arg-type]
    live.stop("local", identifier)
    assert live.running("local", identifier) is None
    [turn] = live.turns("local", identifier)
    assert turn.user == FACT
    never.set()
    live.close()


def test_the_map_is_sent_once_and_after_an_answer_what_is_lit_on_it(site: Site) -> None:
    door, session = Door.at(site.url), uuid4().hex
    with httpx.Client(timeout=60) as client:
        opening = max(door.opening, key=lambda event: len(event["outputs"]))
        nothing = [None] * (len(opening["inputs"]) - 1)
        opened = door.send(client, session, opening, [{"c": ""}, *nothing])
        for event in after(opening["id"], client.get(f"{site.url}config").json()["dependencies"]):
            opened += door.send(client, session, event, [None] * len(event["inputs"]))
        answered = [door.ask(client, session, question)[1] for question in (LIST, FACT)]
    assert opened.count("data-paper=") == 219
    for received in answered:
        assert "data-paper=" not in received  # no point of the map
        assert re.search(r'data-papers=\\"\[&quot;', received)  # but which of them are lit
        assert re.search(r"\[\d+\]</text>", received)


@pytest.mark.slow
def test_what_an_answer_lights_is_small_among_twenty_thousand_papers() -> None:
    papers = {f"p{n}": Paper(f"p{n}", f"A title of paper {n}", "A.") for n in range(20_000)}
    places = [Place(key, n % 141 / 141, n / 20_000, n % 14) for n, key in enumerate(papers)]
    topics = [Topic(f"topic {n}", n / 14, n / 14, 1428) for n in range(14)]
    atlas = Atlas(tuple(places), tuple(topics))
    assert len(svg.svg(atlas, papers)) > 3_000_000
    lights = charts.render_lights(atlas, {f"p{n * 99}": f"[{n}]" for n in range(30)})
    assert len(lights) < 20_000
    ElementTree.fromstring(lights)


def test_a_typed_server_is_a_public_one_where_the_page_is_served_to_others(
    assistant: Assistant,
) -> None:
    exposed = ModelMenu(assistant, load_settings(host="0.0.0.0"))
    hosts = ("127.0.0.1", "10.0.0.1", "[::1]", "[fec0::1]", "[::127.0.0.1]", "[2002:7f00:1::]")
    for host in hosts:
        server = credentials.Server(f"https://{host}/v1", "key")
        with pytest.raises(ModelError, match="only public servers"):
            exposed.use("session", server, "m")


def test_charts_count_every_paper_of_an_answer_under_labels_of_their_own() -> None:
    big = [Paper(f"{v}{n}", "T", "A.", venue=f"Venue{v}") for v in range(12) for n in range(3)]
    rare = [Paper(f"r{n}", "T", "A.", venue=f"Rare{n}") for n in range(5)]
    html = charts.render_charts([*big, *rare], rare[:3])
    other = re.search(r"<li><div>.*?</div></li>", html)
    assert other is not None
    assert [re.sub("<[^>]*>", "", one) for one in re.findall(r"<span.*?</span>", other[0])][:1] == [
        "other"
    ]
    assert "3 of 5</span>" in other[0]
    assert html.count("data-group=") == 12


class _Elsewhere(BaseHTTPRequestHandler):
    """Sends every request on to the address in `server.target`, and notes it."""

    def do_POST(self) -> None:
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        self.send_response(307)
        self.send_header("Location", self.server.target)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


def test_a_page_that_is_left_before_its_events_come_leaves_no_key_behind(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_menu, "_RELOAD", 0.2)
    menu = ModelMenu(assistant, load_settings())
    with openai_server.running() as server:
        menu.recognise("first", "window")
        name = menu.use("first", credentials.Server(server.url, "my-secret-key"), "m")
        # Reloaded: what was typed is known in the next session of the same window.
        menu.leave("first")
        menu.recognise("second", "window")
        time.sleep(0.4)
        assert menu.knows(name, "second")
        # Reloaded once more and closed, the last page's load event coming after its end.
        menu.leave("third")
        menu.leave("second")
        menu.recognise("third", "window")
        until = time.monotonic() + 10
        while menu.knows(name, "second") or menu._own:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert credentials.redacted("my-secret-key is a word") == "my-secret-key is a word"
        # A server that answers only once its page was closed is not kept.
        menu.use("third", credentials.Server(server.url, "my-secret-key"), "m")
        assert not menu._own
        assert credentials.redacted("my-secret-key is a word") == "my-secret-key is a word"


def test_a_typed_server_leads_nowhere_else_and_its_key_is_forgotten(
    assistant: Assistant, tmp_path: Path
) -> None:
    doors = [ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) for _ in range(2)]
    for one, other in zip(doors, reversed(doors), strict=True):
        one.seen, one.target = [], f"http://127.0.0.1:{other.server_address[1]}/secret"  # type: ignore[attr-defined]
        threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
    menu = ModelMenu(assistant, load_settings(data_dir=tmp_path, timeout=5))
    typed = credentials.Server(f"http://127.0.0.1:{doors[0].server_address[1]}/v1", "my-secret-key")
    # One that leads elsewhere is not taken at all, and its key is not held on to.
    with pytest.raises(ModelError, match="no answer"):
        menu.use("s", typed, "m")
    assert doors[0].seen  # type: ignore[attr-defined]
    assert doors[1].seen == []  # type: ignore[attr-defined]
    assert credentials.redacted("my-secret-key is a word") == "my-secret-key is a word"
    # One that leads elsewhere later on is not followed either.
    with openai_server.running() as good:
        name = menu.use("s", credentials.Server(good.url, "my-secret-key"), "m")
        assert "my-secret-key" not in credentials.redacted("my-secret-key is wrong")
        away = {"Location": f"{typed.base_url}/secret"}
        good.reply = good.reads = lambda request: openai_server.Fault(307, {}, away)
        doors[0].seen.clear()  # type: ignore[attr-defined]
        stream = assistant.stream("how many parameters does SimDA tune?", chat=menu.chat(name, "s"))
        for _ in stream:
            pass
    assert "quotations instead" in " ".join(stream.answer.notes)
    assert doors[0].seen == []  # type: ignore[attr-defined]
    menu.forget("s")
    assert credentials.redacted("my-secret-key is a word") == "my-secret-key is a word"
    with pytest.raises(ModelError, match="not known any more"):
        menu.chat(name, "s")
    for one in doors:
        one.shutdown()
        one.server_close()


def test_what_is_cited_for_its_record_leads_to_its_card(assistant: Assistant) -> None:
    """Authors and years stand in no abstract: there are no words for the chip to lead to."""
    answer = assistant.ask("who wrote SimDA?")
    assert answer.citations[0].quotes == ()
    assert 'href="#source-1"' in message.render_answer(answer, 1)
