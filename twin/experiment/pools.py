"""Where replications run: this process, its forked children, or a dask cluster."""

import multiprocessing
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def pool_of(workers: int, cluster: str | None = None) -> Iterator[Executor | None]:
    """An executor with that many workers, None for one, or that of the dask scheduler at address `cluster`.

    Raises ValueError if the cluster can't be used, and for less than one worker.
    """
    if workers < 1:
        raise ValueError(f"{workers} workers: give a number from 1 up")
    if cluster is not None:
        with _cluster(cluster) as executor:
            yield executor
    elif workers == 1:
        yield None
    else:
        pool = _local(workers)
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _local(workers: int) -> Executor:
    """Forked children share what is prepared and compiled; where forking is unsafe, threads do (no lock in kernels)."""
    if sys.platform != "linux":
        return ThreadPoolExecutor(workers)
    context = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(workers, context, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN))


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise ValueError('a cluster needs dask: pip install "plm-assurance-twin[cluster]"') from error
    try:
        client = Client(address, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise ValueError(f"no dask scheduler answers at {address}; start one with: dask scheduler") from error
    with client:
        yield client.get_executor(pure=False)  # type: ignore[no-untyped-call]
