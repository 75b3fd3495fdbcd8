"""Keys and addresses of models' servers, and how they are kept out of what is shown."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from assistant.errors import ModelError

_NAMED_ALIKE = (
    "anthropic cohere deepseek fireworks groq nvidia openai openrouter together upstage xai"
)
KEYS = {
    **{provider: (f"{provider.upper()}_API_KEY",) for provider in _NAMED_ALIKE.split()},
    "azure_openai": ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"),
    "google_genai": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "mistralai": ("MISTRAL_API_KEY",),
    "perplexity": ("PPLX_API_KEY", "PERPLEXITY_API_KEY"),
}
"""The variables that may hold a provider's key; any one of them will do."""
KEYLESS = frozenset(
    (
        "anthropic_bedrock azure_ai baseten bedrock bedrock_converse google_anthropic_vertex"
        " google_vertexai gguf huggingface ibm langsmith litellm meta ollama"
    ).split()
)
"""The other providers that LangChain names, which take no key or have ways of their own."""
_LEAST_KEY, _LEAST_PASSWORD = 8, 4  # characters; what is shorter is a word like any other
_LIKE_A_KEY = re.compile(
    r"\bsk-[\w*-]{4,}|(?:\b(?:Bearer|Basic)\s+)+[^\s\"',]+|(?<=//)[^/\s@]+(?=@)", re.IGNORECASE
)
_IN_A_QUERY = re.compile(r"([?&](?:api[_-]?)?(?:key|token)=)[^&\s\"']+", re.IGNORECASE)
_typed: set[str] = set()


@dataclass(frozen=True, slots=True)
class Server:
    """Another OpenAI-compatible server; its key never shows in a message: it is `redacted`."""

    base_url: str
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.key:
            _typed.add(self.key)


def forget(server: Server) -> None:
    """Let a typed key be a word like any other again."""
    _typed.discard(server.key)


def openai_base_url() -> str:
    """Return OPENAI_BASE_URL, "" when it is not set."""
    return os.environ.get("OPENAI_BASE_URL", "").strip()


def checked_base_url() -> str:
    """Return OPENAI_BASE_URL, "" when it is not set; ModelError where it is no address."""
    url = openai_base_url()
    if not url:
        return ""
    wrong = "OPENAI_BASE_URL is no address of a server"
    if not re.match(r"https?://", url, re.IGNORECASE):
        raise ModelError(f"{wrong}: it must begin with http:// or https://")
    try:
        parts = urlsplit(url)
        # A raw / in a login ends the server's name there: the rest of it would be shown.
        whole = "@" not in parts.path + parts.query + parts.fragment
        usable = bool(parts.hostname) and parts.port != 0 and whole
    except ValueError:
        usable = False
    if not usable:
        raise ModelError(
            f"{wrong}; write it like http://127.0.0.1:8000/v1, and / ? # @ of a login as %2F %3F"
            " %23 %40"
        )
    return url


def openai_key(what: str) -> str:
    """Return OPENAI_API_KEY, or "none" for a compatible server; else ModelError for `what`."""
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key and not openai_base_url():
        raise ModelError(
            f"{what} needs OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible server that needs"
            " no key"
        )
    return key or "none"


def is_official(base_url: str) -> bool:
    """Tell whether `base_url` is OpenAI's own or Azure's.

    >>> is_official("https://eu.api.openai.com/v1"), is_official("https://notapi.openai.com.x/")
    (True, False)
    """
    try:
        host = urlsplit(base_url).hostname or ""
    except ValueError:
        return False
    return host == "api.openai.com" or host.endswith((".api.openai.com", ".openai.azure.com"))


def without_login(url: str) -> str:
    """Return `url` without the user, password and query that it may hold.

    >>> without_login("https://me:secret@host:8000/v1?key=1")
    'https://host:8000/v1'
    """
    return re.sub(r"[?#].*", "", re.sub(r"//[^/?#]*@", "//", url))


def redacted(text: str) -> str:
    """Return `text` with "…" for every key: those of the environment, those typed, and what looks
    like one.

    >>> redacted("Incorrect API key provided: sk-abcd1234efgh5678. Sent Bearer abc.def to https://me:pw@host/v1")
    'Incorrect API key provided: …. Sent … to https://…@host/v1'
    """
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, "…")
    return _IN_A_QUERY.sub(r"\1…", _LIKE_A_KEY.sub("…", text))


def _secrets() -> Iterator[str]:
    named = [
        value.strip()
        for name, value in os.environ.items()
        if name.upper().endswith(("_API_KEY", "_TOKEN"))
    ]
    yield from (value for value in [*named, *_typed] if len(value) >= _LEAST_KEY)
    login = re.sub(r"^\w+://", "", openai_base_url()).rpartition("@")[0]
    password = login.partition(":")[2] or login
    yield from (value for value in (password, unquote(password)) if len(value) >= _LEAST_PASSWORD)
