"""What can be set, and that docs/settings.md says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.models.minilm import MiniLM
from assistant.settings import OPTIONS, Settings, as_markdown, load_settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "settings.md"


def test_the_document_is_what_the_settings_say() -> None:
    again = "write it again: python -m assistant.settings > docs/settings.md"
    assert DOCUMENT.read_text("utf-8") == as_markdown(), again


def test_every_setting_is_described_and_every_option_is_a_setting() -> None:
    assert all(field.description for field in Settings.model_fields.values())
    assert set(OPTIONS) <= Settings.model_fields.keys()


def test_the_embedder_runs_on_the_threads_that_are_set(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setenv("PAPER_ASSISTANT_THREADS", "1")
    opened = Assistant.open(load_settings(data_dir=data_dir))
    try:
        assert isinstance(opened.embedder, MiniLM)
        options = opened.embedder._session.get_session_options()
        assert options.intra_op_num_threads == 1
    finally:
        opened.close()
