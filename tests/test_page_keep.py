"""Conversations on the chat page in real Chromium: kept, found, opened, renamed, deleted, exported,
shared."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from pathlib import Path

import bibtexparser
import pytest
import rispy
from playwright.sync_api import Browser, Locator, Page, expect

from assistant.history.conversations import FILE, Conversations
from assistant.models.minilm import MiniLM
from tests.chromium import (
    DESKTOP,
    PHONE,
    Site,
    ask,
    browser,
    fits,
    open_menu,
    open_part,
    opened,
    own_data,
    served,
    settled,
    shot,
    site,
)

__all__ = ["browser", "own_data", "site"]
pytestmark = pytest.mark.browser

LIST, FACT = "which papers adapt T2I models to video?", "how many parameters does SimDA tune?"
NEWS = "what is new in MedKLIP?"


def titles(page: Page) -> Locator:
    """The conversations listed."""
    return page.locator("#conversations label")


def open_one(page: Page, title: str, answers: int = 1) -> None:
    """Open a listed conversation by its title."""
    open_menu(page)
    titles(page).filter(has_text=title).click()
    expect(page.locator("#chat .user-row").first).to_be_visible()
    expect(page.locator("#chat .bot-row")).to_have_count(answers)


def begin_anew(page: Page) -> None:
    """Begin a new conversation."""
    open_menu(page)
    page.locator("#clear").click()
    expect(page.locator("#chat .bot-row")).to_have_count(0)
    expect(page.locator("#sources .no-sources")).to_be_visible()


def seen(page: Page) -> dict[str, object]:
    """What a reader sees of a conversation: questions, answers, chips and where they lead, sources
    with the words marked."""
    chips = page.locator("#chat a.cite, #chat a.support, #chat a.doubt")
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
        expect(titles(page).first.locator("input")).to_be_checked()  # the open one is marked
        open_one(page, LIST, 2)
        expect(titles(page).nth(1).locator("input")).to_be_checked()
        expect(page.locator("#sources h3")).to_have_count(len(before["cards"]))  # type: ignore[arg-type]
        assert seen(page) == before
        assert wrong == []
    with served(own_data, embedder) as site, opened(browser, site.url) as (page, wrong):
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        open_one(page, LIST, 2)
        expect(page.locator("#sources h3")).to_have_count(len(before["cards"]))  # type: ignore[arg-type]
        assert seen(page) == before
        # Chips lead to their words, and the words back to the sentence.
        chip = page.locator("#chat .bot-row").first.locator("a.cite").nth(1)
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
        page.keyboard.press("Escape")
        if page.locator("#side.open").count():
            page.locator("#side .toggle-button").click()
        ask(page, "and the second one?")
        chips = set(page.locator("#chat .bot-row").last.locator("a.cite").all_inner_texts())
        assert chips == {"[2]"}
        assert second.startswith("[2]")
        assert fits(page)
        assert wrong == []


def test_conversations_are_renamed_searched_and_deleted(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        begin_anew(page)
        ask(page, NEWS)
        quoted = page.locator("#chat .bot-row").last.inner_text().split("“")[1].split("”")[0]
        open_part(page, "this-part")
        expect(page.locator("#title textarea, #title input")).to_have_value(NEWS)
        page.locator("#title textarea, #title input").fill("Adapters <b>and</b> zebras")
        page.get_by_role("button", name="Rename").click()
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
        # Nothing is deleted before one was asked twice.
        page.locator("#delete").click()
        expect(page.locator("#delete-sure")).to_be_visible()
        expect(titles(page)).to_have_count(2)
        shot(page, "delete-desktop")
        page.locator("#delete-sure").click()
        expect(titles(page)).to_have_text([LIST])
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        expect(page.locator("#delete-sure")).to_be_hidden()
        written = b"".join(path.read_bytes() for path in site.data.glob("conversations*"))
        assert b"zebras" not in written
        assert NEWS.encode() not in written
        assert LIST.encode() in written
        assert wrong == []


def test_what_was_deleted_in_another_window_is_told_in_words(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        begin_anew(page)
        ask(page, FACT)
        with opened(browser, site.url) as (other, _):
            open_one(other, LIST)
            open_part(other, "this-part")
            other.locator("#delete").click()
            other.locator("#delete-sure").click()
            expect(titles(other)).to_have_text([FACT])
            open_one(other, FACT)
            # Both windows ask in the same conversation: the later one counts, nothing breaks.
            ask(other, "what problem does it address?")
        expect(titles(page)).to_have_count(2)
        titles(page).filter(has_text=LIST).click()
        expect(page.get_by_text("there is no such conversation")).to_be_visible()
        expect(titles(page)).to_have_text([FACT])
        expect(titles(page).first.locator("input")).to_be_checked()
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
            assert box["height"] < size[1] / 2  # what stands below it stays within reach
            shot(page, f"sixty-{name}")
            titles(page).last.scroll_into_view_if_needed()
            expect(titles(page).last).to_be_in_viewport()
            assert wrong == []


def download(page: Page, form: str) -> tuple[str, str]:
    """The name and the text of an export, as the browser saves it."""
    page.locator("#format input").click()
    page.get_by_role("option", name=form, exact=True).click()
    with page.expect_download() as found:
        page.locator("#export").click()
    path = found.value.path()
    return found.value.suggested_filename, Path(path).read_text("utf-8-sig")


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
        open_part(page, "this-part")
        before = sorted(path for root in (temporary, site.data) for path in root.rglob("*"))
        shot(page, "export-desktop")

        name, text = download(page, "CSV of cited papers")
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

        name, text = download(page, "CSV of the comparison")
        table = list(csv.reader(io.StringIO(text)))
        assert {re.sub(r" \(\d{4}\)$", "", one) for one in table[0][1:]} == {cards["2"], cards["3"]}
        assert set(re.findall(r"\[(\d+)\]", text)) <= {"2", "3"}

        name, text = download(page, "Markdown")
        assert [one for one in text.splitlines() if one.startswith("## ")][0].startswith(
            "## which papers adapt"
        )
        for number, title in cards.items():
            assert re.search(rf"^- \\\[{number}\\\] .*{re.escape(title[:12])}", text, re.MULTILINE)
        assert sorted(path for root in (temporary, site.data) for path in root.rglob("*")) == before

        begin_anew(page)
        for form in ("Markdown", "BibTeX", "RIS", "CSV of cited papers", "CSV of the comparison"):
            page.locator("#format input").click()
            page.get_by_role("option", name=form, exact=True).click()
            page.locator("#export").click()
            expect(
                page.get_by_text(
                    "there is no comparison yet" if "comparison" in form else "ask something first"
                ).last
            ).to_be_visible()
        assert wrong == []


def share(page: Page) -> str:
    """Make the conversation's link, and return where it leads."""
    open_menu(page)
    open_part(page, "this-part")
    page.locator("#share").click()
    link = page.locator("#shared a")
    expect(link).to_be_visible()
    return link.get_attribute("href") or ""


def test_a_link_shows_the_conversation_without_scripts_until_it_is_ended(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, LIST)
        ask(page, "compare [3] with [2]")
        shown = seen(page)
        url = share(page)
        assert url.startswith(site.url + "shared/")
        page.locator("#copy-link").click()
        expect(page.locator("#copy-link")).to_have_text("Copied")
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

        page.locator("#unshare").click()
        expect(page.locator("#shared")).to_be_hidden()
        with_link_ended(browser, url)
        # A new link is another one, and deleting the conversation ends it.
        again = share(page)
        assert again != url
        page.locator("#delete").click()
        page.locator("#delete-sure").click()
        expect(titles(page)).to_have_count(0)
        expect(page.locator("#shared")).to_be_hidden()
        with_link_ended(browser, again)
        assert wrong == []


def fits_without_scripts(page: Page, size: tuple[int, int]) -> bool:
    """Whether no part of a page on which nothing can be evaluated stands out of it."""
    boxes = [one.bounding_box() for one in page.locator("main > *, article").all()]
    return all(box is None or box["x"] + box["width"] <= size[0] for box in boxes)


def with_link_ended(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    answer = page.goto(url)
    assert answer
    assert answer.status == 404
    expect(page.get_by_text("it may have been ended or deleted")).to_be_visible()
    shot(page, "shared-ended")
    context.close()


def test_a_shared_conversation_stays_shared_when_it_is_opened_again(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, _):
        ask(page, FACT)
        url = share(page)
    with opened(browser, site.url) as (page, wrong):
        open_one(page, FACT)
        open_part(page, "this-part")
        expect(page.locator("#shared a")).to_have_attribute("href", url)
        begin_anew(page)
        expect(page.locator("#shared")).to_be_hidden()
        page.locator("#share").click()
        expect(page.get_by_text("there is nothing to share yet")).to_be_visible()
        assert wrong == []


def test_the_file_of_conversations_is_nobody_elses(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, _):
        ask(page, FACT)
        expect(titles(page)).to_have_count(1)
    path = site.data / FILE
    assert path.stat().st_mode & 0o077 == 0
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT count(*) FROM turns").fetchone() == (1,)
