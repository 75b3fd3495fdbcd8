"""What a follow-up refers to in the turns before it: papers by number, place or description, the
last ones together, or the last question with something else put in.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, takewhile

from assistant.reading.learned.network import Tagged
from assistant.reading.mentions import (
    POINTING,
    Mention,
    asks_if_held,
    content_of,
    copied_stretches,
    fits,
    mentions_in,
    most_said,
    named_by_title,
    names_of_papers,
    said_of,
    tells_apart,
)
from assistant.reading.places import (
    BOTH,
    COUNTED,
    COUNTED_SEVERAL,
    NO_TIMES,
    ONE_PAPER,
    PLACE,
    VERB,
    WHICH_OF,
    asking_part,
    counts_place,
    enumerated_in,
    first_of,
    last_sentence,
    number_meant,
    place_of,
    places_in,
    sentences_of,
    several_in,
)
from assistant.reading.pointing.network import LOOKS_BACK, MOST_IN_LIST, Pointed, Pointer, Shown
from assistant.reading.question import ONLY, asks_whether_they_agree
from assistant.reading.scope import (
    asks_of_discussed,
    choose_list,
    drops_from_list,
    list_named,
    without_list,
)
from assistant.retrieval.bibliography import first_in_order
from assistant.text.paper_names import NameIndex, is_name
from assistant.text.words import NUMERALS, read_number, words
from assistant.types import Filters, Paper, Turn

# "[3]": the paper with this number in an answer.
_NUMBERED = re.compile(
    r"(?:\b(?:paper|source|number|reference) )?(?<!\w)\[(\d{1,3})\]", re.IGNORECASE
)
# "the newer one", "the one from 2021": by the years of the papers spoken of.
_GOES_NO_FURTHER = r"(?! (?:on|about|that|which|who|in|for|of|using)\b)"
_NOT_OF = rf"\b{_GOES_NO_FURTHER}"
_BY_YEAR = re.compile(
    r"\bthe (?:(?P<new>newer|more recent|(?:later|newest|latest|most recent)(?= one| of ))"
    r"|(?P<old>older|(?:earlier|oldest|earliest)(?= one| of )))"
    rf"(?:(?: of (?:the (?:two|three|four)|them|these|those)| one| paper){_NOT_OF}"
    r"|(?=\s*(?:$|[?.!,;]|and\b|with\b|than\b)))"
    r"|(?<!than )\b(?:the|that) (?:one|paper) (?:published )?(?:from|in) "
    rf"(?P<year>(?:19|20)\d\d){_NOT_OF}(?! with\b)"
    rf"|(?<!than )\bthe (?P<of>(?:19|20)\d\d) (?:one|paper){_NOT_OF}(?! with\b)",
    re.IGNORECASE,
)
_TOP = re.compile(
    r"\bthe (?:top|number one|leading|most prolific|most frequent)(?: (?:one|author|venue|year))?\b"
    r"|\bthe first (?:one )?(?:of (?:them|those|these)|in (?:the|that) (?:table|list))\b",
    re.IGNORECASE,
)
_SHORT_NAME = 3
_MOST_CITED = 20  # papers of which so many are chosen
_PAIR = re.compile(r"\b(?:both|either|(?:the|these|those|of) two)\b", re.IGNORECASE)
_TWO_THINGS = re.compile(r"\bthe two (?!(?:of|is|are|do|does|differ)\b)[a-z]", re.IGNORECASE)
_SEVERAL = re.compile(
    r"\bof (?:all )?(?:them|(?:those|these)\b"
    rf"|the (?:two|three|four)\b(?! (?!{VERB}\b)\w))",
    re.IGNORECASE,
)
# "these papers", "all of them", "they each": what is asked of all of several.
_WORK = r"(?:paper|work|stud(?:y|ie)|model|method|approach(?:e)?|system)"
_THESE = r"\b(?:these|those) (?:\w+ )?(?:papers|works|studies)\b"
_OF_ALL = re.compile(
    rf"{_THESE}"
    rf"|\b(?:do|did|are|were|have|can|will) (?:these|those|the) (?:\w+ )?{_WORK}s\b"
    rf"|\b(?:each|every)(?: one\b| {_WORK}\b)|\b(?:does|do|did|is|was) each\b"
    r"|\b(?:they|these|those|them) (?:all|both|each)\b|\beach\s*(?:$|[?.!,;])"
    rf"|\bfor (?:all|each)\b|\b(?:in|by|from) the (?:first|last) (?:two|three|four)\b"
    r"|\b(?:all|both|each)(?: \w+)? of (?:them|these|those)\b"
    r"|\b(?:do|did|are) (?:they|these|those|the \w+)\b[^.?!]{0,12}\b(?:(?:dis)?agree|contradict)\b"
    r"|\ball (?:these|those)\b|\brespectively\b",
    re.IGNORECASE,
)
_THAT_ONE = re.compile(
    r"\b(?:that|this|the same) (?:study|paper|work|article|method|model|approach|system)\b"
    rf"{_GOES_NO_FURTHER}",
    re.IGNORECASE,
)
# What is compared: "compare it with …", "set this one beside …".
_IT = re.compile(
    r"\b(?:compare[ds]?|set|put|with|to|from|than|does|is|how) (?:it|this|that)(?: one)?\b"
    r"(?! \w+s\b)",
    re.IGNORECASE,
)
_BESIDE_IT = re.compile(
    r"\b(?:this|that) one\b|\b(?:and|from|with|to|than|like) (?:it|this|that)\b(?=\W*$|[?.,:;])",
    re.IGNORECASE,
)
_CHOOSING = ("list", "count", "bibliography", "recommendation")  # forms of which some belong
DONE_TO_LISTS = ("narrow", "drop", "order")
"""What is done to a list, and to no single paper."""
_MOST_NAMED = 4
SURE = 0.75
"""From what chance on the network's reading is not put in doubt."""
_HALF = 0.5
ELSEWHERE = ("nothing", "question")
"""What leans so means no paper spoken of."""
_RELATIVE = re.compile(r"\b(?:other|former|latter)\b", re.IGNORECASE)
_OTHER = re.compile(r"\bthe other\b", re.IGNORECASE)
_OF_TWO = re.compile(
    rf"\bthe (?:(?:former|latter)\b|other(?: {ONE_PAPER}\b|(?=\W*$)))"
    r"|^(?:and |so )?which (?:one|is)(?: is| was)?(?: the)?(?: more| most)? \w+\W*$",  # "newer?"
    re.IGNORECASE,
)
_OTHERS = re.compile(r"\bthe (?:others|rest|other ones)\b", re.IGNORECASE)
_OTHER_ONE = re.compile(rf"\bthe other(?: {ONE_PAPER}\b{_GOES_NO_FURTHER}|(?=\W*$))", re.IGNORECASE)
_THE_OTHER = re.compile(rf"the other(?: {ONE_PAPER})?", re.IGNORECASE)
# Where a name can stand in a sentence instead of what refers to it.
_PRONOUN = re.compile(
    r"\b(?:it|its|(?:this|that|the same) (?:one|paper|method|model|approach|work|system|study)"
    r"(?:'s)?|the (?:first|second|third|last|other|latter|former)(?: one| paper)?(?:'s)?)\b"
    r"(?! (?:true|possible)\b)",
    re.IGNORECASE,
)
_MEANS = re.compile(r"\b(?:mean|meant|talking|asking|asked|speaking|about)\b", re.IGNORECASE)
_THOSE_TWO = re.compile(r"\b(?:those|these|the) two\b(?! \w+ (?:papers|ones))", re.IGNORECASE)
# "…, doesn't it?", "…, no?": of what is said, not asked.
_CONFIRMED = re.compile(
    r",? (?:(?:is|are|was|were|does|do|did|has|have|can)n['’]t (?:it|they|that)|no|right|correct)\?"
    r"(?= )",
    re.IGNORECASE,
)
_REQUESTS = re.compile(
    r"(?:^|[.!] |\b(?:please|you) )(?:tell|give|show|list|summari[sz]e|compare|explain|describe|"
    r"find|put|drop|add|remove|sort|what|which|who|how|when|where|why)\b",
    re.IGNORECASE,
)
_ASKS_WHICH = re.compile(r"\b(?:which|any|how many)\b", re.IGNORECASE)
_SO_MANY = re.compile(
    rf"\b(?:(?P<which>{WHICH_OF} (?:the|these|those))|these|those|all|of the) (?:the )?"
    rf"(?P<number>{'|'.join(list(NUMERALS)[2:])}|[3-9]|\d\d)\b"
    rf"{NO_TIMES}(?(which)|(?: (?:papers|ones|works|studies)\b"
    r"|(?= (?:do|does|are|is|have|has|use|need)\b)"
    r"|\s*(?:$|[?.!,;])))",
    re.IGNORECASE,
)
_IN_LIST = re.compile(
    r"\bof the(?:se|m)? (?:\w+ )?(?:in|on|from) (?:the|this|that|your) list\b"
    r"|\bof those (?:in|on|from) (?:the|this|that|your) list\b",
    re.IGNORECASE,
)
_DESCRIBED = re.compile(
    rf"\b(?:the|that) (?:(?P<many>two|three|four) )?"
    rf"(?P<words>(?:(?!(?:the|that|of|in|from|for|and)\b)[\w'’-]+ ){{1,4}}?)"
    rf"(?(many)(?:ones|papers|studies)|(?:one|paper|study))\b{_GOES_NO_FURTHER}",
    re.IGNORECASE,
)
_LEFT_OUT = re.compile(
    r"\b(?:left|put|set) (?:\w+ ){0,2}(?:out|aside)\b|\b(?:missed|skipped|overlooked)\b"
    r"|\bdid(?:n['’]?t| not) (?:list|show|include)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:and|ok|okay|so|but|now|well|then|also|i mean|i meant)\b(?!-)[,.:]?\s*)+", re.IGNORECASE
)
_WHAT_ABOUT = re.compile(r"^(?:what|how) about ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a follow-up is about: `papers`, as a whole (`together`) or each named in its place, or
    the question before (`question`). `absent` was spoken of beside the papers, and none is about
    it.
    """

    papers: tuple[Paper, ...] = ()
    together: bool = False
    question: str = ""
    absent: tuple[str, ...] = ()
    told: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What a turn was about: its papers, and the sides of its comparison that no paper is about."""

    papers: list[Paper]
    absent: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.papers) + len(self.absent)


class Discussion:
    """What was talked about in the turns that are about papers, newest last."""

    def __init__(
        self,
        turns: Sequence[Turn],
        names: NameIndex,
        selected: Sequence[Paper] = (),
        pointer: Pointer | None = None,
        message: str = "",
        search: Callable[[str], Sequence[Paper]] | None = None,
    ) -> None:
        """Look back at `turns`; `names` tell which of the cited papers a question named, the
        `pointer` which of them all the `message` means that is read, a `search` for a few words
        what others may be meant by these. Papers that the reader has `selected` are under
        discussion before all others.
        """
        self._selected = list(selected)
        self._names, self._pointer, self._message = names, pointer, message
        self._search = search or (lambda _: ())
        self._told: dict[str, Pointed[Paper]] = {}
        self._each: dict[tuple[str, tuple[str, ...]], tuple[Paper, ...]] = {}
        self.turns = [turn for turn in turns if turn.answer.table or self.subjects(turn)]
        self._counts = turns[-1].answer.counts if turns else None
        found_nothing = bool(turns) and turns[-1].answer.kind == "none"
        self._offered = turns[-1].answer.nearest if found_nothing else ()

    @property
    def kind(self) -> str:
        """Return the kind of the last answer, "" for none."""
        return self.turns[-1].answer.kind if self.turns else ""

    def question_of(self, papers: Sequence[Paper]) -> str:
        """Return the newest question that was answered by all of `papers`, "" for none."""
        wanted = {paper.id for paper in papers}
        return next(
            (
                turn.answer.question
                for turn in reversed(self.turns)
                if wanted <= {one.paper.id for one in turn.answer.citations}
            ),
            "",
        )

    def meant(self, text: str, tagged: Tagged) -> Pointed[Paper]:
        """Return which of the papers that were shown, or named as left out, the message means whose
        words are `text`, as the network says of them; where what is not wanted is in the titles of
        some that it means, and of none that it puts aside, it puts none aside: which it fits is
        judged.
        """
        found = self._point(self._message or text)
        titled = [
            any(named_by_title(one, papers) for one in tagged.of("not"))
            for papers in (found.about, found.out)
        ]
        if titled == [True, False]:
            found = replace(found, out=(), sure=False)
        many = len(found.about)
        number = number_kept(text, tagged) or (len(tagged.of("side")) if many > 1 else 0)
        return replace(found, sure=found.sure and number in (0, many, 1))

    def _point(self, message: str) -> Pointed[Paper]:
        """Return what the papers that were shown, or named as left out, are to a message."""
        if self._pointer is None or not (self.turns or self._selected):
            return Pointed()
        if message not in self._told:
            self._told[message] = self._read(self._pointer, message)
        return self._told[message]

    def _read(self, pointer: Pointer, message: str) -> Pointed[Paper]:
        shown = [
            (turn.answer.question, papers := self._on_screen(turn), self._beside(turn, papers))
            for turn in self.turns[-LOOKS_BACK:]
        ]
        if self._selected:
            shown.append(("", self._selected, ()))
        known = {one.id: one for _, papers, near in shown for one in (*papers, *near)}
        told = [
            Shown(question, tuple(one.id for one in papers), tuple(one.id for one in near))
            for question, papers, near in shown
        ]
        found = pointer.point(message, told, known, self.exactly(message))
        about, out, into = (
            tuple(known[key] for key in keys) for keys in (found.about, found.out, found.into)
        )
        return Pointed(about, out, into, found.sure)

    def _beside(self, turn: Turn, papers: Sequence[Paper]) -> tuple[Paper, ...]:
        """Return what a turn shows beside the papers that it was about: others that come near, and
        those left out.
        """
        answer = turn.answer
        shown = [*(one.paper for one in answer.citations), *answer.considered, *answer.nearest]
        known = {paper.id for paper in papers}
        return tuple({one.id: one for one in shown if one.id not in known}.values())

    def _on_screen(self, turn: Turn) -> list[Paper]:
        """Return the papers that a turn was about, of several requests those of all answers."""
        several = turn.answer.text.startswith("## ")
        cited = [one.paper for one in turn.answer.citations] if several else []
        return cited or self._subject(turn).papers

    def refer(self, text: str, tagged: Tagged) -> Reference | None:
        """Return what `text`, read as `tagged`, refers to, None for nothing: the papers that it
        counts or names as a list, else those that the networks take it to mean.
        """
        if not self.turns and not self._selected:
            return None
        if self.chosen(tagged):
            return Reference(tuple(self._selected), together=len(self._selected) > 1)
        if each := self.each_mentioned(text, tagged):
            chooses = tagged.form in ("list", "count") and _ASKS_WHICH.search(text) is not None
            chooses = chooses or tagged.act in ("recommend", "order")
            return Reference(self._beside_it(each, text, tagged), together=chooses, told=True)
        meant, exact = self.meant(text, tagged), self._exact(text, tagged)
        # "Compare that with the first one": the network sees both.
        compares = tagged.form == "comparison" and len(exact) == 1
        more = compares and meant.sure and {*exact} < {*meant.about}
        if exact and not more:
            return self.reference(self._beside_it(exact, text, tagged), tagged)
        if fitting := self._fitting(text, tagged, meant):
            return Reference((fitting,), told=True)
        elsewhere = tagged.refers in ELSEWHERE and tagged.references[tagged.refers] >= SURE
        doubtful = not meant.sure and tagged.references["nothing"] >= _HALF
        bare = {*tagged.spans} == {"aspect"} and len(self.last()) == 1 and not number_meant(text)
        several = len(meant.about) > 1 and number_meant(text) < BOTH
        if not exact and several and _points_at_it(text, tagged, bare):
            return Reference(tuple(self.last()[:1]))  # of which of them it is asked is judged
        if meant.about and (exact or not (elsewhere or doubtful)):
            return self.reference(self._whole(meant, text, tagged), tagged)
        if tagged.refers == "question" and self.turns:
            return Reference(question=self.turns[-1].answer.question)
        if tagged.refers == "one" and (tagged.references["one"] >= SURE or not meant.sure):
            return Reference(tuple(self.last()[:1]))
        return None

    def _exact(self, text: str, tagged: Tagged) -> tuple[Paper, ...]:
        """Return the papers that a message counts or names as a list."""
        if found := self._pointed(text) or self.listed(text):
            return found
        compares = tagged.form == "comparison"
        placed = tuple(self._placed(text, compares))
        one = tagged.refers == "one" and COUNTED.search(text)
        pair = tagged.refers != "nothing" and _PAIR.search(text)
        counts = compares or tagged.refers == "place" or one or pair
        return placed if counts or {*placed} == {*self.meant(text, tagged).about} else ()

    def each_mentioned(self, text: str, tagged: Tagged) -> tuple[Paper, ...]:
        """Return the papers of which a sentence speaks one by one, by name or by what it says of
        each ("the German one, OPT and the one on tweets"), () where none does, or one of them is
        not plain.
        """
        spans = (*tagged.of("paper"), *tagged.of("side"))
        if (text, spans) not in self._each:
            self._each[text, spans] = self._find_each(text, spans) if spans else ()
        return self._each[text, spans]

    def _find_each(self, text: str, spans: Sequence[str]) -> tuple[Paper, ...]:
        """Return what `each_mentioned` does of a message with `spans` that speak of papers."""
        shown = self._shown()
        for sentence in reversed(sentences_of(text)):
            if drops_from_list(sentence):
                continue
            mentions = mentions_in(sentence, spans, self._names)
            if len(mentions) < BOTH:
                continue
            each = [(one, self._grounded(one, shown)) for one in mentions]
            plain = all(papers for one, papers in each if one.tagged and one.plain)
            told = [papers for _, papers in each if papers]
            papers = tuple(dict.fromkeys(chain(*told)))
            if plain and len(told) >= BOTH and len(papers) == sum(map(len, told)):
                return papers
        return ()

    def described_as(self, phrase: str) -> tuple[str, ...]:
        """Return the paper (id) that a phrase means which only speaks of one ("the gender one"), of
        those shown, else of the collection; () where it is not plain which.
        """
        mentions = mentions_in(phrase, (phrase,), self._names)
        papers = self._grounded(mentions[0], self._shown()) if len(mentions) == 1 else ()
        return (papers[0].id,) if len(papers) == 1 else ()

    def _fitting(self, text: str, tagged: Tagged, meant: Pointed[Paper]) -> Paper | None:
        """Return the one paper that has all that a message says of a paper in its title, one shown
        if any, or of those shown in its abstract, where what it is taken to mean has none of it;
        else, or where that has all of it, None.
        """
        spans = (*tagged.of("paper"), *tagged.of("side"))
        mentions = mentions_in(last_sentence(text), spans, self._names) if spans else []
        told = [one.words for one in mentions if one.tagged and one.definite]
        if len(told) != 1 or not tells_apart(told[0]):
            return None
        (said,) = told
        if self._names.find(said) or any(fits(said, one) for one in meant.about):
            return None
        shown = self._shown()
        fitting = named_by_title(said, shown) or named_by_title(said, self._search(said))
        if not (fitting or any(said_of(said, one) for one in meant.about)):
            fitting = [one for one in shown if fits(said, one)]
        return fitting[0] if len(fitting) == 1 else None

    def _beside_it(self, papers: tuple[Paper, ...], text: str, tagged: Tagged) -> tuple[Paper, ...]:
        """Return papers that a message compares "it" with behind the paper spoken of last."""
        last = self.last()
        beside = tagged.form == "comparison" and len(last) == 1 and _IT.search(text)
        return tuple(dict.fromkeys((*last, *papers))) if beside else papers

    def _grounded(self, mention: Mention, shown: Sequence[Paper]) -> tuple[Paper, ...]:
        """Return the papers that a mention means, of those `shown`, else of the collection where
        it names one or fits one alone; () where that is not plain.
        What the network did not take for a mention is none but for a name, or what is said as of a
        paper.
        """
        if named := {one.paper_id for one in self._names.find(mention.words)}:
            known = {one.id: one for one in shown if one.id in named}
            if len(known) < len(named):
                known |= {one.id: one for one in self._search(mention.words) if one.id in named}
            return tuple(known.values())
        titled = named_by_title(mention.words, shown)
        if mention.plain and len(titled) > mention.number > 0:
            titled = self._foremost(titled)
        told = mention.tagged or mention.plain
        if told and titled and mention.number in (0, len(titled)):
            return tuple(titled)
        if not mention.plain or mention.number > 1 or not tells_apart(mention.words):
            return ()
        if counts_place(f"the {mention.words} one"):
            return tuple(self._by_place(f"the {mention.words} one", self.last()))
        likely = most_said(mention.words, shown)
        if not likely or not fits(mention.words, likely[0]):
            others = most_said(mention.words, self._search(mention.words))
            if len(others) == 1 and fits(mention.words, others[0]):
                return tuple(others)
        pointed = (self._point(self._message), self._point(f"the {mention.words} one"))
        for about in (one.about for one in pointed if len(likely) != 1):
            likely = [one for one in about if one in (likely or shown)] or likely
        likely = self._foremost(likely)
        plain = len(likely) == 1 or likely[:1] == titled[:1]  # of several with it the first
        return (likely[0],) if likely and plain else ()

    def _foremost(self, papers: Sequence[Paper]) -> list[Paper]:
        """Return those of some papers shown that the last answer was about, else those that were
        cited, else all.
        """
        tiers = ([one for one in papers if one in tier] for tier in (self.last(), self.cited()))
        return next(filter(None, tiers), list(papers))

    def _shown(self) -> list[Paper]:
        """Return all papers that were shown, or named as left out, the newest first."""
        found = {paper.id: paper for paper in self.cited()}
        for turn in reversed(self.turns):
            for paper in (*turn.answer.considered, *turn.answer.nearest):
                found.setdefault(paper.id, paper)
        return list(found.values())

    def _whole(self, meant: Pointed[Paper], text: str, tagged: Tagged) -> tuple[Paper, ...]:
        """Return all papers of the list of which a message that speaks of them together means some,
        else those that it means: which of them is judged.
        """
        together = tagged.refers == "set" or tagged.act in DONE_TO_LISTS
        if not together or meant.out or number_meant(text) == len(meant.about):
            return meant.about
        about = {*meant.about}
        lists = [one.papers for one in self._lists() if about & {*one.papers}]
        if not meant.sure:  # rather the newest
            lists = [one for one in lists if 2 * len(about & {*one}) >= len(one)][:1] or lists
        most = max(lists, key=lambda papers: len(about & {*papers}), default=[])
        shared = about & {*most}
        mostly = 2 * len(shared) >= max(len(about), min(len(most), MOST_IN_LIST))
        within = mostly and about <= {*most}
        chooses = tagged.form in _CHOOSING or (mostly and tagged.act in DONE_TO_LISTS)
        return tuple(most) if within or (chooses and not meant.sure) else meant.about

    def reference(self, papers: tuple[Paper, ...], tagged: Tagged) -> Reference:
        """Return papers that are meant as a reference to all of them, or to each."""
        last = next(iter(self._spoken_of()))
        absent = last.absent if {*papers} == {*last.papers} else ()
        pair = len(papers) == BOTH and _PAIR.search(self._message)  # "which of the two …?"
        each = (pair or len(papers) < len(self.several())) and tagged.form not in ("list", "count")
        return Reference(papers, together=len(papers) > 1 and not each, absent=absent)

    def exactly(self, text: str) -> tuple[str, ...]:
        """Return the ids of the papers that a message names, or means by number, place, year, title
        or as a list that it names.
        """
        named = {one.paper_id for one in self._names.find(text)}
        return (*named, *(paper.id for paper in self._counted(text) or self.listed(text)))

    def of_one(self, text: str) -> list[Paper]:
        """Return the one paper that a message means by number, place, year or title, if it does."""
        counted = self._counted(text)
        return list(counted) if len(counted) == 1 else []

    def _counted(self, text: str) -> Sequence[Paper]:
        """Return the papers that a message means by number, place, year or title."""
        return self._pointed(text) or self._placed(text)

    def _placed(self, text: str, compares: bool = False) -> Sequence[Paper]:
        """Return the papers that a message counts by their places, also those that it `compares`,
        or as a pair.
        """
        compares = compares or asks_whether_they_agree(text)
        asking = text if compares else asking_part(text)
        pair = _PAIR.search(asking) and not _TWO_THINGS.search(asking)
        if pair and (told := self._pair_told(text)):
            return told
        if pair and (both := self._pair()) and not both.absent:
            return both.papers
        counts = places_in(asking) or COUNTED_SEVERAL.search(asking) or _OTHER_ONE.search(asking)
        if not (counts or pair):
            return ()
        return self._by_place(asking, self.last(), compares)

    def _pair_told(self, text: str) -> tuple[Paper, ...]:
        """Return the two of which a message speaks before it speaks of both: those that it counts
        ("1 and 3 disagree. Put those two …"), or the one that it names and that spoken of last.
        """
        counted = self._by_numbers(self._message)
        if len(counted) == BOTH:
            return counted
        named = {one.paper_id for one in self._names.find_firm(text)}
        spoken = [one for one in self._shown() if one.id in named]
        beside = [one for one in self.last() if one.id not in named]
        return (*beside, *spoken) if len(named) == len(spoken) == len(beside) == 1 else ()

    def _pointed(self, text: str) -> tuple[Paper, ...]:
        """Return the papers that a message means by number, year or title, or as "the other"."""
        return (
            self._by_numbers(text)
            or self._by_year(text)
            or self._the_other(text)
            or self._of_named_list(text)
            or self.by_title(text)
        )

    def _of_named_list(self, text: str) -> tuple[Paper, ...]:
        """Return the paper that a message counts in a list that it names ("the first paper on your
        list"), () where it does neither.
        """
        papers, place = self._list_named(text), PLACE.search(without_list(text))
        counted = COUNTED.search(text) or (place and (place[1] or place[2]))
        if not (papers and place and counted) or _RELATIVE.search(place[0]):
            return ()
        at = place_of(place)
        return (papers[at],) if -len(papers) <= at < len(papers) else ()

    def _list_named(self, text: str) -> tuple[Paper, ...]:
        """Return the papers of the list that a message names ("your first list"), () for none."""
        which, lists = list_named(text), self.lists()
        return tuple(choose_list(which, lists)) if which and lists else ()

    def listed(self, text: str) -> tuple[Paper, ...]:
        """Return the papers of the list that `text` speaks of as one ("the first list", "those
        four"), or all that were spoken of, as they came up ("the papers we discussed").
        """
        if (count := _SO_MANY.search(text)) and (of_so_many := self._of_number(count["number"])):
            return of_so_many
        if asks_of_discussed(text):
            spoken = (paper for turn in self.turns for paper in self.subjects(turn))
            return tuple({paper.id: paper for paper in spoken}.values())
        last = list_named(text) == "last" and not _IN_LIST.search(text)  # "of those in the list"
        if last and (COUNTED.search(text) or self._names.find(text)):
            return ()  # "what does the first one do with that list?"
        chosen = self._list_named(text)
        several = several_in(without_list(text))  # "the first two of your long list"
        return tuple(first_of(several, chosen)) if several and chosen else chosen

    def _of_number(self, said: str) -> tuple[Paper, ...]:
        """Return the papers of the newest answer that was about so many."""
        number = read_number(said)
        alike = (one.papers for one in self._spoken_of() if len(one.papers) == number)
        return tuple(next(alike, ()))

    def row_meant(self, text: str, tagged: Tagged) -> Filters | None:
        """Return what bounds the papers of that row of the last answer's counts which a message
        asks for by its place ("the top one's papers"), None for none.
        """
        counts = self._counts
        place = _TOP.search(text) or COUNTED.search(text)
        if not (counts and place) or tagged.of("topic") or len(counts.rows) < BOTH:
            return None
        at = 0 if _TOP.search(text) else (places_in(text) or [0])[0]
        if not -len(counts.rows) <= at < len(counts.rows):
            return None
        label = counts.rows[at][0]
        if counts.by == "year":
            return Filters(year_from=int(label), year_to=int(label))
        return Filters(authors=(label,)) if counts.by == "author" else Filters(venues=(label,))

    def several(self) -> tuple[Paper, ...]:
        """Return the several papers spoken of last."""
        return tuple(next(iter(self._lists()), Subject(self.last())).papers)

    def kept(self, meant: Pointed[Paper], tagged: Tagged) -> tuple[Paper, ...]:
        """Return the papers that a message keeps: of what it drops from the last list all others,
        else those that it means.
        """
        rest = tuple(paper for paper in self.several() if paper not in meant.out)
        return rest if tagged.act == "drop" or not meant.about else meant.about

    def chosen_of_list(self, text: str, tagged: Tagged) -> tuple[Paper, ...]:
        """Return the papers of the last list that a message keeps or leaves by dropping others, by
        their places or names ("without the second", "only SimDA"); none where it chooses otherwise.
        """
        several = self.several()
        if tagged.act not in ("drop", "narrow") or len(several) < BOTH or tagged.of("time"):
            return ()
        meant, exact = self.meant(text, tagged), {*self.exactly(text)}
        kept = self.kept(meant, tagged)
        about, out = ({paper.id for paper in papers} for papers in (meant.about, meant.out))
        drops = out and (meant.sure or out == exact)
        own = exact & {paper.id for paper in several}
        if tagged.act == "narrow" and ONLY.match(text) and own and own <= about:  # "only SimDA"
            return tuple(paper for paper in several if paper.id in own)
        keeps = tagged.act == "narrow" and about and about == exact
        return kept if (drops or keeps) and 0 < len(kept) < len(several) else ()

    def meant_of(self, papers: Sequence[Paper], text: str) -> list[Paper]:
        """Return which of the `papers` of an answer a message names or counts, else all."""
        if several := several_in(text):
            return first_of(several, papers)
        meant = {one.paper_id for one in self._names.find(text)}
        meant |= {one.id for one in self._by_numbers(text)}
        meant |= {papers[n].id for n in places_in(text) if -len(papers) <= n < len(papers)}
        return [paper for paper in papers if paper.id in meant] or list(papers)

    def put_aside_in(self, text: str) -> tuple[str, ...]:
        """Return the ids of the papers that words which put some aside name, count ("the second")
        or tell apart by words of their titles, () where they do none of it, or leave out all others
        ("all but the first").
        """
        if not text or leaves_only(text):
            return ()
        named = [one.paper_id for one in self._names.find_firm(text)]
        placed = self._by_place(text, self.several()) if self.turns else []
        told = (*placed, *self._by_numbers(text), *self.by_title(text))
        return tuple(dict.fromkeys((*named, *(paper.id for paper in told))))

    def so_many(self, number: int, words: str) -> Reference | None:
        """Return all papers that were cited, of which so many are meant ("the four X-ray papers");
        None where these are no more, or some words of their titles tell them apart.
        """
        cited = self.cited()[:_MOST_CITED]
        titled = any(self._titled(words)) or len(cited) < number or number < BOTH
        return None if titled else Reference(tuple(cited), together=True)

    def last(self) -> list[Paper]:
        """Return what is selected, else what the last turn was about."""
        return self._selected or (self.subjects(self.turns[-1]) if self.turns else [])

    def chosen(self, tagged: Tagged) -> bool:
        """Tell whether a message is about the papers that are selected."""
        return bool(self._selected) and tagged.refers == "set"

    def subjects(self, turn: Turn) -> list[Paper]:
        """Return what a turn was about: a table's papers, those it named, also where their
        abstracts do not say what it asked, the one a fact came from, else all it cited.
        """
        answer = turn.answer
        if answer.table is not None:
            return list(answer.table.papers)
        if answer.counted:
            return list(answer.counted)
        cited = [citation.paper for citation in answer.citations]
        if answer.kind not in ("fact", "none"):
            return cited
        named = {mention.paper_id for mention in self._names.find(answer.question)}
        return [one for one in (*cited, *answer.nearest) if one.id in named] or cited[:1]

    def seen(self) -> tuple[str, ...]:
        """Return the ids of the papers that the answers to the last question and its "more" were
        about.
        """
        return tuple(paper.id for turn in self._alike() for paper in self.subjects(turn))

    def shown(self) -> list[Paper]:
        """Return all papers that the answers to the last question cited."""
        return [citation.paper for turn in self._alike() for citation in turn.answer.citations]

    def _alike(self) -> list[Turn]:
        last = self.turns[-1].answer.question
        return [turn for turn in self.turns if turn.answer.question == last]

    def with_name(self, text: str) -> str:
        """Return a message that is nothing but a place ("and the second one?"), after a question
        that names papers, with the name of the paper there, after an answer that doubted which
        paper is meant as that question of it; one that is nothing but a year ("the newer one") as
        what it asks for; any other as it is, with the names of papers in the place of words of
        their titles ("the German one"), and whole titles in that of what is copied out of them.
        """
        text = self._with_titled(self._with_copied(text))
        place = _said_alone(text)
        if not self.turns:
            return text
        last = self.turns[-1].answer
        counts = bool(COUNTED.fullmatch(place) or (last.may_mean and _THE_OTHER.fullmatch(place)))
        if not counts and not _BY_YEAR.fullmatch(place):
            return text
        placed = self._by_place(place, self.last()) if counts else self._by_year(place)
        if placed and placed[0] in last.may_mean:
            return put_names(last.question, placed[:1], self._names)
        if not placed or (counts and _RELATIVE.search(place)):
            return text
        name = self._names.display(placed[0])
        if not counts:
            return f"tell me about {name}"
        if not self._names.find(last.question) or placed[0] in self.subjects(self.turns[-1]):
            return text  # "and the second one?" of two compared is about that one
        return text.replace(place, name)

    def _with_titled(self, text: str) -> str:
        """Return a message with the names, where they are short, of papers in the place of words of
        their titles ("the German one").
        """
        for match, papers in reversed(list(self._titled(text))):
            names = [self._names.display(paper) for paper in papers]
            if all(len(name.split()) <= _SHORT_NAME for name in names):
                text = f"{text[: match.start()]}{' and '.join(names)}{text[match.end() :]}"
        return text

    def names_another(self, text: str) -> bool:
        """Tell whether a message speaks of the paper of a name ("the MAE paper") that no paper
        owns, and none of those that were shown has, or is only asked whether it is there.
        """
        held = asks_if_held(text)
        for name in names_of_papers(text) if self.turns else ():
            if is_name(name) and not self._names.find_firm(name):
                told = (f"{one.title} {'' if held else one.abstract}" for one in self._shown())
                return not any(name.lower() in words(said) for said in told)
        return False

    def _with_copied(self, text: str) -> str:
        """Return a message with the whole titles of papers in the place of what is copied from
        them, where no other paper that was shown has that, too.
        """
        papers = self._shown() if self.turns else []
        named = [(one.start, one.end) for one in self._names.find_firm(text)] if papers else []
        copied: list[tuple[int, int, str]] = []
        for start, end in copied_stretches(text, [paper.title for paper in papers]):
            stretch = text[start:end]
            titled = [one.title for one in papers if stretch.lower() in one.title.lower()]
            taken = [*named, *(one[:2] for one in copied)]
            apart = not any(start < there and begun < end for begun, there in taken)
            if apart and len(titled) == 1 and titled[0] not in text:
                copied.append((start, end, titled[0]))
        for start, end, title in sorted(copied, reverse=True):
            text = f"{text[:start]}{title}{text[end:]}"
        return text

    def by_title(self, text: str) -> tuple[Paper, ...]:
        """Return the papers that a message means by words of their titles."""
        papers = (paper for _, those in self._titled(text) for paper in those)
        return tuple({paper.id: paper for paper in papers}.values())

    def _titled(self, text: str) -> Iterator[tuple[re.Match[str], list[Paper]]]:
        """Yield each "the … one", or "the two … ones", of a message whose words are all in the
        titles of so many papers that were shown, and of no more, with these.
        """
        for match in _DESCRIBED.finditer(text):
            stems = content_of(match["words"])
            number = NUMERALS.get((match["many"] or "").lower(), 1)
            if not stems or stems & POINTING or self._names.find(match["words"]):
                continue
            titled = named_by_title(match["words"], self.cited())
            if len(titled) == number:
                yield match, titled

    def left_out_in(
        self, text: str, tagged: Tagged, search: Callable[[str], Sequence[Paper]]
    ) -> Paper | None:
        """Return the paper that a message speaks of as left out of an answer ("the DINO one that
        you left out"), by words of its title, of those that were named as left out or, if none of
        them is it, of those that a `search` for its words finds; None for none.
        """
        shown = [*self.cited(), *self.last()]  # what does not say it was asked about all the same
        meant = self.meant(text, tagged)
        match meant.about:
            case (one,) if one not in shown and meant.sure and not self._names.find(text):
                return one
        if not _LEFT_OUT.search(text):
            return None
        said = [*(match["words"] for match in _DESCRIBED.finditer(text)), *tagged.of("paper")]
        near = ((*turn.answer.considered, *turn.answer.nearest) for turn in reversed(self.turns))
        for papers in chain(near, map(search, said)):
            titled = (one for words in said for one in named_by_title(words, papers))
            if (paper := next(titled, None)) and paper not in shown:
                return paper
        return None

    def counted_in(self, text: str, tagged: Tagged) -> tuple[Turn, int] | None:
        """Return the turn in whose papers `text` counts ("the third", "the first two") and how many
        they are: the list that it names; the last that was about several, where that is not the
        last of all; where none was, the last, and how many were spoken of one by one. None where it
        counts in no others.
        """
        if named := self.listed(text):
            shown = [one for one in self.turns if self._subject(one).papers == [*named]]
            return (shown[-1], len(named)) if shown else None
        said = (*tagged.of("paper"), *tagged.of("side"))
        counts = (
            any(PLACE.search(one) and not tells_apart(one) for one in said)
            or len(places_in(text)) > 1
            or COUNTED.search(text)
            or COUNTED_SEVERAL.search(text)
        )
        several_of = (one for one in reversed(self.turns) if len(self._subject(one)) > 1)
        if (turn := next(several_of, None)) is None:
            compares = tagged.form == "comparison" and not (said or tagged.of("topic"))
            several = compares or points_at_several(text) or asks_of_all(text)
            spoken = self._one_by_one()
            means = (counts or several or _OF_TWO.search(text)) and len(spoken) > 1
            return (self.turns[-1], len(spoken)) if means and not self._selected else None
        elsewhere = turn is not self.turns[-1] and not self._selected
        means = counts and elsewhere and not _RELATIVE.search(text)
        return (turn, len(self._subject(turn))) if means else None

    def points(self, text: str, tagged: Tagged) -> bool:
        """Tell whether `text` means papers by their numbers ("[3]"), years or titles, or beyond
        doubt by a place that can be counted on the screen ("the third"; "the latter" of two).
        """
        if self._pointed(text):
            return True
        meant = self.meant(text, tagged)
        described = tagged.of("paper") and meant.sure and len(meant.about) == 1
        if described and meant.about[0] not in self.last():
            return True  # "the other Dutch one"
        names_list = _IN_LIST.search(text) or list_named(text) in ("first", "longest", "before")
        if names_list and self.listed(text):
            return True
        leans = tagged.refers == "set" and tagged.references["set"] >= SURE
        means = tagged.refers == "place" and meant.sure
        placed = {*self._placed(text)} if leans or means else set()
        if placed and (leans or placed == {*meant.about}):
            return True  # "can either of those …?"
        sure = tagged.references["place"] >= SURE or bool(COUNTED.search(text))
        counted = tagged.refers == "place" and sure
        several = next(iter(self._lists()), Subject([]))
        plain = len(several) == BOTH if _RELATIVE.search(text) else bool(PLACE.search(text))
        return counted and plain and bool(self._by_place(text, self.last()))

    def _by_numbers(self, text: str) -> tuple[Paper, ...]:
        """Return the papers of "compare [1] with [4]"; none where a number was never given."""
        given = {one.number: one.paper for turn in self.turns for one in turn.answer.citations}
        numbers = list(map(int, _NUMBERED.findall(text)))
        if not numbers and (numbers := enumerated_in(text)):
            named = self._list_named(text)
            shown = [named] if named else [one.papers for one in self._lists()]
            long = (papers for papers in shown if len(papers) >= max(numbers))
            given = dict(enumerate(next(long, []), 1))
        papers = [given.get(number) for number in numbers]
        known = tuple(paper for paper in papers if paper is not None)
        return known if len(known) == len(papers) else ()

    def _by_year(self, text: str) -> tuple[Paper, ...]:
        """Return those of the several papers spoken of last that are "the newer one" or "the one
        from 2021"; none where one is none of them, or more than one.
        """
        said = list(_BY_YEAR.finditer(text))
        papers = self._among() if said else []
        years = [paper.year for paper in papers if paper.year is not None]
        if not years or len(years) < len(papers):
            return ()
        meant: dict[str, Paper] = {}
        for one in said:
            told = one["year"] or one["of"]
            if told:
                those = [paper for paper in papers if paper.year == int(told)]
            else:
                those = first_in_order(papers, "newest" if one["new"] else "oldest")
            if len(those) != 1:
                return ()
            meant[those[0].id] = those[0]
        return tuple(meant.values())

    def _the_other(self, text: str) -> tuple[Paper, ...]:
        """Return "the other one" of the two spoken of last, after one of them alone; none where
        there is no such.
        """
        last, pair = self.last(), next(iter(self._lists()), None)
        if len(last) > 1 or pair is None or len(pair) != BOTH or not _OTHER_ONE.search(text):
            return ()
        others = tuple(paper for paper in pair.papers if paper not in last)
        return others if len(others) == 1 and set(last) < set(pair.papers) else ()

    def _among(self) -> list[Paper]:
        """Return those that the paper spoken of last was found among, or it and the one before."""
        last = self.last()
        those = next((one.papers for one in self._lists() if set(last) <= set(one.papers)), None)
        pair = None if those else self._pair()
        return those or (pair.papers if pair else [])

    def _pair(self) -> Subject | None:
        """Return the two spoken of last, in the order in which they came up: those of the last
        answer that is about two, of which one may be absent, or one and the one before; None where
        more are under discussion.
        """
        spoken: dict[str, Paper] = {}
        for subject in self._spoken_of():
            if len(subject) == BOTH and not (spoken and subject.absent):
                return subject
            if len(subject) > 1 and not spoken:
                return None
            for paper in subject.papers:
                spoken.setdefault(paper.id, paper)
            if len(spoken) > 1:
                break
        pair = list(spoken.values())[BOTH - 1 :: -1]
        return Subject(pair) if pair else None

    def _by_place(self, text: str, last: Sequence[Paper], compares: bool = False) -> list[Paper]:
        lists = self._lists()
        if _RELATIVE.search(text) and lists and lists[0].papers == self._one_by_one():
            lists = [Subject(lists[0].papers[-BOTH:])]  # of all spoken of one by one
        if _OTHER.search(text) and COUNTED.search(text) and lists and len(lists[0]) == BOTH:
            return lists[0].papers  # "is the first one better than the other one?"
        if _OTHER.search(text):
            now = last[:1]
            for those in lists:
                others = [one for one in those.papers if one not in now]
                if others or those.absent:
                    return others[:1]
            return []
        if several := several_in(text):
            return first_of(several, lists[0].papers if lists else list(last))
        places = places_in(text)
        every = list(dict.fromkeys(map(place_of, PLACE.finditer(text))))
        if compares and len(every) == BOTH:  # "how does the second differ from the first?"
            places = every
        for those in lists:
            if places and all(-len(those) <= place < len(those) for place in places):
                # What is absent stands last.
                found = [those.papers[one : one + 1 or None] for one in places]
                return list(dict.fromkeys(paper for papers in found for paper in papers))
        return []

    def _spoken_of(self) -> list[Subject]:
        """Return what is selected, else what each turn was about, newest first."""
        if self._selected:
            return [Subject(self._selected)]
        return [self._subject(turn) for turn in reversed(self.turns)]

    def _subject(self, turn: Turn) -> Subject:
        """Return what a turn was about, of a doubtful one all that may be meant."""
        papers = list(turn.answer.may_mean) or self.subjects(turn)
        return Subject(papers, turn.answer.unfound)

    def _lists(self) -> list[Subject]:
        """Return those of several papers, or of one beside what no paper is about, before them
        those that were offered where nothing was found; where there is none, all that were spoken
        of one by one.
        """
        lists = [subject for subject in self._spoken_of() if len(subject) > 1]
        if len(self._offered) > 1 and not self._selected:  # "but the first one is about emotion!"
            lists.insert(0, Subject(list(self._offered)))
        if lists or self._selected:
            return lists
        cited = [one.paper for one in self.turns[-1].answer.citations] if self.turns else []
        one_by_one = self._one_by_one()
        return [Subject(those) for those in (one_by_one, cited) if len(those) > 1]

    def told_records(self) -> bool:
        """Tell whether the last answer told papers' records, without quotations."""
        told = self.turns[-1].answer.citations if self.turns else ()
        return bool(told) and not any(one.quotes for one in told)

    def lists(self) -> list[list[Paper]]:
        """Return the papers of the lists that were shown, newest first, where there are none, of
        the tables.
        """
        tables = [turn.answer.table is not None for turn in reversed(self.turns)]
        several = [one.papers for one in self._spoken_of()]
        if self._selected or all(tables):
            return [one.papers for one in self._lists()]
        lists = [one for one, is_table in zip(several, tables, strict=True) if not is_table]
        return [one for one in lists if len(one) > 1] or [one.papers for one in self._lists()]

    def _one_by_one(self) -> list[Paper]:
        """Return the papers that a turn was about alone, as they came up."""
        alone = (turn_about.papers for turn_about in map(self._subject, self.turns))
        return list({papers[0].id: papers[0] for papers in alone if len(papers) == 1}.values())

    def cited(self) -> list[Paper]:
        """Return the selected papers, or all cited so far, those of the newest answer first."""
        if self._selected:
            return self._selected
        found = {
            citation.paper.id: citation.paper
            for turn in reversed(self.turns)
            for citation in turn.answer.citations
        }
        return list(found.values())


def leaves_only(text: str) -> bool:
    """Tell whether a message excepts some papers from what it drops ("all but the first")."""
    return _ALL_BUT.search(text) is not None


def number_kept(text: str, tagged: Tagged) -> int:
    """Return of how many papers a message speaks beside those that it puts aside, 0 where it does
    not say: "leave out the first two; of the other three, which …?" of three.
    """
    for clause in tagged.of("out"):
        text = text.replace(clause, " ")
    return number_meant(text)


def _points_at_it(text: str, tagged: Tagged, bare: bool) -> bool:
    """Tell whether a message asks a fact of "it", or is `bare` ("numbers?"), and of no several."""
    together = tagged.refers in ("set", "place") or points_at_several(text) or _OTHERS.search(text)
    asks = tagged.form == "fact" and tagged.act == "none"
    return asks and not together and (bare or _PRONOUN.search(text) is not None)


def points_at_several(text: str) -> bool:
    """Tell whether a message points at several papers spoken of: "which of them …?"."""
    return _SEVERAL.search(text) is not None


def points_at_one(text: str) -> bool:
    """Tell whether a message points at one paper spoken of: "in that study"."""
    return _THAT_ONE.search(text) is not None


def points_beside(text: str) -> bool:
    """Tell whether a message points at one paper beside others that it names.

    >>> [points_beside(text) for text in ("put BLIP and this one side by side", "is SLIP like it?")]
    [True, True]
    """
    return points_at_one(text) or _BESIDE_IT.search(text) is not None


def asks_of_all(text: str) -> bool:
    """Tell whether a message asks of all of several papers, not of one of them.

    >>> [asks_of_all(text) for text in ("what do they each tune?", "how many clips do they use?")]
    [True, False]
    """
    return _OF_ALL.search(text) is not None


def is_only_a_place(text: str) -> bool:
    """Tell whether a message is nothing but the place of a paper.

    >>> is_only_a_place("and the second one?"), is_only_a_place("who wrote the second?")
    (True, False)
    """
    return COUNTED.fullmatch(_said_alone(text)) is not None


def _said_alone(text: str) -> str:
    """Return a message without what it begins with ("and what about") and its last mark."""
    *_, said = _LEAD.split(text)
    return _WHAT_ABOUT.sub("", said).strip(" ?.!")


def without_lead(text: str) -> str:
    """Return a message without the words by which it only goes on.

    >>> without_lead("ok, and what about the second?")
    'the second?'
    """
    return _WHAT_ABOUT.sub("", _LEAD.sub("", text))


def take_remarks(text: str) -> tuple[str, str]:
    """Return what a message says before it asks, and what it then asks; "" and all of it where it
    asks before, too, or of several papers or places.

    >>> take_remarks("You forgot SimDA. How many parameters does it tune?")
    ('You forgot SimDA.', 'How many parameters does it tune?')
    >>> take_remarks("Tell me about SimDA. Is it fast?")
    ('', 'Tell me about SimDA. Is it fast?')
    """
    sentences = sentences_of(_CONFIRMED.sub(".", text))
    asking = len([*takewhile(lambda one: one.endswith("?"), reversed(sentences))]) or 1
    remarks, asked = " ".join(sentences[:-asking]), " ".join(sentences[-asking:])
    pair = _THOSE_TWO.search(asked)
    leans = (points_at_several(asked) and not pair) or bool(places_in(asked)) or "?" in remarks
    return ("", text) if leans or _REQUESTS.search(remarks) else (remarks, asked)


def goes_on_with(named: int, remarks: str, asked: str) -> bool:
    """Tell whether what is asked after remarks is asked of the papers, so many, that these name.

    >>> goes_on_with(1, "No, I meant OPT.", "How long did that take?")
    True
    >>> [goes_on_with(n, "BLIP is new, SLIP is not.", "Compare just those two.") for n in (2, 3)]
    [True, False]
    """
    if named == BOTH:
        return bool(_THOSE_TWO.search(asked))
    return named == 1 and bool(_PRONOUN.search(asked) or _MEANS.search(remarks))


def put_names(
    text: str, papers: Sequence[Paper], names: NameIndex, many: str = "papers cited before"
) -> str:
    """Return `text` with the papers' names where it refers to them, or at its end; `many` is what
    too many to name are.
    """
    plain = _LEAD.sub("", text)
    if _NUMBERED.search(plain):
        given = iter(papers)
        return _NUMBERED.sub(lambda _: names.display(next(given, papers[-1])), plain)
    named = " and ".join(names.display(paper) for paper in papers)

    def put(match: re.Match[str]) -> str:
        return named + ("'s" if _owns(match[0]) else "")

    if len(papers) == 1 and _PRONOUN.search(plain):
        return _PRONOUN.sub(put, plain, count=1)
    if len(papers) == BOTH and _THOSE_TWO.search(plain):
        return _THOSE_TWO.sub(named, plain, count=1)
    of = named if len(papers) <= _MOST_NAMED else f"of the {len(papers)} {many}"
    return f"{plain.rstrip(' ?.')} ({of})?"


def put_pronouns(text: str) -> str:
    """Return `text` with "it" or "its" where it refers to one paper.

    >>> put_pronouns("and what is its cost, according to the second?")
    'and what is its cost, according to it?'
    """
    if len(places_in(text)) > 1:
        return text  # "is the second larger than the first?"
    return _PRONOUN.sub(lambda match: "its" if _owns(match[0]) else "it", text)


def _owns(pronoun: str) -> bool:
    return pronoun.lower().endswith("'s") or pronoun.lower() == "its"


def put_topic(before: Tagged, question: str, text: str, tagged: Tagged) -> str:
    """Return the question before with what `text` puts in the place of its paper or its topic."""
    topic = " ".join(tagged.of("topic") or tagged.of("aspect") or tagged.of("paper"))
    if before.form == "bibliography" and tagged.of("topic"):
        return _LEAD.sub("", text)  # what is asked of records has no topic to be put in
    for new, old in (
        (" ".join(tagged.of("paper")), before.of("paper")),
        (topic, before.of("topic")),
    ):
        if new and old and question.count(old[-1]) == 1:
            return question.replace(old[-1], new)
    if tagged.of("topic") and tagged.of("time"):
        return _LEAD.sub("", text)  # it says all that the question before does
    return f"{_LEAD.sub('', text)} (as in: {question})"


_ALL_BUT = re.compile(r"\b(?:but|except|apart from|other than)\b", re.IGNORECASE)
