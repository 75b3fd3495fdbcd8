"""`paper-assistant feedback`: what people said of answers, and questions made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from assistant.cli.common import Force, Json, print_json, with_options
from assistant.cli.help import option

if TYPE_CHECKING:
    from rich.text import Text

    from assistant.history.feedback import Feedback
    from assistant.settings import Settings

Make = Annotated[Path | None, option("FOLDER", "Write questions for eval into a folder instead.")]
_SHORT = 160


@with_options("data_dir", "store", "corpus")
def feedback(
    settings: Settings, make: Make = None, force: Force = False, as_json: Json = False
) -> None:
    """List what people said of answers; make questions for eval."""
    said, others = _read(settings)
    if as_json and not make:
        from assistant.history.feedback import to_record

        for one in said:
            print_json(to_record(one))
    elif not said:
        print(
            f"nobody has said anything of an answer about the corpus {settings.corpus}"
            f" yet{_of_others(others)}"
        )
    elif make:
        _make(said, make, force)
    else:
        _show(said, _of_others(others))


def _read(settings: Settings) -> tuple[list[Feedback], dict[str, int]]:
    """Return what was said about the corpus in use, and how much about each other."""
    from assistant.history.database import is_there, place_of
    from assistant.history.feedback import FILE, FeedbackStore

    place = place_of(settings, FILE)
    if not is_there(place):
        return [], {}
    with closing(FeedbackStore(place)) as store:
        about = store.corpora()
        about.pop(settings.corpus, None)
        return store.listed(settings.corpus), about


def _of_others(others: Mapping[str, int]) -> str:
    told = ", ".join(f"{number} about {name}" for name, number in others.items())
    return f" ({told}: --corpus NAME)" if told else ""


def _make(said: Sequence[Feedback], folder: Path, force: bool) -> None:
    from assistant.evaluation.from_feedback import TO_REVIEW, write

    made = write(said, folder, force)
    questions = {name: number for name, number in made.items() if name != TO_REVIEW}
    if questions:
        told = ", ".join(f"{number} in {name}.jsonl" for name, number in questions.items())
        print(f"{told}; measure with: paper-assistant eval {folder}")
    if number := made.get(TO_REVIEW):
        print(
            f"{number} in {folder / TO_REVIEW}.jsonl, for you to complete: what a right answer is,"
            " was not said"
        )


def _show(said: Sequence[Feedback], more: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "when", "said", "question", "sentence, paper", "comment", box=None, pad_edge=False
    )
    for one in said:
        table.add_row(f"{one.when.astimezone():%Y-%m-%d %H:%M}", *map(_cell, _told(one)))
    console = Console()
    console.print(table)
    console.print(
        f"{len(said)} remark{'' if len(said) == 1 else 's'}{more}", highlight=False, markup=False
    )


def _told(one: Feedback) -> tuple[str, str, str, str]:
    citations = {
        citation.number: citation.paper.title for citation in one.turns[-1].answer.citations
    }
    paper = citations.get(one.remark.number, "") if one.remark.number is not None else ""
    meant = " — ".join(part for part in (one.remark.sentence, paper) if part)
    return one.remark.kind, one.turns[-1].user, meant, one.remark.comment


def _cell(text: str) -> Text:
    """Return text for a table: one short line without what would command the terminal."""
    from rich.text import Text

    from assistant.history.export.references import line

    shown = line(text)
    return Text(shown if len(shown) <= _SHORT else shown[: _SHORT - 1] + "…", overflow="fold")
