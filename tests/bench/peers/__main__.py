"""Measure and print. An index that is whole is not made again, so that a run can be taken up."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from pydantic import TypeAdapter

from assistant.errors import EvaluationError
from tests.bench.peers import PRODUCT, SYSTEMS
from tests.bench.peers.bundled import write_bundled
from tests.bench.peers.measure import Measured, measure
from tests.bench.peers.report import show

_KEPT = TypeAdapter(Measured)


def main() -> int:
    """Run what the arguments ask for."""
    arguments = _arguments()
    cache = arguments.cache.absolute()
    results = cache / "results"
    results.mkdir(parents=True, exist_ok=True)
    folders = [folder.absolute() for folder in arguments.folders]
    if not arguments.no_bundled:
        folders.append(write_bundled(cache / "bundled"))
    try:
        for folder in folders if not arguments.show else ():
            found = measure(folder, arguments.systems, cache)
            (results / f"{folder.name}.json").write_bytes(_KEPT.dump_json(found))
    except (EvaluationError, subprocess.CalledProcessError) as error:
        print(f"peers: {error}", file=sys.stderr)
        return 2
    kept = [results / f"{folder.name}.json" for folder in folders]
    show([_KEPT.validate_json(path.read_bytes()) for path in kept if path.exists()])
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench.peers", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=list(SYSTEMS))
    parser.add_argument("--no-bundled", action="store_true")
    parser.add_argument("--show", action="store_true", help="print what was measured before")
    parser.add_argument("--cache", type=Path, default=Path("build/peers"))
    arguments = parser.parse_args()
    wanted = {PRODUCT, *arguments.systems, *(SYSTEMS[name].index_of for name in arguments.systems)}
    arguments.systems = [name for name in SYSTEMS if name in wanted]
    return arguments


if __name__ == "__main__":
    sys.exit(main())
