"""Undo scrape damage that has a single right reading; leave every other character verbatim."""

from __future__ import annotations

import re

# "problemx2014One-Shot": an HTML entity of the General Punctuation block that lost its "&#" and ";".
_ENTITY = re.compile(r"(?<=[A-Za-z,.;:)\s])x(201[0-9a-fA-F]|2026|2032)(?![0-9a-fA-F])")
_SCHEME = re.compile(r"\b(https?);//")
_TIMES = re.compile(r"(?<=\d)times(?=\d)")
# LaTeX for "60%", "R&D": the backslash is no part of what is said.
_ESCAPE = re.compile(r"\\([%&_$#])")


def repair(text: str) -> str:
    """Return `text` with lost entities, broken URL schemes and spelt-out multiplication signs restored, and escaped signs freed.

    >>> repair("a problemx2014One-Shot at https;//github.com with 4times3 tiles, 2.8times faster on 512x2014")
    'a problem—One-Shot at https://github.com with 4×3 tiles, 2.8times faster on 512x2014'
    """
    text = _ENTITY.sub(lambda match: chr(int(match.group(1), 16)), text)
    text = _SCHEME.sub(r"\1://", text)
    return _ESCAPE.sub(r"\1", _TIMES.sub("×", text))
