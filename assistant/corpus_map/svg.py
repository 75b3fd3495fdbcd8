"""A map as one SVG picture; every foreign text is escaped, since the page shows it as is."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.corpus_map.types import Atlas, Place, Topic
from assistant.types import Paper

# In units of the picture, which is as wide as the page allows.
_WIDTH, _HEIGHT, _MARGIN = 460.0, 500.0, 26.0
_RADIUS, _RING = 4.0, 9.0
_FONT, _LINE, _LETTER = 14.0, 17.0, 0.66
_LETTERS, _LINES = 22, 2
_AROUND = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))
_FARTHER = (1.0, 1.5, 2.0)
_ASIDE = (0.0, -40.0, 40.0, -80.0, 80.0, -160.0, 160.0, -320.0, 320.0)
# Of a topic's name: a paper that it covers is as bad as so much distance from its papers' middle.
_COVERED = 30.0


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle by its middle and its halves."""

    x: float
    y: float
    wide: float
    high: float

    def overlaps(self, other: _Box) -> bool:
        return (
            abs(self.x - other.x) < self.wide + other.wide
            and abs(self.y - other.y) < self.high + other.high
        )


def svg(atlas: Atlas, papers: Mapping[str, Paper]) -> str:
    """Return the map of `papers` as one inline <svg>, its last group holding an `overlay` without
    labels.

    Papers are buttons; only the first can be reached with the tab key: scripts move on from there.
    """
    point = _projection(atlas.places)
    shown = [place for place in atlas.places if place.paper_id in papers]
    label = f"Map of {len(shown)} papers in {len(atlas.topics)} topics"
    circles = "".join(
        _paper(place, papers[place.paper_id], atlas, point(place), place is shown[0])
        for place in shown
    )
    return (
        f'<svg class="atlas" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" width="100%" role="group"'
        f' aria-label="{label}">{circles}<g class="overlay">{overlay(atlas, {})}</g></svg>'
    )


def overlay(atlas: Atlas, labels: Mapping[str, str]) -> str:
    """Return what lies over the papers: rings, `labels` (such as "[3]"), names of topics."""
    point = _projection(atlas.places)
    lit = [place for place in atlas.places if place.paper_id in labels]
    rings = [_Box(*point(place), _RING, _RING) for place in lit]
    numbers = _numbers(rings, [labels[place.paper_id] for place in lit])
    parts = [
        *_names(
            [(topic.name, point(topic)) for topic in atlas.topics],
            [*rings, *numbers],
            [point(place) for place in atlas.places],
        ),
        *(_ring(place.topic, box) for place, box in zip(lit, rings, strict=True)),
        *(
            _text("number", box.x, box.y, [labels[place.paper_id]])
            for place, box in zip(lit, numbers, strict=True)
        ),
    ]
    return "".join(parts)


def _projection(places: Sequence[Place]) -> Callable[[Place | Topic], tuple[float, float]]:
    """Return what turns a place of the map into a point of the picture.

    A map is stretched to fill the picture: of t-SNE only who is near whom means something.
    """
    xs, ys = [place.x for place in places] or [0.5], [place.y for place in places] or [0.5]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    # What lies on one line stands in the middle.
    left, top = min(xs) - (0 if wide else 0.5), min(ys) - (0 if high else 0.5)
    across = (_WIDTH - 2 * _MARGIN) / (wide or 1.0)
    down = (_HEIGHT - 2 * _MARGIN) / (high or 1.0)
    return lambda at: (_MARGIN + (at.x - left) * across, _MARGIN + (at.y - top) * down)


def _paper(
    place: Place, paper: Paper, atlas: Atlas, point: tuple[float, float], reached: bool
) -> str:
    year = f" ({paper.year})" if paper.year else ""
    told, kind = (", retracted", " retracted") if paper.facts.retracted else ("", "")
    name = _escaped(f"{paper.title}{year}{told}")
    return (
        f'<circle class="paper topic-{place.topic}{kind}" data-paper="{_escaped(place.paper_id)}"'
        f' tabindex="{0 if reached else -1}" role="button" aria-pressed="false"'
        f' aria-label="{name}" cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="{_RADIUS:g}">'
        f"<title>{name} · {_escaped(atlas.topics[place.topic].name)}</title></circle>"
    )


def _ring(topic: int, box: _Box) -> str:
    return (
        f'<circle class="ring topic-{topic}" aria-hidden="true" cx="{box.x:.1f}" cy="{box.y:.1f}"'
        f' r="{_RING:g}" fill="none"/>'
    )


def _numbers(rings: Sequence[_Box], labels: Sequence[str]) -> list[_Box]:
    """Return where the numbers of lit papers stand, off other rings and numbers if possible."""
    numbers: list[_Box] = []
    for ring, label in zip(rings, labels, strict=True):
        half = len(label) * _FONT * _LETTER / 2
        aside, above = _RING + 2 + half, _RING + _LINE / 2
        tried = [
            _Box(ring.x + x * aside * far, ring.y + y * above * far, half, _LINE / 2)
            for far in _FARTHER
            for x, y in _AROUND
            if half <= ring.x + x * aside * far <= _WIDTH - half
        ]
        others = [*(one for one in rings if one is not ring), *numbers]
        numbers.append(next((box for box in tried if not any(map(box.overlaps, others))), tried[0]))
    return numbers


def _names(
    topics: Sequence[tuple[str, tuple[float, float]]],
    taken: Sequence[_Box],
    points: Sequence[tuple[float, float]],
) -> Iterator[str]:
    """Yield topic names where they cover the fewest papers near their own; without room none."""
    boxes, dots = list(taken), np.array(points).reshape(-1, 2)
    for number, (name, point) in enumerate(topics):
        lines = textwrap.wrap(
            _plain(name), _LETTERS, max_lines=_LINES, placeholder="…", break_on_hyphens=False
        )
        free = [box for box in _boxes(point, lines) if not any(map(box.overlaps, boxes))]
        if not lines or not free:
            continue
        box = min(free, key=lambda box: _cost(box, point, dots))
        boxes.append(box)
        yield _text(f"topic-name topic-{number}", box.x, box.y, lines)


def _cost(box: _Box, point: tuple[float, float], dots: NDArray[np.float64]) -> float:
    """Return how badly a name stands in `box`: how far from `point`, over how many papers."""
    reach = np.array((box.wide + _RADIUS, box.high + _RADIUS))
    covered = int((np.abs(dots - (box.x, box.y)) < reach).all(axis=1).sum())
    return math.dist((box.x, box.y), point) + _COVERED * covered


def _boxes(point: tuple[float, float], lines: Sequence[str]) -> Iterator[_Box]:
    """Yield boxes for `lines` in the picture, nearest to `point` first."""
    wide = max(map(len, lines)) * _FONT * _LETTER / 2
    high = len(lines) * _LINE / 2
    for aside in _ASIDE:
        x = min(max(point[0] + aside, wide), _WIDTH - wide)
        for step in range(int(_HEIGHT / _LINE * 4)):
            y = point[1] + (step + 1) // 2 * _LINE / 2 * (-1 if step % 2 else 1)
            if high <= y <= _HEIGHT - high:
                yield _Box(x, y, wide, high)


def _text(kind: str, x: float, y: float, lines: Sequence[str]) -> str:
    top = y - (len(lines) - 1) * _LINE / 2 + _FONT * 0.35
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{top + n * _LINE:.1f}">{_escaped(line)}</tspan>'
        for n, line in enumerate(lines)
    )
    return (
        f'<text class="{kind}" aria-hidden="true" text-anchor="middle"'
        f' font-size="{_FONT:g}">{spans}</text>'
    )


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _escaped(text: str) -> str:
    return html.escape(_plain(text), quote=True)
