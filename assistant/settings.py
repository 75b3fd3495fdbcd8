"""Settings: defaults, overridden by the user's file, by PAPER_ASSISTANT_… variables, by options.

`python -m assistant.settings` prints docs/settings.md.
"""

import ipaddress
import os
import re
import socket
import tomllib
from difflib import get_close_matches
from pathlib import Path
from shlex import quote
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, Field, PositiveInt, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.errors import AssistantError

BUNDLED_EMBEDDER = "minilm"
DEFAULT_CORPUS = "default"
CLOUD = "cloud"
"""What is given for a server's address to mean Chroma Cloud."""
CORPORA = "corpora"
"""The folder in the data folder that holds the corpora with names."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""What the page can be served at without a password."""
OPTIONS = ("data_dir", "store", "corpus", "embedder", "reranker", "model", "cache", "host", "port")
"""The settings that are options of the command line too; `timeout` is one of two commands only."""
SECRETS = ("store_token", "conversations", "password")
"""The settings that are never shown, nor given on the command line."""
_PREFIX = "PAPER_ASSISTANT_"
CONFIG = f"{_PREFIX}CONFIG"
"""The variable that names another file of settings than the user's own."""
_HEAD = """# Settings

An option of the command line counts before its variable, the variable before the user's file, the
file before the default. Keys are read from the providers' own variables (`OPENAI_API_KEY`,
`ANTHROPIC_API_KEY`, …), the address of a compatible server from `OPENAI_BASE_URL`; neither may
stand in the file. This document is written by `python -m assistant.settings > docs/settings.md`.

The file is `config.toml` in the user's folder for configuration (`~/.config/paper-assistant` on
Linux), or the one that `PAPER_ASSISTANT_CONFIG` names. It is TOML; its names are those of the
variables, without `PAPER_ASSISTANT_` and in lower case:

```toml
corpus = "library"
model = "openai:gpt-4o-mini"   # `--model ""` for answers without it
answer_dollars = 0.02
```

```sh
paper-assistant config                          # what is in force, and where it comes from; --json
paper-assistant config set corpus library       # writes the file; comments and order stay
paper-assistant config set password             # asks for it, so that no shell remembers it
paper-assistant config unset corpus
paper-assistant config path
```

What is not a setting, or not a value of it, is refused before anything is written, and named with
the file where it stands there. A folder for `data_dir` is whole (`/…` or `~/…`) in the file.
`config set` makes the file readable by its owner only; where others may read a file with the
password or the database's address in it, every command says so.
"""
# Not only ASCII would be spelt in two ways by some file systems; a dot at the end is dropped by
# others.
_CORPUS_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_-])?")
_Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
_Dollars = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _corpus_name(name: str) -> str:
    if not _CORPUS_NAME.fullmatch(name):
        raise PydanticCustomError(
            "corpus_name",
            "{name} cannot be a corpus' name; use up to 64 of A-Z a-z 0-9 - _ . with a letter or"
            " digit first, no dot last",
            {"name": repr(name if len(name) <= 80 else name[:79] + "…")},
        )
    return name


def refuse_open_address(settings: "Settings") -> None:
    """Raise AssistantError where others could reach a page that has no password."""
    if settings.host not in LOOPBACK and settings.password is None:
        try:
            socket.getaddrinfo(settings.host, None)
        except (OSError, UnicodeError):
            return  # no address: who listens tells
        raise AssistantError(
            f"the address {settings.host} can be reached from other machines; "
            "set PAPER_ASSISTANT_PASSWORD, which visitors then give"
        )


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address is this machine's own.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("localhost.example.org")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(address: str, told: str, here: bool = False) -> str:
    """Return the address of a server, `here` of one on this machine; an error that says what is
    `told` for anything else."""
    try:
        parts = urlsplit(address)
        host, schemes = parts.hostname or "", ("http",) if here else ("http", "https")
        known = parts.scheme in schemes and bool(host) and parts.port != 0
        known = known and (is_loopback(host) or not here)
    except ValueError:
        known = False
    if not known:
        raise PydanticCustomError("address", told, {"address": repr(address[:80])})
    return address.rstrip("/")


def _on_this_machine(address: str) -> str:
    told = "{address} is no address of this machine; give one such as http://127.0.0.1:23119"
    return _address(address, told, here=True)


def _web_address(address: str) -> str:
    return _address(
        address, "{address} is no web address; give one such as https://export.arxiv.org"
    )


def _store(address: str) -> str:
    if address == CLOUD:
        return address
    told = "{address} is no address of a Chroma server; give http://localhost:8000, say, or cloud"
    # A name or a password in it would be shown wherever the address is.
    return _address(address if not re.search("[@?#]", address) else "", told)


def _token(token: SecretStr) -> SecretStr:
    secret = token.get_secret_value()
    if not (secret.isascii() and secret.isprintable()):
        raise PydanticCustomError("token", "no token: a character of it cannot be sent")
    return token


def _database(address: SecretStr) -> SecretStr:
    """Return the address of a PostgreSQL database; an error, which shows none of it, for anything
    else."""
    try:
        parts = urlsplit(address.get_secret_value())
        # A raw / or @ in a password ends it too early: the rest would be taken for the server.
        whole = parts.netloc.count("@") <= 1 and re.fullmatch(r"/[^/@]+", parts.path)
        known = parts.scheme in ("postgresql", "postgres") and whole and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise PydanticCustomError(
            "database",
            "no address of a PostgreSQL database; write it like postgresql://user@host/database,"
            " and / ? # @ of a password as %2F %3F %23 %40",
        )
    return address


class Settings(BaseSettings):
    """Frozen settings, read by the entry points only. A variable that is empty is not set.

    AssistantError where the user's file cannot be used.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    data_dir: Path = Field(
        Path(platformdirs.user_data_dir("paper-assistant", appauthor=False)),
        description=(
            "The folder of all corpora, conversations and feedback; by default the user's data"
            " folder."
        ),
    )
    store: Annotated[str, AfterValidator(_store)] | None = Field(
        None,
        description=(
            "The Chroma server of all corpora, which several machines share: `http://host:8000`,"
            " `https://…`, or `cloud` for Chroma Cloud, whose key is read from `CHROMA_API_KEY`,"
            " tenant and database from `CHROMA_TENANT` and `CHROMA_DATABASE` ([how](scale.md)); by"
            " default they lie in the data folder."
        ),
    )
    store_token: Annotated[SecretStr, Field(min_length=1), AfterValidator(_token)] | None = Field(
        None, description="What the Chroma server, or a proxy before it, asks for."
    )
    conversations: Annotated[SecretStr, AfterValidator(_database)] | None = Field(
        None,
        description=(
            "The PostgreSQL database of conversations and feedback, which several page processes"
            " share: `postgresql://user@host/database` (extra `postgres`); by default they lie in"
            " the data folder."
        ),
    )
    corpus: Annotated[str, AfterValidator(_corpus_name)] = Field(
        DEFAULT_CORPUS, description="The corpus in use; `default` alone has the bundled papers."
    )
    embedder: str = Field(
        BUNDLED_EMBEDDER,
        description=(
            "`minilm` is bundled; `openai:text-embedding-3-small` or any compatible endpoint;"
            " `huggingface:NAME` and the like, once their LangChain package is installed. After a"
            " change: `ingest --rebuild`."
        ),
    )
    reranker: str | None = Field(
        None,
        description=(
            "`cross-encoder:NAME_OR_FOLDER`, `cohere:NAME`, `voyageai:NAME` or `nvidia:NAME`."
        ),
    )
    model: str | None = Field(
        None,
        description=(
            "The chat model: `openai:NAME` (with `OPENAI_BASE_URL` any compatible server),"
            " `gguf:FILE`, or `anthropic:NAME` and the like. Without one, answers are quotations."
        ),
    )
    profile: Literal["auto", "strong", "small"] = Field(
        "auto",
        description=(
            "What the chat model is trusted with: `strong` reads the question, judges and verifies,"
            " `small` only writes, from two abstracts; `auto` finds out by one call."
        ),
    )
    cache: bool = Field(
        True,
        description=(
            "Keep the chat model's replies in the data folder: the same prompt is not paid for"
            " twice."
        ),
    )
    threads: PositiveInt = Field(
        2, description="Threads of the bundled embedder and of a cross-encoder."
    )
    prompt_tokens: PositiveInt = Field(6000, description="The longest prompt of a call, in tokens.")
    output_tokens: PositiveInt = Field(1500, description="The longest reply of a call, in tokens.")
    context: PositiveInt | None = Field(
        None,
        description=(
            "The model's context in tokens, prompt and reply; by default its own, where it can be"
            " learnt."
        ),
    )
    timeout: _Seconds = Field(
        60.0,
        description=(
            "Seconds to wait without any text or thought (`gguf:` at least 600, as is a server on"
            " this machine unless this is set); a whole answer may take five times that. Likewise"
            " for what `fetch` and `enrich` ask (`--timeout`)."
        ),
    )
    parallel: PositiveInt = Field(4, description="Calls of an answer at a time (`gguf:` one).")
    judged: PositiveInt = Field(24, description="Candidates of a list that the model judges.")
    answer_tokens: PositiveInt | None = Field(
        60_000, description="The most tokens of an answer, sent and received; a hard bound."
    )
    day_tokens: PositiveInt | None = Field(
        2_000_000,
        description=(
            "The most tokens of a day; answers under way at the same time may pass it together."
        ),
    )
    answer_dollars: _Dollars | None = Field(
        None, description="The most dollars of an answer, where the price is known."
    )
    day_dollars: _Dollars | None = Field(
        None, description="The most dollars of a day, where the price is known."
    )
    unsupported: Literal["mark", "remove"] = Field(
        "mark", description="What becomes of a sentence that its source does not support."
    )
    host: str = Field(
        "127.0.0.1",
        description="The address of the page; any other than this machine's own needs a password.",
    )
    port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        7860, description="The port of the page, or the next free one."
    )
    password: Annotated[SecretStr, Field(min_length=1)] | None = Field(
        None, description="Asked of everyone who opens the page."
    )
    behind_proxy: bool = Field(
        False,
        description="Whether a proxy stands before the page: what it adds (X-Forwarded-…) is then"
        " believed.",
    )
    zotero: Annotated[str, AfterValidator(_on_this_machine)] = Field(
        "http://127.0.0.1:23119",
        description="Where Zotero's local API is found, on this machine only.",
    )

    arxiv: Annotated[str, AfterValidator(_web_address)] = Field(
        "https://export.arxiv.org", description="Where `fetch` asks arXiv's API, or a mirror of it."
    )
    openalex: Annotated[str, AfterValidator(_web_address)] = Field(
        "https://api.openalex.org",
        description="Where `enrich` asks OpenAlex; a key is read from `OPENALEX_API_KEY`.",
    )
    semanticscholar: Annotated[str, AfterValidator(_web_address)] = Field(
        "https://api.semanticscholar.org",
        description=(
            "Where `enrich` asks Semantic Scholar; a key is read from `SEMANTIC_SCHOLAR_API_KEY`."
        ),
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings are read from: options, variables, the user's file."""
        return init_settings, env_settings, _read_file(settings_cls)

    @property
    def data_folder(self) -> Path:
        """Where everything is kept: the corpora, conversations, what readers said."""
        return Path(os.path.expanduser(self.data_dir))

    @property
    def corpora_folder(self) -> Path:
        """Where this machine keeps what it has of the corpora."""
        if self.store is None:
            return self.data_folder
        parts = (self.store, *cloud_names()) if self.store == CLOUD else (self.store,)
        name = "-".join(part for part in parts if part)
        return self.data_folder / "servers" / re.sub(r"[^A-Za-z0-9.-]+", "-", name)

    @property
    def cache_dir(self) -> Path:
        """Where what services on the network answered is kept for a while."""
        return self.data_folder / "cache"

    @property
    def corpus_dir(self) -> Path:
        """Where the corpus in use is kept; of one on a server, what this machine has of it."""
        root = self.corpora_folder
        return (
            root / DEFAULT_CORPUS if self.corpus == DEFAULT_CORPUS else root / CORPORA / self.corpus
        )


def load_settings(**overrides: object) -> Settings:
    """Return the settings with overrides that are not None; AssistantError for bad values."""
    return _checked({name: value for name, value in overrides.items() if value is not None})


def with_corpus(settings: Settings, corpus: str) -> Settings:
    """Return the settings for another corpus; AssistantError for what cannot be a name."""
    return _checked({**settings.model_dump(exclude_unset=True), "corpus": corpus})


def config_file() -> Path:
    """Return the user's file of settings, which need not be there."""
    folder = platformdirs.user_config_path("paper-assistant", appauthor=False)
    named = os.environ.get(CONFIG, "").strip()
    return Path(os.path.expanduser(named)) if named else folder / "config.toml"


def exposed_secret(settings: Settings) -> str:
    """Return the warning that others may read the password, or the database's address, in the
    user's file, "" where none is in force from there or its owner alone can."""
    path = config_file()
    held = [name for name in SECRETS if getattr(settings, name) and not in_environment(name)]
    if not held or os.name != "posix" or not path.is_file() or not path.stat().st_mode & 0o077:
        return ""
    return (
        f"{path} has the setting {held[0]} in it and others may read it; run: chmod 600"
        f" {quote(str(path))}"
    )


def in_environment(name: str) -> bool:
    """Tell whether the variable of a setting is set, in whatever case, as pydantic reads it."""
    variable = variable_of(name)
    return any(value and key.upper() == variable for key, value in os.environ.items())


def variable_of(name: str) -> str:
    """Return the variable of a setting.

    >>> variable_of("data_dir")
    'PAPER_ASSISTANT_DATA_DIR'
    """
    return f"{_PREFIX}{name.upper()}"


def cloud_names() -> tuple[str | None, str | None]:
    """Return the tenant and the database of Chroma Cloud that the environment names, each None
    where it does not: Chroma then goes by the key.
    """
    names = (os.environ.get(name, "").strip() for name in ("CHROMA_TENANT", "CHROMA_DATABASE"))
    tenant, database = (name or None for name in names)
    return tenant, database


def unknown_setting(name: str) -> str:
    """Return what is wrong with a name that no setting has, "" for one that a setting has.

    >>> unknown_setting("prot"), unknown_setting("port")
    ("there is no setting 'prot'; the nearest is port", '')
    """
    if name in Settings.model_fields:
        return ""
    if name.upper().endswith("_API_KEY") or name.upper() == "OPENAI_BASE_URL":
        return f"{name} is no setting; set the variable {name.upper()} instead"
    [near] = get_close_matches(name.lower().replace("-", "_"), Settings.model_fields, 1, 0)
    return f"there is no setting {name[:80]!r}; the nearest is {near}"


def as_markdown() -> str:
    """Return docs/settings.md: each setting's option, variable, default and effect."""
    lines = [_HEAD, "| option | variable | default | what it does |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        spelt = f"--{'no-' if field.default is True else ''}{name.replace('_', '-')}"
        option = f"`{spelt}`" if name in OPTIONS else ""
        default = "" if field.default is None or name == "data_dir" else f"`{field.default}`"
        lines.append(f"| {option} | `{variable_of(name)}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def _checked(given: dict[str, Any]) -> Settings:
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if name in given or in_environment(name):
            told = f"the setting {name} ({variable_of(name)})"
        else:
            told = f"{config_file()}: the setting {name}"
        raise AssistantError(f"{told}: {first['msg']}") from error


def _read_file(settings: type[BaseSettings]) -> TomlConfigSettingsSource:
    """Return what the user's file sets; AssistantError where it cannot be read, or sets what is no
    setting."""
    path, named = config_file(), os.environ.get(CONFIG, "").strip()
    try:
        if not path.is_file() and named != os.devnull and (named or path.exists()):
            raise AssistantError(f"{path}: there is no such file of settings; check {CONFIG}")
        source = TomlConfigSettingsSource(settings, path)
    except OSError as error:
        raise AssistantError(f"{path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssistantError(f"{path}: not TOML ({error})") from error
    for name in source.toml_data:
        if problem := unknown_setting(name):
            raise AssistantError(f"{path}: {problem}")
    folder = source.toml_data.get("data_dir", os.sep)
    if isinstance(folder, str) and not os.path.isabs(os.path.expanduser(folder)):
        raise AssistantError(f"{path}: data_dir is {folder!r}; give the whole path, /… or ~/…")
    return source


if __name__ == "__main__":
    print(as_markdown(), end="")
