"""Conversations → files of other programs: Markdown, BibTeX, RIS, CSV."""
