"""`Descents`: what became of each trajectory, and the `Regime` it is in.

The one idea: one row a trajectory, filled in as runs end.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from morseloss.graphs.graph import many
from morseloss.status import Worded

__all__ = ["STILL_WIDTHS", "Descents", "Regime", "not_run"]

STILL_WIDTHS = 1e-10  # a step this short, in widths of the basin, is none


class Regime(Worded):
    """What a trajectory does; `regime.message` says it in words."""

    CONVERGES = 0, "converges to the local minimum"
    BOUNDED = 1, "stays in the basin, and does not converge within the steps"
    LEAVES = 2, "leaves the basin"
    DIVERGES = 3, "leaves the basin and runs away without bound"
    REFUSED = 4, "was not run; `faults` says why"


@dataclass(frozen=True, eq=False)
class Descents:
    """What became of each trajectory.

    Attributes
    ----------
    regimes : ndarray of int, shape (rows,)
        A `Regime` each.
    steps : ndarray of int, shape (rows,)
        The first step after which the trajectory is outside the basin; -1 where it stays.
    points : ndarray, shape (rows,) or (rows, dim)
        Where it is at the end.
    wells : ndarray of int, shape (rows,)
        The minimum to which it converged, counted from the left, -1 where to none. For a `Gate`
        the local minimum is 0 and others are not known.
    faults : ndarray of int, shape (rows,)
        A `Fault` each.
    """

    regimes: Int[np.ndarray, " rows"]
    steps: Int[np.ndarray, " rows"]
    points: Float[np.ndarray, " rows"] | Float[np.ndarray, "rows dim"]
    wells: Int[np.ndarray, " rows"]
    faults: Int[np.ndarray, " rows"]

    def __len__(self) -> int:
        return len(self.regimes)

    def __repr__(self) -> str:
        counts = [f"{int((self.regimes == r).sum())} {r.name.lower()}" for r in Regime]
        return f"Descents({many(len(self), 'row')}: {', '.join(c for c in counts if c[0] != '0')})"


def not_run(faults: Int[np.ndarray, " rows"], shape: tuple[int, ...]) -> Descents:
    """Return rows of which nothing is known, for points of this shape."""
    rows = len(faults)
    return Descents(
        np.full(rows, Regime.REFUSED, dtype=int),
        np.full(rows, -1),
        np.full(shape, np.nan),
        np.full(rows, -1),
        faults,
    )
