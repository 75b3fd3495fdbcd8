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
    shot,
    site,
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
        page.locator("#clear").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        ask(page, LIST)
        expect(
            thumb(page, "Like")
        ).to_be_visible()  # a thumb of another answer does not stay on the row
        page.locator("#conversations label").filter(has_text=FACT).click()
        expect(thumb(page, "Liked")).to_be_visible()
        page.locator("#conversations label").filter(has_text=LIST).click()
        expect(page.locator("#chat .user-row")).to_contain_text(LIST)
        expect(thumb(page, "Like")).to_be_visible()
    with opened(browser, site.url) as (page, wrong):
        page.locator("#conversations label").filter(has_text=FACT).click()
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
        marks = page.locator("#chat a.support")
        marks.nth(1).click()
        box = page.locator("#check")
        expect(box).to_be_visible()
        expect(box).to_be_in_viewport(ratio=0.5)
        expect(box).to_contain_text("Quoted word for word")
        expect(box).to_contain_text("[2]")
        assert fits(page)
        shot(page, f"check-{where}")
        page.locator("#check-close").click()
        expect(box).to_be_hidden()
        marks.nth(2).click()
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
        page.locator("#clear").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        expect(box).to_be_hidden()
        page.locator("#conversations label").filter(has_text=LIST).click()
        if size == PHONE:
            page.locator("#side .toggle-button").click()
        for comment in ("Still wrong.", "Wrong for good."):
            page.locator("#chat a.support").nth(2).click()
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
        page.locator("#chat a.support").first.click()
        expect(page.locator("#check")).to_be_visible()
        page.locator("#clear").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        expect(page.locator("#check")).to_be_hidden()
        assert wrong == []


def test_the_box_of_a_sentence_stays_while_a_first_answer_is_being_kept(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, wrong):
        with closing(sqlite3.connect(site.data / FILE)) as other:
            other.execute("BEGIN IMMEDIATE")  # the page waits for its turn to write
            ask(page, LIST)
            page.locator("#chat a.support").first.click()
            expect(page.locator("#check")).to_be_visible()
            expect(page.locator("#conversations label")).to_have_count(0)
            other.rollback()
        expect(page.locator("#conversations label")).to_have_count(1)
        page.wait_for_timeout(1000)
        expect(page.locator("#check")).to_be_visible()
        page.locator("#check-close").click()
        expect(page.locator("#check")).to_be_hidden()
        assert wrong == []


def test_what_was_said_becomes_questions_that_eval_asks(
    browser: Browser, site: Site, run: Run, tmp_path: Path
) -> None:
    with opened(browser, site.url) as (page, _):
        ask(page, LIST)
        thumb(page, "Like").click()
        thanked(page)
        page.locator("#chat a.support").first.click()
        page.locator("#check-wrong").click()
        thanked(page)
        page.locator("#clear").click()
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
