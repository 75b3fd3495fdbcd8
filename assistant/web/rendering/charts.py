"""The charts beside the conversation: in which years and venues an answer's papers lie; its lights
on the map."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import gradio as gr

from assistant.composing.paper_counts import OTHER, count_groups, count_papers
from assistant.corpus_map import svg
from assistant.corpus_map.types import Atlas
from assistant.text.markdown import unturned
from assistant.types import Paper

if TYPE_CHECKING:
    import pandas

_ANSWER, _REST = "in the answer", "other papers"
_COLOURS = {_ANSWER: "#6366f1", _REST: "#9ca3af"}
# As text of others stands in a chart's axis: longer would leave no room for the bars.
_LONGEST = 24


def render_lights(atlas: Atlas, labels: Mapping[str, str]) -> str:
    """Return what page.js lights on the map: the ids of the papers in `labels`, and what lies over
    them, as HTML."""
    ids = escape(json.dumps(list(labels)), quote=True)
    return f'<svg data-papers="{ids}">{svg.overlay(atlas, labels)}</svg>'


def draw_bars(papers: Sequence[Paper], cited: Sequence[Paper], by: Literal["year", "venue"]) -> Any:
    """Return the update of a bar plot of years or venues, an answer's papers apart from the
    others."""
    bars = _count_bars(papers, cited, by)
    update = {"value": bars, "visible": len(bars) > 0, "color_map": _COLOURS}
    if by == "venue":
        update["sort"] = list(dict.fromkeys(bars["venue"]))
    return gr.update(**update)


def describe_years(papers: Sequence[Paper], cited: Sequence[Paper]) -> str:
    """Return what the bars of the years say, in words."""
    lines = [("The answer's papers by year", cited)] if cited else []
    return "\n\n".join(
        f"**{label}** ({len(some)}): {_years(some)}."
        for label, some in [*lines, ("All papers by year", papers)]
    )


def _years(papers: Sequence[Paper]) -> str:
    rows = count_papers(papers, "year").rows
    return ", ".join(f"{year}: {count}" for year, count in rows if count) or "no years known"


def _count_bars(
    papers: Sequence[Paper], cited: Sequence[Paper], by: Literal["year", "venue"]
) -> pandas.DataFrame:
    import pandas

    groups = count_papers(papers, by).rows
    shown = {name for name, _ in groups}
    among: Counter[str] = Counter()
    for name, count in count_groups(cited, by):
        among[name if name in shown else OTHER] += count
    rows = [
        row
        for label, (name, total) in zip(_labels([name for name, _ in groups]), groups, strict=True)
        for row in ((label, among[name], _ANSWER), (label, total - among[name], _REST))
    ]
    return pandas.DataFrame(rows, columns=[by, "papers", "which"])


def _labels(names: Sequence[str]) -> list[str]:
    """Return names as an axis has room for them, no two alike."""
    labels: list[str] = []
    for name in map(unturned, names):
        short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
        same = sum(label == short or label.startswith(f"{short} (") for label in labels)
        labels.append(f"{short} ({same + 1})" if same else short)
    return labels
