"""Prompts as Markdown files with checked holes."""

from importlib import resources
from string import Template


def load(name: str) -> Template:
    """Return the prompt `name`, a Markdown file beside this one, to be filled by `.substitute`.

    The first line of each file is a comment that names its holes; it is not part of the prompt.
    """
    text = (resources.files(__name__) / f"{name}.md").read_text("utf-8")
    header, _, body = text.partition("\n")
    if not header.startswith("<!--"):
        raise ValueError(f"prompts/{name}.md must begin with a comment that names its holes")
    return Template(body.strip())
