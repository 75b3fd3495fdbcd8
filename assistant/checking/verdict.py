"""Whether the papers a sentence cites support it, and the words that do. Pure functions, no language model.

A sentence is checked in this order: words in quotation marks must be verbatim; figures, names, and which of them belong
together; what is denied; and last whether its words and meaning are covered at all. The first that fails is the reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.checking import numbers
from assistant.checking.contradictions import evidence, source, wrong, wrong_elsewhere
from assistant.checking.coverage import Similarity, Support, content, held, support
from assistant.checking.language import as_english, is_foreign
from assistant.types import Paper, Span, Verdict

# Set on tests/claims/dev.jsonl: coverage plus cosine of a claim that counts as supported, and of one that counts as
# partly so; without an embedder, the coverage alone.
SUPPORTED, PARTLY = 1.1, 1.0
SUPPORTED_WORDS, PARTLY_WORDS = 0.6, 0.45
# A clause of which the whole abstract holds less than this is not in it.
BARE_CLAUSE = 0.26
_QUOTED = re.compile(r"“([^“”]{12,})”|\"[^\"]{12,}\"")
_SHORTEST = 2
_TOLD = 3  # how many of the words that a source lacks a reason names
_LONGEST = 1500  # characters


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one sentence: `quote` is the sentence of `paper` that supports it best; `reason` says what is wrong."""

    verdict: Verdict
    reason: str = ""
    paper: Paper | None = None
    quote: Span | None = None


def check(
    claim: str,
    papers: Sequence[Paper],
    similarity: Similarity | None = None,
    known: Collection[str] = (),
) -> Finding:
    """Return whether `claim`, plain text without markers, is supported by the abstract of one of `papers`.

    `similarity` adds nearness in meaning to shared words; `known` are names of systems and data sets to look for even at
    the start of a sentence. With several papers each may support a part: figures and names may stand in any of them.
    """
    if not papers:
        return Finding("not supported", "no source given")
    if len(papers) > 1:
        # One that says it all is enough; else each has to say its part.
        alone = [check(claim, [paper], similarity, known) for paper in papers]
        if full := next((one for one in alone if one.verdict in ("quoted", "supported")), None):
            return full
    claim = claim.encode("utf-8", "replace").decode("utf-8")
    if len(claim) > _LONGEST:
        return Finding("not supported", "too long to be checked as one sentence", papers[0])
    quoted, rest = _quoted(claim, papers)
    if quoted is not None and (quoted.verdict != "quoted" or len(content(rest)) <= _SHORTEST):
        return quoted
    claim = rest
    foreign = is_foreign(claim)
    supports = [_support(claim, paper, similarity) for paper in papers]
    best = max(range(len(papers)), key=lambda n: _score(supports[n], similarity))
    quote = _telling(claim, supports[best], evidence(papers[best]))
    reason = (
        wrong_elsewhere(as_english(claim), papers)
        if foreign
        else wrong(claim, papers, supports, best, known)
    )
    if foreign and not reason:
        return Finding(
            "partly supported",
            "in another language: only its figures and names were checked",
            papers[best],
            quote,
        )
    if reason:
        return Finding("not supported", reason, papers[best], quote)
    joint = _joint(claim, papers, similarity) if len(papers) > 1 else supports[best]
    verdict, reason = _covered(claim, joint, similarity, len(papers))
    if verdict == "partly supported" and not reason:
        reason = _unheld(claim, papers)
    return Finding(verdict, reason, papers[best], quote)


def _telling(claim: str, found: Support, spans: Sequence[Span]) -> Span | None:
    """Return the sentence that supports a claim best: of those nearest, or with its figures, the one with most of these."""
    if not found.best:
        return None
    claimed = [one for one in numbers.figures(claim) if one.counted]
    wanted = content(claim)

    def weight(span: Span) -> tuple[int, float]:
        stated = numbers.figures(span.text)
        return sum(any(one.equals(other) for other in stated) for one in claimed), len(
            held(wanted, span.text)
        )

    best = max([*found.best, *(spans if claimed else ())], key=weight)
    return best if weight(best)[0] > weight(found.best[0])[0] else found.best[0]


def _support(claim: str, paper: Paper, similarity: Similarity | None) -> Support:
    spans = evidence(paper)
    return (
        support(claim, paper.title, spans, similarity)
        if spans
        else Support((), 0.0, 0.0, 0.0, 0.0, "")
    )


def _joint(claim: str, papers: Sequence[Paper], similarity: Similarity | None) -> Support:
    """Return how well several papers together cover a claim."""
    spans = [span for paper in papers for span in evidence(paper)]
    return support(claim, " . ".join(paper.title for paper in papers), spans, similarity)


def _score(one: Support, similarity: Similarity | None) -> float:
    return one.coverage + (one.similarity if similarity else 0.0)


def _quoted(claim: str, papers: Sequence[Paper]) -> tuple[Finding | None, str]:
    """Return what the words in quotation marks come to, None when there are none, and what the claim says beside them.

    Words that are in the sources by themselves, quotations and titles with their year, are taken out.
    """
    rest, found = claim, None
    for match in _QUOTED.finditer(claim):
        plain = _bare(match[0].strip('“”"'))
        held = [
            (paper, one) for paper in papers for one in evidence(paper) if plain in _bare(one.text)
        ]
        if not held and not any(plain in _bare(paper.abstract) for paper in papers):
            if plain.count(" ") > 1:
                return Finding(
                    "not supported", f"“{plain[:60]}” is not in the source", papers[0]
                ), claim
            continue  # a term
        paper, span = held[0] if held else (papers[0], None)
        found = found or Finding("quoted", "", paper, span)
        rest = rest.replace(match[0], " ")
    for paper in papers:
        rest = re.sub(rf"{re.escape(' '.join(paper.title.split()))}(?: \(\d{{4}}\))?", " ", rest)
    return found, " ".join(rest.split()).strip(" —:-") if found else claim


def _bare(text: str) -> str:
    """Return a text without what Markdown takes for emphasis, and without the spaces and full stops around it."""
    return " ".join(re.sub(r"[*_`]", "", text).split()).strip(".,; ")


def _covered(
    claim: str, one: Support, similarity: Similarity | None, sources: int
) -> tuple[Verdict, str]:
    score = _score(one, similarity)
    high, low = (SUPPORTED, PARTLY) if similarity else (SUPPORTED_WORDS, PARTLY_WORDS)
    if sources > 1:  # each paper covers a part
        high, low = low, low - 0.2
    if score < low:
        return "not supported", "no sentence of the source says this"
    if one.weakest < BARE_CLAUSE:
        return "partly supported", f"not in the source: “{one.bare}”"
    if score < high:
        return "partly supported", ""
    return "supported", ""


def _unheld(claim: str, papers: Sequence[Paper]) -> str:
    """Return which words of a claim its sources do not have."""
    there = held(content(claim), " ".join(source(paper) for paper in papers))
    bare = [
        word
        for word in dict.fromkeys(re.findall(r"[^\W\d_][\w-]*", claim))
        if (one := content(word)) and not one & there
    ]
    told = ", ".join(f"“{word}”" for word in bare[:_TOLD])
    return (
        f"the source does not speak of {told}"
        if told
        else "no sentence of the source says all of this"
    )
