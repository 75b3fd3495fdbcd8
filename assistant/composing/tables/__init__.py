"""Comparisons as data: cells, citations, rendering; and the edits of them."""
