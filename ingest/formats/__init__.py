"""The file formats that are understood: one module each, entered in `FORMATS`."""

from ingest.formats import huggingface_page, json_lines
from ingest.formats.format import Format

FORMATS: tuple[Format, ...] = (huggingface_page.FORMAT, json_lines.FORMAT)
FORMAT_NAMES = ", ".join(known.name for known in FORMATS)
SUFFIXES = tuple(suffix for known in FORMATS for suffix in known.suffixes)


def recognise_format(text: str, suffix: str) -> Format | None:
    """Return the format of a file by its text, else by its suffix; None for an unknown one."""
    by_text = (known for known in FORMATS if known.recognises(text))
    by_suffix = (known for known in FORMATS if suffix.lower() in known.suffixes)
    return next(by_text, None) or next(by_suffix, None)
