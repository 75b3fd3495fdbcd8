"""`fetch`: what arXiv is asked, how often, what is kept of it, and what goes wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.cli.app import cli
from assistant.errors import AssistantError, ServiceError, SourceError
from assistant.index import corpora
from assistant.settings import load_settings
from ingest.services import arxiv, client
from tests.pseudo_terminal import interruptible
from tests.services_server import Services
from tests.services_server import services as services

QUERY = "cat:cs.CV AND abs:whale"
# A process of its own in which nobody waits for long.
UNHURRIED = "from ingest.services import arxiv, client; arxiv.INTERVAL = {interval}; client.PAUSE = 0.01; arxiv.PAGE = 3; from assistant.cli.app import main; main()"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test but that of it waits for three seconds; pages are small."""
    monkeypatch.setattr(arxiv, "INTERVAL", 0.0)
    monkeypatch.setattr(arxiv, "PAGE", 3)
    monkeypatch.setattr(client, "PAUSE", 0.01)


@pytest.fixture
def whales(services: Services) -> Services:
    """Eight papers, the newest first."""
    services.arxiv = [
        (f"2305.0000{n}", f"Whale Number {n} & Others", f"We count whale {n} in satellite images.")
        for n in range(8)
    ]
    return services


def fetch(data: Path, services: Services, *arguments: str, query: str = QUERY) -> Result:
    environment = {"PAPER_ASSISTANT_DATA_DIR": str(data), "PAPER_ASSISTANT_ARXIV": services.url}
    return CliRunner().invoke(cli, ["fetch", "arxiv", query, *arguments], env=environment)


def starts(services: Services) -> list[int]:
    return [int(one.query["start"]) for one in services.asked]


def patience(fault: str) -> tuple[str, str]:
    """Return how long to wait: on a busy machine a good answer takes its time, too."""
    return "--timeout", "1" if fault == "hung" else "30"


def failure(result: Result) -> str:
    """Return the one line of a command that failed."""
    assert isinstance(result.exception, AssistantError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_what_is_asked_and_what_becomes_of_it(whales: Services, tmp_path: Path) -> None:
    found = fetch(tmp_path, whales, "--max", "7", "--corpus", "sea", "--email", "me@sea.example")
    assert found.exit_code == 0, found.output
    assert "arXiv: 7 of the 8 papers that match" in found.output
    assert "7 papers: 7 added" in found.output
    told = [line for line in found.stderr.splitlines() if line.startswith("asking")]
    assert len(told) == 1
    assert f"asking arXiv at {whales.url.removeprefix('http://')}" in told[0]
    assert starts(whales) == [0, 3, 6]
    assert [one.query["max_results"] for one in whales.asked] == ["3", "3", "1"]
    first = whales.asked[0]
    assert first.query["search_query"] == QUERY
    assert (first.query["sortBy"], first.query["sortOrder"]) == ("submittedDate", "descending")
    assert first.headers["user-agent"].startswith("paper-assistant/")
    assert "me@sea.example" in first.headers["user-agent"]
    papers = corpora.papers(load_settings(data_dir=tmp_path, corpus="sea"))
    assert set(papers) == {f"arxiv:2305.0000{n}" for n in range(7)}
    paper = papers["arxiv:2305.00000"]
    assert (paper.title, paper.year, paper.authors) == (
        "Whale Number 0 & Others",
        2023,
        ("Ann Lee",),
    )
    assert paper.facts.categories == ("cs.CV",)


def test_fewer_than_asked_for_end_the_paging(whales: Services, tmp_path: Path) -> None:
    whales.arxiv = whales.arxiv[:6]
    found = fetch(tmp_path, whales, "--max", "500", "--corpus", "sea")
    assert "6 of the 6 papers that match" in found.output
    assert starts(whales) == [0, 3]


def test_out_writes_a_feed_that_ingest_reads(whales: Services, tmp_path: Path) -> None:
    file = tmp_path / "whales.atom"
    found = fetch(tmp_path / "data", whales, "--max", "5", "--out", str(file))
    assert f"written to {file}" in found.output
    assert not (tmp_path / "data" / "default").exists()
    run = CliRunner().invoke(
        cli, ["ingest", str(file), "--corpus", "sea", "--data-dir", str(tmp_path / "data")]
    )
    assert "5 papers: 5 added" in run.output
    again = fetch(tmp_path / "data", whales, "--max", "5", "--out", str(file))
    assert "exists already" in failure(again)
    both = fetch(tmp_path, whales, "--out", str(tmp_path / "x"), "--corpus", "sea")
    assert "leave out it or --corpus" in failure(both)


def test_arxiv_is_asked_every_three_seconds_at_most_whoever_asks(
    whales: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(arxiv, "PAGE", 3)
    assert arxiv.INTERVAL == 3.0
    for query in ("one", "two"):
        fetch(tmp_path, whales, "--max", "3", "--out", str(tmp_path / f"{query}.atom"), query=query)
    first, second = (one.at for one in whales.asked)
    assert second - first >= 2.95


@pytest.mark.parametrize(
    "fault",
    [
        "status 503 1",
        "cut",
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in ("status 429", "status 500", "rate", "broken", "bomb", "empty", "hung")
        ),
    ],
)
def test_a_bad_answer_in_the_middle_is_asked_for_again(
    whales: Services, tmp_path: Path, fault: str
) -> None:
    whales.faults = ["", fault]
    found = fetch(tmp_path, whales, "--max", "8", "--corpus", "sea", *patience(fault))
    assert "8 of the 8 papers" in found.output, found.output
    assert starts(whales) == [0, 3, 3, 6]
    assert "asking again in" in found.stderr
    if fault == "status 503 1":
        assert whales.asked[2].at - whales.asked[1].at >= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("empty", "gave an empty page, though it counts 8 papers, 5 times"),
        ("status 503", "is busy or failing (503), 5 times"),
        ("status 503 86400", "asks to be left alone for some hours (503)"),
        ("broken", "sent what is no Atom feed"),
        ("hung", "did not answer in 1 s, 5 times"),
        ("endless", "more than 50 MB"),
        ("elsewhere http://192.0.2.1:9/api/query", "sends on from 127.0.0.1 to 192.0.2.1"),
        ("elsewhere ftp://127.0.0.1/", "which is not followed"),
        ("here", "sends on and on"),
        ("status 404", "does not take the request (404: busy)"),
    ],
)
def test_what_came_before_a_failure_is_kept(
    whales: Services, tmp_path: Path, fault: str, says: str
) -> None:
    whales.faults = ["", *[fault] * 5]
    failed = fetch(tmp_path, whales, "--max", "8", "--corpus", "sea", *patience(fault))
    assert says in failure(failed)
    assert isinstance(failed.exception, ServiceError)
    assert not (tmp_path / "corpora").exists()
    whales.faults = []
    whales.asked.clear()
    found = fetch(tmp_path, whales, "--max", "8", "--corpus", "sea")
    assert starts(whales) == [3, 6]
    assert "1 page was kept" in found.output
    assert "8 papers: 8 added" in found.output


def test_what_came_before_a_failure_can_be_taken_alone(whales: Services, tmp_path: Path) -> None:
    whales.faults = ["", *["empty"] * 5]
    assert "with --max 3" in failure(fetch(tmp_path, whales, "--max", "8", "--corpus", "sea"))
    whales.asked.clear()
    found = fetch(tmp_path, whales, "--max", "3", "--corpus", "sea")
    assert "3 papers: 3 added" in found.output
    assert not whales.asked
    assert "asking" not in found.stderr


def test_short_pages_are_told(whales: Services, tmp_path: Path) -> None:
    whales.arxiv[4] = whales.arxiv[2]  # a new paper moved it onto the next page
    found = fetch(tmp_path, whales, "--max", "8", "--corpus", "sea")
    assert "7 of the 8 papers that match, though 8 were asked for" in found.output


@pytest.mark.parametrize("kind", ["error", "error400"])
def test_what_is_wrong_with_a_query_is_told(whales: Services, tmp_path: Path, kind: str) -> None:
    whales.faults = [f"{kind} incorrect id format for x"]
    failed = fetch(tmp_path, whales, query="id:x")
    assert failure(failed).startswith("arXiv refuses the query: incorrect id format for x")
    assert len(whales.asked) == 1


def test_no_match_is_told(services: Services, tmp_path: Path) -> None:
    assert "no paper on arXiv matches" in failure(fetch(tmp_path, services))
    assert isinstance(fetch(tmp_path, services, query=" ").exception, SourceError)
    assert len(services.asked) == 1


def test_pages_of_yesterday_are_asked_for_again(whales: Services, tmp_path: Path) -> None:
    fetch(tmp_path, whales, "--max", "3", "--corpus", "sea")
    (page,) = tmp_path.glob("cache/arxiv/*/0-3.atom")
    page.write_bytes(page.read_bytes()[:500])
    fetch(tmp_path, whales, "--max", "3", "--corpus", "sea")
    assert starts(whales) == [0, 0]
    old = time.time() - arxiv.KEPT_SECONDS - 1
    os.utime(page, (old, old))
    fetch(tmp_path, whales, "--max", "3", "--corpus", "sea")
    assert starts(whales) == [0, 0, 0]


def test_nobody_there_is_told_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = Services(f"http://127.0.0.1:{taken.getsockname()[1]}")
        failed = fetch(tmp_path, nobody)
        assert "arXiv cannot be reached at 127.0.0.1" in failure(failed)
        assert "asking again" not in failed.stderr
    unknown = Services("http://arxiv.invalid")
    assert "cannot be reached at arxiv.invalid" in failure(fetch(tmp_path, unknown))


def test_a_proxy_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:1")
    assert "cannot be used" in failure(fetch(tmp_path, Services("http://arxiv.invalid")))


@pytest.mark.parametrize("odd", ["me", "me@sea.example\nX: y", "mé@sea.example"])
def test_what_is_no_address_of_mail_is_refused(
    services: Services, tmp_path: Path, odd: str
) -> None:
    assert "give an address such as" in failure(fetch(tmp_path, services, "--email", odd))
    assert not services.asked


@pytest.mark.parametrize("address", ["ftp://export.arxiv.org", "export.arxiv.org", "http://["])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(AssistantError, match="is no web address"):
        load_settings(arxiv=address)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_fetch_that_was_stopped_goes_on_where_it_was(
    whales: Services, tmp_path: Path, how: signal.Signals
) -> None:
    def begin(interval: float) -> subprocess.Popen[str]:
        environment = {**os.environ, "PAPER_ASSISTANT_DATA_DIR": str(tmp_path), "PAPER_ASSISTANT_ARXIV": whales.url}  # fmt: skip
        code = UNHURRIED.format(interval=interval)
        command = [sys.executable, "-c", code, "fetch", "arxiv", QUERY, "--max", "8", "--corpus", "sea"]  # fmt: skip
        pipe = subprocess.PIPE
        return subprocess.Popen(
            interruptible(command), env=environment, stdout=pipe, stderr=pipe, text=True
        )

    first = begin(1.0)
    while len(whales.asked) < 2:
        time.sleep(0.01)
        assert first.poll() is None
    time.sleep(0.3)  # the second page has come, the third is waited for
    first.send_signal(how)
    _, told = first.communicate(timeout=30)
    assert first.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert ("goes on from there" in told) == (how == signal.SIGINT)
    assert "Traceback" not in told
    assert starts(whales) == [0, 3]
    out, _ = begin(0.0).communicate(timeout=120)
    assert "8 papers: 8 added" in out
    assert starts(whales) == [0, 3, 6]
