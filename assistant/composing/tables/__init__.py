"""Comparisons as data: cells, citations, rendering; and the follow-ups that edit a table in place."""

from assistant.composing.tables.table import NOT_STATED, Cell, apart, quoted, render, together

__all__ = ["NOT_STATED", "Cell", "apart", "quoted", "render", "together"]
