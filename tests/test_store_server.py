"""A corpus on a Chroma server: the same answers, several machines, a server that goes and comes."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from playwright.sync_api import Browser, expect

from assistant.assistant import Assistant
from assistant.errors import StoreError
from assistant.index import chroma as chroma_client
from assistant.index import corpora, server
from assistant.index.corpus_files import pack, remove, rename, unpack
from assistant.index.layout import Folder, Place, Server
from assistant.index.paper_store import Store
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from assistant.types import Filters, Paper
from ingest.bundled import index_bundled
from ingest.index import Plan, index
from tests.chroma_server import ChromaServer, as_cloud, asking_for, chroma_server
from tests.chromium import ask, browser, opened, served, shot
from tests.conftest import Run, read_papers, write_records
from tests.test_index import PAPERS, dump, paper

__all__ = ["browser"]
pytestmark = pytest.mark.slow
FACT = "how many parameters does SimDA tune?"
QUESTIONS = (
    "which papers use LoRA for video diffusion?",
    "how many papers are from 2023?",
    "compare VideoCrafter1 and SimDA",
    "who wrote OpenVid-1M?",
    "papers about segmentation year>=2024",
    "what is the capital of France?",
)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[ChromaServer]:
    """A server that a test may kill."""
    with chroma_server(tmp_path / "db") as started:
        yield started


def on(folder: Folder, root: Path) -> Folder:
    """Return what another machine has in `root` of the corpus in `folder`."""
    assert folder.remote
    name = folder.corpus
    return Folder(root / "corpora" / name, server.RemoteCorpus(folder.remote.server, name))


def collections(chroma: ChromaServer, name: str) -> list[str]:
    """Return what the server has of a corpus: its states, "new", "files" of each."""
    import chromadb

    found = chromadb.HttpClient("127.0.0.1", chroma.port).list_collections()
    states = [one.name.rpartition(".") for one in found]
    kinds = (state for corpus, _, state in states if corpus == f"paper-assistant.{name}")
    return sorted("files" if one.startswith("files-") else one for one in kinds)


def test_answers_are_those_of_an_embedded_index(
    chroma: ChromaServer, tmp_path: Path, embedder: MiniLM, assistant: Assistant
) -> None:
    first = chroma.corpus(tmp_path / "a")
    index_bundled(first, embedder)
    second = on(first, tmp_path / "b")
    with closing(Assistant(second, embedder)) as there:
        for question in QUESTIONS:
            assert there.ask(question).text == assistant.ask(question).text
            found, wanted = (one.search(question).retrieved for one in (there, assistant))
            assert [one.paper.id for one in found] == [one.paper.id for one in wanted]
        assert there.papers() == assistant.papers()
        assert there.atlas == assistant.atlas


def test_machines_see_what_each_other_writes(
    chroma: ChromaServer, tmp_path: Path, embedder: MiniLM
) -> None:
    first = chroma.corpus(tmp_path / "a")
    second = on(first, tmp_path / "b")
    index(Plan(PAPERS[:3]), first, embedder)
    with closing(Assistant(second, embedder)) as reader:
        assert [one.id for one in reader.papers()] == ["p0", "p1", "p2"]
        assert index(Plan(PAPERS), second, embedder).added == 2
        assert index(Plan([paper("p9", "We study walruses on ice.")]), first, embedder).total == 6
        assert reader.search("walruses on ice").retrieved[0].paper.id == "p9"
        assert len(reader.papers()) == 6
    assert dump(first, embedder, order=True) == dump(second, embedder, order=True)
    assert len(list(second.root.glob("index-*"))) == 1
    # The last two states and what belongs to them, nothing of the first or of a lock.
    last = second.state()
    assert last
    left = collections(chroma, first.corpus)
    assert left == [str(last.number - 1), str(last.number), "files", "files"]


def test_only_what_changed_is_fetched(
    chroma: ChromaServer,
    tmp_path: Path,
    embedder: MiniLM,
    corpus: list[Paper],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from assistant.index import blocks

    monkeypatch.setattr(blocks, "_SIZE", 4096)
    fetched: list[str] = []
    fetch = blocks._fetched
    monkeypatch.setattr(
        blocks, "_fetched", lambda source, names: (fetched.extend(names), fetch(source, names))[1]
    )
    first = chroma.corpus(tmp_path / "a")
    second = on(first, tmp_path / "b")
    index(Plan(corpus[:60]), first, embedder)
    second.state()
    everything = len(fetched)
    second.state()
    assert len(fetched) == everything
    index(Plan([replace(corpus[0], venue="Elsewhere")]), first, embedder)
    second.state()
    assert 0 < len(fetched) - everything < everything / 2
    assert dump(first, embedder, order=True) == dump(second, embedder, order=True)


def test_two_writers_at_once(
    chroma: ChromaServer, tmp_path: Path, embedder: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BEAT", 0.2)
    monkeypatch.setattr(server, "DEAD", 4.0)
    first = chroma.corpus(tmp_path / "a")
    second = on(first, tmp_path / "b")
    index(Plan(PAPERS[:1]), first, embedder)
    with (
        first.writing(),
        pytest.raises(StoreError, match=r"another process is writing .*\(process \d+ on "),
    ):
        index(Plan(PAPERS), second, embedder)
    assert index(Plan(PAPERS), second, embedder).total == 5


def test_a_dead_writer_is_succeeded_and_an_overtaken_one_publishes_nothing(
    chroma: ChromaServer, tmp_path: Path, embedder: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BEAT", 60.0)  # it hangs, as far as others can see
    monkeypatch.setattr(server, "DEAD", 1.0)
    first = chroma.corpus(tmp_path / "a")
    second = on(first, tmp_path / "b")
    index(Plan(PAPERS[:1]), first, embedder)
    with first.writing():
        old = first.state()
        assert old
        target = first.next_state(old)
        first.copy_index(old, target)
        assert index(Plan(PAPERS[:2]), second, embedder).total == 2
        with pytest.raises(StoreError, match="has written the corpus .* meanwhile; run the same"):
            first.publish(target)
        with pytest.raises(StoreError, match="no longer has this state"):
            first.copy_index(second.state() or old, target)
    assert index(Plan(PAPERS), first, embedder).unchanged == 2
    assert dump(first, embedder) == dump(second, embedder)


def test_whoever_publishes_second_is_refused(
    chroma: ChromaServer, tmp_path: Path, embedder: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = chroma.corpus(tmp_path / "a")
    index(Plan(PAPERS[:1]), first, embedder)
    published = server.RemoteCorpus.publish

    def late(self: server.RemoteCorpus, folder: Folder, state: object) -> None:
        """Publish after another has, whose lock was lost."""
        import chromadb

        client = chromadb.HttpClient("127.0.0.1", chroma.port)
        number = self.number_after(None)
        client.create_collection(f"paper-assistant.{first.corpus}.{number}")
        published(self, folder, state)  # type: ignore[arg-type]

    monkeypatch.setattr(server.RemoteCorpus, "publish", late)
    with pytest.raises(StoreError, match="has written the corpus .* meanwhile; run the same"):
        index(Plan(PAPERS), first, embedder)


def ingest(source: Path, data: Path, url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "assistant", "ingest", str(source), "--store", url]
    environment = os.environ | {"PAPER_ASSISTANT_DATA_DIR": str(data)}
    return subprocess.Popen(
        [*command, "--corpus", "mine"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("known", [True, False])
def test_who_heard_of_a_state_before_another_was_published_does_not_go_back_to_it(
    chroma: ChromaServer,
    tmp_path: Path,
    embedder: MiniLM,
    monkeypatch: pytest.MonkeyPatch,
    known: bool,
) -> None:
    folder = chroma.corpus(tmp_path / "a")
    again = on(folder, tmp_path / "a")
    index(Plan(PAPERS[:1]), folder, embedder)
    asked, late = server.RemoteCorpus._current, [True]

    def heard_late(self: server.RemoteCorpus) -> object:
        """Hear what was current before a process of the same machine wrote again."""
        found = asked(self)
        if late and self is folder.remote:
            late.clear()
            index(Plan(PAPERS[:2]), again, embedder)
        return found

    monkeypatch.setattr(server.RemoteCorpus, "_current", heard_late)
    if not known:
        (folder.root / "current.json").unlink()
    folder.state()
    assert folder.state_here() == again.state()
    assert len(list(folder.root.glob("index-*"))) == 1
    assert len(dump(folder, embedder)["papers"]) == 2


@pytest.mark.parametrize("killed", ["server", "writer"])
def test_what_is_killed_in_the_middle_is_completed_by_the_same_command(
    own: ChromaServer,
    tmp_path: Path,
    embedder: MiniLM,
    some_papers: list[dict[str, object]],
    killed: str,
) -> None:
    source = write_records(tmp_path / "papers.jsonl", some_papers[:3])
    data = tmp_path / "a"
    assert ingest(source, data, own.url).wait(120) == 0
    write_records(source, [*some_papers, *({**one, "title": f"B {one['title']}"}
                                           for one in some_papers)])  # fmt: skip
    reader = own.corpus(tmp_path / "b", "mine")
    before = dump(reader, embedder)
    process = ingest(source, data, own.url)
    new = Store(Place(tmp_path, Server(own.url), _new(own)), None)
    while new.count() < 20:
        assert process.poll() is None
        time.sleep(0.05)
    if killed == "writer":
        process.send_signal(signal.SIGKILL)
        process.wait()
    else:
        own.kill()
        _, told = process.communicate(timeout=60)
        assert process.returncode == 2
        assert "does not answer" in told
        assert len(told.strip().splitlines()[-1:]) == 1
        assert "Traceback" not in told
        own.start()
    assert dump(reader, embedder) == before
    again = ingest(source, data, own.url)
    told, _ = again.communicate(timeout=200)
    assert again.returncode == 0
    # The batch that was whole before is not stored again.
    added = re.search(r"(\d+) added", told)
    assert added
    assert int(added[1]) <= 45 - 16
    fresh = Folder(tmp_path / "fresh")
    index(Plan(read_papers([source])), fresh, embedder)
    assert dump(reader, embedder) == dump(fresh, embedder)


def _new(own: ChromaServer) -> str:
    name = "paper-assistant.mine.new"
    deadline = time.monotonic() + 60
    while "new" not in collections(own, "mine"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return name


def test_a_server_that_goes_and_comes_back(
    own: ChromaServer, tmp_path: Path, embedder: MiniLM, run: Run
) -> None:
    here = own.corpus(tmp_path / "a", "mine")
    index(Plan(PAPERS), here, embedder)
    options = ("--store", own.url, "--corpus", "mine")
    with closing(Assistant(here, embedder)) as reader:
        said = reader.ask("which papers study topic3?").text
        own.kill()
        with pytest.raises(StoreError, match="does not answer"):
            here.state()
        with pytest.raises(StoreError, match="does not answer .*; start it or check --store"):
            reader.ask("which papers study topic3?")
        for command in (("ask", *options, "topic3?"), ("corpora", "--store", own.url)):
            done = run(*command)
            assert (done.returncode, done.stdout) == (2, "")
            assert done.stderr.startswith("paper-assistant: the Chroma server at http://127.0.0.1:")
            assert len(done.stderr.splitlines()) == 1
        own.start()
        assert reader.ask("which papers study topic3?").text == said
    assert "topic3" in run("ask", *options, "which papers study topic3?").stdout


def test_while_the_server_is_away_the_page_says_so_and_goes_on_after_it(
    browser: Browser, own: ChromaServer, tmp_path: Path, embedder: MiniLM
) -> None:
    index_bundled(own.corpus(tmp_path / "a", "default"), embedder)
    with (
        served(tmp_path / "b", embedder, store=own.url) as site,
        opened(browser, site.url) as (page, wrong),
    ):
        ask(page, FACT)
        expect(page.locator("#chat .bot-row").last).to_contain_text("24M out of 1.1B")
        own.kill()
        page.fill("#question textarea", FACT)
        page.press("#question textarea", "Enter")
        expect(
            page.get_by_text(re.compile("the Chroma server at .* does not answer"))
        ).to_be_visible()
        assert "Traceback" not in page.content()
        shot(page, "store-away")
        page.reload()
        expect(page.locator("#question textarea")).to_be_visible()
        own.start()
        ask(page, FACT)
        expect(page.locator("#chat .bot-row").last).to_contain_text("24M out of 1.1B")
        shot(page, "store-back")
        assert wrong == []


def test_a_token_is_sent_and_never_shown(
    own: ChromaServer, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_records(tmp_path / "a.jsonl", [{"title": "Walruses", "abstract": "On ice."}])
    with asking_for("geheim-4711", own.url) as url:
        command = ("ingest", source, "--store", url, "--corpus", "mine")
        refused = run(*command)
        assert refused.returncode == 2
        assert "refuses the token (401); set PAPER_ASSISTANT_STORE_TOKEN" in refused.stderr
        settings = load_settings(
            data_dir=tmp_path / "data", store=url, corpus="mine", store_token="geheim-4711"
        )
        assert "geheim" not in repr(settings) + repr(corpora.folder_of(settings))
        index(Plan(read_papers([source])), corpora.folder_of(settings), MiniLM())
        elsewhere = settings.model_copy(update={"data_dir": tmp_path / "other"})
        assert [(one.name, one.papers) for one in corpora.listed(elsewhere)] == [("mine", 1)]


def test_chroma_cloud_is_asked_within_its_quotas(
    own: ChromaServer,
    tmp_path: Path,
    embedder: MiniLM,
    assistant: Assistant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with as_cloud("geheim-4712", own.url) as url:
        monkeypatch.setattr(chroma_client, "_CLOUD_URL", url)
        settings = load_settings(data_dir=tmp_path / "a", store="cloud")
        monkeypatch.setenv("CHROMA_API_KEY", "geheim")
        with pytest.raises(StoreError, match=r"Chroma Cloud refuses the token .*CHROMA_API_KEY"):
            corpora.listed(settings)
        monkeypatch.setenv("CHROMA_API_KEY", "geheim-4712")
        index_bundled(corpora.folder_of(settings), embedder)
        elsewhere = settings.model_copy(update={"data_dir": tmp_path / "b"})
        assert [(one.name, one.papers) for one in corpora.listed(elsewhere)] == [("default", 219)]
        with closing(Assistant(corpora.folder_of(elsewhere), embedder)) as there:
            for question in QUESTIONS:
                assert there.ask(question).text == assistant.ask(question).text
        # More records than a request takes, some of which change what is kept of them.
        many = [paper(f"m{n}", f"We study walrus number {n} on ice.") for n in range(650)]
        mine = corpora.folder_of(settings.model_copy(update={"corpus": "mine"}))
        assert index(Plan(many), mine, embedder).added == 650
        older = [replace(one, year=1999) for one in many]
        assert index(Plan(older), mine, embedder).changed == 650
        other = corpora.folder_of(elsewhere.model_copy(update={"corpus": "mine"}))
        with closing(Assistant(other, embedder)) as there:
            assert len(there.papers(Filters(year_to=1999))) == 650
        remove(mine)
        assert [one.name for one in corpora.listed(elsewhere)] == ["default"]


def test_a_certificate_is_checked(
    own: ChromaServer, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("PAPER_ASSISTANT_STORE_TOKEN", "geheim")
    with asking_for("geheim", own.url, tls) as url:
        settings = load_settings(data_dir=tmp_path / "data", store=url)
        with pytest.raises(StoreError, match=r"does not answer \(.*certificate verify failed"):
            corpora.listed(settings)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert corpora.listed(settings) == []


def test_corpora_are_packed_unpacked_and_removed(
    chroma: ChromaServer, tmp_path: Path, embedder: MiniLM
) -> None:
    there = chroma.corpus(tmp_path / "a")
    index(Plan(PAPERS), there, embedder)
    pack(there, tmp_path / "one.zip")
    here = unpack(tmp_path / "one.zip", lambda name: Folder(tmp_path / "corpora" / name))
    assert dump(here, embedder, order=True) == dump(there, embedder, order=True)
    again = unpack(tmp_path / "one.zip", lambda _: chroma.corpus(tmp_path / "b"))
    assert dump(again, embedder, order=True) == dump(here, embedder, order=True)
    with pytest.raises(StoreError, match="keeps its name"):
        rename(there, chroma.corpus(tmp_path / "a"))
    with closing(Assistant(on(again, tmp_path / "c"), embedder)) as reader:
        assert len(reader.papers()) == 5
        remove(again)
        assert collections(chroma, again.corpus) == []
        assert again.state() is None
        index(Plan(PAPERS[:2]), again, embedder)
        assert len(dump(again, embedder)["papers"]) == 2
        # A corpus of the same name is another one to whoever had the old one open.
        assert len(reader.papers()) == 2


def test_what_is_no_server_is_told(tmp_path: Path, run: Run) -> None:
    for store, told in (
        ("clouds", "no address of a Chroma server; give http://localhost:8000, say, or cloud"),
        ("cloud", "asks for a key; set CHROMA_API_KEY"),
        ("http://me:secret@localhost:8000", "no address of a Chroma server"),
        ("http://127.0.0.1:9", "does not answer"),
    ):
        done = run("papers", "--store", store)
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr
        assert "secret" not in done.stderr
        assert len(done.stderr.splitlines()) == 1
