"""Sums, products and multiples of landscapes: what `+`, `*` and `-` between landscapes make.

The one idea: derivatives follow the rules of calculus from those of the parts, so closed forms stay
closed forms; polynomials among themselves stay polynomials, whose critical points can be counted.
"""

import math
from functools import reduce
from numbers import Real

import torch

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.landscapes.formulas.formula import common_names
from morseloss.landscapes.landscape import Box, Jet, Landscape
from morseloss.landscapes.spaces.space import Space
from morseloss.landscapes.wrappers import check_whole

__all__ = ["Combination", "Product", "combined", "multiplied"]


class Combination(Landscape):
    """A sum of multiples of landscapes and a constant: `c + sum_i a_i L_i(x)`.

    Made by `land + other`, `land - other`, `2 * land`, `land + 1.0`. Its box holds those of all
    parts, where each knows one; its domain is the one that parts have, if any has.

    Parameters
    ----------
    parts : sequence of pairs of float and Landscape
        The multiples, of one dimension.
    constant : float

    Raises
    ------
    ValueError
        If dimensions, domains or spaces differ, or a number is not finite.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.MuellerBrown() + 0.5 * ml.Function(lambda x: x[:, 0] ** 2, dim=2)
    >>> land
    MuellerBrown() + 0.5 Function(<lambda>, dim=2)
    """

    def __init__(self, parts: tuple[tuple[float, Landscape], ...], constant: float = 0.0) -> None:
        landscapes = [part for _, part in parts]
        for number in (constant, *(factor for factor, _ in parts)):
            if not math.isfinite(number):
                raise ValueError(f"a landscape is multiplied by finite numbers, got {number}")
        self.parts, self.constant = parts, float(constant)
        self.dim, self.box, self.domain, self.space = _place(landscapes)
        self.names = reduce(common_names, (part.names for part in landscapes))

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.constant + _total([a * part.value(points) for a, part in self.parts])

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        return _total([a * part.gradient(points) for a, part in self.parts])

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        return _total([a * part.hvp(points, vectors) for a, part in self.parts])

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        return _total([a * part.hessian(points) for a, part in self.parts])

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        jets = [part.jet(points) for _, part in self.parts]
        value, gradient, hessian = (
            _total([a * jet[order] for (a, _), jet in zip(self.parts, jets, strict=True)])
            for order in range(3)
        )
        return self.constant + value, gradient, hessian

    def __repr__(self) -> str:
        terms = [_term(factor, part) for factor, part in self.parts]
        if self.constant:
            terms.append(f"{self.constant:g}")
        return " + ".join(terms).replace("+ -", "- ")


class Product(Landscape):
    """A product of two landscapes, made by `land * other`.

    Parameters
    ----------
    first, second : Landscape
        Of one dimension.

    Raises
    ------
    ValueError
        If dimensions, domains or spaces differ.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> bowl = ml.Function(lambda x: (x**2).sum(-1), dim=2)
    >>> (bowl * bowl).gradient(torch.ones(1, 2, dtype=torch.float64))
    tensor([[8., 8.]], dtype=torch.float64)
    """

    def __init__(self, first: Landscape, second: Landscape) -> None:
        self.first, self.second = first, second
        self.dim, self.box, self.domain, self.space = _place([first, second])
        self.names = common_names(first.names, second.names)

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.first.value(points) * self.second.value(points)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        f, g = self.first, self.second
        ours, theirs = g.value(points)[:, None], f.value(points)[:, None]
        return ours * f.gradient(points) + theirs * g.gradient(points)

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        f, g = self.first, self.second
        up, down = f.gradient(points), g.gradient(points)
        straight = g.value(points)[:, None] * f.hvp(points, vectors)
        straight = straight + f.value(points)[:, None] * g.hvp(points, vectors)
        along, across = (up * vectors).sum(-1, True), (down * vectors).sum(-1, True)
        return straight + up * across + down * along

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        return self.jet(points)[2]

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        (u, du, ddu), (v, dv, ddv) = self.first.jet(points), self.second.jet(points)
        mixed = du[:, :, None] * dv[:, None, :]
        bent = v[:, None, None] * ddu + u[:, None, None] * ddv
        return u * v, v[:, None] * du + u[:, None] * dv, bent + mixed + mixed.mT

    def __repr__(self) -> str:
        return f"({self.first!r}) * ({self.second!r})"


def combined(first: Landscape, second: object, factor: float = 1.0) -> Landscape:
    """Return `first + factor * second`, of a landscape and another, or a number.

    Returns `NotImplemented` for anything else, so that python looks further.
    """
    if isinstance(second, Real):
        parts, constant = _parts(first)
        return Combination(parts, constant + factor * float(second))
    if not isinstance(second, Landscape):
        return NotImplemented
    (ours, here), (theirs, there) = _parts(first), _parts(second)
    scaled = tuple((factor * a, part) for a, part in theirs)
    return Combination((*ours, *scaled), here + factor * there)


def multiplied(first: Landscape, second: object) -> Landscape:
    """Return the product of a landscape with another, or with a number.

    Returns `NotImplemented` for anything else, so that python looks further.
    """
    if isinstance(second, Real):
        parts, constant = _parts(first)
        factor = float(second)
        return Combination(tuple((factor * a, part) for a, part in parts), factor * constant)
    return Product(first, second) if isinstance(second, Landscape) else NotImplemented


def _parts(land: Landscape) -> tuple[tuple[tuple[float, Landscape], ...], float]:
    if isinstance(land, Combination):
        return land.parts, land.constant
    return ((1.0, land),), 0.0


def _place(parts: list[Landscape]) -> tuple[int, Box | None, Box | None, Space]:
    """The dimension, box, domain and space of what is made of several landscapes."""
    for part in parts:
        check_whole(part)
    dims = [part.dim for part in parts]
    if len(set(dims)) > 1:
        raise ValueError(
            f"landscapes of one dimension can be added and multiplied, got {dims[0]} and "
            f"{next(d for d in dims if d != dims[0])}: {parts[0]!r}, {parts[-1]!r}; `Pullback` "
            "brings one to the variables of the other"
        )
    strange = [part for part in parts if part.space != parts[0].space]
    if strange:
        raise ValueError(
            f"landscapes on two different spaces have no sum or product, got {parts[0]!r} on "
            f"{parts[0].space.named(dims[0])} and {strange[0]!r} on "
            f"{strange[0].space.named(dims[0])}; make the result periodic instead (`Periodic`)"
        )
    domains = [part.domain for part in parts if part.domain is not None]
    if any(not domain.equal(domains[0]) for domain in domains):
        raise ValueError(
            f"landscapes on two different domains have no sum or product, got "
            f"{domains[0].tolist()} and {domains[-1].tolist()}; put `OnBox` round the result"
        )
    boxes = [part.box for part in parts]
    hull = None
    if all(box is not None for box in boxes):
        known = torch.stack([box for box in boxes if box is not None])
        hull = torch.stack([known[:, 0].amin(0), known[:, 1].amax(0)])
    return dims[0], hull, domains[0] if domains else None, parts[0].space


def _total(terms: list) -> torch.Tensor:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _term(factor: float, part: Landscape) -> str:
    name = f"({part!r})" if " + " in repr(part) else repr(part)
    return {1.0: name, -1.0: f"-{name}"}.get(factor, f"{factor:g} {name}")
