"""Whether a claim sets another work above the paper's own, or brings in a name from another part of its abstract. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.checking.mentions import absent, closed_up, is_strict, names, strict_names

_BETTER = re.compile(
    r"\b(?:outperform|beat|surpass|exceed)\w*|\b(?:do(?:es)? |is |are |works? )?(?:better than|superior to|ahead of)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"(?:In contrast to|Unlike|Compared (?:to|with)|As opposed to) ([^,]+), (\S+)", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no)\b|n't\b", re.IGNORECASE)
_INTRODUCED = re.compile(
    r"\b(?:present|propose|introduce|named|termed|dubbed|called|develop|build|create|call)s?\b[^.;]{0,80}", re.IGNORECASE
)


def overturned(claim: str, source: str, subject: str = "") -> str:
    """Return a rival that the claim puts above what the paper itself introduces, "" when there is none.

    An abstract reports what its own work does better.

    >>> overturned("BERT outperforms ERNIE 2.0 on 16 tasks.", "ERNIE 2.0 outperforms BERT on 16 tasks.", "ERNIE 2.0")
    'BERT'
    """
    own = introduced(source, subject)
    if beside := _BESIDE.match(claim):
        left, right = names(beside[2]), strict_names(beside[1])
    elif (verb := _BETTER.search(claim)) and not _NOT.search(claim):
        left, right = names(f"It {claim[: verb.start()]}"), strict_names(claim[verb.end() :])
    else:
        return ""
    if any(closed_up(one) in own for one in left):
        return ""
    return next(iter(left), "") if any(closed_up(one) in own for one in right) else ""


def stray(found: Sequence[str], near: str, source: str, subject: str = "") -> str:
    """Return one of the names that the source has, but not `near` what supports the claim, "" when there is none."""
    own, here, anywhere = introduced(source, subject), closed_up(near), closed_up(source)
    for one in found:
        key = closed_up(one)
        if is_strict(one) and key in anywhere and key not in own and key not in here and absent([one], near):
            return one
    return ""


def introduced(source: str, subject: str) -> str:
    """Return, closed up, the title and what the source says that it introduces."""
    return closed_up(f"{subject} {' '.join(_INTRODUCED.findall(source))}")
