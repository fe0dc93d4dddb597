"""Landscapes made of others: other coordinates, upside down, tilted, on a box, counted.

The one idea: what changes a landscape is a landscape again, not a flag of the first one.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.kinds import check_count, kind_of
from morseloss.landscapes.landscape import Box, Jet, Landscape, check_box, check_landscape
from morseloss.landscapes.units import InUnits

__all__ = ["Counted", "Negated", "OnBox", "Pullback", "Tilted", "check_whole", "unwrapped"]


class Pullback(Landscape):
    """A landscape in other coordinates: `L(phi(y))`.

    Where `phi` is a diffeomorphism the loss barcode does not change: a homeomorphism carries paths
    to paths and keeps their heights (paper, section 3.1, "reparameterization invariant"). Where it
    maps fewer variables into more, this is the landscape on a slice, or on an embedded surface,
    and its bars are those of the slice.

    Parameters
    ----------
    base : Landscape
        The landscape L.
    forward : callable
        The map phi, (batch, dim) -> (batch, base.dim), rows independent, differentiable by torch.
    box : Tensor, shape (2, dim), optional
        Box in the new coordinates.
    dim : int, optional
        Number of new coordinates; by default that of the box, or of the base.

    Raises
    ------
    ValueError
        If the map gives other than one point of the base a row.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> shear = lambda y: torch.stack([y[:, 0] + y[:, 1] ** 2, y[:, 1]], 1)
    >>> ml.Pullback(ml.analytic.Himmelblau(), shear)
    Pullback(Himmelblau())
    >>> level = lambda y: torch.cat([y, 0 * y], 1)  # along the first axis
    >>> box = torch.tensor([[-5.0], [5.0]], dtype=torch.float64)
    >>> ml.critical_points(ml.Pullback(ml.analytic.Himmelblau(), level, box=box))
    CriticalPoints(3 points in R^1: 2 minima, 1 of index 1)
    """

    def __init__(
        self,
        base: Landscape,
        forward: Callable[[Tensor], Tensor],
        box: Tensor | None = None,
        *,
        dim: int | None = None,
    ) -> None:
        check_whole(base)
        if dim is None:
            shape = (2, base.dim) if box is None else torch.as_tensor(box).shape
            dim = int(shape[-1]) if len(shape) else base.dim
        check_count("dim", dim)
        self.base, self.forward, self.dim = base, forward, dim
        self.box = None if box is None else check_box(box, dim)
        corners = torch.zeros(2, dim, dtype=torch.float64) if self.box is None else self.box
        probe = torch.cat([corners, corners.mean(0, keepdim=True)])
        image = forward(probe)
        if not isinstance(image, Tensor) or image.shape != (len(probe), base.dim):
            came = tuple(image.shape) if isinstance(image, Tensor) else kind_of(image)
            raise ValueError(
                f"`forward` must map points of shape (batch, {dim}) to points of {base!r}, shape "
                f"(batch, {base.dim}), got {came} for {len(probe)} points"
            )

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.base.value(self.forward(points))

    def __repr__(self) -> str:
        return f"Pullback({self.base!r})"


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
        check_whole(base)
        self.base, self.slope, self.centre = base, slope, centre
        self.dim, self.box, self.domain = base.dim, base.box, base.domain
        self.space, self.names = base.space, base.names
        for axis in base.space.closed(self.dim):
            if slope[axis] != 0:
                raise ValueError(
                    f"`slope` must be 0 along axis {axis}, on which {base!r} is periodic, got "
                    f"{float(slope[axis]):g}: a tilt is not; use `perturb`, or tilt the others"
                )

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


class _Wrapper(Landscape):
    """A landscape that passes every question on to `base`."""

    def __init__(self, base: Landscape) -> None:
        check_landscape(base, "base")
        self.base, self.dim, self.box, self.domain = base, base.dim, base.box, base.domain
        self.space, self.names, self.expected = base.space, base.names, base.expected

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.base.value(points)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        return self.base.gradient(points)

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        return self.base.hvp(points, vectors)

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        return self.base.hessian(points)

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        return self.base.jet(points)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base!r})"


class Negated(Landscape):
    """The landscape upside down: minima become maxima.

    Parameters
    ----------
    base : Landscape

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> down = ml.Negated(ml.analytic.Himmelblau())
    >>> down.value(torch.zeros(1, 2, dtype=torch.float64))
    tensor([-170.], dtype=torch.float64)
    """

    def __init__(self, base: Landscape) -> None:
        check_whole(base)
        self.base, self.dim, self.domain = base, base.dim, base.domain
        self.space, self.names = base.space, base.names

    @property
    def box(self) -> Box | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The box of the base."""
        return self.base.box

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return -self.base.value(points)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        return -self.base.gradient(points)

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        return -self.base.hvp(points, vectors)

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        return -self.base.hessian(points)

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        value, gradient, hessian = self.base.jet(points)
        return -value, -gradient, -hessian

    def __repr__(self) -> str:
        return f"Negated({self.base!r})"


class OnBox(_Wrapper):
    """The same landscape on a closed box only: its sublevel sets are those inside the box.

    Where minus the gradient points inward on the whole boundary (paper, Appendix A) its critical
    points are those inside. Elsewhere sublevel sets may begin on a wall: then a critical point of
    the restriction to a face, an edge or a corner counts as well, with the index of the
    restriction, if the landscape grows inward there. To draw starts from another box only, and
    count what they find anywhere, pass that box to `sample_box`.

    References
    ----------
    Goresky, MacPherson, "Stratified Morse theory", 1988, part I, chapter 3.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> square = torch.tensor([[-1.0, -1.0], [1.0, 1.0]], dtype=torch.float64)
    >>> ml.OnBox(ml.analytic.SixHumpCamel(), square).box
    tensor([[-1., -1.],
            [ 1.,  1.]], dtype=torch.float64)
    """

    def __init__(self, base: Landscape, box: Box) -> None:
        super().__init__(base)
        check_whole(base)
        closed = base.space.closed(base.dim)
        if closed:
            raise ValueError(
                f"a box has walls on every axis, got {base!r}, which is periodic on axis "
                f"{closed[0]}: a circle has none; use it without `OnBox`"
            )
        self.expected = base.box
        self.box = self.domain = check_box(box, base.dim)


class Counted(_Wrapper):
    """The same landscape, counting the points at which it was asked for what.

    Attributes
    ----------
    values, gradients, products : int
        Rows evaluated so far; a Hessian counts as `dim` Hessian-vector products.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.Counted(ml.analytic.Himmelblau())
    >>> _ = land.jet(torch.zeros(5, 2, dtype=torch.float64))
    >>> land.values, land.gradients, land.products
    (5, 5, 10)
    """

    def __init__(self, base: Landscape) -> None:
        super().__init__(base)
        self.values = self.gradients = self.products = 0

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        self.values += len(points)
        return self.base.value(points)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        self.gradients += len(points)
        return self.base.gradient(points)

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        self.products += len(points)
        return self.base.hvp(points, vectors)

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        self.products += self.dim * len(points)
        return self.base.hessian(points)

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        self.values += len(points)
        self.gradients += len(points)
        self.products += self.dim * len(points)
        return self.base.jet(points)


def check_whole(base: Landscape) -> None:
    """Pass a landscape that is not divided by a symmetry, which a change of it may break."""
    check_landscape(base, "base")
    if hasattr(base.space, "symmetry"):
        raise ValueError(
            f"`base` must be a landscape on its whole space, got {base!r}; change the one inside, "
            "then make the `Quotient` of it"
        )


def unwrapped(landscape: Landscape) -> Landscape:
    """Return the landscape of the same values under wrappers that only count or bound."""
    while isinstance(landscape, _Wrapper):
        landscape = landscape.base
    if isinstance(landscape, InUnits):
        return unwrapped(landscape.base).rescaled(landscape.units)
    return landscape
