"""A question → the sort of answer it is after: a number, a name, a finding, a part of a paper, a
bibliographic record.
"""

import re

from assistant.reading.parsed_question import Expectation, Record
from assistant.text.rhetorical_roles import aspect_in
from assistant.text.words import fold, stem, surface_words

_QUANTITY = re.compile(
    r"\bhow (?:many|much|large|big|long|fast|often|far|small|accurate)\b|\bwhat (?:fraction|"
    r"percentage|percent|share|number)\b|"
    r"\b(?:accuracy|score|scores|number of|size of|auroc|auc|bleu|rouge|f1|f0\.5|m?ap|wer|"
    r"top-?1|top-?5|fvd|fid|perplexity|"
    r"improvement|gain|speed-?up|parameters|percent|percentage|rate|miou|cider|recall|precision)\b",
    re.IGNORECASE,
)
_VALUES = [
    (re.compile(asked, re.IGNORECASE), re.compile(value))
    for asked, value in (
        (
            r"\bhow long\b|\bhow many (?:hours|days|weeks|minutes)\b",
            r"\b\d[\d.,]*\s?(?:hours?|days?|weeks?|minutes?|seconds?)\b",
        ),
        (
            r"\b(?:gpus?|tpus?|hardware|machines?|accelerators?)\b",
            r"\b(?:[GT]PUs?|A100|H100|V100|RTX|T4|CS-\d|Cerebras)\b",
        ),
        (
            r"\b(?:parameters|sizes|model size|how (?:large|big))\b",
            r"\b\d[\d.,]*\s?(?:[MBTK]\b|million|billion|trillion)",
        ),
        (r"\b(?:url|link|address|website|repository|repo)\b", r"https?://"),
    )
]
_WHICH = re.compile(r"\b(?:which|what|whose|who|where)\b", re.IGNORECASE)
_FINDS = re.compile(
    r"\b(?:best|better|worse|more|less|wins?|won|beats?|beaten|outperform\w*|recommend\w*|"
    r"prefer\w*|find|found|conclu\w+|results?|happen\w*|"
    r"effects?|gain\w*|improv\w+|help\w*|perform\w*|drop\w*|collapse\w*|how well|as good as|"
    r"work\w*)\b",
    re.IGNORECASE,
)
_RECORDS: dict[Record, re.Pattern[str]] = {
    "authors": re.compile(
        r"\b(?:who (?:wrote|made|is behind|are the|published)|authors?|written by|wrote)\b",
        re.IGNORECASE,
    ),
    "year": re.compile(
        r"\b(?:when|what year|which year|how old|year|published|date)\b", re.IGNORECASE
    ),
    "venue": re.compile(r"\b(?:venue|conference|journal|appear(?:ed)?|published)\b", re.IGNORECASE),
}


def asks_quantity(question: str) -> bool:
    """Tell whether the answer is a number."""
    return _QUANTITY.search(question) is not None


def expected_value(question: str) -> re.Pattern[str] | None:
    """Return a pattern for the sort of value that is asked for (a time, a size, hardware, an
    address), if any.
    """
    return next((value for asked, value in _VALUES if asked.search(question)), None)


def read_expectation(question: str, attribute: str) -> Expectation:
    """Return the sort of answer that `question` is after; `attribute` is the question without the
    names of papers.
    """
    number = asks_quantity(question)
    return Expectation(
        words=frozenset(stem(fold(word)) for word in surface_words(question)),
        aspect=aspect_in(attribute),
        value=expected_value(question),
        number=number,
        name=not number and _WHICH.search(question) is not None,
        finding=_FINDS.search(question) is not None,
        records=tuple(name for name, pattern in _RECORDS.items() if pattern.search(attribute)),
    )
