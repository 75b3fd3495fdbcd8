"""Prompts as Markdown files with checked holes, in LangChain's templates.

The first line of each file is a comment that names its holes; it is not part of the prompt.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from langchain_core.prompt_values import PromptValue
from langchain_core.prompts import BasePromptTemplate, ChatPromptTemplate, PromptTemplate

_USER = "\n---\n"  # what stands above it does not change from one question to the next


@cache
def load(name: str) -> ChatPromptTemplate:
    """Return the prompt `name`: a system message, and below a line `---` what the user says."""
    system, _, user = _body(name).partition(_USER)
    messages = [("system", system.strip()), ("human", user.strip())]
    return ChatPromptTemplate.from_messages(messages, template_format="mustache")


def fill(name: str, holes: Mapping[str, object]) -> PromptValue:
    """Return the prompt `name` with its holes filled; KeyError for one left open."""
    return _filled(load(name), holes)


def fragment(name: str, **holes: object) -> str:
    """Return a part of prompts with its holes filled; KeyError for one left open."""
    return _filled(_part(name), holes).to_string()


def _filled(template: BasePromptTemplate[Any], holes: Mapping[str, object]) -> PromptValue:
    # Not by `invoke`, which whoever traces LangChain would see as a run of its own.
    if missing := set(template.input_variables) - set(holes):
        raise KeyError(f"a prompt's holes are left open: {', '.join(sorted(missing))}")
    return template.format_prompt(**holes)


@cache
def _part(name: str) -> PromptTemplate:
    return PromptTemplate.from_template(_body(name), template_format="mustache")


def _body(name: str) -> str:
    text = (resources.files(__name__) / f"{name}.md").read_text("utf-8")
    header, _, body = text.partition("\n")
    if not header.startswith("<!--"):
        raise ValueError(f"prompts/{name}.md must begin with a comment that names its holes")
    return body.strip()
