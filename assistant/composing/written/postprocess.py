"""A model's finished text: each sentence checked, corrected once, then marked or removed."""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.checking import Similarity, check_answer, check_claim, claims
from assistant.checking.annotations import marked, removed, renumbered
from assistant.checking.claims import Claim
from assistant.checking.contradictions import evidence
from assistant.text.citation_markers import MARK, MARKER
from assistant.text.sentences import sentences
from assistant.text.words import index_terms
from assistant.types import Check, Citation, Paper, Span, Verdict

Repair = Callable[[Sequence[tuple[str, Check]], Mapping[int, Paper]], Mapping[int, str]]
"""From unsupported sentences, with their checks, to corrected ones by index; "" drops one."""
SecondOpinion = Callable[[str, Sequence[Check], Mapping[int, Paper]], tuple[Check, ...]]
"""From a text, its checks and what its markers stand for to the checks that count."""
ACCEPTED = ("quoted", "supported")
GOOD = (*ACCEPTED, "partly supported")
_TRIED = 12  # papers, for a sentence without a source
_KEPT = 4096  # vectors
_EMPTY_ENTRY = re.compile(r"(?m)^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]*$\n?")


@dataclass(frozen=True, slots=True)
class CheckerConfig:
    """How to check: similarity, names of systems in the corpus, the fate of what is unsupported."""

    similarity: Similarity | None = None
    known: Container[str] = ()
    unsupported: Literal["mark", "remove"] = "mark"


@dataclass(frozen=True, slots=True)
class CheckedText:
    """A text with its citations, numbered in order of use, and one check per sentence."""

    text: str
    citations: tuple[Citation, ...]
    checks: tuple[Check, ...]


def embedding_similarity(embedder: Embeddings) -> Similarity:
    """Return the cosine (-1…1) of a claim with sentences; every text is embedded once."""

    @lru_cache(maxsize=_KEPT)
    def vector(text: str) -> NDArray[np.float32]:
        embedded = np.asarray(embedder.embed_documents([text])[0], dtype=np.float32)
        length = float(np.linalg.norm(embedded))
        return embedded / length if length else embedded

    def similarity(text: str, others: Sequence[str]) -> list[float]:
        return [float(vector(text) @ vector(other)) for other in others]

    return similarity


def check_text(
    text: str,
    papers: Mapping[int, Paper],
    checker: CheckerConfig,
    repair: Repair | None = None,
    second: SecondOpinion | None = None,
) -> CheckedText:
    """Return `text`, whose markers [n] stand for `papers`, checked and put right where possible.

    `papers` may hold more than it cites: a sentence without a source is given one that supports it.
    """
    text = _add_sources(_drop_repeated(MARK.sub("", text)), papers, checker)
    text = _drop_needless(text, papers, checker)
    checks = _checks(text, papers, checker, second)
    if repair and any(check.verdict == "not supported" for check in checks):
        known = {text[check.start : check.end]: check for check in checks}
        text = _repair_sentences(text, checks, papers, checker, repair)
        checks = _checks(text, papers, checker, second, known)
    text, checks = (removed if checker.unsupported == "remove" else marked)(text, checks)
    text, checks, order = renumbered(text, checks)
    used = {number: papers[old] for number, old in enumerate(order, 1)}
    return CheckedText(text, _citations(text, checks, used), checks)


def _checks(
    text: str,
    papers: Mapping[int, Paper],
    checker: CheckerConfig,
    second: SecondOpinion | None,
    known: Mapping[str, Check] | None = None,
) -> tuple[Check, ...]:
    """Return a text's checks after a second opinion; a sentence in `known` keeps its check."""
    checks = check_answer(text, papers, checker.similarity, checker.known, ours=False)
    if second is None:
        return checks
    new = [check for check in checks if text[check.start : check.end] not in (known or {})]
    opinions = {check.start: check for check in second(text, new, papers)} if new else {}
    return tuple(
        opinions[check.start]
        if check.start in opinions
        else replace((known or {})[text[check.start : check.end]], start=check.start, end=check.end)
        for check in checks
    )


def _drop_repeated(text: str) -> str:
    """Return the text without sentences that it has before, word for word; tables stay."""
    seen: set[tuple[str, tuple[int, ...]]] = set()
    again: list[Claim] = []
    for claim in claims(text, ours=False):
        line = text[: claim.start].rpartition("\n")[2].lstrip()
        if claim.is_connective or line.startswith("|"):
            continue
        key = (" ".join(claim.text.lower().split()), claim.cited)
        again += [claim] if key in seen else []
        seen.add(key)
    for claim in reversed(again):
        text = text[: claim.start] + text[claim.end :]
    return _EMPTY_ENTRY.sub("", text).rstrip()


def _add_sources(text: str, papers: Mapping[int, Paper], checker: CheckerConfig) -> str:
    """Give a sentence without a source one that supports it, first of those of its paragraph.

    Many models cite once at the end of several sentences, and small ones not at all.
    """
    sentences = claims(text, ours=False)
    for claim in reversed(sentences):
        if claim.cited or claim.is_connective:
            continue
        beside = [n for other in sentences if other.line == claim.line for n in other.cited]
        for number in dict.fromkeys([*beside, *list(papers)[:_TRIED]]):
            if number in papers and _verdict(claim, number, papers, checker) in ACCEPTED:
                stop = re.search(r"[.!?]?$", text[claim.start : claim.end])
                at = claim.start + (stop.start() if stop else claim.end - claim.start)
                text = f"{text[:at]} [{number}]{text[at:]}"
                break
    return text


def _drop_needless(text: str, papers: Mapping[int, Paper], checker: CheckerConfig) -> str:
    """Drop the markers of papers that do not support a sentence which another one supports."""
    for claim in reversed(claims(text, ours=False)):
        if len(claim.cited) < 2:
            continue
        verdicts = {n: _verdict(claim, n, papers, checker) for n in claim.cited}
        if set(ACCEPTED) & set(verdicts.values()):
            kept = text[claim.start : claim.end]
            for needless in (n for n, verdict in verdicts.items() if verdict == "not supported"):
                kept = kept.replace(f"[{needless}]", "")
            text = text[: claim.start] + kept + text[claim.end :]
    return text


def _verdict(
    claim: Claim, number: int, papers: Mapping[int, Paper], checker: CheckerConfig
) -> Verdict:
    """Return the verdict on a claim if it cited this paper alone."""
    alone = replace(claim, cited=(number,))
    return check_claim(alone, papers, checker.similarity, checker.known).verdict


def _repair_sentences(
    text: str,
    checks: Sequence[Check],
    papers: Mapping[int, Paper],
    checker: CheckerConfig,
    repair: Repair,
) -> str:
    """Put the corrected sentences in the place of those not supported, where they are better."""
    bad = [check for check in checks if check.verdict == "not supported"]
    corrected = repair([(text[check.start : check.end], check) for check in bad], papers)
    for index in sorted(corrected, reverse=True):
        check, new = bad[index], corrected[index]
        if new:
            again = check_answer(new, papers, checker.similarity, checker.known, ours=False)
            if not again or any(each.verdict not in GOOD for each in again):
                continue
        text = text[: check.start] + new + text[check.end :]
    return _EMPTY_ENTRY.sub("", text)


def _citations(
    text: str, checks: Sequence[Check], papers: Mapping[int, Paper]
) -> tuple[Citation, ...]:
    """Return the citations: of each paper the words that support each sentence citing it."""
    quotes: dict[int, dict[Span, None]] = {number: {} for number in papers}
    for check in checks:
        sentence = text[check.start : check.end]
        for number in dict.fromkeys(int(n) for n in MARKER.findall(sentence)):
            known = check.quote if check.number == number else None
            quotes[number][known or nearest_sentence(sentence, papers[number])] = None
    return tuple(
        Citation(number, paper, tuple(quotes[number]) or (nearest_sentence(text, paper),))
        for number, paper in sorted(papers.items())
    )


def nearest_sentence(text: str, paper: Paper) -> Span:
    """Return the sentence that shares most words with `text`, no order to software if possible."""
    wanted = set(index_terms(text))

    def likeness(span: Span) -> float:
        held = set(index_terms(span.text))
        return len(wanted & held) / (8 + len(held))

    whole = Span(paper.abstract, 0, len(paper.abstract))
    return max(evidence(paper) or sentences(paper.abstract) or (whole,), key=likeness)
