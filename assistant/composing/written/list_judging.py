"""Lists: every candidate judged against the question, in batches and in parallel, with its words; then the list of them.

After Asta Paper Finder (Ai2, 2025), which judges every candidate against each criterion, and PaperQA2 (Skarlinski et al.
2024), which does so in parallel. What a model says is believed only with words that are in the abstract; a "no" to a paper
that the quotations list, only with such words or a reason. For every other candidate retrieval decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from assistant.checking import check
from assistant.composing.extractive.lists import best_sentences
from assistant.composing.extractive.numbering import title_link
from assistant.composing.written import json_objects, list_rendering, prompt_context
from assistant.composing.written.llm_client import Stopped
from assistant.composing.written.llm_errors import CallError
from assistant.composing.written.postprocess import GOOD
from assistant.composing.written.prompt_context import Given
from assistant.composing.written.quote_location import located
from assistant.composing.written.task import Reply, Task, Written
from assistant.errors import ModelError
from assistant.types import Judgement, Paper
from prompts import load

_BATCH = 4
_LONGEST_REASON = 200
_MATCHES = ("yes", "partly", "no")
_MOST_REFUSED = 0.75  # of what the quotations list, by a model that shows words for nothing
_NONE_JUDGED = "Stopped before any paper was judged; these are quotations instead."


@dataclass(slots=True)
class _Judged:
    """What has been judged so far, by paper id, and the batches that could not be."""

    found: dict[str, Judgement]
    failed: list[ModelError]


def write(task: Task, reply: Reply) -> Iterator[str]:
    """Yield the entries of a list as their papers are judged; ModelError when none could be."""
    papers = _candidates(task)
    given = list(
        prompt_context.batches(
            papers, task.caller.chat.limits.prompt_tokens - _frame(task), _BATCH, task.caller.count
        )
    )
    if not given:
        raise ModelError(
            "no abstract fits whole into the prompt's budget; raise PAPER_ASSISTANT_PROMPT_TOKENS"
        )
    reply.status = f"reading {len(papers)} papers"
    yield ""
    judged = _Judged({}, [])
    shown: list[str] = []
    stopped = False
    try:
        for done, found in enumerate(_in_parallel(task, given, judged), 1):
            reply.status = f"{min(done * _BATCH, len(papers))} of {len(papers)} papers read"
            entries = [f"- **{title_link(one.paper)}**\n" for one in found if one.match == "yes"]
            shown += entries
            yield "".join(entries)
    except Stopped:
        stopped = True
    if not judged.found and stopped:
        reply.written = Written(task.quotes, notes=(_NONE_JUDGED,), stopped=True)
        return
    if not judged.found:
        raise (
            judged.failed[0]
            if judged.failed
            else ModelError(
                "the model judged none of the papers it was given; choose another model"
            )
        )
    reply.written = _written(task, papers, judged, stopped)


def _candidates(task: Task) -> list[Paper]:
    """Return what to judge, best first: what retrieval ranks highest, and all that the quotations would list."""
    ranked = [one.paper for one in task.request.retrieval.candidates]
    listed = [one.paper for one in task.quotes.citations]
    top = ranked[: task.caller.chat.limits.judged]
    return top + [paper for paper in listed if paper not in top]


def _frame(task: Task) -> int:
    return task.caller.count(
        load("list").substitute(question=task.question, passages="", ids="k0000, " * _BATCH)
    )


def _in_parallel(task: Task, given: Sequence[Given], judged: _Judged) -> Iterator[list[Judgement]]:
    """Yield the judgements of each batch in order, several batches being judged at a time."""
    with ThreadPoolExecutor(max_workers=task.caller.chat.limits.parallel) as pool:
        waiting: list[Future[list[Judgement]]] = [pool.submit(_judge, task, one) for one in given]
        for one in waiting:
            try:
                found = one.result()
            except ModelError as error:
                judged.failed.append(error)
                found = []
            judged.found |= {each.paper.id: each for each in found}
            try:
                yield found
            except (
                GeneratorExit
            ):  # nobody reads on: leaving the pool must not wait for the calls under way
                task.caller.stop.set()
                raise


def _judge(task: Task, given: Given) -> list[Judgement]:
    ids = ", ".join(given.papers)
    prompt = load("list").substitute(question=task.question, passages=given.text, ids=ids)
    try:
        answer = task.caller.complete(prompt, _schema(given.papers))
    except CallError as error:
        if not error.overflow or len(given.papers) < 2:
            raise
        return [one for half in _halves(task, given) for one in _judge(task, half)]
    found: dict[str, Judgement] = {}
    for one in json_objects.objects(answer, "id"):
        paper = given.papers.get(str(one["id"]).strip("[] ").lower())
        match = str(one.get("match", "")).strip().lower()
        if paper is None or match not in _MATCHES or paper.id in found:
            continue
        reason = " ".join(str(one.get("reason") or "").split())[:_LONGEST_REASON]
        words = located(str(one.get("words") or ""), paper)
        found[paper.id] = Judgement(paper, match, words, reason)  # type: ignore[arg-type]
    return list(found.values())


def _halves(task: Task, given: Given) -> Iterator[Given]:
    """Yield the abstracts of a batch in smaller ones, for a model whose context proves too small for it."""
    papers = list(given.papers.values())
    yield from prompt_context.batches(
        papers, task.caller.chat.limits.prompt_tokens, (len(papers) + 1) // 2, task.caller.count
    )


def _schema(papers: Mapping[str, Paper]) -> dict[str, object]:
    """Return the JSON schema of a reply on these papers."""
    text = {"type": "string"}
    fields = {
        "id": {"type": "string", "enum": list(papers)},
        "words": text,
        "reason": text,
        "match": {"type": "string", "enum": list(_MATCHES)},
    }
    entry = {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
    listed = {"type": "array", "items": entry}
    return {
        "type": "object",
        "properties": {"judgements": listed},
        "required": ["judgements"],
        "additionalProperties": False,
    }


def _written(task: Task, papers: Sequence[Paper], judged: _Judged, stopped: bool) -> Written:
    decided = [_decided(task, paper, judged.found.get(paper.id)) for paper in papers]
    read = tuple(paper for paper in papers if paper.id in judged.found)
    found = tuple(one for one in decided if one.paper.id in judged.found)
    if not any(one.match in ("yes", "partly") for one in found):
        # A model that finds nothing withholds; what retrieval found is shown as what it is.
        note = "The model found that none of the papers it read matches; these are the nearest, as quotations."
        return Written(task.quotes, judged=found, given=read, notes=(note,), stopped=stopped)
    if refused := _refused(task, judged):
        note = f"The model said no to {refused} and showed words of an abstract for no match; these are quotations instead."
        return Written(task.quotes, given=read, notes=(note,), stopped=stopped)
    notes: tuple[str, ...] = ()
    if judged.failed and not stopped:
        number = f"{len(papers) - len(read)} of {len(papers)}"
        notes = (
            f"{number} candidates could not be judged ({judged.failed[0]}); retrieval decided.",
        )
    draft, checks = list_rendering.draft(
        task, found, [one for one in decided if one.paper.id not in judged.found]
    )
    return Written(draft, checks, found, read, notes, stopped)


def _refused(task: Task, judged: _Judged) -> str:
    """Return, in words, how many of the papers that the quotations list a model said no to, "" where it may be believed.

    It may not where it refuses more than three quarters of them and names words that are in the abstract for nothing that
    it takes: a model that says no to nearly everything is worth less than the quotations.
    """
    said = [
        judged.found[one.paper.id] for one in task.quotes.citations if one.paper.id in judged.found
    ]
    refused = [one for one in said if one.match == "no"]
    shown = any(one.snippet and one.match != "no" for one in judged.found.values())
    return (
        ""
        if shown or len(refused) <= _MOST_REFUSED * len(said)
        else f"{len(refused)} of the {len(said)} papers listed"
    )


def _decided(task: Task, paper: Paper, one: Judgement | None) -> Judgement:
    """Return the judgement that stands: one with words of the abstract, or a "no" that retrieval shares or that has a reason.

    Else retrieval's, which takes what the quotations list.
    """
    listed = paper.id in {citation.paper.id for citation in task.quotes.citations}
    if one is not None and (one.snippet or (one.match == "no" and (one.reason or not listed))):
        return Judgement(paper, one.match, one.snippet, _reason(task, one))
    evidence = best_sentences(task.request, [paper]).get(paper.id)
    snippet = evidence.span if evidence else None
    if not (listed and snippet):
        return Judgement(paper, "no", snippet, "" if listed else "retrieval ranks it low")
    return Judgement(
        paper, "partly" if one is not None and one.match == "partly" else "yes", snippet
    )


def _reason(task: Task, one: Judgement) -> str:
    """Return the model's reason if the abstract supports it; why one was left out says what an abstract lacks."""
    if one.match == "no":
        return one.reason
    found = (
        check(one.reason, [one.paper], task.rules.similarity, task.rules.known)
        if one.reason
        else None
    )
    return one.reason.rstrip(". ") if found and found.verdict in GOOD[:2] else ""
