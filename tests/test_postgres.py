"""Several page processes behind one address: their conversations in Debian's PostgreSQL."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from assistant.cli import doctor
from assistant.errors import AssistantError, KeepingError
from assistant.history import database
from assistant.history.conversations import FILE, Conversations
from assistant.history.database import Place
from assistant.history.feedback import FeedbackStore
from assistant.settings import load_settings, variable_of
from assistant.types import Answer, Turn
from tests import openai_server
from tests.chromium import ask, browser, open_menu, opened, own_data, settled
from tests.conftest import Run
from tests.openai_server import Request, Server, server
from tests.page_load import Door
from tests.postgres_server import PASSWORD, PostgresServer, start_server

__all__ = ["browser", "own_data", "server"]
pytestmark = pytest.mark.slow

LIST, FACT = "which papers adapt T2I models to video?", "how many parameters does SimDA tune?"
NEXT = "and Tune-A-Video?"


@contextmanager
def serving(data: Path, address: str, **given: str) -> Iterator[str]:
    """Serve the page in a process of its own, as its command does, and give its address."""
    settings = {"data_dir": str(data), "conversations": address, "port": "7970", **given}
    variables = {variable_of(name): value for name, value in settings.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, **variables},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield next(word for word in process.stdout.readline().split() if "://" in word)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def two(data: Path, address: str, **given: str) -> Iterator[tuple[str, str]]:
    """Serve the page by two processes over one data folder and one database."""
    with serving(data, address, **given) as one, serving(data, address, **given) as other:
        yield one, other


def lists(page: Page, *titles: str) -> None:
    """Wait until the page lists the conversations with these titles."""
    open_menu(page)
    expect(page.locator("#conversations .name")).to_have_text(titles)


def simple(user: str) -> Turn:
    return Turn(user, Answer(user, "fact", "It is so.", False, (), ()))


# The page


def test_a_conversation_begun_at_one_process_goes_on_at_the_other(
    browser: Browser, own_data: Path, postgres: PostgresServer
) -> None:
    address = postgres.empty_database()
    with two(own_data, address) as (one, other):
        with opened(browser, one) as (page, wrong):
            ask(page, FACT)
            at = page.url.removeprefix(one)
            assert wrong == []
        with opened(browser, other) as (page, wrong):
            lists(page, FACT)
            page.locator("#conversations a.row").click()
            expect(page.locator("#chat .bot-row")).to_contain_text("24M")
            assert page.url == f"{other}{at}"
            ask(page, NEXT)
            page.get_by_role("button", name="Like", exact=True).last.click()
            expect(page.get_by_text("Thank you")).to_be_visible()
            assert wrong == []
        with opened(browser, f"{one}{at}") as (page, wrong):
            expect(page.locator("#chat .user-row")).to_have_text([FACT, NEXT])
    assert not list(own_data.glob("*conversations*"))
    with closing(FeedbackStore(SecretStr(address))) as said:
        assert [len(found.turns) for found in said.listed()] == [2]


def test_a_reload_in_mid_answer_that_lands_at_the_other_ends_in_the_answer(
    browser: Browser,
    own_data: Path,
    postgres: PostgresServer,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(request: Request) -> str:
        if openai_server.form(request) != "fact":
            return openai_server.good(request)
        found = openai_server.papers(request).items()
        simda = next(key for key, (title, _) in found if title.startswith("SimDA"))
        return f"SimDA fine-tunes only 24M out of 1.1B parameters [{simda}]."

    server.reply, server.pause = slow, 1.0
    given = {"model": "openai:m", "profile": "strong", "cache": "false"}
    with two(own_data, postgres.empty_database(), **given) as (one, other):
        with opened(browser, one) as (page, _):
            page.fill("#question textarea", FACT)
            page.press("#question textarea", "Enter")
            expect(page.locator("#chat .bot-row").last).to_contain_text("SimDA fine")
            at = page.url.removeprefix(one)
        with opened(browser, f"{other}{at}") as (page, _):
            expect(page.locator("#chat .bot-row")).to_contain_text("is still at it")
            server.pause = 0.0
            expect(page.locator("#chat .bot-row")).to_contain_text("24M out of 1.1B")
            expect(page.locator("#chat .bot-row .about")).to_contain_text("openai:m")
            expect(page.locator("#map .paper.lit")).to_have_count(1)  # what follows follows


def test_while_the_database_is_away_the_page_says_so_and_goes_on_after_it(
    browser: Browser, own_data: Path
) -> None:
    with start_server() as away:
        address = away.make_database()
        with serving(own_data, address) as url, opened(browser, url) as (page, wrong):
            ask(page, FACT)
            away.stop()
            page.fill("#question textarea", NEXT)
            page.press("#question textarea", "Enter")
            told = page.get_by_text(re.compile("Not asked: the database papers.* cannot be used"))
            expect(told).to_be_visible()
            expect(told).to_have_count(1)
            for hidden in (PASSWORD, "postgres:", "Traceback", "psycopg", "SELECT"):
                assert hidden not in page.content()
            expect(page.locator("#chat .user-row")).to_have_text([FACT])
            expect(page.locator("#question textarea")).to_have_value(NEXT)
            expect(page.locator("#conversations")).to_contain_text("cannot be listed: the database")
            away.start()
            page.wait_for_timeout(1500)  # what is sent twice in a moment is asked once
            page.press("#question textarea", "Enter")
            expect(page.locator("#chat .user-row")).to_have_text([FACT, NEXT])
            settled(page)
            lists(page, FACT)
            assert wrong == []
        with closing(Conversations(SecretStr(address))) as kept:
            [entry] = kept.listed("local")
            assert [turn.user for turn in kept.load("local", entry.id).turns] == [FACT, NEXT]


def test_two_processes_asked_at_once_keep_every_answer(
    own_data: Path, postgres: PostgresServer
) -> None:
    address, each, failed = postgres.empty_database(), 3, Queue[BaseException]()

    def visit(url: str, name: str) -> None:
        try:
            door = Door.at(url)
            with httpx.Client(timeout=60) as client:
                for number in range(each):
                    door.ask(client, uuid4().hex, f"{FACT} {name} {number}")
        except BaseException as error:  # noqa: BLE001 (told by the test's own thread)
            failed.put(error)

    with two(own_data, address) as urls:
        threads = [
            Thread(target=visit, args=(url, f"{place} {visitor}"))
            for place, url in enumerate(urls)
            for visitor in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed.empty(), failed.get()
    with closing(Conversations(SecretStr(address))) as kept:
        found = [kept.load("local", entry.id) for entry in kept.listed("local")]
    asked = {
        f"{FACT} {place} {visitor} {number}"
        for place in range(2)
        for visitor in range(2)
        for number in range(each)
    }
    assert len(found) == len(asked)
    assert {turn.user for one in found for turn in one.turns} == asked
    assert all("24M" in one.turns[0].answer.text for one in found)


# What is refused, in a line


def one_line(place: Place) -> str:
    with pytest.raises(KeepingError) as refused:
        Conversations(place)
    told = str(refused.value)
    assert "\n" not in told
    assert PASSWORD not in told
    return told


def test_what_stands_against_a_database_is_one_line_without_its_password(
    postgres: PostgresServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = postgres.address("postgres", password="falsch")
    told = one_line(SecretStr(wrong))
    assert 'password authentication failed for user "postgres"' in told
    assert "falsch" not in told
    assert told.startswith(f"the database postgres at 127.0.0.1:{postgres.port} cannot be used (")
    assert told.endswith("check that it runs, and what PAPER_ASSISTANT_CONVERSATIONS says")
    assert "does not exist" in one_line(SecretStr(postgres.address("nowhere")))
    closed = postgres.address("papers").replace(f":{postgres.port}/", ":1/")
    assert "Connection refused" in one_line(SecretStr(closed))
    latin = SecretStr(postgres.make_database("LATIN1"))
    assert "holds LATIN1 text only; make one with createdb --encoding UTF8" in one_line(latin)
    found = doctor._conversations(load_settings(conversations=wrong))
    [(status, text)] = [(one.status, one.text) for one in found]
    assert (status, "password authentication failed" in text) == ("fail", True)


def test_tables_of_another_layout_or_of_others_are_left_alone(postgres: PostgresServer) -> None:
    address = postgres.empty_database()
    Conversations(SecretStr(address)).close()
    schema = "paper_assistant_conversations"
    postgres.execute(address, f"UPDATE {schema}.about SET value = 'conversations 0'")
    told = one_line(SecretStr(address))
    assert "another format); name another database, or rename the schema" in told
    address = postgres.empty_database()
    postgres.execute(address, f"CREATE SCHEMA {schema}", f"CREATE TABLE {schema}.t (x int)")
    assert "another format" in one_line(SecretStr(address))
    query = f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'"
    assert postgres.execute(address, query) == [("t",)]


def test_a_user_that_may_not_make_tables_is_told_so_and_uses_a_schema_that_is_given(
    postgres: PostgresServer,
) -> None:
    address = postgres.make_database()
    name = address.rpartition("/")[2]
    postgres.execute(address, "CREATE ROLE reader LOGIN PASSWORD 'lesen'")
    reader = SecretStr(postgres.address(name, "reader", "lesen"))
    assert f"permission denied for database {name}" in one_line(reader)
    schema = "paper_assistant_conversations"
    postgres.execute(address, f"CREATE SCHEMA {schema} AUTHORIZATION reader")
    with closing(Conversations(reader)) as kept:
        assert kept.listed("ann") == []


def test_a_process_that_falls_silent_while_it_writes_is_told_and_cut_off(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = SecretStr(postgres.empty_database())
    with closing(Conversations(address)) as first, closing(Conversations(address)) as other:
        identifier = first.begin("ann", "c", "t")
        shorter = tuple(
            one.replace(f"{database._SILENT}s", "1s") for one in first._database._kind.writing
        )
        for store in (first, other):
            monkeypatch.setattr(store._database, "_kind", type(store._database._kind)((), shorter))
        silent = first._database.writing()
        silent.__enter__()
        began = time.monotonic()
        other.rename("ann", identifier, "later")  # once the silent one is cut off
        assert time.monotonic() - began < 10
        with pytest.raises(KeepingError, match="cannot be used"):
            silent.__exit__(None, None, None)
        assert first.load("ann", identifier).title == "later"


# The address


@pytest.mark.parametrize(
    "address",
    [
        "mysql://host/papers",
        "postgresql://host",
        "postgresql://host/",
        "postgresql://me:ge/heim@host/papers",
        "postgresql://me:ge@heim@host/papers",
        "postgresql://host:port/papers",
        "geheim",
    ],
)
def test_what_is_no_address_of_a_database_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(AssistantError) as refused:
        load_settings(conversations=address)
    assert "write it like postgresql://user@host/database" in str(refused.value)
    assert "heim" not in str(refused.value)


def test_the_address_is_a_secret_of_every_command(
    postgres: PostgresServer, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = postgres.empty_database()
    config = tmp_path / "config.toml"
    config.write_text(f'conversations = "{address}"\n', "utf-8")
    config.chmod(0o644)
    shown = subprocess.run(
        [sys.executable, "-m", "assistant", "config"],
        env={**os.environ, "PAPER_ASSISTANT_CONFIG": str(config)}, capture_output=True, text=True,
    )  # fmt: skip
    assert re.search(r"conversations +\*+ +file", shown.stdout)
    assert f"{config} has the setting conversations in it and others may read it" in shown.stderr
    assert PASSWORD.replace("/", "%2F") not in shown.stdout + shown.stderr
    settings = load_settings(conversations=address)
    assert "geheim" not in repr(settings) + str(settings.model_dump(mode="json"))


def test_the_terminal_and_the_page_have_the_same_conversations(
    postgres: PostgresServer, own_data: Path
) -> None:
    address = postgres.empty_database()
    variables = {"data_dir": str(own_data), "conversations": address}
    given = {**os.environ, **{variable_of(name): value for name, value in variables.items()}}

    def command(*arguments: str) -> str:
        line = [sys.executable, "-m", "assistant", *arguments]
        done = subprocess.run(line, env=given, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert "24M" in command("ask", FACT)
    assert command("ask", "--continue", NEXT)
    assert f"default  {FACT}" in command("export")
    assert "nobody has said anything" in command("feedback")
    with closing(Conversations(SecretStr(address))) as kept:
        [entry] = kept.listed("local")
        assert len(kept.load("local", entry.id).turns) == 2
    assert not (own_data / FILE).exists()
