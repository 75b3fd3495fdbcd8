"""Whether the papers a sentence cites support it, and the words that do. Pure functions, no language model.

A sentence is checked in this order: words in quotation marks must be verbatim; figures, names, and which of them belong
together; what is denied; and last whether its words and meaning are covered at all. The first that fails is the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.checking import binding, direction, figures, mentions, pairs, polarity, rivals
from assistant.checking.language import as_english, is_foreign
from assistant.checking.respectively import unfolded
from assistant.checking.support import Similarity, Support, content, held, support
from assistant.injections import research
from assistant.types import Paper, Span, Verdict

# Set on tests/claims/dev.jsonl: coverage plus cosine of a claim that counts as supported, and of one that counts as
# partly so; without an embedder, the coverage alone.
SUPPORTED, PARTLY = 1.1, 1.0
SUPPORTED_WORDS, PARTLY_WORDS = 0.6, 0.45
# A clause of which the whole abstract holds less than this is not in it.
BARE_CLAUSE = 0.26
_QUOTED = re.compile(r"“([^“”]{12,})”|\"[^\"]{12,}\"")
_UNIT = re.compile(r"[\s\\-]*(%|×|[A-Za-z]+)")
_CLAUSE = re.compile(r"[;]|, |\b(?:and|while|whereas|but|than)\b")
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


def check(claim: str, papers: Sequence[Paper], similarity: Similarity | None = None, known: Collection[str] = ()) -> Finding:
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
    reason = _foreign_wrong(as_english(claim), papers) if foreign else _wrong(claim, papers, supports, best, known)
    if foreign and not reason:
        return Finding("partly supported", "in another language: only its figures and names were checked", papers[best], quote)
    if reason:
        return Finding("not supported", reason, papers[best], quote)
    joint = _joint(claim, papers, similarity) if len(papers) > 1 else supports[best]
    verdict, reason = _covered(claim, joint, similarity, len(papers))
    if verdict == "partly supported" and not reason:
        reason = _unheld(claim, papers)
    return Finding(verdict, reason, papers[best], quote)


def evidence(paper: Paper) -> tuple[Span, ...]:
    """Return the sentences of an abstract that can support a claim: all but those that address the reader's software."""
    return research(paper.abstract)


def _telling(claim: str, found: Support, spans: Sequence[Span]) -> Span | None:
    """Return the sentence that supports a claim best: of those nearest, or with its figures, the one with most of these."""
    if not found.best:
        return None
    claimed = [one for one in figures.figures(claim) if one.counted]
    wanted = content(claim)

    def weight(span: Span) -> tuple[int, float]:
        stated = figures.figures(span.text)
        return sum(any(one.equals(other) for other in stated) for one in claimed), len(held(wanted, span.text))

    best = max([*found.best, *(spans if claimed else ())], key=weight)
    return best if weight(best)[0] > weight(found.best[0])[0] else found.best[0]


def _support(claim: str, paper: Paper, similarity: Similarity | None) -> Support:
    spans = evidence(paper)
    return support(claim, paper.title, spans, similarity) if spans else Support((), 0.0, 0.0, 0.0, 0.0, "")


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
        held = [(paper, one) for paper in papers for one in evidence(paper) if plain in _bare(one.text)]
        if not held and not any(plain in _bare(paper.abstract) for paper in papers):
            if plain.count(" ") > 1:
                return Finding("not supported", f"“{plain[:60]}” is not in the source", papers[0]), claim
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


def _wrong(claim: str, papers: Sequence[Paper], supports: Sequence[Support], best: int, known: Collection[str]) -> str:
    """Return what of the claim contradicts or is missing in the papers, "" when nothing is."""
    whole = " . ".join(_source(paper) for paper in papers)
    found = mentions.names(claim, known)
    said_by = [one.text for paper in papers for one in evidence(paper)]
    titles = " ".join(paper.title for paper in papers)
    if reason := _lacking(claim, papers, supports[best], whole) or _unnamed(found, whole) or _of_another(claim, papers):
        return reason
    best_of = " ".join(one.text for one in supports[best].best)
    if reason := _misplaced(claim, said_by, titles, best_of):
        return reason
    near = " ".join([*(one.text for each in supports for one in each.best), *_before(papers[best], supports[best])])
    if stray := rivals.stray(claim, found, near, said_by, titles):
        return f"{stray} belongs to another sentence of the source"
    contradicted = polarity.contradictions(claim, best_of, whole)
    return f"the abstract says “{contradicted[0][1]}”, not “{contradicted[0][0]}”" if contradicted else ""


def _lacking(claim: str, papers: Sequence[Paper], nearest: Support, whole: str) -> str:
    claimed, stated = figures.figures(claim), figures.figures(whole)
    lacking = [one for one in figures.missing(claimed, [*stated, *_years(papers)]) if not _counts_what_follows(claim, one)]
    if lacking:
        return _figure_reason(lacking[0], claim, nearest)
    repeated = _repeated(claimed, stated)
    return f"the source has {repeated} only once" if repeated else ""


def _unnamed(found: Sequence[str], whole: str) -> str:
    absent = mentions.absent(found, whole)
    return f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not in the source" if absent else ""


def _of_another(claim: str, papers: Sequence[Paper]) -> str:
    """Return what a clause says of one of several papers that only another one has, "" when each has its own."""
    if len(papers) < 2:
        return ""
    systems = [(mentions.system(paper.title), paper) for paper in papers]
    for clause in _CLAUSE.split(claim):
        named = [(name, paper) for name, paper in systems if name and name in clause]
        if len(named) != 1:
            continue
        name, paper = named[0]
        figures_there = [*figures.figures(_source(paper)), *_years([paper])]
        lacking = [one.text for one in figures.missing(figures.figures(clause), figures_there)]
        lacking += mentions.absent(mentions.strict_names(clause), _source(paper))
        if lacking:
            return f"the abstract of {name} does not have {', '.join(lacking)}"
    return ""


def _misplaced(claim: str, said_by: Sequence[str], titles: str, near: str) -> str:
    """Return which figures or names stand together in the claim and not in the sentences of the papers."""
    plain, text = " ; ".join(said_by), " ; ".join(map(unfolded, said_by))
    for one in binding.misplaced(unfolded(claim), text, titles, near):
        return f"the abstract says {one.stated}, not {one.claimed}"
    said, there = pairs.crossed(claim, text)
    if said:
        return f"the abstract has this figure for {there}, not for {said}"
    said, there = pairs.miscounted(claim, plain)
    if said:
        return f"the abstract says {there}, not {said}"
    first, second = direction.turned(claim, text)
    if first:
        return f"the abstract has {first} before {second}, not the other way round"
    turned = rivals.overturned(claim, text, titles)
    return f"the abstract does not say that {turned} is the better one" if turned else ""


def _counts_what_follows(claim: str, one: figures.Figure) -> bool:
    """Tell whether a small number only counts the list after it: "three ingredients: masking, distillation and contrast"."""
    listed = claim[one.end :].partition(":")[2]
    return one.text.isalpha() and len([part for part in re.split(r",|;|\band\b", listed) if part.strip()]) == one.value


def _foreign_wrong(claim: str, papers: Sequence[Paper]) -> str:
    """Return what is missing of a sentence in another language: figures, and names that are no ordinary words."""
    whole = " . ".join(_source(paper) for paper in papers)
    claimed = figures.figures(claim)
    lacking = [one.text for one in figures.missing(claimed, [*figures.figures(whole), *_years(papers)])]
    lacking += mentions.absent(mentions.strict_names(claim), whole)
    return f"{', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not in the source" if lacking else ""


def _figure_reason(lacking: figures.Figure, claim: str, near: Support) -> str:
    """Return a reason that names the figure which the best sentences have instead, where there is one."""
    instead = binding.figure_instead(claim, lacking.text, " ; ".join(unfolded(one.text) for one in near.best))
    following = _UNIT.match(claim, lacking.end) if lacking.unit else None
    unit = f" {following[1]}" if following else ""
    if instead:
        return (
            f"the abstract says {instead}{' %' if unit == ' %' and not instead.endswith('%') else ''}, not {lacking.text}{unit}"
        )
    return f"{lacking.text}{unit} is not in the source"


def _repeated(claimed: Sequence[figures.Figure], there: Sequence[figures.Figure]) -> str:
    """Return a figure that the claim has more often than the source, as "17 of 17" for "13 of 17"."""
    counts, known = Counter(one.value for one in claimed if one.counted), Counter(one.value for one in there)
    return next((one.text for one in claimed if one.counted and counts[one.value] > max(known[one.value], 1)), "")


def _covered(claim: str, one: Support, similarity: Similarity | None, sources: int) -> tuple[Verdict, str]:
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
    there = held(content(claim), " ".join(_source(paper) for paper in papers))
    bare = [word for word in dict.fromkeys(re.findall(r"[^\W\d_][\w-]*", claim)) if (one := content(word)) and not one & there]
    told = ", ".join(f"“{word}”" for word in bare[:_TOLD])
    return f"the source does not speak of {told}" if told else "no sentence of the source says all of this"


def _source(paper: Paper) -> str:
    return f"{paper.title} . {' '.join(one.text for one in evidence(paper))}"


def _years(papers: Sequence[Paper]) -> list[figures.Figure]:
    """Return the papers' years, which an answer may give though no abstract does."""
    return [one for paper in papers if paper.year for one in figures.figures(str(paper.year))]


def _before(paper: Paper, one: Support) -> list[str]:
    """Return the sentences before the best ones: "This dataset …" says of which it speaks there."""
    spans = evidence(paper)
    return [spans[n - 1].text for n in range(1, len(spans)) if spans[n] in one.best]
