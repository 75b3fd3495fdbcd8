"""Names among the alternatives of a question that no abstract has ("Portuguese or Polish")."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.index.bm25 import KeywordIndex
from assistant.reading.parsed_question import ParsedQuestion
from assistant.text.paper_names import is_name

_WORD = r"[^\W\d_][\w-]+"
_JOIN = r"(?:\s*,\s*(?:(?:and|or|nor)\s+)?|\s+(?:and|or|nor)\s+|/)"
_SERIES = re.compile(rf"\b{_WORD}(?:{_JOIN}{_WORD})+", re.IGNORECASE)
_SPLIT = re.compile(_JOIN, re.IGNORECASE)
# Of what is to have all, none is an alternative.
_TOGETHER = re.compile(
    r"\b(?:both|between|combin\w+|together|compar\w+|versus|vs)\b", re.IGNORECASE
)
_FORMS = ("list", "summary", "count")


def without_unheard(parsed: ParsedQuestion, keywords: KeywordIndex) -> ParsedQuestion:
    """Return a question without those of several names that no abstract has, which are then
    `unheard`: what fits the others is judged by these alone.
    """
    if parsed.form not in _FORMS or parsed.about or _TOGETHER.search(parsed.question):
        return parsed
    said = parsed.question.split()
    if 2 * sum(word[0].isupper() for word in said) > len(said):
        return parsed  # in Title Case
    series = [_SPLIT.split(found[0]) for found in _SERIES.finditer(parsed.question)]
    unheard = [item for items in series if _are_names(items) for item in _unheard(items, keywords)]
    if not unheard:
        return parsed

    def cut(text: str) -> str:
        return _SERIES.sub(lambda found: _joined(found[0], unheard), text)

    return replace(
        parsed,
        question=cut(parsed.question),
        topic=cut(parsed.topic),
        content=cut(parsed.content),
        topics=tuple(map(cut, parsed.topics)),
        unheard=tuple(dict.fromkeys(unheard)),
    )


def _are_names(items: list[str]) -> bool:
    return all(item[0].isupper() or is_name(item) for item in items)


def _unheard(items: list[str], keywords: KeywordIndex) -> list[str]:
    """Return those of several names that no abstract has, none where none is left."""
    lacking = [
        item
        for item in items
        if not (keywords.has_kin(item) or all(keywords.score(keywords.concepts(item)).frequencies))
    ]
    return lacking if len(lacking) < len(items) else []


def _joined(series: str, unheard: list[str]) -> str:
    """Return a series of words without those that are `unheard`."""
    *_, join = _SPLIT.findall(series)
    *first, last = [item for item in _SPLIT.split(series) if item not in unheard] or [series]
    return f"{', '.join(first)}{join}{last}" if first else last
