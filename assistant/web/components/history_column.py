"""At the left: the conversations that are kept, each a row with its address and a menu."""

from dataclasses import dataclass

import gradio as gr

from assistant.web.components.listener import listener


@dataclass(frozen=True, slots=True)
class HistoryColumn:
    """The components of the history; the script tells `opens` which row was chosen, `acts` what is
    to be done with one."""

    new: gr.Button
    search: gr.Textbox
    listed: gr.HTML
    opens: gr.HTML
    acts: gr.HTML


def history_column() -> HistoryColumn:
    """Lay out the history."""
    new = gr.Button("New conversation", size="sm", variant="primary", elem_id="new")
    search = gr.Textbox(
        show_label=False, label="Search conversations", placeholder="Search conversations",
        elem_id="search", max_lines=1, container=False,
    )  # fmt: skip
    listed = gr.HTML(elem_id="conversations", apply_default_css=False)
    opens = listener("opens", "conversation-chosen")
    return HistoryColumn(new, search, listed, opens, listener("acts", "conversation-acted"))
