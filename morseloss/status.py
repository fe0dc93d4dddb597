"""What can happen to a row of a batched search, and what to try then.

A caller's mistake raises at the door; the world's failure is a `Status` of the row it befell, so
that one bad row never costs the others. The text of a status ends in its remedy.
"""

from collections import Counter
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

__all__ = ["Interrupted", "SearchError", "Status", "Worded", "summary"]


class Worded(IntEnum):
    """A number that says what it means, in its attribute `message`; made as `NAME = 1, "text"`."""

    message: str

    def __new__(cls, number: int, message: str) -> "Worded":
        """Return the member of this number and text."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.message = message
        return member


class Status(Worded):
    """The outcome of one row; `status.message` explains it and says what to try."""

    RUNNING = (
        0,
        "is still moving; raise `max_steps` (a saddle search may also circle for ever where its "
        "two lowest curvatures are equal: start elsewhere)",
    )
    CONVERGED = 1, "reached its goal"
    DEGENERATE = (
        2,
        "ended at a critical point with a (nearly) zero Hessian eigenvalue, whose index is not "
        "guessed; perturb the landscape, or take a coordinate along the flat direction away",
    )
    WRONG_INDEX = (
        3,
        "ended at a critical point of another index (a start on a ridge, say); move the start",
    )
    STALLED = (
        4,
        "could take no step, however small, that its quadratic model predicts; look for a kink of "
        "the landscape where it ended: these searches need second derivatives",
    )
    DIVERGED = (
        5,
        "ran away without bound: the landscape falls off to infinity there, it is not coercive; "
        "add a term that grows (a weight decay, say), or bound the box",
    )
    NONFINITE = (
        6,
        "met a value, gradient or Hessian that is not finite; its last finite point is kept: "
        "start closer, or mend the landscape there",
    )
    OUTSIDE = (
        7,
        "ended outside the domain of the landscape and is not counted; enlarge the box of `OnBox`",
    )


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
