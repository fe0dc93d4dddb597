"""The answer of every persistence computation: bars, and the cells that open and close them.

A `Diagram` is a table with one row per bar. `to_score` reads the paper's topological obstruction
score off it.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

__all__ = ["Diagram", "Metric", "to_score"]

Metric = Literal["euclidean", "chebyshev"]


@dataclass(frozen=True, eq=False)
class Diagram:
    """Hold the bars of a landscape, sorted by degree, birth and birth cell.

    In degree 0 a bar is born at a minimum and dies at the edge over which a lower minimum is first
    reached: the segment `[L(p), h_p]` of the paper. The half-line of a global minimum is
    *essential*: its death is infinite and its death cell -1. Bars of length zero are kept.

    Parameters
    ----------
    births : ndarray, shape (k,), float64
        Values at which the bars begin, finite.
    deaths : ndarray, shape (k,), float64
        Values at which they end, `inf` for essential bars, never below `births`.
    degrees : ndarray, shape (k,), int64, or int
        Homological degree of each bar.
    birth_cells, death_cells : ndarray, shape (k,), int64, or int
        Where each bar comes from; in degree 0 the row of the minimum and the row of the edge. -1
        where unknown or absent.

    Raises
    ------
    ValueError
        If the shapes differ, a birth is not finite, or a death is nan or below its birth; the
        message names the first such row.

    References
    ----------
    Barannikov et al., Loss barcode, Definitions 1 and 2.

    Examples
    --------
    >>> bars = Diagram(births=[1.0, 0.0], deaths=[3.0, np.inf])
    >>> bars
    Diagram(2 bars: 2 of degree 0, 1 essential)
    >>> bars.lifetimes
    array([inf,  2.])
    """

    births: Float[np.ndarray, " k"]
    deaths: Float[np.ndarray, " k"]
    degrees: Int[np.ndarray, " k"] = field(default_factory=lambda: np.asarray(0))
    birth_cells: Int[np.ndarray, " k"] = field(default_factory=lambda: np.asarray(-1))
    death_cells: Int[np.ndarray, " k"] = field(default_factory=lambda: np.asarray(-1))

    def __post_init__(self):
        births = np.asarray(self.births, np.float64)
        deaths = np.asarray(self.deaths, np.float64)
        if births.ndim != 1 or births.shape != deaths.shape:
            raise ValueError(
                "`births` and `deaths` must have the same shape (k,), "
                f"got {births.shape} and {deaths.shape}"
            )
        wrong = np.flatnonzero(~(np.isfinite(births) & (births <= deaths)))
        if len(wrong):
            row = wrong[0]
            raise ValueError(
                "a bar must have a finite birth and a death at or above it, got "
                f"[{births[row]}, {deaths[row]}] in row {row}; use inf for a bar that never ends"
            )
        columns: dict[str, np.ndarray] = {"births": births, "deaths": deaths}
        for name in ("degrees", "birth_cells", "death_cells"):
            columns[name] = _integers(name, getattr(self, name), len(births))
        keys = columns["degrees"], births, columns["birth_cells"]
        order = None if _ordered(*keys) else np.lexsort(keys[::-1])
        for name, column in columns.items():
            column = column.view() if order is None else column[order]
            column.flags.writeable = False
            object.__setattr__(self, name, column)

    def __len__(self):
        return len(self.births)

    def __repr__(self):
        degrees, counts = np.unique(self.degrees, return_counts=True)
        parts = [
            f"{count} of degree {degree}" for degree, count in zip(degrees, counts, strict=True)
        ]
        essential = len(self) - np.count_nonzero(self.finite)
        parts += [f"{essential} essential"] if essential else []
        bars = f"{len(self)} bar{'' if len(self) == 1 else 's'}"
        return f"Diagram({bars}{': ' if parts else ''}{', '.join(parts)})"

    @property
    def lifetimes(self) -> Float[np.ndarray, " k"]:
        """Lengths of the bars, in the unit of the values; `inf` for essential ones."""
        return self.deaths - self.births

    @property
    def finite(self) -> Bool[np.ndarray, " k"]:
        """Mask of the bars that end."""
        return np.isfinite(self.deaths)

    def of_degree(self, degree: int) -> "Diagram":
        """Return the bars of one degree.

        Parameters
        ----------
        degree : int
            The homological degree to keep.

        Examples
        --------
        >>> Diagram(births=[0.0, 1.0], deaths=[np.inf, 2.0], degrees=[0, 1]).of_degree(1)
        Diagram(1 bar: 1 of degree 1)
        """
        kept = self.degrees == degree
        return Diagram(
            births=self.births[kept],
            deaths=self.deaths[kept],
            degrees=self.degrees[kept],
            birth_cells=self.birth_cells[kept],
            death_cells=self.death_cells[kept],
        )


def to_score(diagram: Diagram, *, degree: int = 0, metric: Metric = "euclidean") -> float:
    """Measure how far a barcode is from that of an ideal landscape with one minimum.

    The bottleneck distance to the diagram whose only bar is the half-line at the global minimum is
    half-way to the diagonal for the longest finite bar: `max (death - birth) / sqrt(2)` in the
    plane's Euclidean metric, which is the paper's, and `max (death - birth) / 2` in the max metric,
    which gudhi and persim use.

    Parameters
    ----------
    diagram : Diagram
        The bars of a landscape. Essential bars do not count.
    degree : int
        Homological degree whose bars are measured.
    metric : {"euclidean", "chebyshev"}
        Metric of the birth-death plane.

    Returns
    -------
    float
        The score, in the unit of the values; 0.0 if there is no finite bar.

    References
    ----------
    Barannikov et al., Loss barcode, Definition 3 and Equations 3-5.

    Examples
    --------
    >>> bars = Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0])
    >>> to_score(bars, metric="chebyshev")
    1.0
    """
    bars = diagram.of_degree(degree)
    return float(to_diagonal(bars.lifetimes[bars.finite], metric).max(initial=0.0))


def to_diagonal(lifetimes: Float[np.ndarray, " k"], metric: Metric) -> Float[np.ndarray, " k"]:
    """Return the distances of points of the birth-death plane to its diagonal.

    Parameters
    ----------
    lifetimes : ndarray, shape (k,)
        Deaths minus births, finite.
    metric : {"euclidean", "chebyshev"}
        Metric of the plane.

    Raises
    ------
    ValueError
        If the metric is neither of the two.

    Examples
    --------
    >>> to_diagonal(np.array([2.0]), "chebyshev")
    array([1.])
    """
    if metric not in ("euclidean", "chebyshev"):
        raise ValueError(
            '`metric` must be "euclidean" (the paper) or "chebyshev" (gudhi, persim), '
            f"got {metric!r}"
        )
    return lifetimes / (np.sqrt(2) if metric == "euclidean" else 2)


def _integers(name, numbers, k):
    """Return one integer per bar; a single number stands for all bars."""
    numbers = np.asarray(numbers)
    if numbers.size and numbers.dtype.kind not in "iu":
        raise ValueError(f"`{name}` must hold integers, got dtype {numbers.dtype}")
    if numbers.shape not in [(), (k,)]:
        raise ValueError(
            f"`{name}` must have one entry per bar, got shape {numbers.shape} for {k} bars"
        )
    return np.broadcast_to(numbers.astype(np.int64, copy=False), (k,))


def _ordered(degrees, births, cells):
    """Tell whether the bars already stand in order of degree, birth and birth cell."""
    later = cells[1:] >= cells[:-1]
    for column in (births, degrees):
        later = (column[1:] > column[:-1]) | (column[1:] == column[:-1]) & later
    return bool(later.all())
