"""The chat page in real Chromium: a conversation, a model that writes, is stopped and is chosen, and hostile text of all kinds."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.chat import make_chat
from assistant.embedder import MiniLM
from assistant.folder import Folder
from assistant.pipeline import Assistant
from assistant.settings import load
from assistant.types import Paper
from assistant.web.app import launch
from ingest.index import Plan, index
from tests import openai_server
from tests.openai_server import Fault, Request, Server, server

__all__ = ["server"]

expect.set_options(timeout=15_000)  # two cores run more than this at a time

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHOTS = Path(os.environ["PAPER_ASSISTANT_SHOTS"]) if "PAPER_ASSISTANT_SHOTS" in os.environ else None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium, and CI must have one: apt-get install chromium")
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        options = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield started
        started.close()


@contextmanager
def opened(browser: Browser, url: str, width: int, height: int) -> Iterator[tuple[Page, list[str]]]:
    """A page, and the list of what it asked of anywhere but its own origin, or said in a dialog or as an error."""
    page = browser.new_page(viewport={"width": width, "height": height})
    wrong: list[str] = []
    page.on("request", lambda request: None if request.url.startswith((url, "data:", "blob:")) else wrong.append(request.url))
    page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: wrong.append(f"error {error}"))
    page.goto(url)
    page.wait_for_selector("#question textarea")
    yield page, wrong
    page.close()


def ask(page: Page, question: str) -> None:
    said = page.locator("#chat .bot-row").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    expect(page.locator("#chat .bot-row")).to_have_count(said + 1, timeout=10_000)
    expect(page.locator("#question textarea")).to_have_value("")
    page.wait_for_timeout(400)


def in_view(page: Page, selector: str, box: str) -> bool:
    """Whether the last element that `selector` finds begins inside the visible part of `box`."""
    script = """([one, box]) => { const a = [...document.querySelectorAll(one)].pop().getBoundingClientRect(),
        b = document.querySelector(box).getBoundingClientRect();
        return a.top >= b.top - 2 && a.top < Math.min(b.bottom, innerHeight) }"""
    return bool(page.evaluate(script, [selector, box]))


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    served = launch(assistant, load(port=7900))
    yield served.url
    served.close()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_a_conversation_with_sources(browser: Browser, url: str, width: int, height: int) -> None:
    with opened(browser, url, width, height) as (page, wrong):
        expect(page.get_by_text("Answers are quotations")).to_be_visible()
        assert page.locator("#written-by input").input_value() == "Quotations (no model)"
        page.get_by_text("which papers adapt T2I models to video?").click()
        expect(page.locator("#chat a.cite").first).to_be_visible(timeout=10_000)
        expect(page.locator("#sources article.source")).to_have_count(page.locator("#chat a.cite").count())
        page.locator("#chat a.cite").nth(2).click()
        card = page.locator("article.source.chosen")
        expect(card).to_have_count(1)
        assert card.get_attribute("id") == "source-1-3"
        page.wait_for_timeout(900)
        assert in_view(page, "article.source.chosen", "#sources" if width > 700 else "body")
        quoted = card.locator("mark").first.inner_text()
        assert quoted[:40] in page.locator("#chat .bot-row").first.inner_text().replace("\n", " ")
        page.locator("#chat summary").first.click()
        expect(page.locator("#chat details li").first).to_be_visible()

        ask(page, "and which of those need no video data?")
        ask(page, "compare SimDA with Tune-A-Video")
        expect(page.locator("#chat table")).to_be_visible()
        assert in_view(page, "#chat .user-row", "#chat")
        # An earlier answer's chip still finds its source.
        page.locator('#chat a.cite[href="#source-1-1"]').click()
        expect(page.locator("#source-1-1.chosen mark").first).to_be_visible()
        ask(page, "<script>alert(1)</script><img src=x onerror=alert(2)>")
        expect(page.get_by_text("I found nothing about this").first).to_be_visible()
        ask(page, "x" * 5000)
        expect(page.get_by_text("at most 4,000 are read")).to_be_visible()
        if SHOTS:
            page.screenshot(path=SHOTS / f"chat-{width}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_text("New conversation").click()
        expect(page.locator("#chat a.cite")).to_have_count(0)
        assert wrong == []


HOSTILE = (
    '<img src="http://evil.invalid/a.png" onerror="alert(1)"> <script>alert(2)</script> We propose ![x](http://evil.invalid/b.png) '
    "[click](javascript:alert(3)) zebra detection ${alert(4)} {{7*7}} <style>@import url(http://evil.invalid/c.css)</style>. "
    "It works on zebras [1] \u202etxet desrever\u202c and | tables | too `x` **bold** " + "w" * 50_000 + ". "
    "See http://evil.invalid/d for zebra code. We train a zebra tracker which is\n\n![x](http://evil.invalid/e.png)\n\n"
    "hard-wrapped\nover several zebra lines."
)


def test_hostile_corpus_shows_as_text_and_loads_nothing(browser: Browser, tmp_path: Path, embedder: MiniLM) -> None:
    bad = {"authors": ('<b onmouseover="alert(5)">A</b>',), "venue": "<i>V</i>"}
    papers = [
        Paper(
            "h1",
            'Zebra <img src=x onerror="alert(6)"> ](javascript:alert(7)) net',
            HOSTILE,
            url='https://x.invalid/"onclick="alert(8)',
            **bad,
        ),  # type: ignore[arg-type]
        *(
            Paper(f"n{n}", f"Harmless {n}", f"We study harmless matter number {n}. It works.", url="https://x.invalid")
            for n in range(9)
        ),
    ]
    folder = Folder(tmp_path)
    index(Plan(papers), folder, embedder)
    assistant = Assistant(folder, embedder)
    served = launch(assistant, load(port=7940))
    try:
        with opened(browser, served.url, 1440, 900) as (page, wrong):
            for question in (
                "which papers detect zebras?",
                "what is zebra detection",
                "summarise zebra detection",
                "compare Harmless 1 with Harmless 2",
            ):
                ask(page, question)
            assert page.locator("#chat a.cite").count() > 0
            assert page.locator("#chat img, #sources img, #sources script, #sources style, #sources b").count() == 0
            assert page.locator('a[href^="javascript"]').count() == 0
            assert "49" not in page.locator("#sources").inner_text()
            assert page.evaluate("document.documentElement.scrollWidth") <= 1440
            page.wait_for_timeout(500)
            assert wrong == []
    finally:
        served.close()
        assistant.close()


def test_each_visitor_has_a_conversation_of_their_own(browser: Browser, url: str) -> None:
    with opened(browser, url, 1000, 800) as (one, _), opened(browser, url, 1000, 800) as (other, wrong):
        ask(one, "how many parameters does SimDA tune?")
        ask(other, "compare it with I2V-Adapter")
        expect(other.locator("#chat table")).to_have_count(0)
        ask(one, "compare it with I2V-Adapter")
        expect(one.locator("#chat table")).to_have_count(1)
        assert wrong == []


SIMDA = "SimDA fine-tunes only 24M out of 1.1B parameters of a strong T2I model [{}]. "
HOSTILE_REPLY = (
    "It was trained on ten billion videos [{}]. ![x](http://evil.invalid/m.png) <img src=http://evil.invalid/n.png onerror=alert(9)> "
    "[click](javascript:alert(10)) was trained on 77 billion <b>zebras</b> | and more [{}]."
)


def simda(request: Request) -> str:
    """The id of the paper in question."""
    return next(one for one, (title, _) in openai_server.papers(request).items() if title.startswith("SimDA"))


def begun(request: Request) -> Fault:
    """One sentence, the beginning of another, and then nothing more for as long as anyone waits."""
    return Fault(text=SIMDA.format(simda(request)) + "\n\nIt has ", then="silence")


@pytest.fixture
def written(data_dir: Path, embedder: MiniLM, server: Server) -> Iterator[str]:
    """The address of a page whose answers a model at `server` writes."""
    settings = load(model="openai:m", port=7960, data_dir=data_dir)
    assistant = Assistant(Folder(data_dir / "default"), embedder, make_chat(settings))
    served = launch(assistant, settings)
    yield served.url
    served.close()
    assistant.close()


def test_doubt_is_shown_and_the_next_question_suggested(browser: Browser, written: str, server: Server) -> None:
    def reply(request: Request) -> str:
        if openai_server.form(request) == "followups":
            return "What is the airspeed of a swallow?\n2. How does Tune-A-Video work?\nNo question"
        if openai_server.form(request) == "repair":
            return "nothing of use"
        return (SIMDA + HOSTILE_REPLY).format(*[simda(request)] * 3) if "SimDA tune" in openai_server.prompt(request) else "x"

    server.reply = reply
    with opened(browser, written, 1440, 900) as (page, wrong):
        ask(page, "how many parameters does SimDA tune?")
        expect(page.locator("#chat .about")).to_contain_text("openai:m", timeout=15_000)
        expect(page.locator("#chat .about")).to_contain_text("tokens")
        badges = page.locator("#chat .doubt")
        assert badges.count() > 0
        assert badges.first.get_attribute("title")
        doubts = page.locator("#chat details.doubts")
        expect(doubts.locator("li").first).not_to_be_visible()
        doubts.locator("summary").press("Enter")
        expect(doubts.locator("li").first).to_contain_text("ten billion videos")
        expect(doubts.locator("li").first).to_contain_text(badges.first.get_attribute("title") or "?")
        page.locator("#chat details.given summary").click()
        expect(page.locator("#chat details.given a").first).to_have_attribute("href", re.compile("^https?://"))
        assert page.locator("#chat img, #chat b, #sources img").count() == 0
        assert page.locator('a[href^="javascript"]').count() == 0
        suggested = page.locator("#followups button:visible")
        expect(suggested).to_have_text(["How does Tune-A-Video work?"], timeout=15_000)
        suggested.click()
        expect(page.locator("#chat .user-row").last).to_contain_text("How does Tune-A-Video work?")
        # The model's "x" is no answer: quotations stand in, and a note says so.
        expect(page.locator("#chat .note")).to_contain_text("quotations instead", timeout=15_000)
        expect(page.locator("#chat .bot-row").last.locator("a.cite").first).to_be_visible()
        assert wrong == []


def test_stop_keeps_what_stands_and_a_new_conversation_stops_too(browser: Browser, written: str, server: Server) -> None:
    server.reply = begun
    with opened(browser, written, 390, 844) as (page, wrong):
        page.fill("#question textarea", "how many parameters does SimDA tune?")
        page.press("#question textarea", "Enter")
        answer = page.locator("#chat .bot-row").last
        expect(answer).to_contain_text("a strong T2I model [1]", timeout=15_000)
        expect(answer.locator(".status")).to_contain_text("not checked yet")
        page.get_by_role("button", name="Stop").click()
        expect(answer.locator(".about")).to_contain_text("stopped", timeout=3_000)
        assert server.gone.wait(3)
        assert answer.locator("a.cite").count() > 0
        expect(page.locator("#chat .bot-row").last).not_to_contain_text("not checked yet")

        # What was kept is part of the conversation: "it" is known.
        server.gone.clear()
        page.fill("#question textarea", "what problem does it address?")
        page.press("#question textarea", "Enter")
        expect(page.locator("#chat .bot-row")).to_have_count(2)
        expect(page.locator("#chat .bot-row").last).to_contain_text("a strong T2I model [1]", timeout=15_000)
        page.get_by_text("New conversation").click()
        assert server.gone.wait(3)
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        page.wait_for_timeout(500)
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert wrong == []


def test_leaving_the_page_stops_what_is_written(browser: Browser, written: str, server: Server) -> None:
    server.reply = begun
    with opened(browser, written, 1000, 800) as (page, _):
        page.fill("#question textarea", "how many parameters does SimDA tune?")
        page.press("#question textarea", "Enter")
        expect(page.locator("#chat .bot-row").last).to_contain_text("a strong T2I model [1]", timeout=15_000)
    assert server.gone.wait(15)


def choose(page: Page, name: str) -> None:
    page.fill("#written-by input", name)
    page.press("#written-by input", "Enter")


def test_each_visitor_chooses_who_writes(browser: Browser, written: str, server: Server) -> None:
    with opened(browser, written, 1440, 900) as (page, wrong):
        menu = page.locator("#written-by input")
        assert menu.input_value() == "openai:m"
        for name, problem in (("gguf:/no/such/model.gguf", "/no/such/model.gguf"), ("gpt-4o", "unknown model")):
            choose(page, name)
            expect(page.locator("#notice")).to_contain_text("Not changed", timeout=10_000)
            expect(page.locator("#notice")).to_contain_text(problem)
            expect(menu).to_have_value("openai:m")
        choose(page, "openai:other")
        expect(page.locator("#notice")).to_contain_text("openai:other", timeout=10_000)
        ask(page, "how many parameters does SimDA tune?")
        expect(page.locator("#chat .about")).to_contain_text("openai:other", timeout=15_000)
        assert {one["model"] for one in server.requests} == {"other"}
        before = len(server.requests)
        menu.click()
        page.get_by_role("option", name="Quotations").click()
        expect(page.locator("#notice")).to_contain_text("Answers are quotations")
        ask(page, "how many parameters does Tune-A-Video tune?")
        expect(page.locator("#chat .about").last).to_contain_text("quotations ·")
        assert "Tune-A-Video tune?" not in "".join(openai_server.prompt(one) for one in server.requests[before:])
        assert wrong == []
