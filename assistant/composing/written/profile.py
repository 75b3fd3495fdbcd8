"""What a model can be trusted with, found by one call at its first use.

A strong model reads the question, judges papers and gives second opinions; a small one writes from
two abstracts, and all else is left to what was learned here.
"""

from __future__ import annotations

import json
import logging
import tempfile
from pathlib import Path
from typing import Literal, Protocol

from langchain_core.prompt_values import PromptValue

from assistant.composing.written.replies import TEXT, Schema, find_object, object_schema
from assistant.models.chat import ChatModel
from prompts import fill

Profile = Literal["strong", "small"]
_log = logging.getLogger(__name__)
_VERDICTS = ("no", "yes", "yes", "no")
_WORDS = "more synthetic images do not help"
_SCHEMA = object_schema(
    {"parameters": TEXT, "words": TEXT, "verdicts": {"type": "array", "items": TEXT}}
)


class Client(Protocol):
    """What makes the calls of an answer: see `llm_client.LLMClient`."""

    chat: ChatModel

    def complete(
        self, prompt: PromptValue, schema: Schema | None = None, whole: bool = False
    ) -> str:
        """Return a whole reply, as JSON of `schema` where the server can."""
        ...


def profile_of(client: Client) -> Profile:
    """Return the profile of the client's model: as set, as kept from its first use, or by one call.

    ModelError where that call fails.
    """
    if client.chat.profile != "auto":
        return client.chat.profile
    kept = _read(client.chat.profiles).get(client.chat.identity)
    if kept not in ("strong", "small"):
        kept, _ = find_profile(client)
    return "strong" if kept == "strong" else "small"


def find_profile(client: Client) -> tuple[Profile, str]:
    """Return what the model is found to be by one call, and why, and keep it; ModelError where the
    call fails or its reply breaks off.
    """
    found, why = probe(client)
    _log.info("%s is taken for a %s model: %s", client.chat.name, found, why)
    _write(client.chat.profiles, {**_read(client.chat.profiles), client.chat.identity: found})
    return found, why


def _read(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        kept = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in kept.items()} if isinstance(kept, dict) else {}


def _write(path: Path | None, kept: dict[str, str]) -> None:
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            json.dump(kept, file, indent=1)
        Path(file.name).replace(path)
    except OSError as error:  # it is found out again next time
        _log.warning("%s cannot be written (%s)", path, error)


def probe(client: Client) -> tuple[Profile, str]:
    """Return the profile by what the model makes of a form about two abstracts, and why."""
    reply = client.complete(fill("probe", {}), _SCHEMA, whole=True)
    said = find_object(reply, ["parameters", "words", "verdicts"])
    verdicts = said.get("verdicts")
    given = (
        [str(one).strip(' ."').lower() for one in verdicts] if isinstance(verdicts, list) else []
    )
    if not {"parameters", "words", "verdicts"} <= set(said):
        return "small", "it does not fill a form of three fields"
    if "2.3M" not in json.dumps(said["parameters"]):
        return "small", "it does not find a figure in an abstract"
    if _WORDS not in " ".join(str(said["words"]).split()):
        return "small", "it does not copy words as they are"
    if tuple(one.split(",")[0].split(" ")[0] for one in given) != _VERDICTS:
        return "small", "it mistakes what two abstracts say"
    return "strong", "it fills a form, copies words and tells what two abstracts say"
