"""English or not: all that is told of a sentence's language, since the abstracts and the rules over
them are English. Pure.
"""

import re

from assistant.text.word_lists import read_words

_ENGLISH = read_words("english_words.txt")
_OTHERS = read_words("other_languages.txt") - _ENGLISH
_FOREIGN_SCRIPT = re.compile(r"[\u0370-\u1cff\u2c00-\ud7ff\uf900-\ufaff]")
_FEWEST = 4
_DECIMAL = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_THOUSANDS = re.compile(r"(?<=\d)[.\u202f\u00a0](?=\d{3}(?!\d))")
_ASIAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_SEAM = re.compile(rf"(?<=[A-Za-z0-9%])(?=[{_ASIAN}])|(?<=[{_ASIAN}])(?=[A-Za-z0-9])")


def as_english(text: str) -> str:
    """Return a foreign sentence with English figures, and a space where scripts meet.

    >>> as_english("SimDA只调整1.1B参数中的24M"), as_english("Es erreicht 68,5 % auf 1.985.")
    ('SimDA 只调整 1.1B 参数中的 24M', 'Es erreicht 68.5 % auf 1985.')
    """
    return _SEAM.sub(" ", _DECIMAL.sub(".", _THOUSANDS.sub("", text)))


def is_foreign(text: str) -> bool:
    """Tell by script and small words whether a sentence is in another language than English.

    >>> is_foreign("SimDA stimmt nur 24M von 1.1B Parametern ab."), is_foreign("它很快")
    (True, True)
    >>> is_foreign("It tunes 24M in all."), is_foreign("Vision Transformer")
    (False, False)
    """
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(_FOREIGN_SCRIPT.findall(text)) * 3 > sum(map(len, words)):
        return True
    english = sum(word in _ENGLISH for word in words)
    return len(words) >= _FEWEST and sum(word in _OTHERS for word in words) > english
