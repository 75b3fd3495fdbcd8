"""Message → the word that it wants explained; a word → where a text has it."""

import re

from assistant.text.paper_names import is_name
from assistant.text.words import ANY_PAPER_WORDS, ASKING_WORDS, STOP_WORDS, fold, parts, words

_QUOTES = "\"“”'‘’"
_TERM = rf"[{_QUOTES}]?\w[\w./+’'-]*(?: [\w./+’'-]+){{0,3}}?[{_QUOTES}]?"
_CALLED = r"(?:the )?(?:(?:word|term|phrase|expression|abbreviation|acronym|concept) )?"
_LEAD = (
    r"\W*(?:(?:ok(?:ay)?|and|but|so|hm+|uh|um|oh|ah|sorry|wait|now|also|then|well|thanks|thank you|"
    r"good|great|fine|right|please|by the way|btw|one (?:more|last)(?: thing| question)?)\b\W+)*"
)
_FOR = r"(?:me|us|(?:a|an|my|the|your) (?:\w+ ){0,2}\w+)"
_TAIL = (
    r"(?:,?(?: exactly| actually| really| anyway| again| please| pls| here| there| now| then| btw"
    r"| by the way| in (?:this|that|the) (?:abstract|paper|table|list|answer|context|sentence)"
    r"| in (?:plain|simple|short|other|easy|everyday|normal|layman['’]?s)(?: \w+){0,2}"
    rf"| (?:for|to) {_FOR}))*\W*"
)
_AUTHORS = r"(?:they|it|you|he|she|this|that|one|the \w+|these|those)"
# "What does X mean?", "what do they mean by X?", "explain to a layman what an X is".
_MEANING = re.compile(
    rf"{_LEAD}(?:what|wat) (?:does|do|did) {_CALLED}(?P<word>{_TERM})(?: here| there| actually)?"
    rf" (?:mean|stand for){_TAIL}|{_LEAD}what {_CALLED}(?P<said>{_TERM}) means?{_TAIL}"
    rf"|{_LEAD}what (?:do|does|did) {_AUTHORS} mean (?:by|with) {_CALLED}(?P<by>{_TERM}){_TAIL}"
    rf"|{_LEAD}what(?: is|['’]s| are) (?:meant by|the meaning of) {_CALLED}(?P<meant>{_TERM})"
    rf"{_TAIL}"
    rf"|{_LEAD}(?:(?:can|could) you )?(?:please )?(?:explain|tell|define)(?: (?:to )?{_FOR})??"
    rf"(?: in [\w ]+?)?,? what (?:an? |{_CALLED})(?P<explained>{_TERM})"
    rf"(?: is| are| means?| stands? for){_TAIL}",
    re.IGNORECASE,
)
_WHAT_IS = re.compile(
    rf"{_LEAD}what(?:['’]s| is| are| was| were)(?: exactly)? (?:an? )?(?P<term>{_TERM}){_TAIL}",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\s+[–—-]\s+|[,;:]\s+(?:and )?(?=what\b)|\s+and (?=what\b)")
_EMPTY = STOP_WORDS | ASKING_WORDS


def term_asked(text: str) -> tuple[str, bool]:
    """Return the term that a message wants explained, "" for none, and whether it says so in as
    many words.

    >>> term_asked("hm. What does AUROC mean?"), term_asked("what is masking, in short words?")
    (('AUROC', True), ('masking', False))
    >>> term_asked('What do they mean by "convex hull" there? I am no mathematician.')
    ('convex hull', True)
    >>> term_asked('Thanks. But what "Temporal Dysmorphia" means?')
    ('Temporal Dysmorphia', True)
    >>> term_asked("Explain to a layman what an adapter is"), term_asked("what is new in speech?")
    (('adapter', True), ('', False))
    >>> term_asked("what does this mean for hospitals?"), term_asked("what are the results?")
    (('', False), ('', False))
    """
    for sentence in reversed(_SENTENCES.split(text)):
        if outright := _MEANING.fullmatch(sentence):
            term = next(filter(None, outright.groups()))
        elif plain := _WHAT_IS.fullmatch(sentence):
            term = plain["term"]
        else:
            continue
        quoted, term = term[0] in _QUOTES, term.strip(_QUOTES)
        if quoted or _may_be_term(term):
            return term, bool(outright) or quoted
    return "", False


def _may_be_term(text: str) -> bool:
    """Tell whether words name a thing: none is of any sentence, and not all are of any paper."""
    said = words(text)
    if len(said) == 1 and is_name(text):
        return True
    plain = all(word == "of" or word not in _EMPTY for word in said)
    return plain and any(word not in _EMPTY | ANY_PAPER_WORDS for word in said)


def mentions_of(term: str) -> re.Pattern[str]:
    """Return what finds a term in a text, in singular or plural, with or without hyphens.

    >>> bool(mentions_of("prompt tunings").search("Prompt-tuning is …"))
    True
    """
    *first, last = [re.escape(part) for part in parts(fold(term))] or [re.escape(term)]
    singular = last.removesuffix("s") if len(last) > 3 else last
    whole = r"[\W_]?".join((*first, singular))
    return re.compile(rf"\b{whole}(?:e?s)?\b", re.IGNORECASE)
