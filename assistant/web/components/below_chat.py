"""What stands below the conversation: the tools of a comparison, and what bounds the next question."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

# gr.HTML's own JavaScript: what page.js tells of a reader's pick becomes the component's event.
_PASS_ON = "document.addEventListener('{name}', (event) => trigger('select', event.detail));"


@dataclass(frozen=True, slots=True)
class Filtering:
    """The components that bound which papers are asked about."""

    year_from: gr.Textbox
    year_to: gr.Textbox
    author: gr.Textbox
    venue: gr.Dropdown
    text: gr.Textbox
    clear: gr.Button
    scope: gr.Markdown
    everything: gr.Button
    ticks: gr.HTML

    @property
    def fields(self) -> list[gr.components.Component]:
        """Return the components whose values make the filters."""
        return [self.year_from, self.year_to, self.author, self.venue, self.text]


@dataclass(frozen=True, slots=True)
class TableTools:
    """The components that edit the comparison under discussion."""

    row: gr.Row
    sort: gr.Dropdown
    swap: gr.Button
    more: gr.Textbox


def listener(elem_id: str, event: str) -> gr.HTML:
    """Return an unseen component whose `select` is what page.js tells under the name `event`."""
    return gr.HTML(elem_id=elem_id, js_on_load=_PASS_ON.format(name=event), visible="hidden")


def table_tools() -> TableTools:
    """Lay out the tools, which show under a comparison only."""
    with gr.Row(visible=False, elem_id="table-tools") as row:
        sort = gr.Dropdown([], label="Sort by", elem_id="table-sort", min_width=140, scale=1)
        more = gr.Textbox(
            label="Add to the table", placeholder="an aspect (“speed”) or a paper", elem_id="table-more", submit_btn="Add",
            min_width=180, scale=2, max_lines=1,
        )  # fmt: skip
        swap = gr.Button(
            "Swap rows and columns", size="sm", elem_id="table-swap", min_width=120, scale=1
        )
    return TableTools(row, sort, swap, more)


def scope() -> tuple[gr.Markdown, gr.Button]:
    """Lay out the line that tells which papers will be asked about, and the button that lifts it."""
    with gr.Row(elem_id="scope-row"):
        scope = gr.Markdown(elem_id="scope", visible=False, latex_delimiters=[])
        everything = gr.Button(
            "Ask about all papers again",
            size="sm",
            elem_id="everything",
            visible=False,
            min_width=120,
        )
    return scope, everything


def filtering(scope: gr.Markdown, everything: gr.Button) -> Filtering:
    """Lay out the filters, folded; the line that tells of them stands above the question."""
    with gr.Accordion("Filters: year, author, venue, words", open=False, elem_id="filters"):
        with gr.Row():
            year_from = _year("From year", "year-from")
            year_to = _year("To year", "year-to")
            author = gr.Textbox(label="Author", elem_id="author", min_width=120, max_lines=1)
            venue = gr.Dropdown(
                [],
                label="Venue",
                value=None,
                allow_custom_value=True,
                elem_id="venue",
                min_width=120,
            )
            text = gr.Textbox(
                label="Words",
                placeholder="in title or abstract",
                elem_id="words",
                min_width=160,
                max_lines=1,
            )
        clear = gr.Button("Clear filters", size="sm", elem_id="clear-filters")
    ticks = listener("ticks", "papers-ticked")
    return Filtering(year_from, year_to, author, venue, text, clear, scope, everything, ticks)


def _year(label: str, name: str) -> gr.Textbox:
    # No gr.Number: an empty one in a folded part of the page comes to hold 0.
    return gr.Textbox(label=label, elem_id=name, min_width=90, max_lines=1, max_length=4)
