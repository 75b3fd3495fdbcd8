"""Judged abstracts → `model.onnx`: `python -m assistant.judging.cross_encoder.train`.

Needs the extra `train`. One small network (MiniLM-L6) reads a question and a whole abstract
together and says for each sentence, and for the paper, how it stands to the question; see CARD.md.
Two cores take hours, a GPU minutes; seeds are fixed.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from assistant.judging.cross_encoder.network import PAPER, SENTENCE, Encoded, encode
from assistant.models.fine_tuning import (
    HELD_OUT,
    WIDTH,
    batches,
    export,
    frame_of,
    framed,
    keep_of,
    load_exported,
    load_trunk,
    pad,
    read_rows,
    take_step,
)

HERE = Path(__file__).parent
_SEED, _TRUNK_RATE, _HEAD_RATE, _BATCH = 7, 6e-5, 1e-3, 16
_FROZEN_LAYERS, _WARM_UP = 1, 200
_GOING_ON = 3, 0.6  # from an earlier judge: layers that stay, and the share of the rates
_GROUPS, _BESIDE = 2, 3  # papers that answer one question, an epoch; what each is set above
_CLAIMS = 0.25  # of the statements, and of sentences as statements, so many an epoch
_KEPT = 2  # papers that are silent on a question which nothing answers, an epoch
_SENTENCE_WEIGHTS = (3.0, 3.0, 1.0)
Twins = tuple[dict[str, Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Example:
    """A question beside an abstract: the verdict on the paper, and on each of its sentences."""

    encoded: Encoded
    verdict: int
    sentences: tuple[int, ...]


class Network(nn.Module):
    """MiniLM-L6 with two linear heads: word pieces → logits of each, and of the pair."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = load_trunk()
        self.dropout = nn.Dropout(0.1)
        self.sentence = nn.Linear(WIDTH, len(SENTENCE))
        self.paper = nn.Linear(WIDTH, len(PAPER))

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the logits of every word piece, and those of the whole."""
        states = self.dropout(
            self.trunk(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state
        )
        return self.sentence(states), self.paper(states[:, 0])


def read_examples(folder: Path) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Return a data folder's judgements, of pools paper by paper, and its abstracts by id."""
    rows, pools = read_rows(folder / "judgements.jsonl"), read_rows(folder / "pools.jsonl")
    for query in read_rows(folder / "pool_queries.jsonl"):
        members = next(pool["papers"] for pool in pools if pool["id"] == query["pool"])
        rows += [_of_pool(query, paper) for paper in members]
    return rows, {one["id"]: one for one in read_rows(folder / "abstracts.jsonl")}


def read_twins(folder: Path) -> list[Twins]:
    """Return the pairs of a data folder of which an abstract answers the first, not the second."""
    rows = read_rows(folder / "twins.jsonl")
    return list(zip(rows[::2], rows[1::2], strict=True))


def read_asked(folder: Path) -> list[dict[str, Any]]:
    """Return a data folder's questions that are asked of a paper on the table, without its name;
    of any other paper they say nothing.
    """
    return [row | {"kind": "question"} for row in read_rows(folder / "asked.jsonl")]


def _of_pool(query: dict[str, Any], paper: str) -> dict[str, Any]:
    """Return what a query of a pool says of one of its papers; "off" where it says nothing."""
    row = {key: query[key] for key in ("hand", "kind", "q")} | {"paper": paper, "sentences": []}
    for verdict in ("yes", "partly", "no"):
        if paper in query.get(verdict, {}):
            return row | {"verdict": verdict, "sentences": query[verdict][paper]}
    return row | {"verdict": "silent" if paper in query.get("silent", ()) else "off"}


def to_example(row: dict[str, Any], abstract: dict[str, Any]) -> Example:
    """Return a judgement as the network is taught it."""
    encoded = encode(row["kind"], row["q"], abstract["title"], abstract["sentences"])
    mark = {"yes": 0, "partly": 0, "no": 1}.get(row["verdict"], 2)
    chosen = set(row["sentences"])
    sentences = tuple(mark if n in chosen else 2 for n in range(len(abstract["sentences"])))
    return Example(encoded, PAPER.index(row["verdict"]), sentences)


def hard_negatives(
    rows: Sequence[dict[str, Any]], abstracts: dict[str, dict[str, Any]], chance: random.Random
) -> list[dict[str, Any]]:
    """Return each question that some abstract answers beside one of another topic that the embedder
    ranks high.
    """
    from assistant.models.minilm import MiniLM

    embedder, papers = MiniLM(), list(abstracts)
    texts = [f"{one['title']}. {' '.join(one['sentences'][:4])}" for one in abstracts.values()]
    matrix = np.array(embedder.embed_documents(texts), dtype=np.float32)
    asked = {(row["kind"], row["q"]): row for row in rows if row["verdict"] == "yes"}
    negatives = []
    for (kind, question), row in asked.items():
        scores = matrix @ np.array(embedder.embed_query(question), dtype=np.float32)
        order = [papers[n] for n in np.argsort(-scores)[:30]]
        topic = row["paper"][:-1] if row["hand"].startswith("family") else row["paper"]
        others = [paper for paper in order if not paper.startswith(topic)]
        # The very nearest may answer too, among abstracts of which not all pairs were judged.
        other = chance.choice(others[2:20])
        negatives.append(
            {"hand": row["hand"], "kind": kind, "q": question, "paper": other}
            | {"verdict": "off", "sentences": []}
        )
    return negatives


def own_sentences(
    abstracts: dict[str, dict[str, Any]], chance: random.Random
) -> list[dict[str, Any]]:
    """Return for each abstract two of its sentences as claims, which it supports, and one of
    another, on which it is silent: claims in its very words are true ones.
    """
    claims, everybody = [], list(abstracts)
    for paper, abstract in abstracts.items():
        own = chance.sample(range(len(abstract["sentences"])), min(2, len(abstract["sentences"])))
        other = chance.choice(everybody)
        said = [("yes", [n], abstract["sentences"][n]) for n in own]
        if other != paper:
            said.append(("silent", [], chance.choice(abstracts[other]["sentences"])))
        for verdict, sentences, text in said:
            text = "The authors " + text.removeprefix("We ") if text.startswith("We ") else text
            claims.append(
                {"hand": "own", "kind": "claim", "q": text, "paper": paper}
                | {"verdict": verdict, "sentences": sentences}
            )
    return claims


def groups_of(
    rows: Sequence[dict[str, Any]], twins: Sequence[Twins], chance: random.Random
) -> list[tuple[dict[str, Any], ...]]:
    """Return the judgements of an epoch in groups of which the first is to stand above the others:
    a paper that answers and up to three that do so less, the two of twins; alone what is left, of
    papers that do not answer only a few.
    """
    asked: dict[tuple[str, ...], tuple[list[dict[str, Any]], list[dict[str, Any]]]]
    asked = defaultdict(lambda: ([], []))
    groups: list[tuple[dict[str, Any], ...]] = []
    for row in rows:
        if row["kind"] != "claim":
            asked[row["hand"], row["kind"], row["q"]][row["verdict"] != "yes"].append(row)
        elif chance.random() < _CLAIMS:
            groups.append((row,))
    for fitting, others in asked.values():
        chance.shuffle(fitting)
        chance.shuffle(others)
        others.sort(key=lambda row: row["verdict"] == "off")  # stable: the nearest in front
        first = (fitting + others)[0]
        frame = frame_of(first["kind"], first["q"], chance)
        used = []
        for row in fitting[:_GROUPS] if others else []:
            near = others[:-1][: 2 * _BESIDE]
            some = chance.sample(near, _BESIDE - 1) if len(near) >= _BESIDE - 1 else []
            some.append(others[-1])  # of another topic, where one is
            groups.append(tuple(_framed(one, frame) for one in (row, *some)))
            used += [row, *some]
        left = [row for row in fitting + others if not any(row is one for one in used)]
        kept = {"silent": 1 if fitting else _KEPT, "off": 0}
        for verdict in PAPER:
            alike = [row for row in left if row["verdict"] == verdict]
            groups += [(_framed(row, frame),) for row in alike[: kept.get(verdict)]]
    for pair in twins:
        frame = frame_of(pair[0]["kind"], pair[0]["q"], chance)
        groups.append(tuple(_framed(row, frame) for row in pair))
    return groups


def _batches_of(
    taught: Sequence[dict[str, Any]],
    negatives: Sequence[dict[str, Any]],
    twins: Sequence[Twins],
    abstracts: dict[str, dict[str, Any]],
    chance: random.Random,
) -> list[tuple[list[Example], int]]:
    """Return the batches of an epoch, each with the size of its groups, in any order."""
    read = {row["paper"]: abstracts[row["paper"]] for row in taught}
    groups = groups_of([*taught, *negatives], twins, chance)
    groups += [(row,) for row in own_sentences(read, chance) if chance.random() < _CLAIMS]
    return _in_batches(groups, abstracts, chance)


def _in_batches(
    groups: Sequence[Sequence[dict[str, Any]]],
    abstracts: dict[str, dict[str, Any]],
    chance: random.Random,
) -> list[tuple[list[Example], int]]:
    """Return judgements in batches of groups of one size, each with that, in any order."""

    def length(group: Sequence[Example]) -> float:
        return max(len(one.encoded.ids) for one in group) + chance.random() * 30

    by_size: dict[int, list[tuple[Example, ...]]] = defaultdict(list)
    for group in groups:
        examples = tuple(to_example(row, abstracts[row["paper"]]) for row in group)
        by_size[len(group)].append(examples)
    chosen = []
    for size, alike in by_size.items():
        for some in batches(alike, length, _BATCH // size, chance):
            chosen.append(([one for group in some for one in group], size))
    chance.shuffle(chosen)
    return chosen


def _framed(row: dict[str, Any], frame: str) -> dict[str, Any]:
    return row | {"q": framed(row["q"], frame)}


def rate_share(step: int, total: int) -> float:
    """Return the share of the highest rate: up within 200 steps, to nothing in the last 2/3."""
    return min(step / _WARM_UP, 1.0, 1.5 * (total - step) / total)


def loss_of(network: Network, batch: Sequence[Example], size: int = 1) -> torch.Tensor:
    """Return the loss: of the paper's verdict, of each sentence's, of the answering sentence among
    those of its abstract; and of the first of each group of `size` examples among its group, by
    what is said of the paper and by its strongest sentence.
    """
    with torch.autocast("cpu", dtype=torch.bfloat16):
        pieces, papers = network(*pad([one.encoded for one in batch]))
    pieces, papers = pieces.float(), papers.float()
    verdicts = torch.tensor([one.verdict for one in batch])
    loss = nn.functional.cross_entropy(papers, verdicts, label_smoothing=0.05)
    logits, targets, ranking, strongest = [], [], [], []
    for row, one in enumerate(batch):
        own = torch.stack([pieces[row, start:end].mean(dim=0) for start, end in one.encoded.spans])
        wanted = torch.tensor(one.sentences[: len(own)])
        logits.append(own)
        targets.append(wanted)
        strongest.append(_strongest(pieces[row], one))
        for mark in (0, 1):
            gold = wanted == mark
            if gold.any() and len(own) > 1:
                scores = own[:, mark] - own[:, 2]
                ranking.append(torch.logsumexp(scores, 0) - torch.logsumexp(scores[gold], 0))
    weight = torch.tensor(_SENTENCE_WEIGHTS)
    loss = loss + 2.0 * nn.functional.cross_entropy(
        torch.cat(logits), torch.cat(targets), weight=weight
    )
    if ranking:
        loss = loss + 0.5 * torch.stack(ranking).mean()
    if size > 1:
        for odds in (_odds_of(papers), torch.stack(strongest)):
            groups = odds.view(-1, size)
            loss = loss + 0.5 * (groups.logsumexp(1) - groups[:, 0]).mean()
    return loss


def _odds_of(papers: torch.Tensor) -> torch.Tensor:
    """Return the log-odds that each paper answers."""
    return papers[:, :2].logsumexp(1) - papers[:, 2:].logsumexp(1)


def _strongest(pieces: torch.Tensor, one: Example) -> torch.Tensor:
    """Return the log-odds that some sentence answers, by the logits of its pair's word pieces."""
    own = torch.stack([pieces[start:end].mean(dim=0) for start, end in one.encoded.spans])
    return torch.logsumexp(own[:, 0] - own[:, 1:].logsumexp(1), 0)


def train(
    data: Path, epochs: float, out: Path, base: Path | None = None, kept: float = 0.0
) -> None:
    """Train on the judgements in `data`, tell how the held-out hands are met, and export.

    From MiniLM on an epoch is all of them; from an earlier judge (`base`) on it is all that is
    asked of a paper on the table and as many batches of the rest, and the mean with that judge is
    exported, of whose weights a share (0…1) is `kept`.
    """
    torch.manual_seed(_SEED)
    torch.set_num_threads(2)
    chance = random.Random(_SEED)
    rows, abstracts = read_examples(data)
    held = [row for row in rows if row["hand"] in HELD_OUT]
    taught = [row for row in rows if row["hand"] not in HELD_OUT]
    asked = read_asked(data)
    held += [row for row in asked if row["hand"] in HELD_OUT]
    of_one = [(row,) for row in asked if row["hand"] not in HELD_OUT]
    alone = [row for row in taught if not row["hand"].startswith("pool")]
    seen = {row["paper"] for row in alone}
    pairs = read_twins(data)
    twins = [pair for pair in pairs if pair[0]["hand"] not in HELD_OUT]
    held_twins = [pair for pair in pairs if pair[0]["hand"] in HELD_OUT]
    negatives = hard_negatives(alone, {key: abstracts[key] for key in seen}, chance)
    network = Network()
    if base:
        load_exported(network, base)
    still, share = _GOING_ON if base else (_FROZEN_LAYERS, 1.0)
    frozen = [network.trunk.embeddings, *network.trunk.encoder.layer[:still]]
    for part in frozen:
        part.requires_grad_(False)
    heads = [*network.sentence.parameters(), *network.paper.parameters()]
    body = [one for one in network.trunk.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": _TRUNK_RATE * share}, {"params": heads, "lr": _HEAD_RATE * share}],
        weight_decay=0.01,
    )

    def epoch(chance: random.Random) -> list[tuple[list[Example], int]]:
        rest = _batches_of(taught, negatives, twins, abstracts, chance)
        some = _in_batches(of_one, abstracts, chance)
        every = [*some, *(rest[: len(some)] if base else rest)]
        chance.shuffle(every)
        return every

    batch_count = len(epoch(random.Random(0)))
    total, step, began, losses = int(batch_count * epochs), 0, time.time(), []
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_share(step, total))
    network.train()
    while step < total:
        for batch, size in epoch(chance):
            losses.append(take_step(loss_of(network, batch, size), optimiser, schedule))
            step += 1
            if step % 50 == 0:
                mean = sum(losses[-50:]) / 50
                print(f"{step}/{total} loss {mean:.3f} {time.time() - began:.0f} s", flush=True)
            if step >= total:
                break
        torch.save(network.state_dict(), out.with_suffix(".pt"))
    if base:
        keep_of(network, base, kept)
    evaluate(network, [to_example(row, abstracts[row["paper"]]) for row in held], held)
    evaluate_twins(network, held_twins, abstracts)
    export(network, {"sentence_logits": True, "paper_logits": False}, out)


@torch.no_grad()
def evaluate(network: Network, examples: Sequence[Example], rows: Sequence[dict[str, Any]]) -> None:
    """Print by hand and kind of question how often the verdict is right, and the right sentence
    first; and how well the papers of a question are told apart (mean AUC).
    """
    network.eval()
    right: dict[str, list[float]] = defaultdict(list)
    asked: dict[tuple[str, str, str], list[tuple[bool, float]]] = defaultdict(list)
    for start in range(0, len(examples), _BATCH):
        batch = examples[start : start + _BATCH]
        pieces, papers = network(*pad([one.encoded for one in batch]))
        for n, one in enumerate(batch):
            row = rows[start + n]
            name, fits = f"{row['hand']} {row['kind']}", row["verdict"] in ("yes", "partly")
            odds = float(papers[n, :2].logsumexp(0) - papers[n, 2:].logsumexp(0))
            asked[row["hand"], row["kind"], row["q"]].append((fits, odds))
            right[f"{name}: {row['verdict']} told"].append(
                int(papers[n].argmax()) == PAPER.index("no")
                if row["verdict"] == "no"
                else (odds > 0.0) == fits
            )
            if row["sentences"]:
                mark = 1 if row["verdict"] == "no" else 0
                scores = [
                    float((pieces[n, a:b, mark] - pieces[n, a:b, 2]).mean())
                    for a, b in one.encoded.spans
                ]
                first = int(np.argmax(scores)) in row["sentences"]
                right[f"{name}: {row['verdict']} sentence first"].append(first)
    for (hand, kind, _), told in asked.items():
        if len({fits for fits, _ in told}) == 2:  # some of its papers fit, and some do not
            area = roc_auc_score([fits for fits, _ in told], [odds for _, odds in told])
            right[f"{hand} {kind}: AUC"].append(float(area))
    for name, values in sorted(right.items()):
        print(f"  {name:42} {sum(values) / len(values):.3f} of {len(values)}", flush=True)
    network.train()


@torch.no_grad()
def evaluate_twins(
    network: Network, twins: Sequence[Twins], abstracts: dict[str, dict[str, Any]]
) -> None:
    """Print by kind how well the answered ones of `twins` are told from the others (AUC), and how
    often one stands above its twin.
    """
    network.eval()
    odds: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for pair in twins:
        examples = [to_example(row, abstracts[row["paper"]]) for row in pair]
        pieces, papers = network(*pad([one.encoded for one in examples]))
        states = [
            float(_strongest(pieces[n], one)) + float(_odds_of(papers)[n])
            for n, one in enumerate(examples)
        ]
        odds[pair[0]["kind"]].append((states[0], states[1]))
    for kind, told in odds.items():
        answered, others = zip(*told, strict=True)
        labels = [True] * len(answered) + [False] * len(others)
        area = roc_auc_score(labels, [*answered, *others])
        above = sum(one > other for one, other in told) / len(told)
        print(f"  twins, {kind}: AUC {area:.3f}, above its twin {above:.3f} of {len(told)}")
    network.train()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data")
    parser.add_argument("--epochs", type=float, default=5.0)
    parser.add_argument("--base", type=Path, help="a model.onnx to go on from")
    parser.add_argument("--kept", type=float, default=0.3, help="with --base: share of its weights")
    parser.add_argument("--out", type=Path, default=HERE / "model.onnx")
    given = parser.parse_args()
    train(given.data, given.epochs, given.out, given.base, given.kept)
