"""What a model's tokens cost, where that is known."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

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


def price_at(model_name: str, base_url: str | None) -> Price | None:
    """Return the price of a model where OPENAI_BASE_URL (None or empty: OpenAI's own API) sends its calls.

    A server on this machine is free; None when the price is not known.

    >>> price_at("openai:gpt-4o-mini", "http://127.0.0.1:8080/v1") == FREE
    True
    >>> price_at("openai:gpt-4o-mini", "https://models.example.org/v1") is None
    True
    """
    host = _host(base_url) if model_name.startswith("openai:") else OFFICIAL
    return FREE if _is_loopback(host) else price_of(model_name, host != OFFICIAL)


def price_of(model_name: str, served_elsewhere: bool) -> Price | None:
    """Return the price of "PROVIDER:MODEL" from the list that genai-prices ships, None when not known.

    `served_elsewhere`: by another server than the maker's, whose price we never guess. A model file ("gguf:") is free.

    >>> price_of("gguf:model.gguf", False) == FREE, price_of("openai:nonsense", False)
    (True, None)
    """
    provider, _, model = model_name.partition(":")
    if provider == "gguf":
        return FREE
    if served_elsewhere or provider not in _PROVIDERS:
        return None
    from genai_prices import Usage as Tokens  # takes a fifth of a second, and quoting needs none
    from genai_prices import calc_price

    try:
        found = calc_price(
            Tokens(input_tokens=_PROBE, output_tokens=_PROBE),
            model,
            provider_id=_PROVIDERS[provider],
        )
    except LookupError:
        return None
    if found.model_price.input_mtok is None or found.model_price.output_mtok is None:
        return None
    return Price(float(found.input_price) / _PROBE, float(found.output_price) / _PROBE)


def _host(base_url: str | None) -> str:
    try:
        return (urlsplit(base_url).hostname or "") if base_url else OFFICIAL
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
