"""Files → papers: one reader per format, one error per bad line."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from assistant.errors import SourceError
from assistant.types import Paper
from ingest import fields, identify
from ingest.formats import beir
from ingest.formats.huggingface_page import looks_like_page, read_page
from ingest.repair import repair

CORPUS_NAME = "corpus.jsonl"
BIBLIOGRAPHY_NAME = "bibliography.jsonl"
_LARGEST_FILE = 2_000_000_000
_LONGEST_ABSTRACT = 200_000


@dataclass(frozen=True, slots=True)
class Found:
    """What files hold: papers, each id once, and how many records were skipped since they have no words."""

    papers: Sequence[Paper]
    skipped: int = 0


def bundled_papers() -> list[Paper]:
    """Return the 219 papers that come with the package."""
    folder = resources.files("ingest") / "corpus"
    with resources.as_file(folder) as path:
        return read_papers([path / "huggingface-papers.txt"])


def read_papers(files: Iterable[Path], bibliography: Path | None = None) -> list[Paper]:
    """Return the papers of all `files`; see `read`."""
    return list(read(files, bibliography).papers)


def read(files: Iterable[Path], bibliography: Path | None = None) -> Found:
    """Return what all `files` hold, each id once (the first wins).

    Saved Hugging Face papers pages and JSON Lines (`title`, `abstract` or `text`, and optionally `arxiv_id`, `doi`,
    `year`, `authors`, `venue`, `url`) are understood, and BEIR's layout: `_id`, `title`, `text`. Facts for the papers of a page are joined by title from
    `bibliography`, else from a `bibliography.jsonl` beside it. Raises SourceError naming the file and line.
    """
    papers: dict[str, Paper] = {}
    skipped = 0
    for file in files:
        for paper in _read_file(file, bibliography):
            if paper is None:
                skipped += 1
            else:
                papers.setdefault(paper.id, paper)
    if skipped and not papers:
        raise SourceError(f"none of the {skipped} records has words; nothing to ingest")
    return Found(tuple(papers.values()), skipped)


def _read_file(file: Path, bibliography: Path | None) -> Iterable[Paper | None]:
    file = file / CORPUS_NAME if os.path.isfile(file / CORPUS_NAME) else file
    text = _text_of(file)
    if looks_like_page(text):
        beside = file.parent / BIBLIOGRAPHY_NAME
        facts = _facts_by_title(bibliography or (beside if beside.is_file() else None))
        pairs = read_page(text, file.name)
        return [_paper({"title": title, "abstract": abstract}, facts) for title, abstract in pairs]
    if file.suffix.lower() in {".jsonl", ".ndjson", ".json"} or text.lstrip().startswith("{"):
        return [
            _record_paper(record, file.name, line) for line, record in _records(text, file.name)
        ]
    read_page(text, file.name)  # raises: names the line that is not a page's
    raise SourceError(
        f"{file.name}: unknown format; give a saved Hugging Face papers page or JSON Lines"
    )


def _text_of(file: Path) -> str:
    if not file.exists():
        raise SourceError(f"{file}: no such file; check the path")
    if file.is_dir():
        raise SourceError(
            f"{file}: this is a folder; name the files in it (one that holds {CORPUS_NAME} can be named itself)"
        )
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise SourceError(f"{file}: larger than 2 GB; split it")
        data = file.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{file}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        raise SourceError(f"{file}: the file is empty; nothing to ingest")
    if b"\0" in data:
        raise SourceError(f"{file}: this is a binary file; give text in UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SourceError(f"{file}:{line}: not UTF-8 text; convert the file to UTF-8") from error


def _records(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, content in enumerate(text.lstrip("\ufeff").split("\n"), 1):
        if not content.strip():
            continue
        try:
            record = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{name}:{line}: not a JSON object on one line ({error})") from error
        if not isinstance(record, dict):
            raise SourceError(
                f"{name}:{line}: expected a JSON object, found {type(record).__name__}"
            )
        yield line, record


def _facts_by_title(path: Path | None) -> dict[str, Mapping[str, Any]]:
    if path is None:
        return {}
    facts = {}
    for line, record in _records(_text_of(path), path.name):
        if record.get("title"):
            try:
                _identified(Paper("", str(record["title"]), ""), record)
            except SourceError as error:
                raise SourceError(f"{path.name}:{line}: {error}") from error
            facts[identify.title_key(str(record["title"]))] = record
    return facts


def _record_paper(record: Mapping[str, Any], name: str, line: int) -> Paper | None:
    """Return the paper of a record, None for one in BEIR layout that has no words."""
    try:
        if identifier := beir.paper_id(record):
            found = beir.as_record(record)
            return _paper(found, {}, identifier) if found else None
        return _paper(_whole(record), {})
    except SourceError as error:
        raise SourceError(f"{name}:{line}: {error}") from error


def _whole(record: Mapping[str, Any]) -> dict[str, Any]:
    abstract = record.get("abstract") or record.get("text")
    for field, value in (("title", record.get("title")), ("abstract", abstract)):
        if not isinstance(value, str) or not value.strip():
            raise SourceError(f"the record has no {field}; give it as text")
    return {**record, "abstract": abstract}


def _paper(
    record: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]], identifier: str = ""
) -> Paper:
    title = repair(" ".join(fields.printable(record["title"]).split()))
    abstract = repair(fields.printable(record["abstract"]).strip())
    for field, text in (("title", title), ("abstract", abstract)):
        if not re.search(r"\w", text):
            raise SourceError(f"the paper {title[:60]!r} has no words in its {field}")
    if len(abstract) > _LONGEST_ABSTRACT:
        raise SourceError(
            f"the abstract of {title[:60]!r} has {len(abstract):,} characters; at most {_LONGEST_ABSTRACT:,}"
        )
    # Facts are keyed by the title as scraped and as repaired: either spelling finds them.
    found = (
        facts.get(identify.title_key(title)) or facts.get(identify.title_key(record["title"])) or {}
    )
    return _identified(Paper(id=identifier, title=title, abstract=abstract), {**record, **found})


def _identified(paper: Paper, record: Mapping[str, Any]) -> Paper:
    link = (
        record.get("url")
        if str(record.get("url") or "").startswith(("http://", "https://"))
        else None
    )
    links = tuple(one for one in identify.links_in(paper.abstract) if one != link)
    facts = replace(
        paper, authors=fields.authors(record.get("authors")), year=fields.year(record.get("year")),
        venue=fields.text(record.get("venue")), links=links,
    )  # fmt: skip
    if record.get("arxiv_id"):
        identifier = identify.arxiv_id(str(record["arxiv_id"]))
        return replace(facts, id=f"arxiv:{identifier}", url=link or identify.arxiv_url(identifier))
    if record.get("doi"):
        identifier = identify.doi(str(record["doi"]))
        return replace(facts, id=f"doi:{identifier}", url=link or identify.doi_url(identifier))
    return replace(
        facts, id=paper.id or identify.slug_id(paper.title), url=link or identify.search_url(paper.title),
        url_is_search=link is None,
    )  # fmt: skip
