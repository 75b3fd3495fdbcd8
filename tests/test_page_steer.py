"""The chat page in real Chromium: what the next question is bound to, who answers it, and how it is
asked anew."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from assistant.assistant import Assistant
from assistant.composing.stream import AnswerStream
from assistant.errors import AssistantError
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.retrieval.filters import matches_filters
from assistant.settings import load_settings
from assistant.types import QUOTES, Filters, Paper, Turn
from assistant.web.server.app import Page as Served
from assistant.web.server.app import launch
from assistant.web.sessions import model_menu
from assistant.web.sessions.visitors import Visitor
from tests.chromium import (
    DESKTOP,
    PHONE,
    TABLET,
    Site,
    ask,
    browser,
    choose_export,
    fits,
    open_part,
    open_sources,
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


def chip(page: Page) -> Locator:
    """What the filters' chip says is set."""
    return page.locator("#chip-filters")


def selected(page: Page, count: int) -> None:
    """Wait until the tray shows this many selected papers; none without a tray."""
    if count:
        expect(page.locator("#tray h2")).to_have_text(f"Selected ({count})")
    else:
        expect(page.locator("#tray section")).to_have_count(0)


def clear_selection(page: Page) -> None:
    """Take all papers out of the selection; on a phone the sources lie over the tray."""
    close_sources(page)
    page.locator("#tray").get_by_role("button", name="Clear", exact=True).click()


def close_sources(page: Page) -> None:
    """Close the sources where they lie over the conversation, as on a phone."""
    if page.locator("#beside-close button").is_visible():
        page.locator("#beside-close button").click()
        expect(page.locator("#beside")).not_to_be_visible()


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
        expect(chip(page)).to_have_text(says)
        expect(chip(page)).to_have_class(re.compile(r"\bon\b"))
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
        expect(chip(page)).to_have_text("Filters")
        open_part(page, "filters")
        page.locator("#venue input").click()
        page.get_by_role("option", name="ICCV", exact=True).click()
        bind(page, year_from="2024", year_to="2020")
        expect(chip(page)).to_have_text("Filters: look")
        expect(page.locator("#filter-problem")).to_contain_text("from 2024 to 2020 admits no year")
        assert fits(page)
        page.locator("#question textarea").click()
        expect(page.locator("#filters")).not_to_be_visible()
        page.fill("#question textarea", VIDEO)
        page.press("#question textarea", "Enter")
        expect(page.get_by_text("Not asked")).to_be_visible()
        expect(page.locator("#chat .user-row")).to_have_count(0)
        expect(page.locator("#question textarea")).to_have_value(VIDEO)
        shot(page, f"filters-wrong-{SIZE[size]}")
        bind(page, year_from="2022", year_to="2024")
        expect(chip(page)).to_have_text("from 2022 on, up to 2024, at ICCV")
        expect(page.locator("#filter-problem")).not_to_be_visible()
        shot(page, f"filters-{SIZE[size]}")
        page.locator("#question").get_by_text("Ask").click()
        expect(page.locator("#chat a.cite").first).to_be_visible()
        settled(page)
        bounds = Filters(year_from=2022, year_to=2024, venues=("ICCV",))
        assert cited(page, corpus) <= {
            paper.id for paper in corpus if matches_filters(paper, bounds)
        }
        open_part(page, "filters")
        page.get_by_role("button", name="Clear filters").click()
        for field in ("#year-from input", "#year-to input", "#venue input"):
            expect(page.locator(field)).to_have_value("")
        expect(chip(page)).to_have_text("Filters")
        bind(page, author="shan")
        expect(chip(page)).to_have_text("by shan")
        page.get_by_role("button", name="Clear filters").click()
        expect(page.locator("#author :is(input, textarea)")).to_have_value("")
        expect(chip(page)).to_have_text("Filters")
        expect(chip(page)).not_to_have_class(re.compile(r"\bon\b"))
        page.keyboard.press("Escape")
        expect(page.locator("#filters")).not_to_be_visible()
        expect(chip(page)).to_be_focused()
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
        open_sources(page)
        wanted = [page.locator(f"#source-{number} input.only") for number in (2, 3)]
        ids = {box.get_attribute("value") for box in wanted}
        for box in wanted:
            box.check()
        selected(page, 2)
        names = page.locator("#tray .pick")
        expect(names).to_have_count(2)
        titles = [page.locator(f"#source-{number} h3 a").text_content() for number in (2, 3)]
        assert [one.get_attribute("title") for one in names.all()] == titles
        shot(page, f"ticked-{SIZE[size]}")
        close_sources(page)
        ask(page, "which papers propose a method for video?")
        found = cited(page, corpus)
        assert found
        assert found <= ids
        expect(ticks(page)).to_have_count(2)
        assert {box.get_attribute("value") for box in ticks(page).all()} == ids
        open_sources(page)
        if page.locator("#sources details.earlier").get_attribute("open") is None:
            page.locator("#sources details.earlier summary").click()
        page.locator("#source-2 input.only").uncheck()
        selected(page, 1)
        close_sources(page)
        ask(page, "which papers propose a model?")
        assert cited(page, corpus) == {page.locator("#source-3 input.only").get_attribute("value")}
        names.locator("button").click()  # its ×
        selected(page, 0)
        expect(ticks(page)).to_have_count(0)
        ask(page, VIDEO)
        assert len(cited(page, corpus)) > 2
        open_sources(page)
        for number in (2, 3):
            page.locator(f"#source-{number} input.only").check()
        selected(page, 2)
        clear_selection(page)
        selected(page, 0)
        expect(ticks(page)).to_have_count(0)
        assert fits(page)
        assert wrong == []


def test_the_tray_of_ten_papers_is_three_lines_high(browser: Browser, site: Site) -> None:
    with opened(browser, site.url, TABLET) as (page, wrong):
        ask(page, "2022 papers")
        open_sources(page)
        for place in range(10):
            page.locator("#sources input.only").nth(place).check()
        selected(page, 10)
        box = page.locator("#tray section").bounding_box()
        assert box
        assert box["height"] < 105
        assert wrong == []


def test_no_tick_of_several_made_quickly_is_lost(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, VIDEO)
        late: list[Route] = []

        def hold_first(route: Route) -> None:
            if not late and "event_data" in (route.request.post_data or ""):
                late.append(route)
            else:
                route.continue_()

        page.route("**/run/predict*", hold_first)
        boxes = page.locator("#sources input.only")
        for place in range(4):
            boxes.nth(place).check()
            page.wait_for_timeout(200)  # each is told by itself
        page.wait_for_timeout(500)
        late[0].continue_()  # what the first tick tells comes last
        page.wait_for_timeout(1500)
        selected(page, 4)
        expect(page.locator("#tray .pick")).to_have_count(4)
        expect(page.locator("#map .paper.ticked")).to_have_count(4)
        assert wrong == []


def test_what_is_selected_is_compared_and_summarised(
    browser: Browser, site: Site, corpus: list[Paper]
) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, VIDEO)
        wanted = [page.locator(f"#source-{number} input.only") for number in (1, 2)]
        for box in wanted:
            box.check()
        selected(page, 2)
        ids = {box.get_attribute("value") for box in wanted}
        with page.expect_download() as saved:
            page.locator("#tray").get_by_role("button", name="Export").click()
            choose_export(page, "BibTeX")
        text = re.sub(r"[{}]", "", saved.value.path().read_text("utf-8"))
        wanted_titles = [paper.title for paper in corpus if paper.id in ids]
        assert [title for title in wanted_titles if title not in text] == []
        for does in ("Compare", "Summarise", "List"):
            said = page.locator("#chat .bot-row").count()
            page.locator("#tray").get_by_role("button", name=does).click()
            expect(page.locator("#chat .bot-row")).to_have_count(said + 1)
            settled(page)
            assert cited(page, corpus) == ids
            selected(page, 2)
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
        selected(page, 1)
        page.evaluate(tell, ["</div><script>alert(2)</script>"])
        selected(page, 0)
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
    """Type a server of one's own into the panel, and use it."""
    type_own(page, url, key)
    page.fill("#model-name input", model)
    page.locator("#use").click()


def type_own(page: Page, url: str, key: str = KEY) -> None:
    """Type a server's address and key into the panel."""
    open_part(page, "model-part")
    open_part(page, "own-server")
    for field, text in (("base-url", url), ("api-key", key)):
        page.fill(f"#{field} :is(input, textarea)", text)


def in_use(page: Page, name: str) -> None:
    """Wait until `name` writes, as the menu and the chip say, and go back to the question."""
    expect(page.locator("#written-by input")).to_have_value(name)
    expect(page.locator("#chip-model-part")).to_have_text(name)
    expect(page.locator("#question button")).to_have_text("Ask")
    page.locator("#question textarea").click()
    expect(page.locator("#model-part")).not_to_be_visible()


def name_of(url: str, model: str = "m") -> str:
    return f"{model} at {url.split('/')[2]}"


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
    browser: Browser,
    page_served: Served,
    own_data: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model_menu, "_RELOAD", 8.0)
    menu = page_served.service.models
    with running() as server, opened(browser, page_served.url) as (other, _):
        with opened(browser, page_served.url) as (page, wrong):
            listen(page)
            use_own(page, server.url)
            name = name_of(server.url)
            expect(page.locator("#notice")).to_contain_text(f"written by {name}")
            expect(page.locator("#api-key input")).to_have_value("")
            assert server.forms() == ["probe"]
            shot(page, "own-server-desktop")
            in_use(page, name)
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
            # After a reload the same window has it still.
            page.reload()
            expect(page.locator("#chip-model-part")).to_contain_text(name)
            ask(page, "what problem does it address?")
            expect(page.locator("#chat .about").last).to_contain_text("openai:m")
            assert wrong == []
        other.wait_for_timeout(100)
        until_true(lambda: not menu._own)
    nowhere(KEY, own_data, answers, capfd.readouterr())


def until_true(true: Callable[[], bool]) -> None:
    """Wait up to a minute for what happens at the server, which may be slow beside other tests."""
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


REFUSED = Fault(
    401, {"error": {"message": f"Incorrect API key provided: {KEY}.", "code": "invalid_api_key"}}
)


def test_a_refused_key_is_told_without_the_key(
    browser: Browser, page_served: Served, own_data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running() as server, opened(browser, page_served.url, PHONE) as (page, wrong):
        server.reply = lambda request: REFUSED
        listen(page)
        use_own(page, server.url)
        expect(page.locator("#notice")).to_contain_text("Not changed")
        expect(page.locator("#notice")).to_contain_text("the key")
        expect(page.locator("#written-by input")).to_have_value("Quotations (no model)")
        expect(page.locator("#chip-model-part")).to_have_text("Quotations")
        expect(page.locator("#question button")).to_have_text("Ask")
        assert {one["authorization"] for one in server.requests} == {f"Bearer {KEY}"}
        assert KEY not in page.content()
        assert fits(page)
        answers = heard(page)
        assert "Not changed" in answers
        shot(page, "own-server-refused-phone")
        before = len(server.requests)
        page.locator("#question textarea").click()
        ask(page, "how many parameters does SimDA tune?")
        expect(page.locator("#chat .about")).to_contain_text("quotations")
        assert len(server.requests) == before
        assert wrong == []
    nowhere(KEY, own_data, answers, capfd.readouterr())


def test_a_key_that_is_refused_later_is_told_without_the_key(
    browser: Browser, page_served: Served, own_data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running() as server, opened(browser, page_served.url, PHONE) as (page, wrong):
        listen(page)
        use_own(page, server.url)
        in_use(page, name_of(server.url))
        expect(page.locator("#api-key input")).to_have_value("")
        server.reply = server.reads = lambda request: REFUSED
        ask(page, "how many parameters does SimDA tune?")
        expect(page.locator("#chat .note")).to_contain_text("quotations instead")
        expect(page.locator("#chat a.cite").first).to_be_visible()
        assert {one["authorization"] for one in server.requests} == {f"Bearer {KEY}"}
        assert KEY not in page.content()
        answers = heard(page)
        assert "quotations instead" in answers
        shot(page, "own-server-refused-later-phone")
        assert wrong == []
    nowhere(KEY, own_data, answers, capfd.readouterr())


def test_a_server_of_this_machine_is_found_and_used_without_typing(
    browser: Browser, page_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as server:
        server.ollama = True
        monkeypatch.setenv("OLLAMA_HOST", server.url.split("/")[2])
        with opened(browser, page_served.url) as (page, wrong):
            open_part(page, "model-part")
            expect(page.locator("#notice")).to_contain_text("Found: Ollama on this machine")
            open_part(page, "own-server")
            page.locator("#base-url input").click()
            page.get_by_role("option", name="Ollama on this machine").click()
            expect(page.locator("#notice")).to_contain_text("The server has 1 model.")
            expect(page.locator("#model-name input")).to_have_value("m")
            page.locator("#use").click()
            in_use(page, name_of(server.url))
            assert wrong == []


@BOTH
def test_the_models_of_a_server_are_listed_and_one_is_used(
    browser: Browser, page_served: Served, size: tuple[int, int]
) -> None:
    with running() as server, opened(browser, page_served.url, size) as (page, wrong):
        type_own(page, "http://127.0.0.1:9/v1")  # where nothing listens
        page.locator("#find-models").click()
        expect(page.locator("#notice")).to_contain_text("Not found: 127.0.0.1:9 cannot be reached")
        type_own(page, "nonsense")
        page.locator("#find-models").click()
        expect(page.locator("#notice")).to_contain_text("must begin with https://")
        type_own(page, server.url)
        page.locator("#find-models").click()
        expect(page.locator("#notice")).to_contain_text("The server has 1 model.")
        expect(page.locator("#model-name input")).to_have_value("m")
        page.locator("#model-name input").click()
        expect(page.get_by_role("option")).to_have_text(re.compile(r"^\W*m$"))
        shot(page, f"own-server-models-{SIZE[size]}")
        page.get_by_role("option").click()
        assert server.requests == []
        expect(page.locator("#written-by input")).to_have_value("Quotations (no model)")
        page.locator("#use").click()
        in_use(page, name_of(server.url))
        ask(page, "how many parameters does SimDA tune?")
        expect(page.locator("#chat .about")).to_contain_text("openai:m")
        assert fits(page)
        assert wrong == []


def test_a_server_that_answers_nonsense_is_used_and_one_that_is_silent_is_refused(
    browser: Browser, page_served: Served
) -> None:
    with running() as server, opened(browser, page_served.url) as (page, wrong):
        server.reply = lambda request: "Bananas are yellow."
        use_own(page, server.url)
        in_use(page, name_of(server.url))
        use_own(page, "http://127.0.0.1:9/v1", model="other")
        expect(page.locator("#notice")).to_contain_text("Not changed", timeout=60_000)
        assert "OPENAI_" not in page.locator("#notice").inner_text()
        in_use(page, name_of(server.url))  # what was used before goes on
        ask(page, "how many parameters does SimDA tune?")
        assert "fact" in server.forms()
        assert wrong == []


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
        expect(page.locator("#chip-model-part")).to_have_text("Quotations")
        expect(page.locator("#question button")).to_have_text("Ask")
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
        expect(page.locator("#chat a.tool")).to_have_count(0)
        ask(page, "compare it with SimDA")
        expect(page.locator("#chat table th a")).to_have_text(["Tune-A-Video", "SimDA"])
        assert fits(page)
        assert wrong == []


def test_a_suggested_question_is_asked(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, "which papers adapt T2I models to video?")
        first = page.locator("#followups button[data-ask]").first
        expect(first).to_be_visible()
        question = first.inner_text()
        first.click()
        expect(page.locator("#chat .user-row").last).to_contain_text(question)
        expect(page.locator("#chat .bot-row")).to_have_count(2)
        expect(page.locator("#chat .bot-row").last.locator("a.cite").first).to_be_visible()
        assert wrong == []


def test_looking_for_suggestions_leaves_a_new_answer_alone(page_served: Served) -> None:
    service, go = page_served.service, threading.Event()

    def refuse(turns: Sequence[Turn]) -> AnswerStream:
        raise AssistantError("nothing")

    def wait(turns: Sequence[Turn]) -> AnswerStream:
        assert go.wait(30)
        raise AssistantError("nothing")

    identifier = service.live.ask("owner", "", "default", "what?", refuse)
    until_true(lambda: service.live.running("owner", identifier) is None)
    assert len(service.live.turns("owner", identifier)) == 1
    service.live.ask("owner", identifier, "default", "and then?", wait)
    answer = service.live.running("owner", identifier)
    assert answer is not None
    visitor = Visitor("owner", "session", QUOTES, "default", identifier)
    turns = service.live.turns("owner", identifier)
    assert service.next_questions(visitor, turns) is None
    assert service.live.running("owner", identifier) is answer
    assert not answer.done.is_set()
    go.set()
    assert answer.done.wait(10)


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
        chips = page.locator("#chat a.cite")
        numbers = [one.strip("[]") for one in chips.all_inner_texts()]
        assert len(set(numbers[:4])) > 2
        for key, place in (
            ("ArrowRight", 0),
            ("ArrowRight", 1),
            ("ArrowRight", 2),
            ("ArrowRight", 3),
            ("ArrowLeft", 2),
        ):
            page.keyboard.press(key)
            expect(page.locator("article.source.chosen")).to_have_id(f"source-{numbers[place]}")
            expect(chips.nth(place)).to_be_focused()
            expect(page.locator("article.source.chosen mark.meant").first).to_be_in_viewport()
        shot(page, "walked-desktop")
        page.keyboard.press("Enter")
        expect(page.locator(f"#source-{numbers[2]}")).to_be_focused()
        assert wrong == []


def test_escape_stops_an_answer_under_way(browser: Browser, page_served: Served) -> None:
    with running() as server, opened(browser, page_served.url) as (page, wrong):
        use_own(page, server.url)
        in_use(page, name_of(server.url))
        server.asked.clear()
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
        selected(page, 1)
        use_own(page, server.url)
        in_use(page, name_of(server.url))
        server.asked.clear()
        server.reply = lambda request: Fault(text="It tunes ", then="silence")
        page.fill("#question textarea", "how does it work?")
        page.press("#question textarea", "Enter")
        expect(page.locator("#chat .status")).to_be_visible()
        page.get_by_role("tab", name="Map").click()
        page.locator("#map .paper.lit:not(.ticked)").last.click()
        selected(page, 2)
        page.keyboard.press("Escape")
        settled(page)
        expect(page.locator("#map .paper.ticked")).to_have_count(2)
        page.get_by_role("tab", name="Sources").click()
        page.locator("#sources details.earlier summary").click()
        expect(ticks(page)).to_have_count(2)
        selected(page, 2)
        assert wrong == []
