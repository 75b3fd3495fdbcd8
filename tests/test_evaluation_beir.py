"""Retrieval by collections in BEIR layout, and questions drafted from a corpus, over a small corpus
of invented papers."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.cli.app import main
from assistant.errors import EvaluationError
from assistant.evaluation import beir, draft_questions
from assistant.evaluation.intervals import estimate
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.retrieval.fusion import fuse_ranks
from assistant.retrieval.snapshot import IndexSnapshot, open_snapshot
from assistant.text.words import surface_words
from assistant.types import Paper
from ingest.index import Plan, index
from tests.conftest import Run, write_records

TEXTS = {
    "1": (
        "TuskNet: Counting Walruses from Satellites",
        "We introduce TuskNet, which counts walruses on ice in satellite images.",
    ),
    "2": (
        "A Field Guide to Harbour Seals",
        "Harbour seals rest on sandbanks; this guide describes their moulting and calls.",
    ),
    "3": (
        "Bread: Slow Fermentation with Wild Yeast",
        "Sourdough rises slowly. Wild yeast gives loaves their flavour.",
    ),
    "4": (
        "Tides and Currents of Northern Estuaries",
        "Currents in estuaries follow the tides; we measure salinity and drift.",
    ),
    "5": (
        "Polar Bears Hunting at the Ice Edge",
        "Bears wait at breathing holes. Their success falls with thinning sea ice.",
    ),
}
PAPERS = [
    Paper(f"beir:{key}", title, text, url="https://example.org/" + key)
    for key, (title, text) in TEXTS.items()
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, embedder: MiniLM) -> Path:
    """A data folder with the five papers indexed."""
    root = tmp_path_factory.mktemp("small")
    index(Plan(PAPERS), Folder(root / "default"), embedder)
    return root


@pytest.fixture(scope="module")
def view(small: Path, embedder: MiniLM) -> Iterator[IndexSnapshot]:
    opened = open_snapshot(Folder(small / "default"), embedder)
    yield opened
    opened.close()


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "collection"
    (folder / "qrels").mkdir(parents=True)
    queries = {
        "a": "counting walruses in satellite images",
        "b": "sourdough with wild yeast",
        "c": "never judged",
    }
    write_records(
        folder / "queries.jsonl", [{"_id": key, "text": text} for key, text in queries.items()]
    )
    lines = ["query-id\tcorpus-id\tscore", "a\t1\t2", "a\t3\t1", "a\t4\t0", "b\t3\t1"]
    (folder / "qrels" / "test.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nc\t2\t1\n", "utf-8")
    return folder


def test_a_collection_is_measured_by_its_grades(view: IndexSnapshot, collection: Path) -> None:
    found = {
        (one.family, one.name): one
        for one in beir.measure_collection(beir.read_collection(collection), view).measures
    }
    values = {key: value for key, (value, _) in found["product", "ndcg10"].values.items()}
    ranked = [
        one.paper.id
        for one in view.retriever.search("counting walruses in satellite images").candidates
    ]
    assert ranked[0] == "beir:1"
    place = ranked.index("beir:3") + 1
    ideal = 2 + 1 / math.log2(3)
    assert values == {"a": pytest.approx((2 + 1 / math.log2(place + 1)) / ideal), "b": 1.0}
    # The words of "a" are in one paper only, so that BM25 finds half of what is relevant.
    assert found["bm25", "recall20"].values["a"] == (0.5, 1.0)
    assert found["vectors", "recall20"].values["a"] == (1.0, 1.0)
    assert estimate(found["product", "ms"]).value > 0
    assert beir.best_baseline(found, "recall20").family in ("vectors", "rrf")


def test_rank_fusion_is_of_both_rankings_and_damped(view: IndexSnapshot) -> None:
    ranked = beir._baselines(view, "wild ice")
    assert set(ranked["bm25"]) == {"beir:1", "beir:3", "beir:5"}
    assert ranked["rrf"] == beir._best(fuse_ranks(ranked["bm25"], ranked["vectors"]))
    # 2/62 against 1/61 + 1/64; undamped, first and fourth would win.
    assert beir._best(fuse_ranks("abcd", "dbca"))[0] == "b"


def test_the_split_is_test_unless_named(collection: Path) -> None:
    assert list(beir.read_collection(collection).texts) == ["a", "b"]
    assert list(beir.read_collection(collection, limit=1).texts) == ["a"]
    assert list(beir.read_collection(collection, "dev").texts) == ["c"]
    with pytest.raises(EvaluationError, match="there is --split dev or test"):
        beir.read_collection(collection, "train")
    (collection / "qrels" / "test.tsv").unlink()
    assert beir.read_collection(collection).split == "dev"


def test_papers_that_are_not_indexed_are_told(view: IndexSnapshot, collection: Path) -> None:
    path = collection / "qrels" / "test.tsv"
    path.write_text("query-id\tcorpus-id\tscore\na\t1\t1\na\t99\t1\n", "utf-8")
    found = beir.measure_collection(beir.read_collection(collection), view)
    assert found.about["not_indexed"] == 1
    assert dict(next(one for one in found.measures if one.name == "recall20").values) == {
        "a": (0.5, 1.0)
    }
    path.write_text("query-id\tcorpus-id\tscore\na\t99\t1\n", "utf-8")
    with pytest.raises(EvaluationError, match="none of the judged papers is in this index"):
        beir.measure_collection(beir.read_collection(collection), view)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "qrels/test.tsv",
            "query-id\tcorpus-id\tscore\na\t1\tmuch\n",
            r"test\.tsv:2: expected query-id",
        ),
        ("qrels/test.tsv", "a 1 1\n", r"test\.tsv:1: expected query-id"),
        ("qrels/test.tsv", "z\t1\t1\n", "the query 'z' is not in"),
        ("qrels/test.tsv", "a\t1\t0\n", "no query has a relevant paper"),
        ("queries.jsonl", '{"_id": "a"}\n', r"queries\.jsonl:1: expected"),
    ],
)
def test_a_bad_collection_is_named(collection: Path, name: str, text: str, says: str) -> None:
    (collection / name).write_text(text, "utf-8")
    with pytest.raises(EvaluationError, match=says):
        beir.read_collection(collection)
    shutil.rmtree(collection / "qrels")
    with pytest.raises(EvaluationError, match=r"holds no qrels/\*\.tsv"):
        beir.read_collection(collection)


# Drafted questions


def test_drafts_are_parts_of_a_paper() -> None:
    drafts = list(draft_questions.Drafter(PAPERS).drafts())
    by_id = {one["id"]: one["query"] for one in drafts}
    assert len(by_id) == len(drafts)
    assert by_id["title-beir:1"] == "Counting Walruses from Satellites"
    assert by_id["name-beir:1"].startswith("TuskNet ")
    assert "name-beir:2" not in by_id
    title, shortened = PAPERS[3].title.split(), by_id["title-beir:4"].split()
    assert len(shortened) == 5
    assert {"and", "of"} < set(shortened)
    assert [word for word in title if word in shortened] == shortened
    for paper in PAPERS:
        words = by_id[f"keywords-{paper.id}"].split()
        assert not set(words) & {word.lower() for word in surface_words(paper.title)}
        assert all(word in paper.abstract.lower() for word in words)


def test_a_short_title_makes_no_draft() -> None:
    short = Paper("x", "Brain perfusion and stroke", "Perfusion falls. " * 3)
    assert "title" not in {one["kind"] for one in draft_questions.Drafter([short]).drafts()}


def test_drafts_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    first, second = (
        list(draft_questions.Drafter(PAPERS).drafts()),
        list(draft_questions.Drafter(PAPERS[::-1]).drafts()),
    )
    assert first == second
    assert first != list(draft_questions.Drafter(PAPERS, seed=1).drafts())
    assert {one["kind"] for one in first[:5]} == set(draft_questions.KINDS)


def test_a_draft_holds_no_filter() -> None:
    odd = Paper("x", 'Author: "year>=1990" and Other Titles of Old', "A study. " * 3)
    assert all(
        not set(':<>="') & set(str(one["query"])) for one in draft_questions.Drafter([odd]).drafts()
    )


def test_drafts_are_written_once(tmp_path: Path) -> None:
    assert draft_questions.write(PAPERS, tmp_path / "new", limit=4) == 4
    written = (tmp_path / "new" / "known_item.jsonl").read_text("utf-8")
    assert [set(json.loads(line)) for line in written.splitlines()] == [
        {"id", "query", "relevant", "source", "kind"}
    ] * 4
    with pytest.raises(
        EvaluationError, match=r"known_item\.jsonl exists already; --force overwrites it"
    ):
        draft_questions.write(PAPERS, tmp_path / "new")
    assert (tmp_path / "new" / "known_item.jsonl").read_text("utf-8") == written
    assert draft_questions.write(PAPERS, tmp_path / "new", force=True) > 4
    with pytest.raises(EvaluationError, match="no question can be drafted"):
        draft_questions.write([Paper("x", "One", "")], tmp_path / "other")


# The command


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, small: Path
) -> Callable[..., Done]:
    """Run the command line in this process, over the small corpus: loading Chroma anew takes longer
    than most tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPER_ASSISTANT_DATA_DIR", str(small))

    def call(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["paper-assistant", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(int(ended.value.code or 0), *capsys.readouterr())

    return call


def test_drafting_measuring_and_comparing_by_the_command(
    here: Callable[..., Done], tmp_path: Path
) -> None:
    made = here("eval", "--make", "mine", "--limit", "6")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("6 questions drafted")
    done = here("eval", "mine", "--json", "a.json", "--plot", "a.png", "--family", "known_item")
    assert (done.returncode, done.stderr) == (0, "")
    assert "6 questions · 5 papers" in done.stdout
    assert "right paper first" in done.stdout
    assert (tmp_path / "a.png").stat().st_size > 5000
    printed = json.loads(here("eval", "mine", "--limit", "2", "--json").stdout)
    assert (printed["about"]["questions"], len(printed["questions"])) == (2, 2)
    (tmp_path / "b.json").write_text(json.dumps(printed), "utf-8")
    compared = here("eval", "--compare", "a.json", "b.json")
    assert compared.returncode == 0
    assert "4 questions are in one of them only" in compared.stdout
    assert "no question flipped" in compared.stdout


def test_a_collection_by_the_command(here: Callable[..., Done], collection: Path) -> None:
    done = here("eval", "--beir", collection, "--json", "beir.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(
        word in done.stdout
        for word in ("nDCG@10", "Recall@100", "BM25", "vectors", "RRF", "over best", "ms a query")
    )
    compared = here("eval", "--compare", "beir.json", "beir.json")
    assert (compared.returncode, "nDCG@10" in compared.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "there is no tests/questions here"),
        (("nowhere",), "no such folder"),
        (("nowhere", "--make", "mine"), "do not go together"),
        (("--beir", "nowhere"), "holds no qrels"),
        (("--compare", "a.json", "b.json"), "a.json: cannot be read"),
        (("--json", "nowhere/a.json"), "there is no folder nowhere"),
        (("--json", "."), "is a folder"),
        (("--plot", "a.gif"), "a picture is written as .png"),
        (("--make", "mine", "--plot", "a.png"), "--plot does not go with --make"),
    ],
)
def test_mistakes_get_one_line_and_exit_code_two(
    here: Callable[..., Done], arguments: tuple[str, ...], says: str
) -> None:
    done = here("eval", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr.replace("\\", "/")
    assert done.stderr.strip().count("\n") == 0


@pytest.mark.slow
def test_the_default_folder_and_options_before_the_command(
    run: Run, here: Callable[..., Done], small: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "tests" / "questions"
    folder.mkdir(parents=True)
    write_records(
        folder / "known_item.jsonl", [{"id": 1, "query": "wild yeast", "relevant": ["beir:3"]}]
    )
    done = run("--data-dir", small, "eval")
    assert (done.returncode, done.stderr) == (0, "")
    write_records(
        folder / "known_item.jsonl", [{"id": 1, "query": "wild yeast", "relevant": ["beir:9"]}]
    )
    done = here("eval")
    assert done.returncode == 2
    assert "known_item.jsonl:1: beir:9 is no paper of this index" in done.stderr
    write_records(
        folder / "known_item.jsonl",
        [{"id": 1, "query": "yeast year>=soon", "relevant": ["beir:3"]}],
    )
    assert "known_item.jsonl:1: " in here("eval").stderr
