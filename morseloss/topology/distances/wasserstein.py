"""The Wasserstein distances of two barcodes: the least norm of the costs of a matching.

The one idea: to match two bars saves their ways to the diagonal and costs the way between them, so
the best matching is the assignment of one barcode to the other that saves most. Savings are of the
size of the longest bars. Where the distance is far smaller, they are looked at again in its own
unit: there a bar counts for no more than twice what the whole matching costs.
"""

import numpy as np
from jaxtyping import Int

from morseloss.topology.diagram import Metric
from morseloss.topology.distances.bottleneck import least_bound, match_within
from morseloss.topology.distances.costs import (
    Costs,
    costs_of,
    essential_costs,
    norm,
    paid,
    unit_near,
)
from morseloss.topology.distances.matching import Matching, assign, matching_of, settled
from morseloss.topology.distances.sides import Bars, Side, read
from morseloss.topology.door import number

__all__ = ["wasserstein_distance", "wasserstein_matching"]

COARSE = 2.0**10  # ratio of the largest saving to the distance from which round-off would be felt


def wasserstein_distance(
    a: Bars, b: Bars, *, order: float = 1, degree: int = 0, metric: Metric = "euclidean"
) -> float:
    """Return the Wasserstein distance of two barcodes: the least norm of the costs of a matching.

    Parameters
    ----------
    a, b : Diagram or ndarray, shape (k, 2)
        The barcodes; an array holds births and deaths, `inf` for essential bars.
    order : float
        Exponent of the costs, at least 1 and finite.
    degree : int
        Homological degree whose bars are compared; an array has only one.
    metric : {"euclidean", "chebyshev"}
        Metric of the birth-death plane.

    Returns
    -------
    float
        The distance, in the unit of the values; `inf` if the essential bars differ in number.

    Raises
    ------
    ValueError
        If an array has the wrong shape or holds a nan, a death lies below its birth, a diagram does
        not speak of the degree, `order` is below 1, or the distance is above 1.8e308.

    Examples
    --------
    >>> a, b = np.array([[0.0, 4.0], [1.0, 3.0]]), np.array([[0.0, 5.0]])
    >>> wasserstein_distance(a, b, metric="chebyshev")
    2.0
    """
    left, right, order = _read(a, b, order, degree)
    costs = costs_of(left, right, metric)
    finite = paid(costs, _partners(costs, order))
    return settled(norm(np.append(finite, essential_costs(left, right)), order), left, right)


def wasserstein_matching(
    a: Bars, b: Bars, *, order: float = 1, degree: int = 0, metric: Metric = "euclidean"
) -> Matching:
    """Return a matching of two barcodes whose costs have the least `order`-norm.

    Parameters
    ----------
    a, b, order, degree, metric
        As in `wasserstein_distance`.

    Returns
    -------
    Matching
        Its distance is the Wasserstein distance.

    Raises
    ------
    ValueError
        As `wasserstein_distance` does.

    Notes
    -----
    Where it saves nothing to match two bars, both may as well go to the diagonal. So savings are
    cut off at zero.

    Examples
    --------
    >>> a, b = np.array([[0.0, 4.0], [1.0, 2.0]]), np.array([[0.0, 5.0]])
    >>> wasserstein_matching(a, b, order=2).pairs
    array([[ 0,  0],
           [ 1, -1]])
    """
    left, right, order = _read(a, b, order, degree)
    costs = costs_of(left, right, metric)
    return matching_of(left, right, costs, _partners(costs, order), order)


def _read(a: Bars, b: Bars, order: float, degree: int) -> tuple[Side, Side, float]:
    order = number("order", order)
    if not 1 <= order < np.inf:
        raise ValueError(
            f"`order` must be from 1 to below inf, got {order}; use a bottleneck function"
        )
    return read("a", a, degree), read("b", b, degree), order


def _partners(costs: Costs, order: float) -> Int[np.ndarray, " n"]:
    """Return the partners of the bars of `a` in the best matching."""
    longest = max(costs.a_down.max(initial=0.0), costs.b_down.max(initial=0.0))
    partners, distance, fine = _best(costs, order, min(longest, np.finfo(float).max))
    if not fine:
        partners, distance, fine = _best(costs, order, distance)
    if not fine:
        bottleneck = least_bound(costs)
        if bottleneck == 0:
            return match_within(0.0, costs)
        # bars pay the bottleneck at least once, and at most each of them
        most = bottleneck * (len(costs.a_down) + len(costs.b_down)) ** (1 / order)
        while not fine:
            partners, distance, fine = _best(costs, order, min(distance, most))
    return partners


def _best(costs, order, scale):
    """Return the best partners, the norm of what they pay, and whether round-off is far below it.

    The scale is that of the longest bar, or one which the distance does not exceed. To the power of
    `order`, a bar left alone pays no more than twice that: still too much for the best matching, as
    it is in the end, and a smaller number to round off.
    """
    if scale == 0:
        return np.full(len(costs.a_down), -1), 0.0, True
    unit = unit_near(scale, order)
    with np.errstate(over="ignore"):
        between, a_down, b_down = (unit.divide(part) for part in costs)
        if order != 1:
            between, a_down, b_down = between**order, a_down**order, b_down**order
    gains = np.minimum(a_down, 2.0)[:, None] + np.minimum(b_down, 2.0)
    gains -= between
    partners = assign(np.maximum(gains, 0.0, out=gains))[0]
    distance = norm(paid(costs, partners), order)
    total = float(unit.divide(np.asarray(distance)) ** order)
    return partners, distance, distance == 0 or gains.max(initial=0.0) <= COARSE * total
