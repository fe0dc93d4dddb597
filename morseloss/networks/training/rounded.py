"""`Rounded`: a network whose kinks are rounded off, so that its loss has a gradient that vanishes.

The one idea: within `width` of its kink a ReLU follows the parabola that joins its two sides. The
gradient of such a loss is one of the network itself with slopes between 0 and 1 at the units near
their kinks: an element of what replaces the gradient there, and small only near a minimum.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from morseloss._shapes import Gradients, Points, Values
from morseloss.landscapes.landscape import Landscape

__all__ = ["Rounded", "kinked"]

INPLACE = ("relu_", "leaky_relu_", "hardtanh_", "abs_")


class Rounded(Landscape):
    """A network landscape with the kinks of its activations rounded off.

    Of `relu`, `leaky_relu`, `relu6`, `hardtanh` and `abs`, as modules or functions; maxima, as in
    pooling, stay as they are.

    Parameters
    ----------
    whole : Landscape
        Of a network.
    width : float
        How far from its kink an activation is changed, in the units of its input; 0 changes
        nothing. It moves an activation by a quarter of the width at most.

    Raises
    ------
    ValueError
        If `width` is negative or not finite.

    References
    ----------
    Chen, "Smoothing methods for nonsmooth, nonconvex minimization", Mathematical Programming 134,
    2012, sections 2 and 3: gradients of such functions near those of the kinked one.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape, Rounded
    >>> module = nn.Sequential(nn.Linear(1, 1, bias=False), nn.ReLU())
    >>> land = NetworkLandscape(module, nn.functional.mse_loss, torch.ones(2, 1), torch.ones(2, 1))
    >>> at_the_kink = torch.zeros(1, 1, dtype=torch.float64)
    >>> land.gradient(at_the_kink), Rounded(land, 0.1).gradient(at_the_kink)
    (tensor([[0.]], dtype=torch.float64), tensor([[-0.9750]], dtype=torch.float64))
    """

    def __init__(self, whole: Landscape, width: float) -> None:
        if not 0 <= width < torch.inf:
            raise ValueError(f"`width` must be 0 or more and finite, got {width}")
        self.whole, self.width, self.dim = whole, float(width), whole.dim

    def value(self, points: Points) -> Values:
        """Return the losses of the rounded networks."""
        with self._mode():
            return self.whole.value(points)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients of these losses."""
        return self.value_and_gradient(points)[1]

    def value_and_gradient(self, points: Points) -> tuple[Values, Gradients]:
        """Return losses and gradients together."""
        both: Any = getattr(self.whole, "value_and_gradient", None)
        with self._mode():
            return both(points) if both else (self.whole.value(points), self.whole.gradient(points))

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the products of the Hessians with the vectors."""
        with self._mode():
            return self.whole.hvp(points, vectors)

    def __repr__(self) -> str:
        return f"Rounded({self.whole!r}, {self.width:g})"

    def _mode(self) -> "_Rounding":
        return _Rounding(self.width)


def kinked(landscape: Landscape, point: Points) -> bool:
    """Return whether an activation with a kink is met in the loss at a point, shape (1, dim)."""
    with _Rounding(0.0) as mode:
        landscape.value(point)
    return mode.met > 0


class _Rounding(TorchFunctionMode):
    """While it is entered, activations with kinks are computed rounded off."""

    def __init__(self, width: float) -> None:
        super().__init__()
        self.width, self.met = width, 0

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence = (), kwargs: Mapping | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        shape = SHAPES.get(name.removesuffix("_")) if func in KINKED else None
        if shape is None:
            return func(*args, **kwargs)
        self.met += 1
        if not self.width:
            return func(*args, **kwargs)
        inplace = bool(kwargs.pop("inplace", False)) or name in INPLACE
        given, *rest = args if args else (kwargs.pop("input"),)
        found = shape(self._ramp, given, *rest, **kwargs)
        return given.copy_(found) if inplace else found

    def _ramp(self, inputs: Tensor) -> Tensor:
        return _Ramp.apply(inputs, self.width)  # type: ignore[no-any-return]


class _Ramp(torch.autograd.Function):
    """`max(0, x)`, and `(x + w)^2 / 4w` within `w` of 0, with its slope from 0 to 1.

    By hand it costs 1.3 times a ReLU and its gradient, composed 2.1 times.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(inputs: Tensor, width: float) -> Tensor:
        slope = _slope(inputs, width)
        return torch.addcmul(slope * (inputs + width), slope, slope, value=-width)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float], output: Tensor) -> None:
        ctx.save_for_backward(inputs[0])
        ctx.width = inputs[1]

    @staticmethod
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        (inputs,) = ctx.saved_tensors
        return outer * _slope(inputs, ctx.width), None


def _slope(inputs: Tensor, width: float) -> Tensor:
    return ((inputs + width) / (2 * width)).clamp(0, 1)


Ramp = Callable[[Tensor], Tensor]


def _relu(ramp: Ramp, inputs: Tensor) -> Tensor:
    return ramp(inputs)


def _leaky(ramp: Ramp, inputs: Tensor, negative_slope: float = 0.01) -> Tensor:
    return negative_slope * inputs + (1 - negative_slope) * ramp(inputs)


def _clipped(ramp: Ramp, inputs: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    return min_val + ramp(inputs - min_val) - ramp(inputs - max_val)


def _relu6(ramp: Ramp, inputs: Tensor) -> Tensor:
    return _clipped(ramp, inputs, 0.0, 6.0)


def _abs(ramp: Ramp, inputs: Tensor) -> Tensor:
    return 2 * ramp(inputs) - inputs


SHAPES: dict[str, Callable[..., Tensor]] = {
    "relu": _relu,
    "leaky_relu": _leaky,
    "hardtanh": _clipped,
    "relu6": _relu6,
    "abs": _abs,
}
KINKED = {
    torch.relu, torch.relu_, functional.relu, Tensor.relu, Tensor.relu_,
    functional.leaky_relu, functional.leaky_relu_, functional.relu6,
    functional.hardtanh, functional.hardtanh_,
    torch.abs, torch.abs_, Tensor.abs, Tensor.abs_,
}  # fmt: skip
