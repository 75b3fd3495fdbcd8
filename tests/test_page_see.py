"""The chat page in real Chromium: what is seen of the papers: tables and their tools, the map, the
charts, readable text."""

from __future__ import annotations

import io
import re
from collections import Counter
from math import dist

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from assistant.composing.paper_counts import name_series
from assistant.types import Paper
from tests.chromium import (
    DESKTOP,
    PHONE,
    TABLET,
    Site,
    ask,
    browser,
    fits,
    in_view,
    open_menu,
    open_part,
    open_sources,
    opened,
    own_data,
    settled,
    shot,
    site,
    still,
    wait_for_script,
)

__all__ = ["browser", "own_data", "site"]
pytestmark = pytest.mark.browser
BOTH = pytest.mark.parametrize("size", [DESKTOP, PHONE])
BOTH_THEMES = pytest.mark.parametrize("dark", [False, True])
LIST = "which papers adapt T2I models to video?"
ON_TOP = """(_, [paper, x, y]) =>
  document.elementFromPoint(x, y)?.closest(".paper")?.dataset.paper === paper"""
CENTRES = """svg => Object.fromEntries([...svg.querySelectorAll('circle.paper')].map(one => {
    const box = one.getBoundingClientRect(); return [one.dataset.paper, [box.x + box.width / 2, box.y + box.height / 2]] }))"""
# Pairs of texts of the map whose boxes share more than a hair's breadth, and texts that stick out
# of the picture.
OVERLAPS = """svg => { const all = [...svg.querySelectorAll('text')].filter(one => one.checkVisibility()).map(one => [one.textContent, one.getBoundingClientRect()]);
    const edge = svg.getBoundingClientRect();
    const out = all.filter(([, a]) => a.left < edge.left - 1 || a.right > edge.right + 1).map(([text]) => 'out: ' + text);
    return out.concat(all.flatMap(([one, a], n) => all.slice(n + 1).filter(([, b]) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1
    ).map(([other]) => one + ' / ' + other))) }"""
# Texts of the map that cover a point by more than a pixel, and their heights.
COVERS = """svg => { const circles = [...svg.querySelectorAll('circle.paper')].map(one => one.getBoundingClientRect());
    const texts = [...svg.querySelectorAll('text')].filter(one => one.checkVisibility());
    return { covers: texts.flatMap(one => { const box = one.getBoundingClientRect();
            return circles.some(c => Math.min(box.right, c.right) - Math.max(box.left, c.left) > 1
                && Math.min(box.bottom, c.bottom) - Math.max(box.top, c.top) > 1) ? [one.textContent] : [] }),
        heights: texts.map(one => one.getBoundingClientRect().height / one.children.length) } }"""
# Texts in view whose colour has less contrast than 4.5 to the nearest background below them (WCAG
# 2's formula).
FAINT = """() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data] };
    const over = (top, below, alpha) => top.slice(0, 3).map((c, n) => c * alpha + below[n] * (1 - alpha));
    const light = (c) => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
    const below = (one) => { if (!one) return [255, 255, 255];
        const c = rgba(getComputedStyle(one).backgroundColor), a = c[3] / 255;
        return a === 1 ? c : over(c, below(one.parentElement), a) };
    const faint = [];
    const check = (one, text, colour) => {
        let alpha = 1;
        for (let up = one; up; up = up.parentElement) alpha *= +getComputedStyle(up).opacity;
        const ground = below(one), c = rgba(colour), seen = over(c, ground, alpha * c[3] / 255);
        const [a, b] = [light(seen), light(ground)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
        if (alpha > 0 && ratio < 4.5) faint.push(text.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
    };
    for (const one of document.querySelectorAll('body *')) {
        if (one.closest('svg, [aria-hidden="true"], .toast-wrap') || !one.checkVisibility({ visibilityProperty: true })) continue;
        if (one.matches('input, textarea') && one.placeholder) check(one, one.placeholder, getComputedStyle(one, '::placeholder').color);
        const text = [...one.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join('').trim();
        if (text && one.getBoundingClientRect().width > 1 && !one.disabled) check(one, text, getComputedStyle(one).color);
    }
    return [...new Set(faint)] }"""

# Words of a table that are broken over lines.
BROKEN = """table => { const texts = document.createTreeWalker(table, NodeFilter.SHOW_TEXT), broken = [];
    for (let text; (text = texts.nextNode());) for (const word of text.data.matchAll(/[a-z]{4,}/gi)) {
        const range = new Range();
        range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);
        if (range.getClientRects().length > 1) broken.push(word[0]);
    }
    return broken }"""


def open_tab(page: Page, name: str) -> None:
    open_sources(page)
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def selected(page: Page, count: int) -> None:
    """Wait until the tray shows this many selected papers; none without a tray."""
    if count:
        expect(page.locator("#tray h2")).to_have_text(f"Selected ({count})")
    else:
        expect(page.locator("#tray section")).to_have_count(0)


def newest_table(page: Page) -> Locator:
    return page.locator("#chat .bot-row").last.locator("table")


def heads(page: Page) -> list[str]:
    return [
        " ".join(text.split())
        for text in newest_table(page).locator("th").all_inner_texts()
        if text.strip()
    ]


def edited(page: Page, said: int) -> None:
    """Wait until an edit of the table is answered, the `said`-th answer."""
    expect(page.locator("#chat .bot-row")).to_have_count(said)
    expect(newest_table(page)).to_be_attached()
    settled(page)


def shaded(page: Page) -> bool:
    """Whether the newest table has a shade at its right edge."""
    still(page)
    box = newest_table(page).bounding_box()
    assert box
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    top, left = int(box["y"]) + 5, int(box["x"])
    return picture.getpixel((left + int(box["width"]) - 3, top)) != picture.getpixel(
        (left + 5, top)
    )


@BOTH_THEMES
@BOTH
def test_a_shade_at_a_tables_edge_says_that_there_is_more(
    browser: Browser, site: Site, size: tuple[int, int], dark: bool
) -> None:
    with opened(browser, site.url, size, dark) as (page, wrong):
        ask(page, "compare SimDA with Tune-A-Video")
        table = newest_table(page)
        table.evaluate("table => table.scrollIntoView({ block: 'start', behavior: 'instant' })")
        assert shaded(page) == (size == PHONE)
        table.evaluate("table => { table.scrollLeft = table.scrollWidth }")
        assert not shaded(page)
        assert table.evaluate(BROKEN) == []
        assert wrong == []


@BOTH
def test_a_row_named_by_a_title_leaves_room_for_what_is_told_of_it(
    browser: Browser, site: Site, size: tuple[int, int]
) -> None:
    with opened(browser, site.url, size) as (page, wrong):
        ask(page, "papers on adapting T2I models to video, as a table with year and authors")
        table = newest_table(page)
        cell = table.locator("tbody tr").first.locator("td").nth(1).bounding_box()
        seen = table.bounding_box()
        assert cell
        assert seen
        assert cell["x"] < seen["x"] + seen["width"] / 2
        assert wrong == []


@BOTH
def test_a_comparison_is_edited_with_its_tools(
    browser: Browser, site: Site, size: tuple[int, int]
) -> None:
    with opened(browser, site.url, size) as (page, wrong):
        tools = page.locator("#chat p.tools")
        ask(page, "how many parameters does SimDA tune?")
        expect(tools).to_have_count(0)
        ask(page, "compare SimDA with Tune-A-Video")
        expect(tools).to_be_visible()
        assert heads(page) == ["SimDA (2023)", "Tune-A-Video (2022)"]
        for answers, (order, first) in enumerate(
            [("Sort by year", "Tune-A-Video (2022)"), ("Sort by title", "SimDA (2023)")], 3
        ):
            tools.get_by_text(order, exact=True).click()
            edited(page, answers)
            assert heads(page)[0] == first
            assert len(heads(page)) == 2
            # Only the newest table can be edited.
            expect(tools).to_have_count(1)
            expect(page.locator("#chat .bot-row").last.locator("p.tools")).to_be_visible()
        box = page.locator("#question textarea")
        for answers, more in enumerate(("speed", "I2V-Adapter"), 5):
            tools.get_by_text("Add an aspect or paper").click()
            expect(box).to_have_value("add ")
            expect(box).to_be_focused()
            page.keyboard.type(more)
            expect(box).to_have_value(f"add {more}")
            page.keyboard.press("Enter")
            edited(page, answers)
            expect(box).to_have_value("")
            cells = newest_table(page).locator("td:first-child").all_inner_texts()
            assert any(one.casefold().startswith(more.casefold()) for one in [*heads(page), *cells])
        tools.scroll_into_view_if_needed()
        shot(page, f"table-tools-{'phone' if size == PHONE else 'desktop'}")
        tools.get_by_text("Swap rows and columns", exact=True).focus()
        page.keyboard.press("Enter")
        edited(page, 7)
        rows = newest_table(page).locator("td:first-child")
        expect(rows).to_have_text(
            [re.compile("^SimDA"), re.compile("^Tune-A-Video"), re.compile("^I2V-Adapter")]
        )
        ask(page, "what is speech recognition?")
        expect(tools).to_have_count(0)
        assert fits(page)
        assert wrong == []


def corners(page: Page, topic: str) -> tuple[float, float, float, float]:
    """A rectangle of the screen around most papers of a topic, and inside the map's picture."""
    boxes = [one.bounding_box() for one in page.locator(f"#map circle.paper.{topic}").all()]
    xs, ys = sorted(box["x"] for box in boxes if box), sorted(box["y"] for box in boxes if box)
    fourth = len(xs) // 5
    return xs[fourth], ys[fourth], xs[-1 - fourth] + 12, ys[-1 - fourth] + 12


def free(page: Page, x: float, y: float) -> tuple[float, float]:
    """A place up and left of (x, y) where a line around points can begin: not on a point."""
    script = "([x, y]) => !document.elementFromPoint(x, y)?.closest('.paper')"
    while not page.evaluate(script, [x, y]):
        x, y = x - 2, y - 2
    return x, y


@BOTH
@BOTH_THEMES
def test_the_map_lights_the_answer_and_picks_papers(
    browser: Browser, site: Site, corpus: list[Paper], size: tuple[int, int], dark: bool
) -> None:
    name = f"{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}"
    with opened(browser, site.url, size, dark) as (page, wrong):
        picture = page.locator("#map svg.atlas")
        points = picture.locator("circle.paper")
        open_tab(page, "Map")
        expect(points).to_have_count(len(corpus))
        assert set(points.evaluate_all("all => all.map(one => one.dataset.paper)")) == {
            one.id for one in corpus
        }
        ask(page, LIST)
        numbers = sorted(set(page.locator("#chat a.cite").all_inner_texts()))
        expect(picture.locator("text.number")).to_have_count(len(numbers))
        assert sorted(picture.locator("text.number").all_text_contents()) == numbers
        lit = set(picture.locator(".lit").evaluate_all("all => all.map(one => one.dataset.paper)"))
        assert lit == set(
            page.locator("#sources input.only").evaluate_all("all => all.map(one => one.value)")
        )
        # The sources of a new answer come first.
        expect(page.get_by_role("tab", name="Sources")).to_have_attribute("aria-selected", "true")
        open_tab(page, "Map")
        picture.scroll_into_view_if_needed()
        assert picture.locator("text.topic-name:visible").count() >= 7
        assert picture.evaluate(OVERLAPS) == []
        shot(page, f"map-{name}")

        first = picture.locator(".lit").first
        first.click()
        expect(first).to_have_attribute("aria-pressed", "true")
        papers = {paper.id: paper for paper in corpus}
        chosen = papers[first.get_attribute("data-paper") or ""]
        expect(page.locator("#map-paper h3")).to_have_text(chosen.title)
        expect(page.locator("#map-paper .abstract")).to_have_text(chosen.abstract)
        selected(page, 1)
        assert page.locator("#sources input.only:checked").get_attribute(
            "value"
        ) == first.get_attribute("data-paper")
        first.click()
        expect(first).to_have_attribute("aria-pressed", "false")
        selected(page, 0)

        picture.evaluate("svg => svg.scrollIntoView({ block: 'center' })")
        left, top, right, bottom = corners(page, "topic-1")
        left, top = free(page, left, top)
        inside = {
            key
            for key, (x, y) in picture.evaluate(CENTRES).items()
            if left < x < right and top < y < bottom
        }
        assert 3 <= len(inside) < len(corpus) / 2
        page.mouse.move(left, top)
        page.mouse.down()
        for x, y in ((right, top), (right, bottom), (left, bottom)):
            page.mouse.move(x, y, steps=8)
        shot(page, f"lasso-{name}")
        page.mouse.up()
        pressed = picture.locator(".paper.ticked")
        expect(pressed).to_have_count(len(inside))
        assert set(pressed.evaluate_all("all => all.map(one => one.dataset.paper)")) == inside
        selected(page, len(inside))
        expect(picture.locator(".lasso")).to_have_count(0)
        ask(page, "which papers propose a model?")
        open_tab(page, "Map")
        expect(pressed).to_have_count(len(inside))
        lit = set(picture.locator(".lit").evaluate_all("all => all.map(one => one.dataset.paper)"))
        assert lit
        assert lit <= inside
        shown = page.locator("#sources .cards > article.source input.only")
        assert shown.evaluate_all("all => all.every(one => one.checked)")
        shot(page, f"map-ticked-{name}")
        if page.locator("#beside-close button").is_visible():  # lies over the tray
            page.locator("#beside-close button").click()
        page.locator("#tray").get_by_role("button", name="Clear", exact=True).click()
        selected(page, 0)
        expect(pressed).to_have_count(0)
        assert fits(page)
        assert wrong == []


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE])
def test_labels_of_the_map_cover_nothing_and_keep_their_size_at_every_zoom(
    browser: Browser, site: Site, size: tuple[int, int]
) -> None:
    with opened(browser, site.url, size) as (page, wrong):
        ask(page, LIST)
        open_tab(page, "Map")
        picture = page.locator("#map svg.atlas")
        expect(picture.locator("text.number:visible").first).to_be_visible()
        for step in range(8):
            labels = picture.evaluate(COVERS)
            assert labels["covers"] == []
            assert all(11 < high < 17 for high in labels["heights"])
            assert len(labels["heights"]) >= (9 if step == 0 else 1)
            assert picture.evaluate(OVERLAPS) == []
            page.get_by_role("button", name="Zoom in").click()
        # What is zoomed is moved by the wheel, and the focus is brought into view.
        before = picture.get_attribute("viewBox") or ""
        picture.hover()
        page.mouse.wheel(0, 120)
        expect(picture).not_to_have_attribute("viewBox", before)
        assert picture.evaluate(COVERS)["covers"] == []
        page.locator('#map .paper[tabindex="0"]').first.focus()
        assert in_view(page, "#map .paper:focus", "#map svg.atlas")
        for _ in range(8):
            page.get_by_role("button", name="Zoom out").click()
        expect(picture).to_have_attribute("viewBox", "0.00 0.00 460.00 500.00")
        assert wrong == []


def test_a_click_near_a_point_of_the_map_is_one_on_it(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        open_tab(page, "Map")
        picture = page.locator("#map svg.atlas")
        expect(picture.locator("circle.paper").first).to_be_visible()
        places = picture.evaluate(CENTRES)
        # The point that stands farthest from all others.
        alone = max(
            places,
            key=lambda one: min(
                dist(places[one], places[other]) for other in places if other != one
            ),
        )
        x, y = places[alone]
        page.mouse.move(x + 8, y - 8)
        expect(page.locator("#mapped strong")).not_to_be_empty()
        page.mouse.click(x + 8, y - 8)
        selected(page, 1)
        expect(page.locator("#map .paper.ticked")).to_have_attribute("data-paper", alone)
        page.mouse.click(x - 8, y + 8)
        selected(page, 0)
        assert wrong == []


def test_the_map_is_zoomed_moved_and_opened_by_finger(browser: Browser, site: Site) -> None:
    width, height = PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(site.url)
    wait_for_script(page)
    open_tab(page, "Map")
    picture = page.locator("#map svg.atlas")
    expect(picture.locator("text.topic-name:visible").first).to_be_visible()
    still(page)
    box = picture.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    devtools = context.new_cdp_session(page)

    def touch(kind: str, *fingers: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def place() -> float:
        return float(picture.evaluate("svg => svg.getBoundingClientRect().top"))

    def view() -> list[float]:
        return [float(one) for one in (picture.get_attribute("viewBox") or "").split()]

    # Upright, since a finger that moves so scrolls what is not zoomed; what is between the fingers
    # stays there.
    touch("touchStart", (x, y - 30))
    touch("touchStart", (x, y - 30), (x, y + 30))
    for far in range(40, 100, 10):
        touch("touchMove", (x, y - far), (x, y + far))
    touch("touchEnd")
    left, top, wide, high = view()
    assert wide == pytest.approx(460 / 3, abs=1)
    assert (left + wide / 2, top + high / 2) == pytest.approx((230, 250), abs=1)
    assert place() == box["y"]
    touch("touchStart", (x, y))
    for far in range(10, 70, 10):
        touch("touchMove", (x + far, y + far))
    touch("touchEnd")
    moved = 60 * wide / box["width"]
    assert view() == pytest.approx([left - moved, top - moved, wide, high], abs=1)
    assert place() == box["y"]
    expect(page.locator("#map :is(.ticked, .lasso)")).to_have_count(0)

    places = picture.evaluate(CENTRES)
    # Of points that lie on each other only the topmost can be meant.
    on_top = [one for one in places if picture.evaluate(ON_TOP, [one, *places[one]])]
    nearest = min(on_top, key=lambda one: dist(places[one], (x, y)))
    page.touchscreen.tap(*places[nearest])
    selected(page, 1)
    expect(page.locator("#map .paper.ticked")).to_have_attribute("data-paper", nearest)
    expect(page.locator("#map-paper h3")).to_be_in_viewport()
    expect(page.locator("#map-paper .abstract")).to_be_in_viewport()
    assert fits(page)
    context.close()


def test_the_map_is_walked_with_the_keyboard(browser: Browser, site: Site) -> None:
    with opened(browser, site.url) as (page, wrong):
        open_tab(page, "Map")
        start = page.locator('#map .paper[tabindex="0"]')
        expect(start).to_have_count(1)
        page.get_by_role("tab", name="Map").focus()
        for _ in range(4):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('#map .paper')"):
                break
        focused = page.locator("#map .paper:focus")
        expect(focused).to_have_count(1)
        before = focused.evaluate("one => one.cx.baseVal.value")
        there, back = ("ArrowRight", "ArrowLeft") if before < 230 else ("ArrowLeft", "ArrowRight")
        page.keyboard.press(there)
        after = focused.evaluate("one => one.cx.baseVal.value")
        assert (after > before) == (there == "ArrowRight")
        page.keyboard.press("Enter")
        expect(focused).to_have_attribute("aria-pressed", "true")
        selected(page, 1)
        page.keyboard.press("Enter")
        selected(page, 0)
        page.keyboard.press(back)
        assert (focused.evaluate("one => one.cx.baseVal.value") > after) == (back == "ArrowRight")
        assert wrong == []


def bars(page: Page, by: str) -> dict[str, str]:
    """What a chart says of each year or venue that can be clicked."""
    rows = page.locator(f'#charts button[data-by="{by}"]').evaluate_all(
        "all => all.map(one => [one.dataset.group, one.querySelector('.count').textContent])"
    )
    return dict(rows)


@BOTH
@BOTH_THEMES
def test_years_and_venues_are_counted_exactly(
    browser: Browser, site: Site, corpus: list[Paper], size: tuple[int, int], dark: bool
) -> None:
    years = Counter(paper.year for paper in corpus)
    with opened(browser, site.url, size, dark) as (page, wrong):
        ask(page, "how many papers per year?")
        rows = [
            row.split("\t")
            for row in newest_table(page).locator("tbody").inner_text().split("\n")
            if row.strip()
        ]
        counted = {cells[0].strip(): int(cells[1]) for cells in rows if cells[0].strip().isdigit()}
        assert counted == {str(year): number for year, number in years.items() if year}
        open_tab(page, "Years & venues")
        venues = Counter(name_series(paper.venue) for paper in corpus if paper.venue)
        for by, numbers in (("year", years), ("venue", dict(venues.most_common(5)))):
            shown = bars(page, by)
            assert {str(one): str(n) for one, n in numbers.items() if one}.items() <= shown.items()
        ask(page, LIST)
        titles = set(page.locator("#sources article.source h3 a").all_text_contents())
        answer = Counter(str(paper.year) for paper in corpus if paper.title in titles)
        open_tab(page, "Years & venues")
        expect(page.locator("#charts .hint").first).to_contain_text("in the answer")
        shown = bars(page, "year")
        for year, number in answer.items():
            assert shown[year] == f"{number} of {years[int(year)]}"
        # A bar selects its papers, and gives them back.
        year, number = next(iter(answer.items()))
        bar = page.locator(f'#charts button[data-group="{year}"]')
        bar.click()
        selected(page, years[int(year)])
        bar.click()
        selected(page, 0)
        shot(
            page, f"counts-{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}"
        )
        assert fits(page)
        assert wrong == []


@BOTH
def test_the_table_of_a_count_is_a_chart_that_selects_what_it_counts(
    browser: Browser, site: Site, corpus: list[Paper], size: tuple[int, int]
) -> None:
    years = Counter(paper.year for paper in corpus if paper.year)
    with opened(browser, site.url, size) as (page, wrong):
        ask(page, "how many papers per year?")
        bars = newest_table(page).locator("a.bar")
        assert [int(text) for text in bars.all_inner_texts()] == [
            years[one] for one in sorted(years)
        ]
        wide = "one => parseFloat(getComputedStyle(one, '::before').width)"
        first, most = min(years), max(years, key=lambda year: years[year])
        longest = newest_table(page).get_by_title(f"Select the papers of {most}: {years[most]}")
        shortest = newest_table(page).get_by_title(f"Select the papers of {first}: {years[first]}")
        share = float(shortest.evaluate(wide)) / float(longest.evaluate(wide))
        assert share == pytest.approx(years[first] / years[most], abs=0.05)
        shortest.click()
        selected(page, years[first])
        shortest.click()
        selected(page, 0)
        # Of a count of some papers a bar selects those of them alone; also when it is opened again.
        ask(page, "how many papers about video per year?")
        page.reload()
        settled(page)
        bar = newest_table(page).locator("a.bar").last
        number = int(bar.inner_text())
        assert number < years[max(years)]
        bar.click()
        selected(page, number)
        ask(page, "how many of these are there per venue?")
        expect(page.locator("#chat .bot-row").last).to_contain_text(f"The {number} selected paper")
        expect(page.locator("#chat .bot-row").last).not_to_contain_text("before")
        assert fits(page)
        assert wrong == []


@BOTH
@BOTH_THEMES
def test_all_text_can_be_read(
    browser: Browser, site: Site, size: tuple[int, int], dark: bool
) -> None:
    name = f"{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}"
    with opened(browser, site.url, size, dark) as (page, wrong):
        assert page.evaluate(FAINT) == []
        ask(page, "compare SimDA with Tune-A-Video")
        open_sources(page)
        page.locator("#source-1 input.only").check()
        selected(page, 1)
        page.locator("#source-2 .abstract").click()
        expect(page.locator("#source-2.chosen")).to_be_visible()
        assert page.evaluate(FAINT) == []
        for tab in ("Map", "Years & venues"):
            open_tab(page, tab)
            assert page.evaluate(FAINT) == []
        if size == PHONE:
            page.locator("#beside-close button").click()
        expect(page.locator("#followups button[data-ask]").first).to_be_visible()
        page.locator("#chat a.cite").first.focus()
        page.keyboard.press("ArrowRight")  # as keys do, which makes the focus visible
        page.keyboard.press("ArrowLeft")
        assert page.evaluate(FAINT) == []
        if size == PHONE:
            for _ in range(2):  # the card at the citation, then the sources
                page.keyboard.press("Escape")
            expect(page.locator("#beside")).not_to_be_visible()
        for part in ("filters", "corpus-part", "model-part", "own-server"):
            open_part(page, part)
            assert page.evaluate(FAINT) == []
        page.locator("#use").scroll_into_view_if_needed()
        shot(page, f"model-{name}")
        page.keyboard.press("Escape")
        open_menu(page)
        page.locator("#conversations button.more").first.click()
        expect(page.locator("#rowmenu")).to_be_visible()
        shot(page, f"menu-{name}")
        assert page.evaluate(FAINT) == []
        page.get_by_role("menuitem", name="Share by a link").click()
        expect(page.locator("dialog")).to_be_visible()
        shot(page, f"shared-{name}")
        assert page.evaluate(FAINT) == []
        page.locator("dialog").get_by_role("button", name="Close").click()
        assert fits(page)
        assert wrong == []


@BOTH_THEMES
def test_the_card_at_a_citation_can_be_read(browser: Browser, site: Site, dark: bool) -> None:
    with opened(browser, site.url, DESKTOP, dark) as (page, wrong):
        ask(page, LIST)
        page.locator("#chat a.cite", has_text="[2]").first.hover()
        peek = page.locator("#peek")
        expect(peek.locator("mark")).to_be_visible()
        title = page.locator("#source-2 h3 a").text_content()
        expect(peek).to_contain_text(title or "?")
        expect(peek).to_contain_text("quoted word for word")
        box = peek.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= DESKTOP[0]
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= DESKTOP[1]
        shot(page, f"peek-{'dark' if dark else 'light'}")
        assert page.evaluate(FAINT) == []
        page.mouse.move(5, 5)
        expect(peek).to_have_count(0)
        assert wrong == []
