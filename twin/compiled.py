"""One source, compiled or not: the decorators numeric kernels wear.

No fastmath anywhere: the same source gives the same bits compiled or not.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

_ROOMS = ("tape", "eventlog", "simulate", "measures", "calibrate", "experiment")

F = TypeVar("F", bound=Callable[..., object])


def is_compiled() -> bool:
    """Whether kernels are compiled. The environment variable TWIN_UNCOMPILED=1 runs them as plain Python."""
    return os.environ.get("TWIN_UNCOMPILED", "") in ("", "0")


def kernel(function: F) -> F:
    """The function compiled by Numba without the GIL and cached on disk; as it is if compilation is off."""
    return _compiled(function)


def lean(function: F) -> F:
    """A kernel for kernels: it allocates nothing, so that its arrays need no reference counts (they would cost more
    than the work), and Python cannot call it once compiled."""
    return _compiled(function, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def inlined(function: F) -> F:
    """A lean kernel that is always laid into its caller: for the small steps of a hot loop."""
    return _compiled(function, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


def entry(function: F) -> F:
    """A lean kernel that Python calls: it allocates nothing and calls lean kernels."""
    return _compiled(function, _nrt=False)


def _compiled(function: F, **options: Any) -> F:
    if not is_compiled():
        return function
    numba = _numba()
    dispatcher = numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    _compile_once_per_type(dispatcher)
    return dispatcher  # type: ignore[no-any-return]


@cache
def state_of_sources(*rooms: str) -> str:
    """SHA-256 over the modules of some rooms, of the whole package if none is named, in hexadecimal."""
    root, state = Path(__file__).parent, hashlib.sha256()
    for file in sorted(file for room in rooms or ("",) for file in (root / room).rglob("*.py")):
        state.update(file.read_bytes())
    return state.hexdigest()


@cache
def _numba() -> Any:
    """Numba, with a disk cache of its own for this state of the sources: it would not notice that a kernel which
    another one calls has changed."""
    root = Path(__file__).parent
    place = root / "__pycache__" / f"kernels-{state_of_sources(*_ROOMS)[:12]}"
    if "NUMBA_CACHE_DIR" not in os.environ and os.access(root, os.W_OK):
        os.environ["NUMBA_CACHE_DIR"] = str(place)
        for old in place.parent.glob("kernels-*"):
            if old != place:
                shutil.rmtree(old, ignore_errors=True)
    import numba

    return numba


def _compile_once_per_type(dispatcher: Any) -> None:
    """Otherwise a kernel is compiled again for every constant that it is called with."""
    from numba import types

    unliteral: Any = types.unliteral

    call_template = dispatcher.get_call_template
    dispatcher.get_call_template = lambda args, kws: call_template(
        tuple(unliteral(kind) for kind in args), {name: unliteral(kind) for name, kind in kws.items()}
    )
