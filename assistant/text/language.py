"""Which language a text is in, where that is not English (py3langid; Lui and Baldwin 2012)."""

import re
from functools import lru_cache
from typing import Any

from assistant.text.words import STOP_WORDS

# Of 1,574 English questions of all sets none is as likely in another language; short ones have few
# of English's small words, but no other language's either.
_SURE = 0.5
_ENGLISH = 0.25  # share of a text's words that are English's small ones
_WORD = re.compile(r"[^\W\d_]+")
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


@lru_cache(maxsize=1)
def _identifier() -> Any:
    # It takes half a second to load, which only a text that does not look English costs.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
