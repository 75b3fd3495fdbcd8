"""Message → the word that it wants explained; a word → where a text has it."""

import re

from assistant.text.paper_names import is_name
from assistant.text.words import (
    ANY_PAPER_WORDS,
    ASKING_WORDS,
    STOP_WORDS,
    common_stem,
    fold,
    parts,
    words,
)

_QUOTES = "\"“”'‘’"
_TERM = rf"[{_QUOTES}]?\w[\w./+’'-]*(?: [\w./+’'-]+){{0,3}}?[{_QUOTES}]?"
_WORD = r"(?:the )?(?:word|term|phrase|expression|abbreviation|acronym|concept) "
_CALLED = rf"(?:{_WORD}|the )?"
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
    rf"(?: in [\w ]+?)?,? what (?:an? |{_WORD})?(?P<explained>{_TERM})"
    rf"(?: is| are| means?| stands? for){_TAIL}",
    re.IGNORECASE,
)
_WHAT_IS = re.compile(
    rf"{_LEAD}what(?:['’]s| is| are| was| were)(?: exactly)? (?:an? )?(?P<term>{_TERM}){_TAIL}",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\s+[–—-]\s+|[,;:]\s+(?:and )?(?=what\b)|\s+and (?=what\b)")
_EMPTY = STOP_WORDS | ASKING_WORDS
_RUN = re.compile(r"[^\W_]+")


def term_asked(text: str) -> tuple[str, bool]:
    """Return the term that a message wants explained, "" for none, and whether it says so in as
    many words.

    >>> term_asked("hm. What does AUROC mean?"), term_asked("what is masking, in short words?")
    (('AUROC', True), ('masking', False))
    >>> term_asked('What do they mean by "convex hull" there? I am no mathematician.')
    ('convex hull', True)
    >>> term_asked("what does 1-shot mean there, one image per class?")
    ('1-shot', True)
    >>> term_asked("what is masking, and how large is it?")
    ('', False)
    >>> term_asked('Thanks. But what "Temporal Dysmorphia" means?')
    ('Temporal Dysmorphia', True)
    >>> term_asked("Explain to a layman what an adapter is"), term_asked("what is new in speech?")
    (('adapter', True), ('', False))
    >>> term_asked("what does this mean for hospitals?"), term_asked("what are the results?")
    (('', False), ('', False))
    >>> term_asked("tell me what the main idea is"), term_asked("what are good speech models?")
    (('', False), ('', False))
    """
    for sentence in reversed(_SENTENCES.split(text)):
        before = sentence.partition(",")[0]  # "what does 1-shot mean, one image per class?"
        if outright := _MEANING.fullmatch(sentence) or _MEANING.fullmatch(before):
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
    """Tell whether words name a thing: none is of any sentence, and the last, or the only one, is
    not of any paper.
    """
    said = words(text)
    if len(said) == 1 and is_name(text):
        return True
    plain = all(word == "of" or word not in _EMPTY for word in said)
    return plain and said[-1:] != [] and said[-1] not in ANY_PAPER_WORDS


def mentions_of(term: str, text: str) -> list[tuple[int, int]]:
    """Return where a text has a term, in this or another form: start and end of each place.

    >>> mentions_of("prompt tunings", "Prompt-tuning …"), mentions_of("tokenisers", "a tokenizer")
    ([(0, 13)], [(2, 11)])
    """
    wanted = common_stem(term)
    runs = list(_RUN.finditer(text))
    longest = len(parts(fold(term))) + 1
    places: list[tuple[int, int]] = []
    for first, start in enumerate(runs):
        for last in runs[first : first + longest]:
            if common_stem(text[start.start() : last.end()]) == wanted:
                places.append((start.start(), last.end()))
                break
    return places
