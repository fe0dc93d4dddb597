"""`recognised`: which critical points are known already, up to the symmetry of the network.

The one idea: a copy has the value and the eigenvalues of the original, to round-off. Where these
agree, exchanging and flipping hidden units must bring the one onto the other.
"""

import torch

from morseloss._shapes import Indices
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.symmetry.alignment import align
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.symmetry import Symmetry

__all__ = ["recognised", "symmetry_for"]

VALUE = 1e-11  # of 1 and the size of a value: values farther apart are of different points
CURVATURE = 1e-6  # of the largest eigenvalue: the same of the others
PLACE = 1e-6  # of 1 and the size of a point: how far from the original a copy may end
RESTARTS = 20  # of the search for the copy that lies nearest


def symmetry_for(landscape: Landscape, symmetry: Symmetry | None) -> Symmetry | None:
    """Return the symmetry that was given, that of the module, or none of what is no network."""
    if symmetry is None and isinstance(landscape, NetworkLandscape):
        return symmetry_of(landscape).permutations
    return symmetry


def recognised(
    landscape: Landscape,
    points: CriticalPoints,
    known: CriticalPoints,
    symmetry: Symmetry | None = None,
) -> Indices:
    """Return for each point the row of `known` of which it is a copy, -1 where there is none.

    Parameters
    ----------
    landscape : Landscape
    points, known : CriticalPoints
        Certified, all of one index.
    symmetry : Symmetry, optional
        Without one, only the same point is a copy.
    """
    singles = (points.take(torch.tensor([row])) for row in range(len(points)))
    rows = [_row(landscape, single, known, symmetry) for single in singles]
    return torch.tensor(rows, dtype=torch.int64)


def _row(
    landscape: Landscape, point: CriticalPoints, known: CriticalPoints, symmetry: Symmetry | None
) -> int:
    close = (known.values - point.values).abs() <= VALUE * (1 + point.values.abs())
    bends = (known.eigenvalues - point.eigenvalues).abs().amax(1)
    close &= bends <= CURVATURE * point.eigenvalues.abs().amax()
    for row in close.nonzero().flatten().tolist():
        reference, other = known.points[row : row + 1], point.points
        if symmetry is not None and isinstance(landscape, NetworkLandscape):
            other = align(
                landscape, reference, other, symmetry=symmetry, restarts=RESTARTS,
                generator=torch.Generator().manual_seed(0),
            )  # fmt: skip
        if float((other - reference).abs().max()) <= PLACE * (1 + float(reference.abs().max())):
            return row
    return -1
