"""The answer of every persistence computation: bars, and the cells that open and close them.

A `Diagram` is a table with one row per bar. `to_score` reads the paper's topological obstruction
score off it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.kinds import check_kind
from morseloss.tables import sketch
from morseloss.tables.contents import as_array, hash_of, rows_chosen, same
from morseloss.tables.table import Table, frame_of, html_of
from morseloss.topology.bar_columns import check_degrees, lower_ends, one_a_bar, ordered
from morseloss.topology.door import reals, rebuilt, sealed, shown
from morseloss.topology.provenance import Provenance

__all__ = ["Diagram", "Metric", "to_score"]

COLUMNS = ("births", "deaths", "degrees", "birth_cells", "death_cells")

Metric = Literal["euclidean", "chebyshev"]


@dataclass(frozen=True, eq=False)
class Diagram:
    """Hold the bars of a landscape, sorted by degree, birth and birth cell.

    A diagram is a sequence of pairs (birth, death), and `np.asarray(bars)` their array; a mask, a
    slice or rows choose bars: `bars[bars.finite]` has those that end. Two diagrams are equal where
    all their columns are, whoever computed them. `to_frame()` is their table in pandas.

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
    highest : int, optional
        The highest degree of which the diagram speaks: 0 for the bars of a graph, which has none
        of higher degree to tell. None where that is not known, as in bars from elsewhere.
    provenance : Provenance, optional
        What the bars were computed of, over which field, and by what.
    lower : ndarray, shape (k,), float64, optional
        Proved lower ends of the deaths: a bar dies between `lower` and `deaths`. nan where none is
        known, and for essential bars. `bracketed` proves them.

    Raises
    ------
    ValueError
        If the shapes differ, a birth is not finite, a death is nan or below its birth, a lower end
        is above the death, or a degree is negative or above `highest`; the message names the first
        such row.

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
    >>> bars[1], bars[bars.finite]
    ((1.0, 3.0), Diagram(1 bar: 1 of degree 0))
    >>> np.asarray(bars)
    array([[ 0., inf],
           [ 1.,  3.]])
    """

    births: Float[np.ndarray, " k"]
    deaths: Float[np.ndarray, " k"]
    degrees: Int[np.ndarray, " k"] = field(default_factory=lambda: np.asarray(0))
    birth_cells: Int[np.ndarray, " k"] = field(default_factory=lambda: np.asarray(-1))
    death_cells: Int[np.ndarray, " k"] = field(default_factory=lambda: np.asarray(-1))
    highest: int | None = None
    provenance: Provenance | None = field(default=None, compare=False)
    lower: Float[np.ndarray, " k"] | None = None

    def __post_init__(self):
        births, deaths = (reals(name, getattr(self, name)) for name in ("births", "deaths"))
        if births.shape != deaths.shape:
            raise ValueError(
                "`births` and `deaths` must have the same shape (k,), "
                f"got {births.shape} and {deaths.shape}"
            )
        check_bars(births, deaths)
        columns: dict[str, np.ndarray] = {"births": births, "deaths": deaths}
        for name in COLUMNS[2:]:
            columns[name] = one_a_bar(name, getattr(self, name), len(births))
        if self.highest is not None:
            object.__setattr__(self, "highest", to_degree(self.highest, name="highest"))
        if self.provenance is not None:
            check_kind("provenance", self.provenance, Provenance, "make one of field and software")
        check_degrees(columns["degrees"], self.highest)
        if self.lower is not None:
            columns["lower"] = lower_ends(self.lower, deaths)
        keys = columns["degrees"], births, columns["birth_cells"]
        if not ordered(*keys):
            order = np.lexsort(keys[::-1])
            columns = {name: column[order] for name, column in columns.items()}
        for name, column in columns.items():
            column.setflags(write=False)
            object.__setattr__(self, name, column)

    __reduce__ = rebuilt
    __eq__, __hash__ = same, hash_of
    to_frame, _repr_html_ = frame_of, html_of

    def __len__(self):
        return len(self.births)

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return iter(zip(self.births.tolist(), self.deaths.tolist(), strict=True))

    def __getitem__(self, rows: Any) -> Any:
        chosen = rows_chosen(len(self), rows)
        if isinstance(chosen, int):
            return float(self.births[chosen]), float(self.deaths[chosen])
        names = COLUMNS if self.lower is None else (*COLUMNS, "lower")
        columns: Any = {name: sealed(getattr(self, name)[chosen]) for name in names}
        return Diagram(**columns, highest=self.highest, provenance=self.provenance)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return as_array(np.stack([self.births, self.deaths], axis=1), dtype, copy)

    def table(self) -> Table:
        """Return the bars as a table: `to_frame` and notebooks show it."""
        with np.errstate(over="ignore"):
            lengths = self.deaths - self.births
        columns = {"birth": self.births, "death": self.deaths, "lifetime": lengths}
        columns |= {} if self.lower is None else {"lower": self.lower}
        columns |= {"degree": self.degrees}
        columns |= {"birth_cell": self.birth_cells, "death_cell": self.death_cells}
        picture = sketch.of_bars(self.births, self.deaths, self.degrees)
        return Table(repr(self), columns, "Bar", picture)

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
        """Lengths of the bars, in the unit of the values; `inf` for essential ones.

        Raises
        ------
        ValueError
            If a bar that ends is longer than 1.8e308, which no float can say.
        """
        with np.errstate(over="ignore"):
            lengths = self.deaths - self.births
        beyond = np.flatnonzero(np.isinf(lengths) & self.finite)
        if len(beyond):
            row = beyond[0]
            raise ValueError(
                f"the bar [{self.births[row]}, {self.deaths[row]}] in row {row} is longer than "
                "the largest float, 1.8e308; divide all values by a power of two first"
            )
        return lengths

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

        Raises
        ------
        ValueError
            If the degree is no integer, negative, or above `highest`.

        Examples
        --------
        >>> Diagram(births=[0.0, 1.0], deaths=[np.inf, 2.0], degrees=[0, 1]).of_degree(1)
        Diagram(1 bar: 1 of degree 1)
        """
        return self[self.rows_of_degree(degree)]

    def rows_of_degree(self, degree: int) -> Int[np.ndarray, " m"]:
        """Return the rows of the bars of one degree.

        Parameters
        ----------
        degree : int
            The homological degree to look for.

        Raises
        ------
        ValueError
            If the degree is no integer, negative, or above `highest`.
        """
        degree = to_degree(degree)
        if self.highest is not None and degree > self.highest:
            raise ValueError(
                f"`degree` must be at most {self.highest}, of what this diagram tells the bars, "
                f"got {degree}; the bars of higher degree are those of a Morse complex"
            )
        return np.flatnonzero(self.degrees == degree)


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

    Raises
    ------
    ValueError
        If the diagram does not speak of the degree, the metric is unknown, or the score is above
        1.8e308, which no float can say.

    References
    ----------
    Barannikov et al., Loss barcode, Definition 3 and Equations 3-5.

    Examples
    --------
    >>> bars = Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0])
    >>> to_score(bars, metric="chebyshev")
    1.0
    """
    check_diagram(diagram)
    bars = diagram.of_degree(degree)
    births, deaths = bars.births[bars.finite], bars.deaths[bars.finite]
    return representable(float(to_diagonal(births, deaths, metric).max(initial=0.0)), "score")


def check_diagram(diagram: Diagram) -> None:
    """Pass a diagram.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    cure = (
        "take the `barcode` of a graph, the `.diagram()` of a complex, or `Diagram(births, deaths)`"
    )
    check_kind("diagram", diagram, Diagram, cure)


def to_diagonal(
    births: Float[np.ndarray, " k"], deaths: Float[np.ndarray, " k"], metric: Metric
) -> Float[np.ndarray, " k"]:
    """Return the distances of points of the birth-death plane to its diagonal.

    Parameters
    ----------
    births, deaths : ndarray, shape (k,)
        Both finite.
    metric : {"euclidean", "chebyshev"}
        Metric of the plane.

    Returns
    -------
    ndarray, shape (k,)
        Right at any scale; `inf` where it is above 1.8e308, as in the Euclidean metric it can be.

    Raises
    ------
    ValueError
        If the metric is neither of the two.

    Examples
    --------
    >>> to_diagonal(np.array([1.0]), np.array([3.0]), "chebyshev")
    array([1.])
    """
    if metric not in ("euclidean", "chebyshev"):
        raise ValueError(
            '`metric` must be "euclidean" (the paper) or "chebyshev" (gudhi, persim), '
            f"got {metric!r}"
        )
    ratio = np.sqrt(2) if metric == "euclidean" else 2.0
    with np.errstate(over="ignore", under="ignore"):
        lengths = deaths - births
        return np.where(
            np.isfinite(lengths), lengths / ratio, (deaths / 2 - births / 2) / (ratio / 2)
        )


def check_bars(births: Float[np.ndarray, " k"], deaths: Float[np.ndarray, " k"]) -> None:
    """Refuse what is no bar.

    Raises
    ------
    ValueError
        If a birth is not finite, or a death is nan or below its birth; the message names the first
        such row.
    """
    wrong = np.flatnonzero(~(np.isfinite(births) & (births <= deaths)))
    if len(wrong):
        row = wrong[0]
        raise ValueError(
            "a bar must have a finite birth and a death at or above it, got "
            f"[{births[row]}, {deaths[row]}] in row {row}; use inf for a bar that never ends"
        )


def to_degree(degree: Any, name: str = "degree") -> int:
    """Return a homological degree as an int.

    Raises
    ------
    ValueError
        If it is no integer from 0 on.

    Examples
    --------
    >>> to_degree(np.int64(1))
    1
    """
    wrong = isinstance(degree, bool | np.bool_) or not isinstance(degree, int | np.integer)
    if wrong or degree < 0:
        raise ValueError(f"`{name}` must be an integer from 0 on, got {shown(degree)}")
    return int(degree)


def representable(number: float, noun: str) -> float:
    """Return the number, which must not have overflowed.

    Raises
    ------
    ValueError
        If it has.

    Examples
    --------
    >>> representable(2.0, "score")
    2.0
    """
    if np.isinf(number):
        raise ValueError(
            f"the {noun} is above the largest float, 1.8e308; divide all values by a power of two "
            "first"
        )
    return number
