"""`Crew`: the workers of one call, from an executor that is given or from a callable that makes it.

The one idea: a pool whose worker died is of no more use. Who gives an executor keeps it, and hears
of its end; who gives a callable lets it be replaced, and closed at the end.
"""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from morseloss.kinds import kind_of

__all__ = ["Crew", "Workers", "WorkersError", "broke", "hired"]

COUNTS = ("num_workers", "max_workers", "_max_workers")  # as MPI's, executorlib's, the library's
MANY = 256  # pieces ahead, where an engine does not tell how many workers it has
SHUT = (
    "`executor` takes no work any more ({}); make a new one, or pass a callable that does, as "
    "`morseloss.workers.processes(2)`"
)


SOCKET = "ExecutorlibSocketError"  # executorlib's word for an executor whose workers all died


class WorkersError(RuntimeError):
    """Workers that cannot do what they are sent; what they did before is kept."""


def broke(future: "Future[Any]") -> bool:
    """Whether a piece came to nothing with its executor, and not by itself."""
    error = None if future.cancelled() else future.exception()
    return isinstance(error, BrokenExecutor) or type(error).__name__ == SOCKET


class Crew:
    """Workers, and the folder with what they share.

    Parameters
    ----------
    workers : Executor or callable

    Raises
    ------
    ValueError
        If it is neither.
    """

    def __init__(self, workers: "Workers") -> None:
        is_class = isinstance(workers, type)
        if not isinstance(workers, Executor) and not (callable(workers) and not is_class):
            raise ValueError(
                "`executor` must be a `concurrent.futures.Executor`, or a callable that makes one, "
                f"as `morseloss.workers.processes(2)`, got {kind_of(workers)}"
            )
        given = isinstance(workers, Executor)
        self.maker = None if given else workers
        self._executor = workers if given else None
        self._folder = tempfile.TemporaryDirectory(prefix="morseloss-", ignore_cleanup_errors=True)

    @property
    def folder(self) -> Path:
        """Where what is shared lies, for workers that see this machine's files."""
        return Path(self._folder.name)

    @property
    def executor(self) -> Executor:
        """The executor at work.

        Raises
        ------
        ValueError
            If the callable made none.
        """
        if self._executor is None:
            made = self.maker() if self.maker is not None else None
            if not isinstance(made, Executor):
                raise ValueError(
                    f"`executor` must make a `concurrent.futures.Executor`, it made {kind_of(made)}"
                )
            self._executor = made
        return self._executor

    @property
    def count(self) -> int | None:
        """How many workers there are; None where the engine does not tell."""
        counts = (getattr(self.executor, name, None) for name in COUNTS)
        return next((count for count in counts if isinstance(count, int)), None)

    @property
    def ahead(self) -> int:
        """How many pieces are handed over at a time: a few more than there are workers."""
        return MANY if self.count is None else self.count + self.count // 2 + 1

    def submit(self, function: Callable[..., Any], *parts: Any) -> "Future[Any] | None":
        """Hand over a piece; None if a worker died, and the pool was replaced.

        Raises
        ------
        ValueError
            If the executor takes no work any more.
        BrokenExecutor
            If it broke, or cannot start workers, and was given.
        """
        try:
            return self.executor.submit(function, *parts)
        except (BrokenExecutor, OSError, EOFError) as error:
            if not self.renew():
                raise BrokenExecutor(str(error)) from error
            return None
        except RuntimeError as error:
            raise ValueError(SHUT.format(str(error).strip().split("\n")[0])) from None

    def renew(self) -> bool:
        """Put a new executor in place of a broken one; whether that can be done."""
        if self.maker is None:
            return False
        self._leave()
        return True

    def close(self, *, at_once: bool = False) -> None:
        """Let the workers go, those that were made here; at once if nobody waits for them."""
        if self.maker is not None:
            self._leave(at_once=at_once)
        self._folder.cleanup()

    def _leave(self, *, at_once: bool = False) -> None:
        executor, self._executor = self._executor, None
        if executor is None:
            return
        processes = getattr(executor, "_processes", None) or {}
        if at_once and isinstance(executor, ProcessPoolExecutor):
            for process in list(processes.values()):
                process.terminate()
        executor.shutdown(wait=not at_once, cancel_futures=True)


Workers = Executor | Callable[[], Executor] | Crew
"""An executor, or a callable that makes one: then a pool that broke is replaced."""


@contextmanager
def hired(workers: Workers) -> Iterator[Crew]:
    """Let workers be there for several calls: a callable makes them once, and not for each.

    Yields
    ------
    Crew
        As it is, if it is one already: it stays until it is let go where it was hired.
    """
    if isinstance(workers, Crew):
        yield workers
        return
    crew = Crew(workers)
    try:
        yield crew
    except BaseException as error:
        crew.close(at_once=isinstance(error, KeyboardInterrupt | GeneratorExit))
        raise
    crew.close()
