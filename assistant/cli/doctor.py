"""What `paper-assistant doctor` examines: the model, the embedder, the index and what else is there, each with its fix."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.errors import AssistantError
from assistant.index import corpora
from assistant.index.layout import Folder, ingest_command
from assistant.models import llama_cpp, local_servers, providers

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from assistant.settings import Settings

Status = Literal["ok", "warn", "fail"]
MOST_SECONDS = 20.0
"""How long the one call to the model may take."""
_MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one subject, and where it is not well (or could be better) what to do."""

    subject: str
    status: Status
    text: str
    fix: str = ""


def examine(settings: Settings, places: tuple[str, ...] | None = None) -> list[Finding]:
    """Return what is well and what is not under `settings`; one short call goes to the model, if there is one.

    `places` is where local servers are looked for, by default the usual ports. What goes wrong is a finding, not an error.
    """
    near = local_servers.running(places=places)
    found = [*_model(settings, near), _embedder(settings), *_reranker(settings), *_store(settings)]
    found += [Finding("local server", "ok", _described(one), one.line) for one in near]
    if not near:
        found.append(
            Finding(
                "local server",
                "ok",
                "none of Ollama, LM Studio, llama.cpp and vLLM answers on its usual port",
            )
        )
    extra = (
        "installed: gguf:/path/to/model.gguf runs on this machine"
        if llama_cpp.installed()
        else "not installed (for gguf: models)"
    )
    found.append(
        Finding("llama.cpp", "ok", extra, "" if llama_cpp.installed() else llama_cpp.INSTALL)
    )
    return [
        Finding(one.subject, one.status, providers.redacted(one.text), providers.redacted(one.fix))
        for one in found
    ]


def show(findings: Sequence[Finding]) -> None:
    """Print the findings, a line each and the fix below; lines are not wrapped, so that commands can be copied."""
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for one in findings:
        style = {"ok": "green", "warn": "yellow", "fail": "bold red"}[one.status]
        line = Text.assemble(
            (_MARKS[one.status], style), " ", (one.subject, "bold"), f": {one.text}"
        )
        console.print(line, soft_wrap=True)
        if one.fix:
            console.print(Text(f"    {one.fix}"), soft_wrap=True)


def exit_code(findings: Sequence[Finding]) -> int:
    """Return 2 when anything fails, else 0.

    >>> exit_code([Finding("model", "warn", "slow")]), exit_code([Finding("index", "fail", "damaged")])
    (0, 2)
    """
    return 2 if any(one.status == "fail" for one in findings) else 0


def _model(settings: Settings, near: Sequence[local_servers.LocalServer]) -> Iterator[Finding]:
    name = settings.model
    if not name:
        use = (
            near[0].line
            if near
            else "paper-assistant --model openai:NAME, or set PAPER_ASSISTANT_MODEL"
        )
        yield Finding("model", "ok", "none is configured, so answers are quotations", use)
        return
    source = (
        "PAPER_ASSISTANT_MODEL" if os.environ.get("PAPER_ASSISTANT_MODEL") == name else "--model"
    )
    yield Finding("model", "ok", f"{name} (from {source})")
    yield from _access(name)
    try:
        model = providers.make_chat_model(
            name, min(settings.timeout, MOST_SECONDS), settings.context
        )
    except AssistantError as error:
        yield _failed("model", error)
        return
    yield _vocabulary(name)
    called = _call(name, model, near)
    yield called
    # After the call: some servers load a model when it is first asked, and know its context only then.
    if called.status != "fail":
        yield _context(settings, settings.context or providers.context_size(name, model))


def _access(name: str) -> Iterator[Finding]:
    provider, _ = providers.provider_and_model(name)
    base_url = providers.base_url_set() if provider == "openai" else ""
    names = providers.KEYS.get(provider, ())
    held = [key for key in names if os.environ.get(key, "").strip()]
    if held:
        yield Finding("key", "ok", f"{held[0]} is set")
    elif base_url:
        yield Finding(
            "key", "ok", "OPENAI_API_KEY is not set, which is fine for a server that asks for none"
        )
    elif names:
        yield Finding("key", "fail", f"{' or '.join(names)} is not set", f"export {names[0]}=…")
    if provider == "openai":
        where = (
            local_servers.without_login(base_url)
            if base_url
            else "https://api.openai.com/v1 (OPENAI_BASE_URL is not set)"
        )
        yield Finding("server", "ok", where)


def _vocabulary(name: str) -> Finding:
    from assistant.models import token_count

    encoding = token_count.encoding_for(providers.provider_and_model(name)[1])
    if encoding.name == token_count.OFFLINE:
        margin = round((token_count.MARGIN - 1) * 100)
        return Finding(
            "tokens",
            "ok",
            f"counted by {encoding.name} with a margin of {margin} %, not in the model's own vocabulary",
        )
    return Finding("tokens", "ok", f"counted exactly, by {encoding.name}")


def _context(settings: Settings, size: int | None) -> Finding:
    if size is None:
        return Finding(
            "context", "ok", f"not known; prompts are kept to {settings.prompt_tokens} tokens"
        )
    needed = settings.prompt_tokens + settings.output_tokens
    if size >= needed:
        return Finding(
            "context",
            "ok",
            f"the model holds {size} tokens; prompts are kept to {settings.prompt_tokens}",
        )
    text = f"the model holds {size} tokens, not the {needed} that prompt and answer may have, so it reads fewer abstracts"
    return Finding(
        "context",
        "warn",
        text,
        "load it with a longer context (gguf: and ollama: models: PAPER_ASSISTANT_CONTEXT)",
    )


def _call(name: str, model: BaseChatModel, near: Sequence[local_servers.LocalServer]) -> Finding:
    """Ask for two letters as answers are asked for, as a stream."""
    began = time.monotonic()
    # OpenAI's newer protocol takes no limit below 16.
    limit = providers.output_limit(model, 16 if getattr(model, "use_responses_api", False) else 8)
    try:
        for _ in model.stream("Reply with OK", **limit):
            if time.monotonic() - began > MOST_SECONDS:
                return Finding(
                    "call", "warn", f"the model still writes two letters after {MOST_SECONDS:.0f} s"
                )
    except providers.failures() as error:
        if "output limit was reached" in str(error):
            return Finding(
                "call",
                "ok",
                f"the model answered in {time.monotonic() - began:.1f} s (it thought up to the limit)",
            )
        return _explained(name, error, near)
    return Finding("call", "ok", f"the model answered in {time.monotonic() - began:.1f} s")


def _explained(name: str, error: Exception, near: Sequence[local_servers.LocalServer]) -> Finding:
    """Return why a call failed and the fix, by HTTP status where the server gave one."""
    provider, model = providers.provider_and_model(name)
    key = (providers.KEYS.get(provider) or ("the key",))[0]
    reason = " ".join(str(error).split())[:160]
    status = getattr(error, "status_code", None)
    if status in (401, 403):
        return Finding("call", "fail", f"the server refused the key ({status})", f"check {key}")
    if status == 404:
        base_url = providers.base_url_set() if provider == "openai" else ""
        listed = local_servers.listed(base_url, os.environ.get(key, "").strip()) if base_url else ()
        there = f"; the server has: {', '.join(listed[:8])}" if listed else ""
        there += (
            "; OPENAI_BASE_URL usually ends in /v1" if base_url and "/v1" not in base_url else ""
        )
        return Finding(
            "call",
            "fail",
            f"the server knows no model {model!r} (404)",
            f"check the model's name{there}",
        )
    if status == 429:
        return Finding(
            "call",
            "fail",
            f"the server refuses more requests (429: {reason})",
            "wait, or check the account's quota",
        )
    if status is not None:
        return Finding(
            "call",
            "fail",
            f"the server failed ({status}: {reason})",
            "see the server's own log, or try another model",
        )
    return _unreached(error, reason, near)


def _unreached(error: Exception, reason: str, near: Sequence[local_servers.LocalServer]) -> Finding:
    causes = _causes(error)
    kinds = {type(cause).__name__ for cause in causes}
    base_url = providers.base_url_set()
    if any("timeout" in kind.lower() for kind in kinds):
        return Finding(
            "call",
            "fail",
            "the server did not answer in time",
            "try again, or raise PAPER_ASSISTANT_TIMEOUT",
        )
    if any("SSL" in f"{type(cause).__name__} {cause}" for cause in causes):
        fix = "check http:// or https:// in OPENAI_BASE_URL; for a certificate of your own set SSL_CERT_FILE"
        return Finding("call", "fail", f"the secure connection failed ({causes[-1]})", fix)
    if kinds & {"ConnectError", "ConnectionRefusedError", "gaierror", "APIConnectionError"}:
        fix = "start it, or check OPENAI_BASE_URL" if base_url else "check the network"
        use = f"; or use the one that runs here: {near[0].line}" if near else ""
        return Finding("call", "fail", f"the server cannot be reached ({causes[-1]})", fix + use)
    return Finding(
        "call", "fail", f"the call failed ({reason})", "check OPENAI_BASE_URL and the model's name"
    )


def _causes(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _embedder(settings: Settings) -> Finding:
    began = time.monotonic()
    try:
        vector = providers.make_embedder(settings.embedder).embed_query("video diffusion")
    except AssistantError as error:
        return _failed("embedder", error)
    except providers.failures() as error:
        return Finding(
            "embedder",
            "fail",
            f"{settings.embedder} failed ({' '.join(str(error).split())[:160]})",
            "check its server",
        )
    bundled = " (bundled)" if settings.embedder == providers.BUNDLED else ""
    return Finding(
        "embedder",
        "ok",
        f"{settings.embedder}{bundled}, {len(vector)} dimensions, {time.monotonic() - began:.1f} s",
    )


def _reranker(settings: Settings) -> Iterator[Finding]:
    if not settings.reranker:
        return
    from langchain_core.documents import Document

    from assistant.models.cross_encoder import Bare
    from assistant.models.rerankers import make_reranker

    began = time.monotonic()
    try:
        made = make_reranker(settings.reranker)
        with Bare():
            score = (
                made
                and made.compress_documents([Document("Video diffusion.")], "video")[0].metadata[
                    "relevance_score"
                ]
            )
    except AssistantError as error:
        yield _failed("reranker", error)
    except providers.failures() as error:
        reason = " ".join(str(error).split())[:160]
        yield Finding(
            "reranker",
            "fail",
            f"{settings.reranker} failed ({reason})",
            "check its name, its key and the network",
        )
    else:
        yield Finding(
            "reranker",
            "ok",
            f"{settings.reranker}, scores a pair ({score:.2f}) in {time.monotonic() - began:.1f} s",
        )


def _store(settings: Settings) -> Iterator[Finding]:
    folder = Folder(settings.corpus_dir)
    try:
        state = corpora.state(settings)
        if state is None:
            yield _would_be_built(folder.root)
            return
        from assistant.index.paper_store import Store
        from assistant.index.records import built_with

        identity = built_with(providers.make_embedder(settings.embedder))
        store = Store(folder.chroma(state), identity)
        try:
            store.check()
            yield Finding(
                "index", "ok", f"{store.count()} papers in {folder.root}, built with {identity}"
            )
        finally:
            store.close()
    except AssistantError as error:
        yield _failed("index", error)
    except (OSError, ValueError) as error:
        yield Finding(
            "index",
            "fail",
            f"the index in {folder.root} cannot be read ({error})",
            ingest_command(folder, rebuild=True),
        )


def _would_be_built(root: Path) -> Finding:
    there = next(one for one in (root, *root.parents) if one.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return Finding(
            "index",
            "fail",
            f"none, and the folder {root} cannot be written",
            "choose another with --data-dir",
        )
    return Finding(
        "index", "ok", f"none yet in {root}; the first question builds it from the bundled papers"
    )


def _failed(subject: str, error: AssistantError) -> Finding:
    """Return an error as a finding: its message is what is wrong; what to do."""
    text, _, fix = str(error).partition("; ")
    return Finding(subject, "fail", text, fix)


def _described(server: local_servers.LocalServer) -> str:
    names = ", ".join(server.models[:6]) or "no chat model"
    more = f" and {len(server.models) - 6} more" if len(server.models) > 6 else ""
    return f"{server.kind} at {server.base_url} has {names}{more}"
