"""What papers are called, and what is only a phrase."""

from __future__ import annotations

import copy

from assistant.text.paper_names import NameIndex, collect_names
from assistant.types import Paper


def test_a_phrase_that_others_use_names_no_paper_a_name_does() -> None:
    vitamin = [Paper(f"v{n}", f"Trial {n}", "We give vitamin D to people.") for n in range(5)]
    rivals = [Paper(f"r{n}", f"Rival {n}", "We compare our model with Flamingo.") for n in range(5)]
    own = [
        Paper("d", "Vitamin D: the sunshine vitamin", "A review."),
        Paper("f", "Flamingo: a model", "It sees and speaks."),
    ]
    names = NameIndex.of({one.id: one for one in (*own, *vitamin, *rivals)})
    assert names.find("what does vitamin D do for bones?") == []
    assert [one.paper_id for one in names.find("what does Flamingo do?")] == ["f"]


def test_an_address_and_what_a_citation_left_behind_make_no_word_of_a_name() -> None:
    papers = [
        Paper("v", "VEXT: a model", "We propose VEXT. Code is at https://example.org/vext."),
        Paper("o", "Others", "It gains three points over the VEXT vext baseline."),
        Paper("m", "MOTO: moving", "We propose MOTO."),
        Paper("r", "Riders", "They rode a moto to the laboratory."),
    ]
    names = NameIndex.of({one.id: one for one in papers})
    assert [one.paper_id for one in names.find("what does vext do?")] == ["v"]
    assert names.find("what does a moto do?") == []


def test_an_abbreviation_that_many_use_is_no_paper_after_an_article() -> None:
    papers = [
        Paper("own", "VLM: one model for both", "We propose VLM."),
        Paper("raft", "FineTuning: more", "We present FineTuning."),
    ]
    others = [
        Paper(f"o{n}", f"Other {n}", "A VLM is used. Finetuning follows finetuning.")
        for n in range(4)
    ]
    names = NameIndex.of({one.id: one for one in (*papers, *others)})
    assert [one.paper_id for one in names.find("what is VLM trained on?")] == ["own"]
    assert names.find("let a VLM talk to another") == []
    assert names.find("Finetuning a generator: how much better is it?") == []


def test_a_word_in_small_letters_is_no_name_in_the_plural_either() -> None:
    tape = Paper("own", "TAPE: tasks for proteins", "We present TAPE.")
    other = Paper("o", "Old recordings", "The tape is digitised.")
    names = NameIndex.of({one.id: one for one in (tape, other)})
    assert names.find("my tapes are crackly") == names.find("a crackly tape") == []
    assert [one.paper_id for one in names.find("are TAPEs hard?")] == ["own"]


def test_the_mark_of_a_retraction_is_no_name() -> None:
    paper = Paper("own", "RETRACTED: SimDA: adapters for video models", "It adapts.")
    names = NameIndex.of({"own": paper})
    assert names.display(paper) == "SimDA"
    assert names.find("was anything RETRACTED?") == []
    for text in ("what does SimDA do?", "SimDA: adapters for video models"):
        assert [one.paper_id for one in names.find(text)] == ["own"]
    plain = NameIndex.of({"own": Paper("own", "RETRACTED: How tall birds walk", "They step.")})
    assert [one.paper_id for one in plain.find("who wrote How tall birds walk?")] == ["own"]


def test_a_question_leaves_the_names_as_they_are() -> None:
    papers = [Paper("own", "VLM: one model for both", "We propose VLM.")]
    table = collect_names({one.id: one for one in papers})
    before = copy.deepcopy(table)
    NameIndex(table).find("let a VLM talk to an UnheardOf, or to some OtherName")
    assert table == before


def test_the_address_of_its_code_names_a_paper() -> None:
    papers = {
        "a": Paper("a", "Align and Prompt", "We align. Code: https://github.com/someone/ALPRO."),
        "b": Paper("b", "Pretrained for Video", "We adapt. See https://aka.ms/X-CLIP for more."),
        "c": Paper("c", "A New Tool", "We present GoodTool. It is at github.com/lab/OtherTool."),
        "d": Paper("d", "OtherTool: Mine", "We present OtherTool."),
        "e": Paper("e", "In Small Letters", "Code is at https://github.com/lab/fairseq."),
    }
    names = NameIndex.of(papers)
    found = {text: [one.paper_id for one in names.find(text)] for text in
             ("what does ALPRO do?", "is X-CLIP good?", "who made OtherTool?", "with fairseq?")}  # fmt: skip
    assert list(found.values()) == [["a"], ["b"], ["d"], []]


def test_what_stands_in_an_address_is_no_name_of_the_work() -> None:
    text = "We release our models at https://hub.example/YiDuo1999/Physician-8B for all."
    paper = Paper("a", "Mitigating the Gap", text)
    assert NameIndex.of({"a": paper}).display(paper) == "Mitigating the Gap"


def test_what_a_name_begins_with_names_its_paper_where_no_other_is_so_called() -> None:
    papers = [
        Paper("a", "Otter-Knowledge: a benchmark", "We present Otter-Knowledge."),
        Paper("b", "ERNIE 2.0: continual training", "We propose ERNIE 2.0."),
        Paper("c", "ERNIE 3.0: larger training", "We propose ERNIE 3.0."),
        Paper("d", "Still-Moving: videos", "Pictures that stand still."),
    ]
    names = NameIndex.of({one.id: one for one in papers})
    assert [one.paper_id for one in names.find("what does Otter find?")] == ["a"]
    assert {one.paper_id for one in names.find("and ERNIE?")} == {"b", "c"}
    assert [one.paper_id for one in names.find("ERNIE 3.0, its size?")] == ["c"]
    assert not names.find("is Still a paper?")


def test_a_title_is_named_by_its_beginning_without_what_counts_it() -> None:
    papers = [
        Paper("a", "OpenVid-1M: a dataset", "We present OpenVid-1M."),
        Paper("b", "Step-Video-T2V Technical Report", "We present Step-Video-T2V."),
        Paper("c", "ImageNet-21K Pretraining", "We train on ImageNet-21K."),
        Paper("d", "Another", "We train on ImageNet."),
        Paper("e", "VideoCrafter1: Open Models", "We introduce two models."),
        Paper("f", "ptt5-v2: A Closer Look", "We look at T5."),
        Paper("g", "DINOv2: Features", "It is better than DINO."),
        Paper("h", "Colours", "We use DINO."),
    ]
    names = NameIndex.of({one.id: one for one in papers})
    said = ("how big is OpenVid?", "sum up Step-Video", "who uses ImageNet?")
    assert [[one.paper_id for one in names.find(text)] for text in said] == [["a"], ["b"], ["d"]]
    said = ("what about VideoCrafter?", "compare with ptt5", "who uses DINO?")
    assert [[one.paper_id for one in names.find(text)] for text in said] == [["e"], ["f"], []]


def test_a_paper_owns_the_name_of_its_models_though_it_introduces_none() -> None:
    papers = [
        Paper("a", "Sequence to Sequence for Slovene", "The SloT5 models lag behind SloBERTa."),
        Paper("b", "Another", "The BERT models lag behind."),
        Paper("c", "A Third", "We use BERT."),
    ]
    names = NameIndex.of({one.id: one for one in papers})
    assert [one.paper_id for one in names.find_firm("compare SloT5 with BERT")] == ["a"]
    assert not names.find_firm("compare SloBERTa")


def test_a_long_title_is_named_by_all_that_stands_before_its_colon() -> None:
    papers = [
        Paper("a", "A Pretrainer's Guide to Training Data: Measuring Age and Toxicity", "Filters."),
        Paper("b", "Training Data", "A guide to training data for pretrainers."),
    ]
    names = NameIndex.of({one.id: one for one in papers})
    said = 'In "A Pretrainer\'s Guide to Training Data", what do filters do?'
    assert "a" in [one.paper_id for one in names.find(said)]
    assert not names.find("is there a guide to data?")


def test_a_word_with_a_name_in_it_is_no_name() -> None:
    papers = {
        "a": Paper("a", "Conflict in Post-training for LLM-based Translation", "We translate."),
        "b": Paper("b", "Still-Moving: Customized Video", "We present T5-style training."),
    }
    index = NameIndex.of(papers)
    assert index.find("is it better than the LLM based ones, or T5-style ones?") == []
    assert [one.paper_id for one in index.find("what does Still-Moving do?")] == ["b"]
