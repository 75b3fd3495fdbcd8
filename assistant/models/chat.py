"""A chat model ready to write: how its tokens are counted, and bounds on size and cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.errors import ModelError
from assistant.models.credentials import without_login
from assistant.settings import Settings

if TYPE_CHECKING:
    import tiktoken
    from langchain_core.language_models import BaseChatModel

    from assistant.models.budget import Account, Budget
    from assistant.models.credentials import Server
    from assistant.models.reply_cache import ReplyCache
    from assistant.models.token_cost import Price

# Room in a context for the chat template's own tokens and for another tokenizer's different count.
_CONTEXT_MARGIN = 200
# What the instructions, the question and one abstract take.
_LEAST_PROMPT = 500
PATIENCE = 5
"""How many times the timeout a whole answer may take."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on calls: tokens of a prompt and of an output, seconds without any text, calls at a
    time, papers judged."""

    prompt_tokens: int
    output_tokens: int
    timeout: float
    parallel: int
    judged: int


@dataclass(frozen=True, slots=True)
class ChatModel:
    """What writes the answers; `profiles` is the file of what each model is trusted with."""

    name: str
    model: BaseChatModel
    encoding: tiktoken.Encoding
    limits: Limits
    budget: Budget
    spending: Path
    profiles: Path
    price: Price | None = None
    unsupported: Literal["mark", "remove"] = "mark"
    profile: Literal["auto", "strong", "small"] = "auto"
    cache: ReplyCache | None = None

    @property
    def identity(self) -> str:
        """Return the model's name with its server, or with the size and time of its file."""
        provider, _, name = self.name.partition(":")
        if provider != "gguf":
            address = str(getattr(self.model, "openai_api_base", "") or "")
            return f"{self.name} {without_login(address)}".strip()
        try:
            found = Path(name).expanduser().stat()
        except OSError:
            return self.name
        return f"{self.name} {found.st_size} {found.st_mtime_ns}"

    def account(self) -> Account:
        """Return a new account for one answer, under the day's cap where one is set."""
        from assistant.models.budget import Account, DailySpending

        return Account(self.budget, DailySpending(self.spending), self.price)

    def account_of_many(self) -> Account:
        """Return a new account for more than one answer, under the day's cap alone."""
        return replace(
            self, budget=replace(self.budget, answer_tokens=None, answer_dollars=None)
        ).account()


def make_chat(settings: Settings, server: Server | None = None) -> ChatModel | None:
    """Return what writes the answers, None when no model is configured; ModelError when it cannot
    be made.

    `server` stands in for the environment's. A GGUF file, and a server on this machine unless a
    timeout is set, is waited for as long as a CPU may need.
    """
    name = settings.model
    if not name:
        return None
    from assistant.models.budget import Budget
    from assistant.models.credentials import openai_base_url
    from assistant.models.providers import context_size, make_chat_model
    from assistant.models.reply_cache import ReplyCache
    from assistant.models.token_cost import FREE, encoding_for, price_at

    price = price_at(name, server.base_url if server else openai_base_url())
    if price == FREE and "timeout" not in settings.model_fields_set:
        from assistant.models.llama_cpp import LEAST_TIMEOUT

        settings = settings.model_copy(update={"timeout": LEAST_TIMEOUT})
    _shares(settings, settings.context)
    of_answer, of_day = settings.answer_dollars, settings.day_dollars
    budget = Budget(settings.answer_tokens, settings.day_tokens, of_answer, of_day)
    # The client waits longer than a call does: where calls queue at the server, it is not silence.
    model = make_chat_model(name, PATIENCE * settings.timeout, settings.context, server)
    return ChatModel(
        name=name,
        model=model,
        encoding=encoding_for(name.partition(":")[2]),
        limits=limits(settings, settings.context or context_size(name, model, server)),
        budget=budget,
        price=price,
        spending=settings.data_folder / "spending.sqlite3",
        unsupported=settings.unsupported,
        profile=settings.profile,
        profiles=settings.data_folder / "profiles.json",
        cache=ReplyCache(settings.data_folder / "replies.sqlite3") if settings.cache else None,
    )


def limits(settings: Settings, context: int | None) -> Limits:
    """Return the bounds for a model of `context` tokens; ModelError when that is too small."""
    from assistant.models import llama_cpp
    from assistant.models.providers import provider_and_model

    prompt, output = _shares(settings, context)
    timeout, parallel = settings.timeout, settings.parallel
    if provider_and_model(settings.model or "")[0] == "gguf":
        # llama.cpp works on one call at a time.
        timeout, parallel = max(timeout, llama_cpp.LEAST_TIMEOUT), 1
    return Limits(prompt, output, timeout, parallel, settings.judged)


def _shares(settings: Settings, context: int | None) -> tuple[int, int]:
    """Return how many tokens a prompt and an output may have, so that both fit into a context;
    ModelError where no prompt would."""
    if context is None:
        return settings.prompt_tokens, settings.output_tokens
    output = min(settings.output_tokens, context // 4)
    prompt = context - output - _CONTEXT_MARGIN
    if prompt < _LEAST_PROMPT:
        raise ModelError(
            f"the model's context of {context} tokens is too small for a question with an abstract;"
            " raise PAPER_ASSISTANT_CONTEXT to 1000 at least, or choose another model"
        )
    return min(settings.prompt_tokens, prompt), output
