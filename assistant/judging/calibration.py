"""Scores of retrieval, of the network and of the reader → probabilities and bounds.

Fitted on the questions of tests/questions and tests/more_questions where nothing else is said;
`python -m tests.calibration` fits them again.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from typing import Literal

Place = Literal["subject", "spoken", "new"]
"""Where a paper stands in a conversation: spoken of last, spoken of, not yet."""
UNFOUND = -1.0
"""What a paper that is not among those found stands out by."""

# Logistic regression of "relevant" on how far a paper's score stands out of those nearest to the
# question, alone and beside the network's log-odds on the paper over what is usual (over
# tests/fresh_questions, tests/everyday_questions and tests/lay_questions, too): of summaries.
_RANK_ALONE, _RANK_ALONE_BIAS = 1.800, -5.396
_RANK, _SAID_OVER, _RANK_BIAS = 1.216, 0.619, -4.292
# Of "belongs to the list", by how far the best passage leads, too, for where many papers are on the
# matter none stands far out (over tests/broad_questions, too, of which a paper counts for less).
_STANDS_OUT, _LEAD, _OVER, _UNREAD, _BIAS = 0.745, -1.928, 0.443, -0.929, -0.567
_MOST_RANK = 5.0  # beyond which both say no more
# What these odds gain of a paper that has a name which is asked for and few have, and of others
# (1,105 papers of 22 such lists of six folders: of 105 that have it 72 belong, by the odds alone
# 64; of 1,000 others 41, by the odds 63; chosen within that, not fitted).
_HAS_NAME, _LACKS_NAME = 1.1, -0.7
_MEAN_SAID, _MEAN_COUNTS = -1.0, 5  # of the papers found for those lists; as so many papers
# Of "has an answer" on how near the corpus comes in meaning and in words, on the reader's log-odds
# that the question is not about papers, and on the highest of the network's.
_NEAR, _WORDS, _MOST_WORDS, _OTHER, _JUDGED, _NEAR_BIAS = 1.207, 0.475, 12.0, -0.407, 0.535, -6.088
# Where papers have queries, on the highest of the network's and on how near the nearest comes,
# beside which the rest adds nothing (968 questions of all five folders and of
# tests/talk_questions; AUC .87 for .78), on the scale of the other: of 1,000 with an answer four
# lie below the first bound, and of 100 that are no lists five below the second.
_JUDGED_TOO, _TO_QUERY, _QUERY_BIAS = 0.644, 15.67, -6.732
# Below the first the network says no more (of odd wordings it denies all), below the second what
# no known query speaks for may be spoken against by the rest.
_LEAST_JUDGED, _DOUBTED = -5.0, -1.0

# Of "two papers are to be compared" where fewer than two are named: on how far the second paper
# found stands out (what one paper answers, no other comes near), on the reader's log-odds on the
# form, on how much better two papers fit the descriptions than one, and on whether one is named.
# Over all that is read as a comparison, of tests/comparison_questions too (297, AUC .90).
_SECOND_FOUND, _READ_SO, _APART, _ONE_NAMED, _COMPARED_BIAS = 0.676, 0.929, 0.249, 1.660, -5.529

# Of "something that is asked for as a list is there" (lists, known items and near misses of all
# five folders and of tests/talk_questions, weighed alike) on the highest of the network's
# log-odds on a paper, on how near the question comes to a query that some paper is known to answer
# and on how far the first paper found stands out above the second or, where papers have none, on
# how near it comes in meaning to the corpus and on the logarithm of how many things it says, for
# the more it says the less near anything comes. Near misses happen to say less: short and long
# questions weigh alike in either class (AUC .94 and .88).
_SAID_OF_ONE, _NEAR_A_QUERY, _FIRST, _LISTED_BIAS = 0.870, 20.70, 0.284, -12.239
_MOST_FIRST = 5.0
_SAID_WITHOUT, _NEAR_WITHOUT, _THINGS_WITHOUT, _LISTED_BIAS_WITHOUT = 0.826, 3.434, 0.884, -5.612

# Of "this paper, which a list shows, belongs" on the log-odds by which it was chosen, and on those
# that anything belongs to the list and that anything answers at all, each within bounds, and on
# whether it has each thing that the question says (3,787 papers of the lists of all five folders,
# of tests/broad_questions and of tests/talk_questions, and of near misses): of a broad matter none
# stands out, and those that have its words are on it.
_CHOSEN, _ANY_LISTED, _ANY_ANSWERS, _HAS_ALL, _SHOWN_BIAS = 0.58, 0.21, 0.17, 1.55, -1.18
_LEAST_ODDS, _MOST_LISTED_ODDS, _MOST_ANSWER_ODDS = -4.0, 3.5, 6.0

# Which paper a follow-up means (conditional logit, on 504 follow-ups of these two,
# tests/fresh_questions and tests/follow_ups): the network's log-odds and the rank by its own words,
# that by these after the question before, as far as it leans on it, how surely it leans on what
# was spoken of, and where the paper stands.
_SAID, _FOUND, _IN_TURN, _LEANS = 0.30, 0.56, 0.53, 0.31
_PLACES: Mapping[Place, float] = {"subject": 1.21, "spoken": 1.32, "new": 0.0}
_LEAST_SAID, _MOST_SAID, _MOST_FOUND = -6.0, 10.0, 9.0
# Of "this one of the papers under discussion fits", by the criterion's own words (235 papers of
# follow-ups that narrow a list, of these folders; AUC .83).
_FIT_SAID, _FIT_FOUND, _FIT_BIAS = 0.58, 0.333, -1.643


def foremost(z_scores: Mapping[str, float]) -> tuple[float, float]:
    """Return how far the first and the second of the papers found stand out (see
    `Retrieval.z_score`), `UNFOUND` where there is no such.
    """
    first, second, *_ = sorted(z_scores.values(), reverse=True) + [UNFOUND] * 2
    return first, second


def central(z_score: float, over: float | None = None) -> float:
    """Return how likely (0…1) a paper is to belong to a summary that stands out so far (see
    `Retrieval.z_score`), and of which the network's log-odds are so much `over` the `usual` ones.
    """
    if over is None:
        return chance_of(_RANK_ALONE * z_score + _RANK_ALONE_BIAS)
    return chance_of(_RANK * z_score + _SAID_OVER * over + _RANK_BIAS)


def membership(z_score: float, lead: float, over: float | None = None) -> float:
    """Return how likely (0…1) a paper is to belong to a list that stands out so far (see
    `Retrieval.z_score` and `lead`), and of which the network's log-odds are so much `over` the
    `usual` ones; None where it has not read it.
    """
    weights = (_STANDS_OUT, _LEAD, _OVER, _UNREAD)
    features = membership_features(z_score, lead, over)
    return chance_of(sum(map(operator.mul, weights, features)) + _BIAS)


def by_name(chance: float, has_it: bool) -> float:
    """Return how likely a paper is to belong to a list that asks for a name which few papers have,
    by how likely it is otherwise, and by whether it has the name.
    """
    return chance_of(log_odds(chance) + (_HAS_NAME if has_it else _LACKS_NAME))


def membership_features(
    z_score: float, lead: float, over: float | None
) -> tuple[float, float, float, float]:
    """Return what `membership` weighs: standing out says the less the less the best leads."""
    rank, ahead = min(z_score, _MOST_RANK), min(lead, _MOST_RANK)
    return rank * ahead, ahead, over or 0.0, float(over is None)


def usual(said: Sequence[float]) -> float:
    """Return what the network's log-odds on the papers read for a question are to be compared with:
    their mean, drawn to that of other questions where few were read.

    What it says of all papers alike tells of the question's wording, not of them.
    """
    return (sum(said) + _MEAN_COUNTS * _MEAN_SAID) / (len(said) + _MEAN_COUNTS)


def answerable(
    nearness: float, keywords: float, other: float, judged: float, to_query: float | None
) -> float:
    """Return the log-odds that something in the corpus answers a question.

    `nearness` and `to_query` are those of `Retrieval`, `keywords` the best BM25 score, `other` the
    probability that it is not about papers, `judged` the highest of what the network says of paper
    and sentence together. Where no known query speaks for it, the rest may speak against it.
    """
    words, judged = _WORDS * min(keywords, _MOST_WORDS), max(judged, _LEAST_JUDGED)
    odds = _NEAR_BIAS + _NEAR * nearness + words + _OTHER * log_odds(other) + _JUDGED * judged
    if to_query is None:
        return odds
    by_query = _QUERY_BIAS + _TO_QUERY * to_query + _JUDGED_TOO * judged
    return by_query if by_query >= _DOUBTED else min(by_query, odds)


def compared(second: float, confidence: float, apart: float, named: bool) -> float:
    """Return how likely (0…1) a question that is read as a comparison with such `confidence` (0…1),
    and names one paper (`named`) or none, is about two: by how far the `second` found stands out,
    and by how much better papers of their own fit its descriptions than one for all (`apart`).
    """
    read = _READ_SO * log_odds(confidence) + _APART * apart + _ONE_NAMED * named
    return chance_of(_SECOND_FOUND * second + read + _COMPARED_BIAS)


def listed(
    said: float, ahead: float, concepts: int, nearness: float, to_query: float | None
) -> float:
    """Return the log-odds that what is asked for as a list is there: by the highest of what the
    network says of the papers found, by `Retrieval.to_query` and how far the first paper is `ahead`
    of the second or, where no query is known, by how many things are said and
    `Retrieval.nearness`.
    """
    if to_query is None:
        near = _NEAR_WITHOUT * nearness + _THINGS_WITHOUT * math.log1p(concepts)
        return _SAID_WITHOUT * said + near + _LISTED_BIAS_WITHOUT
    near = _NEAR_A_QUERY * to_query + _FIRST * min(ahead, _MOST_FIRST)
    return _SAID_OF_ONE * said + near + _LISTED_BIAS


def shown(chance: float, listed_odds: float, answer_odds: float, has_all: bool) -> float:
    """Return how likely (0…1) a paper that a list shows is to belong, chosen as this likely: by
    the log-odds that anything is there (`listed`) and that anything answers (`answerable`), and by
    whether it has all things that the question says, too.
    """
    chosen, any_listed, any_answers = shown_features(chance, listed_odds, answer_odds)
    found = _ANY_LISTED * any_listed + _ANY_ANSWERS * any_answers + _HAS_ALL * has_all
    return chance_of(_CHOSEN * chosen + found + _SHOWN_BIAS)


def shown_features(
    chance: float, listed_odds: float, answer_odds: float
) -> tuple[float, float, float]:
    """Return the first three of `shown` as log-odds within the bounds beyond which they say no
    more.
    """
    any_listed = min(max(listed_odds, _LEAST_ODDS), _MOST_LISTED_ODDS)
    return log_odds(chance), any_listed, min(max(answer_odds, _LEAST_ODDS), _MOST_ANSWER_ODDS)


def meant(judged: float, z_score: float, in_turn: float, place: Place, alone: float) -> float:
    """Return how much speaks for a paper being the one that a follow-up means, comparable among
    papers.

    `judged` is what the network says of paper and sentence together and `z_score` how far the paper
    stands out, both by the follow-up's own words, `in_turn` how far it does by these after the
    question before, which counts the less the likelier (0…1) the follow-up stands `alone`, as does
    that the paper was spoken of.
    """
    said, found, after, leans = meant_features(judged, z_score, in_turn, place, alone)
    own = _SAID * said + _FOUND * found
    return own + _IN_TURN * after + _LEANS * leans + _PLACES[place]


def meant_features(
    judged: float, z_score: float, in_turn: float, place: Place, alone: float
) -> tuple[float, float, float, float]:
    """Return what tells which paper a follow-up means, beside where it stands (see `meant`)."""
    _, after = bounded(judged, in_turn)
    leans = 0.0 if place == "new" else log_odds(1 - alone)
    return *bounded(judged, z_score), (1 - alone) * after, leans


def fits(judged: float, z_score: float) -> float:
    """Return how likely (0…1) one of the papers under discussion is to fit what is asked of them,
    by the network's log-odds on the paper and how far it stands out in the whole corpus.
    """
    said, found = bounded(judged, z_score)
    return chance_of(_FIT_SAID * said + _FIT_FOUND * found + _FIT_BIAS)


def bounded(judged: float, z_score: float) -> tuple[float, float]:
    """Return both within the bounds beyond which they say no more."""
    said = min(max(judged, _LEAST_SAID), _MOST_SAID)
    return said, min(max(z_score, UNFOUND), _MOST_FOUND)


def chance_of(log_odds: float) -> float:
    """Return the probability of some log-odds."""
    return 1.0 / (1.0 + math.exp(-max(min(log_odds, 30.0), -30.0)))


def log_odds(chance: float) -> float:
    """Return the log-odds of a probability, within ±7."""
    bounded = min(max(chance, 1e-3), 1.0 - 1e-3)
    return math.log(bounded / (1.0 - bounded))


def expected_best(likely: Sequence[float], beta: float = 1.0) -> int:
    """Return how many of the papers, likeliest first, give the highest expected F-beta.

    The expectation is taken of numerator and denominator apart (after Ye et al., "Optimizing
    F-measures", 2012).
    """
    weight = beta * beta
    relevant = sum(likely)
    best, found, value = 1, 0.0, 0.0
    for number, chance in enumerate(likely, 1):
        found += chance
        if (expected := (1.0 + weight) * found / (number + weight * relevant)) > value:
            best, value = number, expected
    return best
