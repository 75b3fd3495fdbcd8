"""The chat page in real Chromium: reading and checking an answer, a model that writes, is stopped
and is chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.models.chat import make_chat
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from tests import openai_server
from tests.chromium import (
    DESKTOP,
    PHONE,
    Site,
    ask,
    browser,
    fits,
    in_view,
    open_menu,
    open_part,
    opened,
    own_data,
    row_menu,
    served,
    shot,
    site,
)
from tests.openai_server import Fault, Request, Server, server

__all__ = ["browser", "own_data", "server", "site"]
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("dark", [False, True])
def test_reading_and_checking_an_answer(
    browser: Browser, site: Site, size: tuple[int, int], dark: bool
) -> None:
    name = f"{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}"
    with opened(browser, site.url, size, dark) as (page, wrong):
        shot(page, f"empty-{name}")
        page.locator("#welcome").get_by_text("which papers adapt T2I models to video?").click()
        expect(page.locator("#chat a.cite").first).to_be_visible()
        expect(page.locator("#sources article.source")).to_have_count(
            len(set(page.locator("#chat a.cite").all_inner_texts()))
        )
        # From a citation to its words, inside the whole abstract.
        page.locator("#chat a.cite", has_text="[3]").first.click()
        card = page.locator("article.source.chosen")
        expect(card).to_have_id("source-3")
        quoted = card.locator("mark.meant").first.inner_text()
        assert quoted[:40] in page.locator("#chat .bot-row").first.inner_text().replace("\n", " ")
        page.wait_for_timeout(900)
        assert in_view(page, "mark.meant", "#tab-sources")
        shot(page, f"list-with-source-{name}")
        # And back, to every sentence that cites them.
        card.locator("a.back").first.click()
        citing = page.locator("#chat .citing")
        expect(citing).to_have_count(1)
        assert quoted[:40] in citing.inner_text()
        page.wait_for_timeout(900)
        assert in_view(page, "#chat .citing a.cite", "#thread")
        # Once, below the answer, it stands how all was checked; no mark at what is fine.
        count = page.locator("#chat a.cite").count()
        expect(page.locator("#chat p.checked")).to_have_text(
            f"All {count} quotations are word for word"
        )
        expect(page.locator("#chat :is(.support, .legend, .doubt)")).to_have_count(0)
        # At a citation, its words with what stands beside them, and how that was checked.
        page.locator("#chat a.cite", has_text="[3]").first.hover()
        peek = page.locator("#peek")
        expect(peek.locator("mark")).to_have_text(quoted)
        expect(peek).to_contain_text("quoted word for word")
        expect(peek).to_be_in_viewport(ratio=1)
        shot(page, f"peek-{name}")
        page.keyboard.press("Escape")
        expect(peek).to_have_count(0)
        page.locator("#chat summary").first.click()
        expect(page.locator("#chat details li").first).to_be_visible()
        expect(card.locator("h3 a")).to_have_attribute("target", "_blank")
        assert fits(page)
        assert wrong == []


def test_a_paper_keeps_its_number_and_can_be_copied_as_a_reference(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, "which papers adapt T2I models to video?")
        title = page.locator("#source-3 h3 a").inner_text()
        ask(page, "what are the results of [3]?")
        expect(page.locator("#chat .bot-row").last.locator("a.cite").first).to_have_text("[3]")
        ask(page, "compare [3] with [1]")
        assert title.startswith(page.locator("#chat table a").first.inner_text())
        expect(page.locator("#sources details.earlier summary")).to_contain_text(
            "Earlier in this conversation"
        )
        # An earlier answer's chip still finds its source, folded as that is.
        page.locator("#chat a.cite").first.click()
        expect(page.locator("article.source.chosen mark.meant").first).to_be_visible()
        page.locator("#source-3 .facts").click()  # opens the card
        for label, says in (("Copy reference", f"{title}. "), ("Copy BibTeX", "@")):
            button = page.locator("#source-3").get_by_role("button", name=label)
            button.click()
            expect(button).to_have_text("Copied")
            assert says in page.evaluate("navigator.clipboard.readText()")
        shot(page, "comparison-desktop-light")
        assert wrong == []


def test_odd_questions_are_answered_in_words(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, "<script>alert(1)</script><img src=x onerror=alert(2)>")
        expect(page.locator("#chat .bot-row").last).to_contain_text(
            re.compile("I found nothing about this|not sure that any fits|papers? (?:may )?match")
        )
        ask(page, "x" * 5000)
        expect(page.get_by_text("at most 4,000 are read")).to_be_visible()
        ask(page, "video year>=nineteen")
        expect(page.get_by_text("I cannot answer this")).to_have_count(2)
        shot(page, "error-desktop-light")
        page.locator("#new").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        assert wrong == []


def test_each_visitor_has_a_conversation_of_their_own(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (one, _), opened(browser, site.url) as (other, wrong):
        ask(one, "how many parameters does SimDA tune?")
        ask(other, "compare it with I2V-Adapter")
        expect(other.locator("#chat table")).to_have_count(0)
        ask(one, "compare it with I2V-Adapter")
        expect(one.locator("#chat table")).to_have_count(1)
        assert wrong == []


SIMDA = "SimDA fine-tunes only 24M out of 1.1B parameters of a strong T2I model [{}]. "
HOSTILE_REPLY = (
    "It was trained on ten billion videos [{}]. ![x](http://evil.invalid/m.png) <img"
    " src=http://evil.invalid/n.png onerror=alert(9)> [click](javascript:alert(10)) was trained on"
    " 77 billion <b>zebras</b> | and more [{}]."
)


def simda(request: Request) -> str:
    """The id of the paper in question."""
    return next(
        one
        for one, (title, _) in openai_server.papers(request).items()
        if title.startswith("SimDA")
    )


def begun(request: Request) -> Fault:
    """One sentence, the beginning of another, and then nothing more for as long as anyone waits."""
    return Fault(text=SIMDA.format(simda(request)) + "\n\nIt has ", then="silence")


@pytest.fixture
def written(own_data: Path, embedder: MiniLM, server: Server) -> Iterator[str]:
    """The address of a page whose answers a model at `server` writes."""
    chat = make_chat(
        load_settings(model="openai:m", profile="strong", cache=False, data_dir=own_data)
    )
    with served(own_data, embedder, chat, model="openai:m") as found:
        yield found.url


def test_doubt_is_shown_and_the_next_question_suggested(
    browser: Browser, written: str, server: Server
) -> None:
    def reply(request: Request) -> str:
        if openai_server.form(request) == "followups":
            return "What is the airspeed of a swallow?\n2. How does Tune-A-Video work?\nNo question"
        if openai_server.form(request) == "repair":
            return "nothing of use"
        return (
            (SIMDA + HOSTILE_REPLY).format(*[simda(request)] * 3)
            if "SimDA tune" in openai_server.prompt(request)
            else "x"
        )

    server.reply = reply
    with opened(browser, written) as (page, wrong):
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
        expect(doubts.locator("li").first).to_contain_text(
            badges.first.get_attribute("title") or "?"
        )
        page.locator("#chat details.given summary").click()
        expect(page.locator("#chat details.given a").first).to_have_attribute(
            "href", re.compile("^https?://")
        )
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


def test_stop_keeps_what_stands_and_a_new_conversation_stops_nothing(
    browser: Browser, written: str, server: Server
) -> None:
    server.reply = begun
    with opened(browser, written, PHONE) as (page, wrong):
        page.fill("#question textarea", "how many parameters does SimDA tune?")
        page.press("#question textarea", "Enter")
        answer = page.locator("#chat .bot-row").last
        expect(answer).to_contain_text("a strong T2I model [1]", timeout=15_000)
        expect(answer.locator(".status")).to_contain_text("not checked yet")
        # While it is being written a citation opens its source already.
        answer.locator("a.cite").first.click()
        expect(page.locator("article.source.chosen h3")).to_contain_text("SimDA")
        page.keyboard.press("Escape")  # closes the sources, and stops nothing
        expect(page.locator("#beside")).to_be_hidden()
        assert not server.gone.is_set()
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
        expect(page.locator("#chat .bot-row").last).to_contain_text(
            "a strong T2I model [1]", timeout=15_000
        )
        open_menu(page)
        page.locator("#new").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        assert not server.gone.wait(2)
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
        # It is being written still, and comes on where it is opened again; deleting it stops it.
        open_menu(page)
        page.locator("#conversations a.row").click()
        expect(page.locator("#chat .bot-row")).to_have_count(2)
        expect(page.locator("#chat .bot-row .status")).to_contain_text("not checked yet")
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        row_menu(page, "how many parameters", "Delete")
        assert server.gone.wait(3)
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        assert fits(page)
        assert wrong == []


def test_a_question_sent_while_an_answer_settles_is_asked_and_amid_one_stays(
    browser: Browser, written: str, server: Server
) -> None:
    with opened(browser, written) as (page, wrong):
        ask(page, "how many parameters does SimDA tune?")
        page.evaluate(
            """() => {
                const button = document.querySelector("#chat .message-buttons button");
                button.disabled = true;
                setTimeout(() => { button.disabled = false; }, 400);
            }"""
        )
        server.reply = begun
        page.fill("#question textarea", "what problem does it address?")
        page.press("#question textarea", "Enter")
        expect(page.locator("#chat .bot-row")).to_have_count(2)
        expect(page.locator("#chat .bot-row").last).to_contain_text(
            "a strong T2I model [1]", timeout=15_000
        )
        page.fill("#question textarea", "and who wrote it?")
        page.press("#question textarea", "Enter")
        expect(page.locator("#busy")).to_contain_text("Still answering")
        expect(page.locator("#question textarea")).to_have_value("and who wrote it?")
        expect(page.locator("#chat .bot-row")).to_have_count(2)
        page.get_by_role("button", name="Stop").click()
        assert wrong == []


def test_leaving_the_page_stops_nothing_and_it_can_be_stopped_from_another(
    browser: Browser, written: str, server: Server
) -> None:
    server.reply = begun
    with opened(browser, written) as (page, _):
        page.fill("#question textarea", "how many parameters does SimDA tune?")
        page.press("#question textarea", "Enter")
        expect(page.locator("#chat .bot-row").last).to_contain_text(
            "a strong T2I model [1]", timeout=15_000
        )
        address = page.url
    assert not server.gone.wait(3)
    with opened(browser, written) as (page, wrong):
        page.goto(address)
        answer = page.locator("#chat .bot-row")
        expect(answer).to_contain_text("a strong T2I model [1]")
        expect(answer.locator(".status")).to_contain_text("not checked yet")
        page.keyboard.press("Escape")
        expect(answer.locator(".about")).to_contain_text("stopped", timeout=3_000)
        assert server.gone.wait(3)
        assert wrong == []


def choose(page: Page, name: str) -> None:
    page.fill("#written-by input", name)
    page.press("#written-by input", "Enter")


def test_each_visitor_chooses_who_writes(browser: Browser, written: str, server: Server) -> None:
    with opened(browser, written) as (page, wrong):
        expect(page.locator("#chip-model-part")).to_have_text("m")
        open_part(page, "model-part")
        menu = page.locator("#written-by input")
        assert menu.input_value() == "openai:m"
        for name, problem in (
            ("gguf:/no/such/model.gguf", "/no/such/model.gguf"),
            ("gpt-4o", "unknown model"),
        ):
            choose(page, name)
            expect(page.locator("#notice")).to_contain_text("Not changed", timeout=10_000)
            expect(page.locator("#notice")).to_contain_text(problem)
            expect(menu).to_have_value("openai:m")
        choose(page, "openai:other")
        expect(page.locator("#notice")).to_contain_text("written by openai:other", timeout=10_000)
        expect(page.locator("#chip-model-part")).to_have_text("other")
        ask(page, "how many parameters does SimDA tune?")
        expect(page.locator("#chat .about")).to_contain_text("openai:other", timeout=15_000)
        assert {one["model"] for one in server.requests} == {"other"}
        before = len(server.requests)
        open_part(page, "model-part")
        menu.click()
        page.get_by_role("option", name="Quotations").click()
        expect(page.locator("#notice")).to_contain_text("Answers are quotations")
        expect(page.locator("#chip-model-part")).to_have_text("Quotations")
        ask(page, "how many parameters does Tune-A-Video tune?")
        expect(page.locator("#chat .about").last).to_contain_text("quotations ·")
        assert "Tune-A-Video tune?" not in "".join(
            openai_server.prompt(one) for one in server.requests[before:]
        )
        assert wrong == []
