"""Questions that count papers ("how many papers about video per year?"), read by rules over their wording alone.

The whole question must be one: an ordinary question taken for a count is worse than a count that is missed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

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


_GROUPS: dict[str, By] = {"year": "year", "venue": "venue", "conference": "venue", "journal": "venue", "author": "author"}
_GROUP = rf"(?:{'|'.join(_GROUPS)})"
_LEAD = re.compile(
    r"^(?:(?:and|ok|okay|so|but|also|then|now|please|well|great|thanks|what about|how about)\b[,.]?\s*|"
    r"(?:can|could|would) you (?:please )?(?:tell me|count|say|show(?: me)?)\s+|(?:tell|show|give) me\s+|do you know\s+)+",
    re.IGNORECASE,
)
_BY = re.compile(
    rf"(?:^|(?<=\s))(?:(?:grouped|split|broken down|counted|sorted)\s+)?(?:(?:per|(?:(?:for|in|at|from|of|by)\s+)?(?:each|every))\s+"
    rf"(?:single |publication )?(?P<each>{_GROUP})|by\s+(?P<by>{_GROUP})s?|(?:a|over the) (?P<years>years?)|over (?P<time>time))"
    rf"(?=$|[\s,]*(?:$|[,:]|how many\b|since$))",
    re.IGNORECASE,
)
_THOSE = re.compile(
    r"(?:^|(?<=\s))(?:of|among|in|from)\s+(?:all )?(?:those|these|them)\b(?:\s+(?:papers|ones|results|works|studies))?\s*,?"
    r"|(?<=how many )(?:those|these)(?= papers\b)|(?<=are )(?:those|these|they)(?= from\b)",
    re.IGNORECASE,
)
_SURE, _LOOSE = r"papers|publications", r"works|studies|articles|abstracts"
_CORPUS = r"(?:the|this|your) (?:whole )?(?:corpus|collection|library|database|index|archive|repository)"
# What may stand around the papers and asks for nothing more; `_ANCHOR` are those of it that only this corpus can be meant by.
_FILL = re.compile(
    rf"(?:(?:are|is|were|was|have|has|had|been|did|does|do|there|you|we|i|got|exist|written|wrote|write|published|publish|released|"
    rf"appear(?:ed)?|presented|accepted|authored|author|included?|indexed|stored|total|altogether|overall|here|now|all|know|"
    rf"contain|hold|cover(?:ed)?|represented|come|span|that|(?:in|does|of) {_CORPUS}|{_CORPUS}|in (?:total|all|here)|the papers)\b\s*)*",
    re.IGNORECASE,
)
_ANCHOR = re.compile(rf"\b(?:there|you|here|{_CORPUS})\b", re.IGNORECASE)
_LEFT = re.compile(r"\s*\b(?:from|in|of|at|by|on|published|since|and)\s*$", re.IGNORECASE)
_ABOUT = (
    r"about|on|regarding|concerning|dealing with|deals? with|related to|relate to|focus(?:ed|ing)? on|addressing|address|covering|"
    r"using|uses?|study|studying|mention(?:ing)?|discuss(?:ing)?|consider|propos(?:e|ing)|introduc(?:e|ing)|releas(?:e|ing)|"
    r"work(?:ing)? (?:on|with)|investigat(?:e|ing)|explor(?:e|ing)|appl(?:y|ying)|evaluat(?:e|ing)(?: on)?|pre-?train(?:ing)? on|"
    r"need|requir(?:e|ing)|involv(?:e|ing)|tackl(?:e|ing)"
)
_LOOSELY = r"for|in|with|without"
_TOPIC = re.compile(
    rf"(?:(?:(?:that|which|who)\s+)?(?:are\s+|were\s+|is\s+)?(?P<how>{_ABOUT}|{_LOOSELY})\s+(?P<what>.+))", re.IGNORECASE
)
_RELATIVE = re.compile(r"(?:that|which) (?!are\b|were\b|have been\b)[a-z]+ .+", re.IGNORECASE)
_NOT_A_TOPIC = re.compile(
    r"\b(?:it|its|they|their|them|he|she|his|her|did|does|was|were|had|has|used (?:to|by|for|in)|how|what|which|who|when|where|why)\b"
    r"|[?;:]|\b(?:this|that) (?:paper|method|model|approach|work|system|study|data ?set)\b",
    re.IGNORECASE,
)
_BY_NAME = re.compile(r"(?:by|from)\s+(?P<author>[^\W\d_a-z][^\s,]*(?:\s+[^\s,]+){0,3})")
_AT_NAME = re.compile(r"(?:at|published in|appeared in)\s+(?P<venue>[^\s,]+(?:\s+\d{4})?)", re.IGNORECASE)
_NUMBER = r"(?:how many|(?:what(?:'s| is| was)\s+)?(?:the\s+)?(?:total\s+|overall\s+)?(?:number|count) of|count)"
_HOW_MANY = re.compile(
    rf"(?:{_NUMBER}\s+)?(?:(?:of\s+)?(?:the|all)\s+)*(?:\d+\s+)?(?P<kind>(?:[\w-]+\s+){{0,4}}?)(?P<noun>{_SURE}|{_LOOSE})\b\s*(?P<rest>.*)",
    re.IGNORECASE,
)
_HOW_MANY_OF = re.compile(rf"{_NUMBER}\b\s*(?P<rest>.*)", re.IGNORECASE)
_PAPERS = re.compile(rf"\b(?:{_SURE}|{_LOOSE})\b", re.IGNORECASE)
_PLAIN = frozenset("research scientific academic published different distinct such relevant the of all".split())
_NO_KIND = frozenset(
    "other more additional citing cited previous prior earlier its their his her those these training new how many what which "
    "labelled labeled unlabelled annotated".split()
)
_WHICH_GROUPS = re.compile(
    rf"(?P<ask>(?:(?:at |in |from )?(?:which|what)|how many|list|name|all)(?: me)?(?: all)?(?: the| different| distinct)*)\s+"
    rf"(?P<group>{_GROUP})s\b\s*(?P<rest>.*)|"
    r"(?:(?:which|what)\s+)(?:time\s+)?(?P<span>period|span|range)(?: of (?:time|years))?\b\s*(?P<left>.*)",
    re.IGNORECASE,
)
_MOST = re.compile(
    rf"(?:(?P<who>who)|(?:in |at |from )?(?:which|what) (?P<group>{_GROUP})s?)\s+(?:is|are|has|have|had|wrote|writes|published|publishes|"
    rf"authored|with|contributed|contributes|saw|accounts? for|were|was)\s+(?:the\s+)?most\s+(?:of the\s+)?(?:{_SURE}|{_LOOSE})\b\s*(?P<rest>.*)|"
    rf"(?:(?:who|what|which) (?:is|are|were)\s+|list\s+)?(?:the\s+)?(?:most (?:frequent|common|prolific|productive|published|represented)|top)"
    rf"(?:\s+\d+|\s+five|\s+ten|\s+three)?\s+(?P<top>{_GROUP})s?\b\s*(?P<left>.*)",
    re.IGNORECASE,
)
_AGE = r"(?P<age>newest|latest|most recent|oldest|earliest)"
_EXTREME = re.compile(
    rf"(?:(?:what|which)(?:'s| is| are)|which|find|name)?\s*(?:the\s+)?{_AGE}\s+(?:paper|article|publication|study)\b\s*(?P<rest>.*)|"
    rf"which\s+(?:paper|article|publication|study)\s+is\s+(?:the\s+)?{_AGE.replace('age', 'old')}\s*(?P<left>.*)|"
    rf"(?:which|what)\s*(?:one\s*|ones\s*)?(?:is|are)\s+(?:the\s+)?{_AGE.replace('age', 'bare')}(?:\s+(?:one|paper))?",
    re.IGNORECASE,
)


def parse(text: str, filtered: bool = False) -> Tally | None:
    """Return what `text`, without its filters, asks to be counted, None when it is any other question.

    `filtered` tells that years, authors or venues were taken out of it.

    >>> parse("how many papers about video are there per year?")
    Tally(form='papers', by='year', topic='about video', filters=Filters(year_from=None, year_to=None, authors=(), venues=(), \
titles=(), only=(), without=(), texts=()), those=False, firm=True)
    >>> [parse(one) for one in ("how many parameters does SimDA tune?", "how many abstracts was it trained on?")]
    [None, None]
    """
    plain, those = _without(_THOSE, bare(text))
    grouped = _BY.search(plain)
    by = _by(grouped) if grouped else None
    if grouped:
        plain = " ".join(f"{plain[: grouped.start()]} {plain[grouped.end() :]}".replace(",", " ").split())
    found = _extreme(plain) or _most(plain) or _which(plain) if by is None else None
    found = found or _papers(plain, those, filtered, by)
    if found is None:
        return None
    firm = found.firm or filtered or those or (by is not None and _PAPERS.search(plain) is not None)
    return replace(found, by=found.by or by, those=those or found.those, firm=firm)


def continued(text: str, filtered: bool = False) -> Tally | None:
    """Return what a few words that go on with a count ask for: another group ("per venue?"), filters, or topic ("about audio").

    >>> [(one.by, one.topic) for text in ("and per venue?", "what about audio?") if (one := continued(text))]
    [('venue', ''), (None, 'about audio')]
    """
    plain = bare(text)
    grouped = _BY.fullmatch(plain)
    if grouped:
        return Tally("papers", _by(grouped))
    rest = _LEFT.sub("", plain).strip() if filtered else plain
    if filtered and not rest:
        return Tally("papers")
    if match := re.fullmatch(r"(?:about|on|for|in|with)\s+(.+)", rest, re.IGNORECASE):
        rest = match[1]
    elif not re.match(r"(?:and\s+)?(?:what|how) about\b", " ".join(text.split()), re.IGNORECASE):
        return None
    return None if _NOT_A_TOPIC.search(rest) or len(rest.split()) > 6 or not rest else Tally("papers", topic=f"about {rest}")


def bare(text: str) -> str:
    """Return a question without its courtesies and its question mark."""
    plain = _LEAD.sub("", " ".join(text.split()))
    return re.sub(r"[\s,]*(?:please|thanks|thank you)?[\s?.!]*$", "", plain, flags=re.IGNORECASE)


def _papers(plain: str, those: bool, filtered: bool, by: By | None) -> Tally | None:
    if not plain or plain.lower() in ("how many", "how many are there", "count"):
        return Tally("papers", those=those, firm=False) if by or plain else None
    match = _HOW_MANY.fullmatch(plain)
    if match and not (by or plain.lower().startswith(("how many", "what", "the ", "number", "count", "total"))):
        return None  # "papers about video" lists them
    if match is None:
        of = _HOW_MANY_OF.fullmatch(plain)
        # "how many are from 2022?" goes on with what was counted or listed.
        return replace(found, those=True) if of and those and (found := _about(of["rest"], True, filtered)) else None
    sure = re.fullmatch(_SURE, match["noun"], re.IGNORECASE) is not None
    kind = [word for word in match["kind"].split() if word.lower() not in _PLAIN]
    found = _about(match["rest"], sure, filtered)
    if found is None or not kind:
        return found
    if not sure or found.topic or any(word.lower() in _NO_KIND for word in kind):
        return None
    return replace(found, topic=f"about {' '.join(kind)}", firm=True)


def _about(rest: str, sure: bool, filtered: bool) -> Tally | None:
    """Read what follows the papers: nothing much, a topic, an author or a venue; None when it is anything else."""
    rest = _LEFT.sub("", rest).strip() if filtered else rest.strip()
    filled = _FILL.match(rest)
    inside, left = (rest[: filled.end()], rest[filled.end() :].strip()) if filled else ("", rest)
    if not left:
        return Tally("papers", firm=bool(_ANCHOR.search(inside)) and (sure or not re.search(_CORPUS, inside, re.IGNORECASE)))
    if match := _BY_NAME.fullmatch(left):
        return Tally("papers", filters=Filters(authors=(match["author"],)))
    if match := _AT_NAME.fullmatch(left) or _AT_NAME.fullmatch(re.sub(r"^(?:(?:are|were|have|been)\s+)+", "", rest)):
        return Tally("papers", filters=Filters(venues=(match["venue"],)))
    topic = _topic(left if not re.search(r"\b(?:that|which)\s*$", inside, re.IGNORECASE) else f"that {left}", sure)
    return Tally("papers", topic=topic) if topic else None


def _topic(text: str, sure: bool) -> str:
    """Return a topic as it follows "papers", "" where `text` is none."""
    text = re.sub(rf"\s+(?:(?:are|is) (?:there|here)|do you have|(?:have been|were|are) published|(?:are )?in {_CORPUS}|does {_CORPUS} (?:have|hold|contain)|in total)$",
                  "", text, flags=re.IGNORECASE)  # fmt: skip
    match = _TOPIC.fullmatch(text)
    if match and not _NOT_A_TOPIC.search(match["what"]) and (sure or not re.fullmatch(_LOOSELY, match["how"], re.IGNORECASE)):
        return f"{match['how']} {match['what']}"
    relative = _RELATIVE.fullmatch(text)
    return text if relative and not _NOT_A_TOPIC.search(text.partition(" ")[2]) else ""


def _which(plain: str) -> Tally | None:
    match = _WHICH_GROUPS.fullmatch(plain)
    if match is None:
        return None
    by: By = "year" if match["span"] else _GROUPS[match["group"].lower()]
    rest = (match["left"] if match["span"] else match["rest"]).strip()
    if not rest:
        # "which venues?" may be asked of a paper that was just talked about; "list all venues" may not.
        return Tally("groups", by) if match["ask"] and match["ask"].lower().startswith(("list", "name", "all")) else None
    found = _about(re.sub(r"\b(?:from|at|in)$", "", rest).strip(), True, False)
    return (
        replace(found, form="groups", by=by, firm=found.firm and bool(_ANCHOR.search(rest) or "papers" in rest))
        if found
        else None
    )


def _most(plain: str) -> Tally | None:
    match = _MOST.fullmatch(plain)
    if match is None:
        return None
    by: By = "author" if match["who"] else _GROUPS[(match["group"] or match["top"]).lower()]
    found = _about(match["left"] if match["top"] else match["rest"], True, False)
    return replace(found, form="most", by=by, firm=True) if found else None


def _extreme(plain: str) -> Tally | None:
    match = _EXTREME.fullmatch(plain)
    if match is None:
        return None
    age = (match["age"] or match["old"] or match["bare"]).lower()
    found = Tally("papers", those=True) if match["bare"] else _about(match["rest"] or match["left"] or "", True, False)
    return replace(found, form="oldest" if age in ("oldest", "earliest") else "newest", by="year", firm=True) if found else None


def _without(pattern: re.Pattern[str], text: str) -> tuple[str, bool]:
    match = pattern.search(text)
    return (" ".join(f"{text[: match.start()]} {text[match.end() :]}".split()).lstrip(", "), True) if match else (text, False)


def _by(match: re.Match[str]) -> By:
    word = match["each"] or match["by"]
    return _GROUPS[word.lower()] if word else "year"
