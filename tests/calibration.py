"""Fit the constants of `assistant.judging.calibration` again: `python -m tests.calibration
[FOLDER …]`.

Over LISTS: which of the papers found for a summary or (over BROAD, too) a list are relevant, by how
far their retrieval scores stand out, how far the best leads and, of the first 20, by the network's
log-odds over what is usual; to which lists any paper belongs; which of the papers that a list shows
belong, and which questions that are read as comparisons are about two papers. Over tests/questions
and tests/more_questions, and over all: which questions have an answer, by nearness, words and the
reader, and by the nearest known query. Prints logistic regressions and how well the first are
calibrated: by tenth, the mean probability and the share that is relevant. Over FOLLOW_UPS: which
paper a follow-up means, each hand's by a fit on the others.
"""

from __future__ import annotations

import math
import sys
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.assistant import Assistant
from assistant.evaluation.files import read_records
from assistant.evaluation.questions import Question, Resolver, read_questions, read_titles
from assistant.judging.calibration import (
    UNFOUND,
    bounded,
    expected_best,
    foremost,
    log_odds,
    meant_features,
    membership_features,
    shown_features,
    usual,
)
from assistant.judging.cross_encoder.network import CrossEncoder
from assistant.judging.evidence import TRIED, WORDS_WEIGHT
from assistant.judging.follow_ups import weigh_rivals
from assistant.judging.judge import gather
from assistant.judging.membership import has_all, matched, odds_of_any
from assistant.judging.sides import (
    MAY_BE_MEANT,
    RIVALS,
    SURE_OF_SIDE,
    described_papers,
    find_in_place,
    find_side,
)
from assistant.judging.silences import KINDS
from assistant.reading.learned.network import ReadingNetwork
from assistant.reading.parsed_question import ParsedQuestion
from assistant.reading.reader import Conversation, LearnedReader
from assistant.reading.references import put_names
from assistant.retrieval.sentence_scores import score_sentences
from assistant.text.words import fold
from assistant.types import Paper, Turn

FOLDERS = ("tests/questions", "tests/more_questions")
LISTS = (*FOLDERS, "tests/fresh_questions", "tests/everyday_questions", "tests/lay_questions")
BROAD, TALKS = ("tests/broad_questions",), ("tests/talk_questions",)
_BROAD_WEIGHT = 0.75  # of a paper of a broad list, which has many
FOLLOW_UPS = (*FOLDERS, "tests/fresh_questions", "tests/follow_ups")
COMPARISONS = Path("tests/comparison_questions")
SENTENCES = Path("tests/follow_ups/sentences.jsonl")
STATED = Path("tests/follow_ups/stated.jsonl")
_DECAY = 0.3  # of the conditional logit's weights
_JUDGED, _FACT_PAPERS, _MOST_WORDS, _LEAST_JUDGED, _SPREAD = 20, 4, 12.0, -5.0, 10
_MOST_AHEAD = 5.0
_LENGTHS = (3, 5, 8)  # things said, from which a question is longer
Floats = NDArray[np.float64]


def main(folders: list[str]) -> None:
    """Print the fits."""
    assistant, network = Assistant.open(), CrossEncoder()
    questions = _read(folders, assistant)
    members = _read(LISTS, assistant)
    found = _weighed(members, assistant, network)
    _fit_membership(found, _weighed(_read(BROAD, assistant), assistant, network))
    talks = _read(TALKS, assistant)
    _fit_listed([*members, *talks], assistant, network)
    _fit_shown([*members, *_read(BROAD, assistant), *talks], assistant, network)
    _fit_compared(_read((*LISTS, COMPARISONS), assistant), assistant, network)
    _fit_answerable(questions, assistant, network)
    _fit_answerable([*members, *talks], assistant, network)
    _compare_stated(members, assistant, network)
    _fit_sentences(questions, assistant, network)
    _fit_sides(assistant, network)
    _fit_meant(assistant, network)
    _fit_fits(assistant, network)
    _compare_wordings(assistant, network)


def _read(folders: Iterable[str | Path], assistant: Assistant) -> list[Question]:
    papers = list(assistant.papers())
    return [
        question
        for folder in map(Path, folders)
        for question in Resolver(papers, read_titles(folder)).resolve(
            [one for one in read_questions(folder) if one.family != "chats"]
        )
    ]


def _weighed(
    questions: Iterable[Question], assistant: Assistant, network: CrossEncoder
) -> list[tuple[str, float, float, float | None, bool]]:
    """Return of each paper found for a list or summary which of the two it is, the paper's rank,
    the lead, what the network says over what is usual (None where it has not read the paper, as
    for summaries), and whether it belongs.
    """
    rows = []
    for question in questions:
        if question.family not in ("lists", "summaries"):
            continue
        parsed, found = assistant.retrieve(question.asks[0].text)
        read = found.candidates[:_JUDGED] if question.family == "lists" else ()
        judged = network.judge("criterion", parsed.question, [one.paper for one in read])
        said = {one.paper.id: one.answers for one in judged}
        mean = usual([*said.values()])
        for one in found.candidates:
            key = one.paper.id
            if key not in question.partial - question.relevant:
                over = said[key] - mean if key in said else None
                belongs = key in question.relevant
                rank = found.z_score(one.score)
                rows.append((question.family, rank, found.lead, over, belongs))
    return rows


def _fit_membership(
    found: Sequence[tuple[str, float, float, float | None, bool]],
    broad: Sequence[tuple[str, float, float, float | None, bool]],
) -> None:
    _show("belongs by rank", [(rank,) for _, rank, *_ in found], [row[-1] for row in found])
    read = [(rank, over, belongs) for _, rank, _, over, belongs in found if over is not None]
    both = [(rank, over) for rank, over, _ in read]
    _show("belongs by rank and network", both, [belongs for *_, belongs in read])
    lists = [row for row in found if row[0] == "lists"]
    weights = [1.0] * len(lists) + [_BROAD_WEIGHT] * len(broad)
    features = np.array([membership_features(*row[1:4]) for row in (*lists, *broad)])
    labels = np.array([row[-1] for row in (*lists, *broad)])
    for name, columns in (("rank", [0, 1]), ("network", [2, 3]), ("both", [0, 1, 2, 3])):
        curve = LogisticRegression(max_iter=1000).fit(features[:, columns], labels, weights)
        chances = curve.predict_proba(features[:, columns])[:, 1]
        area = roc_auc_score(labels, chances)
        print(
            f"belongs to a list by {name}: {curve.coef_[0]} {curve.intercept_[0]:.3f}, {area:.3f}"
        )
    _show_reliability(chances, labels)


def _fit_listed(questions: list[Question], assistant: Assistant, network: CrossEncoder) -> None:
    rows, belong, lengths = [], [], []
    for question in questions:
        if question.family not in ("lists", "known_item", "unanswerable"):
            continue
        parsed, found = assistant.retrieve(question.asks[0].text)
        if parsed.form not in ("list", "count"):
            continue
        first = [one.paper for one in found.candidates[:_JUDGED]]
        judged = network.judge("criterion", parsed.question, first)
        said, things = max(one.answers for one in judged), len(found.query.concepts)
        first, second = foremost(found.z_scores)
        near = (found.nearness, math.log1p(things), _SPREAD * (found.to_query or 0.0))
        rows.append((said, *near, min(first - second, _MOST_AHEAD)))
        belong.append(question.family != "unanswerable")
        lengths.append(bisect(_LENGTHS, things))
    features, labels, like = np.array(rows), np.array(belong), np.array(lengths)
    weights = [
        (like == long).sum() / ((like == long) & (labels == label)).sum()
        for long, label in zip(lengths, belong, strict=True)
    ]
    # Regression holds weights small: what lies close together is spread.
    names = (f"by {_SPREAD} × nearness to a query", "without queries")
    for name, columns in zip(names, ([0, 3, 4], [0, 1, 2]), strict=True):
        curve = LogisticRegression().fit(features[:, columns], labels, weights)
        area = roc_auc_score(labels, curve.decision_function(features[:, columns]))
        print(f"listed {name}: {curve.coef_[0]} {curve.intercept_[0]:.3f}, AUC {area:.3f}")


def _fit_shown(questions: list[Question], assistant: Assistant, network: CrossEncoder) -> None:
    rows, belong = [], []
    for question in questions:
        if question.family not in ("lists", "unanswerable"):
            continue
        parsed, found = assistant.retrieve(question.asks[0].text)
        if parsed.form != "list" or not found.candidates:
            continue
        evidence = gather(parsed, found, assistant.snapshot, network)
        matches = matched(evidence)
        for match in matches[: expected_best([one.chance for one in matches])]:
            features = shown_features(match.chance, odds_of_any(evidence), evidence.odds)
            whole = f"{match.paper.title}. {match.paper.abstract}"
            rows.append((*features, has_all(evidence, whole)))
            belong.append(match.paper.id in question.relevant | question.partial)
    _show("a paper that is shown belongs", rows, belong)


def _fit_compared(questions: list[Question], assistant: Assistant, network: CrossEncoder) -> None:
    rows, two = [], []
    for question in questions:
        parsed, found = assistant.retrieve(question.asks[0].text)
        if parsed.form != "comparison" or len(parsed.about) > 1:
            continue
        sides = described_papers(gather(parsed, found, assistant.snapshot, network))
        _, second = foremost(found.z_scores)
        rows.append((second, log_odds(parsed.confidence), sides.apart, len(parsed.about)))
        two.append(question.family == "compare")
    _show("compared", rows, two, alike=True)


def _show(
    name: str, rows: Sequence[Sequence[float]], wanted: Sequence[bool], alike: bool = False
) -> None:
    """Print a logistic regression; both classes weigh `alike` where one is rare by chance only."""
    features, labels = np.array(rows, dtype=float), np.array(wanted)
    curve = LogisticRegression(class_weight="balanced" if alike else None).fit(features, labels)
    area = roc_auc_score(labels, curve.decision_function(features))
    print(f"{name}: {curve.coef_[0]} {curve.intercept_[0]:.3f}, AUC {area:.3f} of {len(labels)}")


def _fit_answerable(questions: list[Question], assistant: Assistant, network: CrossEncoder) -> None:
    rows, labels = [], []
    for question in questions:
        parsed, found = assistant.retrieve(question.asks[0].text)
        if parsed.about or not found.candidates:
            continue
        words = min(max(one.keywords for one in found.candidates), _MOST_WORDS)
        first = [one.paper for one in found.candidates[:TRIED]]
        kind = KINDS.get(parsed.form, "question")
        judged = network.judge(kind, parsed.question, first)
        best = max(_LEAST_JUDGED, *(one.states for one in judged))
        near = _SPREAD * (found.to_query or 0.0)
        rows.append((found.nearness, words, log_odds(parsed.off_topic), best, near))
        labels.append(question.family != "unanswerable")
    features, answered = np.array(rows), np.array(labels)
    for columns in ([0, 1, 2], [3], [0, 1, 2, 3], [3, 4]):
        curve = LogisticRegression(max_iter=1000).fit(features[:, columns], answered)
        values = curve.decision_function(features[:, columns])
        area = roc_auc_score(answered, values)
        print(f"answerable {columns}: {curve.coef_[0]} {curve.intercept_[0]:.3f}, AUC {area:.3f}")
        for share in (0.01, 0.03, 0.05):
            bound = np.quantile(values[answered], share)
            caught = (values[~answered] < bound).mean()
            print(f"  {share:.0%} with an answer lie below {bound:.2f}, of the others {caught:.0%}")


def _compare_stated(questions: list[Question], assistant: Assistant, network: CrossEncoder) -> None:
    """Print how well the network's log-odds tell what the abstract of a named paper, or of one on
    the table, says from what it does not: by the paper's name, with "it" in its place, in the mean.
    """
    papers, names = list(assistant.papers()), assistant.snapshot.names
    asked: list[tuple[str, list[Paper], bool]] = []
    for question in questions:
        parsed, _ = assistant.retrieve(question.asks[0].text)
        about = [one for one in papers if one.id in parsed.about]
        if about and parsed.form == "fact" and question.family in ("facts", "unanswerable"):
            asked.append((parsed.question, about, question.family == "facts"))
    titles = {paper.title: paper for paper in papers}
    for _, record in read_records(STATED):
        paper = titles[record["paper"]]
        text = put_names(record["message"], [paper], names)
        asked.append((text, [paper], bool(record["best"])))
    told = np.array([said for *_, said in asked])

    def states_of(text: str, about: list[Paper], it: bool) -> float:
        of_each = ((one, names.with_pronoun(text, one) if it else text) for one in about)
        return max(network.judge("question", ask, [one])[0].states for one, ask in of_each)

    by_name, by_it = (
        np.array([states_of(text, about, it) for text, about, _ in asked]) for it in (False, True)
    )
    for name, states in (("named", by_name), ("it", by_it), ("both", (by_name + by_it) / 2)):
        print(f"stated, {name}: AUC {roc_auc_score(told, states):.3f} of {len(told)}")
        for share in (0.02, 0.05, 0.1, 0.2):
            bound = np.quantile(states[told], share)
            caught = (states[~told] < bound).mean()
            print(f"  {share:.0%} of those stated lie below {bound:.2f}, of others {caught:.0%}")


def _fit_sentences(questions: list[Question], assistant: Assistant, network: CrossEncoder) -> None:
    retriever = assistant.snapshot.retriever
    features, labels, of = [], [], []
    for question in questions:
        if question.family != "facts":
            continue
        parsed, found = assistant.retrieve(question.asks[0].text)
        ranks = found.z_scores
        papers = [one for one in assistant.papers() if one.id in parsed.about]
        focused = bool(papers)
        papers = papers or [one.paper for one in found.candidates[:_FACT_PAPERS]]
        words = score_sentences(found.query, retriever, papers)
        for judged in network.judge("question", parsed.question, papers):
            rank = 0.0 if focused else ranks[judged.paper.id]
            for one in judged.sentences:
                near = words.get((one.paper.id, one.span.text), 0.0)
                features.append((one.answers, judged.answers, near, rank))
                stated = any(fold(each) in fold(one.span.text) for each in question.answers)
                labels.append(stated and one.paper.id in question.relevant)
                of.append(question.key)
    rows, gold, keys = np.array(features), np.array(labels), np.array(of)
    for columns in ([0], [2], [0, 2], [0, 2, 3], [0, 1, 2, 3]):
        curve = LogisticRegression(max_iter=1000).fit(rows[:, columns], gold)
        values = curve.decision_function(rows[:, columns])
        first = [gold[keys == key][values[keys == key].argmax()] for key in dict.fromkeys(of)]
        weights = curve.coef_[0] / curve.coef_[0][0]
        print(f"sentence {columns}: {weights.round(2)}, first is right {np.mean(first):.3f}")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up whose subject is inferred: a row of features for each paper that it may mean, and
    which of them it does.
    """

    hand: str
    features: Floats
    meant: NDArray[np.bool_]
    subject: NDArray[np.bool_]
    scoped: bool


def _fit_meant(assistant: Assistant, network: CrossEncoder) -> None:
    """Fit which paper a follow-up means."""
    asked = list(_follow_ups(assistant, network))

    def fit(some: list[FollowUp]) -> Floats:
        return _conditional_logit([(one.features, one.meant) for one in some])

    told = []
    for hand in {one.hand for one in asked}:
        weights = fit([one for one in asked if one.hand != hand])
        told += [_is_told(one, weights) for one in asked if one.hand == hand]
    kept = np.mean([bool((one.meant & one.subject).any()) for one in asked])
    print(
        f"meant: {fit(asked).round(2)}, right {np.mean(told):.3f} of {len(told)}, without {kept:.3f}"
    )


def _conditional_logit(choices: Sequence[tuple[Floats, NDArray[np.bool_]]]) -> Floats:
    """Return the weights by which what is right is chosen, of each choice's rows of features."""

    def loss(weights: Floats) -> float:
        total = _DECAY * float(weights @ weights)
        for features, right in choices:
            values = features @ weights
            if right.any():
                total += float(logsumexp(values) - logsumexp(values[right]))
        return total

    return np.asarray(minimize(loss, np.zeros(choices[0][0].shape[1])).x)


def _fit_sides(assistant: Assistant, network: CrossEncoder) -> None:
    """Fit which paper a side of a comparison describes, and tell how surely it is known."""
    papers = {paper.title: paper.id for paper in assistant.papers()}
    ids = {key: papers[title] for key, title in read_titles(COMPARISONS).items()}
    by_hand: dict[str, list[tuple[Floats, NDArray[np.bool_]]]] = {}
    for _, record in read_records(COMPARISONS / "compare.jsonl"):
        meant = dict(zip(record["sides"], record["relevant"], strict=True))
        sides = tuple(text for text in meant if not assistant.snapshot.names.find(text))
        parsed, found = assistant.retrieve(record["query"])
        parsed = replace(parsed, form="comparison", described=sides)
        evidence = gather(parsed, found, assistant.snapshot, network)
        for text in sides:
            own = find_side(evidence, text).z_scores
            rest = find_in_place(evidence, text).z_scores
            rows = {key: (own.get(key, 0.0), rest.get(key, 0.0)) for key in {**own, **rest}}
            rivals = sorted(rows, key=lambda key: -sum(rows[key]))[:RIVALS]
            right = np.array([key == ids[meant[text]] for key in rivals])
            choice = np.array([rows[key] for key in rivals]), right
            by_hand.setdefault(record["id"][:2], []).append(choice)
    told = []
    for hand, choices in by_hand.items():
        others = [one for other in by_hand if other != hand for one in by_hand[other]]
        weights = _conditional_logit(others)
        for features, right in choices:
            chances = softmax(features @ weights)
            first, second, *_ = np.argsort(-chances)
            told.append((chances[first], right[first], chances[second], right[second]))
    first, right, second, next_right = np.array(told).T
    sure, near = first >= SURE_OF_SIDE, (first < SURE_OF_SIDE) & (second >= MAY_BE_MEANT)
    weights = _conditional_logit([one for choices in by_hand.values() for one in choices])
    print(
        f"sides: {weights.round(2)}, right {right.mean():.3f} of {len(told)}, "
        f"of {sure.sum()} sure {right[sure].mean():.3f}, of {(~sure).sum()} others "
        f"{right[~sure].mean():.3f}, their {near.sum()} seconds {next_right[near].mean():.3f}"
    )


def _fit_fits(assistant: Assistant, network: CrossEncoder) -> None:
    """Fit how surely one of the papers under discussion fits what narrows them."""
    rows, labels = [], []
    retriever = assistant.snapshot.retriever
    for _, relevant, parsed in _asked(assistant):
        under_discussion = list(assistant.snapshot.papers(parsed.scope.only))
        if parsed.form != "list" or not relevant & {one.id for one in under_discussion}:
            continue
        ranks = retriever.search(parsed.criterion, parsed.filters).z_scores
        for one in network.judge("criterion", parsed.criterion, under_discussion):
            rows.append(bounded(one.answers, ranks.get(one.paper.id, UNFOUND)))
            labels.append(one.paper.id in relevant)
    _show("fits", rows, labels)


def _compare_wordings(assistant: Assistant, network: CrossEncoder) -> None:
    """Print how often the right sentence of the paper that a follow-up is about comes first, and
    among the first three: by its own words, with the paper's name put in, and after the question
    before.
    """
    papers = {paper.title: paper for paper in assistant.papers()}
    retriever, names = assistant.snapshot.retriever, assistant.snapshot.names
    told: dict[str, list[tuple[bool, bool]]] = {}
    for _, record in read_records(SENTENCES):
        paper = papers[record["paper"]]
        own = record["message"]
        wordings = {
            "own": own,
            "named": put_names(own, [paper], names),
            "in turn": f"{record['before']} {own}",
        }
        for name, words in wordings.items():
            (judged,) = network.judge("question", words, [paper])
            near = score_sentences(retriever.understand(words), retriever, [paper])
            values = [
                one.answers + WORDS_WEIGHT * near.get((paper.id, one.span.text), 0.0)
                for one in judged.sentences
            ]
            order = np.argsort(-np.array(values))[:3]
            right = [judged.sentences[n].span.text in record["best"] for n in order]
            told.setdefault(name, []).append((right[0], any(right)))
    for name, rows in told.items():
        first, three = np.mean(rows, axis=0)
        print(f"a follow-up's sentence, {name}: first {first:.3f}, ", end="")
        print(f"in three {three:.3f} of {len(rows)}")


def _is_told(one: FollowUp, weights: Floats) -> bool:
    best = int(np.argmax(one.features @ weights))
    whole = one.scoped and one.subject[best]  # then all of the subject stays
    return bool((one.meant & one.subject).any() if whole else one.meant[best])


def _follow_ups(assistant: Assistant, network: CrossEncoder) -> Iterator[FollowUp]:
    for hand, relevant, parsed in _asked(assistant):
        own = assistant.snapshot.retriever.search(parsed.text)
        if not (parsed.unresolved and relevant and own.query.concepts):
            continue
        in_turn = assistant.snapshot.retriever.search(parsed.in_turn)
        if not (rivals := weigh_rivals(parsed, own, in_turn, assistant.snapshot, network)):
            continue
        rows = [
            (
                *meant_features(
                    one.judged.states, one.z_score, one.in_turn, one.place, parsed.alone
                ),
                one.place == "subject",
                one.place == "spoken",
            )
            for one in rivals
        ]
        yield FollowUp(
            hand,
            np.array(rows, dtype=float),
            np.array([one.judged.paper.id in relevant for one in rivals]),
            np.array([one.place == "subject" for one in rivals]),
            parsed.scoped,
        )


def _asked(assistant: Assistant) -> Iterator[tuple[str, frozenset[str], ParsedQuestion]]:
    """Yield of every turn of the conversations its hand, the papers that answer it, and what is
    read.
    """
    papers = {paper.id: paper for paper in assistant.papers()}
    reader = LearnedReader(ReadingNetwork())
    for folder in map(Path, FOLLOW_UPS):
        chats = [one for one in read_questions(folder) if one.family == "chats"]
        for chat in Resolver(papers.values(), read_titles(folder)).resolve(chats):
            turns: list[Turn] = []
            for ask in chat.asks:
                parsed = reader.read(ask.text, Conversation(turns), assistant.snapshot)
                yield f"{folder} {chat.key.split('-')[0]}", frozenset(ask.relevant), parsed
                turns.append(Turn(ask.text, assistant.ask(ask.text, turns)))


def _show_reliability(chances: Floats, relevant: NDArray[np.bool_]) -> None:
    for low in np.arange(0.0, 1.0, 0.1):
        inside = (chances >= low) & (chances < low + 0.1)
        if inside.any():
            mean, share = chances[inside].mean(), relevant[inside].mean()
            print(f"  {mean:.2f} said, {share:.2f} relevant, of {inside.sum()}")


if __name__ == "__main__":
    main(sys.argv[1:] or list(FOLDERS))
