"""`TrigonometricPolynomial`: a finite Fourier series, the closed form on a torus.

The one idea: every term is one wave, so value, gradient and Hessian are sums over the same sines
and cosines. In complex angles the gradient is a system of Laurent polynomials, whose solutions can
be counted.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.kinds import check_kind
from morseloss.landscapes.formulas.formula import checked_names
from morseloss.landscapes.landscape import Jet, Landscape, check_number_of
from morseloss.landscapes.periodic import checked_periods
from morseloss.landscapes.spaces.torus import torus
from morseloss.topology.door import number

__all__ = ["TrigonometricPolynomial"]

Frequencies = tuple[int, ...]
Amplitude = complex | float | tuple[float, float]


class TrigonometricPolynomial(Landscape):
    """A sum of waves `a cos(k @ t) + b sin(k @ t)`, `t = 2 pi x / period` on each axis.

    Parameters
    ----------
    terms : mapping from frequencies to amplitude
        `{(2, -1): (a, b)}` is `a cos(2 t0 - t1) + b sin(2 t0 - t1)`; a number alone is `a`, and a
        complex one `c` is the real part of `c e^(i k . t)`, so that a two-sided Fourier series may
        be handed over as it is. In one variable an integer may stand for the frequencies.
    periods : sequence of float, or float
        Of each axis, finite; one number stands for all.
    names : sequence of str, optional
        Of the variables.

    Attributes
    ----------
    terms : dict
        `(a, b)` for each frequency whose first entry that is not 0 is positive, the constant first.
    periods : tuple of float
    box : Tensor, shape (2, dim)
        One period.

    Raises
    ------
    ValueError
        If there is no term, frequencies are no integers or differ in length, an amplitude is not
        finite, or the periods are not one positive and finite number an axis.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 1.0, (1, -1): (0.0, 0.2)})
    >>> points = ml.critical_points(land)
    >>> points
    CriticalPoints(4 points in T^2: 1 minimum, 2 of index 1, 1 of index 2)
    >>> points.certificate.complete, points.certificate.expected
    (True, 6)
    """

    def __init__(
        self,
        terms: Mapping[Frequencies, Amplitude] | Mapping[int, Amplitude],
        periods: Sequence[float] | Tensor | float = 2 * math.pi,
        *,
        names: Sequence[str] | None = None,
    ) -> None:
        self.terms = _checked_terms(terms)
        self.dim = len(next(iter(self.terms)))
        self.periods = checked_periods(periods, self.dim)
        self.names = None if names is None else checked_names(names)
        check_number_of(self.names, self.dim)
        if not all(map(math.isfinite, self.periods)):
            raise ValueError(
                f"`periods` must be finite, got {self.periods}: a wave repeats itself on every axis"
            )
        self.space = torus(self.periods)
        high = torch.tensor(self.periods, dtype=torch.float64)
        self.box = torch.stack([torch.zeros_like(high), high])
        frequencies = torch.tensor(list(self.terms), dtype=torch.float64)
        self._waves = 2 * math.pi * frequencies / high
        self._cosines, self._sines = torch.tensor(list(self.terms.values()), dtype=torch.float64).T

    def rescaled(self, units: Float[Tensor, " dim"]) -> Landscape:
        """Return the series in `y`, where `units * y` is the point."""
        periods = torch.tensor(self.periods, dtype=torch.float64) / units
        return TrigonometricPolynomial(self.terms, periods.tolist(), names=self.names)

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        waves, a, b = self._on(points)
        phases = points @ waves.T
        return phases.cos() @ a + phases.sin() @ b

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        waves, a, b = self._on(points)
        phases = points @ waves.T
        return (b * phases.cos() - a * phases.sin()) @ waves

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        return self.jet(points)[2]

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        waves, a, b = self._on(points)
        phases = points @ waves.T
        return -((a * phases.cos() + b * phases.sin()) * (vectors @ waves.T)) @ waves

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian from one evaluation of the waves."""
        waves, a, b = self._on(points)
        phases = points @ waves.T
        cosines, sines = phases.cos(), phases.sin()
        heights = a * cosines + b * sines
        squares = (waves[:, :, None] * waves[:, None, :]).flatten(1)
        hessians = -(heights @ squares).reshape(len(points), self.dim, self.dim)
        return cosines @ a + sines @ b, (b * cosines - a * sines) @ waves, hessians

    def _on(self, points: Points) -> tuple[Tensor, Tensor, Tensor]:
        return self._waves.to(points), self._cosines.to(points), self._sines.to(points)

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, TrigonometricPolynomial)
        return same and (self.terms, self.periods) == (other.terms, other.periods)

    def __hash__(self) -> int:
        return hash((tuple(self.terms.items()), self.periods))

    def __repr__(self) -> str:
        shown = [f"{k}: {a:.4g} cos + {b:.4g} sin" for k, (a, b) in list(self.terms.items())[:4]]
        more = [f"... {len(self.terms)} terms"] if len(self.terms) > 4 else []
        return f"TrigonometricPolynomial({', '.join(shown + more)})"


def _checked_terms(terms: Mapping) -> dict[Frequencies, tuple[float, float]]:
    check_kind("terms", terms, Mapping, "`{(2, 1): 3.0}` is `3 cos(2 t0 + t1)`")
    found: dict[Frequencies, tuple[float, float]] = {}
    for key, given in terms.items():
        frequencies = (key,) if isinstance(key, int | np.integer) else tuple(key)
        if not frequencies or any(not isinstance(k, int | np.integer) for k in frequencies):
            raise ValueError(f"frequencies must be integers, got {key!r}")
        k, (a, b) = tuple(int(k) for k in frequencies), _amplitude(key, given)
        if k < (0,) * len(k):  # cosines are even, sines odd
            k, b = tuple(-n for n in k), -b
        before = found.get(k, (0.0, 0.0))
        found[k] = before[0] + a, (before[1] + b if any(k) else 0.0)
    if not found:
        raise ValueError("`terms` must hold at least one term, got none; use {(1,): 1.0}, say")
    lengths = {len(k) for k in found}
    if len(lengths) > 1:
        raise ValueError(f"all frequencies must have one length, got lengths {sorted(lengths)}")
    kept = {k: found[k] for k in sorted(found) if any(found[k])}
    return kept or {(0,) * lengths.pop(): (0.0, 0.0)}


def _amplitude(key: object, given: object) -> tuple[float, float]:
    """Amplitudes of cosine and sine."""
    name = f"terms[{key!r}]"
    if isinstance(given, complex):
        given = given.real, -given.imag
    if isinstance(given, tuple | list):
        if len(given) != 2:
            raise ValueError(f"`{name}` must be a number, or those of cosine and sine, got {given}")
        a, b = (number(name, part) for part in given)
    else:
        a, b = number(name, given), 0.0
    if not (math.isfinite(a) and math.isfinite(b)):
        raise ValueError(f"the amplitude of {key!r} must be finite, got {given}")
    return a, b
