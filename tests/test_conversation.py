"""`paper-assistant ask` with --continue, without a question, and with one that is piped in."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.cli.conversation import KeptConversation
from assistant.errors import KeepingError
from assistant.history.conversations import FILE, Conversations
from assistant.settings import load_settings
from assistant.types import Turn
from tests.conftest import Run
from tests.openai_server import Fault, Request, Server, form, good, ids
from tests.test_export_styles import ANSWER

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)

from tests.pseudo_terminal import END, INTERRUPT, UP, opened

PROMPT = r"\n> $"


@pytest.fixture
def data(data_dir: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own, with the bundled corpus indexed."""
    shutil.copytree(data_dir / "default", tmp_path / "data" / "default")
    return tmp_path / "data"


@pytest.fixture
def environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    return {**kept, "PAPER_ASSISTANT_DATA_DIR": str(data)}


def questions(data: Path) -> list[list[str]]:
    """Return the questions of each kept conversation, the one changed last first."""
    with closing(Conversations(data / FILE)) as store:
        entries = store.listed("local")
        return [[turn.user for turn in store.load("local", one.id).turns] for one in entries]


@pytest.mark.slow
def test_a_question_goes_on_with_the_last_one_of_its_corpus(run: Run, data: Path) -> None:
    refused = run("ask", "and the second one?", "--continue", data=data)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "paper-assistant: nothing was asked here about the corpus default yet; ask without"
        " --continue first\n"
    )
    assert run("ask", "compare SimDA with Tune-A-Video", data=data).returncode == 0
    with closing(Conversations(data / FILE)) as store:  # of the page, and changed later
        page = store.begin("local", "default", "elsewhere")
        store.save("local", page, [Turn("elsewhere", ANSWER)])
        store.set_up("local", page, model="quotes")
    again = run("ask", "who wrote the second one?", "-c", "--json", data=data)
    record = json.loads(again.stdout)
    assert [(one["number"], one["title"][:12]) for one in record["citations"]] == [
        (2, "Tune-A-Video")
    ]
    assert "[2]" in record["text"]
    first = ["compare SimDA with Tune-A-Video", "who wrote the second one?"]
    assert questions(data) == [first, ["elsewhere"]]
    exported = run("export", "--last", data=data).stdout
    assert exported.startswith("# compare SimDA with Tune-A-Video\n")
    other = run("ask", "and the first?", "-c", "--corpus", "nope", data=data)
    assert (other.returncode, other.stderr.count("\n")) == (2, 1)
    assert "nothing was asked" not in other.stderr


@pytest.mark.parametrize("arguments", [(), pytest.param(("-",), marks=pytest.mark.slow)])
def test_a_question_may_be_piped_in(run: Run, data: Path, arguments: tuple[str, ...]) -> None:
    asked = "\ufeffhow many parameters\ndoes SimDA tune?\n"
    answered = run("ask", *arguments, "--json", data=data, stdin=asked)
    assert answered.returncode == 0
    assert questions(data) == [["how many parameters\ndoes SimDA tune?"]]
    assert "24M out of 1.1B" in json.loads(answered.stdout)["text"]


@pytest.mark.parametrize("stdin", ["", " \n"])
def test_an_empty_standard_input_is_told(run: Run, data: Path, stdin: str) -> None:
    refused = run("ask", data=data, stdin=stdin)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "paper-assistant: no question was given, and standard input is empty;"
        ' paper-assistant ask "…"\n'
    )
    assert not (data / FILE).exists()


def test_old_single_questions_go_but_what_people_touched_stays(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    with pytest.raises(KeepingError, match="nothing was asked here"):
        KeptConversation.last(settings)
    begun = [KeptConversation(settings) for _ in range(4)]
    for number, one in enumerate(begun):
        one.add(f"question {number}", ANSWER)
    begun[0].add("and then?", ANSWER)
    with closing(Conversations(tmp_path / FILE)) as store:
        store.rename("local", begun[1].identifier, "Mine")
        store.share("local", begun[2].identifier)
        page = store.begin("local", "default", "on the page")
        store.save("local", page, [Turn("on the page", ANSWER)])
        store.set_up("local", page, model="quotes")
    for number in range(25):
        KeptConversation(settings).add(f"later {number}", ANSWER)
    kept = [asked[0] for asked in questions(tmp_path)]
    assert kept[:20] == [f"later {number}" for number in reversed(range(5, 25))]
    assert sorted(kept[20:]) == ["on the page", "question 0", "question 1", "question 2"]
    assert [turn.user for turn in KeptConversation.last(settings).turns] == ["later 24"]


def test_an_answer_that_cannot_be_kept_is_given_and_that_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FILE).write_text("no database")
    kept = KeptConversation(load_settings(data_dir=tmp_path))
    kept.add("a?", ANSWER)
    kept.add("b?", replace(ANSWER, text="So [2]."))
    assert len(kept.turns) == 2
    told = capsys.readouterr().err
    assert told.startswith("paper-assistant: this is not kept: ")
    assert told.count("\n") == 1


def test_a_conversation_in_the_terminal(data: Path, environment: dict[str, str]) -> None:
    with opened(["ask"], environment) as terminal:
        assert "219 papers of the corpus default" in terminal.expect(PROMPT)
        terminal.type("how many parameters does SimDA tune?\n")
        answer = terminal.expect(PROMPT)
        assert "24M out of 1.1B" in answer
        assert "--model" not in answer
        assert all(len(line) <= 80 for line in answer.split("\n"))
        terminal.type("who wrote it?\n")
        assert "Zhen Xing" in terminal.expect(PROMPT)
        terminal.type("/source 1\n")
        assert "Latent-Shift Attention" in terminal.expect(PROMPT)
        assert re.search(r"\x1b\[1;7mIn this", terminal.raw)
        terminal.type("/source 7\n")
        terminal.expect(r"no source 7; there are: 1\s+> $")
        terminal.type("/sources\n")
        terminal.expect(r"there is no /sources; there are /source, /new, /help\s+> $")
        terminal.type("video year>=soon\n")
        assert "write year>=2023" in terminal.expect(PROMPT)
        terminal.type("half a quest")
        terminal.expect("half a quest$")
        time.sleep(0.5)  # readline loses a signal that comes before it waits for the next key
        terminal.type(INTERRUPT)
        terminal.expect(r"Ctrl-D ends\s+> $")
        terminal.type("/new\n")
        terminal.expect(PROMPT)
        terminal.type(UP * 6 + "\n")
        assert "Zhen Xing" not in terminal.expect(PROMPT)
        terminal.type("exit\n")
        terminal.expect("go on with: paper-assistant ask --continue\n")
        assert terminal.ended() == 0
    first = ["how many parameters does SimDA tune?", "who wrote it?"]
    assert questions(data) == [["who wrote it?"], first]
    with opened(["ask", "-c"], environment, columns=60) as terminal:
        terminal.expect(r"Going on after: who wrote it\?\n[^>]*> $")
        terminal.type(UP)
        terminal.expect(r"who wrote it\?$")
        terminal.type("\x15" + END)  # takes the line back
        assert terminal.ended() == 0


def begun(request: Request) -> str | Fault:
    """Begin an answer, and fall silent."""
    if form(request) in ("fact", "summary"):
        return Fault(text=f"SimDA tunes 24M parameters [{ids(request)[0]}]. And ", then="silence")
    return good(request)


@pytest.mark.slow
def test_an_interrupt_stops_the_answer_and_not_the_conversation(
    data: Path, environment: dict[str, str], server: Server
) -> None:
    server.reply = begun
    environment = {**environment, "OPENAI_BASE_URL": server.url, "PAPER_ASSISTANT_PROFILE": "small"}
    with opened(["ask", "--model", "openai:some-model"], environment) as terminal:
        assert "answers are written by openai:some-model" in terminal.expect(PROMPT)
        terminal.type("how many parameters does SimDA tune?\n")
        terminal.expect(r"SimDA tunes 24M parameters \[1\]")  # checked, and so kept
        terminal.type(INTERRUPT)
        assert "stopped" in terminal.expect(PROMPT, 10)
        assert server.gone.wait(3)
        server.reply = good
        terminal.type("who wrote it?\n")
        assert "Zhen Xing" in terminal.expect(PROMPT)
        terminal.type(END)
        assert terminal.ended() == 0
    assert questions(data) == [["how many parameters does SimDA tune?", "who wrote it?"]]


@pytest.mark.slow
def test_json_of_nothing_at_a_terminal_asks_for_a_question(environment: dict[str, str]) -> None:
    with opened(["ask", "--json"], environment) as terminal:
        terminal.expect('paper-assistant: give a question: paper-assistant ask "…"\n')
        assert terminal.ended() == 2
