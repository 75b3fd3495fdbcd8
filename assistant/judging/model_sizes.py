"""Papers by how many parameters their abstracts state of their own models."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.judging.cross_encoder.network import Statement, readable_sentences
from assistant.judging.evidence import Evidence
from assistant.judging.membership import MOST_LISTED
from assistant.reading.sizes import NUMBER, PARAMETERS, value_of
from assistant.text.paper_names import is_name
from assistant.text.words import fold
from assistant.types import Paper

_SAID, _READ = "model with million billion parameters", 400  # what is searched; papers read
_COUNTED = re.compile(rf"{NUMBER}[\s-]?(?:[\w-]+ ){{0,2}}?{PARAMETERS}", re.IGNORECASE)
_NAMED = re.compile(
    r"(?<![\w.])(?P<name>[^\s,;:()]+?)[\s-](?P<number>\d+(?:\.\d+)?)(?P<scale>[MB])\b"
)
# Before a number that is that of others' work.
_OF_OTHERS = re.compile(
    r"\b(?:outperform|surpass|exceed|beat|compar|exist|previous|prior|than|against|versus|unlike)"
    r"[^.;]{0,60}$",
    re.IGNORECASE,
)
_BEFORE = 40  # characters in which another model may be named


def weigh_by_size(evidence: Evidence) -> Evidence | None:
    """Return the papers whose abstracts state a size within what is asked, in its order, each with
    the sentence that does; None where none does.
    """
    size, parsed = evidence.parsed.size, evidence.parsed
    if size is None:
        return None
    found = evidence.retriever.search(_SAID, parsed.bounds, _READ)
    stated = {}
    for candidate in found.candidates:
        paper = candidate.paper
        stating = sizes_of(paper, evidence.names.display(paper))
        sizes = [one for one in stating if size.at_least <= one[0] <= size.at_most]
        if sizes and paper.id not in parsed.besides:
            stated[paper] = (max if size.order == "most" else min)(sizes, key=lambda one: one[0])
    ordered = sorted(stated, key=lambda paper: stated[paper][0], reverse=size.order == "most")
    members = tuple(ordered[: parsed.wanted or MOST_LISTED])
    answers = tuple(stated[paper][1] for paper in members)
    return replace(evidence, form="list", members=members, answers=answers) if members else None


def sizes_of(paper: Paper, name: str) -> list[tuple[float, Statement]]:
    """Return the numbers of parameters that an abstract states, each with its sentence; not those
    of other models. Beside the paper's `name` a number stands alone ("UL2 20B").
    """
    own = _letters(name)
    sizes = []
    for place, span in enumerate(readable_sentences(paper)):
        named = (one for one in _NAMED.finditer(span.text) if _letters(one["name"]) == own)
        for match in (*_COUNTED.finditer(span.text), *named):
            if not _is_of_another(span.text[: match.start()], name):
                sizes.append((value_of(match), Statement(paper, span, place, 0.0)))
    return sizes


def _letters(name: str) -> str:
    """Return what is left of a name, however it is written ("Sabi\\'a")."""
    return re.sub(r"[\W_]", "", fold(name))


def _is_of_another(before: str, name: str) -> bool:
    """Tell whether a number is that of another model than a paper's own, by what stands before."""
    near = [word.strip(".,;:()") for word in before[-_BEFORE:].split()[1:]]
    others = any(is_name(word) and not word.startswith(name) for word in near)
    return others or _OF_OTHERS.search(before) is not None
