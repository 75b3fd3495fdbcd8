"""Shared parts: the bundled corpus indexed once, a small corpus, a command-line runner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.composing.stream import AnswerStream
from assistant.index.layout import Folder
from assistant.models.chat import ChatModel, make_chat
from assistant.models.minilm import MiniLM
from assistant.retrieval.snapshot import IndexSnapshot, open_snapshot
from assistant.settings import Settings, load_settings
from assistant.types import Answer, Paper, Turn
from ingest.read import bundled_papers, read
from tests.bundled_index import copy_index
from tests.chroma_server import ChromaServer, chroma_server
from tests.openai_server import Server
from tests.openai_server import server as server
from tests.postgres_server import PostgresServer, start_server

QUESTIONS = Path(__file__).parent / "questions"
Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives the browser, so that no test of the page slips into the default run.

    One journey through the real page belongs there.
    """
    for item in items:
        drives = "browser" in getattr(item, "fixturenames", ())
        if drives and item.path.stem != "test_page_journey":
            item.add_marker("browser")


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the keys or settings of whoever runs it."""
    for name in [name for name in os.environ if name.startswith(("OPENAI_", "PAPER_ASSISTANT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PAPER_ASSISTANT_CONFIG", os.devnull)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Debian's PostgreSQL, a server of the tests' own."""
    with start_server() as started:
        yield started


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A Chroma server of the tests' own."""
    with chroma_server(tmp_path_factory.mktemp("chroma") / "db") as started:
        yield started


@pytest.fixture(params=["folder", pytest.param("server", marks=pytest.mark.slow)])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    """Where a corpus without an index lies: in a folder, then on a Chroma server."""
    if request.param == "folder":
        return Folder(tmp_path / "corpora" / "mine")
    server: ChromaServer = request.getfixturevalue("chroma")
    return server.corpus(tmp_path)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings under which nothing is kept yet: in SQLite files, then in PostgreSQL."""
    there = request.param == "postgresql"
    database = request.getfixturevalue("postgres").empty_database() if there else None
    return load_settings(data_dir=tmp_path / "data", conversations=database)


@pytest.fixture(scope="session")
def embedder() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def corpus() -> list[Paper]:
    return list(bundled_papers())


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """A data folder with the bundled corpus indexed; tests only read it."""
    root = tmp_path_factory.mktemp("data")
    copy_index(pytestconfig.rootpath / ".pytest_cache" / "d" / "bundled-index", root / "default")
    return root


@pytest.fixture(scope="session")
def view(data_dir: Path, embedder: MiniLM) -> Iterator[IndexSnapshot]:
    opened = open_snapshot(Folder(data_dir / "default"), embedder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def assistant(data_dir: Path, embedder: MiniLM) -> Iterator[Assistant]:
    opened = Assistant(Folder(data_dir / "default"), embedder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def api_url(
    data_dir: Path, embedder: MiniLM, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a served page over the bundled corpus and a small one, which answers by
    quotations."""
    from tests.chromium import served

    data = tmp_path_factory.mktemp("api")
    shutil.copytree(data_dir / "default", data / "default")
    shutil.copytree(data_dir / "default", data / "corpora" / "again")
    with served(data, embedder) as site:
        yield site.url


@dataclass(frozen=True)
class Written:
    """An open assistant with a model of its own: opening the index anew for each model would take
    longer than most tests."""

    assistant: Assistant
    chat: ChatModel | None

    def stream(self, question: str, history: Sequence[Turn] = ()) -> AnswerStream:
        return self.assistant.stream(question, history, chat=self.chat)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        return self.stream(question, history).read()

    def papers(self) -> list[Paper]:
        return self.assistant.papers()


Open = Callable[..., Written]
"""Opens an assistant with a model behind OPENAI_BASE_URL, by settings."""


@pytest.fixture
def open_writer(server: Server, assistant: Assistant, tmp_path: Path) -> Open:
    """Open an assistant whose model is the test's server, its day's ledger apart from other
    tests'."""

    def call(**settings: object) -> Written:
        return Written(
            assistant,
            make_chat(
                load_settings(
                    **{
                        "model": "openai:some-model",
                        "profile": "strong",
                        "cache": False,
                        "data_dir": tmp_path,
                        **settings,
                    }
                )
            ),
        )

    return call


@pytest.fixture
def writer(open_writer: Open) -> Written:
    """Return an assistant whose model is the test's server."""
    return open_writer()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command line as a user does: another process, another folder."""

    def call(
        *arguments: str | Path, data: Path | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OPENAI_", "PAPER_ASSISTANT_"))
        }
        environment["PAPER_ASSISTANT_CONFIG"] = os.devnull
        environment["PAPER_ASSISTANT_DATA_DIR"] = str(data or tmp_path / "data")
        command = [sys.executable, "-m", "assistant", *map(str, arguments)]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            input=stdin,
            env=environment,
            cwd=tmp_path,
            timeout=120,
        )

    return call


@pytest.fixture(scope="session")
def some_papers(corpus: list[Paper]) -> list[dict[str, object]]:
    """Records that no shipped vector fits, so that ingest has to embed them."""
    return [
        {"title": f"{one.title} (again)", "abstract": one.abstract, "year": one.year}
        for one in corpus[:24]
    ]


def read_papers(files: Iterable[Path]) -> list[Paper]:
    """Return the papers of all `files`."""
    return list(read(files).papers)


def write_records(path: Path, records: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path
