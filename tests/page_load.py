"""How fast and how still the chat page is: first paint, first words, first source card and layout
shift in Chromium, several people at once against one alone, and the memory of a server that is
visited thirty times.

Run by hand, on an idle machine, since times depend on it: `python -m tests.page_load`. Answers are
quotations. The people talk to the server as the page does, over Gradio's queue; each reads for a
while before the next question.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import Page, sync_playwright

from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from ingest.bundled import index_bundled
from tests.chromium import CHROMIUM, DESKTOP
from tests.conftest import QUESTIONS

_FAMILIES = ("lists", "facts", "compare", "summaries")
_ASKED = 5  # questions in each fresh browser
# From before the page loads: what moves without the reader having done anything just before.
_SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      if (one.hadRecentInput) continue;
      const moved = [...(one.sources || [])].map(({ node }) => {
        const box = node?.nodeType === 1 ? node : node?.parentElement;
        return box ? box.id || box.closest("[id]")?.id + " " + box.className : "gone";
      });
      window.shifts.push({ value: one.value, moved });
    }
  }).observe({ type: "layout-shift", buffered: true });
"""
_WATCH = """() => {
  const chips = () => document.querySelectorAll("#chat a.cite").length;
  // Not the cards of earlier answers, which are folded.
  const cards = () => [...document.querySelectorAll("#sources .cards > article.source")];
  window.seen = {};
  document.querySelector("#question textarea").addEventListener("keydown", (event) => {
    if (event.key === "Enter")
      window.seen = { at: performance.now(), chips: chips(), cards: new Set(cards()) };
  }, true);
  new MutationObserver(() => {
    const seen = window.seen;
    if (!seen.at) return;
    const took = performance.now() - seen.at;
    if (!seen.words && chips() !== seen.chips) seen.words = took;
    if (!seen.card && cards().some((one) => !seen.cards.has(one))) seen.card = took;
  }).observe(document.querySelector("#columns"), { childList: true, subtree: true });
}"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--questions", type=int, default=12, help="of each of them")
    parser.add_argument(
        "--reading",
        type=float,
        default=3.0,
        help="mean seconds between an answer and the next question",
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        index_bundled(Folder(data / "default"), MiniLM())
        with _served(data) as (url, _):
            _browse(url)
            _crowd(url, given.people, given.questions, given.reading)
        _visit(data)


@contextmanager
def _served(data: Path) -> Iterator[tuple[str, int]]:
    """Serve the page as the command does, in a process of its own, and yield its address and
    process id once it has loaded what it loads after the page is up."""
    command = [sys.executable, "-m", "assistant", "--data-dir", str(data), "--port", "7960"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = next(word for word in process.stdout.readline().split() if "://" in word)
            time.sleep(20)
            yield url, process.pid
        finally:
            process.terminate()


def questions() -> list[str]:
    """Return the development questions that are answered at length."""
    lines = [
        line
        for family in _FAMILIES
        for line in (QUESTIONS / f"{family}.jsonl").read_text("utf-8").splitlines()
    ]
    return [json.loads(line)["query"] for line in lines if line.strip()]


def _browse(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        paints, words, cards, opening, asking = [], [], [], [], []
        moved: list[dict[str, Any]] = []
        for _ in range(5):
            context = browser.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
            page = context.new_page()
            page.add_init_script(_SHIFTS)
            page.goto(url)
            page.wait_for_selector("#question textarea")
            paints.append(
                page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
                / 1000
            )
            page.wait_for_timeout(1500)
            before = page.evaluate("window.shifts")
            first = _first(page, random.Random(1).sample(questions(), _ASKED))
            words += [seen["words"] / 1000 for seen in first if seen.get("words")]
            cards += [seen["card"] / 1000 for seen in first if seen.get("card")]
            after = page.evaluate("window.shifts")[len(before) :]
            opening.append(sum(one["value"] for one in before))
            asking.append(sum(one["value"] for one in after))
            moved += before + after
            context.close()
        browser.close()
    _print_times("first paint", paints, "fresh browsers")
    _print_times("first words", words, "questions")
    _print_times("first source card", cards, "questions")
    for when, shifts in (("as the page opens", opening), (f"over {_ASKED} questions", asking)):
        print(
            f"cumulative layout shift {when}: median {statistics.median(shifts):.4f},"
            f" largest {max(shifts):.4f}, of {len(shifts)} fresh browsers"
        )
    for one in sorted(moved, key=lambda one: -one["value"])[:5]:
        print(f"  {one['value']:.4f}: {', '.join(one['moved'])}")


def _print_times(what: str, times: Sequence[float], unit: str) -> None:
    if times:
        print(
            f"{what}: median {statistics.median(times):.2f} s, slowest {max(times):.2f} s,"
            f" of {len(times)} {unit}"
        )
    else:
        print(f"{what}: never seen")


def _first(page: Page, asked: Sequence[str]) -> list[dict[str, float]]:
    """Return the milliseconds from Enter to the first cited words, and to the first source card, on
    the screen, for each question, as far as it is answered with some."""
    page.evaluate(_WATCH)
    found = []
    for question in asked:
        page.fill("#question textarea", question)
        page.press("#question textarea", "Enter")
        page.wait_for_timeout(300)
        # Until it is whole: the page takes no other question before.
        page.wait_for_function(
            "[...document.querySelectorAll('#question button')]"
            ".some((one) => one.textContent.trim() === 'Ask')"
        )
        page.wait_for_timeout(1200)
        found.append(page.evaluate("({ words: window.seen.words, card: window.seen.card })"))
    return found


@dataclass(frozen=True)
class Door:
    """How a question is sent: the server, and what its page says of the event that takes one."""

    url: str
    event: dict[str, Any]
    inputs: list[Any]
    trigger: int
    opening: tuple[dict[str, Any], ...]
    """What the page sends when it opens."""
    following: tuple[dict[str, Any], ...]
    """What the page sends by itself after an answer: keep it and draw, then look for suggestions."""

    @classmethod
    def at(cls, url: str) -> Door:
        config = httpx.get(f"{url}config").json()
        box = next(
            one["id"] for one in config["components"] if one["props"].get("elem_id") == "question"
        )
        event = next(
            one
            for one in config["dependencies"]
            if [box, "submit"] in [list(target) for target in one["targets"]]
        )
        values = {one["id"]: one["props"].get("value") for one in config["components"]}
        inputs = [None if one == box else values.get(one) for one in event["inputs"]]
        events = config["dependencies"]
        opening = [one for one in events if any(name == "load" for _, name in one["targets"])]
        return cls(url, event, inputs, box, tuple(opening), tuple(_after(event["id"], events)))

    def ask(self, client: httpx.Client, session: str, question: str) -> tuple[float, str]:
        """Return the seconds until the answer is whole, and all that the server sent, also of what follows."""
        data = [
            question if value is None and place == 0 else value
            for place, value in enumerate(self.inputs)
        ]
        began = time.perf_counter()
        received = self.send(client, session, self.event, data)
        took = time.perf_counter() - began
        for event in self.following:
            received += self.send(client, session, event, [None] * len(event["inputs"]))
        return took, received

    def send(
        self, client: httpx.Client, session: str, event: dict[str, Any], data: list[Any]
    ) -> str:
        """Send one event, wait for its end, and return what the server sent of it."""
        received: list[str] = []
        body = {
            "data": data,
            "fn_index": event["id"],
            "session_hash": session,
            "trigger_id": self.trigger,
            "event_data": None,
        }
        client.post(f"{self.url}gradio_api/queue/join", json=body).raise_for_status()
        with client.stream(
            "GET", f"{self.url}gradio_api/queue/data", params={"session_hash": session}
        ) as stream:
            for line in stream.iter_lines():
                received.append(line)
                if line.startswith("data:") and json.loads(line[5:])["msg"] == "process_completed":
                    if not json.loads(line[5:])["success"]:
                        raise RuntimeError(line)
                    break
        return "\n".join(received)


def _after(first: int, events: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the events that follow from an event, one after the other, those of the server."""
    for one in events:
        if one["trigger_after"] == first and one["backend_fn"]:
            yield one
            yield from _after(one["id"], events)


def _crowd(url: str, people: int, each: int, reading: float) -> None:
    door = Door.at(url)
    asked = questions()
    door.ask(httpx.Client(timeout=60), uuid4().hex, asked[0])
    alone, crowded = _talk(door, asked, each * 2, 0.0, 1), []

    def one(seed: int) -> None:
        crowded.extend(_talk(door, asked, each, reading, seed))

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p95 = [statistics.quantiles(some, n=20)[-1] for some in (alone, crowded)]
    print(
        f"one alone: median {statistics.median(alone):.2f} s, p95 {p95[0]:.2f} s, of {len(alone)} whole answers"
    )
    print(
        f"{people} at once, reading {reading:g} s: median {statistics.median(crowded):.2f} s, p95 {p95[1]:.2f} s, of {len(crowded)}"
    )
    print(f"p95 at once ÷ p95 alone: {p95[1] / p95[0]:.1f}")


def _visit(data: Path, visits: int = 30, each: int = 2) -> None:
    """Print what a server of its own takes of the memory before it is visited, and after."""
    asked = random.Random(1).sample(questions(), visits * each)
    with _served(data) as (url, process):
        began = _megabytes(process)
        print(f"memory of a server: {began:.0f} MB at its start", end="")
        door = Door.at(url)
        for visit in range(visits):
            session = uuid4().hex
            with httpx.Client(timeout=60) as client:
                client.get(url)
                for event in door.opening:
                    door.send(client, session, event, [None] * len(event["inputs"]))
                for question in asked[visit * each : (visit + 1) * each]:
                    door.ask(client, session, question)
            if visit + 1 in (1, visits):
                now = _megabytes(process)
                print(f", {now:.0f} ({now / began:.2f} ×) after visit {visit + 1}", end="")
        print()


def _megabytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _talk(door: Door, asked: Sequence[str], number: int, reading: float, seed: int) -> list[float]:
    chance, session = random.Random(seed), uuid4().hex
    times = []
    with httpx.Client(timeout=60) as client:
        for question in chance.sample(asked, min(number, len(asked))):
            if reading:
                time.sleep(chance.expovariate(1 / reading))
            times.append(door.ask(client, session, question)[0])
    return times


if __name__ == "__main__":
    main()
