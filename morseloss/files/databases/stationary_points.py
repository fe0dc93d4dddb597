"""The graph of minima and transition states that a database lists, each by its own id.

The one idea: what a database may have wrong, ids that nobody has and transition states below their
minima, is counted and told with the first one, by the ids that its owner knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from morseloss.graphs.graph import LandscapeGraph
from morseloss.graphs.names import is_plain
from morseloss.topology.door import integers, reals

__all__ = ["StationaryPoints", "check_above"]


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
        check_above(ids.tolist(), values, rows, heights, "transition states lie")
        names = None if is_plain(ids.tolist()) else tuple(map(str, ids.tolist()))
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
            row, least = wrong[0], ordered[0]
            shift = f"; ids count from {least} here" if ends.min() != least else ""
            raise ValueError(
                f"{len(wrong)} of {len(ends)} transition states at a minimum that is not there, "
                f"the first in row {row + 1}: {ends[row][strange[row]][0]}, where minima are "
                f"called {least} to {ordered[-1]}{shift}; add the minima, or drop what has none"
            )
        return order[places]


def check_above(
    names: Sequence[Any], values: np.ndarray, rows: np.ndarray, heights: np.ndarray, states: str
) -> None:
    """Pass transition states, or edges, that lie at or above their minima.

    Parameters
    ----------
    names : sequence
        What the minima are called.
    values : ndarray, shape (n,)
        Their values.
    rows : ndarray of int, shape (m, 2)
        Rows of the two minima of each transition state.
    heights : ndarray, shape (m,)
        Values of the transition states.
    states : str
        What these are called, for the message.

    Raises
    ------
    ValueError
        If some lie below; the message tells how many, and the first.
    """
    highest = rows[np.arange(len(rows)), values[rows].argmax(axis=1)] if len(rows) else rows[:, 0]
    low = np.flatnonzero(heights < values[highest])
    if len(low):
        row = low[0]
        first, second, top = (names[end] for end in (*rows[row].tolist(), int(highest[row])))
        raise ValueError(
            f"{len(low)} of {len(rows)} {states} below one of their minima, the first in row "
            f"{row + 1}: {heights[row]} between {first} and {second}, where {top} has "
            f"{values[highest[row]]}; no pass lies below what it joins: mend or drop it"
        )
