"""A question, its conversation and the corpus → `ParsedQuestion`: protocol, learned reader."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast

from assistant.reading.alternatives import without_unheard
from assistant.reading.asks import (
    Ask,
    asks_outright,
    columns_asked,
    fields_named,
    of_records_alone,
    without_columns,
)
from assistant.reading.authorship import (
    asks_how_many_wrote,
    asks_shared_authors,
    asks_who_is_on_several,
    speaks_of_people,
)
from assistant.reading.bounds import (
    asks_for_first,
    asks_only_ages,
    compared_ages,
    put_author,
    read_order,
    tag_whole_times,
)
from assistant.reading.counts import CountQuery
from assistant.reading.follow_up_reading import FollowUpReading
from assistant.reading.learned.network import Before, ReadingNetwork, Tagged
from assistant.reading.mentions import (
    fits,
    named_as_unwanted,
    tells_a_matter,
    tells_apart,
    with_pronouns,
)
from assistant.reading.message_reading import MOST_SPOKEN, last_turn, of_everything, only_introduces
from assistant.reading.parsed_question import (
    EVERYTHING,
    FORMS_OF_ABSTRACTS,
    FORMS_OF_SEVERAL,
    Form,
    Length,
    ParsedQuestion,
)
from assistant.reading.places import enumerated_in, last_sentence, number_meant
from assistant.reading.pointing.network import Pointer
from assistant.reading.question import (
    ONLY,
    asks_briefly,
    asks_for_abstract,
    asks_for_titles,
    asks_how_it_works,
    asks_to_rank,
    asks_whether_they_agree,
    compares_with_last,
    count_sentences,
    count_wanted,
    leads_to,
    orders_comparison,
    take_join,
    take_length,
)
from assistant.reading.record_bounds import write_record_bounds
from assistant.reading.references import (
    ELSEWHERE,
    SURE,
    Discussion,
    Reference,
    asks_of_all,
    number_kept,
    points_at_several,
    points_beside,
    put_names,
    put_pronouns,
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
    drops_from_list,
    list_named,
    says_only_bounds,
    take_choice,
    take_forgotten,
    take_instead,
)
from assistant.reading.table_edits import (
    asks_availability,
    order_named,
    parse_table_edit,
    role_named,
    table_discussed,
    wants_paper,
)
from assistant.reading.tags import (
    POSSIBLE,
    SIDES,
    SUMS_UP,
    adds_more,
    asks_any_paper,
    is_whole,
    likeliest,
    points_back,
    referring_to,
    ruling_out,
    said_last,
    says_what,
    second_form,
    settle_reference,
    stands_alone,
    want_denied,
    with_joined_out,
    with_names,
    without_contrary,
    without_spans,
)
from assistant.reading.terms import mentions_of, term_alone, term_asked
from assistant.retrieval.filters import merge_filters, parse_filters, parse_sort
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.language import foreign_language
from assistant.text.paper_names import NameIndex, is_name
from assistant.text.words import without_words, words
from assistant.types import Filters, Order, Paper, Turn

_LENGTHS: dict[str, Length] = {"shorter": "short", "longer": "long"}
_MOST_ABOUT = 4
_OF_CHOSEN = ("comparison", "bibliography", "summary")
_END = " ?.!"
_KEEPING = ("order", "add")  # what leaves a list whole
_ANY_TURN, _DOUBTS = Before("papers", "list", 2), ("check", "reject")
_NOT_OF_MEANT = ("check", "more", "add", "shorter", "longer")  # acts
_NO_FORM_OF_MEANT = ("count", "collection", "social", "other")
_CHOOSING = ("not", "out", "topic", "paper")  # spans of what chooses papers of a list
_FOUND_FIRST = 10  # of the papers for what an answer is said to lack
_SAYS_NOTHING = 2  # words without a span at most
_MOST_REQUESTS = 3  # of one message
_ENDS = ".?!;"
_SELECTED = "which papers are selected?"
_BOUNDS = ("time", "person", "venue")
_BY_AGE = ("fact", "list", "comparison", "bibliography")
_TOLD_APART = ("place", "described")  # how a message refers to one paper among others
_THINGS = ("topic", "paper", "side")
_ONES = re.compile(r"\b(?:ones|those|these|them)\b", re.IGNORECASE)
_ASKS_WHICH = re.compile(r"\bwh(?:ich|at|o)\b", re.IGNORECASE)
_LINES = re.compile(r"\b(?:rows?|columns?)\b", re.IGNORECASE)
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

    def __init__(self, network: ReadingNetwork, pointer: Pointer | None = None) -> None:
        """Read with `network`, and a `pointer` for what the papers shown are to a message, which by
        default is the one that ships with the package.
        """
        self._network, self._pointer = network, pointer or Pointer()

    def read(
        self, question: str, conversation: Conversation, corpus: IndexSnapshot
    ) -> ParsedQuestion:
        """Return what `question` asks, made to stand alone."""
        text, written = parse_filters(question)
        text, order = parse_sort(text)
        filters = merge_filters(conversation.filters, written)
        reading = _Reading(self._network, self._pointer, question, filters, corpus, order)
        plain, language = text, foreign_language(text) or ""
        if not language:
            if conversation.turns:
                text, reading = reading.without_remarks(text)
            plain, reading = reading.without_asides(text, conversation.turns)
        if edit := reading.edit(conversation.turns):
            return replace(edit, text=question)
        if not language:
            if not conversation.turns:
                plain, reading = reading.without_introduction(plain)
            plain, reading = reading.without_length(plain)
        read = reading.read(plain, conversation.turns, conversation.filters.only)
        if not (conversation.turns or language) and (read.form, read.question) == ("fact", plain):
            # What is said besides helps to find the paper, and hides the sentence that answers.
            read = replace(read, question=self._network.tag(plain, None).plain or plain)
        read = without_unheard(_as_wanted(read, text), corpus.retriever.keywords)
        last = None if language else reading.last_alone(plain, read, conversation)
        others = (
            replace(other, text=question, language=language)
            for other in (*read.others, *((last,) if last else ()))
        )
        return replace(read, text=question, language=language, others=tuple(others))

    def split(
        self, question: str, conversation: Conversation, corpus: IndexSnapshot
    ) -> Sequence[str]:
        """Return what a message without its filters asks for one after the other, at most three;
        facts of one thing asked in one sentence stay together.
        """
        if foreign_language(question):
            return (question,)
        before = last_turn(conversation.turns, Discussion(conversation.turns, corpus.names))
        requests: list[str] = []
        forms: list[str] = []
        rest = question
        while rest:
            tagged = self._network.tag(rest, before)
            first, *others = _with_whole_names(tagged.requests, corpus.names)
            # "Hm, why? Is there …?"
            bare = self._says_nothing(first) or only_introduces(first, self._network)
            if others and before is None and (bare or leads_to(first, others[0])):
                first = " ".join((first, others.pop(0)))
            asked, rest = take_join(first), " ".join(others)
            again = forms and forms[-1] == tagged.form == "fact"
            ends = not requests or requests[-1][-1] in _ENDS
            # "… Keep it short.", "… Titles only." say how the one before is to be answered.
            how = tagged.act in ("shorter", "longer") and not tagged.spans
            titles = asks_for_titles(first) and take_length(first) == first  # and no more
            how = bool(requests) and (how or titles)
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
        reading = _Reading(self._network, self._pointer, parsed.text, parsed.filters, corpus)
        again = reading.read(standalone, ())
        if not again.about:
            again = replace(again, scope=parsed.scope, within=parsed.within)
        return replace(again, standalone=standalone, follow_up=True)


def _as_wanted(read: ParsedQuestion, text: str) -> ParsedQuestion:
    """Return what a message asks with how it wants that told: how long, by titles, how many."""
    if sentences := count_sentences(text):
        read = replace(read, sentences=sentences, length="usual")
    elif read.length == "usual" and asks_briefly(text):
        read = replace(read, length="short")
    if asks_for_titles(text):
        read = replace(read, bare=True)
    if read.form in ("list", "bibliography") and not read.wanted:
        read = replace(read, wanted=count_wanted(text))  # also of what only goes on
    return read


@dataclass(frozen=True, slots=True)
class _Reading(FollowUpReading):
    """Reads a message in its conversation: what it asks alone, of papers spoken of, or again."""

    def edit(self, turns: Sequence[Turn]) -> ParsedQuestion | None:
        """Return the edit of the table under discussion, None for none; its topic is compared."""
        if table_discussed(turns) is None:
            return None
        names = self.corpus.names
        talk = Discussion(turns, names, (), self.pointer, self.question, self._found_first)
        edit = parse_table_edit(self.question, turns, names, talk.described_as)
        return self._edited(edit) if edit else None

    def read(
        self, text: str, turns: Sequence[Turn], selected: Sequence[str] = ()
    ) -> ParsedQuestion:
        """Return what `text`, without typed filters, asks; papers that are `selected`, by id, are
        what "these" are, whatever was talked about before.
        """
        plain, reading, said = self._with_record_words(text)
        worded = bool(said.titles or said.words)
        if worded and not (ONLY.search(plain) or _ONES.search(plain)):
            turns = ()  # it says which papers are asked for
        parsed = reading._read(plain, turns, selected)
        if worded and parsed.form == "list" and not (parsed.topics or parsed.lacks):
            parsed = replace(parsed, topic=EVERYTHING, content="", others=())
        parsed = of_everything(_beyond_records(parsed), plain)
        if asks_for_abstract(plain) and (whole := self._abstracts(parsed, turns)):
            return whole
        parsed = self._authors_counted(self._by_age(parsed, plain, turns), plain, turns)
        parsed = _in_columns(parsed, plain, self.corpus.names)
        if turns and asks_for_others(plain):
            elsewhere = not points_at_several(plain)  # "which others of these …?"
            parsed = _of_others(parsed, Discussion(turns, self.corpus.names), elsewhere)
        if parsed.form == "list" and (left := named_as_unwanted(plain, self.corpus.names)):
            parsed = replace(parsed, besides=(*parsed.besides, *left))
        if not said or parsed.standalone == self.question:
            return parsed
        return replace(parsed, standalone=f"{parsed.standalone} {write_record_bounds(said)}")

    def last_alone(
        self, text: str, read: ParsedQuestion, conversation: Conversation
    ) -> ParsedQuestion | None:
        """Return the list that the last sentence of `text`, which was read as `read`, asks for by
        itself, None where there is no other or it surely asks for none: what stands before it
        mostly helps to find them (of 136 such lists F1 .57 by all, .45 by the last sentence), but
        "The lamps age, by March it drifts." may be a word of none (of 12 that seem not to be there
        by all .17 and .45).
        """
        last, turns = last_sentence(text), conversation.turns
        if last == text.strip() or read.form not in FORMS_OF_ABSTRACTS or read.about:
            return None
        tagged = self.network.tag(last, None)
        says_which = stands_alone(last, tagged) if turns else says_what(tagged)
        if not says_which or tagged.forms["list"] < SURE:
            return None
        return replace(self, question=last, said="").read(last, turns, conversation.filters.only)

    def _by_age(self, parsed: ParsedQuestion, text: str, turns: Sequence[Turn]) -> ParsedQuestion:
        """Return what only asks which of several papers is the older, or the newer, as a question
        of their records, and any other as it is.
        """
        asks = parsed.form in _BY_AGE and not (parsed.order or asks_for_newer(text))
        if not asks or orders_comparison(text):
            return parsed
        named = self.corpus.names.find(text)
        if not asks_only_ages(self.corpus.names.without(text, named)):
            return parsed
        several = parsed.about if len(parsed.about) > 1 else parsed.scope.only
        if not several and turns and not (named or parsed.described):  # "who filed first?"
            several = tuple(one.id for one in Discussion(turns, self.corpus.names).last())
        if len(several) < SIDES:
            return parsed
        order = read_order(compared_ages(text)) or "oldest"
        return replace(
            parsed, form="bibliography", topic=EVERYTHING, about=(), order=order, unresolved="",
            others=(), scope=Filters(only=several),
        )  # fmt: skip

    def _authors_counted(
        self, parsed: ParsedQuestion, text: str, turns: Sequence[Turn]
    ) -> ParsedQuestion:
        """Return what asks how many people wrote papers, or who wrote several of them, as one of
        the records of these, and any other as it is.
        """
        asked = self.corpus.names.without(text, self.corpus.names.find(text))
        says_more = parsed.form in ("count", "comparison") or asked != text
        of_several = not says_more and asks_shared_authors(text)
        if not (asks_how_many_wrote(asked) or of_several):
            return parsed
        papers = parsed.about or parsed.scope.only
        if not papers and turns:
            papers = tuple(one.id for one in Discussion(turns, self.corpus.names).last())
        if asks_who_is_on_several(text) and (asks_of_collection(text) or not papers):
            return self._counted(CountQuery("most", "author"), self.question)
        if not papers:
            return parsed
        return replace(
            parsed, form="bibliography", topic=EVERYTHING, question=asked, about=(), unresolved="",
            others=(), scope=Filters(only=papers),
        )  # fmt: skip

    def _abstracts(self, parsed: ParsedQuestion, turns: Sequence[Turn]) -> ParsedQuestion | None:
        """Return the question for whole abstracts, None where it is of none or too many."""
        subject = parsed.about or parsed.scope.only
        if not (subject or parsed.topics or parsed.described):  # "the abstract of the first"
            subject = tuple(one.id for one in Discussion(turns, self.corpus.names).last())
        if not 0 < len(subject) <= MOST_SPOKEN:
            return None
        return replace(
            parsed, form="abstract", about=subject, scope=Filters(), unresolved="", others=()
        )

    def _read(self, text: str, turns: Sequence[Turn], selected: Sequence[str]) -> ParsedQuestion:
        chosen = self.corpus.papers(selected)
        said = self.said if self.said and text == self.question else text
        names = self.corpus.names
        talk = Discussion(turns, names, chosen, self.pointer, said, self._found_first)
        asked, within = self._instead(text, turns, talk)
        if asked != text or len(within) < len(turns):
            return self._read_as(asked, within, selected)
        tagged = self._tag(text, turns, talk, selected)
        edited = (
            self._explained(text, tagged, talk)
            or self._put_aside(text, tagged, turns, talk, selected)
            or self._of_left_out(text, tagged, talk)
            or self._edit_list(text, tagged, turns, talk)
            or self._in_table(text, tagged, talk)
            or self._of_last(text, tagged, turns, talk)
            or self._by_any(text, tagged)
            or self._by_authors_of(text, tagged, talk)
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
            compares = parsed.form == "comparison" and len(parsed.about) >= SIDES  # by name
            second = None if compares else second_form(tagged, parsed.form)
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
        doubted = self._otherwise(parsed, text, tagged, talk)
        others = (doubted,) if doubted else ()
        return replace(self._unsure(parsed, text, tagged, talk), others=others)

    def _instead(
        self, text: str, turns: Sequence[Turn], talk: Discussion
    ) -> tuple[str, Sequence[Turn]]:
        """Return what is read instead of a message: without what it complains of or puts something
        in place of, with the names of the papers that it means, and, where it speaks of somebody's
        papers or of one that was not shown, without the turns before it; else both as they are.
        """
        if turns and (asked := take_instead(take_forgotten(text))) != text:
            return asked, turns
        last = last_sentence(text)
        if turns and last != text.strip() and enumerated_in(last):
            return last, turns  # "5 and 6 don't fit. For 1, 2 and 9: how large are they?"
        named = put_author(text, self.corpus.retriever.bibliography)
        if named != text or talk.names_another(text):
            return named, ()
        return (text if _asks_for_unlike(text) else talk.with_name(text)), turns

    def _explained(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return what asks what a word means that is no paper's own name, of the papers shown that
        have it, else of all; None where a message does not.
        """
        message = self.said if self.said and text == self.question else text
        term, outright = term_asked(message)
        if not term and talk.turns and term_asked(talk.turns[-1].answer.question)[1]:
            term, outright = term_alone(message), True  # "and T2V?"
        if not term or self.corpus.names.find_firm(term) or read_order((term,)):
            return None  # "what is new?"
        said = any(term in words for kind in _THINGS for words in tagged.of(kind))
        if not (outright or is_name(term) or (said and not tagged.of("aspect"))):
            return None  # "what is possible?"
        shown = tuple(one.id for one in talk.cited() if mentions_of(term, one.abstract))
        if not (outright or shown or len(words(term)) == 1):  # a matter of its own, if none has it
            found = self.corpus.retriever.search(term).candidates
            if not any(mentions_of(term, one.paper.abstract) for one in found):
                return None
        asked = replace(tagged, form="fact", spans={"topic": (term,)})
        parsed = self._parsed(text, text, asked)
        return replace(
            parsed, form="fact", term=term, topic=term, content=term, question=f"What is {term}?",
            about=(), described=(), records=(), order=None, follow_up=bool(shown),
            scope=Filters(only=shown),
        )  # fmt: skip

    def _put_aside(
        self,
        text: str,
        tagged: Tagged,
        turns: Sequence[Turn],
        talk: Discussion,
        selected: Sequence[str],
    ) -> ParsedQuestion | None:
        """Return what a message asks beside putting papers aside, None where it does no such."""
        if kept := self._of_kept(text, tagged, turns, talk):
            return kept
        keeps = tagged.act in _KEEPING or adds_to_list(text)  # "leave out SimDA and add OPT"
        rejected = () if keeps or not turns else tagged.of("out")
        unwanted, rest = talk.put_aside_in(" ".join(rejected)), _without_clauses(text, rejected)
        shown = {paper.id for paper in talk.cited()}
        if not unwanted or (tagged.form == "fact" and shown.isdisjoint(unwanted)):
            return None  # "X is not on your list. Which licence?" asks of X
        several = talk.several()
        left = tuple(paper for paper in several if paper.id not in unwanted)
        some = 0 < len(left) < len(several)
        if not tells_apart(rest):  # "The first doesn't fit. Which others do?"
            return self._keep(text, tagged, left, talk) if some else None
        adds = bool(talk.meant(text, tagged).into)
        if edit := self._edit_list(text, tagged, turns, talk) if adds else None:
            return edit
        of_them = tagged.act == "drop" and tagged.references["set"] >= SURE
        if of_them and some:
            return self._of_rest(rest, left, turns, talk)
        return self._without(unwanted, rest, turns, selected)

    def _of_kept(
        self, text: str, tagged: Tagged, turns: Sequence[Turn], talk: Discussion
    ) -> ParsedQuestion | None:
        """Return what a message asks of the papers that it keeps where it puts some aside, as the
        pointer is sure or so many are spoken of; None where it puts none aside, or names others,
        bounds them by what their records say, counts them, or asks for more.
        """
        if self.tabular or tagged.act in _NOT_OF_MEANT or tagged.form in _NO_FORM_OF_MEANT:
            return None
        meant = talk.meant(text, tagged)
        papers = talk.kept(meant, tagged)
        about, out = ({one.id for one in some} for some in (papers, meant.out))
        agrees = meant.sure or number_kept(text, tagged) == len(about)
        if not (about and out and agrees) or meant.into:
            return None
        named = {one.paper_id for one in self.corpus.names.find(text)}
        if (named and named - out != about) or self._bounded(text, tagged)[1]:
            return None
        rest = _without_clauses(text, tagged.of("out"))
        if not tells_apart(rest):
            return self._keep(text, tagged, papers, talk)
        return self._of_rest(rest, papers, turns, talk)

    def _keep(
        self, text: str, tagged: Tagged, papers: tuple[Paper, ...], talk: Discussion
    ) -> ParsedQuestion:
        """Return a message that keeps some papers of a list, and asks nothing else of them."""
        kept = replace(_without_choice(tagged), form="list", act="narrow")
        return _as_before(self._about(text, kept, Reference(papers, together=True)), talk)

    def _of_rest(
        self, text: str, papers: tuple[Paper, ...], turns: Sequence[Turn], talk: Discussion
    ) -> ParsedQuestion:
        """Return what `text` asks of the papers that are left, and of no others."""
        asked = replace(self._tag(text, turns, talk, ()), act="none")
        read = self._about(text, asked, talk.reference(papers, asked))
        return replace(_as_before(_of_compared(read, text, talk), talk), loose=False)

    def _tag(
        self, text: str, turns: Sequence[Turn], talk: Discussion, selected: Sequence[str]
    ) -> Tagged:
        """Return `text` as the network reads it after the last turn, or after that in whose papers
        it counts.
        """
        said = self.said if self.said and text == self.question else text
        tagged = self.network.tag(said, last_turn(turns, talk))
        if counted := talk.counted_in(text, tagged):
            turn, papers = counted
            before = last_turn([turn], talk)
            if before and before.papers < papers:  # spoken of one by one
                before = replace(before, form="list", papers=papers)
            tagged = self.network.tag(said, before)
        if not (turns or tagged.spans) and self.network.tag(text, _ANY_TURN).act in _DOUBTS:
            # "are you sure?", of nothing
            tagged = replace(tagged, form="social", forms={**tagged.forms, "social": 1.0})
        tagged = with_names(text, tagged, self.corpus.names)
        tagged = want_denied(text, without_contrary(with_joined_out(text, tagged)))
        tagged = settle_reference(text, tagged) if turns else tagged
        of_those = points_at_several(text) and "all of them" not in text
        leans = tagged.refers == "set" or (tagged.refers == "nothing" and points_back(text))
        if turns and leans and asks_of_collection(text) and not of_those:
            again = tagged.form in FORMS_OF_ABSTRACTS and not tagged.spans.keys() - {"out", "not"}
            tagged = referring_to("question" if again else "nothing", tagged)
        named = any(tagged.of(kind) for kind in ("topic", "person", "venue"))
        # "any others by X?", "other papers on X besides these?"
        anew = named and (asks_whether_any(text) or _asks_for_unlike(text))
        if turns and anew:
            tagged = referring_to("nothing", tagged)
        if turns and tagged.refers == "question" and ONLY.search(text):
            whole = tag_whole_times(text, tagged)
            if says_only_bounds(whole) and any(whole.of(kind) for kind in _BOUNDS):
                tagged = replace(referring_to("set", tagged), act="narrow")
        if turns and (adds_more(text, tagged) or self._orders_again(text, tagged, talk)):
            tagged = referring_to("question", tagged)
        if not selected:
            return tagged
        # The answer before may have cited nothing: as after a list of what is selected, it may be
        # about those.
        chosen = self.network.tag(text, Before(_SELECTED, "list", len(selected)))
        return chosen if not turns or chosen.refers == "set" else tagged

    def _orders_again(self, text: str, tagged: Tagged, talk: Discussion) -> bool:
        """Tell whether a message wants in another order what the last answer is the first of ("and
        which are the latest?", after the oldest papers).
        """
        orders = read_order((*tagged.of("time"), *tagged.of("aspect"))) if tagged.spans else None
        plain = tagged.form == "bibliography" and tagged.refers == "set" and not tagged.of("topic")
        if not (orders and plain and talk.turns) or points_at_several(text):
            return False
        before = self._reread(talk)
        return before.order in ("newest", "oldest") and not before.scoped

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
            about = tuple(key for key in one.about if key not in unwanted)
            return replace(one, scope=merge_filters(one.scope, left), filters=filters, about=about)

        return replace(without(read), others=tuple(map(without, read.others)))

    def _referring(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion:
        """Return the question made to stand alone by what it refers to."""
        own = self._names_one(text, tagged) or talk.points(text, tagged)
        own = own or bool(SUMS_UP.search(text) and talk.kind != "summary")
        if tagged.act in _LENGTHS and talk.turns and not own:
            again = self._again(talk)
            return replace(again, text=self.question, length=_LENGTHS[tagged.act], follow_up=True)
        meant = talk.meant(text, tagged)
        means_one = meant.sure and len(meant.about) == 1
        if not means_one and (more := self._more(text, tagged, talk)):
            return more
        if kept := talk.chosen_of_list(text, tagged):
            chosen = replace(_without_choice(tagged), form="list", act="narrow")
            listed = tuple(paper.id for paper in talk.several())
            left = Filters(only=listed, without=tuple({*listed} - {one.id for one in kept}))
            about = self._about(text, chosen, Reference(kept, together=True))
            return _as_before(replace(about, scope=left), talk)
        plain, choosing, many = take_choice(text)
        chooses = tagged.form in _OF_CHOSEN and choosing
        choices = talk.several()
        reference = (
            (talk.so_many(many, choosing) if chooses and many else None)
            or (Reference(choices, together=True) if chooses and len(choices) > 1 else None)
            or talk.refer(text, tagged)
            or self._of_record(text, tagged, talk)
            or _only_points(text, tagged, talk)
        )
        told = reference is not None and reference.told
        if not told and (beside := self._beside_last(text, tagged, talk)):
            return beside
        if reference is None or any(is_whole(one, text) for one in self.corpus.names.find(text)):
            return self._parsed(text, text, tagged)
        named = None if told or reference.together else self._of_named(text, tagged, talk)
        if named:
            return named
        if reference.question:
            return self._with_other(text, tagged, talk)
        unsure = tagged.form == "comparison" and tagged.forms["comparison"] < SURE
        if unsure and asks_of_all(text) and not self.tabular:
            tagged = replace(tagged, form="fact")  # "how much data do they need, each?"
        if chooses and reference.together:
            about = self._about(plain, without_spans(tagged, choosing), reference)
            asked = about.standalone.replace(plain.rstrip(_END), text.rstrip(_END), 1)
            about = replace(about, choosing=choosing, chosen=many, standalone=asked)
        else:
            about = self._about(text, tagged, reference)
        about = _as_before(_of_compared(about, text, talk), talk)
        within = talk.question_of(reference.papers) if about.scoped else ""
        return replace(about, within=self._alone(within) if within else None)

    def _of_named(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return what a message asks of the papers that it names, None where it names none, or only
        one to be compared.
        """
        alone = self._parsed(text, text, tagged)
        several = len(alone.about) + len(alone.described) >= SIDES and not points_back(text)
        return alone if alone.about and (alone.form != "comparison" or several) else None

    def _beside_last(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return what compares a paper that is named or described with the one spoken of last
        ("does BLIP agree with that paper?", "how is BLIP different from it?", "now compare with
        BLIP"), None for anything else.
        """
        compares = tagged.form == "comparison" or asks_whether_they_agree(text)
        beside = (compares and points_beside(text)) or compares_with_last(text)
        last = talk.last()[:1] if beside else []
        if not last:
            return None
        alone = self._parsed(text, text, replace(tagged, form="comparison"))
        both = dict.fromkeys((last[0].id, *alone.about))
        described = tuple(one for one in alone.described if not fits(one, last[0]))
        compared = replace(alone, about=tuple(both), described=described, follow_up=True)
        return compared if len(both) + len(described) == SIDES else None

    def _of_left_out(self, text: str, tagged: Tagged, talk: Discussion) -> ParsedQuestion | None:
        """Return what is asked of a paper that a list left out ("what about the DINO one you left
        out?"), None where a message speaks of no such, or wants it put on the list.
        """
        asks = asks_how(text) or tagged.form == "fact"
        paper = talk.left_out_in(text, tagged, self._found_first) if asks else None
        if paper is None:
            return None
        form = likeliest({name: tagged.forms[name] for name in ("fact", "summary")})
        asked = replace(_without_choice(tagged), form=form)
        return self._about(text, asked, Reference((paper,)))

    def _found_first(self, words: str) -> list[Paper]:
        """Return the first papers that a search for some words finds."""
        found = self.corpus.retriever.search(words).candidates[:_FOUND_FIRST]
        return [one.paper for one in found]

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

    def _about(self, text: str, tagged: Tagged, reference: Reference) -> ParsedQuestion:
        """Return a question of the papers that it refers to."""
        papers = reference.papers
        are_selected = {paper.id for paper in papers} <= set(self.filters.only)
        many = "selected papers" if are_selected else "papers cited before"
        standalone = put_names(text, papers, self.corpus.names, many)
        parsed = replace(self._parsed(text, standalone, tagged), follow_up=True)
        ids = tuple(paper.id for paper in papers)
        if parsed.form == "comparison" and of_records_alone(parsed.asks):
            return replace(
                parsed, form="bibliography", topic=EVERYTHING, about=(), scope=Filters(only=ids)
            )
        if not reference.together:
            listed = parsed.form == "list" and tagged.act != "narrow"
            told_each = reference.told and listed
            parsed = replace(parsed, form="fact") if told_each else _of_one_paper(parsed, tagged)
            return self._about_each(parsed, text, tagged, reference)
        if told := _told_of_these(parsed, text, tagged, ids):
            return told
        each = asks_of_all(text) or asks_how_it_works(text)
        asks_it = parsed.form == "fact" or (parsed.form == "summary" and bool(parsed.asks))
        if asks_it and len(ids) <= MOST_SPOKEN and each:
            meant = self._named_of(ids, text)
            parsed = replace(parsed, form="comparison" if self.tabular else "fact")
            return replace(parsed, about=meant, described=(), absent=reference.absent, own=text)
        few = len(ids) <= _MOST_ABOUT
        which = _WHICH_ONE.search(text) and parsed.confidence < SURE and len(ids) > SIDES
        if parsed.form == "comparison" and not which:
            meant = self._named_of(ids, text)
            named = meant if SIDES <= len(meant) < len(ids) else (*ids, *parsed.about)
            others = () if len(ids) >= len(tagged.of("side")) else parsed.described
            about, absent = tuple(dict.fromkeys(named)), reference.absent
            return replace(parsed, about=about, described=others, absent=absent)
        if parsed.form == "summary" and few:
            meant = self._named_of(ids, text)
            return replace(parsed, about=meant, described=(), absent=reference.absent)
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
        kept = _keeps_to(text, tagged)
        says = any(tagged.of(kind) for kind in said)
        bare = not says and (kept or not tells_a_matter(parsed.topic))
        all_of_them = recommends or only_drops or (bare and form != "fact")
        topic = EVERYTHING if all_of_them else parsed.topic
        # Which of the papers are chosen their names do not tell: "X reads images, only text ones".
        no_names = form == "list" and not bare and set(parsed.about) <= set(ids)
        chooses = [words for kind in said if kind != "lacks" for words in tagged.of(kind)]
        content = " ".join(said_last(text, chooses))
        return replace(
            parsed, form=form, topic=topic, about=() if form == "bibliography" else parsed.about,
            content=content if no_names else parsed.content,
            loose=form == "list" and not (all_of_them or are_selected or kept),
            question=without_words(text, ruling_out(tagged)) or text,
            order=order, single=single, scope=Filters(only=ids),
            excluded=dropped if only_drops else parsed.excluded, absent=reference.absent,
        )  # fmt: skip

    def _about_each(
        self, parsed: ParsedQuestion, text: str, tagged: Tagged, reference: Reference
    ) -> ParsedQuestion:
        """Return a question of one paper, or of each of some, with those that it names beside."""
        papers, names = reference.papers, self.corpus.names
        ids = tuple(paper.id for paper in papers)
        named = {one.paper_id for one in names.find(text)}
        about = dict.fromkeys((*ids, *(key for key in parsed.about if key in named)))
        topic = f"{parsed.topic} {' '.join(map(names.display, papers))}"
        each = len(ids) >= max(SIDES, len(tagged.of("side")))  # what is described is there
        others = parsed.described if parsed.form == "comparison" and not each else ()
        others = tuple(one for one in others if not any(fits(one, paper) for paper in papers))
        read = replace(
            parsed, topic=topic, own="", about=tuple(about), described=others,
            absent=reference.absent,
        )  # fmt: skip
        if parsed.form != "fact":
            return read
        if len(about) == 1:
            return replace(read, own=put_pronouns(text))
        spans = (*tagged.of("paper"), *tagged.of("side"))
        enumerates = len(parsed.asks) > 1 and not all(map(asks_outright, parsed.aspects))
        form: Form = "comparison" if spans and enumerates else "fact"  # "…: corpus, cost and gain"
        return replace(read, form=form, own=with_pronouns(text, spans, names))

    def _named_of(self, ids: tuple[str, ...], text: str) -> tuple[str, ...]:
        """Return those of some papers that a message names ("just SimDA, then"), else all."""
        named = {one.paper_id for one in self.corpus.names.find(text)}
        return tuple(key for key in ids if key in named) or ids

    def _otherwise(
        self, parsed: ParsedQuestion, text: str, tagged: Tagged, talk: Discussion
    ) -> ParsedQuestion | None:
        """Return another reading than `parsed`: by the second likeliest reference, or as the
        message stands alone where the first is sure; None where the pointer is sure of the same.
        """
        second = self._second(text, tagged, talk) or self._by_itself(text, tagged)
        return None if second and _asks_the_same(second, parsed) else second

    def _by_itself(self, text: str, tagged: Tagged) -> ParsedQuestion | None:
        """Return what a follow-up that says what it is about asks alone, None where it says nothing
        or compares nothing of its own.
        """
        alone = self._parsed(text, text, tagged) if says_what(tagged) else None
        nothing = alone and alone.form == "comparison" and not (alone.about or alone.described)
        return None if nothing else alone

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
        meant, one = talk.meant(text, tagged), len(parsed.about) == 1
        same = {*parsed.about} == {paper.id for paper in meant.about}
        apart = tagged.refers in _TOLD_APART or (same and tagged.refers != "set")
        if one and meant.sure and apart and not asks_of_all(text):
            return parsed  # of 88 the same .95 mean it, .88 what their words would tell apart
        all_of_them = same and number_meant(text) == len(parsed.about)
        if len(parsed.about) > 1 and (all_of_them or talk.each_mentioned(text, tagged)):
            return parsed
        if subject and role_named(" ".join(tagged.of("aspect"))) and not tagged.of("topic"):
            return parsed  # of "its results" any paper has some
        if tagged.refers == "one" and one and asks_any_paper(text):
            return parsed
        if len(parsed.about) > 1 and asks_of_all(text):
            return parsed
        if parsed.form == "list" and parsed.scoped:
            return parsed  # which of the papers, and others, is judged
        plain = parsed.form in FORMS_OF_ABSTRACTS and parsed.length == "usual" and parsed.content
        sides = len(parsed.about) + len(parsed.described) + len(parsed.absent)
        several = sides > 1 and not (parsed.scoped or parsed.form == "fact")
        if not plain or several:
            return parsed
        of_many = parsed.form == "list" or (parsed.form == "summary" and parsed.confidence >= SURE)
        if of_many and not subject:
            return parsed
        spoken = [paper.id for paper in talk.cited() if paper.id not in subject]
        alone = sum(tagged.references[name] for name in ELSEWHERE)
        # What a doubtful turn leant on is said by the one before it.
        since = -2 if talk.turns and talk.turns[-1].answer.may_mean else -1
        before = " ".join(turn.answer.question for turn in talk.turns[since:])
        near = tuple(spoken[:MOST_SPOKEN])
        return replace(parsed, unresolved=text, before=before, spoken=near, alone=alone)


def _beyond_records(parsed: ParsedQuestion) -> ParsedQuestion:
    """Return what is read as asking for records and asks more of a paper than these say ("who wrote
    it, and did they release it?") as a fact, which of several say what is to be had as a list,
    where a paper itself is to be had as a question of its record, and any other as it is.
    """
    if parsed.form == "fact" and parsed.about and wants_paper(last_sentence(parsed.text)):
        return replace(parsed, form="bibliography", unresolved="", others=())
    if parsed.form != "bibliography":
        return parsed
    asked = [one.words for one in parsed.asks if not one.fields]
    asks = any(
        asks_availability(words) or (asks_outright(words) and not speaks_of_people(words))
        for words in asked  # not "are they at a university?"
    )
    one = parsed.scope.only if len(parsed.scope.only) == 1 else ()
    of_one = parsed.about or one or len(parsed.described) == 1
    beside = len(parsed.asks) > 1 and not parsed.order  # what their records say, or more things
    if asks and beside and of_one:
        about = parsed.about or one
        return replace(parsed, form="fact", about=about, scope=Filters() if one else parsed.scope)
    listed = parsed.scoped and any(map(asks_availability, parsed.topics))
    return replace(parsed, form="list", order=None) if listed else parsed


def _in_columns(parsed: ParsedQuestion, text: str, names: NameIndex) -> ParsedQuestion:
    """Return what wants several papers spoken of in a table of some aspects as a comparison of
    these in that, of records alone as a question of these, and any other as it is.
    """
    if not (parsed.tabular or _LINES.search(text)):
        return parsed
    columns = columns_asked(text)
    columns = () if any(map(names.find, columns)) else columns
    kept = tuple(key for key in parsed.scope.only if key not in parsed.scope.without)
    papers = tuple(key for key in parsed.about if key not in parsed.scope.without) or kept
    said = {word for one in columns for word in words(one)}
    told = " ".join((*parsed.topics, parsed.content))
    listed = parsed.form in ("list", "bibliography") and parsed.topics
    if listed and columns and not (papers or parsed.scoped):
        return _listed_in_columns(parsed, columns)
    chooses = bool(parsed.lacks) or not said.issuperset(words(told))
    if len(papers) < SIDES or not (columns or (parsed.tabular and parsed.asks)):
        return parsed
    if parsed.form == "list" and chooses:
        return parsed
    if columns and all(map(fields_named, columns)):
        return replace(
            parsed, form="bibliography", tabular=True, topic=EVERYTHING, about=(), described=(),
            scope=Filters(only=papers), unresolved="", others=(),
        )  # fmt: skip
    asks = tuple(Ask(one, fields_named(one)) for one in columns)
    others = parsed.described if parsed.form == "comparison" else ()  # "next to the one on …"
    return replace(
        parsed, form="comparison", tabular=True, about=papers, described=others, scope=Filters(),
        asks=asks or parsed.asks, question=text, own="", unresolved="", others=(),
    )  # fmt: skip


def _listed_in_columns(parsed: ParsedQuestion, columns: Sequence[str]) -> ParsedQuestion:
    """Return a question for a list of papers on its own topic in a table of some aspects, or of
    what their records say alone.
    """
    asks = tuple(Ask(one, fields_named(one)) for one in columns)
    topic, question = (without_columns(one, columns) for one in (parsed.topic, parsed.question))
    form: Form = "bibliography" if of_records_alone(asks) else "list"
    return replace(
        parsed, form=form, tabular=True, asks=asks, topic=topic, question=question, described=()
    )


def _with_whole_names(requests: Sequence[str], names: NameIndex) -> list[str]:
    """Return requests of which none begins within the name of a paper."""
    joined = list(requests[:1])
    for request in requests[1:]:
        whole, start = f"{joined[-1]} {request}", len(joined[-1])
        if any(one.start < start < one.end for one in names.find(whole)):
            joined[-1] = whole
        else:
            joined.append(request)
    return joined


def _of_one_paper(parsed: ParsedQuestion, tagged: Tagged) -> ParsedQuestion:
    """Return what is asked of papers of which no list can be made, read as one for a list, as one
    for what they say ("which one is largest, and what does it recommend?"), and any other as it is.
    """
    asks = tagged.refers == "set" or any(map(asks_outright, parsed.aspects))
    asks = asks or asks_availability(last_sentence(parsed.text))  # "X looks good. Is the code out?"
    return replace(parsed, form="fact") if parsed.form == "list" and asks else parsed


def _without_choice(tagged: Tagged) -> Tagged:
    """Return `tagged` without what chooses papers of a list."""
    spans = {kind: said for kind, said in tagged.spans.items() if kind not in _CHOOSING}
    return replace(tagged, spans=spans)


def _without_clauses(text: str, clauses: Sequence[str]) -> str:
    """Return `text` without some clauses and the marks at its ends that belong to them."""
    return without_words(text, clauses).strip(" ,;.:-–—") if clauses else text


def _told_of_these(
    parsed: ParsedQuestion, text: str, tagged: Tagged, ids: tuple[str, ...]
) -> ParsedQuestion | None:
    """Return what asks of papers under discussion what their records say, or wants them ranked by
    what their abstracts state ("rank them by what they save"), as a comparison in that alone; None
    for anything else, or any other order.
    """
    if parsed.records:
        return replace(parsed, form="bibliography", about=(), scope=Filters(only=ids))
    recorded = parsed.order or order_named(text)
    if tagged.act != "order" or recorded or not (parsed.asks and asks_to_rank(text)):
        return None
    return replace(parsed, form="comparison", about=ids, own=text, described=())


def _keeps_to(text: str, tagged: Tagged) -> bool:
    """Tell whether a message says that it is asked of the papers shown, and of no others."""
    chooses = tagged.act in ("drop", "order") or tagged.refers == "place" or drops_from_list(text)
    points = ONLY.search(text) or points_at_several(text) or asks_of_all(text) or list_named(text)
    return bool(chooses or points or asks_of_discussed(text))


def _asks_for_unlike(text: str) -> bool:
    """Tell whether a message asks for other papers, and not for some alike."""
    return asks_for_others(text) and not asks_alike(text)


def _of_others(parsed: ParsedQuestion, talk: Discussion, elsewhere: bool) -> ParsedQuestion:
    """Return a list on its own topic as one of others than the papers spoken of ("which other
    papers …?"), and beyond those where it may look `elsewhere`.
    """
    spoken = (*talk.cited(), *talk.last()) if talk.turns else ()
    besides = tuple(dict.fromkeys(paper.id for paper in spoken))

    def of_others(one: ParsedQuestion) -> ParsedQuestion:
        if one.form == "list" and one.about and {*one.about} <= {*besides}:
            one = replace(one, about=(), scope=Filters(), unresolved="")  # "another such paper?"
            return replace(one, besides=besides)
        if elsewhere and one.form == "list" and one.topics and {*one.scope.only} <= {*besides}:
            one = replace(one, scope=Filters(), within=None, follow_up=False)
        whole = not (one.scope or one.about)
        if whole and one.form in FORMS_OF_SEVERAL and (one.filters.authors or one.filters.venues):
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


def _of_compared(parsed: ParsedQuestion, text: str, talk: Discussion) -> ParsedQuestion:
    """Return what is asked of papers that the last answer compared with the words that ask it, by
    which they are compared alone: the rest stands there already.
    """
    table = talk.turns[-1].answer.table if talk.turns else None
    shown = {paper.id for paper in table.papers} if table else set()
    asks = parsed.asks or parsed.topics  # not "I wanted SimDA and BLIP side by side"
    again = parsed.form == "comparison" and set(parsed.about) <= shown and asks
    return replace(parsed, own=text) if again else parsed


def _as_before(parsed: ParsedQuestion, talk: Discussion) -> ParsedQuestion:
    """Return what keeps to some papers of a list, of their records where these were told before."""
    all_of_them = parsed.scoped and parsed.topic == EVERYTHING and not parsed.excluded
    keeps = parsed.form == "list" and all_of_them and talk.told_records()
    return replace(parsed, form="bibliography") if keeps else parsed


def _asks_the_same(one: ParsedQuestion, other: ParsedQuestion) -> bool:
    """Tell whether two readings ask the same of the same papers."""
    return (one.form, one.about, one.scope, one.question) == (
        other.form, other.about, other.scope, other.question
    )  # fmt: skip
