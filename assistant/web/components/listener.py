"""The way from the script to a handler on the server."""

import gradio as gr


def listener(elem_id: str, event: str) -> gr.HTML:
    """Return an unseen component whose `select` is what the script tells under the name `event`."""
    pass_on = f"document.addEventListener('{event}', (told) => trigger('select', told.detail));"
    return gr.HTML(elem_id=elem_id, js_on_load=pass_on, visible="hidden", apply_default_css=False)
