"""Labelled messages → `model.onnx`: `python -m assistant.reading.learned.train`.

Needs the extra `train`. One small network (MiniLM-L6) reads a message with the turn before it and
tags form, reference and act of the whole, and the part that each word plays: joint intent and slot
filling (Chen et al. 2019, "BERT for Joint Intent Classification and Slot Filling"); see CARD.md.
Two cores take about five minutes an epoch; seeds are fixed.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from assistant.models.fine_tuning import (
    WIDTH,
    batches,
    export,
    keep_of,
    load_exported,
    load_trunk,
    sample_of_vectors,
    take_step,
    vectors_of,
)
from assistant.reading.learned.network import (
    ACTS,
    FORMS,
    PARTS,
    REFERS,
    SPANS,
    Before,
    Encoded,
    encode,
)

HERE = Path(__file__).parent
HELD_OUT = "held_out"  # with this begin the names of the hands that nothing is learned from
_SEED, _TRUNK_RATE, _HEAD_RATE, _BATCH = 11, 8e-5, 1e-3, 32
_HEADS = {"form": FORMS, "refers": REFERS, "act": ACTS}
_PARTS_SINCE = {"r": 42, "held_out": 10}  # the first hands of whose messages the parts are told
_SWAPPED, _LOWER, _TYPO, _ADDRESSED, _PLAIN, _BOUNDED = 0.35, 0.2, 0.12, 0.08, 0.2, 0.08
_FURTHER, _ASKED_ON = 0.15, ("fact", "list", "bibliography", "summary", "comparison")
_JOINED_BY = ("? ", "? And ", "? Also, ", " and ", ", and ", ". ", "; ")
_BOUNDED_FORMS, _JOINED = ("list", "summary", "bibliography"), (" ", ", ", "? ", ". ", " - ")
_UNKNOWN = -100
_GOING_ON = 0.5  # the share of the rates where an earlier reader is taught further


class Network(nn.Module):
    """MiniLM-L6 with linear heads: word pieces → logits of form, reference, act, and two of each
    piece: what it says, and what it does for the message."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = load_trunk()
        self.heads = nn.ModuleDict({name: nn.Linear(WIDTH, len(of)) for name, of in _HEADS.items()})
        self.pieces = nn.Linear(WIDTH, len(SPANS) + 1)
        self.parts = nn.Linear(WIDTH, len(PARTS))
        self.dropout = nn.Dropout(0.1)

    def forward(
        self, vectors: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Return the logits of each head, then the two of every word piece."""
        states = self.dropout(
            self.trunk(
                inputs_embeds=vectors, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state
        )
        whole = (self.heads[name](states[:, 0]) for name in _HEADS)
        return (*whole, self.pieces(states), self.parts(states))


def recombine(
    row: dict[str, Any], fillers: dict[str, list[Any]], chance: random.Random
) -> dict[str, Any]:
    """Return a message with other topics and names in it, in lower case, misspelt, without what
    could be left out of it or a further request, with what could be left out of another in front,
    or with another's exclusion behind it.
    """
    row = json.loads(json.dumps(row))
    for part in PARTS[1:]:
        if chance.random() < _PLAIN:
            _leave_out(row, part)
    _put_exclusion(row, fillers, chance)
    _put_further(row, fillers, chance)
    for kind in ("topic", "paper", "side", "person", "venue"):
        for n, text in enumerate(row["spans"].get(kind, ())):
            if chance.random() < _SWAPPED and row["q"].count(text) == 1 and len(text) > 3:
                other = chance.choice(fillers[kind])
                row["q"] = row["q"].replace(text, other)
                row["spans"][kind][n] = other
                further = row["spans"].get("next", [])
                further[:] = [said.replace(text, other) for said in further]
    if chance.random() < _TYPO:
        row["q"] = _misspelt(row, chance)
    _put_opening(row, fillers, chance)
    if chance.random() < _LOWER:
        row["q"] = row["q"].lower()
        row["spans"] = {k: [text.lower() for text in some] for k, some in row["spans"].items()}
    return row


def _put_exclusion(
    row: dict[str, Any], fillers: dict[str, list[Any]], chance: random.Random
) -> None:
    """Put the exclusion of another message behind some that ask for papers and have none."""
    asks = row["form"] in _BOUNDED_FORMS and not row["before"] and "out" not in row["spans"]
    if asks and chance.random() < _BOUNDED and "next" not in row["spans"]:
        clause, left_out = chance.choice(fillers["clause"])
        row["q"] = f"{row['q'].rstrip(' ?.!')}{chance.choice(_JOINED)}{clause}"
        row["spans"] |= {"out": [clause], "not": list(left_out)}


def _put_further(row: dict[str, Any], fillers: dict[str, list[Any]], chance: random.Random) -> None:
    """Put the question of another message behind some first ones, and some that ask on of one paper
    behind the question before them, of whose words nothing else is known.
    """
    if row["form"] in ("social", "other") or "next" in row["spans"] or chance.random() > _FURTHER:
        return
    if not row["before"]:
        further, spans = chance.choice(fillers["further"])
        row["q"] = f"{row['q'].rstrip(' ?.!')}{chance.choice(_JOINED_BY)}"
        for kind, texts in spans.items():
            row["spans"][kind] = [*row["spans"].get(kind, ()), *texts]
    elif (row["refers"], row["act"]) == ("one", "none") and row["form"] in _ASKED_ON:
        told, further = row["before"], row["q"]
        row |= {"before": None, "form": told["form"], "refers": "nothing", "untold": len(told["q"])}
        row["q"] = f"{told['q']} "
        row["spans"].pop("aside", None)
    else:
        return
    row["q"] += further
    row["spans"]["next"] = [further]


def _put_opening(row: dict[str, Any], fillers: dict[str, list[Any]], chance: random.Random) -> None:
    """Put what another message begins with, and could be left out, in front of some."""
    if row["form"] not in ("social", "other") and chance.random() < _ADDRESSED:
        aside = chance.choice(fillers["opening"])
        row["q"] = f"{aside} {row['q']}"
        row["spans"]["aside"] = [aside, *row["spans"].get("aside", ())]


def _leave_out(row: dict[str, Any], part: str) -> None:
    """Take out of a message what it would ask the same without ("aside"), or asks besides ("next"),
    with all that is said there.
    """
    left_out = row["spans"].pop(part, ())
    for words in left_out:
        row["q"] = row["q"].replace(words, " ", 1)
    row["q"] = " ".join(row["q"].split())
    kept = {kind: [one for one in some if one in row["q"]] for kind, some in row["spans"].items()}
    row["spans"] = {kind: some for kind, some in kept.items() if some}
    if part == "next" and left_out and row["act"] == "two":
        row["act"] = "none"


def _opening(row: dict[str, Any]) -> list[str]:
    """Return the aside that a first message begins with, as a sentence or the like, if any."""
    asides = row.get("spans", {}).get("aside", ())
    starts = not row["before"] and asides and row["q"].startswith(asides[0])
    return [asides[0]] if starts and asides[0][-1] in ".!,:;" else []


def _asks_plainly(row: dict[str, Any]) -> bool:
    """Tell whether a message is one question, in one sentence."""
    parts = {*PARTS} & {*row.get("spans", {"aside": ()})}
    return row["form"] in _ASKED_ON and not parts and not re.search(r"[.?!;]\s", row["q"])


def _misspelt(row: dict[str, Any], chance: random.Random) -> str:
    """Return a message with two letters exchanged in a word that belongs to no span."""
    text, spans = row["q"], [text for some in row["spans"].values() for text in some]
    places = [one for one in re.finditer(r"[a-z]{4,}", text) if not _inside(one, text, spans)]
    if not places:
        return str(text)
    place = chance.choice(places)
    at = chance.randrange(place.start() + 1, place.end() - 1)
    return f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"


def _inside(match: re.Match[str], text: str, spans: Sequence[str]) -> bool:
    return any(
        (at := text.find(span)) >= 0 and match.start() < at + len(span) and at < match.end()
        for span in spans
    )


def _clauses(row: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the exclusions at the end of a message, each with what it leaves out."""
    spans = row.get("spans", {})
    return [
        (clause, [text for text in spans.get("not", ()) if text in clause])
        for clause in spans.get("out", ())
        if row["q"].rstrip(" ?.!)").endswith(clause.rstrip(" ?.!)")) and clause != row["q"]
    ]


@dataclass(frozen=True, slots=True)
class Example:
    """A message as the network is taught it: word pieces, labels of the whole by head, and of each
    piece what it says and what it does for the message.
    """

    encoded: Encoded
    whole: dict[str, int]
    tags: list[int]
    parts: list[int]


def to_example(row: dict[str, Any]) -> Example:
    """Return a message as the network is taught it."""
    told = row["before"]
    before = Before(told["q"], told["form"], len(told.get("papers", ()))) if told else None
    encoded = encode(row["q"], before)
    labels = {name: of.index(row[name]) if name in row else _UNKNOWN for name, of in _HEADS.items()}
    known = "spans" in row
    tags = [
        0 if known and start >= row.get("untold", 0) else _UNKNOWN for start, _ in encoded.offsets
    ]
    tags[0] = _UNKNOWN
    spans = row.get("spans", {})
    told_apart = _tells_parts(row["hand"])
    parts = [0 if told_apart else _UNKNOWN] * len(tags)
    parts[0] = _UNKNOWN
    # Clauses first, for "not" is in them; sides last, whoever is named in them.
    for kind in sorted(spans, key=lambda kind: (kind == "side") - (kind == "out")):
        clauses = spans["out"] if kind == "not" else ()
        for text in spans[kind]:
            whole = next((one for one in clauses if text in one), text)
            start = row["q"].find(whole) + whole.find(text)
            for n, (left, right) in enumerate(encoded.offsets):
                if n and left < start + len(text) and start < right:
                    if kind in PARTS:
                        parts[n] = PARTS.index(kind)
                    else:
                        tags[n] = SPANS.index(kind) + 1
    return Example(encoded, labels, tags, parts)


def _tells_parts(hand: str) -> bool:
    """Tell whether of a hand's messages it is known what each word does for the whole."""
    name = hand.rstrip("0123456789")
    return name in _PARTS_SINCE and int(hand[len(name) :] or 0) >= _PARTS_SINCE[name]


def run(network: Network, batch: Sequence[Example]) -> tuple[torch.Tensor, ...]:
    """Return the network's logits for a batch."""
    logits: tuple[torch.Tensor, ...] = network(*vectors_of(network, [one.encoded for one in batch]))
    return logits


def loss_of(network: Network, batch: Sequence[Example]) -> torch.Tensor:
    """Return the loss of all heads together."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        *whole, pieces, parts = (logits.float() for logits in run(network, batch))
    loss = torch.zeros(())
    for name, logits in zip(_HEADS, whole, strict=True):
        wanted = torch.tensor([one.whole[name] for one in batch])
        if (wanted != _UNKNOWN).any():
            loss = loss + nn.functional.cross_entropy(logits, wanted, label_smoothing=0.05)
    for logits, known in ((pieces, [one.tags for one in batch]), (parts, [o.parts for o in batch])):
        labels = torch.full(logits.shape[:2], _UNKNOWN)
        for n, own in enumerate(known):
            labels[n, : len(own)] = torch.tensor(own)
        if (labels != _UNKNOWN).any():
            loss = loss + nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    return loss


@dataclass(frozen=True, slots=True)
class GoingOn:
    """How an earlier reader is taught further: its weights, the hands whose messages are read twice
    an epoch.
    """

    base: Path
    twice: tuple[str, ...] = ()


def train(
    data: Path,
    epochs: int,
    out: Path,
    going_on: GoingOn | None = None,
    mean: tuple[Path, float] | None = None,
) -> None:
    """Train on the messages in `data`, from MiniLM or on from an earlier reader, tell how the
    held-out hands are met, and export, or the `mean` with an earlier reader, of which a share is
    kept.
    """
    torch.manual_seed(_SEED)
    torch.set_num_threads(2)
    chance = random.Random(_SEED)
    rows = [json.loads(line) for line in (data / "messages.jsonl").read_text("utf-8").splitlines()]
    held = [row for row in rows if row["hand"].startswith(HELD_OUT)]
    taught = [row for row in rows if not row["hand"].startswith(HELD_OUT)]
    fillers: dict[str, list[Any]] = defaultdict(list)
    for row in taught:
        for kind, texts in row.get("spans", {}).items():
            fillers[kind] += texts
        fillers["clause"] += _clauses(row)
        fillers["opening"] += _opening(row)
        if not row["before"] and row["q"].endswith("?") and _asks_plainly(row):
            fillers["further"].append((row["q"], row["spans"]))
    network, share = Network(), 1.0
    if going_on:
        load_exported(network, going_on.base)
        share = _GOING_ON
        taught += [row for row in taught if row["hand"] in going_on.twice]
    network.trunk.embeddings.requires_grad_(False)
    body = [one for one in network.trunk.parameters() if one.requires_grad]
    heads = [one for name, one in network.named_parameters() if not name.startswith("trunk")]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": _TRUNK_RATE * share}, {"params": heads, "lr": _HEAD_RATE * share}],
        weight_decay=0.01,
    )
    per_epoch = -(-len(taught) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [_TRUNK_RATE * share, _HEAD_RATE * share], epochs * per_epoch + 1,
        pct_start=0.1,
    )  # fmt: skip
    began = time.time()
    for epoch in range(epochs):
        network.train()
        mixed = [recombine(row, fillers, chance) if "spans" in row else row for row in taught]
        losses = []
        examples = map(to_example, mixed)
        for batch in batches(
            examples, lambda one: len(one.encoded.ids) + chance.random() * 8, _BATCH, chance
        ):
            losses.append(take_step(loss_of(network, batch), optimiser, schedule))
        seconds = time.time() - began
        print(f"epoch {epoch + 1} loss {sum(losses) / len(losses):.3f} {seconds:.0f} s", flush=True)
        if epoch % 3 == 2 or epoch + 1 == epochs:
            evaluate(network, held)
    if mean:
        keep_of(network, *mean)
        evaluate(network, held)
    outputs = dict.fromkeys(_HEADS, False) | {"pieces": True, "parts": True}
    export(network, outputs, out, sample_of_vectors())


@torch.no_grad()
def evaluate(network: Network, rows: Sequence[dict[str, Any]]) -> None:
    """Print the accuracy of each head, and F1 of the words of each kind of span."""
    network.eval()
    right: dict[str, list[bool]] = defaultdict(list)
    hits: dict[str, list[int]] = {kind: [0, 0, 0] for kind in (*SPANS, *PARTS[1:])}
    for row in rows:
        example = to_example(row)
        *whole, pieces, parts = run(network, [example])
        for (name, of), logits in zip(_HEADS.items(), whole, strict=True):
            said = int(logits[0].argmax())
            if name == "form" or row["before"]:
                right[name].append(said == example.whole[name])
                right[f"{name} {of[example.whole[name]]}"].append(said == example.whole[name])
        for kinds, logits, labels in (
            (SPANS, pieces, example.tags),
            (PARTS[1:], parts, example.parts),
        ):
            told = logits[0].argmax(dim=1).tolist()
            for said, wanted in zip(told[1:], labels[1:], strict=False):
                for number, kind in enumerate(kinds, 1):
                    hits[kind][0] += said == number and wanted == number
                    hits[kind][1] += said == number and wanted != _UNKNOWN
                    hits[kind][2] += wanted == number
    for name, values in sorted(right.items()):
        print(f"  {name:26} {sum(values) / len(values):.3f} of {len(values)}")
    for kind, (both, said, wanted) in hits.items():
        print(f"  {kind:26} F1 {2 * both / max(said + wanted, 1):.3f} of {wanted} pieces")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data")
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--out", type=Path, default=HERE / "model.onnx")
    parser.add_argument("--base", type=Path, help="an earlier reader, to be taught further")
    parser.add_argument("--twice", nargs="*", default=(), help="with --base: hands read twice")
    parser.add_argument("--mean", type=Path, help="an earlier reader, to be averaged with")
    parser.add_argument("--kept", type=float, default=0.3, help="with --mean: share of its weights")
    given = parser.parse_args()
    on = GoingOn(given.base, tuple(given.twice)) if given.base else None
    mean = (given.mean, given.kept) if given.mean else None
    train(given.data, given.epochs, given.out, on, mean)
