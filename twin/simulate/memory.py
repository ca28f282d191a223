"""What is freed stays at hand: memory for the arrays of the next replication."""

import ctypes
import sys
from functools import cache
from typing import Final

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt, from malloc.h
KEPT_BYTES: Final = 512 << 20  # at most; a year of 219,000 tickets takes about 80 MB
LARGEST_BYTES: Final = 32 << 20  # the largest piece the GNU library lets one ask for


@cache
def keep_freed_memory() -> bool:
    """Have the C library keep up to 512 MB of what this process frees; whether it will.

    Otherwise large arrays go back to the system when a replication ends, and the next one waits for pages that are
    found and cleared anew, which is dear on a virtual machine. Only the GNU library on Linux is told; its own rules
    stay elsewhere.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return all([mallopt(TRIM_THRESHOLD, KEPT_BYTES), mallopt(MMAP_THRESHOLD, LARGEST_BYTES)])
