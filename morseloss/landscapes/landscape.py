"""The `Landscape` interface: a function on R^d, evaluated for a batch of points at a time.

The one idea: a subclass writes `value`; gradient, Hessian-vector product and Hessian are derived,
and a closed form may replace any of them. Rows never talk to each other, which is what makes the
derived forms right. What changes a landscape stands in `wrappers`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.kinds import check_count, check_kind, kind_of
from morseloss.landscapes.formulas.callables import check_callable
from morseloss.landscapes.formulas.conventions import differenced, may_be_convention
from morseloss.landscapes.formulas.derived import (
    concrete,
    derived_gradient,
    derived_jet,
    in_reverse,
)
from morseloss.landscapes.formulas.formula import checked_names
from morseloss.landscapes.spaces.space import EUCLIDEAN, Space

__all__ = [
    "Function",
    "Landscape",
    "check_box",
    "check_generator",
    "check_landscape",
    "check_number_of",
    "check_points",
    "sample_box",
]

Box = Float[Tensor, "2 dim"]
Jet = tuple[Values, Gradients, Hessians]


class Landscape(ABC):
    """A function `L: R^d -> R` whose sublevel sets are studied.

    Attributes
    ----------
    dim : int
        Dimension d of the space.
    box : Tensor, shape (2, dim), or None
        Lower and upper corner of a box from which starts are drawn: where critical points are
        expected. `None` where nothing is known; `sample_box` then asks for one.
    domain : Tensor, shape (2, dim), or None
        Corners of the box on which the landscape is studied; critical points outside do not count.
        `None` is the whole of R^d. `OnBox` sets it.
    expected : Tensor, shape (2, dim), or None
        Where there is a domain: the box that the landscape had without, if it had one.
    space : Space
        Which points are one: R^d, where none are. `Periodic` sets it.
    names : tuple of str, or None
        What the variables are called; `x0`, `x1`, ... where that is not said.
    """

    dim: int
    box: Box | None = None
    domain: Box | None = None
    expected: Box | None = None
    space: Space = EUCLIDEAN
    names: tuple[str, ...] | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """What the variables are called: `names`, or `x0`, `x1`, ... where there are none."""
        return self.names or tuple(f"x{axis}" for axis in range(self.dim))

    @abstractmethod
    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points, [value]/[point]."""
        return torch.func.grad(lambda rows: self.value(rows).sum())(points)

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        return torch.func.jvp(self.gradient, (points,), (vectors,))[1]

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points, [value]/[point]^2."""
        if self._plain and in_reverse(points):
            return self._in_reverse(points)[2]
        return self._mended(points)[1] if self._conventional(points) else self._by_columns(points)

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together; closed forms share their work here."""
        if self._plain and type(self).hessian is Landscape.hessian:
            if in_reverse(points):
                return self._in_reverse(points)
            if self._conventional(points):
                return self.value(points), *self._mended(points)
        return self.value(points), self.gradient(points), self.hessian(points)

    def _in_reverse(self, points: Points) -> Jet:
        """The jet by backward passes, but where these have no number, as of a norm at 0."""
        values, gradients, hessians, doubtful = derived_jet(self.value, points)
        lost = ~hessians.isfinite().flatten(1).all(1)
        if lost.any():
            hessians[lost] = self._by_columns(points[lost])
        if doubtful and values.dtype == torch.float64:
            gradients, hessians = self._differenced(points, gradients, hessians)
        return values, gradients, hessians

    def _mended(self, points: Points) -> tuple[Gradients, Hessians]:
        return self._differenced(points, self.gradient(points), self._by_columns(points))

    def _differenced(
        self, points: Points, gradients: Gradients, hessians: Hessians
    ) -> tuple[Gradients, Hessians]:
        """Derivatives mended where torch has them by convention, as of a norm at 0."""
        size = 1.0 if self.box is None else (self.box[1] - self.box[0]) / 2
        return differenced(partial(derived_gradient, self.value), points, gradients, hessians, size)

    def _conventional(self, points: Points) -> bool:
        """Whether derivatives at the points may be by convention, and are not those of a trace."""
        if not (self._plain and len(points) and concrete(points)):
            return False
        with torch.enable_grad():
            values = self.value(points[:1].detach().clone().requires_grad_())
        return values.dtype == torch.float64 and may_be_convention(values)

    def _by_columns(self, points: Points) -> Hessians:
        basis = torch.eye(self.dim, dtype=points.dtype, device=points.device)
        columns = torch.vmap(lambda axis: self.hvp(points, axis.expand_as(points)))(basis)
        return columns.movedim(0, -1)

    @property
    def _plain(self) -> bool:
        """Whether there is no closed form of a derivative."""
        kind = type(self)
        return kind.gradient is Landscape.gradient and kind.hvp is Landscape.hvp

    def rescaled(self, units: Float[Tensor, " dim"]) -> "Landscape":
        """Return the landscape of `y`, where `units * y` is the point; closed forms stay closed."""
        from morseloss.landscapes.units import InUnits

        return InUnits(self, units)

    def __add__(self, other: object) -> "Landscape":
        """Return the sum with a landscape or a number."""
        return _algebra().combined(self, other)

    __radd__ = __add__

    def __sub__(self, other: object) -> "Landscape":
        """Return the difference from a landscape or a number."""
        return _algebra().combined(self, other, -1.0)

    def __rsub__(self, other: object) -> "Landscape":
        """Return a number minus the landscape."""
        return _algebra().combined(-1.0 * self, other)

    def __mul__(self, other: object) -> "Landscape":
        """Return the product with a landscape or a number."""
        return _algebra().multiplied(self, other)

    __rmul__ = __mul__

    def __truediv__(self, number: float) -> "Landscape":
        """Return the landscape divided by a number."""
        return _algebra().multiplied(self, 1 / number)

    def __neg__(self) -> "Landscape":
        """Return the landscape upside down."""
        return _algebra().multiplied(self, -1.0)


class Function(Landscape):
    """A torch callable as a landscape.

    Parameters
    ----------
    function : callable
        Takes points of shape (batch, dim), gives values of shape (batch,), differentiable twice
        by torch; rows must be independent.
    dim : int
        Dimension of the space.
    box : Tensor, shape (2, dim), optional
        Corners of a box from which to draw starts.
    pointwise : bool
        Whether `function` takes one point, of shape (dim,), and gives one value; it is then mapped
        over the rows by `torch.vmap`.
    names : sequence of str, optional
        Of the variables.

    Raises
    ------
    ValueError
        If there is no callable, no dimension, or not one value a row, in a tensor.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> bowl = ml.Function(lambda x: (x**2).sum(-1), dim=2)
    >>> bowl.gradient(torch.ones(1, 2, dtype=torch.float64))
    tensor([[2., 2.]], dtype=torch.float64)
    >>> ml.Function(lambda x: x[0] ** 2 + x[1] ** 4, dim=2, pointwise=True)
    Function(<lambda>, dim=2)
    """

    def __init__(
        self,
        function: Callable[[Tensor], Tensor],
        dim: int,
        box: Tensor | None = None,
        *,
        pointwise: bool = False,
        names: Sequence[str] | None = None,
    ) -> None:
        if not callable(function):
            raise ValueError(
                f"`function` must be callable, got {kind_of(function)}; it comes first, then `dim`"
            )
        check_count("dim", dim)
        self.function = torch.vmap(function) if pointwise else function
        self.dim, self.called = dim, getattr(function, "__name__", type(function).__name__)
        self.names = None if names is None else checked_names(names)
        check_number_of(self.names, dim)
        self.box = None if box is None else check_box(box, dim)
        check_callable(self.function, self.box, dim, pointwise=pointwise)

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.function(points)

    def __repr__(self) -> str:
        return f"Function({self.called}, dim={self.dim})"


def sample_box(
    landscape: Landscape,
    n: int,
    *,
    generator: torch.Generator,
    box: Tensor | None = None,
) -> Points:
    """Draw points uniformly from the box of a landscape.

    Parameters
    ----------
    landscape : Landscape
        Gives the dimension, and the box unless one is passed.
    n : int
        How many points.
    generator : torch.Generator
        The source of randomness; drawn on the CPU, so a seed means the same points everywhere.
    box : Tensor, shape (2, dim), optional
        Overrides `landscape.box`.

    Returns
    -------
    Tensor, shape (n, dim), float64

    Raises
    ------
    ValueError
        If `n` is no positive integer, the generator none of torch, or no box is known.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> g = torch.Generator().manual_seed(0)
    >>> ml.sample_box(ml.analytic.Himmelblau(), 3, generator=g).shape
    torch.Size([3, 2])
    """
    check_landscape(landscape)
    check_count("n", n)
    check_generator(generator)
    box = landscape.box if box is None else check_box(box, landscape.dim)
    if box is None:
        raise ValueError(
            f"{landscape!r} does not know a box that holds its critical points (a polynomial does "
            "where it grows in every direction, that is, where it is coercive); pass `box`, a "
            f"tensor of shape (2, {landscape.dim}): lower corner, upper corner"
        )
    unit = torch.rand(n, landscape.dim, generator=generator, dtype=torch.float64)
    return box[0] + (box[1] - box[0]) * unit


def _algebra() -> ModuleType:
    """The rules of calculus, which are landscapes themselves."""
    from morseloss.landscapes import algebra

    return algebra


def check_number_of(names: tuple[str, ...] | None, dim: int) -> None:
    """Pass names of variables, as many as there are.

    Raises
    ------
    ValueError
        If there are more or fewer.
    """
    if names is not None and len(names) != dim:
        raise ValueError(f"`names` must name {dim} variables, got {', '.join(names)}")


def check_box(box: Tensor, dim: int) -> Box:
    """Return the box in float64.

    Raises
    ------
    ValueError
        If it has the wrong shape, is not finite, or its lower corner is not below its upper one.
    """
    try:
        box = torch.as_tensor(box, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"`box` must hold a lower and an upper corner, shape (2, {dim}), got "
            f"{kind_of(box)} ({error})"
        ) from None
    if box.shape != (2, dim) or not bool((box[0] < box[1]).all()) or not box.isfinite().all():
        raise ValueError(
            f"`box` must hold a lower and an upper corner, shape (2, {dim}), finite, lower below "
            f"upper; got {box.tolist()}; where a side has no end, put its wall beyond all that "
            "matters"
        )
    return box


def check_generator(generator: torch.Generator) -> None:
    """Pass a source of randomness; a seed alone is none.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    cure = "use `torch.Generator().manual_seed(0)`, with a seed of your own"
    check_kind("generator", generator, torch.Generator, cure)


def check_landscape(landscape: Landscape, name: str = "landscape") -> None:
    """Pass a landscape, by what it can do; `name` is what the caller calls it.

    Raises
    ------
    ValueError
        If it is a class, or something else.
    """
    if isinstance(landscape, type):
        raise ValueError(
            f"`{name}` must be a landscape, got the class {landscape.__name__}; make one of it: "
            f"`{landscape.__name__}(...)`"
        )
    if not callable(getattr(landscape, "value", None)):
        raise ValueError(
            f"`{name}` must be a landscape, got {type(landscape).__name__}; it comes first, and "
            "a callable becomes one by `Function`, a string or an expression by `Polynomial`"
        )


def check_points(landscape: Landscape, points: Tensor, name: str) -> None:
    """Pass a batch of finite points of the landscape; `name` is what the caller calls it.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    check_landscape(landscape)
    wanted = f"`{name}` must be a floating-point tensor of shape (batch, {landscape.dim}) for "
    wanted += f"{landscape!r}"
    if not isinstance(points, Tensor):
        raise ValueError(f"{wanted}, got {type(points).__name__}; use `torch.as_tensor(...)`")
    if points.ndim == 1 and len(points) == landscape.dim:
        raise ValueError(f"{wanted}, got shape {tuple(points.shape)}; use `{name}[None]`")
    if points.ndim != 2 or points.shape[1] != landscape.dim:
        raise ValueError(f"{wanted}, got shape {tuple(points.shape)}")
    if points.dtype not in (torch.float64, torch.float32):
        raise ValueError(f"{wanted}, got {points.dtype}; use `{name}.double()`")
    if not len(points):
        raise ValueError(f"{wanted}, got an empty batch; pass at least one point")
    bad = (~points.isfinite()).any(-1).nonzero().flatten().tolist()
    if bad:
        raise ValueError(f"{wanted}, got non-finite entries in rows {bad[:5]}; drop them")
