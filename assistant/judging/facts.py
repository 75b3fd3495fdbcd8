"""Evidence → the sentences that state a fact, best first, or that no abstract asked about does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from assistant.judging.asked import lacks_number, weigh_asked
from assistant.judging.availability import LICENCE, kinds_asked, says_where
from assistant.judging.cross_encoder.network import Judgement, Statement
from assistant.judging.evidence import Evidence, Silence, unheard_names
from assistant.judging.silences import only_comes_near, silent
from assistant.reading.places import last_sentence
from assistant.reading.question import asks_how_it_works, take_conclusion
from assistant.reading.references import asks_of_all
from assistant.reading.table_edits import asks_availability, role_named
from assistant.reading.tags import asks_any_paper
from assistant.retrieval.sentence_scores import concepts_in
from assistant.text.paper_names import is_name
from assistant.text.prompt_injection import without
from assistant.text.rhetorical_roles import ROLES, Role, strength
from assistant.text.words import is_content, words
from assistant.types import Paper

# The network's log-odds that a named paper states what is asked: below the first it does not, below
# the second it only comes near (of 335 facts .025 and .10 lie there, of 275 that no abstract states
# .46 and .68; by the paper's name alone .03 and .14, .40 and .68).
_UNSTATED, _SAYS_SO = -3.0, -0.5
# The network's log-odds on paper and sentence together: from which a follow-up may be answered, and
# the best of several papers answers.
_MAY_SAY, _COMES_NEAR = -2.0, -3.0
# The same and by how far the paper stands out above the others together, from which it is taken for
# the one (of 341 facts and known items that name none below one of the two bounds lie .58 of the
# wrong papers and .14 of the right ones, and .68 of 151 which nothing answers).
_STANDS_OUT = 4.0
_FACT_PAPERS, _PAPER_WEIGHT = 4, 0.9
# How many more sentences of the answering paper, and of others, and how near they have to come:
# what the first does not say another of its paper does (of 124 facts 108 → 114 are answered).
_MORE, _MARGIN, _OTHERS, _OTHERS_MARGIN = 2, 4.0, 2, 3.0
# Of what is read as a comparison and has no two sides ("is it better to … or to …?"), how many
# papers are read, how many others told, and how near they have to come.
_SIDES_READ, _SIDES_TOLD = 8, (3, 6.5)
# What a sentence's value must be above to answer one clause of a question, and within how much of
# the best a second one is told too.
_ANSWERS_CLAUSE, _CLAUSE_MARGIN, _TOLD_OF_CLAUSE = -2.0, 1.5, 2
_TOLD_OF_APPROACH = 3  # sentences
_NETWORK_SAYS = 0.5  # of what came of a work, beside the cues
_ORDINAL = re.compile(r"(?:and )?(?:first|second|third|fourth)(?:ly)?,? ", re.IGNORECASE)
_LAST = re.compile(r"(?:finally|lastly),? ", re.IGNORECASE)
# What an abstract that speaks of none of it is said to lack by name.
_TO_BE_HAD = LICENCE | {"code", "data", "weights", "checkpoints"}
# What a sentence says by being that part of its abstract; of data and code it comes near.
_WHOLE: tuple[Role, ...] = ("problem", "approach", "results")


def weigh_fact(evidence: Evidence) -> Evidence:
    """Return the sentences that answer, best first, or that no abstract asked about has one."""
    if not evidence.focus:
        answers, leading = _answers(evidence)
        near = _may_be_another(evidence, answers[0].paper) or only_comes_near(evidence)
        near = near or bool(unheard_names(evidence)) or _lacks_number(evidence, answers)
        return replace(evidence, form="fact", answers=answers, leading=leading, hedged=near)
    if _asks_what_is_to_be_had(evidence) and (had := _weigh_availability(evidence)):
        return had
    if asks_how_it_works(evidence.parsed.question):
        told = tuple(
            judged.sentences[place]
            for judged in evidence.judged(evidence.focus)
            for place in evidence.approach(judged.paper, _TOLD_OF_APPROACH)
        )
        return replace(evidence, form="fact", answers=told, hedged=False)
    absent, asked = _absent_words(evidence)
    states = max(_states(evidence, paper) for paper in evidence.focus)
    # Where the abstract has all the words asked about, it is taken to speak of it.
    says_so = not absent or states >= _SAYS_SO
    role = _role_asked(evidence)
    if not says_so and role and (parts := _parts(evidence, role)):
        return replace(evidence, form="fact", answers=parts, hedged=role not in _WHOLE)
    unsaid: tuple[Paper, ...] = ()
    if len(evidence.focus) > 1 and not evidence.parsed.in_doubt:
        (answers, unsaid), leading = _of_each(evidence), 1
    else:
        answers, leading = _answers(evidence)
    recorded = any(ask.fields for ask in evidence.parsed.asks)  # "authors, year, weights?"
    unstated = not says_so and states < _UNSTATED and not recorded
    if unstated and (silence := _silence(evidence, absent, asked, states)):
        return silent(replace(evidence, answers=answers), silence)
    rest = take_conclusion(last_sentence(evidence.parsed.text))
    if rest is not None and not evidence.parsed.clauses:  # each of which is told by itself
        # An aim is not what came of it, though the network may take it for that.
        results = [one for paper in evidence.judged(evidence.focus) for one in _outcome(paper)]
        both = (*results, *answers) if asks_any_paper(rest) else (*answers, *results)
        answers = tuple(dict.fromkeys(both))
    near = not says_so or _lacks_number(evidence, answers)
    near = len(unsaid) == len(evidence.focus) if len(evidence.focus) > 1 else near
    return replace(
        evidence, form="fact", answers=answers, leading=leading, hedged=near, doubtful=unsaid,
        unmentioned=_unmentioned(evidence),
    )  # fmt: skip


def _states(evidence: Evidence, paper: Paper) -> float:
    """Return the network's log-odds that a named paper states what is asked: in the mean by its
    name, and with "it" in the place of that, beside which what is asked weighs little.
    """
    named = evidence.parsed.question
    wordings = (named, evidence.names.with_pronoun(named, paper))
    judged = [evidence.network.judge(evidence.kind, asked, [paper])[0] for asked in wordings]
    return sum(one.states for one in judged) / len(judged)


def _of_each(evidence: Evidence) -> tuple[tuple[Statement, ...], tuple[Paper, ...]]:
    """Return of each of several named papers the sentences that state what is asked, or come
    nearest, first of those that state it where it is not asked of all; and the papers whose do not
    plainly state it.
    """
    wording = evidence.parsed.wording
    told = {paper: weigh_asked(evidence, paper, wording, wording, 0.0) for paper in evidence.focus}
    plain = list(told)
    if not asks_of_all(evidence.parsed.text):
        plain.sort(key=lambda paper: told[paper][1])
    unsaid = tuple(paper for paper in plain if told[paper][1])
    return tuple(one for paper in plain for one in told[paper][0]), unsaid


def _silence(
    evidence: Evidence, absent: Sequence[str], asked: int, states: float
) -> Silence | None:
    """Return that the named papers, which lack the words `absent` of so many asked about, do not
    say it; None where a follow-up is on their topic already: they have a word of it, or one near to
    it in meaning, or may say it.
    """
    papers, content = evidence.focus, evidence.parsed.content
    unsaid = [word for word in absent if is_name(word) or not evidence.has_near(word, papers)]
    if evidence.parsed.follow_up and (len(unsaid) < asked or states > _MAY_SAY):
        return None
    said = [word for word in unsaid if word in content or is_name(word)]
    if _role_asked(evidence) or len(unsaid) < asked:  # "exactly" is not what it lacks
        said = list(filter(is_name, said))
    return Silence("not in the abstract", papers, tuple(said))


def _may_be_another(evidence: Evidence, best: Paper) -> bool:
    """Tell whether the paper that answers best is not plainly the one: the network is not sure of
    it, or another stands out as far.
    """
    (judged,) = evidence.judged([best])
    if judged.states < _COMES_NEAR or evidence.parsed.form == "comparison":  # several may be right
        return judged.states < _COMES_NEAR
    ranks = evidence.found.z_scores
    others = (ranks[one.id] for one in evidence.candidates[:_FACT_PAPERS] if one != best)
    return judged.states + ranks[best.id] - max(others, default=0.0) < _STANDS_OUT


def _lacks_number(evidence: Evidence, answers: Sequence[Statement]) -> bool:
    """Tell whether a number is asked for and the sentence that answers best, or of several papers
    or things asked none, has one.
    """
    several = evidence.parsed.clauses or len(evidence.focus) > 1
    told = answers if several else answers[:1]
    judged = evidence.judged([one.paper for one in told])
    question = evidence.parsed.question
    return lacks_number(question, told, max(judged, key=lambda one: one.states))


def _role_asked(evidence: Evidence) -> Role | None:
    """Return what is asked where it is only a part of any abstract: "its results"."""
    named = role_named(" ".join(evidence.parsed.aspects))
    return next((role for role in ROLES if role.capitalize() == named), None)


def _outcome(judged: Judgement) -> list[Statement]:
    """Return the sentence of a paper that most tells what came of its work, by its cues and by the
    network: not where that is to be had.
    """
    texts = [one.span.text for one in judged.sentences]
    played = [
        [strength(role, text, place, len(texts)) for role in ("results", "availability")]
        for place, text in enumerate(texts)
    ]
    told = {
        one: cues + _NETWORK_SAYS * one.answers
        for one, (cues, had) in zip(judged.sentences, played, strict=True)
        if cues > had
    }
    return [max(told, key=lambda one: told[one])] if told else []


def _parts(evidence: Evidence, role: Role) -> tuple[Statement, ...]:
    """Return the sentence of each named paper that most plays `role`, none where one has none."""
    parts = evidence.playing(role, evidence.focus)
    return tuple(parts) if len(parts) == len(evidence.focus) else ()


def _without_names(evidence: Evidence) -> str:
    """Return what is asked without the names of papers."""
    question = evidence.parsed.question
    return evidence.names.without(question, evidence.names.find(question))


def _asks_what_is_to_be_had(evidence: Evidence) -> bool:
    """Tell whether named papers are asked for nothing but their code, data or weights, or, where it
    is plain which, for their licences.
    """
    asked, parsed = _without_names(evidence), evidence.parsed
    if len(parsed.clauses) > 1:  # "does it do X itself? code?"
        return all(map(asks_availability, parsed.clauses))
    *_, last = last_sentence(asked).rpartition(": ")  # "X looks good. Is its code out?"
    if any(map(asks_availability, (asked, last, parsed.wording))):
        return True
    return not (parsed.in_doubt or parsed.clauses) and kinds_asked(asked) == LICENCE


def _weigh_availability(evidence: Evidence) -> Evidence | None:
    """Return the sentences by which named papers say what of theirs is to be had, or that none
    does; None where it is not plain which are asked, and only some do.
    """
    papers, kinds = evidence.focus, kinds_asked(evidence.parsed.question)
    if kinds == LICENCE:
        parts = [one for one in (says_where(evidence, paper, kinds) for paper in papers) if one]
    else:
        parts = evidence.playing("availability", papers)
    if not parts:
        absent, _ = _absent_words(evidence)
        things = tuple(word for word in absent if word.lower() in _TO_BE_HAD)
        return silent(evidence, Silence("said by none of these", papers, things))
    whole = not evidence.parsed.in_doubt or len(parts) == len(papers)
    return replace(evidence, form="fact", answers=tuple(parts), hedged=False) if whole else None


def _unmentioned(evidence: Evidence) -> tuple[str, ...]:
    """Return what a question asks, beside other things, to have of its one paper, and of which that
    has not a word: "code"; not where it says in another that it is to be had ("implementation").
    """
    if len(evidence.focus) != 1:
        return ()
    told = [
        word
        for clause in evidence.parsed.clauses
        if asks_availability(clause) and not _where_to_be_had(evidence, evidence.focus[0], clause)
        for word in _absent_words(evidence, clause)[0]
    ]
    return tuple(dict.fromkeys(word for word in told if word.lower() in _TO_BE_HAD))


def _where_to_be_had(evidence: Evidence, paper: Paper, clause: str) -> Statement | None:
    """Return the sentence of a paper that says where what a clause asks to have is to be had, None
    where none does, or it asks for nothing to have.
    """
    if not asks_availability(clause):
        return None
    return says_where(evidence, paper, kinds_asked(clause))


def _absent_words(evidence: Evidence, asked: str = "") -> tuple[list[str], int]:
    """Return the words of what is asked that the named papers lack, and how many are asked."""
    concepts = evidence.retriever.keywords.concepts(asked or _without_names(evidence))
    texts = (without(f"{paper.title} {paper.abstract}") for paper in evidence.focus)
    there = frozenset().union(*(concepts_in(text, concepts) for text in texts))
    absent = [concept.surface for n, concept in enumerate(concepts) if n not in there]
    return absent, len(concepts)


def _answers(evidence: Evidence) -> tuple[tuple[Statement, ...], int]:
    """Return of several named papers the sentence of each that answers, else the best one, or that
    of each thing asked, then those of its paper, and of another, that come near; and how many lead.
    """
    read = _FACT_PAPERS if evidence.parsed.form == "fact" else _SIDES_READ
    papers = evidence.focus or tuple(evidence.candidates[:read])
    parsed, found = evidence.parsed, evidence.found
    # Beside the name of its paper what is asked weighs little: of 80 facts of one that is named .88
    # have the right sentence first, .90 with "it" in its place.
    wording = parsed.wording
    if len(evidence.focus) == 1:
        wording = evidence.names.with_pronoun(wording, evidence.focus[0])
    query = None if wording == found.query.text else evidence.retriever.understand(wording)
    own = evidence.value(papers, query)
    ranks = found.z_scores

    def value(sentence: Statement) -> float:
        rank = 0.0 if evidence.focus else ranks.get(sentence.paper.id, 0.0)
        return own(sentence) + _PAPER_WEIGHT * rank

    judged = evidence.network.judge(evidence.kind, wording, papers)
    ranked = sorted((one for each in judged for one in each.sentences), key=value, reverse=True)
    if len(evidence.focus) > 1:
        best = {one.paper.id: one for one in reversed(ranked)}
        each = ((best[one.id], *chain(*_by_clause(evidence, one))) for one in evidence.focus)
        return tuple(dict.fromkeys(sentence for sentences in each for sentence in sentences)), 1
    first, *rest = ranked
    both = evidence.parsed.form == "comparison"  # "is it better to … or to …?"
    most, margin = _SIDES_TOLD if both else (_OTHERS, _OTHERS_MARGIN)
    top = value(first)
    more = [one for one in rest if one.paper == first.paper][:_MORE]
    others = [one for one in rest if one.paper != first.paper and top - value(one) <= margin]
    if both:  # one of each paper
        seen: dict[str, Statement] = {}
        others = [one for one in others if seen.setdefault(one.paper.id, one) is one]
    near = [one for one in more if top - value(one) <= _MARGIN]
    near = [*_enumerated_with(first, judged), *near]
    by_clause = _by_clause(evidence, first.paper)
    leading = [one for one, *_ in by_clause] or [first]
    told = (*leading, first, *near, *chain(*by_clause), *others[:most])
    unlike = {(one.paper.id, one.position): one for one in told}
    return tuple(unlike.values()), len({one.position for one in leading})


def _enumerated_with(first: Statement, judged: Sequence[Judgement]) -> list[Statement]:
    """Return the sentences that are counted with `first`: "Firstly …" and "Secondly …" are two
    halves of one answer.
    """
    if not _ORDINAL.match(first.span.text):
        return []
    (sentences,) = (each.sentences for each in judged if each.paper == first.paper)
    counted = [one for one in sentences if _ORDINAL.match(one.span.text)]
    last = [one for one in sentences if _LAST.match(one.span.text)]
    several = [*counted, *last] if len(counted) > 1 else []
    return [one for one in several if one != first]


def _by_clause(evidence: Evidence, paper: Paper) -> list[list[Statement]]:
    """Return the sentences of a paper that answer what a question asks one after the other, of each
    thing the best first; what says nothing itself ("and why?") goes on with the first.
    """
    answers = []
    for clause in evidence.parsed.clauses:
        says = any(map(is_content, words(clause)))
        asked = clause if says else f"{evidence.parsed.clauses[0]} {clause}"
        asked = evidence.names.with_pronoun(asked, paper)
        (judged,) = evidence.network.judge("question", asked, [paper])
        value = evidence.value([paper], evidence.retriever.understand(asked))
        ranked = sorted(judged.sentences, key=value, reverse=True)[:_TOLD_OF_CLAUSE]
        enough = max(_ANSWERS_CLAUSE, value(ranked[0]) - _CLAUSE_MARGIN)
        told = [one for one in ranked if value(one) > enough]
        if where := _where_to_be_had(evidence, paper, clause):
            told = [where]
        rest = take_conclusion(clause)
        if rest is not None and asks_any_paper(rest):  # an aim is not what came of it
            told = _outcome(judged) or told
        if told:
            answers.append(told)
    return answers
