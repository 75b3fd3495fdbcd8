"""Make the chat model and the embedder named by the settings, and say what a caller has to know of them."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from assistant.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

BUNDLED = "minilm"
FORMS = "openai:NAME (with OPENAI_BASE_URL for a compatible server), gguf:/path/to/model.gguf, or anthropic:NAME and the like"
KEYS = {
    "anthropic": ("ANTHROPIC_API_KEY",), "azure_openai": ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"),
    "cohere": ("COHERE_API_KEY",), "deepseek": ("DEEPSEEK_API_KEY",), "fireworks": ("FIREWORKS_API_KEY",),
    "google_genai": ("GOOGLE_API_KEY", "GEMINI_API_KEY"), "groq": ("GROQ_API_KEY",), "mistralai": ("MISTRAL_API_KEY",),
    "nvidia": ("NVIDIA_API_KEY",), "openai": ("OPENAI_API_KEY",), "openrouter": ("OPENROUTER_API_KEY",),
    "perplexity": ("PPLX_API_KEY", "PERPLEXITY_API_KEY"), "together": ("TOGETHER_API_KEY",), "upstage": ("UPSTAGE_API_KEY",),
    "xai": ("XAI_API_KEY",),
}  # fmt: skip
"""The variables that may hold a provider's key; any one of them will do."""
EMBEDDERS = (
    "minilm, openai:text-embedding-3-small, or huggingface:BAAI/bge-small-en-v1.5 and the like"
)
_OLLAMA_CONTEXT = 8192
_SDK_ERRORS = (
    ("httpx2", "HTTPError"), ("httpx2", "InvalidURL"),  # what openai 3 is built on
    ("openai", "OpenAIError"), ("anthropic", "AnthropicError"), ("groq", "GroqError"), ("ollama", "ResponseError"),
    ("ollama", "RequestError"), ("google.genai.errors", "APIError"), ("cohere.core.api_error", "ApiError"),
    ("botocore.exceptions", "BotoCoreError"), ("botocore.exceptions", "ClientError"), ("requests", "RequestException"),
    ("voyageai.error", "VoyageError"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    """An OpenAI-compatible server other than the environment's; its key never shows in a message, since it is `redacted`."""

    base_url: str
    key: str = field(default="", repr=False)


_secrets: set[str] = set()


@runtime_checkable
class Counting(Protocol):
    """What chunking asks of an embedder beyond LangChain's interface."""

    identity: str
    window_tokens: int
    max_tokens: int

    def count_tokens(self, text: str) -> int:
        """Return the length of `text` in the embedder's own tokens."""
        ...


def as_counting(embedder: Embeddings) -> Counting:
    """Return `embedder` as one that has an identity and counts tokens; ModelError when it does not."""
    if not isinstance(embedder, Counting):
        raise ModelError(
            f"{type(embedder).__name__} lacks identity, window_tokens, max_tokens and count_tokens, which ingest needs"
        )
    return embedder


def make_embedder(name: str) -> Embeddings:
    """Return the embedder `name`: "minilm" (bundled) or "openai:MODEL" (any compatible server by OPENAI_BASE_URL).

    "PROVIDER:MODEL" is another provider of LangChain's, once its package is installed.
    """
    if name == BUNDLED:
        from assistant.models.minilm import MiniLM

        return MiniLM()
    provider, model = provider_and_model(name)
    if not provider or not model:
        raise ModelError(f"unknown embedder {name!r}; use {EMBEDDERS}")
    if provider != "openai":
        from assistant.models import langchain_embedder

        return langchain_embedder.make(provider, model)
    from assistant.models.openai_embedder import RemoteEmbedder

    return RemoteEmbedder(model, _key("the embedder " + name))


def make_chat_model(
    name: str, timeout: float, context: int | None = None, server: Server | None = None
) -> BaseChatModel:
    """Return LangChain's chat model for "PROVIDER:NAME"; `timeout` in seconds bounds each wait for the server.

    "openai:NAME" reads OPENAI_API_KEY and OPENAI_BASE_URL (any compatible server; the key is then optional),
    "gguf:PATH" runs a file on this machine, and other providers need their LangChain package and key. `context` in tokens
    is what a gguf or ollama model is loaded with, `server` stands in for the environment's. Nothing is sent, and failed
    calls are not repeated.
    """
    provider, model = provider_and_model(name)
    if not provider or not model:
        raise ModelError(f"unknown model {name!r}; use {FORMS}")
    if provider == "gguf":
        from assistant.models import llama_cpp

        return llama_cpp.make(model, timeout, context)
    if provider == "openai":
        return _without_refused(_made(provider, model, _openai_arguments(name, timeout, server)))
    return _other(provider, model, timeout, context)


def output_limit(model: BaseChatModel, tokens: int) -> dict[str, Any]:
    """Return the arguments of `stream` and `invoke` that bound a reply to `tokens`, under the name the server knows.

    langchain-openai renames max_tokens to max_completion_tokens, which many compatible servers ignore, so there it goes
    as `extra_body`.
    """
    fields = type(model).model_fields
    client = getattr(model, "root_client", None)
    if _is(model, "langchain_openai", "BaseChatOpenAI") and client is not None:
        if _official(str(client.base_url)):
            return {"max_completion_tokens": tokens}
        return {"extra_body": {"max_tokens": tokens}}
    if "num_predict" in fields:
        # Ollama takes all options or none from a call.
        kept = {
            field: getattr(model, field)
            for field in ("num_ctx", "temperature")
            if getattr(model, field, None) is not None
        }
        return {"options": {**kept, "num_predict": tokens}}
    return {"max_output_tokens" if "max_output_tokens" in fields else "max_tokens": tokens}


def context_size(name: str, model: BaseChatModel, server: Server | None = None) -> int | None:
    """Return how many tokens, prompt and reply together, the model `name` holds; None where that is not known.

    Asks the server only where OPENAI_BASE_URL names one, for a second at most each time. Never raises.
    """
    provider, named = provider_and_model(name)
    base_url = server.base_url if server else base_url_set()
    if provider == "gguf":
        from assistant.models import llama_cpp

        return llama_cpp.context_of(str(getattr(model, "openai_api_base", "")))
    if provider == "openai" and base_url and not _official(base_url):
        from assistant.models import local_servers

        key = server.key if server else os.environ.get("OPENAI_API_KEY", "").strip()
        if found := local_servers.context(base_url, named, key):
            return found
    known = getattr(model, "num_ctx", None) or (getattr(model, "profile", None) or {}).get(
        "max_input_tokens"
    )
    return known if isinstance(known, int) and known > 0 else None


def provider_and_model(name: str) -> tuple[str, str]:
    """Return the two parts of a model's name, the first as LangChain writes it.

    >>> provider_and_model("openai:llama3.2:3b"), provider_and_model("Google-GenAI:gemini"), provider_and_model("gpt-4o")
    (('openai', 'llama3.2:3b'), ('google_genai', 'gemini'), ('gpt_4o', ''))
    """
    provider, _, model = name.partition(":")
    return provider.strip().lower().replace("-", "_"), model.strip()


def failures() -> tuple[type[Exception], ...]:
    """Return what a call of a chat model may raise: of HTTP, of LangChain, and of the providers' packages in use."""
    import httpx

    found = [getattr(sys.modules.get(module), error, None) for module, error in _SDK_ERRORS]
    found.append(httpx.InvalidURL)
    return (
        httpx.HTTPError,
        ValueError,
        OSError,
        *(one for one in found if isinstance(one, type) and issubclass(one, Exception)),
    )


def base_url_set() -> str:
    """Return OPENAI_BASE_URL, "" when it is not set."""
    return os.environ.get("OPENAI_BASE_URL", "").strip()


def redacted(text: str) -> str:
    """Return `text` with every key in it replaced by "…": those of the environment, those typed, and what looks like one.

    >>> redacted("Incorrect API key provided: sk-abcd1234efgh5678. Sent Bearer abc.def to https://me:pw@host/v1")
    'Incorrect API key provided: …. Sent … to https://…@host/v1'
    """
    values = {
        value.strip()
        for name, value in os.environ.items()
        if name.upper().endswith(("_API_KEY", "_TOKEN"))
    } | _secrets
    for value in sorted((value for value in values if len(value) > 7), key=len, reverse=True):
        text = text.replace(value, "…")
    return re.sub(r"\bsk-[\w*-]{4,}|\bBearer\s+[^\s\"',]+|(?<=//)[^/\s@]+(?=@)", "…", text)


def _openai_arguments(name: str, timeout: float, server: Server | None) -> dict[str, Any]:
    from pydantic import SecretStr

    base_url = server.base_url if server else base_url_set()
    key = _typed(server) if server else _key("the model " + name)
    arguments = {"api_key": SecretStr(key), "temperature": 0, "timeout": timeout, "max_retries": 0}
    # An empty OPENAI_BASE_URL is none; names such as "codex" at another server do not mean OpenAI's newer protocol.
    compatible = (
        {"base_url": base_url, "use_responses_api": False}
        if base_url and not _official(base_url)
        else {}
    )
    # A typed address was looked at; what it would lead to was not.
    client = _without_redirects(timeout) if server else {}
    return {**arguments, "stream_usage": True, "base_url": base_url or None, **compatible, **client}


def _without_redirects(timeout: float) -> dict[str, Any]:
    import openai

    return {
        "http_client": openai.DefaultHttpxClient(follow_redirects=False, timeout=timeout),
        "http_async_client": openai.DefaultAsyncHttpxClient(
            follow_redirects=False, timeout=timeout
        ),
    }


def forget(server: Server) -> None:
    """Let a typed key be a word like any other again: its session has ended."""
    _secrets.discard(server.key)


def _typed(server: Server) -> str:
    """Return a server's key, which is from now on left out of all messages; compatible servers may need none."""
    if server.key:
        _secrets.add(server.key)
    return server.key or "none"


def _other(provider: str, model: str, timeout: float, context: int | None) -> BaseChatModel:
    arguments: dict[str, Any] = {"temperature": 0, "timeout": timeout, "max_retries": 0}
    if provider == "ollama":
        arguments |= {"client_kwargs": {"timeout": timeout}, "num_ctx": context or _OLLAMA_CONTEXT}
    if provider == "google_genai":
        arguments["max_retries"] = 1  # there 1 means none, and 0 the default
    keys = KEYS.get(provider, ())
    missing = bool(keys) and not any(os.environ.get(key, "").strip() for key in keys)
    # With a stand-in for a key, so that a package that is missing is told first.
    made = _made(provider, model, arguments | ({"api_key": "none"} if missing else {}))
    if missing:
        raise ModelError(
            f"the model {provider}:{model} needs {' or '.join(keys)}; set it in the environment"
        )
    return _without_refused(made)


def _made(provider: str, model: str, arguments: dict[str, Any]) -> BaseChatModel:
    """Return the model of OpenAI's protocol, or what init_chat_model makes, without arguments that its class does not have."""
    from pydantic import ValidationError

    what = f"the model {provider}:{model}"
    try:
        if provider == "openai":
            from assistant.models.openai_compatible import CompatibleChat

            return CompatibleChat(model=model, **arguments)
        from langchain.chat_models import init_chat_model

        made: BaseChatModel = init_chat_model(model, model_provider=provider, **arguments)
        return made
    except ImportError as error:
        package = re.search(r"pip install [\w\[\]-]+", str(error))
        raise ModelError(
            f"{what} needs a package; install it with: {package[0] if package else error}"
        ) from error
    except ValidationError as error:
        refused = {
            str(one["loc"][0])
            for one in error.errors()
            if one["type"] == "extra_forbidden" and one["loc"]
        }
        if refused & arguments.keys():
            return _made(
                provider,
                model,
                {name: value for name, value in arguments.items() if name not in refused},
            )
        raise ModelError(
            f"{what} cannot be made: {redacted(error.errors()[0]['msg'])}; check its name and key"
        ) from error
    except failures() as error:
        if "Unsupported provider" in str(error):
            raise ModelError(f"unknown model {provider + ':' + model!r}; use {FORMS}") from error
        reason = " ".join(redacted(str(error)).split())[:200]
        raise ModelError(f"{what} cannot be made: {reason}; check its name and key") from error


def _without_refused(model: BaseChatModel) -> BaseChatModel:
    """Return `model` without a temperature, where its profile says that it refuses one."""
    if (getattr(model, "profile", None) or {}).get("temperature") is False and hasattr(
        model, "temperature"
    ):
        return model.model_copy(update={"temperature": None})
    return model


def _official(base_url: str) -> bool:
    """Tell whether `base_url` is OpenAI's own or Azure's.

    >>> _official("https://eu.api.openai.com/v1"), _official("http://127.0.0.1:8080/v1"), _official("https://notapi.openai.com.x/")
    (True, False, False)
    """
    from urllib.parse import urlsplit

    try:
        host = urlsplit(base_url).hostname or ""
    except ValueError:
        return False
    return host == "api.openai.com" or host.endswith((".api.openai.com", ".openai.azure.com"))


def _is(model: BaseChatModel, module: str, name: str) -> bool:
    """Tell whether `model` is of a class of LangChain's that need not be imported to be told."""
    return any(
        one.__name__ == name and one.__module__.startswith(module) for one in type(model).__mro__
    )


def _key(what: str) -> str:
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key and base_url_set():
        return "none"
    if not key:
        raise ModelError(
            f"{what} needs OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible server that needs no key"
        )
    return key
