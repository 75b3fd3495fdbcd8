"""`enrich`: what services are asked about the papers of a corpus, what is taken over, what stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistant.cli.app import cli
from assistant.errors import AssistantError, ServiceError
from assistant.index import corpora
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from assistant.types import Paper
from ingest.services import client
from tests.conftest import write_records
from tests.pseudo_terminal import stopped
from tests.services_server import Services, s2_paper, work
from tests.services_server import services as services

COUNT = {"title": "Counting Walruses from Space", "abstract": "We count walruses.", "doi": "10.1000/Walrus"}  # fmt: skip
SEALS = {
    "title": "Seals Sleep", "abstract": "Seals sleep in the sun.", "authors": ["Bo Yu"], "year": 2019,
    "venue": "Own Venue", "pmid": "77", "cited_by": 3,
}  # fmt: skip
YEAST = {"title": "Wild Yeast", "abstract": "Sourdough rises.", "arxiv_id": "2001.00001"}
PLAIN = {"title": "No Ids at All", "abstract": "Nobody can look this up."}
Enrich = Callable[..., Result]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAUSE", 0.01)
    monkeypatch.setattr(client.time, "sleep", lambda _: None)
    for name in ("OPENALEX_API_KEY", "SEMANTIC_SCHOLAR_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a corpus of four papers."""
    ingest(tmp_path, [COUNT, SEALS, YEAST, PLAIN])
    return tmp_path


@pytest.fixture
def run(data: Path, services: Services) -> Enrich:
    """Run `enrich` on it."""

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["enrich", "--corpus", "sea", *arguments], env=variables(data, services))  # fmt: skip

    return call


def variables(data: Path, services: Services) -> dict[str, str]:
    own = {"DATA_DIR": str(data), "OPENALEX": services.url, "SEMANTICSCHOLAR": services.url}
    return {f"PAPER_ASSISTANT_{name}": value for name, value in own.items()}


def ingest(data: Path, records: list[dict[str, Any]], *arguments: str) -> str:
    file = write_records(data / "papers.jsonl", records)
    command = ["ingest", str(file), "--corpus", "sea", "--data-dir", str(data), *arguments]
    found = CliRunner().invoke(cli, command)
    assert found.exit_code == 0, found.output
    return found.output


def papers(data: Path) -> dict[str, Paper]:
    found = corpora.papers(load_settings(data_dir=data, corpus="sea"))
    return {paper.title: paper for paper in found.values()}


def failure(result: Result) -> str:
    assert isinstance(result.exception, AssistantError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_what_is_missing_is_filled_in_and_nothing_is_embedded(
    run: Enrich, data: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.works = [
        work(11, str(COUNT["title"]), "10.1000/walrus", ids={"pmid": "https://pubmed.ncbi.nlm.nih.gov/5"}),
        work(12, "Seals Sleep", ids={"pmid": "https://pubmed.ncbi.nlm.nih.gov/77"}, is_retracted=True),
        work(
            3, "Wild Yeast", "10.48550/arxiv.2001.00001",
            primary_location={"source": {"display_name": "arXiv (Cornell University)", "type": "repository"}},
        ),
    ]  # fmt: skip
    services.papers = {"ARXIV:2001.00001": s2_paper(9, "Wild Yeast", ids={"DOI": "10.1000/yeast"})}
    for read in ("embed_documents", "token_states"):
        monkeypatch.setattr(MiniLM, read, lambda *_: pytest.fail("a text was embedded"))
    before = papers(data)
    found = run("--email", "me@sea.example")
    assert found.exit_code == 0, found.output
    after = papers(data)
    assert list(after) == list(before)
    walrus, seals, yeast = after[str(COUNT["title"])], after["Seals Sleep"], after["Wild Yeast"]
    assert (walrus.id, walrus.year, walrus.venue, walrus.authors) == ("doi:10.1000/Walrus", 2021, "Journal of Whales", ("Ann Lee",))  # fmt: skip
    assert (walrus.facts.openalex_id, walrus.facts.pmid, walrus.facts.cited_by) == ("W11", "5", 12)
    assert walrus.facts.looked_up == ("authors:openalex", "cited_by:openalex", "openalex_id:openalex", "pmid:openalex", "venue:openalex", "year:openalex")  # fmt: skip
    # What the file says stays, but for citations and a retraction.
    assert (seals.year, seals.venue, seals.authors) == (2019, "Own Venue", ("Bo Yu",))
    assert (seals.facts.cited_by, seals.facts.retracted) == (12, True)
    assert seals.facts.looked_up == ("cited_by:openalex", "openalex_id:openalex", "retracted:openalex")  # fmt: skip
    # A repository is no venue; the second service fills what the first lacks, and its count waits.
    assert (yeast.venue, yeast.year, yeast.facts.cited_by) == ("International Conference on Whales", 2021, 12)  # fmt: skip
    assert {"venue:semanticscholar", "s2_id:semanticscholar", "year:openalex"} <= set(yeast.facts.looked_up)  # fmt: skip
    assert yeast.facts.doi == "10.48550/arxiv.2001.00001"
    assert after["No Ids at All"] == before["No Ids at All"]
    assert "4 papers: 3 known to openalex, 1 known to semanticscholar; 3 change" in found.output
    assert "4 papers: 3 changed, 1 unchanged" in found.output
    assert [line.partition(" for")[0] for line in found.stderr.splitlines()] == [
        f"asking OpenAlex at {services.url[7:]}", f"asking Semantic Scholar at {services.url[7:]}",
    ]  # fmt: skip
    assert services.asked[0].query["mailto"] == "me@sea.example"


def test_a_dry_run_changes_nothing_and_the_answers_are_kept(
    run: Enrich, data: Path, services: Services
) -> None:
    services.works = [work(11, str(COUNT["title"]), "10.1000/walrus")]
    before = papers(data)
    found = run("--dry-run", "--from", "openalex")
    assert "1 would change" in found.output
    assert "doi:10.1000/Walrus: authors Ann Lee, year 2021, venue Journal of Whales" in found.output
    assert papers(data) == before
    services.asked.clear()
    assert "1 changed" in run("--from", "openalex").output
    assert not services.asked
    again = run("--from", "openalex")
    assert "0 change" in again.output
    assert not services.asked
    assert "asking" not in again.stderr
    services.works[0]["cited_by_count"] = 99
    assert "cited_by 12 → 99" in run("--from", "openalex", "--max-age", "0").output


def test_an_answer_of_another_paper_is_told_and_left(
    run: Enrich, data: Path, services: Services
) -> None:
    services.works = [work(11, "Deep Learning for Bread", "10.1000/walrus", authors=["Cy Dough"])]
    before = papers(data)
    found = run("--from", "openalex")
    assert "doi:10.1000/Walrus: openalex has “Deep Learning for Bread” by Cy Dough by its id, another paper; not taken over" in found.output  # fmt: skip
    assert papers(data) == before


def test_a_paper_is_looked_up_by_its_next_id(run: Enrich, data: Path, services: Services) -> None:
    ingest(data, [{**YEAST, "doi": "10.1000/unknown", "pmid": "8"}])
    services.papers = {"PMID:8": s2_paper(9, "Wild Yeast")}
    run("--from", "semanticscholar")
    asked = [one.body["ids"] for one in services.asked]
    assert ["DOI:10.1000/unknown" in asked[0], "ARXIV:2001.00001" in asked[1], "PMID:8" in asked[2]] == [True] * 3  # fmt: skip
    assert papers(data)["Wild Yeast"].venue == "International Conference on Whales"
    services.asked.clear()
    run("--from", "semanticscholar", "--max-age", "0")
    assert f"{9:040x}" in services.asked[0].body["ids"]


def test_what_was_looked_up_outlives_another_ingest(
    run: Enrich, data: Path, services: Services
) -> None:
    services.works = [
        work(11, str(COUNT["title"]), "10.1000/walrus"),
        work(12, "Seals Sleep", ids={"pmid": "https://pubmed.ncbi.nlm.nih.gov/77"}, is_retracted=True),
    ]  # fmt: skip
    run("--from", "openalex")
    enriched = papers(data)
    assert "4 papers: 4 unchanged" in ingest(data, [COUNT, SEALS, YEAST, PLAIN])
    assert papers(data) == enriched
    # What the file says now goes before what a service said.
    assert "1 changed" in ingest(data, [{**COUNT, "year": 2018}])
    walrus = papers(data)[str(COUNT["title"])]
    assert (walrus.year, walrus.venue, walrus.facts.cited_by) == (2018, "Journal of Whales", 12)
    assert "year:openalex" not in walrus.facts.looked_up
    ingest(data, [COUNT, SEALS, YEAST, PLAIN], "--rebuild")
    assert papers(data)["Seals Sleep"] == enriched["Seals Sleep"]


def test_a_service_may_take_back_what_it_said_and_nothing_else(
    run: Enrich, data: Path, services: Services
) -> None:
    ingest(data, [{**YEAST, "retracted": True}])
    source = {"source": {"display_name": "Venue A", "type": "journal"}}
    services.works = [
        work(12, "Seals Sleep", ids={"pmid": "https://pubmed.ncbi.nlm.nih.gov/77"}, is_retracted=True),
        work(13, "Wild Yeast", "10.48550/arxiv.2001.00001", primary_location=source),
    ]  # fmt: skip
    run("--from", "openalex")
    assert (papers(data)["Wild Yeast"].venue, papers(data)["Seals Sleep"].facts.retracted) == ("Venue A", True)  # fmt: skip
    services.works[0]["is_retracted"] = False
    source["source"]["display_name"] = "Venue B"
    run("--from", "openalex", "--max-age", "0")
    found = papers(data)
    assert not found["Seals Sleep"].facts.retracted
    assert "retracted:openalex" not in found["Seals Sleep"].facts.looked_up
    assert found["Wild Yeast"].venue == "Venue B"
    assert found["Wild Yeast"].facts.retracted  # its file says so


@pytest.mark.slow
def test_a_retraction_that_a_file_tells_of_too_stays(
    run: Enrich, data: Path, services: Services
) -> None:
    ids = {"pmid": "https://pubmed.ncbi.nlm.nih.gov/77"}
    services.works = [work(12, "Seals Sleep", ids=ids, is_retracted=True)]
    run("--from", "openalex")
    ingest(data, [{**SEALS, "retracted": True}])
    services.works[0]["is_retracted"] = False
    run("--from", "openalex", "--max-age", "0")
    assert papers(data)["Seals Sleep"].facts.retracted


def test_ids_are_asked_for_fifty_at_a_time(run: Enrich, data: Path, services: Services) -> None:
    many = [{"title": f"Whale {n}", "abstract": f"Whale {n} sings.", "doi": f"10.1000/{n}"} for n in range(120)]  # fmt: skip
    ingest(data, [*many, {"title": "T", "abstract": "W.", "doi": "10.1000/a,b|c"}])
    services.works = [work(n + 10, f"Whale {n}", f"10.1000/{n}") for n in range(120)]
    assert "120 known to openalex" in run("--from", "openalex").output
    sizes = [
        (one.query["filter"][:4], one.query["filter"].count("|") + 1) for one in services.asked
    ]
    assert sorted(sizes) == [("doi:", 22), ("doi:", 50), ("doi:", 50), ("pmid", 1)]
    services.asked.clear()
    run("--from", "semanticscholar")
    assert [len(one.body["ids"]) for one in services.asked] == [124]
    assert all(one.path == "/graph/v1/paper/batch" for one in services.asked)


@pytest.mark.parametrize(
    "fault",
    [
        "json",
        "cut",
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in ("status 429", "status 503 1", "odd", "hung")
        ),
    ],
)
def test_a_bad_answer_is_asked_for_again(run: Enrich, services: Services, fault: str) -> None:
    services.works = [work(11, str(COUNT["title"]), "10.1000/walrus")]
    services.papers = {"DOI:10.1000/Walrus": s2_paper(1, str(COUNT["title"]))}
    services.faults = [fault, "", "", fault]
    found = run("--timeout", "1" if fault == "hung" else "30")
    assert found.exit_code == 0, found.output
    assert "1 known to openalex, 1 known to semanticscholar" in found.output
    assert found.stderr.count("asking again") == 2


def test_what_one_service_said_counts_though_the_other_fails(
    run: Enrich, data: Path, services: Services
) -> None:
    services.works = [work(11, str(COUNT["title"]), "10.1000/walrus")]
    services.faults = ["", "", *["status 429"] * 5]
    failed = run()
    told = failure(failed)
    assert told.startswith("Semantic Scholar is busy or failing (429), 5 times")
    assert "SEMANTIC_SCHOLAR_API_KEY" in told
    assert papers(data)[str(COUNT["title"])].year == 2021


def test_nobody_there_is_told_and_nothing_changes(
    run: Enrich, data: Path, services: Services
) -> None:
    services.url = "http://openalex.invalid"
    before = papers(data)
    failed = run()
    assert isinstance(failed.exception, ServiceError)
    assert failure(failed).startswith("OpenAlex cannot be reached at openalex.invalid")
    assert failed.stdout == ""
    assert papers(data) == before


def test_refused_ids_are_told_and_the_others_asked_for(run: Enrich, services: Services) -> None:
    services.works = [work(12, "Seals Sleep", ids={"pmid": "https://pubmed.ncbi.nlm.nih.gov/77"})]
    services.faults = ["refused"]  # the DOIs, which come first
    found = run("--from", "openalex")
    assert found.exit_code == 0, found.output
    assert "2 ids such as doi:10.1000/walrus are left out" in found.stderr
    assert "\x1b" not in found.stderr
    assert "1 known to openalex" in found.output


def test_a_service_that_takes_no_request_is_asked_once(run: Enrich, services: Services) -> None:
    services.faults = ["status 403"] * 5
    told = failure(run("--from", "openalex"))
    assert told == "OpenAlex does not take the request (403: busy)"
    assert len(services.asked) == 1


def test_keys_go_along_and_are_never_shown(
    run: Enrich, services: Services, monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    monkeypatch.setenv("OPENALEX_API_KEY", "secret-of-openalex")
    monkeypatch.setenv("SEMANTIC_SCHOLAR_API_KEY", "secret-of-s2")
    services.faults = ["", "", *["status 503"] * 5]
    failed = run()
    assert services.asked[0].headers["authorization"] == "Bearer secret-of-openalex"
    assert services.asked[-1].headers["x-api-key"] == "secret-of-s2"
    assert "secret-of" not in failed.output + failed.stderr + failure(failed)
    assert not any(b"secret-of" in file.read_bytes() for file in (data / "cache").iterdir())


def test_a_damaged_file_of_answers_is_begun_anew(
    run: Enrich, data: Path, services: Services
) -> None:
    services.works = [work(11, str(COUNT["title"]), "10.1000/walrus")]
    run("--dry-run", "--from", "openalex")
    (data / "cache" / "answers.sqlite3").write_bytes(b"no database" * 500)
    assert "1 changed" in run("--from", "openalex").output


def test_what_cannot_be_asked_is_told(run: Enrich, tmp_path: Path, services: Services) -> None:
    assert "give openalex or semanticscholar" in failure(run("--from", "scopus"))
    missing = CliRunner().invoke(cli, ["enrich", "--corpus", "no"], env=variables(tmp_path, services))  # fmt: skip
    assert "there is no corpus no (there is: sea)" in failure(missing)
    assert not services.asked


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_enrichment_that_was_stopped_asks_nothing_twice(
    data: Path, services: Services, how: signal.Signals
) -> None:
    many = [{"title": f"Whale {n}", "abstract": f"Whale {n} sings.", "doi": f"10.1000/{n}"} for n in range(120)]  # fmt: skip
    ingest(data, many, "--prune")
    services.works = [work(n + 10, f"Whale {n}", f"10.1000/{n}") for n in range(120)]
    services.faults = ["", "", "hung"]
    environment = {**os.environ, **variables(data, services)}
    command = [sys.executable, "-m", "assistant", "enrich", "--corpus", "sea", "--from", "openalex"]
    stopped(command, environment, how, lambda: len(services.asked) >= 3)
    assert not papers(data)["Whale 0"].year
    before = {one.query["filter"] for one in services.asked[:2]}
    services.asked.clear()
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert "120 known to openalex; 120 change" in second.stdout
    assert len(services.asked) == 1
    assert services.asked[0].query["filter"] not in before
