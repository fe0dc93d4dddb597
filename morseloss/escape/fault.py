"""`Fault`: why a row cannot be asked how it is left, or what the search for a rate ran into."""

import numpy as np
from jaxtyping import Int

from morseloss.status import Worded

__all__ = ["Fault", "complain"]


class Fault(Worded):
    """What is wrong with a row; `fault.message` explains it and says what to do."""

    NONE = 0, "has all it needs"
    NO_MINIMUM = (
        1,
        "has no minimum that is not the global one, or is degenerate or not finite; a local "
        "minimum has slope 0 and positive curvature",
    )
    NO_LOWER = (
        2,
        "has no lower minimum to escape to: its minimum has an essential bar, or the polynomial "
        "is not coercive; take a minimum that is not the global one, of a polynomial that grows "
        "on both sides",
    )
    OUTSIDE = (
        3,
        "has a start that is not in the basin of the local minimum; start between the maxima "
        "around it (the gates)",
    )
    BAD_RATE = 4, "has a learning rate that is not positive and finite; pass one above 0"
    NEVER = (
        5,
        "never escapes within the steps, at any rate of the range tried; raise `max_steps`, or "
        "pass `rates` that reach higher",
    )
    ALWAYS = (
        6,
        "escapes already at the lowest rate of the range tried, so that nothing brackets the "
        "least one; pass `rates` that begin lower",
    )


def complain(faults: Int[np.ndarray, " rows"], what: str) -> None:
    """Pass a batch; raise for a single row that has a fault.

    Parameters
    ----------
    faults : ndarray of int, shape (rows,)
        A `Fault` each.
    what : str
        What the row is, and the numbers that the message needs.

    Raises
    ------
    ValueError
        If there is one row and it has a fault.
    """
    if len(faults) == 1 and faults[0]:
        raise ValueError(f"{what} {Fault(int(faults[0])).message}")
