"""The chat page in real Chromium: what the next question is bound to, who answers it, and how it is
asked anew."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from assistant.assistant import Assistant
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.retrieval.filters import matches_filters
from assistant.settings import load_settings
from assistant.types import QUOTES, Answer, Filters, Paper, Turn
from assistant.web.server.app import Page as Served
from assistant.web.server.app import launch
from assistant.web.sessions.visitors import Visitor
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
    settled,
    shot,
    site,
)
from tests.openai_server import Fault, running

__all__ = ["browser", "own_data", "site"]
pytestmark = pytest.mark.browser
BOTH = pytest.mark.parametrize("size", [DESKTOP, PHONE])
SIZE = {DESKTOP: "desktop", PHONE: "phone"}
VIDEO = "which papers are about video?"


def cited(page: Page, corpus: Sequence[Paper]) -> set[str]:
    """The ids of the papers that the newest answer cites."""
    numbers = set(page.locator("#chat .bot-row").last.locator("a.cite").all_inner_texts())
    titles = {page.locator(f"#source-{one.strip('[]')} h3 a").text_content() for one in numbers}
    found = {paper.id for paper in corpus if paper.title in titles}
    assert len(found) == len(titles)
    return found


def bind(page: Page, **fields: str) -> None:
    """Type into the filters' fields, as their ids name them with "_" for "-"."""
    open_part(page, "filters")
    for name, text in fields.items():
        field = page.locator(f"#{name.replace('_', '-')} :is(input, textarea)")
        field.fill(text)
        field.press("Tab")


@pytest.mark.parametrize(
    ("fields", "bounds", "says"),
    [
        (
            {"year_from": "2023", "year_to": "2023"},
            Filters(year_from=2023, year_to=2023),
            "of 2023",
        ),
        ({"year_from": "2024"}, Filters(year_from=2024), "from 2024 on"),
        ({"author": "shan"}, Filters(authors=("shan",)), "by shan"),
        ({"venue": "cvpr"}, Filters(venues=("cvpr",)), "at cvpr"),
        (
            {"words": "zero-shot"},
            Filters(texts=("zero-shot",)),
            "with 'zero-shot' in title or abstract",
        ),
    ],
)
def test_answers_keep_to_the_filters(
    browser: Browser,
    site: Site,
    corpus: list[Paper],
    fields: dict[str, str],
    bounds: Filters,
    says: str,
) -> None:
    with opened(browser, site.url) as (page, wrong):
        bind(page, **fields)
        expect(page.locator("#scope")).to_have_text(f"Asking only about: {says}")
        ask(page, VIDEO)
        found = cited(page, corpus)
        assert found
        assert found <= {paper.id for paper in corpus if matches_filters(paper, bounds)}
        assert wrong == []


@BOTH
def test_filters_are_chosen_corrected_and_lifted(
    browser: Browser, site: Site, corpus: list[Paper], size: tuple[int, int]
) -> None:
    with opened(browser, site.url, size, dark=size == PHONE) as (page, wrong):
        open_part(page, "filters")
        page.locator("#venue input").click()
        page.get_by_role("option", name="ICCV", exact=True).click()
        bind(page, year_from="2024", year_to="2020")
        expect(page.locator("#scope")).to_contain_text("from 2024 to 2020 admits no year")
        page.fill("#question textarea", VIDEO)
        page.press("#question textarea", "Enter")
        expect(page.get_by_text("Not asked")).to_be_visible()
        expect(page.locator("#chat .user-row")).to_have_count(0)
        expect(page.locator("#question textarea")).to_have_value(VIDEO)
        shot(page, f"filters-wrong-{SIZE[size]}")
        bind(page, year_from="2022", year_to="2024")
        expect(page.locator("#scope")).to_have_text(
            "Asking only about: from 2022 on, up to 2024, at ICCV"
        )
        shot(page, f"filters-{SIZE[size]}")
        page.locator("#question").get_by_text("Ask").click()
        expect(page.locator("#chat a.cite").first).to_be_visible()
        settled(page)
        bounds = Filters(year_from=2022, year_to=2024, venues=("ICCV",))
        assert cited(page, corpus) <= {
            paper.id for paper in corpus if matches_filters(paper, bounds)
        }
        page.get_by_role("button", name="Clear filters").click()
        for field in ("#year-from input", "#year-to input", "#venue input"):
            expect(page.locator(field)).to_have_value("")
        expect(page.locator("#scope")).not_to_be_visible()
        bind(page, author="shan")
        page.get_by_role("button", name="Ask about all papers again").click()
        expect(page.locator("#author :is(input, textarea)")).to_have_value("")
        expect(page.locator("#scope-row")).not_to_be_visible()
        ask(page, VIDEO)
        assert not cited(page, corpus) <= {
            paper.id for paper in corpus if matches_filters(paper, bounds)
        }
        assert fits(page)
        assert wrong == []


def ticks(page: Page) -> Locator:
    return page.locator("#sources input.only:checked")


@BOTH
def test_only_the_ticked_papers_are_asked_about(
    browser: Browser, site: Site, corpus: list[Paper], size: tuple[int, int]
) -> None:
    with opened(browser, site.url, size) as (page, wrong):
        ask(page, VIDEO)
        wanted = [page.locator(f"#source-{number} input.only") for number in (2, 3)]
        ids = {box.get_attribute("value") for box in wanted}
        for box in wanted:
            box.check()
        expect(page.locator("#scope")).to_have_text("Asking only about: the 2 ticked papers")
        shot(page, f"ticked-{SIZE[size]}")
        ask(page, "which papers propose a method for video?")
        found = cited(page, corpus)
        assert found
        assert found <= ids
        expect(ticks(page)).to_have_count(2)
        assert {box.get_attribute("value") for box in ticks(page).all()} == ids
        if page.locator("#sources details.earlier").get_attribute("open") is None:
            page.locator("#sources details.earlier summary").click()
        page.locator("#source-2 input.only").uncheck()
        expect(page.locator("#scope")).to_have_text("Asking only about: the 1 ticked paper")
        ask(page, "which papers propose a model?")
        assert cited(page, corpus) == {page.locator("#source-3 input.only").get_attribute("value")}
        page.get_by_role("button", name="Ask about all papers again").click()
        expect(ticks(page)).to_have_count(0)
        expect(page.locator("#scope")).not_to_be_visible()
        ask(page, VIDEO)
        assert len(cited(page, corpus)) > 2
        assert fits(page)
        assert wrong == []


def test_ticks_of_what_is_no_paper_are_ignored(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, VIDEO)
        tell = "told => document.dispatchEvent(new CustomEvent('papers-ticked', { detail: told }))"
        known = page.locator("#source-1 input.only").get_attribute("value")
        for told in (
            [[known, "<img src=x onerror=alert(1)>", 7, None, {"$ne": 1}]],
            ["nonsense"],
            [{"a": 1}],
        ):
            # One after the other: replies to events at the same time may come in any order.
            with page.expect_response(lambda response: response.request.method == "POST"):
                page.evaluate(tell, told[0])
            page.wait_for_timeout(500)
        page.evaluate(tell, [known, "x' OR 1=1", "../../etc"])
        expect(page.locator("#scope")).to_have_text("Asking only about: the 1 ticked paper")
        page.evaluate(tell, ["</div><script>alert(2)</script>"])
        expect(page.locator("#scope")).not_to_be_visible()
        assert wrong == []


KEY = "sk-Visitors0wnSecretKey7fQ"


@pytest.fixture
def page_served(own_data: Path, embedder: MiniLM) -> Iterator[Served]:
    """The page with its service at hand, answering by quotations."""
    found = load_settings(data_dir=own_data, port=7900, profile="strong", cache=False)
    assistant = Assistant(Folder(found.corpus_dir), embedder, None)
    page = launch(assistant, found)
    yield page
    page.close()
    assistant.close()


def use_own(page: Page, url: str, key: str = KEY, model: str = "m") -> None:
    """Type a server of one's own into the menu, and use it."""
    expect(page.locator("#side")).to_have_attribute(
        "role", "navigation"
    )  # page.js has run, which opens the menu where there is room
    open_menu(page)
    open_part(page, "model-part")
    open_part(page, "own-server")
    for field, text in (("base-url", url), ("api-key", key), ("own-model", model)):
        page.fill(f"#{field} :is(input, textarea)", text)
    page.locator("#use-own").click()


# All that comes to the page, also by streams that stay open.
LISTEN = """window.heard = [];
    const real = window.fetch;
    const drain = async (stream) => { const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
        for (let got = await reader.read(); !got.done; got = await reader.read()) window.heard.push(got.value) };
    window.fetch = async (...asked) => { const got = await real(...asked);
        const copy = got.clone(); if (copy.body) drain(copy.body).catch(() => {}); return got };
    const Source = window.EventSource;
    window.EventSource = class extends Source { constructor(...asked) { super(...asked);
        this.addEventListener("message", event => window.heard.push(event.data)) } };"""


def listen(page: Page) -> None:
    """Open the page anew, so that all it is answered is kept; `heard` returns it."""
    page.add_init_script(LISTEN)
    page.reload()
    expect(page.locator("#side")).to_have_attribute("role", "navigation")


def heard(page: Page) -> str:
    return "".join(page.evaluate("window.heard"))


def nowhere(key: str, data: Path, answers: str, captured: tuple[str, str]) -> None:
    """Check that a key is in no file, in nothing the page was answered, in no output."""
    for file in (one for one in data.rglob("*") if one.is_file()):
        assert key.encode() not in file.read_bytes(), file
    assert key not in answers
    assert not any(key in one for one in captured)


def test_a_visitors_own_server_writes_for_that_visitor_alone(
    browser: Browser, page_served: Served, own_data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    menu = page_served.service.models
    with running() as server, opened(browser, page_served.url) as (other, _):
        with opened(browser, page_served.url) as (page, wrong):
            listen(page)
            use_own(page, server.url)
            name = f"m at {server.url.split('/')[2]}"
            expect(page.locator("#notice")).to_contain_text(f"written by {name}")
            expect(page.locator("#written-by input")).to_have_value(name)
            expect(page.locator("#api-key input")).to_have_value("")
            shot(page, "own-server-desktop")
            ask(page, "how many parameters does SimDA tune?")
            expect(page.locator("#chat .about")).to_contain_text("openai:m")
            assert {one["authorization"] for one in server.requests} == {f"Bearer {KEY}"}
            before = len(server.requests)
            open_part(other, "model-part")
            other.fill("#written-by input", name)
            other.press("#written-by input", "Enter")
            expect(other.locator("#notice")).to_contain_text("Not changed")
            ask(other, "how many parameters does SimDA tune?")
            expect(other.locator("#chat .about")).to_contain_text("quotations")
            assert len(server.requests) == before
            answers = heard(page)
            assert "SimDA" in answers
            assert menu._own
            assert wrong == []
        other.wait_for_timeout(100)
        expect_soon(other, lambda: not menu._own)
    nowhere(KEY, own_data, answers, capfd.readouterr())


def expect_soon(page: Page, true: Callable[[], bool]) -> None:
    """Wait up to ten seconds for what happens at the server."""
    for _ in range(100):
        if true():
            return
        page.wait_for_timeout(100)
    pytest.fail("it did not happen")


def test_a_refused_key_is_told_without_the_key(
    browser: Browser, page_served: Served, own_data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running() as server, opened(browser, page_served.url, PHONE) as (page, wrong):
        message = {
            "error": {"message": f"Incorrect API key provided: {KEY}.", "code": "invalid_api_key"}
        }
        server.reply = lambda request: Fault(401, message)
        listen(page)
        use_own(page, server.url)
        expect(page.locator("#api-key input")).to_have_value("")
        page.locator("#side .toggle-button").click()
        ask(page, "how many parameters does SimDA tune?")
        expect(page.locator("#chat .note")).to_contain_text("quotations instead")
        expect(page.locator("#chat a.cite").first).to_be_visible()
        assert {one["authorization"] for one in server.requests} == {f"Bearer {KEY}"}
        assert KEY not in page.content()
        answers = heard(page)
        assert "quotations instead" in answers
        shot(page, "own-server-refused-phone")
        assert wrong == []
    nowhere(KEY, own_data, answers, capfd.readouterr())


@pytest.mark.parametrize(
    ("url", "model", "says"),
    [
        ("", "m", "must begin with https://"),
        ("ftp://host/v1", "m", "must begin with https://"),
        ("javascript:alert(1)", "m", "must begin with https://"),
        ("http://host:port/v1", "m", "must begin with https://"),
        (f"https://me:{KEY}@host/v1", "m", "put the key into its own field"),
        ("https://host/v1", " ", "name the model"),
    ],
)
def test_a_bad_server_is_told_in_words(
    browser: Browser, site: Site, url: str, model: str, says: str
) -> None:
    with opened(browser, site.url) as (page, wrong):
        use_own(page, url, model=model)
        expect(page.get_by_text(says).first).to_be_visible()
        expect(page.locator("#written-by input")).to_have_value("Quotations (no model)")
        assert wrong == []


@BOTH
def test_a_question_is_edited_asked_again_and_taken_back(
    browser: Browser, site: Site, size: tuple[int, int]
) -> None:
    with opened(browser, site.url, size) as (page, wrong):
        ask(page, "how many parameters does SimDA tune?")
        ask(page, "compare it with Tune-A-Video")
        ask(page, "sort by year")
        asked, said = page.locator("#chat .user-row"), page.locator("#chat .bot-row")
        page.get_by_role("button", name="Retry").last.click()
        expect(said).to_have_count(3)
        expect(said.last.locator("table")).to_be_visible()
        settled(page)
        page.get_by_role("button", name="Undo").last.click()
        expect(said).to_have_count(2)
        expect(asked).to_have_count(2)
        expect(page.locator("#question textarea")).to_have_value("sort by year")
        asked.first.get_by_role("button", name="Edit").click()
        box = asked.first.locator("textarea")
        expect(box).to_have_value("how many parameters does SimDA tune?")
        box.fill("what problem does Tune-A-Video address?")
        shot(page, f"editing-{SIZE[size]}")
        asked.first.get_by_role("button", name="Submit").click()
        expect(asked).to_have_count(1)
        expect(asked.first).to_contain_text("what problem does Tune-A-Video address?")
        expect(said).to_have_count(1)
        settled(page)
        expect(page.locator("#source-1 h3 a")).to_contain_text("Tune-A-Video")
        expect(page.locator("#sources article.source")).to_have_count(1)
        expect(page.locator("#table-tools")).not_to_be_visible()
        ask(page, "compare it with SimDA")
        expect(page.locator("#chat table th a")).to_have_text(["Tune-A-Video", "SimDA"])
        assert fits(page)
        assert wrong == []


def test_a_suggested_question_is_asked(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, "which papers adapt T2I models to video?")
        first = page.locator("#followups button:visible").first
        expect(first).to_be_visible()
        question = first.inner_text()
        first.click()
        expect(page.locator("#chat .user-row").last).to_contain_text(question)
        expect(page.locator("#chat .bot-row")).to_have_count(2)
        expect(page.locator("#chat .bot-row").last.locator("a.cite").first).to_be_visible()
        assert wrong == []


def test_looking_for_suggestions_leaves_a_new_answer_alone(page_served: Served) -> None:
    service = page_served.service
    stopped = threading.Event()
    serial = service.running.begin("session", stopped.set)
    turn = Turn(
        "what?", Answer("what?", "none", "nothing", abstained=True, citations=(), retrieved=())
    )
    visitor = Visitor("session", QUOTES, "default", [turn])
    assert service.next_questions(visitor) is None
    assert service.running.is_current("session", serial)
    assert not stopped.is_set()


def test_keys_reach_the_question_and_walk_the_citations(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, "which papers adapt T2I models to video?")
        box = page.locator("#question textarea")
        box.press_sequentially("and/or ")
        expect(box).to_have_value("and/or ")
        box.fill("")
        page.locator("#source-1 input.only").check()
        page.keyboard.press("/")
        expect(box).to_be_focused()
        expect(box).to_have_value("")
        page.locator("#source-1").click(position={"x": 5, "y": 5})
        for key, number in (
            ("ArrowRight", 1),
            ("ArrowRight", 2),
            ("ArrowRight", 3),
            ("ArrowLeft", 2),
        ):
            page.keyboard.press(key)
            expect(page.locator("article.source.chosen")).to_have_id(f"source-{number}")
            expect(page.locator("#chat a.cite").nth(number - 1)).to_be_focused()
            expect(page.locator("article.source.chosen mark.meant").first).to_be_in_viewport()
        shot(page, "walked-desktop")
        page.keyboard.press("Enter")
        expect(page.locator("#source-2")).to_be_focused()
        assert wrong == []


def test_escape_stops_an_answer_under_way(browser: Browser, page_served: Served) -> None:
    with running() as server, opened(browser, page_served.url) as (page, wrong):
        use_own(page, server.url)
        expect(page.locator("#written-by input")).to_have_value(re.compile("m at"))
        server.reply = lambda request: Fault(text="It tunes ", then="silence")
        page.fill("#question textarea", "how many parameters does SimDA tune?")
        page.press("#question textarea", "Enter")
        expect(page.locator("#chat .status")).to_be_visible()
        assert server.asked.wait(10)
        page.keyboard.press("Escape")
        expect(page.locator("#chat .about")).to_contain_text("stopped")
        assert server.gone.wait(5)
        assert wrong == []


def test_a_tick_made_while_an_answer_comes_stays(browser: Browser, page_served: Served) -> None:
    with running() as server, opened(browser, page_served.url) as (page, wrong):
        ask(page, VIDEO)
        page.locator("#source-1 input.only").check()
        expect(page.locator("#scope")).to_contain_text("the 1 ticked paper")
        use_own(page, server.url)
        expect(page.locator("#written-by input")).to_have_value(re.compile("m at"))
        server.reply = lambda request: Fault(text="It tunes ", then="silence")
        page.fill("#question textarea", "how does it work?")
        page.press("#question textarea", "Enter")
        expect(page.locator("#chat .status")).to_be_visible()
        page.get_by_role("tab", name="Map").click()
        page.locator("#map .paper.lit:not(.ticked)").last.click()
        expect(page.locator("#scope")).to_contain_text("the 2 ticked papers")
        page.keyboard.press("Escape")
        settled(page)
        expect(page.locator("#map .paper.ticked")).to_have_count(2)
        page.get_by_role("tab", name="Sources").click()
        page.locator("#sources details.earlier summary").click()
        expect(ticks(page)).to_have_count(2)
        expect(page.locator("#scope")).to_contain_text("the 2 ticked papers")
        assert wrong == []
