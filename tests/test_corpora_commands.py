"""Corpora as files: renamed, removed, packed and unpacked, verified and repaired."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.cli.app import cli
from assistant.errors import AssistantError, ExportError, SourceError, StoreError
from assistant.history.conversations import FILE, Conversations
from assistant.index import corpora, corpus_files
from assistant.index.layout import Folder, State
from assistant.models.minilm import MiniLM
from assistant.retrieval.snapshot import open_snapshot
from assistant.settings import load_settings
from assistant.types import Paper
from ingest.index import Plan, index
from ingest.source_records import path_of
from ingest.verify import Check, repair, verify

PAPERS = [
    Paper("walrus", "Counting Walruses", "We count walruses on ice. Satellites see them.",
          ("Ann Lee",), 2021, url="https://a.org/1"),
    Paper("bread", "Wild Yeast", "Sourdough rises slowly. Yeast is wild.", url="https://a.org/2"),
    Paper("owl", "Owls at Night", "Owls see at night. They hunt mice.", url="https://a.org/3"),
]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, embedder: MiniLM) -> Path:
    """A data folder with the corpus sea; tests work on copies."""
    data = tmp_path_factory.mktemp("made")
    index(Plan(PAPERS), Folder(data / "corpora" / "sea"), embedder)
    return data


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(made, copy, ignore=shutil.ignore_patterns("*.lock"))
    return copy


@pytest.fixture
def sea(data: Path) -> Folder:
    return Folder(data / "corpora" / "sea")


@pytest.fixture(scope="module")
def packed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("packed") / "sea.zip"
    corpus_files.pack(Folder(made / "corpora" / "sea"), file)
    return file


def command(data: Path, *arguments: str | Path, answer: str = "") -> Result:
    environment = {"PAPER_ASSISTANT_DATA_DIR": str(data)}
    words = ["corpora", *map(str, arguments)]
    return CliRunner().invoke(cli, words, env=environment, input=answer)


def names(data: Path) -> list[str]:
    return corpora.names(load_settings(data_dir=data))


def held(data: Path, corpus: str) -> list[str]:
    return list(corpora.papers(load_settings(data_dir=data, corpus=corpus)))


def current(folder: Folder) -> State:
    state = folder.state()
    assert state is not None
    return state


def test_rename_takes_papers_and_conversations_along(data: Path) -> None:
    with closing(Conversations(data / FILE)) as kept:
        mine, other = kept.begin("local", "sea", "Walruses?"), kept.begin("local", "x", "Y?")
    (data / "corpora" / "sea" / "zotero.json").write_text("{}")
    done = command(data, "rename", "sea", "ocean")
    assert (done.exit_code, done.stdout) == (0, "sea is called ocean now\n")
    assert (names(data), held(data, "ocean")) == (["ocean"], ["walrus", "bread", "owl"])
    assert (data / "corpora" / "ocean" / "zotero.json").is_file()
    assert not (data / "corpora" / "ocean" / "writer.json").exists()
    assert not (data / "corpora" / "sea").exists()
    with closing(Conversations(data / FILE)) as kept:
        assert kept.load("local", mine).corpus == "ocean"
        assert kept.load("local", other).corpus == "x"
    with Folder(data / "corpora" / "ocean").writing():
        pass


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("rename", "nope", "x"), "there is no corpus nope .there is: sea."),
        (("rename", "sea", "sea"), "there is a corpus sea already"),
        (("rename", "sea", "../x"), "cannot be a corpus' name"),
        (("rename", "sea", "default"), "keeps its name"),
        (("rm", "nope", "--yes"), "there is no corpus nope"),
        (("rm", "../..", "--yes"), "cannot be a corpus' name"),
        (("pack", "nope", "x.zip"), "there is no corpus nope"),
        (("pack", "sea", "x.tar"), "packed into a .zip file"),
        (("verify", "nope"), "there is no corpus nope"),
        (("unpack", "nope.zip"), "no such file"),
    ],
)
def test_mistakes_change_nothing(
    data: Path, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = command(data, *arguments)
    assert isinstance(done.exception, AssistantError)
    with pytest.raises(AssistantError, match=says):
        raise done.exception
    assert "\n" not in str(done.exception)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_default_corpus_keeps_its_name(data: Path) -> None:
    shutil.copytree(data / "corpora" / "sea", data / "default")
    with pytest.raises(StoreError, match="keeps its name"):
        corpus_files.rename(Folder(data / "default"), Folder(data / "corpora" / "x"))
    assert names(data) == ["default", "sea"]


def test_rm_asks(data: Path) -> None:
    kept = command(data, "rm", "sea", answer="n\n")
    assert (kept.exit_code, names(data)) == (1, ["sea"])
    gone = command(data, "rm", "sea", answer="y\n")
    assert (gone.exit_code, names(data)) == (0, [])
    assert list((data / "corpora").iterdir()) == []


def test_rm_of_the_default_corpus_says_what_comes_again(data: Path) -> None:
    shutil.copytree(data / "corpora" / "sea", data / "default")
    done = command(data, "rm", "default", "--yes")
    assert "the bundled papers are indexed again at the next start" in done.stdout
    assert (names(data), (data / "default").exists()) == (["sea"], False)


@pytest.mark.parametrize("how", ["read", "written"])
def test_a_corpus_in_use_stays_as_it_is(
    data: Path, sea: Folder, embedder: MiniLM, how: str
) -> None:
    other = Folder(data / "corpora" / "ocean")
    if how == "read":
        snapshot = open_snapshot(sea, embedder)
        said, close = "the corpus sea is in use", snapshot.close
    else:
        writing = sea.writing()
        writing.__enter__()
        said, close = "another process is writing", lambda: writing.__exit__(None, None, None)
    try:
        for act in (lambda: corpus_files.rename(sea, other), lambda: corpus_files.remove(sea)):
            with pytest.raises(StoreError, match=said):
                act()
    finally:
        close()
    assert held(data, "sea") == ["walrus", "bread", "owl"]
    corpus_files.rename(sea, other)
    corpus_files.remove(other)
    assert names(data) == []


def test_pack_and_unpack(data: Path, tmp_path: Path, embedder: MiniLM) -> None:
    file = tmp_path / "sea.zip"
    before = open_snapshot(Folder(data / "corpora" / "sea"), embedder)  # readers do not hinder it
    assert command(data, "pack", "sea", file).exit_code == 0
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == ["sea.zip"]
    done = command(tmp_path / "elsewhere", "unpack", file)
    assert done.stdout == f"the corpus sea has 3 papers, embedded by {MiniLM.identity}\n"
    done = command(data, "unpack", file, "copy")
    assert (done.exit_code, names(data)) == (0, ["copy", "sea"])
    assert sorted(path.name for path in (data / "corpora").iterdir()) == ["copy", "sea"]
    after = open_snapshot(Folder(data / "corpora" / "copy"), embedder)
    assert after.retriever.papers == before.retriever.papers
    after.close()
    before.close()
    assert not any(one.problem for one in verify(Folder(data / "corpora" / "copy"), embedder))
    index(Plan(PAPERS[:1], prune=True), Folder(data / "corpora" / "copy"), embedder)
    assert held(data, "copy") == ["walrus"]


def test_a_packed_file_is_not_overwritten(data: Path, sea: Folder, tmp_path: Path) -> None:
    file = tmp_path / "mine.zip"
    file.write_text("mine")
    with pytest.raises(ExportError, match="is there already"):
        corpus_files.pack(sea, file)
    assert file.read_text() == "mine"
    with pytest.raises(ExportError, match="cannot be written .No such file"):
        corpus_files.pack(sea, tmp_path / "no" / "such.zip")


def test_a_taken_name_is_told_before_anything_is_unpacked(data: Path, packed: Path) -> None:
    with pytest.raises(StoreError, match="there is a corpus sea already; give another name"):
        raise command(data, "unpack", packed).exception or AssertionError
    assert [path.name for path in (data / "corpora").iterdir()] == ["sea"]


def rewritten(packed: Path, file: Path, change: Callable[[zipfile.ZipInfo, bytes], None]) -> Path:
    """Pack again what is packed, after `change` has seen each member and may raise to drop it."""
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(file, "w") as new:
        for one in old.infolist():
            body = old.read(one)
            try:
                change(one, body)
            except StopIteration:
                continue
            new.writestr(one, body)
    return file


def with_member(name: str, mode: int = 0) -> Callable[[Path, Path], Path]:
    def make(packed: Path, file: Path) -> Path:
        shutil.copyfile(packed, file)
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(info, "/etc/passwd")
        return file

    return make


def without(name: str) -> Callable[[Path, Path], Path]:
    def drop(one: zipfile.ZipInfo, _: bytes) -> None:
        if one.filename == name:
            raise StopIteration

    return lambda packed, file: rewritten(packed, file, drop)


def cut(packed: Path, file: Path) -> Path:
    file.write_bytes(packed.read_bytes()[:-2000])
    return file


def flipped(packed: Path, file: Path) -> Path:
    """Return a copy with other bytes in the middle of its largest member."""
    data = bytearray(packed.read_bytes())
    with zipfile.ZipFile(packed) as archive:
        largest = max(archive.infolist(), key=lambda one: one.compress_size)
    middle = largest.header_offset + largest.compress_size // 2
    data[middle : middle + 40] = b"\xff" * 40
    file.write_bytes(data)
    return file


def of_text(packed: Path, file: Path) -> Path:
    file.write_text("no archive")
    return file


def with_bad_database(packed: Path, file: Path) -> Path:
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(file, "w") as new:
        for one in old.infolist():
            bad = one.filename.endswith("chroma.sqlite3")
            new.writestr(one.filename, b"SQLite format 3\0" + b"x" * 9000 if bad else old.read(one))
    return file


def of_another_format(packed: Path, file: Path) -> Path:
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(file, "w") as new:
        for one in old.infolist():
            about = one.filename == "corpus.json"
            new.writestr(one.filename, json.dumps({"format": 99}) if about else old.read(one))
    return file


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (with_member("../../evil"), "it holds '../../evil'"),
        (with_member("index/../../evil"), "it holds"),
        (with_member("/tmp/evil"), "it holds"),
        (with_member("index/a\\..\\evil"), "it holds"),
        (with_member("index/link", stat.S_IFLNK | 0o777), "it holds 'index/link'"),
        (with_member("current.json"), "it holds"),
        (without("corpus.json"), "no packed corpus; make one"),
        (without("index/papers.sqlite3"), "no packed corpus; make one"),
        (cut, "no packed corpus, or a damaged one"),
        (flipped, "no packed corpus, or a damaged one"),
        (of_text, "no packed corpus, or a damaged one"),
        (with_bad_database, "the index in it is damaged"),
        (of_another_format, "packed by another version"),
    ],
)
def test_what_is_no_packed_corpus_is_refused_and_leaves_nothing(
    packed: Path, tmp_path: Path, make: Callable[[Path, Path], Path], says: str
) -> None:
    file = make(packed, tmp_path / "bad.zip")
    data = tmp_path / "data"
    done = command(data, "unpack", file, "new")
    assert isinstance(done.exception, SourceError), done.exception
    with pytest.raises(SourceError, match=says):
        raise done.exception
    assert "\n" not in str(done.exception)
    assert names(data) == []
    assert [path for path in data.rglob("*") if path.is_file()] == []
    assert sorted(path.name for path in tmp_path.iterdir() if path != data) == ["bad.zip"]


def test_what_a_killed_unpacking_left_is_not_seen_and_not_kept(
    packed: Path, tmp_path: Path
) -> None:
    left = tmp_path / "corpora" / ".sea.new"
    (left / "index-1").mkdir(parents=True)
    (left / "index-1" / "papers.sqlite3").write_text("half")
    Folder(left).publish(State("index-1", 1))
    assert names(tmp_path) == []
    made = corpus_files.unpack(packed, lambda name: Folder(tmp_path / "corpora" / name))
    assert held(tmp_path, made.corpus) == ["walrus", "bread", "owl"]
    assert [path.name for path in (tmp_path / "corpora").iterdir()] == ["sea"]


def problems(checks: list[Check]) -> dict[str, str]:
    return {one.part: one.problem for one in checks if one.problem}


def own_files(sea: Folder) -> dict[Path, bytes]:
    """Return what verifying must leave alone; Chroma writes into its own file when it is opened."""
    return {path: path.read_bytes() for path in sea.root.glob("index-*/*") if path.is_file()}


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def lose_keyword(sea: Folder) -> None:
    change(sea.keywords(current(sea)), "DELETE FROM texts WHERE rowid = 1")


def lose_tokens(sea: Folder) -> None:
    change(sea.tokens(current(sea)), "DELETE FROM tokens WHERE id = 'bread'")


def cut_tokens(sea: Folder) -> None:
    change(sea.tokens(current(sea)), "UPDATE tokens SET vectors = x'00' WHERE id = 'owl'")


def lose_map(sea: Folder) -> None:
    sea.atlas(current(sea)).write_text("{")


def lose_keywords(sea: Folder) -> None:
    sea.keywords(current(sea)).unlink()


def lose_chroma(sea: Folder) -> None:
    shutil.rmtree(sea.chroma(current(sea)))


def lose_paper_list(sea: Folder) -> None:
    sea.papers(current(sea)).write_bytes(b"SQLite format 3\0" + b"x" * 9000)


def lose_sources(sea: Folder) -> None:
    path = path_of(sea, current(sea))
    path.write_bytes(path.read_bytes()[:-4096] + b"x" * 4096)


def alter_paper(sea: Folder) -> None:
    altered = "UPDATE papers SET record = replace(record, 'wild', 'mild') WHERE id = 'bread'"
    change(sea.papers(current(sea)), altered)


def lose_chunk(sea: Folder) -> None:
    import chromadb

    client = chromadb.PersistentClient(str(sea.chroma(current(sea))))
    collection = client.get_collection("papers", embedding_function=None)
    collection.update(ids=["owl"], metadatas=[{"records": 3}])  # the other two are gone
    client.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("harm", "part", "says"),
    [
        (lose_keyword, "keywords", "1 paper (bread) missing"),
        (lose_keywords, "keywords", "missing"),
        (lose_tokens, "token vectors", "1 paper (bread) missing"),
        (cut_tokens, "token vectors", "vectors of 1 papers are cut off"),
        (lose_map, "map", "missing, damaged"),
        (lose_chroma, "vectors", "is missing"),
        (lose_chunk, "vectors", "1 paper (owl) without some of their chunks"),
        (lose_paper_list, "papers", "damaged"),
        (lose_sources, "sources", "damaged"),
        (alter_paper, "papers", "1 paper (bread) not as they were stored"),
    ],
)
def test_harm_is_found_and_repaired_from_what_is_whole(
    sea: Folder, embedder: MiniLM, harm: Callable[[Folder], None], part: str, says: str
) -> None:
    assert problems(verify(sea, embedder)) == {}
    harm(sea)
    before = own_files(sea)
    checks = verify(sea, embedder)
    assert says in problems(checks)[part]
    assert own_files(sea) == before
    report, lost = repair(checks, sea, embedder, lambda _: None)
    assert (report.total, lost) == (3, [])
    assert problems(verify(sea, embedder)) == {}
    snapshot = open_snapshot(sea, embedder)
    assert list(snapshot.retriever.papers.values()) == PAPERS
    snapshot.close()


def test_a_paper_that_is_whole_nowhere_is_named(sea: Folder, embedder: MiniLM) -> None:
    alter_paper(sea)
    lose_chroma(sea)
    report, lost = repair(verify(sea, embedder), sea, embedder, lambda _: None)
    assert (report.total, lost) == (2, ["bread"])


def test_verify_command(data: Path, sea: Folder) -> None:
    whole = command(data, "verify", "sea")
    assert (whole.exit_code, set(whole.stdout.splitlines())) == (
        0,
        {f"{part}: as they should be" for part in ("papers", "sources", "vectors", "keywords", "token vectors", "queries", "map")},
    )  # fmt: skip
    lose_keywords(sea)
    found = command(data, "verify", "sea")
    assert found.exit_code == 1
    assert "keywords: missing\n" in found.stdout
    assert "run: paper-assistant corpora verify sea --repair\n" in found.stdout
    mended = command(data, "verify", "sea", "--repair")
    assert mended.exit_code == 0
    assert "3 papers" in mended.stdout
    assert command(data, "verify", "sea").exit_code == 0


def test_the_data_folder_may_stand_before_or_after(data: Path) -> None:
    for words in (
        ["--data-dir", str(data), "corpora"],
        ["corpora", "--data-dir", str(data)],
        ["--data-dir", str(data), "corpora", "verify", "sea"],
        ["corpora", "--data-dir", str(data), "verify", "sea"],
        ["corpora", "verify", "sea", "--data-dir", str(data)],
    ):
        done = CliRunner().invoke(cli, words)
        assert (done.exit_code, bool(done.stdout)) == (0, True), words
