"""A question, its conversation and the corpus → `ParsedQuestion`: protocol, learned reader."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast

from assistant.reading.bounds import (
    STAND_IN,
    alternatives,
    asks_for_first,
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
from assistant.reading.parsed_question import (
    EVERYTHING,
    FORMS_OF_ABSTRACTS,
    Form,
    Length,
    ParsedQuestion,
)
from assistant.reading.question import (
    PUTS,
    asks_briefly,
    asks_for_abstract,
    asks_for_all,
    asks_how_it_works,
    count_wanted,
    take_join,
    take_table,
)
from assistant.reading.record_bounds import take_record_bounds, write_record_bounds
from assistant.reading.references import (
    DONE_TO_LISTS,
    ELSEWHERE,
    SURE,
    Discussion,
    Reference,
    asks_of_all,
    means_several,
    named_by_title,
    points_at_several,
    put_names,
    put_topic,
    tells_apart,
    without_lead,
)
from assistant.reading.scope import (
    adds_to_list,
    asks_alike,
    asks_fields,
    asks_for_newer,
    asks_for_others,
    asks_how,
    asks_of_collection,
    asks_of_discussed,
    asks_whether_any,
    authors_meant,
    is_dropped,
    joins_lists,
    list_named,
    may_date,
    put_bounds,
    put_years,
    says_only_bounds,
    take_choice,
    take_forgotten,
    take_instead,
    take_rejection,
)
from assistant.reading.table_edits import order_named, parse_table_edit, role_named
from assistant.reading.tags import (
    POSSIBLE,
    SIDES,
    SUMS_UP,
    adds_more,
    asks_any_paper,
    drop_times,
    exclude_topics,
    is_meant,
    is_side,
    is_whole,
    likeliest,
    names_beside,
    overlap,
    part_aspects,
    points_back,
    referring_to,
    ruling_out,
    said_last,
    says_what,
    second_form,
    settle_form,
    settle_reference,
    stands_alone,
    with_common,
    without_spans,
    without_words,
    words_of_bounds,
)
from assistant.retrieval.bibliography import asked_record, sort_papers
from assistant.retrieval.filters import (
    describe_filters,
    matches_filters,
    merge_filters,
    parse_filters,
    parse_sort,
)
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.language import foreign_language
from assistant.text.paper_names import INTRODUCED, Mention
from assistant.text.words import STOP_WORDS, is_content, is_negated, words
from assistant.types import Filters, Order, Paper, Turn

_FORMS: dict[str, Form] = {"social": "greeting", "other": "list"}
_LENGTHS: dict[str, Length] = {"shorter": "short", "longer": "long"}
_MOST_ABOUT, _MOST_SPOKEN = 4, 8
_OF_CHOSEN = ("comparison", "bibliography", "summary")
_END = " ?.!"
_KEEPING = ("order", "add")  # what leaves a list whole
_ANY_TURN, _DOUBTS = Before("papers", "list", 2), ("check", "reject")
_STATED = ("fact", "comparison", "summary")
_CHOOSING = ("not", "out", "topic", "paper")  # spans of what chooses papers of a list
_OF_SEVERAL_NAMED = ("comparison", "summary")
_ONE_BY_ONE = ("fact", "list")  # what is read as a comparison may be instead
_EXCLUDING = ("list", "summary", "bibliography")
_LOOKS_BACK = 20  # turns
_SAYS_NOTHING = 2  # words without a span at most
_MOST_REQUESTS = 3  # of one message
_TELLS_A_MATTER = 4  # words of content
_ENDS = ".?!;"
_SELECTED = "which papers are selected?"
_BOUNDS = ("time", "person", "venue")
_OF_SEVERAL = ("list", "bibliography", "summary")
_ONES = re.compile(r"\b(?:ones|those|these|them)\b", re.IGNORECASE)
_ONLY = re.compile(r"\b(?:only|just)\b", re.IGNORECASE)
_ASKS_WHICH = re.compile(r"\bwh(?:ich|at|o)\b", re.IGNORECASE)
_OF_RECORD = re.compile(
    r"(?:who (?:is|are) )?(?:the |its |their )?(?:(?:first|last|senior|same|common|shared) )?"
    r"(?:co-?)?authors?(?: in common)?"
    r"|who wrote(?: it)?|(?:the )?(?:publication )?(?:venue|journal|conference)"
    r"|(?:the )?(?:year of publication|publication (?:year|date))",
    re.IGNORECASE,
)
_PAPERS = re.compile(r"\b(?:papers|articles|works|titles|everything)\b", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?:papers|articles|works|studies|ones)\b", re.IGNORECASE)
_IS_THERE_ANY = re.compile(r"\b(?:(?:is|are)(?:n['’]t)? there|anything|something)\b", re.IGNORECASE)
_WROTE = re.compile(r"\b(?:(?:co-?)?authors?|wrote|written|write)\b", re.IGNORECASE)
_WHICH_ONE = re.compile(r"\bwhich (?:one|of (?:them|these|those))\b", re.IGNORECASE)


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
        """Return what `question` asks, with all that later steps need to know of its words."""
        ...

    def split(
        self, question: str, conversation: Conversation, corpus: IndexSnapshot
    ) -> Sequence[str]:
        """Return the questions of a message, each of which is read alone."""
        ...


class LearnedReader:
    """Reads by a small network; what is a grammar is parsed: filters, counts, edits of a table."""

    def __init__(self, network: ReadingNetwork) -> None:
        """Read with `network`."""
        self._network = network

    def read(
        self, question: str, conversation: Conversation, corpus: IndexSnapshot
    ) -> ParsedQuestion:
        """Return what `question` asks, made to stand alone."""
        text, written = parse_filters(question)
        text, order = parse_sort(text)
        reading = _Reading(
            self._network, question, merge_filters(conversation.filters, written), corpus, order
        )
        language = foreign_language(text) or ""
        if not language:
            text, reading = reading.without_asides(text, conversation.turns)
        if edit := reading.edit(conversation.turns):
            return replace(edit, text=question)
        read = reading.read(text, conversation.turns, conversation.filters.only)
        if read.length == "usual" and asks_briefly(text):
            read = replace(read, length="short")
        others = (replace(other, text=question, language=language) for other in read.others)
        return replace(read, text=question, language=language, others=tuple(others))

    def split(
        self, question: str, conversation: Conversation, corpus: IndexSnapshot
    ) -> Sequence[str]:
        """Return what a message without its filters asks for one after the other, at most three;
        facts of one thing asked in one sentence stay together.
        """
        if foreign_language(question):
            return (question,)
        before = _before(conversation.turns, Discussion(conversation.turns, corpus.names))
        requests: list[str] = []
        forms: list[str] = []
        rest = question
        while rest:
            tagged = self._network.tag(rest, before)
            first, *others = tagged.requests
            if others and before is None and self._says_nothing(first):
                first = " ".join((first, others.pop(0)))  # "Hm, why? Is there …?"
            asked, rest = take_join(first), " ".join(others)
            again = forms and forms[-1] == tagged.form == "fact"
            ends = not requests or requests[-1][-1] in _ENDS
            # "… Keep it short." says how the one before is to be answered.
            how = bool(requests) and tagged.act in ("shorter", "longer") and not tagged.spans
            if len(requests) == _MOST_REQUESTS or how or (again and not ends):
                requests[-1] += f" {first}"
            else:
                requests.append(asked)
                forms.append(tagged.form)
            before = Before(asked, tagged.form, 1)
        return requests

    def _says_nothing(self, request: str) -> bool:
        """Tell whether a request is no more than a word or two that say nothing of papers."""
        return len(words(request)) <= _SAYS_NOTHING and not self._network.tag(request).spans

    def read_standalone(
        self, standalone: str, parsed: ParsedQuestion, corpus: IndexSnapshot
    ) -> ParsedQuestion:
        """Return `parsed`, a follow-up, read again as the question that stands alone for it; only
        where that names papers does it leave those under discussion.
        """
        reading = _Reading(self._network, parsed.text, parsed.filters, corpus)
        again = reading.read(standalone, ())
        if not again.about:
            again = replace(again, scope=parsed.scope, within=parsed.within)
        return replace(again, standalone=standalone, follow_up=True)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One question being read: `filters` and `order` are what its asker typed or chose; `stood_for`
    are the words of an order that the `STAND_IN` stands for; `tabular`: a table is asked for;
    `told` are those of the filters that its words make of records, and of papers that date others;
    `said` is the question with what it would ask the same without, if there is such.
    """

    network: ReadingNetwork
    question: str
    filters: Filters
    corpus: IndexSnapshot
    order: Order | None = None
    stood_for: str = ""
    tabular: bool = False
    told: Filters = Filters()
    said: str = ""

    def without_asides(self, text: str, turns: Sequence[Turn]) -> tuple[str, _Reading]:
        """Return `text`, a message of a conversation without typed filters, without what it would
        ask the same without, and the reading of that. What a first message says besides helps to
        find what it asks for, and so does what the rest points at.
        """
        if not turns:
            return text, self
        plain = self.network.tag(text, _before(turns, Discussion(turns, self.corpus.names))).plain
        if plain.split() == text.split() or self._leans_on_asides(text, plain):
            return text, self
        typed = self.question != text and bool(self.filters)
        return plain, self if typed else replace(self, question=plain, said=text)

    def _leans_on_asides(self, text: str, plain: str) -> bool:
        """Tell whether what is left of a message needs what was left out of it: to point at a paper
        ("SimDA is fine. What does it tune?") or at a matter ("… Is that a problem?").
        """
        names = self.corpus.names
        if not points_back(plain) or names.find(plain):
            return False
        named = any(one.strength >= INTRODUCED for one in names.find(text))
        told = {word for word in words(text) if is_content(word)} - {*words(plain)}
        return named or (asks_any_paper(plain) and len(told) >= _TELLS_A_MATTER)

    def edit(self, turns: Sequence[Turn]) -> ParsedQuestion | None:
        """Return the edit of the table under discussion, None for none; its topic is compared."""
        edit = parse_table_edit(self.question, turns, self.corpus.names)
        if edit is None:
            return None
        parsed = self.read(edit.compared, ())
        return replace(
            parsed, text=self.question, standalone=edit.question, form="table edit", edit=edit
        )

    def read(
        self, text: str, turns: Sequence[Turn], selected: Sequence[str] = ()
    ) -> ParsedQuestion:
        """Return what `text`, without typed filters, asks; papers that are `selected`, by id, are
        what "these" are, whatever was talked about before.
        """
        plain, reading, said = self._with_record_words(text)
        if said.titles and not (_ONLY.search(plain) or _ONES.search(plain)):
            turns = ()  # it says which papers are asked for
        parsed = reading._read(plain, turns, selected)
        parsed = _of_everything(parsed, plain)
        if asks_for_abstract(plain) and (whole := self._abstracts(parsed, turns)):
            return whole
        if turns and asks_for_others(plain):
            parsed = _of_others(parsed, Discussion(turns, self.corpus.names))
        if not said or parsed.standalone == self.question:
            return parsed
        return replace(parsed, standalone=f"{parsed.standalone} {write_record_bounds(said)}")

    def _abstracts(self, parsed: ParsedQuestion, turns: Sequence[Turn]) -> ParsedQuestion | None:
        """Return the question for whole abstracts, None where it is of none or too many."""
        subject = parsed.about or parsed.scope.only
        if not (subject or parsed.topics or parsed.described):  # "the abstract of the first"
            subject = tuple(one.id for one in Discussion(turns, self.corpus.names).last())
        if not 0 < len(subject) <= _MOST_SPOKEN:
            return None
        return replace(
            parsed, form="abstract", about=subject, scope=Filters(), unresolved="", others=()
        )

    def _with_record_words(self, text: str) -> tuple[str, _Reading, Filters]:
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

    def _with_cited_order(self, text: str) -> tuple[str, _Reading]:
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

    def _read(self, text: str, turns: Sequence[Turn], selected: Sequence[str]) -> ParsedQuestion:
        talk = Discussion(turns, self.corpus.names, self.corpus.papers(selected))
        text = take_instead(take_forgotten(text)) if turns else text
        if (named := talk.with_name(text)) != text:
            return self._read_as(named, turns, selected)
        tagged = self._tag(text, turns, talk, selected)
        left_out = tagged.of("out") if tagged.act not in _KEEPING else ()
        rejected = (left_out or take_rejection(text)) if turns else ()
        unwanted, rest = talk.put_aside_in(" ".join(rejected)), _without_clauses(text, rejected)
        if unwanted and tells_apart(rest):
            return self._without(unwanted, rest, turns, selected)
        edited = (
            self._edit_list(text, tagged, talk)
            or self._in_table(text, tagged, talk)
            or self._of_last(text, tagged, turns, talk)
            or self._by_any(text, tagged)
            or self._of_row(text, tagged, talk)
            or self._count(text, tagged, turns)
            or self._of_another(text, tagged, talk)
            or self._of_others(text, tagged, talk)
        )
        if edited:
            return edited
        parsed = self._referring(text, tagged, talk)
        parsed = self._out_of_reach(parsed, talk) or parsed
        if parsed.form == "greeting":
            return parsed
        if not talk.turns and not parsed.follow_up:
            second = second_form(tagged, parsed.form)
            if second is None:
                return parsed
            other = self._parsed(text, text, replace(tagged, form=second))
            # The collection answers whatever is asked of it: what an abstract says goes before.
            first, then = (other, parsed) if parsed.form == "collection" else (parsed, other)
            return replace(first, others=(then,))
        names_it = parsed.about and not parsed.follow_up
        if names_it or parsed.chosen or talk.points(text, tagged):
            return parsed  # it names what it is about, or points at it
        if (tagged.form, tagged.refers) == ("other", "nothing") and parsed.off_topic >= SURE:
            return parsed  # "who won the cup?" leans on no paper
        if parsed.follow_up and stands_alone(text, tagged):
            return replace(self._parsed(text, text, tagged), others=(parsed,))
        alone = self._parsed(text, text, tagged) if says_what(tagged) else None
        doubted = self._second(text, tagged, talk) or alone
        others = (doubted,) if doubted else ()
        return replace(self._unsure(parsed, text, tagged, talk), others=others)

    def _tag(
        self, text: str, turns: Sequence[Turn], talk: Discussion, selected: Sequence[str]
    ) -> Tagged:
        """Return `text` as the network reads it after the last turn, or after that in whose papers
        it counts.
        """
        said = self.said if self.said and text == self.question else text
        tagged = self.network.tag(said, _before(turns, talk))
        if counted := talk.counted_in(text, tagged):
            turn, papers = counted
            before = _before([turn], talk)
            if before and before.papers < papers:  # spoken of one by one
                before = replace(before, form="list", papers=papers)
            tagged = self.network.tag(said, before)
        if not (turns or tagged.spans) and self.network.tag(text, _ANY_TURN).act in _DOUBTS:
            # "are you sure?", of nothing
            tagged = replace(tagged, form="social", forms={**tagged.forms, "social": 1.0})
        tagged = drop_times(text, settle_reference(text, tagged)) if turns else tagged
        of_those = points_at_several(text) and "all of them" not in text
        if turns and tagged.refers == "set" and asks_of_collection(text) and not of_those:
            again = tagged.form in FORMS_OF_ABSTRACTS and not tagged.spans.keys() - {"out", "not"}
            tagged = referring_to("question" if again else "nothing", tagged)
        named = any(tagged.of(kind) for kind in ("topic", "person", "venue"))
        # "any others by X?", "other papers on X besides these?"
        others = asks_for_others(text) and not asks_alike(text)
        if turns and named and (asks_whether_any(text) or others):
            tagged = referring_to("nothing", tagged)
        if turns and tagged.refers == "question" and _ONLY.search(text):
            whole = tag_whole_times(text, tagged)
            if says_only_bounds(whole) and any(whole.of(kind) for kind in _BOUNDS):
                tagged = replace(referring_to("set", tagged), act="narrow")
        if turns and adds_more(text, tagged):
            tagged = referring_to("question", tagged)
        if not selected:
            return tagged
        # The answer before may have cited nothing: as after a list of what is selected, it may be
        # about those.
        chosen = self.network.tag(text, Before(_SELECTED, "list", len(selected)))
        return chosen if not turns or chosen.refers == "set" else tagged

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
            tagged = replace(tagged, refers="set" if means_several(text, tagged) else "nothing")
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
        if last and last.kind in _STATED and is_bare(text) and not asked.by:
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

    def _read_as(self, text: str, turns: Sequence[Turn], selected: Sequence[str]) -> ParsedQuestion:
        """Return what `text`, in the place of the message, asks."""
        read = replace(self, question=text, said="")._read(text, turns, selected)
        return replace(read, text=self.question)

    def _without(
        self, unwanted: Sequence[str], text: str, turns: Sequence[Turn], selected: Sequence[str]
    ) -> ParsedQuestion:
        """Return what `text` asks, without the papers (ids) that are not wanted; a new list within
        the bounds of the one before, where it states none.
        """
        read = self._read_as(text, turns, selected)
        left, last = Filters(without=tuple(unwanted)), turns[-1].answer
        filters = read.filters
        if (read.form, last.kind) == ("list", "list") and not read.follow_up:
            filters = filters if filters != self.filters else self._alone(last.question).filters

        def without(one: ParsedQuestion) -> ParsedQuestion:
            return replace(one, scope=merge_filters(one.scope, left), filters=filters)

        return replace(without(read), others=tuple(map(without, read.others)))

    def _referring(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion:
        """Return the question made to stand alone by what it refers to."""
        own = self._names_one(text, tagged) or talk.points(text, tagged)
        own = own or bool(SUMS_UP.search(text) and talk.kind != "summary")
        if tagged.act in _LENGTHS and talk.turns and not own:
            again = self._again(talk)
            return replace(again, text=self.question, length=_LENGTHS[tagged.act], follow_up=True)
        if more := self._more(text, tagged, talk):
            return more
        if kept := talk.chosen_of_list(text, tagged):
            spans = {kind: said for kind, said in tagged.spans.items() if kind not in _CHOOSING}
            chosen = replace(tagged, form="list", act="narrow", spans=spans)
            listed = tuple(paper.id for paper in talk.several())
            left = Filters(only=listed, without=tuple({*listed} - {one.id for one in kept}))
            about = self._about(text, chosen, Reference(kept, together=True))
            return _as_before(replace(about, scope=left), talk)
        plain, choosing, many = take_choice(text)
        chooses = tagged.form in _OF_CHOSEN and choosing
        reference = (
            (talk.so_many(many, choosing) if chooses and many else None)
            or talk.refer(text, tagged)
            or self._of_record(text, tagged, talk)
            or _only_points(text, tagged, talk)
        )
        if reference is None or any(is_whole(one, text) for one in self.corpus.names.find(text)):
            return self._parsed(text, text, tagged)
        if not reference.together:
            alone = self._parsed(text, text, tagged)
            several = len(alone.about) + len(alone.described) >= SIDES
            if alone.about and (alone.form != "comparison" or (several and not points_back(text))):
                return alone  # it names the papers it is about
        if reference.question:
            return self._with_other(text, tagged, reference.question)
        if tagged.form == "comparison" and tagged.forms["comparison"] < SURE and asks_of_all(text):
            tagged = replace(tagged, form="fact")  # "how much data do they need, each?"
        if chooses and reference.together:
            about = self._about(plain, without_spans(tagged, choosing), reference)
            asked = about.standalone.replace(plain.rstrip(_END), text.rstrip(_END), 1)
            about = replace(about, choosing=choosing, chosen=many, standalone=asked)
        else:
            about = self._about(text, tagged, reference)
        about = _as_before(about, talk)
        within = talk.question_of(reference.papers) if about.scoped else ""
        return replace(about, within=self._alone(within) if within else None)

    def _more(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return what asks for more papers: on the topic before, or on its own; else None."""
        theirs = bool(tagged.of("person")) and tagged.refers == "nothing"
        if tagged.act != "more" or not talk.turns or talk.chosen(tagged) or theirs:
            return None
        said, last = " ".join(tagged.of("topic")), talk.turns[-1].answer.question
        whole = f"{last.rstrip(' ?.!')}, {said}?" if said else last
        if not said and talk.kind in _STATED and len(talk.last()) == 1:
            bounds = self._bounded(text, tagged)[1]
            return self._on_their_topic(talk.last(), bounds, talk)  # "any others like it?"
        itself = bool(said) and (tagged.refers == "nothing" or talk.kind in _STATED)
        again = self._alone(text if itself else whole)
        besides = tuple(paper.id for paper in talk.last()) if itself else ()
        return replace(
            again, text=self.question, form="list", besides=besides, follow_up=True,
            scope=Filters() if itself else Filters(without=talk.seen()), wanted=count_wanted(text),
        )  # fmt: skip

    def _with_other(self, text: str, tagged: Tagged, question: str) -> ParsedQuestion:
        """Return the question before with what `text` puts into it; a list on its own topic is
        one ("no, I meant speech: which papers are on that?").
        """
        if tagged.form == "list" and tagged.of("topic") and _PLURAL.search(text):
            return self._parsed(text, text, tagged)
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
        kept = _ONLY.search(text) or tagged.form == "comparison"
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

    def _edit_list(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return what puts papers that a message names on the list before, or that list together
        with an earlier one; None for neither.
        """
        added_to = tagged.act == "add" and not asks_how(text)
        joins, adds = joins_lists(text), added_to or adds_to_list(text)
        lists = talk.lists() if joins or adds else []
        if not lists or tagged.form in ("count", "summary"):
            return None
        ids = [paper.id for paper in lists[0]]
        names = [one for one in self.corpus.names.find(text) if one.strength >= INTRODUCED]
        dropped = [one.paper_id for one in names if is_dropped(text, one.start)]
        if joins and (earlier := talk.listed(text)):
            added = [paper.id for paper in earlier]
        else:
            told = (*talk.by_title(text), *self._described(tagged))
            added = [*(one.paper_id for one in names), *(one.id for one in told)]
        if set(added) <= set(dropped):  # "why did you leave out X?"
            dropped = []
        kept = tuple(one for one in dict.fromkeys((*ids, *added)) if one not in dropped)
        if not set(added) - set(dropped) or kept == tuple(ids):
            return None
        whole = self._parsed(EVERYTHING, EVERYTHING, self.network.tag(EVERYTHING, None))
        asked = f"{without_lead(text).rstrip(' ?.')} ({len(kept)} papers)?"
        records = asks_fields(text) or talk.told_records() or self.tabular
        return replace(
            whole, text=self.question, standalone=asked, form="bibliography" if records else "list",
            topic=EVERYTHING, scope=Filters(only=kept), follow_up=True, filters=self.filters,
            order=self.order or cast("Order | None", order_named(text)),
        )  # fmt: skip

    def _described(self, tagged: Tagged) -> list[Paper]:
        """Return the papers that a message describes by words of their titles ("the Slovenian
        one"), each of which no other has.
        """
        found: list[Paper] = []
        for said in tagged.of("paper"):
            ranked = self.corpus.retriever.search(said, Filters()).candidates[:_MOST_SPOKEN]
            titled = named_by_title(said, [one.paper for one in ranked])
            found += titled if len(titled) == 1 else []
        return found

    def _names_one(self, text: str, tagged: Tagged) -> bool:
        """Tell whether a message says which paper it is about, and does not only point at it."""
        meant = any(is_meant(one, text, tagged) for one in self.corpus.names.find(text))
        return meant or tells_apart(" ".join(tagged.of("paper")))

    def _of_record(self, text: str, tagged: Tagged, talk: Discussion) -> Reference | None:
        """Return the papers spoken of last where records are asked of no papers that a message
        says anything of ("has that been at a conference?"); None where it does.
        """
        asks = tagged.form == "bibliography" or asks_fields(text)
        if not talk.turns or not asks or asks_of_collection(text):
            return None
        alone = self._parsed(text, text, replace(tagged, form="bibliography"))
        chosen = bool(alone.about or alone.order) or alone.filters != self.filters
        if alone.form != "bibliography" or chosen or alone.topic != EVERYTHING:
            return None
        papers = talk.subjects(talk.turns[-1])
        return Reference(tuple(papers), together=len(papers) > 1) if papers else None

    def _of_others(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return the question before, asked of papers within other bounds ("and those by X?"), of
        newer ones ("anything newer?") or of the whole collection; None where a message asks of
        none of these, or says itself what papers are to be about.
        """
        tagged, bounds = self._bounded(text, tagged)
        if not talk.turns or tagged.form == "social":
            return None
        if not bounds and (names := authors_meant(text, talk.subjects(talk.turns[-1]))):
            return self._by_authors(text, names, talk)
        only_bounds = says_only_bounds(tagged)
        leans = only_bounds or tagged.refers != "nothing" or tagged.act == "more"
        if not bounds and leans and asks_for_newer(text):
            return self._newer(text, tagged, talk)
        if not only_bounds:
            return None
        if tagged.refers == "question" and not bounds and asks_of_collection(text):
            again = self._reread(talk)
            asked = f"{talk.turns[-1].user.rstrip(' ?.')}, in the whole collection?"
            whole = replace(again, scope=Filters(), within=None, standalone=asked)
            return replace(whole, text=self.question, follow_up=True) if again.scoped else None
        chooses = tagged.act in DONE_TO_LISTS or _ONLY.search(text)
        if not bounds or chooses or tagged.refers not in ("question", "set"):
            return None
        within = self._within(text, bounds, self._reread(talk))
        if within is None or tagged.form != "count" or within.scoped:
            return within
        topic = f"about {within.content}" if within.content else ""
        return self._counted(CountQuery("papers", None, topic, within.filters), within.standalone)

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

    def _records_of(self, bounds: Filters) -> ParsedQuestion:
        """Return what asks, in a conversation, for the records of all papers within `bounds`."""
        plain = self._parsed(EVERYTHING, EVERYTHING, self.network.tag(EVERYTHING, None))
        return replace(
            plain, text=self.question, form="bibliography", topic=EVERYTHING, follow_up=True,
            filters=merge_filters(self.filters, bounds),
        )  # fmt: skip

    def _within(self, text: str, bounds: Filters, before: ParsedQuestion) -> ParsedQuestion | None:
        """Return the question `before`, of several papers, within `bounds` in the place of its own:
        of the papers it was asked of where any is within them, else of the whole collection.
        """
        if before.form not in _OF_SEVERAL or before.about:
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

    def _by_authors(self, text: str, names: Sequence[str], talk: Discussion) -> ParsedQuestion:
        """Return what asks for the other papers by any of some authors of those spoken of last."""
        bibliography, shown = self.corpus.retriever.bibliography, talk.subjects(talk.turns[-1])
        without = tuple(paper.id for paper in shown)
        others = tuple(key for key in bibliography.ids_by_any(names) if key not in without)
        titles = " and ".join(self.corpus.names.display(paper) for paper in shown)
        none = Filters(authors=(alternatives(names),))
        return replace(
            self._records_of(Filters() if others else none),
            standalone=f"{without_lead(text).rstrip(' ?.')} (the authors of {titles})?",
            scope=Filters(only=others) if others else Filters(without=without),
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
        if asked is None or asked.form not in _OF_SEVERAL or asked.about:
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
        own = any(tagged.of(kind) for kind in ("topic", "paper", "not"))
        if own and (points_at_several(text) or tagged.refers == "nothing"):
            return None  # "which of those is about speech?"
        last = turns[-1].answer
        named = {one.paper_id for one in self.corpus.names.find(text)}
        if named - {one.paper.id for one in last.citations}:
            return None  # "X: where does it say that?", of another paper
        rejected = tagged.act == "reject"
        again = self._again(talk) if talk.turns and talk.turns[-1] is turns[-1] else None
        asked = again or self._alone(last.question)
        meant = talk.meant_of([one.paper for one in last.citations], text)
        cited = tuple(one for one in last.citations if one.paper in meant)
        asked = replace(
            asked, text=self.question, follow_up=True, others=(), rejected=rejected,
            questioned=replace(last, citations=cited),
        )  # fmt: skip
        if rejected and asked.about and asked.form in ("fact", "comparison"):
            return replace(asked, form="summary", in_doubt=False)
        if rejected and again and not asked.about and asked.form in FORMS_OF_ABSTRACTS:
            shown = tuple(paper.id for paper in talk.shown())
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

    def _about(self, text: str, tagged: Tagged, reference: Reference) -> ParsedQuestion:
        """Return a question of the papers that it refers to."""
        papers = reference.papers
        are_selected = {paper.id for paper in papers} <= set(self.filters.only)
        many = "selected papers" if are_selected else "papers cited before"
        standalone = put_names(text, papers, self.corpus.names, many)
        parsed = replace(self._parsed(text, standalone, tagged), follow_up=True)
        ids = tuple(paper.id for paper in papers)
        if parsed.form == "comparison" and _of_records(tagged):
            return replace(
                parsed, form="bibliography", topic=EVERYTHING, about=(), scope=Filters(only=ids)
            )
        if not reference.together:
            named = dict.fromkeys((*ids, *parsed.about))
            names = " ".join(self.corpus.names.display(paper) for paper in papers)
            topic = f"{parsed.topic} {names}"
            each = len(ids) >= max(SIDES, len(tagged.of("side")))  # what is described is there
            others = parsed.described if parsed.form == "comparison" and not each else ()
            about, absent = tuple(named), reference.absent
            own = text if parsed.form == "fact" and len(about) == 1 else ""
            return replace(
                parsed, topic=topic, own=own, about=about, described=others, absent=absent
            )
        if told := _records_of_these(parsed, text, ids):
            return told
        each = asks_of_all(text) or asks_how_it_works(text)
        if parsed.form == "fact" and len(ids) <= _MOST_SPOKEN and each:
            return replace(parsed, about=ids, described=(), absent=reference.absent)
        few = len(ids) <= _MOST_ABOUT
        which = _WHICH_ONE.search(text) and parsed.confidence < SURE and len(ids) > SIDES
        if parsed.form == "comparison" and not which:
            named = dict.fromkeys((*ids, *parsed.about))
            return replace(parsed, about=tuple(named), absent=reference.absent)
        if parsed.form == "summary" and few:
            return replace(parsed, about=ids, described=(), absent=reference.absent)
        recommends = tagged.act == "recommend"
        form: Form = "recommendation" if recommends else parsed.form
        order = parsed.order
        if tagged.act == "order" or parsed.form == "bibliography":
            form = "bibliography"
            by_name = order_named(text) if tagged.act == "order" else None
            if by_name in ("newest", "oldest", "title"):
                order = order or cast("Order", by_name)
        elif form not in ("count", "fact", "recommendation", "summary") or (
            form == "fact" and _WHICH_ONE.search(text)
        ):
            form = "list"
        # Of citations the numbers are compared.
        asks = tagged.act != "order" or _ASKS_WHICH.search(text)  # not "sort them by the oldest"
        single = order in ("newest", "oldest") and bool(asks) and asks_for_first(text)
        left_out = tagged.of("not")
        dropped = parsed.excluded if left_out else tagged.of("topic")
        only_drops = tagged.act == "drop" and bool(left_out or dropped)  # "not the medical ones"
        said = ("topic", "side", "lacks", *(("aspect",) if tagged.act != "order" else ()))
        bare = not any(tagged.of(kind) for kind in said)
        all_of_them = recommends or only_drops or (bare and form != "fact")
        topic = EVERYTHING if all_of_them else parsed.topic
        # Which of the papers are chosen their names do not tell: "X reads images, only text ones".
        no_names = form == "list" and not bare and set(parsed.about) <= set(ids)
        chooses = [words for kind in said if kind != "lacks" for words in tagged.of(kind)]
        content = " ".join(said_last(text, chooses))
        return replace(
            parsed, form=form, topic=topic,
            content=content if no_names else parsed.content,
            loose=form == "list" and not (all_of_them or are_selected or _keeps_to(text, tagged)),
            question=without_words(text, ruling_out(tagged)) or text,
            order=order, single=single, scope=Filters(only=ids),
            excluded=dropped if only_drops else parsed.excluded, absent=reference.absent,
        )  # fmt: skip

    def _second(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return the reading by the second likeliest reference, None where the first is sure."""
        second = likeliest({**tagged.references, tagged.refers: 0.0})
        sure = tagged.references[tagged.refers] >= SURE
        if sure and tagged.references[second] < POSSIBLE:
            return None
        return self._referring(text, replace(tagged, refers=second, act="none"), talk)

    def _unsure(
        self, parsed: ParsedQuestion, text: str, tagged: Tagged, talk: Discussion
    ) -> ParsedQuestion:
        """Return a question with the papers spoken of that it may mean, where none is pointed at:
        what they say tells which.
        """
        subject = parsed.about or parsed.scope.only
        if subject and role_named(" ".join(tagged.of("aspect"))) and not tagged.of("topic"):
            return parsed  # of "its results" any paper has some
        if tagged.refers == "one" and len(parsed.about) == 1 and asks_any_paper(text):
            return parsed
        if parsed.form == "list" and parsed.scoped:
            return parsed  # which of the papers, and others, is judged
        plain = parsed.form in FORMS_OF_ABSTRACTS and parsed.length == "usual" and parsed.content
        sides = len(parsed.about) + len(parsed.described) + len(parsed.absent)
        several = sides > 1 and not parsed.scoped
        if not plain or several:
            return parsed
        of_many = parsed.form == "list" or (parsed.form == "summary" and parsed.confidence >= SURE)
        if of_many and not subject:
            return parsed
        spoken = [paper.id for paper in talk.cited() if paper.id not in subject]
        # What leans on what was said and only asks has no words to find another paper by.
        told = any(map(tells_apart, tagged.of("paper")))  # "that study" tells none apart
        bare = not (told or tagged.of("topic") or tagged.of("side"))
        leans = points_at_several(text) or (tagged.refers != "nothing" and bare)
        alone = 0.0 if leans else sum(tagged.references[name] for name in ELSEWHERE)
        # What a doubtful turn leant on is said by the one before it.
        since = -2 if talk.turns and talk.turns[-1].answer.may_mean else -1
        before = " ".join(turn.answer.question for turn in talk.turns[since:])
        near = tuple(spoken[:_MOST_SPOKEN])
        return replace(parsed, unresolved=text, before=before, spoken=near, alone=alone)

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
        tagged = tag_venues(text, tag_whole_times(text, tagged), bibliography)
        tagged = tag_venue_years(text, tagged, bibliography)
        return tag_people(text, tagged, bibliography)

    def _subjects(
        self, text: str, standalone: str, tagged: Tagged
    ) -> tuple[list[Mention], tuple[str, ...]]:
        """Return the papers that a question names, and the words for others that it describes."""
        mentions = self.corpus.names.find(standalone)
        about = [one for one in mentions if is_meant(one, standalone, tagged)]
        left_out = tagged.of("not")  # "forget Moto; what is SimDA?"
        about = [one for one in about if standalone[one.start : one.end] not in left_out]
        sides = tagged.of("side") if tagged.form == "comparison" else ()
        apart = {next((m.paper_id for m in about if overlap(text, one, m)), one) for one in sides}
        if len(apart) >= SIDES and standalone == text:  # who else is named is compared with none
            about = [one for one in about if is_side(text, sides, one)]
        beside = tagged.form in _OF_SEVERAL_NAMED and standalone == text
        unknown = names_beside(text, mentions) if beside else ()
        described = tuple(
            words
            for words in (*sides, *tagged.of("paper"))
            if tells_apart(words) and not any(overlap(standalone, words, one) for one in about)
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

    def _clauses(self, text: str) -> tuple[str, ...]:
        """Return what a question asks one after the other, () where that is one thing."""
        requests = self.network.tag(text, None).requests
        return tuple(map(take_join, requests)) if len(requests) > 1 else ()

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
        form, number = _FORMS.get(tagged.form, cast("Form", tagged.form)), count_wanted(text)
        complete = asks_for_all(text)
        listed = (number or complete) and form == "summary" and not SUMS_UP.search(text)
        if listed or ((bounds or self.told) and form == "greeting"):
            form = "list"  # "three readings on X", "the full list on X"
        tagged = part_aspects(text, with_common(text, tagged), self.corpus.names.find(text))
        about, described = self._subjects(text, standalone, replace(tagged, form=form))
        own = {standalone[one.start : one.end] for one in about}
        if form == "list":
            tagged = exclude_topics(text, tagged)
        excludes = form in _EXCLUDING or tagged.act == "drop"
        clauses = ruling_out(tagged) if excludes else ()
        left_out, excluded = read_exclusions(tagged.of("not") if clauses else (), bibliography)
        record = self._record(self.corpus.names.without(standalone, about), text)
        wrote = bool(about and bounds.authors and _WROTE.search(text))  # "did X write SimDA?"
        one = form == "fact" and len(about) + len(described) == 1
        if wrote or (one and all(map(_OF_RECORD.fullmatch, tagged.of("aspect") or ("",)))):
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
        all_within = form == "list" and not wanted and (bounds or order)
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
            aspects=tuple(
                words for words in tagged.of("aspect") if not any(words in name for name in own)
            ),
            clauses=self._clauses(text) if form == "fact" else (),
            lacks=tagged.of("lacks"),
            excluded=excluded,
            records=self._records(record, tagged, form, about),
            order=order,
            filters=filters,
            wanted=number if form in ("list", "bibliography") else 0,
            complete=complete,
            confidence=1.0 if exact else tagged.forms[tagged.form],
            otherwise=cast("Form", likeliest({k: tagged.forms[k] for k in _ONE_BY_ONE})),
            off_topic=tagged.forms["other"],
        )


def _without_clauses(text: str, clauses: Sequence[str]) -> str:
    """Return `text` without some clauses and the marks at its ends that belong to them."""
    return without_words(text, clauses).strip(" ,;.:-–—") if clauses else text


def _records_of_these(
    parsed: ParsedQuestion, text: str, ids: tuple[str, ...]
) -> ParsedQuestion | None:
    """Return what asks of papers under discussion what their records say, or only which of them is
    older ("which of the two came first?"), None where it asks anything else.
    """
    if parsed.records:
        return replace(parsed, form="bibliography", scope=Filters(only=ids))
    ages = compared_ages(text) if parsed.form in _ONE_BY_ONE and not parsed.content else ()
    if not ages:
        return None
    asked = replace(parsed, form="bibliography", topic=EVERYTHING, order=read_order(ages))
    return replace(asked, about=(), scope=Filters(only=ids))


def _keeps_to(text: str, tagged: Tagged) -> bool:
    """Tell whether a message says that it is asked of the papers shown, and of no others."""
    chooses = tagged.act in ("drop", "order") or tagged.refers == "place" or _ONLY.search(text)
    points = points_at_several(text) or asks_of_all(text) or list_named(text)
    return bool(chooses or points or asks_of_discussed(text))


def _within_bounds(said: str, filters: Filters) -> str:
    """Return a question with the bounds that it is asked within in its words."""
    return f"{said.rstrip(' ?.')}, {describe_filters(filters)}?"


def _of_records(tagged: Tagged) -> bool:
    """Tell whether a message asks of papers what stands in their records ("the same authors?")."""
    asked = tagged.of("aspect")
    return bool(asked) and all(map(_OF_RECORD.fullmatch, asked))


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
        return "summary"
    if not listed or len(about) != 1 or tagged.of("topic"):
        return form
    unsure = tagged.forms["list"] < SURE
    return "fact" if tagged.of("aspect") else "summary" if unsure else form


def _of_everything(parsed: ParsedQuestion, text: str) -> ParsedQuestion:
    """Return what is asked of no papers in particular as a question of all of them where it says
    so ("list all papers"), else as one whose words say which ("who wrote ALBERT?").
    """
    bounded = parsed.bounds or parsed.order or parsed.scoped or parsed.about or parsed.described
    plain = parsed.form in ("list", "bibliography") and parsed.standalone == parsed.text
    if bounded or not plain or parsed.content or parsed.lacks:
        return parsed
    if _PAPERS.search(text) and not tells_apart(text):
        return replace(parsed, form="bibliography", topic=EVERYTHING)
    searches = parsed.form == "bibliography" and parsed.topic == EVERYTHING
    return replace(parsed, form="list", topic=text) if searches else parsed


def _of_others(parsed: ParsedQuestion, talk: Discussion) -> ParsedQuestion:
    """Return a list on its own topic as one of others than the papers spoken of last ("which other
    papers …?").
    """
    besides = tuple(paper.id for paper in talk.last()) if talk.turns else ()

    def of_others(one: ParsedQuestion) -> ParsedQuestion:
        if one.form == "list" and one.about and {*one.about} <= {*besides}:
            one = replace(one, about=(), scope=Filters(), unresolved="")  # "another such paper?"
            return replace(one, besides=besides)
        whole = not (one.scope or one.about)
        if whole and one.form in _OF_SEVERAL and (one.filters.authors or one.filters.venues):
            return replace(one, scope=Filters(without=besides))
        named = one.topic != EVERYTHING and one.form == "list"
        return replace(one, besides=besides) if whole and named else one

    return replace(of_others(parsed), others=tuple(map(of_others, parsed.others)))


def _only_points(text: str, tagged: Tagged, talk: Discussion) -> Reference | None:
    """Return the papers spoken of last where a message says nothing of its own ("what is that one
    about?"), else None.
    """
    says = tagged.spans or tagged.form not in FORMS_OF_ABSTRACTS or tells_apart(text)
    if not talk.turns or says or not points_back(text):
        return None
    papers = tuple(talk.subjects(talk.turns[-1]))
    return Reference(papers, together=len(papers) > 1) if papers else None


def _as_before(parsed: ParsedQuestion, talk: Discussion) -> ParsedQuestion:
    """Return what keeps to some papers of a list, of their records where these were told before."""
    all_of_them = parsed.scoped and parsed.topic == EVERYTHING and not parsed.excluded
    keeps = parsed.form == "list" and all_of_them and talk.told_records()
    return replace(parsed, form="bibliography") if keeps else parsed


def _before(turns: Sequence[Turn], talk: Discussion) -> Before | None:
    """Return the last turn as the network is told of it."""
    if not turns:
        return None
    last = turns[-1]
    answer = last.answer
    shown = answer.table.papers if answer.table else answer.counted or answer.citations
    papers = len(talk.subjects(last)) if answer.kind == "none" else len(shown)
    form = "fact" if answer.kind == "none" else answer.kind
    return Before(last.user, form, papers + len(answer.unfound))
