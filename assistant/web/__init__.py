"""The chat page: a Gradio page over one or several corpora, and what serves it."""
