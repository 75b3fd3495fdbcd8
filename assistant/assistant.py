"""The whole flow on one screen: read → retrieve → judge → compose → verify."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from typing import Literal

from langchain_core.documents import BaseDocumentCompressor
from langchain_core.embeddings import Embeddings
from langchain_core.runnables import RunnableConfig

from assistant.composing.compose import compose
from assistant.composing.several import heading, join_answers, unheard
from assistant.composing.stream import AnswerStream, Piece, Pieces
from assistant.composing.tracing import traced
from assistant.composing.verify import verify_answer
from assistant.composing.writing import Writer, make_writer, write
from assistant.corpus_map.types import Atlas
from assistant.index import corpora
from assistant.index.layout import Folder
from assistant.judging.cross_encoder.network import CrossEncoder
from assistant.judging.evidence import EXACT, Evidence, Judge
from assistant.judging.judge import CrossEncoderJudge
from assistant.models.chat import ChatModel, make_chat
from assistant.models.providers import BUNDLED, make_embedder
from assistant.models.question_encoder.network import QuestionEncoder
from assistant.models.rerankers import make_reranker
from assistant.reading.learned.network import ReadingNetwork
from assistant.reading.parsed_question import FORMS_OF_ABSTRACTS, ParsedQuestion
from assistant.reading.pointing.network import Pointer
from assistant.reading.question import asks_briefly, check_question
from assistant.reading.reader import Conversation, LearnedReader
from assistant.reading.terms import with_term
from assistant.retrieval.bibliography import sort_as_written
from assistant.retrieval.filters import merge_filters, parse_filters, parse_sort
from assistant.retrieval.hybrid import LIMIT, Retrieval, merge
from assistant.retrieval.live_index import LiveIndex
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.settings import Settings, load_settings, with_corpus
from assistant.types import NO_FILTERS, PLAIN, QUOTES, Answer, Draft, Filters, Paper, Turn

Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


@cache
def _networks(threads: int) -> tuple[LearnedReader, QuestionEncoder, CrossEncoder]:
    """Return the networks, those of the reader in it, which all corpora of a process share."""
    reader = LearnedReader(ReadingNetwork(threads), Pointer(threads))
    return reader, QuestionEncoder(threads), CrossEncoder(threads)


def _certainty(answered: tuple[Draft, Evidence]) -> int:
    return answered[0].certainty


class Assistant:
    """Answers questions about the papers of one corpus, with citations into their abstracts."""

    def __init__(
        self,
        folder: Folder,
        embedder: Embeddings,
        chat: ChatModel | None = None,
        reranker: BaseDocumentCompressor | None = None,
        threads: int = 2,
    ) -> None:
        """Open the index in `folder`; without `chat` answers are quotations. StoreError says what
        to do.
        """
        self._reader, questions, judging = _networks(threads)
        self._index = LiveIndex(folder, embedder, reranker, questions)
        self._threads = threads
        self._judge: Judge = CrossEncoderJudge(judging)
        self._chat = chat

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        config: RunnableConfig | None = None,
    ) -> Answer:
        """Answer `question`, which may refer to the turns before it and hold filters such as
        `year>=2023`; in the callbacks of `config` it is one run, calls of a model below it.

        Raises QuestionError for an empty or overlong question or a bad filter.
        """
        return self.stream(question, history, filters, config=config).read()

    async def aask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        config: RunnableConfig | None = None,
    ) -> Answer:
        """Answer `question` as `ask` does, in a thread; where the task is cancelled, the answer is
        stopped within a moment.
        """
        stream = await asyncio.to_thread(self.stream, question, history, filters, None, config)
        try:
            return await asyncio.to_thread(stream.read)
        except asyncio.CancelledError:
            stream.stop()
            raise

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        chat: ChatModel | Literal["quotes"] | None = None,
        config: RunnableConfig | None = None,
    ) -> AnswerStream:
        """Begin an answer: iterate for pieces of its text, then read `.answer`.

        `chat` writes instead of the assistant's own model, "quotes" instead of any. A question that
        cannot be used raises QuestionError here; everything else happens while the stream is read.
        """
        started, stop = time.perf_counter(), threading.Event()
        corpus, conversation = self._index.snapshot(), Conversation(history, filters)
        question = check_question(question)
        text, written = parse_filters(question)
        model = None if isinstance(chat, str) else chat or self._chat
        questions = self._reader.split(text, conversation, corpus)
        one = len(questions) < 2
        parsed = self._reader.read(question, conversation, corpus) if one else None

        def begin(config: RunnableConfig) -> Pieces:
            writer = make_writer(model, corpus, self.embedder, stop, config)
            if parsed is not None:
                return self._answer(parsed, conversation, corpus, writer)
            bounded = Conversation(history, merge_filters(filters, written))
            return self._answer_each(questions, bounded, corpus, writer)

        return AnswerStream(traced(question, config, begin), stop, started)

    def _answer_each(
        self,
        questions: Sequence[str],
        conversation: Conversation,
        corpus: IndexSnapshot,
        writer: Writer | None,
    ) -> Pieces:
        """Yield and return the answers to several questions of one message as one; each is asked
        in the light of those before it.
        """
        yield Piece(heading(questions[0]))
        answers: list[Answer] = []
        before: list[Turn] = []
        term = ""
        for question in questions:
            within = Conversation((*conversation.turns, *before), conversation.filters)
            parsed = self._reader.read(with_term(question, term), within, corpus)
            pieces = self._answer(parsed, within, corpus, writer)
            answers.append((yield from unheard(pieces) if answers else pieces))
            term = parsed.term
            if not term:  # "what's BLEU, and who wrote this paper?" asks of none that has it
                before.append(Turn(question, answers[-1]))
        whole = join_answers(questions, answers)
        yield Piece(whole.text[len(heading(questions[0]) + answers[0].text) :])
        return whole

    def _answer(
        self,
        parsed: ParsedQuestion,
        conversation: Conversation,
        corpus: IndexSnapshot,
        writer: Writer | None,
    ) -> Pieces:
        """Yield the answer's text as it comes; return the answer."""
        draft, evidence = yield from self._best_reading(parsed, conversation, corpus, writer)
        written = yield from write(draft, evidence, writer)
        return verify_answer(written, evidence)

    def _best_reading(
        self,
        parsed: ParsedQuestion,
        conversation: Conversation,
        corpus: IndexSnapshot,
        writer: Writer | None,
    ) -> Generator[Piece, None, tuple[Draft, Evidence]]:
        """Return what the first reading that is plainly answered gives, else the best of what they
        give. What goes on with a conversation, and all but a fact that is plainly answered, a model
        reads too: its form counts, in a conversation what it takes to be asked, and what it
        searches by is searched as well.
        """
        as_usual = parsed.length == "usual" or asks_briefly(parsed.text)
        talk = bool(conversation.turns) and as_usual
        reading = None
        if writer and parsed.form in FORMS_OF_ABSTRACTS and not parsed.rejected:
            # It is read while the papers are searched where that cannot turn out to be needless.
            ahead = bool(parsed.content) and (talk or parsed.form != "fact")
            reading = writer.begin_reading(parsed.text, conversation.turns, ahead)
        best = yield from self._best_of((parsed, *parsed.others), corpus)
        draft, evidence = best
        if reading is None or evidence.form in EXACT:
            return best
        plain = draft.certainty == PLAIN and evidence.form == "fact"
        if plain and not talk and not parsed.language:
            return best
        yield Piece(status="reading the question")
        read = reading()
        if read is None:
            return best
        if read.standalone and (talk or draft.certainty < PLAIN) and not read.off_topic:
            standalone = self._reader.read_standalone(read.standalone, parsed, corpus)
            again = yield from self._best_of((standalone,), corpus)
            best = again if talk and not again[0].abstained else max(best, again, key=_certainty)
            draft, evidence = best
        if read.form and read.form != evidence.parsed.form and not draft.abstained:
            other = replace(evidence.parsed, form=read.form)
            again = yield from self._best_of((other,), corpus)
            draft, evidence = best if again[0].abstained else again
        bounds = evidence.parsed.bounds
        wider = [corpus.retriever.search(phrase, bounds) for phrase in read.searches]
        # It searched in English, whatever the question is in.
        asked = replace(evidence.parsed, off_topic=float(read.off_topic), language="")
        if draft.abstained:
            asked = replace(asked, form=read.form or asked.form)
        return draft, replace(evidence, parsed=asked, found=merge(evidence.found, wider))

    def _best_of(
        self, readings: Sequence[ParsedQuestion], corpus: IndexSnapshot
    ) -> Generator[Piece, None, tuple[Draft, Evidence]]:
        """Return what the first of `readings` gives that is plainly answered, else the best."""
        tried: list[tuple[Draft, Evidence]] = []
        for reading in readings:
            if tried:
                yield Piece(status="reading the question again")
            limit = None if reading.form == "count" else LIMIT
            found = corpus.retriever.search_named(reading.topic, reading.bounds, limit)
            evidence = self._judge.weigh(reading, found, corpus)
            tried.append((compose(evidence), evidence))
            if evidence.silence and evidence.silence.settles:
                return tried[-1]
            if tried[-1][0].certainty == PLAIN:
                break
        return max(tried, key=_certainty)

    def search(self, question: str, filters: Filters = NO_FILTERS, limit: int = 50) -> Answer:
        """Return an answer without text: only the ranking of up to `limit` papers, which `sort:…`
        in the question puts into another order.
        """
        started = time.perf_counter()
        parsed, found = self.retrieve(question, filters, limit)
        if (order := parse_sort(question)[1]) is not None:
            by_id = {one.paper.id: one for one in found.candidates}
            ordered = sort_as_written([one.paper for one in found.candidates], order)
            found = replace(found, candidates=tuple(by_id[paper.id] for paper in ordered))
        seconds = round(time.perf_counter() - started, 4)
        return Answer(parsed.topic, "none", "", True, (), found.candidates, seconds=seconds)

    def retrieve(
        self, question: str, filters: Filters = NO_FILTERS, limit: int = LIMIT
    ) -> tuple[ParsedQuestion, Retrieval]:
        """Return how `question` is read, and the papers found for it, best first."""
        corpus = self._index.snapshot()
        parsed = self._reader.read(check_question(question), Conversation((), filters), corpus)
        return parsed, corpus.retriever.search(parsed.topic, parsed.bounds, limit)

    @classmethod
    def open(
        cls, settings: Settings | None = None, corpus: str | None = None, watch: Watch | None = None
    ) -> Assistant:
        """Open `corpus`, or the one that the settings name.

        Where the default corpus has no index the bundled papers are indexed first, and `watch`
        (given what is counted and how many) is told how many are done; where another has none:
        StoreError.
        """
        settings = settings or load_settings()
        if corpus is not None:
            settings = with_corpus(settings, corpus)
        folder = corpora.folder_of(settings)
        embedder = make_embedder(settings.embedder, settings.threads)
        reranker = make_reranker(settings.reranker, settings.threads)
        if corpora.state(settings) is None:
            from ingest.bundled import index_bundled

            index_bundled(folder, embedder, watch)
        _, questions, _ = _networks(settings.threads)
        # What reads questions is read and checked while Chroma is imported: on two cores that saves
        # a quarter second.
        with ThreadPoolExecutor(max_workers=1) as pool:
            own = settings.embedder == BUNDLED
            warm = pool.submit(questions.read if own else embedder.embed_query, "papers")
            assistant = cls(folder, embedder, make_chat(settings), reranker, settings.threads)
            warm.result()
        return assistant

    def beside(self, folder: Folder) -> Assistant:
        """Return an assistant for another corpus, with the same embedder, reranker and model."""
        index = self._index
        return Assistant(folder, self.embedder, self._chat, index.reranker, self._threads)

    def papers(self, filters: Filters = NO_FILTERS) -> list[Paper]:
        """Return the papers that satisfy `filters`, in the order in which they were added."""
        return self._index.snapshot().retriever.bibliography.select(filters)

    def count(self) -> int:
        """Return the number of papers."""
        return len(self._index.snapshot().retriever.papers)

    @property
    def embedder(self) -> Embeddings:
        """Return the embedder that questions and papers are embedded with."""
        return self._index.embedder

    @property
    def snapshot(self) -> IndexSnapshot:
        """Return the open index as it is now."""
        return self._index.snapshot()

    @property
    def atlas(self) -> Atlas:
        """Return the map of the corpus as it is now."""
        return self.snapshot.atlas

    @property
    def corpus(self) -> str:
        """Return the name of the corpus."""
        return self._index.folder.corpus

    @property
    def chat(self) -> ChatModel | None:
        """Return what writes unless `stream` is given something else, None for quotations."""
        return self._chat

    @property
    def model(self) -> str:
        """Return the name of the model that writes, or "quotes"."""
        return self._chat.name if self._chat else QUOTES

    def warm_up(self) -> None:
        """Load what the first answers would wait for: the networks, what groups quotes, and what
        tells languages apart, by a question that has none of English's small words."""
        from langsmith import tracing_context
        from scipy.cluster import hierarchy  # noqa: F401  groups quotes, of some summaries only
        from sklearn.cluster import AgglomerativeClustering  # noqa: F401  likewise

        topic = self.atlas.topics[0].name if self.atlas.topics else "papers"
        with tracing_context(enabled=False):  # nobody asked
            self.stream(f"summarise {topic}", chat=QUOTES).read()

    def close(self) -> None:
        """Release the index."""
        self._index.close()
