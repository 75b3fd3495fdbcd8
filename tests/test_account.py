"""Budgets in tokens and dollars: per answer by its threads, per day by all that share a data
folder."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from assistant.errors import BudgetError, ModelError
from assistant.models.budget import LEAST_OUTPUT, Account, Budget, DailySpending, describe
from assistant.models.token_cost import FREE, Price, price_at
from assistant.types import Usage

DEAR = Price(0.001, 0.002)
SPENDER = """
import sys
from pathlib import Path
from assistant.models.budget import Account, Budget, DailySpending
for _ in range(20):
    account = Account(Budget(day_tokens=10**9), DailySpending(Path(sys.argv[1])), None)
    account.reserve(100, 100).settle(90, 80)
"""


class Calendar:
    """A day that stands where a test puts it."""

    def __init__(self) -> None:
        self.day = date(2026, 3, 1)

    def spending(self, folder: Path) -> DailySpending:
        return DailySpending(folder / "spending.sqlite3", lambda: self.day)


def spend(account: Account, prompt: int, completion: int) -> None:
    account.reserve(prompt, completion).settle(prompt, completion)


def test_an_answer_is_stopped_before_it_exceeds_its_tokens() -> None:
    account = Account(Budget(answer_tokens=60_000), None, None)
    spend(account, 58_000, 210)
    with pytest.raises(BudgetError) as refused:
        account.reserve(3_000, 100)
    assert (
        str(refused.value)
        == "this answer would exceed its budget of 60,000 tokens (58,210 used, 3,064 needed); raise"
        " PAPER_ASSISTANT_ANSWER_TOKENS"
    )
    assert isinstance(refused.value, ModelError)
    assert account.usage == Usage(58_000, 210, 1, None)
    spend(account, 1_000, 790)
    assert account.usage.prompt + account.usage.completion == 60_000


def test_an_answer_is_stopped_before_it_exceeds_its_dollars() -> None:
    account = Account(Budget(answer_dollars=0.5), None, DEAR)
    spend(account, 100, 100)
    with pytest.raises(
        BudgetError,
        match=r"this answer would exceed its budget of \$0\.50 \(\$0\.30 used, \$0\.23 needed\)",
    ):
        account.reserve(100, LEAST_OUTPUT)
    assert account.usage == Usage(100, 100, 1, pytest.approx(0.3))


def test_a_day_is_shared_by_answers_and_survives_restarts(tmp_path: Path) -> None:
    budget = Budget(day_dollars=2.0)
    spend(Account(budget, Calendar().spending(tmp_path), DEAR), 1_000, 485)
    later = Account(budget, Calendar().spending(tmp_path), DEAR)
    with pytest.raises(BudgetError) as refused:
        later.reserve(10, 100)
    assert (
        str(refused.value)
        == "today's budget of $2.00 would be exceeded ($1.97 used, $0.14 needed); "
        "raise PAPER_ASSISTANT_DAY_DOLLARS or wait until tomorrow"
    )
    assert later.usage == Usage(cost=0.0)
    assert Calendar().spending(tmp_path).today() == (1_485, pytest.approx(1.97))


def test_answers_of_one_day_have_budgets_of_their_own(tmp_path: Path) -> None:
    budget, days = Budget(answer_tokens=200, day_tokens=350), Calendar().spending(tmp_path)
    spend(Account(budget, days, None), 100, 100)
    second = Account(budget, days, None)
    with pytest.raises(
        BudgetError,
        match=r"today's budget of 350 tokens .*raise PAPER_ASSISTANT_DAY_TOKENS or wait",
    ):
        second.reserve(100, 100)
    assert second.reserve(50, 100).output_tokens == 100


def test_a_refused_call_leaves_nothing_reserved(tmp_path: Path) -> None:
    days = Calendar().spending(tmp_path)
    account = Account(Budget(answer_tokens=500, day_tokens=300), days, None)
    with pytest.raises(BudgetError, match="today's"):
        account.reserve(250, 100)
    with pytest.raises(BudgetError, match="this answer"):
        account.reserve(490, 100)
    assert account.reserve(200, 100).output_tokens == 100


@pytest.mark.parametrize(
    ("budget", "allowed"),
    [
        (Budget(answer_tokens=300), 200),
        (Budget(day_tokens=164), 64),
        (Budget(answer_tokens=300, day_tokens=250), 150),
        (Budget(answer_dollars=0.3), 100),
        (Budget(answer_tokens=300, day_dollars=0.25), 75),
        (Budget(), 1_000),
    ],
)
def test_an_output_that_is_too_long_is_cut(tmp_path: Path, budget: Budget, allowed: int) -> None:
    account = Account(budget, Calendar().spending(tmp_path), DEAR)
    assert account.reserve(100, 1_000).output_tokens == allowed


def test_an_output_is_not_cut_below_the_least() -> None:
    account = Account(Budget(answer_tokens=100 + LEAST_OUTPUT - 1), None, None)
    with pytest.raises(BudgetError):
        account.reserve(100, 1_000)
    assert account.reserve(100, LEAST_OUTPUT - 1).output_tokens == LEAST_OUTPUT - 1


def test_what_a_call_did_not_use_is_given_back(tmp_path: Path) -> None:
    account = Account(
        Budget(answer_tokens=1_000, day_tokens=1_000), Calendar().spending(tmp_path), None
    )
    first = account.reserve(100, 900)
    with pytest.raises(BudgetError, match=r"\(1,000 used, 74 needed\)"):
        account.reserve(10, 64)
    first.settle(100, 50)
    assert account.reserve(100, 900).output_tokens == 750


def test_a_server_that_counts_more_is_believed(tmp_path: Path) -> None:
    account = Account(Budget(answer_tokens=300), Calendar().spending(tmp_path), None)
    account.reserve(100, 100).settle(150, 120)
    assert account.usage == Usage(150, 120, 1, None)
    with pytest.raises(BudgetError, match="270 used"):
        account.reserve(10, 64)


def test_a_call_that_never_left_costs_nothing(tmp_path: Path) -> None:
    days = Calendar().spending(tmp_path)
    account = Account(Budget(answer_tokens=300, day_tokens=300), days, None)
    account.reserve(100, 200).release()
    assert account.usage == Usage()
    assert days.today() == (0, 0.0)
    assert account.reserve(100, 200).output_tokens == 200


def test_a_call_is_settled_once(tmp_path: Path) -> None:
    days = Calendar().spending(tmp_path)
    account = Account(Budget(day_tokens=1_000), days, DEAR)
    call = account.reserve(100, 200)
    call.settle(90, 10)
    call.settle(90, 10, estimated=True)
    call.release()
    assert account.usage == Usage(90, 10, 1, pytest.approx(0.11))
    assert days.today() == (100, pytest.approx(0.11))


def test_threads_of_one_answer_do_not_exceed_it_together(tmp_path: Path) -> None:
    account, together = (
        Account(Budget(answer_tokens=1_000), Calendar().spending(tmp_path), None),
        threading.Barrier(8),
    )

    def call(_: int) -> bool:
        together.wait()
        try:
            account.reserve(100, LEAST_OUTPUT)
        except BudgetError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(call, range(8))) == 1_000 // 164


def test_processes_add_to_one_day(tmp_path: Path) -> None:
    path = tmp_path / "data" / "spending.sqlite3"
    command = [sys.executable, "-c", SPENDER, str(path)]
    for process in [subprocess.Popen(command) for _ in range(3)]:
        assert process.wait(60) == 0
    assert DailySpending(path).today() == (3 * 20 * 170, 0.0)


def test_a_new_day_starts_at_nothing(tmp_path: Path) -> None:
    calendar, budget = Calendar(), Budget(day_tokens=1_000)
    days = calendar.spending(tmp_path)
    spend(Account(budget, days, None), 100, 900)
    with pytest.raises(BudgetError, match="wait until tomorrow"):
        Account(budget, days, None).reserve(100, 100)
    calendar.day = date(2026, 3, 2)
    assert days.today() == (0, 0.0)
    assert Account(budget, days, None).reserve(100, 1_000).output_tokens == 900


def test_a_day_without_a_cap_is_not_counted(tmp_path: Path) -> None:
    days = Calendar().spending(tmp_path)
    spend(Account(Budget(answer_tokens=1_000), days, None), 100, 100)
    assert not days.path.exists()


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    days = Calendar().spending(tmp_path)
    days.path.write_text("no database" * 100, "utf-8")
    with pytest.raises(BudgetError, match=r"spending\.sqlite3 cannot be used .*; delete it, or"):
        Account(Budget(day_tokens=200), days, None).reserve(1, 1)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    days = DailySpending(tmp_path / "file" / "spending.sqlite3")
    with pytest.raises(BudgetError, match="cannot be used .*--data-dir"):
        Account(Budget(day_tokens=200), days, None).reserve(1, 1)


@pytest.mark.parametrize("budget", [Budget(answer_dollars=1.0), Budget(day_dollars=1.0)])
def test_dollars_cannot_be_kept_without_a_price(budget: Budget) -> None:
    with pytest.raises(
        BudgetError, match="price of this model is not known.*PAPER_ASSISTANT_ANSWER_TOKENS"
    ):
        Account(
            budget, None, price_at("openai:gpt-4o-mini", "https://models.example.org/v1")
        ).reserve(1, 1)
    account = Account(budget, None, price_at("openai:anything", "http://localhost:8080/v1"))
    spend(account, 1_000_000, 1_000_000)
    assert account.usage.cost == 0.0


def test_a_free_call_fits_a_spent_day(tmp_path: Path) -> None:
    days, budget = Calendar().spending(tmp_path), Budget(day_dollars=0.3)
    Account(budget, days, DEAR).reserve(100, 100).settle(200, 200)
    assert Account(budget, days, FREE).reserve(100, 100).output_tokens == 100


def test_a_known_price_is_positive_and_proportional() -> None:
    price = price_at("openai:gpt-4o-mini")
    assert price is not None
    assert 0 < price.input < price.output < 0.0001
    assert price.of(2_000, 0) == pytest.approx(2 * price.of(1_000, 0))
    assert price.of(1_000, 1_000) == pytest.approx(price.of(1_000, 0) + price.of(0, 1_000))
    assert (
        price_at("openai:gpt-4o-mini", None)
        == price_at("openai:gpt-4o-mini", "https://api.openai.com/v1")
        == price
    )
    assert price_at("anthropic:claude-sonnet-4-5") not in (None, FREE)


@pytest.mark.parametrize(
    "name",
    [
        "openai:nonsense",
        "openai:",
        "nonsense:gpt-4o-mini",
        "gpt-4o-mini",
        "",
        "openai:text-embedding-3-small",
        "openai:whisper-1",
    ],
)
def test_a_price_is_never_guessed(name: str) -> None:
    assert price_at(name) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com.example.org/v1",
        "https://example.org/api.openai.com",
        "api.openai.com",
        "http://[::1",
        "x",
    ],
)
def test_another_server_has_no_known_price(url: str) -> None:
    assert price_at("openai:gpt-4o-mini", url) is None


@pytest.mark.parametrize(
    "url", ["http://localhost:1234/v1", "http://127.0.0.2/v1", "http://[::1]:8080/v1"]
)
def test_a_server_on_this_machine_is_free(url: str) -> None:
    assert price_at("openai:gpt-4o-mini", url) == FREE


def test_prices_come_without_network_and_only_when_asked_for() -> None:
    program = (
        "import os, sys\nsys.addaudithook(lambda event, _: os._exit(3) if event in"
        " ('socket.connect', 'socket.getaddrinfo') else None)\nfrom assistant.models.token_cost"
        " import price_at\nassert 'genai_prices' not in sys.modules\nassert"
        " price_at('openai:gpt-4o-mini') and 'genai_prices' in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0


def test_usage_in_words() -> None:
    assert describe(Usage(3_210, 180, 2, 0.0006)) == "3,210 + 180 tokens, $0.0006"
    assert (
        describe(Usage(3_210, 180, 2, None, True))
        == "3,210 + 180 tokens (estimated), price not known"
    )
    assert describe(Usage(3_210, 180, 2, 0.0)) == "3,210 + 180 tokens, no cost"
    assert describe(Usage(3_210, 180, 2, 0.000_001)) == "3,210 + 180 tokens, less than $0.0001"
