"""The words of a question → what it asks to be counted ("how many papers about video per year?").

The whole question must be one: an ordinary question taken for a count is worse than a count missed.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from assistant.retrieval.filters import describe_filters
from assistant.types import By, Filters

Form = Literal["papers", "groups", "most", "newest", "oldest"]

_GROUPS: dict[str, By] = {
    "year": "year",
    "venue": "venue",
    "conference": "venue",
    "journal": "venue",
    "author": "author",
}
_GROUP = rf"(?:{'|'.join(_GROUPS)})"
_PAPERS = r"(?:papers|publications)"
# These count the papers of the corpus only where a topic or a filter says so.
_LOOSE = r"(?:works|studies|articles|abstracts)"
_CORPUS = r"(?:the|this|your) (?:corpus|collection|library|database|index)"
_NUMBER = r"(?:how many|(?:what(?:'s| is)\s+)?(?:the\s+)?(?:total\s+)?number of|count)"


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_LEAD = _compile(
    r"^(?:(?:and|ok|okay|so|but|also|then|now|please|great|thanks|what about|how about)\b[,.]?\s*|"
    r"(?:can|could|would) you (?:please )?(?:tell me|count|show(?: me)?)\s+|(?:tell|show) me\s+)+"
)
_TRAIL = _compile(r"[\s,]*(?:please|thanks|thank you)?[\s?.!]*$")
_THOSE = _compile(
    r"(?:^|(?<=\s))(?:of|among|in|from)\s+(?:all )?(?:those|these|them)\b(?:\s+papers)?\s*,?"
    r"|(?<=how many )(?:those|these)(?= papers\b)|(?<=are )(?:those|these|they)(?= from\b)"
)
_BY = _compile(
    rf"(?:^|(?<=\s))(?:grouped\s+)?(?:(?:per|(?:(?:for|in|at|from|of|by)\s+)?(?:each|every))\s+"
    rf"(?P<each>{_GROUP})|by\s+(?P<by>{_GROUP})s?|over (?:time|the years)|a year)"
    r"(?=$|[\s,]*(?:$|[,:]|how many\b|since$))"
)
_HOW_MANY = _compile(
    rf"(?P<number>{_NUMBER}\s+)?(?:(?:of\s+)?(?:the|all)\s+)*(?P<kind>(?:[\w-]+\s+){{0,4}}?)"
    rf"(?P<noun>{_PAPERS}|{_LOOSE})\b\s*(?P<rest>.*)"
)
_HOW_MANY_OF = _compile(rf"{_NUMBER}\b\s*(?P<rest>.*)")
_WHICH_GROUPS = _compile(
    r"(?P<ask>(?:(?:at |in |from )?(?:which|what)|how many|list|name|all)(?: me)?"
    rf"(?: all| the| different)*)\s+(?P<group>{_GROUP})s\b\s*(?P<rest>.*)"
)
_MOST = _compile(
    rf"(?:who|(?:in |at |from )?(?:which|what) (?P<group>{_GROUP})s?)\s+(?:is|are|has|have|had|"
    rf"wrote|published|authored|with|saw|were)\s+(?:the\s+)?most\s+{_PAPERS}\b\s*(?P<rest>.*)"
)
_MOST_FREQUENT = _compile(
    r"(?:(?:who|what|which) (?:is|are)\s+)?(?:the\s+)?(?:most (?:frequent|common|prolific)|top)\s+"
    rf"(?:(?:\d+|three|five|ten)\s+)?(?P<group>{_GROUP})s?\b\s*(?P<rest>.*)"
)
_NEWEST = _compile(
    r"(?:(?:what|which|find|name)(?:'s)?\s*)?(?:(?P<noun>paper|publication|article|study|"
    r"ones?)\s+)?"
    r"(?:(?:is|are)\s+)?(?:the\s+)?(?P<age>newest|latest|most recent|oldest|earliest)"
    r"(?:\s+(?P<paper>paper|publication|article|study|one)\b)?\s*(?P<rest>.*)"
)
# What may stand around the papers and asks for nothing more.
_FILL = _compile(
    r"^(?:(?:are|is|was|were|have|has|had|been|did|does|do|there|you|we|got|written|wrote|write|"
    r"published|appear(?:ed)?|presented|total|altogether|here|contain|hold|cover(?:ed)?|"
    rf"represented|that|(?:in|does|of) {_CORPUS}|{_CORPUS}|in (?:total|all|here)|the papers)\b\s*)*"
)
_ANCHOR = _compile(rf"\b(?:there|you|here|{_CORPUS})\b")
_TAIL = _compile(
    r"\s+(?:(?:are|is) (?:there|here)|do you have|(?:have been|were|are) published|in total|"
    rf"(?:are )?in {_CORPUS}|does {_CORPUS} (?:have|hold|contain))$"
)
_DANGLING = _compile(r"\s*\b(?:from|in|of|at|by|on|published|since|and)\s*$")
_TOPIC = _compile(
    r"(?:(?:that|which)\s+)?(?:are\s+|were\s+)?(?P<how>about|on|regarding|concerning|"
    r"deal(?:s|ing)? with|"
    r"related to|(?:focus(?:ed|ing)?|work(?:ing)?) on|(?:us|stud|mention|discuss|propos|introduc|"
    r"releas|address|cover|investigat|explor|appl|requir|tackl)(?:e|es|y|ies|ying|ing)?|"
    r"evaluat(?:e|ing)(?: on)?|need|(?P<loosely>for|in|with|without))\s+(?P<what>.+)"
)
_NOT_A_TOPIC = _compile(
    r"\b(?:it|its|they|their|them|he|she|his|her|did|does|was|were|had|has|used (?:to|by|for|in)|"
    r"how|what|which|who|when|where|why|or)\b|[?;:]|"
    r"\b(?:this|that) (?:paper|method|model|approach|work|system|study|data ?set)\b"
)
# Further words of a name are capitalised too, or particles of one.
_BY_NAME = re.compile(
    r"(?:by|from)\s+(?P<author>[^\W\d_a-z][^\s,]*(?:\s+(?:(?:van|von|der|den|de|del|della|di|da|"
    r"dos|la|le|bin|al|el|ter|ten)\b|[^\W\d_a-z][^\s,]*)){0,3})"
)
_AT_NAME = _compile(r"(?:are\s+|were\s+)?(?:at|published in)\s+(?P<venue>[^\s,]+(?:\s+\d{4})?)")
_PLAIN_KINDS = frozenset("research scientific academic published different".split())
_NO_KINDS = frozenset(
    "other more additional citing cited previous its their his her those these training new how "
    "many what which labelled labeled".split()
)


@dataclass(frozen=True, slots=True)
class CountQuery:
    """What is to be counted: `papers` (by a group, if `by`), the `groups` there are, the group with
    `most`, or the newest or oldest papers.

    `topic` is what the papers are about, as it follows "papers" ("about video").
    `refers_to_previous` tells that papers under discussion are meant, `unambiguous` that nothing
    but the corpus can be.
    """

    form: Form
    by: By | None = None
    topic: str = ""
    filters: Filters = Filters()
    refers_to_previous: bool = False
    unambiguous: bool = True


def state_query(query: CountQuery) -> str:
    """Return a count as a question that stands alone.

    >>> state_query(CountQuery("papers", "venue", "about video", Filters(year_from=2022)))
    'how many papers about video, from 2022 on, per venue?'
    """
    what = {
        "papers": "how many papers",
        "groups": f"which {query.by}s",
        "most": f"the {query.by} with the most papers",
    }.get(query.form, f"the {query.form} paper")
    only = len(query.filters.only)
    parts = (
        f"{what} {query.topic}".strip(),
        describe_filters(query.filters),
        f"of the {only} papers discussed before" if only else "",
        f"per {query.by}" if query.by and query.form == "papers" else "",
    )
    return ", ".join(part for part in parts if part) + "?"


def parse_count(text: str, filtered: bool = False) -> CountQuery | None:
    """Return what `text`, without its filters, asks to be counted, None when it asks anything else.

    `filtered` tells that years, authors or venues were taken out of it.

    >>> query = parse_count("how many papers about video are there per year?")
    >>> query.form, query.by, query.topic
    ('papers', 'year', 'about video')
    >>> parse_count("how many parameters does SimDA tune?")
    """
    plain, those = _take(_THOSE, strip_courtesies(text))
    plain, grouped = _take(_BY, plain)
    by = _group(grouped) if grouped else None
    refers = those is not None
    query = None if by else _parse_most(plain) or _parse_groups(plain) or _parse_newest(plain)
    query = query or _parse_papers(plain, by, refers=refers, filtered=filtered)
    if query is None:
        return None
    papers_by = (
        by is not None and re.search(rf"\b(?:{_PAPERS}|{_LOOSE})\b", plain, re.I) is not None
    )
    return replace(
        query,
        by=query.by or by,
        refers_to_previous=refers or query.refers_to_previous,
        unambiguous=query.unambiguous or filtered or refers or papers_by,
    )


def parse_continuation(text: str, filtered: bool = False) -> CountQuery | None:
    """Return what a few words that go on with a count ask for: another group, filters, or topic.

    >>> parse_continuation("and per venue?").by, parse_continuation("what about audio?").topic
    ('venue', 'about audio')
    """
    plain = strip_courtesies(text)
    if grouped := _BY.fullmatch(plain):
        return CountQuery("papers", _group(grouped))
    rest = _DANGLING.sub("", plain).strip() if filtered else plain
    if filtered and not rest:
        return CountQuery("papers")
    if match := re.fullmatch(r"(?:about|on|for|in|with)\s+(.+)", rest, re.IGNORECASE):
        rest = match[1]
    elif not re.match(r"(?:and\s+)?(?:what|how) about\b", " ".join(text.split()), re.IGNORECASE):
        return None
    if not rest or len(rest.split()) > 6 or _NOT_A_TOPIC.search(rest):
        return None
    return CountQuery("papers", topic=f"about {rest}")


def strip_courtesies(text: str) -> str:
    """Return a question without its courtesies and its question mark."""
    return _TRAIL.sub("", _LEAD.sub("", " ".join(text.split())))


def _parse_papers(plain: str, by: By | None, *, refers: bool, filtered: bool) -> CountQuery | None:
    if plain.lower() in ("", "how many", "how many are there"):
        bare = CountQuery("papers", refers_to_previous=refers, unambiguous=False)
        return bare if by or plain else None
    match = _HOW_MANY.fullmatch(plain)
    if match is None:
        # "how many are from 2022?" goes on with what was counted or listed.
        of = _HOW_MANY_OF.fullmatch(plain)
        return _parse_scope(of["rest"], filtered=filtered) if of and refers else None
    if not by and not match["number"]:
        return None  # "papers about video" lists them
    sure = re.fullmatch(_PAPERS, match["noun"], re.IGNORECASE) is not None
    query = _parse_scope(match["rest"], sure=sure, filtered=filtered)
    kind = [word for word in match["kind"].split() if word.lower() not in _PLAIN_KINDS]
    if query is None or not kind:
        return query
    if not sure or query.topic or any(word.lower() in _NO_KINDS for word in kind):
        return None
    return replace(query, topic=f"about {' '.join(kind)}", unambiguous=True)


def _parse_most(plain: str) -> CountQuery | None:
    match = _MOST.fullmatch(plain) or _MOST_FREQUENT.fullmatch(plain)
    query = _parse_scope(match["rest"]) if match else None
    if match is None or query is None:
        return None
    by: By = _GROUPS[match["group"].lower()] if match["group"] else "author"
    return replace(query, form="most", by=by, unambiguous=True)


def _parse_groups(plain: str) -> CountQuery | None:
    match = _WHICH_GROUPS.fullmatch(plain)
    rest = _DANGLING.sub("", match["rest"]) if match else ""
    query = _parse_scope(rest) if match else None
    if match is None or query is None:
        return None
    # "which venues?" may be asked of a paper just talked about; "list all venues" may not.
    is_list = match["ask"].lower().startswith(("list", "name", "all"))
    if not rest and not is_list:
        return None
    anchored = "papers" in rest or _ANCHOR.search(rest) is not None
    unambiguous = (query.unambiguous and anchored) if rest else True
    return replace(
        query, form="groups", by=_GROUPS[match["group"].lower()], unambiguous=unambiguous
    )


def _parse_newest(plain: str) -> CountQuery | None:
    match = _NEWEST.fullmatch(plain)
    if match is None:
        return None
    form: Form = "oldest" if match["age"].lower() in ("oldest", "earliest") else "newest"
    if (match["paper"] or match["noun"] or "one").lower().startswith("one"):
        refers = CountQuery(form, "year", refers_to_previous=True)  # "which is the newest?"
        return None if match["rest"] else refers
    query = _parse_scope(match["rest"])
    return replace(query, form=form, by="year", unambiguous=True) if query else None


def _parse_scope(rest: str, *, sure: bool = True, filtered: bool = False) -> CountQuery | None:
    """Read what follows the papers: nothing much, a topic, an author or a venue; None if anything
    else.

    `sure` tells that they were called papers.
    """
    rest = (_DANGLING.sub("", rest) if filtered else rest).strip()
    left = _TAIL.sub("", _FILL.sub("", rest, count=1).strip())
    if not left:
        anchored = _ANCHOR.search(rest) and (sure or not re.search(_CORPUS, rest, re.I))
        return CountQuery("papers", unambiguous=bool(anchored))
    if match := _BY_NAME.fullmatch(left):
        return CountQuery("papers", filters=Filters(authors=(match["author"],)))
    if match := _AT_NAME.fullmatch(left) or _AT_NAME.fullmatch(rest):
        return CountQuery("papers", filters=Filters(venues=(match["venue"],)))
    match = _TOPIC.fullmatch(left)
    if match is None or _NOT_A_TOPIC.search(match["what"]) or (match["loosely"] and not sure):
        return None
    return CountQuery("papers", topic=f"{match['how']} {match['what']}")


def _take(pattern: re.Pattern[str], text: str) -> tuple[str, re.Match[str] | None]:
    """Return `text` without the first match of `pattern`, and that match."""
    match = pattern.search(text)
    if match is None:
        return text, None
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    return " ".join(rest.replace(",", " ").split()), match


def _group(match: re.Match[str]) -> By:
    word = match["each"] or match["by"]
    return _GROUPS[word.lower()] if word else "year"
