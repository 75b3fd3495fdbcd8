"""The index on disk: papers, windows and sentences in Chroma."""

from assistant.store.records import LAYOUT, Embedded, EmbeddedPaper, Scored, Vector, built_with
from assistant.store.store import Store

__all__ = ["LAYOUT", "Embedded", "EmbeddedPaper", "Scored", "Store", "Vector", "built_with"]
