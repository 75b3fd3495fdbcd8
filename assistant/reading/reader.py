"""A question, its conversation and the corpus → `ParsedQuestion`: the protocol, and its
implementation by rules.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from assistant.reading.answer_form import COMPARES, compares, is_greeting, read_form, read_phrasing
from assistant.reading.bibliographic import recognise_filters
from assistant.reading.count_follow_ups import CountFollowUps
from assistant.reading.counts import state_query
from assistant.reading.criteria import read_denied, split_criteria
from assistant.reading.expected_answer import read_expectation
from assistant.reading.follow_ups import Resolved, resolve, resolve_by_last_subject
from assistant.reading.parsed_question import Form, ParsedQuestion, Side
from assistant.reading.table_edits import parse_table_edit
from assistant.retrieval.filters import merge_filters, parse_filters
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.paper_names import INTRODUCED, Mention
from assistant.types import Filters, Turn

_JOINT = re.compile(r"\s(?:vs\.?|versus|with|and|to|against|from|or)\s|[,;/]", re.IGNORECASE)
_ONE_ABOUT = re.compile(
    r"\b(?:the )?(?:one|other|first|second|another)(?: one| paper)? (?:is )?"
    r"(?:about|on|that|which|with|for|using|from|in) (.+?)(?=,?\s(?:and|or|while|versus|"
    r"vs)\b|[.?;,]|$)",
    re.IGNORECASE,
)
SplitFilters = Callable[[str], tuple[str, Filters]]
_DESCRIBED_PAPER = re.compile(r"\b(?:the|that) [\w-]+ (?:paper|one)\b")


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a question is asked within: the turns before it, and the filters chosen beside it."""

    turns: Sequence[Turn] = ()
    filters: Filters = Filters()


class Reader(Protocol):
    """Reads a question; QuestionError where it cannot be used (a filter that is none)."""

    def read(
        self, question: str, conversation: Conversation, corpus: IndexSnapshot
    ) -> ParsedQuestion:
        """Return what `question` asks, with everything that later steps need to know of
        its words.
        """
        ...


class RulesReader:
    """Reads English questions by rules over their wording."""

    def read(
        self, question: str, conversation: Conversation, corpus: IndexSnapshot
    ) -> ParsedQuestion:
        """Return what `question` asks: a count, or a question made to stand alone."""
        if parsed := _read_edit(question, conversation, corpus):
            return parsed
        split = cache(lambda text: take_filters(text, Filters(), corpus))
        if parsed := _read_count(question, conversation, corpus, split):
            return parsed
        turns, names = conversation.turns, corpus.names
        text, filters = split(question)
        filters = merge_filters(conversation.filters, filters)
        reading = _Reading(question, filters, corpus)
        form = read_form(text)
        resolved = resolve(text, form, turns, names)
        same_wording = (resolved.wording or resolved.standalone) == text
        parsed = reading.parsed(resolved, form if same_wording else None)
        if resolved.standalone == text:
            # What needed nothing from before is shown as it was put, its filters included.
            parsed = replace(parsed, standalone=question)
        if parsed.form == "greeting":
            return parsed
        last = resolve_by_last_subject(text, turns, names, corpus.retriever.keywords)
        return replace(parsed, otherwise=reading.parsed(last)) if last else parsed


def read_alone(question: str, filters: Filters, corpus: IndexSnapshot) -> ParsedQuestion:
    """Return what `question` asks outside any conversation, under `filters` and its own."""
    text, filters = take_filters(question, filters, corpus)
    return _Reading(question, filters, corpus).parsed(Resolved(text, text))


def read_standalone(
    standalone: str, parsed: ParsedQuestion, corpus: IndexSnapshot
) -> ParsedQuestion:
    """Return `parsed`, a follow-up, read again as the question that stands alone in its place."""
    resolved = Resolved(standalone, standalone, follow_up=True)
    return _Reading(parsed.text, parsed.filters, corpus).parsed(resolved)


def take_filters(question: str, filters: Filters, corpus: IndexSnapshot) -> tuple[str, Filters]:
    """Return `question` without the filters in it, typed or in plain words, and all filters."""
    text, written = parse_filters(question)
    text, said = recognise_filters(text, corpus.retriever.bibliography)
    return text, merge_filters(merge_filters(filters, written), said)


def _read_edit(
    question: str, conversation: Conversation, corpus: IndexSnapshot
) -> ParsedQuestion | None:
    """Return the edit of the table under discussion, None for none; what it compares is its
    topic."""
    edit = parse_table_edit(question, conversation.turns, corpus.names)
    if edit is None:
        return None
    parsed = read_alone(edit.compared, conversation.filters, corpus)
    return replace(parsed, text=question, standalone=edit.question, form="table edit", edit=edit)


def _read_count(
    question: str, conversation: Conversation, corpus: IndexSnapshot, split: SplitFilters
) -> ParsedQuestion | None:
    """Return the count that is asked for, None where anything else is; its topic is a list's."""
    count = CountFollowUps(split, corpus.names).read_count(question, conversation.turns)
    if count is None:
        return None
    standalone = state_query(count) if conversation.turns else question
    wanted = merge_filters(conversation.filters, count.filters)
    search = f"papers {count.topic}" if count.topic else ""
    scope = Filters(only=count.filters.only)
    parsed = _Reading(question, wanted, corpus).parsed(Resolved(search, search, scope))
    return replace(
        parsed,
        standalone=standalone,
        form="count",
        topic=parsed.topic if count.topic else "",
        count=replace(count, filters=wanted),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """One question being read: `filters` are what its asker typed or chose."""

    question: str
    filters: Filters
    corpus: IndexSnapshot

    def parsed(self, resolved: Resolved, form: Form | None = None) -> ParsedQuestion:
        """Return the parsed question; `form` is that of the wording where it is known already."""
        wording = resolved.wording or resolved.standalone
        form = form or read_form(wording)
        names = self.corpus.names
        # A question of filters alone ("year>=2023") asks for all that satisfy them.
        criteria = split_criteria(resolved.search or "papers", form)
        mentions = tuple(names.find(criteria.topic))
        attribute = names.without(criteria.topic, mentions)
        return ParsedQuestion(
            text=self.question,
            standalone=resolved.standalone,
            question=resolved.standalone,
            form="greeting" if is_greeting(criteria.topic) else form,
            topic=criteria.topic,
            attribute=attribute,
            mentions=mentions,
            excluded=criteria.excluded,
            makes=criteria.makes,
            denied=read_denied(criteria.topic),
            expects=read_expectation(criteria.topic, attribute),
            phrasing=read_phrasing(wording, criteria.topic),
            sides=tuple(self._sides(criteria.topic, mentions)) if form == "comparison" else (),
            filters=self.filters,
            scope=resolved.scope,
            follow_up=resolved.follow_up,
        )

    def _sides(self, topic: str, mentions: Sequence[Mention]) -> Iterator[Side]:
        """Yield the sides of a comparison that are described instead of named."""
        firm = {mention.paper_id for mention in mentions if mention.strength >= INTRODUCED}
        rest = self.corpus.names.without(topic, mentions)
        if len(firm) >= 2 and not _DESCRIBED_PAPER.search(rest):
            return
        described = [match[1] for match in _ONE_ABOUT.finditer(topic)]
        if described and len(described) + len(firm) >= 2:
            yield from (Side(text, explicit=True) for text in described)
            return
        sentences = re.split(r"[.?!]\s", topic.rstrip(".?! "))
        comparing = [sentence for sentence in sentences if compares(sentence)]
        yield from list(self._pieces(comparing, firm)) or self._pieces(sentences, firm)

    def _pieces(self, sentences: Sequence[str], firm: set[str]) -> Iterator[Side]:
        """Yield the pieces of `sentences` that describe something and name no `firm` paper."""
        for sentence in sentences:
            for piece in _JOINT.split(COMPARES.sub(" ", sentence)):
                text = re.sub(r"^\W+|\W+$", "", piece)
                known = {mention.paper_id for mention in self.corpus.names.find(text)}
                if text and self.corpus.retriever.keywords.concepts(text) and not known & firm:
                    yield Side(text)
