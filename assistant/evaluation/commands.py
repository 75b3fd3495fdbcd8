"""What `paper-assistant eval` does: measure questions or a BEIR collection, compare two reports, draft questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.assistant import Assistant
from assistant.cli import terminal
from assistant.evaluation import jsonl_io, report, suite
from assistant.evaluation import questions as reading
from assistant.evaluation.papers import read_titles
from assistant.evaluation.questions import Question
from assistant.evaluation.report import Report
from assistant.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions to measure by, and what their ids stand for."""

    questions: Sequence[Question]
    titles: Mapping[str, str]


def read(folder: Path, families: Sequence[str], limit: int | None, papers: Path | None) -> Asked:
    """Return the questions in `folder`; the titles of their papers come from `papers`, or lie beside them."""
    return Asked(reading.read(folder, families, limit), read_titles(folder, papers))


def questions(asked: Asked, settings: Settings, as_json: Path | None, plot: Path | None) -> None:
    """Answer questions and print what that measures; write it and draw it where wanted."""
    assistant = Assistant.open(settings)
    try:
        with terminal.progress("questions", len(asked.questions)) as advance:
            found = suite.measured(asked.questions, asked.titles, assistant, advance)
    finally:
        assistant.close()
    if not _written(found, as_json):
        report.show(found)
    if plot is not None:
        from assistant.evaluation.plot import draw

        draw(found, plot)


def beir(
    folder: Path, settings: Settings, split: str | None, limit: int | None, as_json: Path | None
) -> None:
    """Search for the queries of a BEIR collection and print how well that ranks, beside baselines."""
    from assistant.evaluation import baselines_table
    from assistant.evaluation import beir as collections
    from assistant.index import corpora
    from assistant.index.layout import Folder
    from assistant.models.providers import make_embedder
    from assistant.models.rerankers import make_reranker
    from assistant.retrieval.snapshot import open_snapshot

    collection = collections.read(folder, split, limit)
    corpora.state(settings)
    view = open_snapshot(
        Folder(settings.corpus_dir),
        make_embedder(settings.embedder),
        make_reranker(settings.reranker),
    )
    try:
        with terminal.progress("queries", len(collection.texts)) as advance:
            found = collections.measured(collection, view, advance)
    finally:
        view.close()
    if not _written(found, as_json):
        baselines_table.show(found)


def compare(files: tuple[Path, Path]) -> None:
    """Print what differs between two reports."""
    from assistant.evaluation.compare import show

    show(report.read(files[0]), report.read(files[1]), files)


def make(folder: Path, settings: Settings, limit: int | None, seed: int, force: bool) -> None:
    """Draft questions from the corpus into `folder`, and say so."""
    from assistant.evaluation import draft_questions

    assistant = Assistant.open(settings)
    try:
        number = draft_questions.write(assistant.papers(), folder, limit, seed, force)
    finally:
        assistant.close()
    print(
        f"{number} questions drafted in {folder / 'known_item.jsonl'}; read them: they are easier than people's"
    )


def _written(found: Report, as_json: Path | None) -> bool:
    """Write a report where wanted; tell whether that was standard output, where nothing else must stand."""
    if as_json is None:
        return False
    text = report.to_json(found)
    if str(as_json) == "-":
        print(text)
        return True
    jsonl_io.write_text(as_json, text + "\n")
    return False
