"""`done`: pieces of work, each with its result, as they end.

The one idea: pieces wait in one line, and some are handed over. A piece whose worker died stands at
the end of the line again; one that keeps costing workers is named and left out. No more is decided
here: where a piece is done is the engine's affair.
"""

import pickle
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from typing import Any

from morseloss.caution import caution
from morseloss.kinds import check_count
from morseloss.workers.crew import Crew, Workers, WorkersError, broke, hired
from morseloss.workers.errand import (
    DONE,
    LACKS,
    OTHER,
    RAISED,
    STOPPED,
    UNREAD,
    answer,
    here,
    versions,
)
from morseloss.workers.parcel import Parcel, packed

__all__ = ["Progress", "done"]

Progress = Callable[[int, int, int], None]
"""Called as `progress(done, running, total)`, in pieces; the others wait."""

ATTEMPTS = 3


def done(
    function: Callable[[Any, Any], Any],
    pieces: Sequence[Any],
    executor: Workers | None = None,
    *,
    shared: Any = None,
    attempts: int = ATTEMPTS,
    named: Callable[[int], str] = "piece {}".format,
    needed: bool = False,
    progress: Progress | None = None,
) -> Generator[tuple[int, Any], None, None]:
    """Yield what a function makes of pieces, each as soon as it is there.

    Parameters
    ----------
    function : callable
        `function(shared, piece)`: pure, and to be found by name in a module that workers can
        import.
    pieces : sequence
        Small things; with workers, all that is theirs must pickle.
    executor : Executor or callable, optional
        Any `concurrent.futures.Executor`, or a callable without arguments that makes one, which is
        then closed at the end, and replaced if a worker's death broke it. By default the pieces are
        done here, in order.
    shared : object
        What all pieces need: each worker reads it once.
    attempts : int
        A piece whose worker died so often is left out, with a warning.
    needed : bool
        Whether nothing can be made of the others then: it is an error at once.
    named : callable
        Words for a piece, by its number.
    progress : callable, optional
        Gets `(done, running, total)` when the number of done pieces changes.

    Yields
    ------
    (int, object)
        The number of a piece and its result; as they end, which with workers is no fixed order.

    Raises
    ------
    ValueError
        If the executor is none or takes no work any more, or something does not pickle.
    WorkersError
        If workers have other versions or cannot read what they are sent, the executor broke and
        cannot be replaced, or a piece that is needed, or all of them, could not be done. What was
        done before has been yielded.
    KeyboardInterrupt
        At an interrupt: what waits is cancelled, what has ended is yielded before.
    Exception
        Of the function itself, after all that was at work has been yielded.

    Warns
    -----
    UserWarning
        If pieces are left out; and what workers warned of.

    Examples
    --------
    >>> from morseloss.workers import done
    >>> dict(done(pow, [1, 2, 3], shared=2))
    {0: 2, 1: 4, 2: 8}
    """
    check_count("attempts", attempts)
    pieces = list(pieces)
    if executor is None:
        yield from _here(function, pieces, shared, progress)
    elif pieces:
        with hired(executor) as crew:
            parcel = packed(function, shared, crew.folder)
            line = _Line(crew, parcel, pieces, attempts, named, progress, needed)
            yield from line.ended()


def _here(
    function: Callable[[Any, Any], Any], pieces: list[Any], shared: Any, progress: Progress | None
) -> Iterator[tuple[int, Any]]:
    for index, piece in enumerate(pieces):
        if progress is not None:
            progress(index, 1, len(pieces))
        yield index, function(shared, piece)
    if progress is not None:
        progress(len(pieces), 0, len(pieces))


class _Line:
    """Pieces that wait, those that are handed over, and what became of the others."""

    def __init__(
        self,
        crew: Crew,
        parcel: Parcel,
        pieces: list[Any],
        attempts: int,
        named: Callable[[int], str],
        progress: Progress | None,
        needed: bool,
    ) -> None:
        self.needed = needed
        self.crew, self.parcel, self.pieces, self.attempts = crew, parcel, pieces, attempts
        self.named, self.progress = named, progress
        self.waiting = deque(range(len(pieces)))
        self.flight: dict[Future[Any], int] = {}
        self.deaths: Counter[int] = Counter()
        self.suspects: set[int] = set()  # which died with others, and may be innocent
        self.blind: set[int] = set()  # which a worker could not do for it sees no file
        self.lost: dict[int, str] = {}
        self.refusals = 0  # of executors, one after the other
        self.done, self.heard, self.broken = 0, set(), False

    def ended(self) -> Iterator[tuple[int, Any]]:
        """Yield results until nothing waits and nothing is at work."""
        try:
            while self.waiting or self.flight:
                self._hand_over()
                self._show()
                ended = wait(self.flight, return_when=FIRST_COMPLETED).done
                if any(broke(future) for future in ended):
                    ended = wait(self.flight).done  # it takes all with it
                yield from self._results(ended)
        except KeyboardInterrupt:
            self._stop()
            yield from self._last({one for one in self.flight if one.done()})
            raise
        except Exception:
            self._cancel()
            yield from self._last(wait(self.flight).done)
            raise
        except GeneratorExit:
            self._stop()
            raise
        self._show()
        for words in sorted(self.heard):
            caution(words)
        if self.lost:
            self._tell()

    def _hand_over(self) -> None:
        """Hand over as many as workers can soon begin; a suspect's last attempt is made alone."""
        ahead = self.crew.ahead
        while self.waiting and len(self.flight) < ahead:
            index = self.waiting[0]
            last = index in self.suspects and self.deaths[index] + 1 >= self.attempts
            if last and self.flight:
                return
            future = self._submitted(index)
            if future is None:
                self.refusals += 1
                return
            self.refusals = 0
            self.flight[future] = self.waiting.popleft()
            if last:
                return

    def _submitted(self, index: int) -> "Future[Any] | None":
        try:
            piece = pickle.dumps(self.pieces[index], pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # whatever the caller's own classes raise
            raise ValueError(f"{self.named(index)} does not pickle: {error}") from None
        more = (self.parcel.content,) if index in self.blind else ()
        words = (self.parcel.key, str(self.parcel.file), here(), versions(), piece, *more)
        try:
            if self.refusals >= self.attempts:
                raise WorkersError(f"{self.attempts} executors, one after the other, took no piece")
            return self.crew.submit(answer, *words)
        except BrokenExecutor as error:
            self.broken = True
            raise WorkersError(self._broken(error)) from error

    def _results(self, ended: set[Future[Any]]) -> Iterator[tuple[int, Any]]:
        """Yield what ended well, and put the rest where it belongs."""
        problems: list[BaseException] = []
        broken: BaseException | None = None
        for left, future in zip(range(len(ended) - 1, -1, -1), ended, strict=True):
            index = self.flight.pop(future)
            error = CancelledError() if future.cancelled() else future.exception()
            if error is None:
                found = future.result()
                if found["kind"] == DONE:
                    self.done += 1
                    self.heard.update(found["warnings"])
                    yield index, pickle.loads(found["found"])
                    if left:
                        self._show()  # each of those that end at one moment
                else:
                    problems += self._problem(index, found)
            elif isinstance(error, KeyboardInterrupt):
                raise error
            else:
                broken = error if broke(future) else broken
                self._died(index, error, with_others=broke(future))
        if problems:
            raise problems[0]
        if broken is not None:
            self._renew(broken)

    def _problem(self, index: int, found: dict[str, Any]) -> list[BaseException]:
        """Return what is to be raised for an answer that is no result."""
        kind, where = found["kind"], found.get("where", ())
        if kind == LACKS and index not in self.blind:
            self.blind.add(index)
            self.waiting.appendleft(index)
            return []
        if kind == STOPPED:
            return [KeyboardInterrupt()]
        if kind == OTHER:
            return [WorkersError(_other(where, found["versions"]))]
        if kind == RAISED:
            error = pickle.loads(found["error"])
            error.add_note(f"in {self.named(index)}, by a worker:\n{found['text']}")
            return [error]
        text = found["text"] if kind == UNREAD else "it was sent no data"
        return [
            WorkersError(
                f"a worker on {where[0]} cannot read what it is sent ({text}); what that names "
                "must be in a module that workers can import: no notebook, and no script without "
                '`if __name__ == "__main__":`'
            )
        ]

    def _died(self, index: int, error: BaseException, *, with_others: bool) -> None:
        """Let a piece whose worker died be tried again, or leave it out."""
        self.deaths[index] += 1
        if with_others:
            self.suspects.add(index)
        if self.deaths[index] < self.attempts:
            self.waiting.append(index)
            return
        self.lost[index] = f"{type(error).__name__}: {str(error).strip()}"
        if self.needed or not self.done:
            raise WorkersError(
                f"no worker came back: {self.attempts} died over {self.named(index)} (the last: "
                f"{self.lost[index]:.300}). A script that starts processes needs `if __name__ == "
                '"__main__":` around what it does; too little memory kills them as well'
            )

    def _renew(self, error: BaseException) -> None:
        """Go on with a new executor, after a death that broke the old one."""
        if not self.crew.renew() and self.waiting:
            raise WorkersError(self._broken(error)) from error

    def _broken(self, error: BaseException) -> str:
        return (
            f"the executor broke after {self.done} of {len(self.pieces)} pieces, which are kept "
            f"({str(error).strip().rstrip('.')}); call again with a new one, or pass a callable "
            "that makes one, as `morseloss.workers.processes(2)`: then it is replaced by itself"
        )

    def _last(self, ended: set[Future[Any]]) -> Iterator[tuple[int, Any]]:
        """Yield what still ended well, while something is raised."""
        for future in ended:
            if future in self.flight and not future.cancelled() and future.exception() is None:
                index, found = self.flight.pop(future), future.result()
                if found["kind"] == DONE:
                    yield index, pickle.loads(found["found"])

    def _stop(self) -> None:
        """Cancel what waits where workers stay; those made here are ended, and all with them."""
        if self.crew.maker is None:
            self._cancel()

    def _cancel(self) -> None:
        self.waiting.clear()
        for future in self.flight if not self.broken else ():
            # of a broken pool all futures fail; one cancelled meanwhile would stop who ends workers
            future.cancel()

    def _show(self) -> None:
        if self.progress is not None:
            most = self.crew.count or len(self.flight)
            self.progress(self.done, min(len(self.flight), most), len(self.pieces))

    def _tell(self) -> None:
        names = [self.named(index) for index in sorted(self.lost)]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        caution(
            f"{', '.join(names[:5])}{more} left out: workers died over each {self.attempts} times "
            f"(the last: {next(iter(self.lost.values())):.300}); look at their memory, and make "
            "the same call again"
        )


def _other(where: tuple[str, int], theirs: dict[str, str]) -> str:
    ours = versions()
    told = ", ".join(f"{name} {found} in place of {ours[name]}" for name, found in theirs.items())
    return (
        f"a worker on {where[0]} has {told}; bits would differ: let workers and this process have "
        "the same"
    )
