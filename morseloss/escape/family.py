"""`one_point`, `two_point`: families of polynomials of degree six whose barrier alone is varied.

The one idea: five or six derivatives are held where the minimum is, and the one coefficient left
moves the pass. Each member comes with its barcode, computed as for any other landscape.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.polynomial import polynomial

from morseloss.escape.descents.basin import Basins, basins
from morseloss.escape.series import critical_rows, rows_of
from morseloss.graphs.graph import LandscapeGraph, many
from morseloss.graphs.persistence import barcode
from morseloss.landscapes.critical import classify
from morseloss.landscapes.polynomial import Polynomial
from morseloss.topology import Diagram

__all__ = ["Family", "barcode_of", "one_point", "two_point"]


@dataclass(frozen=True, eq=False)
class Family:
    """Polynomials with one coefficient that varies, and the barcode of each.

    Attributes
    ----------
    polynomials : tuple of Polynomial, length n
        The members.
    coefficients : ndarray, shape (n,)
        The coefficient that varies.
    basins : Basins
        The basin of the local minimum that all members share.
    barcodes : tuple of Diagram, length n
        All bars of each member; `birth_cells` are minima, `death_cells` maxima between them, both
        counted from the left.
    lengths : ndarray, shape (n,)
        Length of the bar of the local minimum, read off the barcode; `inf` where it is essential.
    """

    polynomials: tuple[Polynomial, ...]
    coefficients: Float[np.ndarray, " n"]
    basins: Basins
    barcodes: tuple[Diagram, ...]
    lengths: Float[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.polynomials)

    def __repr__(self) -> str:
        finite = self.lengths[np.isfinite(self.lengths)]
        span = f", bars {finite.min():.4g} to {finite.max():.4g}" if len(finite) else ""
        return f"Family({many(len(self), 'member')}{span})"


def one_point(
    derivatives: Sequence[float], sixth: Sequence[float] | Float[np.ndarray, " n"], at: float = 0.0
) -> Family:
    """Return the family with given derivatives at its local minimum.

    Parameters
    ----------
    derivatives : sequence of float
        Value, slope 0 and derivatives of order two to five at the minimum.
    sixth : sequence of float, length n
        The coefficients of `(x - at)^6`, positive, one a member.
    at : float
        Where the minimum is.

    Returns
    -------
    Family

    Raises
    ------
    ValueError
        If the derivatives are not those of a minimum, or a member has no lower minimum.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix D, the second approach, Figure 16 (b).

    Examples
    --------
    >>> one_point([0, 0, 2, 0, -24, 0], [0.20, 0.22, 0.24])
    Family(3 members, bars 0.2833 to 0.2934)
    """
    order = list(derivatives)
    if len(order) > 6 or len(order) < 3 or order[1] != 0 or not order[2] > 0:
        raise ValueError(
            "`derivatives` must hold value, slope 0, a positive curvature and derivatives up to "
            f"order five of the minimum, got {order}"
        )
    taylor = np.zeros(7)
    taylor[: len(order)] = [d / math.factorial(k) for k, d in enumerate(order)]
    return _family(taylor, np.eye(7)[6], sixth, at, at)


def two_point(
    local: tuple[float, float, float],
    lowest: tuple[float, float, float],
    sixth: Sequence[float] | Float[np.ndarray, " n"],
) -> Family:
    """Return the family with given value and curvature at a local and at the global minimum.

    The Hermite quintic through both, plus `c (x - a)^3 (x - b)^3`.

    Parameters
    ----------
    local, lowest : tuple of float
        Place, value and curvature of the local and of the global minimum.
    sixth : sequence of float, length n
        The coefficients c, positive, one a member.

    Returns
    -------
    Family

    Raises
    ------
    ValueError
        If the points are no two minima, or a member has no lower minimum.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix D, the first approach, Figure 16 (a).

    Examples
    --------
    >>> two_point((0.0, 0.0, 2.0), (1.0, -0.1, 5.0), [1.0, 6.0])
    Family(2 members, bars 0.004868 to 0.04705)
    """
    (a, value, curvature), (b, lower, other) = local, lowest
    if a == b or not lower < value or not (curvature > 0 and other > 0):
        raise ValueError(
            "`local` and `lowest` must be two minima (place, value, curvature), curvatures "
            f"positive, the second lower; got {local} and {lowest}"
        )
    quintic = Polynomial.from_derivatives(
        {0.0: (value, 0.0, curvature), b - a: (lower, 0.0, other)}
    )
    base = np.pad(rows_of(quintic)[0], (0, 7))[:7]
    cubes = polynomial.polyfromroots([0.0] * 3 + [b - a] * 3)
    return _family(base, cubes, sixth, a, a)


def _family(
    base: np.ndarray,
    direction: np.ndarray,
    sixth: Sequence[float] | np.ndarray,
    shift: float,
    near: float,
) -> Family:
    coefficients = np.atleast_1d(np.asarray(sixth, dtype=float))
    if not np.isfinite(coefficients).all() or not (coefficients > 0).all():
        raise ValueError(f"`sixth` must hold positive coefficients, got {coefficients.tolist()}")
    move = polynomial.Polynomial([-shift, 1.0])
    members = []
    for coefficient in coefficients:
        moved = polynomial.Polynomial(base + coefficient * direction)(move)
        members.append(Polynomial({k: float(c) for k, c in enumerate(moved.coef)}))
    found = basins(members, near)
    bars = tuple(barcode_of(member) for member in members)
    lengths = np.array(
        [_length(b, w, m) for b, w, m in zip(bars, found.wells, found.minima, strict=True)]
    )
    if not np.isfinite(lengths).all():
        wrong = coefficients[~np.isfinite(lengths)]
        raise ValueError(
            f"the minimum has no lower one to escape to at the coefficients {wrong[:5].tolist()} "
            "of `sixth`; the barrier exists on an interval of coefficients only: pass others"
        )
    return Family(tuple(members), coefficients, found, bars, lengths)


def _length(bars: Diagram, wells: np.ndarray, minimum: float) -> float:
    row = int(np.abs(wells - minimum).argmin())
    return float(bars.lifetimes[bars.birth_cells.tolist().index(row)])


def barcode_of(land: Polynomial) -> Diagram:
    """Return the barcode of a polynomial on the line, from its minima and the maxima between them.

    Parameters
    ----------
    land : Polynomial
        In one variable, coercive, without degenerate critical points.

    Returns
    -------
    Diagram

    Examples
    --------
    >>> import morseloss as ml
    >>> barcode_of(ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.1})).lifetimes.round(4)
    array([   inf, 0.9019])
    """
    places, _ = critical_rows(rows_of(land))
    points = classify(land, torch.from_numpy(places[np.isfinite(places)])[:, None])
    order = points.points[:, 0].argsort()
    places, kinds = points.points[order, 0], points.indices[order]
    values = land.value(places[:, None]).numpy()
    low, top = (kinds == 0).numpy(), (kinds == 1).numpy()
    edges = np.stack([np.arange(top.sum()), np.arange(top.sum()) + 1], axis=1)
    return barcode(LandscapeGraph(values[low], edges, values[top]))
