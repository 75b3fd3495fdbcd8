"""What a question says that titles or abstracts are to have word for word ("whose abstract says
tweets", "that say “will be released”", "with BERT in the title") → filters, and the question
without it.

That is a grammar: papers, in the plural, a verb of saying, and words that are quoted, called words,
or alone in the place where a title or an abstract is said to have them.
"""

import re

from assistant.types import Filters

_NO_WORD = (
    "and|or|have|has|no|not|an?|the|any|some|anything|about|on|how|what|that|we|you|they|like"
)
_WORD = rf"(?!(?:{_NO_WORD})\b)[\w.-]*\w"
_BARE = rf"{_WORD}(?: {_WORD}){{0,4}}?"
_QUOTED = r"(?:[\"“”«][^\"“”«»]{2,80}[\"“”»]|(?<!\w)['‘](?:[^'‘’]|['’](?=\w)){2,80}['’](?!\w))"
_SAY = (
    r"(?:(?:that|which) )?(?:says?|saying|mentions?|mentioning|mentioned|contains?|containing|"
    r"includes?|including)"
)
_HAVE = rf"(?:{_SAY}|(?:(?:that|which) )?(?:uses?|using|used|have|has|having|with))"
_THE_WORDS = r"(?:(?:the|an?) )?(?:exact )?(?:words?|phrases?|terms?|expressions?|wordings?|names?)"
_OR_MORE = rf"(?P<more>(?:,? (?:or|and/or) (?:{_THE_WORDS} )?{_QUOTED}|, ?{_QUOTED})*)"
_ALIKE = (
    r"(?:,? (?:or|and) (?:(?:something|anything|words|phrases) )?"
    r"(?:similar|the like|alike)\b[^.?!]*)?"
)
_WHERE = r"(?:titles?(?: (?:or|and) abstracts?)?|abstracts?(?: (?:or|and) titles?)?)"
_END = r"(?=\s*[.?!;,]|\s*$)"
_QUOTE = re.compile(_QUOTED)
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        # "whose titles contain BERT", "whose abstract says “code will be released”"
        rf"\b(?:whose|with) (?P<of>{_WHERE}) (?:{_SAY}|has|have|uses?) (?:{_THE_WORDS} )?"
        rf"(?P<said>{_QUOTED}|{_BARE}){_OR_MORE}{_ALIKE}{_END}",
        # "with BERT in the title"
        rf"\b{_HAVE} (?:the )?(?:{_THE_WORDS} )?(?P<said>{_QUOTED}|{_BARE}){_OR_MORE} "
        r"in (?:the |its |their )?(?P<in>titles?)\b(?! or| and)",
        # "that mention WebVid in the abstract"
        rf"\b{_SAY} (?P<said>{_BARE}) in (?:the |its |their )?(?P<in>{_WHERE})\b",
        # "that say “will be released”", "with the phrase “zero-shot” in their abstracts"
        rf"\b(?:{_SAY}|{_HAVE} {_THE_WORDS}) (?:{_THE_WORDS} )?(?P<said>{_QUOTED}){_OR_MORE}"
        rf"{_ALIKE}(?: in (?:the |its |their )?(?P<in>{_WHERE})\b)?",
        rf"\b{_HAVE} (?P<said>{_QUOTED}){_OR_MORE} in (?:the |its |their )?(?P<in>{_WHERE})\b",
        # "that contain the word tweets"
        rf"\b(?:{_SAY}|(?:that )?uses?|using) the (?:words?|phrase|term|name) "
        rf"(?P<said>{_BARE}){_END}",
    )
)
_OF_PAPERS = re.compile(
    r"\b(?:papers|abstracts|titles|articles|studies|publications|works|ones|those|these|them|any|"
    r"(?:which|any|every|what) (?:paper|abstract|title|article|study))\b[^.?!;]{0,40}$",
    re.IGNORECASE,
)
_DENIED = re.compile(r"(?:\bnot|n['’]t|\bnever|\bwithout|\bor|\bcould|\bwould)\W*$", re.IGNORECASE)
_MARKS = " \"“”'‘’«»"


def take_wordings(text: str) -> tuple[str, Filters]:
    """Return `text` without the words that titles or abstracts of the papers asked for are to have,
    and the filters that this makes: of several that are quoted any.

    >>> take_wordings("which abstracts say “will be released”?")[1].words
    ('will be released',)
    >>> rest, filters = take_wordings("papers on speech whose abstract mentions wav2vec")
    >>> rest, filters.words
    ('papers on speech', ('wav2vec',))
    """
    for form in _FORMS:
        for match in form.finditer(text):
            before = text[: match.start()]
            if _DENIED.search(before) or not _OF_PAPERS.search(before):
                continue
            named = match.groupdict()
            quoted = _QUOTE.findall(named.get("more") or "")
            said = " or ".join(one.strip(_MARKS) for one in (named["said"], *quoted))
            rest = f"{before.rstrip()} {text[match.end() :].lstrip()}".strip()
            where = (named.get("of") or named.get("in") or "").lower()
            only_titles = "title" in where and "abstract" not in where
            return rest, Filters(titles=(said,)) if only_titles else Filters(words=(said,))
    return text, Filters()
