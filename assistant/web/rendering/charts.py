"""The years and venues of an answer's papers as charts; its lights on the map."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Literal

from assistant.composing.paper_counts import OTHER, count_groups, count_papers
from assistant.corpus_map import svg
from assistant.corpus_map.types import Atlas
from assistant.text.markdown import unturned
from assistant.types import Paper


def render_lights(atlas: Atlas, labels: Mapping[str, str]) -> str:
    """Return the ids of the papers in `labels`, which the script lights, and what lies over them on
    the map, as HTML."""
    ids = escape(json.dumps(list(labels)), quote=True)
    return f'<svg data-papers="{ids}">{svg.overlay(atlas, labels)}</svg>'


def render_charts(papers: Sequence[Paper], cited: Sequence[Paper]) -> str:
    """Return bars of the papers' years and venues with the share of those cited, as HTML."""
    hint = "Click a bar to select its papers." + (" Dark: in the answer." if cited else "")
    charts = _render_bars(papers, cited, "year") + _render_bars(papers, cited, "venue")
    unknown = '<p class="hint">No paper here has a year or a venue.</p>'
    return f'<p class="hint">{hint}</p>{charts}' if charts else unknown


def name_bar(name: str, number: int) -> str:
    """Return what a click on a bar does, in words."""
    return f"Select the papers of {name}: {number:,}"


def _render_bars(
    papers: Sequence[Paper], cited: Sequence[Paper], by: Literal["year", "venue"]
) -> str:
    rows = count_papers(papers, by).rows
    if not rows:
        return ""
    shown, most = {name for name, _ in rows}, max(total for _, total in rows)
    among: Counter[str] = Counter()
    for name, count in count_groups(cited, by):
        among[name if name in shown else OTHER] += count
    known = sum(total for _, total in rows)
    unknown = f", {len(papers) - known:,} without one" if known < len(papers) else ""
    bars = "".join(_render_bar(by, name, among[name], total, most) for name, total in rows)
    title = f"Papers per {by}<small> {known:,} of {len(papers):,}{unknown}</small>"
    return f'<section class="bars"><h3>{title}</h3><ul>{bars}</ul></section>'


def _render_bar(by: str, name: str, among: int, total: int, most: int) -> str:
    label = escape(unturned(name))
    said = f"{among:,} of {total:,}" if among else f"{total:,}"
    parts = (
        f'<span class="name">{label}</span><span class="track">'
        f'<span class="all" style="width:{total / most:.1%}"></span>'
        f'<span class="among" style="width:{among / most:.1%}"></span></span>'
        f'<span class="count">{said}</span>'
    )
    if not total or name == OTHER:
        return f"<li><div>{parts}</div></li>"
    value = escape(name, quote=True)
    title = escape(name_bar(name, total), quote=True)
    return (
        f'<li><button type="button" data-by="{by}" data-group="{value}" title="{title}">'
        f"{parts}</button></li>"
    )
