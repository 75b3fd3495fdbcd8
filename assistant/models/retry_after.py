"""How long a server asks to be left alone."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST = 10_800.0


def seconds_asked(header: str) -> float | None:
    """Return the seconds to wait of a Retry-After (RFC 9110, 10.2.3), None where it says none.

    >>> [seconds_asked(one) for one in (" 120 ", "Wed, 21 Oct 2015 07:28:00 GMT", "soon")]
    [120.0, 0.0, None]
    """
    value = header.strip()
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)


def in_words(seconds: float | None) -> str:
    """Return a time to wait as people say it.

    >>> in_words(None), in_words(30), in_words(300), in_words(86_400)
    ('a while', '30 seconds', '5 minutes', 'some hours')
    """
    if seconds is None or seconds < 1:
        return "a while"
    if seconds > _LONGEST:
        return "some hours"
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
