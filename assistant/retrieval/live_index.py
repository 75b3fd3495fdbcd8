"""An index folder → its newest finished state, opened again when an ingest has finished a write."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field

from langchain_core.documents import BaseDocumentCompressor
from langchain_core.embeddings import Embeddings

from assistant.index.layout import Folder
from assistant.models.question_encoder.network import QuestionEncoder
from assistant.retrieval.snapshot import IndexSnapshot, open_snapshot


@dataclass(slots=True)
class LiveIndex:
    """The index in `folder` as it is now; StoreError says what to do when there is none."""

    folder: Folder
    embedder: Embeddings
    reranker: BaseDocumentCompressor | None = None
    questions: QuestionEncoder = field(default_factory=QuestionEncoder)
    _snapshot: IndexSnapshot = field(init=False)
    _closing: weakref.finalize[..., IndexSnapshot] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self._open()

    def snapshot(self) -> IndexSnapshot:
        """Return the current state.

        The one before it is closed when the last answer that is made from it has ended.
        """
        with self._lock:
            state = self.folder.state()
            if state is not None and state != self._snapshot.state:
                self._open()
            return self._snapshot

    def close(self) -> None:
        """Release its files."""
        self._closing()

    def _open(self) -> None:
        self._snapshot = open_snapshot(self.folder, self.embedder, self.reranker, self.questions)
        # It closes by itself, too, when nobody has the snapshot any more.
        self._closing = weakref.finalize(self._snapshot, self._snapshot.files.close)
