"""A program in a terminal of its own, as wide as people's, typed into and read."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fcntl import ioctl

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)|\r(?=\r*\n)")
INTERRUPT, END, UP = "\x03", "\x04", "\x1b[A"


@dataclass
class Terminal:
    """The controlling side of a terminal, and the process in it."""

    process: int
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
        _, status = os.waitpid(self.process, 0)
        self.process = 0
        return os.waitstatus_to_exitcode(status)

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
    process, side = pty.fork()
    if process == 0:  # pragma: no cover
        ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        command = [sys.executable, "-m", "assistant", *arguments]
        os.execve(sys.executable, command, {**environment, "TERM": "xterm"})
    terminal = Terminal(process, side)
    try:
        yield terminal
    finally:
        os.close(side)
        if terminal.process:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
