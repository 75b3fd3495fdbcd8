"""A file, or standard input → its text in pieces and lines, unpacked and decoded, never whole."""

import codecs
import gzip
import io
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import IO, BinaryIO, cast

import zstandard

from assistant.errors import SourceError

STANDARD_INPUT = Path("-")
ZOTERO = "zotero:"
"""What begins the name of Zotero's library, or of a collection in it, among those of files."""
HEAD_SIZE = 65_536
LONGEST_LINE = 50_000_000  # characters; a longer one would have to be held in memory whole
_PIECE = 1 << 18
_PACKED_PIECE = 1_024  # may unpack to 32 MB
_PACKED = {".gz", ".zst"}
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_ENCODINGS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# So many bytes beyond ASCII in a row are of no Western language.
_FOREIGN = re.compile(rb"[\x80-\xff]{4}")
_WESTERN = "western"

Seen = Callable[[int], None]
"""Called with the number of bytes that have just been read of a file, as it lies on the disk."""


def _as_western(error: UnicodeError) -> tuple[str, int]:
    """Return a byte that is no UTF-8 as Windows-1252 has it, with where the text goes on."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    around = error.object[max(error.start - 3, 0) : error.start + 4]
    if _FOREIGN.search(around):
        raise error
    return error.object[error.start : error.start + 1].decode("cp1252"), error.start + 1


codecs.register_error(_WESTERN, _as_western)


class _Stream(io.RawIOBase):
    """What was read already of a stream, and then its rest; what goes wrong names the file."""

    def __init__(self, first: bytes, rest: IO[bytes], file: str, seen: Seen = lambda _: None):
        self._first, self._rest, self._file, self._seen = first, rest, file, seen

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._first[: len(buffer)]
        self._first = self._first[len(data) :]
        try:
            data = data or self._rest.read(len(buffer))
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
            raise SourceError(
                f"{self._file}: damaged, or cut off ({error}); get it anew"
            ) from error
        self._seen(len(data))
        buffer[: len(data)] = data
        return len(data)


class _Zstandard(io.RawIOBase):
    """What Zstandard's frames hold; EOFError where the last is cut off, unlike the library."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed, self._frame = packed, zstandard.ZstdDecompressor().decompressobj()
        self._unread = self._unpacked = b""
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._unpacked:
            if self._frame.eof:
                self._unread = self._frame.unused_data + self._unread
                self._frame, self._begun = zstandard.ZstdDecompressor().decompressobj(), False
            data = self._unread or self._packed.read(_PACKED_PIECE)
            if not data:
                if self._begun:
                    raise EOFError("its last frame has no end")
                return 0
            self._unread, self._begun = b"", True
            self._unpacked = self._frame.decompress(data)
        data = self._unpacked[: len(buffer)]
        self._unpacked = self._unpacked[len(data) :]
        buffer[: len(data)] = data
        return len(data)


@dataclass(frozen=True, slots=True)
class Source:
    """What a file holds, to be read once: its `name`, the name's inner `suffix`, and its `head`.

    `path` is where its bytes lie as they are, None where they have to be unpacked or cannot be read
    twice. `columns` are names of columns that hold a field, for tables: `{"title": "Name"}`; `tell`
    is called with what is odd about the text.
    """

    name: str
    suffix: str
    head: str
    stream: BinaryIO
    encoding: str = "utf-8"
    path: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    tell: Callable[[str], None] = lambda _: None

    def pieces(self) -> Iterator[str]:
        """Yield the text in pieces; SourceError naming the line where it is none."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        line, first = 1, True
        while True:
            data = self.stream.read(_PIECE)
            if self.encoding == "utf-8" and b"\0" in data:
                raise SourceError(f"{self.name}: this is a binary file; give text in UTF-8")
            try:
                try:
                    text = decoder.decode(data, final=not data)
                except UnicodeDecodeError as error:
                    if self.encoding != "utf-8" or decoder.errors == _WESTERN:
                        raise
                    decoder = codecs.getincrementaldecoder(self.encoding)(_WESTERN)
                    text = decoder.decode(error.object, final=not data)
                    number = line + error.object[: error.start].count(b"\n")
                    read_as = "no UTF-8; read as Windows-1252, check its accents"
                    self.tell(f"{self.name}:{number}: {read_as}")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                problem = "not UTF-8 text; convert the file to UTF-8"
                raise SourceError(f"{self.name}:{line}: {problem}") from error
            yield text.removeprefix("\ufeff") if first else text
            line, first = line + text.count("\n"), False
            if not data:
                return

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield number and text of each line, without its end; SourceError for an endless one."""
        # A file that knows no line feed at all was written by an old Mac.
        end = "\r" if "\r" in self.head and "\n" not in self.head else "\n"
        number, parts, length = 1, list[str](), 0
        for piece in self.pieces():
            first, *others = piece.split(end)
            parts.append(first)
            length += len(first)
            if length > LONGEST_LINE:
                problem = f"a line of more than {LONGEST_LINE:,} characters; is the file damaged?"
                raise SourceError(f"{self.name}:{number}: {problem}")
            for other in others:
                yield number, "".join(parts).removesuffix("\r")
                number, parts, length = number + 1, [other], len(other)
        if length:
            yield number, "".join(parts)

    @contextmanager
    def seekable(self) -> Iterator[BinaryIO]:
        """Yield the bytes as a file in which a reader may go back and forth."""
        if self.path:
            with self.path.open("rb") as file:
                yield file
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(self.stream, copy)
            copy.seek(0)
            yield cast(BinaryIO, copy)


def is_zotero(file: Path) -> bool:
    """Tell whether what was named as a file is Zotero's library.

    >>> is_zotero(Path("zotero:")), is_zotero(Path("zotero:To read")), is_zotero(Path("zotero"))
    (True, True, False)
    """
    return str(file).startswith(ZOTERO)


@contextmanager
def open_source(
    file: Path,
    columns: Mapping[str, str] | None = None,
    seen: Seen = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Source]:
    """Yield what `file` holds; SourceError for one that is missing, empty or cannot be read."""
    name = "standard input" if file == STANDARD_INPUT else file.name
    with _opened(file) as raw:
        packed = io.BufferedReader(_Stream(b"", raw, str(file), seen), _PIECE)
        mark = packed.read(len(_ZSTANDARD))
        stream = _unpacked(mark, packed, str(file))
        first = stream.read(HEAD_SIZE)
        if not first.removeprefix(codecs.BOM_UTF8).strip():
            raise SourceError(f"{file}: the file is empty; nothing to ingest")
        encoding = _ENCODINGS.get(first[:2], "utf-8")
        # The last character may be cut in two.
        head = first.decode(encoding, "ignore").removeprefix("\ufeff")
        whole = io.BufferedReader(_Stream(first, stream, str(file)), _PIECE)
        plain = file.is_file() and not mark.startswith((_GZIP, _ZSTANDARD))
        path = file if plain else None
        yield Source(name, suffix_of(name), head, whole, encoding, path, columns or {}, tell)


def suffix_of(name: str) -> str:
    """Return the suffix of a file's name in lower case, what is packed by its inner one.

    >>> suffix_of("a/Papers.JSONL.gz"), suffix_of("list.ris"), suffix_of("-")
    ('.jsonl', '.ris', '')
    """
    path = PurePath(name)
    packed = path.suffix.lower() in _PACKED
    return (PurePath(path.stem).suffix if packed else path.suffix).lower()


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    if file == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    if not file.exists():
        raise SourceError(f"{file}: no such file; check the path")
    try:
        raw = file.open("rb")
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); check its permissions"
        raise SourceError(f"{file}: {problem}") from error
    with raw:
        yield raw


def _unpacked(mark: bytes, packed: IO[bytes], file: str) -> IO[bytes]:
    """Return a stream of what a packed one holds, by its first bytes, the `mark`, else itself."""
    whole = io.BufferedReader(_Stream(mark, packed, file), _PIECE)
    unpacked: IO[bytes] = whole
    if mark.startswith(_GZIP):
        unpacked = cast(IO[bytes], gzip.GzipFile(fileobj=whole))
    elif mark == _ZSTANDARD:
        unpacked = io.BufferedReader(_Zstandard(whole), _PIECE)
    return io.BufferedReader(_Stream(b"", unpacked, file), _PIECE)
