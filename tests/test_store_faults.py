"""What is reported as stored is not lost: power cuts, full disks, a clock that is set back."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.errors import StoreError
from assistant.index import server
from assistant.index.corpus_files import remove
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from ingest.index import Plan, index
from tests.chroma_server import ChromaServer, chroma_server
from tests.conftest import Run, write_records
from tests.test_index import PAPERS, dump
from tests.test_store_server import collections, on

pytestmark = pytest.mark.slow
_CALL = re.compile(r"\b(fsync|fdatasync|rename|renameat2?|p?write(?:64|v)?)\((.*)\) += +\d")
RECORDS: list[dict[str, object]] = [
    {"title": f"Walruses {n}", "abstract": f"We study walruses of region{n} on ice."}
    for n in range(120)
]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path / "db") as started:
        yield started


def limited(kilobytes: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line where no file can be longer, as on a disk that becomes full."""
    command = f'ulimit -f {kilobytes}; exec "$@"'
    program = ["bash", "-c", command, "bash", sys.executable, "-m", "assistant"]
    return subprocess.run(
        [*program, *map(str, arguments)], capture_output=True, text=True, timeout=120
    )


def told_in_a_line(done: subprocess.CompletedProcess[str], what: str) -> None:
    assert (done.returncode, done.stdout) == (2, ""), done
    assert what in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def _whole_calls(log: str) -> Iterator[str]:
    """Yield the lines of strace, those that another thread's call cut in two put together."""
    begun: dict[str, str] = {}
    for line in log.splitlines():
        process, _, said = line.partition(" ")
        if said.endswith("<unfinished ...>"):
            begun[process] = line.removesuffix("<unfinished ...>")
        elif "resumed>" in said:
            yield begun.pop(process, "") + said.partition("resumed>")[2]
        else:
            yield line


@pytest.mark.parametrize("again", [False, True], ids=["first", "change"])
def test_a_state_is_named_once_its_files_and_folders_would_outlive_a_power_cut(
    tmp_path: Path, run: Run, again: bool
) -> None:
    if shutil.which("strace") is None:
        if os.environ.get("CI"):
            pytest.fail("there is no strace, and CI must have it: apt-get install strace")
        pytest.skip("there is no strace on this machine: apt-get install strace")
    data, log = tmp_path / "data", tmp_path / "log"
    source = write_records(tmp_path / "a.jsonl", RECORDS[:3])
    if again:
        assert run("ingest", source, "--corpus", "mine").returncode == 0
        write_records(source, RECORDS[:4])
    calls = "trace=fsync,fdatasync,rename,renameat,renameat2,write,pwrite64,writev"
    tracer = ["strace", "-f", "-y", "-s", "0", "-e", calls, "-o", str(log), sys.executable]
    command = ["-m", "assistant", "ingest", str(source), "--corpus", "mine"]
    subprocess.run(
        [*tracer, *command, "--data-dir", str(data)],
        check=True,
        timeout=200,
        stdout=subprocess.DEVNULL,
    )
    root = data / "corpora" / "mine"
    (current,) = root.glob("index-*")
    synced: set[str] = set()
    named = 0
    for line in _whole_calls(log.read_text("utf-8", "replace")):
        if not (found := _CALL.search(line)):
            continue
        call, told = found.groups()
        path = told[told.find("<") + 1 : told.find(">")] if "<" in told else ""
        if "sync" in call:
            synced.add(path)
        elif "write" in call:
            synced.discard(path)
        elif "current.json" in told:
            named += 1
            wanted = {str(one) for one in (current, *current.rglob("*"))}
            assert str(root / ".current.json.part") in synced
            assert wanted <= synced, wanted - synced
            synced = set()
    assert named == 1
    assert {str(root), str(root.parent), str(data)} <= synced


def test_a_disk_too_full_for_the_copy_of_a_corpus_on_a_server(
    chroma: ChromaServer, tmp_path: Path, embedder: MiniLM, run: Run
) -> None:
    first = chroma.corpus(tmp_path / "a")
    index(Plan(PAPERS), first, embedder)
    there = ("--store", chroma.url, "--corpus", first.corpus)
    told_in_a_line(limited(16, "papers", *there, "--data-dir", tmp_path / "b"), "cannot be written")
    assert run("papers", *there, data=tmp_path / "b").stdout.rstrip().endswith("5 papers")


@pytest.mark.parametrize("kilobytes", [16, 56], ids=["its copy", "what is put in"])
def test_a_disk_that_becomes_full_in_an_ingest_on_a_server(
    own: ChromaServer, tmp_path: Path, run: Run, embedder: MiniLM, kilobytes: int
) -> None:
    source = write_records(tmp_path / "a.jsonl", RECORDS[:3])
    there = ("--store", own.url, "--corpus", "mine")
    assert run("ingest", source, *there).returncode == 0
    write_records(source, RECORDS)
    done = limited(kilobytes, "ingest", source, *there, "--data-dir", tmp_path / "data")
    told_in_a_line(done, "cannot be written")
    assert run("papers", *there, data=tmp_path / "b").stdout.rstrip().endswith("3 papers")
    assert run("ingest", source, *there).stdout.startswith("120 papers: ")
    assert len(dump(own.corpus(tmp_path / "c", "mine"), embedder)["papers"]) == 120


def test_a_server_whose_disk_becomes_full(tmp_path: Path, run: Run, embedder: MiniLM) -> None:
    source = write_records(tmp_path / "a.jsonl", RECORDS[:3])
    with chroma_server(tmp_path / "db") as own:
        there = ("--store", own.url, "--corpus", "mine")
        assert run("ingest", source, *there).returncode == 0
        write_records(source, RECORDS)
        own.kill()
        held = max(one.stat().st_size for one in (tmp_path / "db").rglob("*"))
        own.start(most=held // 1024 + 32)
        told_in_a_line(run("ingest", source, *there), "the Chroma server at")
        own.kill()
        own.start()
        assert "3 papers" in run("papers", *there, data=tmp_path / "b").stdout
        assert run("ingest", source, *there).stdout.startswith("120 papers: ")
        assert len(dump(own.corpus(tmp_path / "c", "mine"), embedder)["papers"]) == 120
        assert "new" not in collections(own, "mine")


def test_a_clock_that_is_set_back(
    chroma: ChromaServer, tmp_path: Path, embedder: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = chroma.corpus(tmp_path / "a")
    second = on(first, tmp_path / "b")
    now = server.time.time_ns()
    index(Plan(PAPERS[:3]), first, embedder)
    monkeypatch.setattr(server.time, "time_ns", lambda: now - 86_400 * 10**9)
    monkeypatch.setattr(server.time, "time", lambda: now / 1e9 - 86_400)
    with closing(Assistant(second, embedder)) as reader:
        assert len(reader.papers()) == 3
        # Each state is numbered after the last one, whatever the clock says.
        assert index(Plan(PAPERS), first, embedder).added == 2
        assert len(reader.papers()) == 5
        # Only a corpus that is made again is numbered by the clock, and known by more than that.
        before = first.state()
        remove(first)
        index(Plan(PAPERS[4:]), second, embedder)
        after = first.state()
        assert before
        assert after
        assert after.number < before.number
        assert [one.id for one in reader.papers()] == ["p4"]
    assert dump(first, embedder) == dump(second, embedder)


def test_what_was_stored_is_there_after_the_server_is_cut_off(
    own: ChromaServer, tmp_path: Path, embedder: MiniLM
) -> None:
    here = own.corpus(tmp_path / "a", "mine")
    for number in range(1, 4):
        index(Plan(PAPERS[:number]), here, embedder)
        before = dump(here, embedder, order=True)
        own.kill()
        with pytest.raises(StoreError, match="does not answer"):
            here.state()
        own.start()
        other = own.corpus(tmp_path / f"b{number}", "mine")
        assert dump(other, embedder, order=True) == before
    assert isinstance(here, Folder)
