"""Settings: defaults, overridden by PAPER_ASSISTANT_… variables, overridden by the command line."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import AssistantError

BUNDLED_EMBEDDER = "minilm"


class Settings(BaseSettings):
    """Frozen settings, read by the entry points only.

    `data_dir` holds every corpus; `embedder` is "minilm" or "openai:NAME"; `model` is None (quotes) or
    "openai:NAME"; `prompt_tokens` bounds what is sent to a model; `timeout` is in seconds.
    """

    model_config = SettingsConfigDict(env_prefix="PAPER_ASSISTANT_", frozen=True, extra="ignore")

    data_dir: Path = Path(platformdirs.user_data_dir("paper-assistant", appauthor=False))
    corpus: str = "default"
    embedder: str = BUNDLED_EMBEDDER
    model: str | None = None
    prompt_tokens: int = 6000
    timeout: float = 60.0
    host: str = "127.0.0.1"
    port: int = 7860

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
