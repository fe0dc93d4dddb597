"""The bottleneck distance of two barcodes: the least over matchings of the largest cost.

The one idea: the distance is one of the costs, the least bound within which every bar that is too
long for the diagonal finds a partner. Nothing is added up, so it is exact.
"""

from bisect import bisect_left

import numpy as np
from jaxtyping import Bool, Int

from morseloss.topology.diagram import Metric
from morseloss.topology.distances.costs import Costs, costs_of, essential_costs
from morseloss.topology.distances.matching import Matching, assign, matching_of, settled
from morseloss.topology.distances.sides import Bars, read

__all__ = ["bottleneck_distance", "bottleneck_matching", "least_bound", "match_within"]


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
        If an array has the wrong shape or holds a nan, a death lies below its birth, a diagram does
        not speak of the degree, or the distance is above 1.8e308.

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
    left, right = read("a", a, degree), read("b", b, degree)
    finite = least_bound(costs_of(left, right, metric))
    return settled(float(essential_costs(left, right).max(initial=finite)), left, right)


def bottleneck_matching(
    a: Bars, b: Bars, *, degree: int = 0, metric: Metric = "euclidean"
) -> Matching:
    """Return a matching of two barcodes whose largest cost is least.

    Parameters
    ----------
    a, b, degree, metric
        As in `bottleneck_distance`.

    Returns
    -------
    Matching
        Its distance is the bottleneck distance, exactly: one of the costs.

    Raises
    ------
    ValueError
        As `bottleneck_distance` does.

    Notes
    -----
    A bound will do if the bars of `a` that are too long for the diagonal can all be matched and
    those of `b` can all be matched, each within the bound: then one matching does both (Mendelsohn
    and Dulmage). It is found as an assignment in which a pair counts for the too long bars it
    holds.

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
    left, right = read("a", a, degree), read("b", b, degree)
    costs = costs_of(left, right, metric)
    return matching_of(left, right, costs, match_within(least_bound(costs), costs), np.inf)


def least_bound(costs: Costs) -> float:
    """Return the least bound within which the bars that end can be matched.

    It is no less than the way of any bar to the nearest place, and often that. If not, it is
    looked for from there upwards in ever longer steps, then among the costs inside the last one.

    Examples
    --------
    >>> least_bound(Costs(np.array([[1.0]]), np.array([4.0]), np.array([3.0])))
    1.0
    """
    between, a_down, b_down = costs
    # every bar goes somewhere, and all may go to the diagonal
    a_least = np.minimum(a_down, between.min(axis=1, initial=np.inf))
    b_least = np.minimum(b_down, between.min(axis=0, initial=np.inf))
    low = float(max(a_least.max(initial=0.0), b_least.max(initial=0.0)))
    high = float(max(a_down.max(initial=0.0), b_down.max(initial=0.0)))
    if _suffices(low, costs):
        return low
    low, high = _narrowed(low, high, costs)
    bounds = np.concatenate([a_down, b_down, between.ravel()])
    bounds = np.unique(bounds[(low < bounds) & (bounds <= high)])
    return float(bounds[bisect_left(bounds, True, key=lambda bound: _suffices(bound, costs))])


def match_within(bound: float, costs: Costs) -> Int[np.ndarray, " n"]:
    """Return the partners of the bars of `a` in a matching at costs within a bound that suffices.

    Examples
    --------
    >>> match_within(1.0, Costs(np.array([[1.0]]), np.array([4.0]), np.array([3.0])))
    array([0])
    """
    a_long, b_long = costs.a_down > bound, costs.b_down > bound
    gains = a_long[:, None].astype(float) + b_long
    return assign(np.where(costs.between <= bound, gains, 0.0))[0]


def _narrowed(low, high, costs):
    """Return a bound that does not suffice and one that does, near each other on a log scale."""
    factor = 2.0
    while 0.0 < low * factor < high:
        if _suffices(low * factor, costs):
            return low, low * factor
        low, factor = low * factor, factor * factor
    return low, high


def _suffices(bound, costs):
    """Tell whether, within the bound, every bar too long for the diagonal finds a partner."""
    a_long, b_long = costs.a_down > bound, costs.b_down > bound
    return _all_meet(costs.between[a_long] <= bound) and _all_meet(
        costs.between[:, b_long].T <= bound
    )


def _all_meet(near: Bool[np.ndarray, "rows columns"]) -> bool:
    """Tell whether all rows can be matched, each to a column of its own that is near."""
    if not near.any(axis=1).all():
        return False
    if len(near) <= 1:
        return True
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    columns = np.nonzero(near)[1]
    starts = np.append(0, near.sum(axis=1).cumsum())
    graph = csr_array((np.ones(len(columns), bool), columns, starts), shape=near.shape)
    return bool((maximum_bipartite_matching(graph, perm_type="column") >= 0).all())
