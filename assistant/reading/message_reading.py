"""A message and the corpus → `ParsedQuestion` of the message as it stands alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self, cast

from assistant.reading.asks import Ask, asks_of, of_records_alone
from assistant.reading.bounds import (
    STAND_IN,
    compared_ages,
    is_order,
    name_any_of,
    name_unknown,
    orders_by_title,
    read_bounds,
    read_exclusions,
    read_order,
    tag_people,
    tag_venue_years,
    tag_venues,
    tag_whole_times,
    take_cited_order,
)
from assistant.reading.counts import (
    CountQuery,
    go_on,
    is_bare,
    read_count,
    state_query,
    under_discussion,
)
from assistant.reading.learned.network import Before, ReadingNetwork, Tagged
from assistant.reading.mentions import (
    asks_if_held,
    mentions_in,
    named_by_title,
    named_in_order,
    tells_a_matter,
    tells_apart,
)
from assistant.reading.parsed_question import EVERYTHING, ONE_BY_ONE, STATED, Form, ParsedQuestion
from assistant.reading.places import last_sentence
from assistant.reading.pointing.network import Pointer
from assistant.reading.question import (
    asks_for_all,
    asks_how_it_works,
    count_wanted,
    introduces,
    take_join,
    take_length,
    take_table,
)
from assistant.reading.record_bounds import take_record_bounds
from assistant.reading.references import (
    SURE,
    Discussion,
    goes_on_with,
    points_at_several,
    put_names,
    take_remarks,
)
from assistant.reading.scope import (
    asks_alike,
    asks_fields,
    asks_for_others,
    edits_list,
    may_date,
    put_years,
    without_collection,
)
from assistant.reading.sizes import take_size
from assistant.reading.table_edits import asks_availability
from assistant.reading.tags import (
    SIDES,
    SUMS_UP,
    asks_any_paper,
    exclude_topics,
    is_meant,
    is_side,
    likeliest,
    names_beside,
    only_telling,
    overlap,
    part_aspects,
    points_back,
    ruling_out,
    settle_form,
    without_doubtful,
    words_of_bounds,
)
from assistant.retrieval.bibliography import asked_record, sort_papers
from assistant.retrieval.filters import merge_filters, parse_filters, parse_sort
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.paper_names import UNIQUE, Mention
from assistant.text.words import is_negated, without_words, words
from assistant.types import Filters, Order, Paper, Turn

# What joins two requests, and ends one.
_JOINED = re.compile(r"[\s,;:–-]*(?:\b(?:and|or|but|plus|also))?\s*$", re.IGNORECASE)
_ENDING = " ?!.,;"
_FORMS: dict[str, Form] = {"social": "greeting", "other": "list"}
MOST_SPOKEN = 8
"""Papers of a conversation that are looked at one by one."""
_OF_SEVERAL_NAMED = ("comparison", "summary")
_EXCLUDING = ("list", "summary", "bibliography")
_PAPERS = re.compile(r"\b(?:papers|articles|works|titles|everything)\b", re.IGNORECASE)
_ASKS_OF_IT = re.compile(
    r"(?:^|[,:;–—-] ?)(?:and |so )?(?:is|are|was|were|does|do|did|has|have|can|could) "
    r"(?:it|that|this|they|there|the)\b",
    re.IGNORECASE,
)
_WROTE = re.compile(r"\b(?:(?:co-?)?authors?|wrote|written|write)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MessageReading:
    """One question being read: `filters` and `order` are what its asker typed or chose; `stood_for`
    are the words of an order that the `STAND_IN` stands for; `tabular`: a table is asked for;
    `told` are those of the filters that its words make of records, and of papers that date others;
    `said` is the question with what it would ask the same without, if there is such.
    """

    network: ReadingNetwork
    pointer: Pointer
    question: str
    filters: Filters
    corpus: IndexSnapshot
    order: Order | None = None
    stood_for: str = ""
    tabular: bool = False
    told: Filters = Filters()
    said: str = ""

    def without_asides(self, text: str, turns: Sequence[Turn]) -> tuple[str, Self]:
        """Return `text`, a message without typed filters, without what it would ask the same
        without, and the reading of that. What a first message says besides helps to find what it
        asks for, but of a paper that it names, and so does what the rest points at.
        """
        if not turns:
            plain = self.network.tag(text, None).plain
            named = plain.split() != text.split() and self._firmly_named(plain)
            typed = self.question != text
            return (plain, replace(self, question=plain)) if named and not typed else (text, self)
        tagged = self.network.tag(text, last_turn(turns, Discussion(turns, self.corpus.names)))
        plain = only_telling(tagged.plain, tagged)
        if plain.split() == text.split() or self._leans_on_asides(text, plain):
            return text, self
        typed = self.question != text and bool(self.filters)
        return plain, self if typed else replace(self, question=plain, said=text)

    def without_introduction(self, text: str) -> tuple[str, Self]:
        """Return `text` without what only says who one is or what one is about, where the rest says
        of what it is asked, and the reading of that.
        """
        first, *others = self.network.tag(text, None).requests
        rest = " ".join(others)
        introduced = rest and only_introduces(first, self.network)
        if not (introduced and self.network.tag(rest, None).of("topic")):
            return text, self
        typed = self.question != text and bool(self.filters)
        return rest, self if typed else replace(self, question=rest)

    def without_length(self, text: str) -> tuple[str, Self]:
        """Return `text` without how long the answer is to be, and the reading of that."""
        plain = take_length(text)
        return plain, replace(self, question=plain) if self.question == text else self

    def _leans_on_asides(self, text: str, plain: str) -> bool:
        """Tell whether what is left of a message needs what was left out of it: to point at a paper
        ("SimDA is fine. What does it tune?") or at a matter ("… Is that a problem?").
        """
        names = self.corpus.names
        if not points_back(plain) or names.find(plain):
            return False
        told = " ".join({*words(text)} - {*words(plain)})
        named = bool(names.find_firm(text))
        return named or (asks_any_paper(plain) and tells_a_matter(told))

    def _with_record_words(self, text: str) -> tuple[str, Self, Filters]:
        """Return `text` as the network can read it, without what it says of papers' records, the
        reading that keeps to that, and what it says.
        """
        bibliography = self.corpus.retriever.bibliography
        mentions = self.corpus.names.find(text) if may_date(text) else []
        dated = self.corpus.papers([one.paper_id for one in mentions])
        plain, others = put_years(text, mentions, dated, bibliography)
        plain, said = take_record_bounds(plain, bibliography)
        plain, tabular = take_table(plain)
        told = merge_filters(others, said)
        bounds = merge_filters(self.filters, told)
        reading = replace(self, filters=bounds, tabular=tabular or self.tabular, told=told)
        return *reading._with_cited_order(plain), said

    def _with_cited_order(self, text: str) -> tuple[str, Self]:
        """Return `text` as the network can read it, and the reading that keeps to the order by
        citations that it asks for; both as they are where it asks for none.
        """
        plain, order = take_cited_order(text)
        if order is None or self.order:
            return text, self
        stands_in = STAND_IN in plain and STAND_IN not in text
        tagged = self.network.tag(plain, None)
        orders = STAND_IN in " ".join(tagged.of("time")) or tagged.form == "bibliography"
        if stands_in and not orders:
            return text, self
        return plain, replace(self, order=order, stood_for=order if stands_in else "")

    def _by_any(self, text: str, tagged: Tagged) -> ParsedQuestion | None:
        """Return what asks how many papers are by any of several authors: they are listed; None
        where a message asks anything else.
        """
        if tagged.form != "count" or not tagged.of("person"):
            return None
        listed = self._parsed(text, text, replace(tagged, form="bibliography"))
        by_any = listed.filters.only and listed.filters.only != self.filters.only
        return replace(listed, form="bibliography", topic=EVERYTHING) if by_any else None

    def _count(
        self, text: str, tagged: Tagged, turns: Sequence[Turn] = ()
    ) -> ParsedQuestion | None:
        """Return what `text` asks to be counted, None where it asks anything else."""
        if any(is_meant(one, text, tagged) for one in self.corpus.names.find(text)):
            return None
        bibliography, tagged = self.corpus.retriever.bibliography, self._tag_bounds(text, tagged)
        if turns and tagged.refers != "set" and points_at_several(text):
            anew = tagged.refers == "nothing" and tagged.references["nothing"] >= SURE
            tagged = replace(tagged, refers="nothing" if anew and tagged.of("topic") else "set")
        bounds, selected = read_bounds(tagged, bibliography), len(self.filters.only)
        if record := self._record(without_words(text, words_of_bounds(tagged, bounds, None))):
            if record != "retraction" or tagged.refers != "nothing":
                return None
            wanted = merge_filters(bounds, Filters(retracted=not is_negated(text)))
            query = CountQuery("papers", filters=wanted, selected=selected)
            return self._counted(query, self.question)
        answers = [turn.answer for turn in turns if turn.answer.kind != "none"]
        last = answers[-1] if answers else None
        orders = read_order(tagged.of("time"))  # "which is the oldest one?"
        if last and last.counts and tagged.refers == "question" and not orders:
            query = go_on(last.counts, text, tagged, bounds)
            query = replace(query, selected=selected)
            return self._counted(query, state_query(query))
        asked = read_count(text, tagged, bounds)
        if asked is None:
            return None
        asked = replace(asked, selected=selected)
        if last and last.kind in STATED and is_bare(text) and not asked.by:
            return None  # "how many papers?" after a fact is about that
        if last and tagged.refers == "set":
            if asked.topic and is_negated(text):
                return None  # silence would count as a "no"
            only = () if selected else under_discussion(last) or self._several(turns)
            asked = replace(asked, filters=merge_filters(asked.filters, Filters(only=only)))
        leans = turns or selected
        return self._counted(asked, state_query(asked) if leans else self.question)

    def _several(self, turns: Sequence[Turn]) -> tuple[str, ...]:
        """Return the ids of the several papers that were spoken of last."""
        return tuple(paper.id for paper in Discussion(turns, self.corpus.names).several())

    def _described(self, tagged: Tagged) -> list[Paper]:
        """Return the papers that a message describes by words of their titles ("the Slovenian
        one"), each of which no other has.
        """
        found: list[Paper] = []
        for said in tagged.of("paper"):
            ranked = self.corpus.retriever.search(said, Filters()).candidates[:MOST_SPOKEN]
            titled = named_by_title(said, [one.paper for one in ranked])
            titled = named_in_order(said, titled)
            found += titled if len(titled) == 1 else []
        return found

    def _names_one(self, text: str, tagged: Tagged) -> bool:
        """Tell whether a message says which paper it is about, and does not only point at it."""
        meant = any(is_meant(one, text, tagged) for one in self.corpus.names.find(text))
        return meant or tells_apart(" ".join(tagged.of("paper")))

    def without_remarks(self, text: str) -> tuple[str, Self]:
        """Return what a message of a conversation asks after remarks on papers, where it names
        papers there, or what it names before, put in, and the reading of that; any other message as
        it is.
        """
        remarks, asked = take_remarks(text)
        if not remarks or asks_alike(asked) or asks_for_others(asked) or edits_list(asked):
            return text, self
        named = self._firmly_named(remarks)
        tagged = self.network.tag(remarks, None)
        if self._firmly_named(" ".join(tagged.of("out"))):
            return text, self  # "I meant the Maltese one, not XLM-T. What does it do?"
        spans = (*tagged.of("paper"), *tagged.of("side"))
        if len(mentions_in(remarks, spans, self.corpus.names)) > len(named):
            return text, self  # "I meant BERTweet and the covid one. How many tweets?"
        if goes_on_with(len(named), remarks, asked):
            asked = put_names(asked, self.corpus.papers(named), self.corpus.names)
        elif not self._firmly_named(asked):
            return text, self
        return asked, replace(self, question=asked)

    def _firmly_named(self, text: str) -> list[str]:
        return list(dict.fromkeys(one.paper_id for one in self.corpus.names.find_firm(text)))

    def _records_of(self, bounds: Filters) -> ParsedQuestion:
        """Return what asks, in a conversation, for the records of all papers within `bounds`."""
        plain = self._parsed(EVERYTHING, EVERYTHING, self.network.tag(EVERYTHING, None))
        return replace(
            plain, text=self.question, form="bibliography", topic=EVERYTHING, follow_up=True,
            filters=merge_filters(self.filters, bounds),
        )  # fmt: skip

    def _alone(self, text: str) -> ParsedQuestion:
        """Return what `text`, a question of the conversation, asks, under the filters in it."""
        plain, written = parse_filters(text)
        plain, order = parse_sort(plain)
        filters = merge_filters(self.filters, written)
        reading = replace(self, filters=filters, order=order or self.order)
        plain, reading, _ = reading._with_record_words(plain)
        tagged = self.network.tag(plain, None)
        parsed = reading._count(plain, tagged) or reading._parsed(plain, plain, tagged)
        return replace(parsed, standalone=text)

    def _record(self, *texts: str) -> str | None:
        """Return what of a record one of `texts` asks for, as far as any paper's record says it."""
        known = self.corpus.retriever.bibliography.records
        return next((name for name in map(asked_record, texts) if name in known), None)

    def _records(
        self, record: str | None, tagged: Tagged, form: Form, about: Sequence[Mention]
    ) -> tuple[str, ...]:
        """Return what is asked of papers' records, of papers that are named also what no record
        here says.
        """
        named = form == "bibliography" and about
        said = map(asked_record, tagged.of("aspect")) if named else ()
        return tuple(dict.fromkeys(name for name in (record, *said) if name))

    def _counted(self, count: CountQuery, standalone: str) -> ParsedQuestion:
        wanted = merge_filters(self.filters, count.filters)
        left_out = tuple(key for key in wanted.without if key not in self.told.without)
        wanted = replace(wanted, without=left_out)  # a count says no more than the year
        text = f"papers {count.topic}" if count.topic else EVERYTHING
        parsed = self._parsed(text, text, self.network.tag(text, None))
        return replace(
            parsed, text=self.question, standalone=standalone, form="count", filters=wanted,
            topic=parsed.topic if count.topic else "", scope=Filters(only=count.filters.only),
            count=replace(count, filters=wanted),
        )  # fmt: skip

    def _bounded(self, text: str, tagged: Tagged) -> tuple[Tagged, Filters]:
        """Return `tagged` with all that `text` says of times, people and venues, and the filters
        that these make.
        """
        bibliography, tagged = self.corpus.retriever.bibliography, self._tag_bounds(text, tagged)
        bounds = read_bounds(tagged, bibliography)
        bounds = replace(bounds, authors=bounds.authors or name_unknown(text, tagged))
        return tagged, name_any_of(bounds, text, bibliography)

    def _tag_bounds(self, text: str, tagged: Tagged) -> Tagged:
        """Return `tagged` with all that `text` says of times, people and venues."""
        bibliography = self.corpus.retriever.bibliography
        if times := tagged.of("time"):  # not of "RobBERT-2022"
            names = [text[one.start : one.end] for one in self.corpus.names.find(text)]
            times = tuple(said for said in times if not any(said in one for one in names))
            tagged = replace(tagged, spans={**tagged.spans, "time": times})
        tagged = tag_venues(text, tag_whole_times(text, tagged), bibliography)
        tagged = tag_venue_years(text, tagged, bibliography)
        return tag_people(text, tagged, bibliography)

    def _of_one_word(self, text: str, tagged: Tagged) -> Form | None:
        """Return what a message of one word is that the network does not know: a name that papers
        have is looked up, and what no paper says is a greeting ("hi"); None of any other.
        """
        if len(text.split()) > 1:
            return None
        if tagged.form == "social" and self.corpus.retriever.names_in(text):
            return "list"
        query = self.corpus.retriever.understand(text)
        unheard = tagged.form == "other" and not any(query.keywords.frequencies)
        return "greeting" if unheard and query.concepts else None

    def _subjects(
        self, text: str, standalone: str, tagged: Tagged
    ) -> tuple[list[Mention], tuple[str, ...]]:
        """Return the papers that a question names, and the words for others that it describes."""
        mentions = self.corpus.names.find(standalone)
        about = [one for one in mentions if is_meant(one, standalone, tagged)]
        if asks_if_held(standalone):  # not one that alone speaks of it
            about = [one for one in about if one.strength > UNIQUE]
        left_out = tagged.of("not")  # "forget Moto; what is SimDA?"
        about = [one for one in about if standalone[one.start : one.end] not in left_out]
        sides = tagged.of("side") if tagged.form == "comparison" else ()
        apart = {next((m.paper_id for m in about if overlap(text, one, m)), one) for one in sides}
        if len(apart) >= SIDES and standalone == text:  # who else is named is compared with none
            about = [one for one in about if is_side(text, sides, one)]
        beside = tagged.form in _OF_SEVERAL_NAMED and standalone == text
        unknown = names_beside(text, mentions) if beside else ()
        ids = {one.paper_id for one in about}
        described = tuple(
            words
            for words in (*sides, *tagged.of("paper"))
            if tells_apart(words)
            and not any(overlap(standalone, words, one) for one in about)
            and ids.isdisjoint(one.paper_id for one in self.corpus.names.find(words))
        )
        unknown = tuple(one for one in unknown if not any(one in words for words in described))
        return about, (*described, *unknown)

    def _order_of(self, text: str, tagged: Tagged, form: Form, content: str) -> Order | None:
        """Return the order that papers are asked for in, None where `text` says none."""
        plain = not content and tagged.refers == "nothing"
        orders = tagged.of("time") or tuple(filter(is_order, tagged.of("aspect")))
        if form == "bibliography" and (not content or tagged.refers == "nothing"):  # "the oldest?"
            orders = orders or compared_ages(text)
        plain = plain and form != "collection"  # "my first time here, what is there?"
        order = self.order or read_order(orders or ((text,) if plain else ()))
        return order or ("title" if orders_by_title(text) else None)

    def _asks(self, text: str, asked: Sequence[str], about: Sequence[Mention]) -> tuple[Ask, ...]:
        """Return what `text` asks one after the other by its stretches that say what is `asked`, of
        several things asked of one paper with "it" for its name.
        """
        asks, named = asks_of(text, asked, self.network), {one.paper_id for one in about}
        if len(named) != 1:
            return asks
        (paper,) = self.corpus.papers([*named])
        told = [self.corpus.names.with_pronoun(one, paper) for one in (text, *asked)]
        several = asks_of(told[0], told[1:], self.network)
        return several if len(several) > 1 else asks

    def _clauses(self, text: str, asks: Sequence[Ask]) -> tuple[str, ...]:
        """Return what a question asks one after the other that abstracts say, () where it asks one
        thing alone.
        """
        first, *requests = self.network.tag(text).requests
        asked = [one for ask in asks if not ask.fields for one in _cut(ask.words, requests)]
        parted = [one for one in (first, *requests) if self.network.tag(one).of("aspect")]
        if len(parted) > max(1, len(asked)):
            asked = list(map(take_join, parted))
        return tuple(asked) if len(asked) + sum(bool(ask.fields) for ask in asks) > 1 else ()

    def _theirs(self, filters: Filters, order: Order | None) -> tuple[str, ...]:
        """Return the id of the first in `order` of the papers of those whom a message names ("what
        does her latest paper find?"), () without an order.
        """
        papers = self.corpus.retriever.bibliography.select(filters) if order else []
        return tuple(one.id for one in sort_papers(papers, order)[:1]) if order else ()

    def _parsed(self, text: str, standalone: str, tagged: Tagged) -> ParsedQuestion:
        """Return what `text`, tagged, asks; `standalone` says it outside its conversation."""
        bibliography = self.corpus.retriever.bibliography
        asked_again = standalone != text
        tagged, bounds = self._bounded(text, settle_form(text, tagged))
        form = self._of_one_word(text, tagged) or _FORMS.get(tagged.form, cast("Form", tagged.form))
        number = count_wanted(self.said or text)
        complete = asks_for_all(text)
        listed = (number or complete) and form == "summary" and not SUMS_UP.search(text)
        unsized, size = take_size(text)
        size = size if asks_any_paper(unsized) else None
        if listed or size or ((bounds or self.told) and form == "greeting"):
            form = "list"  # "three readings on X", "the full list on X", "the largest models"
        tagged = part_aspects(text, tagged, self.corpus.names.find(text))
        about, described = self._subjects(text, standalone, replace(tagged, form=form))
        own = {standalone[one.start : one.end] for one in about}
        tagged = without_doubtful((self.question, text), tagged, self.network)
        if form == "list":
            tagged = exclude_topics(text, tagged)
        excludes = form in _EXCLUDING or tagged.act == "drop"
        clauses = ruling_out(tagged) if excludes else ()
        left_out, excluded = read_exclusions(tagged.of("not") if clauses else (), bibliography)
        asked = [words for words in tagged.of("aspect") if not any(words in name for name in own)]
        asks = self._asks(text, asked, about)
        record = self._record(self.corpus.names.without(standalone, about), text)
        wrote = bool(about and bounds.authors and _WROTE.search(text))  # "did X write SimDA?"
        one = form == "fact" and len(about) + len(described) == 1
        of_records = (one or (form == "list" and tagged.of("topic"))) and of_records_alone(asks)
        if wrote or of_records:
            form = "bibliography"
        rest = self.corpus.names.without(standalone, about)
        only_names = not asks_alike(text) and not tagged.spans.keys() - {"paper"}
        form = _of_named(form, text, about, tagged, only_names or not tells_apart(rest))
        bounds = replace(bounds, authors=() if about else bounds.authors)
        if (record and about) or (self.order and form == "list"):
            form = "bibliography"
        exact = bool(record) or (self.order and form == "bibliography")
        content = " ".join(
            words for kind in ("topic", "side", "paper", "aspect") for words in tagged.of(kind)
        )
        order = self._order_of(text, tagged, form, content)
        if form == "collection" and (order or bounds or self.filters):  # not of all papers
            form = "bibliography" if order else "list"
        said = (*clauses, *words_of_bounds(tagged, bounds, order))
        topic = without_words(text, said) or EVERYTHING
        # What is asked of records ("its co-authors") is no topic; nor is "show those from 2025".
        unknown = () if bounds.authors or bounds.only else tagged.of("person")
        topical = " ".join((*tagged.of("topic"), *tagged.of("paper"), *unknown))
        wanted = content or tagged.of("lacks")
        all_within = form == "list" and not wanted and bool(bounds or order)
        all_within = all_within or _sums_up_author(form, bounds, about, tagged)
        if record or (form == "bibliography" and not topical) or all_within:
            topic = EVERYTHING
        elif form == "bibliography":
            topic = topical
        if self.stood_for:
            standalone = standalone.replace(STAND_IN, self.stood_for, 1)
        filters = merge_filters(merge_filters(self.filters, bounds), left_out)
        subject = tuple(one.paper_id for one in about)
        if bounds.authors and form in ("fact", "summary") and not (subject or topical):
            subject = self._theirs(filters, order)
        return ParsedQuestion(
            text=self.question,
            standalone=standalone if asked_again else self.question,
            question=without_words(standalone, said if content else clauses) or standalone,
            form=form,
            tabular=self.tabular,
            topic=topic,
            content=content,
            about=subject,
            described=described,
            topics=tagged.of("topic"),
            asks=asks,
            clauses=self._clauses(text, asks) if form in ("fact", "bibliography") else (),
            lacks=tagged.of("lacks"),
            excluded=excluded,
            records=self._records(record, tagged, form, about),
            order=order,
            filters=filters,
            wanted=number if form in ("list", "bibliography") else 0,
            complete=complete,
            size=None if about else size,
            confidence=1.0 if exact else tagged.forms[tagged.form],
            otherwise=cast("Form", likeliest({k: tagged.forms[k] for k in ONE_BY_ONE})),
            off_topic=tagged.forms["other"],
        )


def _sums_up_author(form: Form, bounds: Filters, about: Sequence[Mention], tagged: Tagged) -> bool:
    """Tell whether a question sums up all papers by somebody ("what are X's papers about?")."""
    return form == "summary" and bool(bounds.authors) and not (about or tagged.of("topic"))


def _of_named(
    form: Form, text: str, about: Sequence[Mention], tagged: Tagged, says_no_more: bool
) -> Form:
    """Return the form of a question that names one paper and is read as one for a list: a fact
    where it asks something ("SimDA: its code and data"), a summary where that is doubtful, or it
    says no more; how its work works is a fact.
    """
    if form == "summary" and about and asks_how_it_works(text):
        return "fact"
    if form in ("comparison", "list") and about and asks_fields(text):
        return "bibliography"
    listed = form == "list" and not _PAPERS.search(text)
    if listed and len(about) == 1 and says_no_more:
        return "fact" if _ASKS_OF_IT.search(text) else "summary"  # "the RS5M one, is it free?"
    if not listed or len(about) != 1 or tagged.of("topic"):
        return form
    unsure = tagged.forms["list"] < SURE
    asks = tagged.of("aspect") or asks_availability(last_sentence(text))
    return "fact" if asks else "summary" if unsure else form


def last_turn(turns: Sequence[Turn], talk: Discussion) -> Before | None:
    """Return the last turn as the network is told of it."""
    if not turns:
        return None
    last = turns[-1]
    answer = last.answer
    shown = answer.table.papers if answer.table else answer.counted or answer.citations
    papers = len(talk.subjects(last)) if answer.kind == "none" else len(shown)
    form = "fact" if answer.kind == "none" else answer.kind
    return Before(last.user, form, papers + len(answer.unfound))


def _cut(text: str, requests: Sequence[str]) -> list[str]:
    """Return the parts of `text` from one of several requests to the next."""
    for request in requests:
        start = text.find(take_join(request).rstrip(_ENDING))
        if start > 0:
            before = _JOINED.sub("", text[:start])
            return [before, *_cut(text[start:], requests)] if before else [text]
    return [text]


def only_introduces(part: str, network: ReadingNetwork) -> bool:
    """Tell whether a part of a message only says who one is, and asks for no list ("I am looking
    for the work on noise.").
    """
    return introduces(part) and network.tag(part, None).form != "list"


def of_everything(parsed: ParsedQuestion, text: str) -> ParsedQuestion:
    """Return what is asked of no papers in particular as a question of all of them where it says
    so ("list all papers"), else as one whose words say which ("who wrote ALBERT?").
    """
    bounded = parsed.bounds or parsed.order or parsed.scoped or parsed.about or parsed.described
    plain = parsed.form in ("list", "bibliography") and parsed.standalone == parsed.text
    if bounded or not plain or parsed.content or parsed.lacks:
        return parsed
    if _PAPERS.search(text) and not tells_apart(without_collection(text)):
        return replace(parsed, form="bibliography", topic=EVERYTHING)
    searches = parsed.form == "bibliography" and parsed.topic == EVERYTHING
    return replace(parsed, form="list", topic=text) if searches else parsed
