"""Tables that threads and processes share, in a SQLite file or a PostgreSQL database."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import SecretStr
from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    exc,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.schema import CreateSchema

from assistant.errors import KeepingError
from assistant.extras import how_to_install
from assistant.settings import Settings, variable_of

Place = Path | SecretStr
"""A SQLite file, or the address of a PostgreSQL database, which may hold a password."""
_WAIT, _SILENT = 30, 20
"""Seconds that a call waits for another thread or process, and that one may fall silent in a
change before the server ends it."""
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a kind of database is told at the begin of a look, of a change, and after a deletion."""

    reading: tuple[str, ...]
    writing: tuple[str, ...]
    purging: tuple[str, ...] = ()


_KINDS = {
    "sqlite": _Kind(("BEGIN",), ("BEGIN IMMEDIATE",), ("PRAGMA wal_checkpoint(TRUNCATE)",)),
    # One process changes something at a time, as in SQLite.
    "postgresql": _Kind(
        ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",),
        (
            f"SET LOCAL lock_timeout = '{_WAIT}s'",
            f"SET LOCAL idle_in_transaction_session_timeout = '{_SILENT}s'",
            "SELECT pg_advisory_xact_lock(hashtext('{schema}'))",
        ),
    ),
}


def place_of(settings: Settings, file: str) -> Place:
    """Return where the tables are that else lie in a `file` of the data folder."""
    return settings.conversations or settings.data_folder / file


def is_there(place: Place) -> bool:
    """Tell whether anything may be kept at a place; makes no file."""
    return not isinstance(place, Path) or place.is_file()


def describe(place: Place) -> str:
    """Return where a place is, without the login that its address may hold."""
    if isinstance(place, Path):
        return str(place)
    url = make_url(place.get_secret_value())
    host = url.host or url.query.get("host") or "this machine"
    return f"the database {url.database} at {host}{f':{url.port}' if url.port else ''}"


class Database:
    """The `tables` of a `layout` ("name number"), made where they are not there yet; a file in
    SQLite, a schema in PostgreSQL.

    What is deleted from a file is overwritten. KeepingError when they cannot be made or used, are
    damaged or of another layout.
    """

    def __init__(self, place: Place, tables: MetaData, layout: str) -> None:
        self._tables, self._layout = tables, layout
        about = (Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
        self._about = Table("about", tables, *about, keep_existing=True)
        self._file = place if isinstance(place, Path) else None
        self._schema = None if self._file else f"paper_assistant_{layout.partition(' ')[0]}"
        self._shown = describe(place)
        if isinstance(place, Path):
            self._engine = _sqlite(place)
        else:
            self._engine = _postgresql(make_url(place.get_secret_value()), self._schema)
        self._kind = _KINDS[self._engine.dialect.name]
        try:
            with _made(self._file) if self._file else nullcontext(), self.writing() as connection:
                self._check(connection)
        except KeepingError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection for one consistent look."""
        with self._connected(self._kind.reading) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend a connection for changes that happen altogether or not at all."""
        with self._connected(self._kind.writing) as connection:
            yield connection
            connection.commit()

    def purge(self) -> None:
        """Take what was deleted out of a file's log too, unless another process reads it."""
        if self._kind.purging:
            with self._connected(self._kind.purging):
                pass

    def close(self) -> None:
        """Release the file, or the connections."""
        self._engine.dispose()

    @contextmanager
    def _connected(self, first: tuple[str, ...]) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                for statement in first:
                    connection.exec_driver_sql(statement.format(schema=self._schema)).close()
                yield connection
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise KeepingError(self._told(error)) from error

    def _told(self, error: exc.DBAPIError | exc.TimeoutError) -> str:
        """Return what went wrong in one line, without what was being written."""
        raw = error.orig if isinstance(error, exc.DBAPIError) else "too many at once"
        first = next(iter(str(raw).strip().splitlines()), "")
        # What comes before names the server, as we do.
        reason = first.rpartition(" failed: ")[2].removeprefix("FATAL:").strip()[:_LONGEST_REASON]
        if not self._file:
            check = f"check that it runs, and what {variable_of('conversations')} says"
            return f"{self._shown} cannot be used ({reason}); {check}"
        if isinstance(raw, sqlite3.DatabaseError) and not isinstance(
            raw, sqlite3.OperationalError | sqlite3.ProgrammingError
        ):
            return f"{self._shown} is damaged or no file of ours ({reason}); move it away"
        return f"{self._shown} cannot be used ({reason}); try again"

    def _check(self, connection: Connection) -> None:
        """Make the tables that are not there; KeepingError where others are."""
        inspector, about = inspect(connection), self._about
        found = inspector.get_table_names(self._schema)
        query = select(about.c.value).where(about.c.name == "format")
        layout = connection.scalar(query) if about.name in found else None
        if found and layout != self._layout:
            what = "file" if self._file else f"schema {self._schema}"
            mend = "move it away" if self._file else "name another database, or rename the schema"
            raise KeepingError(
                f"{self._shown} is damaged or not ours (the {what} has another format); {mend}"
            )
        if self._schema and not found:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
            if encoding != "UTF8":
                raise KeepingError(
                    f"{self._shown} holds {encoding} text only; make one with"
                    " createdb --encoding UTF8 --template template0"
                )
            if not inspector.has_schema(self._schema):
                connection.execute(CreateSchema(self._schema))
        self._tables.create_all(connection)
        if not found:
            connection.execute(insert(about), {"name": "format", "value": self._layout})


def owner_key(owner: str) -> bytes:
    """Return an owner as bytes: no two have the same, whatever characters they are made of."""
    return owner.encode("utf-8", "surrogatepass")


def _sqlite(path: Path) -> Engine:
    # One connection, which the threads wait for: no other one then keeps deleted text in the log.
    engine = create_engine(
        URL.create("sqlite", database=str(path)), hide_parameters=True,
        pool_size=1, max_overflow=0, pool_timeout=_WAIT,
        connect_args={"check_same_thread": False, "timeout": _WAIT},
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun by name
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()

    return engine


def _postgresql(url: URL, schema: str | None) -> Engine:
    # A server that is gone is noticed at the next use, and found again when it is back.
    patience = {"connect_timeout": 5, "keepalives_idle": _WAIT, "tcp_user_timeout": _WAIT * 1000}
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"), hide_parameters=True,
            pool_pre_ping=True, pool_timeout=_WAIT,
            connect_args={name: value for name, value in patience.items() if name not in url.query},
            execution_options={"schema_translate_map": {None: schema}},
        )  # fmt: skip
    except ImportError as error:
        raise KeepingError(
            f"PostgreSQL needs one more package; run: {how_to_install('postgres')}"
        ) from error


@contextmanager
def _made(path: Path) -> Iterator[None]:
    """Make an empty file for its owner only, and hold off other processes: two that begin at once
    would both turn its log on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(path.name + ".lock"), timeout=_WAIT):
            # SQLite gives the files beside it the same mode.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            yield
    except Timeout as error:
        raise KeepingError(f"another process holds {path}.lock; end it and try again") from error
    except OSError as error:
        reason = error.strerror or error
        raise KeepingError(
            f"{path} cannot be used ({reason}); choose another folder with --data-dir"
        ) from error
