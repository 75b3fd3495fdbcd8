"""Which sentences of an abstract another one needs beside it, so as not to say something else."""

import re
from collections.abc import Sequence

_OWN = r"(?:[\w-]+ )?(?:paper|work|study|research|article|survey|report|letter|note|thesis)\b"
# "This allows …", "Despite this increase, …", "Our analysis reveals that it …": of what was said.
_LEANS = re.compile(
    r"^(?:[A-Z]\w+,? )?(?:(?:in|with|by|from|through|despite|unlike|among|of|to|for|on|given|based "
    r"on|because of|due to|as|while|since|although|when) )?(?:all )?"
    rf"(?:it|they|this|these|those|such|its|their)\b(?! {_OWN})"
    r"|^(?:[\w-]+ ){1,5}that (?:it|they|this|these)\b",
    re.IGNORECASE,
)
# "In this paper, we challenge this assumption", "However, …": what was said is not all, or not so.
_TURNS = re.compile(
    r"^(?:however|but|yet|nevertheless|nonetheless|in contrast|conversely|on the contrary|contrary "
    r"to|despite (?:this|these|that|its|their))\b"
    r"|\b(?:challenge|refute|contradict|disprove|question)s? (?:this|these|that)\b",
    re.IGNORECASE,
)


def with_context(sentences: Sequence[str], position: int) -> range:
    """Return the positions of a sentence and of those that belong to it: the one before where it
    speaks of what that says ("this", "it"), and the one after that turns it round.

    >>> with_context(["BERT is slow.", "This costs.", "However, X is not.", "X wins."], 1)
    range(0, 3)
    """
    leans = position > 0 and _LEANS.search(sentences[position])
    after = position + 1
    turned = after < len(sentences) and _TURNS.search(sentences[after])
    return range(position - 1 if leans else position, after + bool(turned))
