"""Named corpora: what may be a name, that they are apart, what is said where one is missing, how
they are listed."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.cli.doctor import examine
from assistant.errors import AssistantError, StoreError
from assistant.index import corpora
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.retrieval.snapshot import open_snapshot
from assistant.settings import Settings, load_settings, with_corpus
from assistant.types import Paper
from assistant.web.server import app
from ingest.index import Plan, index
from tests.conftest import Run, write_records

slow = pytest.mark.slow
WALRUS = Paper(
    "walrus",
    "Counting Walruses from Satellites",
    "We count walruses on ice in satellite images.",
    url="https://a.org/1",
)
BREAD = Paper(
    "bread",
    "Slow Fermentation with Wild Yeast",
    "Sourdough rises slowly with wild yeast.",
    url="https://a.org/2",
)
BAD_NAMES = (
    "",
    " ",
    "../x",
    "..",
    ".",
    "a/b",
    "a\\b",
    ".hidden",
    "-x",
    "_x",
    "é",
    "名",
    "a b",
    "a\n",
    "a\0b",
    "x" * 65,
    "a.",
    "~",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, embedder: MiniLM) -> Path:
    """A data folder with the corpora sea and bread-2.0, and no default one."""
    root = tmp_path_factory.mktemp("corpora")
    for name, paper in (("sea", WALRUS), ("bread-2.0", BREAD)):
        index(Plan([paper]), Folder(load_settings(data_dir=root, corpus=name).corpus_dir), embedder)
    return root


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A copy of that to be changed."""
    return shutil.copytree(made, tmp_path / "copy")


def only_line(text: str) -> str:
    (line,) = text.splitlines()
    return line


@pytest.mark.parametrize(
    "name", ["a", "7", "scifact", "BEIR-2.0_x", "a..b", "x" * 64, "corpora", "spending.json"]
)
def test_names_that_are_accepted(tmp_path: Path, name: str) -> None:
    settings = load_settings(data_dir=tmp_path, corpus=name)
    assert settings.corpus_dir == tmp_path / "corpora" / name
    assert Folder(settings.corpus_dir).corpus == name


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AssistantError, match="cannot be a corpus' name") as caught:
        load_settings(data_dir=tmp_path, corpus=name)
    only_line(str(caught.value))
    with pytest.raises(AssistantError, match="cannot be a corpus' name"):
        with_corpus(load_settings(data_dir=tmp_path), name)


def test_the_default_corpus_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        load_settings(data_dir=tmp_path).corpus_dir
        == load_settings(data_dir=tmp_path, corpus="default").corpus_dir
        == tmp_path / "default"
    )
    monkeypatch.setenv("PAPER_ASSISTANT_CORPUS", "")
    assert load_settings(data_dir=tmp_path).corpus == "default"
    monkeypatch.setenv("PAPER_ASSISTANT_CORPUS", "sea")
    assert load_settings(data_dir=tmp_path).corpus == "sea"
    assert load_settings(data_dir=tmp_path, corpus="bread").corpus == "bread"


def test_another_corpus_keeps_the_other_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path, model=None, judged=7)
    monkeypatch.setenv("PAPER_ASSISTANT_MODEL", "openai:m")
    assert with_corpus(settings, "sea") == settings.model_copy(update={"corpus": "sea"})


def test_corpora_are_apart(made: Path) -> None:
    for name, paper in (("sea", WALRUS), ("bread-2.0", BREAD)):
        opened = Assistant.open(load_settings(data_dir=made), corpus=name)
        try:
            assert (opened.corpus, opened.papers()) == (name, [paper])
            found = opened.search("walruses in satellite images, or wild yeast").retrieved
            assert [one.paper.id for one in found] == [paper.id]
        finally:
            opened.close()
    assert not (made / "default").exists()


def test_open_takes_the_environment_s_data_folder(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPER_ASSISTANT_DATA_DIR", str(made))
    opened = Assistant.open(corpus="sea")
    assert opened.papers() == [WALRUS]
    opened.close()
    with pytest.raises(AssistantError, match="cannot be a corpus' name"):
        Assistant.open(corpus="../sea")


def test_a_missing_corpus_is_told_with_those_that_exist(made: Path, tmp_path: Path) -> None:
    with pytest.raises(
        StoreError,
        match="no corpus sae .there is: bread-2.0, sea.; run: .*ingest FILE … --corpus sae",
    ) as caught:
        Assistant.open(load_settings(data_dir=made, corpus="sae"))
    only_line(str(caught.value))
    with pytest.raises(StoreError, match="there is: none yet"):
        Assistant.open(load_settings(data_dir=tmp_path / "empty", corpus="sea"))
    assert not (made / "corpora" / "sae").exists()
    assert not (tmp_path / "empty").exists()
    finding = next(
        one
        for one in examine(load_settings(data_dir=made, corpus="sae"), places=())
        if one.subject == "index"
    )
    assert (finding.status, "--corpus sae" in finding.fix) == ("fail", True)


def test_corpora_are_listed(data: Path) -> None:
    shutil.copytree(data / "corpora" / "sea", data / "default")
    (data / "corpora" / "unfinished").mkdir()
    (data / "corpora" / "damaged").mkdir()
    (data / "corpora" / "damaged" / "current.json").write_text("{")
    (data / "spending.json").write_text("{}")
    found = corpora.listed(load_settings(data_dir=data))
    assert [(one.name, one.papers) for one in found] == [
        ("default", 1),
        ("bread-2.0", 1),
        ("damaged", None),
        ("sea", 1),
    ]
    assert all(one.changed.tzinfo for one in found)
    assert [one.embedder == MiniLM.identity for one in found] == [True, True, False, True]
    assert found[2].embedder is None


@pytest.mark.parametrize("there", [True, False])
def test_where_nothing_can_be_listed(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "data").write_text("a file")
    assert corpora.listed(load_settings(data_dir=tmp_path / "data")) == []


def test_corpora_command(run: Run, made: Path, tmp_path: Path) -> None:
    table = run("corpora", data=made).stdout.splitlines()
    assert [line.split()[:2] for line in table] == [
        ["name", "papers"],
        ["bread-2.0", "1"],
        ["sea", "1"],
    ]
    records = json.loads(run("corpora", "--json", data=made).stdout)
    assert [(one["name"], one["papers"], one["embedder"]) for one in records] == [
        ("bread-2.0", 1, MiniLM.identity), ("sea", 1, MiniLM.identity),
    ]  # fmt: skip
    assert all(line.endswith(MiniLM.identity) for line in table[1:])
    assert all(
        datetime.fromisoformat(one["changed"]) <= datetime.now().astimezone() for one in records
    )
    empty = run("corpora", "--json", data=tmp_path / "empty")
    assert (empty.returncode, empty.stdout.strip()) == (0, "[]")


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [("search", "yeast"), ("ask", "yeast"), ("papers",), ("batch", "-"), ("eval", "--make", "q")],
)
def test_every_command_reads_the_corpus_that_is_named(
    run: Run, made: Path, command: tuple[str, ...]
) -> None:
    after = run(*command, "--corpus", "nope", data=made, stdin='{"id": "1", "query": "yeast"}\n')
    before = run("--corpus", "nope", *command, data=made, stdin='{"id": "1", "query": "yeast"}\n')
    for done in (after, before):
        assert (done.returncode, done.stdout) == (2, "")
        assert "there is no corpus nope" in only_line(done.stderr)
    assert (
        run(
            *command, "--corpus", "bread-2.0", data=made, stdin='{"id": "1", "query": "yeast"}\n'
        ).returncode
        == 0
    )


@pytest.mark.slow
def test_ingest_into_a_named_corpus(run: Run, tmp_path: Path) -> None:
    records = write_records(
        tmp_path / "p.jsonl", [{"title": WALRUS.title, "abstract": WALRUS.abstract}]
    )
    done = run("ingest", records, "--corpus", "sea")
    assert done.stdout.startswith("1 papers: 1 added"), done.stderr
    assert (tmp_path / "data" / "corpora" / "sea" / "current.json").is_file()
    assert not (tmp_path / "data" / "default").exists()
    assert run("papers", "--corpus", "sea").stdout.rstrip().endswith("1 paper")
    again = run("ingest", "--rebuild", "--corpus", "sea")
    assert again.stdout.startswith("1 papers: 1 added"), again.stderr
    (tmp_path / "data" / "corpora" / "sea" / "current.json").write_text("{")
    lost = run("papers", "--corpus", "sea")
    assert "run: paper-assistant ingest --rebuild --corpus sea" in only_line(lost.stderr)
    lost = run("ingest", "--rebuild", "--corpus", "sea")
    assert (
        lost.returncode,
        "cannot be read back; run: paper-assistant ingest FILE … --corpus sea" in lost.stderr,
    ) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("ingest", "--corpus", "sea"),
            "name the files of the corpus sea; run: paper-assistant ingest FILE … --corpus sea",
        ),
        pytest.param(
            ("ingest", "--rebuild", "--prune", "--corpus", "sea"),
            "name the files of the corpus sea",
            marks=slow,
        ),
        pytest.param(
            ("ingest", "--rebuild", "--corpus", "new"),
            "name the files of the corpus new",
            marks=slow,
        ),
        (("papers", "--corpus", "../x"), "'../x' cannot be a corpus' name"),
        pytest.param(("papers", "--corpus", ""), "'' cannot be a corpus' name", marks=slow),
        pytest.param(("--corpus", "", "papers"), "'' cannot be a corpus' name", marks=slow),
        pytest.param(("--corpus", "a/b", "papers"), "'a/b' cannot be a corpus' name", marks=slow),
        (("eval", "--corpus", ".hidden", "--make", "x"), "'.hidden' cannot be a corpus' name"),
    ],
)
def test_mistakes_get_one_line_and_exit_code_two(
    run: Run, data: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = run(*arguments, data=data)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in only_line(done.stderr)
    assert sorted(path.name for path in (data / "corpora").iterdir()) == ["bread-2.0", "sea"]


def test_an_index_of_another_embedder_names_the_corpus_in_its_fix(
    data: Path, embedder: MiniLM
) -> None:
    folder = Folder(data / "corpora" / "sea")
    state = folder.state()
    assert state is not None
    shutil.rmtree(folder.chroma(state))
    with pytest.raises(StoreError, match="run: paper-assistant ingest --rebuild --corpus sea$"):
        open_snapshot(folder, embedder)
    folder.tokens(state).unlink()
    shutil.copytree(Folder(data / "corpora" / "bread-2.0").chroma(state), folder.chroma(state))
    with pytest.raises(StoreError, match="run: paper-assistant ingest --rebuild --corpus sea$"):
        open_snapshot(folder, embedder)


@pytest.mark.parametrize(
    ("corpus", "says"),
    [("sea", "1 paper of the corpus sea<"), ("default", "1 paper of this corpus<")],
)
def test_the_page_says_which_corpus(data: Path, embedder: MiniLM, corpus: str, says: str) -> None:
    shutil.copytree(data / "corpora" / "sea", data / "default")
    settings = load_settings(data_dir=data, corpus=corpus)
    opened = Assistant(Folder(settings.corpus_dir), embedder)
    blocks = app.build(app.make_service(opened, settings))
    heads = [one.value for one in blocks.blocks.values() if getattr(one, "elem_id", None) == "head"]
    opened.close()
    assert [says in head for head in heads] == [True]
