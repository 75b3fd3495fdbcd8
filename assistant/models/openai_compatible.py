"""OpenAI's protocol as compatible servers speak it: some send a model's thoughts beside its text."""

from __future__ import annotations

from typing import Any

from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI


class CompatibleChat(ChatOpenAI):
    """LangChain's chat model, which leaves out what vLLM, llama.cpp, Ollama and others send as `reasoning_content` or `reasoning`.

    A thought is kept in a chunk's `additional_kwargs`, as langchain-deepseek does by the same override, so that a server
    that thinks for long is not taken for a silent one.
    """

    def _convert_chunk_to_generation_chunk(
        self,
        chunk: dict[str, Any],
        default_chunk_class: type,
        base_generation_info: dict[str, Any] | None,
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )
        delta = (chunk.get("choices") or [{}])[0].get("delta") or {}
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if made is not None and thought:
            made.message.additional_kwargs["reasoning_content"] = str(thought)
        return made
