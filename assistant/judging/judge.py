"""The judge: one network says of each paper found whether it answers, and which sentence does."""

from __future__ import annotations

from dataclasses import replace

from assistant.judging.availability import weigh_available
from assistant.judging.calibration import compared, foremost
from assistant.judging.cross_encoder.network import CrossEncoder
from assistant.judging.evidence import AnswerForm, Evidence, Silence
from assistant.judging.explanations import explain
from assistant.judging.facts import weigh_fact
from assistant.judging.follow_ups import resolve
from assistant.judging.membership import (
    as_they_stood,
    choose,
    in_order,
    unknown_paper,
    weigh_bibliography,
    weigh_list,
    weigh_recommendation,
    weigh_scoped,
    weigh_summary,
    without_excluded,
)
from assistant.judging.model_sizes import weigh_by_size
from assistant.judging.sides import (
    MOST_TABULATED,
    RIVALS,
    Described,
    described_papers,
    is_of_several,
    parts_of_two,
)
from assistant.judging.silences import (
    OFFERED,
    kind_of,
    nothing_answers,
    nothing_found,
    nothing_near,
    silent,
)
from assistant.reading import references
from assistant.reading.parsed_question import ParsedQuestion
from assistant.reading.question import asks_how_it_differs, orders_comparison
from assistant.retrieval.filters import describe_filters, matches_filters
from assistant.retrieval.hybrid import Retrieval
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.words import index_terms
from assistant.types import Paper

_SIDES = (1, 2)  # papers that a question needs inside its filter: a comparison two
# How likely two papers are to be compared rather than one asked about (of 320 read as comparisons
# 228 are of two papers; by folds 21 of these are lost, and 29 of the others kept).
_MAY_COMPARE = 0.3


class CrossEncoderJudge:
    """Weighs by a small network that reads question and abstract together; see CARD.md."""

    def __init__(self, network: CrossEncoder) -> None:
        """Judge with `network`."""
        self._network = network

    def weigh(self, parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot) -> Evidence:
        """Return the evidence for the form that can be answered, or a silence that says why."""
        evidence = gather(parsed, found, corpus, self._network)
        if parsed.form in ("greeting", "grounds", "table edit", "collection"):
            return replace(evidence, form=parsed.form)
        if parsed.term:
            return explain(evidence)
        if parsed.form == "abstract" and evidence.focus:
            return replace(evidence, form="abstract", members=evidence.focus)
        if parsed.form == "count" and parsed.count and not parsed.count.topic:
            return replace(evidence, form="count")
        if parsed.form == "bibliography":
            return weigh_bibliography(evidence)
        if sized := weigh_by_size(evidence):
            return sized
        if _asks_for_all(evidence):
            form: AnswerForm = "summary" if parsed.form == "summary" and parsed.scoped else "all"
            members = in_order(evidence, as_they_stood(evidence, evidence.candidates))
            return replace(evidence, form=form, members=members[: parsed.wanted or None])
        left_out = evidence.outside and len(evidence.focus) < (_SIDES[parsed.form == "comparison"])
        if not evidence.candidates or left_out:
            return silent(evidence, nothing_found(evidence))
        if nothing_answers(evidence):
            return silent(evidence, nothing_near(evidence))
        return _weigh_form(evidence)


def gather(
    parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot, network: CrossEncoder
) -> Evidence:
    """Return what was found, without what the question rules out, and the papers it is about."""
    retriever = corpus.retriever
    parsed = choose(parsed, corpus, network) if parsed.choosing else parsed
    parsed, found = resolve(parsed, found, corpus, network)
    named = corpus.papers(parsed.about)
    focus = tuple(paper for paper in named if matches_filters(paper, parsed.filters))
    if len(focus) < _SIDES[True]:
        parsed = replace(parsed, in_doubt=False)
    candidates = without_excluded(parsed, found, corpus, network)
    return Evidence(
        parsed=parsed,
        found=replace(found, candidates=candidates),
        corpus=corpus,
        corpus_size=retriever.bibliography.count(replace(parsed.bounds, without=())),
        network=network,
        kind=kind_of(parsed.form),
        focus=focus,
        outside=tuple(paper for paper in named if not matches_filters(paper, parsed.filters)),
    )


def _weigh_form(evidence: Evidence) -> Evidence:
    """Return the evidence for the form asked for, or for the one that suits what was found."""
    form = evidence.parsed.form
    sides = described_papers(evidence) if form == "comparison" else None
    if sides and _answered_by_one(evidence, sides):
        if evidence.parsed.otherwise == "list" and not evidence.focus:
            parsed = replace(evidence.parsed, form="list")
            return weigh_list(replace(evidence, parsed=parsed, kind=kind_of("list")))
        form = "fact"
    elif sides:
        unfound = tuple(dict.fromkeys((*evidence.parsed.absent, *sides.missing)))
        if len(sides.papers) > 1 or (sides.papers and unfound):
            told = replace(evidence, unfound=unfound, unsure=sides.unsure)
            return replace(told, form="comparison", members=sides.papers)
        unknown = len(unfound) > 1 or (unfound and unfound == evidence.parsed.described)
        if unknown and not _are_said_together(evidence, unfound):
            offered = tuple(evidence.candidates[:OFFERED])
            return silent(evidence, Silence("unknown sides", offered, unfound))
        form = "fact"  # "is X better than Y?" is answered by a sentence that says so
        asked = evidence.parsed
        sure = asked.confidence >= references.SURE and not asked.follow_up  # "and the second one?"
        evidence = replace(evidence, lone=sure and len(sides.papers) == 1 and not unfound)
    of_name = evidence.parsed.of_named_papers and not evidence.focus
    if of_name and form in ("fact", "summary") and (nobody := _of_unknown(evidence)):
        return nobody
    if form == "summary":
        return weigh_summary(evidence)
    if form == "fact":
        return weigh_fact(replace(evidence, focus=_several_described(evidence) or evidence.focus))
    if form == "recommendation":
        return weigh_recommendation(evidence)
    listed = weigh_scoped if form == "list" and evidence.parsed.scoped else weigh_list
    told = _of_unknown(evidence) or weigh_available(evidence) or listed(evidence)
    return _tabulated(told) if told.parsed.tabular else told


def _several_described(evidence: Evidence) -> tuple[Paper, ...]:
    """Return the papers of which a fact is asked where it describes several, or one beside those
    that it names ("how much text did the Algerian and the Maltese model need?"), and it is plain
    which; else none.
    """
    parsed = evidence.parsed
    told = [part for text in parsed.described for part in parts_of_two(text)]
    if not told or len(parsed.about) + len(told) < _SIDES[True]:
        return ()
    sides = described_papers(evidence)
    near = set(evidence.candidates[:RIVALS])
    plain = not (sides.unsure or sides.missing) and near.issuperset(sides.papers)
    return sides.papers if plain and len(sides.papers) >= _SIDES[True] else ()


def _tabulated(evidence: Evidence) -> Evidence:
    """Return a list that is wanted in a table of some aspects as a comparison of its papers."""
    several = evidence.form == "list" and len(evidence.members) >= _SIDES[True]
    if not (several and evidence.parsed.asks):
        return evidence
    return replace(evidence, form="comparison", members=evidence.members[:MOST_TABULATED])


def _of_unknown(evidence: Evidence) -> Evidence | None:
    """Return that no paper has the name of the one that is asked for ("do you have the X paper?"),
    None where one has, or anything is said of its matter.
    """
    parsed = evidence.parsed
    if not parsed.described or parsed.topics or parsed.scoped:
        return None
    there = described_papers(evidence)
    return unknown_paper(evidence, there.missing) if there.missing and not there.papers else None


def _has_one_side(evidence: Evidence, sides: Described) -> bool:
    """Tell whether one paper is asked how it differs from what plainly is no other paper ("how does
    it work differently from usual diffusion?").
    """
    parsed = evidence.parsed
    surely = len(evidence.focus) == 1 == len(sides.sure) and bool(sides.unsure)
    return surely and not parsed.absent and asks_how_it_differs(parsed.text)


def _are_said_together(evidence: Evidence, names: tuple[str, ...]) -> bool:
    """Tell whether a paper found says all of several names, though it is about none of them."""
    wanted = set(index_terms(" ".join(names)))
    texts = (f"{paper.title} {paper.abstract}" for paper in evidence.candidates[:OFFERED])
    return len(names) > 1 and any(wanted <= set(index_terms(text)) for text in texts)


def _answered_by_one(evidence: Evidence, sides: Described) -> bool:
    """Tell whether what is read as a comparison is likelier to be answered by one paper."""
    parsed = evidence.parsed
    if _has_one_side(evidence, sides):
        return True
    firm = len(parsed.about) + len(sides.missing)
    if parsed.follow_up or firm >= _SIDES[True] or any(map(is_of_several, parsed.described)):
        return False
    if orders_comparison(parsed.text):
        return False
    _, second = foremost(evidence.found.z_scores)
    likely = compared(second, parsed.confidence, sides.apart, bool(parsed.about))
    return likely < _MAY_COMPARE


def _asks_for_all(evidence: Evidence) -> bool:
    """Tell whether all papers under the filters, or under discussion, are asked for: "list them",
    "which ones?".
    """
    parsed = evidence.parsed
    bounded = describe_filters(parsed.bounds) or parsed.bounds.only
    asked = evidence.found.query.concepts or parsed.form not in ("list", "fact", "summary")
    one = parsed.about and not parsed.scoped  # "what does X's newest paper say?"
    return bool(bounded and evidence.candidates and not (asked or one))
