"""Which language a text is in, where that is not English (py3langid; Lui and Baldwin 2012): the
abstracts, and the rules over them, are English.
"""

import re
from functools import lru_cache
from typing import Any

from assistant.text.words import STOP_WORDS

# Of 1,574 English questions of all sets none is as likely in another language; short ones have few
# of English's small words, but no other language's either.
_SURE = 0.5
_ENGLISH = 0.25  # share of a text's words that are English's small ones
_WORD = re.compile(r"[^\W\d_]+")
_DECIMAL = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_THOUSANDS = re.compile(r"(?<=\d)[.\u202f\u00a0](?=\d{3}(?!\d))")
_ASIAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_SEAM = re.compile(rf"(?<=[A-Za-z0-9%])(?=[{_ASIAN}])|(?<=[{_ASIAN}])(?=[A-Za-z0-9])")
_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech",
    "da": "Danish", "de": "German", "el": "Greek", "es": "Spanish", "et": "Estonian",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nb": "Norwegian", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "sl": "Slovene", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili",
    "ta": "Tamil", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def foreign_language(text: str) -> str:
    """Return the language of a text by its English name, "" for English and what is not sure.

    >>> foreign_language("Welche Modelle brauchen keine Videodaten?"), foreign_language("SimDA?")
    ('German', '')
    """
    words = [word.lower() for word in _WORD.findall(text)]
    small = sum(word in STOP_WORDS for word in words)
    if not words or small >= _ENGLISH * len(words):
        return ""
    language, chance = _identifier().classify(text)
    return _NAMES.get(language, "") if chance >= _SURE else ""


def as_english(text: str) -> str:
    """Return a foreign sentence with English figures, and a space where scripts meet.

    >>> as_english("SimDA只调整1.1B参数中的24M"), as_english("Es erreicht 68,5 % auf 1.985.")
    ('SimDA 只调整 1.1B 参数中的 24M', 'Es erreicht 68.5 % auf 1985.')
    """
    return _SEAM.sub(" ", _DECIMAL.sub(".", _THOUSANDS.sub("", text)))


@lru_cache(maxsize=1)
def _identifier() -> Any:
    # It takes half a second to load, which only a text that does not look English costs.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
