"""Compare quoting, a model unchecked and the same model checked: `python -m tests.side_by_side
--model NAME [--each N]`.

Both model rows come from the same replies: unchecked is what the model wrote, its markers numbered;
checked is what the assistant makes of it. Prints a Markdown table: share of sentences supported (by
`assistant.checking`), citation precision (share of cited papers that support their sentence), gold
facts present (answers of facts, points of comparisons), gold papers cited, and invariants broken.
`--save FILE` keeps every answer as JSON Lines.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assistant.api.records import answer_record
from assistant.assistant import Assistant
from assistant.checking import check, check_answer, claims
from assistant.composing.written import llm_client
from assistant.composing.written.postprocess import embedding_similarity
from assistant.composing.written.replies import find_object, find_objects
from assistant.index.layout import Folder
from assistant.models.chat import make_chat
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from assistant.text import citation_markers
from assistant.types import Answer, Paper
from tests.openai_server import aspects

QUESTIONS = Path(__file__).parent / "questions"
FAMILIES = ("known_item", "facts", "lists", "compare", "summaries")
GOOD = ("quoted", "supported", "partly supported")
FIGURES = (
    "sentences",
    "supported",
    "citations",
    "precise",
    "gold",
    "found",
    "papers",
    "cited",
    "unmarked",
    "failing",
    "broken",
)


def main() -> None:
    """Run the questions and print the table."""
    arguments = _arguments()
    settings = load_settings(model=arguments.model, prompt_tokens=arguments.prompt_tokens, output_tokens=arguments.output_tokens,
                    judged=arguments.judged, timeout=arguments.timeout, data_dir=arguments.data_dir, answer_tokens=10**7, day_tokens=10**9)  # fmt: skip
    assistant = Assistant(Folder(settings.corpus_dir), MiniLM(), make_chat(settings))
    quoting = Assistant(Folder(settings.corpus_dir), MiniLM())
    replies = _recorded()
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    with open(arguments.save or "/dev/null", "w", encoding="utf-8") as kept:
        for family in arguments.families:
            lines = (QUESTIONS / f"{family}.jsonl").read_text("utf-8").splitlines()
            for row in map(
                json.loads, lines[:: max(1, len(lines) // arguments.each)][: arguments.each]
            ):
                replies.clear()
                written, quoted = assistant.ask(row["query"]), quoting.ask(row["query"])
                papers = {one.number: one.paper for one in written.citations}
                modes = {
                    "quotes": (quoted.text, {one.number: one.paper for one in quoted.citations}),
                    "checked": (written.text, papers),
                }
                modes["unchecked"] = _unchecked(written, quoted, replies, assistant)
                for mode, (text, cited) in modes.items():
                    found = _figures(text, cited, row, written if mode == "checked" else None)
                    for name, value in found.items():
                        sums[family, mode][name] += value
                record = {
                    "id": row["id"],
                    **answer_record(written),
                    "notes": written.notes,
                    "unchecked": modes["unchecked"][0],
                }
                kept.write(json.dumps(record, ensure_ascii=False) + "\n")
                kept.flush()
    _print(sums)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--families", nargs="*", default=FAMILIES)
    parser.add_argument("--prompt-tokens", type=int, default=1500)
    parser.add_argument("--output-tokens", type=int, default=300)
    parser.add_argument("--judged", type=int, default=8)
    parser.add_argument("--timeout", type=float, default=120.0)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--save", type=Path)
    return parser.parse_args()


def _recorded() -> list[tuple[str, str]]:
    """Return a list that every prompt and its whole reply is added to."""
    kept: list[tuple[str, str]] = []
    original = llm_client.LLMClient.stream
    complete = llm_client.LLMClient.complete

    def stream(
        self: llm_client.LLMClient, prompt: str, ending: llm_client.StopReason
    ) -> Iterator[str]:
        pieces: list[str] = []
        try:
            for piece in original(self, prompt, ending):
                pieces.append(piece)
                yield piece
        finally:
            kept.append((prompt, "".join(pieces)))

    def whole(
        self: llm_client.LLMClient, prompt: str, schema: Mapping[str, Any] | None = None
    ) -> str:
        reply = complete(self, prompt, schema)
        if schema is not None:
            kept.append((prompt, reply))
        return reply

    llm_client.LLMClient.stream = stream  # type: ignore[method-assign]
    llm_client.LLMClient.complete = whole  # type: ignore[method-assign]
    return kept


def _unchecked(
    written: Answer, quoted: Answer, replies: list[tuple[str, str]], assistant: Assistant
) -> tuple[str, dict[int, Paper]]:
    """Return what the model wrote, as it wrote it, with its markers numbered."""
    given = citation_markers.opaque_ids(assistant.papers())
    order: list[str] = []
    texts: list[str] = []
    for prompt, reply in replies:
        if '"judgements"' in prompt:
            for one in find_objects(reply, ["id"]):
                if one.get("match") == "yes" and str(one["id"]) in given:
                    texts.append(f"- {one.get('reason')} {one.get('words')} [{one['id']}]")
        elif '"says"' in prompt:
            paper = next((name for name in given if f'id="{name}"' in prompt), "")
            asked = aspects({"messages": [{"content": prompt}]})
            said = find_object(reply, asked).values()
            cells = [cell for cell in said if isinstance(cell, dict) and cell.get("says")]
            texts += [f"{cell['says']} [{paper}]" for cell in cells]
        elif "2. DROP" not in prompt and not texts:
            texts.append(reply)
    text = "".join(citation_markers.numbered(["\n".join(texts)], given, order))
    return text, {number: given[identifier] for number, identifier in enumerate(order, 1)}


_similarity = embedding_similarity(MiniLM())


def _figures(
    text: str, papers: dict[int, Paper], row: dict[str, Any], answer: Answer | None
) -> dict[str, int]:
    found = dict.fromkeys(FIGURES, 0)
    for claim, one in zip(claims(text), check_answer(text, papers, _similarity), strict=True):
        if one.verdict == "no citation needed":
            continue
        marked = text[claim.end :].startswith((" *(not supported", " *(only in part"))
        found["sentences"] += 1
        found["supported"] += one.verdict in GOOD
        found["unmarked"] += not marked
        found["failing"] += not marked and one.verdict not in GOOD
        for number in claim.cited:
            found["citations"] += 1
            single = check(claim.text, [papers[number]], _similarity) if number in papers else None
            found["precise"] += single is not None and single.verdict in GOOD
    wanted = (
        [row["answer"]] if "answer" in row else [point["must"] for point in row.get("points", [])]
    )
    found["gold"] = len(wanted)
    found["found"] = sum(any(one.lower() in text.lower() for one in any_of) for any_of in wanted)
    if answer is not None:
        found["broken"] = _broken(answer)
    return found


def _broken(answer: Answer) -> int:
    """Return how many invariants an answer breaks: markers and citations agree, quotes are
    verbatim."""
    markers = {number for claim in claims(answer.text) for number in claim.cited}
    numbers = {one.number for one in answer.citations}
    quotes = [(one.paper, span) for one in answer.citations for span in one.quotes]
    return (markers != numbers) + sum(
        paper.abstract[span.start : span.end] != span.text for paper, span in quotes
    )


def _print(sums: Mapping[tuple[str, str], Mapping[str, int]]) -> None:
    print(
        "| questions | answers by | sentences | supported | citation precision | gold facts |"
        " unmarked that fail | invariants broken |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for (family, mode), one in sums.items():
        shares = (
            _share(one["supported"], one["sentences"]),
            _share(one["precise"], one["citations"]),
            _share(one["found"], one["gold"]),
        )
        tail = (
            (f"{one['failing']} of {one['unmarked']}", str(one["broken"]))
            if mode == "checked"
            else ("–", "–")
        )
        print(
            f"| {family} | {mode} | {one['sentences']} | {' | '.join(shares)} |"
            f" {' | '.join(tail)} |"
        )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "–"


if __name__ == "__main__":
    main()
