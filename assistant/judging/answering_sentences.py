"""Evidence → the sentences that state a fact, and whether the papers asked about state
it at all.
"""

import re
from collections.abc import Sequence

from assistant.judging.evidence import Evidence, Silence
from assistant.reading.parsed_question import Expectation
from assistant.retrieval.sentence_ranking import Sentence
from assistant.text.paper_names import is_name
from assistant.text.rhetorical_roles import Role, main_role, strength
from assistant.text.words import fold, stem, surface_words
from assistant.types import Paper

# A named paper answers when one of its sentences scores this much on the question without the name:
# answerable questions begin at .49, of those that ask for what is absent most stay below .3.
ATTRIBUTE_SCORE = 0.48
# A follow-up is on topic already: down to this the nearest words are shown, and called no more than
# that.
_FOLLOW_UP_SCORE = 0.2
# The words asked about meet words of the abstract this closely on average where it speaks of it
# ("footage", "video"):
# answerable questions begin at .50, of those that ask for what is absent three in four stay below.
_WORDS_NEAR = 0.52
_COVERED_SHARE = 0.5
_VALUE_BONUS = 0.25

_PAPERS = 3
_MORE = 2
_MORE_SHARE = 0.6
_PAPER_WEIGHT = 0.06
_LATE_WEIGHT = 0.8
_NAMED_WEIGHT = 0.3

_NUMBER, _NO_NUMBER = 0.15, -0.1
_VALUE = 0.25
# Where the code lies answers no question but the one about it.
_ADDRESS = -0.25
_ROLE = 0.15
_BACKGROUND = -0.1
_FINDING = 0.08
_NAME = 0.1


def answering_sentences(evidence: Evidence) -> tuple[Sentence, ...]:
    """Return the sentence that answers, of each paper when several are named, then at most two more
    that come near it.
    """
    ranked = _rank(evidence)
    several = [
        next(pair for pair in ranked if pair[0].paper.id == paper.id) for paper in evidence.focus
    ]
    chosen = several if len(several) > 1 else ranked[:1]
    near = _MORE_SHARE * chosen[0][1]
    more = [pair for pair in ranked if pair not in chosen and pair[1] >= near]
    return tuple(sentence for sentence, _ in chosen + more[: max(1 + _MORE - len(chosen), 0)])


def describing_sentences(evidence: Evidence) -> tuple[Sentence, ...]:
    """Return for each paper asked about ("what is X?") what its abstract says that it does."""
    return tuple(max(evidence.sentences([paper]), key=_describes) for paper in evidence.focus)


def missing_attribute(evidence: Evidence, support: float) -> Silence | None:
    """Return that the abstracts of the named papers lack what is asked of them, None when one has
    it by this `best_support`.
    """
    bar = _FOLLOW_UP_SCORE if evidence.parsed.follow_up else ATTRIBUTE_SCORE
    if support >= bar:
        return None
    words = evidence.absent_words(evidence.focus)
    return Silence("not in the abstract", evidence.focus, tuple(words))


def best_support(evidence: Evidence) -> float:
    """Return how well (0…1.5) a sentence of the named papers meets the question without the papers'
    names; 0 where none is named.
    """
    return max((_support(evidence, paper) for paper in evidence.focus), default=0.0)


def _support(evidence: Evidence, paper: Paper) -> float:
    """Return how well (0…1.5) the best sentence of `paper` meets the question without the papers'
    names.
    """
    expects, asked = evidence.parsed.expects, evidence.open_concepts()
    sentences = evidence.attribute_sentences([paper])
    if expects.aspect and not asked:
        stated = any(_strength(expects.aspect, sentence) > 0 for sentence in sentences)
        return ATTRIBUTE_SCORE if stated else 0.0
    if expects.value and len(asked) <= 2 and expects.value.search(paper.abstract):
        return ATTRIBUTE_SCORE
    if _lacks_proper_noun(evidence, asked, paper):
        return 0.0
    if not evidence.absent_words([paper]) or evidence.attribute_nearness(paper) >= _WORDS_NEAR:
        return max(ATTRIBUTE_SCORE, max((one.score for one in sentences), default=0.0))
    return max((_met(one, expects.value) for one in sentences), default=ATTRIBUTE_SCORE)


def expected_bonus(expects: Expectation, sentence: Sentence) -> float:
    """Return what speaks for a sentence (about -0.5…0.8) beside its words: that it has the sort of
    answer asked for.
    """
    text = sentence.span.text
    role = main_role(text, sentence.position, sentence.count)
    total = (_NUMBER if re.search(r"\d", text) else _NO_NUMBER) if expects.number else 0.0
    if expects.value and expects.value.search(text):
        total += _VALUE
    elif expects.aspect != "availability" and _strength("availability", sentence) > 0:
        total += _ADDRESS
    if expects.aspect and not expects.value:
        total += _ROLE * _strength(expects.aspect, sentence)
    opens = sentence.position == 0 and sentence.count > 2
    total += _BACKGROUND * (opens + (role == "problem" and expects.aspect != "problem"))
    total += _FINDING * (expects.finding and role == "results")
    return total + _NAME * (expects.name and _names_something(expects, sentence))


def _rank(evidence: Evidence) -> list[tuple[Sentence, float]]:
    """Return the sentences of the papers in question with their values, best answer first.

    Where papers are named, what counts is the question without the names: every sentence of theirs
    is about them.
    """
    focus, candidates = evidence.focus, evidence.found.candidates
    papers = focus or evidence.candidates[:_PAPERS]
    behind = {one.paper.id: one.score - candidates[0].score for one in candidates}
    bare = {one.span: one for one in evidence.attribute_sentences(papers)} if focus else {}

    def value(sentence: Sentence) -> float:
        own = bare.get(sentence.span, sentence)
        bonus = expected_bonus(evidence.parsed.expects, sentence)
        total = own.score + _LATE_WEIGHT * own.late + bonus
        if focus:
            return total + _NAMED_WEIGHT * sentence.score
        return total + _PAPER_WEIGHT * behind.get(sentence.paper.id, 0.0)

    valued = [(sentence, value(sentence)) for sentence in evidence.sentences(papers)]
    return sorted(valued, key=lambda pair: -pair[1])


def _describes(sentence: Sentence) -> float:
    available = _strength("availability", sentence) > 0
    return _strength("approach", sentence) + 2.0 * sentence.score - (2.0 if available else 0.0)


def _met(sentence: Sentence, expected: re.Pattern[str] | None) -> float:
    """Return how well a sentence meets a question, higher when it holds the sort of value asked
    for.
    """
    if sentence.coverage >= _COVERED_SHARE:
        return max(sentence.score, ATTRIBUTE_SCORE)
    held = expected is not None and expected.search(sentence.span.text) is not None
    return sentence.score + (_VALUE_BONUS if held else 0.0)


def _lacks_proper_noun(evidence: Evidence, asked: Sequence[str], paper: Paper) -> bool:
    """Tell whether the question turns on a capitalised word ("Spanish", "BLEU") that this abstract
    never uses.
    """
    text = f" {fold(paper.title)} {fold(paper.abstract)} "
    first = next(iter(evidence.parsed.topic.split()), "")
    long_forms = evidence.retriever.keywords.long_forms
    return any(
        not any(form in text for form in (fold(word), *map(str.lower, long_forms(word))))
        for word in asked
        if word[0].isupper() and word.isalpha() and word != first
    )


def _names_something(expects: Expectation, sentence: Sentence) -> bool:
    """Tell whether a sentence holds a name that neither the question nor the paper's title does."""
    title = fold(sentence.paper.title)
    words = surface_words(sentence.span.text)
    names = (word for n, word in enumerate(words) if n and (is_name(word) or word[0].isupper()))
    return any(stem(fold(name)) not in expects.words and fold(name) not in title for name in names)


def _strength(role: Role, sentence: Sentence) -> float:
    return strength(role, sentence.span.text, sentence.position, sentence.count)
