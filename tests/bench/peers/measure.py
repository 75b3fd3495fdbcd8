"""One collection, all systems → what each takes and finds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from assistant.evaluation.beir import Collection, read_collection
from tests.bench.peers import COMMON, PRODUCT, SYSTEMS, Cost, read_texts
from tests.bench.peers.systems.embedding import STORED, VECTORS

ROOT = Path(__file__).parents[3]
WARM = 10
"""Questions at first whose time does not count."""
_STARTS = 3
_WORKER = "tests.bench.peers.worker"
EMBEDDING = "embedding"
_ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
}


@dataclass(slots=True)
class Figures:
    """What one system took on one collection, and the ids that it found by query."""

    ingest: Cost
    disk: float
    """In MB."""
    first: Cost
    """From the start of its process to the first answer."""
    queries: list[Cost] = field(default_factory=list)
    ranked: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Measured:
    """One collection, measured; `embedding` is in the ingest of each peer."""

    name: str
    papers: int
    grades: Mapping[str, Mapping[str, int]]
    embedding: Cost
    systems: dict[str, Figures]


def python_of(name: str, cache: Path) -> str:
    """Return the Python of a system, whose environment is made where it is not there."""
    requirements = SYSTEMS[name].requirements
    if not requirements:
        return sys.executable
    home = cache / "venvs" / (SYSTEMS[name].index_of or name)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted, stamp = "\n".join((*COMMON, *requirements)), home / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {SYSTEMS[name].title} into {home}", file=sys.stderr)
        venv.create(home, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *COMMON, *requirements]
        subprocess.run(install, check=True)
        stamp.write_text(wanted)
    return str(python)


def measure(folder: Path, names: Sequence[str], cache: Path) -> Measured:
    """Measure the systems of these names on a collection."""
    pythons = {name: python_of(name, cache) for name in names}
    collection, corpus = read_collection(folder), folder / "corpus.jsonl"
    work = cache / "indexes" / folder.name
    work.mkdir(parents=True, exist_ok=True)
    with _ingest(EMBEDDING, work, corpus), _ingest(PRODUCT, work, corpus):
        pass  # beside each other, so that they have the same neighbours
    for name in names:
        if not SYSTEMS[name].index_of:
            with _ingest(name, work, corpus, pythons[name]):
                pass
    texts = list(collection.texts.values())
    systems = {name: _opened(name, pythons[name], work, texts[0]) for name in names}
    with ExitStack() as stack:
        workers = {name: stack.enter_context(Worker(pythons[name], name, work)) for name in names}
        _ask(collection, workers, systems)
    papers = sum(1 for _ in read_texts(corpus))
    embedding = _report(EMBEDDING, work)
    return Measured(folder.name, papers, collection.grades, embedding, systems)


@contextmanager
def _ingest(name: str, work: Path, corpus: Path, python: str = sys.executable) -> Iterator[None]:
    """Have a system index the corpus; wait for it at the end. An index that is whole is kept."""
    if (work / f"{name}.json").exists():
        yield
        return
    shutil.rmtree(work / name, ignore_errors=True)
    own = {} if name in (EMBEDDING, PRODUCT) else {STORED: str(work / EMBEDDING / VECTORS)}
    command = [python, "-m", _WORKER, name, str(work / name), str(corpus)]
    with subprocess.Popen(command, env=_environment() | own) as process:
        yield
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    print(f"{work.name}: {name}: {_report(name, work)}", file=sys.stderr)


def _report(name: str, work: Path) -> Cost:
    return Cost(*json.loads((work / f"{name}.json").read_text()))


class Worker:
    """A process that has a system's index open and answers questions."""

    def __init__(self, python: str, name: str, work: Path) -> None:
        self._command = [python, "-m", _WORKER, name, str(work / (SYSTEMS[name].index_of or name))]

    def __enter__(self) -> Worker:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            self._command, env=_environment(), stdin=pipe, stdout=pipe, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, text: str) -> tuple[list[str], Cost, Cost]:
        """Return ids, what they took, and what the process has taken since its start."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            raise subprocess.CalledProcessError(self._process.wait(), self._command)
        told = json.loads(line)
        return told["ids"], Cost(*told["query"]), Cost(*told["process"])


def _opened(name: str, python: str, work: Path, text: str) -> Figures:
    """Return the figures of a system but for its queries; of several starts the cheapest."""
    starts = []
    for _ in range(_STARTS):
        began = time.perf_counter()
        with Worker(python, name, work) as worker:
            _, _, taken = worker.ask(text)
            starts.append(taken._replace(wall=time.perf_counter() - began))
    owner = SYSTEMS[name].index_of or name
    ingest = _report(owner, work)
    if owner != PRODUCT:
        shared = _report(EMBEDDING, work)
        ingest = Cost(ingest.cpu + shared.cpu, ingest.wall + shared.wall, ingest.peak)
    return Figures(ingest, _size(work / owner), min(starts))


def _ask(
    collection: Collection, workers: Mapping[str, Worker], systems: Mapping[str, Figures]
) -> None:
    """Ask every question of every system, which take turns at being first."""
    names = list(workers)
    for number, (key, text) in enumerate(collection.texts.items()):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            systems[name].ranked[key], taken, _ = workers[name].ask(text)
            if number >= WARM:
                systems[name].queries.append(taken)


def _size(folder: Path) -> float:
    """Return what a folder takes of the disk, in MB."""
    return sum(one.stat().st_blocks * 512 for one in folder.rglob("*") if one.is_file()) / 1e6


def _environment() -> dict[str, str]:
    return {**os.environ, **_ENVIRONMENT}
