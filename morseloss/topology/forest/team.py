"""`Team`: threads that share out the rows of large arrays; the kernels let go of Python's lock.

The one idea: whoever calls works too, and the others join as soon as they are free. Who does what
is left to chance, so a result must not hang on it, and what comes back is in the order of the work.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from itertools import count
from typing import Any

__all__ = ["Team", "stretches"]

STRETCH = 1 << 17  # rows that are worked on at a time: their columns fit into the nearer caches
EACH = 100_000  # rows for each thread at least
MOST = 8  # threads; more of them wait for memory


class Team:
    """Threads for one computation, as many as numba may use (`NUMBA_NUM_THREADS`).

    Parameters
    ----------
    rows : int
        Size of the computation; a small one is left to the thread that calls.
    """

    def __init__(self, rows: int) -> None:
        most = min(MOST, 1 + rows // EACH)
        self.size = min(_threads(), most) if most > 1 else 1  # numba is not imported for a few rows

    def __enter__(self) -> "Team":
        self.pool = ThreadPoolExecutor(self.size - 1) if self.size > 1 else None
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool:
            self.pool.shutdown(cancel_futures=True)

    def start(self, work: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        """Let another thread begin a piece of work, if there is one; call for its result."""
        if not self.pool:
            return cache(lambda: work(*arguments))
        return self.pool.submit(work, *arguments).result

    def share(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Return what the work makes of each item."""
        return self.take_turns(lambda: work, items)

    def take_turns(
        self, begin: Callable[[], Callable[[Any], Any]], items: Iterable[Any]
    ) -> list[Any]:
        """Let each thread that joins begin, and then work on items, each later than its last.

        Returns
        -------
        list
            What came of each item, in their order.
        """
        items = list(items)
        results: list[Any] = [None] * len(items)
        turns = count()

        def join() -> None:
            turn = next(turns)
            if turn >= len(items):
                return
            worker = begin()
            while turn < len(items):
                results[turn] = worker(items[turn])
                turn = next(turns)

        others: list[Future[None]] = []
        if self.pool:
            others = [self.pool.submit(join) for _ in range(min(self.size, len(items)) - 1)]
        join()
        for other in others:
            if not other.cancel():
                other.result()
        return results


def stretches(rows: int) -> list[tuple[int, int]]:
    """Return the first row of each stretch and the one after its last.

    Examples
    --------
    >>> stretches(200_000)
    [(0, 131072), (131072, 200000)]
    """
    return [(low, min(low + STRETCH, rows)) for low in range(0, rows, STRETCH)]


def _threads() -> int:
    from numba.core import config

    return config.NUMBA_NUM_THREADS  # pyright: ignore[reportAttributeAccessIssue]
