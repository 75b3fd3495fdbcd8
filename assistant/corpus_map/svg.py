"""A map as one SVG picture; every foreign text is escaped, since the page shows it as is."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Mapping, Sequence

from assistant.corpus_map.types import Atlas, Place, Topic
from assistant.types import Paper

# In units of the picture, which is as wide as the page allows.
_WIDTH, _HEIGHT, _MARGIN = 460.0, 500.0, 26.0
_RADIUS, _RING = 4.0, 9.0
_LETTERS = 44  # of a topic's name


def svg(atlas: Atlas, papers: Mapping[str, Paper]) -> str:
    """Return the map of `papers` as one inline <svg>, with an `overlay` without labels at its end.

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
    """Return what lies over the papers: names of topics, rings and `labels` (such as "[3]")."""
    point = _projection(atlas.places)
    lit = [place for place in atlas.places if place.paper_id in labels]
    names = (
        _text(
            f"topic-name topic-{number}",
            point(topic),
            textwrap.shorten(_plain(topic.name), _LETTERS, placeholder="…"),
        )
        for number, topic in enumerate(atlas.topics)
    )
    rings = (
        f'<circle class="ring topic-{place.topic}" aria-hidden="true" cx="{point(place)[0]:.1f}"'
        f' cy="{point(place)[1]:.1f}" r="{_RING:g}" fill="none"/>'
        for place in lit
    )
    numbers = (_text("number", point(place), labels[place.paper_id]) for place in lit)
    return "".join((*names, *rings, *numbers))


def _projection(places: Sequence[Place]) -> Callable[[Place | Topic], tuple[float, float]]:
    """Return what turns a place into a point of the picture, which the map is stretched to fill."""
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


def _text(kind: str, at: tuple[float, float], words: str) -> str:
    return (
        f'<text class="{kind}" aria-hidden="true" text-anchor="middle" x="{at[0]:.1f}"'
        f' y="{at[1]:.1f}">{_escaped(words)}</text>'
    )


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _escaped(text: str) -> str:
    return html.escape(_plain(text), quote=True)
