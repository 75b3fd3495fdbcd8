"""The judge by heuristics: tuned scores and cue words decide what can be answered, in which form,
from which papers.

The baseline that a learned judge must beat.
"""

from dataclasses import replace

from assistant.judging.answering_sentences import (
    ATTRIBUTE_SCORE,
    answering_sentences,
    best_support,
    describing_sentences,
    missing_attribute,
)
from assistant.judging.criteria_ranking import apply_criteria
from assistant.judging.evidence import Evidence, Silence
from assistant.judging.membership import list_members, summary_members
from assistant.judging.negation import weigh_negation
from assistant.judging.sides import MOST_COMPARED, compared_papers
from assistant.judging.topicality import nothing_near, unknown_names
from assistant.reading.parsed_question import ParsedQuestion
from assistant.reading.reader import read_alone
from assistant.retrieval.filters import describe_filters, matches_filters
from assistant.retrieval.hybrid import Retrieval
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.paper_names import is_name

_OFFERED = 2


class HeuristicJudge:
    """Weighs by scores of retrieval and of sentences, without any model."""

    def weigh(self, parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot) -> Evidence:
        """Return the evidence for the form that can be answered, or a silence that says why none
        can.
        """
        evidence = gather(parsed, found, corpus)
        if parsed.form == "greeting" or parsed.form == "table edit":
            return replace(evidence, form=parsed.form)
        if parsed.form == "count":
            return _weigh_count(evidence)
        if _asks_for_all(evidence):
            members = tuple(evidence.candidates)
            return replace(evidence, form="all", members=members)
        if silence := _silence(evidence):
            return _silent(evidence, silence)
        return _weigh_form(evidence)


def gather(parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot) -> Evidence:
    """Return what was found, under the question's criteria, with the papers it is about, not yet
    weighed.
    """
    retriever = corpus.retriever
    named = tuple(retriever.papers[key] for key in parsed.named)
    return Evidence(
        parsed=parsed,
        found=apply_criteria(parsed, found, retriever.keywords),
        corpus=corpus,
        corpus_size=len(retriever.bibliography.select(replace(parsed.bounds, without=()))),
        focus=tuple(paper for paper in named if matches_filters(paper, parsed.filters)),
        outside=tuple(paper for paper in named if not matches_filters(paper, parsed.filters)),
    )


def gather_for(text: str, evidence: Evidence) -> Evidence:
    """Return what is found for another text under the filters that the question of `evidence` has,
    not weighed.
    """
    corpus = evidence.corpus
    parsed = read_alone(text, evidence.parsed.filters, corpus)
    return gather(parsed, corpus.retriever.search(parsed.topic, parsed.bounds), corpus)


def _asks_for_all(evidence: Evidence) -> bool:
    """Tell whether all papers under the filters, or under discussion, are asked for: "list them",
    "which ones?".
    """
    parsed = evidence.parsed
    of_all = parsed.form == "list" or parsed.phrasing.of_all
    bounded = describe_filters(parsed.bounds) or (parsed.scoped and of_all)
    return bool(bounded and evidence.candidates and not evidence.found.query.concepts)


def _silence(evidence: Evidence) -> Silence | None:
    """Return that all that is asked about is outside the filter, or that nothing comes near the
    question.
    """
    nothing = nothing_near(evidence)
    if evidence.outside and (nothing or _nothing_inside(evidence)):
        return Silence("outside the filter", evidence.outside)
    return nothing


def _nothing_inside(evidence: Evidence) -> bool:
    """Tell whether nothing is left to answer once the papers outside the filter are not
    spoken of.
    """
    parsed = evidence.parsed
    if parsed.form == "comparison":
        return len(evidence.focus) < 2
    if evidence.focus:
        return False
    if parsed.form == "list":
        phrasing = parsed.phrasing
        return phrasing.of_named or phrasing.goes_on or not evidence.open_concepts()
    return parsed.form == "fact" or not evidence.open_concepts()


def _weigh_form(evidence: Evidence) -> Evidence:
    """Return the evidence for the form asked for, or for the one that suits what was found."""
    form = evidence.parsed.form
    if form == "comparison":
        papers, unknown = compared_papers(evidence)
        if len(papers) >= 2:
            return replace(evidence, form="comparison", members=tuple(papers))
        if _compares_unknown(evidence, unknown):
            offered = tuple(evidence.candidates[:_OFFERED])
            return _silent(evidence, Silence("unknown sides", offered, tuple(unknown)))
        # "how fast is ViLT compared with earlier models?" asks one paper; two things set against
        # each other describe one.
        form = "fact" if evidence.focus else "list"
    if form == "summary":
        members = evidence.focus or summary_members(evidence)
        return replace(evidence, form="summary", members=members)
    of_named = bool(evidence.focus) and not evidence.parsed.scoped
    if form == "fact" or (of_named and evidence.parsed.phrasing.of_named):
        several = of_named and len(evidence.focus) > 1
        support = best_support(evidence)
        if several and missing_attribute(evidence, support):
            # Nothing particular is asked that they state: show them side by side.
            members = evidence.focus[:MOST_COMPARED]
            return replace(evidence, form="comparison", members=members)
        return _weigh_fact(evidence, support)
    if of_named and evidence.parsed.phrasing.describes:
        return _weigh_fact(evidence, best_support(evidence))
    return _weigh_list(evidence)


def _compares_unknown(evidence: Evidence, unknown: list[str]) -> bool:
    """Tell whether a comparison was meant, of something that is not in the corpus."""
    named = any(is_name(word) for side in unknown for word in side.split())
    openly = evidence.parsed.phrasing.compares_openly
    return bool(unknown) and openly and (named or not evidence.focus)


def _weigh_fact(evidence: Evidence, support: float) -> Evidence:
    """Return the sentences that answer, or that the abstracts asked about, which have this
    `best_support`, do not state it.
    """
    focus, parsed = evidence.focus, evidence.parsed
    if focus and not evidence.open_concepts() and not parsed.expects.aspect:
        return replace(evidence, form="description", answers=describing_sentences(evidence))
    if silence := _unstated(evidence, support):
        return _silent(evidence, silence)
    hedged = bool(focus) and support < ATTRIBUTE_SCORE
    return replace(evidence, form="fact", answers=answering_sentences(evidence), hedged=hedged)


def _unstated(evidence: Evidence, support: float) -> Silence | None:
    if evidence.focus:
        return missing_attribute(evidence, support)
    return None if evidence.parsed.follow_up else unknown_names(evidence)


def _weigh_list(evidence: Evidence) -> Evidence:
    if evidence.parsed.scoped and evidence.parsed.denied:
        weighed = weigh_negation(evidence)
        return replace(weighed, form="negation")
    return replace(evidence, form="list", members=list_members(evidence))


def _weigh_count(evidence: Evidence) -> Evidence:
    """Return the papers that count: all under the filters, or those that a list for the topic would
    have.
    """
    if evidence.parsed.count and not evidence.parsed.count.topic:
        return replace(evidence, form="count")
    if silence := nothing_near(evidence):
        return _silent(evidence, silence)
    return replace(evidence, form="count", members=list_members(evidence, most=None))


def _silent(evidence: Evidence, silence: Silence) -> Evidence:
    return replace(evidence, form="silence", silence=silence)
