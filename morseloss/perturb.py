"""`perturb`: a small tilt, after which a landscape is almost surely Morse.

The one idea: adding a linear function with random slope makes every critical point non-degenerate
for all slopes but a set of measure zero (Sard), and breaks the symmetries that make saddle
connections; by stability no bar moves by more than the tilt.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.landscape import Jet, Landscape, OnBox
from morseloss.polynomial import Polynomial

__all__ = ["Tilted", "perturb"]


class Tilted(Landscape):
    """A landscape plus a linear function: `L(x) + slope @ (x - centre)`.

    Parameters
    ----------
    base : Landscape
    slope : Tensor, shape (dim,)
        [value]/[point].
    centre : Tensor, shape (dim,)
        Where nothing changes.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> slope, centre = torch.tensor([1.0, 0.0]), torch.zeros(2)
    >>> tilted = ml.Tilted(ml.analytic.MuellerBrown(), slope, centre)
    >>> tilted.gradient(torch.zeros(1, 2, dtype=torch.float64)).shape
    torch.Size([1, 2])
    """

    def __init__(
        self, base: Landscape, slope: Float[Tensor, " dim"], centre: Float[Tensor, " dim"]
    ) -> None:
        self.base, self.slope, self.centre = base, slope, centre
        self.dim, self.box, self.domain = base.dim, base.box, base.domain

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.base.value(points) + (points - self.centre.to(points)) @ self.slope.to(points)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        return self.base.gradient(points) + self.slope.to(points)

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        return self.base.hvp(points, vectors)

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        return self.base.hessian(points)

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        value, gradient, hessian = self.base.jet(points)
        slope = self.slope.to(points)
        return value + (points - self.centre.to(points)) @ slope, gradient + slope, hessian

    def __repr__(self) -> str:
        return f"Tilted({self.base!r}, {[float(f'{s:.3g}') for s in self.slope.tolist()]})"


def perturb(landscape: Landscape, size: float, *, generator: torch.Generator) -> Landscape:
    """Tilt a landscape by a random linear function.

    Parameters
    ----------
    landscape : Landscape
        With a box; the tilt is zero at its centre.
    size : float
        Largest change of a value in the box, positive: no bar of critical points in the box moves
        by more, in the max metric. Well below the bars of interest, well above round-off.
    generator : torch.Generator
        The source of randomness.

    Returns
    -------
    Landscape
        A `Polynomial` for a polynomial, else a `Tilted` one, `OnBox` where it was.

    Raises
    ------
    ValueError
        If `size` is not positive, or no box is known.

    Examples
    --------
    A degenerate minimum splits into what it is made of, here one minimum:

    >>> import torch, morseloss as ml
    >>> flat = ml.Polynomial({(4, 0): 1.0, (0, 4): 1.0, (0, 2): -1.0})
    >>> tilted = ml.perturb(flat, 1e-3, generator=torch.Generator().manual_seed(0))
    >>> ml.critical_points(tilted)
    CriticalPoints(3 points in R^2: 2 minima, 1 of index 1)
    """
    if not size > 0:
        raise ValueError(f"`size` must be positive, got {size}")
    if landscape.box is None:
        raise ValueError(
            f"{landscape!r} knows no box in which `size` could be measured; put it into one with "
            "`OnBox`, or use `Tilted` with a slope of your own"
        )
    low, high = landscape.box
    way = torch.randn(landscape.dim, generator=generator, dtype=torch.float64)
    slope = size * way / (way.abs() * (high - low) / 2).sum()
    return _tilted(landscape, slope, (low + high) / 2)


def _tilted(landscape: Landscape, slope: Tensor, centre: Tensor) -> Landscape:
    if isinstance(landscape, OnBox) and landscape.domain is not None:
        return OnBox(_tilted(landscape.base, slope, centre), landscape.domain)
    if not isinstance(landscape, Polynomial):
        return Tilted(landscape, slope, centre)
    terms = dict(landscape.terms)
    dim = landscape.dim
    added = {tuple(int(i == axis) for i in range(dim)): float(slope[axis]) for axis in range(dim)}
    added[(0,) * dim] = -float(slope @ centre)
    for exponents, coefficient in added.items():
        terms[exponents] = terms.get(exponents, 0.0) + coefficient
    return Polynomial(terms)
