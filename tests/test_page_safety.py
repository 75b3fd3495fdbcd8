"""Hostile text of all kinds on every surface of the chat page, in real Chromium: it is shown as
text, and does nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.index.layout import Folder
from assistant.models.chat import make_chat
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from ingest.index import Plan, index
from tests import openai_server
from tests.chromium import (
    DESKTOP,
    PHONE,
    Site,
    ask,
    browser,
    export,
    fits,
    open_part,
    opened,
    row_menu,
    served,
    shot,
)
from tests.conftest import read_papers
from tests.openai_server import Request, Server, server

__all__ = ["browser", "server"]
pytestmark = pytest.mark.browser

EVIL = "http://evil.invalid"
TURNED = "\u202eevil\u2066 \u200f\u200b\u200d"
MARKUP = (
    f'<script>alert(1)</script> <img src="{EVIL}/a" onerror="alert(2)"> <svg onload=alert(3)></svg>'
    f' <style>@import url({EVIL}/b)</style> <base href="{EVIL}"> <meta http-equiv="refresh"'
    f' content="0;url={EVIL}"> <iframe src="{EVIL}/c"></iframe> ![x]({EVIL}/d)'
    " [click](javascript:alert(4)) [more](data:text/html,<script>alert(5)</script>)"
    " <javascript:alert(6)> ${alert(7)} {{7*7}} ${value}"
    " $$\\href{javascript:alert(8)}{x}$$ \" onmouseover=alert(9) ' ` | </td></table></div> "
)
ABSTRACT = (
    f"We propose zebra detection {MARKUP}. It works on zebras [1] {TURNED} and on | tables | too."
    f" Zebra {'w' * 50_000}. See {EVIL}/e and javascript:alert(10) for zebra code. We train a zebra"
    f" tracker.\n\n![x]({EVIL}/f)\n\nIt is fast."
)
HOSTILE = (
    "script, img, svg:has(script), iframe, style, base, meta, object, embed, form, b[onmouseover]"
)
WITHIN = (
    "#chat .message",
    "#sources",
    "#check-text",
    "#map .map-picture",
    "#conversations",
    "#rowmenu",
    "#toast",
    "dialog",
    "#peek",
    "#tray",
    "#followups",
    "#welcome",
    "#chips",
    "#filter-problem",
    "#report",
    "#notice",
    "#head",
)
PLAIN = (
    *("#chat", "#sources", "#check-text", "#charts", "#conversations", "#rowmenu", "#toast"),
    *("dialog", "#peek", "#tray", "#followups", "#welcome", "#chips", "#mapped"),
)
QUESTIONS = (
    "which papers detect zebras?", "what is zebra detection?", "summarise zebra detection", "compare [1] with Harmless 2",
    "how many papers are there per venue?", f"{MARKUP}{TURNED} zebras?",
)  # fmt: skip


def records() -> list[dict[str, object]]:
    bad = {
        "title": f"Zebra {TURNED} {MARKUP}", "abstract": ABSTRACT, "authors": [f'<b onmouseover="alert(11)">A</b> {TURNED}', "O'Neil"],
        "venue": f"<i>V</i>{TURNED}", "url": 'https://x.invalid/"onclick="alert(12)', "_id": 'a"><img src=x onerror=alert(13)>',
    }  # fmt: skip
    others = [
        {
            "title": f"Zebra net {n}",
            "abstract": f"We detect zebra herd {n}. {MARKUP}",
            "url": url,
            "year": 2020 + n,
        }
        for n, url in enumerate(("javascript:alert(14)", "data:text/html,x", f"{EVIL}/ok"), 1)
    ]
    harmless = [
        {"title": f"Harmless {n}", "abstract": f"We study harmless matter number {n}. It works."}
        for n in range(9)
    ]
    return [bad, *others, *harmless]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, embedder: MiniLM) -> Path:
    """A data folder whose corpus was ingested from a hostile file."""
    root = tmp_path_factory.mktemp("hostile")
    file = root / "bad.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in records()), "utf-8")
    index(Plan(read_papers([file])), Folder(root / "data" / "default"), embedder)
    return root / "data"


@pytest.fixture
def zoo(hostile: Path, embedder: MiniLM) -> Iterator[Site]:
    with served(hostile, embedder) as found:
        yield found


def harmless(page: Page, wrong: list[str]) -> None:
    """Nothing of hostile text became an element, a link that acts, a request, a dialog or an error;
    nothing is too wide."""
    for box in WITHIN:
        assert page.locator(box).locator(HOSTILE).count() == 0, box
        for one in page.locator(box).locator("a[href]").all():
            assert (one.get_attribute("href") or "").startswith(
                ("#", "?c=", "http://", "https://", "mailto:")
            ), box
    handlers = (
        "[...document.querySelectorAll('*')].filter((one) => [...one.attributes].some((a) =>"
        " /^on/.test(a.name) && /alert/.test(a.value))).length"
    )
    assert page.evaluate(handlers) == 0
    assert page.locator(".katex").count() == 0  # formulas of others are text too
    for box in PLAIN:
        assert not any(
            one in "".join(page.locator(box).all_text_contents()) for one in "\u202e\u2066\u202a"
        )
    assert fits(page)
    assert wrong == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_hostile_corpus_and_hostile_questions(
    browser: Browser, zoo: Site, size: tuple[int, int]
) -> None:
    with opened(browser, zoo.url, size) as (page, wrong):
        for question in QUESTIONS:
            ask(page, question)
            harmless(page, wrong)
        assert page.locator("#chat a.cite").count() > 0
        expect(page.locator("#chat .user-row").last).to_contain_text("<script>alert(1)</script>")
        ask(page, QUESTIONS[0])  # what markup asks for is a matter of chance
        expect(page.locator("#sources")).to_contain_text("<script>alert(1)</script>")
        page.locator("#chat a.cite").last.hover()
        expect(page.locator("#peek")).to_be_visible()
        harmless(page, wrong)
        page.locator("#chat a.cite").last.click()
        page.locator("article.source.chosen button.report").click()
        expect(page.locator("#check-text")).to_be_visible()
        harmless(page, wrong)
        # Not those of earlier answers, which are folded.
        for box in page.locator("#sources .cards > article.source input.only").all():
            box.check(force=True)
        expect(page.locator("#tray .pick").first).to_be_visible()
        harmless(page, wrong)
        page.get_by_role("tab", name="Map").click()
        page.locator("#map .paper").first.focus()
        page.locator("#map .paper").first.hover()
        harmless(page, wrong)
        page.get_by_role("tab", name="Years & venues").click()
        expect(page.locator("#charts button").first).to_be_visible()
        page.locator("#charts").hover()
        harmless(page, wrong)
        shot(page, f"hostile-{size[0]}")


def test_hostile_values_typed_into_the_page(browser: Browser, zoo: Site, tmp_path: Path) -> None:
    with opened(browser, zoo.url) as (page, wrong):
        ask(page, "which papers detect zebras?")
        open_part(page, "filters")
        page.locator("#author textarea, #author input").fill(MARKUP + TURNED)
        expect(page.locator("#chip-filters")).to_contain_text("alert(1)")
        harmless(page, wrong)
        page.locator("#year-from input").fill("<b>9")
        expect(page.locator("#filter-problem")).to_contain_text("The year '<b>9' is none")
        harmless(page, wrong)
        row_menu(page, "which papers", "Rename …")
        page.locator("#conversations li > input").fill(MARKUP[:110] + TURNED)
        page.keyboard.press("Enter")
        expect(page.locator("#conversations .name").first).to_contain_text("<script>")
        harmless(page, wrong)
        page.locator("#search input, #search textarea").fill(MARKUP + TURNED)
        expect(page.locator("#conversations .hit").first).to_contain_text("alert(")
        harmless(page, wrong)
        page.locator("#search input, #search textarea").fill(f"okapis {MARKUP}")
        expect(page.locator("#conversations")).to_contain_text("No conversation has these words")
        harmless(page, wrong)
        page.locator("#search input, #search textarea").fill("")
        row_menu(page, "<script>", "Share by a link")
        expect(page.get_by_role("dialog", name="A read-only link")).to_be_visible()
        harmless(page, wrong)
        page.keyboard.press("Escape")
        row_menu(page, "<script>", "Delete")
        expect(page.locator("#toast")).to_contain_text("Deleted: <script>alert(1)</script>")
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        harmless(page, wrong)
        page.locator("#toast button").click()
        expect(page.locator("#conversations .name").first).to_contain_text("<script>")
        open_part(page, "corpus-part")
        file = tmp_path / "<img src=x onerror=alert(1)>.jsonl"
        file.write_text("no json", "utf-8")
        page.locator("#files input[type=file]").set_input_files(file)
        expect(page.locator("#files .file-preview")).to_be_visible()
        page.locator("#target textarea, #target input").fill("../<script>alert(1)</script>")
        page.locator("#add").click()
        expect(page.locator("#report")).to_contain_text("Nothing was added")
        page.locator("#target textarea, #target input").fill("mine")
        page.locator("#add").click()
        expect(page.locator("#report")).to_contain_text("not a JSON object")
        open_part(page, "model-part")
        open_part(page, "own-server")
        for address in (
            "javascript:alert(1)",
            f"{EVIL}:x/<script>",
            "http://[",
            "https://a:b@evil.invalid/v1",
        ):
            page.locator("#base-url textarea, #base-url input").fill(address)
            page.locator("#use").click()
            expect(page.locator(".toast-body").last).to_be_visible()
            assert page.locator(".toast-body").locator(HOSTILE).count() == 0
        harmless(page, wrong)


def test_the_filters_chip_says_a_name_as_it_was_typed(browser: Browser, zoo: Site) -> None:
    with opened(browser, zoo.url) as (page, wrong):
        open_part(page, "filters")
        for name in ("<script>alert(1)</script>", "A_b*c* [d]", "O'Neil & Söhne"):
            page.locator("#author textarea, #author input").fill(name)
            expect(page.locator("#chip-filters")).to_contain_text(name)
        assert wrong == []


def test_a_hostile_conversation_as_a_file_and_as_a_shared_page(browser: Browser, zoo: Site) -> None:
    with opened(browser, zoo.url) as (page, wrong):
        ask(page, "which papers detect zebras?")
        ask(page, QUESTIONS[-1])
        with page.expect_download() as saved:
            export(page, "which papers", "Markdown")
        text = Path(saved.value.path()).read_text("utf-8")
        assert "zebra" in text
        assert "\u202e" not in text
        row_menu(page, "which papers", "Share by a link")
        link = page.locator("#shared").input_value()
        assert "default-src 'none'" in httpx.get(link).headers["content-security-policy"]
        page.goto(link)
        expect(page.locator("h1")).to_be_visible()
        assert page.locator("script, img, iframe, svg, base, form, main style").count() == 0
        assert page.locator('a[href^="javascript"], a[href^="data"]').count() == 0
        expect(page.locator("main")).to_contain_text("<script>alert(1)</script>")
        assert fits(page)
        assert wrong == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_hostile_model(
    browser: Browser, hostile: Path, embedder: MiniLM, server: Server, size: tuple[int, int]
) -> None:
    def reply(request: Request) -> str:
        if openai_server.form(request) == "followups":
            return f"What about {MARKUP}?"
        first = next(iter(openai_server.ids(request)), "k0000")
        return (
            f"{MARKUP}{TURNED}zebras are detected [{first}]. {MARKUP}"
            f" [{first}].\n\n<script>alert(1)</script>\n\n![x]({EVIL}/m)"
        )

    server.reply = reply
    chat = make_chat(
        load_settings(model="openai:m", profile="strong", cache=False, data_dir=hostile)
    )
    with (
        served(hostile, embedder, chat, model="openai:m") as site,
        opened(browser, site.url, size) as (page, wrong),
    ):
        for question in QUESTIONS[:3]:
            ask(page, question)
            harmless(page, wrong)
        assert server.requests


def test_the_browser_itself_refuses_what_is_not_the_pages(browser: Browser, zoo: Site) -> None:
    with opened(browser, zoo.url) as (page, wrong):
        blocked = page.evaluate(
            f"""() => new Promise((done) => {{ document.addEventListener("securitypolicyviolation", (one) => done(one.blockedURI), {{once: true}});
            const image = new Image(); image.src = "{EVIL}/p.png"; document.body.append(image); }})"""
        )
        assert blocked.startswith(EVIL)
        assert not [one for one in wrong if not one.startswith(EVIL)]


def test_what_cannot_be_asked_leaves_the_conversation_as_it_is(browser: Browser, zoo: Site) -> None:
    with opened(browser, zoo.url) as (page, wrong):
        ask(page, "which papers detect zebras?")
        page.fill("#question textarea", "   ")
        page.press("#question textarea", "Enter")
        # Unfolded, empty fields bound nothing.
        open_part(page, "filters")
        ask(page, "what is zebra detection?")
        open_part(page, "filters")  # asking closed it
        page.locator("#year-from input").fill("12")
        expect(page.locator("#chip-filters")).to_have_text("Filters: look")
        expect(page.locator("#filter-problem")).to_contain_text("The year '12' is none")
        page.fill("#question textarea", "summarise zebra detection")
        page.press("#question textarea", "Enter")
        expect(page.locator(".toast-body")).to_contain_text("the year '12' is none")
        expect(page.locator("#chat .bot-row")).to_have_count(2)
        assert wrong == []
