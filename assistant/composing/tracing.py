"""One question → one run of LangChain's callbacks, the calls of its model below it."""

from collections.abc import Callable

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import (
    ensure_config,
    get_callback_manager_for_config,
    patch_config,
)

from assistant.composing.stream import Pieces
from assistant.types import Answer

RUN = "Paper Assistant"
"""What a run is called where the config names none."""


def traced(
    question: str, config: RunnableConfig | None, begin: Callable[[RunnableConfig], Pieces]
) -> Pieces:
    """Yield and return the answer that `begin` makes, all within one run; `begin` gets the config
    by which a call of a model belongs to it.
    """
    config = ensure_config(config)
    manager = get_callback_manager_for_config(config)
    name, identifier = config.get("run_name") or RUN, config.get("run_id")
    run = manager.on_chain_start(None, {"question": question}, name=name, run_id=identifier)
    try:
        answer = yield from begin(patch_config(config, callbacks=run.get_child()))
    except BaseException as error:
        run.on_chain_error(error)
        raise
    run.on_chain_end(_output(answer))
    return answer


def _output(answer: Answer) -> dict[str, object]:
    return {
        "answer": answer.text,
        "sources": [citation.paper.id for citation in answer.citations],
        "model": answer.model,
        "abstained": answer.abstained,
    }
