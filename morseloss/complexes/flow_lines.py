"""`FlowLines`: gradient flow lines between critical points whose indices differ by one.

The one idea: a line has a source, a target and a sign; added up, the signs are a boundary. The
Morse complex is made of them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.graphs.graph import many
from morseloss.graphs.places import polylines
from morseloss.topology.door import integers, reals, rebuilt

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["FlowLines"]


@dataclass(frozen=True, eq=False)
class FlowLines:
    """Hold gradient flow lines, one a row, from a critical point down to one of lower index.

    Parameters
    ----------
    sources, targets : ndarray, shape (m,), int64
        Rows of the critical points at which each line begins and ends.
    signs : ndarray, shape (m,), int64
        1 or -1: whether the line agrees with the orientations chosen at its two ends.
    paths : sequence of ndarray, each of shape (k, dim), optional
        One polyline a line, from the source down to the target.

    Raises
    ------
    ValueError
        If the shapes differ, a number is no integer, a sign is neither 1 nor -1, or a path is not
        finite.

    Examples
    --------
    >>> FlowLines(sources=[2, 2], targets=[0, 1], signs=[-1, 1])
    FlowLines(2 flow lines)
    """

    sources: Int[np.ndarray, " m"]
    targets: Int[np.ndarray, " m"]
    signs: Int[np.ndarray, " m"]
    paths: tuple[Float[np.ndarray, "_ dim"], ...] | None = None

    def __post_init__(self) -> None:
        m = len(integers("sources", self.sources))
        for name in ("sources", "targets", "signs"):
            object.__setattr__(self, name, one_each(name, getattr(self, name), m))
        wrong = np.flatnonzero(abs(self.signs) != 1)
        if len(wrong):
            raise ValueError(
                f"`signs` must be 1 or -1, got {self.signs[wrong[0]]} in row {wrong[0]}; "
                "give each line a row of its own"
            )
        if self.paths is not None:
            object.__setattr__(self, "paths", polylines(self.paths, m, "line"))

    __reduce__ = rebuilt

    def __len__(self) -> int:
        return len(self.sources)

    def __repr__(self) -> str:
        return f"FlowLines({many(len(self), 'flow line')})"

    def boundary(
        self, values: Float[np.ndarray, " n"], indices: Int[np.ndarray, " n"]
    ) -> "sparse.csc_array":
        """Return the boundary that counts these lines, with their signs.

        Parameters
        ----------
        values, indices : ndarray, shape (n,)
            Value and Morse index of each critical point.

        Returns
        -------
        scipy.sparse.csc_array, shape (n, n), int64
            Entry `[q, p]` is the sum of the signs of the lines from `p` to `q`.

        Raises
        ------
        ValueError
            If a line does not lead down to the next lower index; the message names the first one.

        Examples
        --------
        >>> lines = FlowLines(sources=[2, 2], targets=[0, 1], signs=[-1, 1])
        >>> lines.boundary(values=[0.0, 0.5, 1.0], indices=[0, 0, 1]).toarray()[:, 2]
        array([-1,  1,  0])
        """
        values = reals("values", values)
        n = len(values)
        indices = one_each("indices", indices, n)
        self._check(values, indices)
        return matrix_of(self.signs, self.targets, self.sources, n)

    def _check(self, values: Float[np.ndarray, " n"], indices: Int[np.ndarray, " n"]) -> None:
        """Refuse what is no flow line; strange rows first, for they make the rest wrong too."""
        sources, targets, n = self.sources, self.targets, len(values)
        strange = (np.minimum(sources, targets) < 0) | (np.maximum(sources, targets) >= n)
        if strange.any():
            raise ValueError(
                f"`lines` must join critical points from 0 to {n - 1}, got {self._line(strange)}; "
                "number the critical points from 0"
            )
        aside = indices[sources] != indices[targets] + 1
        if aside.any():
            p, q = sources[aside][0], targets[aside][0]
            raise ValueError(
                f"`lines` must lead to the next lower index, got {self._line(aside)}, of index "
                f"{indices[p]} and {indices[q]}; leave it out"
            )
        up = values[sources] < values[targets]
        if up.any():
            p, q = sources[up][0], targets[up][0]
            raise ValueError(
                f"`lines` must lead down, got {self._line(up)}, of value {values[p]} and "
                f"{values[q]}; look at how its ends were found"
            )

    def _line(self, wrong: Bool[np.ndarray, " m"]) -> str:
        """Name the first line that is wrong."""
        row = np.flatnonzero(wrong)[0]
        return (
            f"the line in row {row} from critical point {self.sources[row]} to {self.targets[row]}"
        )


def one_each(name, numbers, count):
    """Return integers in one axis, so many, as int64.

    Raises
    ------
    ValueError
        If there are more or fewer, or other things.
    """
    numbers = integers(name, numbers)
    if len(numbers) != count:
        raise ValueError(f"`{name}` must have shape ({count},), got {numbers.shape}")
    return integers(name, numbers.astype(np.int64)) if numbers.dtype != np.int64 else numbers


def matrix_of(entries, rows, columns, n):
    """Return a square sparse matrix, with the entries at one place added up."""
    from scipy import sparse

    places = np.array(rows, np.int64), np.array(columns, np.int64)
    matrix = sparse.csc_array((np.array(entries, np.int64), places), shape=(n, n))
    matrix.eliminate_zeros()
    return matrix
