"""`Matching`: a distance between two barcodes, and the pairs of bars that attain it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.diagram import representable
from morseloss.topology.distances.costs import Costs, alone, essential_costs, norm, paid
from morseloss.topology.distances.sides import Side
from morseloss.topology.door import integers, number, reals, rebuilt, sealed

__all__ = ["Matching", "assign", "matching_of", "settled"]


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
    >>> from morseloss.topology.distances import bottleneck_matching
    >>> bottleneck_matching(np.array([[1.0, 3.0]]), np.empty((0, 2)), metric="chebyshev")
    Matching(distance 1.0, 1 pair)
    """

    distance: float
    pairs: Int[np.ndarray, "k 2"]
    costs: Float[np.ndarray, " k"]

    def __post_init__(self):
        object.__setattr__(self, "distance", number("distance", self.distance))
        object.__setattr__(self, "pairs", integers("pairs", self.pairs, axes=2))
        object.__setattr__(self, "costs", reals("costs", self.costs))

    __reduce__ = rebuilt

    def __len__(self):
        return len(self.pairs)

    def __repr__(self):
        return (
            f"Matching(distance {self.distance}, {len(self)} pair{'' if len(self) == 1 else 's'})"
        )


def matching_of(
    a: Side, b: Side, costs: Costs, partners: Int[np.ndarray, " n"], order: float
) -> Matching:
    """Put together the matching that gives the finite bars of `a` these partners.

    Parameters
    ----------
    a, b : Side
        The barcodes.
    costs : Costs
        Of their bars.
    partners : ndarray, shape (n,)
        For each finite bar of `a` the place of its partner among those of `b`, -1 for the diagonal.
    order : float
        Of the norm in which the costs add up to the distance, `inf` for the largest of them.

    Raises
    ------
    ValueError
        If the distance is above 1.8e308.
    """
    a_alone, b_alone = alone(costs, partners)
    heads = a.rows[~a_alone], a.rows[a_alone], np.full(b_alone.sum(), -1)
    tails = b.rows[partners[~a_alone]], np.full(a_alone.sum(), -1), b.rows[b_alone]
    finite = np.stack([np.concatenate(heads), np.concatenate(tails)])
    pairs = np.concatenate([finite, _essential_pairs(a, b)], axis=1).T.copy()
    all_paid = np.append(paid(costs, partners), essential_costs(a, b))
    distance = settled(norm(all_paid, order), a, b)
    return Matching(distance, sealed(pairs), sealed(all_paid))


def settled(distance: float, a: Side, b: Side) -> float:
    """Return the distance; it is infinite only where essential bars differ in number.

    Raises
    ------
    ValueError
        If it is above 1.8e308 for another reason: it overflowed.
    """
    if len(a.essential_births) != len(b.essential_births):
        return distance
    return representable(distance, "distance")


def assign(gains: Float[np.ndarray, "n m"]) -> tuple[Int[np.ndarray, " n"], float]:
    """Return each row's column in the best assignment, -1 if it gains nothing, and the total.

    Examples
    --------
    >>> assign(np.array([[1.0, 3.0], [0.0, 1.0]]))
    (array([ 1, -1]), 3.0)
    """
    from scipy.optimize import linear_sum_assignment

    heads, tails = linear_sum_assignment(gains, maximize=True)
    gain = gains[heads, tails]
    partners = np.full(len(gains), -1)
    partners[heads[gain > 0]] = tails[gain > 0]
    return partners, float(gain.sum())


def _essential_pairs(a, b):
    """Return the rows of the essential bars; one that is left over is paired with -1."""
    counts = len(a.essential_rows), len(b.essential_rows)
    rows = np.full((2, max(counts)), -1)
    rows[0, : counts[0]] = a.essential_rows
    rows[1, : counts[1]] = b.essential_rows
    return rows
