"""The corpora that visitors and programs may ask about, each opened once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.assistant import Assistant
from assistant.errors import StoreError
from assistant.index import corpora
from assistant.index.layout import Folder
from assistant.settings import Settings, with_corpus


class OpenCorpora:
    """One assistant per corpus, all with the same embedder and model, opened when asked for."""

    def __init__(self, assistant: Assistant, settings: Settings) -> None:
        self.settings = settings
        self.first = assistant.corpus
        """The corpus that the page was started with."""
        self._given = assistant
        self._lock = threading.Lock()
        self._growing: set[str] = set()
        self._openings: dict[str, threading.Lock] = {}
        self._opened = {assistant.corpus: assistant}

    def names(self) -> list[str]:
        """Return the corpora that have an index, and the first one."""
        return list(dict.fromkeys([*corpora.names(self.settings), self.first]))

    def assistant(self, corpus: str) -> Assistant:
        """Return the assistant of a corpus; StoreError says what to do when it has no index."""
        with self._lock:
            opening = self._openings.setdefault(corpus, threading.Lock())
        # Those who ask about other corpora do not wait for this one.
        with opening:
            if corpus not in self._opened:
                self._opened[corpus] = self._given.beside(self.folder(corpus))
            return self._opened[corpus]

    def folder(self, corpus: str) -> Folder:
        """Return where a corpus lies; AssistantError for what cannot be a name."""
        return corpora.folder_of(with_corpus(self.settings, corpus))

    @contextmanager
    def adding(self, corpus: str) -> Iterator[None]:
        """Hold the right to add papers to a corpus; StoreError while somebody else holds it."""
        with self._lock:
            if corpus in self._growing:
                raise StoreError(
                    f"papers are being added to the corpus {corpus} just now; "
                    "try again when that is done"
                )
            self._growing.add(corpus)
        try:
            yield
        finally:
            with self._lock:
                self._growing.discard(corpus)

    def close(self) -> None:
        """Close what was opened here; the given assistant is its owner's."""
        for assistant in list(self._opened.values()):
            if assistant is not self._given:
                assistant.close()
