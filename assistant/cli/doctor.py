"""What `paper-assistant doctor` examines: model, embedder, index and more, each with its fix."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from assistant.cli.config import origin
from assistant.composing.written.llm_errors import CallError
from assistant.errors import AssistantError
from assistant.extras import how_to_install
from assistant.index import corpora
from assistant.index.layout import Folder, ingest_command
from assistant.models import credentials, llama_cpp, local_servers, providers
from assistant.settings import config_file, variable_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from assistant.models.local_servers import LocalServer
    from assistant.settings import Settings

Status = Literal["ok", "warn", "fail"]
MOST_SECONDS = 20.0
"""How long the one call to the model may take."""
_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red")}
_ONLY_THOUGHT = ("nothing but thoughts", "output limit was reached")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one subject, and where it is not well (or could be better) what to do."""

    subject: str
    status: Status
    text: str
    fix: str = ""


def examine(settings: Settings, places: tuple[str, ...] | None = None) -> list[Finding]:
    """Return what is well and what is not under `settings`; one short call goes to the model, if
    there is one.

    `places` is where local servers are looked for, by default the usual ports. What goes wrong is
    a finding, not an error.
    """
    near = local_servers.running(places=places)
    findings = [
        *_model(settings, near),
        _embedder(settings),
        *_reranker(settings),
        _index(settings),
        *_conversations(settings),
    ]
    findings += [Finding("local server", "ok", _described(server), server.line) for server in near]
    if not near:
        none = "none of Ollama, LM Studio, llama.cpp and vLLM answers on its usual port"
        findings.append(Finding("local server", "ok", none))
    findings.append(
        Finding("llama.cpp", "ok", "installed: gguf:/path/to/model.gguf runs on this machine")
        if llama_cpp.installed()
        else Finding("llama.cpp", "ok", "not installed (for gguf: models)", how_to_install("local"))
    )
    hide = credentials.redacted
    return [replace(each, text=hide(each.text), fix=hide(each.fix)) for each in findings]


def show(findings: Sequence[Finding]) -> None:
    """Print findings, a line each with the fix below, unwrapped: commands can be copied."""
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for finding in findings:
        subject = (finding.subject, "bold")
        console.print(
            Text.assemble(_MARKS[finding.status], " ", subject, f": {finding.text}"), soft_wrap=True
        )
        if finding.fix:
            console.print(Text(f"    {finding.fix}"), soft_wrap=True)


def exit_code(findings: Sequence[Finding]) -> int:
    """Return 2 when anything fails, else 0.

    >>> exit_code([Finding("model", "warn", "slow")])
    0
    """
    return 2 if any(finding.status == "fail" for finding in findings) else 0


def _model(settings: Settings, near: Sequence[LocalServer]) -> Iterator[Finding]:
    name = settings.model
    if not name:
        use = (
            "paper-assistant --model openai:NAME, or: paper-assistant config set model openai:NAME"
        )
        use = near[0].line if near else use
        yield Finding("model", "ok", "none is configured, so answers are quotations", use)
        return
    source = {"environment": variable_of("model"), "file": str(config_file())}.get(
        origin(settings, "model"), "--model"
    )
    yield Finding("model", "ok", f"{name} (from {source})")
    timeout = min(settings.timeout, MOST_SECONDS)
    try:
        yield from _access(name)
        model = providers.make_chat_model(name, timeout, settings.context)
        yield _vocabulary(name)
        yield _call(model, timeout)
    except CallError as error:
        key = credentials.KEYS.get(name.partition(":")[0], ("the key",))[0]
        failure = _failed("call", error, _more(name, str(error), near))
        yield replace(failure, fix=failure.fix.replace("OPENAI_API_KEY", key))
    except AssistantError as error:
        yield _failed("model", error)
    else:
        # After the call: some servers load a model when it is first asked, and know its context
        # only then.
        yield _context(settings, settings.context or providers.context_size(name, model))
        yield _profile(settings)


def _access(name: str) -> Iterator[Finding]:
    provider, _ = providers.provider_and_model(name)
    base_url = credentials.checked_base_url() if provider == "openai" else ""
    names = credentials.KEYS.get(provider, ())
    held = [key for key in names if os.environ.get(key, "").strip()]
    if held:
        yield Finding("key", "ok", f"{held[0]} is set")
    elif base_url:
        text = "OPENAI_API_KEY is not set, which is fine for a server that asks for none"
        yield Finding("key", "ok", text)
    elif names:
        yield Finding("key", "fail", f"{' or '.join(names)} is not set", f"export {names[0]}=…")
    if provider == "openai":
        address = credentials.without_login(base_url)
        official = "https://api.openai.com/v1 (OPENAI_BASE_URL is not set)"
        yield Finding("server", "ok", address or official)


def _vocabulary(name: str) -> Finding:
    from assistant.models import token_cost

    vocabulary = token_cost.encoding_for(providers.provider_and_model(name)[1]).name
    if vocabulary != token_cost.OFFLINE:
        return Finding("tokens", "ok", f"counted exactly, by {vocabulary}")
    margin = f"with a margin of {round((token_cost.MARGIN - 1) * 100)} %"
    text = f"counted by {vocabulary} {margin}, not in the model's own vocabulary"
    return Finding("tokens", "ok", text)


def _context(settings: Settings, size: int | None) -> Finding:
    kept = f"prompts are kept to {settings.prompt_tokens}"
    if size is None:
        return Finding("context", "ok", f"not known; {kept} tokens")
    needed = settings.prompt_tokens + settings.output_tokens
    if size >= needed:
        return Finding("context", "ok", f"the model holds {size} tokens; {kept}")
    text = (
        f"the model holds {size} tokens, not the {needed} that prompt and answer may have, so it"
        " reads fewer abstracts"
    )
    fix = "load it with a longer context (gguf: and ollama: models: PAPER_ASSISTANT_CONTEXT)"
    return Finding("context", "warn", text, fix)


def _call(model: BaseChatModel, timeout: float) -> Finding:
    """Ask for two letters, as answers are asked for; CallError where none come."""
    from langchain_core.messages import HumanMessage

    from assistant.composing.written.llm_call import Call, CallLimits
    from assistant.models.budget import Account, Budget

    began = time.monotonic()
    # OpenAI's newer protocol takes no limit below 16.
    most = 16 if getattr(model, "use_responses_api", False) else 8
    limits = CallLimits(threading.Event(), timeout, lambda: began + MOST_SECONDS - time.monotonic())
    room = Account(Budget(), None, None).reserve(most, most)
    call = Call(
        model, [HumanMessage("Reply with OK")], providers.output_limit(model, most), room, limits
    )
    thought = ""
    try:
        call.first(began + MOST_SECONDS)
    except CallError as error:
        if not any(words in str(error) for words in _ONLY_THOUGHT):
            raise
        thought = " (it thought up to the limit)"
    finally:
        call.close(False, len)
    return Finding("call", "ok", f"the model answered in {time.monotonic() - began:.1f} s{thought}")


def _profile(settings: Settings) -> Finding:
    """Return what the model is trusted with, and why."""
    from assistant.composing.written.llm_client import LLMClient
    from assistant.composing.written.profile import find_profile
    from assistant.models.chat import make_chat

    if settings.profile != "auto":
        return Finding("profile", "ok", f"{settings.profile}, as the setting profile says")
    try:
        chat = make_chat(settings)
        assert chat is not None, "only a model that was called is examined"
        found, why = find_profile(LLMClient(chat, chat.account()))
    except AssistantError as error:
        return _failed("profile", error)
    kept = "it reads questions, judges and verifies" if found == "strong" else "it only writes"
    return Finding("profile", "ok", f"{found}: {kept} ({why})")


def _more(name: str, told: str, near: Sequence[LocalServer]) -> str:
    """Return what may help a failed call: the server's models, or a server that runs here."""
    if "cannot be reached" in told and near:
        return f"; or use the one that runs here: {near[0].line}"
    base_url = credentials.openai_base_url() if name.startswith("openai:") else ""
    if "(404)" not in told or not base_url:
        return ""
    served = local_servers.listed(base_url, os.environ.get("OPENAI_API_KEY", "").strip())
    listing = f"; the server has: {', '.join(served[:8])}" if served else ""
    return listing + ("" if "/v1" in base_url else "; OPENAI_BASE_URL usually ends in /v1")


def _embedder(settings: Settings) -> Finding:
    began = time.monotonic()
    try:
        embedder = providers.make_embedder(settings.embedder, settings.threads)
        vector = embedder.embed_query("video diffusion")
    except AssistantError as error:
        return _failed("embedder", error)
    bundled = " (bundled)" if settings.embedder == providers.BUNDLED else ""
    took = f"{time.monotonic() - began:.1f} s"
    text = f"{settings.embedder}{bundled}, {len(vector)} dimensions, {took}"
    return Finding("embedder", "ok", text)


def _reranker(settings: Settings) -> Iterator[Finding]:
    if not settings.reranker:
        return
    from langchain_core.documents import Document

    from assistant.models.provider_errors import Bare, failures, reason
    from assistant.models.rerankers import make_reranker

    began, name = time.monotonic(), settings.reranker
    try:
        reranker = make_reranker(name, settings.threads)
        with Bare():
            ranked = reranker.compress_documents([Document("Video diffusion.")], "video")  # type: ignore[union-attr]
    except AssistantError as error:
        yield _failed("reranker", error)
    except failures() as error:
        fix = "check its name, its key and the network"
        yield Finding("reranker", "fail", f"{name} failed ({reason(error)})", fix)
    else:
        score = ranked[0].metadata["relevance_score"]
        took = f"{time.monotonic() - began:.1f} s"
        yield Finding("reranker", "ok", f"{name}, scores a pair ({score:.2f}) in {took}")


def _index(settings: Settings) -> Finding:
    folder = corpora.folder_of(settings)
    try:
        state = corpora.state(settings)
        if state is None:
            return _would_be_built(folder)
        from assistant.index.paper_store import Store
        from assistant.index.records import built_with

        identity = built_with(providers.make_embedder(settings.embedder))
        with closing(Store(folder.vectors(state), identity)) as store:
            store.check()
            text = f"{store.count()} papers in {folder.where}, built with {identity}"
            return Finding("index", "ok", text)
    except AssistantError as error:
        return _failed("index", error)
    except (OSError, ValueError) as error:
        text = f"the index in {folder.root} cannot be read ({error})"
        return Finding("index", "fail", text, ingest_command(folder, rebuild=True))


def _conversations(settings: Settings) -> Iterator[Finding]:
    """Yield whether the database of conversations can be used, where one is set."""
    if settings.conversations is None:
        return
    from assistant.history.conversations import Conversations
    from assistant.history.database import describe

    try:
        Conversations(settings.conversations).close()
    except AssistantError as error:
        yield _failed("conversations", error)
    else:
        yield Finding("conversations", "ok", f"kept in {describe(settings.conversations)}")


def _would_be_built(folder: Folder) -> Finding:
    root = folder.root
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        text = f"none, and the folder {root} cannot be written"
        return Finding("index", "fail", text, "choose another with --data-dir")
    text = f"none yet in {folder.where}; the first question builds it from the bundled papers"
    return Finding("index", "ok", text)


def _failed(subject: str, error: AssistantError, more: str = "") -> Finding:
    """Return an error as a finding: its message is what is wrong; what to do."""
    text, _, fix = str(error).partition("; ")
    return Finding(subject, "fail", text, fix + more)


def _described(server: LocalServer) -> str:
    names = ", ".join(server.models[:6]) or "no chat model"
    more = f" and {len(server.models) - 6} more" if len(server.models) > 6 else ""
    return f"{server.kind} at {server.base_url} has {names}{more}"
