"""In the middle, and the one thing there that scrolls: the first screen, the conversation, what may
be asked next."""

from dataclasses import dataclass

import gradio as gr

from assistant.web.components.listener import listener


@dataclass(frozen=True, slots=True)
class ChatComponents:
    """The components of the conversation; the script tells `asks` which offered question was
    chosen."""

    welcome: gr.HTML
    chatbot: gr.Chatbot
    followups: gr.HTML
    asks: gr.HTML


def chat_column(welcome: str) -> ChatComponents:
    """Lay out the conversation; `welcome` is the HTML of the first screen."""
    shown = gr.HTML(welcome, elem_id="welcome", apply_default_css=False)
    chatbot = gr.Chatbot(
        elem_id="chat", show_label=False, label="Conversation", height=None,
        latex_delimiters=[], layout="panel", autoscroll=False, line_breaks=False,
        buttons=["copy"], feedback_options=("Like", "Dislike"), editable="user",
    )  # fmt: skip
    followups = gr.HTML(elem_id="followups", apply_default_css=False)
    return ChatComponents(shown, chatbot, followups, listener("asks", "question-chosen"))
