"""What a message says of papers one by one, and which papers that are."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.reading.mentions import mentions_in, with_pronouns
from assistant.types import Answer
from tests.conversing import talk

LANGUAGES = "which papers pretrain a language model for one language?"
LIST_OF_VIDEO = "which papers adapt T2I models to video?"
ADAPTERS = "tell me about SimDA", "tell me about I2V-Adapter", "tell me about T2I-Adapter"


def cited(answer: Answer) -> set[str]:
    """Return how the titles of the papers that an answer cites begin."""
    return {one.paper.title.split(":")[0].split(" for ")[0] for one in answer.citations}


@pytest.mark.parametrize(
    ("message", "spans", "said"),
    [
        (
            "put the Thai, Danish and Polish ones beside BERTweet",
            ("the Thai, Danish", "Polish ones", "BERTweet"),
            ["Thai", "Danish", "Polish", "BERTweet"],
        ),
        ("the gender paper and the X-ray one, please", ("the gender paper",), ["gender", "X-ray"]),
        ("what does the one on age and sex say?", ("the one on age and sex",), ["on age and sex"]),
        ("a Thai study and an Arabic one", ("a Thai study", "an Arabic one"), []),
        ("not GottBERT but the Dutch one", ("GottBERT", "the Dutch one"), ["Dutch"]),
        (
            "Don't Stop Pretraining, the survey paper",
            ("Don't",),
            ["Don't Stop Pretraining", "survey"],
        ),
    ],
)
def test_papers_are_mentioned_one_by_one(
    assistant: Assistant, message: str, spans: tuple[str, ...], said: list[str]
) -> None:
    found = mentions_in(message, spans, assistant.snapshot.names)
    words = [one.words.removeprefix("one ") for one in found if one.plain]
    assert words == said


def test_what_is_asked_of_each_has_a_pronoun_in_the_place_of_its_name(assistant: Assistant) -> None:
    asked = with_pronouns(
        "how large are SimDA and the Dutch one?",
        ("SimDA", "the Dutch one"),
        assistant.snapshot.names,
    )
    assert asked == "how large are it?"


def test_each_paper_that_is_described_is_asked(assistant: Assistant) -> None:
    _, answer = talk(assistant, LANGUAGES, "what did the Maltese and the Slovenian one find?")
    assert answer.kind == "fact"
    assert cited(answer) == {
        "Pre-training Data Quality and Quantity",
        "Sequence to sequence pretraining",
    }
    assert answer.text.count("\n- **[") + answer.text.startswith("- **[") == 2


def test_a_paper_under_its_name_stands_beside_one_that_is_described(assistant: Assistant) -> None:
    *_, answer = talk(assistant, *ADAPTERS, "compare it with the image-to-video one and SimDA")
    assert answer.kind == "comparison"
    assert cited(answer) == {"T2I-Adapter", "I2V-Adapter", "SimDA"}


def test_a_named_paper_that_was_not_shown_is_one_of_them(assistant: Assistant) -> None:
    _, answer = talk(assistant, LANGUAGES, "what text did BERTweet and the Maltese one read?")
    assert cited(answer) == {"BERTweet", "Pre-training Data Quality and Quantity"}


def test_what_fits_nothing_shown_is_looked_for_in_the_collection(assistant: Assistant) -> None:
    _, answer = talk(assistant, "what does GottBERT use?", "and the clinical German study?")
    assert cited(answer) == {"Comprehensive Study on German Language Models"}


def test_a_name_that_sounds_like_leaving_out_leaves_nothing_out(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant,
        "tell me about Never Train from Scratch",
        "tell me about SPDF",
        "no, I meant Never Train from Scratch and SPDF. what do they report?",
    )
    assert cited(answer) == {"Never Train from Scratch", "SPDF"}


def test_which_of_several_named_ones_asks_of_no_others(assistant: Assistant) -> None:
    *_, answer = talk(assistant, *ADAPTERS, "of SimDA and I2V-Adapter, which ones make video?")
    assert cited(answer) <= {"SimDA", "I2V-Adapter"}
    assert cited(answer)


def test_of_several_papers_each_is_told_by_itself(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant,
        "tell me about GottBERT",
        "tell me about RobBERT-2022",
        "under what licence are GottBERT and RobBERT-2022?",
    )
    first, second = (line for line in answer.text.splitlines() if line.startswith("- "))
    assert "GottBERT" in first
    assert "AGPLv3" in first
    assert "RobBERT-2022" in second
    assert "does not say" in second or "not plainly stated" in second


def test_what_is_enumerated_of_several_stands_in_a_table(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant, LANGUAGES, "the Maltese and the Slovenian one: training data, tasks, results"
    )
    assert answer.kind == "comparison"
    assert len(cited(answer)) == 2
    assert "**Results**" in answer.text


def test_what_is_dropped_with_others_is_not_what_is_asked(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant, *ADAPTERS, "drop SimDA and the image-to-video one. how many parameters are left?"
    )
    assert not cited(answer) & {"SimDA", "I2V-Adapter"}


def test_the_papers_of_a_list_that_are_described_are_asked_and_no_others(
    assistant: Assistant,
) -> None:
    _, answer = talk(
        assistant,
        "which papers are on medical text in German or Japanese?",
        "then the Japanese and the German one, how did they make their data?",
    )
    assert answer.kind == "fact"
    assert len(cited(answer)) == 2


def test_a_kind_in_short_is_no_name_of_a_paper(assistant: Assistant) -> None:
    names = [assistant.snapshot.names.display(paper) for paper in assistant.papers()]
    assert not {"MLP", "MLPs", "LLM", "LLMs", "VLMs"} & {*names}


def test_a_row_is_called_by_what_is_asked_not_by_of_whom(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant,
        *ADAPTERS,
        "SimDA and I2V-Adapter: tuned parameters and training data for each, table",
    )
    assert "for each" not in answer.text


def test_columns_that_are_asked_choose_no_papers(assistant: Assistant) -> None:
    before, after = talk(
        assistant, LANGUAGES, "a table of them: language, corpus, downstream tasks"
    )
    assert after.kind == "comparison"
    assert cited(after) <= cited(before)
    assert all(f"| {row}" in after.text for row in ("Language", "Data", "Downstream tasks"))


def test_one_line_each_is_one_sentence_of_each(assistant: Assistant) -> None:
    _, answer = talk(
        assistant, LANGUAGES, "what did the Maltese and the Slovenian one find? one sentence each"
    )
    lines = [line for line in answer.text.splitlines() if line.startswith("- ")]
    assert [line.count("”") for line in lines] == [1, 1]


def test_several_venues_are_those_of_any(assistant: Assistant) -> None:
    before, after = talk(
        assistant, LIST_OF_VIDEO, "from your list, show only the CVPR and ICCV papers"
    )
    venues = {one.paper.venue or "" for one in after.citations}
    assert venues
    assert all("CVPR" in venue or "ICCV" in venue for venue in venues)
    assert cited(after) <= {*cited(before)} | {one.title.split(":")[0] for one in before.considered}


def test_who_states_no_licence_and_releases_no_code_is_told_beside_who_does(
    assistant: Assistant,
) -> None:
    asked = "under what licence are GottBERT, the Maltese one and RobBERT-2022?"
    _, licences = talk(assistant, LANGUAGES, asked)
    *_, code = talk(assistant, "tell me about SimDA", "tell me about TAPE", "do both release code?")
    for answer, silent, said in ((licences, 2, "AGPLv3 license"), (code, 1, "data and code")):
        assert answer.text.count("*its abstract does not say*") == silent
        assert said in answer.text


EDITED = [
    (
        ("compare GottBERT with DziriBERT", "add the Maltese one to the table, and the ViT5 one"),
        {"GottBERT", "DziriBERT", "Pre-training Data Quality and Quantity", "ViT5"},
    ),
    (
        ("compare SimDA with Tune-A-Video", "kill the SimDA one and add the MagicTime paper"),
        {"Tune-A-Video", "MagicTime"},
    ),
    (
        ("compare SimDA with Tune-A-Video", "You lost MagicTime. Put it in as well, please."),
        {"SimDA", "Tune-A-Video", "MagicTime"},
    ),
]


@pytest.mark.parametrize(("talked", "shown"), EDITED)
def test_what_a_table_gets_and_loses_may_be_described(
    assistant: Assistant, talked: tuple[str, ...], shown: set[str]
) -> None:
    _, answer = talk(assistant, *talked)
    assert answer.kind == "comparison"
    assert answer.table is not None
    titles = [paper.title for paper in answer.table.papers]
    assert len(titles) == len(shown)
    assert all(any(title.startswith(one) for title in titles) for one in shown)
