"""The chat page in real Chromium, for the tests of it: a browser, a page opened in it, a question
asked."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.assistant import Assistant
from assistant.index.corpora import folder_of
from assistant.models.chat import ChatModel
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from assistant.web.server.app import launch

expect.set_options(timeout=20_000)  # two cores run more than this at a time

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
# Where screenshots of the main states are kept to be looked at; without it none are.
SHOTS = Path(os.environ["PAPER_ASSISTANT_SHOTS"]) if "PAPER_ASSISTANT_SHOTS" in os.environ else None
DESKTOP, TABLET, PHONE = (1440, 900), (1024, 768), (390, 844)
_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium until the block ends; meanwhile no other event loop can run in this thread."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=_OPTIONS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium, and CI must have one: apt-get install chromium")
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    with chromium() as found:
        yield found


@dataclass(frozen=True)
class Site:
    """A page that is being served: its address, and the data folder that its conversations and
    corpora lie in."""

    url: str
    data: Path


@contextmanager
def served(
    data: Path, embedder: MiniLM, chat: ChatModel | None = None, **settings: object
) -> Iterator[Site]:
    """Serve the page over the corpora in `data`; the port is the next free one."""
    trusted = {"profile": "strong", "cache": False}
    found = load_settings(**{"data_dir": data, "port": 7900, **trusted, **settings})
    assistant = Assistant(folder_of(found), embedder, chat)
    page = launch(assistant, found)
    try:
        yield Site(page.url, data)
    finally:
        page.close()
        assistant.close()


@pytest.fixture
def own_data(data_dir: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own, with the bundled corpus indexed."""
    shutil.copytree(data_dir / "default", tmp_path / "data" / "default")
    return tmp_path / "data"


@pytest.fixture
def site(own_data: Path, embedder: MiniLM) -> Iterator[Site]:
    """A page of the test's own, over the bundled corpus, answering by quotations."""
    with served(own_data, embedder) as found:
        yield found


@contextmanager
def opened(
    browser: Browser, url: str, size: tuple[int, int] = DESKTOP, dark: bool = False
) -> Iterator[tuple[Page, list[str]]]:
    """A page in a browser context of its own, and what it asked of anywhere else, said in a dialog
    or threw as an error."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url.rstrip("/"))
    page = context.new_page()
    wrong: list[str] = []
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((url, "data:", "blob:")) else wrong.append(request.url)
        ),
    )
    page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: None if of_gradio(error) else wrong.append(f"error {error}"))
    page.goto(url + ("?__theme=dark" if dark else ""))
    wait_for_script(page)
    try:
        yield page, wrong
    except BaseException as error:
        error.add_note(f"What the page did wrong until then: {wrong}")
        raise
    finally:
        context.close()


def wait_for_script(page: Page) -> None:
    """Wait until the page's own script has run: where there is room, it has opened the menu."""
    page.wait_for_selector("#question textarea")
    expect(page.locator("#side[role=navigation]")).to_be_attached()


def of_gradio(error: Any) -> bool:
    """Whether an error is Gradio's own: its menus throw one, and go on, where their choices change
    while they close."""
    closing = "reading '0'" in str(error)
    return closing and "/assets/Index-" in str(getattr(error, "stack", ""))


def ask(page: Page, question: str) -> None:
    """Type a question, and wait for its whole answer and for what follows from it."""
    said = page.locator("#chat .bot-row").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    expect(page.locator("#chat .bot-row")).to_have_count(said + 1)
    settled(page)


def settled(page: Page) -> None:
    """Wait until the answer under way is whole."""
    expect(page.locator("#question button")).to_have_text(re.compile("Ask"))
    expect(page.locator("#chat .bot-row .status")).to_have_count(0)
    page.wait_for_timeout(500)
    still(page)


# Frames, not milliseconds: a busy machine draws a slide of .2 s over a whole second.
_STILL = """() => new Promise((done) => {
    const start = performance.now()
    let before = "", calm = 0
    const look = () => {
        const now = [...document.querySelectorAll("#side, #side .block, #question, #beside, #chat .bot-row")]
            .map((one) => { const { x, y, width, height } = one.getBoundingClientRect()
                return [x, y, width, height] }).join()
        calm = now === before ? calm + 1 : 0
        before = now
        calm > 20 || performance.now() - start > 20000 ? done() : requestAnimationFrame(look)
    }
    look()
})"""


def still(page: Page) -> None:
    """Wait until nothing slides, grows or scrolls any more: the same places in 20 frames."""
    page.evaluate(_STILL)


def open_menu(page: Page) -> None:
    """Open the history at the side where it is closed, as on a phone."""
    if page.locator("body.no-side").count():
        page.locator('#head [data-pane="side"]').click()
        expect(page.locator("body.no-side")).to_have_count(0)
    still(page)


def open_sources(page: Page) -> None:
    """Open the sources where they are closed, as on a phone."""
    if page.locator("body.no-beside").count():
        page.locator('#head [data-pane="beside"]').click()
        expect(page.locator("body.no-beside")).to_have_count(0)
    still(page)


def open_part(page: Page, part: str) -> None:
    """Open a panel of the composer by its id: "corpus-part", "model-part", "filters"; or the
    "own-server" fold in one."""
    if part == "own-server":
        head = page.locator(f"#{part} > button").first
        if "open" not in (head.get_attribute("class") or ""):
            head.click()
    elif page.locator(f"#{part}.open").count() == 0:
        page.locator(f"#chip-{part}").click()
        expect(page.locator(f"#{part}.open")).to_be_visible()
    still(page)


def row_menu(page: Page, title: str, item: str) -> None:
    """Choose an item of the menu of the conversation with this title."""
    open_menu(page)
    row = page.locator("#conversations li").filter(has_text=title).first
    row.hover()
    row.locator("button.more").click()
    page.locator("#rowmenu").get_by_role("menuitem", name=item).click()


def export(page: Page, title: str, form: str, style: str = "") -> None:
    """Export the conversation with this title to a form, as the page calls it."""
    row_menu(page, title, "Export …")
    choose_export(page, form, style)


def choose_export(page: Page, form: str, style: str = "", part: str = "") -> None:
    """Choose in the open dialog what is exported to, in which style, and of what."""
    box = page.get_by_role("dialog", name="Export")
    if part:
        box.get_by_label("Of what").select_option(label=part)
    box.get_by_label("Form").select_option(label=form)
    if style:
        box.get_by_label("Style of citing").select_option(label=style)
    box.get_by_role("button", name="Save").click()


def in_view(page: Page, selector: str, box: str) -> bool:
    """Whether the last element that `selector` finds begins inside the visible part of `box`."""
    script = """([one, box]) => { const a = [...document.querySelectorAll(one)].pop().getBoundingClientRect(),
        b = document.querySelector(box).getBoundingClientRect();
        return a.top >= b.top - 2 && a.top < Math.min(b.bottom, innerHeight) }"""
    return bool(page.evaluate(script, [selector, box]))


def fits(page: Page) -> bool:
    """Whether the page is no wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def shot(page: Page, name: str) -> None:
    """Keep a picture of the page, where PAPER_ASSISTANT_SHOTS names a folder for them."""
    if SHOTS:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png")


def picture(page: Page, name: str, height: int) -> None:
    """Keep a picture for README, as `shot` does, of a window `height` pixels high and in few
    colours: the newest answer from its question on, the chosen source from its title on."""
    if not SHOTS:
        return
    if page.locator("#side.open").count():  # the menu is not what the picture is of
        page.locator("#side .toggle-button").click()
    page.set_viewport_size({"width": DESKTOP[0], "height": height})
    page.wait_for_timeout(1500)  # the page scrolls smoothly
    for shown in ("article.source.chosen", "#chat .user-row"):
        page.locator(shown).last.evaluate(
            "shown => shown.scrollIntoView({ block: 'start', behavior: 'instant' })"
        )
    page.wait_for_timeout(300)
    shot(page, name)
    path, end = SHOTS / f"{name}.png", page.locator("#page").bounding_box()
    assert end
    whole = Image.open(path).convert("RGB")
    used = whole.crop((0, 0, whole.width, min(whole.height, int(end["y"] + end["height"]) + 16)))
    used.quantize(128).save(path, optimize=True)
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
