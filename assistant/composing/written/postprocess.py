"""A model's finished text: every sentence checked, corrected once, then marked or removed; citations with their quotes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.checking import Similarity, check_answer, check_claim, claims
from assistant.checking.annotations import marked, removed, renumbered
from assistant.checking.claims import MARK, MARKER, Claim
from assistant.checking.contradictions import evidence
from assistant.text.citation_markers import nearest_sentence
from assistant.types import Check, Citation, Paper, Span

Repair = Callable[[Sequence[tuple[str, Check]], Mapping[int, Paper]], Mapping[int, str]]
"""From sentences that are not supported, with their checks, to corrected ones by place; "" drops one."""
GOOD = ("quoted", "supported", "partly supported")
_TRIED = 12
_EMPTY_ENTRY = re.compile(r"(?m)^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]*$\n?")


@dataclass(frozen=True, slots=True)
class Rules:
    """How to check: nearness in meaning, names of systems in the corpus, and what becomes of unsupported sentences."""

    similarity: Similarity | None = None
    known: Collection[str] = ()
    unsupported: Literal["mark", "remove"] = "mark"


@dataclass(frozen=True, slots=True)
class Finished:
    """A checked text with its citations, numbered from 1 in order of use, and one check per sentence."""

    text: str
    citations: tuple[Citation, ...]
    checks: tuple[Check, ...]


def finish(
    text: str, papers: Mapping[int, Paper], rules: Rules, repair: Repair | None = None
) -> Finished:
    """Return `text`, whose markers [n] stand for `papers`, checked and put right as far as it can be.

    `papers` may hold more than the text cites: a sentence without a source is given one of them that supports it.
    """
    text = _with_needed(_with_sources(_once(MARK.sub("", text)), papers, rules), papers, rules)
    checks = check_answer(text, papers, rules.similarity, rules.known, ours=False)
    if repair and any(one.verdict == "not supported" for one in checks):
        text = _repaired(text, checks, papers, rules, repair)
        checks = check_answer(text, papers, rules.similarity, rules.known, ours=False)
    text, checks = (removed if rules.unsupported == "remove" else marked)(text, checks)
    text, checks, order = renumbered(text, checks)
    used = {number: papers[old] for number, old in enumerate(order, 1)}
    return Finished(text, _citations(text, checks, used), checks)


def _once(text: str) -> str:
    """Return the text without sentences that stand in it before, word for word."""
    seen: set[tuple[str, tuple[int, ...]]] = set()
    again: list[Claim] = []
    for one in claims(text, ours=False):
        if not one.is_connective and not text[: one.start].rpartition("\n")[2].lstrip().startswith(
            "|"
        ):
            key = (" ".join(one.text.lower().split()), one.cited)
            again += [one] if key in seen else []
            seen.add(key)
    for one in reversed(again):
        text = text[: one.start] + text[one.end :]
    return _EMPTY_ENTRY.sub("", text).rstrip()


def _with_sources(text: str, papers: Mapping[int, Paper], rules: Rules) -> str:
    """Give a sentence without a source one that supports it: first those of its paragraph, then the other papers given.

    Many models cite once at the end of several sentences, and small ones not at all.
    """
    found = claims(text, ours=False)
    for one in reversed(found):
        if one.cited or one.is_connective:
            continue
        beside = [
            n for other in found if other.line == one.line for n in other.cited if n in papers
        ]
        for number in dict.fromkeys([*beside, *list(papers)[:_TRIED]]):
            tried = replace(one, cited=(number,))
            if check_claim(tried, papers, rules.similarity, rules.known).verdict in (
                "quoted",
                "supported",
            ):
                text = _cited(text, one, number)
                break
    return text


def _with_needed(text: str, papers: Mapping[int, Paper], rules: Rules) -> str:
    """Return the text without the markers of papers that say nothing of a sentence which another one, cited too, supports."""
    for one in reversed(claims(text, ours=False)):
        if len(one.cited) < 2:
            continue
        verdicts = {
            n: check_claim(replace(one, cited=(n,)), papers, rules.similarity, rules.known).verdict
            for n in one.cited
        }
        if {"quoted", "supported"} & set(verdicts.values()):
            kept = text[one.start : one.end]
            for needless in (n for n, verdict in verdicts.items() if verdict == "not supported"):
                kept = kept.replace(f"[{needless}]", "")
            text = text[: one.start] + kept + text[one.end :]
    return text


def _cited(text: str, one: Claim, number: int) -> str:
    stop = re.search(r"[.!?]?$", text[one.start : one.end])
    place = one.start + (stop.start() if stop else one.end - one.start)
    return f"{text[:place]} [{number}]{text[place:]}"


def _repaired(
    text: str, checks: Sequence[Check], papers: Mapping[int, Paper], rules: Rules, repair: Repair
) -> str:
    """Put the corrected sentences in the place of those not supported, where they are better."""
    bad = [one for one in checks if one.verdict == "not supported"]
    corrected = repair([(text[one.start : one.end], one) for one in bad], papers)
    for place in sorted(corrected, reverse=True):
        one, new = bad[place], corrected[place]
        if new:
            found = check_answer(new, papers, rules.similarity, rules.known, ours=False)
            if not found or any(each.verdict not in GOOD for each in found):
                continue
        text = text[: one.start] + new + text[one.end :]
    return _EMPTY_ENTRY.sub("", text)


def _citations(
    text: str, checks: Sequence[Check], papers: Mapping[int, Paper]
) -> tuple[Citation, ...]:
    """Return the citations: of each paper the words that support each sentence citing it, best first known."""
    quotes: dict[int, list[Span]] = {number: [] for number in papers}
    for one in checks:
        for number in dict.fromkeys(int(n) for n in MARKER.findall(text[one.start : one.end])):
            span = (
                one.quote
                if one.number == number and one.quote
                else _nearest(text[one.start : one.end], papers[number])
            )
            if span not in quotes[number]:
                quotes[number].append(span)
    return tuple(
        Citation(number, paper, tuple(quotes[number]) or (_nearest(text, paper),))
        for number, paper in sorted(papers.items())
    )


def _nearest(text: str, paper: Paper) -> Span:
    """Return the sentence that shares most words with `text`, one addressed to software only if there is no other."""
    found = evidence(paper)
    return nearest_sentence(text, paper, found) if found else nearest_sentence(text, paper)
