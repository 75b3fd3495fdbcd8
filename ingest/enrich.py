"""What services know of papers, and models write of them → papers with what their files lack,
sources noted. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.errors import SourceError
from assistant.types import Paper
from ingest.record_fields import paper_of
from ingest.same_paper import merge, share_title_or_author

_ABOUT = ("authors", "year", "venue", "url")
_COUNTED = ("cited_by", "retracted")
"""What a service says goes before what a file said."""
_UNSAID: dict[str, Any] = {
    "authors": (), "year": None, "venue": None, "doi": "", "arxiv_id": "", "pmid": "",
    "openalex_id": "", "s2_id": "", "cited_by": None, "retracted": False, "url": "",
    "queries": (),
}  # fmt: skip
_SHOWN = 80


@dataclass(slots=True)
class Enrichment:
    """Papers before and now, how many each service knows, and notes on answers of other papers."""

    changed: list[tuple[Paper, Paper]] = field(default_factory=list)
    known: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def fields(self) -> Counter[str]:
        """In how many papers each field changes."""
        return Counter(name for pair in self.changed for name in differing(*pair))


def enrich(
    papers: Iterable[Paper], answers: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> Enrichment:
    """Return papers with what services know: `answers` by service, the most trusted first, and id.

    What a file said stays, but for citations, of which the first service's count is taken, and for
    a retraction. An answer that shares neither title nor first author is of another paper.
    """
    made = Enrichment()
    for paper in papers:
        known: list[tuple[str, Paper]] = []
        for service, found in answers.items():
            if paper.id not in found:
                continue
            answer = _answer(paper, found[paper.id])
            if answer is not None and share_title_or_author(paper, answer):
                known.append((service, answer))
                made.known[service] += 1
            else:
                told = f"“{answer.title[:_SHOWN]}”" if answer else "what has no title"
                by = f" by {answer.authors[0]}" if answer and answer.authors else ""
                made.notes.append(
                    f"{paper.id}: {service} has {told}{by} by its id, another paper; not taken over"
                )
        after = _enriched(paper, known)
        if after.content_hash != paper.content_hash:
            made.changed.append((paper, after))
    return made


def carried(held: Paper, paper: Paper) -> Paper:
    """Return a paper as its files have it now, with what services said of it before, and with the
    queries that a model wrote for it while its abstract is the same.

    >>> from assistant.types import RecordFacts
    >>> facts = RecordFacts(cited_by=9, looked_up=("cited_by:openalex", "year:openalex"))
    >>> held = Paper("a", "T", "Words.", year=2020, facts=facts)
    >>> found = carried(held, Paper("a", "T", "Words.", year=2021, facts=RecordFacts(cited_by=3)))
    >>> found.year, found.facts.cited_by, found.facts.looked_up
    (2021, 9, ('cited_by:openalex',))
    """
    known = _sources(paper)
    kept = {
        name: service
        for name, service in _sources(held).items()
        if name not in known
        and (name != "queries" or held.abstract == paper.abstract)
        and (name == "cited_by" or not (paper.page if name == "url" else _value(paper, name)))
    }
    whole = _with(paper, {name: _value(held, name) for name in kept})
    return _noted(whole, known | kept)


def unasked(paper: Paper) -> Paper:
    """Return a paper without what services said of it.

    >>> from assistant.types import RecordFacts
    >>> facts = RecordFacts(cited_by=9, looked_up=("cited_by:openalex",))
    >>> unasked(Paper("a", "T", "Words.", year=2020, facts=facts)).facts == RecordFacts()
    True
    """
    return _noted(_with(paper, {name: _UNSAID[name] for name in _sources(paper)}), {})


def with_queries(paper: Paper, queries: Sequence[str], model: str) -> Paper:
    """Return a paper with the queries that a model wrote; with none, without those of any model.

    >>> asked = with_queries(Paper("a", "T", "Words."), ["what is it?"], "openai:m")
    >>> asked.facts.queries, asked.facts.looked_up
    (('what is it?',), ('queries:openai:m',))
    >>> with_queries(asked, [], "") == Paper("a", "T", "Words.")
    True
    """
    known = _sources(paper)
    if not queries and "queries" not in known:
        return paper
    known.pop("queries", None)
    whole = _with(paper, {"queries": tuple(queries)})
    return _noted(whole, known | ({"queries": model} if queries else {}))


def differing(before: Paper, after: Paper) -> list[str]:
    """Return the names of the fields that differ."""
    return [name for name in _UNSAID if _value(before, name) != _value(after, name)]


def described(before: Paper, after: Paper) -> str:
    """Return in one line what changes in a paper.

    >>> described(Paper("a", "T", "W"), Paper("a", "T", "W", year=2020, venue="ICCV"))
    'a: year 2020, venue ICCV'
    """
    changes = []
    for name in differing(before, after):
        was, now = _value(before, name), _value(after, name)
        told = ", ".join(now)[:_SHOWN] if name == "authors" else str(now)[:_SHOWN]
        changes.append(
            f"{name} {was:,} → {now:,}" if was and name == "cited_by" else f"{name} {told}"
        )
    return f"{before.id}: {', '.join(changes)}"


def _answer(paper: Paper, fields: Mapping[str, Any]) -> Paper | None:
    """Return the paper as a service has it, None where it gives no title, or an id that is none."""
    if not fields.get("title"):
        return None
    try:
        return paper_of({**fields, "abstract": paper.abstract}, lambda _: None)
    except SourceError:
        return None


def _enriched(paper: Paper, answers: Sequence[tuple[str, Paper]]) -> Paper:
    whole, counted = paper, False
    for service, answer in answers:
        whole = _filled(whole, service, answer)
        came, facts = _sources(whole), whole.facts
        count = answer.facts.cited_by
        if count is not None and not counted:
            counted = True
            if count != facts.cited_by:
                facts, came["cited_by"] = replace(facts, cited_by=count), service
        if answer.facts.retracted and not facts.retracted:
            facts, came["retracted"] = replace(facts, retracted=True), service
        elif came.get("retracted") == service and not answer.facts.retracted:
            del came["retracted"]
            facts = replace(facts, retracted=False)
        whole = _noted(replace(whole, facts=facts), came)
    return whole


def _filled(paper: Paper, service: str, answer: Paper) -> Paper:
    """Return a paper with what it lacks, or the service said before, from the service's answer."""
    came = _sources(paper)
    own = {name for name, by in came.items() if by == service and name not in _COUNTED}
    bare = _with(paper, {name: _UNSAID[name] for name in own})
    plain = replace(
        answer.facts, type="", keywords=(), categories=(), cited_by=None, retracted=False
    )
    whole, taken = merge(bare, replace(answer, facts=plain))
    whole, kept = merge(whole, paper)  # what the service says no more
    rest = {name: by for name, by in came.items() if name not in own}
    return _noted(whole, rest | dict.fromkeys([*taken, *(own & set(kept))], service))


def _with(paper: Paper, values: Mapping[str, Any]) -> Paper:
    about = {name: value for name, value in values.items() if name in _ABOUT}
    facts = {name: value for name, value in values.items() if name not in _ABOUT}
    if "url" in about:
        about["url_is_search"] = False
    return replace(paper, **about, facts=replace(paper.facts, **facts))


def _value(paper: Paper, name: str) -> Any:
    return getattr(paper if name in _ABOUT else paper.facts, name)


def _sources(paper: Paper) -> dict[str, str]:
    """Return which service each field came from that no file said."""
    parted = (one.partition(":") for one in paper.facts.looked_up)
    return {name: service for name, _, service in parted if name in _UNSAID}


def _noted(paper: Paper, sources: Mapping[str, str]) -> Paper:
    told = tuple(sorted(f"{name}:{service}" for name, service in sources.items()))
    return replace(paper, facts=replace(paper.facts, looked_up=told))
