"""What a sentence of an abstract does: state the problem, the approach, the data, the results, the availability.

Cue words and position, after argumentative zoning (Teufel & Moens, "Summarizing Scientific Articles", 2002).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Role = Literal["problem", "approach", "data", "results", "availability"]
ROLES: tuple[Role, ...] = ("problem", "approach", "data", "results", "availability")

# Words that ask for an aspect of a paper rather than for anything particular in it.
_ASPECTS: dict[Role, str] = {
    "problem": r"problems?|motivation|challenges?|issues?|limitations?|address(?:es)?|tackles?|solves?|gaps?",
    "approach": r"ideas?|approach|method|trick|technique|contributions?|works?|proposes?|proposal|novelty|architecture",
    "data": r"data|datasets?|corpora|corpus|benchmarks?|evaluated|trained",
    "results": r"results?|findings?|performance|performs?|conclusions?|conclude|achieves?",
    "availability": r"code|available|availability|released?|open[- ]?sourced?|licen[cs]e|weights|checkpoints?|repository|github",
}
_CUES: dict[Role, list[tuple[float, str]]] = {
    "problem": [
        (1.6, r"^(?:however|yet|but|unfortunately|despite|nevertheless|nonetheless|although|while)\b|, (?:however|yet),"),
        (0.8, r"^(?:existing|most existing|prior|previous|current)\b"),
        (1.3, r"\b(?:challeng\w+|difficult\w*|limit(?:ed|s|ation\w*)|lack(?:s|ing)?|expensive|costly|suffer\w*|hinder\w*|hamper\w*|"
              r"bottleneck|unclear|unexplored|underexplored|under-explored|overlook\w*|neglect\w*|prohibitive\w*|fails? to|"
              r"remains?|problem\w*|gap|issue\w*|struggl\w+|scarc\w+|insufficient\w*|little is known|less (?:studied|explored)|ignor\w+|"
              r"not (?:up-to-date|well|yet|been|able|always|fully|only partially)|cannot|rarely|unable|laborious|labor[- ]intensive|degrad\w+|mismatch\w*|inconsisten\w+)\b"),
        (0.3, r"\b(?:recent(?:ly)?|has become|have become|in recent years|is (?:a|an) (?:crucial|important|fundamental|essential))\b"),
        (-1.5, r"\b(?:we (?:propose|present|introduce|show|find|demonstrate)|outperform\w*)\b"),
    ],
    "approach": [
        (2.0, r"\bwe (?:\w+ly )?(?:also |further |then |thus |hereby |first )?(?:propose|present|introduce|develop|design|devise|"
              r"build|formulate|reformulate|adopt|employ|leverage|train|pre-?train|study|investigate|explore|revisit|combine)\b"),
        (2.0, r"\bthis (?:paper|work|study|article) (?:\w+ly )?(?:proposes|presents|introduces|develops|describes|investigates|studies|explores)\b"),
        (1.2, r"\b(?:our|the proposed) (?:method|approach|model|framework|key|idea|system|procedure|solution|pipeline)\b"),
        (1.0, r"^(?:specifically|in particular|concretely|more specifically|to (?:address|tackle|overcome|alleviate|this end|solve|further)|"
              r"inspired by|by \w+ing|instead of|first(?:ly)?|second(?:ly)?|then)\b"),
        # The system's own name as the subject: "UTA trains a ViT by …".
        (1.6, r"^(?:the |our )?(?-i:[A-Z]\w*[A-Z0-9][\w+*]*(?:-\w+)*) (?:\w+ly )?(?:trains?|uses?|employs?|leverages?|adopts?|is|consists?|"
              r"extends?|learns?|builds?|combines?|introduces?|takes?|first|aims?|incorporates?|applies|operates?|generates?|treats?)\b"),
        (0.8, r"\b(?:consists? of|comprises?|module|objective|loss|architecture|mechanism|strategy|adapter\w*|attention|two-stage)\b"),
        (-0.8, r"\b(?:experiment\w*|results? (?:show|demonstrate|on)|outperform\w*|state-of-the-art)\b"),
    ],
    "data": [
        (1.0, r"\b(?:datasets?|corpus|corpora|data ?sets?|benchmarks?|collection)\b"),
        (1.5, r"\b\d[\d.,]*\s?(?:k|m|b|g|t|thousand|million|billion|gb|tb|hours?)?\+? (?:[\w-]+ ){0,3}(?:images?|videos?|pairs?|tokens?|samples?|"
              r"examples?|sentences?|documents?|languages?|tweets?|x-rays|compounds|molecules|hours|words|papers|scans|prompts|tasks|datasets|scenes)\b"),
        (1.2, r"\b(?:trained|pre-?trained|evaluat\w+|train|collect\w*|construct\w*|curat\w+|annotat\w+) (?:\w+ ){0,6}?(?:on|from|with|using)\b"),
        (1.0, r"\b(?:million|billion|labell?ed|unlabell?ed|annotated|crawl\w*|web-scale|massive|(?:single|few|\d+) [\w-]+ (?:pairs?|images?|samples?))\b"),
        # "on COCO", "on the ImageNet-1K": what stands there is a data set.
        (1.3, r"\b(?:on|from) (?:the )?(?-i:[A-Z][\w-]*[A-Z0-9][\w-]*)"),
        (0.8, r"\b(?:data|pairs?|tasks?|images?|videos?|imagenet)\b"),
        (-0.8, r"\b(?:https?://|code|publicly)\b"),
    ],
    "results": [
        (1.5, r"\b(?:outperform\w*|surpass\w*|achiev\w+|attain\w*|yields?|state[- ]of[- ]the[- ]art|sota|competitive|superior\w*)\b"),
        (1.2, r"\b(?:experiment\w*|results?|empirically|evaluations?|findings?|we (?:find|observe|show|demonstrate))\b"),
        (1.2, r"\d(?:\.\d+)?\s?%|\b\d+\.\d+\b|\b\d+(?:\.\d+)?\s?(?:times|x)\b|[+-]\d"),
        (0.9, r"\b(?:improv\w+|gains?|reduc\w+|faster|better|accuracy|effective\w*|comparable|robust\w*|benefit\w*)\b"),
        (1.2, r"\b(?:is|are) capable of|\bdemonstrat\w+|\bminimi[sz]\w+|\benabl\w+|\bsuggest\w*|\bcan be (?:directly )?(?:applied|used)"),
    ],
    "availability": [
        (2.5, r"https?://\S+"),
        (2.0, r"\b(?:publicly|open[- ]?sourc\w*|code (?:is|and|will|are|for)|source code|checkpoints?|licen[cs]e\w*|"
              r"(?:be|are|is|made) (?:freely |publicly )?(?:available|released)|we (?:\w+ )?(?:release|publish|open-source))\b"),
    ],
}  # fmt: skip
_COMPILED = {
    role: [(weight, re.compile(cue, re.IGNORECASE)) for weight, cue in cues]
    for role, cues in _CUES.items()
}
# What an abstract begins with, unless it says "we", is about others' data and results.
_SCENE, _SCENE_PENALTY = 0.3, 0.9
_OWN = re.compile(r"\b(?:we|our|this (?:paper|work|study))\b", re.IGNORECASE)
_THRESHOLD = {"problem": 0.8, "approach": 0.8, "data": 1.2, "results": 1.0, "availability": 1.8}


def strength(role: Role, text: str, position: int, count: int) -> float:
    """Return how strongly the sentence at `position` (from 0) of `count` plays `role`; 0 is not at all."""
    weight = sum(weight for weight, cue in _COMPILED[role] if cue.search(text))
    place = position / max(count - 1, 1)
    if role in ("data", "results") and place < _SCENE and not _OWN.search(text):
        weight -= _SCENE_PENALTY
    if role == "problem":
        weight += 0.9 - 1.8 * place
    elif role == "approach":
        weight += 0.5 - abs(place - 0.4)
    elif role == "results":
        weight += 1.2 * place - 0.6
    elif role == "availability":
        weight += 0.6 * place - 0.3
    return max(weight - _THRESHOLD[role] + 0.5, 0.0) if weight >= _THRESHOLD[role] else 0.0


@lru_cache(maxsize=16384)
def main_role(text: str, position: int, count: int) -> Role | None:
    """Return the role the sentence plays most, None when it plays none.

    >>> main_role("However, such a paradigm is expensive.", 1, 8), main_role("We propose SimDA, an adapter.", 3, 8)
    ('problem', 'approach')
    """
    weights = {role: strength(role, text, position, count) for role in ROLES}
    best = max(ROLES, key=lambda role: weights[role])
    return best if weights[best] > 0 else None


def aspect_in(text: str) -> Role | None:
    """Return the role that a question asks for in so many words ("what problem does it address?"), None when none."""
    for role, pattern in _ASPECTS.items():
        if re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE):
            return role
    return None


def is_aspect(word: str) -> bool:
    """Tell whether a word asks for an aspect of a paper rather than for anything particular in it."""
    return any(re.fullmatch(pattern, word, re.IGNORECASE) for pattern in _ASPECTS.values())
