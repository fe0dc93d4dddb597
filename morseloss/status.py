"""What can happen to a row of a batched search, and what to try then.

A caller's mistake raises at the door; the world's failure is a `Status` of the row it befell, so
that one bad row never costs the others. The text of a status ends in its remedy.
"""

from collections import Counter
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

__all__ = ["Interrupted", "SearchError", "Status", "summary"]


class Status(IntEnum):
    """The outcome of one row; `status.message` explains it and says what to try."""

    RUNNING = 0
    CONVERGED = 1
    DEGENERATE = 2
    WRONG_INDEX = 3
    STALLED = 4
    DIVERGED = 5
    NONFINITE = 6
    OUTSIDE = 7

    @property
    def message(self) -> str:
        """One sentence on what happened, ending in a remedy where there is one."""
        return _MESSAGES[self]


_MESSAGES = {
    Status.RUNNING: (
        "is still moving; raise `max_steps` (a saddle search may also circle for ever where its "
        "two lowest curvatures are equal: start elsewhere)"
    ),
    Status.CONVERGED: "reached its goal",
    Status.DEGENERATE: (
        "ended at a critical point with a (nearly) zero Hessian eigenvalue, whose index is not "
        "guessed; perturb the landscape, or take a coordinate along the flat direction away"
    ),
    Status.WRONG_INDEX: (
        "ended at a critical point of another index (a start on a ridge, say); move the start"
    ),
    Status.STALLED: (
        "could take no step, however small, that its quadratic model predicts; look for a kink of "
        "the landscape where it ended: these searches need second derivatives"
    ),
    Status.DIVERGED: (
        "ran away without bound: the landscape falls off to infinity there, it is not coercive; "
        "add a term that grows (a weight decay, say), or bound the box"
    ),
    Status.NONFINITE: (
        "met a value, gradient or Hessian that is not finite; its last finite point is kept: "
        "start closer, or mend the landscape there"
    ),
    Status.OUTSIDE: (
        "ended outside the domain of the landscape and is not counted; enlarge the box of `OnBox`"
    ),
}


def summary(status: Iterable[int]) -> str:
    """How many rows ended in which status, as a phrase: `"200 converged, 3 stalled"`."""
    counts = Counter(Status(int(code)) for code in status)
    return ", ".join(f"{counts[key]} {key.name.lower()}" for key in Status if counts[key])


class SearchError(RuntimeError):
    """A search whose result would be misleading; what it did find is in `found`.

    Attributes
    ----------
    found : object
        The partial result (for instance `CriticalPoints`), so that nothing computed is lost.
    """

    def __init__(self, message: str, found: object = None):
        super().__init__(message)
        self.found = found


class Interrupted(KeyboardInterrupt):
    """An interrupt from the keyboard during a search; what it had found by then is in `found`.

    Attributes
    ----------
    found : object
        `CriticalPoints`, `Paths` or `LandscapeGraph`, as the search would have returned: complete
        for what is in it, but not all there is.
    """

    def __init__(self, found: Any):
        super().__init__(f"interrupted; `found` holds {found!r}")
        self.found = found
