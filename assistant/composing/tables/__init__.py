"""Comparisons as data: cells, citations, rendering; and the edits of them."""

from assistant.composing.tables.table import (
    NOT_STATED,
    Cell,
    merge_cells,
    quoted,
    render,
    split_cells,
)

__all__ = ["NOT_STATED", "Cell", "merge_cells", "quoted", "render", "split_cells"]
