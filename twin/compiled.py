"""One source, compiled or not: the decorator every numeric kernel wears."""

import os
from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


def is_compiled() -> bool:
    """Whether kernels are compiled. The environment variable TWIN_UNCOMPILED=1 runs them as plain Python."""
    return os.environ.get("TWIN_UNCOMPILED", "") in ("", "0")


def kernel(function: F) -> F:
    """The function compiled by Numba without the GIL and cached on disk; as it is if compilation is off.

    No fastmath: the same source gives the same bits either way.
    """
    if not is_compiled():
        return function
    import numba

    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)  # type: ignore[no-any-return]
