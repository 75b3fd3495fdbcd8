"""What providers' clients raise, and how it is told: on one line, without keys."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from pydantic import ValidationError

from assistant.errors import ModelError
from assistant.models.credentials import redacted

EMBEDDER_FORMS = (
    "minilm, openai:text-embedding-3-small, or huggingface:BAAI/bge-small-en-v1.5 and the like"
)

_SDK_ERRORS = {
    "httpx2": ("HTTPError", "InvalidURL"),  # what openai 3 is built on
    "openai": ("OpenAIError",),
    "anthropic": ("AnthropicError",),
    "groq": ("GroqError",),
    "ollama": ("ResponseError", "RequestError"),
    "google.genai.errors": ("APIError",),
    "cohere.core.api_error": ("ApiError",),
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "requests": ("RequestException",),
    "voyageai.error": ("VoyageError",),
    "huggingface_hub.errors": ("HfHubHTTPError", "LocalEntryNotFoundError", "OfflineModeIsEnabled"),
}


class UnreadableReply(ValueError):
    """A provider's client raised an Exception and nothing narrower."""


def failures() -> tuple[type[Exception], ...]:
    """Return what a provider's client raises, of the packages in use; also ValueError, for a name
    or a reply that it does not take. Wrap nothing but the call itself."""
    import httpx

    in_use = [
        getattr(sys.modules.get(module), name, None)
        for module, names in _SDK_ERRORS.items()
        for name in names
    ]
    classes = [kind for kind in in_use if isinstance(kind, type) and issubclass(kind, Exception)]
    return (httpx.HTTPError, httpx.InvalidURL, ConnectionError, TimeoutError, ValueError, *classes)


def reason(error: BaseException, longest: int = 160) -> str:
    """Return what an error says, on one line of at most `longest` characters and without keys."""
    said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
    return " ".join(redacted(said).split())[:longest]


@contextmanager
def making(what: str) -> Iterator[None]:
    """Turn what a LangChain package raises while `what` is made into a ModelError."""
    try:
        with Bare():
            yield
    except ImportError as error:
        package = re.search(r"pip install (?:-\S+ )*[\w\[\]-]+", str(error))
        raise ModelError(
            f"{what} needs a package; install it with: {package[0] if package else error}"
        ) from error
    except failures() + (OSError,) as error:  # OSError: files of a model that is not there
        raise ModelError(
            f"{what} cannot be made ({reason(error, 200)}); check its name and key"
        ) from error


class Bare:
    """Turns a bare Exception, as tokenizers and NVIDIA's client raise it, into an
    UnreadableReply."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is Exception:
            raise UnreadableReply(str(error)) from error
