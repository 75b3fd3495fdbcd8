"""Whether a sentence is in English, which the abstracts and the checker's rules are in. Pure."""

from __future__ import annotations

import re

_ENGLISH = frozenset(
    "the a an of and to in is are was were for with on by from that this it its as at be has have not or than which can we they their".split()
)
_OTHERS = frozenset(
    """der die das und ist nicht ein eine einer einen mit von für auf wird werden sind den dem des zu im auch als bei durch nur oder
    le la les des un une est et dans pour avec sur par que qui ne pas sont du au aux ce cette
    el los las una es en con por para que del se no son al como más su
    il lo gli della di che non per è sono nel alla
    o os as um uma é em com não são do da dos das
    de het een van en niet dat op te zijn voor met""".split()
)
_FOREIGN_SCRIPT = re.compile(r"[\u0370-\u1cff\u2c00-\ud7ff\uf900-\ufaff]")
_FEWEST = 4
_DECIMAL, _THOUSANDS = (
    re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))"),
    re.compile(r"(?<=\d)[.\u202f\u00a0](?=\d{3}(?!\d))"),
)
_ASIAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_SEAM = re.compile(rf"(?<=[A-Za-z0-9%])(?=[{_ASIAN}])|(?<=[{_ASIAN}])(?=[A-Za-z0-9])")


def as_english(text: str) -> str:
    """Return a sentence of another language with its figures as English writes them, and a space where scripts meet.

    >>> as_english("SimDA只调整1.1B参数中的24M"), as_english("Es erreicht 68,5 % auf 1.985 Bildern.")
    ('SimDA 只调整 1.1B 参数中的 24M', 'Es erreicht 68.5 % auf 1985 Bildern.')
    """
    return _SEAM.sub(" ", _DECIMAL.sub(".", _THOUSANDS.sub("", text)))


def is_foreign(text: str) -> bool:
    """Tell whether a sentence is in another language than English, as far as its script and its small words tell.

    >>> is_foreign("SimDA stimmt nur 24M von 1.1B Parametern ab."), is_foreign("它很快"), is_foreign("It tunes 24M in all.")
    (True, True, False)
    >>> is_foreign("Vision Transformer")
    False
    """
    found = re.findall(r"[^\W\d_]+", text.lower())
    script = len(_FOREIGN_SCRIPT.findall(text))
    if script * 3 > sum(len(word) for word in found):
        return True
    english = sum(word in _ENGLISH for word in found)
    other = sum(word in _OTHERS and word not in _ENGLISH for word in found)
    return len(found) >= _FEWEST and other > english
