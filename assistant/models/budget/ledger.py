"""What one day has cost so far, in a file that all processes share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated

from filelock import FileLock, Timeout
from pydantic import Field, TypeAdapter, ValidationError

from assistant.errors import BudgetError
from assistant.types import Usage

EXPIRY = 900.0
"""Seconds after which an unsettled reservation of the day belongs to a process that died."""
_LOCK_SECONDS = 30.0
_Count = Annotated[int, Field(ge=0)]
_Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Held:
    """One reservation: the tokens and dollars it may come to, and when it was made, in seconds since 1970."""

    prompt: _Count
    output: _Count
    prompt_cost: _Dollars
    cost: _Dollars
    since: float


@dataclass(frozen=True, slots=True)
class Spending:
    """What was spent on one `date`, or by one answer, and what calls under way have reserved."""

    date: str = ""
    prompt: _Count = 0
    completion: _Count = 0
    cost: _Dollars = 0.0
    calls: _Count = 0
    held: dict[str, Held] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """Tokens spent or reserved."""
        return (
            self.prompt
            + self.completion
            + sum(one.prompt + one.output for one in self.held.values())
        )

    @property
    def dollars(self) -> float:
        """Dollars spent or reserved."""
        return self.cost + sum(one.cost for one in self.held.values())

    def without(self, key: str) -> Spending:
        """Return the spending without one reservation."""
        return replace(self, held={name: one for name, one in self.held.items() if name != key})

    def plus(self, prompt: int, completion: int, cost: float) -> Spending:
        """Return the spending after one more call."""
        return replace(
            self,
            prompt=self.prompt + prompt,
            completion=self.completion + completion,
            cost=self.cost + cost,
            calls=self.calls + 1,
        )


_FILE = TypeAdapter(Spending)


class Ledger:
    """The day's spending in a JSON file, shared by all processes that use it; `today` and `now` are the clocks.

    The day ends at local midnight. Of a reservation that is unsettled after EXPIRY only the prompt still counts, until
    the day ends: its process died, and the prompt was probably sent. BudgetError when the file cannot be used.
    """

    def __init__(
        self,
        path: Path,
        today: Callable[[], date] = date.today,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self.now = now
        self._today = today

    def spent(self) -> Usage:
        """Return what the day has spent so far, without reservations."""
        day = self.change(lambda day: day)
        return Usage(day.prompt, day.completion, day.calls, day.cost)

    def change(self, step: Callable[[Spending], Spending]) -> Spending:
        """Replace the day's spending by `step` of it while no other process can, and return it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(self.path.name + ".lock"), timeout=_LOCK_SECONDS):
                found = self._current()
                new = step(found)
                if new != found:
                    self._write(new)
                return new
        except Timeout as error:
            raise BudgetError(
                f"another process holds {self.path}.lock; end it and try again"
            ) from error
        except OSError as error:
            raise BudgetError(
                f"{self.path} cannot be used ({error.strerror}); choose another folder with --data-dir"
            ) from error

    def _current(self) -> Spending:
        """Read today's spending; reservations that others still use outlive midnight."""
        try:
            found = _FILE.validate_json(self.path.read_bytes())
        except FileNotFoundError:
            found = Spending()
        except ValidationError:
            os.replace(self.path, self.path.with_name(self.path.name + ".damaged"))
            found = Spending()
        now, today = self.now(), self._today().isoformat()
        fresh = {key: one for key, one in found.held.items() if abs(now - one.since) < EXPIRY}
        if found.date != today:
            return Spending(today, held=fresh)
        late = {
            key: replace(one, output=0, cost=one.prompt_cost) for key, one in found.held.items()
        }
        return replace(found, held=late | fresh)

    def _write(self, spending: Spending) -> None:
        beside = self.path.with_name(self.path.name + ".new")
        with beside.open("wb") as file:
            file.write(_FILE.dump_json(spending, indent=1))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.path)
