"""What is asked in the terminal is kept as the page's conversations are, and gone on with."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.cli.common import LOCAL
from assistant.errors import KeepingError
from assistant.history.citations import renumber
from assistant.history.conversations import FILE, Conversations
from assistant.history.database import is_there, place_of
from assistant.types import Answer, Turn
from assistant.web.sessions.live_conversations import only_answered

if TYPE_CHECKING:
    from assistant.settings import Settings

_MARK = "terminal"
_MOST_SINGLES = 20
"""Single questions that stay, of all that were asked in the terminal; the oldest go."""


@dataclass
class KeptConversation:
    """A conversation about the corpus in use; `identifier` is "" before its first question."""

    settings: Settings
    identifier: str = ""
    turns: tuple[Turn, ...] = ()
    _fails: bool = False

    @classmethod
    def last(cls, settings: Settings) -> KeptConversation:
        """Return the conversation that was gone on with last of those begun in the terminal about
        the corpus; KeepingError where there is none."""
        place = place_of(settings, FILE)
        found = None
        if is_there(place):
            with closing(Conversations(place)) as store:
                found = store.last(LOCAL, settings.corpus, _MARK)
        if found is None or not found.turns:
            raise KeepingError(
                f"nothing was asked here about the corpus {settings.corpus} yet; ask without"
                " --continue first"
            )
        return cls(settings, found.id, only_answered(found).turns)

    def add(self, question: str, answer: Answer) -> Answer:
        """Keep a question and its answer; return that with the numbers that its papers have in the
        conversation. What cannot be kept is told once, on standard error."""
        answer = renumber(answer, self.turns)
        self.turns = (*self.turns, Turn(question, answer))
        if not self._fails:
            try:
                self._save(question)
            except KeepingError as error:
                self._fails = True
                print(f"paper-assistant: this is not kept: {error}", file=sys.stderr)
        return answer

    def _save(self, question: str) -> None:
        with closing(Conversations(place_of(self.settings, FILE))) as store:
            if not self.identifier:
                self.identifier = store.begin(LOCAL, self.settings.corpus, question)
                store.set_up(LOCAL, self.identifier, **{_MARK: True})
            store.save(LOCAL, self.identifier, self.turns)
            store.thin_out(LOCAL, _MARK, _MOST_SINGLES)
