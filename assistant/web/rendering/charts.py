"""The map and the charts beside the conversation: where an answer's papers lie among all, and in which years and venues."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import gradio as gr

from assistant.composing.paper_counts import OTHER, count_groups, count_papers
from assistant.corpus_map import svg
from assistant.corpus_map.types import Atlas
from assistant.text.markdown import unturned
from assistant.types import Paper

if TYPE_CHECKING:
    import pandas

    from assistant.web.components.layout import Update

_ANSWER, _REST = "in the answer", "other papers"
# As text of others stands in a chart's axis: longer would leave no room for the bars.
_LONGEST = 24


def lights(atlas: Atlas, labels: Mapping[str, str]) -> str:
    """Return what page.js lights on the map: the ids of the papers in `labels`, and what lies over them, as HTML."""
    ids = escape(json.dumps(list(labels)), quote=True)
    return f'<svg data-papers="{ids}">{svg.overlay(atlas, labels)}</svg>'


def charts(papers: Sequence[Paper], lit: Sequence[Paper]) -> list[Update]:
    """Return the bars of years and of venues, an answer's papers apart from the others, and what they say in words."""
    years, venues = _bars(papers, lit, "year"), _bars(papers, lit, "venue")
    return [
        gr.update(value=years, visible=len(years) > 0, color_map=_COLOURS),
        gr.update(
            value=venues,
            visible=len(venues) > 0,
            color_map=_COLOURS,
            sort=list(dict.fromkeys(venues["venue"])),
        ),
        _said(papers, lit),
    ]


_COLOURS = {_ANSWER: "#6366f1", _REST: "#9ca3af"}


def _bars(papers: Sequence[Paper], lit: Sequence[Paper], by: str) -> pandas.DataFrame:
    import pandas

    everything = count_papers(papers, by).rows  # type: ignore[arg-type]
    shown = {name for name, _ in everything}
    among: Counter[str] = Counter()
    for name, number in count_groups(lit, by):  # type: ignore[arg-type]
        among[name if name in shown else OTHER] += number
    labels = _labels([name for name, _ in everything])
    rows = [
        (label, number, which)
        for label, (name, total) in zip(labels, everything, strict=True)
        for number, which in ((among[name], _ANSWER), (total - among[name], _REST))
    ]
    return pandas.DataFrame(rows, columns=[by, "papers", "which"])


def _labels(names: Sequence[str]) -> list[str]:
    """Return names as an axis has room for them, no two alike."""
    labels: list[str] = []
    for name in map(unturned, names):
        short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
        same = sum(one == short or one.startswith(f"{short} (") for one in labels)
        labels.append(f"{short} ({same + 1})" if same else short)
    return labels


def _said(papers: Sequence[Paper], lit: Sequence[Paper]) -> str:
    def line(what: str, some: Sequence[Paper]) -> str:
        years = ", ".join(
            f"{name}: {number}" for name, number in count_papers(some, "year").rows if number
        )
        return f"**{what}** ({len(some)}): {years or 'no years known'}."

    return "\n\n".join(
        [
            *([line("The answer's papers by year", lit)] if lit else []),
            line("All papers by year", papers),
        ]
    )
