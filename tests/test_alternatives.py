"""Names among alternatives that no abstract has."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant


@pytest.mark.parametrize(
    ("question", "judged", "unheard"),
    [
        ("which papers are on Portuguese or Polish?", "which papers are on Portuguese?", "Polish"),
        ("papers on Polish, Portuguese or Dutch", "papers on Portuguese or Dutch", "Polish"),
        ("papers on Danish, Thai or Polish", "papers on Danish, Thai or Polish", ""),
        ("papers that combine LoRA and MuZero", "papers that combine LoRA and MuZero", ""),
        ("papers on video or LoRA", "papers on video or LoRA", ""),
        ("Hello, I need papers on video", "Hello, I need papers on video", ""),
    ],
)
def test_a_name_that_no_abstract_has_is_left_out_of_the_others(
    assistant: Assistant, question: str, judged: str, unheard: str
) -> None:
    parsed, _ = assistant.retrieve(question)
    assert (parsed.question, " ".join(parsed.unheard)) == (judged, unheard)


def test_what_fits_the_other_names_is_no_doubtful_list(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are on Portuguese or Polish?")
    assert answer.text.startswith("*No abstract has the word “Polish”.*")
    assert not answer.hedged
    assert {"Sabiá", "ptt5-v2"} <= {cited.paper.title.split(":")[0] for cited in answer.citations}
