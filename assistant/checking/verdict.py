"""Whether the papers a sentence cites support it, and the words that do. Pure; no model.

A sentence is checked in this order: words in quotation marks must be verbatim; figures, names, and
which of them belong together; what is denied; and last whether its words and meaning are covered at
all. The first that fails is the reason.
"""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from assistant.checking.contradictions import (
    contradicted,
    evidence,
    lacking,
    lacking_elsewhere,
    source,
)
from assistant.checking.coverage import Similarity, Support, content, held, support
from assistant.checking.numbers import figures
from assistant.text.language import as_english, foreign_language
from assistant.types import Paper, Span, Verdict

# Set on tests/claims/dev.jsonl: coverage plus cosine of a claim that counts as supported, and of
# one that counts as
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
    """The verdict on a sentence: why it fails, and which sentence of which paper
    supports it best. `exact`: it rests on figures, names, quotation marks or sources alone, not on
    how words are understood.
    """

    verdict: Verdict
    reason: str = ""
    paper: Paper | None = None
    quote: Span | None = None
    exact: bool = False


def check(
    claim: str,
    papers: Sequence[Paper],
    similarity: Similarity | None = None,
    known: Container[str] = (),
) -> Finding:
    """Return whether the abstracts of `papers` support `claim`, plain text without markers.

    `similarity` adds nearness in meaning to shared words; `known` are names of systems and data
    sets to look for even at the start of a sentence. With several papers each may support a part:
    figures and names may stand in any of them.
    """
    if not papers:
        return Finding("not supported", "no source given")
    if len(papers) > 1:
        # One that says it all is enough; else each has to say its part.
        alone = (check(claim, [paper], similarity, known) for paper in papers)
        if full := next((each for each in alone if each.verdict in ("quoted", "supported")), None):
            return full
    claim = claim.encode("utf-8", "replace").decode("utf-8")
    if copied := _copied(claim, papers):
        return copied
    if len(claim) > _LONGEST:
        return Finding("not supported", "too long to be checked as one sentence", papers[0])
    quoted, rest = _quoted(claim, papers)
    if quoted is not None and (quoted.verdict != "quoted" or len(content(rest)) <= _SHORTEST):
        return quoted
    return _judged(rest, papers, similarity, known)


def _copied(claim: str, papers: Sequence[Paper]) -> Finding | None:
    """Return the finding on a claim that is a whole sentence of a source, None for another."""
    words = _bare(claim).casefold()
    for paper in papers if words else ():
        for span in evidence(paper):
            if words == _bare(span.text).casefold():
                return Finding("supported", "", paper, span)
    return None


def _judged(
    claim: str, papers: Sequence[Paper], similarity: Similarity | None, known: Container[str]
) -> Finding:
    """Return the verdict on a claim without what it quotes."""
    supports = [support(claim, each.title, evidence(each), similarity) for each in papers]
    nearest = max(supports, key=lambda each: _score(each, similarity))
    paper = papers[supports.index(nearest)]
    quote = _telling(claim, nearest, evidence(paper))
    if foreign_language(claim):
        if reason := lacking_elsewhere(as_english(claim), papers):
            return Finding("not supported", reason, paper, quote, exact=True)
        reason = "in another language: only its figures and names were checked"
        return Finding("partly supported", reason, paper, quote)
    reason, sure = lacking(claim, papers, nearest, known)
    if reason:
        return Finding("not supported", reason, paper, quote, exact=sure)
    if reason := contradicted(claim, papers, nearest):
        return Finding("not supported", reason, paper, quote)
    if len(papers) > 1:
        spans = [span for each in papers for span in evidence(each)]
        titles = " . ".join(each.title for each in papers)
        nearest = support(claim, titles, spans, similarity)
    verdict, reason = _covered(nearest, similarity, len(papers))
    if verdict == "partly supported" and not reason:
        reason = _unheld(claim, papers)
    return Finding(verdict, reason, paper, quote)


def _telling(claim: str, nearest: Support, spans: Sequence[Span]) -> Span | None:
    """Return the sentence that supports a claim best: the nearest, or one with more figures."""
    if not nearest.best:
        return None
    claimed = [figure for figure in figures(claim) if figure.counted]
    wanted = content(claim)

    def weight(span: Span) -> tuple[int, float]:
        stated = figures(span.text)
        shared = sum(any(each.equals(other) for other in stated) for each in claimed)
        return shared, len(held(wanted, span.text))

    best = max([*nearest.best, *(spans if claimed else ())], key=weight)
    return best if weight(best)[0] > weight(nearest.best[0])[0] else nearest.best[0]


def _score(nearest: Support, similarity: Similarity | None) -> float:
    return nearest.coverage + (nearest.similarity if similarity else 0.0)


def _quoted(claim: str, papers: Sequence[Paper]) -> tuple[Finding | None, str]:
    """Return the finding on quoted words, None where none are, and what the claim says beside them.

    Words that are in the sources by themselves, quotations and titles with their year, are taken
    out.
    """
    rest, quoted = claim, None
    for match in _QUOTED.finditer(claim):
        words = _bare(match[0].strip('“”"'))
        holder = next(
            (
                (paper, span)
                for paper in papers
                for span in (*evidence(paper), None)
                if words in _bare(span.text if span else paper.abstract)
            ),
            None,
        )
        if holder is None:
            if words.count(" ") > 1:
                reason = f"“{words[:60]}” is not in the source"
                return Finding("not supported", reason, papers[0], exact=True), claim
            continue  # a term
        quoted = quoted or Finding("quoted", "", *holder)
        rest = rest.replace(match[0], " ")
    if quoted is None:
        return None, claim
    for paper in papers:
        rest = re.sub(rf"{re.escape(' '.join(paper.title.split()))}(?: \(\d{{4}}\))?", " ", rest)
    return quoted, " ".join(rest.split()).strip(" —:-")


def _bare(text: str) -> str:
    """Return a text without emphasis and without the spaces and full stops around it."""
    return " ".join(re.sub(r"[*_`]", "", text).split()).strip(".,; ")


def _covered(nearest: Support, similarity: Similarity | None, sources: int) -> tuple[Verdict, str]:
    score = _score(nearest, similarity)
    high, low = (SUPPORTED, PARTLY) if similarity else (SUPPORTED_WORDS, PARTLY_WORDS)
    if sources > 1:  # each paper covers a part
        high, low = low, low - 0.2
    if score < low:
        return "not supported", "no sentence of the source says this"
    if nearest.weakest < BARE_CLAUSE:
        return "partly supported", f"not in the source: “{nearest.bare}”"
    return ("partly supported" if score < high else "supported"), ""


def _unheld(claim: str, papers: Sequence[Paper]) -> str:
    """Return which words of a claim its sources do not have."""
    there = held(content(claim), " ".join(map(source, papers)))
    missing = [
        word
        for word in dict.fromkeys(re.findall(r"[^\W\d_][\w-]*", claim))
        if (stems := content(word)) and not stems & there
    ]
    if not missing:
        return "no sentence of the source says all of this"
    return f"the source does not speak of {', '.join(f'“{word}”' for word in missing[:_TOLD])}"
