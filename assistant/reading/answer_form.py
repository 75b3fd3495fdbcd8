"""What form of answer a question asks for. Rules over its wording only; nothing about any corpus."""

from __future__ import annotations

import re

from assistant.types import Kind

_COMPARISON = re.compile(
    r"(?:^|[.?!,;:] )contrast\b|\bcontrast (?:them|it|the|these|those|what|how|both|[\w-]+ (?:with|and|to)\b)|"
    r"\b(?:compar(?:e|es|ison)\b|differences? between|distinguish(?:es)?\b|"
    r"how (?:do|does|is|are|did) .+ differ\b|differ(?:s|ent)? from\b|(?:in|of|for|does|do) each\b|what(?:'s| is) (?:the )?differen(?:t|ce)\b|"
    r"\brespectively\b|compared (?:with|to)\b)",
    re.IGNORECASE,
)
_VERSUS = re.compile(
    r"(?<=\s)(?:vs\.?|versus)(?=\s)|\bas opposed to\b|\bor rather\b", re.IGNORECASE
)
_SUMMARY = re.compile(
    r"\b(?:run-?down|sum(?:s|med)? (?:it |this |them |that )?up|in (?:brief|a nutshell)|summar(?:y|ies|i[sz]e[sd]?|i[sz]ing)|overview|state of the art (?:in|on|of)|synthesi[sz]e|outline|"
    r"literature review|tl;?dr|the gist of)\b|"
    r"\bwhat (?:is|are|'s) (?:generally |currently |already )?known (?:about|on)\b|"
    r"\bwhat (?:do|does|did|can) (?:the |these |those |all )?(?:\w+ )?(?:papers?|corpus|literature|abstracts?|studies|"
    r"authors|research|collection)\b.* (?:say|tell|find|report|show|learn)|^(?:please )?(?:tell me about|explain|describe)\b|^what(?:'s| is) .{2,60} about\?*$|\bthe abstract of\b",
    re.IGNORECASE,
)
_THINGS = (
    r"(?:papers?|works|publications|articles|studies|projects|models|methods|approaches|techniques|systems|datasets|"
    r"data ?sets|benchmarks|architectures|authors|groups|researchers|people|frameworks|strategies|objectives|encoders|"
    r"libraries|metrics|corpora|surveys|adapters)"
)
_ADJECTIVE = r"(?!(?:do|does|did|is|are|was|were|has|have|had|can|the|a|an)\b)[\w-]+"
_LIST = re.compile(
    rf"\b(?:which|what) (?:of (?:these|those|the|them)\b|(?:{_ADJECTIVE} ){{0,4}}?{_THINGS}\b)|"
    rf"\b(?:find|show|list|give|name|recommend|suggest)(?: me| us)?(?: all| any| some| the| a few)? (?:[\w-]+ ){{0,3}}?{_THINGS}\b|"
    rf"^(?:all |any |are there |is there )?(?:any |other |another |more )*(?:{_ADJECTIVE} ){{0,3}}?(?:papers?|works?|studies|research)"
    rf" (?:that|which|on|about|showing|using|with|where|in|for)\b|"
    r"\bwhat (?:do you|have you|else do you) (?:have|got)\b|\b(?:do you have|have you got|got)(?: any| anything| something)\b|"
    r"\bwhat (?:\w+ )?(?:work|research|papers?) (?:exists?|is there|has been)\b|\bis (?:any(?:one|body)|someone) (?:working|looking)\b|"
    r"^who(?:'s| is| has| else| have)?\b|\bwhat(?:'s| is| has| have)?(?: all)? (?:been |there )?(?:done|tried|here|out there|available)\b|"
    r"\bwhat(?:'s| is) (?:there|here|in here|in there)\b|\b(?:does|do|did|has|have) (?:any(?:one|body)|some(?:one|body)) (?:\w+ )?(?:look|work|stud|deal|"
    r"investigat|examin|explor|consider|address|use|try|tried|us|look)\w*\b|\bhow (?:do|does|have|did) (?:people|researchers|papers|authors|others|they all)\b|"
    r"\b(?:is|are) there (?:any|some|other|another|more|an?)\b|\b(?:any|some) (?:work|papers?|research|studies)\b|"
    r"^(?:and |ok |so )?(?:any|anything|something|everything|all)\b|\bwhat should i read\b|\bhas (?:any(?:one|body)|someone)\b|"
    r"\bwhat (?:can|could) i read\b|^(?:and |so |ok )?how (?:can|could|should|do|would|to) (?:i|we|one|you)\b|"
    r"[-–—,:]\s*which (?:papers?|ones?|works?)\b|\bwhat(?:'s| has| have) been (?:done|tried|proposed)\b",
    re.IGNORECASE,
)
# "which model was best at …?" asks for one answer, not for papers.
_WHICH_BEST = re.compile(
    r"^(?:and |so |ok )?(?:which|what) (?:(?!papers?\b|works?\b|stud)[\w-]+ ){1,6}?(?:is|was|did|does|do|works?|worked|performs?|performed|came out) "
    r"(?:the )?(?:best|better|worst|worse|most|least|highest|largest|fastest|top|ahead)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|^(?:and |ok |so |but )*(?:what|which|who|whom|whose|where|when|why|how|is|are|was|were|do|does|did|can|could|has|have|"
    r"had|will|would|should|by how|on which|in which|under what|under which|at what|for which|with which|from which)\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\bhow (?:many|much|large|big|long|fast|often|far|small|accurate)\b|\bwhat (?:fraction|percentage|percent|share|number)\b|"
    r"\b(?:accuracy|score|scores|number of|size of|auroc|auc|bleu|rouge|f1|f0\.5|m?ap|wer|top-?1|top-?5|fvd|fid|perplexity|"
    r"improvement|gain|speed-?up|parameters|percent|percentage|rate|miou|cider|recall|precision)\b",
    re.IGNORECASE,
)
_VALUES = [
    (re.compile(asked, re.IGNORECASE), re.compile(value))
    for asked, value in (
        (
            r"\bhow long\b|\bhow many (?:hours|days|weeks|minutes)\b",
            r"\b\d[\d.,]*\s?(?:hours?|days?|weeks?|minutes?|seconds?)\b",
        ),
        (
            r"\b(?:gpus?|tpus?|hardware|machines?|accelerators?)\b",
            r"\b(?:[GT]PUs?|A100|H100|V100|RTX|T4|CS-\d|Cerebras)\b",
        ),
        (
            r"\b(?:parameters|sizes|model size|how (?:large|big))\b",
            r"\b\d[\d.,]*\s?(?:[MBTK]\b|million|billion|trillion)",
        ),
        (r"\b(?:url|link|address|website|repository|repo)\b", r"https?://"),
    )
]
_NEGATION = re.compile(
    r"\b(?:no|not|without|none|never|don't|doesn't|do not|does not|needn't|isn't|aren't|wasn't|weren't|free of|instead of|lack(?:s|ing)?)\b",
    re.IGNORECASE,
)


def kind_of(question: str) -> Kind:
    """Return the form of answer that the wording asks for.

    A description without a question word ("animating a still photo") counts as a list: of the papers it fits.

    >>> [kind_of(q) for q in ("which papers adapt T2I models to video?", "Summarise work on MAE", "SLIP vs UTA")]
    ['list', 'summary', 'comparison']
    >>> [kind_of(q) for q in ("how many parameters does SimDA tune?", "Which dataset was it trained on?")]
    ['fact', 'fact']
    """
    text = " ".join(question.split())
    if _SUMMARY.search(text):
        return "summary"
    if _COMPARISON.search(text) or _VERSUS.search(text):
        return "comparison"
    if _LIST.search(text) and not _WHICH_BEST.search(text):
        return "list"
    if _ASKS.search(text) or _QUANTITY.search(text):
        return "fact"
    return "list"


def compares_openly(question: str) -> bool:
    """Tell whether a comparison is asked for in so many words, not just two things set against each other."""
    return _COMPARISON.search(question) is not None


def is_description(question: str) -> bool:
    """Tell whether a question only describes something, without asking."""
    text = " ".join(question.split())
    patterns = (_SUMMARY, _COMPARISON, _LIST, _ASKS)
    return not any(pattern.search(text) for pattern in patterns)


def asks_quantity(question: str) -> bool:
    """Tell whether the answer is a number."""
    return _QUANTITY.search(question) is not None


def expected_value(question: str) -> re.Pattern[str] | None:
    """Return a pattern for the sort of value that the question asks for (a time, a size, hardware, an address), if any."""
    return next((value for asked, value in _VALUES if asked.search(question)), None)


def is_negated(question: str) -> bool:
    """Tell whether the question asks for what is not so ("need no video data")."""
    return _NEGATION.search(question) is not None
