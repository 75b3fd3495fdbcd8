"""One event loop in a thread of its own, on which every wait for a model's server can be given up at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from functools import cache
from typing import Any, TypeVar

Result = TypeVar("Result")
_one_at_a_time = threading.Lock()


def run(work: Coroutine[Any, Any, Result]) -> Future[Result]:
    """Start `work` and return its future; cancelling that closes what it waits for (the connection) within moments."""
    # The first calls come from several threads at once, and a client's connections belong to one loop.
    with _one_at_a_time:
        loop = _loop()
    return asyncio.run_coroutine_threadsafe(work, loop)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="model calls", daemon=True).start()
    return loop
