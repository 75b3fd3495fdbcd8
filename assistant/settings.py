"""Settings: defaults, overridden by PAPER_ASSISTANT_… variables, overridden by the command line.

`python -m assistant.settings` prints docs/settings.md.
"""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, Field, PositiveInt, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import AssistantError

BUNDLED_EMBEDDER = "minilm"
DEFAULT_CORPUS = "default"
CORPORA = "corpora"
"""The folder in the data folder that holds the corpora with names."""
OPTIONS = ("data_dir", "corpus", "embedder", "reranker", "model", "cache", "host", "port")
"""The settings that are options of the command line too."""
_PREFIX = "PAPER_ASSISTANT_"
_HEAD = """# Settings

An option of the command line counts before its variable, the variable before the default. Keys are
read from the providers' own variables (`OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, …), the address of a
compatible server from `OPENAI_BASE_URL`. This file is written by
`python -m assistant.settings > docs/settings.md`.
"""
# Not only ASCII would be spelt in two ways by some file systems; a dot at the end is dropped by
# others.
_CORPUS_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_-])?")
_Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
_Dollars = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _corpus_name(name: str) -> str:
    if not _CORPUS_NAME.fullmatch(name):
        raise PydanticCustomError(
            "corpus_name",
            "{name} cannot be a corpus' name; use up to 64 of A-Z a-z 0-9 - _ . with a letter or"
            " digit first, no dot last",
            {"name": repr(name if len(name) <= 80 else name[:79] + "…")},
        )
    return name


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address is this machine's own.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("localhost.example.org")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _on_this_machine(address: str) -> str:
    try:
        parts = urlsplit(address)
        known = parts.scheme == "http" and is_loopback(parts.hostname or "") and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise PydanticCustomError(
            "address",
            "{address} is no address of this machine; give one such as http://127.0.0.1:23119",
            {"address": repr(address[:80])},
        )
    return address.rstrip("/")


def _web_address(address: str) -> str:
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise PydanticCustomError(
            "address",
            "{address} is no web address; give one such as https://export.arxiv.org",
            {"address": repr(address[:80])},
        )
    return address.rstrip("/")


class Settings(BaseSettings):
    """Frozen settings, read by the entry points only. A variable that is empty is not set."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    data_dir: Path = Field(
        Path(platformdirs.user_data_dir("paper-assistant", appauthor=False)),
        description=(
            "The folder of all corpora, conversations and feedback; by default the user's data"
            " folder."
        ),
    )
    corpus: Annotated[str, AfterValidator(_corpus_name)] = Field(
        DEFAULT_CORPUS, description="The corpus in use; `default` alone has the bundled papers."
    )
    embedder: str = Field(
        BUNDLED_EMBEDDER,
        description=(
            "`minilm` is bundled; `openai:text-embedding-3-small` or any compatible endpoint;"
            " `huggingface:NAME` and the like, once their LangChain package is installed. After a"
            " change: `ingest --rebuild`."
        ),
    )
    reranker: str | None = Field(
        None,
        description=(
            "`cross-encoder:NAME_OR_FOLDER`, `cohere:NAME`, `voyageai:NAME` or `nvidia:NAME`."
        ),
    )
    model: str | None = Field(
        None,
        description=(
            "The chat model: `openai:NAME` (with `OPENAI_BASE_URL` any compatible server),"
            " `gguf:FILE`, or `anthropic:NAME` and the like. Without one, answers are quotations."
        ),
    )
    profile: Literal["auto", "strong", "small"] = Field(
        "auto",
        description=(
            "What the chat model is trusted with: `strong` reads the question, judges and verifies,"
            " `small` only writes, from two abstracts; `auto` finds out by one call."
        ),
    )
    cache: bool = Field(
        True,
        description=(
            "Keep the chat model's replies in the data folder: the same prompt is not paid for"
            " twice."
        ),
    )
    threads: PositiveInt = Field(
        2, description="Threads of the bundled embedder and of a cross-encoder."
    )
    prompt_tokens: PositiveInt = Field(6000, description="The longest prompt of a call, in tokens.")
    output_tokens: PositiveInt = Field(1500, description="The longest reply of a call, in tokens.")
    context: PositiveInt | None = Field(
        None,
        description=(
            "The model's context in tokens, prompt and reply; by default its own, where it can be"
            " learnt."
        ),
    )
    timeout: _Seconds = Field(
        60.0,
        description=(
            "Seconds to wait without any text or thought (`gguf:` at least 600, as is a server on"
            " this machine unless this is set); a whole answer may take five times that. Likewise"
            " for what `fetch` and `enrich` ask (`--timeout`)."
        ),
    )
    parallel: PositiveInt = Field(4, description="Calls of an answer at a time (`gguf:` one).")
    judged: PositiveInt = Field(24, description="Candidates of a list that the model judges.")
    answer_tokens: PositiveInt | None = Field(
        60_000, description="The most tokens of an answer, sent and received; a hard bound."
    )
    day_tokens: PositiveInt | None = Field(
        2_000_000,
        description=(
            "The most tokens of a day; answers under way at the same time may pass it together."
        ),
    )
    answer_dollars: _Dollars | None = Field(
        None, description="The most dollars of an answer, where the price is known."
    )
    day_dollars: _Dollars | None = Field(
        None, description="The most dollars of a day, where the price is known."
    )
    unsupported: Literal["mark", "remove"] = Field(
        "mark", description="What becomes of a sentence that its source does not support."
    )
    host: str = Field(
        "127.0.0.1",
        description="The address of the page; any other than this machine's own needs a password.",
    )
    port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        7860, description="The port of the page, or the next free one."
    )
    password: Annotated[SecretStr, Field(min_length=1)] | None = Field(
        None, description="Asked of everyone who opens the page."
    )
    behind_proxy: bool = Field(
        False,
        description="Whether a proxy stands before the page: what it adds (X-Forwarded-…) is then"
        " believed.",
    )
    zotero: Annotated[str, AfterValidator(_on_this_machine)] = Field(
        "http://127.0.0.1:23119",
        description="Where Zotero's local API is found, on this machine only.",
    )

    arxiv: Annotated[str, AfterValidator(_web_address)] = Field(
        "https://export.arxiv.org", description="Where `fetch` asks arXiv's API, or a mirror of it."
    )
    openalex: Annotated[str, AfterValidator(_web_address)] = Field(
        "https://api.openalex.org",
        description="Where `enrich` asks OpenAlex; a key is read from `OPENALEX_API_KEY`.",
    )
    semanticscholar: Annotated[str, AfterValidator(_web_address)] = Field(
        "https://api.semanticscholar.org",
        description=(
            "Where `enrich` asks Semantic Scholar; a key is read from `SEMANTIC_SCHOLAR_API_KEY`."
        ),
    )

    @property
    def data_folder(self) -> Path:
        """Where everything is kept: the corpora, conversations, what readers said."""
        return Path(os.path.expanduser(self.data_dir))

    @property
    def cache_dir(self) -> Path:
        """Where what services on the network answered is kept for a while."""
        return self.data_folder / "cache"

    @property
    def corpus_dir(self) -> Path:
        """Where the corpus in use is kept."""
        root = self.data_folder
        return (
            root / DEFAULT_CORPUS if self.corpus == DEFAULT_CORPUS else root / CORPORA / self.corpus
        )


def load_settings(**overrides: object) -> Settings:
    """Return the settings with overrides that are not None; AssistantError for bad values."""
    return _checked({name: value for name, value in overrides.items() if value is not None})


def with_corpus(settings: Settings, corpus: str) -> Settings:
    """Return the settings for another corpus; AssistantError for what cannot be a name."""
    return _checked({**settings.model_dump(exclude_unset=True), "corpus": corpus})


def as_markdown() -> str:
    """Return docs/settings.md: each setting's option, variable, default and effect."""
    lines = [_HEAD, "| option | variable | default | what it does |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        spelt = f"--{'no-' if field.default is True else ''}{name.replace('_', '-')}"
        option = f"`{spelt}`" if name in OPTIONS else ""
        default = "" if field.default is None or name == "data_dir" else f"`{field.default}`"
        lines.append(f"| {option} | `{_PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def _checked(given: dict[str, Any]) -> Settings:
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        raise AssistantError(
            f"the setting {name} ({_PREFIX}{name.upper()}): {first['msg']}"
        ) from error


if __name__ == "__main__":
    print(as_markdown(), end="")
