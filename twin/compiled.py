"""One source, compiled or not: the decorators numeric kernels wear.

No fastmath anywhere: the same source gives the same bits compiled or not.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

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
    import numba

    dispatcher = numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    _compile_once_per_type(dispatcher)
    return dispatcher  # type: ignore[no-any-return]


def _compile_once_per_type(dispatcher: Any) -> None:
    """Otherwise a kernel is compiled again for every constant that it is called with."""
    from numba import types

    unliteral: Any = types.unliteral

    call_template = dispatcher.get_call_template
    dispatcher.get_call_template = lambda args, kws: call_template(
        tuple(unliteral(kind) for kind in args), {name: unliteral(kind) for name, kind in kws.items()}
    )
