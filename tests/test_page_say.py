"""What readers say of answers, on the chat page in real Chromium, and what the command line makes
of it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from assistant.history.conversations import FILE
from tests.chromium import (
    DESKTOP,
    PHONE,
    Site,
    ask,
    browser,
    fits,
    open_menu,
    opened,
    own_data,
    settled,
    shot,
    site,
    wait_for_script,
)
from tests.conftest import Run

__all__ = ["browser", "own_data", "site"]
pytestmark = pytest.mark.browser

LIST, FACT = "which papers adapt T2I models to video?", "how many parameters does SimDA tune?"


def said(run: Run, site: Site) -> list[dict[str, Any]]:
    """What `paper-assistant feedback --json` lists."""
    found = run("feedback", "--json", data=site.data)
    assert found.returncode == 0, found.stderr
    return [json.loads(line) for line in found.stdout.splitlines()]


def thumb(page: Page, name: str, answer: int = 0) -> Locator:
    return page.locator("#chat .bot-row").nth(answer).get_by_role("button", name=name, exact=True)


def pick(page: Page, place: int) -> None:
    """Open the box of the sentence that the citation at `place` ends, from its source's card."""
    if page.locator("#beside-close button").is_visible():  # on a phone it lies over the answer
        page.locator("#beside-close button").click()
    chip = page.locator("#chat a.cite", has_text=f"[{place + 1}]").first
    chip.click()
    card = (chip.get_attribute("href") or "").removeprefix("#").partition(":")[0]
    page.locator(f"article#{card}.chosen").get_by_role(
        "button", name="Report: wrong citation"
    ).click()


def opened_again(page: Page, title: str) -> None:
    """Open the conversation with this title from the history."""
    open_menu(page)
    page.locator("#conversations a.row").filter(has_text=title).click()
    expect(page.locator("#chat .user-row").first).to_contain_text(title)


def thanked(page: Page) -> None:
    """Wait until the page has said that a remark is kept, and put that away."""
    toast = page.get_by_text("Thank you: kept").first
    expect(toast).to_be_visible()
    page.get_by_test_id("toast-close").first.click()
    expect(page.get_by_text("Thank you: kept")).to_have_count(0)


def test_a_thumb_is_given_changed_and_taken_back(browser: Browser, site: Site, run: Run) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, FACT)
        ask(page, "what problem does it address?")
        thumb(page, "Like", 1).click()
        thanked(page)
        [one] = said(run, site)
        assert (one["kind"], one["question"], one["corpus"]) == (
            "up",
            "what problem does it address?",
            "default",
        )
        assert [turn["turn"]["user"] for turn in one["turns"]] == [
            FACT,
            "what problem does it address?",
        ]
        assert one["model"] == "quotes"
        assert one["generation"] >= 1
        assert one["embedder"] == "minilm"
        assert one["version"]
        thumb(page, "Dislike", 1).click()
        thanked(page)
        expect(thumb(page, "Disliked", 1)).to_be_visible()
        shot(page, "thumb-desktop")
        assert [one["kind"] for one in said(run, site)] == ["down"]
        thumb(page, "Disliked", 1).click()
        expect(thumb(page, "Dislike", 1)).to_be_visible()
        expect(thumb(page, "Like", 1)).to_be_visible()
        assert any(said(run, site) == [] for _ in range(5))  # each look takes seconds
        assert wrong == []


def test_thumbs_belong_to_their_answers_also_when_a_conversation_is_opened_again(
    browser: Browser, site: Site, run: Run
) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, FACT)
        thumb(page, "Like").click()
        thanked(page)
        page.locator("#new").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        ask(page, LIST)
        expect(
            thumb(page, "Like")
        ).to_be_visible()  # a thumb of another answer does not stay on the row
        opened_again(page, FACT)
        expect(thumb(page, "Liked")).to_be_visible()
        opened_again(page, LIST)
        expect(thumb(page, "Like")).to_be_visible()
    with opened(browser, site.url) as (page, wrong):
        opened_again(page, FACT)
        expect(thumb(page, "Liked")).to_be_visible()
        thumb(page, "Dislike").click()
        thanked(page)
        [one] = said(run, site)
        assert (one["kind"], one["question"]) == ("down", FACT)
        assert wrong == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_wrong_citation_is_reported_with_a_comment(
    browser: Browser, site: Site, run: Run, size: tuple[int, int]
) -> None:
    where = "phone" if size == PHONE else "desktop"
    with opened(browser, site.url, size) as (page, wrong):
        ask(page, LIST)
        pick(page, 1)
        box = page.locator("#check")
        expect(box).to_be_visible()
        expect(box).to_be_in_viewport(ratio=0.5)
        expect(box).to_contain_text("Quoted word for word")
        expect(box).to_contain_text("[2]")
        assert fits(page)
        shot(page, f"check-{where}")
        page.locator("#check-close").click()
        expect(box).to_be_hidden()
        pick(page, 2)
        expect(box).to_contain_text("[3]")
        page.locator("#check-comment textarea, #check-comment input").fill(
            "It says <b>images</b>, not video."
        )
        page.locator("#check-wrong").click()
        thanked(page)
        expect(box).to_be_hidden()
        [one] = said(run, site)
        assert (one["kind"], one["comment"], one["number"]) == (
            "wrong citation",
            "It says <b>images</b>, not video.",
            3,
        )
        quoted = page.locator("#source-3 mark").all_text_contents()
        assert one["quote"]
        assert any(mark in one["quote"] or one["quote"] in mark for mark in quoted)
        assert one["quote"][:40] in one["sentence"]
        # On a conversation opened again, too; the same sentence once more replaces what was said.
        open_menu(page)
        page.locator("#new").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        expect(box).to_be_hidden()
        opened_again(page, LIST)
        for comment in ("Still wrong.", "Wrong for good."):
            pick(page, 2)
            page.locator("#check-comment textarea, #check-comment input").fill(comment)
            page.locator("#check-wrong").click()
            thanked(page)
        assert [(one["comment"], one["number"]) for one in said(run, site)] == [
            ("Wrong for good.", 3)
        ]
        assert wrong == []


def test_the_box_of_a_sentence_closes_with_its_conversation(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        pick(page, 0)
        expect(page.locator("#check")).to_be_visible()
        page.locator("#new").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        expect(page.locator("#check")).to_be_hidden()
        assert wrong == []


def test_the_box_of_a_sentence_stays_while_the_next_answer_is_being_kept(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        pick(page, 0)
        box = page.locator("#check")
        expect(box).to_be_visible()
        page.locator("#check-comment textarea, #check-comment input").fill("Half a remark")
        with closing(sqlite3.connect(site.data / FILE)) as other:
            other.execute("BEGIN IMMEDIATE")  # the page waits for its turn to write
            page.fill("#question textarea", FACT)
            page.press("#question textarea", "Enter")
            page.wait_for_timeout(2000)
            expect(box).to_be_visible()
            other.rollback()
        expect(page.locator("#chat .bot-row")).to_have_count(2)
        settled(page)
        expect(box).to_be_visible()
        expect(page.locator("#check-comment textarea, #check-comment input")).to_have_value(
            "Half a remark"
        )
        page.locator("#check-close").click()
        expect(box).to_be_hidden()
        assert wrong == []


def test_a_question_that_cannot_be_kept_at_once_is_answered_and_kept(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, wrong):
        with closing(sqlite3.connect(site.data / FILE)) as other:
            other.execute("BEGIN IMMEDIATE")  # the page waits for its turn to write
            page.fill("#question textarea", LIST)
            page.press("#question textarea", "Enter")
            page.wait_for_timeout(2000)
            expect(page.locator("#conversations li")).to_have_count(0)
            other.rollback()
        expect(page.locator("#conversations li")).to_have_count(1)
        settled(page)
        pick(page, 0)
        expect(page.locator("#check")).to_be_visible()
        assert wrong == []


def test_a_wrong_citation_is_reported_by_the_keyboard_alone(
    browser: Browser, site: Site, run: Run
) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        second = page.locator("#chat a.cite", has_text="[2]").first
        page.locator("#chat a.cite").first.focus()
        while not second.evaluate("chip => chip === document.activeElement"):
            page.keyboard.press("Tab")
        expect(page.locator("#peek")).to_be_visible()
        # From the card at the citation, or from its source, where Enter leads.
        report = page.locator("button:focus").filter(has_text="wrong citation")
        for key in ("Tab", "Tab", "Shift+Tab", "Shift+Tab", "Enter", *["Tab"] * 10):
            page.keyboard.press(key)
            page.wait_for_timeout(200)
            if report.count():
                break
        expect(report).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.locator("#check")).to_be_visible()
        expect(page.locator("#check")).to_contain_text("[2]")
        assert wrong == []


def test_a_wrong_citation_is_reported_by_touch_alone(browser: Browser, site: Site) -> None:
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(site.url)
    wait_for_script(page)
    ask(page, LIST)
    page.locator("#chat a.cite", has_text="[2]").first.tap()
    expect(page.locator("article.source.chosen")).to_be_visible()
    report = page.get_by_role("button", name="wrong citation").first
    expect(report).to_be_visible(timeout=5_000)
    report.tap()
    expect(page.locator("#check")).to_be_visible()
    context.close()


def test_what_was_said_becomes_questions_that_eval_asks(
    browser: Browser, site: Site, run: Run, tmp_path: Path
) -> None:
    with opened(browser, site.url) as (page, _):
        ask(page, LIST)
        thumb(page, "Like").click()
        thanked(page)
        pick(page, 0)
        page.locator("#check-wrong").click()
        thanked(page)
        page.locator("#new").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        ask(page, FACT)
        thumb(page, "Like").click()
        thanked(page)
    made = run("feedback", "--make", tmp_path / "made", data=site.data)
    assert made.returncode == 0, made.stderr
    assert {path.name for path in (tmp_path / "made").iterdir()} == {
        "lists.jsonl",
        "facts.jsonl",
        "to_review.jsonl",
    }
    measured = run("eval", tmp_path / "made", data=site.data)
    assert measured.returncode == 0, measured.stderr
    assert "lists" in measured.stdout
    assert "facts" in measured.stdout
