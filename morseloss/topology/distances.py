"""Distances between barcodes, each with the matching that attains it.

Finite bars are matched with each other or with the diagonal; essential bars with each other alone,
in the order of their births. Used on diagrams, and on plain `(n, 2)` arrays of births and deaths.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.diagram import Diagram, Metric, to_diagonal

__all__ = [
    "Bars",
    "Matching",
    "bottleneck_distance",
    "bottleneck_matching",
    "wasserstein_distance",
    "wasserstein_matching",
]

Bars = Diagram | Float[np.ndarray, "_ 2"]


@dataclass(frozen=True, eq=False)
class Matching:
    """Hold a distance between two barcodes and the pairs of bars that attain it.

    Parameters
    ----------
    distance : float
        The distance, in the unit of the values; `inf` if the essential bars differ in number.
    pairs : ndarray, shape (k, 2), int64
        Rows of the first and of the second barcode; -1 stands for the diagonal. Bars of length zero
        lie on it and are left out.
    costs : ndarray, shape (k,), float64
        Distance of each pair in the birth-death plane.

    Examples
    --------
    >>> bottleneck_matching(np.array([[1.0, 3.0]]), np.empty((0, 2)), metric="chebyshev")
    Matching(distance 1.0, 1 pair)
    """

    distance: float
    pairs: Int[np.ndarray, "k 2"]
    costs: Float[np.ndarray, " k"]

    def __len__(self):
        return len(self.pairs)

    def __repr__(self):
        return (
            f"Matching(distance {self.distance}, {len(self)} pair{'' if len(self) == 1 else 's'})"
        )


def bottleneck_distance(
    a: Bars, b: Bars, *, degree: int = 0, metric: Metric = "euclidean"
) -> float:
    """Return the bottleneck distance of two barcodes: the least over matchings of the largest cost.

    Parameters
    ----------
    a, b : Diagram or ndarray, shape (k, 2)
        The barcodes; an array holds births and deaths, `inf` for essential bars.
    degree : int
        Homological degree whose bars are compared; an array has only one.
    metric : {"euclidean", "chebyshev"}
        Metric of the birth-death plane: the paper's, or that of gudhi and persim.

    Returns
    -------
    float
        The distance, in the unit of the values; `inf` if the essential bars differ in number.

    Raises
    ------
    ValueError
        If an array has the wrong shape or holds a nan, or a death lies below its birth.

    References
    ----------
    Barannikov et al., Loss barcode, Equation 5.

    Examples
    --------
    >>> a = np.array([[0.0, np.inf], [1.0, 3.0]])
    >>> b = np.array([[0.5, np.inf]])
    >>> bottleneck_distance(a, b, metric="chebyshev")
    1.0
    """
    if metric != "chebyshev":
        return bottleneck_matching(a, b, degree=degree, metric=metric).distance
    from gudhi.hera import bottleneck_distance as hera

    left, right = _read("a", a, degree), _read("b", b, degree)
    finite = hera(left.points, right.points, delta=0)
    return float(max(finite, *_essential_costs(left, right), 0.0))


def bottleneck_matching(
    a: Bars, b: Bars, *, degree: int = 0, metric: Metric = "euclidean"
) -> Matching:
    """Return a matching of two barcodes whose largest cost is least.

    Parameters
    ----------
    a, b : Diagram or ndarray, shape (k, 2)
        The barcodes.
    degree : int
        Homological degree whose bars are compared.
    metric : {"euclidean", "chebyshev"}
        Metric of the birth-death plane.

    Returns
    -------
    Matching
        Its distance is the bottleneck distance, exactly: one of the costs.

    Raises
    ------
    ValueError
        If an array has the wrong shape or holds a nan, or a death lies below its birth.

    Notes
    -----
    A bisection over all costs that occur asks at each bound whether every bar that is too long for
    the diagonal finds a partner. That is so if those of `a` can all be matched and those of `b` can
    all be matched, each within the bound: then one matching does both (Mendelsohn and Dulmage). It
    is found as an assignment in which a pair counts for the too long bars it holds.

    References
    ----------
    Barannikov et al., Loss barcode, Equation 5.

    Examples
    --------
    >>> a, b = np.array([[0.0, 4.0], [1.0, 2.0]]), np.array([[0.0, 5.0]])
    >>> bottleneck_matching(a, b).pairs
    array([[ 0,  0],
           [ 1, -1]])
    """
    left, right = _read("a", a, degree), _read("b", b, degree)
    costs = _costs(left, right, metric)
    candidates = _candidates(*costs)
    low, high = 0, len(candidates) - 1  # at the largest cost all may go to the diagonal
    while low < high:
        middle = (low + high) // 2
        within = _match_within(candidates[middle], *costs)[1]
        low, high = (low, middle) if within else (middle + 1, high)
    return _matching(left, right, costs, _match_within(candidates[high], *costs)[0], np.inf)


def wasserstein_distance(
    a: Bars, b: Bars, *, order: float = 1, degree: int = 0, metric: Metric = "euclidean"
) -> float:
    """Return the Wasserstein distance of two barcodes: the least norm of the costs of a matching.

    Parameters
    ----------
    a, b : Diagram or ndarray, shape (k, 2)
        The barcodes.
    order : float
        Exponent of the costs, at least 1 and finite.
    degree : int
        Homological degree whose bars are compared.
    metric : {"euclidean", "chebyshev"}
        Metric of the birth-death plane.

    Returns
    -------
    float
        The distance, in the unit of the values; `inf` if the essential bars differ in number.

    Raises
    ------
    ValueError
        If an array has the wrong shape or holds a nan, a death lies below its birth, or `order` is
        below 1.

    Examples
    --------
    >>> a, b = np.array([[0.0, 4.0], [1.0, 3.0]]), np.array([[0.0, 5.0]])
    >>> wasserstein_distance(a, b, metric="chebyshev")
    2.0
    """
    return wasserstein_matching(a, b, order=order, degree=degree, metric=metric).distance


def wasserstein_matching(
    a: Bars, b: Bars, *, order: float = 1, degree: int = 0, metric: Metric = "euclidean"
) -> Matching:
    """Return a matching of two barcodes whose costs have the least `order`-norm.

    Parameters
    ----------
    a, b : Diagram or ndarray, shape (k, 2)
        The barcodes.
    order : float
        Exponent of the costs, at least 1 and finite.
    degree : int
        Homological degree whose bars are compared.
    metric : {"euclidean", "chebyshev"}
        Metric of the birth-death plane.

    Returns
    -------
    Matching
        Its distance is the Wasserstein distance.

    Raises
    ------
    ValueError
        If an array has the wrong shape or holds a nan, a death lies below its birth, or `order` is
        below 1.

    Notes
    -----
    To match two bars saves their ways to the diagonal and costs the way between them. Where that
    saves nothing both may as well go to the diagonal. So the best matching is the assignment of the
    smaller barcode to the larger one that saves most, with savings cut off at zero.

    Examples
    --------
    >>> a, b = np.array([[0.0, 4.0], [1.0, 2.0]]), np.array([[0.0, 5.0]])
    >>> wasserstein_matching(a, b, order=2).pairs
    array([[ 0,  0],
           [ 1, -1]])
    """
    if not 1 <= order < np.inf:
        raise ValueError(
            f"`order` must be from 1 to below inf, got {order}; use a bottleneck function"
        )
    left, right = _read("a", a, degree), _read("b", b, degree)
    costs = between, a_down, b_down = _costs(left, right, metric)
    savings = a_down[:, None] ** order + b_down**order - between**order
    return _matching(left, right, costs, _assign(np.maximum(savings, 0.0))[0], order)


class _Side(NamedTuple):
    """The bars of one barcode, apart by kind; `rows` and `essential_rows` lead back to them."""

    points: Float[np.ndarray, "k 2"]
    rows: Int[np.ndarray, " k"]
    essential_births: Float[np.ndarray, " e"]
    essential_rows: Int[np.ndarray, " e"]


def _read(name, bars, degree):
    """Split a barcode into points off the diagonal and essential bars in the order of births."""
    if isinstance(bars, Diagram):
        rows, bars = np.flatnonzero(bars.degrees == degree), bars.of_degree(degree)
    else:
        bars = np.asarray(bars, np.float64)
        if bars.shape == (0,):
            bars = bars.reshape(0, 2)
        if bars.ndim != 2 or bars.shape[1] != 2:
            raise ValueError(
                f"`{name}` must be a Diagram or an array of shape (k, 2), births and deaths, "
                f"got shape {bars.shape}"
            )
        bars = Diagram(births=bars[:, 0], deaths=bars[:, 1], birth_cells=np.arange(len(bars)))
        rows = bars.birth_cells
    off = bars.finite & (bars.lifetimes > 0)
    return _Side(
        points=np.column_stack([bars.births, bars.deaths])[off],
        rows=rows[off],
        essential_births=bars.births[~bars.finite],
        essential_rows=rows[~bars.finite],
    )


def _costs(a, b, metric):
    """Return the costs between finite bars, and those from `a` and from `b` to the diagonal."""
    a_down, b_down = (to_diagonal(np.ptp(side.points, axis=1), metric) for side in (a, b))
    from scipy.spatial.distance import cdist

    return cdist(a.points, b.points, metric), a_down, b_down


def _essential_costs(a, b):
    """Return the costs of essential bars, matched by order of births; `inf` for those left over."""
    common = min(len(a.essential_births), len(b.essential_births))
    left_over = max(len(a.essential_births), len(b.essential_births)) - common
    costs = np.abs(a.essential_births[:common] - b.essential_births[:common])
    return np.append(costs, np.full(left_over, np.inf))


def _candidates(between, a_down, b_down):
    """Return the costs among which the bottleneck distance is, in increasing order."""
    costs = np.unique(np.concatenate([[0.0], a_down, b_down, between.ravel()]))
    # every bar goes somewhere, and all may go to the diagonal
    a_least = np.minimum(a_down, between.min(axis=1, initial=np.inf))
    b_least = np.minimum(b_down, between.min(axis=0, initial=np.inf))
    least = max(a_least.max(initial=0.0), b_least.max(initial=0.0))
    most = max(a_down.max(initial=0.0), b_down.max(initial=0.0))
    return costs[(least <= costs) & (costs <= most)]


def _match_within(bound, between, a_down, b_down):
    """Match bars at costs within a bound; tell whether all that are left may go to the diagonal."""
    a_long, b_long = (a_down > bound).astype(float), (b_down > bound).astype(float)
    matched = np.where(between <= bound, a_long[:, None] + b_long, 0.0)
    partners, total = _assign(matched)
    return partners, total == a_long.sum() + b_long.sum()


def _assign(gains):
    """Return each row's column in the best assignment, -1 if it gains nothing, and the total."""
    from scipy.optimize import linear_sum_assignment

    heads, tails = linear_sum_assignment(gains, maximize=True)
    gain = gains[heads, tails]
    partners = np.full(len(gains), -1)
    partners[heads[gain > 0]] = tails[gain > 0]
    return partners, gain.sum()


def _matching(a, b, costs, partners, order):
    """Put together the matching that gives the finite bars of `a` these partners."""
    between, a_down, b_down = costs
    met = np.flatnonzero(partners >= 0)
    a_alone = np.setdiff1d(np.arange(len(a_down)), met)
    b_alone = np.setdiff1d(np.arange(len(b_down)), partners[met])
    pairs = [
        (a.rows[met], b.rows[partners[met]], between[met, partners[met]]),
        (a.rows[a_alone], np.full(len(a_alone), -1), a_down[a_alone]),
        (np.full(len(b_alone), -1), b.rows[b_alone], b_down[b_alone]),
        _essential_pairs(a, b),
    ]
    heads, tails, costs = (np.concatenate(column) for column in zip(*pairs, strict=True))
    distance = np.linalg.norm(costs, order) if len(costs) else 0.0
    return Matching(distance=float(distance), pairs=np.column_stack([heads, tails]), costs=costs)


def _essential_pairs(a, b):
    """Return rows and costs of the essential bars; one that is left over is paired with -1."""
    costs = _essential_costs(a, b)
    rows = np.full((2, len(costs)), -1)
    rows[0, : len(a.essential_rows)] = a.essential_rows
    rows[1, : len(b.essential_rows)] = b.essential_rows
    return *rows, costs
