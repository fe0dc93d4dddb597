"""`perturb`: a small tilt, after which a landscape is almost surely Morse.

The one idea: adding a linear function with random slope makes every critical point non-degenerate
for all slopes but a set of measure zero (Sard), and breaks the symmetries that make saddle
connections; by stability no bar moves by more than the tilt.
"""

import torch
from torch import Tensor

from morseloss.landscapes.landscape import Box, Landscape, check_generator, check_landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.rippled import Rippled
from morseloss.landscapes.spaces.torus import Torus
from morseloss.landscapes.trigonometric import TrigonometricPolynomial
from morseloss.landscapes.wrappers import OnBox, Tilted
from morseloss.topology.door import number

__all__ = ["perturb"]


def perturb(landscape: Landscape, size: float, *, generator: torch.Generator) -> Landscape:
    """Tilt a landscape by a random linear function, or by a wave on each of its circles.

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
        A `Polynomial` for a polynomial, else a `Tilted` one, `OnBox` where it was; on a torus a
        `TrigonometricPolynomial` for one, else the landscape plus waves.

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
    check_landscape(landscape)
    check_generator(generator)
    if not number("size", size) > 0:
        raise ValueError(f"`size` must be positive, got {size}")
    if landscape.box is None:
        raise ValueError(
            f"{landscape!r} knows no box in which `size` could be measured; put it into one with "
            "`OnBox`, or use `Tilted` with a slope of your own"
        )
    low, high = landscape.box
    way = torch.randn(landscape.dim, generator=generator, dtype=torch.float64)
    if landscape.space.closed(landscape.dim):
        parts = size * way / way.abs().sum()
        return _rippled(landscape, landscape.box, parts, generator)
    slope = size * way / (way.abs() * (high - low) / 2).sum()
    return _tilted(landscape, slope, (low + high) / 2)


def _rippled(
    landscape: Landscape, box: Box, parts: Tensor, generator: torch.Generator
) -> Landscape:
    """Add one wave on each circle, and a tilt along the other axes; the sizes are the parts."""
    axes, space = landscape.space.closed(landscape.dim), landscape.space
    periods = [space.periods[axis] for axis in axes] if isinstance(space, Torus) else []
    phases = 2 * torch.pi * torch.rand(len(axes), generator=generator, dtype=torch.float64)
    terms = {
        tuple(int(i == k) for i in range(len(axes))): (
            float(parts[axis] * phases[k].cos()),
            float(parts[axis] * phases[k].sin()),
        )
        for k, axis in enumerate(axes)
    }
    if isinstance(landscape, TrigonometricPolynomial):
        every = dict(landscape.terms)
        for k, (a, b) in terms.items():
            before = every.get(k, (0.0, 0.0))
            every[k] = before[0] + a, before[1] + b
        return TrigonometricPolynomial(every, landscape.periods, names=landscape.names)
    rippled = Rippled(landscape, TrigonometricPolynomial(terms, periods))
    slope = 2 * parts / (box[1] - box[0])
    slope[list(axes)] = 0.0
    return Tilted(rippled, slope, box.mean(0)) if bool(slope.any()) else rippled


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
    return Polynomial(terms, names=landscape.names)
