"""The conversations that are kept, as rows under the days they were last changed on."""

from datetime import date, datetime, timedelta
from html import escape
from itertools import groupby

from assistant.errors import AssistantError
from assistant.history.conversations import Conversations, Entry
from assistant.text.markdown import unturned

_MOST_SHOWN = 100


def list_kept(kept: Conversations, owner: str, identifier: str, search: str = "") -> str:
    """Return the owner's conversations as HTML, newest first in groups by day; the one with
    `identifier` is open."""
    try:
        entries = kept.listed(owner, search, limit=_MOST_SHOWN)
    except AssistantError as error:
        return f'<p class="hint">The conversations cannot be listed: {escape(str(error))}.</p>'
    if not entries:
        told = "No conversation has these words." if search.strip() else "Nothing asked yet."
        return f'<p class="hint">{told}</p>'
    today = datetime.now().astimezone().date()
    groups = groupby(entries, lambda entry: _day(entry.updated.astimezone().date(), today))
    return unturned(
        "".join(
            f"<h3>{day}</h3><ul>{''.join(_row(one, identifier) for one in rows)}</ul>"
            for day, rows in groups
        )
    )


def _day(day: date, today: date) -> str:
    """Return what a day is called as the head of a group.

    >>> _day(date(2026, 1, 1), date(2026, 1, 2)), _day(date(2025, 3, 9), date(2026, 1, 2))
    ('Yesterday', 'March 2025')
    """
    near = {0: "Today", 1: "Yesterday"}.get((today - day).days)
    if near or day > today:
        return near or "Today"
    if day > today - timedelta(days=7):
        return "The last seven days"
    return f"{day:%B}" if day.year == today.year else f"{day:%B %Y}"


def _row(entry: Entry, identifier: str) -> str:
    title, key = escape(entry.title, quote=True), escape(entry.id, quote=True)
    current = ' aria-current="page"' if entry.id == identifier else ""
    shared = ' data-shared="yes"' if entry.token else ""
    hit = f'<span class="hit">{escape(entry.hit)}</span>' if entry.hit else ""
    return (
        f'<li data-id="{key}" data-title="{title}"{shared}>'
        f'<a class="row" href="?c={key}"{current}><span class="name">{title}</span>{hit}</a>'
        '<button type="button" class="more" aria-haspopup="menu" aria-expanded="false"'
        f' aria-label="Do something with “{title}”">⋯</button></li>'
    )
