"""What answers cost in tokens and dollars, under hard budgets per answer and per day.

A call reserves its worst case before it is sent and settles with what it used, so that calls which run at the same time,
in threads or in processes that share a data folder, cannot pass a budget together. A server that counts more tokens
than a call reserved passes a budget by that difference at most: the next call is refused.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, replace
from uuid import uuid4

from assistant.errors import BudgetError
from assistant.models.budget.ledger import Held, Ledger, Spending
from assistant.models.budget.prices import Price
from assistant.types import Usage

LEAST_OUTPUT = 64
"""The smallest output limit, in tokens, that a call is cut down to."""
_SLACK = 1e-9  # sums of dollars are floats


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper bounds on tokens (sent and received together) and dollars; None is no bound."""

    answer_tokens: int | None = None
    day_tokens: int | None = None
    answer_dollars: float | None = None
    day_dollars: float | None = None


class Account:
    """What one answer spends, by any number of threads; `price` None is not known, `ledger` None keeps no day."""

    def __init__(self, budget: Budget, ledger: Ledger | None, price: Price | None) -> None:
        self._budget = budget
        self._ledger = ledger
        self._price = price
        self._lock = threading.Lock()
        self._spending = Spending()
        self._estimated = False

    @property
    def usage(self) -> Usage:
        """What was spent so far, without reservations."""
        one = self._spending
        cost = None if self._price is None else one.cost
        return Usage(one.prompt, one.completion, one.calls, cost, self._estimated)

    def reserve(self, prompt: int, most: int) -> Reservation:
        """Reserve a call of `prompt` tokens and at most `most` tokens of output.

        Where only the output is too long it is cut, to LEAST_OUTPUT at the least: `output_tokens` of the reservation is
        what to ask the server for. BudgetError, with nothing reserved, when the call could exceed a budget.
        """
        if self._price is None and (self._budget.answer_dollars, self._budget.day_dollars) != (
            None,
            None,
        ):
            raise BudgetError(
                "the price of this model is not known, so no budget in dollars can be kept; unset "
                "PAPER_ASSISTANT_ANSWER_DOLLARS and PAPER_ASSISTANT_DAY_DOLLARS and bound the tokens instead "
                "(PAPER_ASSISTANT_ANSWER_TOKENS, PAPER_ASSISTANT_DAY_TOKENS)"
            )
        key = uuid4().hex
        with self._lock:
            output = _fit(most, self._limits("answer", self._spending, prompt))
            if self._ledger is not None:
                output = (
                    self._ledger.change(lambda day: self._hold(day, key, prompt, output))
                    .held[key]
                    .output
                )
            self._spending = replace(
                self._spending, held=self._spending.held | {key: self._held(prompt, output)}
            )
        return Reservation(self, key, prompt, output)

    def close(self, key: str, used: tuple[int, int] | None, estimated: bool) -> None:
        """Replace a reservation, once, by the tokens sent and received, None when nothing was."""
        cost = self._dollars(*used) if used else 0.0

        def step(spending: Spending) -> Spending:
            rest = spending.without(key)
            return rest.plus(*used, cost) if used else rest

        with self._lock:
            if key not in self._spending.held:
                return
            self._spending = step(self._spending)
            self._estimated |= estimated and used is not None
            if self._ledger is not None:
                self._ledger.change(step)

    def _hold(self, day: Spending, key: str, prompt: int, output: int) -> Spending:
        output = _fit(output, self._limits("day", day, prompt))
        return replace(day, held=day.held | {key: self._held(prompt, output)})

    def _held(self, prompt: int, output: int) -> Held:
        now = self._ledger.now() if self._ledger else time.time()
        return Held(prompt, output, self._dollars(prompt, 0), self._dollars(prompt, output), now)

    def _dollars(self, prompt: int, completion: int) -> float:
        return self._price.of(prompt, completion) if self._price else 0.0

    def _limits(self, period: str, spending: Spending, prompt: int) -> list[_Limit]:
        tokens, dollars = (
            (self._budget.answer_tokens, self._budget.answer_dollars)
            if period == "answer"
            else (self._budget.day_tokens, self._budget.day_dollars)
        )
        limits = []
        if tokens is not None:
            limits.append(_Limit(period, "tokens", tokens, spending, prompt, 1))
        if dollars is not None and self._price is not None:
            sent = self._price.of(prompt, 0)
            limits.append(_Limit(period, "dollars", dollars, spending, sent, self._price.output))
        return limits


class Reservation:
    """Room for one call of `prompt` tokens and `output_tokens` of output: settle it, release it, or use it in `with`.

    Leaving `with` otherwise, by an error or a stop, settles it with `completion`, the tokens received so far, as an
    estimate. Only the first of these counts.
    """

    def __init__(self, account: Account, key: str, prompt: int, output_tokens: int) -> None:
        self.prompt = prompt
        self.output_tokens = output_tokens
        self.completion = 0
        self._account = account
        self._key = key

    def settle(self, prompt: int, completion: int, estimated: bool = False) -> None:
        """Record the tokens that the server counted, or that we did (`estimated`)."""
        self._account.close(self._key, (prompt, completion), estimated)

    def release(self) -> None:
        """Give the room back: nothing was spent."""
        self._account.close(self._key, None, False)

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *_: object) -> None:
        self.settle(self.prompt, self.completion, estimated=True)


@dataclass(frozen=True, slots=True)
class _Limit:
    """One bound, in its unit: what was spent under it, and what the prompt and `each` token of output would take."""

    period: str
    unit: str
    most: float
    spending: Spending
    prompt: float
    each: float

    @property
    def used(self) -> float:
        """What is spent or reserved, in the unit."""
        return self.spending.tokens if self.unit == "tokens" else self.spending.dollars

    def room(self) -> int:
        """Return how many tokens of output fit, -1 when not even the prompt does."""
        if not self.prompt and not self.each:
            return sys.maxsize
        left = self.most - self.used - self.prompt + _SLACK
        if left < 0:
            return -1
        return int(left / self.each) if self.each else sys.maxsize

    def message(self, output: int) -> str:
        """Return what to tell when not even `output` tokens fit."""
        show = _money if self.unit == "dollars" else _number
        setting = f"PAPER_ASSISTANT_{self.period}_{self.unit}".upper()
        limit = show(self.most) + (" tokens" if self.unit == "tokens" else "")
        used = "used or reserved" if self.spending.held else "used"
        sums = f"({show(self.used)} {used}, {show(self.prompt + output * self.each)} needed)"
        if self.period == "answer":
            return f"this answer would exceed its budget of {limit} {sums}; raise {setting}"
        return f"today's budget of {limit} would be exceeded {sums}; raise {setting} or wait until tomorrow"


def _fit(most: int, limits: list[_Limit]) -> int:
    least = min(most, LEAST_OUTPUT)
    for limit in limits:
        if limit.room() < least:
            raise BudgetError(limit.message(least))
    return min([most, *(limit.room() for limit in limits)])


def describe(usage: Usage) -> str:
    """Return the tokens and the cost of an answer in words.

    >>> describe(Usage(3210, 180, 2, 0.0006)), describe(Usage(5, 7, 1, 0.0))
    ('3,210 + 180 tokens, $0.0006', '5 + 7 tokens, no cost')
    >>> describe(Usage(3210, 180, 2, None, estimated=True))
    '3,210 + 180 tokens (estimated), price not known'
    """
    tokens = f"{usage.prompt:,} + {usage.completion:,} tokens" + (
        " (estimated)" if usage.estimated else ""
    )
    if usage.cost is None:
        return f"{tokens}, price not known"
    return f"{tokens}, {_money(usage.cost) if usage.cost else 'no cost'}"


def _number(tokens: float) -> str:
    return f"{tokens:,.0f}"


def _money(dollars: float) -> str:
    """Return dollars in cents, or finer where cents would hide them.

    >>> _money(2), _money(1234.5), _money(0.0312), _money(0.00001)
    ('$2.00', '$1,234.50', '$0.0312', 'less than $0.0001')
    """
    if 0 < dollars < 0.0001:
        return "less than $0.0001"
    return (
        f"${dollars:,.2f}" if dollars >= 0.1 or dollars == round(dollars, 2) else f"${dollars:,.4f}"
    )
