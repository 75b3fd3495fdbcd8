"""Whether figures and names of a claim stand beside the same words as in the source: "83 on A" is not "83 on B". Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.checking.mentions import closed_up
from assistant.checking.rivals import introduced
from assistant.checking.surroundings import Entity, comparable, contrasted, coordinated, entities, fit, lean

# When a figure or a name counts as misplaced, where the other one is in the claim too and where it is not: by how much
# better the other's surroundings fit, or how one-sidedly (0…1) the words speak that the two places have unequally near.
FIGURE_MARGINS = (0.2, 0.15)
NAME_MARGINS = (0.15, 0.5)
FIGURE_LEANS = (0.4, 2.0)
NAME_LEANS = (0.4, 0.95)
_LEAST_WEIGHT = 0.4
_LEAST_FIT = 0.15


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


def misplaced(claim: str, source: str, subject: str = "") -> tuple[Misplaced, ...]:
    """Return what of the claim the source has otherwise, worst first; names in `subject` (a title) may stand anywhere.

    Surroundings are the words of content within eight, each weighted by its nearness; a comma, "and" or "versus" between
    counts as one word more.

    >>> [(one.claimed, one.stated) for one in misplaced("Its FVD is 83 on UCF.", "FVD is 83 on MSR and 122 on UCF.")]
    [('UCF', 'MSR')]
    """
    free = introduced(source, subject)
    found = [
        one
        for one in _rivalries(claim, source)
        if _is_misplaced(one) and (one.is_figure or one.exchanged or closed_up(one.claimed) not in free)
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_figure, -one.gain)))[:1] if found else ()


def figure_instead(claim: str, lacking: str, source: str) -> str:
    """Return the figure that the source has where the claim has `lacking`, "" when none stands in like surroundings.

    >>> figure_instead("It tunes 30M parameters.", "30M", "We tune only 24M of 1.1B weights on 8 GPUs.")
    '24M'
    """
    said, stated = entities(claim), entities(source)
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


def _is_misplaced(one: Misplaced) -> bool:
    case = 0 if one.exchanged else 1
    margin = (FIGURE_MARGINS if one.is_figure else NAME_MARGINS)[case]
    most = (FIGURE_LEANS if one.is_figure else NAME_LEANS)[case]
    return one.gain > margin or (one.lean > most and one.weight > _LEAST_WEIGHT)


def _rivalries(claim: str, source: str) -> Iterator[Misplaced]:
    opposed = contrasted(claim)
    said, stated = entities(claim, opposed), entities(source, opposed)
    for one in said:
        own = [other for other in stated if other.key == one.key]
        for rival in stated if own else ():
            if rival.key == one.key or not comparable(one, rival) or any(coordinated(other, rival) for other in own):
                continue
            partner = next((other for other in said if other.key == rival.key), None)
            if (partner is None and one.ordinary) or (partner is not None and coordinated(one, partner)):
                continue
            here = max(own, key=lambda other: fit(one, other, rival.key))
            gain = fit(one, rival) - fit(one, here, rival.key)
            leaning, weight = lean(one, here, rival)
            if partner is not None:
                there = max(
                    (other for other in stated if other.key == partner.key), key=lambda other: fit(partner, other, one.key)
                )
                gain += max(fit(partner, other) for other in own) - fit(partner, there, one.key)
                more, mass = lean(partner, there, max(own, key=lambda other: fit(partner, other)))
                leaning, weight = leaning + more, weight + mass
            yield Misplaced(
                one.text, rival.text, gain, one.is_figure, partner is not None, leaning / weight if weight else 0.0, weight
            )
