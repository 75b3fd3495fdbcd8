"""Settings: defaults, overridden by PAPER_ASSISTANT_… variables, overridden by the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import AssistantError

BUNDLED_EMBEDDER = "minilm"
_Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
_Dollars = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Settings(BaseSettings):
    """Frozen settings, read by the entry points only. A variable that is empty counts as not set.

    `data_dir` holds every corpus; `embedder` is "minilm", "openai:NAME" or another provider's; `reranker` is
    None, "cross-encoder:NAME_OR_FOLDER" or a provider's; `model` is None (quotes), "openai:NAME",
    "gguf:PATH" or another provider's. `prompt_tokens` and `output_tokens` bound one call, `context` overrides the model's
    own, `timeout` is the longest wait in seconds without any text; `parallel` calls run at a time, `judged` candidates of
    a list are read. Budgets are per answer and per day, in tokens and dollars. `unsupported` sentences are marked or removed.
    """

    model_config = SettingsConfigDict(env_prefix="PAPER_ASSISTANT_", frozen=True, extra="ignore", env_ignore_empty=True)

    data_dir: Path = Path(platformdirs.user_data_dir("paper-assistant", appauthor=False))
    corpus: str = "default"
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

    @property
    def corpus_dir(self) -> Path:
        """Where the corpus in use is kept."""
        return Path(os.path.expanduser(self.data_dir)) / self.corpus


def load(**overrides: object) -> Settings:
    """Return the settings, with every override that is not None; AssistantError names a bad value."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        raise AssistantError(f"the setting {name} (PAPER_ASSISTANT_{name.upper()}): {first['msg']}") from error
