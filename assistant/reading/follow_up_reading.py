"""A message that asks the question before again, with something changed → `ParsedQuestion`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from assistant.reading.authorship import asks_shared_authors, authors_meant
from assistant.reading.bounds import alternatives, read_order
from assistant.reading.counts import CountQuery
from assistant.reading.learned.network import Tagged
from assistant.reading.mentions import mentions_in, tells_a_matter, tells_apart
from assistant.reading.message_reading import MessageReading
from assistant.reading.parsed_question import (
    EVERYTHING,
    FORMS_OF_ABSTRACTS,
    FORMS_OF_SEVERAL,
    STATED,
    Form,
    ParsedQuestion,
)
from assistant.reading.places import counts_place, last_sentence
from assistant.reading.pointing.network import Pointed
from assistant.reading.question import ONLY, PUTS, count_wanted
from assistant.reading.references import (
    DONE_TO_LISTS,
    Discussion,
    points_at_several,
    put_names,
    put_pronouns,
    put_topic,
    without_lead,
)
from assistant.reading.scope import (
    adds_to_list,
    asks_alike,
    asks_fields,
    asks_for_newer,
    asks_how,
    asks_of_collection,
    asks_of_discussed,
    is_dropped,
    joins_lists,
    list_named,
    put_bounds,
    says_only_bounds,
    says_only_collection,
)
from assistant.reading.table_edits import (
    TableEdit,
    change_papers,
    edit_table,
    order_named,
    table_discussed,
)
from assistant.reading.tags import SUMS_UP
from assistant.retrieval.bibliography import sort_papers
from assistant.retrieval.filters import (
    describe_filters,
    matches_filters,
    merge_filters,
    parse_filters,
    parse_sort,
)
from assistant.text.language import foreign_language
from assistant.text.paper_names import Mention
from assistant.text.words import STOP_WORDS, fold, words
from assistant.types import Filters, Order, Paper, Turn

_LOOKS_BACK = 20  # turns
_PLURAL = re.compile(r"\b(?:papers|articles|works|studies|ones)\b", re.IGNORECASE)
_AS_IN = re.compile(r"^.* \(as in: (.*)\)$")
_IS_THERE_ANY = re.compile(r"\b(?:(?:is|are)(?:n['’]t)? there|anything|something)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FollowUpReading(MessageReading, ABC):
    """Reads what asks the question before again, with what a message changes."""

    @abstractmethod
    def read(
        self, text: str, turns: Sequence[Turn], selected: Sequence[str] = ()
    ) -> ParsedQuestion:
        """Return what `text` asks after `turns`."""

    def _more(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return what asks for more papers: on the topic before, or on its own; else None."""
        theirs = bool(tagged.of("person")) and tagged.refers == "nothing"
        if tagged.act != "more" or not talk.turns or talk.chosen(tagged) or theirs:
            return None
        said, last = " ".join(tagged.of("topic")), talk.turns[-1].answer.question
        whole = f"{last.rstrip(' ?.!')}, {said}?" if said else last
        if not said and talk.kind in STATED and len(talk.last()) == 1:
            bounds = self._bounded(text, tagged)[1]
            return self._on_their_topic(talk.last(), bounds, talk)  # "any others like it?"
        itself = bool(said) and (tagged.refers == "nothing" or talk.kind in STATED)
        again = self._alone(text if itself else whole)
        besides = tuple(paper.id for paper in talk.last()) if itself else ()
        return replace(
            again, text=self.question, form="list", besides=besides, follow_up=True,
            scope=Filters() if itself else Filters(without=talk.seen()), wanted=count_wanted(text),
        )  # fmt: skip

    def _with_other(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion:
        """Return the question before with what `text` puts into it, such as another order; a list
        on its own topic is one ("no, I meant speech: which papers are on that?").
        """
        question = talk.turns[-1].answer.question
        if tagged.form == "list" and tagged.of("topic") and _PLURAL.search(text):
            return self._parsed(text, text, tagged)
        if order := None if tells_apart(text) else read_order((text,)):
            before = self._reread(talk)
            if before.order:
                first = _AS_IN.sub(r"\1", question)  # of several, each as in the one before
                asked = f"{without_lead(text)} (as in: {first})"
                return replace(
                    before, text=self.question, standalone=asked, order=order, others=(),
                    follow_up=True,
                )  # fmt: skip
        tags = self.network.tag(question, None)
        again = self._alone(put_topic(tags, question, text, tagged))
        if bounds := self._bounded(text, tagged)[1]:
            filters = merge_filters(self.filters, put_bounds(again.filters, bounds))
            asked = _within_bounds(again.standalone, filters)
            again = replace(again, filters=filters, standalone=asked)
        of_named = again.form in ("fact", "comparison") and not tagged.of("side")
        of_named = of_named and not self.corpus.names.find(text)  # "and SimDA?"
        if of_named and tagged.form in ("list", "comparison") and tagged.of("topic"):
            if not asks_alike(text):  # "is there also a way to …?" after a table
                return self._parsed(text, text, replace(tagged, form="list"))
            again = replace(again, form="list", about=(), described=())
        if again.form == "comparison":  # who is put in is compared too
            named = [mention.paper_id for mention in self.corpus.names.find(text)]
            again = replace(again, about=tuple(dict.fromkeys((*named, *again.about))))
        if again.filters == self.filters:  # made for the search, not to be read or asked again
            again = replace(again, standalone=self.question)
        return replace(again, text=self.question, follow_up=True)

    def _in_table(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return the last question where a message only wants its answer as a table, else None."""
        kept = ONLY.search(text) or tagged.form == "comparison"
        own = tells_apart(PUTS.sub(" ", text))
        says = tagged.spans or kept or tagged.refers == "place" or own
        if not self.tabular or not talk.turns or says:
            return None
        again = replace(self._again(talk), text=self.question, follow_up=True, single=False)
        if again.form in ("list", "bibliography", "count", "comparison"):
            return again
        ids = tuple(paper.id for paper in talk.shown())
        return replace(
            again, form="bibliography", topic=EVERYTHING, scope=Filters(only=ids), about=()
        )

    def _edited(self, edit: TableEdit) -> ParsedQuestion:
        """Return the question of an edited table, whose topic is that of the comparison."""
        asked, parsed = self.question, self.read(edit.compared, ())
        return replace(
            parsed, text=asked, standalone=edit.question, form="table edit", edit=edit, others=()
        )

    def _edit_list(
        self, text: str, tagged: Tagged, turns: Sequence[Turn], talk: Discussion
    ) -> ParsedQuestion | None:
        """Return what puts papers that a message names on the list before, or in its table, or that
        list together with an earlier one; None for neither.
        """
        if tagged.form in ("count", "summary"):
            return None
        added_to = tagged.act == "add" and not asks_how(text)
        joins, adds = joins_lists(text), added_to or adds_to_list(text)
        names = self.corpus.names.find_firm(text)
        meant = talk.meant(text, tagged) if not names and tagged.act != "narrow" else Pointed()
        lists = talk.lists() if joins or adds or meant.into else []
        if not lists:
            return None
        shown = [paper.id for paper in lists[0]]
        dropped = [one.paper_id for one in names if is_dropped(text, one.start)]
        if joins and (earlier := talk.listed(text)):
            added = [paper.id for paper in earlier]
        elif meant.into:
            added = [paper.id for paper in meant.into]
            dropped = [paper.id for paper in meant.out]
        else:
            told = (*talk.by_title(text), *self._described(tagged))
            added = [*(one.paper_id for one in names), *(one.id for one in told)]
        if set(added) <= set(dropped):  # "why did you leave out X?"
            dropped = []
        kept = tuple(one for one in dict.fromkeys((*shown, *added)) if one not in dropped)
        if not set(added) - set(dropped) or kept == tuple(shown):
            return None
        table = table_discussed(turns) if not joins else None
        if table and table.table and {one.id for one in table.table.papers} == {*shown}:
            changes = change_papers(table.table, added, dropped)
            return self._edited(edit_table(table, changes, turns, without_lead(text)))
        whole = self._parsed(EVERYTHING, EVERYTHING, self.network.tag(EVERYTHING, None))
        asked = f"{without_lead(text).rstrip(' ?.')} ({len(kept)} papers)?"
        records = asks_fields(text) or talk.told_records() or self.tabular
        return replace(
            whole, text=self.question, standalone=asked, form="bibliography" if records else "list",
            topic=EVERYTHING, scope=Filters(only=kept), follow_up=True, filters=self.filters,
            order=self.order or cast("Order | None", order_named(text)),
        )  # fmt: skip

    def _of_others(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return the question before, asked of papers within other bounds ("and those by X?"), of
        newer ones ("anything newer?") or of the whole collection; None where a message asks of
        none of these, or says itself what papers are to be about.
        """
        tagged, bounds = self._bounded(text, tagged)
        if not talk.turns or tagged.form == "social":
            return None
        spoken = talk.of_one(text) or talk.subjects(talk.turns[-1])
        only_people = replace(bounds, authors=()) == Filters()
        if only_people and (
            names := authors_meant(_without_bounds(put_pronouns(self.said or text), tagged), spoken)
        ):
            return self._by_authors(text, names, spoken)
        only_bounds = says_only_bounds(tagged)
        leans = only_bounds or tagged.refers != "nothing" or tagged.act == "more"
        if not bounds and leans and asks_for_newer(text):
            return self._newer(text, tagged, talk)
        if not only_bounds:
            return None
        elsewhere = tagged.refers == "question" or says_only_collection(text)
        if elsewhere and not bounds and asks_of_collection(text):
            return self._of_collection(talk)
        chooses = tagged.act in DONE_TO_LISTS or ONLY.search(text)
        if not bounds or chooses or tagged.refers not in ("question", "set"):
            return None
        within = self._within(text, bounds, self._reread(talk))
        if within is None or tagged.form != "count" or within.scoped:
            return within
        topic = f"about {within.content}" if within.content else ""
        return self._counted(CountQuery("papers", None, topic, within.filters), within.standalone)

    def _of_collection(self, talk: Discussion) -> ParsedQuestion | None:
        """Return the question before, asked of the whole collection, None where it was so."""
        again = self._reread(talk)
        if not again.scoped:
            return None
        asked = f"{talk.turns[-1].user.rstrip(' ?.')}, in the whole collection?"
        if again.count:
            unbounded = replace(again.count.filters, only=self.filters.only)
            return self._counted(replace(again.count, filters=unbounded), asked)
        whole = replace(again, scope=Filters(), within=None, standalone=asked)
        return replace(whole, text=self.question, follow_up=True)

    def _of_row(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return what asks for the papers of a row of the counts before ("the top one's"), None
        where it asks for no such.
        """
        row = talk.row_meant(text, tagged)
        if row is None:
            return None
        order = cast("Order | None", order_named(text))
        asked = f"papers {describe_filters(row)}"
        return replace(self._records_of(row), standalone=asked, order=order)

    def _within(self, text: str, bounds: Filters, before: ParsedQuestion) -> ParsedQuestion | None:
        """Return the question `before`, of several papers, within `bounds` in the place of its own:
        of the papers it was asked of where any is within them, else of the whole collection.
        """
        if before.form not in FORMS_OF_SEVERAL or before.about:
            return None
        scope = before.scope
        if scope.only and not any(
            matches_filters(paper, bounds) for paper in self.corpus.papers(scope.only)
        ):
            asked = before.within or before
            topics = dict.fromkeys(one.topic for one in (asked, before) if one.topic != EVERYTHING)
            form: Form = "list" if topics else before.form
            before = replace(
                asked, form=form, topic=" ".join(topics) or EVERYTHING, scope=Filters(),
                content=f"{asked.content} {before.content}".strip(), within=None,
                question=" ".join(dict.fromkeys((asked.question, before.question))),
            )  # fmt: skip
        said = f"{before.question.rstrip(' ?.')}, {without_lead(text)}"
        return replace(
            before, text=self.question, standalone=said, follow_up=True, others=(),
            filters=merge_filters(self.filters, put_bounds(before.filters, bounds)),
        )  # fmt: skip

    def _by_authors_of(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return what asks for the other papers by the authors of one that it names ("what shares
        an author with SimDA?"), within its bounds, or who wrote that and the last one; None where
        it does not, or says what they are to be about.
        """
        named = self.corpus.names.find(text)
        if len(named) != 1:
            return None
        (name,) = named
        own, bounds = text[name.start : name.end], self._bounded(text, tagged)[1]
        about = [said for said in tagged.of("topic") if own not in said and "author" not in said]
        papers = self.corpus.papers([name.paper_id])
        last = [] if about else talk.last()[:1]
        asked_of = self.corpus.names.without(text, named)
        if asks_shared_authors(asked_of) and last and last[0] != papers[0]:
            spans = (*tagged.of("paper"), *tagged.of("side"))
            mentions = mentions_in(text, spans, self.corpus.names)
            several = len([one for one in mentions if one.plain]) > 1
            both = talk.each_mentioned(text, tagged) if several else (last[0], papers[0])
            if not both:
                return None
            titles = " and ".join(map(self.corpus.names.display, both))
            asked = f"{without_lead(text).rstrip(' ?.')} ({titles})?"
            return replace(
                self._records_of(Filters()), question=asked_of, standalone=asked,
                scope=Filters(only=tuple(one.id for one in both)),
            )  # fmt: skip
        asked = _without_bounds(self.corpus.names.with_pronoun(text, papers[0]), tagged)
        names = authors_meant(asked, papers)
        others = bounds.authors and len(names) == len(papers[0].authors)
        if not names or about or others:
            return None
        read = self._by_authors(text, names, papers)
        return replace(read, filters=merge_filters(read.filters, replace(bounds, authors=())))

    def _by_authors(
        self, text: str, names: Sequence[str], shown: Sequence[Paper]
    ) -> ParsedQuestion:
        """Return what asks for papers by any of some authors other than those that are `shown`."""
        bibliography = self.corpus.retriever.bibliography
        without = tuple(paper.id for paper in shown)
        found = self.corpus.papers(bibliography.ids_by_any(names))  # also "Han Hu" in "Shan Huang"
        theirs = {fold(name) for name in names}
        others = tuple(
            paper.id
            for paper in found
            if paper.id not in without and theirs & set(map(fold, paper.authors))
        )
        titles = " and ".join(self.corpus.names.display(paper) for paper in shown)
        none = Filters(authors=(alternatives(names),))
        return replace(
            self._records_of(Filters() if others else none),
            standalone=f"{without_lead(text).rstrip(' ?.')} (the authors of {titles})?",
            scope=Filters(only=others) if others else Filters(without=without),
            authors=tuple(names),
        )

    def _newer(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return what asks for papers newer than those spoken of last, on its topic or theirs."""
        papers = talk.subjects(talk.turns[-1])
        years = [paper.year for paper in papers if paper.year]
        if not years:
            return None
        newest, *_ = sort_papers(papers, "newest")
        earlier = self.corpus.retriever.bibliography.of_its_year(newest, "before")
        bounds = Filters(year_from=max(years))
        if says_only_bounds(tagged):
            return self._on_their_topic(papers, bounds, talk, earlier)
        listed = self._parsed(text, text, replace(tagged, form="list"))
        return self._of_other_papers(listed, text, papers, bounds, earlier)

    def _out_of_reach(self, parsed: ParsedQuestion, talk: Discussion) -> ParsedQuestion | None:
        """Return a follow-up that bounds papers by what none of those that it leans on is within
        ("is there something older than the first, from 2020?") as a question of others on their
        topic; None where it is no such.
        """
        bounded = parsed.filters != self.filters and parsed.form in FORMS_OF_ABSTRACTS
        chooses = parsed.scoped and not _IS_THERE_ANY.search(parsed.text)
        if not (parsed.follow_up and bounded) or chooses:
            return None
        papers = self.corpus.papers(parsed.about or parsed.scope.only)
        if not papers or any(matches_filters(paper, parsed.filters) for paper in papers):
            return None
        return self._on_their_topic(papers, parsed.filters, talk)

    def _on_their_topic(
        self,
        papers: Sequence[Paper],
        bounds: Filters,
        talk: Discussion,
        without: Sequence[str] = (),
    ) -> ParsedQuestion:
        """Return what asks for other papers within `bounds` on the topic of some spoken of: by the
        question that several answer, else by their titles.
        """
        before = self._reread(talk) if len(papers) > 1 else None
        asked = before and (before.within or before if before.scoped else before)
        if asked is None or asked.form not in FORMS_OF_SEVERAL or asked.about:
            titles = " ".join(paper.title for paper in papers)
            tagged = replace(self.network.tag(titles, None), form="list")
            asked = replace(
                self._parsed(titles, titles, tagged), form="list", topic=titles, content=titles,
                about=(), described=(), question=f"Which papers are on {titles}?", topics=(titles,),
                filters=self.filters,
            )  # fmt: skip
        return self._of_other_papers(asked, asked.question, papers, bounds, without)

    def _of_other_papers(
        self,
        asked: ParsedQuestion,
        said: str,
        papers: Sequence[Paper],
        bounds: Filters,
        without: Sequence[str],
    ) -> ParsedQuestion:
        """Return what is asked, in the words `said`, of others than `papers` and those `without`
        (ids) which it is asked of, within `bounds`.
        """
        left_out = dict.fromkeys((*(paper.id for paper in papers), *without))
        filters = merge_filters(self.filters, put_bounds(asked.filters, bounds))
        return replace(
            asked, text=self.question, scope=Filters(without=tuple(left_out)), follow_up=True,
            others=(), within=None, order=None, filters=filters,
            standalone=_within_bounds(said, filters),
        )  # fmt: skip

    def _of_last(
        self, text: str, tagged: Tagged, turns: Sequence[Turn], talk: Discussion
    ) -> ParsedQuestion | None:
        """Return what asks whether the last answer holds ("are you sure?"), or says that it is not
        what was meant: then its question, of its papers summarised, else of others; None for
        neither.
        """
        if not turns or tagged.act not in ("check", "reject") or foreign_language(text):
            return None  # what it cannot read is no doubt of the answer
        if asks_fields(text) or (SUMS_UP.search(text) and talk.kind != "summary"):
            return None  # "you skipped the summary"
        if asks_of_discussed(text) or (self.tabular and tagged.of("topic")):
            return None
        own = any(tagged.of(kind) for kind in ("topic", "paper", "person", "venue", "not"))
        drops = tagged.of("out") and tagged.of("not")  # "leave out those on images"
        if own and (drops or points_at_several(text) or tagged.refers in ("nothing", "set")):
            return None  # "which of those is about speech?", "so none of the seven reads speech?"
        last = turns[-1].answer
        named = {one.paper_id for one in self.corpus.names.find(text)}
        if named - {one.paper.id for one in last.citations}:
            return None  # "X: where does it say that?", of another paper
        meant = talk.meant_of([one.paper for one in last.citations], text)
        cited = tuple(one for one in last.citations if one.paper in meant)
        # "Quote the passage on X", after what only records say.
        says = any(tagged.of(kind) for kind in ("aspect", "topic"))
        wordless = says and bool(cited) and not any(one.quotes for one in cited)
        if wordless or _asks_of_a_paper(text, tagged, bool(named)):
            return None
        rejected = tagged.act == "reject"
        again = self._again(talk) if talk.turns and talk.turns[-1] is turns[-1] else None
        asked = again or self._alone(last.question)
        asked = replace(
            asked, text=self.question, follow_up=True, others=(), rejected=rejected,
            questioned=replace(last, citations=cited),
        )  # fmt: skip
        if rejected and asked.about and asked.form in ("fact", "comparison"):
            return replace(asked, form="summary", in_doubt=False)
        if rejected and again and not asked.about and asked.form in FORMS_OF_ABSTRACTS:
            shown = tuple(paper.id for paper in talk.shown())
            if tells_a_matter(text):  # what is meant instead
                topic, said = f"{asked.topic} {text}", f"{asked.question} {text}"
                asked = replace(asked, topic=topic, question=said)
            return replace(asked, scope=replace(asked.scope, without=shown))
        return replace(asked, form="grounds")

    def _of_another(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return the question before, asked of the paper that `text` names ("and REFERS?",
        "sorry, I meant BERTweet"), None where it names none or says more.
        """
        if not talk.turns:
            return None
        last = talk.turns[-1].answer
        question = last.question
        new, old = self.corpus.names.find(text), self.corpus.names.find(question)
        if beside := self._added_to_table(text, new, talk):
            return beside
        doubted = [paper for paper in last.may_mean if new and paper.id == new[0].paper_id]
        if len(new) != 1 or (len(old) != 1 and not doubted):
            return None
        own = text[new[0].start : new[0].end]
        nothing_else = set(words(without_lead(text).replace(own, " "))) <= STOP_WORDS
        if tagged.refers != "question" and not nothing_else:
            return None
        if any(one not in own for kind in ("aspect", "topic") for one in tagged.of(kind)):
            return None
        if doubted:
            asked = put_names(question, doubted, self.corpus.names)
        else:
            asked = question[: old[0].start] + own + question[old[0].end :]
        return replace(self._alone(asked), text=self.question, follow_up=True)

    def _added_to_table(
        self, text: str, named: Sequence[Mention], talk: Discussion
    ) -> ParsedQuestion | None:
        """Return the comparison before together with the paper that a message is nothing but the
        name of ("and SimDA?"), None where it is not, or that was compared.
        """
        table = talk.turns[-1].answer.table
        said = without_lead(text).strip(" ?.!")
        if table is None or [text[one.start : one.end] for one in named] != [said]:
            return None
        again, new = self._again(talk), named[0].paper_id
        if again.form != "comparison" or new in again.about:
            return None
        return replace(again, about=(*again.about, new), text=self.question, follow_up=True)

    def _again(self, talk: Discussion) -> ParsedQuestion:
        """Return the last question, of the papers that were compared or may be meant then."""
        last = talk.turns[-1].answer
        if last.may_mean:
            papers = tuple(paper.id for paper in last.may_mean)
            alone = self._alone(last.question)
            return replace(alone, form="fact", about=papers, described=(), in_doubt=True)
        again = self._reread(talk)
        if last.table is None or again.form != "comparison":
            return again
        compared = tuple(paper.id for paper in last.table.papers)
        return replace(again, about=compared, described=(), absent=last.unfound)

    def _reread(self, talk: Discussion) -> ParsedQuestion:
        """Return the last question as it was read in its place, or as it stands alone; where its
        answer was asked for again since ("are you sure?"), in the place where it was asked.
        """
        asked = talk.turns[-1].answer.question
        others = (n for n, turn in enumerate(talk.turns, 1) if turn.answer.question != asked)
        at = max(others, default=0)
        if at == 0:
            return self._alone(asked)
        plain, written = parse_filters(talk.turns[at].user)
        plain, order = parse_sort(plain)
        filters = merge_filters(self.filters, written)
        asked_then = talk.turns[at].user
        reading = replace(self, question=asked_then, filters=filters, order=order, said="")
        before = talk.turns[max(at - _LOOKS_BACK, 0) : at]
        plain, reading = reading.without_asides(plain, before)
        there = reading.read(plain, before)
        same = (
            one
            for one in (there, *there.others)
            if one.standalone == asked and one.questioned is None
        )
        return next(same, None) or self._alone(asked)


def _asks_of_a_paper(text: str, tagged: Tagged, named: bool) -> bool:
    """Tell whether what doubts an answer counts a paper in a list, or goes on to ask of one that it
    counts or describes ("That doesn't tell me. What about nr 7, …?"), or what rejects one asks of a
    paper: one that it names ("SimDA it is. Who wrote it?") or describes ("… What about the one on
    reports?"), or for what it misses ("you skipped the data"; "Not that! Which is smaller?").
    """
    aspects, asking = tagged.of("aspect"), last_sentence(text)
    if aspects and list_named(text) and counts_place(text):
        return True
    asks = any(one in asking for one in aspects) or (tagged.form == "fact" and asking[-1:] == "?")
    apart = asking != text.strip() and asks
    of_described = tagged.refers in ("described", "place") and tagged.of("paper")
    if apart and of_described and aspects:
        return True
    misses = apart or (aspects and (named or tagged.form == "fact"))
    return tagged.act == "reject" and bool(of_described or misses)


def _without_bounds(text: str, tagged: Tagged) -> str:
    """Return a message without the times and venues in it."""
    for said in (*tagged.of("time"), *tagged.of("venue")):
        text = text.replace(said, " ")
    return text


def _within_bounds(said: str, filters: Filters) -> str:
    """Return a question with the bounds that it is asked within in its words."""
    return f"{said.rstrip(' ?.')}, {describe_filters(filters)}?"
