"""Questions judged over pools of abstracts → `model.onnx`: `python -m
assistant.models.question_encoder.train`.

Needs the extra `train`. The abstracts stay as MiniLM encodes them; only what reads the question is
taught, so that no index is made anew: query-side fine-tuning (Lee et al. 2021, "Learning Dense
Representations of Phrases at Scale") of a dual encoder (Karpukhin et al. 2020); see CARD.md. Two
cores take a quarter of an hour; seeds are fixed.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from assistant.models.fine_tuning import (
    GLOSSARY,
    HELD_OUT,
    WIDTH,
    export,
    frame_of,
    framed,
    load_trunk,
    read_rows,
    take_step,
)
from assistant.models.minilm import MiniLM, bundled_tokenizer, piece_vectors
from assistant.models.question_encoder.network import INPUT

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "judging" / "cross_encoder" / "data"
"""What the judge is taught on, too."""
_SEED, _RATE, _BATCH, _WARM_UP, _LONGEST = 6, 3e-5, 64, 60, 128
_TEMPERATURE = 0.05
# How much of MiniLM stays in the weights: what was taught and what it knew of other fields, both
# (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
_KEPT = 0.25
_WORTH = {"yes": 1.0, "partly": 0.35}
# Who doubts a statement wants what speaks against it, too.
_WORTH_TO_CLAIMS = {"yes": 1.0, "partly": 1.0, "no": 1.0}
_MAY_FIT = 40  # of all abstracts so many that MiniLM has nearest, and nobody judged, may answer too
_FEW = 2  # judged abstracts among which there is nothing to rank
# The share of twins and of statements in an epoch; how often everyday requests are in it.
_HALVED, _EVERYDAY = 0.5, 2


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the abstracts that fit by how much, and all that were judged for it."""

    hand: str
    kind: str
    text: str
    fitting: dict[int, float]
    judged: tuple[int, ...]


class Network(nn.Module):
    """MiniLM-L6 over word pieces' vectors, which stay as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = load_trunk()

    def forward(self, pieces: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return the states of word pieces (both b × n × 384)."""
        mask = torch.ones(pieces.shape[:2], dtype=torch.long) if mask is None else mask
        states: torch.Tensor = self.trunk(inputs_embeds=pieces, attention_mask=mask)[0]
        return states


def read_examples(folder: Path, places: dict[str, int]) -> list[Example]:
    """Return the questions of a data folder that some abstract answers; `places` say where the
    abstracts stand."""
    pools = {one["id"]: one["papers"] for one in read_rows(folder / "pools.jsonl")}
    examples = []
    for row in read_rows(folder / "pool_queries.jsonl"):
        fitting = {
            places[paper]: worth
            for verdict, worth in reversed(_WORTH.items())
            for paper in row.get(verdict) or ()
        }
        judged = tuple(places[paper] for paper in pools[row["pool"]])
        examples.append(Example(row["hand"], row["kind"], row["q"], fitting, judged))
    asked: dict[tuple[str, ...], dict[int, float]] = defaultdict(dict)
    for row in (*read_rows(folder / "judgements.jsonl"), *read_rows(folder / "twins.jsonl")):
        key = row["hand"], row["kind"], row["q"]
        worth = _WORTH_TO_CLAIMS if row["kind"] == "claim" else _WORTH
        asked[key][places[row["paper"]]] = worth.get(row["verdict"], 0.0)
    for (hand, kind, text), worths in asked.items():
        fitting = {place: worth for place, worth in worths.items() if worth}
        examples.append(Example(hand, kind, text, fitting, tuple(worths)))
    return [one for one in examples if one.fitting]


def read_glossary(folder: Path, first: int) -> tuple[list[str], list[Example]]:
    """Return the sentences of a data folder's glossary, the `first` of which has that number among
    all abstracts, and what each of its everyday wordings fits: what says it in the field's words
    against what says something near.
    """
    texts: list[str] = []
    examples = []
    for row in read_rows(folder / GLOSSARY):
        sentences = row["said"] + row["near"]
        place = first + len(texts)
        own = tuple(range(place, place + len(sentences)))
        texts += sentences
        fitting = dict.fromkeys(own[: len(row["said"])], 1.0)
        examples += [Example(row["hand"], "criterion", one, fitting, own) for one in row["lay"]]
    return texts, examples


def read_questions(network: Network, texts: Sequence[str]) -> torch.Tensor:
    """Return the unit vectors of questions (b × 384)."""
    ids = [bundled_tokenizer().encode(text).ids[:_LONGEST] for text in texts]
    rows = [torch.tensor(piece_vectors(one)) for one in ids]
    mask = nn.utils.rnn.pad_sequence([torch.ones(len(one)) for one in rows], batch_first=True)
    states = network(nn.utils.rnn.pad_sequence(rows, batch_first=True), mask).float()
    pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    return nn.functional.normalize(pooled, dim=1)


def loss_of(
    network: Network,
    examples: Sequence[Example],
    near: Sequence[Sequence[int]],
    abstracts: torch.Tensor,
    chance: random.Random,
) -> torch.Tensor:
    """Return the loss: of the abstracts that fit among all (n × 384), and among those judged;
    `near` are those that MiniLM finds.
    """
    texts = [framed(one.text, frame_of(one.kind, one.text, chance)) for one in examples]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        vectors = read_questions(network, texts)
    scores = vectors @ abstracts.T / _TEMPERATURE
    wanted, is_judged = torch.zeros_like(scores), torch.zeros_like(scores, dtype=torch.bool)
    is_other = torch.ones_like(is_judged)
    for row, (one, nearest) in enumerate(zip(examples, near, strict=True)):
        is_other[row, list(nearest)] = False
        is_judged[row, list(one.judged)] = True
        for place, worth in one.fitting.items():
            wanted[row, place] = worth
    wanted = wanted / wanted.sum(1, keepdim=True)
    among_all = scores.masked_fill(~(is_judged | is_other), -1e4).log_softmax(1)
    loss = -(wanted * among_all).sum(1).mean()
    of_pools = is_judged.sum(1) > _FEW
    among_judged = scores.masked_fill(~is_judged, -1e4).log_softmax(1)
    return loss - ((wanted * among_judged).sum(1) * of_pools).sum() / of_pools.sum().clamp(min=1)


def _batches(examples: Sequence[Example], chance: random.Random) -> Iterator[list[int]]:
    """Yield an epoch's examples by number."""
    chosen = []
    for number, one in enumerate(examples):
        if one.hand.startswith("twins") or one.kind == "claim":
            chosen += [number] * (chance.random() < _HALVED)
        else:
            chosen += [number] * (_EVERYDAY if one.hand.startswith("pool_g") else 1)
    chance.shuffle(chosen)
    for first in range(0, len(chosen) - _BATCH + 1, _BATCH):
        yield chosen[first : first + _BATCH]


def train(data: Path, epochs: int, out: Path) -> None:
    """Train on the questions in `data`, tell how the held-out hands are met, and export."""
    torch.manual_seed(_SEED)
    torch.set_num_threads(2)
    chance = random.Random(_SEED)
    rows = read_rows(data / "abstracts.jsonl")
    every = read_examples(data, {row["id"]: place for place, row in enumerate(rows)})
    said, wordings = read_glossary(data, len(rows))
    every += wordings
    texts = [f"{row['title']}. {' '.join(row['sentences'])}" for row in rows] + said
    abstracts = torch.tensor(MiniLM().embed_documents(texts))
    held = [one for one in every if one.hand in HELD_OUT]
    taught = [one for one in every if one.hand not in HELD_OUT]
    network = Network()
    network.trunk.embeddings.word_embeddings.requires_grad_(False)
    evaluate(network, held, abstracts)
    near = _nearest(network, taught, abstracts)
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=0.01)
    batches = [batch for _ in range(epochs) for batch in _batches(taught, chance)]
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(step / _WARM_UP, 1.0, 1.5 * (1 - step / len(batches)))
    )
    began, losses = time.time(), []
    network.train()
    for step, batch in enumerate(batches, 1):
        some = [taught[number] for number in batch]
        losses.append(
            take_step(
                loss_of(network, some, [near[number] for number in batch], abstracts, chance),
                optimiser,
                schedule,
            )
        )
        if step % 50 == 0:
            mean = sum(losses[-50:]) / 50
            print(f"{step}/{len(batches)} loss {mean:.3f} {time.time() - began:.0f} s", flush=True)
    _blend(network)
    torch.save(network.state_dict(), out.with_suffix(".pt"))
    evaluate(network, held, abstracts)
    export(network, {"states": True}, out, {INPUT: torch.ones(1, 16, WIDTH)})


@torch.no_grad()
def _blend(network: Network) -> None:
    first = Network().state_dict()
    for name, weights in network.state_dict().items():
        if weights.is_floating_point():
            weights.lerp_(first[name], _KEPT)


@torch.no_grad()
def _nearest(
    network: Network, examples: Sequence[Example], abstracts: torch.Tensor
) -> list[list[int]]:
    network.eval()
    found: list[list[int]] = []
    for some in _some(examples):
        vectors = read_questions(network, [one.text for one in some])
        found += (vectors @ abstracts.T).topk(_MAY_FIT, dim=1).indices.tolist()
    return found


def _some(examples: Sequence[Example]) -> Iterable[Sequence[Example]]:
    return (examples[first : first + _BATCH] for first in range(0, len(examples), _BATCH))


@torch.no_grad()
def evaluate(network: Network, examples: Sequence[Example], abstracts: torch.Tensor) -> None:
    """Print by hand and kind of question how well the abstracts that fit are told from others of
    their pool (mean AUC).
    """
    network.eval()
    areas: dict[tuple[str, str], list[float]] = defaultdict(list)
    for some in _some([one for one in examples if len(one.judged) > _FEW]):
        scores = read_questions(network, [one.text for one in some]) @ abstracts.T
        for row, one in enumerate(some):
            kept = [n for n in one.judged if one.fitting.get(n, 0.0) in (0.0, 1.0)]
            fits = [n in one.fitting for n in kept]
            if len(set(fits)) == 2:
                area = float(roc_auc_score(fits, scores[row, kept]))
                areas[one.hand, one.kind].append(area)
    for (hand, kind), told in sorted(areas.items()):
        print(f"  {hand} {kind}: {np.mean(told):.3f} of {len(told)}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "model.onnx")
    given = parser.parse_args()
    train(given.data, given.epochs, given.out)
