"""Questions that count papers ("how many papers about video per year?"), read by rules over their wording alone.

The whole question must be one: an ordinary question taken for a count is worse than a count that is missed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from assistant.reading import count_patterns
from assistant.types import By, Filters

Form = Literal["papers", "groups", "most", "newest", "oldest"]


@dataclass(frozen=True, slots=True)
class Tally:
    """What is to be counted: `papers` (by a group, if `by`), the `groups` there are, the group with `most`, the newest or oldest.

    `topic` is what the papers are about, as it follows "papers" ("about video"). `those` tells that papers under
    discussion are meant, `firm` that nothing but the corpus can be.
    """

    form: Form
    by: By | None = None
    topic: str = ""
    filters: Filters = Filters()
    those: bool = False
    firm: bool = True


def parse(text: str, filtered: bool = False) -> Tally | None:
    """Return what `text`, without its filters, asks to be counted, None when it is any other question.

    `filtered` tells that years, authors or venues were taken out of it.

    >>> parse("how many papers about video are there per year?")
    Tally(form='papers', by='year', topic='about video', filters=Filters(year_from=None, year_to=None, authors=(), venues=(), \
titles=(), only=(), without=(), texts=()), those=False, firm=True)
    >>> [parse(one) for one in ("how many parameters does SimDA tune?", "how many abstracts was it trained on?")]
    [None, None]
    """
    plain, those = _without(count_patterns.THOSE, bare(text))
    grouped = count_patterns.BY.search(plain)
    by = _by(grouped) if grouped else None
    if grouped:
        plain = " ".join(
            f"{plain[: grouped.start()]} {plain[grouped.end() :]}".replace(",", " ").split()
        )
    found = _extreme(plain) or _most(plain) or _which(plain) if by is None else None
    found = found or _papers(plain, those, filtered, by)
    if found is None:
        return None
    firm = (
        found.firm
        or filtered
        or those
        or (by is not None and count_patterns.PAPERS.search(plain) is not None)
    )
    return replace(found, by=found.by or by, those=those or found.those, firm=firm)


def continued(text: str, filtered: bool = False) -> Tally | None:
    """Return what a few words that go on with a count ask for: another group ("per venue?"), filters, or topic ("about audio").

    >>> [(one.by, one.topic) for text in ("and per venue?", "what about audio?") if (one := continued(text))]
    [('venue', ''), (None, 'about audio')]
    """
    plain = bare(text)
    grouped = count_patterns.BY.fullmatch(plain)
    if grouped:
        return Tally("papers", _by(grouped))
    rest = count_patterns.LEFT.sub("", plain).strip() if filtered else plain
    if filtered and not rest:
        return Tally("papers")
    if match := re.fullmatch(r"(?:about|on|for|in|with)\s+(.+)", rest, re.IGNORECASE):
        rest = match[1]
    elif not re.match(r"(?:and\s+)?(?:what|how) about\b", " ".join(text.split()), re.IGNORECASE):
        return None
    return (
        None
        if count_patterns.NOT_A_TOPIC.search(rest) or len(rest.split()) > 6 or not rest
        else Tally("papers", topic=f"about {rest}")
    )


def bare(text: str) -> str:
    """Return a question without its courtesies and its question mark."""
    plain = count_patterns.LEAD.sub("", " ".join(text.split()))
    return re.sub(r"[\s,]*(?:please|thanks|thank you)?[\s?.!]*$", "", plain, flags=re.IGNORECASE)


def _papers(plain: str, those: bool, filtered: bool, by: By | None) -> Tally | None:
    if not plain or plain.lower() in ("how many", "how many are there", "count"):
        return Tally("papers", those=those, firm=False) if by or plain else None
    match = count_patterns.HOW_MANY.fullmatch(plain)
    if match and not (
        by or plain.lower().startswith(("how many", "what", "the ", "number", "count", "total"))
    ):
        return None  # "papers about video" lists them
    if match is None:
        of = count_patterns.HOW_MANY_OF.fullmatch(plain)
        # "how many are from 2022?" goes on with what was counted or listed.
        return (
            replace(found, those=True)
            if of and those and (found := _about(of["rest"], True, filtered))
            else None
        )
    sure = re.fullmatch(count_patterns.SURE, match["noun"], re.IGNORECASE) is not None
    kind = [word for word in match["kind"].split() if word.lower() not in count_patterns.PLAIN]
    found = _about(match["rest"], sure, filtered)
    if found is None or not kind:
        return found
    if not sure or found.topic or any(word.lower() in count_patterns.NO_KIND for word in kind):
        return None
    return replace(found, topic=f"about {' '.join(kind)}", firm=True)


def _about(rest: str, sure: bool, filtered: bool) -> Tally | None:
    """Read what follows the papers: nothing much, a topic, an author or a venue; None when it is anything else."""
    rest = count_patterns.LEFT.sub("", rest).strip() if filtered else rest.strip()
    filled = count_patterns.FILL.match(rest)
    inside, left = (rest[: filled.end()], rest[filled.end() :].strip()) if filled else ("", rest)
    if not left:
        return Tally(
            "papers",
            firm=bool(count_patterns.ANCHOR.search(inside))
            and (sure or not re.search(count_patterns.CORPUS, inside, re.IGNORECASE)),
        )
    if match := count_patterns.BY_NAME.fullmatch(_without_tail(left)):
        return Tally("papers", filters=Filters(authors=(match["author"],)))
    if match := count_patterns.AT_NAME.fullmatch(left) or count_patterns.AT_NAME.fullmatch(
        re.sub(r"^(?:(?:are|were|have|been)\s+)+", "", rest)
    ):
        return Tally("papers", filters=Filters(venues=(match["venue"],)))
    topic = _topic(
        left if not re.search(r"\b(?:that|which)\s*$", inside, re.IGNORECASE) else f"that {left}",
        sure,
    )
    return Tally("papers", topic=topic) if topic else None


def _topic(text: str, sure: bool) -> str:
    """Return a topic as it follows "papers", "" where `text` is none."""
    text = _without_tail(text)
    if re.search(r"\b(?:or|and/or)\b", text, re.IGNORECASE):
        return ""  # to count the papers of either would take two lists
    match = count_patterns.TOPIC.fullmatch(text)
    if (
        match
        and not count_patterns.NOT_A_TOPIC.search(match["what"])
        and (sure or not re.fullmatch(count_patterns.LOOSELY, match["how"], re.IGNORECASE))
    ):
        return f"{match['how']} {match['what']}"
    relative = count_patterns.RELATIVE.fullmatch(text)
    return (
        text if relative and not count_patterns.NOT_A_TOPIC.search(text.partition(" ")[2]) else ""
    )


def _which(plain: str) -> Tally | None:
    match = count_patterns.WHICH_GROUPS.fullmatch(plain)
    if match is None:
        return None
    by: By = "year" if match["span"] else count_patterns.GROUPS[match["group"].lower()]
    rest = (match["left"] if match["span"] else match["rest"]).strip()
    if not rest:
        # "which venues?" may be asked of a paper that was just talked about; "list all venues" may not.
        return (
            Tally("groups", by)
            if match["ask"] and match["ask"].lower().startswith(("list", "name", "all"))
            else None
        )
    found = _about(re.sub(r"\b(?:from|at|in)$", "", rest).strip(), True, False)
    return (
        replace(
            found,
            form="groups",
            by=by,
            firm=found.firm and bool(count_patterns.ANCHOR.search(rest) or "papers" in rest),
        )
        if found
        else None
    )


def _most(plain: str) -> Tally | None:
    match = count_patterns.MOST.fullmatch(plain)
    if match is None:
        return None
    by: By = (
        "author"
        if match["who"]
        else count_patterns.GROUPS[(match["group"] or match["top"]).lower()]
    )
    found = _about(match["left"] if match["top"] else match["rest"], True, False)
    return replace(found, form="most", by=by, firm=True) if found else None


def _extreme(plain: str) -> Tally | None:
    match = count_patterns.EXTREME.fullmatch(plain)
    if match is None:
        return None
    age = (match["age"] or match["old"] or match["bare"]).lower()
    found = (
        Tally("papers", those=True)
        if match["bare"]
        else _about(match["rest"] or match["left"] or "", True, False)
    )
    return (
        replace(
            found,
            form="oldest" if age in ("oldest", "earliest") else "newest",
            by="year",
            firm=True,
        )
        if found
        else None
    )


def _without(pattern: re.Pattern[str], text: str) -> tuple[str, bool]:
    match = pattern.search(text)
    return (
        (" ".join(f"{text[: match.start()]} {text[match.end() :]}".split()).lstrip(", "), True)
        if match
        else (text, False)
    )


def _by(match: re.Match[str]) -> By:
    word = match["each"] or match["by"]
    return count_patterns.GROUPS[word.lower()] if word else "year"


def _without_tail(text: str) -> str:
    """Return `text` without what only asks at its end: "… are there", "… do you have"."""
    return re.sub(rf"\s+(?:(?:are|is) (?:there|here)|do you have|(?:have been|were|are) published|(?:are )?in {count_patterns.CORPUS}|does {count_patterns.CORPUS} (?:have|hold|contain)|in total)$",
                  "", text, flags=re.IGNORECASE)  # fmt: skip
