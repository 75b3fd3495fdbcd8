"""Evidence → the papers that a question describes, and which of its descriptions none fits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.judging.evidence import Evidence
from assistant.reading.references import count_described, is_any_paper
from assistant.retrieval.hybrid import Retrieval
from assistant.text.paper_names import is_name
from assistant.text.words import STOP_WORDS, fold, index_terms, surface_words
from assistant.types import Paper

MOST_COMPARED = 6
# What taking a paper must add, in deviations by which it stands out of those found for a
# description (a doubtful one counts half) and, at this share, for the whole question. Of 49
# comparisons by nine hands 42 have all sides, with 13 papers too many; without `_APART`, what it
# must add for the descriptions alone once two are there, 44 with 18.
_ADDS, _CONTEXT, _DOUBTFUL, _APART = 3.0, 0.85, 0.5, 1.0
_SECOND = 0.8  # the same for the second paper of a comparison, which has two sides
_SIDES = 2
_COUNTING = 3  # words before a description that may count its papers: "the two recent works on …"
_COMMON, _FEW = 0.1, 5  # words that more of the papers have, and more than so many, tell none apart
_RIVALS = 6  # of the papers found for a description, how many may be meant
_THE_ONE = re.compile(
    r"^(?:the |that |this )?(?:one|paper|work|study|method|model|approach)s? "
    r"(?:that|which|who|on|about|with|from|for|using|by)\b",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"[A-Z]s\b")
_VERSION = re.compile(r"v?[\d.]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Description:
    """Words for so many papers (`number`), what was found for them, and how far each paper found
    stands out (by id); `firm` where they are for papers beyond doubt.
    """

    text: str
    firm: bool
    number: int
    found: Retrieval
    fits: Mapping[str, float]

    @property
    def rivals(self) -> list[str]:
        """Return the ids of those papers found that may be meant, best first."""
        return list(self.fits)[:_RIVALS]

    def fitted(self, papers: Sequence[str]) -> float:
        """Return how well these papers fit: the best, or as many as are described, count."""
        best = sorted((max(self.fits.get(key, 0.0), 0.0) for key in papers), reverse=True)
        return sum(best[: self.number]) * (1.0 if self.firm else _DOUBTFUL)


def described_papers(evidence: Evidence) -> tuple[list[Paper], tuple[str, ...]]:
    """Return the papers named and described, and which descriptions no paper of the corpus fits.

    The papers are chosen together: while another one makes the descriptions fit enough better, the
    one that does so most is taken (facility location; the greedy choice is within 1 − 1/e of the
    best: Nemhauser et al. 1978). So a description that was cut in two costs no paper, and one of
    two papers gets both.
    """
    parsed, named = evidence.parsed, evidence.focus
    missing: list[str] = []
    firm: list[Description] = []
    for text in dict.fromkeys(parsed.described):
        description = _search(evidence, text, True)
        if absent := _unowned_name(evidence, description):
            missing.append(absent)
        elif not _is_vague(description, len(evidence.retriever.papers)):
            firm.append(description)
    # What goes on with papers spoken of says by its other words what it asks of them.
    alone = not (parsed.follow_up or firm or missing or named)
    fewest = _SIDES if parsed.form == "comparison" else 0
    topical = alone or firm or (fewest and not parsed.follow_up)
    sides = firm + [_search(evidence, text, alone) for text in parsed.topics if topical]
    loose = [_search(evidence, text, False) for text in parsed.details if sides]
    ids = [paper.id for paper in named]
    # Where too few are described beyond doubt, the topic may be the other side.
    too_few = len(ids) + len(missing) + sum(one.number for one in firm) < fewest
    rivals = {key: None for one in sides if one.firm or too_few for key in one.rivals}
    counted = any(one.number > 1 for one in firm)  # "the two toolkits": no third
    most = len(ids) + sum(one.number for one in firm) if counted else MOST_COMPARED
    chosen = _choose([*sides, *loose], ids, list(rivals), evidence.found, fewest, most)
    return list(evidence.corpus.papers(chosen)), tuple(dict.fromkeys(missing))


def _choose(
    descriptions: Sequence[Description],
    named: Sequence[str],
    rivals: Sequence[str],
    whole: Retrieval,
    fewest: int,
    most: int,
) -> list[str]:
    """Return the papers that the descriptions mean, those named first, `most` at most; `whole` was
    found for the whole question, and so many papers (`fewest`) are taken more easily.
    """
    context = whole.z_scores
    chosen = list(named)

    def fitted(papers: Sequence[str]) -> float:
        return sum(one.fitted(papers) for one in descriptions)

    while len(chosen) < min(most, MOST_COMPARED):
        few = len(chosen) < fewest
        before = fitted(chosen)
        apart = {key: fitted([*chosen, key]) - before for key in rivals if key not in chosen}
        gains = {
            key: gain + _CONTEXT * max(context.get(key, 0.0), 0.0)
            for key, gain in apart.items()
            if few or gain >= _APART
        }
        best = max(gains, key=lambda key: gains[key], default="")
        if not best or gains[best] < (_SECOND if few else _ADDS):
            break
        chosen.append(best)
    return chosen


def _search(evidence: Evidence, text: str, firm: bool) -> Description:
    found = evidence.retriever.search(_THE_ONE.sub("", text), evidence.parsed.bounds)
    number = described_number(evidence.parsed.question, text)
    return Description(text, firm, number, found, found.z_scores)


def described_number(question: str, text: str) -> int:
    """Return how many papers `text`, words of a question, are for: "the two works on …"."""
    before = question.partition(text)[0].split()[-_COUNTING:]
    return count_described(f"{' '.join(before)} {text}")


def _is_vague(description: Description, size: int) -> bool:
    """Tell whether many of the corpus's papers, of which there are so many (`size`), have each word
    of a description: "text", "the pre-training".
    """
    used = description.found.query.keywords.frequencies
    return min(used, default=size) > max(_COMMON * size, _FEW)


def _unowned_name(evidence: Evidence, description: Description) -> str:
    """Return the name that a description is, or begins with, and that no paper of the corpus has;
    "" where it is words, or the name of what the paper found first speaks of more than once.
    """
    text = description.text
    tokens = [word.removesuffix("'s") for word in surface_words(text)]
    names = [word for word in tokens if not is_any_paper(word) and fold(word) not in STOP_WORDS]
    if not names or _PLURAL.search(text):
        return ""  # "CNNs" are a kind, not a name
    bare = len(names) == len(tokens)  # "Flamingo", not "the Flemish one"
    named = all(_is_name_here(evidence, name, bare and len(names) == 1) for name in names)
    if named and any(_is_unheard(evidence, name) for name in names):
        return " ".join(names)
    heads = [name for name in names if not _VERSION.fullmatch(name)]
    if named and len(heads) == 1 and (bare or is_name(heads[0])):
        return "" if _is_spoken_of(evidence, heads[0], description.found) else " ".join(names)
    return names[0] if is_name(names[0]) and _is_unheard(evidence, names[0]) else ""


def _is_name_here(evidence: Evidence, token: str, alone: bool) -> bool:
    """Tell whether a word is a name: by its letters, or because it has a capital, or stands
    `alone`, and no paper writes it as a word.
    """
    *_, last = token.split("-")
    if last != token and last.islower() and not _is_unheard(evidence, last):
        return False  # "3D-structure", "BERT-based"
    if is_name(token) or _VERSION.fullmatch(token):
        return True
    return (alone or token[0].isupper()) and not evidence.names.is_word(token)


def _is_spoken_of(evidence: Evidence, name: str, found: Retrieval) -> bool:
    """Tell whether the paper found first has a name in its title or says it more than once; what
    several papers have by its letters ("BERT") is spoken of by none.
    """
    first = next((one.paper for one in found.candidates), None)
    if first is None or (is_name(name) and evidence.names.user(name) != first.id):
        return False
    (term, *_) = index_terms(name)
    return term in index_terms(first.title) or index_terms(first.abstract).count(term) > 1


def _is_unheard(evidence: Evidence, text: str) -> bool:
    """Tell whether no abstract has the words of `text`."""
    keywords = evidence.retriever.keywords
    concepts = keywords.concepts(text)
    return bool(concepts) and not any(keywords.score(concepts).frequencies)
