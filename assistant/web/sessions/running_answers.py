"""What is under way for each browser session, so that it can be stopped from outside."""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from assistant.composing.stream import AnswerStream
from assistant.types import Answer, Paper

_GLANCE = 0.1  # seconds between looks at the stop button
_GIVE_WAY = 1.0  # seconds that suggestions wait for answers to come about
_PATIENCE = 3  # glances that a stopped answer has to come about, when it has not begun yet


class _Work(NamedTuple):
    serial: int
    stop: Callable[[], None]
    idle: bool


class RunningAnswers:
    """The one thing that each session has under way; what begins next stops what is there."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._aside = threading.Lock()
        self._serial = 0
        self._works: dict[str, _Work] = {}

    def begin(self, session: str, stop: Callable[[], None]) -> int:
        """Note what stops the thing that begins, and return its serial number."""
        self.stop(session)
        with self._lock:
            return self._note(session, stop, idle=False)

    def begin_idle(self, session: str, stop: Callable[[], None]) -> int | None:
        """Begin what may not disturb: None where anything is under way."""
        with self._lock:
            return None if session in self._works else self._note(session, stop, idle=True)

    def answering(self, session: str) -> bool:
        """Tell whether the session has an answer under way."""
        with self._lock:
            return session in self._works and not self._works[session].idle

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let one piece of idle work at a time go on, while no answer is under way in any session.

        It waits no longer than a second for that: a model may write for minutes, and takes little
        of this machine.
        """
        with self._aside:
            with self._lock:
                self._lock.wait_for(self._quiet, timeout=_GIVE_WAY)
            yield

    def is_current(self, session: str, serial: int) -> bool:
        """Tell whether nothing has begun since and the session has not been left."""
        with self._lock:
            work = self._works.get(session)
            return work is not None and work.serial == serial

    def stop(self, session: str) -> None:
        """Stop what the session has under way, if anything; it stays current and ends by itself."""
        with self._lock:
            work = self._works.get(session)
        if work:
            work.stop()

    def leave(self, session: str) -> None:
        """Forget what the session has under way and stop it: nobody waits for its end."""
        with self._lock:
            work = self._works.get(session)
            # Before it is stopped: what ends while it still is current is shown.
            self._forget(session)
        if work:
            work.stop()

    def end(self, session: str, serial: int) -> None:
        """Forget what has come to its end."""
        with self._lock:
            work = self._works.get(session)
            if work and work.serial == serial:
                self._forget(session)

    def leave_all(self) -> None:
        """Stop everything."""
        with self._lock:
            sessions = list(self._works)
        for session in sessions:
            self.leave(session)

    def _note(self, session: str, stop: Callable[[], None], idle: bool) -> int:
        self._serial += 1
        self._works[session] = _Work(self._serial, stop, idle)
        self._lock.notify_all()
        return self._serial

    def _forget(self, session: str) -> None:
        self._works.pop(session, None)
        self._lock.notify_all()

    def _quiet(self) -> bool:
        return all(work.idle for work in self._works.values())


class BackgroundAnswer:
    """One answer made in a thread of its own, so that whoever waits can look up: at the stop
    button, at the clock.

    Iterate for the text so far and the status, at most ten times a second; then read `answer`.
    """

    def __init__(self, begin: Callable[[], AnswerStream]) -> None:
        """`begin` makes the stream; it may have to load a model for that."""
        self._begin = begin
        self._pieces: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._stream: AnswerStream | None = None
        self.answer: Answer | None = None
        """The finished answer; None before, and where it was stopped before it had begun."""

    @property
    def cited(self) -> Mapping[int, Paper]:
        """Return what the numbers in the text so far stand for."""
        return self._stream.cited if self._stream is not None else {}

    def stop(self) -> None:
        """Stop within a moment, from any thread; what is written so far becomes the answer."""
        self._stopped.set()
        if self._stream is not None:
            self._stream.stop()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        pool = ThreadPoolExecutor(max_workers=1)
        work = pool.submit(self._work)
        pool.shutdown(wait=False)
        text, shown, patience = "", ("", ""), _PATIENCE
        while True:
            text += self._take_pieces()
            if work.done():  # what comes next is the whole answer
                break
            now = (text, self._stream.status if self._stream else "looking for papers")
            if now != shown:
                shown = now
                yield now
            patience -= self._stopped.is_set() and self._stream is None
            if patience < 0:
                return
        self.answer = work.result()

    def _work(self) -> Answer:
        stream = self._begin()
        self._stream = stream
        if self._stopped.is_set():
            stream.stop()
        for piece in stream:
            self._pieces.put(piece)
        return stream.answer

    def _take_pieces(self) -> str:
        """Return the text that has come since, waiting a moment where there is none."""
        pieces = []
        try:
            pieces.append(self._pieces.get(timeout=_GLANCE))
            while True:
                pieces.append(self._pieces.get_nowait())
        except queue.Empty:
            return "".join(pieces)
