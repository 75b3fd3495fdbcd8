"""The words of questions that count papers: patterns only, read by `assistant.tallies`."""

from __future__ import annotations

import re

from assistant.types import By

GROUPS: dict[str, By] = {
    "year": "year",
    "venue": "venue",
    "conference": "venue",
    "journal": "venue",
    "author": "author",
}
GROUP = rf"(?:{'|'.join(GROUPS)})"
LEAD = re.compile(
    r"^(?:(?:and|ok|okay|so|but|also|then|now|please|well|great|thanks|what about|how about)\b[,.]?\s*|"
    r"(?:can|could|would) you (?:please )?(?:tell me|count|say|show(?: me)?)\s+|(?:tell|show|give) me\s+|do you know\s+)+",
    re.IGNORECASE,
)
BY = re.compile(
    rf"(?:^|(?<=\s))(?:(?:grouped|split|broken down|counted|sorted)\s+)?(?:(?:per|(?:(?:for|in|at|from|of|by)\s+)?(?:each|every))\s+"
    rf"(?:single |publication )?(?P<each>{GROUP})|by\s+(?P<by>{GROUP})s?|(?:a|over the) (?P<years>years?)|over (?P<time>time))"
    rf"(?=$|[\s,]*(?:$|[,:]|how many\b|since$))",
    re.IGNORECASE,
)
THOSE = re.compile(
    r"(?:^|(?<=\s))(?:of|among|in|from)\s+(?:all )?(?:those|these|them)\b(?:\s+(?:papers|ones|results|works|studies))?\s*,?"
    r"|(?<=how many )(?:those|these)(?= papers\b)|(?<=are )(?:those|these|they)(?= from\b)",
    re.IGNORECASE,
)
SURE, LOOSE = r"papers|publications", r"works|studies|articles|abstracts"
CORPUS = (
    r"(?:the|this|your) (?:whole )?(?:corpus|collection|library|database|index|archive|repository)"
)
# What may stand around the papers and asks for nothing more; `ANCHOR` are those of it that only this corpus can be meant by.
FILL = re.compile(
    rf"(?:(?:are|is|were|was|have|has|had|been|did|does|do|there|you|we|i|got|exist|written|wrote|write|published|publish|released|"
    rf"appear(?:ed)?|presented|accepted|authored|author|included?|indexed|stored|total|altogether|overall|here|now|all|know|"
    rf"contain|hold|cover(?:ed)?|represented|come|span|that|(?:in|does|of) {CORPUS}|{CORPUS}|in (?:total|all|here)|the papers)\b\s*)*",
    re.IGNORECASE,
)
ANCHOR = re.compile(rf"\b(?:there|you|here|{CORPUS})\b", re.IGNORECASE)
LEFT = re.compile(r"\s*\b(?:from|in|of|at|by|on|published|since|and)\s*$", re.IGNORECASE)
ABOUT = (
    r"about|on|regarding|concerning|dealing with|deals? with|related to|relate to|focus(?:ed|ing)? on|addressing|address|covering|"
    r"using|uses?|study|studying|mention(?:ing)?|discuss(?:ing)?|consider|propos(?:e|ing)|introduc(?:e|ing)|releas(?:e|ing)|"
    r"work(?:ing)? (?:on|with)|investigat(?:e|ing)|explor(?:e|ing)|appl(?:y|ying)|evaluat(?:e|ing)(?: on)?|pre-?train(?:ing)? on|"
    r"need|requir(?:e|ing)|involv(?:e|ing)|tackl(?:e|ing)"
)
LOOSELY = r"for|in|with|without"
TOPIC = re.compile(
    rf"(?:(?:(?:that|which|who)\s+)?(?:are\s+|were\s+|is\s+)?(?P<how>{ABOUT}|{LOOSELY})\s+(?P<what>.+))",
    re.IGNORECASE,
)
RELATIVE = re.compile(r"(?:that|which) (?!are\b|were\b|have been\b)[a-z]+ .+", re.IGNORECASE)
NOT_A_TOPIC = re.compile(
    r"\b(?:it|its|they|their|them|he|she|his|her|did|does|was|were|had|has|used (?:to|by|for|in)|how|what|which|who|when|where|why)\b"
    r"|[?;:]|\b(?:this|that) (?:paper|method|model|approach|work|system|study|data ?set)\b",
    re.IGNORECASE,
)
# Further words of a name are capitalised too, or particles of one.
BY_NAME = re.compile(
    r"(?:by|from)\s+(?P<author>[^\W\d_a-z][^\s,]*(?:\s+(?:(?:van|von|der|den|de|del|della|di|da|dos|la|le|bin|al|el|ter|ten)\b|[^\W\d_a-z][^\s,]*)){0,3})"
)
AT_NAME = re.compile(
    r"(?:at|published in|appeared in)\s+(?P<venue>[^\s,]+(?:\s+\d{4})?)", re.IGNORECASE
)
NUMBER = r"(?:how many|(?:what(?:'s| is| was)\s+)?(?:the\s+)?(?:total\s+|overall\s+)?(?:number|count) of|count)"
HOW_MANY = re.compile(
    rf"(?:{NUMBER}\s+)?(?:(?:of\s+)?(?:the|all)\s+)*(?:\d+\s+)?(?P<kind>(?:[\w-]+\s+){{0,4}}?)(?P<noun>{SURE}|{LOOSE})\b\s*(?P<rest>.*)",
    re.IGNORECASE,
)
HOW_MANY_OF = re.compile(rf"{NUMBER}\b\s*(?P<rest>.*)", re.IGNORECASE)
PAPERS = re.compile(rf"\b(?:{SURE}|{LOOSE})\b", re.IGNORECASE)
PLAIN = frozenset(
    "research scientific academic published different distinct such relevant the of all".split()
)
NO_KIND = frozenset(
    "other more additional citing cited previous prior earlier its their his her those these training new how many what which "
    "labelled labeled unlabelled annotated".split()
)
WHICH_GROUPS = re.compile(
    rf"(?P<ask>(?:(?:at |in |from )?(?:which|what)|how many|list|name|all)(?: me)?(?: all)?(?: the| different| distinct)*)\s+"
    rf"(?P<group>{GROUP})s\b\s*(?P<rest>.*)|"
    r"(?:(?:which|what)\s+)(?:time\s+)?(?P<span>period|span|range)(?: of (?:time|years))?\b\s*(?P<left>.*)",
    re.IGNORECASE,
)
MOST = re.compile(
    rf"(?:(?P<who>who)|(?:in |at |from )?(?:which|what) (?P<group>{GROUP})s?)\s+(?:is|are|has|have|had|wrote|writes|published|publishes|"
    rf"authored|with|contributed|contributes|saw|accounts? for|were|was)\s+(?:the\s+)?most\s+(?:of the\s+)?(?:{SURE}|{LOOSE})\b\s*(?P<rest>.*)|"
    rf"(?:(?:who|what|which) (?:is|are|were)\s+|list\s+)?(?:the\s+)?(?:most (?:frequent|common|prolific|productive|published|represented)|top)"
    rf"(?:\s+\d+|\s+five|\s+ten|\s+three)?\s+(?P<top>{GROUP})s?\b\s*(?P<left>.*)",
    re.IGNORECASE,
)
AGE = r"(?P<age>newest|latest|most recent|oldest|earliest)"
EXTREME = re.compile(
    rf"(?:(?:what|which)(?:'s| is| are)|which|find|name)?\s*(?:the\s+)?{AGE}\s+(?:paper|article|publication|study)\b\s*(?P<rest>.*)|"
    rf"which\s+(?:paper|article|publication|study)\s+is\s+(?:the\s+)?{AGE.replace('age', 'old')}\s*(?P<left>.*)|"
    rf"(?:which|what)\s*(?:one\s*|ones\s*)?(?:is|are)\s+(?:the\s+)?{AGE.replace('age', 'bare')}(?:\s+(?:one|paper))?",
    re.IGNORECASE,
)
