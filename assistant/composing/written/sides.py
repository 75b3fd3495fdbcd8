"""The papers that a question describes and would compare, chosen by a strong model."""

from dataclasses import replace

from assistant.checking.coverage import content
from assistant.composing.extractive import comparisons
from assistant.composing.written import prompt_context
from assistant.composing.written.llm_call import Stopped
from assistant.composing.written.replies import TEXT, find_objects, object_schema
from assistant.composing.written.task import Task
from assistant.errors import ModelError
from assistant.judging.sides import MOST_COMPARED
from assistant.types import Paper
from prompts import fill

_OF_A_SIDE, _OF_ALL, _MOST = 4, 8, 16  # papers offered


def choose_sides(task: Task) -> Task:
    """Return the task with the papers compared that the model finds described, each side that none
    fits named as such; as it is where all are named, or the model finds none.
    """
    if not task.evidence.parsed.described or not task.client.strong:
        return task
    given = prompt_context.fit(_offered(task), task.prompt_tokens * 3 // 4, task.client.count)
    prompt = fill("sides", {"passages": given.text, "question": task.question})
    identifier = {"type": "string", "enum": [*given.papers, ""]}
    side = object_schema({"side": TEXT, "id": identifier})
    schema = object_schema({"sides": {"type": "array", "items": side}})
    try:
        reply = task.client.complete(prompt, schema)
    except (ModelError, Stopped):
        return task
    chosen: list[Paper] = []
    unfound: list[str] = []
    for said in find_objects(reply, ["side", "id"]):
        words = " ".join(str(said.get("side") or "").split())
        paper = given.papers.get(str(said.get("id") or "").strip("[] ").lower())
        if paper is not None and paper not in chosen:
            chosen.append(paper)
        elif paper is None and words and content(words) <= content(task.question):
            unfound.append(words)
    if not chosen:
        return task
    members = tuple(chosen[:MOST_COMPARED])
    missing = tuple(dict.fromkeys((*task.evidence.parsed.absent, *unfound)))
    evidence = replace(task.evidence, members=members, unfound=missing, unsure=())
    return replace(task, evidence=evidence, quotes=comparisons.write(evidence))


def _offered(task: Task) -> list[Paper]:
    """Return the papers to choose from: those chosen without the model, the nearest to each
    description, and the nearest to the whole question.
    """
    evidence = task.evidence
    offered = dict.fromkeys(evidence.members)
    for words in evidence.parsed.described:
        found = evidence.retriever.search(words, evidence.parsed.bounds, _OF_A_SIDE)
        offered |= dict.fromkeys(candidate.paper for candidate in found.candidates)
    offered |= dict.fromkeys(evidence.candidates[:_OF_ALL])
    return list(offered)[:_MOST]
