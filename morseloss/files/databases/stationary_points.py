"""The graph of minima and transition states that a database lists, each by its own id.

The one idea: what a database may have wrong, ids that nobody has and transition states below their
minima, is counted and told with the first one, by the ids that its owner knows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from morseloss.graphs.graph import LandscapeGraph
from morseloss.graphs.names import is_plain
from morseloss.topology.door import integers, reals

__all__ = ["StationaryPoints"]


@dataclass(frozen=True, eq=False)
class StationaryPoints:
    """Minima and transition states as columns.

    Parameters
    ----------
    ids : sequence of int
        What the database calls its minima.
    energies : sequence of float
        Of the minima.
    ends : sequence of pairs of int
        The ids of the two minima of each transition state.
    heights : sequence of float
        Energies of the transition states.
    points, peaks : ndarray, optional
        Positions of the minima and of the transition states.
    """

    ids: Any
    energies: Any
    ends: Any
    heights: Any
    points: Any = None
    peaks: Any = None

    def graph(self) -> LandscapeGraph:
        """Return the graph; minima are named by their ids, unless these are the rows from 0.

        Raises
        ------
        ValueError
            If an id comes twice or is unknown, an energy is not finite, or a transition state lies
            below one of its minima.
        """
        ids, ends = integers("ids", self.ids), integers("ends", self.ends, axes=2).reshape(-1, 2)
        values, heights = reals("energies", self.energies), reals("energies", self.heights)
        order = np.argsort(ids, kind="stable")
        ordered = ids[order]
        twice = np.flatnonzero(ordered[1:] == ordered[:-1])
        if len(twice):
            raise ValueError(f"the minimum {ordered[twice[0]]} is there twice; keep one")
        for name, numbers in (("minimum", values), ("transition state", heights)):
            wrong = np.flatnonzero(~np.isfinite(numbers))
            if len(wrong):
                raise ValueError(
                    f"the {name} in row {wrong[0] + 1} has the energy {numbers[wrong[0]]}; drop it"
                )
        rows = self._rows(ordered, order, ends)
        _above(ids, values, rows, heights)
        names = None if is_plain(ids.tolist()) else list(map(str, ids.tolist()))
        return LandscapeGraph(
            values, rows, heights, points=self.points, peaks=self.peaks, names=names
        )

    def _rows(self, ordered: np.ndarray, order: np.ndarray, ends: np.ndarray) -> np.ndarray:
        if not len(ordered):
            raise ValueError("no minima; a database holds at least one")
        places = np.searchsorted(ordered, ends).clip(max=len(ordered) - 1)
        strange = ordered[places] != ends
        wrong = np.flatnonzero(strange.any(axis=1))
        if len(wrong):
            row = wrong[0]
            raise ValueError(
                f"{_many(len(wrong), len(ends))} a minimum that is not there, the first in row "
                f"{row + 1}: {ends[row][strange[row]][0]}, where minima are called {ordered[0]} to "
                f"{ordered[-1]}; add the minima, or drop these transition states"
            )
        return order[places]


def _above(ids: np.ndarray, values: np.ndarray, rows: np.ndarray, heights: np.ndarray) -> None:
    """Pass transition states that lie at or above their minima.

    Raises
    ------
    ValueError
        If some do not.
    """
    highest = rows[np.arange(len(rows)), values[rows].argmax(axis=1)] if len(rows) else rows[:, 0]
    low = np.flatnonzero(heights < values[highest])
    if len(low):
        row = low[0]
        raise ValueError(
            f"{_many(len(low), len(rows), 'lie', 'lies')} below one of their minima, the first in "
            f"row {row + 1}: {heights[row]} between the minima {ids[rows[row, 0]]} and "
            f"{ids[rows[row, 1]]}, where minimum {ids[highest[row]]} has {values[highest[row]]}; "
            "that is no pass: converge them further, or drop these transition states"
        )


def _many(count: int, total: int, some: str = "join", one: str = "joins") -> str:
    states = "transition state" if total == 1 else "transition states"
    return f"{count} of {total} {states} {one if count == 1 else some}"
