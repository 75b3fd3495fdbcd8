"""Papers brought to the chat page in real Chromium: dropped, added with progress and a report,
refused in words, asked about."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, JSHandle, Page, expect

from assistant.models.minilm import MiniLM
from assistant.web.server import serve
from ingest import index
from tests.chromium import (
    DESKTOP,
    PHONE,
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
    served,
    shot,
    site,
)
from tests.conftest import read_papers, write_records

__all__ = ["browser", "own_data", "site"]
pytestmark = pytest.mark.browser

ZEBRAS = [
    {
        "title": "ZebraNet: counting zebras from the air",
        "abstract": "We count zebras in aerial photographs. ZebraNet tunes 77M parameters and finds 94% of all zebras in Kenya.",
        "year": 2024, "authors": ["Ada Lovelace", "Bo Li"], "venue": "Savanna Conference 2024",
    },
    {
        "title": "Sleep of lions measured by collars",
        "abstract": "Lions sleep twenty hours a day. We measure the sleep of lions with collars and find that rain shortens it.",
        "year": 2021, "venue": "Journal of Lions",
    },
]  # fmt: skip


def open_corpus_part(page: Page) -> None:
    open_part(page, "corpus-part")


def add(page: Page, target: str, *files: Path) -> None:
    """Choose files, name the corpus and add them, without waiting for the report."""
    open_corpus_part(page)
    page.locator("#files input[type=file]").set_input_files(files)
    expect(page.locator("#files .file-preview tr")).to_have_count(len(files))
    name(page, target)
    page.locator("#add").click()


def name(page: Page, target: str) -> None:
    page.locator("#target :is(input, textarea)").fill(target)


def choose(page: Page, corpus: str) -> None:
    """Choose the corpus that is asked about."""
    open_corpus_part(page)
    page.locator("#corpus input").click()
    page.get_by_role("option", name=corpus, exact=True).click()


def offers(page: Page, venue: str) -> bool:
    """Whether the filters offer a venue of the corpus that is asked."""
    open_part(page, "filters")
    page.locator("#venue input").fill(venue[:4])
    page.wait_for_timeout(500)
    found = page.get_by_role("option", name=venue, exact=True).count() > 0
    page.locator("#venue input").fill("")
    page.locator("#words :is(input, textarea)").focus()
    return found


def report(page: Page, *words: str) -> None:
    """Wait for a report that says all this."""
    for one in words:
        expect(page.locator("#report")).to_contain_text(one, timeout=60_000)


def carried(page: Page, file: Path) -> JSHandle:
    """A file as it comes with a mouse that drops it."""
    script = """([name, text]) => { const data = new DataTransfer(); data.items.add(new File([text], name)); return data; }"""
    return page.evaluate_handle(script, [file.name, file.read_text("utf-8")])


def drop(page: Page, file: Path) -> None:
    """Drop a file onto the place for files, as a mouse does."""
    data = carried(page, file)
    page.locator("#files button").first.dispatch_event("drop", {"dataTransfer": data})


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_dropped_file_makes_a_new_corpus_to_ask(
    browser: Browser, site: Site, tmp_path: Path, size: tuple[int, int]
) -> None:
    file = write_records(tmp_path / "zebras.jsonl", ZEBRAS)
    where = "phone" if size == PHONE else "desktop"
    with opened(browser, site.url, size) as (page, wrong):
        ask(page, "how many parameters does SimDA tune?")
        open_corpus_part(page)
        drop(page, file)
        expect(page.locator("#files .file-preview")).to_contain_text("zebras")
        name(page, "zoo")
        page.locator("#report").scroll_into_view_if_needed()
        shot(page, f"dropped-{where}")
        page.locator("#add").click()
        report(page, "Done. The corpus zoo now holds 2 papers.", "2 added")
        expect(page.locator("#files .file-preview")).to_have_count(0)
        shot(page, f"report-{where}")
        assert fits(page)
        # Nothing else has changed; the new corpus can be chosen, and a new conversation begins with
        # it.
        expect(page.locator("#chat .bot-row")).to_have_count(1)
        expect(page.locator("#head")).to_contain_text("219 papers of this corpus")
        choose(page, "zoo")
        expect(page.locator("#head")).to_contain_text("2 papers of the corpus zoo")
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        expect(page.locator("#chip-corpus-part")).to_have_text("zoo · 2 papers")
        expect(page.locator("#welcome h2")).to_have_text("Ask the 2 papers of the corpus zoo")
        page.locator("#question textarea").click()
        expect(page.locator("#corpus-part")).not_to_be_visible()
        ask(page, "how many parameters does ZebraNet tune?")
        expect(page.locator("#chat .bot-row")).to_contain_text("77M parameters")
        expect(page.locator("#sources article h3").first).to_contain_text("ZebraNet")
        open_sources(page)
        page.get_by_role("tab", name="Map").click()
        expect(page.locator("#map .paper")).to_have_count(2)
        assert fits(page)
        # A conversation of another corpus brings its corpus with it, and back.
        open_menu(page)
        page.locator("#conversations a.row").filter(has_text="SimDA").click()
        expect(page.locator("#head")).to_contain_text("219 papers of this corpus")
        expect(page.locator("#corpus input")).to_have_value("default")
        expect(page.locator("#target :is(input, textarea)")).to_have_value("mine")
        expect(page.locator("#chip-corpus-part")).to_have_text("default · 219 papers")
        open_menu(page)
        page.locator("#conversations a.row").filter(has_text="ZebraNet").click()
        expect(page.locator("#head")).to_contain_text("2 papers of the corpus zoo")
        expect(page.locator("#corpus input")).to_have_value("zoo")
        expect(page.locator("#map .paper")).to_have_count(2)
        expect(page.locator("#chat .bot-row")).to_contain_text("77M parameters")
        assert wrong == []


def test_the_filters_offer_the_venues_of_the_corpus_that_is_asked(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    with opened(browser, site.url) as (page, wrong):
        ask(page, "how many parameters does SimDA tune?")
        add(page, "zoo", write_records(tmp_path / "zebras.jsonl", ZEBRAS))
        report(page, "The corpus zoo now holds 2 papers")
        assert offers(page, "ICCV")
        choose(page, "zoo")
        expect(page.locator("#chip-corpus-part")).to_have_text("zoo · 2 papers")
        assert offers(page, "Savanna Conference")
        assert not offers(page, "ICCV")
        open_menu(page)
        page.locator("#conversations a.row").filter(has_text="SimDA").click()
        expect(page.locator("#chip-corpus-part")).to_have_text("default · 219 papers")
        assert offers(page, "ICCV")
        assert not offers(page, "Savanna Conference")
        page.reload()
        expect(page.locator("#chat .bot-row")).to_have_count(1)
        assert offers(page, "ICCV")
        assert wrong == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_file_dropped_anywhere_is_added_and_its_corpus_asked_at_once(
    browser: Browser, site: Site, tmp_path: Path, size: tuple[int, int]
) -> None:
    file = write_records(tmp_path / "zebras.jsonl", ZEBRAS)
    with opened(browser, site.url, size) as (page, wrong):
        ask(page, "how many parameters does SimDA tune?")
        data = carried(page, file)
        page.locator("#thread").dispatch_event("dragover", {"dataTransfer": data})
        expect(page.locator("#dropping")).to_be_visible()
        page.locator("#thread").dispatch_event("drop", {"dataTransfer": data})
        expect(page.locator("#dropping")).not_to_be_visible()
        expect(page.locator("#corpus-part")).to_be_visible()
        expect(page.locator("#files .file-preview")).to_contain_text("zebras")
        name(page, "zoo")
        page.locator("#add").click()
        report(page, "The corpus zoo now holds 2 papers")
        use = page.locator("#use-corpus")
        expect(use).to_have_text("Ask the 2 papers of zoo")
        use.click()
        expect(page.locator("#head")).to_contain_text("2 papers of the corpus zoo")
        expect(page.locator("#chip-corpus-part")).to_have_text("zoo · 2 papers")
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        page.locator("#question textarea").click()
        ask(page, "how many parameters does ZebraNet tune?")
        expect(page.locator("#chat .bot-row")).to_contain_text("77M parameters")
        assert fits(page)
        assert wrong == []


def test_a_library_is_dropped_and_records_are_pasted(browser: Browser, site: Site) -> None:
    library = Path(__file__).parent / "formats" / "library.bib"
    with opened(browser, site.url) as (page, wrong):
        ask(page, "how many parameters does SimDA tune?")
        open_corpus_part(page)
        page.locator("#files input[type=file]").set_input_files(library)
        expect(page.locator("#files .file-preview")).to_contain_text("library")
        expect(page.locator("#target :is(input, textarea)")).to_have_value("library")
        name(page, "mine")
        page.locator("#add").click()
        report(page, "The corpus mine now holds 4 papers", "library.bib: 1 record has no abstract")
        pasted = page.locator("#pasted textarea, #pasted input")
        pasted.fill("2308.09710, 10.1145/3292500")
        page.locator("#add").click()
        report(page, "Nothing was added: what was pasted: ids alone have no abstracts")
        pasted.fill(
            "TY  - JOUR\nTI  - Okapis at Dusk\nAU  - Kanu, Ada\nPY  - 2024\n"
            "AB  - We count 93 okapis at dusk.\nER  - \n"
        )
        page.locator("#add").click()
        report(page, "The corpus mine now holds 5 papers")
        expect(pasted).to_have_value("")
        page.locator("#use-corpus").click()
        expect(page.locator("#chat .bot-row")).to_have_count(0)
        ask(page, "how many okapis were counted?")
        expect(page.locator("#chat .bot-row").last).to_contain_text("93 okapis")
        assert wrong == []


RECORDS = """@article{a, title={Okapis at Dusk}, abstract={We count 93 okapis.}, doi={10.1000/okapi.1}}
@article{b, title={Okapis at Dawn}, abstract={We count 94 okapis.}, pmid={31537801}}
@article{c, title={Okapis at Noon}, abstract={We count 95 okapis.}, url={https://zoo.org/okapis}}
@article{d, title={Okapis at Night}, abstract={We count 96 okapis.}}
"""
PAGES = {
    "Okapis at Dusk": "https://doi.org/10.1000/okapi.1",
    "Okapis at Dawn": "https://pubmed.ncbi.nlm.nih.gov/31537801/",
    "Okapis at Noon": "https://zoo.org/okapis",
    "Okapis at Night": None,
}


def test_a_title_leads_to_the_papers_own_page_or_nowhere(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        open_corpus_part(page)
        page.locator("#pasted textarea, #pasted input").fill(RECORDS)
        page.locator("#add").click()
        report(page, "The corpus mine now holds 4 papers")
        page.locator("#use-corpus").click()
        expect(page.locator("#chip-corpus-part")).to_have_text("mine · 4 papers")
        ask(page, "which papers count okapis?")
        for title, address in PAGES.items():
            for place in (page.locator("#chat .bot-row").last, page.locator("#sources")):
                link = place.get_by_role("link", name=title)
                expect(place).to_contain_text(title)
                if address:
                    expect(link.first).to_have_attribute("href", address)
                else:
                    expect(link).to_have_count(0)
        assert page.locator('a[href*="arxiv.org/search"]').count() == 0
        assert wrong == []


def test_papers_are_added_without_scrolling_while_some_are_selected(
    browser: Browser, site: Site
) -> None:
    with opened(browser, site.url, TABLET) as (page, wrong):
        ask(page, "which papers adapt T2I models to video?")
        for place in range(4):
            page.locator("#sources input.only").nth(place).check()
        expect(page.locator("#tray h2")).to_have_text("Selected (4)")
        open_corpus_part(page)
        button, panel = (page.locator(one).bounding_box() for one in ("#add", "#corpus-part"))
        assert button
        assert panel
        assert button["y"] + button["height"] <= panel["y"] + panel["height"]
        # A bar at an edge says that there is more; there is none where nothing is hidden.
        open_part(page, "model-part")
        own = page.locator("#own-server")
        assert own.evaluate("one => getComputedStyle(one).overflow") == "visible"
        assert wrong == []


def test_the_corpus_in_use_grows_under_the_conversation(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    changed = [
        ZEBRAS[0],
        {**ZEBRAS[1], "abstract": "Lions sleep ten hours a day, as better collars show."},
    ]
    with opened(browser, site.url) as (page, wrong):
        ask(page, "how many parameters does SimDA tune?")
        add(page, "default", write_records(tmp_path / "a.jsonl", ZEBRAS))
        report(page, "The corpus default now holds 221 papers", "2 added")
        # At once, and the conversation goes on.
        expect(page.locator("#head")).to_contain_text("221 papers")
        page.get_by_role("tab", name="Map").click()
        expect(page.locator("#map .paper")).to_have_count(221)
        page.get_by_role("tab", name="Sources").click()
        open_part(page, "filters")
        page.locator("#venue input").fill("Sav")
        expect(page.get_by_role("option", name="Savanna Conference")).to_be_visible()
        page.locator("#venue input").fill("")
        page.keyboard.press("Escape")
        expect(page.locator("#chat .bot-row")).to_have_count(1)
        ask(page, "how many parameters does ZebraNet tune?")
        expect(page.locator("#chat .bot-row").last).to_contain_text("77M parameters")
        # A file is known by its name: what it says now is in place of what it said.
        add(page, "default", write_records(tmp_path / "a.jsonl", changed))
        report(page, "1 replaced: the file has another text", "1 left as before: there already")
        expect(page.locator("#report")).to_contain_text("now holds 221 papers")
        ask(page, "how long do lions sleep?")
        expect(page.locator("#chat .bot-row").last).to_contain_text("ten hours")
        assert wrong == []


def test_pages_beir_and_several_files_at_once(browser: Browser, site: Site, tmp_path: Path) -> None:
    whole = (resources.files("ingest") / "corpus" / "huggingface-papers.txt").read_text("utf-8")
    page_file = tmp_path / "saved-page.txt"
    page_file.write_text("\n".join(whole.split("\n")[:40]), "utf-8")
    held = len(read_papers([page_file]))
    assert held > 1
    records: list[dict[str, object]] = [
        {"_id": "1", "title": "Okapis", "text": "Okapis live in the forests of Congo."},
        {"_id": "2", "title": "", "text": ""},
    ]
    beir = write_records(tmp_path / "corpus.jsonl", records)
    lines = write_records(tmp_path / "zebras.ndjson", ZEBRAS)
    lines.write_text(f"{lines.read_text('utf-8').rstrip()}\n{{not json\n", "utf-8")
    with opened(browser, site.url) as (page, wrong):
        add(page, "mixed", page_file, beir, lines)
        report(
            page,
            f"The corpus mixed now holds {held + 3} papers",
            f"{held + 3} added",
            "1 skipped: no abstract",
            "1 left out: cannot be used",
            "zebras.ndjson:3: not a JSON object on one line",
        )
        shot(page, "report-mixed-desktop")
        choose(page, "mixed")
        expect(page.locator("#head")).to_contain_text(f"{held + 3} papers of the corpus mixed")
        ask(page, "where do okapis live?")
        expect(page.locator("#chat .bot-row")).to_contain_text("forests of Congo")
        # Whoever comes later finds it in the list.
        with opened(browser, site.url) as (other, _):
            open_corpus_part(other)
            choose(other, "mixed")
            expect(other.locator("#head")).to_contain_text(f"{held + 3} papers of the corpus mixed")
        assert wrong == []


def test_what_cannot_be_added_is_told_in_words_and_nothing_changes(
    browser: Browser,
    own_data: Path,
    embedder: MiniLM,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = tmp_path / "uploads"
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(temporary))
    monkeypatch.setattr(serve, "LARGEST", "20kb")
    good = write_records(tmp_path / "good.jsonl", ZEBRAS)
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{not json\n", "utf-8")
    program, disguised, big = (
        tmp_path / "program.exe",
        tmp_path / "program.jsonl",
        tmp_path / "big.jsonl",
    )
    program.write_bytes(b"MZ\x90\0\x03")
    disguised.write_bytes(b"MZ\x90\0\x03")
    big.write_text(json.dumps({"title": "Big", "abstract": "word " * 9000}), "utf-8")
    with served(own_data, embedder) as site, opened(browser, site.url) as (page, wrong):
        files = sorted(
            path.relative_to(own_data) for path in own_data.rglob("*") if "sqlite3" not in path.name
        )
        open_corpus_part(page)
        page.locator("#add").click()
        report(page, "Nothing was added: choose at least one file, or paste records.")
        add(page, "default", good, broken)
        report(page, "Nothing was added: broken.jsonl:1: not a JSON object on one line")
        assert str(tmp_path) not in page.locator("#report").inner_text()
        shot(page, "refused-desktop")
        # What cannot be read goes; what was only to go to a wrong place stays.
        expect(page.locator("#files .file-preview tr")).to_have_count(0)
        page.locator("#files input[type=file]").set_input_files(good)
        expect(page.locator("#files .file-preview tr")).to_have_count(1)
        for corpus, words in (
            ("../x", "'../x' cannot be a corpus' name"),
            ("a/b", "'a/b' cannot be a corpus' name"),
            ("  ", "name the corpus that the papers are to go into"),
            ("a" * 200, "cannot be a corpus' name; use up to 64"),
        ):
            name(page, corpus)
            page.locator("#add").click()
            report(page, words)
            assert "PAPER_ASSISTANT" not in page.locator("#report").inner_text()
            expect(page.locator("#files .file-preview tr")).to_have_count(1)
            assert fits(page)
        page.locator("#files").get_by_role("button", name="Clear").click()
        add(page, "new", disguised)
        report(page, "Nothing was added: program.jsonl: this is a binary file; give text in UTF-8")
        expect(page.locator("#files .file-preview tr")).to_have_count(0)
        page.locator("#files input[type=file]").set_input_files(big)
        expect(page.get_by_text("maximum allowed size").first).to_be_visible()
        shot(page, "too-large-desktop")
        page.locator("#files input[type=file]").set_input_files(program)
        expect(page.get_by_text("Invalid file type").first).to_be_visible()
        expect(page.locator("#head")).to_contain_text("219 papers")
        assert (
            sorted(
                path.relative_to(own_data)
                for path in own_data.rglob("*")
                if "sqlite3" not in path.name
            )
            == files
        )
        assert wrong == []


@contextmanager
def slow_embedding(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Hold every ingest before its second batch is stored until the event is set."""
    go = threading.Event()
    real = index._encoded

    def encoded(*given: Any) -> Iterator[Any]:
        for place, batch in enumerate(real(*given)):
            if place == 1:
                assert go.wait(60)
            yield batch

    monkeypatch.setattr(index, "_encoded", encoded)
    try:
        yield go
    finally:
        go.set()


def test_others_go_on_while_papers_are_added(
    browser: Browser,
    site: Site,
    tmp_path: Path,
    some_papers: list[dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write_records(tmp_path / "some.jsonl", some_papers)
    with slow_embedding(monkeypatch) as go, opened(browser, site.url) as (page, wrong):
        add(page, "default", file)
        report(page, f"Embedding: 16 of {len(some_papers)} papers")
        shot(page, "embedding-desktop")
        with opened(browser, site.url) as (other, bad):
            ask(other, "how many parameters does SimDA tune?")
            expect(other.locator("#chat .bot-row a.cite").first).to_be_visible()
            # Two at once into one corpus: the second is told.
            add(other, "default", write_records(tmp_path / "zebras.jsonl", ZEBRAS))
            report(
                other,
                "Nothing was added: papers are being added to the corpus default just now; try"
                " again",
            )
            shot(other, "busy-desktop")
            # Into another one it goes: the file is still there.
            expect(other.locator("#files .file-preview tr")).to_have_count(1)
            name(other, "zoo")
            other.locator("#add").click()
            report(other, "The corpus zoo now holds 2 papers")
            go.set()
            report(page, f"now holds {219 + len(some_papers)} papers", f"{len(some_papers)} added")
            # Now it can be added to.
            add(other, "default", write_records(tmp_path / "lions.jsonl", ZEBRAS))
            report(other, f"now holds {219 + len(some_papers) + 2} papers")
            assert bad == []
        assert wrong == []


def test_a_page_that_is_left_ends_its_adding_in_order(
    browser: Browser,
    site: Site,
    tmp_path: Path,
    some_papers: list[dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write_records(tmp_path / "some.jsonl", some_papers)
    with slow_embedding(monkeypatch) as go:
        with opened(browser, site.url) as (page, _):
            add(page, "mine", file)
            report(page, "Embedding: 16 of")
        go.set()
    until = time.monotonic() + 60
    while not (site.data / "corpora" / "mine" / "current.json").exists():
        assert time.monotonic() < until
        time.sleep(0.1)
    with opened(browser, site.url) as (page, wrong):
        expect(page.locator("#corpus-part")).to_be_attached()
        while "just now" in (added := _again(page, file)):
            assert time.monotonic() < until, added
        assert f"now holds {len(some_papers)} papers" in added
        assert wrong == []


def _again(page: Page, file: Path) -> str:
    """Add a file and return the report, also that papers are being added still."""
    add(page, "mine", file)
    expect(page.locator("#report")).to_contain_text(re.compile("now holds|just now"))
    return page.locator("#report").inner_text()
