"""The learned judge: on judgements of a hand that it never saw, and on papers of its own."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnxruntime import InferenceSession

from assistant.assistant import Assistant
from assistant.index.layout import Folder
from assistant.judging import cross_encoder
from assistant.judging.cross_encoder.network import CrossEncoder, encode, readable_sentences
from assistant.models.fine_tuning import INPUTS, unmasked
from assistant.models.minilm import MiniLM
from assistant.types import Paper
from ingest.index import Plan, index

DATA = Path(cross_encoder.__file__).parent / "data"
BOATS = Paper(
    "boats",
    "WaveNest: Steering Boats from Sonar",
    "Steering small boats in fog is hard. Earlier systems rely on cameras and on labelled charts. We"
    " present WaveNest, which steers by sonar alone and needs no labelled charts. It was trained for"
    " 16 hours on two GPUs. On 40 lakes it lands 92% of boats safely.",
)
TRAINS = Paper(
    "trains",
    "RailMind: Timetables by Search",
    "Timetables are made by hand. RailMind searches them with labelled delays of ten years."
    " It cuts delays by 8% on the northern line, but makes night trains later.",
)


@pytest.fixture(scope="module")
def network() -> CrossEncoder:
    return CrossEncoder()


def best(network: CrossEncoder, question: str, paper: Paper) -> str:
    return network.judge("question", question, [paper])[0].best.span.text


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("on what hardware was it trained?", "two GPUs"),
        ("how often does it land boats safely?", "92%"),
    ],
)
def test_the_answering_sentence_is_first(network: CrossEncoder, question: str, words: str) -> None:
    assert words in best(network, question, BOATS)


def test_a_paper_of_the_topic_is_likelier_than_one_of_another(network: CrossEncoder) -> None:
    boats, trains = network.judge("criterion", "papers on steering boats", [BOATS, TRAINS])
    assert boats.answers > 0 > trains.answers


@pytest.mark.slow
def test_strangers_judgements_are_met(network: CrossEncoder) -> None:
    abstracts = {one["id"]: one for one in _read("abstracts.jsonl")}
    first: dict[str, list[bool]] = defaultdict(list)
    for row in _read("judgements.jsonl"):
        if row["hand"] == "family5" and row["verdict"] == "yes":
            abstract = abstracts[row["paper"]]
            best_one = network.judge(row["kind"], row["q"], [_paper(abstract)])[0].best.span.text
            shown = [abstract["sentences"][n] for n in row["sentences"]]
            first[row["kind"]].append(any(one in best_one or best_one in one for one in shown))
    shares = {kind: sum(values) / len(values) for kind, values in first.items()}
    assert shares["question"] >= 0.6
    assert shares["summary"] >= 0.75


def test_what_is_beyond_the_networks_positions_says_nothing(network: CrossEncoder) -> None:
    filler = " ".join(f"Filler sentence number {n} is about nothing much." for n in range(80))
    long = Paper("long", "Long", f"{filler} It was trained on two GPUs.")
    spans = readable_sentences(long)
    encoded = encode("question", "on what hardware?", long.title, [span.text for span in spans])
    assert len(encoded.ids) <= 512
    assert len(encoded.spans) < len(spans)
    judged = network.judge("question", "on what hardware?", [long])[0]
    assert len(judged.sentences) == len(spans)
    assert judged.sentences[-1].answers < -8


def test_few_papers_are_judged_as_many_are(tmp_path: Path, embedder: MiniLM) -> None:
    index(Plan([BOATS, TRAINS]), Folder(tmp_path), embedder)
    few = Assistant(Folder(tmp_path), embedder)
    listed = few.ask("which papers steer boats?")
    assert [citation.paper.id for citation in listed.citations] == ["boats"]
    assert few.ask("who won the football world cup?").abstained
    few.close()


def _paper(abstract: dict[str, Any]) -> Paper:
    return Paper(abstract["id"], abstract["title"], " ".join(abstract["sentences"]))


def _read(name: str) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def test_a_network_without_its_mask_says_the_same(network: CrossEncoder) -> None:
    assert [one.name for one in network._session.get_inputs()] == ["input_ids", "token_type_ids"]
    steps = [
        ("Cast", ["input_ids"], "scores", {"to": TensorProto.FLOAT}),
        ("Cast", ["attention_mask"], "seen", {"to": TensorProto.FLOAT}),
        ("Log", ["seen"], "mask", {}),
        ("Add", ["scores", "mask"], "masked", {}),
        ("Softmax", ["masked"], "shares", {}),
        ("IsNaN", ["shares"], "odd", {}),
        ("Where", ["odd", "mask", "shares"], "attention", {}),
        ("Cast", ["token_type_ids"], "types", {"to": TensorProto.FLOAT}),
        ("Add", ["attention", "types"], "said", {}),
    ]
    nodes = [helper.make_node(kind, read, [made], **how) for kind, read, made, how in steps]
    row = [1, "length"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, row) for name in INPUTS]
    output = helper.make_tensor_value_info("said", TensorProto.FLOAT, row)
    opset = [helper.make_opsetid("", 17)]
    whole = helper.make_model(
        helper.make_graph(nodes, "attention", inputs, [output]), opset_imports=opset, ir_version=8
    )
    text = {"input_ids": np.array([[3, 1, 2]]), "token_type_ids": np.array([[0, 1, 1]])}
    (before,) = _run(whole, text | {"attention_mask": np.ones((1, 3), np.int64)})
    bare = unmasked(whole, [name for name in INPUTS if name != "attention_mask"])
    assert np.array_equal(_run(bare, text)[0], before)
    assert {"IsNaN", "Where", "Log"}.isdisjoint(node.op_type for node in bare.graph.node)


def _run(model: onnx.ModelProto, feeds: dict[str, Any]) -> Sequence[Any]:
    session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    answers: Sequence[Any] = session.run(None, feeds)
    return answers
