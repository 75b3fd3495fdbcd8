"""A program in a terminal of its own, as wide as people's, typed into and read."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)|\r(?=\r*\n)")
_HEARING = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
_BECOME = "os.execvp(sys.argv[1], sys.argv[1:])"
_IN_TERMINAL = f"{_HEARING}import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {_BECOME}"
INTERRUPT, END, UP = "\x03", "\x04", "\x1b[A"


def interruptible(command: Sequence[str | Path]) -> list[str | Path]:
    """Return a command that hears SIGINT, which a shell's background process, and whatever it
    starts, is deaf to."""
    return [sys.executable, "-c", _HEARING + _BECOME, *command]


def stopped(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    how: signal.Signals,
    is_time: Callable[[], bool],
) -> None:
    """Run a command, stop it by a signal when it is time, and check how it ends."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        interruptible(command), env=environment, stdout=pipe, stderr=pipe, text=True
    )
    while not is_time():
        time.sleep(0.01)
        assert process.poll() is None
    process.send_signal(how)
    _, told = process.communicate(timeout=30)
    assert process.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in told


@dataclass
class Terminal:
    """The controlling side of a terminal, and the process in it."""

    process: subprocess.Popen[bytes]
    side: int
    raw: str = ""
    _read: int = 0

    def type(self, text: str) -> None:
        """Type text; a new line is Enter."""
        self._read = len(self.raw)
        os.write(self.side, text.replace("\n", "\r").encode())

    def expect(self, pattern: str, seconds: float = 60.0) -> str:
        """Wait until what was printed since the last typing matches; return it without what moves
        the cursor or colours."""
        until = time.monotonic() + seconds
        while not re.search(pattern, found := _plain(self.raw[self._read :])):
            assert time.monotonic() < until, f"no {pattern!r} in {found!r}"
            if not self._more(0.2):
                raise AssertionError(f"it ended without {pattern!r}: {found!r}")
        return found

    def ended(self, seconds: float = 30.0) -> int:
        """Wait for the process' end; return its exit code."""
        until = time.monotonic() + seconds
        while self._more(0.2):
            assert time.monotonic() < until, f"it goes on: {self.raw[self._read :]!r}"
        return self.process.wait(seconds)

    def _more(self, seconds: float) -> bool:
        """Read what there is; return whether there may be more."""
        if select.select([self.side], [], [], seconds)[0]:
            try:
                read = os.read(self.side, 65_536)
            except OSError:  # Linux: the other side is closed
                return False
            self.raw += read.decode("utf-8", "replace")
            return bool(read)
        return True


def _plain(raw: str) -> str:
    """Return what was printed; what is printed over it stands in a line below."""
    return _CONTROL.sub("", raw).replace("\r", "\n")


@contextlib.contextmanager
def opened(
    arguments: Sequence[str], environment: Mapping[str, str], columns: int = 80
) -> Iterator[Terminal]:
    """Run the command line in a terminal until the block ends."""
    side, other = pty.openpty()
    ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-c", _IN_TERMINAL, sys.executable, "-m", "assistant", *arguments]
    # Not pty.fork(): a copy of a process with threads may hang before it becomes the program.
    process = subprocess.Popen(
        command, stdin=other, stdout=other, stderr=other, env={**environment, "TERM": "xterm"},
        start_new_session=True,
    )  # fmt: skip
    os.close(other)
    try:
        yield Terminal(process, side)
    finally:
        os.close(side)
        process.kill()
        process.wait()
