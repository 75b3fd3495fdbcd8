"""One system in a process of its own: `worker SYSTEM FOLDER CORPUS` makes an index and a file
beside it with what that took; `worker SYSTEM FOLDER` opens it and answers each question on standard
input (JSON, a line each) with ids and what it took.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

from tests.bench.peers import DEPTH, Cost


def main(name: str, folder: Path, corpus: Path | None = None) -> None:
    """Make an index, or answer; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    system = import_module(f"tests.bench.peers.systems.{name}")
    began = cost()
    if corpus:
        system.ingest(corpus, folder)
        folder.with_suffix(".json").write_text(json.dumps(cost().since(began)))
        return
    search = system.opened(folder)
    for line in sys.stdin:
        began = cost()
        ids = search(json.loads(line))[:DEPTH]
        told = {"ids": ids, "query": cost().since(began), "process": cost()}
        print(json.dumps(told), file=answers, flush=True)


def cost() -> Cost:
    """Return what this process has taken so far."""
    return Cost(time.process_time(), time.perf_counter(), _peak())


def _peak() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the parent held before exec
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
