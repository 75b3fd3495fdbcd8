"""Lists: every candidate judged against the question, in batches and in parallel; then rendered.

After Asta Paper Finder (Ai2, 2025), which judges every candidate against each criterion, and
PaperQA2 (Skarlinski et al. 2024), which does so in parallel. What a model says is believed only
with words that are in the abstract; a "no" to a paper that the quotations list, only with such
words or a reason. For every other candidate retrieval decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from langchain_core.prompt_values import PromptValue

from assistant.checking import check
from assistant.composing.extractive import lists
from assistant.composing.extractive.citing import Composer, closing_line, entry_title, name_papers
from assistant.composing.written import prompt_context
from assistant.composing.written.llm_call import Stopped
from assistant.composing.written.llm_errors import CallError
from assistant.composing.written.postprocess import ACCEPTED
from assistant.composing.written.prompt_context import Given
from assistant.composing.written.replies import (
    TEXT,
    Schema,
    find_objects,
    locate_words,
    object_schema,
)
from assistant.composing.written.task import Reply, Task, WrittenAnswer
from assistant.composing.written.verification import Statement, verify
from assistant.errors import ModelError
from assistant.retrieval.hybrid import merge
from assistant.types import Check, Draft, Judgement, Match, Paper, Span
from prompts import fill

_BATCH = 4
_FEW, _FURTHER = 3, 8  # matches up to which there is one more round, papers of that
_LONGEST_REASON = 200
_MATCHES: tuple[Match, ...] = ("yes", "partly", "no")
_MOST_REFUSED = 0.75  # of what the quotations list, by a model that shows words for nothing
_NONE_JUDGED = "Stopped before any paper was judged; these are quotations instead."
_NONE_MATCH = (
    "The model found that none of the papers it read matches; these are the nearest, as quotations."
)


@dataclass(slots=True)
class _Judged:
    """Judgements so far, by paper id; batches that failed; whether it was stopped."""

    by_paper: dict[str, Judgement] = field(default_factory=dict)
    failed: list[ModelError] = field(default_factory=list)
    stopped: bool = False


def write(task: Task, reply: Reply) -> Iterator[str]:
    """Yield the entries of a list as their papers are judged; ModelError when none could be."""
    papers = _candidates(task)
    judged = _Judged()
    yield from _judge_all(task, papers, judged, reply)
    if more := _further(task, papers, judged):
        yield from _judge_all(task, more, judged, reply)
        papers += more
    reply.written = _finish(task, papers, judged)


def _judge_all(task: Task, papers: Sequence[Paper], judged: _Judged, reply: Reply) -> Iterator[str]:
    """Judge `papers`, several batches at a time; yield the titles of those that match."""
    batches = _batches(task, papers)
    yield reply.tell(f"reading {len(papers)} papers")
    try:
        work = [partial(_judge, task, batch) for batch in batches]
        for done, future in enumerate(task.client.in_parallel(work), 1):
            judgements: list[Judgement] = []
            try:
                judgements = future.result()
            except ModelError as error:
                judged.failed.append(error)
            judged.by_paper |= {judgement.paper.id: judgement for judgement in judgements}
            reply.status = f"{min(done * _BATCH, len(papers))} of {len(papers)} papers read"
            yield "".join(
                f"- {entry_title(judgement.paper)}\n"
                for judgement in judgements
                if judgement.match == "yes"
            )
    except Stopped:
        judged.stopped = True


def _further(task: Task, papers: Sequence[Paper], judged: _Judged) -> list[Paper]:
    """Return papers for one more round where few matched: such as say what those say that did."""
    if judged.stopped or judged.failed or task.evidence.parsed.scoped:
        return []
    matches = [one for one in judged.by_paper.values() if one.match != "no" and one.snippet]
    if not matches or sum(one.match == "yes" for one in matches) >= _FEW:
        return []
    best = sorted(matches, key=lambda one: one.match != "yes")[:_FEW]
    search, bounds = task.evidence.retriever.search, task.evidence.parsed.bounds
    found = [search(one.snippet.text, bounds) for one in best if one.snippet]
    known = {paper.id for paper in papers}
    ranked = (candidate.paper for candidate in merge(found[0], found[1:]).candidates)
    return [paper for paper in ranked if paper.id not in known][:_FURTHER]


def _candidates(task: Task) -> list[Paper]:
    """Return what retrieval ranks highest, best first, and all that the quotations list."""
    ranked = task.evidence.candidates
    quoted = [citation.paper for citation in task.quotes.citations]
    listed = [paper for paper in quoted if paper not in task.evidence.beyond]
    top = ranked[: task.client.chat.limits.judged]
    return top + [paper for paper in listed if paper not in top]


def _batches(task: Task, papers: Sequence[Paper]) -> list[Given]:
    frame = _prompt(task, "", ["k0000"] * _BATCH)
    room = task.prompt_tokens - task.client.count(frame)
    batches = list(prompt_context.batches(papers, room, _BATCH, task.client.count))
    if not batches:
        raise prompt_context.no_room()
    return batches


def _prompt(task: Task, passages: str, ids: Sequence[str]) -> PromptValue:
    return fill("list", {"question": task.question, "passages": passages, "ids": ", ".join(ids)})


def _judge(task: Task, given: Given) -> list[Judgement]:
    """Return what the model says of a batch, of each half where the whole overflows its context."""
    prompt = _prompt(task, given.text, list(given.papers))
    try:
        answer = task.client.complete(prompt, _schema(list(given.papers)))
    except CallError as error:
        papers = list(given.papers.values())
        if not error.overflow or len(papers) < 2:
            raise
        halves = prompt_context.batches(
            papers, task.prompt_tokens, (len(papers) + 1) // 2, task.client.count
        )
        return [judgement for half in halves for judgement in _judge(task, half)]
    judged: dict[str, Judgement] = {}
    for said in find_objects(answer, ["id"]):
        paper = given.papers.get(str(said["id"]).strip("[] ").lower())
        if paper is not None and paper.id not in judged and (read := _read(said, paper)):
            judged[paper.id] = read
    return list(judged.values())


def _read(said: dict[str, Any], paper: Paper) -> Judgement | None:
    stated = str(said.get("match", "")).strip().lower()
    reason = " ".join(str(said.get("reason") or "").split())[:_LONGEST_REASON]
    words = locate_words(str(said.get("words") or ""), paper)
    match = next((match for match in _MATCHES if match == stated), None)
    return Judgement(paper, match, words, reason) if match else None


def _schema(ids: list[str]) -> Schema:
    """Return the JSON schema of a reply on the papers of these ids."""
    identifier = {"type": "string", "enum": ids}
    match = {"type": "string", "enum": list(_MATCHES)}
    entry = object_schema({"id": identifier, "words": TEXT, "reason": TEXT, "match": match})
    return object_schema({"judgements": {"type": "array", "items": entry}})


def _finish(task: Task, papers: Sequence[Paper], judged: _Judged) -> WrittenAnswer:
    """Return the list; ModelError where the model judged nothing."""
    stopped = judged.stopped
    if not judged.by_paper and stopped:
        return WrittenAnswer(task.quotes, notes=(_NONE_JUDGED,), stopped=True)
    if not judged.by_paper:
        none = "the model judged none of the papers it was given; choose another model"
        raise judged.failed[0] if judged.failed else ModelError(none)
    decided = [_decide(task, paper, judged.by_paper.get(paper.id)) for paper in papers]
    decided = _with_reasons(task, decided)
    read = tuple(paper for paper in papers if paper.id in judged.by_paper)
    said = tuple(judgement for judgement in decided if judgement.paper.id in judged.by_paper)
    if all(judgement.match == "no" for judgement in said):
        # A model that finds nothing withholds; what retrieval found is shown as what it is.
        return WrittenAnswer(
            _doubted(task), (), said, read, (_NONE_MATCH,), stopped=stopped, quoted=True
        )
    if refused := _refused(task, judged):
        return WrittenAnswer(task.quotes, (), said, read, (refused,), stopped=stopped)
    notes: tuple[str, ...] = ()
    if judged.failed and not stopped:
        number = f"{len(papers) - len(read)} of {len(papers)} candidates"
        notes = (f"{number} could not be judged ({judged.failed[0]}); retrieval decided.",)
    others = [judgement for judgement in decided if judgement.paper.id not in judged.by_paper]
    draft, checks = _render(task, said, others)
    return WrittenAnswer(draft, checks, said, read, notes, stopped)


def _doubted(task: Task) -> Draft:
    """Return the quotations as what only comes near: a model found that none of them matches."""
    if task.quotes.kind != "list" or task.quotes.abstained:
        return task.quotes
    evidence = replace(task.evidence, doubtful=task.evidence.members, hedged=True)
    return replace(lists.write(evidence), hedged=True)


def _refused(task: Task, judged: _Judged) -> str:
    """Return a note on a model that is not to be believed, "" where it may be.

    It may not where it says no to more than three quarters of what the quotations list and shows
    words of the abstract for nothing that it takes: the quotations are worth more.
    """
    listed = [citation.paper.id for citation in task.quotes.citations]
    said = [judged.by_paper[paper] for paper in listed if paper in judged.by_paper]
    refused = sum(judgement.match == "no" for judgement in said)
    shown = any(
        judgement.snippet and judgement.match != "no" for judgement in judged.by_paper.values()
    )
    if shown or refused <= _MOST_REFUSED * len(said):
        return ""
    return (
        f"The model said no to {refused} of the {len(said)} papers listed and showed words of an "
        "abstract for no match; these are quotations instead."
    )


def _decide(task: Task, paper: Paper, said: Judgement | None) -> Judgement:
    """Return the judgement that counts.

    It is the model's with words of the abstract, or its "no" that retrieval shares or that has a
    reason; else retrieval's, which takes what the quotations list.
    """
    listed = paper.id in {citation.paper.id for citation in task.quotes.citations}
    if said and (said.snippet or (said.match == "no" and (said.reason or not listed))):
        return Judgement(paper, said.match, said.snippet, said.reason)
    snippet = task.evidence.best_sentences([paper])[0].span
    if not (listed and snippet.text):
        return Judgement(paper, "no", snippet, "" if listed else "retrieval ranks it low")
    return Judgement(paper, "partly" if said and said.match == "partly" else "yes", snippet)


def _with_reasons(task: Task, decided: Sequence[Judgement]) -> list[Judgement]:
    """Return the judgements; a match keeps its reason only if the abstract supports it, which the
    model is asked again, in one call, where it is no matter of figures and names.
    """
    kept, doubtful = list(decided), list[int]()
    for n, said in enumerate(decided):
        if said.match == "no" or not said.reason:
            continue
        finding = check(said.reason, [said.paper], task.checker.similarity, task.checker.known)
        if finding.verdict in ACCEPTED:
            kept[n] = replace(said, reason=said.reason.rstrip(". "))
            continue
        kept[n] = replace(said, reason="")
        doubtful += [n] if said.snippet and not finding.exact else []
    if doubtful and not task.client.stop.is_set():
        statements = [Statement(decided[n].reason, (decided[n].paper,)) for n in doubtful]
        for n, opinion in verify(statements, False, task.client, task.prompt_tokens).items():
            if opinion.stand == "entailed":
                said = decided[doubtful[n]]
                kept[doubtful[n]] = replace(said, reason=said.reason.rstrip(". "))
    return kept


def _render(
    task: Task, judged: Sequence[Judgement], others: Sequence[Judgement]
) -> tuple[Draft, tuple[Check, ...]]:
    """Return the list and a check of each entry: it is quoted. Retrieval decided of `others`."""
    sections = (
        ("", judged, "yes"),
        ("\nIn part:\n\n", judged, "partly"),
        ("\nNot judged, found by retrieval:\n\n", others, "yes"),
    )
    composer = Composer()
    text = ""
    checks: list[Check] = []
    for heading, among, match in sections:
        entries = [
            judgement for judgement in among if judgement.match == match and judgement.snippet
        ]
        text += heading if entries else ""
        for entry in entries:
            number = len(checks) + 1
            begin = len(text) + len(f"{number}. ")
            snippet = entry.snippet or Span("", 0, 0)
            text += f"{number}. {composer.entry(entry.paper, snippet, entry.reason)}"
            checks.append(Check(begin, len(text), "quoted", "", number, entry.snippet))
            text += "\n"
    rest = tuple(judgement.paper for judgement in (*judged, *others) if judgement.match == "no")
    text += "\n" + _closing(task, judged, len(others))
    return Draft("list", text, composer.citations, considered=rest), tuple(checks)


def _closing(task: Task, judged: Sequence[Judgement], others: int) -> str:
    counts = {match: sum(judgement.match == match for judgement in judged) for match in _MATCHES}
    partly = f", {counts['partly']} in part" if counts["partly"] else ""
    unjudged = f" ({others} not judged)" if others else ""
    papers = name_papers(task.evidence.corpus_size, task.evidence.parsed.bounds)
    match = f"{counts['yes']} of {len(judged)} judged match{partly}{unjudged}"
    return closing_line(f"{match}, out of {papers}", counts["no"])
