"""Questions in other languages: told apart from English ones, and told to the reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.text.language import foreign_language

FOREIGN = {
    "German": "Welche Modelle brauchen keine Videodaten?",
    "French": "quels articles parlent de la génération de vidéos ?",
    "Spanish": "¿Cuántos parámetros ajusta SimDA?",
    "Italian": "quali articoli parlano di traduzione automatica?",
    "Portuguese": "quais artigos tratam de pré-treinamento de modelos de fala?",
    "Dutch": "welke artikelen gaan over spraakherkenning?",
    "Polish": "które artykuły dotyczą rozpoznawania mowy?",
    "Russian": "какие статьи о генерации видео?",
    "Chinese": "哪些论文研究视频生成？",
    "Japanese": "動画生成に関する論文はどれですか？",
    "Korean": "비디오 생성에 관한 논문은 무엇입니까?",
    "Arabic": "ما هي الأوراق التي تتناول توليد الفيديو؟",
}


def english_questions() -> Iterator[str]:
    for folder in ("questions", "more_questions", "fresh_questions", "follow_ups"):
        for file in (Path(__file__).parent / folder).glob("*.jsonl"):
            for line in file.read_text("utf-8").splitlines():
                record = json.loads(line)
                yield record.get("query", "")
                for turn in record.get("turns", ()):
                    yield turn["user"] if isinstance(turn, dict) else turn


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_recognised(language: str) -> None:
    assert foreign_language(FOREIGN[language]) == language


def test_no_english_question_is_taken_for_another_language() -> None:
    questions = set(english_questions())
    assert len(questions) > 800
    assert {text: found for text in questions if (found := foreign_language(text))} == {}


def test_a_question_in_another_language_is_answered_with_care(assistant: Assistant) -> None:
    answer = assistant.ask(FOREIGN["German"])
    assert answer.notes[0].startswith("This question seems to be in German")
    assert answer.hedged or answer.abstained
    assert assistant.ask("how many parameters does SimDA tune?").notes == ()
