"""The patterns that `prompt_injection` looks for, from data/injection_patterns.txt."""

import re
from collections.abc import Iterator

from assistant.text.words import read_lines

_USED = re.compile(r"<([A-Z]+)>")
_SECTION = re.compile(r"\[(?:(?P<part>[A-Z]+)|order: .+)\]")
_EXAMPLE = "e.g. "


def _parts() -> dict[str, str]:
    """Return the named parts, each with the parts that it uses filled in."""
    parts: dict[str, str] = {}
    name = ""
    for line in read_lines("injection_patterns.txt"):
        if section := _SECTION.fullmatch(line):
            name = section["part"] or ""
        elif name:
            parts[name] = parts.get(name, "") + _filled(line, parts)
    return parts


def _filled(pattern: str, parts: dict[str, str]) -> str:
    return _USED.sub(lambda use: parts.get(use[1], use[0]), pattern)


def order_patterns() -> Iterator[tuple[str, str]]:
    """Yield each pattern of an order as a regular expression, and the file's example of it."""
    pattern, in_orders = "", False
    for line in read_lines("injection_patterns.txt"):
        if section := _SECTION.fullmatch(line):
            in_orders = section["part"] is None
        elif in_orders and line.startswith(_EXAMPLE):
            yield pattern, line.removeprefix(_EXAMPLE)
        elif in_orders:
            pattern = _filled(line, _PARTS)


_PARTS = _parts()
ORDER = re.compile("|".join(pattern for pattern, _ in order_patterns()))
ALSO = re.compile(_PARTS["ALSO"])
RESEARCH = re.compile(_PARTS["RESEARCH"])
ATTACK = re.compile(_PARTS["ATTACK"])
REPORTS = re.compile(_PARTS["REPORTS"])
PAYLOAD = re.compile(_PARTS["PAYLOAD"])
HIDDEN = re.compile(_PARTS["HIDDEN"], re.IGNORECASE | re.DOTALL)

EDGE = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bvs)(?<!\bal)[.!?…]+[\"'”’»)\]*_]*(?=\s)"
    r"|[。！？]+[”」』）]*|[\r\n]+"
)
# Letters that pass for Latin ones, and digits for letters.
LOOKALIKE = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтвнгαορεινκτυχγɑɡıøᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ‘’“”„‟",
    'aeopcyxijshdqwkmtbhraopeivktuxyagioabcdeghijklmnoprstuvwyz\'\'""""',
)
LEET = str.maketrans("013457@$", "oieastas")
SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_·|]){3,200}\w(?!\w)")
BLOB = re.compile(r"[A-Za-z0-9+/_-]{24,4000}={0,2}")
