"""A follow-up and the turns before it → a question that stands alone. Rules over its
wording only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.index.bm25 import KeywordIndex
from assistant.reading.parsed_question import Form
from assistant.text.paper_names import NameIndex
from assistant.text.rhetorical_roles import is_aspect
from assistant.text.words import ORDINALS, index_terms, words
from assistant.types import Filters, Paper, Turn

_SWITCH = re.compile(
    r"^(?:(?:ok|okay|so|right|now|and|but|great|thanks|cool|alright)\b[,.!]?\s*)*"
    r"(?:(?:a |on a )?(?:new|different|another|other|next|unrelated)|change of|switching|"
    r"moving on to (?:a )?(?:new|different)?)\s*"
    r"(?:topic|subject|question|thing)s?\b\s*[,:;.\-–—]*\s*",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"^(?:(?:ok|okay|so|now)\b[,.]?\s*)*(?:going |coming |(?:let's |let us )?go )?(?:back "
    r"to|returning to|about|regarding|as for)\s+"
    r"(?:the |that |those )?(.+?)(?:\s(?:again|paper|one))?\s*[,:;–—-]\s+(.+)$",
    re.IGNORECASE,
)
_RETURNS = re.compile(r"\b(?:back|return(?:ing)?) to\b", re.IGNORECASE)
# An ordinal means a paper before "one" or "paper", before a verb, or at the end of a clause; "the
# second stage" does not.
_ORDINAL = re.compile(
    rf"\b(?:the |that )?({'|'.join(ORDINALS)})(?:(?: one| paper| method| model| "
    rf"work)(?:'s)?\b|'s\b|(?=\s*[?.,!;]|\s*$|\s(?:"
    r"uses?|does|do|did|is|are|was|were|needs?|gets?|has|have|reach(?:es)?|trains?|reports?|"
    r"achieves?|performs?|works?|gains?|"
    r"shows?|claims?|says?|in|on|at|and|or|public|better|worse|bigger|smaller)\b))|"
    r"\b(?:the )?(latter|former)\b|\b(?:paper|number|no\.?|#)\s?(\d{1,2})\b",
    re.IGNORECASE,
)
# "[3]": the paper with this number in an answer.
_NUMBERED = re.compile(
    r"(?:\b(?:paper|source|number|reference) )?(?<!\w)\[(\d{1,3})\]", re.IGNORECASE
)
_TWO = re.compile(
    r"\b(?:the (?:first )?two(?: of them)?|the (?:first )?(?:three|four)(?: of them)?|these "
    r"two|those two|both(?: of them| papers)?|"
    r"either(?: of them| one)?|them both|each of them|each other)\b",
    re.IGNORECASE,
)
_COUNTS = {"three": 3, "four": 4}
_OTHER_ONE = re.compile(
    r"\bthe other (?:one|paper)(?:'s)?\b|\bthe other\b(?=\s*[?.,]|\s*$)", re.IGNORECASE
)
_SET = re.compile(
    r"\b(?:(?:which|what|any|some|how many|all|none|most|one|ones|each) (?:\w+ )?(?:of "
    r")?(?:those|these|them)|"
    r"(?:of|among|from|in|for|between) (?:those|these|them)|those|these|them|which ones|"
    r"which one)(?: papers| ones| works| methods| models)?\b",
    re.IGNORECASE,
)
_THAT_ONE = re.compile(
    r"\b(?:the|that) ((?:(?!(?:other|first|second|third|last|same|does|do|is|are|that|this|"
    r"which|of)\b)[\w-]+ ){1,2}?)(?:one|paper)(?:'s)?\b",
    re.IGNORECASE,
)
# A name can stand in the place of these; for what else points back it is added at the end.
_PRONOUN = re.compile(
    r"\b(?:it|its|(?:this|that|the same) (?:one|paper|method|model|approach|work|system|"
    r"study)(?:'s)?)\b",
    re.IGNORECASE,
)
_THAT = re.compile(
    r"\b(?:that|this|those|these)\b(?= (?:differ|compare)|\s*(?:with|to|from|and|vs)\b)",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:they|their|them|these|those|he|she|there|the (?:authors?|paper|method|model|"
    r"approach|system|study))\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:is|are|was|were|isn't|aren't) there\b|\bthere (?:is|are|was|were)\b|\bit (?:is|"
    r"was) (?:possible|true|known)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"^(?:and|what about|how about|also|same)\b|\b(?:too|as well|the same|that same|such|"
    r"similar(?:ly)?|likewise)\b|"
    r"\b(?:that|this) (?:\w+ )?(?:choice|question|problem|task|topic|comparison|trade-?off|"
    r"idea|effect|finding|setting)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:another|any other|others?|any more|more|else|different one)\b", re.IGNORECASE
)
_MOST_NAMED = 4
_MOST_COMPARED = 4
_PLURAL = {"does": "do", "is": "are", "has": "have", "was": "were"}
_LEAD = re.compile(r"^(?:(?:and|ok|okay|so|but|now|well|then|also)\b[,.]?\s*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that stands alone: `standalone` as shown, `search` as searched, `scope` by what is
    under discussion.

    `wording` tells its form where that is not the standalone question's.
    """

    standalone: str
    search: str
    scope: Filters = Filters()
    wording: str = ""
    follow_up: bool = False


def resolve(user: str, form: Form, turns: Sequence[Turn], names: NameIndex) -> Resolved:
    """Return `user`, which asks for `form`, as a question that stands alone, given the turns before
    it.
    """
    text = " ".join(user.split())
    switched = _SWITCH.sub("", text, count=1)
    if switched != text and switched:
        return Resolved(switched, switched)
    if not (history := _History(turns, names)):
        return Resolved(text, text)
    return (
        history.back_to(text)
        or history.refer(text, form)
        or history.carry_on(text, form)
        or Resolved(text, text)
    )


def resolve_by_last_subject(
    user: str, turns: Sequence[Turn], names: NameIndex, keywords: KeywordIndex
) -> Resolved | None:
    """Return `user` as a question about the paper just discussed, None where it says too much for
    that.
    """
    asks = [one for one in keywords.concepts(user) if not is_aspect(one.surface)]
    if len(asks) > 1 or names.find(user) or _SWITCH.match(user):
        return None
    history = _History(turns, names)
    return history.last(" ".join(user.split())) if history else None


class _History:
    """What was talked about in the turns that found something, newest last."""

    def __init__(self, turns: Sequence[Turn], names: NameIndex) -> None:
        self._turns = [
            turn
            for turn in turns
            if turn.answer.citations or turn.answer.table or turn.answer.counted
        ]
        self._names = names

    def __bool__(self) -> bool:
        return bool(self._turns)

    def back_to(self, text: str) -> Resolved | None:
        """Resolve "back to the soups, what accuracy …" against everything cited so far."""
        match = _BACK.match(text)
        first = self.subjects(self._turns[0])
        if (
            match
            and _RETURNS.search(text)
            and match.group(1).lower() in ORDINALS
            and len(first) > (place := ORDINALS[match.group(1).lower()])
        ):
            return self._about(match.group(2), [first[place]], _PRONOUN)
        paper = described(match.group(1), self._all_cited()) if match else None
        if match is None or paper is None:
            return None
        return self._about(match.group(2), [paper], _PRONOUN)

    def refer(self, text: str, form: Form) -> Resolved | None:
        """Resolve ordinals, "the two", "those", "the other one", "the DINO one", "it"."""
        if numbered := self._by_numbers(text):
            return numbered
        named = self._names.find(text)
        last = self.subjects(self._turns[-1])
        for pattern, meant in (
            (_TWO, self._several(text) if len(named) < 2 else []),
            (_ORDINAL, self._ordinal(text)),
            (_OTHER_ONE, self._other()),
            (_THAT_ONE, self._that_one(text, last)),
        ):
            if meant and pattern.search(text):
                return self._about(text, meant, pattern)
        bare = _EXPLETIVE.sub(" ", text)
        comparing = form == "comparison"
        several = next(
            (those for turn in reversed(self._turns) if len(those := self.subjects(turn)) > 1), []
        )
        if _SET.search(text) and not named and several:
            return (
                self._about(text, several[:_MOST_COMPARED], _SET)
                if comparing
                else self._among(text, several)
            )
        if named and not comparing:
            return None
        if named and _THAT.search(bare):
            return self._about(text, last[:1], _THAT)
        if _PRONOUN.search(bare):
            return self._about(text, last[:1], _PRONOUN)
        if _POINTS_BACK.search(bare) or _SET.search(bare):
            return self._about(text, last if comparing else last[:1], None)
        return None

    def last(self, text: str) -> Resolved | None:
        """Resolve a question of next to no content ("which tasks?") as one about what was just
        discussed.
        """
        return self._about(text, self.subjects(self._turns[-1])[:1], None)

    def carry_on(self, text: str, form: Form) -> Resolved | None:
        """Resolve "and for law?", "any … too?", "is there another …?" by what was asked before."""
        if _OTHERS.search(text) and form == "list":
            seen = tuple(paper.id for paper in self.subjects(self._turns[-1]))
            return Resolved(text, text, Filters(without=seen))
        if not _CONTINUES.search(text) or self._turns[-1].answer.kind == "count":
            return None
        # A chain of follow-ups ("and for law?", "and for music?") keeps to the question that began
        # it.
        asked, _, began = self._turns[-1].answer.question.partition(" (as in: ")
        before = began.removesuffix(")") or re.sub(r" \(of .*\)$", "", asked)
        rest = _LEAD.sub("", text)
        topic = self._names.without(before, self._names.find(before))
        kind = text if len(words(rest)) > 3 else before
        return Resolved(f"{rest} (as in: {before})", f"{rest} {topic}", wording=kind)

    def _by_numbers(self, text: str) -> Resolved | None:
        """Resolve "compare [1] with [4]" by the numbers that the answers gave; None where one was
        never given.
        """
        given = {one.number: one.paper for turn in self._turns for one in turn.answer.citations}
        papers = [given.get(int(number)) for number in _NUMBERED.findall(text)]
        known = [paper for paper in papers if paper is not None]
        if not known or len(known) < len(papers):
            return None
        plain = _LEAD.sub("", text)
        question = _NUMBERED.sub(lambda match: self._names.display(given[int(match[1])]), plain)
        return self._whole(plain, question, known, text)

    def _about(
        self, text: str, papers: Sequence[Paper], reference: re.Pattern[str] | None
    ) -> Resolved | None:
        """Put the papers' names where the reference stands, or at the end."""
        if not papers:
            return None
        names = " and ".join(self._names.display(paper) for paper in papers)
        plain = _LEAD.sub("", text)

        def put(match: re.Match[str]) -> str:
            owns = match[0].lower().endswith("'s") or match[0].lower() == "its"
            return names + ("'s" if owns else "")

        question = reference.sub(put, plain, count=1) if reference else f"{plain} (of {names})"
        if len(papers) > 1:
            question = re.sub(
                r"^(does|is|has|was)\b",
                lambda match: _PLURAL[match[0].lower()],
                question,
                flags=re.IGNORECASE,
            )
        return self._whole(plain, question, papers, text)

    def _whole(self, plain: str, question: str, papers: Sequence[Paper], text: str) -> Resolved:
        """Return `question`; where the names in it do not lead to all `papers`, `plain` with their
        titles.
        """
        if not {mention.paper_id for mention in self._names.find(question)} >= {
            paper.id for paper in papers
        }:
            question = f"{plain} (of {' and '.join(paper.title for paper in papers)})"
        return Resolved(question, question, wording=text, follow_up=True)

    def _among(self, text: str, papers: Sequence[Paper]) -> Resolved:
        """Keep the question to `papers`."""
        search = _LEAD.sub("", " ".join(_SET.sub(" ", text).split()))
        few = len(papers) <= _MOST_NAMED
        names = (
            ", ".join(self._names.display(paper) for paper in papers)
            if few
            else f"the {len(papers)} papers cited before"
        )
        return Resolved(
            f"{_LEAD.sub('', text)} (of {names})",
            search,
            Filters(only=tuple(one.id for one in papers)),
            text,
        )

    def subjects(self, turn: Turn) -> list[Paper]:
        """Return what a turn was about: a table's papers, those it named, the one a fact came from,
        else all it cited.
        """
        if turn.answer.table is not None:
            return list(turn.answer.table.papers)
        if turn.answer.counted:
            return list(turn.answer.counted)
        cited = [citation.paper for citation in turn.answer.citations]
        if turn.answer.kind != "fact":
            return cited
        named = [mention.paper_id for mention in self._names.find(turn.answer.question)]
        return [paper for paper in cited if paper.id in named] or cited[:1]

    def _several(self, text: str) -> list[Paper]:
        """Return which papers "the two", "both", "the first three" are."""
        match = _TWO.search(text)
        number = next(
            (count for word, count in _COUNTS.items() if match and word in match[0].lower()), 2
        )
        last = self.subjects(self._turns[-1])
        if (
            number > 2
            or len(last) == 2
            or len(self._turns) < 2
            or self._turns[-1].answer.kind != "fact"
            and len(last) > 2
        ):
            return last[:number] if len(last) >= number else []
        before = [
            paper
            for turn in reversed(self._turns[:-1])
            for paper in self.subjects(turn)[:1]
            if paper != last[0]
        ]
        return [*before[:1], last[0]] if before else last[:2]

    def _ordinal(self, text: str) -> list[Paper]:
        match = _ORDINAL.search(text)
        if match is None:
            return []
        word = (match[1] or match[2] or "").lower()
        place = ORDINALS[word] if word else int(match[3]) - 1
        for turn in reversed(self._turns):
            subjects = self.subjects(turn)
            if len(subjects) > 1 and -len(subjects) <= place < len(subjects):
                return [subjects[place]]
        return []

    def _other(self) -> list[Paper]:
        """Return the other of the last two papers that were discussed together."""
        now = self.subjects(self._turns[-1])[:1]
        for turn in reversed(self._turns[:-1]):
            others = [paper for paper in self.subjects(turn) if paper not in now]
            if others:
                return others[:1]
        return []

    def _that_one(self, text: str, last: Sequence[Paper]) -> list[Paper]:
        match = _THAT_ONE.search(text)
        paper = (
            described(match.group(1), last) or described(match.group(1), self._all_cited())
            if match
            else None
        )
        return [paper] if paper else []

    def _all_cited(self) -> list[Paper]:
        found = {
            citation.paper.id: citation.paper
            for turn in reversed(self._turns)
            for citation in turn.answer.citations
        }
        return list(found.values())


def described(description: str, papers: Sequence[Paper]) -> Paper | None:
    """Return which of `papers` is meant by a few words ("the DINO one"), None when none holds any
    of them.
    """
    stems = {stem for stem in index_terms(description) if len(stem) > 1}
    scored = [
        (len(stems & set(index_terms(f"{one.title} {one.title} {one.abstract}"))), -n)
        for n, one in enumerate(papers)
    ]
    best = max(scored, default=(0, 0))
    return papers[-best[1]] if best[0] else None
