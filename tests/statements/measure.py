"""Statements in free words, checked: `python -m tests.statements.measure [--model NAME] [dev|held]`."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from functools import partial
from pathlib import Path

from assistant.assistant import Assistant
from assistant.checking import check_answer
from assistant.composing.written.llm_client import LLMClient
from assistant.composing.written.postprocess import ACCEPTED, embedding_similarity
from assistant.composing.written.verification import second_opinion, verify
from assistant.models.chat import make_chat
from assistant.settings import load_settings

HERE = Path(__file__).parent


def main(name: str, model: str | None) -> None:
    """Print by kind how many wrong statements pass, and how many right ones are flagged."""
    assistant = Assistant.open()
    known = {paper.id: paper for paper in assistant.papers()}
    rows = [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()]
    papers = {n: known[row["paper"]] for n, row in enumerate(rows, 1)}
    text = "\n".join(f"- {row['statement'].rstrip('.')} [{n}]." for n, row in enumerate(rows, 1))
    similarity = embedding_similarity(assistant.embedder)
    checks = check_answer(text, papers, similarity, assistant.snapshot.systems, ours=False)
    if chat := make_chat(load_settings(model=model, answer_tokens=10_000_000)):
        client, room = LLMClient(chat, chat.account()), chat.limits.prompt_tokens
        asking = partial(verify, client=client, room=room)
        checks = second_opinion(text, checks, papers, asking)
    told: dict[tuple[str, str], list[bool]] = defaultdict(list)
    verdicts: dict[int, list[bool]] = defaultdict(list)
    for check in checks:
        verdicts[text[: check.start].count("\n")].append(check.verdict in ACCEPTED)
    for n, row in enumerate(rows):
        passes = all(verdicts[n])
        for kind in (row["kind"], "all"):
            told[row["label"], kind].append(passes == (row["label"] == "wrong"))
    for (label, kind), failed in sorted(told.items()):
        what = "passed as supported" if label == "wrong" else "flagged"
        print(f"{label:5} {kind:8} {sum(failed) / len(failed):.2f} of {len(failed)} {what}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", nargs="?", choices=("dev", "held"), default="dev")
    parser.add_argument("--model", help="a chat model that gives its second opinion")
    given = parser.parse_args()
    main(given.set, given.model)
