"""How much of the machine's memory a server holds on to."""

import ctypes
import gc
import sys

_MOST_ARENAS = -8  # M_ARENA_MAX in glibc's malloc.h


def share_arenas() -> None:
    """Have glibc's allocator share two arenas among all threads instead of up to eight a core; to
    be called before there are threads (mallopt(3))."""
    if mallopt := _of_glibc("mallopt"):
        mallopt(_MOST_ARENAS, 2)


def give_back() -> None:
    """Give the system back what was needed for a while only, as in loading (malloc_trim(3))."""
    gc.collect()
    if trim := _of_glibc("malloc_trim"):
        trim(0)


def _of_glibc(name: str) -> "ctypes._NamedFuncPointer | None":
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
