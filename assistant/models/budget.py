"""What answers cost in tokens and dollars, under hard budgets per answer and a cap per day.

A call reserves its worst case before it is sent and settles with what it used, so that an answer's
calls cannot pass its budget together; a server that counts more than was reserved passes it by that
difference. The day counts what was settled by all processes that share a data folder: answers under
way at the same time may pass its cap together.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import BudgetError
from assistant.types import Usage

if TYPE_CHECKING:
    from assistant.models.token_cost import Price

LEAST_OUTPUT = 64
"""The smallest output limit, in tokens, that a call is cut down to."""
_SLACK = 1e-9  # sums of dollars are floats
_LOCK_SECONDS = 30.0
_TABLE = """CREATE TABLE IF NOT EXISTS spending
    (day TEXT PRIMARY KEY, tokens INTEGER NOT NULL DEFAULT 0, dollars REAL NOT NULL DEFAULT 0)"""
_ADD = """INSERT INTO spending VALUES (?, ?, ?)
    ON CONFLICT (day) DO UPDATE
    SET tokens = tokens + excluded.tokens, dollars = dollars + excluded.dollars"""


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper bounds on tokens (sent and received together) and dollars; None is no bound."""

    answer_tokens: int | None = None
    day_tokens: int | None = None
    answer_dollars: float | None = None
    day_dollars: float | None = None

    @property
    def daily(self) -> bool:
        """Whether the day has a cap."""
        return self.day_tokens is not None or self.day_dollars is not None


class DailySpending:
    """Tokens and dollars by day in an SQLite file; a day ends at local midnight."""

    def __init__(self, path: Path, today: Callable[[], date] = date.today) -> None:
        self.path = path
        self._today = today

    def today(self) -> tuple[int, float]:
        """Return the tokens and dollars of the day so far."""
        row = self._run("SELECT tokens, dollars FROM spending WHERE day = ?")
        return (int(row[0]), float(row[1])) if row else (0, 0.0)

    def add(self, tokens: int, dollars: float) -> None:
        """Count one more call."""
        self._run(_ADD, tokens, dollars)

    def _run(self, statement: str, *values: float) -> tuple[int, float] | None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_LOCK_SECONDS)) as file, file:
                file.execute(_TABLE)
                row: tuple[int, float] | None = file.execute(
                    statement, (self._today().isoformat(), *values)
                ).fetchone()
                return row
        except (sqlite3.Error, OSError) as error:
            raise BudgetError(
                f"{self.path} cannot be used ({error}); delete it, or choose another folder with"
                " --data-dir"
            ) from error


class Account:
    """What one answer spends, in any threads; `price` None is unknown, `days` None keeps none."""

    def __init__(self, budget: Budget, days: DailySpending | None, price: Price | None) -> None:
        self._budget = budget
        self._days = days if budget.daily else None
        self._price = price
        self._lock = threading.Lock()
        self._held: set[Reservation] = set()
        self._spent = Usage(cost=None if price is None else 0.0)

    @property
    def usage(self) -> Usage:
        """What was spent so far, without reservations."""
        return self._spent

    def reserve(self, prompt: int, most: int) -> Reservation:
        """Reserve a call of `prompt` tokens and at most `most` tokens of output, which is cut, to
        LEAST_OUTPUT at the least, where it is too long; BudgetError when a budget could be
        exceeded."""
        budget = self._budget
        in_dollars = (budget.answer_dollars, budget.day_dollars)
        if self._price is None and in_dollars != (None, None):
            raise BudgetError(
                "the price of this model is not known, so no budget in dollars can be kept; unset"
                " PAPER_ASSISTANT_ANSWER_DOLLARS and PAPER_ASSISTANT_DAY_DOLLARS and bound the"
                " tokens instead (PAPER_ASSISTANT_ANSWER_TOKENS, PAPER_ASSISTANT_DAY_TOKENS)"
            )
        least, output = min(most, LEAST_OUTPUT), most
        with self._lock:
            for limit in self._limits():
                room = limit.room(prompt)
                if room < least:
                    raise BudgetError(limit.message(prompt, least))
                output = min(output, room)
            reservation = Reservation(self, prompt, output)
            self._held.add(reservation)
        return reservation

    def close(self, held: Reservation, used: tuple[int, int] | None, estimated: bool) -> None:
        """Replace a reservation, once, by the tokens sent and received, None when nothing was."""
        with self._lock:
            if held not in self._held:
                return
            self._held.discard(held)
            if used is None:
                return
            before, dollars = self._spent, self._price.of(*used) if self._price else 0.0
            self._spent = Usage(
                before.prompt + used[0],
                before.completion + used[1],
                before.calls + 1,
                None if before.cost is None else before.cost + dollars,
                before.estimated or estimated,
            )
            if self._days is not None:
                self._days.add(sum(used), dollars)

    def _limits(self) -> Iterator[_Limit]:
        """Yield the bounds that are set, each with what is spent or held under it."""
        budget, price, spent = self._budget, self._price, self._spent
        tokens = sum(held.prompt + held.output_tokens for held in self._held)
        dollars = (
            sum(price.of(held.prompt, held.output_tokens) for held in self._held) if price else 0
        )
        so_far = (spent.prompt + spent.completion, spent.cost or 0.0)
        periods = [("answer", budget.answer_tokens, budget.answer_dollars, *so_far)]
        if self._days is not None:
            periods.append(("day", budget.day_tokens, budget.day_dollars, *self._days.today()))
        for period, most_tokens, most_dollars, spent_tokens, spent_dollars in periods:
            if most_tokens is not None:
                yield _Limit(f"{period}_tokens", most_tokens, spent_tokens + tokens, 1, 1)
            if most_dollars is not None and price:
                used = spent_dollars + dollars
                yield _Limit(f"{period}_dollars", most_dollars, used, price.input, price.output)


@dataclass(frozen=True, slots=True, eq=False)
class Reservation:
    """Room for a call of `prompt` and `output_tokens` tokens, to be settled or released once."""

    account: Account
    prompt: int
    output_tokens: int

    def settle(self, prompt: int, completion: int, estimated: bool = False) -> None:
        """Record the tokens that the server counted, or that we did (`estimated`)."""
        self.account.close(self, (prompt, completion), estimated)

    def release(self) -> None:
        """Give the room back: nothing was spent."""
        self.account.close(self, None, False)


@dataclass(frozen=True, slots=True)
class _Limit:
    """One bound, by its setting, in tokens or dollars: what is used, what a token takes."""

    setting: str
    most: float
    used: float
    sent: float
    received: float

    def room(self, prompt: int) -> int:
        """Return how many tokens of output fit beside the prompt, -1 when not even that does."""
        left = self.most - self.used - prompt * self.sent + _SLACK
        if not prompt * self.sent and not self.received:
            return sys.maxsize
        if left < 0:
            return -1
        return int(left / self.received) if self.received else sys.maxsize

    def message(self, prompt: int, output: int) -> str:
        """Return what to tell when not even `output` tokens fit."""
        in_dollars = self.setting.endswith("dollars")
        needed = prompt * self.sent + output * self.received
        amounts = (self.most, self.used, needed)
        most, used, needs = (_money(n) if in_dollars else f"{n:,.0f}" for n in amounts)
        budget = f"budget of {most}{'' if in_dollars else ' tokens'}"
        sums = f"({used} used, {needs} needed)"
        raise_it = f"raise PAPER_ASSISTANT_{self.setting.upper()}"
        if self.setting.startswith("answer"):
            return f"this answer would exceed its {budget} {sums}; {raise_it}"
        return f"today's {budget} would be exceeded {sums}; {raise_it} or wait until tomorrow"


def describe(usage: Usage) -> str:
    """Return the tokens and the cost of an answer in words.

    >>> describe(Usage(3210, 180, 2, 0.0006)), describe(Usage(5, 7, 1, 0.0))
    ('3,210 + 180 tokens, $0.0006', '5 + 7 tokens, no cost')
    >>> describe(Usage(3210, 180, 2, None, estimated=True))
    '3,210 + 180 tokens (estimated), price not known'
    """
    estimated = " (estimated)" if usage.estimated else ""
    tokens = f"{usage.prompt:,} + {usage.completion:,} tokens{estimated}"
    if usage.cost is None:
        return f"{tokens}, price not known"
    return f"{tokens}, {_money(usage.cost) if usage.cost else 'no cost'}"


def _money(dollars: float) -> str:
    """Return dollars in cents, or finer.

    >>> _money(2), _money(1234.5), _money(0.0312), _money(0.00001)
    ('$2.00', '$1,234.50', '$0.0312', 'less than $0.0001')
    """
    if 0 < dollars < 0.0001:
        return "less than $0.0001"
    coarse = dollars >= 0.1 or dollars == round(dollars, 2)
    return f"${dollars:,.2f}" if coarse else f"${dollars:,.4f}"
