"""A question → its criteria: a topic, what is ruled out, what is denied, and the kind of
contribution asked for.
"""

import re
from dataclasses import dataclass

from assistant.reading.parsed_question import Contribution, Form

_NOT = (
    r"(?:not(?! (?:only|just|merely|simply|necessarily)\b)|excluding|except(?: for)?|other "
    r"than|rather than)"
)
_EXCLUDED = re.compile(
    # in brackets; after a comma or a dash, to the end; "papers other than … about …"
    rf"\s*\(\s*(?:but )?(?P<aside>(?:{_NOT}|no|without)\b[^()]{{2,60}})\)|"
    rf"\s*(?:[,;]|\s[–—-])\s+(?:but )?(?P<tail>{_NOT}\b[^,;()?.]{{2,60}}?)(?=\s*[?.]*$)|"
    rf"(?<=papers|.works|tudies)\s+(?P<other>(?:other than|except(?: for)?|"
    rf"excluding)\s+[^,;()?.]{{2,60}}?)(?=\s+(?:about|on|that|which|with|for|in)\b|\s*[,;?.]|$)|"
    rf"(?<=\w)\s+(?P<rather>rather than (?:on |about |a |an |the |new "
    rf")+[^,;()?.]{{2,60}}?)(?=\s*[,;?.]|$)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:not|no|without|excluding|except(?: for)?|other than|rather than)\s+(?:(?:on|about|"
    r"for|in|from|any|a|an|new|the)\s+)*",
    re.IGNORECASE,
)
_OR = re.compile(r"\s*(?:,|\bor\b|\band\b|\bnor\b)\s*", re.IGNORECASE)
_ABOUT_PAPERS = re.compile(r"\b(?:papers?|works?|studies|research|articles?)\b", re.IGNORECASE)
_ASKED: dict[Contribution, re.Pattern[str]] = {
    "data": re.compile(
        r"(?:\b(?:contribut|releas|introduc|construct|compil|publish|propos|build|creat|"
        r"collect)\w*\s+(?:(?!on\b|to\b|for\b|from\b|over\b|with\b|in\b|of\b)[\w-]+\s+){0,5}?|"
        r"(?<!on )(?<!to )(?<!for )(?<!over )(?<!across )\bnew\s+(?:(?!on\b|to\b|of\b|for\b|"
        r"in\b)[\w-]+\s+){0,3}?)"
        r"(?:data ?sets?|benchmarks?|corpora|corpus)\b",
        re.IGNORECASE,
    ),
    "tool": re.compile(
        r"\b(?:toolkits?|toolbox(?:es)?|(?:software|code|python) packages?|(?:librar(?:y|"
        r"ies))(?! of)|software tools?)\b",
        re.IGNORECASE,
    ),
    "survey": re.compile(
        r"\b(?:survey papers?|surveys\b|review (?:papers?|articles?)|literature reviews?|"
        r"overview papers?)\b",
        re.IGNORECASE,
    ),
}
_NEGATION = re.compile(
    r"\b(?:no|not|without|none|never|don't|doesn't|do not|does not|needn't|isn't|aren't|"
    r"wasn't|weren't|free of|"
    r"instead of|lack(?:s|ing)?)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:no|not|without|never|don't|doesn't|didn't|needn't|isn't|aren't|wasn't|weren't|"
    r"free of|instead of|lack(?:s|ing)?)\b(?P<rest>.*)",
    re.IGNORECASE,
)
_ON = re.compile(r"^(?:about|on|for|in)\s+")


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a question asks for: its `topic`, what is `excluded`, and the kind of contribution, if
    any.
    """

    topic: str
    excluded: tuple[str, ...] = ()
    makes: Contribution | None = None


def split_criteria(question: str, form: Form) -> Criteria:
    """Return the criteria of a question that asks for this form of answer.

    >>> split_criteria("papers with a new benchmark (not video)", "list")
    Criteria(topic='papers with a new benchmark', excluded=('video',), makes='data')
    """
    topic, excluded = question, []
    while match := _EXCLUDED.search(topic):
        if match["rather"] and not _ABOUT_PAPERS.search(topic):
            break  # what a method does rather than something else is its description
        topic = (topic[: match.start()] + topic[match.end() :]).strip()
        excluded += _OR.split(_LEAD.sub("", next(filter(None, match.groups()))).strip())
    kinds = _ASKED.items() if form in ("list", "summary") else ()
    makes = next((kind for kind, pattern in kinds if pattern.search(topic)), None)
    return Criteria(topic, tuple(filter(None, excluded)), makes)


def is_negated(text: str) -> bool:
    """Tell whether a text says what is not so ("need no video data")."""
    return _NEGATION.search(text) is not None


def read_denied(topic: str) -> str:
    """Return what papers are asked to do without, "" when the topic denies nothing.

    >>> read_denied("which need no video data?")
    'video data'
    """
    if not is_negated(topic):
        return ""
    match = _DENIED.search(topic)
    return _ON.sub("", (match["rest"] if match else topic).strip(" ?.!"))
