"""`processes`: processes of this machine, as workers.

The one idea: they begin anew (`spawn`), as GPUs need it, with one thread each; and they end when
the process does that they work for, however that ends.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess

from morseloss.kinds import check_count

__all__ = ["processes"]


def processes(count: int, *, threads: int = 1) -> Callable[[], ProcessPoolExecutor]:
    """Return a callable that makes a pool of processes.

    Parameters
    ----------
    count : int
        How many; as many as there are cores for them, or GPUs.
    threads : int
        Of torch, in each of them.

    Returns
    -------
    callable
        Without arguments: what `executor` takes. A pool whose worker died is made anew by it.

    Raises
    ------
    ValueError
        If a number is no count.

    Examples
    --------
    >>> from morseloss.workers import processes
    >>> with processes(2)() as pool:
    ...     print(type(pool).__name__)
    ProcessPoolExecutor
    """
    check_count("count", count)
    check_count("threads", threads)
    return partial(ProcessPoolExecutor, count, _Context(), _begin, (threads,))


class _Deaf(SpawnProcess):
    """Hears no interrupt from its first moment on: imports take seconds, and would end in noise."""

    def start(self) -> None:
        with _deaf():
            super().start()


class _Context(SpawnContext):
    """Makes such processes."""

    Process = _Deaf


@contextmanager
def _deaf() -> Iterator[None]:
    """Let an interrupt wait, and let processes that begin meanwhile never hear of one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # beginning it inside would let interrupts through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(threads: int) -> None:
    """Begin as a worker: an interrupt is for the process that it works for."""
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(threads)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    """End with the process that it works for, which may be killed and tell nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
