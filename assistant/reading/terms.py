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
    without_plural,
    words,
)

_QUOTES = "\"“”'‘’"
_QUOTED = re.compile(r"[\"“]([^\"“”]{1,40})[\"”]")
_WORD = re.compile(r"[\w][\w./+’'-]*")
_SENTENCES = re.compile(
    r"(?<=[.!?])\s+|\s+[–—-]\s+|[,;:]\s+(?:and )?(?=what\b)|\s+and (?=(?:what|the word|the term)\b)"
)
# What asks for a meaning in as many words, what may, and what says nothing beside it.
_MEANS = frozenset(
    "mean means meant meaning meanings stand stands define defines definition".split()
)
_A_WORD = frozenset("word term terms phrase expression abbreviation acronym jargon".split())
_EXPLAINS = frozenset("explain explained explains what what's whats wat what’s".split())
_BESIDE = frozenset(
    "ok okay hm hmm uh um oh ah hah haha lol sorry wait now also then well thanks thank good great "
    "fine right please pls btw by way exactly actually really anyway again here there concept "
    "business thing stuff keep keeps kept naming saying using called call simple simply easy plain "
    "short everyday normal layman man child beginner someone anybody nobody me us so-called "
    "another language kind sort last one more question time abstract paper table list answer "
    "context sentence title row column words".split()
)
_WITHIN = frozenset(("of", "language"))  # what a term may hold: "masked language modeling"
_FOR = re.compile(r"\b(?:it|this|that|these|they|he|she) means? (?:for|that)\b", re.IGNORECASE)
_FOR_WHOM = re.compile(r"(?<=\bmean) for\b.*", re.IGNORECASE)
_WHAT_IS = re.compile(
    r"(?P<lead>.*?)\b(?:what|wat)(?:['’]?s| is| are| was| were)(?: exactly)? "
    r"(?:(?:an?|this|these|that) )?(?P<term>.+)",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(r"(?P<lead>.*?)\bexplain (?:(?:to )?(?:me|us) )?(?P<term>.+)", re.IGNORECASE)
_I_MEAN = re.compile(r"\b(?:i|you|we) (?:[\w'’]+ ){0,2}meant?\b", re.IGNORECASE)
_MORE = re.compile(
    r"\b(?:and|but|or) (?:what|why|how|which|who|where|does|do|did|is|are|has|have|can)\b",
    re.IGNORECASE,
)
_EXPLAINS_WHAT = re.compile(r"\bexplain\b.*\bwhat\b", re.IGNORECASE)
_POINTS = re.compile(r"\b(?:that|this|it|the word|the term)\b", re.IGNORECASE)
_IT = re.compile(r"\bit\b|\b(?:this|that)\b(?=\W*$)", re.IGNORECASE)
_MOST = 4  # words of a term
_EMPTY = STOP_WORDS | ASKING_WORDS
_RUN = re.compile(r"[^\W_]+")
_DOER = re.compile(r"[eo]rs?$")


def term_asked(text: str) -> tuple[str, bool]:
    """Return the term that a message wants explained, "" for none, and whether it says so in as
    many words: what is left of a sentence that asks for a meaning and says nothing else, or of the
    one before where it only points at that.

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
    >>> term_asked("hah, convex hull. what does that mean"), term_asked("explain me BLEU please")
    (('convex hull', True), ('BLEU', False))
    >>> term_asked("What does AGPLv3 mean for a bank?")
    ('AGPLv3', True)
    >>> term_asked("what does this mean for hospitals?"), term_asked("what are the results?")
    (('', False), ('', False))
    >>> term_asked("Transformers with a teacher. I don't mean self-distillation.")
    ('', False)
    >>> term_asked("tell me what the main idea is"), term_asked("what are good speech models?")
    (('', False), ('', False))
    """
    sentences = _SENTENCES.split(text)
    for place in reversed(range(len(sentences))):
        sentence = sentences[place]
        if _I_MEAN.search(sentence) or _FOR.search(sentence):
            continue
        whole = _FOR_WHOM.sub("", sentence)  # "what does AGPL mean for a bank?"
        clauses = [one for one in (whole, whole.partition(",")[0]) if _asks_outright(one)]
        if clauses:
            told = [one for one in sentences[:place] if not one.endswith("?")]
            pointed = told[-1:] if _POINTS.search(sentence) else []  # "BLEU. What does that mean?"
            term, quoted = next(filter(any, map(_left_of, (*clauses, *pointed))), ("", False))
        else:
            term, quoted = _asked_plainly(sentence)
        if term and (quoted or _may_be_term(term)):
            return term, bool(clauses) or quoted
    return "", False


def _asks_outright(clause: str) -> bool:
    """Tell whether a clause asks for a meaning in as many words."""
    said = {*words(clause.lower())}
    means = bool(said & _MEANS)
    a_word = bool(said & _A_WORD and said & (_EXPLAINS | _MEANS))
    return means or a_word or _EXPLAINS_WHAT.search(clause) is not None


def _asked_plainly(sentence: str) -> tuple[str, bool]:
    """Return what a sentence asks by "what is …" or "explain …", "" for nothing or anything more,
    and whether it is quoted.
    """
    asks = _WHAT_IS.match(sentence) or _EXPLAIN.match(sentence)
    if not asks or any(map(_says, asks["lead"].split())) or _MORE.search(asks["term"]):
        return "", False
    term, quoted = _left_of(asks["term"])
    return (term, quoted) if asks["term"].lstrip(_QUOTES).startswith(term) else ("", False)


def _left_of(clause: str) -> tuple[str, bool]:
    """Return what a clause says beside what asks for a meaning, "" where it is not one run of a few
    words, and whether it is quoted.
    """
    if quoted := _QUOTED.search(clause):
        rest = f"{clause[: quoted.start()]} {clause[quoted.end() :]}"
        return ("", False) if sum(map(_says, rest.split())) > 1 else (quoted[1], True)
    runs = list(_WORD.finditer(clause))
    told = [n for n, run in enumerate(runs) if _says(run[0])]
    if not told or told[-1] - told[0] >= _MOST:
        return "", False
    between = runs[told[0] : told[-1] + 1]
    term = clause[between[0].start() : between[-1].end()]
    inner = (run[0].lower() for run in between)
    if "," in term or not all(_says(word) or word in _WITHIN for word in inner):
        return "", False
    return re.sub(r"['’]s$", "", term).strip(f".{_QUOTES}"), False


def _says(word: str) -> bool:
    low = word.lower().strip(f".,;:?!{_QUOTES}")
    return low not in _EMPTY and not any(
        low in known for known in (_MEANS, _A_WORD, _EXPLAINS, _BESIDE)
    )


def _may_be_term(text: str) -> bool:
    """Tell whether words name a thing: none is of any sentence, and the only one not of any paper,
    nor the last of several, but for one thing of a kind ("test-time training").
    """
    said = words(text)
    if len(said) == 1 and is_name(text):
        return True
    plain = all(word == "of" or word not in _EMPTY for word in said)
    of_kind = any(word not in ANY_PAPER_WORDS for word in said) and not said[-1].endswith("s")
    return plain and said != [] and (of_kind or said[-1] not in ANY_PAPER_WORDS)


def term_alone(text: str) -> str:
    """Return the term that a message says beside nothing that asks ("and T2V?"), "" where it says
    more, or nothing.

    >>> term_alone("ok, and convex hull?"), term_alone("and how large is it?")
    ('convex hull', '')
    """
    term, quoted = _left_of(text)
    return term if term and (quoted or _may_be_term(term)) else ""


def _form(term: str) -> tuple[str, bool]:
    """Return what all forms of a term share, and whether it is one who does: no "token" is a
    "tokenizer".
    """
    return common_stem(without_plural(term)), _DOER.search(fold(term)) is not None


def mentions_of(term: str, text: str) -> list[tuple[int, int]]:
    """Return where a text has a term, in this or another form: start and end of each place.

    >>> mentions_of("prompt tunings", "Prompt-tuning …"), mentions_of("tokenisers", "a tokenizer")
    ([(0, 13)], [(2, 11)])
    >>> mentions_of("LLM", "models (LLMs)"), mentions_of("tokenizer", "tokens")
    ([(8, 12)], [])
    """
    wanted = _form(term)
    runs = list(_RUN.finditer(text))
    longest = len(parts(fold(term))) + 1
    places: list[tuple[int, int]] = []
    for first, start in enumerate(runs):
        for last in runs[first : first + longest]:
            if _form(text[start.start() : last.end()]) == wanted:
                places.append((start.start(), last.end()))
                break
    return places


def with_term(question: str, term: str) -> str:
    """Return a question with a term explained just before in the place of what points back at it.

    >>> with_term("and which papers use it?", "BLEU"), with_term("who wrote this paper?", "BLEU")
    ('and which papers use BLEU?', 'who wrote this paper?')
    >>> with_term("and which papers use it?", "")
    'and which papers use it?'
    """
    return _IT.sub(lambda _: term, question, count=1) if term else question
