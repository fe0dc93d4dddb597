"""Landscapes in closed form that carry their critical points: the catalogue.

The one idea: tests, validation and documentation all read the exact answers here. Positions are
tabulated or products of roots in one variable; a few Newton steps bring them to round-off.
"""

import itertools
import math

import numpy as np
import torch

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.landscapes.critical import CriticalPoints, classify, merge
from morseloss.landscapes.landscape import Box, Jet, Landscape
from morseloss.landscapes.polynomial import Polynomial

__all__ = [
    "DoubleWell",
    "EasyAndHard",
    "Himmelblau",
    "MuellerBrown",
    "Rastrigin",
    "SixHumpCamel",
]


def _box(low: list[float], high: list[float]) -> Box:
    return torch.tensor([low, high], dtype=torch.float64)


def _polished(landscape: Landscape, points: list) -> CriticalPoints:
    """Critical points from positions known to a few digits: Newton to round-off."""
    rows = torch.tensor(points, dtype=torch.float64).reshape(-1, landscape.dim)
    for _ in range(4):
        _, gradients, hessians = landscape.jet(rows)
        rows = rows - torch.linalg.solve(hessians, gradients)
    return merge(classify(landscape, rows))


def _real_roots(coefficients: list[float]) -> list[float]:
    roots = np.roots(coefficients)
    return sorted(roots[np.abs(roots.imag) < 1e-9].real.tolist())


class _Catalogued(Polynomial):
    """A polynomial with a name, a box and tabulated critical points."""

    box: Box  # pyright: ignore[reportIncompatibleVariableOverride]

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class DoubleWell(_Catalogued):
    """A sum of tilted double wells, `sum_i (x_i^2 - 1)^2 + tilt_i x_i`: 2^d minima.

    Parameters
    ----------
    dim : int
        Dimension d.
    tilt : sequence of float, optional
        One slope a coordinate, of size below `8 sqrt(3) / 9` (about 1.54), beyond which a well
        disappears. By default 0.1, 0.2, ..., which makes all values different.

    Raises
    ------
    ValueError
        If `dim` is not positive, or a tilt is missing or too steep.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.analytic.DoubleWell(3).critical_points
    CriticalPoints(27 points in R^3: 8 minima, 12 of index 1, 6 of index 2, 1 of index 3)
    """

    def __init__(self, dim: int = 1, tilt: tuple[float, ...] | None = None) -> None:
        if dim < 1:
            raise ValueError(f"`dim` must be at least 1, got {dim}")
        tilt = tuple(0.1 * (i + 1) for i in range(dim)) if tilt is None else tuple(tilt)
        steepest = 8 * math.sqrt(3) / 9
        if len(tilt) != dim or any(abs(slope) >= steepest for slope in tilt):
            raise ValueError(
                f"`tilt` must hold {dim} slopes of size below {steepest:.3f}, where the second "
                f"well disappears; got {tilt}"
            )
        unit = np.eye(dim, dtype=int)
        terms: dict[tuple[int, ...], float] = {(0,) * dim: float(dim)}
        for axis, slope in enumerate(tilt):
            terms |= {
                tuple(4 * unit[axis]): 1.0,
                tuple(2 * unit[axis]): -2.0,
                tuple(unit[axis]): slope,
            }
        super().__init__(terms)
        self.tilt = tilt
        self.box = _box([-2.0] * dim, [2.0] * dim)

    @property
    def critical_points(self) -> CriticalPoints:
        """All 3^d critical points: products of the roots of `4 x^3 - 4 x + tilt`."""
        roots = [_real_roots([4.0, 0.0, -4.0, slope]) for slope in self.tilt]
        return _polished(self, list(itertools.product(*roots)))

    def __repr__(self) -> str:
        return f"DoubleWell({self.dim})"


class SixHumpCamel(_Catalogued):
    """The six-hump camel function, `(4 - 2.1 x^2 + x^4/3) x^2 + x y + (4 y^2 - 4) y^2`.

    References
    ----------
    Dixon, Szegö, "The global optimization problem: an introduction", 1978.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.analytic.SixHumpCamel().critical_points.values.min()
    tensor(-1.0316, dtype=torch.float64)
    """

    def __init__(self) -> None:
        super().__init__(
            {(6, 0): 1 / 3, (4, 0): -2.1, (2, 0): 4.0, (1, 1): 1.0, (0, 4): 4.0, (0, 2): -4.0}
        )
        self.box = _box([-2.2, -1.5], [2.2, 1.5])

    @property
    def critical_points(self) -> CriticalPoints:
        """All 15: six minima, seven saddles, two maxima."""
        mirrored = [[-x, -y] for x, y in CAMEL]
        return _polished(self, [[0.0, 0.0], *CAMEL, *mirrored])


class Himmelblau(_Catalogued):
    """Himmelblau's function, `(x^2 + y - 11)^2 + (x + y^2 - 7)^2`: four minima of value zero.

    References
    ----------
    Himmelblau, "Applied nonlinear programming", 1972.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.analytic.Himmelblau().critical_points
    CriticalPoints(9 points in R^2: 4 minima, 4 of index 1, 1 of index 2)
    """

    def __init__(self) -> None:
        super().__init__(
            {
                (4, 0): 1.0,
                (0, 4): 1.0,
                (2, 1): 2.0,
                (1, 2): 2.0,
                (2, 0): -21.0,
                (0, 2): -13.0,
                (1, 0): -14.0,
                (0, 1): -22.0,
                (0, 0): 170.0,
            }
        )
        self.box = _box([-5.5, -5.5], [5.5, 5.5])

    @property
    def critical_points(self) -> CriticalPoints:
        """All nine: four minima, four saddles, one maximum."""
        return _polished(self, HIMMELBLAU)


class EasyAndHard(_Catalogued):
    """Two minima that look the same and are not: the paper's Figure 1, in one variable.

    The minima at -2 and 2 have the same value, slope and curvature; the global minimum lies between
    them. To leave the right one a path climbs 0.5, to leave the left one 2.

    References
    ----------
    Barannikov et al., Loss barcode, Figure 1.

    Examples
    --------
    >>> import morseloss as ml
    >>> bars = ml.barcode(ml.build_graph(land := ml.analytic.EasyAndHard(), land.critical_points))
    >>> sorted(bars.lifetimes.round(6).tolist())
    [0.5, 2.0, inf]
    """

    def __init__(self) -> None:
        super().__init__(Polynomial.from_derivatives(EASY_AND_HARD).terms)
        self.box = _box([-2.6], [2.6])

    @property
    def critical_points(self) -> CriticalPoints:
        """Three minima and two maxima, at -2, -1, 0, 1, 2."""
        return _polished(self, list(EASY_AND_HARD))


class MuellerBrown(Landscape):
    """The Müller-Brown potential: three minima, two saddles, narrow curved valleys.

    References
    ----------
    Müller, Brown, "Location of saddle points and minimum energy paths by a constrained simplex
    optimization procedure", Theor. Chim. Acta 53, 1979.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.analytic.MuellerBrown().critical_points
    CriticalPoints(5 points in R^2: 3 minima, 2 of index 1)
    """

    dim = 2

    def __init__(self) -> None:
        self.box = _box([-1.6, -0.4], [1.3, 2.1])

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self._wells(points)[0].sum(0)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        wells, slopes = self._wells(points)
        return (wells * slopes).sum(1).T

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        return self._curvature(*self._wells(points))

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian from one evaluation of the exponentials."""
        wells, slopes = self._wells(points)
        return wells.sum(0), (wells * slopes).sum(1).T, self._curvature(wells, slopes)

    @staticmethod
    def _wells(points: Points) -> tuple[torch.Tensor, torch.Tensor]:
        """Each well's value, (4, batch), and the gradient of its exponent, (2, 4, batch).

        Rows of points come last: a step of descent is a few long operations.
        """
        heights, squares, mixed, centres = (table.to(points) for table in WELLS)
        aside = points.T[:, None] - centres
        half, (first, second) = mixed * aside, (squares * (aside * aside)).unbind()
        exponents = first + half[0] * aside[1] + second
        return heights * exponents.exp(), (squares + squares) * aside + half.flip(0)

    @staticmethod
    def _curvature(wells: torch.Tensor, slopes: torch.Tensor) -> Hessians:
        _, squares, mixed, _ = (table.to(wells) for table in WELLS)
        second = torch.stack([2 * squares[0], mixed, mixed, 2 * squares[1]]).unflatten(0, (2, 2))
        outer = slopes[:, None] * slopes
        return (wells * (outer + second)).sum(2).permute(2, 0, 1)

    @property
    def critical_points(self) -> CriticalPoints:
        """All five: three minima, two saddles."""
        return _polished(
            self,
            [[-0.558224, 1.441726], [0.623499, 0.028038], [-0.050011, 0.466694],
             [-0.822002, 0.624313], [0.212487, 0.292988]],
        )  # fmt: skip

    def __repr__(self) -> str:
        return "MuellerBrown()"


class Rastrigin(Landscape):
    """Rastrigin's function on a box, `sum_i x_i^2 + A (1 - cos(2 pi x_i))`.

    The box ends half way between two wells, where minus the gradient points inward; it holds
    (2 `wells` + 1)^d minima.

    Parameters
    ----------
    dim : int
        Dimension d.
    wells : int
        Wells on either side of the one at 0, along each axis; at most 15 for the default height.
    height : float
        The amplitude A.

    Raises
    ------
    ValueError
        If `dim` or `wells` is not positive, or the slope of the bowl drowns the outermost well.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.analytic.Rastrigin(dim=2, wells=1).critical_points
    CriticalPoints(25 points in R^2: 9 minima, 12 of index 1, 4 of index 2)
    """

    def __init__(self, dim: int = 2, wells: int = 2, height: float = 10.0) -> None:
        if dim < 1 or wells < 0 or not math.pi * height > wells + 0.5:
            raise ValueError(
                "`dim` must be at least 1, `wells` at least 0 and `height` above "
                f"(wells + 1/2) / pi, or the outer wells vanish; got {dim}, {wells}, {height}"
            )
        self.dim, self.wells, self.height = dim, wells, height
        half = wells + 0.5
        self.box = self.domain = _box([-half] * dim, [half] * dim)

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        waves = 1 - torch.cos(2 * math.pi * points)
        return (points**2 + self.height * waves).sum(-1)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        return 2 * points + 2 * math.pi * self.height * torch.sin(2 * math.pi * points)

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points: diagonal."""
        waves = torch.cos(2 * math.pi * points)
        return torch.diag_embed(2 + 4 * math.pi**2 * self.height * waves)

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        return (2 + 4 * math.pi**2 * self.height * torch.cos(2 * math.pi * points)) * vectors

    @property
    def critical_points(self) -> CriticalPoints:
        """All (4 `wells` + 1)^d in the box: products of the roots along one axis."""
        axis = self._roots_along_an_axis()
        return _polished(self, list(itertools.product(axis, repeat=self.dim)))

    def _roots_along_an_axis(self) -> list[float]:
        from scipy.optimize import root_scalar

        def slope(x: float) -> float:
            return 2 * x + 2 * math.pi * self.height * math.sin(2 * math.pi * x)

        quarters = np.arange(1, 4 * self.wells + 1, 2) / 4
        half = [root_scalar(slope, bracket=(a, a + 0.5)).root for a in quarters]
        return [-x for x in half[::-1]] + [0.0] + half

    def __repr__(self) -> str:
        return f"Rastrigin(dim={self.dim}, wells={self.wells})"


MUELLER_BROWN = torch.tensor(
    [  # A, a, b, c, x0, y0 of each well, A exp(a dx^2 + b dx dy + c dy^2)
        [-200.0, -1.0, 0.0, -10.0, 1.0, 0.0],
        [-100.0, -1.0, 0.0, -10.0, 0.0, 0.5],
        [-170.0, -6.5, 11.0, -6.5, -0.5, 1.5],
        [15.0, 0.7, 0.6, 0.7, -1.0, 1.0],
    ],
    dtype=torch.float64,
)
WELLS = tuple(MUELLER_BROWN.T[rows, :, None] for rows in (0, [1, 3], 2, [4, 5]))
"""Heights, factors of both squares (2, 4, 1) and of the product, centres (2, 4, 1)."""
HIMMELBLAU = [
    [3.0, 2.0], [-2.805118, 3.131313], [-3.77931, -3.283186], [3.584428, -1.848127],
    [-3.073026, -0.081353], [-0.127961, -1.953715], [0.086678, 2.884255], [3.385154, 0.073852],
    [-0.270845, -0.923039],
]  # fmt: skip
CAMEL = [
    # the function is even: each row stands for itself and its mirror image in the origin
    [0.089842, -0.712656], [1.109205, -0.768268], [1.23023, 0.162335], [1.29607, 0.605084],
    [1.607105, 0.568651], [1.638068, 0.228674], [1.703607, -0.796084],
]  # fmt: skip
EASY_AND_HARD = {
    # point: value, slope and, at the minima, curvature
    -2.0: (0.0, 0.0, 8.0),
    -1.0: (2.0, 0.0),
    0.0: (-1.0, 0.0, 11.0),
    1.0: (0.5, 0.0),
    2.0: (0.0, 0.0, 8.0),
}
