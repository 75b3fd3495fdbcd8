"""Who may write the answers: the chat page's menu, and the chat model behind each of its names."""

import ipaddress
import os
import re
import socket
import threading
from collections import deque
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from assistant.assistant import Assistant
from assistant.composing.written.llm_client import LLMClient
from assistant.composing.written.profile import find_profile
from assistant.errors import ModelError
from assistant.models import credentials, local_servers, providers
from assistant.models.chat import ChatModel, make_chat
from assistant.settings import LOOPBACK, Settings
from assistant.text.markdown import escape, unturned
from assistant.types import QUOTES

NO_MODEL = "Quotations (no model)"
_MOST = 20
_LONGEST_CHIP = 32
_RELOAD = 120.0  # seconds in which a window that was left may be back
_MOST_ENDED = 1000  # sessions of which late events are told apart from new ones
# Networks whose addresses stand for others (6to4, NAT64, Teredo, IPv4-compatible), or are one
# site's alone.
_NOT_PUBLIC = [
    ipaddress.IPv6Network(network)
    for network in "2002::/16 64:ff9b::/96 64:ff9b:1::/48 2001::/32 ::/96 fec0::/10".split()
]
_OWN = re.compile(r" at \S+$")


class ModelMenu:
    """The models that a visitor may choose between, each made once for all who choose it."""

    def __init__(self, assistant: Assistant, settings: Settings) -> None:
        """Offer the assistant's own model first; others are made under `settings`."""
        self._settings = settings
        self._lock = threading.Lock()
        self._made: dict[str, ChatModel] = {}
        self._own: dict[str, tuple[str, ChatModel, credentials.Server]] = {}
        self._browsers: dict[str, str] = {}
        self._leaving: dict[str, threading.Timer] = {}
        self._ended: deque[str] = deque(maxlen=_MOST_ENDED)
        self.first = assistant.model
        """What is chosen at first: the configured model, or "quotes"."""

    def choices(self) -> list[tuple[str, str]]:
        """Return labels and names: quotations, the configured model, those at OPENAI_BASE_URL."""
        named = [self.first] if self.first != QUOTES else []
        return [(NO_MODEL, QUOTES), *((name, name) for name in dict.fromkeys([*named, *_served()]))]

    def use(self, session: str, server: credentials.Server, model: str) -> str:
        """Have a server that a visitor typed write, for that session only; return what to call it.

        ModelError when it cannot be used; a page served to others reaches only public addresses
        over TLS.
        """
        host = _host(server, self.local)
        if not model.strip():
            raise ModelError("name the model that the server is to use, or list its models")
        settings = self._settings.model_copy(update={"model": f"openai:{model.strip()}"})
        chat = make_chat(settings, server)
        if chat is None:
            raise ModelError("the model cannot be made; check its name")
        try:
            _try(chat)
        except ModelError:
            self._forget_key(server)
            raise
        name = f"{model.strip()} at {host}"
        self.forget(session)
        with self._lock:
            ended = session in self._ended  # the page was closed meanwhile
            if not ended:
                self._own[self._key(session)] = (name, chat, server)
        if ended:
            self._forget_key(server)
        return name

    def recognise(self, session: str, browser: str) -> None:
        """Note a session's browser window: what was typed in it before a reload is known again."""
        with self._lock:
            if session in self._ended:  # a page closed at once is left before it is seen
                return
            self._browsers[session] = browser
            if leaving := self._leaving.pop(browser, None):
                leaving.cancel()

    def leave(self, session: str) -> None:
        """Forget what a session typed, in a while where its window may be back after a reload."""
        with self._lock:
            self._ended.append(session)
            browser = self._browsers.pop(session, "")
            still_open = browser in self._browsers.values()
            if browser in self._own and not still_open:
                later = threading.Timer(_RELOAD, self._drop, (browser,))
                later.daemon = True
                later.start()
                self._leaving[browser] = later
        if not browser:
            self.forget(session)

    def _drop(self, browser: str) -> None:
        with self._lock:
            left = self._leaving.pop(browser, None)
        if left:
            self.forget(browser)

    def _key(self, session: str) -> str:
        return self._browsers.get(session, session)

    def list_models(self, server: credentials.Server) -> list[str]:
        """Return the models that a typed server offers for chat; ModelError for none."""
        host = _host(server, self.local)
        names = local_servers.listed(server.base_url, server.key)
        if names is None:
            raise ModelError(f"{host} cannot be reached; check that its server runs")
        if not names:
            raise ModelError(
                f"{host} lists no models; check that the address ends as its maker says, often in"
                " /v1, and that the key is right"
            )
        return [name for name in names if local_servers.is_for_chat(name)] or list(names)

    def knows(self, name: str, session: str) -> bool:
        """Tell whether a session can have `name` write without anything being made for it."""
        with self._lock:
            own = self._own.get(self._key(session), ("",))[0]
            return name in (QUOTES, self.first, own) or name in self._made

    def forget(self, session: str) -> None:
        """Drop the server that a session typed, with its key."""
        with self._lock:
            _, _, server = self._own.pop(self._key(session), ("", None, None))
        if server:
            self._forget_key(server)

    def _forget_key(self, server: credentials.Server) -> None:
        """Forget a typed key that no session uses."""
        with self._lock:
            used = {other.key for _, _, other in self._own.values()}
        if server.key not in used:
            credentials.forget(server)

    @property
    def local(self) -> bool:
        """Whether the page is served to this machine alone."""
        return self._settings.host in LOOPBACK

    def chat(self, name: str, session: str = "") -> ChatModel | Literal["quotes"] | None:
        """Return what `Assistant.stream` takes to have `name` write."""
        if name == QUOTES:
            return "quotes"
        with self._lock:
            own = self._own.get(self._key(session))
        if own and own[0] == name:
            return own[1]
        if _OWN.search(name):
            raise ModelError(
                "the server typed in this session is not known any more; "
                "type its address and key again"
            )
        if name == self.first:
            return None
        if not self.local and name not in dict(self.choices()).values():
            raise ModelError(
                f"the model {name} is not on offer here; "
                "choose one of the menu's, or type a server of your own"
            )
        return self._make(name)

    def _make(self, name: str) -> ChatModel:
        with self._lock:
            if name in self._made:
                return self._made[name]
        chat = make_chat(self._settings.model_copy(update={"model": name}))
        if chat is None:
            raise ModelError(f"unknown model {name!r}; use {providers.FORMS}")
        with self._lock:
            if len(self._made) >= _MOST:
                self._made.pop(next(iter(self._made)))
            return self._made.setdefault(name, chat)


def short_name(name: str) -> str:
    """Return what the model's chip says.

    >>> short_name("quotes"), short_name("openai:gpt-4o-mini")
    ('Quotations', 'gpt-4o-mini')
    """
    short = name.removeprefix("openai:").removeprefix("gguf:").rpartition("/")[2]
    return "Quotations" if name == QUOTES else unturned(short[:_LONGEST_CHIP])


def _try(chat: ChatModel) -> None:
    """Have a typed server's model fill one small form; ModelError, in words about what was typed,
    where it does not."""
    asked = replace(chat, cache=None)  # a kept reply says nothing of the server
    try:
        find_profile(LLMClient(asked, asked.account()))
    except ModelError as error:
        told = str(error).replace("OPENAI_BASE_URL", "the address")
        raise ModelError(told.replace("OPENAI_API_KEY", "the key")) from error


def _host(server: credentials.Server, local: bool) -> str:
    """Return the host of a typed address; ModelError for one that may not be reached."""
    try:
        parts = urlsplit(server.base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise ModelError(
            "the address must begin with https:// (or http://) and name a server, "
            "as in https://host/v1"
        )
    if parts.username or parts.password:
        raise ModelError("put the key into its own field, not into the address")
    if not local and (parts.scheme != "https" or not _is_public(host, port or 443)):
        raise ModelError(
            "this page is served to others, so only public servers at https:// addresses can be"
            " used"
        )
    return host if port is None else f"{host}:{port}"


def _is_public(host: str, port: int) -> bool:
    """Tell whether every address of a host is one of the public internet."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    addresses = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in infos]
    return bool(addresses) and all(
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in _NOT_PUBLIC)
        for address in addresses
    )


def read_choice(text: str | None) -> str:
    """Return the name that a choice or a typed text stands for, "" for nothing.

    >>> read_choice(" openai:gpt-4o-mini "), read_choice("Quotations (no model)"), read_choice(None)
    ('openai:gpt-4o-mini', 'quotes', '')
    """
    name = " ".join((text or "").split())
    return QUOTES if name.lower() in (NO_MODEL.lower(), "quotations", "none") else name


def notice(name: str) -> str:
    """Return what the page tells of the choice, as Markdown."""
    if name != QUOTES:
        name = escape(unturned(name))
        return (
            f"Answers are written by **{name}** from the abstracts; quotations stand in when it"
            " fails."
        )
    return (
        "**Answers are quotations** from the abstracts. A language model writes and cites them:"
        " open the server of your own below, or type a model's name above, such as"
        " `openai:gpt-4o-mini` or, for a file on this machine, `gguf:/path/to/model.gguf`."
    )


def local_choices() -> list[tuple[str, str]]:
    """Return labels and base URLs of the model servers that run on this machine."""
    return [
        (f"{server.kind} on this machine, {server.base_url}", server.base_url)
        for server in local_servers.running()
        if server.models
    ]


def _served() -> list[str]:
    """Return the chat models of the server at OPENAI_BASE_URL by name, none where it is not set."""
    base = credentials.openai_base_url().rstrip("/")
    if not base:
        return []
    if servers := local_servers.running(places=(re.sub(r"/v1$", "", base),)):
        names = servers[0].models
    else:
        names = local_servers.listed(base, os.environ.get("OPENAI_API_KEY", "").strip()) or ()
    return [f"openai:{name}" for name in names if local_servers.is_for_chat(name)][:_MOST]
