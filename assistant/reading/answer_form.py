"""A wording → the form of answer that it asks for, and how it is put. Rules over English; nothing
about any corpus.
"""

import re

from assistant.reading.expected_answer import asks_quantity
from assistant.reading.parsed_question import Form, Phrasing

_COMPARISON = re.compile(
    r"(?:^|[.?!,;:] )contrast\b|\bcontrast (?:them|it|the|these|those|what|how|both|[\w-]+ "
    r"(?:with|and|to)\b)|"
    r"\b(?:compar(?:e|es|ison)\b|differences? between|distinguish(?:es)?\b|"
    r"how (?:do|does|is|are|did) .+ differ\b|differ(?:s|ent)? from\b|(?:in|of|for|does|do) "
    r"each\b|what(?:'s| is) (?:the )?differen(?:t|ce)\b|"
    r"\brespectively\b|compared (?:with|to)\b)",
    re.IGNORECASE,
)
_VERSUS = re.compile(
    r"(?<=\s)(?:vs\.?|versus)(?=\s)|\bas opposed to\b|\bor rather\b", re.IGNORECASE
)
_SUMMARY = re.compile(
    r"\b(?:run-?down|sum(?:s|med)? (?:it |this |them |that )?up|in (?:brief|a nutshell)|"
    r"summar(?:y|ies|i[sz]e[sd]?|i[sz]ing)|overview|state of the art (?:in|on|of)|"
    r"synthesi[sz]e|outline|"
    r"literature review|tl;?dr|the gist of)\b|"
    r"\bwhat (?:is|are|'s) (?:generally |currently |already )?known (?:about|on)\b|"
    r"\bwhat (?:do|does|did|can) (?:the |these |those |all )?(?:\w+ )?(?:papers?|corpus|"
    r"literature|abstracts?|studies|"
    r"authors|research|collection)\b.* (?:say|tell|find|report|show|learn)|^(?:please "
    r")?(?:tell me about|explain|describe)\b|^what(?:'s| is) .{2,60} about\?*$|\bthe abstract of\b",
    re.IGNORECASE,
)
_THINGS = (
    r"(?:papers?|works|publications|articles|studies|projects|models|methods|approaches|"
    r"techniques|systems|datasets|"
    r"data ?sets|benchmarks|architectures|authors|groups|researchers|people|frameworks|"
    r"strategies|objectives|encoders|"
    r"libraries|metrics|corpora|surveys|adapters)"
)
_ADJECTIVE = r"(?!(?:do|does|did|is|are|was|were|has|have|had|can|the|a|an)\b)[\w-]+"
_LIST = re.compile(
    rf"\b(?:which|what) (?:of (?:these|those|the|them)\b|(?:{_ADJECTIVE} ){{0,4}}?{_THINGS}\b)|"
    rf"\b(?:find|show|list|give|name|recommend|suggest)(?: me| us)?(?: all| any| some| the| "
    rf"a few)? (?:[\w-]+ ){{0,3}}?{_THINGS}\b|"
    rf"^(?:all |any |are there |is there )?(?:any |other |another |more )*(?:{_ADJECTIVE} "
    rf"){{0,3}}?(?:papers?|works?|studies|research)"
    rf" (?:that|which|on|about|showing|using|with|where|in|for)\b|"
    r"\bwhat (?:do you|have you|else do you) (?:have|got)\b|\b(?:do you have|have you got|"
    r"got)(?: any| anything| something)\b|"
    r"\bwhat (?:\w+ )?(?:work|research|papers?) (?:exists?|is there|has been)\b|\bis "
    r"(?:any(?:one|body)|someone) (?:working|looking)\b|"
    r"^who(?:'s| is| has| else| have)?\b|\bwhat(?:'s| is| has| have)?(?: all)? (?:been |"
    r"there )?(?:done|tried|here|out there|available)\b|"
    r"\bwhat(?:'s| is) (?:there|here|in here|in there)\b|\b(?:does|do|did|has|have) "
    r"(?:any(?:one|body)|some(?:one|body)) (?:\w+ )?(?:look|work|stud|deal|"
    r"investigat|examin|explor|consider|address|use|try|tried|us|look)\w*\b|\bhow (?:do|"
    r"does|have|did) (?:people|researchers|papers|authors|others|they all)\b|"
    r"\b(?:is|are) there (?:any|some|other|another|more|an?)\b|\b(?:any|some) (?:work|"
    r"papers?|research|studies)\b|"
    r"^(?:and |ok |so )?(?:any|anything|something|everything|all)\b|\bwhat should i read\b|"
    r"\bhas (?:any(?:one|body)|someone)\b|"
    r"\bwhat (?:can|could) i read\b|^(?:and |so |ok )?how (?:can|could|should|do|would|to) "
    r"(?:i|we|one|you)\b|"
    r"[-–—,:]\s*which (?:papers?|ones?|works?)\b|\bwhat(?:'s| has| have) been (?:done|tried|"
    r"proposed)\b",
    re.IGNORECASE,
)
# "which model was best at …?" asks for one answer, not for papers.
_WHICH_BEST = re.compile(
    r"^(?:and |so |ok )?(?:which|what) (?:(?!papers?\b|works?\b|stud)[\w-]+ ){1,6}?(?:is|"
    r"was|did|does|do|works?|worked|performs?|performed|came out) "
    r"(?:the )?(?:best|better|worst|worse|most|least|highest|largest|fastest|top|ahead)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|^(?:and |ok |so |but )*(?:what|which|who|whom|whose|where|when|why|how|is|are|was|"
    r"were|do|does|did|can|could|has|have|"
    r"had|will|would|should|by how|on which|in which|under what|under which|at what|for "
    r"which|with which|from which)\b",
    re.IGNORECASE,
)

# What only says that things are compared.
COMPARES = re.compile(
    r"^.*?\b(?:compare|contrast|differences? between|comparison (?:of|between)|distinguishes)\b|"
    r"^\s*how (?:do|does|is|are|did)\b|\b(?:compares?|differs?|different)\b|\b(?:them|they)\b",
    re.IGNORECASE,
)
_PAPERS = re.compile(r"\b(?:papers?|studies|articles?|others?|else)\b", re.IGNORECASE)
_LEAD = r"\W*(?:(?:and|so|ok|but)\b\W*)*"
# "which datasets was RAFT tested on?" asks about one paper, "who uses RAFT?" for those that do.
_OF_NAMED = re.compile(
    r"\W*(?:(?:and|so|ok|but|on|in|for|with|at|from)\b\W*)*(?:which|what|how|is|are|does|do|"
    r"list|name|give)\b",
    re.IGNORECASE,
)
_OF_ALL = re.compile(rf"{_LEAD}(?:which|what) (?:ones?|are (?:they|these|those))\W*", re.IGNORECASE)
_GOES_ON = re.compile(rf"{_LEAD}(?:what|how) about\b", re.IGNORECASE)
_GREETING = re.compile(
    r"(?:(?:hi|hello|hey|thanks|thank you|good (?:morning|afternoon|evening)|help|ok|okay|"
    r"great|cool)\b[\s,.!]*"
    r"(?:there|very much|a lot)?[\s!.]*)+|(?:who|what) are you\b.*|what can (?:you|i) (?:do|"
    r"ask)\b.*|"
    r"how (?:do|can) i use (?:you|this)\b.*",
    re.IGNORECASE,
)


def read_form(wording: str) -> Form:
    """Return the form of answer that a wording asks for.

    A description without a question word ("animating a still photo") counts as a list: of the
    papers it fits.

    >>> [read_form(wording) for wording in ("Summarise work on MAE", "SLIP vs UTA")]
    ['summary', 'comparison']
    >>> [read_form(wording) for wording in ("papers on video?", "How many does SimDA tune?")]
    ['list', 'fact']
    """
    text = " ".join(wording.split())
    if _SUMMARY.search(text):
        return "summary"
    if compares(text):
        return "comparison"
    if _LIST.search(text) and not _WHICH_BEST.search(text):
        return "list"
    if _ASKS.search(text) or asks_quantity(text):
        return "fact"
    return "list"


def compares(wording: str) -> bool:
    """Tell whether things are set against each other."""
    return _COMPARISON.search(wording) is not None or _VERSUS.search(wording) is not None


def describes(wording: str) -> bool:
    """Tell whether a wording only describes something, without asking."""
    text = " ".join(wording.split())
    patterns = (_SUMMARY, _COMPARISON, _LIST, _ASKS)
    return not any(pattern.search(text) for pattern in patterns)


def is_greeting(text: str) -> bool:
    """Tell whether a text greets, thanks, or asks what the assistant is."""
    return _GREETING.fullmatch(text.strip()) is not None


def read_phrasing(wording: str, topic: str) -> Phrasing:
    """Return how a wording is put, beside its form, and whether its `topic` goes on with
    another's."""
    of_papers = _PAPERS.search(wording) is not None
    return Phrasing(
        describes=describes(wording),
        compares_openly=_COMPARISON.search(wording) is not None,
        of_papers=of_papers,
        of_named=_OF_NAMED.match(wording) is not None and not of_papers,
        of_all=_OF_ALL.fullmatch(wording) is not None,
        goes_on=_GOES_ON.match(topic) is not None,
    )
