"""Foreign text in our Markdown: shown as it is, never as markup, link or marker."""

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(
    r"\[(?=\d+\])|(?<=\d)\]"  # "[12]" would read as a citation marker
    r"|\](?=[(:\[])"  # "](" would make a link
    r"|\*(?=\S)|(?<!\w)_(?=\S)"  # an opening emphasis; "snake_case" and "t-ReX*" are none
    r"|[`~|]"
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w+;)"
    r"|!(?=\[)"
    # a bare address would swallow what follows it
    r"|(?<=\bhttp)(?=://)|(?<=\bhttps)(?=://)|(?<=\bwww)(?=\.)"
    r"|\\(?=[!-/:-@\[-`{-~])"
)
# Embeddings, overrides and isolates (Unicode's annex 9): one left open turns round all that follows
# it in the line.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def unturned(text: str) -> str:
    r"""Return text for display without the invisible characters that turn round the direction of
    what stands beside it.

    >>> unturned("a \u202egpj.exe [1]")
    'a gpj.exe [1]'
    """
    return text.translate(_TURNING)


def escape(text: str) -> str:
    r"""Return `text` so that Markdown shows it verbatim; everything harmless is left alone.

    >>> print(escape("[MASK] tokens [3], t-ReX* and 0.5~1.0 <b>"))
    [MASK] tokens \[3\], t-ReX* and 0.5\~1.0 \<b>
    """
    plain = " ".join(text.split())
    return _SPECIAL.sub(lambda match: "\\" + match[0], plain)


def unescaped(text: str) -> str:
    r"""Return what `escape` was given, but for its spaces.

    >>> unescaped(escape(r"does [1] use a|b, C:\x or <i>, \[ and www.x.org?"))
    'does [1] use a|b, C:\\x or <i>, \\[ and www.x.org?'
    """
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


def link(text: str, url: str) -> str:
    """Return a Markdown link that neither brackets nor spaces can end early; without a `url` the
    text.
    """
    if not url:
        return escape(text)
    label = re.sub(r"(?<!\\)([\[\]])", r"\\\1", escape(text))
    target = re.sub(r"[\s()<>\"\\\[\]`|*]", lambda match: f"%{ord(match[0]):02X}", url)
    return f"[{label}]({target})"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown.

    >>> print(table(("", "year"), [("SimDA", "2023")]))
    | | year |
    |---|---|
    | SimDA | 2023 |
    """
    head, *body = (
        " ".join(["|", *(f"{cell} |" if cell else "|" for cell in cells)])
        for cells in (columns, *rows)
    )
    return "\n".join([head, "|---" * len(columns) + "|", *body])


def either(words: Iterable[str]) -> str:
    """Return some foreign words as alternatives.

    >>> either(["voltage", "dust"])
    '“voltage” or “dust”'
    """
    return " or ".join(f"“{escape(word)}”" for word in words)
