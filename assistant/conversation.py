"""A follow-up question made to stand alone, from what was said and cited before. Rules over its wording only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant import intent
from assistant.names import NameIndex
from assistant.retrieve import Retriever
from assistant.terms import index_terms, words
from assistant.types import Filters, Paper, Turn

_SWITCH = re.compile(
    r"^(?:(?:ok|okay|so|right|now|and|but|great|thanks|cool|alright)\b[,.!]?\s*)*"
    r"(?:(?:a |on a )?(?:new|different|another|other|next|unrelated)|change of|switching|moving on to (?:a )?(?:new|different)?)\s*"
    r"(?:topic|subject|question|thing)s?\b\s*[,:;.\-–—]*\s*",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"^(?:(?:ok|okay|so|now)\b[,.]?\s*)*(?:going |coming |let's go )?(?:back to|returning to|about|regarding|as for)\s+"
    r"(?:the |that |those )?(.+?)(?:\s(?:again|paper|one))?\s*[,:;–—-]\s+(.+)$",
    re.IGNORECASE,
)
_ORDINALS = {
    "first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "latter": 1, "third": 2, "3rd": 2, "fourth": 3,
    "4th": 3, "fifth": 4, "5th": 4, "sixth": 5, "seventh": 6, "eighth": 7, "ninth": 8, "tenth": 9, "last": -1,
}  # fmt: skip
_ORDINAL = re.compile(
    rf"\b(?:the |that )?({'|'.join(_ORDINALS)})(?:(?: one| paper| method| model| work)(?:'s)?|(?='s|\b(?=\s*[?.,]|$)))|"
    r"\b(?:paper|number|no\.?|#)\s?(\d{1,2})\b|\[(\d{1,2})\]",
    re.IGNORECASE,
)
_TWO = re.compile(
    r"\b(?:the two(?: of them)?|these two|those two|both(?: of them| papers)?|either(?: of them| one)?|them both|each of them|each other)\b",
    re.IGNORECASE,
)
_SET = re.compile(
    r"\b(?:(?:which|what|any|some|how many|all|none|most|one|ones|each) (?:\w+ )?(?:of )?(?:those|these|them)|"
    r"(?:of|among|from|in|for|between) (?:those|these|them)|those|these|them|which ones|which one)(?: papers| ones| works| methods| models)?\b",
    re.IGNORECASE,
)
_THAT_ONE = re.compile(r"\b(?:the|that) ((?:[\w-]+ ){1,3}?)(?:one|paper)(?:'s)?\b", re.IGNORECASE)
_IT = re.compile(
    r"\b(?:it|its|they|their|he|she|there|(?:this|that|the|the same) (?:one|paper|method|model|approach|work|system|authors?|study)(?:'s)?)\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:is|are|was|were|isn't|aren't) there\b|\bthere (?:is|are|was|were)\b|\bit (?:is|was) (?:possible|true|known)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"^(?:and|what about|how about|also|same)\b|\b(?:too|as well|the same|that same|such|similar(?:ly)?|likewise)\b|"
    r"\b(?:that|this) (?:\w+ )?(?:choice|question|problem|task|topic|comparison|trade-?off|idea|effect|finding|setting)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"\b(?:another|any other|others?|any more|more|else|different one)\b", re.IGNORECASE)
_PLURAL = {"does": "do", "is": "are", "has": "have", "was": "were"}
_LEAD = re.compile(r"^(?:(?:and|ok|okay|so|but|now|well|then|also)\b[,.]?\s*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that stands alone: `question` as shown, `search` as searched, and bounds from the conversation."""

    question: str
    search: str
    filters: Filters = Filters()
    kind_from: str = ""
    follow_up: bool = False

    @property
    def scoped(self) -> bool:
        """Tell whether the question is about papers under discussion only."""
        return bool(self.filters.only)


def resolve(user: str, turns: Sequence[Turn], names: NameIndex, retriever: Retriever) -> Resolved:
    """Return `user` as a question that stands alone, given the turns before it."""
    text = " ".join(user.split())
    switched = _SWITCH.sub("", text, count=1)
    answered = [turn for turn in turns if turn.answer.citations]
    if switched != text and switched:
        return Resolved(switched, switched)
    if not answered:
        return Resolved(text, text)
    history = _History(answered, names, retriever)
    return history.back_to(text) or history.refer(text) or history.carry_on(text) or Resolved(text, text)


class _History:
    """What was talked about, newest last."""

    def __init__(self, turns: Sequence[Turn], names: NameIndex, retriever: Retriever) -> None:
        self._turns = turns
        self._names = names
        self._retriever = retriever

    def back_to(self, text: str) -> Resolved | None:
        """Resolve "back to the soups, what accuracy …" against everything cited so far."""
        match = _BACK.match(text)
        paper = self._described(match.group(1), self._all_cited()) if match else None
        if match is None or paper is None:
            return None
        return self._about(match.group(2), [paper], _IT)

    def refer(self, text: str) -> Resolved | None:
        """Resolve ordinals, "the two", "those", "the DINO one", "it"."""
        named = self._names.find(text)
        bare = _EXPLETIVE.sub(" ", text)
        if match := _ORDINAL.search(text):
            paper = self._ordinal(match)
            if paper is not None:
                return self._about(text, [paper], _ORDINAL)
        if _TWO.search(text) and not len(named) > 1:
            return self._about(text, self._two(), _TWO)
        last = self._subjects(self._turns[-1])
        if _SET.search(text) and not named and len(last) > 1:
            search = _LEAD.sub("", " ".join(_SET.sub(" ", text).split()))
            names = ", ".join(self._names.display(paper) for paper in last)
            return Resolved(f"{_LEAD.sub('', text)} (of: {names})", search, Filters(only=tuple(one.id for one in last)), text)
        if (match := _THAT_ONE.search(text)) and (paper := self._described(match.group(1), last or self._all_cited())):
            return self._about(text, [paper], _THAT_ONE)
        if (_IT.search(bare) or _SET.search(text)) and (not named or intent.kind_of(text) == "comparison"):
            return self._about(text, last[:1], _IT if _IT.search(bare) else _SET)
        return None

    def carry_on(self, text: str) -> Resolved | None:
        """Resolve "and for law?", "any … too?", "is there another …?" by what was asked before."""
        if _OTHERS.search(text) and intent.kind_of(text) == "list":
            seen = tuple(paper.id for paper in self._subjects(self._turns[-1]))
            return Resolved(text, text, Filters(without=seen))
        if not _CONTINUES.search(text):
            return None
        # A chain of follow-ups ("and for law?", "and for music?") keeps to the question that began it.
        asked, _, began = self._turns[-1].answer.question.rstrip(")").partition(" (as in: ")
        before = began or asked
        rest = _LEAD.sub("", text)
        topic = self._names.without(before, self._names.find(before))
        kind = text if len(words(rest)) > 3 else before
        return Resolved(f"{rest} (as in: {before})", f"{rest} {topic}", kind_from=kind)

    def _about(self, text: str, papers: list[Paper], reference: re.Pattern[str]) -> Resolved | None:
        """Put the papers' names where the reference stands."""
        if not papers:
            return None
        names = " and ".join(self._names.display(paper) for paper in papers)
        plain = _LEAD.sub("", text)
        target = _EXPLETIVE.sub(lambda match: match[0].replace("there", "\0"), plain)

        def put(match: re.Match[str]) -> str:
            owns = match[0].lower().endswith("'s") or match[0].lower() in {"its", "their"}
            return names + ("'s" if owns else "")

        question = reference.sub(put, target, count=1).replace("\0", "there")
        if len(papers) > 1:
            question = re.sub(r"^(does|is|has|was)\b", lambda match: _PLURAL[match[0].lower()], question, flags=re.IGNORECASE)
        if not any(mention.paper_id == papers[0].id for mention in self._names.find(question)):
            question = f"{question} — {papers[0].title}"
        return Resolved(question, question, kind_from=text, follow_up=True)

    def _subjects(self, turn: Turn) -> list[Paper]:
        """Return what a turn was about: the papers it named, else the one a fact came from, else all it cited."""
        cited = [citation.paper for citation in turn.answer.citations]
        if turn.answer.kind != "fact":
            return cited
        named = [mention.paper_id for mention in self._names.find(turn.answer.question)]
        return [paper for paper in cited if paper.id in named] or cited[:1]

    def _two(self) -> list[Paper]:
        last = self._subjects(self._turns[-1])
        if len(last) == 2 or len(self._turns) < 2:
            return last[:2]
        before = [paper for turn in reversed(self._turns[:-1]) for paper in self._subjects(turn)[:1] if paper != last[0]]
        return [*before[:1], last[0]] if before and self._turns[-1].answer.kind != "comparison" else last[:2]

    def _ordinal(self, match: re.Match[str]) -> Paper | None:
        place = _ORDINALS[match[1].lower()] if match[1] else int(match[2] or match[3]) - 1
        for turn in reversed(self._turns):
            subjects = self._subjects(turn)
            if len(subjects) > 1 and -len(subjects) <= place < len(subjects):
                return subjects[place]
        return None

    def _described(self, description: str, papers: Sequence[Paper]) -> Paper | None:
        """Return which of `papers` is meant by a few words ("the DINO one"), None when none holds any of them."""
        stems = {stem for stem in index_terms(description) if len(stem) > 1}
        scored = [(len(stems & set(index_terms(f"{one.title} {one.title} {one.abstract}"))), -n) for n, one in enumerate(papers)]
        best = max(scored, default=(0, 0))
        return papers[-best[1]] if best[0] else None

    def _all_cited(self) -> list[Paper]:
        found = {citation.paper.id: citation.paper for turn in reversed(self._turns) for citation in turn.answer.citations}
        return list(found.values())
