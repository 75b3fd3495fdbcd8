"""Answers → HTML and Markdown of the page."""
