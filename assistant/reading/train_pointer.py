"""Labelled messages and conversations → `pointing/model.onnx`: `python -m
assistant.reading.train_pointer`.

Needs the extra `train`. One small network (MiniLM-L6, from the weights of the reader) reads a
message beside the titles shown before it, with marks of those that it counts or names, and says of
each what it is to the message; see `pointing/CARD.md`. Two cores take about a quarter of an hour
an epoch; seeds are fixed.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from assistant.models.fine_tuning import (
    WIDTH,
    batches,
    export,
    load_exported,
    load_trunk,
    read_rows,
    sample_of_vectors,
    take_step,
    vectors_of,
)
from assistant.reading.pointing.network import (
    LOOKS_BACK,
    ROLES,
    Encoded,
    Pointer,
    Shown,
    encode,
    group,
    keys_of,
)
from assistant.reading.references import Discussion
from assistant.text.paper_names import NameIndex
from assistant.types import Answer, Citation, Paper, Turn

# With these begin the names of hands that nothing is learned from.
HELD_OUT = ("held_out", "ch", "dh")
_HERE = Path(__file__).parent
_READER = _HERE / "learned"
_ABSTRACTS = _HERE.parent / "judging" / "cross_encoder" / "data" / "abstracts.jsonl"
_SEED, _TRUNK_RATE, _HEAD_RATE, _BATCH = 5, 6e-5, 1e-3, 32
_OLDER, _ONE_OF, _LEFT, _MIXED, _LOWER = 0.35, 0.5, 0.25, 0.5, 0.15
_MOST_LEFT = 4
_OF_ALONE = 0.5  # of the messages after one answer, in an epoch
_TALKED, _TIMES = "d", 2  # the hands who talked with the assistant itself, and how often they count


@dataclass(frozen=True, slots=True)
class Pointing:
    """A message in its conversation, and what the papers (titles) are to it by role."""

    hand: str
    message: str
    turns: tuple[Shown, ...]
    roles: dict[str, str]
    mixes: bool = False  # whether it means the same in whatever order the last list stands
    counts: bool = False  # whether it means the same places, whatever papers stand there

    @property
    def papers(self) -> dict[str, Paper]:
        """Return the papers by their keys, which are their titles."""
        shown = (title for turn in self.turns for title in (*turn.papers, *turn.near))
        return {title: Paper(title, title, _abstracts().get(title, "")) for title in shown}


@dataclass(frozen=True, slots=True)
class Example:
    """A message as the network is taught it: word pieces, and the role of each paper's."""

    encoded: Encoded
    roles: tuple[int, ...]


@cache
def _abstracts() -> dict[str, str]:
    """Return the abstracts that taught the judge, by their titles."""
    return {row["title"]: " ".join(row["sentences"]) for row in read_rows(_ABSTRACTS)}


def read_messages(rows: Sequence[dict[str, Any]]) -> list[Pointing]:
    """Return the reader's messages, each after one turn, of which it is known what they mean: as
    labelled, or by what they lean on.
    """
    found = []
    for row in rows:
        papers = tuple(dict.fromkeys((row["before"] or {}).get("papers", ())))
        roles = _roles(row, papers) if papers and "refers" in row else None
        if roles is None:
            continue
        turn = Shown(row["before"]["q"], papers)
        mixes = len(papers) > 1 and row["refers"] in ("set", "described")
        mixes = mixes and len({roles.get(one) for one in papers}) in (1, len(papers))
        mixes = row["refers"] == "described" or mixes
        counts = row["refers"] == "place" and not {"paper", "topic", "out"} & row["spans"].keys()
        found.append(Pointing(row["hand"], row["q"], (turn,), roles, mixes, counts))
    return found


def _roles(row: dict[str, Any], papers: Sequence[str]) -> dict[str, str] | None:
    """Return what the papers of a row are to its message, None where that is not known."""
    if "about" in row:
        roles = {papers[n - 1]: "about" for n in row["about"] if n <= len(papers)}
        return roles | {papers[n - 1]: "out" for n in row["aside"] if n <= len(papers)}
    spans, act = row.get("spans", {}), row["act"]
    hard = {"paper", "out", "not"} & spans.keys() or act in ("drop", "add", "reject", "two", "more")
    if hard:
        return None
    if row["refers"] in ("nothing", "question"):
        return {}
    whole = row["refers"] == "set" or (row["refers"] == "one" and len(papers) == 1)
    return dict.fromkeys(papers, "about") if whole else None


def read_talks(path: Path) -> list[Pointing]:
    """Return the messages of whole conversations, each after all turns before it."""
    found: list[Pointing] = []
    turns: dict[tuple[str, int], list[Shown]] = defaultdict(list)
    for row in read_rows(path):
        before = turns[row["hand"], row["talk"]]
        if before:
            said = (("about", "m"), ("out", "d"), ("in", "a"))
            roles = {title: role for role, key in said for title in row[key]}
            found.append(Pointing(row["hand"], row["q"], tuple(before[-LOOKS_BACK:]), roles))
        if row["shown"]:
            asked = row.get("asked", row["q"])
            before.append(Shown(asked, tuple(row["shown"]), tuple(row["near"])))
    return found


def vary(one: Pointing, lists: Sequence[tuple[str, ...]], chance: random.Random) -> Pointing:
    """Return a message after one turn with lists of other conversations before that, or as what it
    named as left out; one of a single paper with the list that it was found in; one that means the
    same in any order after another, one that only counts after other papers.
    """
    if chance.random() < _LOWER:
        one = replace(one, message=one.message.lower())
    if len(one.turns) > 1:
        return one
    (turn,) = one.turns
    papers, roles = list(turn.papers), one.roles
    if one.mixes and chance.random() < _MIXED:
        chance.shuffle(papers)
    if one.counts and chance.random() < _MIXED:
        papers = chance.sample(
            sorted({t for some in chance.sample(lists, 9) for t in some}), len(papers)
        )
        roles = {new: roles.get(old, "none") for old, new in zip(turn.papers, papers, strict=True)}
    turn = replace(turn, papers=tuple(papers))
    if chance.random() < _LEFT:
        other = chance.choice(lists)
        turn = replace(turn, near=tuple(t for t in other[:_MOST_LEFT] if t not in papers))
    turns = [turn]
    if len(papers) == 1 and chance.random() < _ONE_OF:
        found = [t for t in chance.choice(lists) if t not in papers]
        found.insert(chance.randrange(len(found) + 1), papers[0])
        turns.insert(0, Shown("", tuple(found)))
    if len(papers) > 1 and chance.random() < _OLDER:
        turns.insert(0, Shown("", tuple(t for t in chance.choice(lists) if t not in papers)))
    return replace(one, turns=tuple(turns), roles=roles)


def counted_in(one: Pointing) -> tuple[str, ...]:
    """Return the papers (titles) of a message that it counts or names."""
    papers = one.papers
    turns = [
        Turn(
            turn.question,
            Answer(
                turn.question, "list" if len(turn.papers) > 1 else "fact", "", False,
                tuple(Citation(n, papers[t], ()) for n, t in enumerate(turn.papers, 1)), (),
                considered=tuple(papers[t] for t in turn.near),
            ),
        )
        for turn in one.turns
    ]  # fmt: skip
    return Discussion(turns, NameIndex.of(papers)).exactly(one.message)


def to_example(one: Pointing) -> Example:
    """Return a message as the network is taught it."""
    groups = group(one.turns)
    question = one.turns[-1].question
    encoded = encode(one.message, question, groups, one.papers, counted_in(one))
    roles = tuple(ROLES.index(one.roles.get(key, "none")) for key in keys_of(groups))
    return Example(encoded, roles[: len(encoded.spans)])


class Network(nn.Module):
    """MiniLM-L6 over word pieces' vectors, which stay as they are, with a linear head: the logits
    of a paper's role, of each piece.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trunk = load_trunk()
        self.dropout = nn.Dropout(0.1)
        self.roles = nn.Linear(WIDTH, len(ROLES))

    def forward(
        self, vectors: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Return the logits of every word piece (batch × pieces × roles)."""
        states = self.trunk(
            inputs_embeds=vectors, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        logits: torch.Tensor = self.roles(self.dropout(states))
        return logits


def run(network: Network, batch: Sequence[Example]) -> list[torch.Tensor]:
    """Return of each message the logits of its papers (papers × roles)."""
    pieces = network(*vectors_of(network, [one.encoded for one in batch])).float()
    return [
        torch.stack([pieces[n, start:end].mean(0) for start, end in one.encoded.spans])
        for n, one in enumerate(batch)
    ]


def loss_of(network: Network, batch: Sequence[Example]) -> torch.Tensor:
    """Return the loss, in which each message counts as the root of its papers."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = run(network, batch)
    total, weight = torch.zeros(()), 0.0
    for own, one in zip(logits, batch, strict=True):
        many = len(one.roles) ** 0.5
        loss = nn.functional.cross_entropy(own, torch.tensor(one.roles), label_smoothing=0.03)
        total, weight = total + many * loss, weight + many
    return total / weight


def train(messages: Path, talks: Path, epochs: int, out: Path, base: Path) -> None:
    """Train on the labelled messages and conversations, on from the weights of `base`, tell how the
    held-out hands are met, and export.
    """
    torch.manual_seed(_SEED)
    torch.set_num_threads(2)
    chance = random.Random(_SEED)
    alone, whole = read_messages(read_rows(messages)), read_talks(talks)
    held = [one for one in (*alone, *whole) if one.hand.startswith(HELD_OUT)]
    alone = [one for one in alone if not one.hand.startswith(HELD_OUT)]
    whole = [one for one in whole if not one.hand.startswith(HELD_OUT)]
    whole += [one for one in whole if one.hand.startswith(_TALKED)] * (_TIMES - 1)
    lists = [one.turns[0].papers for one in alone if len(one.turns[0].papers) > 1]
    network = Network()
    load_exported(network, base)
    network.trunk.embeddings.requires_grad_(False)
    body = [one for one in network.trunk.parameters() if one.requires_grad]
    head = list(network.roles.parameters())
    rates = [_TRUNK_RATE, _HEAD_RATE]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": rates[0]}, {"params": head, "lr": rates[1]}], weight_decay=0.01
    )
    share = round(_OF_ALONE * len(alone))
    per_epoch = -(-(share + len(whole)) // _BATCH)
    print(f"{len(alone)} messages, {len(whole)} in conversations, {len(held)} held out", flush=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, epochs * per_epoch + 1, pct_start=0.1
    )
    began = time.time()
    for epoch in range(epochs):
        network.train()
        taught = [*chance.sample(alone, share), *whole]
        examples = [to_example(vary(one, lists, chance)) for one in taught]
        losses = []
        for batch in batches(
            examples, lambda one: len(one.encoded.ids) + chance.random() * 8, _BATCH, chance
        ):
            losses.append(take_step(loss_of(network, batch), optimiser, schedule))
        seconds = time.time() - began
        print(f"epoch {epoch + 1} loss {sum(losses) / len(losses):.3f} {seconds:.0f} s", flush=True)
        evaluate(network, held)
        export(network, {"roles": True}, out, sample_of_vectors())


@torch.no_grad()
def evaluate(network: Network, held: Sequence[Pointing]) -> None:
    """Print of how many held-out messages, by hand, all papers have the right role."""
    network.eval()
    right: dict[str, list[bool]] = defaultdict(list)
    for one in held:
        example = to_example(one)
        if not example.roles:
            continue
        (logits,) = run(network, [example])
        said = tuple(logits.argmax(1).tolist())
        right["all"].append(said == example.roles)
        right[one.hand.rstrip("0123456789")].append(said == example.roles)
        meant = [role == ROLES.index("about") for role in example.roles]
        right["whether meant"] += [
            (role == ROLES.index("about")) == wanted
            for role, wanted in zip(said, meant, strict=True)
        ]
    for name, values in sorted(right.items()):
        print(f"  {name:14} {sum(values) / len(values):.3f} of {len(values)}", flush=True)


def measure(messages: Path, talks: Path) -> None:
    """Print of how many messages of held-out hands the network that ships finds all papers meant,
    and no others; and of how many it is sure, and right then.
    """
    pointer = Pointer()
    labelled = [row for row in read_rows(messages) if "about" in row]
    right: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in (*read_messages(labelled), *read_talks(talks)):
        if not one.hand.startswith(HELD_OUT):
            continue
        hand = one.hand.rstrip("0123456789")
        wanted = {title for title, role in one.roles.items() if role in ("about", "in")}
        found = pointer.point(one.message, one.turns, one.papers, counted_in(one))
        is_right = {*found.about, *found.into} == wanted
        right[hand, "pointer"].append(is_right)
        right[hand, "sure"].append(found.sure)
        if found.sure:
            right[hand, "right where sure"].append(is_right)
    for (hand, name), values in sorted(right.items()):
        print(f"{hand:10} {name:18} {sum(values) / len(values):.3f} of {len(values)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=Path, default=_READER / "data" / "messages.jsonl")
    parser.add_argument("--talks", type=Path, default=_HERE / "pointing" / "data" / "talks.jsonl")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=_HERE / "pointing" / "model.onnx")
    parser.add_argument("--base", type=Path, default=_READER / "model.onnx")
    parser.add_argument("--measure", action="store_true", help="only tell of what ships")
    given = parser.parse_args()
    if given.measure:
        measure(given.messages, given.talks)
    else:
        train(given.messages, given.talks, given.epochs, given.out, given.base)
