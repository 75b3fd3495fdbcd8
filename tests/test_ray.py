"""Ingest on a Ray cluster: the same index, whoever dies, in one line what goes wrong."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import ModelError
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.types import Paper
from ingest.index import Plan, index
from tests.chroma_server import ChromaServer
from tests.conftest import Run, read_papers, write_records
from tests.ray_cluster import WORKERS, RayCluster, ray_cluster
from tests.test_index import PAPERS, dump

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parent.parent / "ingest" / "corpus" / "huggingface-papers.txt"


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    with ray_cluster() as started:
        yield started


def ingest(files: list[Path], data: Path, cluster: RayCluster) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "assistant", "ingest", *map(str, files)]
    command += ["--data-dir", str(data), "--ray", cluster.address]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env=cluster.environment, stdout=pipe, stderr=pipe, text=True, cwd=data.parent
    )


def stored(data: Path) -> int:
    """Return how many papers the first index has, finished or not."""
    with (
        suppress(sqlite3.OperationalError),
        closing(
            sqlite3.connect(f"file:{data}/default/index-1/papers.sqlite3?mode=ro", uri=True)
        ) as file,
    ):
        return int(file.execute("SELECT count(*) FROM papers").fetchone()[0])
    return 0


def test_a_worker_that_is_killed_costs_no_paper_and_doubles_none(
    cluster: RayCluster, tmp_path: Path, embedder: MiniLM, corpus: list[Paper]
) -> None:
    records: list[dict[str, object]] = [
        {"title": f"{one.title} (again)", "abstract": one.abstract, "year": one.year}
        for one in corpus[:96]
    ]
    files = [write_records(tmp_path / "own.jsonl", records), PAGE]
    data = tmp_path / "data"
    process = ingest(files, data, cluster)
    deadline = time.monotonic() + 300
    while stored(data) < 16:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    encoders = cluster.encoders()
    assert len(encoders) == WORKERS
    os.kill(encoders[0], signal.SIGKILL)
    at_death = stored(data)
    told, wrong = process.communicate(timeout=300)
    assert (process.returncode, wrong) == (0, "")
    assert told.startswith("315 papers: 315 added; "), told
    assert at_death < 96
    fresh = Folder(tmp_path / "fresh")
    index(Plan(read_papers(files)), fresh, embedder)
    assert dump(Folder(data / "default"), embedder, order=True) == dump(fresh, embedder, order=True)
    again = ingest(files, data, cluster)
    assert again.communicate(timeout=120)[0].startswith("315 papers: 315 unchanged")


def test_workers_take_gpus_and_one_of_another_version_is_told_of(
    cluster: RayCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest.ray_encoder import connected

    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):
        monkeypatch.setenv(name, cluster.environment[name])
    with connected(cluster.address, "minilm", 1) as encoder:
        assert (encoder.workers, encoder.gpus) == (WORKERS, 0)
        # Where no network runs on the cluster's GPUs they are left alone.
        for one in (encoder, replace(encoder, gpus=1, workers=1)):
            assert [found.embedded.paper for found in one(PAPERS)] == PAPERS
        with pytest.raises(ModelError, match="^a machine of the Ray cluster has another version"):
            list(replace(encoder, mark="another")(PAPERS))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("127.0.0.1:9", "no Ray cluster answers at 127.0.0.1:9 (Connection refused); check"),
        ("nobody.invalid:6379", "no Ray cluster answers at nobody.invalid:6379 (Name or service"),
        ("somewhere", "--ray somewhere: give auto, local or HOST:PORT"),
        ("ray://127.0.0.1:10001", "give auto, local or HOST:PORT"),
    ],
)
def test_an_address_where_no_cluster_is(tmp_path: Path, run: Run, address: str, told: str) -> None:
    done = run("ingest", "--ray", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_what_answers_at_an_address_is_no_cluster(
    cluster: RayCluster, chroma: ChromaServer, tmp_path: Path, run: Run
) -> None:
    done = run("ingest", "--ray", chroma.url.removeprefix("http://"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "the Ray cluster cannot be used" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_the_extra_the_command_that_installs_it_is_told(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['ray'] = None; from assistant.cli.app import main;"
        " sys.argv[1:] = ['ingest', '--ray', 'auto', '--data-dir', 'data']; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, timeout=120
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("paper-assistant: --ray needs more packages; run: ")
    assert "[ray]" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()
