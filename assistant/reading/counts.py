"""A tagged question → what it asks to be counted ("how many papers about video per year?").

That papers are to be counted, and which, the network says; what they are counted by is a word.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from assistant.reading.authorship import asks_who_wrote_most
from assistant.reading.learned.network import Tagged
from assistant.retrieval.filters import describe_filters
from assistant.text.sentences import sentences
from assistant.text.words import without_words, words
from assistant.types import Answer, By, Counts, Filters

CountForm = Literal["papers", "groups", "most"]

_GROUPS: dict[str, By] = {
    "year": "year", "venue": "venue", "conference": "venue", "journal": "venue", "author": "author",
}  # fmt: skip
_GROUP = "|".join(_GROUPS)
_BY = re.compile(
    rf"\b(?:per|each|every)\s+({_GROUP})\b|(?:^|\s)by\s+({_GROUP})s?\W*$|over (?:time|the years)|"
    r"\ba year\b|\b(?:growing|shrinking|rising|falling|trend)\b",
    re.IGNORECASE,
)
_MOST = re.compile(
    rf"\b(?:(?:who|which (?P<of>{_GROUP})s?)\b.*\bmost\b|"
    rf"(?:most (?:frequent|common|prolific)|top)\s+(?:\w+\s+)?(?P<top>{_GROUP})s?\b)",
    re.IGNORECASE,
)
_WITH_MOST = re.compile(
    rf"\b({_GROUP})s? (?:with|has|have|having|of) (?:the )?most (?:papers|publications)\b",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"^(?:(?:at |in |from )?(?:which|what)|how many|list|name|all)\b(?:\s+\w+){0,3}?"
    rf"\s+({_GROUP})s\b",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\b(?:papers?|publications?|stud(?:y|ies)|articles?|works|abstracts?|(?:of|are) (?:them|those|"
    r"these))\b",
    re.IGNORECASE,
)
_IN_TOTAL = re.compile(r",? (?:in (?:total|all)|altogether|overall|at all|here)\W*$", re.IGNORECASE)
_KIND = re.compile(
    r"\bhow many (?P<kind>(?:[\w-]+ ){1,4}?)(?:papers|publications|studies|articles|works)\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)
_BY_NAME = re.compile(r"\bby ([^\W\d_a-z]\S*(?: [^\W\d_a-z]\S*){0,3}?)\W*$")
# A question of nothing but these is about the whole corpus.
_BARE = frozenset(
    "how many much papers paper publications articles studies works abstracts are is there do you "
    "we have has does the a this your corpus collection library database index in of total number "
    "what s here got hold contain cover covered represented altogether all please and so count "
    "that those these them which list name at from years venues conferences journals authors "
    "different were published left remain remaining".split()
)
# From what chance on the network's word for a count is taken where the message says papers, and
# where it does not (of 6,100 messages that it was not taught on 36 lie there, all of them counts).
_DOUBTFUL, _SURE = 0.5, 0.85


@dataclass(frozen=True, slots=True)
class CountQuery:
    """What is to be counted: `papers` (by a group, if `by`), the `groups` there are, or the group
    with `most`; `topic` is what the papers are about, as it follows "papers" ("about video");
    `selected` is how many papers the reader chose to ask of, 0 for all.
    """

    form: CountForm
    by: By | None = None
    topic: str = ""
    filters: Filters = Filters()
    selected: int = 0


def state_query(query: CountQuery) -> str:
    """Return a count as a question that stands alone.

    >>> state_query(CountQuery("papers", "venue", "about video", Filters(year_from=2022)))
    'how many papers about video, from 2022 on, per venue?'
    """
    what = {
        "papers": "how many papers",
        "groups": f"which {query.by}s",
        "most": f"the {query.by} with the most papers",
    }[query.form]
    only = len(query.filters.only)
    scope = f"of the {only} papers discussed before" if only else ""
    if query.selected:
        many = query.selected > 1
        scope = f"of the {query.selected} selected papers" if many else "of the selected paper"
    parts = (
        f"{what} {query.topic}".strip(),
        describe_filters(query.filters),
        scope,
        f"per {query.by}" if query.by and query.form == "papers" else "",
    )
    return ", ".join(part for part in parts if part) + "?"


def read_count(text: str, tagged: Tagged, bounds: Filters) -> CountQuery | None:
    """Return what `text` asks to be counted under the `bounds` that it states, else None."""
    if asks_who_wrote_most(text):
        return CountQuery("most", "author", filters=bounds)
    topic = _topic_of(text, tagged)
    if query := _read_groups(text, tagged):
        return replace(query, topic=f"about {topic}" if topic else "", filters=bounds)
    by = read_group(text)
    counted = _counts(tagged) or (by and is_bare(_BY.sub(" ", text)))  # "per year?"
    of_those = tagged.refers == "set" and is_bare(text)  # "how many is that?"
    sure = tagged.forms["count"] >= _SURE  # "how many mention hospitals?"
    if not counted or not (by or of_those or sure or _NOUN.search(text)):
        return None
    if sure and not topic and (kind := _KIND.search(text)) and not is_bare(kind["kind"]):
        topic = "" if bounds else kind["kind"].strip()  # "how many medical papers are there?"
    if not bounds and (name := _BY_NAME.search(text)):
        bounds = Filters(authors=(name[1].rstrip(" ?.!"),))  # whom the corpus does not have
        topic = "" if topic in name[1] else topic
    if not (topic or bounds or by or is_bare(text)):
        return None
    return CountQuery("papers", by, f"about {topic}" if topic else "", bounds)


def read_group(text: str) -> By | None:
    """Return what papers are to be counted by, None where `text` does not say.

    >>> read_group("how many papers per conference?"), read_group("is it growing?")
    ('venue', 'year')
    """
    match = _BY.search(text)
    group = next((one for one in match.groups() if one), "year") if match else None
    return _GROUPS[group.lower()] if group else None


def is_bare(text: str) -> bool:
    """Return whether `text` names nothing but papers and the corpus."""
    return set(words(text)) <= _BARE


def go_on(before: Counts, text: str, tagged: Tagged, bounds: Filters) -> CountQuery:
    """Return the count of the last answer with what `text` puts in the place of its group, filters
    or topic.
    """
    topic = _topic_of(text, tagged)
    years = bounds if bounds.year_from or bounds.year_to else before.filters
    return CountQuery(
        "papers",
        read_group(text) or before.by,
        f"about {topic}" if topic else before.topic,
        replace(
            before.filters,
            year_from=years.year_from,
            year_to=years.year_to,
            authors=bounds.authors or before.filters.authors,
            venues=bounds.venues or before.filters.venues,
        ),
    )


def under_discussion(answer: Answer) -> tuple[str, ...]:
    """Return the ids of the papers that an answer leaves under discussion, () for all or one."""
    if answer.counts and not answer.counts.total:
        return ("",)  # none
    cited = tuple(citation.paper for citation in answer.citations)
    papers = answer.counted or (answer.table.papers if answer.table else cited)
    return tuple(paper.id for paper in papers) if len(papers) > 1 or answer.counts else ()


def _topic_of(text: str, tagged: Tagged) -> str:
    """Return what the papers to be counted are about, without what they are counted by; of several
    sentences by that which counts.
    """
    counting = next((one.text for one in sentences(text) if _HOW_MANY.search(one.text)), text)
    said = [words_ for words_ in tagged.of("topic") if not is_bare(words_)]  # "published"
    topics = [words_ for words_ in said if words_ in counting] or said
    return _IN_TOTAL.sub("", _BY.sub("", " ".join(topics)).strip())


def _counts(tagged: Tagged) -> bool:
    return tagged.form == "count" and tagged.forms["count"] >= _DOUBTFUL


def _read_groups(text: str, tagged: Tagged) -> CountQuery | None:
    if asks_who_wrote_most(without_words(text, tagged.of("topic"))):
        return CountQuery("most", "author")
    if named := _WITH_MOST.search(text):
        return CountQuery("most", _GROUPS[named[1].lower()])
    most = _MOST.search(text)
    if most and (most["top"] or _counts(tagged)):
        group = most["of"] or most["top"] or "author"
        return CountQuery("most", _GROUPS[group.lower()])
    which = _WHICH.search(text)
    if which and (is_bare(text) or _counts(tagged)):
        return CountQuery("groups", _GROUPS[which[1].lower()])
    return None
