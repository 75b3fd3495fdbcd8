"""What sort of sentence would answer a question: one with a number, a name, a finding, an address …"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.reading import answer_form
from assistant.retrieval.sentence_ranking import Sentence
from assistant.text import rhetorical_roles
from assistant.text.paper_names import is_name
from assistant.text.rhetorical_roles import Role
from assistant.text.words import fold, stem, surface_words

_NUMBER = 0.15
_NO_NUMBER = -0.1
_VALUE = 0.25
# Where the code lies answers no question but the one about it.
_ADDRESS = -0.25
_ROLE = 0.15
_BACKGROUND = -0.1
_FINDING = 0.08
_NAME = 0.1
_WHICH = re.compile(r"\b(?:which|what|whose|who|where)\b", re.IGNORECASE)
_FINDS = re.compile(
    r"\b(?:best|better|worse|more|less|wins?|won|beats?|beaten|outperform\w*|recommend\w*|prefer\w*|find|found|conclu\w+|results?|happen\w*|"
    r"effects?|gain\w*|improv\w+|help\w*|perform\w*|drop\w*|collapse\w*|how well|as good as|work\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The sort of answer that a question asks for; `words` are its stems, `aspect` the part of a paper it is after."""

    words: frozenset[str]
    aspect: Role | None
    value: re.Pattern[str] | None
    number: bool
    name: bool
    finding: bool

    def bonus(self, sentence: Sentence) -> float:
        """Return what speaks for a sentence (about -0.5…0.8) beside its words."""
        text, place, count = sentence.span.text, sentence.position, sentence.count
        role = rhetorical_roles.main_role(text, place, count)
        total = (_NUMBER if re.search(r"\d", text) else _NO_NUMBER) if self.number else 0.0
        if self.value and self.value.search(text):
            total += _VALUE
        elif (
            self.aspect != "availability"
            and rhetorical_roles.strength("availability", text, place, count) > 0
        ):
            total += _ADDRESS
        if self.aspect and not self.value:
            total += _ROLE * rhetorical_roles.strength(self.aspect, text, place, count)
        total += _BACKGROUND * (
            (place == 0 and count > 2) + (role == "problem" and self.aspect != "problem")
        )
        return (
            total
            + _FINDING * (self.finding and role == "results")
            + _NAME * (self.name and self._names_something(sentence))
        )

    def _names_something(self, sentence: Sentence) -> bool:
        """Tell whether a sentence holds a name that neither the question nor the paper's title does."""
        title = fold(sentence.paper.title)
        names = (
            word
            for n, word in enumerate(surface_words(sentence.span.text))
            if n and (is_name(word) or word[0].isupper())
        )
        return any(stem(fold(name)) not in self.words and fold(name) not in title for name in names)


def wanted(question: str, aspect: Role | None) -> Wanted:
    """Return what `question` asks for."""
    number = answer_form.asks_quantity(question)
    return Wanted(
        words=frozenset(stem(fold(word)) for word in surface_words(question)),
        aspect=aspect,
        value=answer_form.expected_value(question),
        number=number,
        name=not number and bool(_WHICH.search(question)),
        finding=bool(_FINDS.search(question)),
    )
