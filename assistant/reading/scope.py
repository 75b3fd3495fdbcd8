"""Of which papers a message says that it is asked: the whole collection, a list that was shown
before, papers newer than those spoken of, or older or newer than one that it names.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from assistant.reading.learned.network import Tagged
from assistant.reading.question import asks_whether
from assistant.retrieval.bibliography import Bibliography, Side
from assistant.text.paper_names import INTRODUCED, Mention
from assistant.text.words import read_number, words
from assistant.types import Filters, Paper

_ADD = r"(?:add|include|insert|restore|bring|put|forgot|missed|left out)"
_DROP = r"(?:drop|remove|delete|omit|exclude|skip|without|leave|take)"
_ADDS = re.compile(
    r"(?:^|[.,;!?] |\b(?:please|and|then|but|also|(?:can|could|would) you(?: please)?) )"
    r"(?:add|include|insert|restore|bring back|put (?:it |that |them )?(?:back|on|in))\b"
    r"|\bput (?:[\w:-]+ ){1,6}(?:back|on)\b|\b(?:you|u|i) (?:\w+ )?(?:forgot|missed|left out)\b",
    re.IGNORECASE,
)
_WHY_NOT = re.compile(
    r"\W*(?:(?:and|but|so) )?why (?:(?:did|do|have) you (?:left? out|leave|omit|skip|drop|"
    r"not (?:list|include|show|mention))|(?:did|do)n['’]?t you (?:list|include|show|mention))\b",
    re.IGNORECASE,
)
_ASKS_HOW = re.compile(r"\b(?:what|how)\b", re.IGNORECASE)
# What asks, or wants less, puts nothing on a list.
_ADDS_NOTHING = re.compile(
    r"^\W*(?:which|what|who|how|why|does|do|did|is|are)\b|\b(?:only|just|what|how|why|says?)\b",
    re.IGNORECASE,
)
_EDITS = re.compile(rf"\b(?:(?P<add>{_ADD})|(?P<drop>{_DROP}))\b", re.IGNORECASE)
_ORDERS = r"\W*(?:(?:and|please|now|then)\W+)*"
_ORDERS_DROP = re.compile(rf"{_ORDERS}{_DROP}\b", re.IGNORECASE)
_ORDERS_EDIT = re.compile(rf"{_ORDERS}(?:{_ADD}|{_DROP})\b", re.IGNORECASE)
# "Why is it there? Throw it out."
_DROPS_IT = re.compile(
    r"\b(?:(?:drop|remove|delete) (?:it|that)|(?:throw|take|leave) (?:it|that) (?:out|off|away))\b",
    re.IGNORECASE,
)
_NEAR_BY = 60  # characters
_COUNTS_OR_DOUBTS = re.compile(
    r"\b(?:sure|right|correct|true|most|common|how many|count|number)\b", re.IGNORECASE
)
_FIELD = r"(?:the |their |its )?(?:authors?|venues?|years?|titles?|conferences?|journals?)"
_FIELDS = re.compile(rf"\b{_FIELD}(?:(?:,| and|, and| \+| &) |/){_FIELD}\b", re.IGNORECASE)
_FORGOT = re.compile(
    r"(?:(?:but|and|hm|no|sorry)[,.]? )?(?:you|u) (?:have |just )?"
    r"(?:forgot|missed|skipped|left out)(?: about| to (?:tell|give|show)(?: me)?)? "
    r"(?=(?:the |their |its )?(?:authors?|years?|venues?|dates?|titles?|references?|numbers?|"
    r"links?|licen[cs]e|code|data|results?|who|when|where|how|what(?! (?:i|we)\b))\b)",
    re.IGNORECASE,
)
_GOES_ON_AFTER = re.compile(r"[.!?]\s+\S")
_HOLDINGS = r"(?:collection|corpus|library|database|catalogue|catalog|archive|holdings)"
_WHOLE = re.compile(
    r"\b(?:in|of|from|across|over|throughout) "
    rf"(?:(?:the|your|our|this) (?:collection|holdings)|(?:your|our) {_HOLDINGS})\b"
    rf"|\b(?:whole|entire|full) {_HOLDINGS}\b"
    r"|\b(?:among|of) all (?:of )?(?:the|your) papers\b"
    r"|\ball (?:of )?(?:his|her|[\w-]+['’]s?) (?:papers|works|publications)\b"
    r"|\bwhatever the (?:subject|topic|year)\b|\b(?:you|we) (?:have|hold)(?=\W*$|,)",
    re.IGNORECASE,
)
_IN_COLLECTION = re.compile(
    rf"\b(?:in|of|from|across) (?:the|your|our|this)(?: (?:whole|entire|full))? {_HOLDINGS}\b",
    re.IGNORECASE,
)
_GOING_ON = frozenset("ok okay so and now then what about how please thanks over".split())
_WHETHER_ANY = re.compile(
    r"\b(?:do (?:we|you)(?: \w+)? (?:have|hold|own)|have (?:we|you) got)"
    r"(?: also| perhaps)? (?:any|anything|something|some|papers)\b"
    r"|^(?:and |so )?what (?:else )?(?:do (?:we|you) (?:have|hold|own)|have (?:we|you) got)\b",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\b(?:the|that|this|your|my) (?:very )?"
    r"(?:(?P<first>first|original|initial)|(?P<longest>whole|full|entire|complete|long(?:er|est)?)"
    r"|(?P<before>previous|earlier|old|other))? ?list\b(?![-\w]| of\b)"
    r"(?P<from> (?:from )?(?:before|earlier))?",
    re.IGNORECASE,
)
_JOINS = re.compile(
    r"\b(?:put|join|merge|combine|unite)\b[^.?!]{0,80}?\b(?:together|in(?:to)? one|with|and)\b"
    r"[^.?!]{0,80}?\blists?\b",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r" (?:instead of|rather than) [\w-]+(?: [\w-]+){0,2}(?=[,.?!]|$)", re.IGNORECASE
)
_GOES_ON = re.compile(
    r"(?:and|but|now|no|okay|ok|so|then)?[, ]*(?:(?:do )?the same|same|what about|how about)\b",
    re.IGNORECASE,
)
_DISCUSSED = re.compile(
    r"\b(?:papers|ones|works|studies|all|everything) (?:that |which )?"
    r"(?:we|i|you)(?:['’]ve| have)? (?:just )?(?:already )?"
    r"(?:discussed|talked about|spoke(?:n)? (?:of|about)|mentioned|covered|went through)\b"
    r"|\b(?:papers|ones|works|studies|all|everything)\b[^.?!;:]{0,30}"
    r"\b(?:so far|up to now|until now|in (?:this|our|the)(?: whole)? (?:conversation|chat|talk))\b",
    re.IGNORECASE,
)
_NEWER = r"(?:newer|later|more recent|more up[ -]to[ -]date)"
_ASKS_FOR_NEWER = re.compile(
    rf"\b(?:any(?:thing|body|one)?|something|(?:is|are) there|have you(?: got)?|do you have)\b.*"
    rf"\b{_NEWER}\b(?! than\b)"
    rf"|^(?:and |but |so |ok,? )?(?:what about |how about )?{_NEWER} "
    r"(?:papers?|works?|ones|studies|research|developments?)\b(?! of (?:them|these|those)\b)"
    r"|\bwhat (?:has (?:come|been done|happened) since|came (?:after|next|later))\b",
    re.IGNORECASE,
)
# "the ones on speech", up to what is asked of them.
_THE_ONES = re.compile(
    r"\b(?:just |only )?(?:the|those) (?:ones|papers|works|studies|methods|models|approaches) "
    r"(?:(?:on|about|for|dealing with|working on) (?P<topic>\w.*?)"
    r"|(?P<clause>(?:that|which|using|with) \w.*?))"
    r"(?=,? (?:side by side|next to each other|with each other|together|please|in (?:a|one) table"
    r"|as (?:a )?tables?|by (?:their )?\w+$)|\s*(?:[:;,?.!]|$))",
    re.IGNORECASE,
)
_SO_MANY_ONES = re.compile(
    r"\b(?:the|those|these|all) (?:(?P<many>two|three|four|five|six|seven|eight|[2-9]|1\d) )?"
    r"(?P<topic>(?!(?:of|other|first|last|most|best|same|right|wrong|new(?:er|est)?|old(?:er|est)?|"
    r"(?:select|mark|tick|pick|highlight|list|mention|cit|discuss)ed|chosen|shown|"
    r"remaining|papers?|ones)\b)[\w-]+(?: (?!of\b)[\w-]+){0,3}?) "
    r"(?(many)(?:papers|ones|studies|works)|ones)\b",
    re.IGNORECASE,
)
_ORDINALS = re.compile(
    r"\b(?:first|second|third|last|top|before|after|until|since)\b", re.IGNORECASE
)
_ALIKE = re.compile(r"\b(?:same|similar(?:ly)?|alike|like (?:that|this|it)|such)\b", re.IGNORECASE)
_WORKS = r"(?:papers?|works?|stud(?:y|ies)|articles?|ones?)"
_MORE_WORKS = rf"(?:other|another|more|further) (?:[\w-]+ ){{0,4}}?{_WORKS}\b"
_OTHERS = re.compile(
    rf"^(?:(?:no|and|so|ok|okay|but|then)[,.]? )*{_MORE_WORKS}"
    r"|\b(?:which|what|any|(?:is|are) there(?: any| no)?|(?:show|give|find|list)(?: me)?(?: any)?|"
    rf"(?:do|have) (?:you|we)(?: have| got)?(?: any)?|of the) {_MORE_WORKS}"
    r"|\bany other (?:[\w-]+ ){0,4}?(?:models?|methods?|datasets?|systems?)\b"
    r"(?= in (?:the|your|this)\b| (?:here|above|over|under|with)\b|\W*$|[?.])"
    r"|\b(?:(?:any|some)(?:thing|body|one)|who|what) else\b(?! than)|\bany others\b"
    r"|\bothers (?:in (?:the|your|this)|by|on|here)\b|\bisn['’]?t there (?:any )?more\b"
    r"|\b(?:besides|apart from|aside from|other than) (?:that|those|this|these|them|it)\b",
    re.IGNORECASE,
)
_PUBLISHED = (
    r"(?:published|written|released|appeared|appearing|(?:came|come)(?: out)?|done|anything|"
    r"something|papers?|works?|studies|ones|research)"
)
# Before a paper's name: "published after", "newer than the".
_AFTER = re.compile(
    rf"\b(?:(?P<verb>{_PUBLISHED}) (?:after|since)|(?:newer|later|more recent) than)"
    r"(?: the)?\s*$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"\b(?:(?P<verb>{_PUBLISHED}) (?:before|prior to)|(?:older|earlier) than)(?: the)?\s*$",
    re.IGNORECASE,
)
_DATES = re.compile(r"\b(?:after|since|before|prior to|than)\b", re.IGNORECASE)
_NOT_BEFORE = re.compile(r"\b(?:not|no|n['’]t)\s*$", re.IGNORECASE)
_CAME_OUT = re.compile(
    r"^(?:\s+paper\b)?"
    r"(?:\s+(?:came out|has come out|appeared|(?:was|had been) (?:published|released)))?",
    re.IGNORECASE,
)


Which = Literal["first", "longest", "before", "last"]


def asks_of_collection(text: str) -> bool:
    """Tell whether a message says that it is asked of the whole collection.

    >>> [asks_of_collection(text) for text in ("who else in the collection?", "of the first one")]
    [True, False]
    """
    return _WHOLE.search(text) is not None


def without_collection(text: str) -> str:
    """Return `text` without the words for the collection that it is asked of.

    >>> without_collection("list all papers in the whole collection, please")
    'list all papers , please'
    """
    return _IN_COLLECTION.sub("", text)


def says_only_collection(text: str) -> bool:
    """Tell whether a message says no more than that it is asked of the whole collection.

    >>> says_only_collection("ok, and in the whole collection?")
    True
    >>> says_only_collection("what is in the collection?")
    False
    """
    rest = {*words(without_collection(text))}
    return asks_of_collection(text) and rest <= _GOING_ON


def asks_whether_any(text: str) -> bool:
    """Tell whether a message asks whether there is anything in the collection.

    >>> asks_whether_any("do we have anything on music?"), asks_whether_any("do you have it?")
    (True, False)
    """
    return _WHETHER_ANY.search(text) is not None


def take_forgotten(text: str) -> str:
    """Return what a message says was forgotten, of records and the like, as what it asks for.

    >>> take_forgotten("you forgot the authors"), take_forgotten("you forgot SimDA")
    ('the authors', 'you forgot SimDA')
    >>> take_forgotten("you skipped who made it"), take_forgotten("you forgot what I asked")
    ('who made it', 'you forgot what I asked')
    >>> take_forgotten("You forgot the data. Where is it?")
    'You forgot the data. Where is it?'
    """
    match = _FORGOT.match(text)
    return text[match.end() :] if match and not _GOES_ON_AFTER.search(text) else text


def take_instead(text: str) -> str:
    """Return a message that goes on with a question without what it puts something in place of.

    >>> take_instead("the same but ICCV instead of CVPR.")
    'the same but ICCV.'
    >>> take_instead("which train from scratch instead of fine-tuning?")
    'which train from scratch instead of fine-tuning?'
    """
    return _INSTEAD.sub("", text) if _GOES_ON.match(text) else text


def asks_of_discussed(text: str) -> bool:
    """Tell whether a message is about all papers that were spoken of.

    >>> asks_of_discussed("references for all the papers we've discussed so far, please")
    True
    """
    return _DISCUSSED.search(text) is not None


def list_named(text: str) -> Which | None:
    """Return which of the lists shown before a message speaks of, None for none.

    >>> list_named("sort the first list by year"), list_named("in the whole list from before")
    ('first', 'longest')
    >>> list_named("that list, please"), list_named("list the first two")
    ('last', None)
    """
    match = _LIST.search(text)
    if match is None:
        return None
    if match["first"] or match["longest"]:
        return "first" if match["first"] else "longest"
    return "before" if match["before"] or match["from"] else "last"


def without_list(text: str) -> str:
    """Return a message without the list that it speaks of.

    >>> without_list("what did the first two on your first list find?")
    'what did the first two on  find?'
    """
    return _LIST.sub("", text)


def choose_list(which: Which, lists: Sequence[Sequence[Paper]]) -> Sequence[Paper]:
    """Return the list that is spoken of, of those of several papers, the newest first."""
    if which == "first":
        return lists[-1]
    if which == "longest":
        return max(lists, key=len)
    return lists[min(int(which == "before"), len(lists) - 1)]


def adds_to_list(text: str) -> bool:
    """Tell whether a message wants something put on a list.

    >>> adds_to_list("please add SimDA to that list"), adds_to_list("what does it add to BERT?")
    (True, False)
    >>> adds_to_list("why did you leave out BEiT?"), adds_to_list("why did they leave out images?")
    (True, False)
    """
    adds = _ADDS.search(text) and not _ADDS_NOTHING.search(text)
    return bool(adds or _WHY_NOT.match(text))


def asks_how(text: str) -> bool:
    """Tell whether a message asks what is so, or how.

    >>> asks_how("you left out how OPT was trained"), asks_how("why isn't OPT on it?")
    (True, False)
    """
    return _ASKS_HOW.search(text) is not None


def edits_list(text: str) -> bool:
    """Tell whether a message puts something on a list or takes it off.

    >>> edits_list("put them back"), edits_list("what does OPT add?")
    (True, False)
    """
    return _ORDERS_EDIT.match(text) is not None


def drops_from_list(text: str) -> bool:
    """Tell whether a message begins with taking something off a list.

    >>> drops_from_list("please remove the last"), drops_from_list("add the last")
    (True, False)
    """
    return _ORDERS_DROP.match(text) is not None


def is_dropped(text: str, at: int) -> bool:
    """Tell whether a message that edits a list takes off it what stands `at` a place.

    >>> text = "add OPT but remove SimDA"
    >>> is_dropped(text, text.index("OPT")), is_dropped(text, text.index("SimDA"))
    (False, True)
    >>> text = "why is OPT there? Throw it out."
    >>> is_dropped(text, text.index("OPT"))
    True
    """
    verbs = [match for match in _EDITS.finditer(text) if match.start() < at]
    later = _DROPS_IT.search(text, at, at + _NEAR_BY)
    return bool(later or (verbs and verbs[-1]["drop"]))


def joins_lists(text: str) -> bool:
    """Tell whether a message wants two lists as one.

    >>> joins_lists("put these together with the first list"), joins_lists("sort the first list")
    (True, False)
    """
    return _JOINS.search(text) is not None


def asks_fields(text: str) -> bool:
    """Tell whether a message asks for two fields of papers' records at least.

    >>> asks_fields("only authors, year and venue"), asks_fields("which year had most authors?")
    (True, False)
    """
    return _FIELDS.search(text) is not None and not _COUNTS_OR_DOUBTS.search(text)


def asks_for_newer(text: str) -> bool:
    """Tell whether a message asks for papers that are newer than those spoken of.

    >>> [asks_for_newer(text) for text in ("anything newer?", "later papers on this?")]
    [True, True]
    >>> [asks_for_newer(text) for text in ("which is newer?", "anything newer than 2021?")]
    [False, False]
    """
    return _ASKS_FOR_NEWER.search(text) is not None


def take_choice(text: str) -> tuple[str, str, int]:
    """Return a message about several papers with "them" in the place of "the ones on X", what
    chooses them, "" where nothing does, and how many they are, 0 where it does not say.

    >>> take_choice("put the ones on speech side by side: data")
    ('put them side by side: data', 'speech', 0)
    >>> take_choice("compare the four chest X-ray papers"), take_choice("the satellite ones")
    (('compare them', 'chest X-ray', 4), ('them', 'satellite', 0))
    >>> take_choice("compare the ones that use audio"), take_choice("compare the first two")
    (('compare them', 'that use audio', 0), ('compare the first two', '', 0))
    """
    match = _THE_ONES.search(text) or _SO_MANY_ONES.search(text)
    said = match.groupdict() if match else {}
    what = said.get("topic") or said.get("clause") or ""
    if match is None or not _tells_more(what):
        return text, "", 0
    many = read_number(said.get("many") or "0")
    return f"{text[: match.start()]}them{text[match.end() :]}", what, many


def _tells_more(words: str) -> bool:
    """Tell whether some words say more than a year or a place in a list."""
    return re.search(r"[^\W\d_]{3}", _ORDINALS.sub("", words)) is not None


def asks_alike(text: str) -> bool:
    """Tell whether a message asks for what is like what was told: "another that does the same"."""
    return _ALIKE.search(text) is not None


def asks_for_others(text: str) -> bool:
    """Tell whether a message asks for other papers than those spoken of.

    >>> [asks_for_others(text) for text in ("anything else on music?", "which other papers edit?")]
    [True, True]
    >>> asks_for_others("any other speech models here?")
    True
    >>> [asks_for_others(text) for text in ("what does the other one do?", "and other languages?")]
    [False, False]
    """
    return _OTHERS.search(text) is not None


def may_date(text: str) -> bool:
    """Tell whether a message may date papers by another."""
    return _DATES.search(text) is not None


def put_years(
    text: str, mentions: Sequence[Mention], papers: Sequence[Paper], bibliography: Bibliography
) -> tuple[str, Filters]:
    """Return `text` with the years of papers that it dates others by ("published after SimDA"), and
    filters that leave those out, and what of their years stands on the other side of them; `papers`
    are those of `mentions`, in their order. One that asks whether a paper is older than another
    dates none.
    """
    left_out: list[str] = []
    if asks_whether(text):
        return text, Filters()
    for mention, paper in reversed(list(zip(mentions, papers, strict=True))):
        before, behind = text[: mention.start], text[mention.end :]
        after, until = _AFTER.search(before), _BEFORE.search(before)
        match = after or until
        if match is None or paper.year is None or mention.strength < INTRODUCED:
            continue
        start = match.start()
        if negated := _NOT_BEFORE.search(before[:start]):
            start, after = negated.start(), None if after else match
        years = f"since {paper.year}" if after else f"until {paper.year}"
        kept = f"{match['verb']} " if match["verb"] else ""
        text = f"{before[:start]}{kept}{years}{_CAME_OUT.sub('', behind, count=1)}"
        side: Side = "before" if after else "after"
        left_out += [paper.id, *bibliography.of_its_year(paper, side)]
    return text, Filters(without=tuple(left_out))


def put_bounds(filters: Filters, bounds: Filters) -> Filters:
    """Return `filters` with `bounds` in the place of those of their kinds.

    >>> put_bounds(Filters(year_from=2021, authors=("A",)), Filters(year_to=2020)).year_from is None
    True
    """
    dated = bounds.year_from is not None or bounds.year_to is not None
    return replace(
        filters,
        year_from=bounds.year_from if dated else filters.year_from,
        year_to=bounds.year_to if dated else filters.year_to,
        authors=bounds.authors or filters.authors,
        venues=bounds.venues or filters.venues,
    )


def says_only_bounds(tagged: Tagged) -> bool:
    """Tell whether a message says of papers no more than years, authors or venues."""
    others = ("topic", "side", "paper", "aspect", "lacks", "not")
    return not any(tagged.of(kind) for kind in others)
