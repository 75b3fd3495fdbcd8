"""Prompts as Markdown files with checked holes, in LangChain's templates.

The first line of each file is a comment that names its holes; it is not part of the prompt.
"""

from functools import cache
from importlib import resources

from langchain_core.prompts import ChatPromptTemplate, PromptTemplate

_USER = "\n---\n"  # what stands above it does not change from one question to the next


@cache
def load(name: str) -> ChatPromptTemplate:
    """Return the prompt `name`: a system message, and below a line `---` what the user says.

    To be filled by `.invoke`, which refuses to leave a hole open.
    """
    system, _, user = _body(name).partition(_USER)
    messages = [("system", system.strip()), ("human", user.strip())]
    return ChatPromptTemplate.from_messages(messages, template_format="mustache")


def fragment(name: str, **holes: object) -> str:
    """Return a part of prompts with its holes filled; KeyError for one left open."""
    return _part(name).invoke(holes).to_string()


@cache
def _part(name: str) -> PromptTemplate:
    return PromptTemplate.from_template(_body(name), template_format="mustache")


def _body(name: str) -> str:
    text = (resources.files(__name__) / f"{name}.md").read_text("utf-8")
    header, _, body = text.partition("\n")
    if not header.startswith("<!--"):
        raise ValueError(f"prompts/{name}.md must begin with a comment that names its holes")
    return body.strip()
