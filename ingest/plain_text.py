"""Titles and abstracts as other programs write them, with tags, entities or LaTeX → plain text."""

import html
import logging
import re
from functools import lru_cache
from typing import Any

from ingest.record_fields import LONGEST_ABSTRACT

# "a<b and c>d" has no tag: what stands in one are attributes.
_ATTRIBUTES = r"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s<>"']+))*\s*"""
_TAG = re.compile(
    r"</?(?:jats:|mml:|ns\d:|xhtml:)?(?:abstract|abstracttext|sec|title|label|p|div|span|br|hr|ul|ol|li|dl"
    r"|d[td]|h[1-6]|table|t[rdh]|tbody|list|list-item|i|b|u|s|em|strong|italic|bold|underline|roman"
    r"|monospace|sc|scp|tt|small|big|font|a|sub|sup|inf|sans-serif|ext-link|xref|inline-formula"
    r"|disp-formula|tex-math|alternatives|named-content|styled-content|inline-graphic|math|mrow"
    r"|m[inost]|msub|msup|msubsup|mfrac|msqrt|mover|munder|munderover|mfenced|mtext|mspace"
    rf"|mstyle|semantics){_ATTRIBUTES}/?>",
    re.IGNORECASE,
)
_APART = re.compile(
    r"</?(?:jats:)?(?:abstract|abstracttext|sec|p|div|br|hr|ul|ol|li|d[td]|h[1-6]|tr|td|th|title)\b",
    re.IGNORECASE,
)
# "<jats:title>Background</jats:title>" heads a section; "Abstract" heads none of it.
_HEADING = re.compile(rf"<((?:jats:)?title|h[1-6]){_ATTRIBUTES}>([^<>]*)</\1>", re.IGNORECASE)
_ABSTRACT = re.compile(r"(?:abstract|summary)\W*", re.IGNORECASE)
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
# What is longer is cut before it is looked at: of an abstract only a quarter is kept.
_LONGEST = 4 * LONGEST_ABSTRACT

_LATEX = re.compile(r"[\\${}]|``|''|---?|~")
_LINK = re.compile(r"\\href\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ADDRESS = re.compile(r"\\(?:url|path)\s*\{([^{}]*)\}|(https?://[^\s{}\\]+)")
_CITED = re.compile(r"[~ ]?\\(?:cite|citep|citet|ref|eqref|label|footnote)\*?\s*\{[^{}]*\}")
# What opens mathematics has a sign behind it, what closes it one before it, and no digit behind it
# where no command is inside: "$5 and $10", "$5-$10" are money.
_MATHS = (
    r"(?<!\\)(?P<sign>\$\$?)(?=[^\s$])(?:(?=[^$]*[\\^_{])(?:\\.|[^\\$]){1,2000}?(?<=\S)(?P=sign)"
    r"|[^\\$]{1,2000}?(?<=\S)(?P=sign)(?!\d))"
)
_MONEY = re.compile(rf"{_MATHS}|(?<!\\)\$", re.DOTALL)
# What is read alone, without the text around it: to have all of a text parsed takes milliseconds.
_PART = re.compile(
    rf"(?P<maths>{_MATHS})"
    r"|(?P<command>\\(?:[A-Za-z]{2,}+\*?+(?:\s*\{[^{}\\]*\})*+(?!\s*\{)|[A-Za-z]\s*\{[^{}\\]*\}"
    r"|['\"^`~=.]\s*(?:\{\\?[^{}\\]*\}|\\[ij](?![A-Za-z])|[A-Za-z])|[%&#_$]))"
    r"|(?P<group>\{[^{}]*\})|(?P<other>---?|``|''|~)",
    re.DOTALL,
)
_TYPOGRAPHY = {"---": "—", "--": "–", "``": "“", "''": "”", "~": " "}
# Signs that LaTeX takes for commands, and an abstract for themselves.
_BARE = re.compile(r"(?<!\\)[%&#]")
_GROUPED = re.compile(r"[\\{}]")
# Commands of which pylatexenc knows no text: their argument's, or a sign.
_KEPT = ("texttt", "textsf", "textup", "textmd", "mbox", "verb")
_SIGNS = {
    **{"textless": "<", "textgreater": ">", "textbar": "|", "textunderscore": "_", "slash": "/"},
    **{"textminus": "−", "degree": "°", "celsius": "°C", "micro": "µ", "euro": "€"},
}
_MARK = "\ue000{}\ue001"
_MARKED = re.compile("\ue000(\\d+)\ue001")


def from_markup(text: str) -> str:
    """Return text without HTML, JATS and MathML; a section's heading goes before it.

    >>> from_markup("<jats:sec><jats:title>Aims</jats:title><jats:p>H<sub>2</sub>O &amp; a &lt; b")
    'Aims: H2O & a < b'
    >>> from_markup("where x <y and p<0.05"), from_markup("<p>One.</p><p>Two.</p>")
    ('where x <y and p<0.05', 'One. Two.')
    >>> from_markup("if a<b then c>d")
    'if a<b then c>d'
    """
    text = text[:_LONGEST]
    if "<" in text:
        if _CDATA in text:
            text = text.replace(_CDATA, "").replace(_CDATA_END, "")
        text = _HEADING.sub(lambda found: f"<{found[1]}>{_headed(found[2])}</{found[1]}>", text)
        text = _TAG.sub(lambda found: " " if _APART.match(found[0]) else "", text)
    if "&" in text:
        text = html.unescape(text)
        # Crossref and Web of Science escape twice: "&amp;lt;p&amp;gt;".
        text = html.unescape(text) if re.search(r"&(?:lt|gt|amp|quot|#\d+);", text) else text
    return " ".join(text.split())


def _headed(heading: str) -> str:
    heading = heading.strip()
    return "" if not heading or _ABSTRACT.fullmatch(heading) else labelled(heading, "")


def labelled(label: str, text: str) -> str:
    """Return a part of a structured abstract with its label in front.

    >>> labelled("AIMS", "To see."), labelled("Aims:", "To see."), labelled("", "To see.")
    ('AIMS: To see.', 'Aims: To see.', 'To see.')
    """
    label = label.strip()
    if not label:
        return text
    return f"{label if label.endswith((':', '.', '?')) else f'{label}:'} {text}"


def from_latex(text: str) -> str:
    r"""Return LaTeX as Unicode; what only looks like LaTeX stays.

    >>> from_latex(r"Bal\'azs, {SimDA} of $\alpha$ in 60% of R&D, see \url{https://a.b/~c}")
    'Balázs, SimDA of α in 60% of R&D, see https://a.b/~c'
    >>> from_latex(r"\texttt{Foo\_2}, p {\textless} 0.05, \mbox{bar} baz")
    'Foo_2, p < 0.05, bar baz'
    >>> from_latex(r"at 37\,$^\circ$C, 5$^{\circ}$")
    'at 37 °C, 5°'
    >>> from_latex("It costs $5, not $10; {unbalanced")
    'It costs $5, not $10; unbalanced'
    """
    text = text[:_LONGEST]
    if not _LATEX.search(text):
        return " ".join(text.split())
    kept: list[str] = []

    def keep(verbatim: str) -> str:
        kept.append(verbatim)
        return _MARK.format(len(kept) - 1)

    marked = _CITED.sub("", _LINK.sub(r"\2 (\\url{\1})", text)) if "\\" in text else text
    marked = _ADDRESS.sub(lambda found: keep(found[1] or found[2]), marked)
    if _GROUPED.search(_PART.sub("", marked)):
        decoded = _parsed(
            _MONEY.sub(lambda found: found[0] if found["sign"] else keep("$"), marked)
        )
    else:
        decoded = _PART.sub(_part, marked)
    decoded = _MARKED.sub(lambda found: kept[int(found[1])], decoded)
    return " ".join(decoded.split()).replace("^∘", "°")


def _part(found: re.Match[str]) -> str:
    return _TYPOGRAPHY.get(found[0]) or _parsed_part(found[0])


@lru_cache(maxsize=20_000)
def _parsed_part(latex: str) -> str:
    return _parsed(latex)


def _parsed(latex: str) -> str:
    """Return LaTeX as pylatexenc reads it, without its braces where it cannot."""
    try:
        decoded = str(_decoder().latex_to_text(_BARE.sub(lambda found: "\\" + found[0], latex)))
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError):
        return _without_braces(latex)
    # Where a command lacks what it works on, its pattern is left.
    return _without_braces(latex) if "%s" in decoded and "%s" not in latex else decoded


def _without_braces(text: str) -> str:
    return re.sub(r"(?<!\\)[{}]", "", text)


@lru_cache(maxsize=1)
def _decoder() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

    logging.getLogger("pylatexenc").addHandler(logging.NullHandler())
    known = get_default_latex_context_db()
    texts = {**dict.fromkeys(_KEPT, "%s"), **_SIGNS}
    specs = [MacroTextSpec(name, simplify_repl=text) for name, text in texts.items()]
    known.add_context_category("more", macros=specs, prepend=True)
    return LatexNodes2Text(
        latex_context=known, math_mode="text", keep_comments=True, strict_latex_spaces=False
    )
