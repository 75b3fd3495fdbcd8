"""What the network's tags say of a message: what it leans on and is about, which of its words are
filters, and what is put right of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.models.minilm import bundled_tokenizer
from assistant.reading.learned.network import ReadingNetwork, Tagged
from assistant.reading.mentions import tells_a_matter, tells_apart, with_joined
from assistant.reading.parsed_question import FORMS_OF_ABSTRACTS, Form
from assistant.reading.places import counts_place, last_sentence, number_meant, sentences_of
from assistant.reading.references import (
    DONE_TO_LISTS,
    SURE,
    is_only_a_place,
    leaves_only,
    points_at_several,
)
from assistant.reading.scope import adds_to_list, drops_from_list
from assistant.reading.table_edits import role_named
from assistant.text.paper_names import INTRODUCED, TITLE, Mention, NameIndex, is_name
from assistant.text.words import (
    ANY_PAPER_WORDS,
    ASKING_WORDS,
    NUMERALS,
    STOP_WORDS,
    is_content,
    is_negated,
    words,
)
from assistant.types import Filters, Order

SIDES = 2
"""How many papers a comparison needs."""
_POINTS = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|he|she|ones?|others?|both|two|three|first|"
    r"second|third|last|former|latter|same|also|too|else|more|there|\[\d+\]|number|"
    r"the (?:papers?|authors?|methods?|models?))\b|^(?:and|but|so|what about|how about)\b",
    re.IGNORECASE,
)
# "which of the video methods need no training?", not "… needs …", of one.
_WHICH_OF_THE = re.compile(
    r"(?:.*[.!;,] )?\W*(?:(?:and|so|but|now|ok(?:ay)?),? )?"
    r"(?:which of (?:the|your) (?:[\w-]+ ){0,5}?"
    r"(?:papers|methods|models|works|studies|approaches|techniques|systems)"
    r"|which (?:[\w-]+ ){1,3}(?:papers|works|studies)|which ones) "
    r"(?!(?:is|was|has|does|\w+[^s\W]s)\b)\w",
    re.IGNORECASE,
)
_ITS = re.compile(r"\bits\b", re.IGNORECASE)
_AGAINST = re.compile(r"\b(?:vs\b|versus\b)", re.IGNORECASE)
_WHY = re.compile(r"\W*(?:(?:and|so|but) )?(?:why|how|where|when)\b", re.IGNORECASE)
_DO_ANY = re.compile(
    r"(?:and )?(?:do|does|did|have|has|are|is|were|was|can|could) (?:any|some|none) of "
    r"(?:(?:the|these|those|your) (?:[\w-]+ ){0,4}?(?:papers|ones|works|studies)"
    r"|them|these|those)\b",
    re.IGNORECASE,
)
_IS_THERE = re.compile(
    r"\b(?:is|are|was|were)(?:n['’]t)? there\b|\b(?:any|some)thing\b|\bcovered\b|\bcomes? up\b"
    r"|\bdo (?:you|we) (?:\w+ )?have\b",
    re.IGNORECASE,
)
_ASKS_ANEW = re.compile(r"(?:what|how|why|when|where|which|who)\b(?! about)", re.IGNORECASE)
_IS_ANYTHING = re.compile(r"(?:\w+[,.!]? )?(?:is|are) there any", re.IGNORECASE)
_ONLY_ONES = re.compile(
    r"(?:(?:ok|okay|now|and|please),? )?(?:only|just) (?:the )?"
    r"(?P<topic>(?:[\w-]+ ){1,3}?)(?:ones|papers)\b(?= ?(?:$|[.,;?!]|please))",
    re.IGNORECASE,
)
# What bounds, counts or orders papers is no topic of theirs.
_NO_TOPIC = re.compile(
    r"\d|\b(?:best|most|least|top|main|newe\w+|new|latest|recent|old\w*|early|earl\w+|published|"
    r"first|second|third|last|other|same|relevant|important|good|great|[A-Z][A-Z-]+)\b"
)
SUMS_UP = re.compile(r"\b(?:summar|overview)", re.IGNORECASE)
_TELLING = ("topic", "paper", "side", "aspect", "lacks")
_RARE, _DOUBTFUL = ("bibliography", "collection", "social"), 0.5
# From what chance on a message is of the whole collection (of 6,100 messages that it was not taught
# on 31 lie there, all of them of that; below it two of five are).
_COLLECTION = 0.6
POSSIBLE = 0.15
"""From which chance on a second reading is tried."""
_COMMONEST = 10_000  # words of MiniLM's vocabulary, which is in order of how often they are used
_ABOUT = re.compile(r"(?:about|on|concerned with|dealing with) (.+)", re.IGNORECASE)
_ARE_NOT = (
    r"(?:\b(?:that|which|but|and)\s+)?(?:\b(?:are|is|were|was)\s*)?"
    r"(?:(?:\bnot|n['’]t)\s+(?:(?:about|on|for)\s+)?)?"
)
_NEXT_SIDE = re.compile(
    r"\s*(?:,|&|\band\b|\bor\b|\bvs\.?|\bversus\b|\bwith\b)+\s*(?:the )?", re.IGNORECASE
)
_OF = re.compile(r"\s+(?:of|between|in|by|from)\s+(?:the )?", re.IGNORECASE)
_NO_MORE = r"(?:^|[,;.]|\b(?:and|but|please|pls))\s*no "
_NOT_ABOUT = re.compile(r"(?:\bnot|n['’]t) (?:about|on) $", re.IGNORECASE)
_DENYING = ("not", "lacks")
# "… those", "… everything": what is dropped, up to what is said of it.
_DROPPED = re.compile(
    r"\b(?:those|these|ones|papers|works|studies|all|anything|everything|what(?:ever)?)\b([^,;.?!]*)$",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"^(?:(?:do|does|did|is|are|was|were|has|have|can|could)(?:n['’]t| not)|not|never|no|without"
    r"|lack(?:s|ing)?) ",
    re.IGNORECASE,
)
_SAYS_NOT = re.compile(r"\bnot\s|n['’]t\s", re.IGNORECASE)


def adds_more(text: str, tagged: Tagged) -> bool:
    """Tell whether a message of which the network sees no part tells more of what is sought ("we
    have mails in German mostly"): it neither asks nor points, and chooses of no list.
    """
    told = not tagged.spans and (tagged.form, tagged.refers, tagged.act) == ("list", "set", "none")
    return told and not text.rstrip().endswith("?") and tells_apart(text) and not points_back(text)


def asks_any_paper(text: str) -> bool:
    """Tell whether a message asks what any paper may be asked, so that its words find none.

    >>> asks_any_paper("what data was it trained on?"), asks_any_paper("does it edit videos?")
    (True, False)
    """
    return all(word in ANY_PAPER_WORDS for word in words(text) if is_content(word))


def referring_to(name: str, tagged: Tagged) -> Tagged:
    """Return `tagged` with what it refers to beyond doubt."""
    sure = {other: float(other == name) for other in tagged.references}
    return replace(tagged, refers=name, references=sure)


def settle_reference(text: str, tagged: Tagged) -> Tagged:
    """Return a follow-up's `tagged` with what it leans on put right: what keeps "only the … ones"
    leans on the papers before, what asks whether there is anything, or asks anew, on no question.
    """
    if tagged.refers == "one" and points_at_several(text) and number_meant(text) > 1:
        tagged = referring_to("set", tagged)  # "which of the three would …?"
    if is_only_a_place(text):
        form = "summary" if tagged.form == "list" else tagged.form
        forms = {**tagged.forms, form: 1.0}
        return replace(referring_to("place", tagged), form=form, forms=forms)
    chosen = _ONLY_ONES.match(text)
    topic = chosen["topic"].strip() if chosen and not tagged.spans else ""
    if tells_apart(topic) and not _NO_TOPIC.search(topic) and not set(topic.split()) & {*NUMERALS}:
        tagged = replace(referring_to("set", tagged), form="list", act="narrow")
        return replace(tagged, spans={"topic": (topic,)})
    if tagged.refers == "question" and tagged.references["question"] < SURE and _ITS.search(text):
        others = {**tagged.references, "question": 0.0, "nothing": 0.0}  # "its" is a paper's
        tagged = referring_to(likeliest(others), tagged)
    sure = SURE if tagged.refers == "one" else _DOUBTFUL
    unsure = tagged.references[tagged.refers] < sure
    if unsure and tagged.references["place"] >= POSSIBLE and counts_place(text):
        tagged = referring_to("place", tagged)
    asked = text.partition("?")[0]
    doubtful = tagged.references["question"] < SURE and says_what(tagged) and not points_back(asked)
    asks = _IS_ANYTHING.match(text) or (doubtful and _ASKS_ANEW.match(text))
    return referring_to("nothing", tagged) if tagged.refers == "question" and asks else tagged


def settle_form(text: str, tagged: Tagged) -> Tagged:
    """Return `tagged` with a form that can be trusted: a list of what says nothing or only asks
    what there is, a form of abstracts where a rare one is doubtful, a comparison where none is sure
    and one is against another.
    """
    if not any(character.isalpha() for character in text):
        tagged = replace(tagged, form="list")
    asked = any(tagged.of(kind) for kind in ("aspect", "paper", "side"))
    is_there = _IS_THERE.search(text) and not _WHY.match(text)
    if tagged.form == "fact" and tagged.of("topic") and not asked and is_there:
        tagged = replace(tagged, form="list")  # "is there anything on …?"
    if tagged.form == "fact" and (_DO_ANY.match(text) or _WHICH_OF_THE.match(text)):
        tagged = replace(tagged, form="list")
    if _AGAINST.search(text) and tagged.forms[tagged.form] < _DOUBTFUL:
        forms = {**tagged.forms, "comparison": _DOUBTFUL}  # at least as likely as not
        return replace(tagged, form="comparison", forms=forms)
    if tagged.form == "bibliography" and "Availability" in map(role_named, tagged.of("aspect")):
        tagged = replace(tagged, form="fact")  # "and the download?"
    tells = tagged.form == "social" and tells_a_matter(text)
    enough = SURE if tells or SUMS_UP.search(text) else _DOUBTFUL
    doubtful = sum(tagged.forms[name] for name in _RARE) < enough
    about_one = tagged.form == "collection" and bool(tagged.of("paper"))
    rare = tagged.form in _RARE and (doubtful or about_one)
    if rare or tagged.form == "count":
        # "how many parameters …?" is a fact, whatever the network makes of it.
        tagged = replace(tagged, form=likeliest({k: tagged.forms[k] for k in FORMS_OF_ABSTRACTS}))
    return tagged


def stands_alone(text: str, tagged: Tagged) -> bool:
    """Tell whether a message says itself what it is about, and points at nothing before it."""
    leans = tagged.refers == "question" or tagged.act != "none" or points_back(text)
    return says_what(tagged) and not leans


def says_what(tagged: Tagged) -> bool:
    """Tell whether a message says what papers are to be about, or two things to compare."""
    return bool(tagged.of("topic")) or len(tagged.of("side")) >= SIDES


def points_back(text: str) -> bool:
    """Tell whether a message points at something before it, or begins as one that goes on."""
    return _POINTS.search(text) is not None


def second_form(tagged: Tagged, read_as: Form) -> str | None:
    """Return the second likeliest form, None where the first is sure; of abstracts, where a message
    is read as one on the whole collection.
    """
    if tagged.forms[tagged.form] >= (_COLLECTION if read_as == "collection" else SURE):
        return None
    if read_as == "collection":
        return likeliest({name: tagged.forms[name] for name in FORMS_OF_ABSTRACTS})
    return likeliest({**tagged.forms, tagged.form: 0.0})


def likeliest(chances: Mapping[str, float]) -> str:
    """Return the name of the highest chance."""
    return max(chances, key=lambda name: chances[name])


def overlap(text: str, words: str, mention: Mention) -> bool:
    """Tell whether a stretch of a text has a part of a paper's name there."""
    start = text.find(words)
    return start < mention.end and mention.start < start + len(words)


def is_side(text: str, sides: Sequence[str], mention: Mention) -> bool:
    """Tell whether a name stands in one of the sides of a comparison, or beside one as the next
    ("A, B and C").
    """
    places = [(text.find(side), text.find(side) + len(side)) for side in sides]
    between = (
        text[end : mention.start] if end <= mention.start else text[mention.end : start]
        for start, end in places
    )
    joined = any(map(_NEXT_SIDE.fullmatch, between))
    return joined or any(overlap(text, side, mention) for side in sides)


def names_beside(text: str, mentions: Sequence[Mention]) -> tuple[str, ...]:
    """Return the names that follow those of papers as the next ("BLIP, GPT-4 and …") and are no
    paper's themselves.
    """
    found = []
    for match in re.finditer(r"[^\s,;:?!()\"“”/]*\w", text):
        is_other = is_name(match[0]) and not any(
            one.start < match.end() and match.start() < one.end for one in mentions
        )
        if is_other and any(_NEXT_SIDE.fullmatch(text[m.end : match.start()]) for m in mentions):
            found.append(match[0])
    return tuple(found)


def part_aspects(text: str, tagged: Tagged, named: Sequence[Mention]) -> Tagged:
    """Return `tagged` with what is asked of those that a comparison names ("the results", "the
    claims of A and B") as aspects, where it is read as sides of it.
    """
    if tagged.form != "comparison" or len(named) < SIDES:
        return tagged
    sides: list[str] = []
    aspects = list(tagged.of("aspect"))
    for side in tagged.of("side"):
        end = text.find(side) + len(side)
        of_named = any(_OF.fullmatch(text[end : one.start]) for one in named if one.start >= end)
        (aspects if of_named or role_named(side) else sides).append(side)
    return replace(tagged, spans={**tagged.spans, "side": tuple(sides), "aspect": tuple(aspects)})


def is_whole(mention: Mention, text: str) -> bool:
    """Tell whether a text is nothing but a paper's name."""
    return text[mention.start : mention.end] == text.strip(" ?.!")


def is_meant(mention: Mention, text: str, tagged: Tagged) -> bool:
    """Tell whether a question is about a paper whose name is in it: it gives the title, or the name
    stands for the paper.
    """
    name = text[mention.start : mention.end]
    if mention.strength >= TITLE and len(name.split()) > 2:
        return True
    if mention.strength < INTRODUCED:
        return False
    if is_whole(mention, text):
        return True
    if _is_common(name) and not _is_read_as_name(name, text, tagged):
        return False  # "I teach a master's course" is not about MASTER
    # "which papers build on BERT?" is not about BERT's.
    whole = " ".join(tagged.of("topic")) == name
    return tagged.form != "list" or whole or any(name in one for one in tagged.of("paper"))


def _is_common(word: str) -> bool:
    """Tell whether a word in small letters is among the commonest of English: those of MiniLM's
    vocabulary that come first in it.

    >>> [_is_common(word) for word in ("master", "MASTER", "simda", "mvp")]
    [True, False, False, False]
    """
    number = bundled_tokenizer().token_to_id(word) if word.islower() else None
    return number is not None and number < _COMMONEST


def _is_read_as_name(word: str, text: str, tagged: Tagged) -> bool:
    """Tell whether the network reads a word as what a message is about, or as of a paper; or the
    message says nothing else.
    """
    of_papers = " ".join((*tagged.of("paper"), *tagged.of("side")))
    said = [one for one in words(text) if one not in STOP_WORDS | ASKING_WORDS]
    return word in tagged.of("topic") or word in words(of_papers) or said == [word]


def words_of_bounds(tagged: Tagged, bounds: Filters, order: Order | None) -> tuple[str, ...]:
    """Return the words that became filters or an order."""
    times = tagged.of("time") if bounds.year_from or bounds.year_to or order else ()
    people = tagged.of("person") if bounds.authors else ()
    return (*times, *people, *(tagged.of("venue") if bounds.venues else ()))


def without_spans(tagged: Tagged, words: str) -> Tagged:
    """Return `tagged` without the spans that are a part of some words."""
    spans = {
        kind: tuple(said for said in texts if said not in words)
        for kind, texts in tagged.spans.items()
    }
    return replace(tagged, spans=spans)


def exclude_topics(text: str, tagged: Tagged) -> Tagged:
    """Return `tagged` with what papers are not to be about ("are not about images", "and not
    images", of a list also ", no images") as what is left out: it is no part that they lack, and no
    topic.
    """
    spans: dict[str, list[str]] = {kind: list(tagged.of(kind)) for kind in ("not", "out")}
    chooses = tagged.refers == "set" and tagged.act in DONE_TO_LISTS
    for kind in ("lacks", "topic"):
        spans[kind] = []
        for words_ in tagged.of(kind):
            if chooses and kind == "lacks" and (said := _no_more_of(text, words_)):
                spans["not"].append(words_)
                spans["out"].append(said)
                continue
            about = _ABOUT.fullmatch(words_)
            clause = re.search(rf"{_ARE_NOT}{re.escape(words_)}", text)
            before = clause[0].removesuffix(words_) if clause else ""
            so = about or _NOT_ABOUT.search(before) if kind == "lacks" else _SAYS_NOT.search(before)
            if clause and so and not drops_from_list(text):  # "remove all that are not about X"
                spans["not"].append(about[1] if about else words_)
                spans["out"].append(clause[0].strip())
            else:
                spans[kind].append(words_)
    moved = len(spans["not"]) > len(tagged.of("not"))
    changed = {kind: tuple(texts) for kind, texts in spans.items()}
    return replace(tagged, spans={**tagged.spans, **changed}) if moved else tagged


def _no_more_of(text: str, said: str) -> str:
    """Return the words by which a message wants none of something on a list (", no images or
    speech"), "" where it is something that papers need none of.
    """
    match = re.search(
        rf"{_NO_MORE}(?:[\w ]+,? (?:or|and|nor) )?{re.escape(said)}\b(?! (?:need|requir|necess))",
        text,
        re.IGNORECASE,
    )
    return match[0].lstrip(" ,;.") if match else ""


def said_last(text: str, spans: Sequence[str]) -> list[str]:
    """Return those of some stretches that stand in the last sentence of a message, where any do:
    what is said before may be of what is there already.

    >>> said_last("What has an X-ray to do with it? Keep pages.", ["X-ray", "pages"])
    ['pages']
    """
    last = last_sentence(text)
    return [words for words in spans if words in last] or list(spans)


def without_contrary(tagged: Tagged) -> Tagged:
    """Return `tagged` without what is left out though a topic has it in its words ("No, those make
    videos. I want to search videos")."""
    topics = tagged.of("topic")
    wrong = [said for said in tagged.of("not") if any(said in one for one in topics)]
    return _not_out(tagged, wrong)


def without_doubtful(texts: Sequence[str], tagged: Tagged, network: ReadingNetwork) -> Tagged:
    """Return `tagged` without what counts as left out only beside the rest of a message, or after
    the question before: what no sentence of the message, in one of its `texts`, says that is read
    alone ("Sound in general, not only speech?", "I said text, please leave out images."). What is
    taken off a list stays as it is.
    """
    if tagged.act == "drop" or not tagged.of("not"):
        return tagged
    alone = [(one, network.tag(one, None)) for text in texts for one in sentences_of(text)]
    out = [(one, words(" ".join((*read.of("not"), *read.of("lacks"))))) for one, read in alone]
    doubtful = []
    for said in tagged.of("not"):
        told = [there for sentence, there in out if said in sentence]
        if told and all(set(words(said)).isdisjoint(there) for there in told):
            doubtful.append(said)
    return _not_out(tagged, doubtful)


def _not_out(tagged: Tagged, wrong: Sequence[str]) -> Tagged:
    """Return `tagged` without these words as left out, and without the clauses that say so."""
    if not wrong:
        return tagged
    kept = tuple(said for said in tagged.of("not") if said not in wrong)
    clauses = tuple(one for one in tagged.of("out") if not any(said in one for said in wrong))
    return replace(tagged, spans={**tagged.spans, "not": kept, "out": clauses})


def with_names(text: str, tagged: Tagged, names: NameIndex) -> Tagged:
    """Return `tagged` with the papers named in `text` by what sounds like leaving something out ("I
    meant Never Train from Scratch and the survey") as papers that it speaks of, with what is taken
    for left out beside them.
    """
    if not (tagged.of("not") or tagged.of("out")):
        return tagged
    firm = [one for one in names.find_firm(text) if is_negated(text[one.start : one.end])]
    rest = names.without(text, firm)
    if not firm or is_negated(rest) or drops_from_list(rest):
        return tagged
    named = [text[one.start : one.end] for one in firm]
    beside = [one for one in tagged.of("not") if not any(one in name for name in named)]
    papers = dict.fromkeys((*tagged.of("paper"), *named, *beside))
    return replace(tagged, spans={**tagged.spans, "not": (), "out": (), "paper": tuple(papers)})


def with_joined_out(text: str, tagged: Tagged) -> Tagged:
    """Return `tagged` with all that a message drops where it goes on with it ("drop SimDA and the
    survey one").
    """
    if not drops_from_list(text):
        return tagged
    clauses = tuple(with_joined(text, clause) for clause in tagged.of("out"))
    added = [new for new, old in zip(clauses, tagged.of("out"), strict=True) if new != old]
    papers = tuple(one for one in tagged.of("paper") if not any(one in clause for clause in added))
    spans = {**tagged.spans, "out": clauses, "paper": papers}
    return replace(tagged, spans=spans) if added else tagged


def want_denied(text: str, tagged: Tagged) -> Tagged:
    """Return `tagged` with what those are without that a message drops as what is kept ("leave out
    those that have no code").
    """
    if tagged.act != "drop" or leaves_only(text) or adds_to_list(text):
        return tagged
    denied = [
        said
        for kind in _DENYING
        for said in tagged.of(kind)
        if any(is_negated(f"{told} {said}") for told in _DROPPED.findall(text[: text.find(said)]))
    ]
    if not denied:
        return tagged
    kept = {
        kind: tuple(said for said in tagged.of(kind) if said not in denied) for kind in _DENYING
    }
    clauses = tuple(one for one in tagged.of("out") if not any(said in one for said in denied))
    wanted = tuple(_DENIES.sub("", said) for said in denied)
    spans = {**tagged.spans, **kept, "out": clauses, "topic": (*tagged.of("topic"), *wanted)}
    return replace(tagged, act="narrow", spans=spans)


def only_telling(text: str, tagged: Tagged) -> str:
    """Return a message that says what papers are to be about without the sentences that say little
    else ("Forget video.") or only what is not meant ("I don't want to make any.").
    """
    told = [words for kind in _TELLING for words in tagged.of(kind)]
    sentences = sentences_of(text)
    kept = [
        one
        for one in sentences
        if any(words in one for words in told)
        or not (is_negated(one) or (tagged.of("topic") and not tells_a_matter(one)))
    ]
    topics, rest = tagged.of("topic"), " ".join(kept)
    says = any(words in rest for words in topics) if topics else tells_a_matter(rest)
    return rest if says and len(kept) < len(sentences) else text


def ruling_out(tagged: Tagged) -> tuple[str, ...]:
    """Return the clauses that say what is left out: "smaller or bigger, doesn't matter" is none."""
    said = tagged.of("not")
    return tuple(clause for clause in tagged.of("out") if any(words in clause for words in said))
