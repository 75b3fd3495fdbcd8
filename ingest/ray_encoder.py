"""Papers → what the networks make of them, on the machines of a Ray cluster, by Ray Data."""

from __future__ import annotations

import logging
import os
import pickle
import re
import socket
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import ModelError, ServiceError
from assistant.extras import how_to_install
from assistant.index.records import built_with
from assistant.models.providers import BUNDLED, make_embedder
from assistant.types import Paper
from ingest.embed import EncodedPaper, LocalEncoder

if TYPE_CHECKING:
    import pyarrow

AUTO, LOCAL = "auto", "local"
_PATIENCE = 5.0  # seconds for a cluster's address to answer
# Read when ray is imported, and by the processes that it starts.
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # or it tells its makers
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}


@dataclass(frozen=True, slots=True)
class RayEncoder:
    """Encodes papers in order on so many `workers`; what one that dies had is run again."""

    embedder: str
    mark: str
    workers: int
    gpus: int
    at_once: int = 8192

    @property
    def batch(self) -> int:
        """How many papers are stored at a time: more than 256 are hardly stored faster."""
        return 256 if self.gpus else min(LocalEncoder.batch * self.workers, 256)

    def __call__(self, papers: Sequence[Paper]) -> Iterator[EncodedPaper]:
        """Yield papers' encodings; ServiceError where Ray fails, ModelError where they do."""
        if not papers:
            return
        with _translated(), closing(self._encoded(papers)) as encoded:
            for paper, one in zip(papers, encoded, strict=True):
                if one.embedded.paper != paper:
                    raise ServiceError("Ray gave papers back in another order; try again")
                yield one

    def _encoded(self, papers: Sequence[Paper]) -> Generator[EncodedPaper]:
        import ray.data

        rows = [{"paper": pickle.dumps(paper)} for paper in papers]
        blocks = -(-len(rows) // LocalEncoder.batch)
        workers = min(self.workers, blocks)
        encoded = ray.data.from_items(rows, override_num_blocks=blocks).map_batches(
            _Worker,
            fn_constructor_args=(self.embedder, self.mark),
            batch_size=LocalEncoder.batch,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(min_size=1, initial_size=workers, max_size=workers),
            **({"num_gpus": 1} if self.gpus else {"num_cpus": 1}),
        )
        for row in encoded.iter_rows():
            yield pickle.loads(row["encoded"])


class _Worker:
    """The networks in a process of the cluster, by the name that is theirs in the settings."""

    def __init__(self, embedder: str, mark: str) -> None:
        made = make_embedder(embedder, threads=1)
        if built_with(made) != mark:
            raise ModelError(
                f"a machine of the Ray cluster has another version of paper-assistant, or another"
                f" embedder ({built_with(made)}, not {mark}); install this one there"
            )
        self._encode = LocalEncoder(made)

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        import pyarrow

        papers = [pickle.loads(one) for one in batch.column("paper").to_pylist()]
        return pyarrow.table({"encoded": [pickle.dumps(one) for one in self._encode(papers)]})


@contextmanager
def connected(address: str, embedder: str, threads: int) -> Iterator[RayEncoder]:
    """Yield an encoder on the cluster at `address`: HOST:PORT, "local", or "auto" for either.

    ServiceError where none answers, or the extra `ray` is not installed.
    """
    _check(address)
    os.environ |= _SETTINGS
    if address not in (AUTO, LOCAL):
        # One of 40 seconds, where what answers is no cluster; one that starts needs more.
        os.environ["RAY_NUM_REDIS_GET_RETRIES"] = "1"
    try:
        import ray
        import ray.data
    except ImportError as error:
        problem = f"--ray needs more packages; run: {how_to_install('ray')}"
        raise ServiceError(problem) from error
    mark = built_with(make_embedder(embedder, threads))
    with _translated(), _without_chatter():
        _quieten()
        _connect(address)
    try:
        with _translated():
            resources = ray.cluster_resources()
            gpus = int(resources.get("GPU", 0))
            if gpus and not ray.get(ray.remote(num_gpus=1)(_sees_gpu).remote(embedder)):
                gpus = 0
            workers = gpus or max(int(resources.get("CPU", 0)), 1)
        yield RayEncoder(embedder, mark, workers, gpus)
    finally:
        ray.shutdown()


def _check(address: str) -> None:
    """Raise ServiceError where nothing answers at an address, for which Ray would wait minutes."""
    if address in (AUTO, LOCAL):
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in address:
        raise ServiceError(f"--ray {address}: give auto, local or HOST:PORT, as `ray start` tells")
    try:
        socket.create_connection((host, int(port)), _PATIENCE).close()
    except (OSError, OverflowError) as error:
        told = getattr(error, "strerror", None) or error
        raise ServiceError(
            f"no Ray cluster answers at {address} ({told}); check the address, or give auto"
        ) from error


def _connect(address: str) -> None:
    import ray

    how: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    if address == AUTO:
        try:
            ray.init(address="auto", **how)
            return
        except ConnectionError:
            address = LOCAL
    if address == LOCAL:
        # A dashboard would ask the network in which cloud it is, usage statistics or not.
        from ray._private.node import Node

        Node.start_api_server = lambda *_, **__: None
    ray.init(address=address, **how)


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep what native code writes on standard error off the terminal."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _quieten() -> None:
    """Have Ray say nothing on the terminal: what goes wrong is raised."""
    import ray

    logging.getLogger("ray").setLevel(logging.CRITICAL)
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    ray._private.worker._worker_logs_enabled = False
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.execution_options.preserve_order = True


def _sees_gpu(embedder: str) -> bool:
    """Tell whether what runs an embedder here has a GPU for it."""
    if embedder == BUNDLED:
        from assistant.models.minilm import MiniLM

        return MiniLM(threads=1).is_on_gpu
    if find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what Ray raises into our errors; one of ours that a worker raised is raised again."""
    import ray

    try:
        yield
    except ray.exceptions.RayError as error:
        # It has what a worker raised as text.
        last = str(error).strip().splitlines()[-1]
        if ours := re.match(r"assistant\.errors\.\w+: (.*)", last):
            raise ModelError(ours[1]) from error
        raise ServiceError(f"the Ray cluster failed ({last[:200]}); try again") from error
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        hint = "where it asks for a token, set RAY_AUTH_MODE=token"
        raise ServiceError(f"the Ray cluster cannot be used ({reason}); {hint}") from error
