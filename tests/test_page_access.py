"""The chat page for everyone: axe's rules in the main states, names and landmarks, focus,
stillness, zoom, motion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.models.chat import make_chat
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from tests import openai_server
from tests.chromium import (
    DESKTOP,
    PHONE,
    SHOTS,
    Site,
    ask,
    browser,
    fits,
    open_menu,
    open_part,
    opened,
    own_data,
    served,
    shot,
    site,
)
from tests.openai_server import Request, Server, server

__all__ = ["browser", "own_data", "server", "site"]
pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def checked(page: Page, name: str) -> None:
    """No serious or critical violation of WCAG 2's A and AA by axe; all that it says goes beside
    the screenshots."""
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
    bad = [
        (one["id"], node["target"], node["failureSummary"])
        for one in found
        for node in one["nodes"]
        if one["impact"] in ("serious", "critical")
    ]
    assert bad == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("dark", [False, True])
def test_no_serious_violation_in_any_state(
    browser: Browser, site: Site, size: tuple[int, int], dark: bool
) -> None:
    name = f"{size[0]}-{'dark' if dark else 'light'}"
    with opened(browser, site.url, size, dark) as (page, wrong):
        checked(page, f"empty-{name}")
        ask(page, "which papers adapt T2I models to video?")
        page.locator("#chat a.cite").nth(1).click()
        expect(page.locator("article.source.chosen")).to_be_visible()
        checked(page, f"list-{name}")
        page.locator("#chat a.support").first.click()
        expect(page.locator("#check-text")).to_be_visible()
        checked(page, f"check-{name}")
        page.get_by_role("tab", name="Map").click()
        expect(page.locator("#map .paper.lit").first).to_be_visible()
        checked(page, f"map-{name}")
        page.get_by_role("tab", name="Years & venues").click()
        expect(page.locator("#years canvas, #years svg.marks").first).to_be_visible()
        checked(page, f"counts-{name}")
        ask(page, "compare [1] with [2]")
        open_part(page, "filters")
        expect(page.locator("#table-tools")).to_be_visible()
        checked(page, f"table-{name}")
        ask(page, "video year>=nineteen")
        checked(page, f"error-{name}")
        open_menu(page)
        for part in ("this-part", "corpus-part", "model-part", "own-server"):
            open_part(page, part)
        page.locator("#share").click()
        expect(page.locator("#shared a")).to_be_visible()
        checked(page, f"menu-{name}")
        assert wrong == []
        page.goto(page.locator("#shared a").get_attribute("href") or "")
        checked(page, f"shared-{name}")


def test_landmarks_headings_and_the_log(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, _):
        for role, name in (
            ("main", "Conversation"),
            ("complementary", "Sources"),
            ("navigation", "Menu"),
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
