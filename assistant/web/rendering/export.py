"""What the page says of an export: what is offered, and the file that it saves."""

import base64
from typing import Any

from assistant.history.export.csl_style import STYLES
from assistant.history.export.extra import is_installed
from assistant.history.export.files import STYLED, File

_FORMS = {
    "md": "Markdown",
    "docx": "Word",
    "html": "HTML",
    "bib": "BibTeX",
    "ris": "RIS",
    "csl-json": "CSL-JSON",
    "csv": "Papers (CSV)",
    "table": "Comparison (CSV)",
}
LAST_ANSWER = "answer"
"""The part that is chosen for the last answer of a conversation alone."""
FOOTNOTES = "footnotes"
"""The style that is chosen for the fixed references in footnotes."""


def offer_export(do: str, identifier: str) -> dict[str, Any]:
    """Return the choice of forms and styles that the script opens, and what it says back with `do`;
    what needs the extra `cite` is offered where that is installed."""
    papers, whole = do == "export-selected", is_installed()
    without = {"table"} if papers else set()
    without |= set() if whole else {"docx"}
    forms = {form: label for form, label in _FORMS.items() if form not in without}
    notes = {} if papers else {FOOTNOTES: "Footnotes"}
    styles = {"": "Numbered (default)", **STYLES, **notes} if whole else {}
    parts = {} if papers else {"": "The conversation", LAST_ANSWER: "Its last answer"}
    return {
        "do": "offer", "act": do, "id": identifier, "forms": forms, "styles": styles,
        "styled": STYLED, "parts": parts,
    }  # fmt: skip


def save_file(file: File) -> dict[str, Any]:
    """Return a file as the script saves it."""
    content = base64.b64encode(file.content).decode()
    return {"do": "save", "name": file.name, "type": file.type, "content": content}
