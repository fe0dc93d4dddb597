"""`differenced`: Hessians where a derivative of torch is a convention, by differences of gradients.

The one idea: of a norm, a modulus or a root at 0 torch gives 0 or no number, so that
`x.norm(dim=-1) ** 2` has the Hessian 0 at its minimum. The gradients around the point know better:
where these are a linear function of the way, up to round-off and third derivatives, that function
is the Hessian; where they are not, there is none, and torch's word stays. Functions made only of
operations in `SMOOTH` are never asked.
"""

import re
from collections.abc import Callable

import torch
from jaxtyping import Bool
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Values

__all__ = ["differenced", "may_be_convention"]

SMOOTH = frozenset(
    """Accumulate Acos Acosh Add Addbmm Addcdiv Addcmul Addmm Addmv Addr Alias Asin Asinh AsStrided
    Atan Atanh Baddbmm Bmm Broadcast Cat Clone Cos Cosh Cumsum Detach Diagonal Div Dot Erf Erfc Exp
    Expand Expm1 Flatten Gather Gelu Index IndexSelect Lgamma Log Log10 Log1p Log2 LogSigmoid
    LogSoftmax Logaddexp Logsumexp Mean Mm MseLoss Mul Mv Narrow Neg Permute Reciprocal Repeat
    ReshapeAlias Reshape Roll Rsub Select Sigmoid Silu Sin Sinh Slice Softmax Softplus Split
    SplitWithSizes Squeeze Stack Sub Sum Swapaxes T Tan Tanh ToCopy Trace Transpose Unbind
    UnsafeView Unsqueeze View""".split()
)
STEP = 6e-6  # of the size of coordinates: the cube root of round-off
STRAIGHT = 1e-3  # of the change of a gradient along a step: what third derivatives may add to it
FAINT = 1e-8  # of the largest change: what is no change at all
GOLDEN = 0.6180339887498949


def may_be_convention(values: Values) -> bool:
    """Return whether values come through an operation not known to have all derivatives."""
    seen, waiting = set(), [values.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if not _smooth(node):
            return True
        waiting += [below for below, _ in node.next_functions]
    return False


def _smooth(node: torch.autograd.graph.Node) -> bool:
    """Whether an operation is smooth wherever it is finite: a power, where it is a whole one."""
    name = re.sub(r"^.*::|(Backward\d*|Grad)$", "", node.name())
    if name == "Pow":
        power = getattr(node, "_saved_exponent", None)
        return isinstance(power, (int, float)) and float(power).is_integer()
    return name in SMOOTH


def differenced(
    gradient: Callable[[Points], Gradients],
    points: Points,
    gradients: Gradients,
    hessians: Hessians,
    size: float | Tensor,
) -> tuple[Gradients, Hessians]:
    """Return gradients and Hessians, mended where those given are a convention.

    Parameters
    ----------
    gradient : callable
        Takes points of shape (batch, dim), gives gradients of that shape.
    points : Tensor, shape (batch, dim), float64
    gradients : Tensor, shape (batch, dim)
        May have no number.
    hessians : Tensor, shape (batch, dim, dim)
        May have no number.
    size : float or Tensor, shape (dim,)
        Of the coordinates, [point].
    """
    if points.dtype != torch.float64 or not len(points):
        return gradients, hessians
    step = STEP * torch.as_tensor(size).to(points) * torch.ones_like(points[0])
    way = step * _direction(points)
    turn, told = gradient(points + way) - gradients, hessians @ way
    sizes = hessians.flatten(1).norm(dim=-1, keepdim=True) * way.norm()
    bounds = STRAIGHT * torch.maximum(turn.abs(), told.abs()) + FAINT * sizes
    doubted = ~((turn - told).abs() <= bounds).all(-1)
    if not doubted.any():
        return gradients, hessians
    centres, slopes, straight = _fitted(gradient, points[doubted], gradients[doubted], step)
    rows = doubted.nonzero().flatten()[straight]
    gradients, hessians = gradients.clone(), hessians.clone()
    gradients[rows], hessians[rows] = centres[straight], slopes[straight]
    return gradients, hessians


def _fitted(
    gradient: Callable[[Points], Gradients], points: Points, known: Gradients, step: Tensor
) -> tuple[Gradients, Hessians, Bool[Tensor, " batch"]]:
    """The linear function of the way that gradients around are, and where they are one."""
    dim, unit = points.shape[1], _direction(points)
    # along no axis: the places without a derivative are often planes along axes
    frame = torch.eye(dim).to(points) - 2 * unit[:, None] * unit
    ways = step * torch.cat([frame, unit[None]])
    ways = torch.cat([ways, ways / 2])
    there = torch.cat([ways, -ways])[:, None] + points
    ahead, behind = gradient(there.flatten(0, 1)).unflatten(0, there.shape[:2]).chunk(2)
    means = (ahead + behind) / 2
    centres = torch.where(known.isfinite(), known, means[-1])
    odd, even = (ahead - behind) / 2, means - centres
    extrapolated = 4 * odd[dim + 1 : -1] - odd[:dim]  # without what grows with the step
    slopes = torch.einsum("wbi,wj->bij", extrapolated, frame / step)
    along = torch.einsum("bij,wj->wbi", slopes, ways)
    lengths, sizes = ways.norm(dim=-1)[:, None, None], slopes.norm(dim=-1)
    bounds = lengths * (STRAIGHT * sizes + FAINT * sizes.norm(dim=-1, keepdim=True))
    straight = ((odd - along).abs() <= bounds) & (even.abs() <= bounds)
    gaps = (slopes - slopes.mT).abs().amax(-1)
    symmetric = gaps <= STRAIGHT * sizes + FAINT * sizes.norm(dim=-1, keepdim=True)
    return centres, (slopes + slopes.mT) / 2, straight.all(-1).all(0) & symmetric.all(-1)


def _direction(points: Points) -> Tensor:
    """A direction along no axis and no diagonal, of length 1."""
    places = torch.arange(1.0, points.shape[1] + 1.0).to(points)
    way = 1 + (GOLDEN * places).frac()
    return way / way.norm()
