"""The names in a question that few papers have, and which have them."""

import re
from collections.abc import Mapping, Sequence

from assistant.index.bm25 import Concept, KeywordIndex, KeywordScores
from assistant.text.paper_names import is_name
from assistant.text.words import read_words
from assistant.types import Paper

# How many papers at most have a name that is rare: this share of all, within these bounds.
_FEW_HAVE, _SHARE_HAS, _MOST_HAVE = 4, 0.05, 200
_SHORTEST = 3
_LOOKED_AT = 10  # papers that tell how a word is written
_NO_NAMES = read_words("capitalised_words.txt")


def rare_names(
    text: str,
    concepts: Sequence[Concept],
    scores: KeywordScores,
    index: KeywordIndex,
    papers: Mapping[str, Paper],
) -> dict[str, frozenset[str]]:
    """Return the names in a question that few papers have, as of data or a tool ("who uses BYOL?"),
    with the ids of these papers; `concepts` and `scores` are the question's in `index`.
    """
    if len(text.split()) > 1 and text.isupper():
        return {}
    most = max(_FEW_HAVE, min(_SHARE_HAS * len(papers), _MOST_HAVE))
    found = {}
    for concept, numbers in zip(concepts, scores.found, strict=True):
        word = concept.surface
        if len(word) < _SHORTEST or not 0 < numbers.size <= most:  # "CT" is as often another's
            continue
        if is_name(word) and word.lower() not in _NO_NAMES:
            ids = [one for one in index.ids(numbers) if _may_name(papers[one], word)]
        elif word == word.lower():
            ids = index.ids(numbers)
            written = [_spellings(papers[one], word) for one in ids[:_LOOKED_AT]]
            ids = ids if all(map(_is_name_only, written)) else []
        else:
            continue
        if ids:
            found[word] = frozenset(ids)
    return found


def _spellings(paper: Paper, word: str) -> list[str]:
    """Return how a paper writes the words that begin as `word` does, whatever their capitals."""
    pattern = re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE)
    return [match[0] for match in pattern.finditer(f"{paper.title}. {paper.abstract}")]


def _may_name(paper: Paper, word: str) -> bool:
    """Tell whether a paper that has a word writes it as a name ("MIMIC", not "to mimic"), or only
    in another way ("WebVid10M").
    """
    written = _spellings(paper, word)
    return not written or any(map(is_name, written))


def _is_name_only(written: Sequence[str]) -> bool:
    """Tell whether a word that is typed in small letters is a name to a paper that writes it so,
    and not in capitals alone: "youcook2", but not "glue".
    """
    return bool(written) and all(is_name(one) and not one.isupper() for one in written)
