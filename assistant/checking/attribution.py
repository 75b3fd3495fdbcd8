"""Whether figures and names of a claim stand beside the same words as in the source. Pure.

"83 on A" is not "83 on B", and an abstract sets no other work above what it introduces itself.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.checking.context_windows import (
    Entity,
    comparable,
    contrasted,
    coordinated,
    entities,
    fit,
    lean,
)
from assistant.checking.names import closed_up, is_strict, names, strict_names

_BETTER = re.compile(
    r"\b(?:outperform|beat|surpass|exceed)\w*|"
    r"\b(?:do(?:es)? |is |are |works? )?(?:better than|superior to|ahead of)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?:In contrast to|Unlike|Compared (?:to|with)|As opposed to) ([^,]+), (\S+)", re.IGNORECASE
)
_NOT = re.compile(r"\b(?:not|never|no)\b|n't\b", re.IGNORECASE)
_INTRODUCED = re.compile(
    r"\b(?:present|propose|introduce|named|termed|dubbed|called|develop|build|create|call)s?\b"
    r"[^.;]{0,120}",
    re.IGNORECASE,
)
# What is said of a thing once it is named does not name it.
_SAID_OF_IT = re.compile(
    r"[,)] (?:which|that|enabl|allow|us|by|an?\b)|"
    r"\b(?:which|that|to|enables?|allows?|by|from|on|for|than|using)\b"
)


@dataclass(frozen=True, slots=True)
class _Bound:
    """When something counts as misplaced: by how much better a rival's surroundings fit.

    Or how one-sidedly (0…1), and by how much, the words speak that the two have unequally near.
    """

    gain: float
    lean: float
    weight: float


# Set on tests/claims/dev.jsonl. Exchanged: both are in the claim, one of them the paper's own or
# not. Else one is, and the other far from what supports the claim or not.
_FIGURES_EXCHANGED = _Bound(0.05, 0.1, 0.1)
_FIGURE = _Bound(0.1, 0.8, 0.1)
_FIGURE_APART = _Bound(0.25, 0.9, 0.1)
_NAMES_EXCHANGED = _Bound(0.2, 0.4, 0.1)
_OWN_EXCHANGED = _Bound(0.1, 0.6, 0.1)
_NAME = _Bound(0.3, 0.6, 0.6)
_NAME_FROM_ELSEWHERE = _Bound(0.05, 0.2, 0.1)
_LEAST_FIT = 0.15
# What is compared, each with each: a bound for texts that are no abstracts.
_MOST_SAID, _MOST_STATED = 40, 250


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A figure or name of a claim that has another one's surroundings in the source.

    `gain` is by how much these fit better, `lean` (-1…1) and `weight` what the words near it say.
    """

    claimed: str
    stated: str
    gain: float
    is_figure: bool
    exchanged: bool
    lean: float = 0.0
    weight: float = 0.0


def misplaced(claim: str, source: str, subject: str = "", near: str = "") -> Misplaced | None:
    """Return what is most misplaced; what `subject` (a title) names may stand anywhere.

    `near` are the sentences of the source that support the claim best, if known.

    >>> misplaced("Its FVD is 83 on UCF.", "FVD is 83 on MSR and 122 on UCF.").stated
    'MSR'
    """
    own, near = introduced(source, subject), closed_up(near)
    wrong = [rivalry for rivalry in _rivalries(claim, source) if _exceeds(rivalry, own, near)]
    return min(wrong, key=lambda each: (not each.is_figure, -each.gain), default=None)


def figure_instead(claim: str, lacking: str, source: str) -> str:
    """Return the figure that the source has where the claim has `lacking`, "" when there is none.

    >>> figure_instead("It tunes 30M weights.", "30M", "We tune 24M of 1.1B weights on 8 GPUs.")
    '24M'
    """
    said, stated = entities(claim), entities(source)[:_MOST_STATED]
    claimed = next((entity for entity in said if entity.text == lacking), None)
    keys = {entity.key for entity in said}
    if claimed is None:
        return ""

    def fits(other: Entity) -> float:
        # "24M out of 1.1B parameters": what is said beside the one is said of the other too.
        joint = [each for each in stated if each.is_figure and coordinated(each, other)]
        return max(fit(claimed, each) for each in (other, *joint))

    rivals = [other for other in stated if comparable(claimed, other) and other.key not in keys]
    best = max(rivals, key=lambda other: (round(fits(other), 2), -other.position), default=None)
    if best is None or fits(best) < _LEAST_FIT:
        return ""
    return f"{best.text} %" if best.unit == "%" else best.text


def overturned(claim: str, source: str, subject: str = "") -> str:
    """Return a rival that the claim puts above what the paper itself introduces, "" when none.

    An abstract reports what its own work does better.

    >>> said = "BERT outperforms ERNIE 2.0 on 16 tasks."
    >>> overturned(said, "ERNIE 2.0 outperforms BERT.", "ERNIE 2.0")
    'BERT'
    """
    own, named = introduced(source, subject), introduced(source, "")
    if beside := _BESIDE.match(claim):
        better, worse = names(beside[2]), strict_names(beside[1])
    elif (verb := _BETTER.search(claim)) and not _NOT.search(claim):
        better, worse = names(f"It {claim[: verb.start()]}"), strict_names(claim[verb.end() :])
    else:
        return ""
    # An ordinary word has a capital in any title.
    if any(closed_up(name) in (own if is_strict(name) else named) for name in better):
        return ""
    return next(iter(better), "") if any(closed_up(name) in own for name in worse) else ""


def introduced(source: str, subject: str) -> str:
    """Return, closed up, the title and what the source says that it introduces."""
    named = (_SAID_OF_IT.split(phrase)[0] for phrase in _INTRODUCED.findall(source))
    return closed_up(f"{subject} {' '.join(named)}")


def _exceeds(rivalry: Misplaced, own: str, near: str) -> bool:
    claimed, stated = closed_up(rivalry.claimed), closed_up(rivalry.stated)
    if rivalry.is_figure:
        apart = re.search(rf"(?<!\d){re.escape(stated)}(?!\d)", near) is None
        alone = _FIGURE_APART if apart else _FIGURE
        bound = _FIGURES_EXCHANGED if rivalry.exchanged else alone
    elif rivalry.exchanged:
        bound = _OWN_EXCHANGED if claimed in own or stated in own else _NAMES_EXCHANGED
    elif claimed in own:
        return False
    else:
        bound = _NAME_FROM_ELSEWHERE if claimed not in near and stated in near else _NAME
    leans = rivalry.lean > bound.lean and rivalry.weight > bound.weight
    return rivalry.gain > bound.gain or leans


def _rivalries(claim: str, source: str) -> Iterator[Misplaced]:
    set_apart = contrasted(claim)
    said = entities(claim, set_apart)[:_MOST_SAID]
    stated = entities(source, set_apart)[:_MOST_STATED]
    for claimed in said:
        own = [entity for entity in stated if entity.key == claimed.key]
        for rival in stated if own else ():
            if not _is_rival(claimed, own, rival):
                continue
            partner = next((entity for entity in said if entity.key == rival.key), None)
            if claimed.ordinary if partner is None else _agrees(claimed, partner, own, rival):
                continue
            yield _rivalry(claimed, own, rival, partner, stated)


def _agrees(claimed: Entity, partner: Entity, own: Sequence[Entity], rival: Entity) -> bool:
    """Tell whether two stand together, or as figures of "83 vs. 176" in the same order."""
    opposed = (each for each in own if each.is_figure and abs(each.position - rival.position) <= 2)
    return coordinated(claimed, partner) or any(
        (claimed.position < partner.position) == (each.position < rival.position)
        for each in opposed
    )


def _is_rival(claimed: Entity, own: Sequence[Entity], rival: Entity) -> bool:
    return (
        rival.key != claimed.key
        and comparable(claimed, rival)
        and any(entity.signed == rival.signed for entity in own)
        and not any(coordinated(entity, rival) for entity in own)
    )


def _rivalry(
    claimed: Entity,
    own: Sequence[Entity],
    rival: Entity,
    partner: Entity | None,
    stated: Sequence[Entity],
) -> Misplaced:
    """Return how much better the rival's surroundings fit, the claim's `partner` of it included."""
    here = max(own, key=lambda entity: fit(claimed, entity, rival.key))
    gain = fit(claimed, rival) - fit(claimed, here, rival.key)
    leaning, weight = lean(claimed, here, rival)
    if partner is not None:
        theirs = [entity for entity in stated if entity.key == partner.key]
        there = max(theirs, key=lambda entity: fit(partner, entity, claimed.key))
        nearest = max(own, key=lambda entity: fit(partner, entity))
        gain += fit(partner, nearest) - fit(partner, there, claimed.key)
        more, mass = lean(partner, there, nearest)
        leaning, weight = leaning + more, weight + mass
    lean_share = leaning / weight if weight else 0.0
    exchanged = partner is not None
    return Misplaced(
        claimed.text, rival.text, gain, claimed.is_figure, exchanged, lean_share, weight
    )
