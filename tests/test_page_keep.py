"""Conversations on the chat page in real Chromium: kept, found, opened, renamed, deleted, exported,
shared."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import bibtexparser
import docx
import pytest
import rispy
from playwright.sync_api import Browser, Locator, Page, expect

from assistant.history import conversations
from assistant.history.conversations import FILE, Conversations
from assistant.models.chat import make_chat
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from assistant.types import Turn
from assistant.web.sessions.running_answer import refusal
from tests import openai_server
from tests.chromium import (
    DESKTOP,
    PHONE,
    Site,
    ask,
    browser,
    choose_export,
    export,
    fits,
    open_menu,
    opened,
    own_data,
    row_menu,
    served,
    settled,
    shot,
    site,
    still,
    wait_for_script,
)
from tests.openai_server import Fault, Request, Server, server

__all__ = ["browser", "own_data", "server", "site"]
pytestmark = pytest.mark.browser

LIST, FACT = "which papers adapt T2I models to video?", "how many parameters does SimDA tune?"
NEWS = "what is new in MedKLIP?"


def titles(page: Page) -> Locator:
    """The titles of the conversations listed."""
    return page.locator("#conversations .name")


def is_open(page: Page, title: str) -> None:
    """Wait until the conversation with this title, and no other, is marked as the open one, and has
    the page's address."""
    marked = page.locator("#conversations a.row[aria-current=page]")
    expect(marked).to_have_count(1)
    expect(marked.locator(".name")).to_have_text(title)
    expect(page).to_have_url(re.compile(re.escape(marked.get_attribute("href") or "?")))


def open_one(page: Page, title: str, answers: int = 1) -> None:
    """Open a listed conversation by its title."""
    open_menu(page)
    page.locator("#conversations a.row").filter(has_text=title).click()
    expect(page.locator("#chat .user-row").first).to_be_visible()
    expect(page.locator("#chat .bot-row")).to_have_count(answers)


def begin_anew(page: Page) -> None:
    """Begin a new conversation."""
    open_menu(page)
    page.locator("#new").click()
    expect(page.locator("#chat .bot-row")).to_have_count(0)
    expect(page.locator("#sources .no-sources")).to_be_visible()


def seen(page: Page) -> dict[str, object]:
    """What a reader sees of a conversation: questions, answers, chips and where they lead, sources
    with the words marked."""
    chips = page.locator("#chat a.cite, #chat a.doubt")
    return {
        "questions": [one.strip() for one in page.locator("#chat .user-row").all_inner_texts()],
        "answers": page.locator("#chat .bot-row .message").all_inner_texts(),
        "chips": chips.evaluate_all(
            "all => all.map((one) => [one.textContent, one.getAttribute('href')])"
        ),
        "cards": page.locator("#sources h3").all_text_contents(),
        "marks": page.locator("#sources mark").all_text_contents(),
    }


def test_a_conversation_is_kept_and_opened_again_also_after_a_restart(
    browser: Browser, own_data: Path, embedder: MiniLM
) -> None:
    with served(own_data, embedder) as site, opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        ask(page, "what are the results of [3]?")
        before = seen(page)
        expect(titles(page)).to_have_text([LIST])
        begin_anew(page)
        ask(page, FACT)
        expect(titles(page)).to_have_text([FACT, LIST])  # newest first
        is_open(page, FACT)
        open_one(page, LIST, 2)
        is_open(page, LIST)
        expect(page.locator("#sources h3")).to_have_count(len(before["cards"]))  # type: ignore[arg-type]
        assert seen(page) == before
        assert wrong == []
    with served(own_data, embedder) as site, opened(browser, site.url) as (page, wrong):
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        open_one(page, LIST, 2)
        expect(page.locator("#sources h3")).to_have_count(len(before["cards"]))  # type: ignore[arg-type]
        assert seen(page) == before
        # Chips lead to their words, and the words back to the sentence.
        chip = page.locator("#chat .bot-row").first.locator("a.cite", has_text="[2]").first
        chip.click()
        card = page.locator("article.source.chosen")
        expect(card.locator("mark.meant").first).to_be_visible()
        assert (
            card.locator("mark.meant").first.inner_text()[:30]
            in page.locator("#chat .bot-row").first.inner_text()
        )
        card.locator("a.back").first.click()
        expect(page.locator("#chat .citing").first).to_be_visible()
        page.get_by_role("tab", name="Map").click()
        expect(page.locator("#map .paper.lit")).to_have_count(1)
        expect(page.locator("#map text.number")).to_have_text("[3]")
        page.get_by_role("tab", name="Sources").click()
        shot(page, "reopened-desktop")
        # A follow-up goes on where the conversation ended, and is kept in it.
        ask(page, "compare [2] with [4]")
        expect(page.locator("#chat table")).to_have_count(1)
        expect(titles(page)).to_have_text([LIST, FACT])
        assert wrong == []


def test_follow_ups_in_a_reopened_conversation_know_what_was_spoken_of(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, _):
        ask(page, LIST)
        second = page.locator("#sources h3").nth(1).inner_text()
    with opened(browser, site.url, PHONE) as (page, wrong):
        open_one(page, LIST)
        expect(page.locator("#side")).to_be_hidden()  # it lay over the conversation
        ask(page, "and the second one?")
        chips = set(page.locator("#chat .bot-row").last.locator("a.cite").all_inner_texts())
        assert chips == {"[2]"}
        assert second.startswith("[2]")
        assert fits(page)
        assert wrong == []


def test_what_lies_over_a_phone_is_closed_by_back(browser: Browser, site: Site) -> None:
    with opened(browser, site.url, PHONE) as (page, wrong):
        ask(page, LIST)
        open_menu(page)
        page.locator("#new").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        ask(page, NEWS)
        address = page.url
        for _ in range(2):
            page.locator("#chat a.cite").first.click()
            expect(page.locator("#beside")).to_be_visible()
            page.go_back()
            expect(page.locator("#beside")).to_be_hidden()
        page.locator("#chat a.cite").first.click()
        expect(page.locator("#beside")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#beside")).to_be_hidden()
        open_menu(page)
        page.go_back()
        expect(page.locator("#side")).to_be_hidden()
        assert page.url == address
        page.go_back()
        expect(page.locator("#chat .user-row")).to_have_text(LIST)
        assert wrong == []


def test_a_title_being_typed_outlives_a_new_list(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        row_menu(page, LIST, "Rename …")
        title = page.locator("#conversations li input")
        title.fill("Half a ti")
        page.evaluate(
            "() => document.dispatchEvent(new CustomEvent('conversation-acted', "
            "{ detail: { do: 'rename', id: document.querySelector('#conversations li').dataset.id,"
            " title: 'Elsewhere' } }))"
        )
        expect(page.locator("#conversations li")).to_have_attribute("data-title", "Elsewhere")
        expect(title).to_have_value("Half a ti")
        title.press_sequentially("tle")
        title.press("Enter")
        expect(titles(page)).to_have_text(["Half a title"])
        assert wrong == []


def test_what_is_being_typed_outlives_a_reload(browser: Browser, site: Site) -> None:
    box = "#question textarea"
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        page.fill(box, "compare [1]")
        page.reload()
        expect(page.locator("#chat .bot-row")).to_have_count(1)
        still(page)
        expect(page.locator(box)).to_have_value("compare [1]")
        ask(page, "compare [1] with [2]")
        page.reload()
        expect(page.locator("#chat .bot-row")).to_have_count(2)
        still(page)
        expect(page.locator(box)).to_have_value("")
        page.fill(box, "of another conversation")
        page.goto(site.url)
        page.wait_for_selector(box)
        still(page)
        expect(page.locator(box)).to_have_value("")
        assert wrong == []


def test_conversations_are_renamed_searched_and_deleted(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        begin_anew(page)
        ask(page, NEWS)
        quoted = page.locator("#chat .bot-row").last.inner_text().split("“")[1].split("”")[0]
        row_menu(page, NEWS, "Rename …")
        title = page.locator("#conversations li input")
        expect(title).to_have_value(NEWS)
        title.fill("Given up")
        title.press("Escape")
        expect(titles(page)).to_have_text([NEWS, LIST])
        row_menu(page, NEWS, "Rename …")
        title.fill("Adapters <b>and</b> zebras")
        title.press("Enter")
        expect(titles(page)).to_have_text(["Adapters <b>and</b> zebras", LIST])
        search = page.locator("#search textarea, #search input")
        # Words of a title, of a question, of an answer; in any case of letters; and words of
        # nothing.
        for words, found in (
            ("ZEBRA", ["Adapters <b>and</b> zebras"]),
            ("adapt t2i models", [LIST]),
            ("new MEDKLIP", ["Adapters <b>and</b> zebras"]),
            (quoted, ["Adapters <b>and</b> zebras"]),
            ("giraffe", []),
            ("", ["Adapters <b>and</b> zebras", LIST]),
        ):
            search.fill(words)
            expect(titles(page), words).to_have_text(found)
        shot(page, "menu-desktop")
        row_menu(page, "zebras", "Delete")
        expect(titles(page)).to_have_text([LIST])
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        expect(page.locator("#toast")).to_contain_text("Deleted: Adapters <b>and</b> zebras")
        shot(page, "delete-desktop")
        assert wrong == []


def written_in(site: Site) -> bytes:
    """All that the file of conversations holds on the disk."""
    return b"".join(path.read_bytes() for path in site.data.glob("conversations*"))


def test_what_was_deleted_leaves_no_trace_once_it_cannot_be_undone(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "UNDO", 2.0)
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        begin_anew(page)
        ask(page, NEWS)
        row_menu(page, NEWS, "Delete")
        expect(titles(page)).to_have_text([LIST])
        page.wait_for_timeout(6000)
        # Too late: what is told in words, and nothing comes back.
        page.locator("#toast").get_by_role("button", name="Undo").click()
        expect(page.get_by_text("there is no such conversation")).to_be_visible()
        expect(titles(page)).to_have_text([LIST])
        assert NEWS.encode() not in written_in(site)
        assert LIST.encode() in written_in(site)
        assert wrong == []


def test_what_was_deleted_leaves_no_trace_after_a_restart(
    browser: Browser, own_data: Path, embedder: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "UNDO", 0.0)
    with served(own_data, embedder) as site, opened(browser, site.url) as (page, _):
        ask(page, LIST)
        begin_anew(page)
        ask(page, NEWS)
        row_menu(page, NEWS, "Delete")
        expect(titles(page)).to_have_text([LIST])
    with served(own_data, embedder) as site:
        assert NEWS.encode() not in written_in(site)
        assert LIST.encode() in written_in(site)


def test_a_deletion_is_undone(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        address, before = page.url, seen(page)
        url = share(page, LIST)
        page.get_by_role("button", name="Close", exact=True).click()
        row_menu(page, LIST, "Delete")
        toast = page.locator("#toast")
        expect(toast).to_contain_text(f"Deleted: {LIST}")
        expect(page.locator("#welcome .card").first).to_be_visible()
        expect(page).to_have_url(site.url)
        expect(page.locator("#conversations")).to_contain_text("Nothing asked yet.")
        with_link_ended(browser, url)
        toast.get_by_role("button", name="Undo").click()
        expect(toast).to_have_count(0)
        expect(titles(page)).to_have_text([LIST])
        expect(page).to_have_url(address)  # what was open is open again
        settled(page)
        assert seen(page) == before
        with opened(browser, site.url) as (other, _):
            answer = other.goto(url)
            assert answer
            assert answer.status == 200  # its link leads there again
        # One that is not open is deleted without touching the one that is.
        begin_anew(page)
        ask(page, FACT)
        row_menu(page, LIST, "Delete")
        expect(titles(page)).to_have_text([FACT])
        is_open(page, FACT)
        expect(page.locator("#chat .bot-row")).to_have_count(1)
        page.locator("#toast").get_by_role("button", name="Undo").click()
        expect(titles(page)).to_have_text([FACT, LIST])
        is_open(page, FACT)
        # Nor is it opened over what was opened meanwhile.
        row_menu(page, FACT, "Delete")
        expect(page.locator("#welcome .card").first).to_be_visible()
        open_one(page, LIST)
        page.locator("#toast").get_by_role("button", name="Undo").click()
        expect(titles(page)).to_have_text([FACT, LIST])
        is_open(page, LIST)
        assert wrong == []


def test_a_search_shows_where_it_hit(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, FACT)
        ask(page, "what problem does it address?")
        begin_anew(page)
        ask(page, LIST)
        search = page.locator("#search textarea, #search input")
        hits = page.locator("#conversations .hit")
        expect(hits).to_have_count(0)
        search.fill("PROBLEM does")  # a question that the title does not tell of
        expect(titles(page)).to_have_text([FACT])
        expect(hits).to_have_text([re.compile("problem")])
        search.fill("24M out of")  # an answer
        expect(hits.first).to_contain_text("24m out of")
        expect(titles(page).filter(has_text=FACT)).to_have_count(1)
        search.fill("how many parameters")  # the title says it itself
        expect(titles(page)).to_have_text([FACT])
        expect(hits).to_have_count(0)
        search.fill("giraffe")
        expect(page.locator("#conversations")).to_contain_text("No conversation has these words.")
        search.fill("does it address")
        expect(titles(page)).to_have_text([FACT])
        # What is found is opened, and the list stays what was searched for.
        open_one(page, FACT, 2)
        is_open(page, FACT)
        expect(hits).to_have_count(1)
        ask(page, "what are its results?")
        expect(titles(page)).to_have_text([FACT])
        expect(hits).to_have_count(1)
        assert fits(page)
        assert wrong == []


def test_back_and_forward_go_between_conversations(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        first = page.url
        assert "?c=" in first
        begin_anew(page)
        expect(page).to_have_url(site.url)
        ask(page, FACT)
        second = page.url
        assert second not in (first, site.url)
        for go, url, title in (
            (page.go_back, first, LIST),
            (page.go_forward, second, FACT),
            (page.go_back, first, LIST),
        ):
            go()
            expect(page.locator("#chat .user-row")).to_have_text(title)
            is_open(page, title)
            assert page.url == url
            expect(page.locator("#sources h3").first).to_be_visible()
        # And what is asked is asked where one is.
        ask(page, "compare [2] with [4]")
        expect(page.locator("#chat table")).to_have_count(1)
        assert page.url == first
        expect(titles(page)).to_have_text([LIST, FACT])
        assert wrong == []


def test_an_address_opens_its_conversation_in_a_second_tab(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        before = seen(page)
        begin_anew(page)
        ask(page, FACT)
        href = page.locator("#conversations a.row").filter(has_text=LIST).get_attribute("href")
        tab = page.context.new_page()
        tab.goto(site.url + (href or ""))
        wait_for_script(tab)
        expect(tab.locator("#chat .user-row")).to_have_text(LIST)
        settled(tab)
        assert seen(tab) == before
        is_open(tab, LIST)
        # Each tab asks in its own conversation.
        ask(tab, "compare [2] with [4]")
        expect(tab.locator("#chat table")).to_have_count(1)
        ask(page, "what problem does it address?")
        expect(page.locator("#chat .user-row")).to_have_count(2)
        is_open(page, FACT)
        is_open(tab, LIST)
        # A row opened in a new tab is a page of its own, too.
        with page.context.expect_page() as opened_tab:
            page.locator("#conversations a.row").filter(has_text=LIST).click(modifiers=["Control"])
        expect(opened_tab.value.locator("#chat .bot-row")).to_have_count(2)
        is_open(page, FACT)
        assert wrong == []


def test_the_address_of_no_conversation_shows_a_new_one(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, FACT)
        page.goto(f"{site.url}?c=none-of-ours")
        wait_for_script(page)
        expect(page.get_by_text("there is no such conversation")).to_be_visible()
        expect(page.locator("#welcome .card").first).to_be_visible()
        expect(page).to_have_url(site.url)
        # The way back leads to where one was, not to the dead address again.
        page.go_back()
        expect(page.locator("#chat .user-row")).to_have_text(FACT)
        assert wrong == []


PIECES = (
    "SimDA fine-tunes only 24M out of 1.1B parameters of a strong T2I model [{0}]. It uses"
    " light-weight spatial and temporal adapters for transfer learning [{0}]."
)


def slow(request: Request) -> str:
    """Two sentences of the paper in question; anything else as a good model says it."""
    if openai_server.form(request) != "fact":
        return openai_server.good(request)
    papers = openai_server.papers(request).items()
    return PIECES.format(next(one for one, (title, _) in papers if title.startswith("SimDA")))


@pytest.fixture
def written(own_data: Path, embedder: MiniLM, server: Server) -> Iterator[Site]:
    """A page whose answers a model at `server` writes: slowly, until its `pause` is taken away."""
    server.reply, server.pause = slow, 0.5
    chat = make_chat(
        load_settings(model="openai:m", profile="strong", cache=False, data_dir=own_data)
    )
    with served(own_data, embedder, chat, model="openai:m") as found:
        yield found


def begin_to_ask(page: Page, question: str = FACT) -> None:
    """Ask, and wait until a part of the answer is there."""
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    expect(page.locator("#chat .bot-row").last).to_contain_text("SimDA fine-tunes")


def whole(page: Page) -> None:
    """Assert that the one answer is the model's, to its end."""
    settled(page)
    expect(page.locator("#chat .user-row")).to_have_text(FACT)
    answer = page.locator("#chat .bot-row")
    expect(answer).to_contain_text("temporal adapters for transfer learning")
    expect(answer.locator(".about")).to_contain_text("openai:m")
    expect(answer.locator(".about")).not_to_contain_text("stopped")
    expect(answer.locator("a.cite").first).to_have_attribute("href", re.compile(r"#source-1:\d+"))


def test_a_reload_in_mid_answer_shows_it_again_and_it_ends_whole(
    browser: Browser, written: Site, server: Server
) -> None:
    with opened(browser, written.url) as (page, wrong):
        begin_to_ask(page)
        address = page.url
        assert "?c=" in address
        page.reload()
        wait_for_script(page)
        expect(page.locator("#chat .user-row")).to_have_text(FACT)
        answer = page.locator("#chat .bot-row")
        expect(answer).to_contain_text("SimDA fine-tunes")
        expect(answer.locator(".status")).to_contain_text("not checked yet")
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        is_open(page, FACT)
        server.pause = 0.0
        whole(page)
        assert page.url == address
        assert server.forms().count("fact") == 1  # it was not asked again
        # What follows from an answer follows here, too.
        expect(page.locator("#map .paper.lit")).to_have_count(1)
        expect(page.locator("#followups button").first).to_be_visible()
        page.reload()
        wait_for_script(page)
        whole(page)
        assert wrong == []


def test_an_answer_that_nobody_watches_is_kept(
    browser: Browser, written: Site, server: Server
) -> None:
    with opened(browser, written.url) as (page, _):
        begin_to_ask(page)
    server.pause = 0.0
    for _ in range(200):
        if server.busy == 0:
            break
        time.sleep(0.1)
    with opened(browser, written.url) as (page, wrong):
        open_one(page, FACT)
        whole(page)
        assert wrong == []


def test_an_answer_goes_on_while_another_conversation_is_read(
    browser: Browser, written: Site, server: Server
) -> None:
    store = Conversations(written.data / FILE)
    other = store.begin("local", "default", "Another")
    store.save("local", other, [Turn("what is this?", refusal("what is this?", "Nothing."))])
    store.close()
    with opened(browser, written.url) as (page, wrong):
        begin_to_ask(page)
        open_one(page, "Another")
        expect(page.locator("#chat .bot-row")).to_contain_text("Nothing.")
        page.wait_for_timeout(2000)  # pieces of the other answer come meanwhile, not here
        expect(page.locator("#chat .user-row")).to_have_text("what is this?")
        expect(page.locator("#chat .bot-row")).to_contain_text("Nothing.")
        is_open(page, "Another")
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
        # Where it is opened again, it comes on.
        open_one(page, FACT)
        expect(page.locator("#chat .bot-row .status")).to_contain_text("not checked yet")
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        open_one(page, "Another")
        server.pause = 0.0
        page.wait_for_timeout(3000)
        expect(page.locator("#chat .bot-row")).to_contain_text("Nothing.")
        open_one(page, FACT)
        whole(page)
        assert wrong == []


def test_a_second_question_is_asked_in_a_new_conversation_while_a_model_is_silent(
    browser: Browser, written: Site, server: Server
) -> None:
    def reply(request: Request) -> str | Fault:
        asked = openai_server.prompt(request).rpartition("Question:")[2]
        if openai_server.form(request) == "fact" and FACT in asked:
            return Fault(text=slow(request)[:60], then="silence")
        return openai_server.good(request)

    server.reply, server.pause = reply, 0.0
    with opened(browser, written.url) as (page, wrong):
        begin_to_ask(page)
        begin_anew(page)
        page.fill("#question textarea", NEWS)
        page.press("#question textarea", "Enter")
        expect(page.locator("#chat .user-row")).to_have_text(NEWS, timeout=8_000)
        settled(page)
        expect(page.locator("#chat .about")).to_contain_text("openai:m")
        expect(titles(page)).to_have_text([NEWS, FACT])
        assert wrong == []


def test_what_was_deleted_in_another_window_is_told_in_words(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        begin_anew(page)
        ask(page, FACT)
        with opened(browser, site.url) as (other, _):
            open_one(other, LIST)
            row_menu(other, LIST, "Delete")
            expect(titles(other)).to_have_text([FACT])
            open_one(other, FACT)
            # Both windows ask in the same conversation: the later one counts, nothing breaks.
            ask(other, "what problem does it address?")
        expect(titles(page)).to_have_count(2)
        page.locator("#conversations a.row").filter(has_text=LIST).click()
        expect(page.get_by_text("there is no such conversation")).to_be_visible()
        expect(titles(page)).to_have_text([FACT])
        is_open(page, FACT)
        expect(page.locator("#chat .user-row")).to_have_count(1)
        assert wrong == []


def test_an_edited_and_a_taken_back_turn_are_kept_as_they_are_now(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, FACT)
        ask(page, LIST)
        row = page.locator("#chat .user-row").first
        row.hover()
        row.get_by_role("button", name="Edit").click()
        page.locator("#chat .user-row textarea").first.fill(
            "how many parameters does Tune-A-Video tune?"
        )
        page.get_by_role("button", name="Submit").click()
        expect(page.locator("#chat .bot-row")).to_have_count(1)
        settled(page)
        begin_anew(page)
        open_one(page, FACT)
        expect(page.locator("#chat .user-row")).to_contain_text("Tune-A-Video tune?")
        ask(page, LIST)
        page.get_by_role("button", name="Undo").last.click()
        expect(page.locator("#chat .bot-row")).to_have_count(1)
        expect(page.locator("#question textarea")).to_have_value(LIST)
        begin_anew(page)
        open_one(page, FACT)
        expect(page.locator("#chat .user-row")).to_contain_text("Tune-A-Video tune?")
        assert wrong == []


def test_sixty_conversations_with_long_titles_fit_the_menu_of_a_phone(
    browser: Browser, site: Site
) -> None:
    store = Conversations(site.data / FILE)
    for number in range(60):
        store.begin("local", "default", f"{number} " + "which papers " * 3 + "W" * 60)
    store.close()
    for size, name in ((PHONE, "phone"), (DESKTOP, "desktop")):
        with opened(browser, site.url, size) as (page, wrong):
            open_menu(page)
            expect(titles(page)).to_have_count(60)
            assert fits(page)
            box, side = (
                page.locator("#conversations").bounding_box(),
                page.locator("#side").bounding_box(),
            )
            assert box
            assert side
            assert box["x"] >= side["x"]
            assert box["x"] + box["width"] <= side["x"] + side["width"] <= size[0]
            assert box["y"] + box["height"] <= size[1]  # it scrolls; what stands above stays
            expect(page.locator("#new")).to_be_in_viewport(ratio=1)
            expect(page.locator("#search")).to_be_in_viewport(ratio=1)
            for row in (titles(page).first, page.locator("#conversations .more").first):
                edge = row.bounding_box()
                assert edge
                assert edge["x"] + edge["width"] <= side["x"] + side["width"]
            shot(page, f"sixty-{name}")
            titles(page).last.scroll_into_view_if_needed()
            expect(titles(page).last).to_be_in_viewport()
            expect(page.locator("#new")).to_be_in_viewport(ratio=1)
            assert wrong == []


def saved(page: Page, form: str, style: str = "") -> tuple[str, bytes]:
    """The name and the content of an export, as the browser saves it."""
    with page.expect_download() as found:
        export(page, LIST, form, style)
    return found.value.suggested_filename, Path(found.value.path()).read_bytes()


def download(page: Page, form: str, style: str = "") -> tuple[str, str]:
    """The name and the text of an export."""
    name, content = saved(page, form, style)
    return name, content.decode("utf-8-sig")


def test_exports_hold_the_sources_shown_under_the_numbers_shown(
    browser: Browser,
    own_data: Path,
    embedder: MiniLM,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(temporary))
    with served(own_data, embedder) as site, opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        ask(page, "compare [3] with [2]")
        ask(page, "what is new in MedKLIP?")
        cards = dict(
            re.match(r"\[(\d+)\] (.*)", one).groups()  # type: ignore[union-attr]
            for one in page.locator("#sources h3").all_text_contents()
        )
        marks = page.locator("#sources mark").all_text_contents()
        open_menu(page)
        before = sorted(path for root in (temporary, site.data) for path in root.rglob("*"))
        row_menu(page, LIST, "Export …")
        dialog = page.get_by_role("dialog", name="Export")
        expect(dialog.get_by_label("Style of citing")).to_be_visible()
        dialog.get_by_label("Form").select_option(label="RIS")
        expect(dialog.get_by_label("Style of citing")).to_be_hidden()
        shot(page, "export-desktop")
        with page.expect_download() as found:
            choose_export(page, "Markdown", part="Its last answer")
        text = Path(found.value.path()).read_text("utf-8")
        assert re.findall(r"^## (.*)", text, re.MULTILINE) == ["what is new in MedKLIP?"]

        name, text = download(page, "Papers (CSV)")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert name.endswith(".csv")
        assert {row["number"]: row["title"] for row in rows} == cards
        assert all(
            any(part in mark or mark in part for mark in marks)
            for row in rows
            for part in row["quotes"].split(" | ")
        )

        name, text = download(page, "BibTeX")
        entries = bibtexparser.parse_string(text)
        assert not entries.failed_blocks
        assert len(entries.entries) == len(cards)
        assert name.endswith(".bib")

        name, text = download(page, "RIS")
        assert {one["title"] for one in rispy.loads(text)} == set(cards.values())
        assert name.endswith(".ris")

        name, text = download(page, "Comparison (CSV)")
        table = list(csv.reader(io.StringIO(text)))
        assert {re.sub(r" \(\d{4}\)$", "", one) for one in table[0][1:]} == {cards["2"], cards["3"]}
        assert set(re.findall(r"\[(\d+)\]", text)) <= {"2", "3"}

        name, text = download(page, "Markdown")
        assert [one for one in text.splitlines() if one.startswith("## ")][0].startswith(
            "## which papers adapt"
        )
        for number, title in cards.items():
            assert re.search(rf"^- \\\[{number}\\\] .*{re.escape(title[:12])}", text, re.MULTILINE)

        name, text = download(page, "Markdown", "APA")
        assert "(Xing et al., 2023)" in text
        assert "\n## References\n" in text
        name, text = download(page, "HTML", "Footnotes")
        assert 'class="footnotes"' in text
        assert name.endswith(".html")
        name, text = download(page, "CSL-JSON")
        assert {one["title"] for one in json.loads(text)} == set(cards.values())
        name, content = saved(page, "Word", "IEEE")
        words = [one.text for one in docx.Document(io.BytesIO(content)).paragraphs]
        assert sum(title[:12] in " ".join(words) for title in cards.values()) == len(cards)
        assert "References" in words
        assert sorted(path for root in (temporary, site.data) for path in root.rglob("*")) == before

        begin_anew(page)
        nothing = "what is the airspeed of an unladen swallow?"
        ask(page, nothing)
        expect(page.locator("#chat a.cite")).to_have_count(0)
        for form in ("BibTeX", "RIS", "Papers (CSV)", "Comparison (CSV)"):
            export(page, nothing, form)
            problem = "there is no comparison yet" if "Comp" in form else "ask something first"
            expect(page.get_by_text(problem).last).to_be_visible()
        assert wrong == []


def share(page: Page, title: str) -> str:
    """Make the link of the conversation with this title, and return where it leads."""
    row_menu(page, title, "Share by a link")
    expect(page.locator("dialog input#shared")).to_be_visible()
    url = page.locator("input#shared").input_value()
    link = page.locator("dialog").get_by_role("link", name="Open it")
    expect(link).to_have_attribute("href", url)
    return url


def test_a_link_shows_the_conversation_without_scripts_until_it_is_ended(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        ask(page, "compare [3] with [2]")
        shown = seen(page)
        url = share(page, LIST)
        assert url.startswith(site.url + "shared/")
        copy = page.locator("dialog button.copy")
        expect(copy).to_have_text("Copy the link")
        copy.click()
        expect(copy).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == url
        shot(page, "shared-link-desktop")

        for size, dark in ((DESKTOP, False), (DESKTOP, True), (PHONE, False), (PHONE, True)):
            context = browser.new_context(
                java_script_enabled=False,
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark" if dark else "light",
            )
            reader = context.new_page()
            asked: list[str] = []
            reader.on("request", lambda request, asked=asked: asked.append(request.url))
            answer = reader.goto(url)
            assert answer
            assert answer.status == 200
            assert "script-src" not in answer.headers["content-security-policy"]
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert asked == [url]
            name = f"shared-{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}"
            shot(reader, name)
            # The same questions, answers, numbers and sources; chips lead to the quoted words.
            assert reader.locator("section.turn h2").all_inner_texts() == shown["questions"]
            cards = {one.split("]")[0]: one for one in shown["cards"]}  # type: ignore[attr-defined]
            assert {
                one.split("]")[0]: one
                for one in reader.locator("article.source h3").all_text_contents()
            } == cards
            chips = reader.locator("section.turn a.cite")
            assert [[chip.text_content(), chip.get_attribute("href")] for chip in chips.all()] == [
                one
                for one in shown["chips"]
                if one[0].startswith("[")  # type: ignore[attr-defined]
            ]
            assert sorted(reader.locator("article mark").all_text_contents()) == sorted(
                shown["marks"]
            )  # type: ignore[call-overload]
            chips.nth(1).click()
            target = reader.locator(":target")
            expect(target).to_have_count(1)
            words = reader.locator(":target + mark")
            expect(words).to_be_in_viewport()
            shot(reader, f"{name}-target")
            assert reader.locator("form, input, button, textarea, script").count() == 0
            assert reader.locator('a[href^="#check"]').count() == 0  # there is no box to open here
            assert fits_without_scripts(reader, size)
            context.close()

        page.locator("dialog").get_by_role("button", name="End the link").click()
        expect(page.locator("#shared")).to_have_count(0)
        expect(page.locator("#toast")).to_contain_text("The link is ended.")
        with_link_ended(browser, url)
        # A new link is another one, and ends from the menu, too.
        again = share(page, LIST)
        assert again != url
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
        row_menu(page, LIST, "End the link")
        expect(page.locator("#toast")).to_contain_text("The link is ended.")
        with_link_ended(browser, again)
        # Deleting the conversation ends its link.
        last = share(page, LIST)
        page.locator("dialog").get_by_role("button", name="Close").click()
        expect(page.locator("dialog")).to_have_count(0)
        row_menu(page, LIST, "Delete")
        expect(titles(page)).to_have_count(0)
        with_link_ended(browser, last)
        assert wrong == []


def fits_without_scripts(page: Page, size: tuple[int, int]) -> bool:
    """Whether no part of a page on which nothing can be evaluated stands out of it."""
    boxes = [one.bounding_box() for one in page.locator("main > *, article").all()]
    return all(box is None or box["x"] + box["width"] <= size[0] for box in boxes)


def with_link_ended(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    # What was asked for a moment ago may still be under way: the line that tells of the link before
    # stands there as well.
    for _ in range(50):
        answer = page.goto(url)
        assert answer
        if answer.status != 200:
            break
        page.wait_for_timeout(100)
    assert answer.status == 404
    expect(page.get_by_text("it may have been ended or deleted")).to_be_visible()
    shot(page, "shared-ended")
    context.close()


def test_a_shared_conversation_stays_shared_when_it_is_opened_again(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, _):
        ask(page, FACT)
        url = share(page, FACT)
    with opened(browser, site.url) as (page, wrong):
        open_one(page, FACT)
        row_menu(page, FACT, "Show the link")
        expect(page.locator("input#shared")).to_have_value(url)
        page.keyboard.press("Escape")
        expect(page.locator("#shared")).to_have_count(0)
        # A new conversation has no row yet, thus no link.
        begin_anew(page)
        expect(page.locator("#conversations [aria-current]")).to_have_count(0)
        assert wrong == []


def test_the_file_of_conversations_is_nobody_elses(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, _):
        ask(page, FACT)
        expect(titles(page)).to_have_count(1)
    path = site.data / FILE
    assert path.stat().st_mode & 0o077 == 0
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT count(*) FROM turns").fetchone() == (1,)
