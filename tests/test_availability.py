"""Lists by what papers say is to be had of them: code, models, data, a licence."""

from __future__ import annotations

import re

from assistant.assistant import Assistant
from assistant.types import Answer, Paper
from tests.conversing import talk

_CODE = re.compile(
    r"\b(?:code|codes|source code) (?:(?:is|are|will be|has been|have been) )?(?:made )?"
    r"(?:publicly )?(?:available|released)\b|\b(?:code|codes) at:? https?:",
    re.IGNORECASE,
)


def shown(answer: Answer) -> set[str]:
    return {one.paper.id for one in answer.citations}


def with_code(corpus: list[Paper], year: int | None = None) -> set[str]:
    """Return those that plainly say that code is to be had."""
    papers = (one for one in corpus if year is None or one.year == year)
    return {one.id for one in papers if _CODE.search(one.abstract)}


def test_all_that_release_code_are_listed(assistant: Assistant, corpus: list[Paper]) -> None:
    answer = assistant.ask("papers from 2023 that release their code")
    assert with_code(corpus, 2023) <= shown(answer)
    assert {one.paper.year for one in answer.citations} == {2023}
    for one in answer.citations:
        said = " ".join(span.text for span in one.quotes).lower()
        assert re.search(
            r"\bcode(?:s|base)?\b|\bgithub\b|\brepository\b|\bsource\b|\btoolkit\b", said
        ), said


def test_what_is_beyond_the_longest_list_is_told_next(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    first, second = talk(assistant, "Which papers release their code?", "more")
    assert "These are the first 50" in first.text
    assert not shown(first) & shown(second)
    assert with_code(corpus) <= shown(first) | shown(second)


def test_a_matter_is_asked_for_too(assistant: Assistant, corpus: list[Paper]) -> None:
    answer = assistant.ask("text-to-video papers that release code")
    texts = [f"{one.paper.title} {one.paper.abstract}".lower() for one in answer.citations]
    assert len(texts) >= 5
    assert all("video" in text for text in texts)
    assert shown(answer) <= {one.id for one in corpus if "code" in one.abstract.lower()}


def test_what_counts_them_counts_what_is_listed(assistant: Assistant) -> None:
    listed = assistant.ask("Which papers from 2022 release their code?")
    counted = assistant.ask("How many papers from 2022 release their code?")
    assert counted.counts is not None
    assert counted.counts.total == len(shown(listed)) > 3


def test_of_papers_shown_those_that_release_something_are_told(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    first, second = talk(
        assistant, "Which papers are about proteins?", "Which of those release code or data?"
    )
    assert shown(second) <= shown(first)
    assert {one for one in shown(first) if one in with_code(corpus)} <= shown(second)


def test_a_licence_is_no_code(assistant: Assistant) -> None:
    answer = assistant.ask("papers with an open licence")
    titles = {one.paper.title.partition(":")[0] for one in answer.citations}
    assert {"GottBERT", "BERTweet"} <= titles
    for one in answer.citations:
        assert "licen" in " ".join(span.text for span in one.quotes).lower()


def test_a_licence_for_something_is_a_licence(assistant: Assistant) -> None:
    answer = assistant.ask("which of these papers state a licence for the weights?")
    assert answer.kind == "list"
    assert {one.paper.title.partition(":")[0] for one in answer.citations} == {
        "BERTweet",
        "GottBERT",
    }


def test_a_paper_is_asked_for_its_licence_not_for_its_code(assistant: Assistant) -> None:
    stated = assistant.ask("Under which licence was BERTweet released?")
    (citation,) = stated.citations
    assert "MIT License" in citation.quotes[0].text
    both = assistant.ask("Neither DocFormerv2 nor ViTLP mentions a licence, then?")
    assert both.abstained
    assert "do not mention “licence”" in both.text


def test_what_is_published_is_counted_as_what_is_released(assistant: Assistant) -> None:
    published = assistant.ask("how many of the papers publish their code or data")
    released = assistant.ask("how many of the papers release their code or data")
    assert published.counts
    assert released.counts
    assert published.counts.total == released.counts.total > 50


def test_what_others_have_made_available_is_none_of_a_paper(assistant: Assistant) -> None:
    answer = assistant.ask("Which papers release model weights?")
    said = [span.text for one in answer.citations for span in one.quotes]
    assert len(said) > 20
    assert not [text for text in said if "what if no pretrained model" in text]
    assert not [text for text in said if "publicly available checkpoints" in text]


def test_code_that_is_not_to_be_had_is_no_code(assistant: Assistant) -> None:
    released = shown(assistant.ask("Which papers release their code?"))
    answer = assistant.ask("papers where the code is not available")
    assert len(shown(answer) & released) < len(released) / 2


def test_a_model_is_released_by_its_name_and_what_none_releases_is_told(
    assistant: Assistant,
) -> None:
    compared = "compare GottBERT, the Dutch ULMFiT and RobBERT-2022"
    _, models = talk(assistant, compared, "which ones release their model?")
    (one,) = models.citations
    assert one.paper.title.startswith("GottBERT")
    assert models.text.count("AGPLv3") == 1  # and nothing more is quoted of it
    _, code = talk(assistant, compared, "which of them come with code?")
    assert code.abstained
    assert not code.citations


def test_what_asks_is_no_place_of_code(assistant: Assistant) -> None:
    # "However, what if no pretrained model of the required size is available?"
    _, answer = talk(assistant, "What is weight subcloning?", "is the code out?")
    assert "does not mention “code”" in answer.text


def test_what_others_make_available_is_not_its_own(assistant: Assistant) -> None:
    # "if a model pretrained on a related speech variety … is available"
    ainu = "Adapting Multilingual Speech Representation Model for a New, Underresourced Language"
    for asked in ("is the code or the model of it anywhere?", "can I download it?"):
        _, answer = talk(assistant, f"what does {ainu} adapt?", asked)
        assert answer.abstained


def test_code_is_asked_for_behind_a_remark(assistant: Assistant) -> None:
    _, answer = talk(
        assistant, "what is MDMMT-2 about?", "MDMMT-2 sounds promising. Is the code out there?"
    )
    assert "does not mention “code”" in answer.text


def test_a_released_dataset_can_be_had(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "can I download ViTT?")
    assert "we construct and release a new dense video captioning dataset" in answer.text


def test_where_to_download_is_the_row_of_every_table(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "compare SSL4EO-S12 and RS5M: size, where to download")
    row = answer.text.partition("**Availability**")[2].partition("\n")[0]
    assert row.count("github.com") == 2
    assert "Where to download" not in answer.text


def test_a_release_told_elsewhere_in_a_table_is_not_denied(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "compare BLURB and MediSwift")
    row = answer.text.partition("**Availability**")[2].partition("\n")[0]
    assert "we have released our state-of-the-art pretrained and task-specific models" in row
