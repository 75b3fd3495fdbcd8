"""One journey through the chat page in real Chromium: the browser test that every run of the tests
includes.

With PAPER_ASSISTANT_SHOTS=docs/images it makes the pictures of README: answer.png and
comparison.png.
"""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.chromium import (
    Site,
    ask,
    browser,
    opened,
    own_data,
    picture,
    settled,
    site,
    wait_for_script,
)

__all__ = ["browser", "own_data", "site"]

LIST = "which papers adapt T2I models to video?"


def test_a_reader_asks_checks_compares_and_finds_it_again(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        page.locator("#chat a.cite", has_text="3").first.click()
        card = page.locator("article.source.chosen")
        expect(card).to_have_id("source-3")
        quoted = card.locator("mark.meant").first.inner_text()
        answer = page.locator("#chat .bot-row").first
        assert quoted[:40] in answer.inner_text().replace("\n", " ")
        picture(page, "answer", 900)

        ask(page, "compare SimDA with Tune-A-Video")
        table = page.locator("#chat .bot-row").last.locator("table")
        expect(table.locator("th").nth(1)).to_have_text("SimDA (2023)")
        ask(page, "add a column for I2V-Adapter")
        expect(page.locator("#chat .bot-row").last.locator("th").nth(3)).to_contain_text("I2V")
        page.locator("#chat .bot-row").last.locator("a.cite").first.click()
        expect(page.locator("article.source.chosen mark.meant").first).to_be_visible()
        picture(page, "comparison", 2080)
        before = page.locator("#chat .bot-row .message").all_inner_texts()

        page.reload()
        wait_for_script(page)
        expect(page.locator("#chat .bot-row")).to_have_count(3)
        settled(page)
        assert page.locator("#chat .bot-row .message").all_inner_texts() == before
        page.goto(site.url)
        wait_for_script(page)
        expect(page.locator("#welcome .card").first).to_be_visible()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        page.locator("#conversations a.row").filter(has_text=LIST).click()
        expect(page.locator("#chat .bot-row")).to_have_count(3)
        settled(page)
        assert page.locator("#chat .bot-row .message").all_inner_texts() == before
        assert wrong == []
