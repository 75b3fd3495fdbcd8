"""A PostgreSQL server of the tests' own: Debian's, in a temporary folder, at a free port of this
machine, behind a password."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

PASSWORD = "geheim/4711"
_NUMBERS = count()


@dataclass(frozen=True)
class PostgresServer:
    """A server whose data and sockets lie in `folder`; `programs` has those of PostgreSQL."""

    programs: Path
    folder: Path
    port: int

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self._data, "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        """Stop as a crash does, from the clients' sight: all connections are cut."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def make_database(self, encoding: str = "UTF8") -> str:
        """Make an empty database, and return its address."""
        name = f"papers{next(_NUMBERS)}"
        how = f"ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'"
        self.execute(self.address("postgres"), f"CREATE DATABASE {name} {how}")
        return self.address(name)

    def empty_database(self) -> str:
        """Empty the one database that tests share one after the other, and return its address."""
        address = self.address("postgres")
        found = self.execute(
            address, r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'paper\_%'"
        )
        self.execute(address, *(f"DROP SCHEMA {name} CASCADE" for (name,) in found))
        return address

    def address(self, database: str, user: str = "postgres", password: str = PASSWORD) -> str:
        login = f"{user}:{password.replace('/', '%2F')}"
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database}"

    def execute(self, address: str, *statements: str) -> list[tuple[object, ...]]:
        """Run statements in a database, and return what the last one finds."""
        with psycopg.connect(address, autocommit=True) as connection:
            done = [connection.execute(statement) for statement in statements]
            return done[-1].fetchall() if done and done[-1].description else []

    def make(self) -> None:
        """Make the folder of a server that was never started."""
        secret = self.folder / "password"
        secret.write_text(PASSWORD, "utf-8")
        _give(secret)
        how = ("-U", "postgres", "-A", "scram-sha-256", "--pwfile", secret, "--no-sync")
        self._run("initdb", "-D", self._data, "--encoding", "UTF8", "--locale", "C", *how)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: str | Path) -> None:
        # PostgreSQL refuses to run as root.
        other = {"user": "postgres", "group": "postgres", "extra_groups": []} if _is_root() else {}
        command = [self.programs / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **other)  # type: ignore[call-overload]


@contextmanager
def start_server() -> Iterator[PostgresServer]:
    """Run a server until the block ends; skip the test where PostgreSQL is not installed."""
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        _give(Path(folder))
        server = PostgresServer(_programs(), Path(folder), _free_port())
        server.make()
        server.start()
        try:
            yield server
        finally:
            with suppress(subprocess.CalledProcessError):  # a test that failed had stopped it
                server.stop()


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs, which Debian keeps off the path."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = shutil.which("postgres") or (installed[-1] if installed else None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("there is no PostgreSQL, and CI must have it: apt-get install postgresql")
        pytest.skip("there is no PostgreSQL on this machine: apt-get install postgresql")
    return Path(found).resolve().parent


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _is_root() -> bool:
    return os.geteuid() == 0


def _give(path: Path) -> None:
    if _is_root():
        shutil.chown(path, "postgres", "postgres")
