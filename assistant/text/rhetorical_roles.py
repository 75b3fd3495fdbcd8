"""What a sentence of an abstract does: problem, approach, data, results, availability.

By cue words (data/rhetorical_cues.txt) and position.
"""

import re
from collections.abc import Sequence
from typing import Literal

from assistant.text.words import read_lines

Role = Literal["problem", "approach", "data", "results", "availability"]
ROLES: tuple[Role, ...] = ("problem", "approach", "data", "results", "availability")

# Sets of cues by role.
_CUES: dict[Role, list[tuple[float, re.Pattern[str]]]] = {role: [] for role in ROLES}


def _read_cues() -> None:
    role: Role = ROLES[0]
    for line in read_lines("rhetorical_cues.txt"):
        weight, tab, pattern = line.partition("\t")
        if not tab:
            role = next(role for role in ROLES if f"[{role}]" == line)
        else:
            _CUES[role].append((float(weight), re.compile(pattern, re.IGNORECASE)))


_read_cues()
# What an abstract begins with, unless it says "we", is about others' data and results.
_SCENE, _SCENE_PENALTY = 0.3, 0.9
OWN = re.compile(r"\b(?:we|our|this (?:paper|work|study))\b", re.IGNORECASE)
"""What speaks of the abstract's own work."""
_AVAILABLE = re.compile(
    r"https?://|\b(?:publicly|openly) available\b|\bwe (?:make|release)\b[^.]*\bavailable\b",
    re.IGNORECASE,
)
# What says that the work's own is to be had, and what only speaks of what others have.
_RELEASES = re.compile(
    r"https?://|\bgithub\b|\blicen[cs]ed?\b|\b(?:this|our|an) open-source\b"
    r"|\b(?:we|our)\b[^.]*\b(?:releas\w+|open-sourc\w+|publish\w*|(?:publicly )?available)\b"
    r"|\b(?:is|are|be|been)\b(?: made)?(?: \w+ly)? (?:available|released|open-sourced|public)\b",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(?:if|when|no|not|limited|most|many|few|scarce\w*|existing)\b[^.]*\bavailable\b"
    r"|(?<!\bis )(?<!\bare )(?<!\bbe )(?<!\bbeen )(?<!\bmade )"
    r"\bpublicly[- ]available (?!(?:at|on|in|under|via|from|to|for)\b)\w",
    re.IGNORECASE,
)
_THRESHOLD = {"problem": 0.8, "approach": 0.8, "data": 1.2, "results": 1.0, "availability": 1.8}


def strength(role: Role, text: str, position: int, count: int) -> float:
    """Return how strongly (0: not) the sentence at `position` (from 0) of `count` plays `role`; one
    that asks something plays no part but the problem ("… if no model is available?"), and what only
    others make available is not the work's own.
    """
    if role != "problem" and text.rstrip().endswith("?"):
        return 0.0
    if role == "availability" and (_OF_OTHERS.search(text) or not _RELEASES.search(text)):
        return 0.0
    weight = sum(weight for weight, cue in _CUES[role] if cue.search(text))
    depth = position / max(count - 1, 1)
    if role in ("data", "results") and depth < _SCENE and not OWN.search(text):
        weight -= _SCENE_PENALTY
    if role == "problem":
        weight += 0.9 - 1.8 * depth
    elif role == "approach":
        weight += 0.5 - abs(depth - 0.4)
    elif role == "results":
        weight += 1.2 * depth - 0.6
    elif role == "availability":
        weight += 0.6 * depth - 0.3
    return max(weight - _THRESHOLD[role] + 0.5, 0.0) if weight >= _THRESHOLD[role] else 0.0


def says_only_where(text: str, position: int, count: int) -> bool:
    """Tell whether the sentence at `position` of `count` only says where code or data lie."""
    return bool(strength("availability", text, position, count) or _AVAILABLE.search(text))


def strongest(role: Role, texts: Sequence[str]) -> int | None:
    """Return which of an abstract's sentences plays `role` most, None where none does."""
    played = [strength(role, text, n, len(texts)) for n, text in enumerate(texts)]
    most = max(played, default=0.0)
    return played.index(most) if most > 0 else None
