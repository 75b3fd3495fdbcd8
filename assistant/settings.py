"""Settings: defaults, overridden by PAPER_ASSISTANT_… variables, overridden by the command line."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, Field, PositiveInt, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import AssistantError

BUNDLED_EMBEDDER = "minilm"
DEFAULT_CORPUS = "default"
CORPORA = "corpora"
"""The folder in the data folder that holds the corpora with names."""
# Not only ASCII would be spelt in two ways by some file systems; a dot at the end is dropped by others.
_CORPUS_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_-])?")
_Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
_Dollars = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _corpus_name(name: str) -> str:
    if not _CORPUS_NAME.fullmatch(name):
        raise PydanticCustomError(
            "corpus_name",
            "{name} cannot be a corpus' name; use up to 64 of A-Z a-z 0-9 - _ . with a letter or digit first, no dot last",
            {"name": repr(name if len(name) <= 80 else name[:79] + "…")},
        )
    return name


class Settings(BaseSettings):
    """Frozen settings, read by the entry points only. A variable that is empty counts as not set.

    `data_dir` holds every corpus, `corpus` names the one in use; `embedder` is "minilm", "openai:NAME" or another provider's;
    `reranker` is None, "cross-encoder:NAME_OR_FOLDER" or a provider's; `model` is None (quotes), "openai:NAME",
    "gguf:PATH" or another provider's. `prompt_tokens` and `output_tokens` bound one call, `context` overrides the model's
    own, `timeout` is the longest wait in seconds without any text; `parallel` calls run at a time, `judged` candidates of
    a list are read. Budgets are per answer and per day, in tokens and dollars. `unsupported` sentences are marked or removed.
    `password` is asked of everyone who opens the page; without one it is served to this machine alone.
    """

    model_config = SettingsConfigDict(
        env_prefix="PAPER_ASSISTANT_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    data_dir: Path = Path(platformdirs.user_data_dir("paper-assistant", appauthor=False))
    corpus: Annotated[str, AfterValidator(_corpus_name)] = DEFAULT_CORPUS
    embedder: str = BUNDLED_EMBEDDER
    reranker: str | None = None
    model: str | None = None
    prompt_tokens: PositiveInt = 6000
    output_tokens: PositiveInt = 1500
    context: PositiveInt | None = None
    timeout: _Seconds = 60.0
    parallel: PositiveInt = 4
    judged: PositiveInt = 24
    answer_tokens: PositiveInt | None = 60_000
    day_tokens: PositiveInt | None = 2_000_000
    answer_dollars: _Dollars | None = None
    day_dollars: _Dollars | None = None
    unsupported: Literal["mark", "remove"] = "mark"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 7860
    password: Annotated[SecretStr, Field(min_length=1)] | None = None

    @property
    def data_folder(self) -> Path:
        """Where everything is kept: the corpora, conversations, what readers said."""
        return Path(os.path.expanduser(self.data_dir))

    @property
    def corpus_dir(self) -> Path:
        """Where the corpus in use is kept."""
        root = self.data_folder
        return (
            root / DEFAULT_CORPUS if self.corpus == DEFAULT_CORPUS else root / CORPORA / self.corpus
        )


def load_settings(**overrides: object) -> Settings:
    """Return the settings, with every override that is not None; AssistantError names a bad value."""
    return _checked({name: value for name, value in overrides.items() if value is not None})


def with_corpus(settings: Settings, corpus: str) -> Settings:
    """Return the settings for another corpus; AssistantError for what cannot be a name."""
    return _checked({**settings.model_dump(), "corpus": corpus})


def _checked(given: dict[str, Any]) -> Settings:
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        raise AssistantError(
            f"the setting {name} (PAPER_ASSISTANT_{name.upper()}): {first['msg']}"
        ) from error
