"""The pictures of docs/chat-page.md and README: `python -m tests.page_shots`, about two minutes.

Each state of the page at three sizes, light above dark, in one small picture; two of them alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from ingest.bundled import index_bundled
from tests.chromium import (
    PHONE,
    ask,
    chromium,
    open_menu,
    open_part,
    open_sources,
    opened,
    served,
    still,
)

OUT = Path(__file__).parent.parent / "docs" / "images"
SIZES = ((1440, 900), (1024, 768), PHONE)
ALONE = {"citation": "answer.png", "table": "comparison.png"}
"""What README shows, at the first size."""
_WIDTH, _ALONE_WIDTH, _GAP, _COLOURS = 1500, 1200, 12, 128


def main() -> None:
    """Take all pictures."""
    embedder = MiniLM()
    with tempfile.TemporaryDirectory() as folder:
        index_bundled(Folder(Path(folder) / "default"), embedder)
        shots: dict[str, list[Path]] = {}
        with served(Path(folder), embedder) as site, chromium() as browser:
            for dark in (False, True):
                for size in SIZES:
                    with opened(browser, site.url, size, dark) as (page, _):
                        for name in _states(page):
                            page.wait_for_timeout(500)
                            path = Path(folder) / f"{name}-{size[0]}-{dark}.png"
                            page.screenshot(path=path)
                            shots.setdefault(name, []).append(path)
        for name, paths in shots.items():
            _join(paths, OUT / f"page-{name}.png")
        for name, alone in ALONE.items():
            image = Image.open(shots[name][0]).convert("RGB")
            size = (_ALONE_WIDTH, round(image.height * _ALONE_WIDTH / image.width))
            _save(image.resize(size, Image.Resampling.LANCZOS), OUT / alone)


def _states(page: Page) -> Iterator[str]:
    """Bring the page from state to state; yield the name of each."""
    yield "first"
    ask(page, "which papers adapt T2I models to video?")
    yield "list"
    page.locator("#chat a.cite", has_text="[3]").first.click()
    yield "citation"
    page.keyboard.press("Escape")
    page.locator("#chat a.cite", has_text="[2]").first.scroll_into_view_if_needed()
    page.locator("#chat a.cite", has_text="[2]").first.hover()
    yield "peek"
    page.mouse.move(2, 2)
    ask(page, "compare SimDA with Tune-A-Video")
    yield "table"
    open_sources(page)
    page.locator("#sources details.earlier summary").click()
    for place in (0, 1, 3):
        page.locator("#sources input.only").nth(place).check()
    page.locator("#tray .pick").nth(2).wait_for()
    yield "tray"
    yield from _beside(page)
    page.keyboard.press("Escape")
    for panel, name in (("model-part", "model"), ("filters", "filters"), ("corpus-part", "corpus")):
        open_part(page, panel)
        yield name
        page.keyboard.press("Escape")
    open_menu(page)
    page.locator("#conversations button.more").first.click()
    yield "history"


def _beside(page: Page) -> Iterator[str]:
    for tab, name in (("Map", "map"), ("Years & venues", "charts")):
        page.get_by_role("tab", name=tab).click()
        still(page)
        yield name
    page.get_by_role("tab", name="Sources").click()


def _join(paths: list[Path], out: Path) -> None:
    """Put three light pictures above three dark ones, small."""
    images = [Image.open(path).convert("RGB") for path in paths]
    rows = [images[: len(SIZES)], images[len(SIZES) :]]
    high = max(image.height for image in images)
    wide = sum(image.width for image in rows[0]) + _GAP * (len(SIZES) - 1)
    sheet = Image.new("RGB", (wide, high * len(rows) + _GAP), "#808080")
    for row, pictures in enumerate(rows):
        left = 0
        for image in pictures:
            sheet.paste(image, (left, row * (high + _GAP)))
            left += image.width + _GAP
    size = (_WIDTH, round(sheet.height * _WIDTH / wide))
    sheet = sheet.resize(size, Image.Resampling.LANCZOS)
    _save(sheet, out)


def _save(image: Image.Image, out: Path) -> None:
    image.quantize(_COLOURS).save(out, optimize=True)


if __name__ == "__main__":
    main()
