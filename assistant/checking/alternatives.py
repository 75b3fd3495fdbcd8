"""Whether a claim sets another work above the paper's own, or brings in a name from another part of its abstract. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.checking.coverage import content, held, share
from assistant.checking.names import absent, closed_up, is_strict, names, strict_names

_BETTER = re.compile(
    r"\b(?:outperform|beat|surpass|exceed)\w*|\b(?:do(?:es)? |is |are |works? )?(?:better than|superior to|ahead of)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?:In contrast to|Unlike|Compared (?:to|with)|As opposed to) ([^,]+), (\S+)", re.IGNORECASE
)
_NOT = re.compile(r"\b(?:not|never|no)\b|n't\b", re.IGNORECASE)
_INTRODUCED = re.compile(
    r"\b(?:present|propose|introduce|named|termed|dubbed|called|develop|build|create|call)s?\b[^.;]{0,120}",
    re.IGNORECASE,
)
# What is said of a thing once it is named does not name it.
_SAID_OF_IT = re.compile(
    r"[,)] (?:which|that|enabl|allow|us|by|an?\b)|\b(?:which|that|to|enables?|allows?|by|from|on|for|than|using)\b"
)
# How much of the claim, or of its clause, a sentence with the name holds where the name is not stray.
_MUCH, _MOST = 0.4, 0.6
_CLAUSE = re.compile(r"[,;:]|\band\b")


def overturned(claim: str, source: str, subject: str = "") -> str:
    """Return a rival that the claim puts above what the paper itself introduces, "" when there is none.

    An abstract reports what its own work does better.

    >>> overturned("BERT outperforms ERNIE 2.0 on 16 tasks.", "ERNIE 2.0 outperforms BERT on 16 tasks.", "ERNIE 2.0")
    'BERT'
    """
    own, named = introduced(source, subject), introduced(source, "")
    if beside := _BESIDE.match(claim):
        left, right = names(beside[2]), strict_names(beside[1])
    elif (verb := _BETTER.search(claim)) and not _NOT.search(claim):
        left, right = names(f"It {claim[: verb.start()]}"), strict_names(claim[verb.end() :])
    else:
        return ""
    # An ordinary word has a capital in any title.
    if any(closed_up(one) in (own if is_strict(one) else named) for one in left):
        return ""
    return next(iter(left), "") if any(closed_up(one) in own for one in right) else ""


def stray(
    claim: str, found: Sequence[str], near: str, sentences: Sequence[str], subject: str = ""
) -> str:
    """Return one of the names found in a claim that the source has, but not `near` what supports the claim, else "".

    It is not stray where a sentence that has it holds much of the claim too.
    """
    own, here = introduced(" ".join(sentences), subject), closed_up(near)
    for one in found:
        key = closed_up(one)
        holders = [sentence for sentence in sentences if key in closed_up(sentence)]
        if (
            is_strict(one)
            and holders
            and key not in own
            and key not in here
            and absent([one], near)
        ):
            clause = next((part for part in _CLAUSE.split(claim) if one in part), "")
            if not any(
                _holds(part, one, sentence, much)
                for part, much in ((claim, _MUCH), (clause, _MOST))
                for sentence in holders
            ):
                return one
    return ""


def _holds(part: str, name: str, sentence: str, much: float) -> bool:
    wanted = content(part) - content(f"It {name}")
    return share(held(wanted, sentence), wanted) >= much


def introduced(source: str, subject: str) -> str:
    """Return, closed up, the title and what the source says that it introduces."""
    named = (_SAID_OF_IT.split(one)[0] for one in _INTRODUCED.findall(source))
    return closed_up(f"{subject} {' '.join(named)}")
