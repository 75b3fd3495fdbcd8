"""The chat page for everyone: axe's rules in the main states, names and landmarks, focus,
stillness, zoom, motion."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from assistant.models.chat import make_chat
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from tests import openai_server
from tests.chromium import (
    DESKTOP,
    PHONE,
    SHOTS,
    TABLET,
    Site,
    ask,
    browser,
    fits,
    open_menu,
    open_part,
    open_sources,
    opened,
    own_data,
    row_menu,
    served,
    shot,
    site,
    still,
    wait_for_script,
)
from tests.openai_server import Request, Server, server

__all__ = ["browser", "own_data", "server", "site"]
pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# What can be clicked and is less than 24 pixels wide or high, links in running text too. A point of
# the map is as wide as its neighbours let it be: see test_page_see.
SMALL = """() => [...document.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [role=button]:not(circle), [role=tab]')]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }))
    .map((one) => (one.matches('[type=checkbox], [type=radio]') && one.closest('label')) || one)
    .map((one) => [one, [...one.getClientRects()].filter((box) => box.width > 1 && box.height > 1)])
    .filter(([, boxes]) => boxes.length && (Math.max(...boxes.map((box) => box.width)) < 23.9
        || Math.min(...boxes.map((box) => box.height)) < 23.9))
    .map(([one, boxes]) => `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 30)} `
        + boxes.map((box) => `${box.width}x${box.height}`).join())"""


def violations(page: Page, name: str) -> list[tuple[Any, ...]]:
    """The serious and critical violations of WCAG 2's A and AA by axe in this state of the page,
    and what is too small to be hit; all that axe says goes beside the screenshots."""
    page.wait_for_function(
        "document.getAnimations().every((one) => one.playState !== 'running' ||"
        " one.effect.getTiming().iterations === Infinity)"
    )
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "async (tags) => (await axe.run(document, {runOnly: tags})).violations", RULES
    )
    if SHOTS:
        SHOTS.mkdir(parents=True, exist_ok=True)
        (SHOTS / f"axe-{name}.json").write_text(json.dumps(found, indent=1), "utf-8")
    shot(page, f"access-{name}")
    small = [(name, "small", one) for one in page.evaluate(SMALL)]
    return small + [
        (name, one["id"], node["target"], node["failureSummary"])
        for one in found
        for node in one["nodes"]
        if one["impact"] in ("serious", "critical")
    ]


def close_sources(page: Page) -> None:
    """Put the phone's sheet away, so that the conversation can be used."""
    if page.locator("#beside-close button").is_visible():
        page.locator("#beside-close button").click()
        expect(page.locator("body.no-beside")).to_have_count(1)


def peek(page: Page, place: int = 0) -> Locator:
    """Hover a citation, and return the card that comes up at it."""
    page.mouse.move(2, 2)
    page.locator("#chat a.cite", has_text=f"[{place + 1}]").first.hover()
    expect(page.locator("#peek .verdict")).to_be_visible()
    return page.locator("#peek")


SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE])
LOOKS = pytest.mark.parametrize(
    ("size", "dark"),
    [(DESKTOP, False), (DESKTOP, True), (TABLET, False), (PHONE, False), (PHONE, True)],
)


@LOOKS
def test_no_serious_violation_in_any_state(
    browser: Browser, site: Site, size: tuple[int, int], dark: bool
) -> None:
    name = f"{size[0]}-{'dark' if dark else 'light'}"
    with opened(browser, site.url, size, dark) as (page, wrong):
        bad = violations(page, f"empty-{name}")
        ask(page, "which papers adapt T2I models to video?")
        bad += violations(page, f"list-{name}")
        page.locator("#chat a.cite", has_text="[2]").first.click()
        expect(page.locator("article.source.chosen")).to_be_visible()
        bad += violations(page, f"source-{name}")
        page.locator("article.source.chosen button.unfold").click()
        expect(page.locator("article.source.whole.chosen")).to_be_visible()
        bad += violations(page, f"abstract-{name}")
        page.locator("article.source.chosen button.report").click()
        expect(page.locator("#check-text")).to_be_visible()
        bad += violations(page, f"check-{name}")
        page.get_by_role("tab", name="Map").click()
        expect(page.locator("#map .paper.lit").first).to_be_visible()
        bad += violations(page, f"map-{name}")
        page.get_by_role("tab", name="Years & venues").click()
        expect(page.locator("#charts button").first).to_be_visible()
        bad += violations(page, f"counts-{name}")
        close_sources(page)
        ask(page, "compare [1] with [2]")
        expect(page.locator("#chat p.tools a.tool")).to_have_count(4)
        bad += violations(page, f"table-{name}")
        ask(page, "how many papers are there per venue?")
        expect(page.locator("#chat a.bar").first).to_be_visible()
        bad += violations(page, f"count-{name}")
        ask(page, "video year>=nineteen")
        bad += violations(page, f"error-{name}")
        assert bad == []
        assert wrong == []


@LOOKS
def test_no_serious_violation_with_anything_open(
    browser: Browser, site: Site, size: tuple[int, int], dark: bool
) -> None:
    name = f"{size[0]}-{'dark' if dark else 'light'}"
    with opened(browser, site.url, size, dark) as (page, wrong):
        ask(page, "which papers adapt T2I models to video?")
        open_part(page, "model-part")
        bad = violations(page, f"model-{name}")
        open_part(page, "own-server")
        bad += violations(page, f"own-server-{name}")
        open_part(page, "filters")
        page.locator("#year-from input").fill("12")
        expect(page.locator("#filter-problem")).to_be_visible()
        bad += violations(page, f"filters-{name}")
        page.locator("#year-from input").fill("2020")
        expect(page.locator("#chip-filters")).to_contain_text("2020")
        page.keyboard.press("Escape")
        expect(page.locator("#filters.open")).to_have_count(0)
        bad += violations(page, f"filtered-{name}")

        peek(page)
        bad += violations(page, f"peek-{name}")
        page.keyboard.press("Escape")
        expect(page.locator("#peek")).to_have_count(0)

        open_sources(page)
        bad += violations(page, f"sources-{name}")
        for place in range(2):
            page.get_by_role("checkbox", name="Select: ").nth(place).check()
        expect(page.locator("#tray")).to_contain_text("Selected (2)")
        close_sources(page)
        bad += violations(page, f"tray-{name}")

        page.keyboard.press("Escape")
        page.locator("#head [data-help]").click()
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        bad += violations(page, f"keys-{name}")
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)

        open_menu(page)
        bad += violations(page, f"history-{name}")
        page.locator("#conversations li button.more").first.click()
        expect(page.get_by_role("menuitem", name="Rename …")).to_be_focused()
        bad += violations(page, f"rowmenu-{name}")
        page.get_by_role("menuitem", name="Rename …").click()
        expect(page.locator("#conversations li > input")).to_be_focused()
        bad += violations(page, f"rename-{name}")
        page.keyboard.press("Escape")
        expect(page.locator("#conversations li > input")).to_have_count(0)
        open_menu(page)
        for words, told in (("SimDA", ""), ("nothing like it", "No conversation")):
            page.locator("#search input, #search textarea").fill(words)
            expect(page.locator("#conversations")).to_contain_text(told)
            bad += violations(page, f"search-{told[:2]}-{name}")
        page.locator("#search input, #search textarea").fill("")
        page.keyboard.press("Escape")  # on a phone the history lies over the composer
        open_part(page, "corpus-part")
        bad += violations(page, f"corpus-{name}")
        file = {"name": "a.bib", "mimeType": "text/plain", "buffer": b"@misc{a,title={A}}"}
        page.locator("#files input[type=file]").set_input_files(file)
        expect(page.locator("#files .file-preview tr")).to_have_count(1)
        bad += violations(page, f"file-{name}")
        page.keyboard.press("Escape")
        row_menu(page, "which papers", "Export …")
        expect(page.get_by_role("dialog", name="Export")).to_be_visible()
        bad += violations(page, f"export-{name}")
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
        row_menu(page, "which papers", "Share by a link")
        expect(page.get_by_role("dialog", name="A read-only link")).to_be_visible()
        bad += violations(page, f"share-{name}")
        link = page.locator("#shared").input_value()
        page.keyboard.press("Escape")
        row_menu(page, "which papers", "Delete")
        expect(page.locator("#toast")).to_contain_text("Undo")
        bad += violations(page, f"toast-{name}")
        page.locator("#toast button").click()
        expect(page.locator("#conversations li")).to_have_count(1)
        assert wrong == []
        page.goto(link)
        bad += violations(page, f"shared-{name}")
        assert bad == []


def test_a_server_that_is_away_is_told_below_the_head(
    browser: Browser, own_data: Path, embedder: MiniLM
) -> None:
    with ExitStack() as serving, socket.socket() as held:
        # From a port on that no other test takes, before this one holds it.
        url = serving.enter_context(served(own_data, embedder, port=8700)).url
        with opened(browser, url, PHONE) as (page, wrong):
            expect(page.locator("#map .paper").first).to_be_attached()
            serving.close()
            # Nobody listens there; a server of another test would take the port, and answer.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(("127.0.0.1", int(url.rstrip("/").rpartition(":")[2])))
            page.fill("#question textarea", "what is LoRA?")
            page.press("#question textarea", "Enter")
            told = page.locator(".toast-body").first
            expect(told).to_contain_text("server")
            still(page)
            box, head = told.bounding_box(), page.locator("#head").bounding_box()
            assert box
            assert head
            assert box["y"] >= head["y"] + head["height"]
            expect(page.locator("#question textarea")).to_have_value("what is LoRA?")
            assert violations(page, "away") == []
            assert wrong == []


@SIZES
def test_escape_ends_the_renaming_and_nothing_else(
    browser: Browser, slow: str, size: tuple[int, int]
) -> None:
    with opened(browser, slow, size) as (page, wrong):
        page.fill("#question textarea", "how many parameters does SimDA tune?")
        page.press("#question textarea", "Enter")
        expect(page.locator("#chat .bot-row").last).to_contain_text("line 1")
        row_menu(page, "SimDA", "Rename …")
        expect(page.locator("#conversations li > input")).to_be_focused()
        page.keyboard.type("away with it")
        page.keyboard.press("Escape")
        expect(page.locator("#conversations li > input")).to_have_count(0)
        expect(page.locator("#conversations .name")).to_have_text(
            "how many parameters does SimDA tune?"
        )
        expect(page.locator("#side")).to_be_visible()
        expect(page.locator("#chat .bot-row").last).to_contain_text("line 39")
        assert wrong == []


@SIZES
def test_looking_into_a_panel_changes_nothing(
    browser: Browser, site: Site, size: tuple[int, int]
) -> None:
    with opened(browser, site.url, size) as (page, wrong):
        ask(page, "which papers adapt T2I models to video?")
        address = page.url
        for part in ("filters", "model-part", "corpus-part"):
            chip = page.locator(f"#chip-{part}")
            chip.focus()
            page.keyboard.press("Enter")
            expect(page.locator(f"#{part}.open")).to_be_visible()
            expect(chip).to_have_attribute("aria-expanded", "true")
            assert page.evaluate(f"!!document.activeElement.closest('#{part}')")
            # Nothing in it is cut off without a way to scroll there.
            cut = f"""[...document.querySelectorAll('#{part} :is(.block, .column, .row)')]
                .filter((one) => one.scrollHeight > one.clientHeight + 2
                    && getComputedStyle(one).overflowY !== "visible").map((one) => one.id)"""
            assert page.evaluate(cut) == [], part
            assert fits(page)
            page.keyboard.press("Escape")
            expect(page.locator(f"#{part}.open")).to_have_count(0)
            expect(chip).to_be_focused()
        page.wait_for_timeout(1000)
        expect(page.locator("#chat .bot-row")).to_have_count(1)
        assert page.url == address
        assert wrong == []


def test_a_wrong_citation_can_be_reported_with_the_keyboard(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, "how many parameters does SimDA tune?")
        page.locator("#question textarea").focus()
        for _ in range(40):
            page.keyboard.press("Shift+Tab")
            if page.evaluate("document.activeElement.matches('#chat a.cite')"):
                break
        expect(page.locator("#peek")).to_be_visible()
        described = page.evaluate("document.activeElement.getAttribute('aria-describedby')")
        assert described == "peek"
        page.keyboard.press("Enter")
        expect(page.locator("article.source.chosen")).to_be_focused()
        for _ in range(10):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('article.chosen button.report')"):
                break
        page.keyboard.press("Enter")
        expect(page.locator("#check-text")).to_be_visible()
        assert wrong == []


def test_the_phones_reader_reports_a_wrong_citation_by_touch(browser: Browser, site: Site) -> None:
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(site.url)
    wait_for_script(page)
    ask(page, "how many parameters does SimDA tune?")
    page.locator("#chat a.cite").first.tap()
    expect(page.locator("article.source.chosen")).to_be_visible()
    page.locator("article.source.chosen button.report").tap()
    expect(page.locator("#check-text")).to_be_visible()
    context.close()


def test_landmarks_headings_and_the_log(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, _):
        for role, name in (
            ("main", "Conversation"),
            ("complementary", "Sources"),
            ("navigation", "Conversations"),
            ("banner", ""),
        ):
            expect(page.get_by_role(role, name=name)).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        ask(page, "how many parameters does SimDA tune?")
        log = page.get_by_role("log")
        expect(log).to_have_attribute("aria-live", "polite")
        expect(log).to_have_attribute("aria-busy", "false")
        # What was announced stays the same element, so that it is not announced again.
        page.evaluate("document.querySelector('#chat .bot-row').mine = true")
        ask(page, "compare it with Tune-A-Video")
        assert page.evaluate("document.querySelector('#chat .bot-row').mine") is True
        assert page.evaluate("document.activeElement.closest('#question') !== null")


def test_the_tab_key_reaches_everything_visibly_and_gets_out_again(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url) as (page, _):
        ask(page, "how many parameters does SimDA tune?")
        script = """() => { const one = document.activeElement, style = getComputedStyle(one);
            const near = [one, one.parentElement, one.parentElement?.parentElement].filter(Boolean).map((e) => getComputedStyle(e));
            const shown = near.some((s) => (s.outlineStyle !== "none" && s.outlineWidth !== "0px") || s.boxShadow !== "none") || style.borderStyle !== "none";
            const box = one.getBoundingClientRect();
            return [one.tagName + "#" + (one.id || one.closest("[id]")?.id) + "." + one.className, shown, box.width > 0 && box.height > 0]; }"""
        seen: list[str] = []
        page.locator("#question textarea").focus()
        for _ in range(120):
            page.keyboard.press("Tab")
            what, shown, there = page.evaluate(script)
            if what.startswith("BODY"):
                break
            assert shown, f"{what} does not show that it has the focus"
            assert there, f"{what} has the focus and cannot be seen"
            seen.append(what)
        else:
            pytest.fail(f"the tab key does not leave {seen[-6:]}")
        assert any("source" in one or "copy" in one for one in seen)


def test_nothing_moves_for_who_wants_no_motion(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, _):
        page.emulate_media(reduced_motion="reduce")
        ask(page, "how many parameters does SimDA tune?")
        page.locator("#chat a.cite").first.click()
        longest = """() => Math.max(...document.getAnimations().map((one) => Number(one.effect.getComputedTiming().duration) || 0), 0)"""
        assert page.evaluate(longest) <= 1


@pytest.mark.parametrize("spaced", [False, True])
def test_at_twice_the_size_and_with_wide_spacing(
    browser: Browser, site: Site, spaced: bool
) -> None:
    with opened(browser, site.url, (720, 450)) as (page, wrong):
        if spaced:
            page.add_style_tag(
                content=(
                    "* { line-height: 1.5 !important; letter-spacing: .12em !important;"
                    " word-spacing: .16em !important } p { margin-bottom: 2em !important }"
                )
            )
        ask(page, "which papers adapt T2I models to video?")
        expect(page.locator("#question textarea")).to_be_editable()
        page.locator("#chat a.cite").first.click()
        expect(page.locator("article.source.chosen")).to_be_visible()
        ask(page, "compare [1] with [2]")
        assert fits(page)
        shot(page, f"access-zoom-{spaced}")
        assert wrong == []


@pytest.fixture
def slow(own_data: Path, embedder: MiniLM, server: Server) -> Iterator[str]:
    """A page whose model writes slowly and at length."""

    def reply(request: Request) -> str:
        if openai_server.form(request) in ("followups", "repair"):
            return "nothing"
        first = openai_server.ids(request)[0]
        return "".join(
            f"SimDA fine-tunes only 24M out of 1.1B parameters of a strong T2I model, line {n}"
            f" [{first}].\n\n"
            for n in range(40)
        )

    server.reply = reply
    server.pause = 0.01
    with served(
        own_data,
        embedder,
        make_chat(
            load_settings(model="openai:m", profile="strong", cache=False, data_dir=own_data)
        ),
        model="openai:m",
    ) as found:
        yield found.url


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE])
def test_nothing_jumps_as_the_page_opens(
    browser: Browser, site: Site, size: tuple[int, int]
) -> None:
    moved = """async () => { let sum = 0;
        new PerformanceObserver(list => list.getEntries().forEach(one => { sum += one.value }))
            .observe({ type: "layout-shift", buffered: true });
        await new Promise(done => setTimeout(done, 500));
        return sum }"""
    with opened(browser, site.url, size) as (page, wrong):
        expect(page.locator("#map .paper").first).to_be_attached()
        still(page)
        assert page.evaluate(moved) < 0.01
        assert wrong == []


def test_nothing_jumps_while_an_answer_is_written(browser: Browser, slow: str) -> None:
    with opened(browser, slow) as (page, wrong):
        page.fill("#question textarea", "how many parameters does SimDA tune?")
        page.press("#question textarea", "Enter")
        answer = page.locator("#chat .bot-row").last
        expect(answer).to_contain_text("line 2")
        expect(page.get_by_role("log")).to_have_attribute("aria-busy", "true")
        where = """() => [document.querySelector("#question").getBoundingClientRect().top,
            document.querySelector("#chat .bot-row p").getBoundingClientRect().top]"""
        before = page.evaluate(where)
        expect(answer).to_contain_text("line 12")
        assert page.evaluate(where) == pytest.approx(before, abs=2)
        assert wrong == []


def test_a_page_without_frames_is_told_of_an_answer_too(browser: Browser, slow: str) -> None:
    """As one behind another window, which the browser does not draw."""
    with opened(browser, slow) as (page, wrong):
        page.evaluate("window.requestAnimationFrame = () => 0")
        page.fill("#question textarea", "how many parameters does SimDA tune?")
        page.press("#question textarea", "Enter")
        expect(page.get_by_role("log")).to_have_attribute("aria-busy", "true")
        expect(page.locator("#chat .bot-row").last).to_contain_text("line 39", timeout=180_000)
        expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false", timeout=180_000)
        assert wrong == []
