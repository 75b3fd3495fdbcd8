"""`paper-assistant export`: conversations and papers as files of other programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from assistant.cli.common import (
    LOCAL,
    Json,
    check_target,
    kept_conversations,
    print_json,
    with_options,
)
from assistant.cli.help import argument, flag, option
from assistant.cli.papers import find_papers, read_filters
from assistant.errors import ExportError, KeepingError

if TYPE_CHECKING:
    from assistant.history.conversations import Conversation, Entry
    from assistant.history.export.csl_style import Style
    from assistant.history.export.files import File
    from assistant.settings import Settings

_MOST_LISTED = 2000
_FORMS = ("md", "html", "docx", "bib", "ris", "csl-json", "csv")
_ENDINGS = {".markdown": "md", ".htm": "html", ".json": "csl-json"}


@with_options("data_dir", "store", "corpus")
def export(
    settings: Settings,
    what: Annotated[
        list[str] | None,
        argument(
            "CONVERSATION|FILTER",
            "A conversation, by its id or words of its title; or filters of papers, as of"
            " the command papers. Without: the conversations are listed.",
        ),
    ] = None,
    last: Annotated[bool, flag("The conversation that was changed last.", "--last")] = False,
    answer: Annotated[bool, flag("Of a conversation: only its last answer.", "--answer")] = False,
    every: Annotated[bool, flag("All papers of the corpus.", "--all")] = False,
    to: Annotated[
        str | None,
        option(
            "FORM",
            f"{', '.join(_FORMS[:-1])} or {_FORMS[-1]}; else what --output ends in, else md.",
        ),
    ] = None,
    style: Annotated[
        str | None,
        option(
            "STYLE",
            "Of md, html, docx: apa, ieee, vancouver, chicago, any other CSL style by its"
            " name, or a FILE.csl; without: numbers as on the page.",
        ),
    ] = None,
    footnotes: Annotated[
        bool, flag("Of md, html, docx: cite in footnotes.", "--footnotes")
    ] = False,
    output: Annotated[
        Path | None, option("FILE", "Where to write; else standard output.", "--output", "-o")
    ] = None,
    force: Annotated[bool, flag("Overwrite the file.", "--force")] = False,
    user: Annotated[str, option("NAME", "Whose conversations, by the name given there.")] = LOCAL,
    as_json: Json = False,
) -> None:
    """Write a conversation, its last answer, or papers as a file."""
    form = _form(to, output, style is not None or footnotes)
    if output is not None:
        check_target(output, force)
    elif form == "docx":
        raise ExportError("a Word file is not for the terminal; add --output FILE.docx")
    rest, filters = read_filters(what or [])
    if (rest or last or answer) and (filters or every) or (rest and last):
        raise ExportError("give a conversation, --last, filters of papers or --all: one of them")
    if filters or every:
        from assistant.history.export.files import export_papers

        papers = find_papers(settings, filters)
        _write(export_papers(form, papers, style=_style(style)), output)
    elif rest or last or answer:
        from assistant.history.export.files import export_conversation

        kept = _load(settings, user, rest)
        turns = kept.turns[-1:] if answer else kept.turns
        file = export_conversation(form, kept.title, turns, _style(style), footnotes)
        _write(file, output)
    else:
        _list(settings, user, as_json)


def _form(to: str | None, output: Path | None, styled: bool) -> str:
    ending = output.suffix.lower() if output else ""
    form = to or _ENDINGS.get(ending) or ending.removeprefix(".") or "md"
    if form not in _FORMS:
        raise ExportError(f"there is no export to {form!r}; choose one of {', '.join(_FORMS)}")
    if styled and form not in ("md", "html", "docx"):
        raise ExportError(f"{form} has no style of citing; --style is for md, html and docx")
    return form


def _style(name: str | None) -> Style | None:
    from assistant.history.export.csl_style import Style

    return Style(name) if name else None


def _write(file: File, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(file.content.decode("utf-8-sig"))
        return
    from assistant.index.layout import replace_file

    try:
        replace_file(output, file.content)
    except OSError as error:
        raise ExportError(f"{output} cannot be written: {error.strerror}") from None
    print(f"{output} written", file=sys.stderr)


def _load(settings: Settings, user: str, words: str) -> Conversation:
    """Return the conversation that `words` name, the one changed last where there are none."""
    with kept_conversations(settings) as store:
        if store is None:
            raise KeepingError("no conversation is kept yet; ask something first")
        return store.load(user, _named(store.listed(user, limit=_MOST_LISTED), words).id)


def _named(entries: Sequence[Entry], words: str) -> Entry:
    exact = [entry for entry in entries if words in (entry.id, entry.title)]
    near = [
        entry
        for entry in entries
        if entry.id.startswith(words) or words.casefold() in entry.title.casefold()
    ]
    found = exact or near
    if not entries:
        raise KeepingError("no conversation is kept under this name; see --user")
    if not found:
        raise KeepingError(f"no conversation is called {words!r}; paper-assistant export lists all")
    if len(found) > 1 and words:
        told = "; ".join(f"{entry.id} ({entry.title})" for entry in found[:5])
        raise KeepingError(f"{words!r} names {len(found)} conversations; give an id: {told}")
    return found[0]


def _list(settings: Settings, user: str, as_json: bool) -> None:
    with kept_conversations(settings) as store:
        entries = store.listed(user, limit=_MOST_LISTED) if store else []
    for entry in entries:
        if as_json:
            record = {name: getattr(entry, name) for name in ("id", "title", "corpus")}
            print_json({**record, "updated": entry.updated.isoformat()})
        else:
            when = f"{entry.updated.astimezone():%Y-%m-%d %H:%M}"
            print(f"{entry.id}  {when}  {entry.corpus}  {entry.title}")
    if not entries and not as_json:
        print("no conversation is kept yet; name filters to export papers, as year>=2023")
