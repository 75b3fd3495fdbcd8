"""Whether figures and names of a claim stand beside the same words as in the source: "83 on A" is not "83 on B". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.checking.alternatives import introduced
from assistant.checking.context_windows import (
    Entity,
    comparable,
    contrasted,
    coordinated,
    entities,
    fit,
    lean,
    opposed,
)
from assistant.checking.names import closed_up


@dataclass(frozen=True, slots=True)
class _Bound:
    """When something counts as misplaced: by how much better the other's surroundings fit, or how one-sidedly (0…1) and by
    how much the words speak that the two places have unequally near.
    """

    gain: float
    lean: float
    weight: float


# Set on tests/claims: where both are in the claim, one of them the paper's own or not; where only one is, and the
# other one far from what supports the claim or not; where only the other one is near what supports it.
_FIGURES_EXCHANGED = _Bound(0.05, 0.1, 0.1)
_FIGURE = _Bound(0.1, 0.8, 0.1)
_FIGURE_APART = _Bound(0.25, 0.9, 0.1)
_NAMES_EXCHANGED = _Bound(0.2, 0.4, 0.1)
_OWN_EXCHANGED = _Bound(0.1, 0.6, 0.1)
_NAME = _Bound(0.3, 0.6, 0.6)
_NAME_FROM_ELSEWHERE = _Bound(0.05, 0.2, 0.1)
_LEAST_FIT = 0.15
_MOST_SAID, _MOST_STATED = (
    40,
    250,
)  # what is compared, each with each: a bound for texts that are no abstracts


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A figure or name of a claim that has, in the source, another one's surroundings, and by how much they fit better."""

    claimed: str
    stated: str
    gain: float
    is_figure: bool
    exchanged: bool
    lean: float = 0.0
    weight: float = 0.0


def misplaced(claim: str, source: str, subject: str = "", near: str = "") -> tuple[Misplaced, ...]:
    """Return what of the claim the source has otherwise, worst first; names in `subject` (a title) may stand anywhere.

    Surroundings are the words of content within eight, each weighted by its nearness; a comma, "and" or "versus" between
    counts as two words more. `near` are the sentences of the source that support the claim best, if known.

    >>> [(one.claimed, one.stated) for one in misplaced("Its FVD is 83 on UCF.", "FVD is 83 on MSR and 122 on UCF.")]
    [('UCF', 'MSR')]
    """
    free, near = introduced(source, subject), closed_up(near)
    found = [one for one in _rivalries(claim, source) if _is_misplaced(one, free, near)]
    return tuple(sorted(found, key=lambda one: (not one.is_figure, -one.gain)))[:1] if found else ()


def figure_instead(claim: str, lacking: str, source: str) -> str:
    """Return the figure that the source has where the claim has `lacking`, "" when none stands in like surroundings.

    >>> figure_instead("It tunes 30M parameters.", "30M", "We tune only 24M of 1.1B weights on 8 GPUs.")
    '24M'
    """
    said, stated = entities(claim), entities(source)[:_MOST_STATED]
    one = next((one for one in said if one.text == lacking), None)
    keys = {other.key for other in said}
    if one is None:
        return ""

    def fits(other: Entity) -> float:
        # "24M out of 1.1B parameters": what is said beside the one is said of the other too.
        joint = [other, *(each for each in stated if each.is_figure and coordinated(each, other))]
        return max(fit(one, each) for each in joint)

    rivals = [other for other in stated if comparable(one, other) and other.key not in keys]
    best = max(rivals, key=lambda other: (round(fits(other), 2), -other.place), default=None)
    if best is None or fits(best) < _LEAST_FIT:
        return ""
    return f"{best.text} %" if best.unit == "%" else best.text


def _is_misplaced(one: Misplaced, free: str, near: str) -> bool:
    claimed, stated = closed_up(one.claimed), closed_up(one.stated)
    if one.is_figure:
        apart = re.search(rf"(?<!\d){re.escape(stated)}(?!\d)", near) is None
        bound = _FIGURES_EXCHANGED if one.exchanged else _FIGURE_APART if apart else _FIGURE
    elif one.exchanged:
        bound = _OWN_EXCHANGED if claimed in free or stated in free else _NAMES_EXCHANGED
    elif claimed in free:
        return False
    else:
        bound = _NAME_FROM_ELSEWHERE if claimed not in near and stated in near else _NAME
    return one.gain > bound.gain or (one.lean > bound.lean and one.weight > bound.weight)


def _alternative(own: Sequence[Entity], rival: Entity) -> bool:
    return any(one.signed == rival.signed for one in own) and not any(
        coordinated(one, rival) for one in own
    )


def _in_order(one: Entity, partner: Entity, own: Sequence[Entity], rival: Entity) -> bool:
    """Tell whether two figures follow each other in the claim as they do in a "83 vs. 176" of the source."""
    pairs = [other for other in own if opposed(other, rival)]
    return any((one.place < partner.place) == (other.place < rival.place) for other in pairs)


def _rivalries(claim: str, source: str) -> Iterator[Misplaced]:
    set_apart = contrasted(claim)
    said, stated = (
        entities(claim, set_apart)[:_MOST_SAID],
        entities(source, set_apart)[:_MOST_STATED],
    )
    for one in said:
        own = [other for other in stated if other.key == one.key]
        for rival in stated if own else ():
            if rival.key == one.key or not comparable(one, rival) or not _alternative(own, rival):
                continue
            partner = next((other for other in said if other.key == rival.key), None)
            if (partner is None and one.ordinary) or (
                partner is not None and coordinated(one, partner)
            ):
                continue
            if partner is not None and _in_order(one, partner, own, rival):
                continue
            here = max(own, key=lambda other: fit(one, other, rival.key))
            gain = fit(one, rival) - fit(one, here, rival.key)
            leaning, weight = lean(one, here, rival)
            if partner is not None:
                there = max(
                    (other for other in stated if other.key == partner.key),
                    key=lambda other: fit(partner, other, one.key),
                )
                gain += max(fit(partner, other) for other in own) - fit(partner, there, one.key)
                more, mass = lean(partner, there, max(own, key=lambda other: fit(partner, other)))
                leaning, weight = leaning + more, weight + mass
            yield Misplaced(
                one.text,
                rival.text,
                gain,
                one.is_figure,
                partner is not None,
                leaning / weight if weight else 0.0,
                weight,
            )
