"""What a worker does with the memory that a film frees: it keeps it for the next one."""

import ctypes
import sys
from typing import Final

# Numbers of glibc's malloc.h.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
# More than a film's largest array.
_KEPT_BYTES: Final = 1 << 28


def keep_freed(*, is_one_core: bool) -> None:
    """Let this process keep freed memory; does nothing where the C library is not glibc.

    Dask has its workers hand each freed array back to the system, which clears it anew for the next
    one: 100,000 pages a film, and more than half as much time again as the film itself needs.

    Parameters
    ----------
    is_one_core
        Whether the threads take turns: then they share what is kept.
    """
    if sys.platform != "linux":
        return
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_TRIM_THRESHOLD, _KEPT_BYTES)
        set_option(_MMAP_THRESHOLD, _KEPT_BYTES)
        if is_one_core:
            set_option(_ARENA_MAX, 1)
