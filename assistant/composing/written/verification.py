"""A model's second opinion on written sentences: whether the abstracts they cite say so, and where.

One call for many sentences. Figures, names and quotations are not asked about: of these the checker
is sure. That a sentence is not supported takes two voices: the checker's and the model's, or the
model's twice. After FActScore (Min et al. 2023), which verifies statement by statement, and
chain-of-verification (Dhuliawala et al. 2023), whose second look does not see the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from assistant.checking.claims import plain
from assistant.checking.contradictions import evidence
from assistant.composing.written import prompt_context
from assistant.composing.written.llm_call import Stopped
from assistant.composing.written.llm_client import LLMClient
from assistant.composing.written.postprocess import ACCEPTED, SecondOpinion
from assistant.composing.written.replies import TEXT, Schema, find_objects, object_schema
from assistant.errors import ModelError
from assistant.text import citation_markers
from assistant.text.citation_markers import MARKER
from assistant.text.prompt_injection import fenced
from assistant.types import Check, Paper, Span
from prompts import fill

if TYPE_CHECKING:
    from assistant.composing.written.task import Task

Stand = Literal["entailed", "contradicted", "not stated"]
_STANDS: tuple[Stand, ...] = ("entailed", "contradicted", "not stated")
_MOST = 12  # statements of a call
_MOST_SOURCES = 4  # papers of a statement
_LONGEST_REASON = 120
_REASONS = {
    "contradicted": "the abstract says otherwise",
    "not stated": "no sentence of the source says this",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """What is to be verified, in plain words, and the papers that it cites."""

    text: str
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """How a statement stands to its papers: the sentence that decides it, and what is wrong."""

    stand: Stand
    paper: Paper | None = None
    span: Span | None = None
    why: str = ""


Verify = Callable[[Sequence[Statement], bool], Mapping[int, Opinion]]
"""From statements, and whether they are looked at again, each alone, to opinions by index; what the
model passes over is absent."""
_AGAIN = (
    "- Go through the abstract sentence by sentence before you decide; one statement is enough."
)


def make_second_opinion(task: Task) -> SecondOpinion | None:
    """Return what asks the model of `task` of checked sentences, None where it is too small."""
    if not task.client.strong:
        return None
    verifying = partial(verify, client=task.client, room=task.prompt_tokens)
    return partial(second_opinion, verify=verifying)


def verify(
    statements: Sequence[Statement], again: bool, client: LLMClient, room: int
) -> dict[int, Opinion]:
    """Return the model's opinions on `statements` by index, none of those that a call failed for;
    `again` asks of each alone, in other words. Prompts have at most `room` tokens.
    """
    most = 1 if again else _MOST
    care = _AGAIN if again else ""
    batches = [range(n, min(n + most, len(statements))) for n in range(0, len(statements), most)]
    work = [partial(_ask, statements, batch, client, room, care) for batch in batches]
    opinions: dict[int, Opinion] = {}
    for future in client.in_parallel(work):
        try:
            opinions |= future.result()
        except (ModelError, Stopped):
            continue
    return opinions


def second_opinion(
    text: str, checks: Sequence[Check], papers: Mapping[int, Paper], verify: Verify
) -> tuple[Check, ...]:
    """Return the checks of `text`, whose markers stand for `papers`, after a second opinion on each
    sentence of which the checker cannot be sure.
    """
    said = [_statement(text[check.start : check.end], papers) for check in checks]
    asked = [n for n, check in enumerate(checks) if said[n].papers and _is_open(check)]
    if not asked:
        return tuple(checks)
    statements = [said[n] for n in asked]
    opinions = dict(verify(statements, False))
    lone = [
        n
        for n, opinion in opinions.items()
        if opinion.stand != "entailed" and checks[asked[n]].verdict in ACCEPTED
    ]
    # The checker holds these for true: the model is asked again, of each alone.
    again = verify([statements[n] for n in lone], True) if lone else {}
    for position, n in enumerate(lone):
        if position not in again or again[position].stand == "entailed":
            opinions[n] = Opinion("entailed")
    decided = list(checks)
    numbers = {paper.id: number for number, paper in papers.items()}
    for n, opinion in opinions.items():
        decided[asked[n]] = _decide(checks[asked[n]], opinion, numbers)
    return tuple(decided)


def _is_open(check: Check) -> bool:
    return not check.exact and check.verdict not in ("quoted", "no citation needed")


def _statement(sentence: str, papers: Mapping[int, Paper]) -> Statement:
    numbers = dict.fromkeys(map(int, MARKER.findall(sentence)))
    cited = [papers[number] for number in numbers if number in papers]
    return Statement(plain(sentence), tuple(cited[:_MOST_SOURCES]))


def _decide(check: Check, opinion: Opinion, numbers: Mapping[str, int]) -> Check:
    if opinion.paper and opinion.span:
        check = replace(check, number=numbers[opinion.paper.id], quote=opinion.span)
    if opinion.stand == "entailed":
        return replace(check, verdict="supported", reason="")
    reason = opinion.why or check.reason or _REASONS[opinion.stand]
    return replace(check, verdict="not supported", reason=reason)


def _ask(
    statements: Sequence[Statement], batch: Sequence[int], client: LLMClient, room: int, care: str
) -> dict[int, Opinion]:
    """Return opinions on the statements of a batch, in halves where one prompt does not hold it."""
    papers = {paper.id: paper for n in batch for paper in statements[n].papers}
    given = citation_markers.opaque_ids(list(papers.values()))
    ids = {paper.id: identifier for identifier, paper in given.items()}
    lines: list[str] = []
    for n, index in enumerate(batch, 1):
        markers = " ".join(f"[{ids[paper.id]}]" for paper in statements[index].papers)
        lines.append(f"{n}. {' '.join(statements[index].text.split())} {markers}")
    passages = "\n\n".join(_numbered(identifier, paper) for identifier, paper in given.items())
    prompt = fill("verify", {"passages": passages, "care": care, "statements": "\n".join(lines)})
    if client.count(prompt) > room and len(batch) > 1:
        half = len(batch) // 2
        first = _ask(statements, batch[:half], client, room, care)
        return first | _ask(statements, batch[half:], client, room, care)
    reply = client.complete(prompt, _schema(len(batch), list(given)))
    return dict(_read(reply, [(index, statements[index]) for index in batch], given))


def _numbered(identifier: str, paper: Paper) -> str:
    numbered = " ".join(f"({n}) {fenced(span.text)}" for n, span in enumerate(evidence(paper), 1))
    return prompt_context.passage(identifier, paper, numbered)


def _read(
    reply: str, batch: Sequence[tuple[int, Statement]], given: Mapping[str, Paper]
) -> Iterator[tuple[int, Opinion]]:
    """Yield the opinions that a reply holds, each once, with the statement's index; an opinion by
    another paper than the statement cites is none.
    """
    seen: set[int] = set()
    for said in find_objects(reply, ["statement"]):
        position, stand = _whole(said.get("statement")), str(said.get("verdict", "")).lower()
        known = next((one for one in _STANDS if one == stand.strip()), None)
        if known is None or position in seen or not 1 <= position <= len(batch):
            continue
        seen.add(position)
        index, statement = batch[position - 1]
        paper = given.get(str(said.get("abstract", "")).strip("[] ").lower())
        if paper not in statement.papers:
            if paper is not None and known == "entailed":
                continue
            paper = statement.papers[0] if len(statement.papers) == 1 else None
        spans = evidence(paper) if paper else ()
        sentence = _whole(said.get("sentence"))
        span = spans[sentence - 1] if 1 <= sentence <= len(spans) else None
        why = " ".join(str(said.get("why") or "").split())[:_LONGEST_REASON].rstrip(". ")
        yield index, Opinion(known, paper if span else None, span, why)


def _whole(value: Any) -> int:
    """Return a whole number that a model wrote, 0 for anything else."""
    digits = str(value).strip(" ().#")
    return int(digits) if digits.isdecimal() and len(digits) < 4 else 0


def _schema(count: int, ids: list[str]) -> Schema:
    entry = object_schema(
        {
            "statement": {"type": "integer", "minimum": 1, "maximum": count},
            "abstract": {"type": "string", "enum": [*ids, ""]},
            "sentence": {"type": "integer"},
            "verdict": {"type": "string", "enum": list(_STANDS)},
            "why": TEXT,
        }
    )
    return object_schema({"verdicts": {"type": "array", "items": entry}})
