"""The documents as a site: whole, and nothing of it comes from elsewhere."""

from __future__ import annotations

import functools
import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.chromium import browser as browser

ROOT = Path(__file__).parent.parent
_FENCE = re.compile(r"^(`{3,})[^`\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
_OF_STYLES = re.compile(r"""(?:url\(|@import\s+)\s*["']?([^"')\s;]+)""")
# What a browser fetches without being asked; `a` is for whoever clicks.
_LOADED = {("link", "href"), ("form", "action"), ("object", "data"), ("video", "poster")}


class Addresses(HTMLParser):
    """The addresses in a page: those that a browser loads, and those that links lead to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.led: list[str] = []
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "srcset") or (tag, name) in _LOADED:
                self.loaded.append(value or "")
            elif name == "style":
                self.loaded += _OF_STYLES.findall(value or "")
            elif (tag, name) == ("a", "href"):
                self.led.append(value or "")


def built(folder: Path) -> Path:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    subprocess.run([*command, "-f", ROOT / ".mkdocs.yml", "-d", folder], check=True, timeout=120)
    return folder


@pytest.fixture(scope="module")
def docs_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("site"))


def pages(site: Path) -> list[Path]:
    found = sorted(site.rglob("*.html"))
    assert len(found) > 10
    return found


def foreign(address: str) -> bool:
    return bool(urlsplit(address).netloc) or urlsplit(address).scheme not in ("", "data")


def test_no_page_or_style_loads_anything_from_elsewhere(docs_site: Path) -> None:
    loaded = [address for page in pages(docs_site) for address in Addresses(page).loaded]
    for style in docs_site.rglob("*.css"):
        loaded += _OF_STYLES.findall(style.read_text("utf-8"))
    assert len(loaded) > 100
    assert [address for address in loaded if foreign(address)] == []


def test_what_a_page_loads_or_links_to_is_there(docs_site: Path) -> None:
    """mkdocs looks at the links of Markdown only."""
    for page in pages(docs_site):
        if page.name == "404.html":  # it stands at any address
            continue
        addresses = Addresses(page)
        for address in (*addresses.loaded, *addresses.led):
            if not foreign(address) and (path := urlsplit(address).path):
                assert (page.parent / unquote(path)).exists(), (page, address)


def test_every_block_of_code_is_one_on_the_site_too(docs_site: Path) -> None:
    """Python-Markdown knows fewer of them than the forge."""
    for document in (ROOT / "README.md", *ROOT.glob("docs/**/*.md")):
        name = document.relative_to(ROOT).with_suffix("")
        page = docs_site / (name.parent if name.name == "README" else name) / "index.html"
        fences = len(_FENCE.findall(document.read_text("utf-8")))
        assert page.read_text("utf-8").count('<div class="codehilite">') == fences, document


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def at_loopback(folder: Path) -> Iterator[str]:
    handler = functools.partial(QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_site_is_searched_without_asking_anyone(docs_site: Path, browser: Browser) -> None:
    with at_loopback(docs_site) as url:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{url}docs/api/")
        page.keyboard.press("s")
        box, found = page.locator("#mkdocs-search-query"), page.locator("#mkdocs-search-results a")
        box.fill("password")
        for _ in range(100):  # a key is not heard before the index is loaded
            if found.count():
                break
            box.press("End")
            page.wait_for_timeout(100)
        expect(found.first).to_be_visible()
        assert len(asked) > 10
        assert [address for address in asked if not address.startswith(url)] == []
        page.close()
