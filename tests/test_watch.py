"""Watched files: when they are read again, what goes wrong meanwhile, how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from assistant.cli.ingest import changes_of
from tests.conftest import Run
from tests.pseudo_terminal import interruptible


class Clock:
    """Waits by doing the next of some steps; ends the watch after the last."""

    def __init__(self, *steps: Callable[[], object] | None) -> None:
        self.steps: Iterator[Callable[[], object] | None] = iter(steps)
        self.looks = 0

    def __call__(self) -> None:
        self.looks += 1
        try:
            step = next(self.steps)
        except StopIteration:
            raise KeyboardInterrupt from None
        if step:
            step()


def signs(folder: Path, *steps: Callable[[], object] | None) -> list[int]:
    """Return after which look each sign came."""
    clock, found = Clock(*steps), list[int]()
    with suppress(KeyboardInterrupt):
        for _ in changes_of([folder], clock):
            found.append(clock.looks)
    return found


def test_a_sign_comes_when_a_change_is_over(tmp_path: Path) -> None:
    file = tmp_path / "a" / "x.ris"
    file.parent.mkdir()
    found = signs(
        tmp_path,
        None,
        lambda: file.write_text("one"),
        lambda: file.write_text("one two"),
        lambda: file.write_text("one two three"),
        None,
        None,
        file.unlink,
        None,
        None,
    )
    assert found == [0, 5, 8]


def test_what_was_put_back_is_no_change(tmp_path: Path) -> None:
    file = tmp_path / "x.ris"
    file.write_text("one")
    stamp = file.stat().st_mtime_ns

    def back() -> None:
        file.write_text("one")
        os.utime(file, ns=(stamp, stamp))

    assert signs(tmp_path, lambda: file.write_text("two 2"), back, None, None) == [0]


def test_a_change_while_files_are_read_is_seen(tmp_path: Path) -> None:
    clock, found = Clock(None, None, None), list[int]()
    with suppress(KeyboardInterrupt):
        for _ in changes_of([tmp_path], clock):
            found.append(clock.looks)
            if len(found) == 1:
                (tmp_path / "late.ris").write_text("late")
    assert found == [0, 2]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), marks=pytest.mark.slow),
        ("-",),
        pytest.param(("zotero:",), marks=pytest.mark.slow),
        pytest.param(("--rebuild", "."), marks=pytest.mark.slow),
        pytest.param(("nowhere.ris",), marks=pytest.mark.slow),
    ],
)
def test_what_cannot_be_watched_is_told(run: Run, arguments: tuple[str, ...]) -> None:
    done = run("ingest", "--watch", *arguments, "--corpus", "mine")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.slow
def test_the_command_goes_on_until_it_is_interrupted(tmp_path: Path) -> None:
    papers, data = tmp_path / "papers", tmp_path / "data"
    papers.mkdir()
    command = [sys.executable, "-m", "assistant", "ingest", "--watch", papers, "--corpus", "mine"]
    environment = {**os.environ, "PAPER_ASSISTANT_DATA_DIR": str(data)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(interruptible(command), env=environment, **pipes) as process:  # type: ignore[call-overload]
        assert process.stderr.readline().startswith("watching; stop with Ctrl-C")
        assert "a folder with no file of a known format" in process.stderr.readline()
        record = '{"title": "Owls at Night", "abstract": "Owls see at night."}\n'
        (papers / "a.jsonl").write_text(record)
        assert process.stdout.readline().startswith("1 papers: 1 added")
        (papers / "b.jsonl").write_text(record.replace("Owls", "Bats"))
        assert process.stdout.readline().startswith("2 papers: 1 added, 1 unchanged")
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, ("", "no longer watching\n"))
