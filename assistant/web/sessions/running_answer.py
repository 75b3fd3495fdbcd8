"""One answer under way, in a thread of its own: it comes to its end whoever watches."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from assistant.api.failures import OURS
from assistant.composing.stream import AnswerStream
from assistant.composing.verify import NOTHING_YET
from assistant.errors import AssistantError
from assistant.reading.question import LONGEST_QUESTION
from assistant.text.markdown import escape
from assistant.types import Answer, Paper

_GLANCE = 0.1  # seconds between looks at what has come about
_PATIENCE = 0.3  # seconds that a stopped answer has to come about, when it has not begun yet
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """The text so far, what is being done, and the papers read or cited so far by number."""

    text: str = ""
    status: str = "looking for papers"
    cited: Mapping[int, Paper] = field(default_factory=dict)


class RunningAnswer:
    """The answer to `question`; `finish` is given it once, before others learn of its end."""

    def __init__(
        self, question: str, begin: Callable[[], AnswerStream], finish: Callable[[Answer], None]
    ) -> None:
        """`begin` makes the stream; it may have to load a model for that."""
        self.question = question
        self._begin, self._finish = begin, finish
        self._lock = threading.Lock()
        self._stream: AnswerStream | None = None
        self._text = ""
        self._stopped = threading.Event()
        self._ended = False
        self.done = threading.Event()
        """Set when the answer is whole and was given to `finish`."""

    def start(self) -> None:
        """Begin, in a thread that ends with the answer."""
        threading.Thread(target=self._work, daemon=True, name="answer").start()

    def stop(self) -> None:
        """Stop within a moment, from any thread; what is written so far becomes the answer."""
        self._stopped.set()
        if self._stream is not None:
            self._stream.stop()
        elif not self.done.wait(_PATIENCE) and self._stream is None:
            self._end(refusal(self.question, NOTHING_YET))

    def watch(self, wanted: Callable[[], bool]) -> Iterator[Progress]:
        """Yield how far it has come whenever that has changed, at most ten times a second, until it
        is whole or not `wanted` any more."""
        last: Progress | None = None
        while wanted() and not self.done.is_set():
            stream, text = self._stream, self._text
            now = Progress(text, stream.status, dict(stream.cited)) if stream else Progress()
            if now != last:
                last = now
                yield now
            self.done.wait(_GLANCE)

    def _work(self) -> None:
        try:
            self._stream = stream = self._begin()
            if self._stopped.is_set():
                stream.stop()
            for piece in stream:
                self._text += piece
            answer = stream.answer
        except AssistantError as error:
            answer = refusal(self.question, f"I cannot answer this: {escape(str(error))}.")
        except Exception:  # noqa: BLE001 (the reader is told, and the turn is kept)
            _log.exception("a question was not answered")
            answer = refusal(self.question, f"I cannot answer this: {OURS}.")
        self._end(answer)

    def _end(self, answer: Answer) -> None:
        with self._lock:
            if self._ended:
                return
            self._ended = True
        try:
            self._finish(answer)
        finally:
            self.done.set()


def refusal(question: str, text: str) -> Answer:
    """Return the answer that says why there is none."""
    return Answer(cut(question), "none", text, abstained=True, citations=(), retrieved=())


def cut(question: str) -> str:
    """Return a question as it is kept and shown: shortened when it is absurdly long."""
    return question if len(question) <= LONGEST_QUESTION else question[:200] + " …"
