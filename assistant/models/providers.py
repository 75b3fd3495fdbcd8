"""Make the chat model and embedder of the settings, and tell what callers need to know."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from assistant.errors import ModelError
from assistant.models.credentials import KEYLESS, KEYS, Server, is_official, openai_base_url
from assistant.models.provider_errors import EMBEDDER_FORMS, making

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

BUNDLED = "minilm"
FORMS = (
    "openai:NAME (with OPENAI_BASE_URL for a compatible server), gguf:/path/to/model.gguf, or"
    " anthropic:NAME and the like"
)
RERANKER_FORMS = "cross-encoder:NAME_OR_FOLDER, cohere:NAME, voyageai:NAME, nvidia:NAME"
_RERANKERS = ("cross_encoder", "cohere", "voyageai", "nvidia")
_OLLAMA_CONTEXT = 8192


@runtime_checkable
class Counting(Protocol):
    """What chunking asks of an embedder beyond LangChain's interface."""

    identity: str
    max_tokens: int

    def count_tokens(self, text: str) -> int:
        """Return the length of `text` in the embedder's own tokens."""
        ...


def as_counting(embedder: Embeddings) -> Counting:
    """Return `embedder` if it has an identity and counts tokens; else ModelError."""
    if not isinstance(embedder, Counting):
        raise ModelError(
            f"{type(embedder).__name__} lacks identity, max_tokens and count_tokens,"
            " which ingest needs"
        )
    return embedder


def make_embedder(name: str, threads: int = 2) -> Embeddings:
    """Return the embedder `name`: "minilm" (bundled, on so many threads), "openai:MODEL" (any
    compatible server), or "PROVIDER:MODEL" of LangChain's."""
    if name == BUNDLED:
        from assistant.models.minilm import MiniLM

        return MiniLM(threads)
    check_name("embedder", name)
    from assistant.models import langchain_embedder

    provider, model = provider_and_model(name)
    if provider == "openai":
        return langchain_embedder.make_openai(model)
    return langchain_embedder.make_other(provider, model)


def make_chat_model(
    name: str, timeout: float, context: int | None = None, server: Server | None = None
) -> BaseChatModel:
    """Return LangChain's chat model for "PROVIDER:NAME"; `timeout` in seconds bounds each wait for
    the server.

    "openai:NAME" reads OPENAI_API_KEY and OPENAI_BASE_URL, "gguf:PATH" runs a file here, other
    providers need their LangChain package and key. `context` in tokens is what a gguf or ollama
    model is loaded with, `server` stands in for the environment's. Failed calls are not repeated.
    """
    check_name("model", name)
    provider, model = provider_and_model(name)
    if provider == "gguf":
        from assistant.models import llama_cpp

        return llama_cpp.make(model, timeout, context)
    if provider == "openai":
        from assistant.models import openai_compatible

        given = openai_compatible.arguments(name, timeout, server)
    else:
        given = _other_arguments(provider, timeout, context)
    keys = [] if provider == "openai" else KEYS.get(provider, ())
    missing = bool(keys) and not any(os.environ.get(key, "").strip() for key in keys)
    # With a stand-in for a key, so that a package that is missing is told first.
    chat = _construct(provider, model, given | ({"api_key": "none"} if missing else {}))
    if missing:
        raise ModelError(f"the model {name} needs {' or '.join(keys)}; set it in the environment")
    if _profile(chat).get("temperature") is False and hasattr(chat, "temperature"):
        return chat.model_copy(update={"temperature": None})  # reasoning models refuse one
    return chat


def check_name(what: Literal["model", "embedder", "reranker"], name: str) -> None:
    """Raise ModelError for a name of no provider's, before anything heavy is imported."""
    provider, model = provider_and_model(name)
    if what == "reranker":
        known, forms = provider in _RERANKERS, RERANKER_FORMS
    else:
        known = provider in KEYS or provider in KEYLESS or bool(find_spec(f"langchain_{provider}"))
        forms = EMBEDDER_FORMS if what == "embedder" else FORMS
    if not provider or not model or not known:
        raise ModelError(f"unknown {what} {name!r}; use {forms}")


def output_limit(model: BaseChatModel, tokens: int) -> dict[str, Any]:
    """Return the arguments of `stream` and `invoke` that bound a reply to `tokens`, under the name
    the server knows: compatible ones ignore max_completion_tokens, as langchain-openai calls it."""
    fields = type(model).model_fields
    client = getattr(model, "root_client", None)
    if _is_openai(model) and client is not None:
        if is_official(str(client.base_url)):
            return {"max_completion_tokens": tokens}
        return {"extra_body": {"max_tokens": tokens}}
    if "num_predict" in fields:
        # Ollama takes all options or none from a call.
        options = {name: getattr(model, name, None) for name in ("num_ctx", "temperature")}
        options = {name: value for name, value in options.items() if value is not None}
        return {"options": {**options, "num_predict": tokens}}
    return {"max_output_tokens" if "max_output_tokens" in fields else "max_tokens": tokens}


def context_size(name: str, model: BaseChatModel, server: Server | None = None) -> int | None:
    """Return how many tokens, prompt and reply together, the model `name` holds; None where that is
    not known.

    Asks the server only where OPENAI_BASE_URL names one, for a second at most each time. Never
    raises.
    """
    from assistant.models import local_servers

    provider, named = provider_and_model(name)
    base_url = server.base_url if server else openai_base_url()
    if provider == "gguf":
        from assistant.models import llama_cpp

        return llama_cpp.context_of(model)
    if provider == "openai" and base_url and not is_official(base_url):
        key = server.key if server else os.environ.get("OPENAI_API_KEY", "").strip()
        if told := local_servers.context(base_url, named, key):
            return told
    known = getattr(model, "num_ctx", None) or _profile(model).get("max_input_tokens")
    return known if isinstance(known, int) and known > 0 else None


def provider_and_model(name: str) -> tuple[str, str]:
    """Return the two parts of a model's name, the first as LangChain writes it.

    >>> provider_and_model("openai:llama3.2:3b"), provider_and_model("Google-GenAI:gemini")
    (('openai', 'llama3.2:3b'), ('google_genai', 'gemini'))
    """
    provider, _, model = name.partition(":")
    return provider.strip().lower().replace("-", "_"), model.strip()


def _other_arguments(provider: str, timeout: float, context: int | None) -> dict[str, Any]:
    given: dict[str, Any] = {"temperature": 0, "timeout": timeout, "max_retries": 0}
    if provider == "ollama":
        given |= {"client_kwargs": {"timeout": timeout}, "num_ctx": context or _OLLAMA_CONTEXT}
    if provider == "google_genai":
        given["max_retries"] = 1  # there 1 means none, and 0 the default
    return given


def _construct(provider: str, model: str, given: dict[str, Any]) -> BaseChatModel:
    """Return a model of OpenAI's protocol, or init_chat_model's, without unknown arguments."""
    from pydantic import ValidationError

    with making(f"the model {provider}:{model}"):
        try:
            if provider == "openai":
                from assistant.models.openai_compatible import CompatibleChat

                return CompatibleChat(model=model, **given)
            from langchain.chat_models import init_chat_model

            chat: BaseChatModel = init_chat_model(model, model_provider=provider, **given)
            return chat
        except ValidationError as error:
            problems = error.errors()
            unknown = {str(one["loc"][0]) for one in problems if one["type"] == "extra_forbidden"}
            if not unknown & given.keys():
                raise
    known = {name: value for name, value in given.items() if name not in unknown}
    return _construct(provider, model, known)


def _profile(model: BaseChatModel) -> dict[str, Any]:
    """Return what LangChain knows of a model by its name."""
    return dict(getattr(model, "profile", None) or {})


def _is_openai(model: BaseChatModel) -> bool:
    """Tell whether `model` is langchain-openai's, which need not be imported for that."""
    return any(
        kind.__name__ == "BaseChatOpenAI" and kind.__module__.startswith("langchain_openai")
        for kind in type(model).__mro__
    )
