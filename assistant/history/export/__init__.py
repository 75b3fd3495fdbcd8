"""Conversations and papers → files of other programs: Markdown, HTML, Word, BibTeX, RIS, CSL-JSON,
CSV."""
