"""The four forms of quoting answer, and saying so when there is none."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.checking import claims
from assistant.types import Answer
from tests.conversing import talk


def cited(answer: Answer) -> set[str]:
    return {citation.paper.title.partition(":")[0] for citation in answer.citations}


def test_list_gives_title_link_year_reason_and_denominator(assistant: Assistant) -> None:
    answer = assistant.ask("Which papers deal with chest X-rays or radiology reports?")
    assert answer.kind == "list"
    assert "1. **[" in answer.text
    assert (
        f"{len(answer.citations)} of 219 papers; {len(answer.considered)} more were considered"
        in answer.text
    )
    assert not cited(answer) & {paper.title for paper in answer.considered}
    for citation in answer.citations:
        assert f"]({citation.paper.url})" in answer.text
        assert f"({citation.paper.year})" in answer.text


def test_fact_is_the_sentence_that_states_it_then_at_most_two_more(assistant: Assistant) -> None:
    answer = assistant.ask("how many parameters does SimDA tune?")
    assert answer.kind == "fact"
    assert cited(answer) == {"SimDA"}
    assert any(character.isdigit() for character in answer.text.split("[1]")[0])
    assert 1 <= sum(len(citation.quotes) for citation in answer.citations) <= 3


def test_summary_groups_quotes_under_headings(assistant: Assistant) -> None:
    answer = assistant.ask("Summarise the evidence on weakly supervised pre-training from hashtags")
    assert answer.kind == "summary"
    assert answer.text.count("\n### ") + answer.text.startswith("### ") >= 2
    quotes = [quote.text for citation in answer.citations for quote in citation.quotes]
    assert len(quotes) == len(set(quotes)) > 0


@pytest.mark.parametrize(
    "question",
    [
        "Compare Tune-A-Video and Still-Moving",
        "Tune-A-Video vs Still-Moving",
        (
            "How does Tune-A-Video: One-Shot Tuning of Image Diffusion Models for Text-to-Video"
            " Generation compare with Still-Moving?"
        ),
        (
            "what is the difference between the one-shot tuning on a single text-video pair and the"
            " one that customizes without customized video data"
        ),
    ],
)
def test_comparison_has_papers_as_columns_and_aspects_as_rows(
    assistant: Assistant, question: str
) -> None:
    answer = assistant.ask(question)
    assert answer.kind == "comparison"
    assert {"Tune-A-Video", "Still-Moving"} == cited(answer)
    header, _, *rows = answer.text.splitlines()
    assert header.count("|") == 4
    assert all(row.count("|") - row.count("\\|") == 4 for row in rows)
    assert [row.split("**")[1] for row in rows[-5:]] == [
        "Problem",
        "Approach",
        "Data",
        "Results",
        "Availability",
    ]
    assert "not stated in the abstract" in rows[-1]


def test_three_papers_are_compared(assistant: Assistant) -> None:
    answer = assistant.ask("compare SimDA with Tune-A-Video and I2V-Adapter")
    assert cited(answer) == {"SimDA", "Tune-A-Video", "I2V-Adapter"}


@pytest.mark.parametrize(
    ("side", "told"),
    [
        ("FooBarNet-9", "is about “FooBarNet-9”."),
        ("foobarnet", "is about “foobarnet”."),
        ("the Zorblax paper", "is about “Zorblax”."),
        ("Flamingo", "is plainly about “Flamingo”; one speaks of it: DocFormerv2."),
        (
            "GPT-4",
            "is plainly about “GPT-4”; 2 speak of it: GPT4Image; Efficient Continual "
            "Pre-training by Mitigating the Stability Gap.",
        ),
    ],
)
def test_a_side_that_no_paper_is_about_is_said_to_be_missing(
    assistant: Assistant, side: str, told: str
) -> None:
    answer = assistant.ask(f"compare SimDA with {side}")
    (name,) = answer.unfound
    assert name in side
    assert answer.text.startswith(f"*No paper of this collection {told}*")
    assert answer.kind == "comparison"
    assert cited(answer) == {"SimDA"}


def test_a_name_in_titles_is_no_missing_side_though_many_use_it(assistant: Assistant) -> None:
    answer = assistant.ask("compare SLIP with MAE")
    assert answer.kind == "comparison"
    assert answer.unfound == ()
    assert len(answer.citations) > 1
    assert "“MAE” means" in answer.text


def test_it_is_not_compared_with_a_paper_where_a_kind_is_named(assistant: Assistant) -> None:
    _, better = talk(
        assistant,
        "what does Tiny Time Mixers do?",
        "is it better than the big LLM based ones or only faster?",
    )
    assert better.kind == "fact"
    assert "LLM-TS" in better.text
    assert {one.paper.year for one in better.citations} == {2024}
    assert len(better.citations) == 1


def test_what_a_paper_says_of_a_missing_side_is_quoted(assistant: Assistant) -> None:
    answer = assistant.ask("how does OPT differ from GPT-3?")
    assert answer.unfound == ("GPT-3",)
    asked = next(line for line in answer.text.splitlines() if line.startswith("| **As asked**"))
    assert "comparable to GPT-3" in asked


def test_what_a_question_enumerates_has_a_row_each(assistant: Assistant) -> None:
    answer = assistant.ask("compare SPDF and MediSwift on sparsity level, year, and hardware")
    assert answer.table
    assert answer.table.aspects[:3] == ("Sparsity level", "Year", "Hardware")
    rows = {row.split("**")[1]: row for row in answer.text.splitlines() if row.startswith("| **")}
    assert rows["Sparsity level"].count("75%") == 2
    assert "2023 *(from the bibliography)*" in rows["Year"]


def test_a_licence_has_a_row_of_its_own_beside_what_else_is_to_be_had(assistant: Assistant) -> None:
    answer = assistant.ask("compare BERTweet and GottBERT in a table: year, licence")
    assert answer.table
    assert answer.table.aspects == ("Year", "Licence")
    (row,) = (line for line in answer.text.splitlines() if line.startswith("| **Licence**"))
    assert "MIT License" in row
    assert "AGPLv3" in row


def test_where_nothing_asked_is_stated_the_usual_rows_are_shown(assistant: Assistant) -> None:
    answer = assistant.ask("SimDA vs BLIP: gpu hours, favourite colour")
    assert answer.table
    assert answer.table.aspects[0] == "Problem"


def test_what_records_say_is_told_beside_what_the_abstract_says(assistant: Assistant) -> None:
    asked = "What data was it trained with, how big is the model and where did the team publish?"
    _, answer = talk(assistant, "What is BERTweet?", asked)
    assert cited(answer) == {"BERTweet"}
    assert "EMNLP 2020 (demos) *(from the bibliography)*" in answer.text
    _, answer = talk(assistant, "What is BERTweet?", "By how much is it better, and on what?")
    assert "from the bibliography" not in answer.text


def test_where_no_side_is_found_nothing_is_compared(assistant: Assistant) -> None:
    answer = assistant.ask("compare pretraining in FooBarNet-9 with pretraining in BarNet-2")
    assert answer.abstained
    assert "FooBarNet-9" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "who won the football world cup?",
        "😀😀😀",
        "<script>football(1)</script>",
        "what should I cook tonight?",
        "?",
    ],
)
def test_off_topic_is_said_with_the_nearest_papers_not_cited(
    assistant: Assistant, question: str
) -> None:
    answer = assistant.ask(question)
    assert answer.abstained
    assert answer.kind == "none"
    assert answer.text.startswith("I found nothing about this in the 219 papers.")
    assert len(answer.nearest) == 2
    assert all(paper.url in answer.text for paper in answer.nearest)
    assert answer.citations == ()


@pytest.mark.parametrize(
    ("question", "attribute"),
    [
        ("What BLEU did RAD-DINO get?", "BLEU"),
        ("how many GPUs were used to train Tune-A-Video?", "GPU"),
        ("what is the license of SimDA?", "license"),
    ],
)
def test_known_paper_that_does_not_say(assistant: Assistant, question: str, attribute: str) -> None:
    answer = assistant.ask(question)
    assert answer.abstained
    assert answer.text.startswith("The abstract of [")
    assert attribute in answer.text


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What is PLLaVA?", "summary"),
        ("What is the main idea of SimDA?", "summary"),
        ("Is the code of MIMDet available?", "fact"),
        ("who works on protein language models?", "list"),
        ("animating a still photo", "list"),
    ],
)
def test_general_questions_are_answered(assistant: Assistant, question: str, kind: str) -> None:
    answer = assistant.ask(question)
    assert (answer.kind, answer.abstained) == (kind, False)


def test_ordinals_and_pronouns(assistant: Assistant) -> None:
    table, second, first = talk(
        assistant,
        "Compare ViTDet and MIMDet",
        "which dataset is the second one evaluated on?",
        "and what AP does the first one reach on COCO?",
    )
    assert len(table.citations) == 2
    assert "MIMDet" in second.question
    assert [citation.paper.title for citation in second.citations] == [
        table.citations[1].paper.title
    ]
    assert [citation.paper.title for citation in first.citations] == [
        table.citations[0].paper.title
    ]


def test_those_keeps_to_the_papers_under_discussion(assistant: Assistant) -> None:
    first, second = talk(
        assistant, "which papers adapt T2I models to video?", "which of those need no video data?"
    )
    assert second.kind == "list"
    assert second.citations
    assert cited(second) < cited(first)


def test_compare_it_with(assistant: Assistant) -> None:
    _, table = talk(
        assistant, "how many parameters does SimDA tune?", "compare it with I2V-Adapter"
    )
    assert table.kind == "comparison"
    assert cited(table) == {"SimDA", "I2V-Adapter"}


def test_it_is_compared_with_what_is_described(assistant: Assistant) -> None:
    _, table = talk(
        assistant,
        "what is Tune-A-Video about?",
        "and how does it compare with the adapter that tunes only 24M parameters?",
    )
    assert table.kind == "comparison"
    assert cited(table) == {"Tune-A-Video", "SimDA"}


def test_a_missing_side_is_kept_in_mind(assistant: Assistant) -> None:
    earlier, table, both, those = talk(
        assistant,
        "what does OPT release?",
        "compare MedKLIP with BiomedCLIP",
        "which of the two uses triplets?",
        "how do they differ on data?",
    )
    assert "OPT" in cited(earlier)
    for answer in (table, both, those):
        assert answer.unfound == ("BiomedCLIP",)
        told = "No paper of this collection is about “BiomedCLIP”."
        assert told in "".join((answer.text, *answer.notes))
        assert cited(answer) <= {"MedKLIP"}
    assert cited(table) == cited(both) == {"MedKLIP"}


def test_a_side_that_may_mean_another_paper_says_so_and_has_it_last(assistant: Assistant) -> None:
    answer, second = talk(
        assistant,
        "compare the one that makes the longest videos with the one for time-lapse videos",
        "who wrote the second one?",
    )
    assert answer.hedged
    assert answer.table
    assert answer.text.startswith("*Not sure that “the one that makes the longest videos”")
    long, lapse, *others = [one.title.partition(":")[0] for one in answer.table.papers]
    assert (long[:15], lapse, len(others)) == ("Step-Video-T2V ", "MagicTime", 1)
    assert cited(second) == {"MagicTime"}


def test_a_comparison_with_nothing_that_was_said_asks_with_what(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "compare it with I2V-Adapter")
    assert answer.table is None
    assert cited(answer) == {"I2V-Adapter"}
    assert "say what to compare it with" in " ".join(answer.notes)
    (named,) = talk(assistant, "ernie 2.0 vs 3.0 whats new besides size")
    assert named.table is not None


def test_papers_of_a_list_are_meant_by_their_places_however_far_back(assistant: Assistant) -> None:
    listed, wrote, second, third, ends = talk(
        assistant,
        "which papers adapt T2I models to video?",
        "who wrote the first?",
        "and the second?",
        "when was the third published?",
        "how do the first and the last differ?",
    )
    papers = [citation.paper for citation in listed.citations]
    for answer, place in ((wrote, 0), (second, 1), (third, 2)):
        assert [one.paper for one in answer.citations] == [papers[place]]
    assert ends.table
    assert ends.table.papers == (papers[0], papers[-1])
    *_, two, added, own = talk(
        assistant,
        "which papers adapt T2I models to video?",
        "tell me about the third one",
        "compare the first two",
        f"and {papers[2].title.partition(':')[0]}?",
        "and the last?",
    )
    assert two.table
    assert two.table.papers == (papers[0], papers[1])
    assert added.table
    assert set(added.table.papers) == set(papers[:3])
    assert [one.paper for one in own.citations] == [added.table.papers[-1]]
    assert own.notes == ()


def test_a_shorter_table_has_what_came_out(assistant: Assistant) -> None:
    asked = "compare the German model under the AGPL licence with the Algerian one"
    whole, short = talk(assistant, asked, "shorter, two lines")
    assert whole.table
    assert short.table
    assert short.table.papers == whole.table.papers
    assert short.table.aspects == ("Results",)
    assert cited(short) == cited(whole)


def test_a_shorter_table_is_still_of_what_no_paper_is_about(assistant: Assistant) -> None:
    whole, short = talk(assistant, "compare SimDA with GPT-9", "shorter")
    assert short.table
    assert whole.unfound == short.unfound == ("GPT-9",)


def test_a_shorter_list_has_what_surely_matches_a_sentence_each(assistant: Assistant) -> None:
    whole, short = talk(assistant, "which papers adapt T2I models to video?", "shorter")
    assert cited(short) < cited(whole)
    assert all(len(citation.quotes) == 1 for citation in short.citations)
    assert "Less certain" not in short.text


def test_the_second_of_two_compared_is_asked_nothing_more(assistant: Assistant) -> None:
    table, second = talk(
        assistant,
        "compare the paper that tunes only 24M parameters with Tune-A-Video",
        "and the second one?",
    )
    assert table.table
    assert [one.paper for one in second.citations] == [table.table.papers[1]]
    assert second.notes == ()


def test_a_summary_of_a_topic_is_one_whatever_was_spoken_of(assistant: Assistant) -> None:
    fact, summary = talk(
        assistant, "how many parameters does SimDA tune?", "summarise video editing"
    )
    assert (fact.kind, summary.kind) == ("fact", "summary")
    assert len(summary.citations) > 2


def test_a_summary_is_of_all_that_are_named_and_described(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "summarise BLIP, GPT-4 and the paper that shrinks CC3M")
    assert cited(answer) == {"BLIP", "Too Large; Data Reduction for Vision-Language Pre-Training"}
    assert answer.unfound == ("GPT-4",)


def test_topic_switch_forgets_and_switch_back_remembers(assistant: Assistant) -> None:
    first, switched, back = talk(
        assistant,
        "what's a model soup?",
        "new topic - is there any work on Maltese?",
        "back to the Model soups paper, what ImageNet accuracy did they hit?",
    )
    assert not cited(first) & cited(switched)
    assert cited(first) & cited(back)
    assert not cited(switched) & cited(back)


def test_first_question_with_a_pronoun_stands_as_it_is(assistant: Assistant) -> None:
    assert (
        assistant.ask("does it cost more at inference?").question
        == "does it cost more at inference?"
    )


def test_named_and_described_sides_are_compared_together(assistant: Assistant) -> None:
    answer = assistant.ask("PROP vs MASTER vs the hyperlink paper")
    assert cited(answer) == {"PROP", "MASTER", "Pre-training for Ad-hoc Retrieval"}


def test_a_side_that_is_read_as_the_topic_is_compared(assistant: Assistant) -> None:
    answer = assistant.ask(
        "compare two works on pretraining on tissue slides: what attention heads learn, and the one"
        " with compiled H&E sets"
    )
    titles = " ".join(cited(answer))
    assert answer.kind == "comparison"
    assert "Visual Concepts in Histopathology" in titles
    assert "pretraining on pathological images" in titles


def test_a_description_cut_in_two_costs_no_paper_and_adds_none(assistant: Assistant) -> None:
    answer = assistant.ask(
        "compare PROP with the one that uses hyperlinks and anchor texts for ad-hoc retrieval"
    )
    assert cited(answer) == {"PROP", "Pre-training for Ad-hoc Retrieval"}


def test_each_clause_of_a_question_has_its_sentence(assistant: Assistant) -> None:
    answer = assistant.ask(
        "Which database was used to draw up patients' problem lists from progress notes, and which"
        " model came out best?"
    )
    (citation,) = answer.citations
    assert citation.paper.title.startswith("Summarizing Patients Problems")
    assert "Medical Information Mart for Intensive Care" in answer.text
    assert "T5 with domain adaptive pre-training achieves significant" in answer.text


def test_what_a_sentence_speaks_of_is_quoted_before_it(assistant: Assistant) -> None:
    answer = assistant.ask("why does finetuning on several frames go wrong, according to PLLaVA?")
    before, after = answer.text.split("Our further investigation reveals that it is")
    assert before.endswith("“")
    assert "saturation or even a drop" in before
    assert "bias of learned high-norm visual features" in after


def test_what_the_next_sentence_turns_round_is_not_quoted_alone(assistant: Assistant) -> None:
    answer = assistant.ask(
        "Is it right that domain-specific pre-training should start from a general model?"
    )
    _, turned = answer.text.split("A prevailing assumption is that even domain-specific")
    assert "we challenge this assumption" in turned[:200]


def test_a_choice_is_answered_from_both_sides(assistant: Assistant) -> None:
    answer = assistant.ask("biomedical BERT: from scratch or continue from a general model?")
    own, others = answer.text.split("Other papers that come near:")
    assert len(answer.citations) > 2
    assert "continuous pre-training has demonstrated the ability to match" in own + others
    assert "from scratch results in substantial gains" in own + others


def test_a_named_paper_is_summarised_in_several_sentences(assistant: Assistant) -> None:
    answer = assistant.ask("What is BLIP about?")
    (citation,) = answer.citations
    assert 3 <= len(citation.quotes) <= 4
    assert any("we propose BLIP" in quote.text for quote in citation.quotes)


def test_what_none_under_discussion_fits_is_looked_for_beyond(assistant: Assistant) -> None:
    listed, narrowed = talk(
        assistant, "Which works pre-train on chest X-rays?", "Only those on tissue slides."
    )
    before, beyond = narrowed.text.split("others in the collection that may:")
    assert before == "I am not sure that any of the 3 papers before fits; "
    assert "Histopathology" in beyond
    assert not {one.paper for one in listed.citations} & {one.paper for one in narrowed.citations}


def test_a_number_that_no_sentence_gives_is_doubted(assistant: Assistant) -> None:
    asked = "what share of the captions does the filter take out in BLIP?"
    assert assistant.ask(asked).hedged
    assert not assistant.ask("how many parameters does SimDA tune?").hedged


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("How many tweets was BERTweet pre-trained on?", True),  # its figures are years
        ("How many different signers are there in CSL-News?", True),  # hours are counted
        ("How many hours of signing video are there in CSL-News?", False),
        ("By how many points of box AP does MIMDet beat Swin on COCO?", False),
    ],
)
def test_a_figure_that_counts_something_else_only_comes_near(
    asked: str, near: bool, assistant: Assistant
) -> None:
    assert assistant.ask(asked).hedged is near


def test_what_is_beyond_keeps_to_the_bounds_of_the_question(assistant: Assistant) -> None:
    _, narrowed = talk(
        assistant,
        "Which works from 2023 pre-train on medical pictures?",
        "Only those on tissue slides.",
    )
    assert {one.paper.year for one in narrowed.citations} == {2023}


def test_names_that_one_paper_says_both_of_are_looked_up_there(assistant: Assistant) -> None:
    answer = assistant.ask("How does SloT5 compare with SloBERTa when the task is classification?")
    assert "lag behind the monolingual Slovene SloBERTa" in answer.text


def test_vague_words_describe_no_side_but_in_a_few_papers(assistant: Assistant) -> None:
    asked = "How do PROP and the pre-training with hyperlinks differ?"
    assert cited(assistant.ask(asked)) == {"PROP", "Pre-training for Ad-hoc Retrieval"}
    few = assistant.ask(
        "compare the toolkit for building pre-training models and the one on fitting to clusters"
        " of visual features year:2018-2019"
    )
    assert cited(few) == {"UER", "ClusterFit"}


def test_what_stands_there_in_other_words_is_not_said_to_be_missing(assistant: Assistant) -> None:
    paper = "Revisiting Weakly Supervised Pre-Training of Visual Perception Models"
    (answer,) = talk(assistant, f"how many pictures does “{paper}” use?")
    assert "pictures" not in answer.text  # it speaks of images
    *_, missing = talk(assistant, f"which microphones does “{paper}” use?")
    assert "does not mention “microphones”" in missing.text


def test_the_name_of_a_paper_is_no_part_of_its_answer(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "Which text corpus was GottBERT trained on?")
    assert answer.text.startswith("“The German portion of the OSCAR data set")


def test_a_name_that_no_abstract_has_is_told_and_doubted(assistant: Assistant) -> None:
    question = "which language model pre-trained on Icelandic beats multilingual models on parsing?"
    answer = assistant.ask(question)
    assert answer.text.startswith("*No abstract has the word “Icelandic”.*")
    assert answer.hedged
    answer = assistant.ask("which papers are about BERT-based models for Dutch?")
    assert "No abstract has" not in answer.text


def test_a_summary_of_what_is_not_there_says_so(assistant: Assistant) -> None:
    answer = assistant.ask("give me an overview of federated learning")
    assert "I am not sure that an abstract is about this; what comes nearest" in answer.text
    assert answer.hedged
    assert len(answer.citations) == 3
    assert not any("not sure" in claim.text for claim in claims(answer.text))
    assert not assistant.ask("Give me an overview of video editing").hedged


def test_a_list_names_the_nearest_that_it_leaves_out(assistant: Assistant) -> None:
    answer = assistant.ask("which papers adapt T2I models to video?")
    text = answer.text
    entries, left_out = text.split("Left out, though they come near: ")
    titles = left_out.split("\n")[0].split("; ")
    assert 1 <= len(titles) <= max(3, len(answer.citations))
    assert not any(title.split("]")[0] in entries for title in titles)
    assert not any("Left out" in claim.text for claim in claims(text))


def test_what_is_said_in_other_words_is_not_called_missing(assistant: Assistant) -> None:
    answer = assistant.ask("papers on document search from 2022 onwards")
    assert not answer.abstained
    assert all((citation.paper.year or 0) >= 2022 for citation in answer.citations)


def test_a_paper_that_is_described_is_summarised_alone(assistant: Assistant) -> None:
    answer = assistant.ask("tell me about the paper that averages the weights of models")
    assert [citation.paper.title[:11] for citation in answer.citations] == ["Model soups"]
    assert len(answer.citations[0].quotes) >= 3


def test_a_clause_that_leaves_nothing_out_stays(assistant: Assistant) -> None:
    question = "papers that initialise a transformer from a smaller or bigger one, doesnt matter"
    parsed, _ = assistant.retrieve(question)
    assert "transformer" in parsed.topic
    assert not parsed.excluded


def test_a_named_paper_is_summarised_by_what_it_does_and_what_comes_of_it(
    assistant: Assistant,
) -> None:
    answer = assistant.ask("Explain BEiT")
    quotes = [span.text for one in answer.citations for span in one.quotes]
    assert len(quotes) == len(set(quotes))
    assert any("masked image modeling task" in quote for quote in quotes)
    assert any("83.2%" in quote for quote in quotes)
    assert not any("available at" in quote for quote in quotes)


@pytest.mark.parametrize(
    ("question", "sentences"),
    [
        ("summarise SimDA in two sentences", 2),
        ("tell me about SimDA, five sentences please", 5),
        ("in three bullets: what is BEiT?", 3),
    ],
)
def test_an_answer_has_as_many_sentences_as_are_asked_for(
    question: str, sentences: int, assistant: Assistant
) -> None:
    (citation,) = assistant.ask(question).citations
    assert len(citation.quotes) == sentences


def test_a_summary_has_a_sentence_of_as_many_papers_as_sentences_are_asked_for(
    assistant: Assistant,
) -> None:
    answer = assistant.ask("in three sentences: what is known about video generation?")
    assert [len(one.quotes) for one in answer.citations] == [1, 1, 1]


def test_whether_papers_agree_is_shown_and_not_decided(assistant: Assistant) -> None:
    listed, results, each = talk(
        assistant,
        "which papers are about domain-specific pretraining in medicine?",
        "do they agree?",
        "do they agree that training from scratch is better?",
    )
    assert all("for you to judge" in one.text for one in (results, each))
    assert results.table
    assert results.table.aspects == ("Results",)
    assert len(each.citations) > 1
    shown = {one.paper.id for one in listed.citations}
    assert {one.paper.id for one in each.citations} <= shown


def test_a_cell_quotes_the_work_itself(assistant: Assistant) -> None:
    answer = assistant.ask("compare SimDA and Tune-A-Video: cost")
    assert answer.table
    row = [cell for (_, aspect), cell in answer.table.cells.items() if aspect == "As asked"]
    assert not any("such paradigm is computationally expensive" in cell for cell in row)


def test_what_has_half_of_the_words_is_not_said_to_be_absent(assistant: Assistant) -> None:
    answer = assistant.ask("compare ViTDet and MIMDet: better AP on COCO")
    assert answer.table
    row = {key: cell for (key, name), cell in answer.table.cells.items() if name == "As asked"}
    assert len(row) == 2
    assert all("COCO" in cell for cell in row.values())
